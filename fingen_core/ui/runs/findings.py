"""What the detectors saw in a training, with the knob to turn, and what was decided on the way."""

import streamlit as st

from fingen_core.charts.theme import THIN, number
from fingen_core.runs import Run

__all__ = ["findings"]


def findings(run: Run) -> None:
    """What the detectors saw, each kind once, with the knob to turn; and what was decided on the way."""
    found = run.findings
    alarms = {one["kind"]: one for one in reversed(found) if one["kind"] != "note"}
    for kind, one in alarms.items():
        phases = list(dict.fromkeys(other["phase"] for other in found if other["kind"] == kind))
        where = f"{' and '.join(phases)}, from step {number(one['step'])}"
        sentence = one["sentence"].replace(" %", f"{THIN}%")
        st.warning(
            f"**{kind.capitalize()}** ({where}). {sentence}  \n**What helps**: {one['remedy']}",
            icon=":material/troubleshoot:",
        )
    for phase in dict.fromkeys(one["phase"] for one in found if one["kind"] == "note"):
        notes = [one["sentence"] for one in found if one["kind"] == "note" and one["phase"] == phase]
        st.caption(f":material/info: {phase}: {' '.join(notes)}")

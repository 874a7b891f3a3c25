"""What is done about each finding of the quality report: what costs least, unless somebody chooses otherwise."""

import streamlit as st

from fingen_core.market.quality import Finding, QualityReport
from fingen_core.ui.kit import show
from fingen_core.ui.upload.candidate import Candidate

__all__ = ["choices_of", "choose"]

_SHOWN = 8
_CHOICES = "market_choices"

_WORDS = {
    "disjoint": "no common day",
    "duplicates": "the same date twice",
    "early end": "ends early",
    "gaps": "missing dates",
    "jumps": "large step",
    "late start": "begins late",
    "stale": "does not move",
}


def choices_of(candidate: Candidate) -> dict[str, str]:
    """What somebody chose for these numbers: an action by the key of the finding."""
    every: dict[str, dict[str, str]] = st.session_state.get(_CHOICES, {})
    return every.get(candidate.key, {})


def choose(candidate: Candidate, found: QualityReport) -> None:
    """Offer what else may be done, with what it costs; in sight where something has to be done."""
    open_ones = {finding.key: finding for finding in found.findings if finding.options}
    if not open_ones:
        return
    ordered = sorted(open_ones.values(), key=lambda finding: ("error", "warning", "info").index(finding.severity))
    n = len(ordered)
    with st.expander(
        "1 choice" if n == 1 else f"{n} choices",
        expanded=any(finding.remedy for finding in ordered),
        icon=":material/alt_route:",
    ):
        for finding in ordered[:_SHOWN]:
            _choice(candidate, finding)
        if n > _SHOWN:
            st.caption(f"{n - _SHOWN} more come up as these are chosen or applied.")


def _choice(candidate: Candidate, finding: Finding) -> None:
    actions = [option.action for option in finding.options]
    options = {option.action: option for option in finding.options}
    done = finding.remedy.action if finding.remedy else "keep"
    key = f"market_choice_{finding.key}"
    st.radio(
        f"**{show.plain(finding.ticker) or 'All assets'}**: {_WORDS.get(finding.kind, finding.kind)}"
        + (f", {finding.day:%Y-%m-%d}" if finding.day is not None else ""),
        actions,
        index=actions.index(done),
        format_func=lambda action: show.plain(options[action].label),
        captions=[show.plain(option.cost) for option in finding.options],
        key=key,
        help=show.plain(finding.text),
        on_change=_remember,
        args=(candidate.key, finding.key, key),
    )


def _remember(candidate_key: str, finding_key: str, widget: str) -> None:
    every = st.session_state.setdefault(_CHOICES, {})
    every[candidate_key] = every.get(candidate_key, {}) | {finding_key: st.session_state[widget]}

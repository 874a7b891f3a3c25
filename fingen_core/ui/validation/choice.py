"""Which models are doubted and which of their validations is looked at; part of the address, as ids."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import streamlit as st

from fingen_core.charts.validation.samples import Portrayed
from fingen_core.errors import FinGenError, NotFound
from fingen_core.generators.registry import LABELS
from fingen_core.market import Market
from fingen_core.runs import Run
from fingen_core.runs.validations import Validation, shipped
from fingen_core.ui.session import state
from fingen_core.validation.judged import Judged, Reference

__all__ = ["PRETRAINED", "Candidate", "Evidence", "candidates", "choose", "evidence", "show_when_done", "work_on"]

PRETRAINED = "pretrained"
"""Stands for the model that ships with the app, in addresses."""

_MODELS, _WROTE, _LOST = "validation_models", "validation_models_wrote", "validation_models_lost"
_AWAITED = "validation_awaited"
_MOST = 3


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A model that may be looked at.

    Attributes
    ----------
    id : str
        Of its run, or ``PRETRAINED``.
    name : str
    run : Run or None
    validations : tuple of Validation
        The newest first.
    """

    id: str
    name: str
    run: Run | None
    validations: tuple[Validation, ...]

    @property
    def done(self) -> list[Validation]:
        """What can be looked at, the one that counts first: thorough before quick, new before old."""
        finished = [validation for validation in self.validations if validation.status == "done"]
        return sorted(finished, key=lambda validation: validation.kind == "quick")


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """One model with everything that was found about it.

    Attributes
    ----------
    label : str
        What charts call it: short, and different from that of every other model on the page.
    """

    candidate: Candidate
    validation: Validation
    label: str
    ours: Judged
    rivals: tuple[Judged, ...]
    reference: Reference
    table: pd.DataFrame

    @property
    def is_quick(self) -> bool:
        """Whether only the days that every training holds out were looked at."""
        return self.validation.kind == "quick"

    @property
    def portrayed(self) -> Portrayed:
        return Portrayed(self.label, "generated", self.ours.portrait)

    @property
    def history(self) -> Portrayed:
        return Portrayed("History", "history", self.reference.portrait)

    def rival(self, key: str) -> Judged | None:
        """The rival of this name, if it was judged beside this model."""
        return next((rival for rival in self.rivals if rival.key == key), None)


def candidates(market: Market) -> dict[str, Candidate]:
    """Models of this market, with and without a validation; the pretrained one first, then runs, the newest first."""
    store, found = state.store(), {}
    ready = shipped()
    if state.is_sample(market):
        name = "Pretrained VAE"
        found[PRETRAINED] = Candidate(
            id=PRETRAINED, name=name, run=None, validations=(ready,) if ready is not None else ()
        )
    digest = market.digest()
    for run in store.list():
        if run.has_model and not run.paints and (run.market_digest == digest or run.id in _asked()):
            found[run.id] = Candidate(id=run.id, name=run.name, run=run, validations=tuple(store.validations(run.id)))
    return found


def choose(known: dict[str, Candidate]) -> list[Candidate]:
    """The control for the models; the address follows it and a link sets it."""
    asked = _asked()
    if _MODELS not in st.session_state or (asked and asked != st.session_state.get(_WROTE)):
        there = [name for name in asked if name in known][:_MOST]
        st.session_state[_LOST] = [name for name in asked if name not in known]
        st.session_state[_MODELS] = there or _preferred(known)
    st.session_state[_MODELS] = [name for name in st.session_state[_MODELS] if name in known]
    picked: list[str] = st.multiselect(
        "Models",
        list(known),
        format_func=lambda name: _label(known[name]),
        key=_MODELS,
        max_selections=_MOST,
        placeholder="Choose a model",
        help="Models of this market. Choose several to see them side by side.",
    )
    for name in st.session_state[_LOST]:
        st.warning(
            f"This link asks for the model `{name[:40].replace('`', '')}`, which is not on this server or has not been "
            "trained to its end.",
            icon=":material/link_off:",
        )
    if asked != (wanted := tuple(picked)):
        st.query_params["run"] = list(wanted)
    st.session_state[_WROTE] = wanted
    if not picked:
        st.markdown("Choose a model above: its verdict and the evidence for it appear here.")
    return [known[name] for name in picked]


def work_on(chosen: Sequence[Candidate]) -> None:
    """One model alone is the one that is being worked on: the header, drawn before it was chosen, then tells of it."""
    if len(chosen) != 1:
        return
    (one,) = chosen
    wanted = None if one.run is None else one.run.id
    if wanted != state.run_id():
        state.set_run(wanted)
        st.rerun()


def show_when_done(validation_id: str) -> None:
    """Show this validation once it is done, whichever the address names."""
    st.session_state[_AWAITED] = validation_id


def evidence(chosen: Sequence[Candidate], place: "st.delta_generator.DeltaGenerator") -> list[Evidence]:
    """What was found about the chosen models that have a finished validation.

    With one model a control in ``place`` offers its validations; of several, each shows the one that counts.
    """
    linked = st.query_params.get("validation", "")
    found = []
    for candidate in chosen:
        done = candidate.done
        if not done:
            continue
        if any(other.id == st.session_state.get(_AWAITED) for other in done):
            linked = st.session_state.pop(_AWAITED)  # what was asked for here has come
        validation = next((other for other in done if other.id == linked), done[0])
        if len(chosen) == 1 and len(done) > 1:
            validation = _which(candidate, done, validation, place)
        label = _short(candidate.name) if len(chosen) > 1 else ""
        try:
            found.append(_evidence(candidate, validation, label))
        except FinGenError as problem:
            st.error(f"“{candidate.name}”: {problem}", icon=":material/error:")
    if len({one.label for one in found}) < len(found):
        found = [_evidence(one.candidate, one.validation, f"{one.label} {one.candidate.id[-4:]}") for one in found]
    if len(found) == 1 and found[0].candidate.run is not None:
        if st.query_params.get("validation") != found[0].validation.id:
            st.query_params["validation"] = found[0].validation.id
    elif linked:
        st.query_params.pop("validation", None)
    return found


def _asked() -> tuple[str, ...]:
    return tuple(name for name in st.query_params.get_all("run") if name)


def _preferred(known: dict[str, Candidate]) -> list[str]:
    """The model that is being worked on, else the first that was validated, else the first."""
    current = state.run_id()
    if current in known:
        return [current]
    validated = [name for name, candidate in known.items() if candidate.done]
    return (validated or list(known))[:1]


def _label(candidate: Candidate) -> str:
    suffix = f" ({candidate.id[-4:]})" if candidate.run is not None else ""
    return f"{candidate.name}{suffix}" + ("" if candidate.done else ", not validated")


def _which(
    candidate: Candidate, done: list[Validation], preferred: Validation, place: "st.delta_generator.DeltaGenerator"
) -> Validation:
    names = {validation.id: validation for validation in done}
    picked = place.selectbox(
        "Validation",
        list(names),
        index=list(names).index(preferred.id),
        format_func=lambda name: _told(names[name]),
        key=f"validation_which_{candidate.id}_{len(done)}",
        help="Full ones train the same settings anew up to a day and judge all days after it; quick ones judge the "
        "model as it was before it saw the held-out days.",
    )
    return names[picked]


def _told(validation: Validation) -> str:
    return f"{validation.kind.capitalize()}, days after {validation.fit_until} ({validation.created:%b %d, %H:%M})"


def _short(name: str, longest: int = 22) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1].rstrip(' ,')}…"


def _evidence(candidate: Candidate, validation: Validation, label: str) -> Evidence:
    judged, reference, table = _load(str(validation.folder), _stamp(validation.folder), validation)
    return Evidence(
        candidate=candidate,
        validation=validation,
        label=label or judged[0].label,
        ours=judged[0],
        rivals=judged[1:],
        reference=reference,
        table=table,
    )


def _stamp(folder: Path) -> float:
    """When the verdict was written; a model that ships with the app may be replaced by a newer one."""
    try:
        return (folder / "verdict.json").stat().st_mtime
    except FileNotFoundError:
        raise NotFound("its validation was not finished: validate again") from None


@st.cache_resource(max_entries=8, show_spinner=False)
def _load(
    folder: str,  # noqa: ARG001 (the key)
    stamp: float,  # noqa: ARG001 (part of the key)
    _validation: Validation,
) -> tuple[tuple[Judged, ...], Reference, pd.DataFrame]:
    found = _validation.judged()
    if not found:
        raise NotFound("nothing was judged: validate again")
    judged = (found[0], *(replace(one, label=LABELS.get(one.key, one.label)) for one in found[1:]))
    return judged, _validation.reference(), _validation.table()

"""What scenarios are asked for besides a day: the controls, who answers to them, and what a condition does."""

import json
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from fingen_core.charts.theme import number, percent
from fingen_core.errors import InvalidInput
from fingen_core.generators.protocol.conditions import LEARNED, MARKET_STATE
from fingen_core.market import Market, bundled
from fingen_core.market.step import Step
from fingen_core.scenarios import Scenarios, market_state
from fingen_core.scenarios.with_without import effect_table, effect_words, plausibility
from fingen_core.types import Array
from fingen_core.ui.kit import show
from fingen_core.ui.session import state

__all__ = ["ANY", "FORGETFUL", "Asked", "ask", "ask_state", "effects", "learned", "origin", "places", "start"]

ANY = "any"
FORGETFUL = ("block-bootstrap",)
"""Sources that draw the same whatever the state."""

_STOPS = (ANY, 0, 1, 2.5, 5, 10, 25, 50, 75, 90, 95, 97.5, 99, 100)
_SEVERITIES = (1.0, 0.5, 0.25, 0.1, 0.05, 0.025, 0.01)
_ENDS = {
    "volatility": ("calmest", "wildest"),
    "trend": ("deepest fall", "steepest rise"),
}
_HELP = {
    "volatility": "Percentile of history: how much the equal-weight portfolio had moved a day over the last {month}.",
    "trend": "Percentile of history: what the equal-weight portfolio had gained or lost over the last quarter.",
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for.

    Attributes
    ----------
    market : mapping
        Percentiles of a state of the market, by name.
    learned : mapping
        Conditions for those who learned them, by name.
    compared : bool
        Whether the same is drawn without, too.
    """

    market: dict[str, float] = field(default_factory=dict)
    learned: dict[str, Any] = field(default_factory=dict)
    compared: bool = False

    def of(self, source: str) -> dict[str, Any]:
        """What one source is asked for: what it answers to."""
        own = {name: value for name, value in self.learned.items() if name in learned(source)}
        return {**({} if source in FORGETFUL else self.market), **own}

    def words(self, source: str) -> str:
        """The same for people."""
        return ", ".join(f"{name} {value}" for name, value in self.of(source).items())


def learned(source: str) -> tuple[str, ...]:
    """Conditions that a source learned in its training."""
    return tuple(LEARNED) if places(source) else ()


def places(source: str) -> list[tuple[str, str]]:
    """For whom a source can be asked to be bad, as (all, sector or asset, name); none where it did not learn it."""
    run_id = source.removeprefix("run:") if source.startswith("run:") else ""
    try:
        facts = json.loads((state.store().get(run_id).folder / "generator.json").read_text()) if run_id else {}
    except (OSError, ValueError):
        return []
    return [(kind, name) for kind, name in facts.get("severity_targets", [])]


def ask_state(market: Market) -> dict[str, float]:
    """The row of controls for a state of the market, with the days of history that it amounts to."""
    volatility, trend, found = st.columns([2.3, 2.3, 4.6], gap="medium", vertical_alignment="center")
    values = {
        "volatility": _percentile(volatility, "volatility", 95, market.step),
        "trend": _percentile(trend, "trend", ANY, market.step),
    }
    asked = {name: float(value) for name, value in values.items() if value != ANY}
    with found:
        if not asked:
            st.info("Choose a volatility, a trend or both.", icon=":material/arrow_back:")
            return {}
        days = _evenings(market.digest(), tuple(asked.items()), market)
        said = f"Paths set out from {days.sentence()}" if not days.is_far else days.sentence()
        (st.warning if days.is_far else st.caption)(said)
    return asked


def _percentile(place: Any, name: str, default: float | str, step: Step) -> float | str:
    low, high = _ENDS[name]
    ends = {0: f"0 ({low})", 100: f"100 ({high})", ANY: "any"}
    value: float | str = place.select_slider(
        name.capitalize(),
        _STOPS,
        default,
        format_func=lambda stop: ends.get(stop, f"{stop:g}" if stop != ANY else "any"),
        key=f"state_{name}",
        bind="query-params",
        help=f"{step.retold(_HELP[name]).format(month=step.stretch_words)} 50 is the median "
        f"{step.moments.removesuffix('s')}.",
    )
    return value


@st.cache_resource(max_entries=32, show_spinner=False)
def _evenings(digest: str, asked: tuple[tuple[str, float], ...], _market: Market) -> market_state.Evenings:  # noqa: ARG001
    return market_state.evenings(_market, dict(asked))


def ask(labels: dict[str, str], market: dict[str, float]) -> Asked:
    """Controls for what the chosen sources have learned, and the comparison of with and without."""
    answers = {source: learned(source) for source in labels}
    with st.popover("Ask for", icon=":material/rule:", help="What a model is asked for besides a starting day."):
        found: dict[str, Any] = {}
        if any(answers.values()):
            share = st.select_slider(
                "Severity (learned)",
                _SEVERITIES,
                1.0,
                format_func=lambda value: "without" if value == 1 else f"worst {value * 100:g} %",
                key="learned_severity",
                bind="query-params",
                help="The model draws what it learned of months that bad, instead of choosing among its paths.",
            )
            found |= {"severity": share} if share < 1 else {}
            found |= _place(answers) if share < 1 else {}
        _tell_answers(labels, answers)
        compared = st.toggle(
            "With and without",
            key="compared",
            bind="query-params",
            disabled=not (found or market),
            help="Draws the first model again without the condition, from the same seed, and says what it changes.",
        )
    return Asked(market=market, learned=found, compared=compared and bool(found or market))


def _place(answers: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """For whom it is to be bad: what every chosen source that learned severity knows."""
    known = [places(source) for source, names in answers.items() if names]
    shared = [place for place in known[0] if all(place in other for other in known)]
    names = {"all assets": "", **{name: kind for kind, name in shared if kind != "all"}}
    where: str = st.selectbox(
        "Bad for whom?",
        list(names),
        key="learned_place",
        bind="query-params",
        help="A sector or an asset that has it as bad; what the others do is up to the model.",
    )
    return {names[where]: where} if names[where] else {}


def _tell_answers(labels: dict[str, str], answers: dict[str, tuple[str, ...]]) -> None:
    """Which conditions each source answers to, and which training would teach the others."""
    for source, label in labels.items():
        names = [*(() if source in FORGETFUL else MARKET_STATE), *answers[source]]
        text = f"**{label}** answers to {', '.join(names)}." if names else f"**{label}** draws the same in every state."
        if not answers[source] and source not in {*FORGETFUL, "fhs-gjr"}:
            missing, setting = ", ".join(LEARNED), LEARNED["severity"]
            text += (
                f" It did not learn {missing}: a model trained with *{setting}* set to learned does (Expert settings)."
            )
        st.markdown(f":small[{text}]")


def origin(scenarios: Scenarios) -> str:
    """Where paths set out from, in words that fit after "from"."""
    asked = {name: scenarios.condition[name] for name in MARKET_STATE if name in scenarios.condition}
    words = f"{scenarios.step.nouns} with " + " and ".join(
        f"{name} at percentile {value:g}" for name, value in asked.items()
    )
    return (words if asked else f"{scenarios.start:%Y-%m-%d}") + _asked_to_be_bad(scenarios)


def start(scenarios: Scenarios, market: Market) -> None:
    """Where the evening from which paths set out stands among all of history; a state asked for says so by itself."""
    if any(name in scenarios.condition for name in MARKET_STATE):
        return
    for where in (market, bundled()):  # a crisis before a market begins is carried over from the bundled stocks
        told = _standing(where.digest(), f"{scenarios.start:%Y-%m-%d}", where)
        if told:
            st.caption(told if where is market else f"{told[:-1]}, by {where.name}.")
            return


@st.cache_data(max_entries=256, show_spinner=False)
def _standing(digest: str, day: str, _market: Market) -> str:  # noqa: ARG001 (the key)
    try:
        found = market_state.standing(_market, pd.Timestamp(day))
    except InvalidInput:
        return ""
    step = _market.step
    span = "a month" if step.stretch_words == "month" else step.stretch_words
    return (
        f"The start, {day}: the equal-weight portfolio had moved more in {span} than before "
        f"{number(found['volatility'])} % of the {step.moments} since {_market.dates[0]:%Y}, and brought more in a "
        f"quarter than before {number(found['trend'])} %."
    )


def _asked_to_be_bad(scenarios: Scenarios) -> str:
    share = scenarios.condition.get("severity")
    if share is None:
        return ""
    where = scenarios.condition.get("sector") or scenarios.condition.get("asset")
    return f", asked for the worst {share * 100:g} %" + (f" for {where}" if where else "")


def effects(asked: Scenarios, plain: Scenarios, weights: Array, label: str, steps_per_year: float) -> None:
    """The table of what a condition does, with its sentence."""
    table = effect_table(asked, plain, weights, steps_per_year)
    told = f"{effect_words(table)} {plausibility(asked, plain, weights)}"
    st.markdown(f"**What does it do?** {told}  \n:small[:gray[{_sample(asked, label)}]]")
    shown = pd.DataFrame(
        {
            "With": [_figure(name, value) for name, value in table["with"].items()],
            "Without": [_figure(name, value) for name, value in table["without"].items()],
            "Difference": [
                f"{_figure(name, row['difference'])} ± {_figure(name, 2 * row['error'])}"
                for name, row in table.iterrows()
            ],
        },
        index=pd.Index([str(name).replace(" %", "\u00a0%") for name in table.index], name="Over the horizon"),
    )
    st.table(shown, border="horizontal", alt="Volatility, losses and correlation with and without the condition")
    with st.container(horizontal=True):
        with st.popover("How to read this", type="tertiary", icon=":material/help:"):
            st.markdown(
                "The same model, seed and horizon, asked with the condition and without it (then "
                "from the last day). Volatility is a year's, of what is measured; losses are over the "
                "horizon, negative for a gain; correlation is the mean over pairs of assets on all days. ± is twice "
                "the standard error of the difference, from ten batches of paths: within it, it may be luck."
            )
        show.download(table, "with-and-without", label="Data", kind="tertiary")


def _figure(name: Any, value: float) -> str:
    return f"{value:.2f}".replace("-", "\u2212") if name == "Correlation" else percent(value)


def _sample(scenarios: Scenarios, label: str) -> str:
    return (
        f"{label}, {scenarios.n_paths:,} paths each, {scenarios.step.words(scenarios.n_steps)}, from "
        f"{origin(scenarios)}, "
        f"seed {scenarios.seed}"
    )

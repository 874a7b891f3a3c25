"""What stands beside every searched scenario: how likely, how many paths, when in history, how familiar."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts.theme import number, percent
from fingen_core.errors import InvalidInput
from fingen_core.market.step import DAILY, Step
from fingen_core.portfolio.values import portfolio_values
from fingen_core.scenarios.conditions import View, percent_words
from fingen_core.scenarios.history import closest
from fingen_core.scenarios.outcomes import Outcomes
from fingen_core.scenarios.search.effects import Precedent, precedents
from fingen_core.scenarios.search.story import Story
from fingen_core.types import Array, Paths
from fingen_core.ui.request import samples
from fingen_core.ui.search.controls import Setup
from fingen_core.ui.search.progress import band, odds

__all__ = [
    "cards",
    "familiarity",
    "how_likely",
    "how_many",
    "in_history",
    "like_history",
    "sample_of",
    "story_lines",
    "values_of",
    "warn_unfamiliar",
]

_RUIN = 1e-9
_HARDLY = 0.005
"""Share of paths outside that would read as 0 %."""

WARN_OUTSIDE = 0.25
"""Share of paths outside what the model has learned from, beyond which it is a warning."""


def cards(contents: Sequence[tuple[str, str, str]]) -> None:
    """A row of facts: heading, finding, explanation on hover."""
    for column, (heading, finding, explained) in zip(st.columns(len(contents), gap="small"), contents, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f":small[:gray[{heading}]]", help=explained)
            st.markdown(finding)


def how_likely(facts: Mapping[str, Any]) -> tuple[str, str, str]:
    """The card of a probability that was found by subset simulation."""
    return (
        "How likely, to the model",
        f"**{odds(facts['probability'])}**  \n:small[{band(facts['probability'], facts['low'], facts['high'])}, from "
        f"{len(facts['each'])} independent searches]",
        "Probability of such a path from this evening, by subset simulation; in brackets the 90 % band from the spread "
        "of the searches. It says what the model believes, and is only as good as the model: see Validation.",
    )


def how_many(facts: Mapping[str, Any]) -> tuple[str, str, str]:
    """The card of the effective number of paths."""
    searched = "n_drawn" in facts
    drawn = f"; {number(facts['n_drawn'])} drawn on the way" if searched else ""
    worth = (
        "How many independent paths are worth as much as these relatives: the smaller of two measures, one by their "
        "noise, one by how far the assets' means are apart between the independent searches."
    )
    return (
        "Effective paths",
        f"**{number(facts['effective'])}**  \n:small[of {number(facts['n_paths'])}{drawn}]",
        f"{worth if searched else 'How many equally weighted paths would tell as much as these.'} Below 100, read the "
        "bands as rough.",
    )


def in_history(setup: Setup, views: Sequence[View]) -> tuple[str, str, str]:
    """The card of the times when history came near."""
    found, n_satisfying, n_windows = _precedents(setup.market.digest(), str(views), setup, list(views))
    length = setup.market.step.words(max(view.n_days for view in views))
    if not found:
        return ("In history", "no window is long enough", "")
    first = found[0]
    values = ", ".join(percent_words(round(value, 3)) for value in first.values)
    happened = f"**{n_satisfying:,} of {n_windows:,}** windows" if n_satisfying else "**Never** so far"
    others = ", ".join(f"{one.start:%b %Y}" for one in found[1:])
    return (
        "In history",
        f"{happened}  \n:small[nearest: {length} from {first.start:%Y-%m-%d} ({values}); then {others}]",
        f"Overlapping windows of {length} since {setup.market.dates[0]:%Y} in which all conditions held, and the "
        "times that came nearest, measured in standard deviations of each condition.",
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _precedents(
    digest: str,  # noqa: ARG001 (the key)
    asked: str,  # noqa: ARG001 (the key)
    _setup: Setup,
    _views: list[View],
) -> tuple[list[Precedent], int, int]:
    try:
        return precedents(_setup.market, _views)
    except InvalidInput:  # fewer days than the horizon: the card says so
        return [], 0, 0


def familiarity(facts: Mapping[str, Any], carried: str, step: Step) -> tuple[str, str, str]:
    """The card of what the model has seen before."""
    calmer, tied = facts["start_volatility"], facts["start_correlation"]
    start = (
        f"start: the assets, each by itself, had moved more than on {percent(calmer, 0)} of its training "
        f"{step.nouns}, more "
        f"together than on {percent(tied, 0)}"
    )
    out = facts["outside"]
    if facts["start_outside"]:
        finding = "**Starts outside** what it has seen"
    elif out >= _HARDLY:
        finding = f"**{percent(out, 0)}** of paths leave what it has seen"
    else:
        finding = "**Inside** what it has seen" + (", but for a handful of paths" if out > 0 else "")
    note = f"; state carried over from {carried}" if carried else ""
    return (
        "The model's experience",
        f"{finding}  \n:small[{start}{note}]",
        f"Mean size of the assets' moves over about {_memory(step)}, along the paths, beside the largest of the "
        f"{step.nouns} that the model was trained on. Outside it extrapolates. The Scenarios page places the start "
        f"by another measure: the {step.of_last_stretch('moves')} of "
        "the equal-weight portfolio, which are small where assets move apart.",
    )


def _memory(step: Step) -> str:
    """How far back the model's measure of the market reaches, about."""
    return "half a month" if step == DAILY else step.words(10)


def warn_unfamiliar(facts: Mapping[str, Any], step: Step) -> None:
    """Say it loudly where the model extrapolates."""
    if facts["start_outside"] or facts["outside"] > WARN_OUTSIDE:
        first = facts["first_day"]
        when = f", typically from {step.unit} {first:.0f} on" if np.isfinite(first) else ""
        st.warning(
            f"Outside the range seen in training: on {percent(facts['outside'], 0)} of these paths moves become "
            f"larger than in any month it learned from{when} (median of their largest: {facts['excess']:.1f} times "
            "that month's). What it says there is extrapolation.",
            icon=":material/explore_off:",
        )


def story_lines(story: Story, step: Step) -> list[str]:
    """A path in words, one line each."""
    days = ", ".join(f"{step.unit} {day} ({percent(change)})" for day, change in story.worst_days)
    sharp = (
        f"a {story.kind}: its three worst {step.nouns} make up {percent(min(story.concentration, 9.99), 0)} of the loss"
        if np.isfinite(story.concentration)
        else "no loss in the end"
    )
    hardest = ", ".join(f"{ticker} {percent(move, sign=True)}" for ticker, move, _ in story.hardest)
    ticker, move, _ = story.mildest
    lines = [
        f"**When**: {sharp}. {days.capitalize()}; half of it by {step.unit} {story.half_way}.",
        f"**Who**: {hardest} cost most; {ticker} {percent(move, sign=True)} least.",
    ]
    before = (
        "" if not np.isfinite(story.volatility_before) else f" against {percent(story.volatility_before, 0)} before"
    )
    lines.append(f"**How wild**: volatility {percent(story.volatility_during, 0)} a year{before}.")
    if np.isfinite(story.correlation_during):
        tied = "" if not np.isfinite(story.correlation_before) else f" against {story.correlation_before:.2f} before"
        lines.append(f"**How tied together**: mean correlation {story.correlation_during:.2f}{tied}.")
    return lines


def like_history(values: Array, setup: Setup) -> str:
    """The window of history that a path is closest to, in words."""
    past = samples.history(setup.market.digest(), setup.n_steps, setup.subject, setup.market)
    found = closest(values[None], past.values)
    start: pd.Timestamp = setup.market.dates[found.window]
    lost = float(1 - past.values[found.window, -1])
    return (
        f"**Closest in history**: the {setup.market.step.words(setup.n_steps)} from {start:%Y-%m-%d}, which "
        f"{'lost' if lost > 0 else 'gained'} {percent(abs(lost))} (distance {found.distance:.2f}, 0 is a copy)."
    )


def values_of(paths: Paths, holdings: Array) -> Array:
    """Values of the measured portfolio along paths, from 1; what has cost everything, or more, stays at nothing."""
    values = portfolio_values(paths, holdings)
    return np.where(np.minimum.accumulate(values, axis=1) <= 0, _RUIN, values)


def sample_of(paths: Paths, setup: Setup, label: str, note: str) -> Outcomes:
    """Generated paths as something a fan can be drawn of."""
    return Outcomes.of(values_of(paths, setup.holdings), label=label, kind="generated", note=note)

"""Days without any number: a step across them is not one day."""

import numpy as np
import pandas as pd

from fingen_core.market.quality.costs import cut_end, cut_start
from fingen_core.market.quality.look import Check, Look
from fingen_core.market.quality.remedies import Finding, count, day_text

__all__ = ["GAPS"]

_YEARS_ENOUGH = 4
"""The newest stretch of a broken history is kept if it is so long, since scenarios set out from its end."""


def _long_gaps(values: pd.DataFrame, look: Look) -> list[Finding]:
    steps = np.diff(values.index.to_numpy()).astype("timedelta64[D]").astype(int)
    if not len(steps):
        return []
    findings = _frequency(look) + [
        _gap(values, int(row), int(steps[row]), look) for row in np.flatnonzero(steps > look.gap)[:10]
    ]
    return findings + _best_stretch(values, np.flatnonzero(steps > look.hole), look)


def _frequency(look: Look) -> list[Finding]:
    step = look.step
    if step.unit == "day" and step.count == 1:
        return []
    text = (
        f"{step.adjective.capitalize()} {look.kind.noun}s, {step.per_year:g} a year: every step of a scenario is one "
    )
    return [Finding(severity="info", kind="frequency", text=f"{text}{step.noun}.")]


def _gap(values: pd.DataFrame, row: int, days: int, look: Look) -> Finding:
    before, after = day_text(values.index[row]), day_text(values.index[row + 1])
    text = f"No {look.kind.noun}s at all for {days} days between {before} and {after}."
    return Finding(severity="info", kind="gaps", text=text)


def _best_stretch(values: pd.DataFrame, breaks: np.ndarray, look: Look) -> list[Finding]:
    if not len(breaks):
        return []
    starts, ends = np.append(0, breaks + 1), np.append(breaks, len(values) - 1)
    enough = np.flatnonzero(ends - starts >= _YEARS_ENOUGH * look.year - 8)
    best = int(enough[-1]) if len(enough) else int(np.argmax(ends - starts))
    dates, first, last = pd.DatetimeIndex(values.index), int(starts[best]), int(ends[best])
    remedies = []
    if first > 0:
        remedies.append(cut_start(dates, first))
    if last < len(values) - 1:
        remedies.append(cut_end(dates, last))
    newer = len(values) - 1 - last
    what = "the newest stretch that is long enough" if len(enough) else "the longest stretch"
    text = (
        f"History is broken by {count(len(breaks), 'gap')} of more than {look.hole:.0f} days; {what} is "
        f"{day_text(dates[first])} to {day_text(dates[last])}."
    )
    if newer:
        text += (
            f" What is newer ({count(newer, 'date')}) is too little to learn from, so scenarios would set out from "
            f"{day_text(dates[last])}."
        )
    return [Finding(severity="error", kind="gaps", text=text, remedy=remedy) for remedy in remedies]


GAPS: tuple[Check, ...] = (_long_gaps,)

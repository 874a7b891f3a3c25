"""Steps that are too large to be passed over: wrong prices, splits that were forgotten, and news."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fingen_core.market.quality.flat import drop_or_cut
from fingen_core.market.quality.look import Check, Look, keep
from fingen_core.market.quality.remedies import Finding, Remedy, Severity, apply_remedy, day_text
from fingen_core.market.quality.splits import Evidence, around, mostly_splits, weigh
from fingen_core.types import Array

__all__ = ["JUMPS"]

JUMP_UP, JUMP_DOWN, MANY_JUMPS = 0.5, -0.45, 10
"""Simple returns beyond these are shown, so many per column."""

MOST_MENDED = 50
"""Steps of one asset that are mended in one look; the others come up in the next."""

SMALL_UP, SMALL_DOWN = 0.5, -0.18
"""Simple returns beyond these may be splits (5:4 takes a fifth)."""


def _jumps(prices: pd.DataFrame, look: Look) -> list[Finding]:
    """Every large step; those of one asset are looked at again after each that is mended."""
    splits = mostly_splits(prices.to_numpy())
    findings: list[Finding] = []
    for ticker in map(str, prices.columns):
        for _ in range(MOST_MENDED):
            found = _jumps_of_column(prices, ticker, look, splits=splits)
            findings += found
            if not found or not found[-1].remedy or look.kind.is_returns:  # returns are mended before the next look
                break
            prices = apply_remedy(prices, found[-1].remedy)
            if ticker not in prices.columns:
                break
    return list({finding.key: finding for finding in findings}.values())


def _jumps_of_column(prices: pd.DataFrame, ticker: str, look: Look, *, splits: bool) -> list[Finding]:
    """Every jump that can stay, up to the first that cannot."""
    values = prices[ticker].to_numpy()
    moves = values[1:] / values[:-1] - 1
    findings: list[Finding] = []
    for row in np.flatnonzero((moves > SMALL_UP) | (moves < SMALL_DOWN)):
        found = _jump(_Step(prices=prices, ticker=ticker, row=int(row), look=look), splits=splits)
        if found is not None and found.remedy:
            return [*findings, found]
        findings += [found] if found else []
    return findings[:MANY_JUMPS]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Step:
    """One large step: from ``row`` of ``prices`` to the next."""

    prices: pd.DataFrame
    ticker: str
    row: int
    look: Look

    @property
    def values(self) -> Array:
        column: Array = self.prices[self.ticker].to_numpy()
        return column

    @property
    def others(self) -> Array:
        column = int(np.flatnonzero(self.prices.columns == self.ticker)[0])
        others: Array = np.delete(self.prices.to_numpy()[around(self.row)], column, axis=1)
        return others

    @property
    def move(self) -> float:
        return float(self.values[self.row + 1] / self.values[self.row] - 1)

    @property
    def large(self) -> bool:
        return self.move > JUMP_UP or self.move < JUMP_DOWN

    @property
    def day(self) -> pd.Timestamp:
        return pd.Timestamp(self.prices.index[self.row + 1])

    @property
    def says(self) -> str:
        digits = 1 if abs(self.move) < 10 else 0
        moved = f"{100 * self.move:+,.{digits}f} %".replace("-", "−")
        return f"{self.ticker} moved {moved} on {day_text(self.day)}"

    def came_back(self) -> bool:
        values, row = self.values, self.row
        return self.large and row + 2 < len(values) and abs(values[row + 2] / values[row] - 1) < 0.2

    def ask(self, severity: Severity, text: str, *options: Remedy) -> Finding:
        return self.look.ask(severity, "jumps", f"{self.says}{text}", options, ticker=self.ticker, day=self.day)

    def without(self) -> tuple[Remedy, ...]:
        """Without that day where returns are given, else without the dates before it or the asset."""
        options = drop_or_cut(self.prices, self.ticker, self.row, self.look)
        if not self.look.kind.is_returns:
            return options
        out = Remedy(
            action="drop dates",
            label=f"leave {day_text(self.day)} out",
            dates=(self.day,),
            cost="gives up that day of all assets",
        )
        return (out, *(option for option in options if option.action == "drop column"))

    def mended(self, evidence: Evidence) -> Remedy:
        return Remedy(
            action="mend split",
            label=f"mend {self.ticker}'s {evidence.name} split of {day_text(self.day)}: prices before it times "
            f"{evidence.factor:,.4g}",
            ticker=self.ticker,
            dates=(self.day,),
            factor=evidence.factor,
        )


def _jump(step: _Step, *, splits: bool) -> Finding | None:
    if step.came_back():
        return _wrong_for_a_day(step)
    evidence = weigh(step.values, step.row, step.others)
    if evidence is not None and evidence.huge:
        return _huge(step, evidence)
    if evidence is not None:
        return _maybe_split(step, evidence, certain=evidence.certain and splits)
    if not step.large:
        return None
    text = " and stayed there: check that this is news, not a split. It is kept."
    return step.ask("warning", text, keep("keep it: it is news"), *step.without())


def _wrong_for_a_day(step: _Step) -> Finding:
    """A wrong price for a day; of returns both the step there and the step back are wrong."""
    back = pd.Timestamp(step.prices.index[step.row + 2])
    days = (step.day, back) if step.look.kind.is_returns else (step.day,)
    label = f"leave {' and '.join(map(day_text, days))} out"
    text = f" and came back the next {step.look.step.unit}: a wrong price, not a crash."
    return step.ask("error", text, Remedy(action="drop dates", label=label, dates=days), keep("keep it: it happened"))


def _huge(step: _Step, evidence: Evidence) -> Finding:
    """Tenfold and more: a reverse split, a change of units, a wrong price; hardly ever a move."""
    if not evidence.new:
        text = " and stayed there: no split is so large, so the prices on one side of that day are wrong."
        return step.ask("error", text, *step.without(), keep("keep it: it happened"))
    text = f" and stayed there: a {evidence.name} split that the prices were not adjusted for, or a change of units."
    return step.ask("error", text, step.mended(evidence), *step.without(), keep("keep it: it happened"))


def _maybe_split(step: _Step, evidence: Evidence, *, certain: bool) -> Finding:
    news = keep("keep it: it is news")
    if certain:
        text = f" and stayed there: a {evidence.name} split that the prices were not adjusted for."
        return step.ask("error", text, step.mended(evidence), *step.without(), news)
    text = f": news, or a {evidence.name} split that the prices were not adjusted for. It is kept as news."
    return step.ask("warning", text, news, step.mended(evidence), *step.without())


JUMPS: tuple[Check, ...] = (_jumps,)

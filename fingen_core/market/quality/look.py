"""What every check may know besides the table: what its numbers are, how far apart they are, what somebody chose."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pandas as pd

from fingen_core.market.quality.remedies import Finding, Remedy, Severity, apply_remedy
from fingen_core.market.returns import PRICES, Kind
from fingen_core.market.step import DAILY, Step, step_of

__all__ = ["MIN_DATES", "MIN_LONGER", "Check", "Look", "drop", "each_column", "keep", "least_dates", "look_at"]

MIN_DATES = 250
"""A year of trading days: below it neither volatility nor correlation can be estimated."""

MIN_LONGER = 60
"""The same for prices of weeks, months and longer."""

_FLAT_RUN = {"day": 15, "week": 6, "month": 4, "quarter": 4, "year": 4}
"""Steps in a row without any change that are too many."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is looked at.

    Attributes
    ----------
    kind : Kind
        What the numbers of the table are.
    step : Step
        How far apart they are.
    choices : mapping of str to str
        What somebody chose to do about a finding, as an action by :attr:`Finding.key`.
    dates : Index
        Of the table.
    """

    kind: Kind = PRICES
    step: Step = DAILY
    choices: Mapping[str, str] = field(default_factory=dict)
    dates: pd.Index = field(default_factory=lambda: pd.Index([]), repr=False, compare=False)

    @property
    def least(self) -> int:
        """Fewest dates from which anything can be learned."""
        return least_dates(self.step)

    @property
    def year(self) -> int:
        """Steps in a year, or as many as are needed to count anything."""
        return max(self.step.year, 50)

    @property
    def flat_run(self) -> int:
        return _FLAT_RUN[self.step.unit]

    @property
    def gap(self) -> float:
        """Calendar days without any number from which on they are mentioned."""
        return max(10.0, 2.2 * self._days)

    @property
    def hole(self) -> float:
        """Calendar days without any number from which on history is cut there."""
        return max(30.0, 4.5 * self._days)

    @property
    def _days(self) -> float:
        return 1.0 if self.step.unit == "day" and self.step.per_year > 200 else 365.25 / self.step.per_year

    def ask(
        self,
        severity: Severity,
        kind: str,
        text: str,
        options: tuple[Remedy, ...],
        *,
        ticker: str = "",
        day: pd.Timestamp | None = None,
    ) -> Finding:
        """A finding about which several things can be done: what somebody chose, or the first of them."""
        found = Finding(
            severity=severity,
            kind=kind,
            text=text,
            ticker=ticker,
            options=options if len(options) > 1 else (),
            day=day,
            remedy=None if options[0].action == "keep" else options[0],
        )
        return found.decided(self.choices.get(found.key, ""))


Check: TypeAlias = Callable[[pd.DataFrame, Look], list[Finding]]


def least_dates(step: Step) -> int:
    """Fewest dates of prices with this step from which anything can be learned."""
    return MIN_DATES if step.unit == "day" else MIN_LONGER


def look_at(values: pd.DataFrame, kind: Kind, choices: Mapping[str, str]) -> Look:
    """What can be known before anything is mended: the step is measured on the days that the table has."""
    days = pd.DatetimeIndex(values.index[values.index.notna()]).sort_values().unique()
    return Look(kind=kind, step=step_of(days) if len(days) > 1 else DAILY, choices=choices, dates=values.index)


def each_column(
    values: pd.DataFrame, look: Look, check: Callable[[pd.DataFrame, str, Look], list[Finding]]
) -> list[Finding]:
    """Findings of ``check`` for one column after the other, each seeing what the remedies before it left."""
    findings: list[Finding] = []
    for ticker in list(values.columns):
        for finding in check(values, str(ticker), look):
            findings.append(finding)
            if finding.remedy:
                values = apply_remedy(values, finding.remedy, look.kind)
    return findings


def drop(ticker: str, cost: str = "") -> Remedy:
    return Remedy(action="drop column", label=f"drop {ticker}", ticker=ticker, cost=cost)


def keep(label: str) -> Remedy:
    return Remedy(action="keep", label=label)

"""The quality report: look at prices or returns as they came (text, holes and repeated dates included).

The checks stand in a fixed order, and each sees the table as mended by the remedies before it; it starts again until
there is nothing left to mend. Replaying the remedies in their order is therefore all that
:meth:`QualityReport.apply` has to do.

Repairs act on what is at fault: of a file of returns, on the returns, from which prices are made only then. What can
be seen on prices alone (a price that does not move, a split) is looked for on the prices that the returns make.

Wherever either a column or some dates have to go, what goes is whatever costs fewer prices (assets times dates), with
some preference for keeping the assets: somebody chose them. Where several things may be done, all are told, and what
somebody chose is done.

Severity says what happens if nothing is done: ``error``, a model would learn something false or cannot be trained;
``warning``, worth a look, and something is lost or may be wrong; ``info``, good to know.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from fingen_core.errors import InvalidMarket
from fingen_core.market.market import Market
from fingen_core.market.quality.checks import OF_PRICES, OF_VALUES, span, too_short
from fingen_core.market.quality.look import Look, look_at
from fingen_core.market.quality.remedies import Finding, Remedy, Severity, apply_remedy, tidy
from fingen_core.market.returns import PRICES, Kind

__all__ = ["QualityReport", "quality_report"]

ROUNDS = 25
"""Each round removes something, so few are needed; more means that the table is not one of prices."""


@dataclass(frozen=True)
class QualityReport:
    """All findings, in the order in which their remedies have to be applied.

    Attributes
    ----------
    findings : tuple of Finding
        What was found.
    prices : DataFrame
        The prices after all remedies.
    kind : Kind
        What the numbers are that the remedies change.
    """

    findings: tuple[Finding, ...]
    prices: pd.DataFrame = field(repr=False, compare=False)
    kind: Kind = PRICES

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """What the one button does, in order."""
        return tuple(finding.remedy for finding in self.findings if finding.remedy)

    @property
    def usable(self) -> bool:
        """Whether the prices make a market after all remedies."""
        return not any(finding.severity == "error" and finding.remedy is None for finding in self.findings)

    @property
    def clean(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.remedies and self.usable

    @property
    def accepted(self) -> tuple[str, ...]:
        """Keys of what somebody chose to keep although it would be mended unasked."""
        kept = (finding for finding in self.findings if finding.options and finding.remedy is None)
        return tuple(dict.fromkeys(finding.key for finding in kept if finding.options[0].action != "keep"))

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def apply(self, values: pd.DataFrame) -> pd.DataFrame:
        """Prices of ``values`` (the table that was reported on) after every remedy.

        Raises
        ------
        InvalidMarket
            If no remedy makes these prices usable; the message is the finding that stands in the way.
        """
        if not self.usable:
            raise InvalidMarket(next(f.text for f in self.findings if f.severity == "error" and f.remedy is None))
        values = tidy(values)
        for remedy in self.remedies:
            values = apply_remedy(values, remedy, self.kind)
        return self.kind.prices(values)


def quality_report(
    data: Market | pd.DataFrame, kind: Kind = PRICES, choices: Mapping[str, str] | None = None
) -> QualityReport:
    """Look at prices or returns as they came and say what is wrong with them.

    Parameters
    ----------
    data : Market or DataFrame, shape (n_dates, n_assets)
        Prices or returns; the index holds dates. Missing numbers, text and repeated dates or tickers are allowed here.
    kind : Kind
        What the numbers of a DataFrame are.
    choices : mapping of str to str, optional
        What somebody chose to do, an action of the finding's options by :attr:`Finding.key`. What was accepted with a
        market stays accepted.

    Returns
    -------
    QualityReport
        Findings with remedies. The first one is always the span.
    """
    if isinstance(data, Market):
        choices = dict.fromkeys(data.source.accepted, "keep") | dict(choices or {})
        data = data.prices
    values, chosen = tidy(data), dict(choices or {})
    mended: list[Finding] = []
    for _ in range(ROUNDS):
        findings, values = _one_round(values, kind, chosen)
        if not any(finding.remedy for finding in findings):
            return _finished(mended, findings, values, look_at(values, kind, chosen))
        mended += [finding for finding in findings if finding.remedy or finding.options]
    hopeless = Finding(
        severity="error",
        kind="span",
        text=f"Something is still wrong after {ROUNDS} rounds of mending: check that this is a table of prices.",
    )
    return QualityReport((span(values), *mended, hopeless), kind.prices(values), kind)


def _finished(mended: list[Finding], last: list[Finding], values: pd.DataFrame, look: Look) -> QualityReport:
    """The report when nothing is left to mend; what can be chosen stays in it, once."""
    prices = look.kind.prices(values)
    before = {finding.key: finding for finding in mended if not finding.remedy}
    seen = {finding.key for finding in last if finding.options}
    kept = [finding for key, finding in before.items() if key not in seen]
    findings = (*(finding for finding in mended if finding.remedy), *kept, *last)
    return QualityReport((span(prices), *findings, *too_short(prices, look)), prices, look.kind)


def _one_round(values: pd.DataFrame, kind: Kind, choices: Mapping[str, str]) -> tuple[list[Finding], pd.DataFrame]:
    findings: list[Finding] = []
    look = look_at(values, kind, choices)
    for check in (*OF_VALUES, *OF_PRICES):
        if values.empty:
            break
        of_prices = check in OF_PRICES
        for finding in check(kind.prices(values) if of_prices else values, look):
            told = _on_values(finding, values, kind) if of_prices else finding
            findings.append(told)
            if told.remedy:
                values = apply_remedy(values, told.remedy, kind)
        if not values.index.equals(look.dates):
            look = look_at(values, kind, choices)
    return findings, values


def _on_values(finding: Finding, values: pd.DataFrame, kind: Kind) -> Finding:
    """A finding on prices with its remedies for the numbers from which they were made.

    The first price kept is where the first return kept begins: that return is of the date after it.
    """
    if not kind.is_returns:
        return finding

    def translated(remedy: Remedy) -> Remedy:
        if remedy.action != "cut start":
            return remedy
        later = values.index[values.index > remedy.dates[0]]
        return replace(remedy, dates=(later[0] if len(later) else remedy.dates[0],))

    options = tuple(translated(option) for option in finding.options)
    return replace(finding, options=options, remedy=translated(finding.remedy) if finding.remedy else None)

"""Is this history fit to learn from? What is wrong with it, in words, and what would mend it.

The report looks at prices as they came (text, holes and repeated dates included) in a fixed order, and each check sees
the prices as mended by the remedies before it; it starts again until there is nothing left to mend. Replaying the
remedies in their order is therefore all that :meth:`QualityReport.apply` has to do.

Wherever either a column or some dates have to go, what goes is whatever costs fewer prices (assets times dates), with
some preference for keeping the assets: somebody chose them.

Severity says what happens if nothing is done: ``error``, a model would learn something false or cannot be trained;
``warning``, worth a look, and something is lost or may be wrong; ``info``, good to know.
"""

from dataclasses import dataclass, field

import pandas as pd

from fingen_core.errors import InvalidMarket
from fingen_core.market.market import Market
from fingen_core.market.quality.checks import CHECKS, MIN_DATES, span, too_short
from fingen_core.market.quality.remedies import Finding, Remedy, Severity, apply_remedy, tidy

__all__ = ["MIN_DATES", "Finding", "QualityReport", "Remedy", "Severity", "apply_remedy", "quality_report"]

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
    """

    findings: tuple[Finding, ...]
    prices: pd.DataFrame = field(repr=False, compare=False)

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

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def apply(self, prices: pd.DataFrame) -> pd.DataFrame:
        """Apply every remedy to ``prices`` (the table that was reported on).

        Raises
        ------
        InvalidMarket
            If no remedy makes these prices usable; the message is the finding that stands in the way.
        """
        if not self.usable:
            raise InvalidMarket(next(f.text for f in self.findings if f.severity == "error" and f.remedy is None))
        prices = tidy(prices)
        for remedy in self.remedies:
            prices = apply_remedy(prices, remedy)
        return prices


def quality_report(data: Market | pd.DataFrame) -> QualityReport:
    """Look at prices as they came and say what is wrong with them.

    Parameters
    ----------
    data : Market or DataFrame, shape (n_dates, n_assets)
        Prices; the index holds dates. Missing prices, text and repeated dates or tickers are allowed here.

    Returns
    -------
    QualityReport
        Findings with remedies. The first one is always the span.
    """
    prices = tidy(data.prices if isinstance(data, Market) else data)
    mended: list[Finding] = []
    for _ in range(ROUNDS):
        findings, prices = _one_round(prices)
        needed = [finding for finding in findings if finding.remedy]
        if not needed:
            return QualityReport((span(prices), *mended, *findings, *too_short(prices)), prices)
        mended += needed
    hopeless = Finding(
        severity="error",
        kind="span",
        text=f"Something is still wrong after {ROUNDS} rounds of mending: check that this is a table of prices.",
    )
    return QualityReport((span(prices), *mended, hopeless), prices)


def _one_round(prices: pd.DataFrame) -> tuple[list[Finding], pd.DataFrame]:
    findings: list[Finding] = []
    for check in CHECKS:
        if prices.empty:
            break
        for finding in check(prices):
            findings.append(finding)
            if finding.remedy:
                prices = apply_remedy(prices, finding.remedy)
    return findings, prices

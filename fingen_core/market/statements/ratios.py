"""Ratios that follow from a company's statements; one that needs a missing item is missing too."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from fingen_core.market.statements.items import ITEMS
from fingen_core.market.statements.periods import ends_of, of_a_year, year_before
from fingen_core.market.statements.statements import Statements

__all__ = ["RATIOS", "Ratio", "ratios"]


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A ratio with its definition; ``of`` takes the items of one period, missing ones as NaN."""

    name: str
    group: str
    definition: str
    items: tuple[str, ...]
    of: Callable[..., float]
    is_share: bool = False


def _over(numerator: float, denominator: float) -> float:
    """NaN where the denominator is missing or not above 0: such a ratio says nothing."""
    return numerator / denominator if denominator > 0 else float("nan")


def _quotient(name: str, group: str, over: str, under: str, *, is_share: bool = False) -> Ratio:
    """One item over another."""
    definition = f"{over} / {under.lower()}"
    return Ratio(name=name, group=group, definition=definition, items=(over, under), of=_over, is_share=is_share)


RATIOS: tuple[Ratio, ...] = (
    _quotient("Debt / assets", "Leverage", "Total debt", "Total assets", is_share=True),
    Ratio(
        name="Net debt / EBITDA",
        group="Leverage",
        definition="(Total debt less cash) / EBITDA",
        items=("Total debt", "Cash", "EBITDA"),
        of=lambda debt, cash, ebitda: _over(debt - cash, ebitda),
    ),
    _quotient("Interest coverage", "Coverage", "EBITDA", "Interest expense"),
    _quotient("EBITDA margin", "Margins", "EBITDA", "Revenue", is_share=True),
    _quotient("Net margin", "Margins", "Net income", "Revenue", is_share=True),
    _quotient("Return on assets", "Margins", "Net income", "Total assets", is_share=True),
    _quotient("Current ratio", "Liquidity", "Current assets", "Current liabilities"),
)
"""Ratios of one period; growth of revenue, which needs two, is added by ``ratios``."""


def ratios(statements: Statements) -> pd.DataFrame:
    """Ratios by period; index: names, columns: periods. Missing where an item is missing.

    Income and cash flow of a quarter or a half are those of the year that it ends, or a quarter's debt would be four
    times its EBITDA's where a year's is not. Growth is that of the period itself over the same one a year before.
    """
    table, found = statements.table, {}
    if statements.per_year > 1:
        table = _yearly(table, statements.per_year)
    for ratio in RATIOS:
        found[ratio.name] = [ratio.of(*(float(table.loc[item, p]) for item in ratio.items)) for p in table.columns]
    revenue = statements.table.loc["Revenue"]
    found["Revenue growth"] = [_over(now, then) - 1 for now, then in zip(revenue, _before(revenue), strict=True)]
    return pd.DataFrame(found, index=table.columns).T


def _yearly(parts: pd.DataFrame, periods: int) -> pd.DataFrame:
    """The same periods with income and cash flow summed over four quarters or two halves."""
    table, ends = parts.copy(), ends_of(parts.columns)
    for item in (item for item, kind in ITEMS.items() if kind != "Balance sheet"):
        amounts = pd.Series(parts.loc[item].to_numpy(), ends)
        table.loc[item] = [of_a_year(amounts, end, periods) for end in amounts.index]
    return table


def _before(amounts: pd.Series) -> Iterable[float]:
    """What an item was a year before each period; in the next column where periods name no days."""
    ends = ends_of(amounts.index)
    if ends is None:
        return [*amounts.to_numpy()[1:], float("nan")]
    dated = pd.Series(amounts.to_numpy(), ends)
    return [year_before(dated, end) for end in ends]

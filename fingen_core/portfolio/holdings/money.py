"""Which currency the values of a list are in where each line names one: that of its price, or one for all.

Quantity times price tells: a value in the currency of its line is that product, one in another currency is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fingen_core.market.currencies import unit_of
from fingen_core.portfolio.holdings.columns import Columns, at
from fingen_core.portfolio.holdings.entries import Choice, Entry, Question
from fingen_core.portfolio.holdings.lines import Line
from fingen_core.portfolio.holdings.numbers import numbers

__all__ = ["moneys"]

_NEAR = 0.005


def moneys(
    lines: Sequence[Line], columns: Columns, mark: str, entries: Sequence[Entry], chosen: Mapping[str, str]
) -> list[Entry] | Question:
    """Entries with the currency that their values are in, or a question which that is."""
    ratios = _ratios(lines, columns, mark, entries)
    apart = _by_currency(entries, ratios)
    units = {code: _unit(code, ratio) for code, ratio in apart.items()}
    fitting = {unit for unit in units.values() if unit}
    if len(fitting) == 1 and _some_in_another(entries, ratios):
        return _based(entries, ratios, fitting.pop())
    if all(units.values()):
        return [replace(one, currency=units.get(one.currency) or one.currency) for one in entries]
    if chosen.get("money") == "line":
        return list(entries)
    if chosen.get("money") == "one":
        return [_in(one, "") for one in entries]
    return _which([code for code, unit in units.items() if not unit])


def _some_in_another(entries: Sequence[Entry], ratios: Sequence[float]) -> bool:
    """Whether the value of any line is not in the currency that the line names."""
    return any(np.isfinite(one) and not _unit(entry.currency, one) for entry, one in zip(entries, ratios, strict=True))


def _based(entries: Sequence[Entry], ratios: Sequence[float], base: str) -> list[Entry]:
    """Values of one currency, but for lines whose value is quantity times price in their own."""
    own = [
        _unit(entry.currency, ratio) if np.isfinite(ratio) else "" for entry, ratio in zip(entries, ratios, strict=True)
    ]
    return [_in(entry, unit or base) for entry, unit in zip(entries, own, strict=True)]


def _ratios(lines: Sequence[Line], columns: Columns, mark: str, entries: Sequence[Entry]) -> list[float]:
    """Value / (quantity x price) of each line; NaN where they are not known or no currency is named."""
    needed = ("quantity", "price", "value", "currency")
    if any(one not in columns.at for one in needed) or columns.money.get("value"):
        return [np.nan] * len(entries)
    prices, values = (numbers([at(line, columns.at[one]) for line in lines], mark) for one in ("price", "value"))
    products = [(one.quantity or np.nan) * price for one, price in zip(entries, prices, strict=True)]
    return [
        value / product if entry.currency and product else np.nan
        for entry, value, product in zip(entries, values, products, strict=True)
    ]


def _by_currency(entries: Sequence[Entry], ratios: Sequence[float]) -> dict[str, float]:
    """The middle ratio of the matched lines by their currency."""
    found: dict[str, list[float]] = {}
    for entry, ratio in zip(entries, ratios, strict=True):
        if entry.fate == "matched" and np.isfinite(ratio):
            found.setdefault(entry.currency, []).append(ratio)
    return {code: float(np.median(of)) for code, of in found.items()}


def _unit(code: str, ratio: float) -> str:
    """The currency that values are in by their ratio: that of the price, or pounds for a price in pence."""
    unit, part = unit_of(code)
    if abs(ratio - 1) < _NEAR:
        return code
    return unit if abs(ratio / part - 1) < _NEAR else ""


def _in(entry: Entry, currency: str) -> Entry:
    return replace(entry, currency=currency) if entry.fate != "no holding" else entry


def _which(codes: Sequence[str]) -> Question:
    some = ", ".join(codes[:4])
    return Question(
        key="money",
        text=f"The values of lines in {some} are not quantity times price. What are they in?",
        choices=(
            Choice(key="one", label="All in the currency of the portfolio"),
            Choice(key="line", label="Each in the currency of its line; its price is of another day"),
        ),
    )

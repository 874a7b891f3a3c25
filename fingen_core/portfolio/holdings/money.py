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
from fingen_core.portfolio.holdings.numbers import number

__all__ = ["moneys"]

_NEAR = 0.005


def moneys(
    lines: Sequence[Line], columns: Columns, mark: str, entries: Sequence[Entry], chosen: Mapping[str, str]
) -> list[Entry] | Question:
    """Entries with the currency that their values are in, or the question which."""
    apart = _ratios(lines, columns, mark, entries)
    units = {code: _unit(code, ratio) for code, ratio in apart.items()}
    if all(units.values()):
        return [replace(one, currency=units.get(one.currency) or one.currency) for one in entries]
    fitting = {unit for unit in units.values() if unit}
    if len(fitting) == 1 and len(units) > 1:
        base = fitting.pop()
        return [_in(one, base) for one in entries]
    if chosen.get("money") == "line":
        return list(entries)
    if chosen.get("money") == "one":
        return [_in(one, "") for one in entries]
    return _which([code for code, unit in units.items() if not unit])


def _ratios(lines: Sequence[Line], columns: Columns, mark: str, entries: Sequence[Entry]) -> dict[str, float]:
    """Value / (quantity x price) by currency, the middle one; empty where nothing can be compared."""
    needed = ("quantity", "price", "value", "currency")
    if any(one not in columns.at for one in needed) or columns.money.get("value"):
        return {}
    found: dict[str, list[float]] = {}
    for line, entry in zip(lines, entries, strict=True):
        price = number(at(line, columns.at["price"]), mark)
        written = number(at(line, columns.at["value"]), mark)
        product = (entry.quantity or 0.0) * price
        if entry.currency and np.isfinite(written) and np.isfinite(product) and product and entry.fate == "matched":
            found.setdefault(entry.currency, []).append(written / product)
    return {code: float(np.median(ratios)) for code, ratios in found.items()}


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

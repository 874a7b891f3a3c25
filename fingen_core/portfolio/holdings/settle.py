"""What is still open after names and contents: the decimal mark, which numbers mean what, and the scale of weights.

Arithmetic over the rows and the last closes of the market settle it; what they leave open is asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fingen_core.portfolio.holdings.columns import Columns, at
from fingen_core.portfolio.holdings.entries import KINDS, Choice, Entry, Kind, Question
from fingen_core.portfolio.holdings.laws import holds, is_price, products, scale_of
from fingen_core.portfolio.holdings.lines import Line
from fingen_core.portfolio.holdings.numbers import MARKS, core, is_missing, marks_of, money_in, numbers
from fingen_core.portfolio.portfolio import MOST_GROSS
from fingen_core.types import Array

__all__ = ["Part", "Weighed", "as_decimals", "cells_of", "mark_of", "meaning_of"]

_WORDS: Mapping[Kind, str] = {"quantity": "quantities", "value": "values", "weight": "weights"}
_MOST_OFFERED = 3
_WHOLES = (1.0, 100.0)
_PERCENT, _WRITTEN = "Weights are read as percent.", "Weights are taken as written: 1 is all of it."


@dataclass(frozen=True)
class Part:
    """Rows of one block with its columns, and the last close of each row's asset, NaN where it is not known."""

    rows: Sequence[Line]
    columns: Columns
    closes: Array

    def texts(self, place: int) -> list[str]:
        """The cells of a column."""
        return [at(row, place) for row in self.rows]

    def values(self, place: int, mark: str) -> Array:
        """The numbers of a column, NaN where there is none."""
        return np.asarray(numbers(self.texts(place), mark), dtype=np.float64)


def mark_of(parts: Sequence[Part], chosen: Mapping[str, str]) -> str | Question:
    """The decimal mark of a list, or the question which it is."""
    cells = [cell for _, cell in cells_of(parts)]
    marks = marks_of(cells)
    if len(marks) == 1:
        return marks[0]
    if chosen.get("mark") in MARKS:
        return chosen["mark"]
    settled = {mark for mark in marks if any(_proves(part, mark) for part in parts)}
    if len(settled) == 1:
        return settled.pop()
    marked = [cell for cell in cells if set(core(cell)) & set(MARKS)]
    odd = next((cell for cell in marked if core(cell)[-4:-3] in MARKS), marked[0])
    choices = tuple(Choice(key=mark, label=_said(odd, mark)) for mark in marks)
    return Question(
        key="mark",
        text=f"{odd} can be read in two ways, and nothing in the list tells which is meant.",
        choices=choices,
    )


def cells_of(parts: Sequence[Part]) -> list[tuple[Line, str]]:
    """The numbers by which the decimal mark is judged, each with its line."""
    named = [(row, at(row, place)) for part in parts for place in part.columns.numeric for row in part.rows]
    signed = [(row, cell) for part in parts for row in part.rows for cell in row.cells if "%" in cell or "$" in cell]
    return [*named, *signed]


def _said(cell: str, mark: str) -> str:
    value = numbers([cell], mark)[0]
    told = "the decimals" if mark in core(cell) else "thousands"
    sign = "point" if "." in core(cell) else "comma"
    return f"{value:,.10g}: the {sign} parts {told}" if np.isfinite(value) else "no number"


def _proves(part: Part, mark: str) -> bool:
    """Whether the numbers fit together under a decimal mark: as products, as parts of a whole, as prices."""
    columns = part.columns
    values = {place: part.values(place, mark) for place in columns.numeric}
    if "quantity" in columns.at and "value" in columns.at and "price" in columns.at:
        return holds(*(values.get(columns.at[one], np.array([])) for one in ("quantity", "price", "value")))
    if products(values):
        return True
    if "weight" in columns.at:
        total = np.nansum(values.get(columns.at["weight"], np.array([])))
        return any(abs(total - whole) < 0.01 * whole for whole in _WHOLES)
    return "price" in columns.at and is_price(values.get(columns.at["price"], np.array([])), part.closes)


def meaning_of(part: Part, mark: str, kind: Kind, chosen: Mapping[str, str]) -> Columns | Question:
    """The columns of a part with nothing open, or a question.

    Parameters
    ----------
    part : Part
    mark : str
        Decimal mark.
    kind : {"quantity", "value", "weight"}
        What a single column of numbers is that no name tells.
    chosen : mapping
        Answers to questions, by their key.
    """
    values = {place: part.values(place, mark) for place in part.columns.numeric}
    if part.columns.kinds and not part.columns.unsure:
        return _corrected(part.columns, values)
    free = part.columns.open
    if not free:
        return part.columns
    if "column" in chosen:
        place, _, told = chosen["column"].partition(":")
        return _with(part.columns, {told: int(place)})
    if len(free) == 1:
        return _single(part, values[free[0]], kind, chosen)
    found = _by_arithmetic(part, {place: values[place] for place in free})
    return _with(part.columns, found) if found else _which(part, free)


def _with(columns: Columns, more: Mapping[str, int]) -> Columns:
    return replace(columns, at={**columns.at, **more})


def _corrected(columns: Columns, values: Mapping[int, Array]) -> Columns:
    """A "value" that times the quantity is another column is a price."""
    quantity, value = columns.at.get("quantity"), columns.at.get("value")
    if quantity is None or value is None or quantity not in values or value not in values:
        return columns
    price = columns.at.get("price", -1)
    if price in values and holds(values[quantity], values[price], values[value]):
        return columns
    for other, product in values.items():
        if other not in (quantity, value) and holds(values[quantity], values[value], product):
            money = {**columns.money, "price": columns.money.get("value", ""), "value": ""}
            return replace(columns, at={**columns.at, "price": value, "value": other}, money=money)
    return columns


def _single(part: Part, values: Array, kind: Kind, chosen: Mapping[str, str]) -> Columns | Question:
    """One column of numbers: what it is said to be, unless its sum or its signs say otherwise."""
    place = part.columns.open[0]
    texts = [text for text in part.texts(place) if not is_missing(text)]
    if sum(text.endswith("%") for text in texts) > len(texts) / 2:
        return _with(part.columns, {"weight": place})
    if sum(bool(money_in(text) or "$" in text) for text in texts) > len(texts) / 2:
        return _with(part.columns, {"value": place})
    if chosen.get("kind") in KINDS:
        return _with(part.columns, {chosen["kind"]: place})
    choices = tuple(Choice(key=one, label=f"They are {_WORDS[one]}") for one in KINDS)
    if part.columns.unsure:
        return Question(key="kind", text="The name of the numbers may mean shares or money.", choices=choices)
    with np.errstate(over="ignore"):
        total = float(np.nansum(values))
    if kind != "weight" and len(texts) > 1 and any(abs(total - whole) < 1e-3 * whole for whole in _WHOLES):
        return Question(key="kind", text=f"The numbers add up to {total:.6g}, as weights do.", choices=choices)
    return replace(_with(part.columns, {kind: place}), assumed=True)


def _by_arithmetic(part: Part, values: Mapping[int, Array]) -> dict[str, int]:
    """Quantity, price and value by their product, or quantity and price by the closes; empty if that leaves doubt."""
    prices = {place for place, numbers in values.items() if is_price(numbers, part.closes)}
    found = products(values)
    fitting = [one for one in found if prices & set(one[:2])] or found
    if len({product for _, _, product in fitting}) == 1:
        left, right, value = fitting[0]
        return {**_factors(left, right, values, prices), "value": value}
    if not found and len(values) == 2 and len(prices) == 1:
        price = prices.pop()
        other = next(place for place in values if place != price)
        cut = other + 1 == price and all(re.fullmatch(r"\d{3}", text) for text in part.texts(price))
        return {"quantity": other, "price": price} if _whole(values[other]) and not cut else {}  # "1,200" was cut?
    return {}


def _factors(left: int, right: int, values: Mapping[int, Array], prices: set[int]) -> dict[str, int]:
    """Which factor is the price; none of both where that stays open: the value is known all the same."""
    for price, quantity in ((left, right), (right, left)):
        if price in prices and quantity not in prices:
            return {"quantity": quantity, "price": price}
    for price, quantity in ((left, right), (right, left)):
        if _whole(values[quantity]) and not _whole(values[price]):
            return {"quantity": quantity, "price": price}
    return {}


def _whole(values: Array) -> bool:
    known = values[np.isfinite(values)]
    return bool((known == np.round(known)).all())


def _which(part: Part, places: Sequence[int]) -> Question:
    choices = [
        Choice(key=f"{place}:{kind}", label=f"column {place + 1} ({_first(part, place)}) holds {_WORDS[kind]}")
        for place in places[:_MOST_OFFERED]
        for kind in KINDS
    ]
    return Question(key="column", text="Several columns hold numbers and none says what it is.", choices=tuple(choices))


def _first(part: Part, place: int) -> str:
    texts = [text for text in part.texts(place) if text][:2]
    return ", ".join([*texts, "..."])


@dataclass(frozen=True)
class Weighed:
    """Entries whose weights are decimals, and what was decided about them."""

    entries: list[Entry]
    told: tuple[str, ...] = ()


def as_decimals(entries: Sequence[Entry], columns: Sequence[Columns], chosen: Mapping[str, str]) -> Weighed | Question:
    """Find the scale of weights from all lines together, those that are left out and cash included."""
    weighty = [entry for entry in entries if entry.weight and entry.fate != "no holding"]
    if not weighty or any(one.kinds[:1] != ["weight"] for one in columns) or any(one.signs for one in columns):
        return Weighed(list(entries))
    weights = [entry.weight or 0.0 for entry in weighty]
    scales = scale_of(weights, MOST_GROSS)
    if any(one.percent for one in columns):
        scales = (1.0, 100.0) if scales == (1.0,) else (100.0,)  # a workbook stores 40 % as 0.4
    if len(scales) > 1 and chosen.get("scale") in ("1", "100"):
        scales = (float(chosen["scale"]),)
    if len(scales) > 1:
        return _percent_or_not(sum(weights), sum(map(abs, weights)))
    scaled = [replace(one, weight=None if one.weight is None else one.weight / scales[0]) for one in entries]
    return Weighed(scaled, (_PERCENT if scales[0] > 1 else _WRITTEN,))


def _percent_or_not(net: float, gross: float) -> Question:
    return Question(
        key="scale",
        text=f"The weights add up to {net:.6g}, {gross:.6g} long and short together. Are they percent?",
        choices=(
            Choice(key="1", label=f"No: {net * 100:.6g} % of the value are invested, as written"),
            Choice(key="100", label=f"Yes: {net:.6g} % of the value are invested, the rest is cash"),
        ),
    )

"""Amounts of a file in millions: their decimal mark, what they are counted in, and what is asked where it is open."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.parsing import decimal_mark, to_numbers
from fingen_core.market.statements.units import (
    HARD_LIMIT,
    LARGEST,
    SMALLEST,
    UNITS,
    candidates,
    factor_of,
    per_dollar,
    split_amount,
    unit_in,
)

__all__ = ["SHARES", "Offer", "Scale", "marks", "read_amounts", "scale_of", "shares_unit", "split"]

SHARES = "Shares outstanding"
_SIZES = ("Total assets", "Revenue", "Market value")
_SHARES_RANGE = (0.1, 1e6)  # millions of shares of listed companies
_ASSETS_A_SHARE = (0.5, 5_000.0)  # in dollars; very few companies lie outside


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One way to count the amounts of a file: ``label`` says what comes out, for people who choose."""

    unit: str
    decimal: str
    label: str
    size: float = float("nan")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What the amounts are counted in, why, and what that makes of one; ``offers`` where it is open."""

    unit: str = ""
    decimal: str = "."
    why: str = ""
    example: str = ""
    offers: tuple[Offer, ...] = ()


def split(facts: pd.DataFrame) -> pd.DataFrame:
    """The same facts with ``text``, the number of each cell, and ``factor``, what its own words count it in (millions).

    Words are those with the number ("1.2 bn"), else those of the row, else those of its column.
    """
    facts = facts.copy()
    pairs = {cell: split_amount(cell) for cell in facts["amount"] if isinstance(cell, str)}
    facts["text"] = [pairs[cell][0] if isinstance(cell, str) else cell for cell in facts["amount"]]
    labels = {label: _stated(label) for label in facts["label"].unique()}
    columns = {words: _stated(words) for words in facts["unit"].unique()}
    stated = [
        (pairs[cell][1] if isinstance(cell, str) else "") or labels[label] or columns[words]
        for cell, label, words in zip(facts["amount"], facts["label"], facts["unit"], strict=True)
    ]
    facts["factor"] = [UNITS.get(unit, np.nan) for unit in stated]
    return facts


def _stated(words: str) -> str:
    found = unit_in(str(words))
    return found.money or found.shares


def read_amounts(facts: pd.DataFrame, decimal: str, file: str) -> pd.Series:
    """Numbers of the cells; NaN where one is empty.

    Raises
    ------
    InvalidInput
        Naming the first cell that is neither empty nor a finite number.
    """
    numbers, wrong = to_numbers(facts["text"].astype(object), decimal)
    percent = np.array([isinstance(cell, str) and cell.endswith("%") for cell in facts["text"]], bool)
    wrong = wrong.to_numpy(bool) | np.isinf(numbers.to_numpy(np.float64)) | percent
    if wrong.any():
        bad = facts.iloc[int(wrong.argmax())]
        raise InvalidInput(
            f"{str(bad['amount'])[:40]!r} for {bad['label']} in {bad['period']} ({file}, row {bad['row']}) is no "
            "number: mend it or empty it"
        )
    return numbers.astype(np.float64)


_SIGN = r"[-+(−$€£\s]*"
_WRITTEN = {
    mark: re.compile(rf"{_SIGN}(?:\d+|[1-9]\d{{0,2}}(?:{group}\d{{2,3}})*{group}\d{{3}})(?:{point}\d+)?\s*\)?-?")
    for mark, point, group in ((".", r"\.", r"[,\s'’]"), (",", ",", r"[.\s'’]"))
}
"""A number with each decimal mark, with or without marks of thousands."""


def marks(cells: Iterable[object], separator: str, native: bool) -> tuple[str, ...]:
    """Decimal marks that the cells of a file admit: both where all are numbers either way.

    A comma before three digits parts thousands, unless columns are parted by semicolons or the file's words, as
    ``native`` says, are of a language that writes decimal commas.
    """
    texts = [cell.strip() for cell in cells if isinstance(cell, str) and re.search(r"\d[.,]\d", cell)]
    if not texts:
        return (".",)
    found = tuple(mark for mark, form in _WRITTEN.items() if all(form.fullmatch(text) for text in texts))
    if len(found) < 2:
        return found or (decimal_mark(pd.Series(texts), separator),)
    if all("," in text and "." not in text for text in texts) and separator != ";" and not native:
        return (".",)
    return found


def _coherent(money: pd.DataFrame, values: pd.Series) -> bool:
    """Whether no company has more cash than assets, or earns more than ten times what it sells.

    Where the wrong mark was read, some amounts are a thousand times too large beside others.
    """
    wide = money.assign(size=values.abs()).pivot_table("size", ["company", "period"], "item", aggfunc="max")
    pairs = (
        ("Cash", "Total assets", 1.0),
        ("Net income", "Revenue", 10.0),
        ("Interest expense", "Revenue", 1.0),
        ("Total debt", "Total assets", 10.0),
        ("Revenue", "Total assets", 100.0),
        ("Total assets", "Revenue", 500.0),
    )
    return not any(
        (wide[less] > most * wide[more]).any() for less, more, most in pairs if less in wide and more in wide
    )


def scale_of(  # noqa: PLR0917
    facts: pd.DataFrame,
    admitted: Sequence[str],
    titles: Sequence[str],
    currency: str,
    file: str,
    unit: str = "",
) -> Scale:
    """The unit and the decimal mark of the amounts of money whose own words do not say.

    Raises
    ------
    InvalidInput
        If a unit makes a company larger than any can be.
    """
    money = facts[(facts["item"] != SHARES) & facts["factor"].isna()]
    stated = {words.money: title for title in titles if (words := unit_in(title)).money}
    offers: list[Offer] = []
    read = {mark: read_amounts(money, mark, file) for mark in admitted}
    if len(read) > 1:
        read = {mark: values for mark, values in read.items() if _coherent(money, values)} or read
    for mark, values in read.items():
        sizes = _sizes(money, values)
        named = [unit] if unit else list(stated)
        smallest = SMALLEST * per_dollar(currency) if len(read) > 1 else 0.0  # 4.782 millions are 4,782
        fitting = [name for name in named if _bearable(sizes, name, currency, smallest) or (unit and not smallest)]
        if not fitting and not unit:
            fitting = candidates(sizes, values.to_numpy(), currency)
        offers += [_offer(money, values, name, mark) for name in fitting]
    offers = list({_outcome(read[offer.decimal], offer): offer for offer in reversed(offers)}.values())[::-1]
    first = next(iter(read))
    if len(offers) > 1:
        return Scale(decimal=first, offers=tuple(offers))
    if not offers and unit:
        return Scale(unit=unit, decimal=first, why="chosen")
    if not offers:
        return Scale(unit="millions", decimal=first, why="nothing in the file says otherwise")
    why = (
        "chosen"
        if unit
        else f"the file says {stated[offers[0].unit]!r}"
        if offers[0].unit in stated
        else "by their size"
    )
    return Scale(unit=offers[0].unit, decimal=offers[0].decimal, why=why, example=offers[0].label)


def _outcome(values: pd.Series, offer: Offer) -> bytes:
    """What an offer makes of all amounts: two that make the same are one."""
    return bytes(np.round(values.to_numpy() * factor_of(offer.unit), 6).tobytes())


def _sizes(money: pd.DataFrame, values: pd.Series) -> list[float]:
    """The largest of what tells a company's size, of each company; of anything where nothing of that is there."""
    tells = money["item"].isin(_SIZES)
    used = values.abs()[tells] if tells.any() else values.abs()
    return list(used.groupby(money["company"].loc[used.index]).max().dropna())


def _bearable(sizes: Sequence[float], unit: str, currency: str, smallest: float) -> bool:
    """Whether a unit that the file states does not contradict its amounts."""
    largest = LARGEST * (per_dollar(currency) if currency else 20)
    return not sizes or smallest <= max(sizes) * factor_of(unit) <= largest


def _offer(money: pd.DataFrame, values: pd.Series, unit: str, mark: str) -> Offer:
    known = values.abs().where(money["item"].isin(_SIZES)).fillna(values.abs() * 1e-9)
    if not known.notna().any():
        return Offer(unit=unit, decimal=mark, label=unit)
    at = known.idxmax()
    size = float(values[at]) * factor_of(unit)
    if abs(size) > HARD_LIMIT:
        raise InvalidInput(
            f"{money.loc[at, 'item']} of {money.loc[at, 'amount']} in {unit} would be {size:,.0f} million, more than "
            "any company has: choose another unit"
        )
    said = str(money.loc[at, "amount"])
    label = f"{unit} ({money.loc[at, 'item'].lower()} {said} is {_millions(size)} million)"
    return Offer(unit=unit, decimal=mark, label=label, size=size)


def _millions(amount: float) -> str:
    return f"{amount:,.0f}" if abs(amount) >= 1000 else f"{amount:,.6g}"


def shares_unit(
    facts: pd.DataFrame, titles: Sequence[str], money: str, assets: pd.Series, currency: str
) -> tuple[str, tuple[str, ...]]:
    """The unit of shares whose own words do not say, and what they may be counted in where it is open.

    Parameters
    ----------
    facts : DataFrame
        Facts of shares, with ``value`` as written.
    titles : texts
        Those of the file.
    money : str
        The unit of its amounts of money.
    assets : Series
        Total assets in millions by company, as far as they are known.
    currency : str
        Code of the currency, if known.
    """
    bare = facts[facts["factor"].isna() & (facts["value"] > 0)]
    stated = [words.shares for title in titles if (words := unit_in(title)).shares]
    if bare.empty:
        return "", ()
    if len(set(stated)) == 1:
        return stated[0], ()
    usual = float(bare["value"].median())
    low, high = _SHARES_RANGE
    fitting = [
        unit for unit in dict.fromkeys((money, "units", "thousands", "millions")) if low <= usual * UNITS[unit] <= high
    ]
    likely = [unit for unit in fitting if _usual_worth(bare, assets, unit, currency)]
    if money in likely or (money in fitting and not likely):
        return money, ()
    if len(likely) == 1:
        return likely[0], ()
    return ("", tuple(likely or fitting)) if likely or fitting else (money, ())


def _usual_worth(bare: pd.DataFrame, assets: pd.Series, unit: str, currency: str) -> bool:
    """Whether a share stands for as much of the assets as shares do; unknown assets tell nothing."""
    each = bare["company"].map(assets) / (bare["value"] * UNITS[unit]) / per_dollar(currency)
    low, high = _ASSETS_A_SHARE
    return bool(each.isna().all() or low <= each.median() <= high)

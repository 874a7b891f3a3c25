"""What the amounts of a file are counted in: by its own words, else by how large companies are."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = [
    "HARD_LIMIT",
    "LARGEST",
    "SMALLEST",
    "UNITS",
    "Words",
    "candidates",
    "currency_in",
    "factor_of",
    "per_dollar",
    "split_amount",
    "unit_in",
    "without",
]

UNITS: Mapping[str, float] = MappingProxyType(
    {"units": 1e-6, "thousands": 1e-3, "lakh": 0.1, "millions": 1.0, "crore": 10.0, "billions": 1e3, "trillions": 1e6}
)
"""Units by name, and what one of each is in millions."""

_WORDS = (
    ("thousands", r"thousands?|tsd\.?|tausend|milliers?|miles|migliaia|tys\.?|(?:in\s|(?:us)?[$€£]\s?|['’])000s?"),
    ("millions", r"millions?|mio\.?|mill\.|millionen|millones|milioni|mln\.?|mm"),
    ("billions", r"billions?|bn|mrd\.?|milliarden?|milliards?|mds?|miliardi"),
    ("trillions", r"trillions?|trn|billionen"),
    ("lakh", r"lakhs?|lacs?"),
    ("crore", r"crores?|cr\.?"),
    ("units", r"ones|(?:whole|full|single|actual)\s(?:us\s)?(?:dollars?|euros?|units?|amounts?|rupees)"),
)
_MONEY = r"usd|eur|gbp|chf|jpy|cny|rmb|inr|cad|aud|sek|nok|dkk|hkd|krw|brl|rs\.?|us\$|[$€£¥]"
_SHORT = {"k": "thousands", "t": "thousands", "m": "millions", "b": "billions", "bn": "billions", "mn": "millions"}
_SHORT_FORM = re.compile(rf"(?<!\w)(?:(?:{_MONEY})\s?(k|m|b|bn|mn)|(t|k|m)(?:eur|usd|chf|gbp|€|\$|£))(?!\w)")
_PLAIN_MONEY = re.compile(r"\bin\s(?:us\s)?(?:dollars?|euros?)\b(?!\s(?:thousand|million|billion))")
_LONG_FORMS = tuple((unit, re.compile(rf"(?<![\w.,])(?:{words})(?!\w)")) for unit, words in _WORDS)
_SHARES = re.compile(r"(?:shares?|share data)\b[^;.)]{0,40}?\bin\s(thousands|millions|billions)")
_EXCEPT_SHARES = re.compile(r"except[^;.)]{0,40}?(?<!per )(?<!per-)shares?\b(?!\s(?:earnings|prices?))")
_AMOUNT = re.compile(
    rf"(?:(?P<before>{_MONEY})\s*)?(?P<number>[-+−(]*\s?[\d.,'’\s]*\d\)?)\s*"
    r"(?P<unit>k|m|mm|mn|mio\.?|mln|b|bn|mrd\.?|t|tn|tsd\.?|cr\.?|crores?|million|billion|thousand)?\s*"
    rf"(?:(?P<after>{_MONEY}))?(?P<end>\)?)",
    re.IGNORECASE,
)
_SUFFIXES = {
    **dict.fromkeys(("k", "tsd", "thousand"), "thousands"),
    **dict.fromkeys(("m", "mm", "mn", "mio", "mln", "million"), "millions"),
    **dict.fromkeys(("b", "bn", "mrd", "billion"), "billions"),
    **dict.fromkeys(("t", "tn"), "trillions"),
    **dict.fromkeys(("cr", "crore", "crores"), "crore"),
}
_SPELLED = {
    "dollars": "USD", "dollar": "USD", "euros": "EUR", "euro": "EUR", "pounds": "GBP", "sterling": "GBP", "yen": "JPY",
    "rupees": "INR", "francs": "CHF", "won": "KRW", "yuan": "CNY", "renminbi": "CNY",
}  # fmt: skip
_SIGNS = {"$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "rs": "INR", "rs.": "INR", "rmb": "CNY"}
_CODES = (
    "USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|CAD|AUD|NZD|SEK|NOK|DKK|HKD|SGD|KRW|TWD|BRL|MXN|ZAR|PLN|CZK|HUF|TRY|RUB|IDR|VND|"
    "CLP|COP|THB|MYR|PHP|ILS|SAR|AED|ISK|ARS|EGP|NGN|PKR"
)
_CODE = re.compile(rf"\b[TKM]?({_CODES})\b")
_SIGN = re.compile(rf"us\$|[$€£¥]|\brs\.?(?=\s|$)|\b(?:{'|'.join(_SPELLED)})\b")

_PER_DOLLAR = {
    "JPY": 150, "KRW": 1400, "IDR": 16000, "VND": 25000, "CLP": 950, "COP": 4000, "HUF": 370, "INR": 90, "RUB": 90,
    "TWD": 32, "THB": 35, "PHP": 57, "ISK": 135, "ARS": 1000, "PKR": 280, "NGN": 1500, "EGP": 50, "TRY": 40, "MXN": 19,
    "CZK": 23, "ZAR": 18, "SEK": 10, "NOK": 10, "DKK": 7, "CNY": 7, "HKD": 8,
}  # fmt: skip
"""About how much of a currency is a dollar; others are taken for one. For sizes only, never for amounts."""

SMALLEST = 10.0
"""Total assets, revenue or market value of a listed company, in millions of dollars, at least."""
LARGEST = 1e7
"""The same at most."""

_LARGEST_UNKNOWN = 2e8
"""The same where the currency is not known: the largest banks count in yen."""

HARD_LIMIT = 1e11
"""No amount of any company in any currency is as many millions."""


@dataclass(frozen=True)
class Words:
    """Units that a text names: of its amounts, and of its shares ("units" where it excepts them without a word)."""

    money: str = ""
    shares: str = ""


def factor_of(unit: str) -> float:
    """What one of a unit is in millions."""
    if unit not in UNITS:
        raise InvalidInput(f"{unit!r} is no unit of amounts: choose from {', '.join(UNITS)}")
    return UNITS[unit]


def per_dollar(currency: str) -> float:
    """About how much of a currency is a dollar; 1 where it is not known."""
    return float(_PER_DOLLAR.get(currency, 1))


def unit_in(text: str) -> Words:
    """The units that a title, a header or a name of an item states; empty where it states none, or two."""
    low = " ".join(text.lower().replace("\xa0", " ").split())
    shares, low = _shares_in(low)
    low = low.partition("except")[0] or low
    found = [unit for unit, form in _LONG_FORMS if form.search(low)]
    short = _SHORT_FORM.search(low)
    if short and not found:
        found = [_SHORT[short[1] or short[2]]]
    if not found and _PLAIN_MONEY.search(low):
        found = ["units"]
    return Words(found[0] if len(found) == 1 else "", shares)


def _shares_in(low: str) -> tuple[str, str]:
    """The unit of shares that a text in small letters states, and the text without it."""
    said = _SHARES.search(low)
    if said:
        return said[1], f"{low[: said.start()]} {low[said.end() :]}"
    return ("units" if _EXCEPT_SHARES.search(low) else ""), low


def without(name: str) -> str:
    """A name without the unit and the currency that it states: "Umsatz in Mio. EUR" is "Umsatz"."""
    text = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", name)
    units = "|".join(words for _, words in _WORDS)
    glued = rf"(?:{_MONEY})(?:k|m|mn|b|bn)|(?:k|t|m)(?:eur|usd|chf|gbp|[$€£])"
    word = rf"(?<!\w)(?:in|of|us|{units}|{glued}|{_MONEY}|{'|'.join(_SPELLED)}|k|m|b)(?!\w)"
    tail = rf"(?:[\s,;:–-]+(?:{word}))+\s*$"
    return re.sub(tail, "", text, flags=re.IGNORECASE).strip(" ,;:–-") or name


def currency_in(text: str) -> str:
    """The currency that a text names; empty where it names none, or two."""
    found = set(_CODE.findall(text))
    if not found:
        found = {_SPELLED.get(sign) or _SIGNS[sign] for sign in _SIGN.findall(text.lower())}
    return found.pop().replace("RMB", "CNY") if len(found) == 1 else ""


def split_amount(cell: str) -> tuple[str, str]:
    """The number of a cell and the unit that stands with it: ("383.29", "billions") of "$383.29B"."""
    found = _AMOUNT.fullmatch(cell.strip())
    if found is None or not (found["unit"] or found["before"] or found["after"]):
        return cell, ""
    unit = (found["unit"] or "").lower().rstrip(".")
    unit = "k" if unit == "t" and found["after"] else unit  # 12 T€ are thousands
    return found["number"].strip() + found["end"], _SUFFIXES.get(unit, "")


def candidates(sizes: Iterable[float], amounts: Array, currency: str = "") -> list[str]:
    """Units in which companies of these sizes are neither smaller nor larger than listed ones.

    Parameters
    ----------
    sizes : floats
        The largest of total assets, revenue and market value of each company, as written.
    amounts : array
        All amounts, as written: reports round to millions at most, so that amounts that all end in zeros are written
        out.
    currency : str
        Code of the currency, if known.
    """
    known = np.array([abs(size) for size in sizes if np.isfinite(size) and size])
    whole = amounts[np.isfinite(amounts) & (amounts != 0)]
    if not len(known):
        return []
    a_dollar = per_dollar(currency)
    largest = LARGEST * a_dollar if currency else _LARGEST_UNKNOWN
    found = []
    for unit in ("units", "thousands", "millions", "billions"):
        fits = known.max() * UNITS[unit] <= largest and np.median(known) * UNITS[unit] >= SMALLEST * a_dollar
        usual = _rounded_to(whole) * UNITS[unit] <= 1
        if unit == "billions":  # with decimals, and only banks count a thousand of them
            usual = _has_decimals(whole) and known.max() < 1000 * a_dollar
        if fits and usual:
            found.append(unit)
    return found


def _rounded_to(amounts: Array) -> float:
    """The largest of 1, a thousand and a million of which all amounts are multiples; 1 where few can tell."""
    if len(amounts) < 3:
        return 1.0
    return next((step for step in (1e6, 1e3) if not np.mod(amounts, step).any()), 1.0)


def _has_decimals(amounts: Array) -> bool:
    return bool((np.mod(amounts, 1) != 0).any())

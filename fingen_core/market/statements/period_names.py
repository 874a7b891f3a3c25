"""Names of periods as files have them: days in every form that prices have, quarters, halves, years, and what is none.

Days are read by the parser of dates that prices use, all names of a file together: whether 01/02/2022 is in January or
in February is told by the others, and by months and quarters ending on their last days.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.parsing import DATE_FORMS, to_dates
from fingen_core.market.statements.periods import period_end

__all__ = ["Named", "named_periods"]


@dataclass(frozen=True)
class Named:
    """What the name of a period says.

    Attributes
    ----------
    name : str
        Its name here: 2022-12-31, 2022 Q4, 2022 H1, 2022, or as the file has it where it names no day.
    end : Timestamp or None
        The day on which it ended.
    months : int
        3, 6 or 12 where the name says so, else 0.
    left_out : str
        Why it is none that is kept; empty where it is one.
    """

    name: str
    end: pd.Timestamp | None = None
    months: int = 0
    left_out: str = ""


_SPELLED = {"three": 3, "six": 6, "nine": 9, "twelve": 12, "thirteen": 13, "twenty-six": 26, "fifty-two": 52}
_NUMBER = rf"(\d{{1,2}}|{'|'.join(_SPELLED)})"
_LASTED = re.compile(
    rf"^(?:for\s+)?(?:the\s+)?(?:{_NUMBER}[\s-]*(months?|weeks?|mos?\.?)"
    r"|(quarter|half[\s-]?year|year|fiscal year|fy|period))[\s,]*(?:end(?:ed|ing)?)[\s:]*(?:on\s)?(.*)$"
)
_AS_OF = re.compile(r"^(?:as\s(?:of|at)|at|per|zum|stand|au|end of|ended|ending|period ending)\s+(?=.*\d)")
_NOISE = re.compile(
    r"\b(?:un)?audited\b|\brestated\b|\bas reported\b|\breported\b|\bactuals?\b|\bunder (?:ifrs|gaap)\b"
)
_NOT_KEPT = (
    (
        "trailing twelve months",
        re.compile(r"^(?:ttm|ltm)\b|\b(?:ttm|ltm)$|trailing|last (?:12|twelve) months|last 4 quarters"),
    ),
    (
        "an estimate",
        re.compile(r"\d{2,4}\s?[ef]$|\best\.?\b|estimate|forecast|consensus|guidance|\bbudget|projected"),
    ),
    (
        "a change, not a period",
        re.compile(r"change|growth|\byoy\b|\bqoq\b|\bcagr\b|variance|^[+-]?\s?%|%$|\bdelta\b|veranderung"),
    ),
    (
        "neither a quarter nor a year",
        re.compile(r"\b9\s?m\b|\b9m\s?\d|^\d{4}\s?9m$|\bytd\b|year to date|\b[3-9]m\s?\d{2,4}$"),
    ),
)
_YEAR = r"'?(\d{4}|\d{2})"
_FY = r"(?:fy|cy|f|gj|fiscal(?: year)?)?\s?"
_ORDINAL = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_BETWEEN = r"[\s\-/_.,']*"
_Q, _H = r"(?:quarter|quartal|qtr|trim(?:estre|\.)?|q|t|k)", r"(?:halbjahr|half|hy|hj|sem(?:estre|\.)?|h|s)"
_QUARTERS = (
    (re.compile(rf"{_Q}\.?\s?-?([1-4]){_BETWEEN}{_FY}{_YEAR}\s?a?"), (1, 2)),
    (re.compile(rf"([1-4])\.?\s?(?:er |e )?{_Q}{_BETWEEN}{_FY}{_YEAR}\s?a?"), (1, 2)),
    (re.compile(rf"{_FY}{_YEAR}:?{_BETWEEN}{_Q}\s?([1-4])\s?a?"), (2, 1)),
    (re.compile(rf"(first|second|third|fourth|1st|2nd|3rd|4th) quarter(?: of)?,?\s?{_FY}{_YEAR}"), (1, 2)),
)
_HALVES = (
    (re.compile(rf"{_H}\.?\s?-?([12]){_BETWEEN}{_FY}{_YEAR}\s?a?"), (1, 2)),
    (re.compile(rf"([12])\.?\s?(?:er |e )?{_H}{_BETWEEN}{_FY}{_YEAR}\s?a?"), (1, 2)),
    (re.compile(rf"{_FY}{_YEAR}:?{_BETWEEN}{_H}\s?([12])\s?a?"), (2, 1)),
    (re.compile(rf"(first|second|1st|2nd) half(?: of)?,?\s?{_FY}{_YEAR}"), (1, 2)),
)
_BEFORE_YEAR = r"(?:fy|fye|cy|gj|f|fiscal year|financial year|geschaftsjahr|exercice|annee|ano|annual|year|jahr|12\s?m)"
_YEARS = (
    re.compile(rf"{_BEFORE_YEAR}[\s\-'’]*(\d{{4}}|\d{{2}})\s?a?"),
    re.compile(r"(\d{4})\s?(?:a|fy|annual|12m)?(?:\.0)?"),
)
_TWO_YEARS = re.compile(rf"(?:{_BEFORE_YEAR}\s?)?(\d{{4}}|\d{{2}})\s?[/\-–]\s?(\d{{4}}|\d{{2}})")
_SHORTEST_STEP = 80
"""Days from one quarter's end to the next, at least."""
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def named_periods(labels: Sequence[str], today: date | None = None) -> Mapping[str, Named]:
    """What each name of a period says; all of one file together.

    Raises
    ------
    InvalidInput
        If days can be read in two ways, both as regular.
    """
    latest = (today or date.today()).year + 1
    unique = list(dict.fromkeys(labels))
    cleaned = {label: _clean(label) for label in unique}
    split = _are_split_years(cleaned.values())
    found: dict[str, Named] = {}
    dated: dict[str, tuple[str, int]] = {}
    for label, (text, months) in cleaned.items():
        named = _by_words(label, text, months, latest, split)
        if named is None:
            dated[label] = (text, months)
        else:
            found[label] = named
    ends = _days([text for text, _ in dated.values()])
    for label, (text, months) in dated.items():
        end = ends.get(text)
        found[label] = Named(label.strip()) if end is None else Named(_name(end, months), end, months)
    return {label: found[label] for label in unique}


def _clean(label: str) -> tuple[str, int]:
    """A name in small letters without remarks, and how many months it says the period lasted (9 for what is none)."""
    text = _BRACKETS.sub(" ", label) if _BRACKETS.sub("", label).strip() else label.strip("()[] ")
    text = " ".join(_NOISE.sub(" ", text.lower().replace("ä", "a").replace("û", "u").replace("é", "e")).split())
    text = text.strip(" *,;:")
    lasted = _LASTED.match(text)
    if lasted is None:
        return _AS_OF.sub("", text), 0
    number, unit, word, rest = lasted.groups()
    if word:
        return rest, {"quarter": 3, "period": 0}.get(word, 6 if word.startswith("half") else 12)
    length = _SPELLED.get(number) or int(number)
    return rest, length if unit.startswith("m") else round(length * 12 / 52)


def _by_words(label: str, text: str, months: int, latest: int, split: bool) -> Named | None:
    """A period that is told by words alone; ``None`` where it may be a day."""
    for why, form in _NOT_KEPT:
        if form.search(text):
            return Named(label, left_out=why)
    if months not in (0, 3, 6, 12):
        return Named(label, left_out=f"{months} months are neither a quarter nor a year")
    for forms, parts, length in ((_QUARTERS, "Q", 3), (_HALVES, "H", 6)):
        for form, (number, year) in forms:
            if found := form.fullmatch(text):
                which = _ORDINAL.get(found[number]) or int(found[number])
                return _made(f"{_full(found[year], latest)} {parts}{which}", label, length)
    if split and (found := _TWO_YEARS.fullmatch(text)):
        return _made(str(_full(found[2], latest)), label, 12)
    for form in _YEARS:
        if (found := form.fullmatch(text)) and 1900 <= _full(found[1], latest) <= latest:
            return _made(str(_full(found[1], latest)), label, 12)
    return None


def _made(name: str, label: str, months: int) -> Named:
    """A period by its usual name, kept as the file has it where that is understood by itself."""
    kept = label.strip() if period_end(label.strip()) is not None else name
    return Named(kept, period_end(name), months)


def _full(year: str, latest: int) -> int:
    number = int(year)
    if len(year) == 4:
        return number
    return number + (2000 if 2000 + number <= latest else 1900)


def _are_split_years(texts: Iterable[tuple[str, int]]) -> bool:
    """Whether names such as 2021/22 are business years: each ends in the year after its first."""
    found = [match for text, _ in texts if (match := _TWO_YEARS.fullmatch(text))]
    follows = [int(match[2]) % 100 == (int(match[1]) + 1) % 100 for match in found]
    months = [len(match[2]) == 2 and 1 <= int(match[2]) <= 12 for match in found]
    return bool(found) and all(follows) and (len(found) > 1 or not all(months))


def _name(end: pd.Timestamp, months: int) -> str:
    """A day, with its quarter or half where the name said so: a single one must not pass for a year."""
    return f"{end:%Y-%m-%d}" + {3: " (quarter)", 6: " (half-year)"}.get(months, "")


def _days(texts: Sequence[str]) -> dict[str, pd.Timestamp]:
    """Days of names in the form in which most of them are days, and the days most regular."""
    names = list(dict.fromkeys(text for text in texts if re.search(r"\d", text)))
    if not names:
        return {}
    column = pd.Series([_month_capital(name) for name in names], dtype=object)
    best: list[tuple[tuple[float, ...], pd.Series]] = []
    for form in DATE_FORMS:
        if form.pattern in {"serial", "unix", "%Y"}:
            continue
        days = to_dates(column, form.pattern)
        if days.notna().any():
            best.append(((float(days.notna().mean()), *_regularity(days)), days))
    if not best:
        return {}
    top = max(score for score, _ in best)
    winners = [days for score, days in best if score == top]
    _refuse_two_ways(names, winners)
    return {name: pd.Timestamp(day) for name, day in zip(names, winners[0], strict=True) if not pd.isna(day)}


def _month_capital(name: str) -> str:
    """Names of months as the parser of dates knows them: "sept. 30, 2023" is Sep 30, 2023."""
    return re.sub(r"\bsept\b", "sep", re.sub(r"([a-z]{3,})\.", r"\1", name)).title()


def _regularity(days: pd.Series) -> tuple[float, float, float]:
    """Share of days that end a month, share of steps that are no shorter than a quarter, how alike steps are."""
    known = pd.DatetimeIndex(days.dropna())
    gaps = np.diff(known.sort_values().as_unit("s").asi8) / 86_400
    long = float((gaps >= _SHORTEST_STEP).mean()) if len(gaps) else 1.0
    spread = float(gaps.std() / gaps.mean()) if len(gaps) > 1 and gaps.mean() > 0 else 0.0
    return round(float(known.is_month_end.mean()), 3), round(long, 3), -round(spread, 1)


def _refuse_two_ways(names: Sequence[str], winners: Sequence[pd.Series]) -> None:
    for other in winners[1:]:
        differs = (winners[0] != other) & winners[0].notna() & other.notna()
        if differs.any():
            at = int(np.flatnonzero(differs.to_numpy())[0])
            raise InvalidInput(
                f"{names[at]!r} can be {winners[0].iloc[at]:%Y-%m-%d} or {other.iloc[at]:%Y-%m-%d}: write the ends of "
                "periods like 2022-12-31"
            )

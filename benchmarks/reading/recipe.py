"""Draws a file: market, layout, spelling, surroundings and kind of file, all from a seed and a number."""

from dataclasses import replace

import numpy as np
import pandas as pd

from . import programs, research, vendor_tables, vendors
from .cells import Day, Numbers
from .dates import EPOCHS, EVERYWHERE, MONTHLY, UTC, ZONES, Dates, clock, named, numeric, zoned
from .files import Case, Text
from .known import Kind, Known, Step, draw_market
from .layouts import Laid, bars, complementary, long, stacked, wide
from .making import Draft, book_case, file_ending, text_case, text_form
from .parquet import parquet_case
from .strange import STRANGE
from .surroundings import surround
from .vendors import Export
from .words import LANGUAGES, Language

__all__ = ["draw"]

_HOURS = Dates("hours", lambda day: f"{day.at:%Y-%m-%d} {day.hour:02d}:00:00", lambda text: pd.Timestamp(text[:10]))
_CODES = {"prices": ("-999", "-99.99", "-9999"), "returns": ("-99.99", "-999", "-999.99", "9999")}
_ABSENT = (
    "",
    "",
    "",
    "NA",
    "N/A",
    "#N/A",
    "#N/A N/A",
    "#VALUE!",
    "-",
    "n.a.",
    "n/a",
    ".",
    "NaN",
    "null",
    "--",
    "nan",
    "#NV",
    "k.A.",
    "n.d.",
    "#N/D",
)


def draw(seed: int, index: int) -> Case:
    """The file of that number under that seed, always the same."""
    rng = np.random.default_rng([seed, index])
    way = rng.choice(["text", "book", "parquet", "vendor", "refuse"], p=[0.47, 0.2, 0.07, 0.23, 0.03])
    if way == "vendor":
        return _vendor_case(seed, index, rng)
    if way == "parquet":
        known = _market(rng, int(rng.integers(1, 6)), 1960)
        return parquet_case(seed, index, known, rng)
    return _free_case(seed, index, rng, way == "book", way == "refuse")


def _market(
    rng: np.random.Generator, n: int, earliest: int, kind: Kind | None = None, step: Step | None = None
) -> Known:
    kinds: list[Kind] = ["prices", "simple returns", "log returns"]
    steps: list[Step] = ["day", "week", "month", "seven"]
    kind = kind or kinds[int(rng.choice(3, p=[0.7, 0.2, 0.1]))]
    step = step or steps[int(rng.choice(4, p=[0.62, 0.1, 0.18, 0.1]))]
    count = int(rng.integers(620, 1100)) if rng.random() < 0.06 and step != "month" else int(rng.integers(80, 380))
    return _with_gaps(draw_market(rng, n=n, kind=kind, step=step, count=count, earliest=earliest), rng)


def _with_gaps(known: Known, rng: np.random.Generator) -> Known:
    """Some of the numbers unknown: a few, an asset that begins late, an asset with little."""
    rows, n = known.written.shape
    gone, traits = np.zeros((rows, n), dtype=bool), set()
    draw = rng.random()
    if draw < 0.25:
        gone |= rng.random((rows, n)) < 0.02
        traits.add("a few missing")
    if n > 1 and 0.2 < draw < 0.4:
        gone[: int(rows * rng.uniform(0.1, 0.8)), int(rng.integers(n))] = True
        traits.add("begins late")
    elif n > 1 and 0.4 < draw < 0.45:
        gone[rng.random(rows) < 0.6, int(rng.integers(n))] = True
        traits.add("much missing")
    return replace(known.without(gone), traits=known.traits | traits)


def _spelling_of_days(rng: np.random.Generator, words: Language, monthly: bool) -> Dates:
    if monthly and rng.random() < 0.4:
        return MONTHLY[rng.integers(len(MONTHLY))]
    draw = rng.random()
    if draw < 0.08:
        return zoned(rng)
    if draw < 0.12:
        return (*EPOCHS, *UTC)[rng.integers(4)]
    if draw < 0.22 and words.named:
        return named(words, rng)
    chosen = numeric(words, rng) if draw < 0.62 else EVERYWHERE[rng.integers(len(EVERYWHERE))]
    return clock(chosen, rng) if rng.random() < 0.15 and chosen.name != "compact" else chosen


def _spelling_of_numbers(rng: np.random.Generator, words: Language, known: Known) -> Numbers:
    decimal, thousands = words.marks[rng.integers(len(words.marks))] if rng.random() < 0.85 else (".", "")
    prices = known.kind == "prices"
    if not prices or rng.random() < 0.45:
        thousands = ""
    before, after = _currency(rng, words) if prices and rng.random() < 0.06 else ("", "")
    signs = ("-", "-", "-", "-", "−", "()", "_")
    minus = "-" if prices else signs[rng.integers(len(signs))]
    absent = _ABSENT[rng.integers(len(_ABSENT))]
    if "a few missing" in known.traits or "begins late" in known.traits:
        codes = _CODES["prices" if prices else "returns"]
        absent = codes[rng.integers(len(codes))].replace(".", decimal) if rng.random() < 0.12 else absent
    plus = not prices and rng.random() < 0.08
    width = 12 if rng.random() < 0.04 else 0
    return Numbers(
        decimal,
        thousands,
        minus,
        bool(rng.random() < 0.3),
        before,
        after,
        absent,
        plus,
        bool(rng.random() > 0.05),
        width=width,
    )


def _currency(rng: np.random.Generator, words: Language) -> tuple[str, str]:
    signs = {
        "en": ("$", "", "£", "", "US$", ""),
        "pl": ("", " zł"),
        "cs": ("", " Kč"),
        "pt": ("R$ ", "", "R$", ""),
    }.get(words.code, ("", " €", "€ ", "", "", " EUR"))
    at = 2 * int(rng.integers(len(signs) // 2))
    return signs[at], signs[at + 1]


def _lay_out(known: Known, rng: np.random.Generator, words: Language) -> Laid:
    if len(known.names) == 1:
        return bars(known, rng, words) if known.kind == "prices" and rng.random() < 0.6 else wide(known, rng, words)
    draw = rng.random()
    if draw < 0.25:
        return long(known, rng, words)
    if draw < 0.4 and known.kind == "prices":
        return stacked(known, rng)
    return wide(known, rng, words)


def _in_zones(laid: Laid, known: Known, rng: np.random.Generator) -> None:
    """One zone for a file, or one per asset where a row has one asset."""
    zones = [ZONES[i] for i in rng.permutation(len(ZONES))]
    several = "long" in laid.traits and rng.random() < 0.6
    home = {name: zones[j if several else 0] for j, name in enumerate(known.names)}
    for row in laid.rows:
        asset = next((c for c in row if isinstance(c, str) and c in home), known.names[0])
        for k, cell in enumerate(row):
            if isinstance(cell, Day):
                row[k] = Day(cell.at, home[asset])
    laid.traits.add("several zones" if several else "one zone")


def _say_kind(laid: Laid, known: Known, rng: np.random.Generator) -> str:
    """A word on what the numbers are, always for log returns; gives the file's name."""
    stem = ("prices", "data", "export", "history", "Kurse", "table-1")[rng.integers(6)]
    if known.kind == "prices":
        return stem
    said = (
        "Log returns"
        if known.kind == "log returns"
        else ("Returns", "Simple returns", "Daily total returns")[rng.integers(3)]
    )
    if known.percent and rng.random() < 0.5:
        said, laid.traits = f"{said} in percent", laid.traits | {"percent said"}
    if known.kind == "log returns" or rng.random() < 0.6:
        laid.rows, laid.head = [[said], *([[]] if rng.random() < 0.5 else []), *laid.rows], laid.head
        laid.head = next(i for i, row in enumerate(laid.rows) if any(isinstance(c, Day) for c in row))
        laid.traits.add("kind said above")
        return said.lower().replace(" ", "_") if rng.random() < 0.5 else "export"
    laid.traits.add("kind said in the name")
    return said.lower().replace(" ", "_")


def _free_case(seed: int, index: int, rng: np.random.Generator, book: bool, refuse: bool) -> Case:
    words = LANGUAGES[rng.integers(len(LANGUAGES))] if rng.random() < 0.85 else STRANGE[rng.integers(len(STRANGE))]
    step: Step = ("day", "day", "day", "week", "month", "seven")[rng.integers(6)]
    dates = EVERYWHERE[rng.integers(4)] if refuse else _spelling_of_days(rng, words, step == "month")
    known = _market(rng, int(rng.choice([1, 1, 2, 2, 3, 4, 6, 8])), dates.earliest, step=step)
    laid = _lay_out(known, rng, words)
    numbers = _spelling_of_numbers(rng, words, known)
    if (
        "long" not in laid.traits
        and len(known.names) > 2
        and laid.head == 1
        and rng.random() < 0.05
        and "index column" not in laid.traits
    ):
        complementary(laid, rng)
        dates = _HOURS if "two rows a day" in laid.traits else dates
    surround(laid, known, rng, words)
    stem = _say_kind(laid, known, rng)
    if dates.name == "zone":
        _in_zones(laid, known, rng)
    if rng.random() < 0.15 and "second block" not in laid.traits:
        _newest_first(laid)
    if refuse:
        known = _impossible(laid, known, rng)
    traits = {f"words: {words.code}", f"days: {dates.name}"} | ({"codes"} if "9" in numbers.missing else set())
    traits |= {"padded numbers"} if numbers.width else set()
    draft = Draft(seed, index, known, laid, dates, numbers, stem, frozenset(traits))
    if book:
        return book_case(draft, rng, words)
    how = text_form(draft, rng, words)
    return text_case(draft, how, stem + file_ending(how, rng), "refuse" if refuse else "")


def _impossible(laid: Laid, known: Known, rng: np.random.Generator) -> Known:
    """The same days in a century in which nobody could have seen them."""
    years = max(90, 2041 - known.days[-1].year) if rng.random() < 0.6 else -1000
    laid.traits.add("in the future" if years > 0 else "before 1800")
    moved = {
        day: pd.Timestamp(day) + pd.DateOffset(years=years) if years > 0 else day.replace(year=day.year - 400)
        for day in known.days
    }
    laid.rows = [[Day(moved[c.at]) if isinstance(c, Day) else c for c in row] for row in laid.rows]
    return replace(known, days=pd.DatetimeIndex([moved[d] for d in known.days]))


def _newest_first(laid: Laid) -> None:
    at = [i for i, row in enumerate(laid.rows) if any(isinstance(c, Day) for c in row)]
    laid.rows[at[0] : at[-1] + 1] = laid.rows[at[0] : at[-1] + 1][::-1]
    laid.traits.add("newest first")


def _vendor_case(seed: int, index: int, rng: np.random.Generator) -> Case:
    one, many = [*vendors.ONE.items(), *programs.ONE.items()], list(vendor_tables.MANY.items())
    returned, priced = list(research.RETURNS.items()), list(research.PRICES.items())
    draw = rng.random()
    pool = one if draw < 0.6 else many if draw < 0.8 else returned if draw < 0.92 else priced
    name, export = pool[rng.integers(len(pool))]
    made, known = _exported(
        name, export, rng, single=pool is one or name in ("century", "fund house"), returns=pool is returned
    )
    if made.newest_first:
        _newest_first(made.laid)
    how = Text(made.separator, made.encoding, "\r\n" if rng.random() < 0.3 else "\n", made.quote_all)
    traits = frozenset({f"vendor: {name}", f"days: {made.dates.name}"})
    file = made.name or f"{name.replace(' ', '_')}.csv"
    return text_case(Draft(seed, index, known, made.laid, made.dates, made.numbers, file, traits), how, file)


def _exported(
    name: str, export: object, rng: np.random.Generator, *, single: bool, returns: bool
) -> tuple[Export, Known]:
    coins = name in ("coingecko", "binance", "crypto download")
    monthly = name in ("century", "fund house") or (
        name in ("french", "index provider", "fred", "stooq") and rng.random() < 0.4
    )
    step: Step = "seven" if coins else "month" if monthly else "day"
    n = 1 if single else int(rng.integers(2, 7))
    known = _market(rng, n, 1960, "simple returns" if returns else "prices", step)
    if returns:
        percent = name != "crsp returns"
        decimals = known.values.to_numpy() * (100 if percent else 1)
        known = replace(
            known,
            written=np.round(decimals, 2 if percent else 6),
            percent=percent,
            places=(2 if percent else 6,) * n,
            traits=known.traits - {"percent", "decimal returns"} | {"percent" if percent else "decimal returns"},
        )
    made = export(known, rng)  # type: ignore[operator]
    assert isinstance(made, Export)
    return made, known

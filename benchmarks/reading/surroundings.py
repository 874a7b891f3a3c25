"""What stands around a table: parameters, statistics and notes above it, footers and further tables below."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .cells import Day, Num, Row, Rows
from .known import Known
from .layouts import Laid
from .words import Language

__all__ = ["surround"]


@dataclass(frozen=True)
class _Chances:
    above: float = 0.16
    statistics: float = 0.06
    units: float = 0.05
    notes: float = 0.06
    empty: float = 0.05
    footer: float = 0.18
    second: float = 0.05
    weekday: float = 0.04
    trailing: float = 0.04
    repeated: float = 0.025
    below: float = 0.05
    offset: float = 0.05


def surround(laid: Laid, known: Known, rng: np.random.Generator, words: Language) -> None:
    """Add what is drawn, in place."""
    chances = _Chances()
    plain = (
        laid.head == 1
        and "wide" in laid.traits
        and "no header" not in laid.traits
        and "index column" not in laid.traits
    )
    if plain and rng.random() < chances.units:
        _units(laid, known, rng)
    if plain and rng.random() < chances.empty:
        _empty_column(laid)
    elif plain and rng.random() < chances.notes:
        _notes(laid, rng)
    if plain and rng.random() < chances.statistics:
        _statistics(laid, known)
    if plain and rng.random() < chances.weekday:
        _weekdays(laid, words)
    elif plain and rng.random() < chances.below:
        _statistics_below(laid, known)
    if laid.head == 1 and rng.random() < chances.repeated:
        laid.rows.insert(len(laid.rows) // 2, list(laid.rows[0]))
        laid.traits.add("header repeated")
    if laid.head and rng.random() < chances.above:
        _parameters(laid, known, rng)
    if rng.random() < chances.footer:
        _footer(laid, rng, words)
    elif plain and known.kind != "prices" and rng.random() < chances.second * 3:
        _second_block(laid, known)
    if rng.random() < chances.trailing:
        laid.rows = [[*row, ""] for row in laid.rows]
        laid.traits.add("mark at the end of lines")
    elif rng.random() < chances.offset:
        laid.rows = [[], *([["", *row] if row else [] for row in laid.rows])]
        laid.head += 1
        laid.traits.add("table begins in the second column")


def _units(laid: Laid, known: Known, rng: np.random.Generator) -> None:
    """A currency beneath each name; an asset may be called by both."""
    titles = [str(title) for title in laid.rows[0][1:]]
    units = [str(x) for x in rng.choice(["USD", "EUR", "GBP"], len(titles))]
    laid.rows.insert(1, ["", *units])
    for name, title, unit in zip(known.names, titles, units, strict=True):
        laid.also[name] = (*laid.also.get(name, ()), f"{name} {unit}", f"{title} {unit}")
    laid.head += 1
    laid.traits.add("row of units")


def _empty_column(laid: Laid) -> None:
    """A column without anything, as spreadsheets leave between two tables."""
    laid.rows = [[row[0], "", *row[1:]] for row in laid.rows]
    laid.traits.add("empty column")


def _notes(laid: Laid, rng: np.random.Generator) -> None:
    """A column in which somebody wrote at a few days."""
    said = ("", "", "", "", "", "", "", "", "ex dividend", "early close", "checked")
    laid.rows = [
        [*row, "Comment" if not i else "" if i < laid.head else str(said[rng.integers(len(said))])]
        for i, row in enumerate(laid.rows)
    ]
    laid.traits.add("column of comments")


def _statistics(laid: Laid, known: Known) -> None:
    """Mean and spread of each column above the header."""
    means, spreads = np.nanmean(known.written, axis=0), np.nanstd(known.written, axis=0)
    gap = [""] * (len(laid.rows[0]) - 1 - len(known.names))  # an empty column stands first, comments stand last
    lead = gap if "empty column" in laid.traits else []
    rows: Rows = []
    for name, values in (("Mean", means), ("St. dev.", spreads)):
        row: Row = [name, *lead]
        rows.append([*row, *(Num(float(v), p) for v, p in zip(values, known.places, strict=True))])
    laid.rows = [*rows, [], *laid.rows]
    laid.head += 3
    laid.traits.add("statistics above")


def _weekdays(laid: Laid, words: Language) -> None:
    """The day of the week beside the day."""
    names = (
        ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
        if words.code == "de"
        else ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    )
    for row in filter(None, laid.rows):
        day = row[0]
        row.insert(
            1, names[day.at.weekday()] if isinstance(day, Day) else "Weekday" if row is laid.rows[laid.head - 1] else ""
        )
    laid.traits.add("day of the week")


def _statistics_below(laid: Laid, known: Known) -> None:
    """Mean and greatest value of each column beneath the last day."""
    if len(laid.rows[laid.head - 1]) - 1 != len(known.names):
        return
    for name, values in (("Average", np.nanmean(known.written, axis=0)), ("Maximum", np.nanmax(known.written, axis=0))):
        laid.rows.append([name, *(Num(float(v), p) for v, p in zip(values, known.places, strict=True))])
    laid.traits.add("statistics below")


def _parameters(laid: Laid, known: Known, rng: np.random.Generator) -> None:
    """Title, period and currency above the header."""
    first, last = known.days[0], known.days[-1]
    pool: Rows = [
        ["Historical data"],
        ["Currency", "USD"],
        [f"Period: {first:%d.%m.%Y} - {last:%d.%m.%Y}"],
        ["Frequency", known.step],
        ["Created", "2026-05-30 08:12"],
        ["User", "desk 4"],
        ["Source", "internal, not for distribution"],
    ]
    if rng.random() < 0.15:
        pool = [[f"# {row[0]}", *row[1:]] for row in pool]
    rows = [pool[i] for i in sorted(rng.permutation(len(pool))[: int(rng.integers(1, 5))])]
    if rng.random() < 0.7:
        rows.append([])
    laid.rows = [*rows, *laid.rows]
    laid.head += len(rows)
    laid.traits.add("parameters above")


def _footer(laid: Laid, rng: np.random.Generator, words: Language) -> None:
    """Source, terms and a count below the table."""
    pool = [
        words.source,
        "All rights reserved, 2026",
        f"{len(laid.rows)} rows",
        "Data as of 29/05/2026",
        "Past performance is no guide, and nothing here is advice; see the terms.",
    ]
    count = int(rng.integers(1, 4))
    lines: Rows = [[text] for text in (pool[i] for i in sorted(rng.permutation(len(pool))[:count])) if text]
    laid.rows = [*laid.rows, *([[]] if rng.random() < 0.7 else []), *lines]
    laid.traits.add("footer")


def _second_block(laid: Laid, known: Known) -> None:
    """Years after months or days: the same columns, compounded."""
    scale = 100 if known.percent else 1
    growth = pd.DataFrame(known.written / scale, index=known.days).fillna(0.0)
    yearly = (
        growth.groupby(growth.index.year).sum()
        if known.kind == "log returns"
        else (1 + growth).groupby(growth.index.year).prod() - 1
    )
    header: Row = list(laid.rows[laid.head - 1])
    rows: Rows = [
        [str(year), *(Num(float(v) * scale, p) for v, p in zip(values, known.places, strict=True))]
        for year, values in zip(yearly.index, yearly.to_numpy(), strict=True)
    ]
    if len(header) - 1 != len(known.names):
        return
    laid.rows = [*laid.rows, [], ["Annual"], header, *rows]
    laid.traits.add("second block")

"""Tables as people lay them out: a column per asset, a row per asset and day, a bar a day, stacked headers."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .cells import Cell, Day, Num, Row, Rows
from .known import Known
from .words import Language

__all__ = ["Laid", "bars", "long", "stacked", "wide"]


@dataclass
class Laid:
    """Rows of cells before they are spelled. ``head`` counts the rows of the header; the rest is the body."""

    rows: Rows
    head: int
    traits: set[str] = field(default_factory=set)
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)
    any_name: bool = False


@dataclass(frozen=True)
class Bar:
    """Open, high, low and close of an asset by day, each at least and at most what the law says."""

    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    volume: np.ndarray


def pick(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    """One of them."""
    return words[int(rng.integers(len(words)))]


def bar(known: Known, rng: np.random.Generator, j: int) -> Bar:
    """Bars around the closes of one asset."""
    close, places = known.written[:, j], known.places[j]
    width = np.nanstd(np.diff(np.log(close))) if len(close) > 2 else 0.01
    opened = np.round(close * np.exp(width * 0.6 * rng.standard_normal(len(close))), places)
    high = np.round(np.fmax(close, opened) * np.exp(width * 0.5 * np.abs(rng.standard_normal(len(close)))), places)
    low = np.round(np.fmin(close, opened) * np.exp(-width * 0.5 * np.abs(rng.standard_normal(len(close)))), places)
    opened, high, low = (np.where(np.isnan(close), np.nan, x) for x in (opened, high, low))
    return Bar(opened, high, low, np.round(np.exp(rng.normal(13, 1, len(close)))))


def cell(known: Known, i: int, j: int, unit: str = "") -> Num:
    """The true number of a day and an asset."""
    return Num(float(known.written[i, j]), known.places[j], (i, j), unit)


def other(value: float, places: int, unit: str = "", *, bare: bool = False) -> Num:
    """A number that is no truth: an open, a volume."""
    return Num(float(value), places, None, unit, bare)


def change(known: Known, i: int, j: int) -> Num:
    """Change in percent since the day before."""
    before = known.written[max(i - 1, 0), j]
    return Num(float((known.written[i, j] / before - 1) * 100), 2, None, "%", True)


def wide(known: Known, rng: np.random.Generator, words: Language) -> Laid:
    """A column per asset."""
    unit = ("%", "%", " %", "\u00a0%")[rng.integers(4)] if known.percent and rng.random() < 0.3 else ""
    rows: Rows = [
        [Day(day), *(cell(known, i, j, unit) for j in range(len(known.names)))] for i, day in enumerate(known.days)
    ]
    laid = Laid([[pick(rng, words.date), *known.names], *rows], 1, {"wide"} | ({"percent signs"} if unit else set()))
    draw = rng.random()
    if draw < 0.12:
        laid.rows[0][0] = ""
        laid.traits.add("empty corner")
    elif draw < 0.2:
        _without_header(laid)
    elif draw < 0.3:
        _with_index(laid, rng)
    elif draw < 0.42 and known.kind == "prices":
        _with_suffix(laid, known, rng, words)
    return laid


def _without_header(laid: Laid) -> None:
    del laid.rows[0]
    laid.head, laid.any_name = 0, True
    laid.traits.add("no header")


def _with_index(laid: Laid, rng: np.random.Generator) -> None:
    """The number of the row before it, as pandas and R write it."""
    first = int(rng.integers(2))
    name = ("", "", "Unnamed: 0", "index")[rng.integers(4)]
    laid.rows = [[name, *laid.rows[0]], *([str(i + first), *row] for i, row in enumerate(laid.rows[1:]))]
    laid.traits.add("index column")


def _with_suffix(laid: Laid, known: Known, rng: np.random.Generator, words: Language) -> None:
    """Names that say which price it is."""
    word = (
        pick(rng, words.close) if rng.random() < 0.5 else ("Close", "Adj Close", "PX_LAST", "Adjusted")[rng.integers(4)]
    )
    form = (
        "{a} {w}",
        "{a}.{w}",
        "{a}_{w}",
        "{w} {a}",
        "{w}_{a}",
        "{a} - {w}",
        "{a} (USD)",
        "{a} [EUR]",
        "('{w}', '{a}')",
    )[rng.integers(9)]
    titles = [form.format(a=name, w=word) for name in known.names]
    laid.rows[0][1:] = titles
    laid.also = {name: (title,) for name, title in zip(known.names, titles, strict=True)}
    laid.traits.add("field in the names")


def long(known: Known, rng: np.random.Generator, words: Language) -> Laid:
    """A row per asset and day."""
    english = words.code == "en"
    value = pick(rng, words.close) if known.kind == "prices" else pick(rng, words.returned)
    header: Row = [pick(rng, words.date), pick(rng, words.asset), value]
    full = known.kind == "prices" and rng.random() < 0.35
    if full:
        header[2:] = [*(pick(rng, w) for w in (words.open, words.high, words.low, words.close, words.volume))]
    extras = _extras(known, rng, english)
    laid = Laid([], 1, {"long"} | ({"long with bars"} if full else set()) | ({"extra columns"} if extras else set()))
    blocks = [_asset_rows(known, rng, j, full, [column[j] for _, column in extras]) for j in range(len(known.names))]
    if rng.random() < 0.5:
        body = [row for block in blocks for row in block]
        laid.traits.add("long by asset")
    else:
        body = [block[i] for i in range(len(known.days)) for block in blocks]
    body = [row for row in body if rng.random() < 0.3 or not _empty(row)]
    laid.rows = [[*header, *(title for title, _ in extras)], *body]
    laid.also = {name: tuple(column[j] for _, column in extras) for j, name in enumerate(known.names)}
    if rng.random() < 0.4:
        for row in laid.rows:
            row[0], row[1] = row[1], row[0]
    return laid


def _empty(row: Row) -> bool:
    return any(isinstance(c, Num) and c.key is not None and np.isnan(c.value) for c in row)


def _extras(known: Known, rng: np.random.Generator, english: bool) -> list[tuple[str, list[str]]]:
    """Columns that tell of the asset: its name, ISIN, sector, currency."""
    n = len(known.names)
    pool = [
        ("ISIN", [f"US{1000000 + 7919 * j:07d}0{j:02d}"[:12] for j in range(n)]),
        ("Currency" if english else "Whg", ["USD", "EUR", "GBP", "JPY"] * (n // 4 + 1)),
        ("Sector" if english else "Branche", ["Technology", "Energy", "Health care", "Financials"] * (n // 4 + 1)),
        ("Exchange" if english else "Börse", ["NYSE", "XETRA", "NASDAQ"] * (n // 3 + 1)),
    ]
    if rng.random() < 0.6:
        return []
    return [pool[i] for i in sorted(rng.permutation(4)[: int(rng.integers(1, 4))])]


def _asset_rows(known: Known, rng: np.random.Generator, j: int, full: bool, about: list[str]) -> Rows:
    name, rows = known.names[j], []
    drawn = bar(known, rng, j) if full else None
    for i, day in enumerate(known.days):
        row: Row = [Day(day), name]
        if drawn is not None:
            row += [other(x[i], known.places[j]) for x in (drawn.open, drawn.high, drawn.low)]
        row.append(cell(known, i, j))
        if drawn is not None:
            row.append(other(drawn.volume[i], 0, bare=True))
        rows.append([*row, *about])
    return rows


def bars(known: Known, rng: np.random.Generator, words: Language) -> Laid:
    """One asset, a bar a day, in whatever order of columns is usual somewhere; volumes as 1.20M at times."""
    drawn, places = bar(known, rng, 0), known.places[0]
    short = rng.random() < 0.3
    titles = {"o": words.open, "h": words.high, "l": words.low, "c": words.close, "v": words.volume, "x": words.change}
    orders = ("ohlcv", "ohlcv", "ohlc", "cohlvx", "cohlvx", "cvohl", "ohlcvx", "cv", "cx", "cvx")
    order = orders[rng.integers(10 if words.named else 7)]  # in a strange language only highs and lows tell the close
    rows: Rows = [[pick(rng, words.date), *(pick(rng, titles[part]) for part in order)]]
    for i, day in enumerate(known.days):
        volume = other(drawn.volume[i] / 1e6, 2, "M", bare=True) if short else other(drawn.volume[i], 0, bare=True)
        parts: dict[str, Cell] = {
            "o": other(drawn.open[i], places),
            "h": other(drawn.high[i], places),
            "l": other(drawn.low[i], places),
            "c": cell(known, i, 0),
            "v": volume,
            "x": change(known, i, 0),
        }
        rows.append([Day(day), *(parts[part] for part in order)])
    return Laid(
        rows,
        1,
        {"bars", f"bars {order}"} | ({"volume in millions"} if short and "v" in order else set()),
        any_name=True,
    )


def stacked(known: Known, rng: np.random.Generator) -> Laid:
    """Headers of two and three rows as pandas writes them, and the same flattened into one."""
    adjusted = rng.random() < 0.4
    fields = ["Adj Close"] * adjusted + ["Close", "High", "Low", "Open", "Volume"]
    if rng.random() < 0.3:
        fields = [f for f in fields if "lose" in f]
    by_asset = rng.random() < 0.35
    pairs = (
        [(f, j) for j in range(len(known.names)) for f in fields]
        if by_asset
        else [(f, j) for f in fields for j in range(len(known.names))]
    )
    columns = [_column(known, j, f, adjusted) for f, j in pairs]
    body: Rows = [[Day(day), *(column[i] for column in columns)] for i, day in enumerate(known.days)]
    first, second = [f for f, _ in pairs], [known.names[j] for _, j in pairs]
    traits = (
        {"stacked header"} | ({"adjusted and close"} if adjusted else set()) | ({"by ticker"} if by_asset else set())
    )
    if rng.random() < 0.25:
        form = ("{f}_{a}", "{a}_{f}", "{a}.{f}", "('{f}', '{a}')", "{a} {f}")[rng.integers(5)]
        head: Rows = [["Date", *(form.format(f=f, a=a) for f, a in zip(first, second, strict=True))]]
        return Laid(
            [*head, *body], 1, traits | {"flattened header"}, {a: _titles(form, fields, a) for a in known.names}
        )
    levels = [("Price", "Ticker"), ("Attributes", "Symbols"), ("", "")][rng.integers(3)]
    top: Rows = [[levels[0], *first], [levels[1], *second]]
    if by_asset:
        top = [[levels[1], *second], [levels[0], *first]]
    named_index = rng.random() < 0.8
    if named_index:
        top.append(["Date", *[""] * len(pairs)])
    else:
        top[0][0], top[1][0] = "Date", ""
    return Laid([*top, *body], len(top), traits | {f"header of {len(top)} rows"})


def _titles(form: str, fields: list[str], name: str) -> tuple[str, ...]:
    return tuple(form.format(f=f, a=name) for f in fields if "lose" in f)


def _column(known: Known, j: int, name: str, adjusted: bool) -> list[Num]:
    """One field of one asset. Where an adjusted close stands it is the truth, and the close is higher."""
    seed = np.random.default_rng(j)  # the fields of an asset belong to the same bars
    drawn, places, days = bar(known, seed, j), known.places[j], range(len(known.days))
    truth = "Adj Close" if adjusted else "Close"
    if name == truth:
        return [cell(known, i, j) for i in days]
    if name == "Volume":
        return [other(drawn.volume[i], 0, bare=True) for i in days]
    raised = 1.07 if adjusted else 1.0
    values = {"Close": known.written[:, j], "High": drawn.high, "Low": drawn.low, "Open": drawn.open}[name] * raised
    return [other(round(values[i], places), places) for i in days]


def complementary(laid: Laid, rng: np.random.Generator) -> None:
    """Two rows a day, each with some of the assets, as markets of different hours come out of one request."""
    head, body = laid.rows[: laid.head], laid.rows[laid.head :]
    width = len(body[0])
    cut = int(rng.integers(2, width))
    halves: Rows = []
    for row in body:
        day = row[0]
        if not isinstance(day, Day):
            return
        early: Row = [Day(pd.Timestamp(day.at)), *(c if k < cut else "" for k, c in enumerate(row) if k)]
        late: Row = [Day(day.at, hour=5), *(c if k >= cut else "" for k, c in enumerate(row) if k)]
        halves += [early, late]
    laid.rows = [*head, *halves]
    laid.traits.add("two rows a day")

"""Sheets of a risk workbook about the paths: tails, the fan, losses, drawdowns, and the outcomes behind them."""

from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from fingen_core.metrics.risk import expected_shortfall, max_drawdown, value_at_risk
from fingen_core.reports.excel import INK, Line, rows_of
from fingen_core.reports.risk_book import LEVEL, VALUE, Writing
from fingen_core.types import Array

__all__ = ["bands", "drawdowns", "fan", "losses", "outcomes", "tails"]

_PRINTED = 40
"""Rows of outcomes, the worst, that are printed; all of them would be hundreds of pages."""

_TAILS = (
    "Formulas over the sheet Outcomes. A changed level or value is followed; changed weights are not: outcomes are "
    "values of the portfolio as it was."
)
_FAN = {"1 in 20 below": 0.05, "1 in 4 below": 0.25, "Median": 0.5, "1 in 4 above": 0.75, "1 in 20 above": 0.95}
_DEPTHS = (2, 4, 10, 20, 50, 100)
_BARS = 24
_MEASURES = {"VaR": "Value at risk", "ES": "Expected shortfall"}


def tails(on: Writing) -> None:
    """Value at risk and expected shortfall of every source and horizon at a level that may be changed."""
    book, sheet = on.book, on.sheet("Tail risk", [26, 12, 12, 16, 16, 18, 18], head=3, whole=True)
    sheet.write_string(0, 0, "What is lost in the worst outcomes", on.formats["title"])
    sheet.write_string(1, 0, "Level")
    sheet.write_number(1, 1, book.level, on.formats["input"])
    currency = book.portfolio.currency
    heads = ["Source", "Horizon", "Outcomes", "Value at risk", "Expected shortfall"]
    heads += [f"Value at risk, {currency}", f"Expected shortfall, {currency}"]
    on.heads(sheet, 3, heads, numbers=range(2, 7))
    for row, (place, horizon) in enumerate(on.returns, 4):
        sheet.write_string(row, 0, book.sources[place].label)
        sheet.write_string(row, 1, book.step.words(horizon))
        _tail(on, sheet, row, on.returns[place, horizon])
    last = 4 + len(on.returns)
    sheet.merge_range(last + 1, 0, last + 1, 6, "", on.formats["note"])
    sheet.write_string(last + 1, 0, _TAILS, on.formats["note"])
    sheet.set_row(last + 1, 30)
    var, es = (
        on.workbook.chart(
            "column",
            [_tail_line(on, place, column) for place in range(len(book.sources))],
            title=("Tail risk", 3, column),
        )
        for column in (3, 4)
    )
    on.workbook.below(sheet, last + 2, var, (440, 300), right=es)


def _tail(on: Writing, sheet: Any, row: int, returns: Array) -> None:
    """One row of tail risk: formulas over a column of the sheet Outcomes, and their values."""
    n, at, name = len(returns), row + 1, xl_col_to_name(row - 4)
    cells, first = f"Outcomes!${name}$3:${name}${n + 2}", f"Outcomes!${name}$3"
    size = f"ROUND(C{at}*(1-{LEVEL}),9)"
    edge = f"INDEX({cells},MAX(1,ROUNDUP({size},0)))"
    whole = f"IF({size}>=1,SUM({first}:INDEX({cells},MAX(1,INT({size})))),0)"
    level = on.book.level
    var, es = float(value_at_risk(returns, level)), float(expected_shortfall(returns, level))
    sheet.write_formula(row, 2, f"=COUNT({cells})", on.formats["money"], n)
    sheet.write_formula(row, 3, f"=-{edge}", on.formats["percent"], var)
    tail = f"=-({whole}+({size}-INT({size}))*{edge})/{size}"
    sheet.write_formula(row, 4, tail, on.formats["percent"], es)
    for column, value in ((5, var), (6, es)):
        cell, amount = xl_rowcol_to_cell(row, column - 2), value * on.book.portfolio.value
        sheet.write_formula(row, column, f"={cell}*{VALUE}", on.formats["money"], amount)


def _tail_line(on: Writing, place: int, column: int) -> Line:
    rows = [row for row, (source, _) in enumerate(on.returns, 4) if source == place]
    first, n = rows[0], len(rows)
    kind = on.book.sources[place].kind
    return Line(
        sheet="Tail risk",
        name=(first, 0),
        categories=rows_of(first, n, 1),
        values=rows_of(first, n, column),
        color=INK[kind],
    )


def fan(on: Writing) -> None:
    """Quantiles of the portfolio's value along the paths, day by day."""
    book = on.book
    name, shown = "Fan", book.outcomes[:2]  # model and history
    columns = [(sample, told) for sample in shown for told in _FAN]
    sheet = on.sheet(name, [10] + [13] * len(columns), head=1, columns=1, portrait=True, whole=True)
    told = f"Value of the portfolio along the paths of each source, today 1; {book.step.nouns} from the start"
    sheet.write_string(0, 0, told, on.formats["title"])
    heads = [book.step.noun.capitalize(), *(f"{sample.label}, {told.lower()}" for sample, told in columns)]
    on.heads(sheet, 1, heads, numbers=range(1, len(heads)))
    n = 1 + min(sample.n_steps for sample in shown)
    sheet.write_column(2, 0, list(range(n)))
    lines, low = [], 1.0
    for place, sample in enumerate(shown):
        values = np.quantile(sample.values[:, :n], list(_FAN.values()), axis=0)
        for quantile, told in enumerate(_FAN):
            column = 1 + place * len(_FAN) + quantile
            sheet.write_column(2, column, values[quantile].tolist(), on.formats["times"])
            if told in ("1 in 20 below", "Median", "1 in 20 above"):
                middle = told == "Median"
                lines.append(
                    Line(
                        sheet=name,
                        name=(1, column),
                        categories=rows_of(2, n, 0),
                        values=rows_of(2, n, column),
                        color=INK[sample.kind],
                        dash="solid" if middle else "dash",
                        width=2.25 if middle else 1.25,
                    )
                )
                low = min(low, float(values[quantile].min()))
    along = f"{book.step.nouns.capitalize()} from the start"
    formats, least = ("0", "0.00"), np.floor(low * 20) / 20
    chart = on.workbook.chart("line", lines, title=(name, 0, 0), along=along, formats=formats, least=float(least))
    on.workbook.below(sheet, n + 2, chart, (1080, 460))


def losses(on: Writing) -> None:
    """How often each return over one horizon occurred: formulas over the sheet Outcomes."""
    book, name = on.book, "Losses"
    horizon = _main_horizon(on)
    shown = [place for place, source in enumerate(book.sources) if horizon in source.over]
    sheet = on.sheet(name, [14, 14] + [18] * len(shown), head=1, portrait=True, whole=True)
    words = book.step.words(horizon)
    sheet.write_string(0, 0, f"How often each return over {words} occurs", on.formats["title"])
    heads = ["From", "To", *(book.sources[place].label for place in shown)]
    on.heads(sheet, 1, heads, numbers=range(len(heads)))
    pooled = np.concatenate([on.returns[place, horizon] for place in shown])
    low, high = np.quantile(pooled, [0.002, 0.998])
    edges = np.linspace(float(low), float(high), _BARS - 1)
    lines = []
    for row in range(_BARS):
        for column, edge in ((0, row - 1), (1, row)):
            if 0 <= edge < len(edges):
                sheet.write_number(2 + row, column, float(edges[edge]), on.formats["tenth"])
    for column, place in enumerate(shown, 2):
        _bins(on, sheet, column, list(on.returns).index((place, horizon)), edges)
        lines.append(
            Line(
                sheet=name,
                name=(1, column),
                categories=rows_of(2, _BARS, 1),
                values=rows_of(2, _BARS, column),
                color=INK[book.sources[place].kind],
            )
        )
    formats = ("0%", "0%")
    chart = on.workbook.chart("column", lines, title=(name, 0, 0), along="Return up to", formats=formats)
    on.workbook.below(sheet, _BARS + 2, chart, (640, 320))


def _bins(on: Writing, sheet: Any, column: int, source: int, edges: Array) -> None:
    """Shares of the outcomes between the edges; the first and the last hold what lies beyond."""
    returns = list(on.returns.values())[source]
    name = xl_col_to_name(source)
    cells = f"Outcomes!${name}$3:${name}${len(returns) + 2}"
    places = np.searchsorted(edges, returns, side="right")
    shares = np.bincount(places, minlength=_BARS) / len(returns)
    for row, share in enumerate(shares, 2):
        rules = [f'{cells},">="&$A{row + 1}'] if row > 2 else []
        rules += [f'{cells},"<"&$B{row + 1}'] if row < _BARS + 1 else []
        formula = f"=COUNTIFS({','.join(rules)})/COUNT({cells})"
        sheet.write_formula(row, column, formula, on.formats["tenth"], float(share))


def _main_horizon(on: Writing) -> int:
    """Ten steps where they are measured, else the nearest."""
    return min(on.book.sources[0].over, key=lambda horizon: abs(horizon - 10))


def drawdowns(on: Writing) -> None:
    """How deep the portfolio falls on the way: depth that one path in so many exceeds."""
    book, name = on.book, "Drawdowns"
    sheet = on.sheet(name, [18] + [20] * len(book.outcomes), head=1, whole=True)
    n_steps = min(sample.n_steps for sample in book.outcomes)
    told = f"Largest fall from a high within {book.step.words(n_steps)}: one path in so many falls as deep"
    sheet.write_string(0, 0, told, on.formats["title"])
    on.heads(sheet, 1, ["Paths", *(sample.label for sample in book.outcomes)], numbers=range(1, 1 + len(book.outcomes)))
    for row, one_in in enumerate(_DEPTHS, 2):
        sheet.write_string(row, 0, f"1 in {one_in}")
    lines = []
    for column, sample in enumerate(book.outcomes, 1):
        depth = np.asarray(max_drawdown(sample.values))
        found = np.quantile(depth, [1 - 1 / one_in for one_in in _DEPTHS], method="inverted_cdf")
        sheet.write_column(2, column, found.tolist(), on.formats["tenth"])
        lines.append(
            Line(
                sheet=name,
                name=(1, column),
                categories=rows_of(2, len(_DEPTHS), 0),
                values=rows_of(2, len(_DEPTHS), column),
                color=INK[sample.kind],
            )
        )
    on.workbook.below(sheet, len(_DEPTHS) + 2, on.workbook.chart("column", lines, title=(name, 0, 0)), (760, 380))


def bands(on: Writing) -> None:
    """Every measure, level and horizon with its 90 % band."""
    sheet = on.sheet("Bands", [26, 14, 14, 22, 12, 12, 12, 12, 12], head=0)
    table, step = on.book.table, on.book.step
    told = table.assign(
        kind=[str(kind).capitalize() for kind in table["kind"]],
        horizon=[step.words(int(horizon)) for horizon in table["horizon"]],
        measure=[_MEASURES.get(name, name) for name in table["measure"]],
    )
    numbers = [place for place, name in enumerate(told) if pd.api.types.is_numeric_dtype(told[name])]
    on.heads(sheet, 0, [str(name).capitalize() for name in told.columns], numbers=numbers)
    styles = {"level": "tenth"} | dict.fromkeys(("estimate", "low", "high"), "percent")
    for row, record in enumerate(told.itertuples(index=False), 1):
        for column, (name, value) in enumerate(zip(told.columns, record, strict=True)):
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            elif np.isfinite(value):
                sheet.write_number(row, column, float(value), on.formats[styles.get(str(name), "money")])


def outcomes(on: Writing) -> None:
    """Returns of the portfolio, the worst first, one column per source and horizon."""
    sheet = on.sheet("Outcomes", [16] * len(on.returns), head=1)
    told = f"Returns of the portfolio over the horizon, worst first; the worst {_PRINTED} are printed."
    sheet.write_string(0, 0, told, on.formats["quiet"])
    names = []
    for column, ((place, horizon), returns) in enumerate(on.returns.items()):
        name = f"{on.book.sources[place].label}, {on.book.step.words(horizon)}"
        names.append(name)
        sheet.write_column(2, column, returns.tolist(), on.formats["percent"])
    on.heads(sheet, 1, names, numbers=range(len(names)))
    sheet.print_area(0, 0, 1 + _PRINTED, max(len(on.returns) - 1, 0))

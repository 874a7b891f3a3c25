"""The risk of a portfolio as an Excel workbook whose numbers are formulas: change a weight or a level and see.

Every formula is written together with the value that it has, so that a program which does not calculate shows the
same numbers as one that does.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from fingen_core.metrics.risk import expected_shortfall, value_at_risk
from fingen_core.portfolio.named import NamedPaths, waterfall
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.risk import Gains
from fingen_core.scenarios.outcomes import NOT_HAPPENED
from fingen_core.types import Array

__all__ = ["RiskBook", "risk_workbook"]

_FORMATS: Mapping[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "percent": {"num_format": "0.00%"},
    "money": {"num_format": "#,##0"},
    "input": {"num_format": "0.00%", "bg_color": "#EEF0FB", "border": 1, "border_color": "#4345C9"},
    "amount": {"num_format": "#,##0", "bg_color": "#EEF0FB", "border": 1, "border_color": "#4345C9"},
    "quiet": {"font_color": "#5B6778", "italic": True},
    "wrap": {"text_wrap": True, "valign": "top"},
    "times": {"num_format": "0.00"},
}

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""Names stay text, whatever they begin with; formulas are those that are written as such."""

_FOLLOWS = (
    "Losses follow the weights on the sheet Portfolio. Which paths are the worst was decided by the weights as they "
    "were."
)
_MARKED = "Beyond the past, by the weights as they were"


@dataclass(frozen=True, eq=False, kw_only=True)
class RiskBook:
    """What the workbook shows.

    Attributes
    ----------
    portfolio : Portfolio
    tickers : tuple of str
    weights : array, shape (n_assets,)
        In the order of ``tickers``.
    level : float
    sources : sequence of Gains
        Model, history, rival.
    table : DataFrame
        Of ``portfolio.risk.risk_table``: its bands are values.
    contributions : DataFrame
        Columns asset, weight, Normal and perhaps Stress.
    scenarios : sequence of NamedPaths
    marks : mapping of str to str
        What must be said beside a scenario's loss, by its name.
    facts : mapping of str to str
        What makes it repeatable.
    card : mapping of str to DataFrame
        Tables of the model card by heading; empty leaves the sheet out.
    """

    portfolio: Portfolio
    tickers: tuple[str, ...]
    weights: Array
    level: float
    sources: Sequence[Gains]
    table: pd.DataFrame
    contributions: pd.DataFrame
    scenarios: Sequence[NamedPaths]
    marks: Mapping[str, str]
    facts: Mapping[str, str]
    card: Mapping[str, pd.DataFrame]


def risk_workbook(book: RiskBook) -> bytes:
    """The workbook: About, Portfolio, Tail risk, Outcomes, Bands, Contributions, Scenarios, Model card."""
    target = io.BytesIO()
    workbook = xlsxwriter.Workbook(target, _OPTIONS)
    formats = {name: workbook.add_format(fields) for name, fields in _FORMATS.items()}
    writing = _Writing(workbook, formats, book)
    writing.about()
    writing.portfolio()
    writing.tails()
    writing.outcomes()
    writing.bands()
    writing.contributions()
    writing.scenarios()
    if book.card:
        writing.card()
    workbook.close()
    return target.getvalue()


class _Writing:
    """Writes sheet after sheet; places that formulas of other sheets refer to are fixed here."""

    _FIRST = 4  # row (from 0) of the first position on the sheet Portfolio
    _VALUE, _LEVEL = "Portfolio!$B$2", "'Tail risk'!$B$2"

    def __init__(self, workbook: Any, formats: Mapping[str, Any], book: RiskBook) -> None:
        self._workbook, self._formats, self._book = workbook, formats, book
        self._columns: dict[tuple[str, int], tuple[str, int]] = {}

    def about(self) -> None:
        sheet = self._sheet("About", [30, 90])
        sheet.write(0, 0, f"Risk of {self._book.portfolio.name}", self._formats["title"])
        sheet.write(1, 0, f"{NOT_HAPPENED} Not advice. Shaded cells may be changed: formulas follow.")
        for row, (name, value) in enumerate(self._book.facts.items(), 3):
            sheet.write(row, 0, name)
            sheet.write_string(row, 1, value, self._formats["wrap"])

    def portfolio(self) -> None:
        book, sheet = self._book, self._sheet("Portfolio", [24, 16, 18])
        sheet.write(0, 0, book.portfolio.name, self._formats["title"])
        sheet.write(1, 0, f"Value, {book.portfolio.currency}")
        sheet.write_number(1, 1, book.portfolio.value, self._formats["amount"])
        self._heads(sheet, 3, ["Position", "Weight", f"Amount, {book.portfolio.currency}"])
        last = self._FIRST + len(book.tickers)
        for row, (ticker, share) in enumerate(zip(book.tickers, book.weights, strict=True), self._FIRST):
            sheet.write(row, 0, ticker)
            sheet.write_number(row, 1, float(share), self._formats["input"])
            amount = float(share) * book.portfolio.value
            sheet.write_formula(row, 2, f"=B{row + 1}*$B$2", self._formats["money"], amount)
        cash = 1 - float(book.weights.sum())
        sheet.write(last, 0, "Cash")
        sheet.write_formula(last, 1, f"=1-SUM(B{self._FIRST + 1}:B{last})", self._formats["percent"], cash)
        sheet.write_formula(last, 2, f"=B{last + 1}*$B$2", self._formats["money"], cash * book.portfolio.value)

    def outcomes(self) -> None:
        """Returns of the portfolio, the worst first, one column per source and horizon."""
        book, sheet = self._book, self._sheet("Outcomes", [16] * 16)
        sheet.write(0, 0, "Returns of the portfolio over the horizon, worst first; values.", self._formats["quiet"])
        for column, (source, horizon) in enumerate(self._pairs()):
            returns = np.sort(source.returns(horizon, book.weights))
            sheet.write(1, column, f"{source.label}, {horizon} d", self._formats["head"])
            sheet.write_column(2, column, returns.tolist(), self._formats["percent"])
        sheet.freeze_panes(2, 0)

    def tails(self) -> None:
        """Value at risk and expected shortfall of every source and horizon at a level that may be changed."""
        book, sheet = self._book, self._sheet("Tail risk", [24, 12, 12, 16, 16, 18, 18])
        sheet.write(0, 0, "Tail risk", self._formats["title"])
        sheet.write(1, 0, "Level")
        sheet.write_number(1, 1, book.level, self._formats["input"])
        currency = book.portfolio.currency
        heads = ["Source", "Days", "Outcomes", "Value at risk", "Expected shortfall"]
        self._heads(sheet, 3, [*heads, f"Value at risk, {currency}", f"Expected shortfall, {currency}"])
        for row, (source, horizon) in enumerate(self._pairs(), 4):
            returns = source.returns(horizon, book.weights)
            n, at = len(returns), row + 1
            name = xl_col_to_name(row - 4)
            cells = f"Outcomes!${name}$3:${name}${n + 2}"
            size = f"ROUND(C{at}*(1-{self._LEVEL}),9)"
            first = f"Outcomes!${name}$3"
            var, es = float(value_at_risk(returns, book.level)), float(expected_shortfall(returns, book.level))
            sheet.write(row, 0, source.label)
            sheet.write_number(row, 1, horizon)
            sheet.write_formula(row, 2, f"=COUNT({cells})", None, n)
            edge = f"INDEX({cells},MAX(1,ROUNDUP({size},0)))"
            sheet.write_formula(row, 3, f"=-{edge}", self._formats["percent"], var)
            whole = f"IF({size}>=1,SUM({first}:INDEX({cells},MAX(1,INT({size})))),0)"
            formula = f"=-({whole}+({size}-INT({size}))*{edge})/{size}"
            sheet.write_formula(row, 4, formula, self._formats["percent"], es)
            for column, value in ((5, var), (6, es)):
                source_cell = xl_rowcol_to_cell(row, column - 2)
                amount = value * book.portfolio.value
                sheet.write_formula(row, column, f"={source_cell}*{self._VALUE}", self._formats["money"], amount)
        sheet.write(
            5 + len(self._pairs()),
            0,
            "Formulas over the sheet Outcomes. A changed level or value is followed; changed weights are not: outcomes "
            "are values of the portfolio as it was.",
            self._formats["quiet"],
        )

    def bands(self) -> None:
        sheet = self._sheet("Bands", [24, 12, 10, 10, 10, 12, 12, 12, 12])
        table = self._book.table
        self._heads(sheet, 0, [str(name).capitalize() for name in table.columns])
        shares = {"level", "estimate", "low", "high"}
        for row, record in enumerate(table.itertuples(index=False), 1):
            for column, (name, value) in enumerate(zip(table.columns, record, strict=True)):
                if isinstance(value, float) and not np.isfinite(value):
                    sheet.write_blank(row, column, None)
                else:
                    sheet.write(row, column, value, self._formats["percent"] if name in shares else None)

    def contributions(self) -> None:
        book, sheet = self._book, self._sheet("Contributions", [16, 12, 14, 14, 18, 14, 14, 18])
        table = book.contributions
        columns = [name for name in ("Normal", "Stress") if name in table]
        sheet.write(0, 0, "What each position brings to expected shortfall", self._formats["title"])
        heads = ["Asset", "Weight"]
        for name in columns:
            heads += [name, f"{name}, part of the whole", f"{name}, {book.portfolio.currency}"]
        self._heads(sheet, 2, heads)
        last = 3 + len(table)
        for row, record in enumerate(table.to_dict("records"), 3):
            sheet.write(row, 0, record["asset"])
            sheet.write_number(row, 1, float(record["weight"]), self._formats["percent"])
            for place, name in enumerate(columns):
                column, value, total = 2 + 3 * place, float(record[name]), float(table[name].sum())
                cell, sum_cell = xl_rowcol_to_cell(row, column), xl_rowcol_to_cell(last, column, True, True)
                sheet.write_number(row, column, value, self._formats["percent"])
                sheet.write_formula(row, column + 1, f"={cell}/{sum_cell}", self._formats["percent"], value / total)
                amount = value * book.portfolio.value
                sheet.write_formula(row, column + 2, f"={cell}*{self._VALUE}", self._formats["money"], amount)
        sheet.write(last, 0, "Expected shortfall", self._formats["head"])
        for place, name in enumerate(columns):
            for offset, style in ((0, "percent"), (1, "percent"), (2, "money")):
                column = xl_col_to_name(2 + 3 * place + offset)
                total = float(table[name].sum())
                value = (total, 1.0, total * book.portfolio.value)[offset]
                sheet.write_formula(
                    last, 2 + 3 * place + offset, f"=SUM({column}4:{column}{last})", self._formats[style], value
                )

    def scenarios(self) -> None:
        """What each scenario costs: the loss follows the weights of the sheet Portfolio."""
        book, sheet = self._book, self._sheet("Scenarios", [38, 12, 8, 12, 18, 60, 60])
        sheet.write(0, 0, "What each scenario costs", self._formats["title"])
        self._heads(
            sheet, 2, ["Scenario", "Kind", "Days", "Mean loss", f"Amount, {book.portfolio.currency}", "Sample", _MARKED]
        )
        first, last = self._FIRST + 1, self._FIRST + len(book.tickers)
        for row, scenario in enumerate(book.scenarios, 3):
            loss = -float(waterfall(scenario, book.weights).sum())
            sheet.write(row, 0, scenario.name)
            sheet.write(row, 1, scenario.group)
            sheet.write_number(row, 2, scenario.n_steps)
            column = xl_col_to_name(row - 2)
            returns = f"'Scenario returns'!${column}${first}:${column}${last}"
            formula = f"=-SUMPRODUCT(Portfolio!$B${first}:$B${last},{returns})"
            sheet.write_formula(row, 3, formula, self._formats["percent"], loss)
            amount = loss * book.portfolio.value
            sheet.write_formula(row, 4, f"=D{row + 1}*{self._VALUE}", self._formats["money"], amount)
            sheet.write(row, 5, scenario.note, self._formats["wrap"])
            sheet.write(row, 6, book.marks.get(scenario.name, ""), self._formats["wrap"])
        sheet.write(4 + len(book.scenarios), 0, _FOLLOWS, self._formats["quiet"])
        sheet.freeze_panes(3, 1)
        self._scenario_returns()

    def _scenario_returns(self) -> None:
        """Mean return of every asset in every scenario, assets in the rows that they have on the sheet Portfolio."""
        book, sheet = self._book, self._sheet("Scenario returns", [16, *[14] * len(self._book.scenarios)])
        sheet.write(0, 0, "Mean return of each asset in each scenario", self._formats["title"])
        self._heads(sheet, self._FIRST - 1, ["Asset", *(scenario.name for scenario in book.scenarios)])
        sheet.write_column(self._FIRST, 0, list(book.tickers))
        for column, scenario in enumerate(book.scenarios, 1):
            means = scenario.probabilities @ scenario.gains
            sheet.write_column(self._FIRST, column, means.tolist(), self._formats["percent"])
        sheet.freeze_panes(self._FIRST, 1)

    def card(self) -> None:
        sheet, row = self._sheet("Model card", [30, 60, 60, 16, 16, 16]), 0
        for title, table in self._book.card.items():
            sheet.write(row, 0, title, self._formats["title"])
            self._heads(sheet, row + 1, [str(name) for name in table.columns])
            for record in table.itertuples(index=False):
                row += 1
                for column, value in enumerate(record):
                    sheet.write_string(row + 1, column, str(value), self._formats["wrap"])
            row += 4

    def _pairs(self) -> list[tuple[Gains, int]]:
        return [(source, horizon) for source in self._book.sources for horizon in source.over]

    def _sheet(self, name: str, widths: Sequence[float]) -> Any:
        sheet = self._workbook.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def _heads(self, sheet: Any, row: int, names: Sequence[str]) -> None:
        for column, name in enumerate(names):
            sheet.write_string(row, column, name, self._formats["head"])

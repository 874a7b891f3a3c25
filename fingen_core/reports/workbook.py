"""The risk of a portfolio as an Excel workbook whose numbers are formulas: change a weight or a level and see.

Every formula is written together with the value that it has, so that a program which does not calculate shows the
same numbers as one that does. Charts are drawn from the cells, and follow them.
"""

from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from fingen_core.portfolio.named import waterfall
from fingen_core.reports import workbook_paths as paths
from fingen_core.reports.excel import INK, Line, rows_of
from fingen_core.reports.page import MARKS
from fingen_core.reports.risk_book import FIRST, VALUE, RiskBook, Writing
from fingen_core.scenarios.outcomes import NOT_HAPPENED

__all__ = ["RiskBook", "risk_workbook"]

_FOLLOWS = (
    "Losses follow the weights on the sheet Portfolio. Which paths are the worst was decided by the weights as they "
    "were."
)
_CARD = (30, 40, 46, 14, 14, 14)
_MARKED = "Beyond the past, by the weights as they were"


def risk_workbook(book: RiskBook) -> bytes:
    """The workbook: a cover, then a sheet for each question, then what the answers rest on."""
    on = Writing(book)
    _cover(on)
    _portfolio(on)
    paths.tails(on)
    if book.outcomes:
        paths.fan(on)
    paths.losses(on)
    if book.outcomes:
        paths.drawdowns(on)
    _contributions(on)
    _scenarios(on)
    _scenario_returns(on)
    paths.bands(on)
    paths.outcomes(on)
    if book.card:
        _card(on)
    _facts(on)
    return on.workbook.data()


def _cover(on: Writing) -> None:
    """Title, what for, when, who answers, what validation knows."""
    book, sheet = on.book, on.sheet("Cover", [24, 16, 62], portrait=True)
    sheet.merge_range(0, 0, 0, 2, "", on.formats["cover"])
    sheet.write_string(0, 0, f"Risk of {book.portfolio.name}", on.formats["cover"])
    sheet.set_row(0, 64)
    sheet.write_string(1, 0, f"{NOT_HAPPENED} Not advice. Shaded cells may be changed: formulas follow.")
    row = 3
    for row, (name, value) in enumerate(book.about.items(), 3):
        sheet.write_string(row, 0, name, on.formats["label"])
        sheet.merge_range(row, 1, row, 2, "", on.formats["wrap"])
        sheet.write_string(row, 1, value, on.formats["wrap"])
    row += 2
    if book.lights:
        on.heads(sheet, row, ["Validation of the model", "Verdict", "Evidence"])
    first = row + 1
    for row, (question, color, sentence) in enumerate(book.lights, first):
        for column, text in enumerate((question, MARKS[color], sentence)):
            sheet.write_string(row, column, text, on.formats["wrap"])
        on.workbook.tall(sheet, row, (question, MARKS[color], sentence))


def _facts(on: Writing) -> None:
    """What makes the numbers repeatable."""
    sheet = on.sheet("About", [24, 100], head=0)
    on.heads(sheet, 0, ["How this was made", ""])
    for row, (name, value) in enumerate(on.book.facts.items(), 1):
        sheet.write_string(row, 0, name, on.formats["label"])
        sheet.write_string(row, 1, value, on.formats["wrap"])
        on.workbook.tall(sheet, row, (name, value))


def _portfolio(on: Writing) -> None:
    book, sheet = on.book, on.sheet("Portfolio", [24, 16, 18], head=3, portrait=True)
    sheet.write_string(0, 0, book.portfolio.name, on.formats["title"])
    sheet.write_string(1, 0, f"Value, {book.portfolio.currency}")
    sheet.write_number(1, 1, book.portfolio.value, on.formats["amount"])
    on.heads(sheet, 3, ["Position", "Weight", f"Amount, {book.portfolio.currency}"], numbers=(1, 2))
    last = FIRST + len(book.tickers)
    for row, (ticker, share) in enumerate(zip(book.tickers, book.weights, strict=True), FIRST):
        sheet.write_string(row, 0, ticker)
        sheet.write_number(row, 1, float(share), on.formats["input"])
        amount = float(share) * book.portfolio.value
        sheet.write_formula(row, 2, f"=B{row + 1}*$B$2", on.formats["money"], amount)
    cash = 1 - float(book.weights.sum())
    sheet.write_string(last, 0, "Cash", on.formats["total"])
    rest = f"=1-SUM(B{FIRST + 1}:B{last})"
    sheet.write_formula(last, 1, rest, on.formats["total percent"], cash)
    amount = cash * book.portfolio.value
    sheet.write_formula(last, 2, f"=B{last + 1}*$B$2", on.formats["total money"], amount)


def _contributions(on: Writing) -> None:
    book, name = on.book, "Contributions"
    table = book.contributions
    columns = [part for part in ("Normal", "Stress") if part in table]
    sheet = on.sheet(name, [18, 12] + [14, 14, 18] * len(columns), head=2, whole=True)
    told = "What each position brings to expected shortfall"
    sheet.write_string(0, 0, told, on.formats["title"])
    heads = ["Asset", "Weight"]
    for part in columns:
        heads += [part, f"{part}, part of the whole", f"{part}, {book.portfolio.currency}"]
    on.heads(sheet, 2, heads, numbers=range(1, len(heads)))
    last = 3 + len(table)
    for row, record in enumerate(table.to_dict("records"), 3):
        sheet.write_string(row, 0, str(record["asset"]))
        sheet.write_number(row, 1, float(record["weight"]), on.formats["percent"])
        for place, part in enumerate(columns):
            _part(on, sheet, (row, 2 + 3 * place, last), float(record[part]), float(table[part].sum()))
    sheet.write_string(last, 0, "Expected shortfall", on.formats["total"])
    sheet.write_blank(last, 1, None, on.formats["total"])
    for place, part in enumerate(columns):
        total = float(table[part].sum())
        values = ((total, "total percent"), (1.0, "total percent"), (total * book.portfolio.value, "total money"))
        for column, (value, style) in enumerate(values, 2 + 3 * place):
            letter = xl_col_to_name(column)
            sheet.write_formula(last, column, f"=SUM({letter}4:{letter}{last})", on.formats[style], value)
    lines = [
        Line(
            sheet=name,
            name=(2, 2 + 3 * place),
            categories=rows_of(3, len(table), 0),
            values=rows_of(3, len(table), 2 + 3 * place),
            color=INK["generated" if part == "Stress" else "quiet"],
        )
        for place, part in enumerate(columns)
    ]
    chart = on.workbook.chart("bar", lines, title=(name, 0, 0), formats=("General", "0.0%"))
    on.workbook.below(sheet, last + 1, chart, (760, max(260, 90 + 22 * len(table) * len(columns))))


def _part(on: Writing, sheet: Any, place: tuple[int, int, int], value: float, total: float) -> None:
    """A position's part of expected shortfall: value, share and amount; ``place`` is row, column and row of sums."""
    row, column, last = place
    cell, sum_cell = xl_rowcol_to_cell(row, column), xl_rowcol_to_cell(last, column, True, True)
    share = value / total if total else 0.0
    sheet.write_number(row, column, value, on.formats["percent"])
    sheet.write_formula(row, column + 1, f"=IF({sum_cell}=0,0,{cell}/{sum_cell})", on.formats["percent"], share)
    amount = value * on.book.portfolio.value
    sheet.write_formula(row, column + 2, f"={cell}*{VALUE}", on.formats["money"], amount)


def _scenarios(on: Writing) -> None:
    """What each scenario costs: the loss follows the weights of the sheet Portfolio."""
    book, name = on.book, "Scenarios"
    sheet = on.sheet(name, [38, 12, 12, 12, 18, 48, 40], head=2, columns=1, whole=True)
    sheet.write_string(0, 0, "What each scenario costs", on.formats["title"])
    heads = ["Scenario", "Kind", "Horizon", "Mean loss", f"Amount, {book.portfolio.currency}", "Sample", _MARKED]
    on.heads(sheet, 2, heads, numbers=(3, 4))
    first, last = FIRST + 1, FIRST + len(book.tickers)
    for row, scenario in enumerate(book.scenarios, 3):
        loss = -float(waterfall(scenario, book.weights).sum())
        sheet.write_string(row, 0, scenario.name, on.formats["wrap"])
        sheet.write_string(row, 1, scenario.group, on.formats["wrap"])
        sheet.write_string(row, 2, book.step.words(scenario.n_steps), on.formats["wrap"])
        column = xl_col_to_name(row - 2)
        returns = f"'Scenario returns'!${column}${first}:${column}${last}"
        formula = f"=-SUMPRODUCT(Portfolio!$B${first}:$B${last},{returns})"
        sheet.write_formula(row, 3, formula, on.formats["percent"], loss)
        amount = loss * book.portfolio.value
        sheet.write_formula(row, 4, f"=D{row + 1}*{VALUE}", on.formats["money"], amount)
        sheet.write_string(row, 5, scenario.note, on.formats["wrap"])
        marks = book.marks.get(scenario.name, "")
        sheet.write(row, 6, marks or None, on.formats["wrap"])
        on.workbook.tall(sheet, row, (scenario.name, scenario.group, "", "", "", scenario.note, marks))
    n = len(book.scenarios)
    sheet.write_string(4 + n, 0, _FOLLOWS, on.formats["quiet"])
    if n:
        cells = rows_of(3, n, 3)
        line = Line(sheet=name, name=(2, 3), color=INK["loss"], categories=rows_of(3, n, 0), values=cells)
        chart = on.workbook.chart("bar", [line], title=(name, 0, 0))
        on.workbook.below(sheet, 5 + n, chart, (1000, max(260, 90 + 18 * n)))


def _scenario_returns(on: Writing) -> None:
    """Mean return of every asset in every scenario, assets in the rows that they have on the sheet Portfolio."""
    book = on.book
    sheet = on.sheet("Scenario returns", [16, *[14] * len(book.scenarios)], head=FIRST - 1, columns=1)
    sheet.write_string(0, 0, "Mean return of each asset in each scenario", on.formats["title"])
    heads = ["Asset", *(scenario.name for scenario in book.scenarios)]
    on.heads(sheet, FIRST - 1, heads, numbers=range(1, len(heads)))
    for row, ticker in enumerate(book.tickers, FIRST):
        sheet.write_string(row, 0, ticker)
    for column, scenario in enumerate(book.scenarios, 1):
        means = scenario.probabilities @ scenario.gains
        sheet.write_column(FIRST, column, means.tolist(), on.formats["percent"])


def _card(on: Writing) -> None:
    sheet, row = on.sheet("Model card", _CARD), 0
    for title, table in on.book.card.items():
        sheet.write_string(row, 0, title, on.formats["title"])
        on.heads(sheet, row + 1, [str(name) for name in table.columns])
        first = min(table.shape[1], 2) - 1  # the second column of two, or the only one, has the room of all others
        widths = (sum(_CARD),) if first == 0 else (_CARD[0], sum(_CARD[1:])) if table.shape[1] == 2 else ()
        for record in table.itertuples(index=False):
            row += 1
            if widths:
                sheet.merge_range(row + 1, first, row + 1, len(_CARD) - 1, "", on.formats["wrap"])
            for column, value in enumerate(record):
                sheet.write_string(row + 1, column, str(value), on.formats["wrap"])
            on.workbook.tall(sheet, row + 1, [str(value) for value in record], widths=widths)
        row += 4

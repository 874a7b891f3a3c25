"""The risk workbook prints on few pages, holds its charts, and takes no name for a formula."""

import io
import re
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from fingen_core.portfolio.named import NamedPaths
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.risk import Gains, euler_shortfall, gains_at, risk_table
from fingen_core.reports.workbook import RiskBook, risk_workbook
from fingen_core.scenarios.outcomes import Outcomes
from tests.unit.market.test_spreadsheet import HOSTILE

WEIGHTS = np.array([0.6, -0.1, 0.3])


def workbook(name):
    """A workbook in which whatever somebody may have named is called by one name."""
    generator = np.random.default_rng(0)
    tickers = tuple(f"{name}{place}" for place in range(3))
    sources, outcomes = [], []
    for kind in ("generated", "history", "rival"):
        paths = generator.standard_t(4, (120, 10, 3)).astype(np.float32) * 0.01
        sources.append(Gains(label=f"{name}{kind}", kind=kind, over=gains_at(paths, (1, 10)), cluster=21))
        values = np.cumprod(np.concatenate([np.ones((120, 1)), 1 + paths.mean(axis=2)], axis=1), axis=1)
        outcomes.append(Outcomes.of(values, label=f"{name}{kind}", kind=kind, note=name))
    table = risk_table(sources, WEIGHTS, n_resamples=5)
    parts = euler_shortfall(sources[0].over[10], WEIGHTS, 0.975)
    scenario = NamedPaths(
        name=name, group=name, kind="history", gains=np.array([[0.1, -0.2, 0.3]]), n_steps=9, note=name
    )
    book = RiskBook(
        portfolio=Portfolio(name="Mine", tickers=tickers, weights=tuple(WEIGHTS), value=2e6, currency="EUR"),
        tickers=tickers,
        weights=WEIGHTS,
        level=0.975,
        sources=sources,
        table=table,
        contributions=pd.DataFrame({"asset": tickers, "weight": WEIGHTS, "Normal": parts, "Stress": parts * 2}),
        scenarios=[scenario],
        marks={name: name},
        outcomes=outcomes,
        about={name: name, "What for": name},
        lights=[(name, "bad", name)],
        facts={name: name},
        card={name: pd.DataFrame({name: [name], "b": [name]}), "Limits": pd.DataFrame({name: [name] * 3})},
    )
    return risk_workbook(book)


@pytest.fixture(scope="module")
def plain():
    data = workbook("plain")
    return data, openpyxl.load_workbook(io.BytesIO(data))


def formulas(book):
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet
        for cell in row
        if cell.data_type == "f"
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_is_a_formula_and_every_name_stays_as_it_is(plain, name):
    data = workbook(name)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert formulas(book) == formulas(plain[1])  # ours, and no others
    assert book["Portfolio"]["A5"].value.replace("_x000D_", "\r") == f"{name}0"  # Excel's way to write a return
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        texts = [parts.read(part).decode() for part in parts.namelist() if part.endswith((".xml", ".rels"))]
    assert not any("hyperlink" in text for text in texts)
    assert len([text for text in texts if "<c:chart>" in text]) == 7
    references = re.findall(r"<c:f>(.*?)</c:f>", "".join(texts))
    assert all(
        re.fullmatch(r"('[A-Z][a-z ]+'|[A-Z][a-z]+)!\$[A-Z]+\$\d+(:\$[A-Z]+\$\d+)?", place) for place in references
    )


def test_charts_read_the_cells_of_their_tables(plain):
    with zipfile.ZipFile(io.BytesIO(plain[0])) as parts:
        charts = [parts.read(part).decode() for part in parts.namelist() if part.startswith("xl/charts/chart")]
    read = [re.findall(r"<c:(?:cat|val)>.*?<c:f>(.*?)</c:f>", chart) for chart in charts]
    book = openpyxl.load_workbook(io.BytesIO(plain[0]), data_only=True)
    for places in read:
        for place in places:
            sheet, _, cells = place.partition("!")
            first, _, last = cells.replace("$", "").partition(":")
            found = [cell.value for row in book[sheet.strip("'")][f"{first}:{last or first}"] for cell in row]
            assert None not in found[:-1]  # the last bin has no upper edge
    sheets = {place.partition("!")[0].strip("'") for places in read for place in places}
    assert sheets == {"Tail risk", "Fan", "Losses", "Drawdowns", "Contributions", "Scenarios"}


def test_every_sheet_prints_one_page_wide_with_its_heads_and_the_number_of_the_page(plain):
    for sheet in plain[1]:
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth or 1) == (9, 1)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddFooter.left.text == "Risk of Mine"
        assert sheet.oddFooter.right.text == "Page &P of &N"
    heads = {sheet.title: sheet.print_title_rows for sheet in plain[1]}
    assert heads["Portfolio"] == "$4:$4"
    assert heads["Bands"] == "$1:$1"
    assert heads["Scenarios"] == "$3:$3"
    frozen = {sheet.title: sheet.freeze_panes for sheet in plain[1] if sheet.title not in ("Cover", "Model card")}
    assert None not in frozen.values()
    assert frozen["Fan"] == "B3"
    whole = [sheet.title for sheet in plain[1] if sheet.page_setup.fitToHeight in (1, None)]
    assert set(whole) == {"Tail risk", "Fan", "Losses", "Drawdowns", "Contributions", "Scenarios"}


def test_of_thousands_of_outcomes_only_the_worst_are_printed(plain):
    sheet = plain[1]["Outcomes"]
    assert sheet.print_area == "'Outcomes'!$A$1:$F$42"
    assert sheet.max_row == 122


def test_shares_of_outcomes_add_up_to_one(plain):
    values = openpyxl.load_workbook(io.BytesIO(plain[0]), data_only=True)["Losses"]
    outcomes = openpyxl.load_workbook(io.BytesIO(plain[0]), data_only=True)["Outcomes"]
    for column in (3, 4, 5):
        shares = [values.cell(row, column).value for row in range(3, 27)]
        assert sum(shares) == pytest.approx(1)
    returns = np.array([outcomes.cell(row, 2).value for row in range(3, 123)])  # 10 days of the first source
    low, high = values["A6"].value, values["B6"].value
    assert values["C6"].value == pytest.approx(np.mean((returns >= low) & (returns < high)))
    assert plain[1]["Losses"]["C6"].value.startswith('=COUNTIFS(Outcomes!$B$3:$B$122,">="&$A6,')


def test_the_cover_says_what_for_and_what_validation_knows(plain):
    sheet = plain[1]["Cover"]
    texts = [cell.value for row in sheet for cell in row if cell.value]
    assert texts[0] == "Risk of Mine"
    assert "What for" in texts
    assert "✕ Bad" in texts


def test_an_ampersand_in_a_name_is_no_code_of_the_foot():
    from fingen_core.reports.excel import Workbook

    book = Workbook("R&D &P book")
    book.sheet("One", [10])
    found = openpyxl.load_workbook(io.BytesIO(book.data()))["One"]
    assert found.oddFooter.left.text == "R&&D &&P book"

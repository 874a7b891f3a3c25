"""No text that leaves as CSV begins like a formula, and every name comes back as it was."""

import csv
import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingen_core.market import spreadsheet
from fingen_core.market.spreadsheet import guarded, unguarded
from fingen_core.market.step import DAILY
from fingen_core.market.tables import read_cells
from fingen_core.portfolio.holdings import lines_of
from fingen_core.reports import numbers, paths
from fingen_core.scenarios import Scenarios
from tests.architecture.source import ROOT, at, python_files

HOSTILE = (
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(1,2)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\u00a0=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    "﹢1",
    "'=1+1",
    "''=1+1",
    '=HYPERLINK("http://127.0.0.1","x")',
    "a;=1+1",
    "a\t=1+1",
    "a\r=1+1",
    'a"=1+1',
    "=cmd|' /C calc'!A0",
)
HARMLESS = ("AAPL", "BRK-B", "^GSPC", "ES=F", "'tis", "", "Mine, 2 + 3", "−5 %", "1e5")
texts = st.one_of(
    st.text(max_size=8),
    st.tuples(
        st.sampled_from(["", "'", "''", " ", "\t", "\u200e"]), st.sampled_from("=+-@＝＋－＠x"), st.text(max_size=4)
    ).map("".join),
)


def runs(cell):
    """Whether a spreadsheet takes the cell for a formula: the rule, written the other way round than the code's."""
    return re.match(r"[\s\u200b\u200e\ufeff]*[=+\-@＝＋－＠﹢﹣﹦﹫]|[\t\r\n]", cell) is not None


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_guarded_and_comes_back(text):
    assert not runs(guarded(text))
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays_as_it_is(text):
    assert guarded(text) == text == unguarded(text)


@given(texts)
def test_any_text_comes_back(text):
    assert unguarded(guarded(text)) == text
    assert not runs(guarded(text))


@given(st.lists(texts, min_size=1, max_size=5), st.booleans())
def test_a_table_comes_back_whatever_its_names(names, index):
    names = [name.replace("\r", "").replace("\n", "").replace("\0", "") or "x" for name in names]
    frame = pd.DataFrame({"name": names, "n": np.arange(len(names)) / 7}, index=pd.Index(names, name="=i"))
    text = spreadsheet.to_csv(frame, index=index)
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not any(runs(cell) for cell in cells)
    how = {"index_col": 0} if index else {}
    back = spreadsheet.read_csv(io.StringIO(text), keep_default_na=False, dtype={"name": str, "=i": str}, **how)
    assert list(back["name"]) == names
    np.testing.assert_array_equal(back["n"], frame["n"])


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_name_does_not_break_into_cells_under_another_separator(separator):
    frame = pd.DataFrame({"asset": [f"a{separator}=1+1"], "loss": [0.5]})
    rows = list(csv.reader(io.StringIO(spreadsheet.to_csv(frame)), delimiter=separator))
    assert not any(runs(cell) for row in rows for cell in row)


def test_numbers_stay_numbers_and_the_table_stays_as_it_was():
    frame = pd.DataFrame({"=a": ["+x", None], "loss": [-0.25, np.nan]})
    assert spreadsheet.to_csv(frame) == "'=a,loss\n'+x,-0.25\n,\n"
    assert list(frame) == ["=a", "loss"]
    assert frame["=a"][0] == "+x"
    assert spreadsheet.to_csv(pd.DataFrame({"x": [1 / 3]}), digits=3) == "x\n0.333\n"


def test_categories_are_guarded_too():
    assert "'=s" in spreadsheet.to_csv(pd.DataFrame({"s": pd.Categorical(["=s", "t"])}))


def test_paths_and_numbers_leave_guarded():
    tickers = ("=1+1", "@A", "ok")
    drawn = Scenarios(
        log_returns=np.zeros((2, 3, 3), dtype=np.float32),
        tickers=tickers,
        start=pd.Timestamp("2022-12-28"),
        label="=x",
        seed=0,
        market_digest="a",
        step=DAILY,
    )
    rows = list(csv.reader(io.StringIO(paths.to_csv(drawn).decode())))
    assert rows[0] == ["path", "step", "date", "'=1+1", "'@A", "ok", "status"]
    assert list(spreadsheet.read_csv(io.BytesIO(paths.to_csv(drawn)))[[*tickers]]) == list(tickers)
    assert b"'=who" in numbers.to_csv(pd.DataFrame({"generator": ["=who"], "value": [1.0]}))


@pytest.mark.parametrize("name", [name for name in HOSTILE if name == " ".join(name.split()) and name.isprintable()])
def test_files_of_ours_are_read_with_the_names_that_they_had(name):
    """Prices, statements and holdings: the readers of all of them take the cells from here."""
    days = pd.date_range("2020-01-01", periods=4).strftime("%Y-%m-%d")
    prices = pd.DataFrame({"date": days, name: [1.5, 2.5, 3.5, 4.5], "B": [2.5, 3.5, 4.5, 5.5]})
    cells = read_cells(spreadsheet.to_csv(prices).encode(), "prices.csv").frame
    assert list(cells.iloc[0]) == ["date", name, "B"]
    held = pd.DataFrame({"position": [name, "B"], "weight": [0.5, 0.5]})
    lines = lines_of(spreadsheet.to_csv(held).encode(), "holdings.csv")
    assert [line.cells[0] for line in lines] == ["position", name, "B"]


def test_nothing_else_writes_csv():
    """One place writes CSV; stores of numbers whose names are FinGen's own may use the standard library."""
    calls = [
        at(path, number)
        for path in python_files()
        if "fingen_core" in path.relative_to(ROOT).parts and path.name != "spreadsheet.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\.to_csv\(|\.to_excel\(", line)
        and not re.search(r"\b(spreadsheet|numbers|paths)\.to_csv\(", line)
    ]
    assert calls == []

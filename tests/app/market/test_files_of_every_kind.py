"""Files as programs write them, one after the other on the Market page: each read right, asked about, or refused."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.settings import ASSETS

N = 320
DAYS = pd.bdate_range("2016-03-01", periods=N)
_MOVES = np.random.default_rng(4).normal(0, 0.011, (N, 2))
PRICES = pd.DataFrame(80 * np.exp(_MOVES.cumsum(axis=0)), index=DAYS, columns=["AAA", "BBB"]).round(4)


@dataclass(frozen=True)
class Case:
    """A file, and what the page must say of it: what stands in its table, a question (or one of both), or a refusal."""

    name: str
    data: bytes
    truth: pd.DataFrame | None = None
    asks: str = ""
    refuses: str = ""
    told: str = ""


def _text(header: str, rows: list[str]) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def _lines(form: str = "%Y-%m-%d", separator: str = ",", write: Callable[[float], str] = str) -> list[str]:
    return [f"{day.strftime(form)}{separator}{write(a)}{separator}{write(b)}" for day, a, b in PRICES.itertuples()]


def _dated(days: pd.DatetimeIndex, form: str = "%Y-%m-%d") -> bytes:
    return _text("Date,AAA,BBB", [f"{d.strftime(form)},{a},{b}" for d, a, b in _on(days).itertuples()])


def _on(days: pd.DatetimeIndex) -> pd.DataFrame:
    """The same prices on other days."""
    return PRICES.set_axis(days, axis=0)


def _point(value: float) -> str:
    """Whole numbers with a point for thousands: 79695 is "79.695"."""
    return f"{round(1000 * value):,}".replace(",", ".")


def _workbook(*sheets: tuple[str, str, pd.DataFrame | None]) -> bytes:
    """Sheets by name, state and table; without a table they hold a note."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, state, table in sheets:
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        rows = [["Note"], ["For internal use"]] if table is None else [["Date", *table.columns], *table.itertuples()]
        for row in rows:
            sheet.append([cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell for cell in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _zones() -> bytes:
    """One row per asset and day, each in its own time zone."""
    rows = []
    for day, a, b in PRICES.itertuples():
        rows += [f"{day:%Y-%m-%d} 00:00:00-05:00,AAA,{a}", f"{day:%Y-%m-%d} 00:00:00+09:00,BBB,{b}"]
    return _text("Date,Ticker,Close", rows)


def _french() -> tuple[bytes, pd.DataFrame]:
    """Field names in French, decimal commas, Latin letters; and its closes."""
    open_, close = PRICES["AAA"].round(2), (PRICES["AAA"] * 1.002).round(2)
    table = pd.DataFrame({"Ouverture": open_, "Plus haut": open_ * 1.01, "Plus bas": open_ * 0.99, "Clôture": close})
    text = table.round(2).assign(Volume=874166).to_csv(sep=";", decimal=",", date_format="%d/%m/%Y", index_label="Date")
    return text.encode("cp1252"), close.to_frame("french")


def _cases() -> list[Case]:
    once = PRICES[["AAA"]]
    monthly = pd.DatetimeIndex(pd.date_range("1985-01-01", periods=N, freq="MS"))
    halves = [f"{d:%Y-%m-%d} 00:00:00,,{b}\n{d:%Y-%m-%d} 05:00:00,{a}," for d, a, b in PRICES.itertuples()]
    fields = [f"{d:%Y-%m-%d},{a},{b},{a * 1.01:.4f},{b * 1.01:.4f},1000,2000" for d, a, b in PRICES.itertuples()]
    french, closes = _french()
    past = DAYS - pd.DateOffset(years=52)
    percent = (PRICES * 0).assign(AAA=_MOVES[:, 0] * 6.5, BBB=_MOVES[:, 1] * 6.5).round(3)
    late = PRICES.astype(object)
    late.iloc[:170, 1] = "#VALUE!"
    old = PRICES * 2
    return [
        Case("paris.csv", _text("Date,AAA,BBB", _lines("%Y-%m-%d 00:00:00+01:00")), PRICES),
        Case("zones.csv", _zones(), PRICES),
        Case(
            "yahoo.csv",
            _text("Price,Close,Close,High,High,Volume,Volume\nTicker,AAA,BBB,AAA,BBB,AAA,BBB\nDate,,,,,,", fields),
            PRICES,
            told="4 of 7 columns left out",
        ),
        Case("french.csv", french, closes),
        Case(
            "bulk.txt",
            _text(
                "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
                [f"AAA,D,{d:%Y%m%d},000000,{a},{a * 1.01:.4f},{a * 0.99:.4f},{a},100,0" for d, a in once.itertuples()],
            ),
            once,
        ),
        Case("point.csv", _text("Datum;AAA;BBB", _lines("%d.%m.%Y", ";", _point)), asks="is 7"),
        Case("percent.csv", percent.to_csv(index_label="Date").encode(), percent / 100, asks="is a return of"),
        Case("months.csv", _dated(monthly, "%d/%m/%Y"), _on(monthly)),
        Case("years.csv", _dated(past, "%m/%d/%y"), _on(past)),
        Case("future.csv", _dated(DAYS + pd.DateOffset(years=75)), refuses="lies after today"),
        Case("year-one.csv", _text("Date,AAA,BBB", ["0001-01-01,1,2"] * 300), refuses="lies before 1800"),
        Case("halves.csv", _text("Date,AAA,BBB", halves), PRICES),
        Case("late.csv", late.to_csv(index_label="Date").encode(), told='"\\#VALUE!" 170 times'),
        Case(
            "hidden.xlsx",
            _workbook(("archive", "hidden", old), ("Now", "visible", PRICES)),
            PRICES,
            told="hidden and not read: archive",
        ),
        Case("notes.xlsx", _workbook(("Notes", "visible", None), ("Now", "visible", PRICES)), PRICES, told="sheet Now"),
        Case("broken.xlsx", b"PK\x03\x04" + bytes(range(200)), refuses="broken.xlsx"),
    ]


@pytest.fixture(scope="module")
def page() -> AppTest:
    """One visit for all files, one after the other, as a person with many would."""
    at = AppTest.from_file(str(ASSETS.parent / "streamlit_app.py"), default_timeout=60)
    at.session_state["market_source"] = "upload"
    return at.switch_page("pages/data/market.py").run()


def _texts(at: AppTest) -> str:
    return "\n".join(str(box.value) for box in [*at.markdown, *at.caption])


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.name)
def test_a_file_is_read_right_asked_about_or_refused(page: AppTest, case: Case) -> None:
    page.file_uploader[0].set_value((case.name, case.data, "")).run()
    assert not page.exception
    tables = [each.value for each in page.dataframe if "Volatility" in each.value.columns]
    questions = [radio for radio in page.radio if str(radio.key).startswith("market_reading_")]
    if case.refuses:
        assert len(page.error) == 1
        assert case.refuses in page.error[0].value
        assert not tables
        return
    assert not page.error
    assert case.told in _texts(page)
    if case.asks and (questions or case.truth is None):
        assert len(questions[0].options) == 2
        assert all(case.asks in option for option in questions[0].options)
        assert not tables
        return
    assert not questions
    if case.truth is not None:
        _same(tables[0], case.truth)


def _same(look: pd.DataFrame, truth: pd.DataFrame) -> None:
    assert list(look["Asset"]) == list(truth.columns)
    assert set(look["From"]) == {truth.index[0]}
    assert set(look["To"]) == {truth.index[-1]}
    np.testing.assert_allclose(look["First"], truth.iloc[0])
    np.testing.assert_allclose(look["Last"], truth.iloc[-1])
    assert set(look["Missing"]) == {0}

"""Files on the Market page: what is asked before anything is used, what is seen of it, and what is repaired."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.errors import InvalidInput
from fingen_core.market import library, upload
from fingen_core.market.upload.answer import Answer, Reading
from fingen_core.settings import ASSETS


@pytest.fixture
def page() -> AppTest:
    at = AppTest.from_file(str(ASSETS.parent / "streamlit_app.py"), default_timeout=60)
    at.session_state["market_source"] = "upload"
    return at.switch_page("pages/data/market.py").run()


def _give(at: AppTest, data: bytes, name: str = "mine.csv") -> AppTest:
    at.file_uploader[0].set_value((name, data, "text/csv")).run()
    assert not at.exception
    return at


def _texts(at: AppTest) -> str:
    boxes = [*at.markdown, *at.caption, *at.error, *at.warning, *at.info, *at.subheader]
    return "\n".join(str(box.value) for box in boxes)


def _widget(at: AppTest, beginning: str) -> Any:
    widgets = [*at.radio, *at.selectbox, *at.button, *at.multiselect]
    return next((each for each in widgets if each.key and each.key.startswith(beginning)), None)


def _do(at: AppTest, beginning: str, value: Any = None) -> AppTest:
    widget = _widget(at, beginning)
    (widget.click() if value is None else widget.set_value(value)).run()
    assert not at.exception
    return at


def _look(at: AppTest) -> pd.DataFrame:
    """The table of assets as they were read."""
    tables: list[pd.DataFrame] = [each.value for each in at.dataframe if "Volatility" in each.value.columns]
    return tables[0]


def _found(at: AppTest) -> str:
    """What the quality report says."""
    return "\n".join(at.table[0].value["What was found"])


def _moves(n: int, *sds: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, (n, len(sds))) * np.array(sds)


def _prices(moves: np.ndarray, start: str = "2016-03-01") -> pd.DataFrame:
    dates = pd.bdate_range(start, periods=len(moves), name="Date")
    return pd.DataFrame(80 * np.exp(moves.cumsum(axis=0)), index=dates, columns=["AAA", "BBB", "CCC"][: moves.shape[1]])


def _csv(table: pd.DataFrame) -> bytes:
    return str(table.to_csv()).encode()


def _used(at: AppTest) -> pd.DataFrame:
    _do(at, "market_use")
    return library.load(at.session_state["market_digest"]).prices


# -- one question ------------------------------------------------------------------------------------------------------


def _two_readings(data: bytes, name: str, **_: Any) -> Answer:
    """As a reader answers that cannot tell whether 4.782 is four thousand; the file differs by its first byte."""
    values = _prices(_moves(320, 0.01, 0.02, seed=data[0])).round(3)
    mapping = upload.Mapping(layout="wide", date="Datum", date_pattern="%d.%m.%Y", columns=("AAA", "BBB"), decimal=",")
    thousands = Reading(label="80.000 is 80,000", mapping=mapping, values=values * 1000)
    decimals = Reading(label="80.000 is 80", mapping=replace(mapping, decimal="."), values=values, told=("nothing",))
    table = values.astype(str).reset_index(names="Datum")
    return Answer(name=name, table=table, readings=(thousands, decimals), question="Is the point a thousands mark?")


def test_nothing_is_used_before_the_one_question_is_answered(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "understand", _two_readings)
    _give(page, b"a: asked")
    question = _widget(page, "market_reading_")
    assert (question.value, question.options) == (None, ["80.000 is 80,000", "80.000 is 80"])
    captions = "\n".join(question.proto.captions)
    values = _prices(_moves(320, 0.01, 0.02, seed=ord("a"))).round(3)
    first, last = values["AAA"].iloc[0], values["AAA"].iloc[-1]
    assert f"AAA: {1000 * first:,.6g} on 2016-03-01 to {1000 * last:,.6g} on 2017-05-22" in captions
    assert f"AAA: {first:,.6g} on 2016-03-01 to {last:,.6g} on 2017-05-22" in captions
    volatility = np.diff(np.log(values["AAA"])).std(ddof=1) * np.sqrt(252)
    assert captions.count(f"{100 * volatility:.3g} % a year") == 2
    assert "Is the point a thousands mark?" in _texts(page)
    assert "Nothing is used before you choose" in _texts(page)
    assert not page.get("plotly_chart")
    assert _widget(page, "market_use") is None
    _do(page, "market_reading_", 1)
    np.testing.assert_allclose(_used(page), values)


def test_the_answer_is_remembered_for_its_file_and_no_other(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "understand", _two_readings)
    _give(page, b"b: asked")
    _do(page, "market_reading_", 0)
    assert page.get("plotly_chart")
    page.switch_page("pages/model/runs.py").run()
    page.switch_page("pages/data/market.py").run()
    assert _widget(page, "market_reading_").value == 0
    assert page.get("plotly_chart")
    _give(page, b"c: asked")
    assert _widget(page, "market_reading_").value is None
    assert not page.get("plotly_chart")


def test_a_file_is_read_once_however_often_somebody_clicks(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(data: bytes, name: str, **how: Any) -> Answer:
        read.append(name)
        return _two_readings(data, name, **how)

    monkeypatch.setattr(upload, "understand", counted)
    _give(page, b"d: asked")
    _do(page, "market_reading_", 1)
    _do(page, "market_currency_", "EUR")
    _do(page, "market_reading_", 0)
    assert read == ["mine.csv"]


# -- sheets ------------------------------------------------------------------------------------------------------------


def _workbook(data: bytes, name: str, *, sheet: str = "", **_: Any) -> Answer:
    sheets = ("Prices", "Old prices", "Notes")
    if sheet == "Notes":
        raise InvalidInput("sheet Notes of mine.xlsx holds no table: choose another sheet")
    values = _prices(_moves(320, 0.01, 0.02, seed=7 if sheet == "Old prices" else 8))
    mapping = upload.Mapping(layout="wide", date="Date", date_pattern="ISO8601", columns=("AAA", "BBB"))
    return Answer(
        name=name,
        table=values.astype(str).reset_index(),
        readings=(Reading(label="", mapping=mapping, values=values),),
        sheet=sheet or sheets[0],
        sheets=sheets,
    )


def test_the_sheet_is_named_and_another_can_be_chosen(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "understand", _workbook)
    _give(page, b"a workbook")
    sheet = _widget(page, "market_sheet_")
    assert (sheet.value, sheet.options) == ("Prices", ["Prices", "Old prices", "Notes"])
    assert "mine.csv, sheet Prices" in _texts(page)
    _do(page, "market_sheet_", "Notes")
    assert "sheet Notes of mine.xlsx holds no table" in page.error[0].value
    _do(page, "market_sheet_", "Old prices")
    np.testing.assert_allclose(_used(page), _prices(_moves(320, 0.01, 0.02, seed=7)))


# -- the look before use -----------------------------------------------------------------------------------------------


def _simple_returns(data: bytes, name: str, **_: Any) -> Answer:
    """Returns that are taken as they stand."""
    table = upload.read(data, name)
    mapping = upload.Mapping(
        layout="wide", date="Date", date_pattern="ISO8601", columns=("AGG", "BBB"), values="simple returns"
    )
    return Answer(name=name, table=table, readings=(upload.reread(table, mapping, name),))


def test_what_was_read_stands_beside_what_is_usual(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "understand", _simple_returns)
    returns = pd.DataFrame(_moves(320, 0.07, 0.2), index=pd.bdate_range("2016-03-01", periods=320, name="Date"))
    returns.columns = ["AGG", "BBB"]
    returns.iloc[:40, 1] = np.nan
    _give(page, _csv(returns), "funds.csv")
    assert "**2 assets on 320 dates, from 320 rows of 3 columns** · Daily, 252 steps a year" in _texts(page)
    table = _look(page)
    assert list(table["Asset"]) == ["AGG", "BBB"]
    assert list(table["Missing"]) == [0, 40]
    assert list(table["From"].dt.strftime("%Y-%m-%d")) == ["2016-03-01", "2016-04-26"]
    np.testing.assert_allclose(table["First"], [returns["AGG"].iloc[0], returns["BBB"].iloc[40]])
    np.testing.assert_allclose(table["Volatility"].iloc[0], 100 * np.log1p(returns["AGG"]).std() * np.sqrt(252))
    assert list(table["Usual"]) == ["bond funds: 0.4 to 35 %", ""]
    doubts = [warning.value for warning in page.warning]
    assert [doubt[:9] for doubt in doubts] == ["AGG moves", "BBB moves"]
    assert all("Are the returns in percent?" in doubt for doubt in doubts)
    _do(page, "market_values_", ("simple returns", True))
    assert not page.warning


# -- repairs -----------------------------------------------------------------------------------------------------------


def test_a_day_of_returns_that_stands_twice_counts_once(page: AppTest) -> None:
    moves = _moves(320, 0.01, 0.01)
    moves[150] = np.log([0.88, 0.90])
    returns = np.expm1(_prices(moves) * 0 + moves)
    _give(page, _csv(pd.concat([returns, returns.iloc[[150]]]).sort_index()), "twice.csv")
    assert "The rows agree, and each day counts once" in _found(page)
    _do(page, "market_mend")
    used = np.log(_used(page)).diff().iloc[1:]
    np.testing.assert_allclose(used, moves, atol=1e-9)
    np.testing.assert_allclose(np.expm1(used.loc[returns.index[150]]), [-0.12, -0.10])


def test_disjoint_histories_are_told_and_may_be_kept_the_other_way(page: AppTest) -> None:
    prices = _prices(_moves(1200, 0.01, 0.01, 0.01), "2003-01-01").set_axis(["OLD", "AAA", "NEW"], axis=1)
    prices.iloc[450:, 0] = np.nan
    prices.iloc[:521, 2] = np.nan
    _give(page, _csv(prices), "apart.csv")
    assert "OLD ends on 2004-09-21 before NEW begins on 2004-12-30" in _found(page)
    assert page.get("plotly_chart")
    choice = _widget(page, "market_choice_disjoint OLD")
    assert choice.options == ["drop OLD", "keep OLD, give up NEW"]
    _do(page, "market_choice_disjoint OLD", "cut end")
    _do(page, "market_mend")
    used = _used(page)
    assert (list(used.columns), len(used)) == (["OLD", "AAA"], 450)


def test_a_split_is_mended_or_kept_as_somebody_chooses(page: AppTest) -> None:
    moves = _moves(320, 0.01, 0.01)
    prices = _prices(moves)
    prices.iloc[200:, 0] *= 200
    _give(page, _csv(prices), "split.csv")
    day = f"{prices.index[200]:%Y-%m-%d}"
    assert f"mend AAA's 1:200 split of {day}: prices before it times 200" in _texts(page)
    _do(page, f"market_choice_jumps AAA {day}", "keep")
    assert _widget(page, "market_mend") is None
    _do(page, "market_use")
    market = library.load(page.session_state["market_digest"])
    assert market.source.accepted == (f"jumps AAA {day}",)
    _do(page, f"market_choice_jumps AAA {day}", "mend split")
    _do(page, "market_mend")
    np.testing.assert_allclose(np.diff(np.log(_used(page)), axis=0), moves[1:], atol=1e-9)


def test_a_late_asset_stays_in_sight_with_what_it_would_cost(page: AppTest) -> None:
    prices = _prices(_moves(320, 0.01, 0.01))
    prices.iloc[:170, 1] = np.nan
    _give(page, _csv(prices), "late.csv")
    assert list(_look(page)["Asset"]) == ["AAA", "BBB"]
    choice = _widget(page, "market_choice_late start BBB")
    assert choice.options == ["drop BBB", f"keep BBB, start on {prices.index[170]:%Y-%m-%d}"]
    assert choice.proto.captions[1].startswith("gives up 170 of 320 dates")
    _do(page, "market_choice_late start BBB", "cut start")
    assert "Only 150 dates common to 2 assets" in _texts(page)


def test_a_cut_through_a_crisis_says_so(page: AppTest) -> None:
    prices = _prices(_moves(1500, 0.01), "2006-01-02")
    prices.iloc[900:918, 0] = prices.iloc[900, 0]
    _give(page, _csv(prices), "flat.csv")
    remedy = page.table[0].value["Remedy"].iloc[0]
    assert remedy.startswith(
        f"start on {prices.index[918]:%Y-%m-%d}: gives up 918 of 1,500 dates: 3.5 years with Quant"
    )
    assert "Quant meltdown" in _texts(page)


# -- one series, and percent signs -------------------------------------------------------------------------------------


def test_the_asset_of_a_file_with_one_series_can_be_named(page: AppTest) -> None:
    prices = _prices(_moves(320, 0.01)).rename(columns={"AAA": "Close"})
    _give(page, _csv(prices), "export (3).csv")
    (field,) = [each for each in page.text_input if each.label == "Name of the asset"]
    assert field.value == "export (3)"
    field.set_value("AAPL").run()
    assert not page.exception
    assert list(_look(page)["Asset"]) == ["AAPL"]
    assert list(_look(page).columns[:2]) == ["Asset", "Volatility"]  # what a narrow screen shows
    (field,) = [each for each in page.text_input if each.label == "Name of the asset"]
    field.set_value("A*A").run()
    assert "as the name of a series holds" in _texts(page)
    (field,) = [each for each in page.text_input if each.label == "Name of the asset"]
    field.set_value("KO").run()
    assert list(_used(page).columns) == ["KO"]


def test_files_of_several_series_keep_the_names_of_their_columns(page: AppTest) -> None:
    _give(page, _csv(_prices(_moves(320, 0.01, 0.01))))
    assert not [each for each in page.text_input if each.label == "Name of the asset"]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("{:.2f}%", "Percent signs: -0.35 % is read as -0.0035"),
        ("{:.2f} %", "Percent signs: -0.35 % is read as -0.0035"),
    ],
)
def test_percent_signs_are_told_in_words(page: AppTest, form: str, told: str) -> None:
    moves = 100 * _prices(_moves(320, 0.01, 0.02)).pct_change().dropna()
    moves.iloc[0, 0] = -0.35
    _give(page, _csv(moves.map(form.format)))
    assert told in _texts(page)
    assert _look(page)["First"].iloc[0] == pytest.approx(-0.0035)


def test_signs_on_some_numbers_say_on_how_many(page: AppTest) -> None:
    moves = (100 * _prices(_moves(320, 0.01, 0.02)).pct_change().dropna()).map("{:.2f}%".format)
    moves.iloc[5, 0] = "0.0012"
    _give(page, _csv(moves))
    assert "Percent signs on 637 of 638 numbers: " in _texts(page)


@pytest.mark.parametrize(("n_days", "verdict"), [(320, "Fit to use"), (700, "Fit to learn from")])
def test_a_market_too_short_for_a_model_is_not_said_to_be_fit_to_learn_from(
    page: AppTest, n_days: int, verdict: str
) -> None:
    words = _texts(_give(page, _csv(_prices(_moves(n_days, 0.01, 0.012)).round(4))))
    assert f"**{verdict}**" in words
    assert ("but a model needs 500" in words) == (n_days < 500)

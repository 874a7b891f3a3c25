"""The look before use: size, spans, volatilities beside what is usual, and the likeliest cause of what is not."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.market.upload.answer import Answer, Reading
from fingen_core.market.upload.mapping import Mapping, Values
from fingen_core.market.upload.plausibility import Plausibility, band_of, plausible, span_text


def _values(sds: dict[str, float], n: int = 500, freq: str = "B", seed: int = 0) -> pd.DataFrame:
    moves = np.random.default_rng(seed).normal(0, 1, (n, len(sds))) * np.array(list(sds.values()))
    dates = pd.date_range("2005-01-03", periods=n, freq=freq)
    return pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), index=dates, columns=list(sds))


def _look(values: pd.DataFrame, kind: Values = "prices", told: tuple[str, ...] = ()) -> Plausibility:
    columns = tuple(map(str, values.columns))
    mapping = Mapping(layout="wide", date="Date", date_pattern="ISO8601", columns=columns, values=kind)
    table = pd.DataFrame("", index=range(len(values)), columns=["Date", *columns, "Volume"])
    reading = Reading(label="", mapping=mapping, values=values, told=told)
    return plausible(Answer(name="mine.csv", table=table, readings=(reading,)), reading)


def test_size_spans_and_step() -> None:
    values = _values({"AAA": 0.01, "BBB": 0.02})
    values.iloc[:100, 1] = np.nan
    look = _look(values, told=("1 of 4 columns left out: Volume",))
    assert look.size == "2 assets on 500 dates, from 500 rows of 4 columns"
    assert look.frequency == "Daily, 252 steps a year"
    assert look.told == ("1 of 4 columns left out: Volume",)
    late = look.assets[1]
    assert (late.first_day, late.first_value) == (values.index[100], values.iloc[100, 1])
    assert (late.last_day, late.last_value, late.n_values, late.n_missing) == (
        values.index[-1],
        values.iloc[-1, 1],
        400,
        100,
    )
    expected = np.diff(np.log(values["BBB"].iloc[100:])).std(ddof=1) * np.sqrt(252)
    assert late.volatility == pytest.approx(expected)
    assert span_text(late).startswith(f"{late.first_value:,.6g} on {values.index[100]:%Y-%m-%d} to ")
    assert look.doubts == ()


@pytest.mark.parametrize(
    ("freq", "words", "per_year"),
    [("ME", "Monthly, 12 steps a year", 12), ("W-FRI", "Weekly, 52 steps a year", 52), ("D", "Daily, 365", 365)],
)
def test_volatility_goes_by_the_step(freq: str, words: str, per_year: int) -> None:
    values = _values({"AAA": 0.03}, n=400, freq=freq)
    look = _look(values)
    assert look.frequency.startswith(words)
    moves = np.diff(np.log(values["AAA"]))
    assert look.assets[0].volatility == pytest.approx(moves.std(ddof=1) * np.sqrt(per_year))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("AGG", "bond funds"),
        ("US Treasury 20+", "bond funds"),
        ("EURUSD=X", "currencies"),
        ("EUR/CHF", "currencies"),
        ("BTC-USD", "crypto currencies"),
        ("CL=F", "commodities"),
        ("Gold", "commodities"),
        ("BIL", "money markets"),
        ("VIX", "volatility indices"),
        ("AAPL", ""),
        ("MSFT US Equity", ""),
        ("Goldman Sachs", ""),
        ("Bondholm AB", ""),
        ("Shyft Group", ""),
    ],
)
def test_a_name_tells_the_kind_or_nothing(name: str, kind: str) -> None:
    assert band_of(name).name == kind


def test_returns_of_a_bond_fund_a_hundred_times_too_large_are_doubted_with_the_cause() -> None:
    rng = np.random.default_rng(1)
    values = pd.DataFrame({"AGG": rng.normal(0, 0.07, 400)}, index=pd.bdate_range("2016-03-01", periods=400))
    (doubt,) = _look(values, "simple returns").doubts
    assert doubt.startswith("AGG moves 102.2 % a year")
    assert "bond funds have 0.4 to 35 %. Are the returns in percent?" in doubt
    assert _look(values / 100, "simple returns").doubts == ()


def test_a_mixture_of_marks_is_doubted() -> None:
    values = _values({"AAA": 0.01, "BBB": 0.01})
    values.iloc[::7, 0] /= 1000
    (doubt,) = _look(values).doubts
    assert "Were decimal and thousands marks mixed" in doubt


def test_numbers_that_hardly_move_are_doubted() -> None:
    (doubt,) = _look(_values({"AAA": 0.0001})).doubts
    assert doubt.startswith("AAA moves 0.1")
    assert "Is this an interest rate or a return rather than a price?" in doubt
    monthly = _values({"AAA": 0.002}, n=25, freq="ME").reindex(
        pd.bdate_range("2005-02-01", "2006-12-29"), method="ffill"
    )
    (filled,) = _look(monthly.dropna()).doubts
    assert "are these monthly numbers filled into days?" in filled


def test_text_repeated_days_and_columns_without_a_number_do_not_stop_the_look() -> None:
    values = _values({"AAA": 0.01, "BBB": 0.01}).astype(object)
    values.iloc[3, 0] = "soon"
    values["CCC"] = "none"
    look = _look(pd.concat([values, values.iloc[[5]]]))
    assert [asset.n_values for asset in look.assets] == [500, 501, 0]
    assert span_text(look.assets[2]) == "no number"
    table = look.table()
    assert list(table["Asset"]) == ["AAA", "BBB", "CCC"]
    assert np.isnan(table["Volatility"].iloc[2])
    assert look.size.startswith("3 assets on 500 dates")

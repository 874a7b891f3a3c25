"""Files as programs export them: each is read right, asked about or refused, and never read wrong in silence."""

import io
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market import upload
from fingen_core.market.parsing import to_numbers

N = 320
TODAY = date(2026, 5, 29)


def _known(size: float = 80.0, digits: int = 4, start: str = "2016-03-01", freq: str = "B", n: int = N) -> pd.DataFrame:
    """Prices of AAA and BBB that every test writes down in its own way."""
    rng = np.random.default_rng(11)
    index = pd.date_range(start, periods=n, freq=freq, name="Date")
    moves = rng.normal(0, 0.011, (n, 2)).cumsum(axis=0)
    return pd.DataFrame((size * np.exp(moves)).round(digits), index=index, columns=["AAA", "BBB"])


def _read(data: bytes | str, name: str = "file.csv") -> upload.Answer:
    return upload.understand(data.encode() if isinstance(data, str) else data, name, today=TODAY)


def _only(data: bytes | str, name: str = "file.csv") -> upload.Reading:
    answer = _read(data, name)
    assert (len(answer.readings), answer.question) == (1, "")
    return answer.readings[0]


def _same(reading: upload.Reading, truth: pd.DataFrame, names: list[str] | None = None) -> None:
    values = reading.values
    assert list(values.columns) == (names or list(truth.columns))
    assert list(values.index) == list(truth.index)
    np.testing.assert_allclose(values.to_numpy(float), truth.to_numpy(float), rtol=1e-12)


def _lines(prices: pd.DataFrame, day: Callable[[pd.Timestamp], str], cells: str = "{!r}", by: str = ",") -> str:
    return "\n".join(by.join([day(when), *(cells.format(each) for each in row)]) for when, *row in prices.itertuples())


def _iso(day: pd.Timestamp) -> str:
    return f"{day:%Y-%m-%d}"


def _bars(close: pd.Series) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    opened = close.shift(1, fill_value=close.iloc[0]) * (1 + rng.normal(0, 0.001, len(close)))
    edges = pd.concat([opened, close], axis=1)
    bars = {"open": opened, "high": edges.max(axis=1) * 1.004, "low": edges.min(axis=1) * 0.996, "close": close}
    return pd.DataFrame(bars).round(2)


# -- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Paris", "Asia/Seoul", "Pacific/Auckland", "UTC"])
def test_a_day_is_the_local_calendar_day_of_its_offset(zone: str) -> None:
    prices = _known()
    _same(_only(prices.tz_localize(zone).to_csv()), prices)


def test_each_row_of_a_long_file_has_its_own_zone() -> None:
    prices = _known()
    rows = [
        f"{day:%Y-%m-%d} 00:00:00{offset},{name},{prices.loc[day, name]}"
        for day in prices.index
        for name, offset in (("AAA", "-05:00"), ("BBB", "+09:00"))
    ]
    _same(_only("Date,Ticker,Close\n" + "\n".join(rows)), prices)


@pytest.mark.parametrize("start", ["1927-02-03", "1964-02-03", "1999-06-01", "2019-06-03"])
@pytest.mark.parametrize("form", ["%m/%d/%y", "%d.%m.%y", "%d-%b-%y"])
@pytest.mark.parametrize("step", [1, -1])
def test_years_of_two_digits_follow_the_order_of_the_file_and_are_never_in_the_future(
    start: str, form: str, step: int
) -> None:
    prices = _known(start=start)
    _same(_only("Date,AAA,BBB\n" + _lines(prices[::step], lambda day: f"{day:{form}}")), prices)


def test_a_century_of_years_of_two_digits_runs_on() -> None:
    prices = _known(start="1931-01-31", freq="ME", n=1_100)
    _same(_only("Date,AAA,BBB\n" + _lines(prices, lambda day: f"{day:%m/%d/%y}")), prices)


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y"])
def test_the_first_of_the_month_is_told_by_the_pace_of_the_file(form: str) -> None:
    prices = _known(start="1985-01-01", freq="MS", n=300)
    _same(_only("Date,AAA,BBB\n" + _lines(prices, lambda day: f"{day:{form}}")), prices)


def test_days_that_may_be_months_are_asked_about() -> None:
    days = pd.date_range("2015-02-01", periods=12)
    prices = _known(n=12).set_axis(days, axis=0)
    answer = _read("Date,AAA,BBB\n" + _lines(prices, lambda day: f"{day:%d/%m/%Y}"))
    assert answer.question == "Which is the day and which the month?"
    assert [list(reading.values.index) == list(days) for reading in answer.readings].count(True) == 1


@pytest.mark.parametrize(
    "write",
    [
        lambda day: f"{day:%Y%m}",
        lambda day: f"{day:%Y.%m}",
        lambda day: f"{day:%Y.%m}".rstrip("0") if day.month == 10 else f"{day:%Y.%m}",  # 1871.1 is October
        lambda day: f"{day:%b %Y}",
        lambda day: f"{day:%b-%y}",
        lambda day: f"{day:%m/%Y}",
        lambda day: f"{day:%Y-%m}",
        lambda day: f"{day:%Y}M{day:%m}",
    ],
)
def test_months_are_their_last_day(write: Callable[[pd.Timestamp], str]) -> None:
    prices = _known(start="1971-01-31", freq="ME", n=500)
    _same(_only("Date,AAA,BBB\n" + _lines(prices, write)), prices)


MONTHS = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gen feb mar apr mag giu lug ago set ott nov dic",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "pt": "jan fev mar abr mai jun jul ago set out nov dez",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
}


@pytest.mark.parametrize("names", MONTHS.values(), ids=MONTHS)
def test_names_of_months(names: str) -> None:
    prices, months = _known(), names.split()
    text = _lines(prices, lambda day: f"{day.day}. {months[day.month - 1]} {day.year}")
    _same(_only("Data,AAA,BBB\n" + text), prices)


def test_rows_of_a_day_that_complete_each_other_are_one_day() -> None:
    prices = _known()
    rows = [f"{day:%Y-%m-%d} 00:00:00,{row.AAA},\n{day:%Y-%m-%d} 05:00:00,,{row.BBB}" for day, row in prices.iterrows()]
    reading = _only("Date,AAA,BBB\n" + "\n".join(rows))
    _same(reading, prices)
    assert reading.faults == ()


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ("2091-05-01", 'row 2, column Date: "2091-05-01" lies after today, 2026-05-29: correct the dates'),
        ("1621-05-03", 'row 2, column Date: "1621-05-03" lies before 1800: correct the dates'),
    ],
)
def test_days_that_nobody_can_know_are_refused(start: str, sentence: str) -> None:
    prices = _known()
    days = np.datetime64(start) + np.arange(N)
    text = "Date,AAA,BBB\n" + "\n".join(
        f"{day},{row[0]},{row[1]}" for day, row in zip(days, prices.values, strict=True)
    )
    with pytest.raises(InvalidInput, match="lies") as caught:
        _read(text)
    assert sentence in str(caught.value)


# -- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "by", "right"),
    [
        ("{:,.0f}", "\t", "whole"),  # 4,782
        ("{:_.0f}", ";", "whole"),  # 4.782, see below
        ("{:.3f}", ",", "decimals"),  # 79.695
    ],
)
def test_three_digits_behind_one_mark_are_asked_about(cells: str, by: str, right: str) -> None:
    prices = _known(size=4_800.0, digits=0) if right == "whole" else _known(digits=3)
    text = _lines(prices, _iso, cells, by).replace("_", ".")
    answer = _read(by.join(["Date", "AAA", "BBB"]) + "\n" + text)
    assert answer.question == "What do the numbers of this file mean?"
    offers = [reading.values.to_numpy(float) for reading in answer.readings]
    assert [np.allclose(offer, prices) for offer in offers].count(True) == 1
    assert np.allclose(
        np.sort([offer[0, 0] for offer in offers])[1] / np.sort([offer[0, 0] for offer in offers])[0], 1e3
    )


def test_one_price_below_a_thousand_tells_thousands_from_decimals() -> None:
    prices = _known(size=1_000.0, digits=0)
    assert ((prices < 1_000) & (prices.shift() >= 1_000)).any().any()
    _same(_only("Date;AAA;BBB\n" + _lines(prices, _iso, "{:_.0f}", ";").replace("_", ".")), prices)


def test_another_column_tells_which_mark_a_file_has() -> None:
    prices = _known(size=4_800.0, digits=0)
    rows = [f"{_iso(day)};{row.AAA:_.0f};{row.BBB:_.0f};{i % 7},5 %" for i, (day, row) in enumerate(prices.iterrows())]
    _same(_only("Date;AAA;BBB;Var. %\n" + "\n".join(rows).replace("_", ".")), prices)


def test_columns_with_different_marks_are_refused() -> None:
    rows = [f"{_iso(day)};{row.AAA};{str(row.BBB).replace('.', ',')}" for day, row in _known().iterrows()]
    with pytest.raises(InvalidInput, match="column AAA has decimal points and column BBB decimal commas"):
        _read("Date;AAA;BBB\n" + "\n".join(rows))


@pytest.mark.parametrize("text", ["#N/A N/A", "#VALUE!", "-", "n.a.", ".", "null", "#N/A Requesting Data...", "#WERT!"])
def test_texts_for_missing_are_told_and_the_asset_stays(text: str) -> None:
    prices = _known(n=800)
    prices.iloc[:600, 1] = np.nan
    reading = _only(prices.to_csv(na_rep=text))
    _same(reading, prices)
    assert f'Taken for missing: "{text}" 600 times' in reading.told
    assert any(sentence.startswith("BBB lacks 75 % of the dates") for sentence in reading.told)


@pytest.mark.parametrize("code", [-99.99, -999, 9999, 99999])
def test_codes_for_missing_are_told(code: float) -> None:
    prices = _known()
    prices.iloc[:41, 0] = prices.iloc[201, 1] = np.nan
    reading = _only(prices.fillna(code).to_csv())
    _same(reading, prices)
    assert reading.missing == {f"{code:g}": 42}


def test_a_price_that_is_a_code_elsewhere_stays_a_price() -> None:
    prices = _known(size=10_000.0, digits=0)
    prices.iloc[17, 0] = prices.iloc[16, 0] = 9_999
    _same(_only(prices.to_csv()), prices)


# -- returns ---------------------------------------------------------------------------------------------------------


def _returns(yearly: float, n: int = N) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    return pd.DataFrame(rng.normal(0, yearly / 252**0.5, (n, 2)), _known(n=n).index, ["AAA", "BBB"])


@pytest.mark.parametrize(("yearly", "factor", "digits"), [(0.2, 1, 6), (0.2, 100, 4), (0.05, 1, 6), (0.9, 100, 2)])
def test_usual_returns_are_read(yearly: float, factor: int, digits: int) -> None:
    written = (_returns(yearly) * factor).round(digits)
    reading = _only(written.to_csv())
    assert (reading.mapping.values, reading.mapping.percent) == ("simple returns", factor == 100)
    _same(reading, written / factor)
    np.testing.assert_allclose(reading.prices().pct_change().iloc[1:], written / factor, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("yearly", "factor"), [(0.011, 100), (1.1, 1)])
def test_percent_of_a_quiet_asset_and_decimals_of_a_wild_one_are_asked_about(yearly: float, factor: int) -> None:
    written = (_returns(yearly) * factor).round(3)
    answer = _read(written.to_csv(), "assets.csv")
    assert answer.question == "What are the values of this file?"
    assert sorted(reading.mapping.percent for reading in answer.readings) == [False, True]
    assert [np.allclose(reading.values, written / factor) for reading in answer.readings].count(True) == 1


def test_a_file_says_that_its_returns_are_percent_or_logarithmic() -> None:
    written = (_returns(0.04) * 100).round(3)
    reading = _only("Daily log returns in percent\n\n" + written.to_csv())
    assert (reading.mapping.values, reading.mapping.percent) == ("log returns", True)


def test_a_day_that_stands_twice_among_returns_happened_once() -> None:
    returns = _returns(0.2).round(6)
    twice = pd.concat([returns.iloc[:151], returns.iloc[150:]])
    reading = _only(twice.to_csv())
    assert reading.faults == ("row 153, column Date: 2016-09-27 already stands in row 152, keep one of them",)
    np.testing.assert_allclose(reading.prices().pct_change().iloc[1:], returns, rtol=1e-9)


# -- headers and blocks ----------------------------------------------------------------------------------------------


def _many_fields(prices: pd.DataFrame) -> pd.DataFrame:
    """What Yahoo's package gives: fields and tickers over each other."""
    fields = {"Close": prices, "High": prices * 1.01, "Low": prices * 0.99, "Volume": prices * 0 + 1_000}
    return pd.concat(fields, axis=1, names=["Price", "Ticker"]).round(4)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("n_tickers", [1, 2])
def test_headers_of_several_rows(n_tickers: int, swapped: bool) -> None:
    prices = _known()[["AAA", "BBB"][:n_tickers]]
    table = _many_fields(prices)
    reading = _only((table.swaplevel(axis=1) if swapped else table).to_csv())
    _same(reading, prices)
    assert len(reading.left_out) == 3 * n_tickers


def test_the_adjusted_close_is_preferred_and_the_close_told() -> None:
    prices = _known()
    table = pd.concat({"Adj Close": prices, "Close": (prices * 1.07).round(4)}, axis=1)
    reading = _only(table.to_csv())
    _same(reading, prices)
    assert "2 of 5 columns left out: AAA Close, BBB Close" in reading.told


WORDS = {
    "de": "Datum Eröffnung Hoch Tief Schlusskurs Volumen",
    "fr": "Date Ouverture Plus+haut Plus+bas Clôture Volume",
    "es": "Fecha Apertura Máximo Mínimo Cierre Volumen",
    "it": "Data Apertura Massimo Minimo Ultimo Vol.",
    "pl": "Data Otwarcie Najwyższy Najniższy Zamknięcie Wolumen",
    "pt": "Data Abertura Máxima Mínima Fechamento Volume",
    "nl": "Datum Openen Hoog Laag Slotkoers Volume",
    "cs": "Datum Otevření Maximum Minimum Závěr Objem",
    "bulk": "<DATE> <OPEN> <HIGH> <LOW> <CLOSE> <VOL>",
    "web": "Date Open High Low Close/Last Volume",
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_fields_by_their_names(words: str) -> None:
    bars = _bars(_known()["AAA"])
    rows = [
        f"{_iso(day)},{','.join(f'{each:.2f}' for each in row)},{i * 7919 % 90_000}"
        for i, (day, *row) in enumerate(bars.itertuples())
    ]
    text = ",".join(words.replace("+", "_").split()).replace("_", " ") + "\n" + "\n".join(rows)
    reading = _only(text, "KO.csv")
    _same(reading, bars[["close"]], ["KO"])
    assert len(reading.left_out) == 4


def test_fields_in_any_language_by_the_law_of_highs_and_lows() -> None:
    bars = _bars(_known()["AAA"]).set_axis(["Qwe", "Rty", "Uio", "Asd"], axis=1)
    answer = _read(bars.to_csv(), "KO.csv")
    offers = [reading.values["KO"] for reading in answer.readings if list(reading.values.columns) == ["KO"]]
    assert any(np.allclose(offer, bars["Asd"]) for offer in offers)


def test_assets_that_are_called_like_fields_stay_assets() -> None:
    prices = _known().set_axis(["OPEN", "LOW"], axis=1)
    _same(_only(prices.to_csv()), prices)


def test_numbers_may_be_names_of_assets() -> None:
    prices = _known().set_axis(["700", "1810"], axis=1)
    _same(_only(prices.to_csv()), prices)


def test_what_stands_around_a_table_is_left_out_and_told() -> None:
    prices = _known()
    text = f"Prepared by,desk 4\nStart Date,2016-03-01\n\nMean,80,81\n\n{prices.to_csv()}\nSource: nobody,,\n"
    reading = _only(text)
    _same(reading, prices)
    assert reading.told == (
        'Rows 1 to 4 left out: above the table, "Prepared by"',
        'Row 328 left out: below the last date, "Source: nobody"',
    )


def test_of_two_tables_below_each_other_the_first_is_read() -> None:
    returns = (_returns(0.2) * 100).round(2)
    text = f"Value weighted\n{returns.to_csv()}\n\nEqual weighted\n{(returns * 1.3).round(2).to_csv()}"
    reading = _only(text)
    _same(reading, returns / 100)
    assert 'Rows 325 to 646 left out: a second table below, "Equal weighted"' in reading.told


def _workbook(*rows: list[object], prices: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    width = prices.shape[1] + 1
    above = [[*row, *[None] * (width - len(row))] for row in rows]
    pd.DataFrame([*above, *([day, *row] for day, *row in prices.itertuples())]).to_excel(
        file, header=False, index=False
    )
    return file.getvalue()


def test_workbooks_with_a_block_above_or_an_empty_corner() -> None:
    prices = _known()
    names = ["AAA US Equity", "BBB US Equity"]
    rows = [["Start Date", prices.index[0]], [None], [None, *names], ["Dates", "PX_LAST", "PX_LAST"]]
    _same(_only(_workbook(*rows, prices=prices), "t.xlsx"), prices, names)
    _same(_only(_workbook([None, "AAA"], prices=prices[["AAA"]]), "s.xlsx"), prices[["AAA"]])


def test_a_reading_is_what_its_mapping_gives() -> None:
    text = _lines(_known(size=4_800.0, digits=0), _iso, "{:_.0f}", ";").replace("_", ".")
    answer = _read("Datum;AAA;BBB\n" + text)
    assert len(answer.readings) == 2
    for reading in answer.readings:
        pd.testing.assert_frame_equal(upload.reread(answer.table, reading.mapping, "file.csv").values, reading.values)


@pytest.mark.parametrize("sign", ["zł", "z³", "Kč", "Kè"])
def test_signs_of_money_are_known_in_the_wrong_letters_too(sign):
    """Polish and Czech files in iso-8859-2 are decoded as western letters: the close is not left out for its sign."""
    values, wrong = to_numbers(pd.Series([f"4,30 {sign}", f"541,48 {sign}"]), ",")
    assert values.tolist() == [4.3, 541.48]
    assert not wrong.any()

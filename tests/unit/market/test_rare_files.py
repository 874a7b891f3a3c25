"""Files of rarer kinds: names made of digits, comments beside prices, blanks between cells, letters of the east."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market import upload

TODAY = date(2026, 5, 29)


def _walk(
    n_assets: int = 2, *, size: float = 80.0, yearly: float = 0.17, n: int = 300, freq: str = "B"
) -> pd.DataFrame:
    per_step = yearly / np.sqrt({"B": 252, "MS": 12}[freq])
    moves = np.random.default_rng(7).normal(0, per_step, (n, n_assets)).cumsum(axis=0)
    days = pd.date_range("1996-03-01" if freq == "MS" else "2016-03-01", periods=n, freq=freq, name="Date")
    names = [f"{chr(65 + place) * 3}" for place in range(n_assets)]
    return pd.DataFrame(size * np.exp(moves), index=days, columns=names)


def _read(text: str | bytes, name: str = "file.csv") -> upload.Answer:
    return upload.understand(text.encode() if isinstance(text, str) else text, name, today=TODAY)


def _only(text: str | bytes, name: str = "file.csv") -> upload.Reading:
    answer = _read(text, name)
    assert (len(answer.readings), answer.question) == (1, "")
    return answer.readings[0]


def _is(reading: upload.Reading, truth: pd.DataFrame) -> None:
    assert list(reading.values.columns) == list(truth.columns)
    assert list(reading.values.index) == list(truth.index)
    np.testing.assert_allclose(reading.values.to_numpy(float), truth.to_numpy(float), rtol=1e-9)


@pytest.mark.parametrize("above", ["", "Returns of four shares\n\n", "Source,internal\n\n"])
@pytest.mark.parametrize("corner", ["Date", "Handelsdag"])
def test_names_made_of_digits_stay_names_beside_numbered_rows(above: str, corner: str) -> None:
    prices = _walk(4).round(4).set_axis(["2330", "1810", "3M", "000660"], axis=1)
    rows = prices.rename_axis(corner).reset_index().to_csv().removeprefix(",")
    _is(_only(f"{above}Unnamed: 0,{rows}"), prices)
    _is(_only(f"{above},{rows}"), prices)


def test_statistics_above_the_rows_are_no_names() -> None:
    prices = _walk().round(4)
    head, rows = prices.to_csv().split("\n", 1)
    _is(_only(f"{head}\nCount,300,299\n{rows}"), prices)


@pytest.mark.parametrize("label", ["Var%", "Změna v %", "something else"])
def test_prices_of_cents_are_told_from_their_changes(label: str) -> None:
    price = _walk(1, size=0.02, yearly=0.8, n=240, freq="MS").round(6).iloc[:, 0]
    change = (100 * price.pct_change()).round(2)
    rows = [f"{day:%Y-%m-%d};{cell};{move}" for day, cell, move in zip(price.index, price, change, strict=True)]
    reading = _only("\n".join([f"Data;Preço;{label}", *rows]).replace(".", ","))
    assert reading.mapping.values == "prices"
    _is(reading, price.to_frame(reading.values.columns[0]))


def test_comments_beside_two_rows_of_a_day_name_no_assets() -> None:
    prices = _walk(3).round(2).set_axis(["Škoda", "Iberdrola", "Nestlé"], axis=1)
    notes = np.random.default_rng(0).choice(["", "", "checked", "ex dividend"], 2 * len(prices))
    rows = []
    for day, (first, second, third) in zip(prices.index, prices.to_numpy(), strict=True):
        rows += [f"{day:%Y-%m-%d} 00:00|{first}|{second}||", f"{day:%Y-%m-%d} 05:00|||{third}|"]
    text = "\n".join(f"{row}{note}" for row, note in zip(rows, notes, strict=True))
    _is(_only(f"Data|Škoda (USD)|Iberdrola (USD)|Nestlé (USD)|Comment\n{text}"), prices)


def test_percent_that_may_be_decimals_of_a_coin_is_asked_about() -> None:
    """A header says percent, but in percent a coin would move by half a percent a year."""
    moves = _walk(yearly=0.7).pct_change().dropna().round(6)
    moves.columns = ["BTC-USD", "ETH-USD"]
    answer = _read("Returns in %\n\n" + moves.to_csv())
    assert [reading.mapping.percent for reading in answer.readings] == [True, False]
    np.testing.assert_allclose(answer.readings[1].values, moves, rtol=1e-12)
    told = _only("Returns in %\n\n" + (100 * moves).round(4).to_csv())
    np.testing.assert_allclose(told.values, moves, atol=1e-6)


def test_decimals_that_ruin_a_wild_asset_are_asked_about() -> None:
    moves = pd.DataFrame(np.random.default_rng(5).normal(0, 0.25, (260, 2)).clip(-0.9, 2), columns=["AAA", "BBB"])
    moves.index = pd.date_range("1996-01-01", periods=260, freq="MS", name="Date")
    assert (1 + moves).prod().min() < 1e-4
    offered = [reading.mapping.percent for reading in _read(moves.round(6).to_csv()).readings]
    assert sorted(offered) == [False, True]


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_repeated_header_between_the_rows_of_several_assets_ends_no_table(newest_first: bool) -> None:
    prices = _walk().round(4)
    tall = prices.melt(ignore_index=False, var_name="ticker", value_name="Price")
    tall = tall.sort_index(kind="stable", ascending=not newest_first)
    head, *rows = tall.to_csv().split()
    reading = _only("\n".join([head, *rows[:301], head, *rows[301:]]))
    _is(reading, prices)


def test_numbers_without_a_leading_zero_and_with_a_sign_behind_are_cut_at_tabs() -> None:
    moves = _walk(4).pct_change().dropna().round(6)
    written = moves.map(lambda cell: f"{abs(cell):.6f}".lstrip("0").replace(".", ",") + ("-" if cell < 0 else ""))
    _is(_only(written.to_csv(sep="\t"), "decimal_returns.csv"), moves)


@pytest.mark.parametrize("by", [" ", "   "])
@pytest.mark.parametrize("mark", [".", ","])
def test_blanks_may_part_cells(by: str, mark: str) -> None:
    prices = _walk(3).round(2)
    rows = [by.join([f"{day:%d/%m/%y}", *(f"{cell:.2f}" for cell in row)]) for day, *row in prices.itertuples()]
    text = "\n".join([by.join(["Date", *prices.columns]), *rows])
    _is(_only(text.replace(".", mark), "file.txt"), prices)


def test_names_with_blanks_are_never_cut_into_several() -> None:
    prices = _walk(2).round(2)
    rows = "\n".join(f"{day:%Y-%m-%d} {first} {second}" for day, first, second in prices.itertuples())
    with pytest.raises(InvalidInput, match="one column only"):
        _read(f"Date Coca Cola Pepsi\n{rows}", "file.txt")


def test_a_constant_column_breaks_no_law_of_highs_and_lows() -> None:
    """A coin's exchange gives no names, and a number of trades that is near the price."""
    close = _walk(1, size=4500, yearly=0.8).iloc[:, 0]
    opened = close.shift(1, fill_value=close.iloc[0])
    high, low = np.maximum(opened, close) * 1.01, np.minimum(opened, close) * 0.99
    stamps = [int(day.timestamp() * 1000) for day in close.index]
    bars = np.column_stack([opened, high, low, close]).round(4)
    rows = [f"{at},{','.join(map(str, bar))},{at + 86_399_999},4521,0" for at, bar in zip(stamps, bars, strict=True)]
    text = "\n".join(rows)
    answer = _read(text, "BTCUSDT-1d.csv")
    offered = [reading.values.iloc[:, 0].to_numpy() for reading in answer.readings if reading.values.shape[1] == 1]
    assert any(np.allclose(values, close.round(4)) for values in offered)


def test_bars_of_months_are_known_by_their_law_in_any_language() -> None:
    close = _walk(1, yearly=0.8, n=240, freq="MS").iloc[:, 0]
    opened = close.shift(1, fill_value=close.iloc[0])
    rng = np.random.default_rng(1)
    high = np.maximum(opened, close) * (1 + rng.exponential(0.1, len(close)))
    low = np.minimum(opened, close) / (1 + rng.exponential(0.1, len(close)))
    bars = pd.DataFrame({"Avaus": opened, "Ylin": high, "Alin": low, "Päätös": close}).round(2)
    offered = [reading for reading in _read(bars.to_csv()).readings if reading.values.shape[1] == 1]
    assert any(np.allclose(reading.values.iloc[:, 0], bars["Päätös"]) for reading in offered)


def test_assets_that_drift_apart_are_no_bars() -> None:
    """The law's twin: one asset always highest and one always lowest, but far apart."""
    prices = _walk(4) * [1.0, 1.6, 0.6, 1.1]
    assert list(_only(prices.round(2).to_csv()).values.columns) == list(prices.columns)


@pytest.mark.parametrize("encoding", ["cp1250", "iso-8859-2", "utf-8", "utf-16"])
def test_czech_words_are_known_in_every_encoding_they_come_in(encoding: str) -> None:
    close = _walk(1).round(2).iloc[:, 0]
    rows = [f"{day:%Y-%m-%d};{cell}".replace(".", ",") for day, cell in close.items()]
    text = "\n".join(["Obchodní den;Závěr", *rows])
    reading = _only(text.encode(encoding), "Škoda.csv")
    assert reading.mapping.columns == ("Závěr",)
    _is(reading, close.to_frame("Škoda"))


_CENTRAL = ["Škoda", "Łódź Energia", "Česká spořitelna", "Richter Gyógyszergyár"]
_WESTERN = ["Société Générale", "Münchener Rück", "Señor", "Ørsted", "Companhia Elétrica São Paulo"]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [(name, encoding) for name in _CENTRAL for encoding in ("cp1250", "iso-8859-2", "utf-8")]
    + [(name, encoding) for name in _WESTERN for encoding in ("cp1252", "utf-8")],
)
def test_names_keep_their_letters(name: str, encoding: str) -> None:
    prices = _walk(2).round(2).set_axis(["AAA", name], axis=1)
    _is(_only(prices.to_csv(sep=";").encode(encoding)), prices)


@pytest.mark.parametrize("names", [["AAPL", "KO", "JPM"], ["3M", "600519", "700"]])
@pytest.mark.parametrize("corner", ["", "Date", "Päivämäärä"])
@pytest.mark.parametrize("weekday", [False, True])
def test_a_row_of_units_names_nothing(names: list[str], corner: str, weekday: bool) -> None:
    prices = _walk(3).round(2).set_axis(names, axis=1)
    rows = [
        ",".join([f"{day:%m-%d-%Y}", *(["Sun"] if weekday else []), *map(str, row)])
        for day, *row in prices.itertuples()
    ]
    blank, label = ([""], ["Weekday"]) if weekday else ([], [])
    head = [",".join([corner, *blank, *names]), ",".join(["", *label, "USD", "GBP", "EUR"])]
    _is(_only("\n".join([*head, *rows])), prices)


def test_currencies_alone_are_names() -> None:
    prices = _walk(3, size=1.2).round(4).set_axis(["USD", "GBP", "EUR"], axis=1)
    _is(_only(prices.to_csv()), prices)


@pytest.mark.parametrize("unit", ["Mk pro Stück", "₿", "pts/100"])
@pytest.mark.parametrize("beside", ["Volume", "Change %"])
def test_volumes_never_stand_in_for_prices_that_are_not_read(unit: str, beside: str) -> None:
    close = _walk(1).round(2).iloc[:, 0]
    rows = [f"{day:%Y-%m-%d};{cell} {unit};{1000 + place}" for place, (day, cell) in enumerate(close.items())]
    with pytest.raises(InvalidInput, match="column Close should hold prices"):
        _read("\n".join([f"Date;Close;{beside}", *rows]))


@pytest.mark.parametrize("order", [("year", "month", "day"), ("day", "month", "year"), ("month", "day", "year")])
@pytest.mark.parametrize("long", [False, True])
def test_year_month_and_day_may_stand_in_three_columns(order: tuple[str, ...], long: bool) -> None:
    prices = _walk(3).round(2)
    tall = prices.melt(ignore_index=False, var_name="Ticker", value_name="Close").sort_index(kind="stable")
    table = tall if long else prices
    parts = pd.DataFrame({part: getattr(pd.DatetimeIndex(table.index), part) for part in order}, index=table.index)
    reading = _only(pd.concat([parts, table], axis=1).to_csv(index=False))
    _is(reading, prices)
    assert any("year, month and day" in told for told in reading.told)


def test_three_columns_of_small_numbers_are_no_date() -> None:
    """The twin: sizes that would do, but no order in time."""
    prices = _walk(2).round(2)
    rng = np.random.default_rng(2)
    for name, low, high in (("a", 1990, 2020), ("b", 1, 12), ("c", 1, 31)):
        prices[name] = rng.integers(low, high + 1, len(prices))
    assert list(_read(prices.to_csv()).readings[0].values.index) == list(prices.index)


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%b %d, %Y"])
@pytest.mark.parametrize("title", ["", "Prices of funds\n\n"])
def test_dates_may_run_across(form: str, title: str) -> None:
    prices = _walk(3).round(2)
    table = prices.set_axis([f"{day:{form}}" for day in prices.index], axis=0).T
    reading = _only(title + table.to_csv(sep=";", index_label="Fund"))
    _is(reading, prices)
    assert any("Dates run across" in told for told in reading.told)


@pytest.mark.parametrize("label", ["Valeur", "X", "Ticker"])
@pytest.mark.parametrize("n_common", [10, 60, 140])
def test_assets_below_each_other_may_hardly_share_dates(label: str, n_common: int) -> None:
    prices = _walk(2).round(2)
    prices.iloc[:150, 1] = np.nan
    prices.iloc[150 + n_common :, 0] = np.nan
    tall = prices.melt(ignore_index=False, var_name=label, value_name="Dernier").dropna()
    _is(_only(tall.to_csv()), prices)


def test_a_word_beside_a_day_that_stands_twice_names_no_asset() -> None:
    """The twin: faults of a wide table stay faults."""
    prices = _walk(2).round(2)
    prices.insert(0, "Weekday", prices.index.day_name())
    twice = pd.concat([prices.iloc[:200], prices.iloc[180:]])
    reading = _read(twice.to_csv()).readings[0]
    assert list(reading.values.columns) == ["AAA", "BBB"]
    assert reading.faults


def test_a_header_repeated_above_every_asset_ends_no_table() -> None:
    prices = _walk(2).round(2)
    tall = prices.melt(ignore_index=False, var_name="Ativo", value_name="Fechamento")
    head, *rows = tall.to_csv().split()
    _is(_only("\n".join([head, *rows[:300], head, *rows[300:]])), prices)
    _is(_only("\n".join([head, *rows[:300], "", head, *rows[300:]])), prices)


def test_the_same_header_above_another_table_without_names_ends_the_first() -> None:
    """The twin: nothing says whose the second prices are."""
    prices = _walk(2).round(2)
    first, second = (prices[[name]].set_axis(["Close"], axis=1).to_csv() for name in prices.columns)
    reading = _read(f"{first}\n{second}").readings[0]
    assert len(reading.values) == 300
    assert any("a second table below" in told for told in reading.told)


def test_of_two_columns_of_words_the_one_that_tells_rows_apart_names_the_assets() -> None:
    """Sectors stand beside numbers of securities that are not all digits."""
    prices = _walk(6).round(2).set_axis(["1810", "2330", "700", "9988", "3M", "600519"], axis=1)
    sectors = dict(
        zip(prices.columns, ["Energy", "Technology", "Health", "Finance", "Technology", "Energy"], strict=True)
    )
    tall = prices.melt(ignore_index=False, var_name="Hisse", value_name="Fiyat").sort_index(kind="stable").reset_index()
    tall.insert(2, "Branche", tall["Hisse"].map(sectors))
    _is(_only(tall.to_csv(index=False)), prices)


@pytest.mark.parametrize("rows", ["{0:%Y-%m-%d}, {1}, {2}", "{0:%Y-%m-%d} ,{1} ,{2}", "{0:%Y-%m-%d},  {1},  {2}"])
def test_blanks_beside_commas_part_nothing(rows: str) -> None:
    """The twin of blanks that do: 80.25 is no 80 beside a .25."""
    prices = _walk(2).round(2)
    head = ", ".join(["Date", *prices.columns])
    _is(_only("\n".join([head, *(rows.format(*row) for row in prices.itertuples())])), prices)


@pytest.mark.parametrize("by", [" ", "  "])
@pytest.mark.parametrize("larger", [1000, 50])
def test_numbers_that_begin_with_a_comma_stand_apart_by_blanks(by: str, larger: int) -> None:
    prices = (_walk(3) / [1000, 1000, larger]).round(5).set_axis(["600519", "2330", "3M"], axis=1)
    rows = [
        by.join([f"{day:%Y-%m-%d}", *(f"{cell:.5f}".removeprefix("0").replace(".", ",") for cell in row)])
        for day, *row in prices.itertuples()
    ]
    _is(_only("\n".join([by.join(["Data", "600519", "2330", "3M"]), *rows]), "prices.txt"), prices)


def test_bars_of_a_tiny_price_stand_beside_a_change_of_the_same_size() -> None:
    """In a language that no list of words has: nothing but the numbers tells prices, volume and change."""
    close = _walk(1, size=0.0003, yearly=0.8).iloc[:, 0]
    opened = close.shift(1, fill_value=close.iloc[0])
    high, low = np.maximum(opened, close) * 1.01, np.minimum(opened, close) * 0.99
    volume = np.random.default_rng(4).lognormal(0, 0.7, len(close)).round(2)
    change = (100 * close.pct_change(fill_method=None).fillna(0)).round(2)
    rows = [
        f"{day:%d.%m.%Y},{o:.7f},{h:.7f},{low_:.7f},{c:.7f},{v}M,{x}%"
        for day, o, h, low_, c, v, x in zip(close.index, opened, high, low, close, volume, change, strict=True)
    ]
    answer = _read("\n".join(["Dată,Deschidere,Maxim,Minim,Închidere,Cantitate,Variație %", *rows]))
    assert len(answer.readings) > 1
    assert any(
        reading.values.shape[1] == 1 and np.allclose(reading.values.iloc[:, 0], close.round(7))
        for reading in answer.readings
    )

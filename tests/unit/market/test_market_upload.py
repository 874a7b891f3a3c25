"""Files as people have them: read, understood, and refused by row and column."""

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput, InvalidMarket
from fingen_core.market import upload
from fingen_core.market.parsing import DATE_FORMS, DateForm, decimal_mark, find_date_form, to_dates, to_numbers
from fingen_core.market.quality import quality_report

N = 300


def _prices(n: int = N) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    index = pd.bdate_range("2019-01-01", periods=n, name="Date")
    return pd.DataFrame(
        (1200 * np.exp(rng.normal(0, 0.01, (n, 2)).cumsum(axis=0))).round(4), index=index, columns=["AAA", "BBB"]
    )


def _csv(prices: pd.DataFrame, **how: object) -> bytes:
    return prices.to_csv(**how).encode()


def _edit(line: int, old: str | None, new: str) -> bytes:
    """A CSV of healthy prices in which one line (numbered as in an editor) is changed."""
    lines = _csv(_prices()).decode().splitlines()
    lines[line - 1] = lines[line - 1].replace(old, new) if old else new
    return "\n".join(lines).encode()


def _excel(prices: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    prices.to_excel(file)
    return file.getvalue()


def _parquet(prices: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    prices.to_parquet(file)
    return file.getvalue()


def _long(prices: pd.DataFrame) -> pd.DataFrame:
    tall = prices.reset_index().melt(id_vars="Date", var_name="Symbol", value_name="Adj Close")
    return tall.sort_values(["Date", "Symbol"], ignore_index=True)


FILES: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "comma": _csv,
    "semicolon, decimal comma": lambda p: _csv(p, sep=";", decimal=",", date_format="%d.%m.%Y"),
    "tab": lambda p: _csv(p, sep="\t"),
    "bar, month first": lambda p: _csv(p, sep="|", date_format="%m/%d/%Y"),
    "day first": lambda p: _csv(p, date_format="%d/%m/%Y"),
    "year first": lambda p: _csv(p, date_format="%Y/%m/%d"),
    "year first, points": lambda p: _csv(p, date_format="%Y.%m.%d"),
    "compact dates": lambda p: _csv(p, date_format="%Y%m%d"),
    "month names": lambda p: _csv(p, date_format="%d-%b-%y"),
    "american month names": lambda p: _csv(p, date_format="%b %d, %Y"),
    "spreadsheet days": lambda p: _csv(p.set_axis((p.index - pd.Timestamp("1899-12-30")).days.rename("Date"), axis=0)),
    "time zone": lambda p: _csv(p.tz_localize("America/New_York")),
    "newest first": lambda p: _csv(p[::-1]),
    "byte order mark": lambda p: b"\xef\xbb\xbf" + _csv(p),
    "utf-16": lambda p: p.to_csv().encode("utf-16"),
    "latin-1": lambda p: p.to_csv(index_label="Datum für Kurs").encode("cp1252"),
    "lines before the header": lambda p: b"Exported by a terminal\n\n" + _csv(p),
    "blank lines at the end": lambda p: _csv(p) + b"\n,,\n\n",
    "windows line ends": lambda p: _csv(p).replace(b"\n", b"\r\n"),
    "parquet": _parquet,
    "parquet, date column": lambda p: _parquet(p.reset_index()),
    "excel": _excel,
    "long": lambda p: _csv(_long(p), index=False),
    "long excel": lambda p: _excel(_long(p).set_index("Symbol")),
    "long, fields": lambda p: _csv(_long(p).assign(Open=1.0, Volume=5), index=False),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_usual_form_gives_the_same_market(kind: str) -> None:
    prices = _prices()
    table = upload.read(FILES[kind](prices), "prices.file")
    mapping = upload.guess(table)
    assert mapping.values == "prices"
    market = upload.to_market(table, mapping, "prices.file")
    pd.testing.assert_frame_equal(market.prices, prices, check_names=False, check_freq=False, rtol=1e-12)
    assert (market.name, market.source.kind, market.source.detail) == ("prices", "upload", "prices.file")
    assert (market.is_indexed, market.source.note) == (False, "")


@pytest.mark.parametrize(
    ("write", "values", "percent"),
    [
        (_csv, "simple returns", False),
        (lambda r: _csv(r * 100), "simple returns", True),
        (lambda r: _csv(r.map("{:.6%}".format)), "simple returns", False),
        (
            lambda r: _csv((r * 100).map("{:.8f}%".format).map(lambda c: c.replace(".", ",")), sep=";"),
            "simple returns",
            False,
        ),
    ],
)
def test_returns_become_prices(write: Callable[[pd.DataFrame], bytes], values: str, percent: bool) -> None:
    returns = _prices().pct_change().iloc[1:]
    table = upload.read(write(returns), "returns.csv")
    mapping = upload.guess(table)
    assert (mapping.values, mapping.percent) == (values, percent)
    market = upload.to_market(table, mapping, "returns.csv")
    assert market.dates[0] == _prices().index[0]
    np.testing.assert_allclose(np.expm1(market.log_returns()), returns, atol=1e-7)
    assert market.source.indexed
    assert market.between(start=market.dates[5]).is_indexed  # where it does not begin at 100 any more
    assert "begins at 100" in market.source.note


def test_log_returns_are_a_choice() -> None:
    moves = np.log(_prices()).diff().iloc[1:]
    table = upload.read(_csv(moves), "r.csv")
    from dataclasses import replace

    market = upload.to_market(table, replace(upload.guess(table), values="log returns"), "r.csv")
    np.testing.assert_allclose(market.log_returns(), moves, atol=1e-12)


def test_one_stock_with_fields_takes_the_adjusted_close_and_the_name_of_the_file() -> None:
    prices = _prices()[["AAA"]].rename(columns={"AAA": "Close"})
    fields = prices.assign(Open=1.0, High=2.0, Low=0.5, Volume=10**6)
    fields["Adj Close"] = fields["Close"] * 0.9
    table = upload.read(_csv(fields), "KO.csv")
    mapping = upload.guess(table)
    assert mapping.columns == ("Adj Close",)
    assert upload.to_market(table, mapping, "KO.csv").tickers == ("KO",)


def test_a_file_without_header() -> None:
    table = upload.read(_csv(_prices(), header=False), "bare.csv")
    market = upload.to_market(table, upload.guess(table), "bare.csv")
    assert market.tickers == ("Column 2", "Column 3")
    assert len(market.dates) == N


def test_the_order_of_day_and_month_is_told_by_the_calendar() -> None:
    index = pd.DatetimeIndex(["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07", "2020-01-08"])
    for pattern in ("%d/%m/%Y", "%m/%d/%Y"):
        form, share = find_date_form(pd.Series(index.strftime(pattern)))
        assert form is not None
        assert (form.pattern, share) == (pattern, 1.0)


def _written(days: pd.Series, pattern: str) -> pd.Series:
    """Days as a form writes them."""
    quarter = days.dt.quarter.astype(str)
    special = {
        "serial": lambda: (days - pd.Timestamp("1899-12-30")).dt.days.astype(str),
        "unix": lambda: (days - pd.Timestamp("1970-01-01")).dt.total_seconds().astype(int).astype(str),
        "ISO8601": lambda: days.dt.strftime("%Y-%m-%d"),
        "%Y Q%q": lambda: days.dt.year.astype(str) + " Q" + quarter,
        "Q%q %Y": lambda: "Q" + quarter + " " + days.dt.year.astype(str),
    }
    return special[pattern]() if pattern in special else days.dt.strftime(pattern)


@pytest.mark.parametrize("form", DATE_FORMS, ids=lambda form: form.label)
def test_each_form_reads_its_own_example(form: DateForm) -> None:
    step = next(
        (
            step
            for word, step in {"month": "ME", "quarter": "QE", "week": "W-FRI", "year": "YE"}.items()
            if word in form.label
        ),
        "B",
    )
    days = pd.Series(pd.date_range("1971-10-01", "2021-03-01", freq=step)[-200:])
    text = _written(days, form.pattern)
    found, share = find_date_form(text)
    assert (found, share) == (form, 1.0)
    assert to_dates(text, form.pattern).equals(days.dt.as_unit("us"))


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1,234.5", ".", 1234.5),
        ("1.234,5", ",", 1234.5),
        ("1'234.5", ".", 1234.5),
        ("1 234,50", ",", 1234.5),
        ("$12.50", ".", 12.5),
        ("(3.5)", ".", -3.5),
        ("−2", ".", -2.0),
        ("1.5%", ".", 0.015),
        ("1e3", ".", 1000.0),
    ],
)
def test_numbers_as_people_write_them(text: str, decimal: str, value: float) -> None:
    values, wrong = to_numbers(pd.Series([text], dtype=object), decimal)
    assert values[0] == pytest.approx(value)
    assert not wrong[0]


@pytest.mark.parametrize(
    ("text", "decimal"),
    [("12,34", "."), ("12.34", ","), ("1.234,5", "."), ("1,234.5", ","), ("0,5", "."), ("1.2.3", ","), ("1,2345", ".")],
)
def test_a_mark_that_does_not_part_thousands_is_no_number(text: str, decimal: str) -> None:
    """Read without it, 12,34 would be a price of 1234."""
    values, wrong = to_numbers(pd.Series([text], dtype=object), decimal)
    assert np.isnan(values[0])
    assert wrong[0]


def test_a_file_with_both_decimal_marks_is_refused_by_cell_and_cause() -> None:
    rows = [
        f"{day:%d.%m.%Y};{100 + i},5;{50 + i},25" for i, day in enumerate(pd.bdate_range("2020-01-01", periods=300))
    ]
    rows[7] = rows[7].replace("57,25", "57.25")
    table = upload.read(("Date;A;B\n" + "\n".join(rows)).encode(), "mixed.csv")
    found = upload.faults(table, upload.guess(table))
    assert found == [
        'row 9, column B: "57.25" does not have the decimal comma of the other numbers: write all with the same mark'
    ]


@pytest.mark.parametrize("text", ["", "NA", "n/a", "-", "null", "#N/A", "NaN", None, float("nan")])
def test_signs_for_missing_are_no_faults(text: object) -> None:
    values, wrong = to_numbers(pd.Series([text, "1"], dtype=object))
    assert np.isnan(values[0])
    assert not wrong.any()


@pytest.mark.parametrize(
    ("cells", "separator", "mark"),
    [
        (["1,5", "2,25"], ";", ","),
        (["1.5"], ",", "."),
        (["1,234", "2,345"], ";", ","),
        (["1,234", "2,345"], ",", "."),
        (["1,234.5"], ";", "."),
        (["1.234,56"], ";", ","),
        (["0,123"], "\t", ","),
    ],
)
def test_the_decimal_mark(cells: list[str], separator: str, mark: str) -> None:
    assert decimal_mark(pd.Series(cells), separator) == mark


def test_holes_are_no_faults_but_cost_their_dates() -> None:
    table = upload.read(_edit(10, None, "2019-01-11,,1200.5"), "p.csv")
    mapping = upload.guess(table)
    assert upload.faults(table, mapping) == []
    assert len(upload.to_market(table, mapping, "p.csv").dates) == N - 1
    assert len(upload.to_prices(table, mapping)) == N


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            _edit(9, None, "2019-01-09,1200.0,1200.0"),
            "row 9, column Date: 2019-01-09 already stands in row 8, keep one of them",
        ),
        (_edit(9, None, "2019-01-10,1200.0,about 12"), 'row 9, column BBB: "about 12" is not a number'),
        (_edit(9, None, "2019-01-10,-3.5,1200"), "row 9, column AAA: -3.5, but a price must be positive"),
        (_edit(9, None, "2019-01-10,1200,0"), "row 9, column BBB: 0, but a price must be positive"),
        (_edit(9, None, "soon,1200,1200"), 'row 9, column Date: "soon" is not a date like 2020-12-31'),
        (
            _csv(_prices(249)),
            "only 249 dates of p.csv have a price of every asset, but at least 250 are needed: leave out AAA "
            "(249 prices), or add history",
        ),
        (
            _csv(_prices().pct_change().iloc[1:].replace({"AAA": {_prices().pct_change()["AAA"].iloc[7]: -1.0}})),
            "row 8, column AAA: -1, but nothing can lose all its value and go on",
        ),
        (
            _csv(pd.concat([_long(_prices()), _long(_prices()).iloc[[6]]]), index=False),
            "row 602, column Date: 2019-01-04 of AAA already stands in row 8, keep one of them",
        ),
    ],
)
def test_faults_are_refused_by_row_and_column(data: bytes, sentence: str) -> None:
    table = upload.read(data, "p.csv")
    with pytest.raises(InvalidMarket) as caught:
        upload.to_market(table, upload.guess(table), "p.csv")
    assert str(caught.value) == sentence


def test_rows_are_numbered_as_in_a_spreadsheet() -> None:
    prices = _prices().astype(object)
    prices.iloc[4, 0] = "?"
    table = upload.read(_excel(prices), "p.xlsx")
    assert upload.faults(table, upload.guess(table)) == ['row 6, column AAA: "?" is not a number']


def test_faults_that_a_remedy_can_mend_do_not_stop_the_quality_report() -> None:
    table = upload.read(_edit(9, None, "2019-01-09,about 12,-4"), "p.csv")
    mapping = upload.guess(table)
    assert len(upload.faults(table, mapping)) == 3
    report = quality_report(upload.to_prices(table, mapping, "p.csv"))
    assert report.usable
    assert {"text", "non-positive", "duplicates"} <= {finding.kind for finding in report.findings}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "p.csv is empty: choose a file with a date column"),
        (b"  \n\n", "p.csv is empty"),
        (b"Date,AAA,BBB\n", "p.csv has column names but no rows"),
        (b"just words\nand more\n", "p.csv has one column only, found no comma, semicolon, tab or bar"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "p.csv is no CSV, Parquet or Excel"),
        (b"PAR1 but not really", "p.csv begins like a Parquet file but cannot be read"),
        (b"PK\x03\x04 but not really", "p.csv begins like an Excel file but cannot be read"),
        (
            (",".join(["Date"] + ["A"] * 10**6) + "\n2020-01-01\n").encode(),
            "p.csv has 1,000,001 columns, but at most 1,000",
        ),
        (b"a," * (26 * 2**20), "p.csv has 52 MB, but at most 50 MB are read: leave assets or years out, or save it as"),
    ],
)
def test_files_that_cannot_be_prices(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        upload.read(data, "p.csv")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"City,People\nBonn,3\nRome,4\n", "no column with dates among City, People: name one Date"),
        (b"Date,Comment\n2020-01-01,good\n2020-01-02,bad\n", "no column with numbers besides Date"),
    ],
)
def test_tables_without_dates_or_numbers(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        upload.guess(upload.read(data, "p.csv"))


def test_a_mapping_that_does_not_fit_is_refused() -> None:
    from dataclasses import replace

    table = upload.read(_csv(_prices()), "p.csv")
    mapping = upload.guess(table)
    for wrong, sentence in [
        (replace(mapping, date="Day"), "there is no column 'Day': choose from Date, AAA, BBB"),
        (replace(mapping, columns=()), "no column with values chosen"),
        (replace(mapping, columns=("Date",)), "cannot be date, asset and value at the same time"),
        (replace(mapping, date_pattern="%d.%m.%Y"), "nothing in column Date is a date like 31.12.2020: choose how"),
    ]:
        with pytest.raises(InvalidInput, match=sentence):
            upload.to_prices(table, wrong)

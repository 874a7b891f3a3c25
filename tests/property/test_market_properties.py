"""What is always true of markets and of the quality report."""

import random

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from fingen_core.errors import FinGenError
from fingen_core.market import Market, Source, upload
from fingen_core.market.quality import MIN_DATES, quality_report
from fingen_core.market.returns import Kind

UPLOAD = Source(kind="upload")


@st.composite
def tables(draw: st.DrawFn, least: int = 3, most: int = 40) -> pd.DataFrame:
    rows = draw(st.integers(least, most))
    columns = draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    moves = rng.normal(0, 0.02, (rows, columns))
    index = pd.bdate_range("2010-01-01", periods=rows)
    return pd.DataFrame(50 * np.exp(moves.cumsum(axis=0)), index=index, columns=list("ABCD")[:columns])


@st.composite
def damaged(draw: st.DrawFn) -> pd.DataFrame:
    """Prices with a few of the faults that files from the wild have."""
    prices = draw(tables(least=MIN_DATES - 10, most=900)).astype(object)
    rows, columns = prices.shape
    places = st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1))
    faults = st.sampled_from([np.nan, 0.0, -1.0, np.inf, "text", 1e6])
    for (row, column), fault in draw(st.lists(st.tuples(places, faults), max_size=12)):
        prices.iloc[row, column] = fault
    for start, length, column in draw(
        st.lists(st.tuples(st.integers(0, rows), st.integers(1, rows), st.integers(0, columns - 1)), max_size=3)
    ):
        prices.iloc[start : start + length, column] = draw(st.sampled_from([np.nan, 12.5]))
    first = draw(st.integers(0, rows - 1))
    prices = prices.drop(prices.index[first : first + draw(st.integers(0, 60))])
    repeated = draw(st.lists(st.integers(0, max(len(prices) - 1, 0)), max_size=4 if len(prices) else 0))
    return pd.concat([prices, prices.iloc[repeated]])


@settings(deadline=None, max_examples=60)
@given(damaged())
def test_remedies_lead_to_a_market_with_nothing_left_to_mend(prices: pd.DataFrame) -> None:
    before = prices.copy(deep=True)
    report = quality_report(prices)
    pd.testing.assert_frame_equal(prices, before)
    assert all(finding.text for finding in report.findings)
    if not report.usable:
        return
    market = Market(report.apply(prices), UPLOAD)
    assert len(market.dates) >= MIN_DATES
    again = quality_report(market)
    assert again.clean
    assert not again.count("error")


@settings(deadline=None, max_examples=30)
@given(damaged(), st.sampled_from([Kind(values="simple returns"), Kind(values="log returns", percent=True)]))
def test_remedies_on_returns_lead_to_a_market_with_nothing_left_to_mend(prices: pd.DataFrame, kind: Kind) -> None:
    """The faults of prices, put into returns: text, holes, flat stretches, repeated rows, a factor of 10,000."""
    returns = prices.copy()
    for column in prices.columns:
        numbers = pd.to_numeric(prices[column], errors="coerce")
        returns[column] = (numbers.pct_change(fill_method=None) * (100 if kind.percent else 1)).where(
            numbers.notna(), prices[column]
        )
    report = quality_report(returns, kind)
    if not report.usable:
        return
    market = Market(report.apply(returns), UPLOAD)
    assert quality_report(market).clean


@settings(deadline=None, max_examples=30)
@given(damaged(), st.randoms(use_true_random=False))
def test_whatever_is_chosen_leads_to_a_market_that_stays_as_chosen(prices: pd.DataFrame, chance: random.Random) -> None:
    choices: dict[str, str] = {}
    for _ in range(3):
        report = quality_report(prices, choices=choices)
        choices |= {each.key: chance.choice(each.options).action for each in report.findings if each.options}
    report = quality_report(prices, choices=choices)
    if report.usable:
        kept = Source(kind="upload", accepted=report.accepted)
        assert not quality_report(Market(report.apply(prices), kept)).count("error")


@given(tables(), st.data())
def test_split_parts_share_one_price_and_no_return(prices: pd.DataFrame, data: st.DataObject) -> None:
    market = Market(prices, UPLOAD)
    date = data.draw(st.sampled_from(list(market.dates[1:-1])))
    before, after = market.split(date)
    assert before.dates[-1] == after.dates[0] <= date
    assert set(before.return_dates).isdisjoint(after.return_dates)
    np.testing.assert_array_equal(np.vstack([before.log_returns(), after.log_returns()]), market.log_returns())


@given(tables(), st.data())
def test_the_digest_changes_with_any_price_date_or_ticker(prices: pd.DataFrame, data: st.DataObject) -> None:
    market = Market(prices, UPLOAD)
    row = data.draw(st.integers(0, len(prices) - 1))
    column = data.draw(st.integers(0, prices.shape[1] - 1))
    changed = prices.copy()
    changed.iloc[row, column] = np.nextafter(changed.iloc[row, column], np.inf)
    index = prices.index.to_series().reset_index(drop=True)
    index[len(index) - 1] += pd.Timedelta(days=1)
    others = [
        Market(changed, UPLOAD),
        Market(prices.set_axis(pd.DatetimeIndex(index), axis=0), UPLOAD),
        Market(prices.rename(columns={"A": "Z"}), UPLOAD),
    ]
    assert len({market.digest(), *(other.digest() for other in others)}) == 4
    assert Market(prices.copy(), Source(kind="bundled"), "other name").digest() == market.digest()


@st.composite
def _written(draw: st.DrawFn) -> tuple[pd.DataFrame, bytes]:
    """Prices, and the same as a file in one of the forms that people use."""
    prices = draw(tables(least=MIN_DATES, most=300)).round(6)
    prices = prices.set_axis([f"T{name}" for name in prices.columns], axis=1).rename_axis(index="Date")
    separator, decimal = draw(st.sampled_from([(",", "."), (";", ","), (";", "."), ("\t", "."), ("|", ",")]))
    form = draw(st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%d-%b-%Y"]))
    table = prices[::-1] if draw(st.booleans()) else prices
    if draw(st.booleans()):
        table = table.reset_index().melt(id_vars="Date", var_name="Symbol", value_name="Price")
        text = table.to_csv(sep=separator, decimal=decimal, date_format=form, index=False)
    else:
        text = table.to_csv(sep=separator, decimal=decimal, date_format=form)
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    return prices, text.encode(encoding)


@settings(deadline=None, max_examples=40)
@given(_written())
def test_what_was_written_is_read(case: tuple[pd.DataFrame, bytes]) -> None:
    prices, data = case
    table = upload.read(data, "prices.csv")
    market = upload.to_market(table, upload.guess(table), "prices.csv")
    np.testing.assert_allclose(market.prices, prices, rtol=1e-12)
    assert market.tickers == tuple(prices.columns)
    assert (market.dates == prices.index).all()


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=3_000))
def test_no_file_makes_anything_but_a_sentence(data: bytes) -> None:
    assert _outcome(data)


def _outcome(data: bytes) -> str:
    try:
        table = upload.read(data, "noise.bin")
        return upload.to_market(table, upload.guess(table), "noise.bin").name
    except FinGenError as refusal:
        return str(refusal)

"""What the quality report finds, how it says so and what its remedies leave."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidMarket
from fingen_core.market import Market, Source, bundled
from fingen_core.market.quality import Finding, QualityReport, quality_report

N = 600


def _prices(*tickers: str, n: int = N, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    moves = rng.normal(0, 0.01, (n, len(tickers)))
    index = pd.bdate_range("2018-01-01", periods=n)
    return pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), index=index, columns=list(tickers))


def _only(report: QualityReport, kind: str, ticker: str | None = None) -> Finding:
    found = [f for f in report.findings if f.kind == kind and ticker in (None, f.ticker)]
    assert len(found) == 1, report.findings
    return found[0]


def _mended(prices: pd.DataFrame) -> Market:
    report = quality_report(prices)
    market = Market(report.apply(prices), Source(kind="upload"))
    assert quality_report(market).clean
    pd.testing.assert_frame_equal(report.prices, market.prices, check_freq=False, check_names=False)
    return market


def test_the_bundled_market_is_clean_and_its_true_crashes_stay() -> None:
    report = quality_report(bundled())
    assert report.clean
    assert report.usable
    assert report.findings[0].text == "19 assets over 8,313 common dates, 1990-01-02 to 2022-12-28 (33.0 years)."
    jumps = [(f.key, f.severity, f.remedy) for f in report.findings if f.kind == "jumps"]
    days = ["AAPL 2000-09-29", "AMD 1992-06-18", "AMD 2016-04-22"]
    assert jumps == [(f"jumps {day}", "warning", None) for day in days]


def test_rrc_is_refused_because_it_does_not_move() -> None:
    market = bundled(everything=True)
    report = quality_report(market)
    errors = [f for f in report.findings if f.severity == "error"]
    assert [f.ticker for f in errors] == ["RRC"]
    assert errors[0].text.startswith("RRC did not move on 13.0 % of all days, and on 92.8 % of the 500 days")
    assert [r.label for r in report.remedies] == ["drop RRC"]
    assert Market(report.apply(market.prices), market.source).digest() == bundled().digest()


def test_a_stale_column_alone_is_cut_where_it_comes_alive() -> None:
    rrc = bundled(everything=True).prices[["RRC"]]
    market = _mended(rrc)
    assert market.tickers == ("RRC",)
    assert pd.Timestamp("1995") < market.dates[0] < pd.Timestamp("2002")


def test_a_delisted_stock_at_the_end_is_stale() -> None:
    prices = _prices("A", "B", "C")
    prices.iloc[-40:, 1] = prices.iloc[-40, 1]
    finding = _only(quality_report(prices), "stale")
    assert finding.text.startswith("B did not move for 39 days in a row to 2020-04-17: halted, delisted or filled")
    assert _mended(prices).tickers == ("A", "C")


def test_a_late_start_of_little_worth_is_dropped() -> None:
    prices = _prices("A", "B", "C")
    prices.iloc[:500, 2] = np.nan
    finding = _only(quality_report(prices), "late start")
    assert finding.text == ("C begins on 2019-12-02: keeping it would cost every other asset 1.9 years of history.")
    assert _mended(prices).tickers == ("A", "B")


def test_a_slightly_late_start_cuts_the_history_of_all() -> None:
    prices = _prices("A", "B", "C")
    prices.iloc[:60, 2] = np.nan
    report = quality_report(prices)
    assert [r.label for r in report.remedies] == ["start on 2018-03-26"]
    assert "84 days before it are not common" in _only(report, "late start").text
    assert _mended(prices).n_assets == 3


def test_an_early_end_is_handled_like_a_late_start() -> None:
    prices = _prices("A", "B", "C")
    prices.iloc[-10:, 0] = np.nan
    assert [r.label for r in quality_report(prices).remedies] == [f"end on {prices.index[-11]:%Y-%m-%d}"]
    prices.iloc[-400:, 0] = np.nan
    assert _mended(prices).tickers == ("B", "C")


def test_other_holidays_are_left_out_and_counted() -> None:
    prices = _prices("US", "JP")
    prices.iloc[[50, 51], 1] = np.nan
    prices.iloc[90, 0] = np.nan
    finding = _only(quality_report(prices), "gaps")
    assert finding.severity == "info"
    assert "On 3 dates (0.5 %) some price is missing, first 2018-03-12, mostly JP (2)" in finding.text
    assert len(_mended(prices).dates) == N - 3


def test_weekends_of_a_currency_do_not_cost_the_stocks() -> None:
    coin = _prices("COIN", n=900).set_axis(pd.date_range("2018-01-01", periods=900), axis=0)
    both = coin.join(_prices("A", "B", "C", n=900, seed=1), how="left")
    assert set(_mended(both).tickers) == {"COIN", "A", "B", "C"}


def test_a_column_full_of_holes_goes() -> None:
    prices = _prices(*"ABCDEF")
    prices.iloc[np.arange(1, N - 1, 3), 2] = np.nan
    finding = _only(quality_report(prices), "gaps", "C")
    assert finding.text.startswith("C has no price on 33.")
    assert _mended(prices).tickers == tuple("ABDEF")


def test_a_year_without_prices_keeps_the_longer_side() -> None:
    prices = _prices("A", "B", n=1000)
    report = quality_report(pd.concat([prices.iloc[:300], prices.iloc[500:]]))
    assert "No prices at all for 281 days between 2019-02-22 and 2019-11-30" not in _only(report, "gaps").text
    assert [r.label for r in report.remedies] == [f"start on {prices.index[500]:%Y-%m-%d}"]


def test_the_longest_stretch_between_two_holes_stays() -> None:
    prices = _prices("A", n=1500)
    holes = pd.concat([prices.iloc[:400], prices.iloc[500:1000], prices.iloc[1100:]])
    market = _mended(holes)
    assert (market.dates[0], market.dates[-1]) == (prices.index[500], prices.index[999])


def test_a_wrong_price_for_a_day_is_left_out() -> None:
    prices = _prices("A", "B")
    prices.iloc[300, 0] *= 10
    finding = _only(quality_report(prices), "jumps")
    assert finding.severity == "error"
    assert "came back the next day: a wrong price, not a crash" in finding.text
    assert prices.index[300] not in _mended(prices).dates


@pytest.mark.parametrize(
    ("factor", "name"),
    [
        (0.25, "4:1"),
        (0.1, "10:1"),
        (0.5, "2:1"),
        (2 / 3, "3:2"),
        (0.4, "5:2"),
        (5.0, "1:5"),
        (3.0, "1:3"),
        (200, "1:200"),
    ],
)
def test_a_forgotten_split_is_named_and_mended(factor: float, name: str) -> None:
    true = _prices("A", "B", "C")
    prices = true.copy()
    prices.iloc[300:, 1] *= factor
    finding = _only(quality_report(prices), "jumps")
    assert finding.severity == "error"
    assert f"a {name} split that the prices were not adjusted for" in finding.text
    assert f"mend B's {name} split of {true.index[300]:%Y-%m-%d}: prices before it times {factor:.4g}" in (
        finding.remedy.label if finding.remedy else ""
    )
    np.testing.assert_allclose(_mended(prices).log_returns(), np.diff(np.log(true), axis=0), atol=1e-12)


@pytest.mark.parametrize(
    ("choice", "tickers", "first"), [("drop column", ("A", "C"), 0), ("cut start", ("A", "B", "C"), 40)]
)
def test_instead_of_mending_a_split_one_may_choose(choice: str, tickers: tuple[str, ...], first: int) -> None:
    prices = _prices("A", "B", "C")
    prices.iloc[40:, 1] *= 0.25
    finding = _only(quality_report(prices), "jumps")
    assert [option.action for option in finding.options] == ["mend split", "cut start", "drop column", "keep"]
    market = Market(quality_report(prices, choices={finding.key: choice}).apply(prices), Source(kind="upload"))
    assert (market.tickers, market.dates[0]) == (tickers, prices.index[first])


def test_a_real_crash_is_shown_and_kept() -> None:
    prices = _prices("A", "B")
    prices.iloc[300:, 0] *= 0.3814
    report = quality_report(prices)
    assert _only(report, "jumps").severity == "warning"
    assert report.clean


def test_text_in_a_column_is_quoted_with_its_date() -> None:
    prices = _prices("A", "B").astype(object)
    prices.iloc[7, 1] = "n/a yet"
    finding = _only(quality_report(prices), "text")
    assert finding.text == 'B holds text instead of a price on 1 date, first "n/a yet" on 2018-01-10.'
    assert len(_mended(prices).dates) == N - 1


def test_a_column_of_text_goes_as_a_whole() -> None:
    prices = _prices("A", "B").assign(name="Apple")
    assert _mended(prices).tickers == ("A", "B")


def test_whole_numbers_and_numbers_kept_as_text_are_numbers() -> None:
    prices = _prices("A", "B")
    prices["A"] = prices["A"].map("{:.4f}".format)
    assert quality_report(prices).clean
    assert quality_report((_prices("A") * 1000).astype(int)).clean


@pytest.mark.parametrize("bad", [0.0, -3.0, np.inf])
def test_impossible_prices_are_left_out(bad: float) -> None:
    prices = _prices("A", "B")
    prices.iloc[10, 0] = bad
    finding = _only(quality_report(prices), "non-positive")
    assert f"first {bad:g} on 2018-01-15" in finding.text
    assert len(_mended(prices).dates) == N - 1


def test_repeated_dates_keep_the_last_row() -> None:
    prices = _prices("A", "B")
    corrected = prices.iloc[[5]] * 1.001
    both = pd.concat([prices, corrected])
    assert "The date 2018-01-08 appears more than once" in _only(quality_report(both), "duplicates").text
    assert _mended(both).prices.loc["2018-01-08", "A"] == corrected.iloc[0, 0]


def test_repeated_columns_keep_the_first() -> None:
    prices = _prices("A", "B", "C").set_axis(["A", "B", "A"], axis=1)
    assert "A appears more than once as a column name" in _only(quality_report(prices), "duplicates").text
    assert _mended(prices).tickers == ("A", "B")


def test_the_same_asset_under_two_names_counts_once() -> None:
    prices = _prices("A", "B")
    prices["A2"] = prices["A"] * 3
    finding = _only(quality_report(prices), "duplicates")
    assert finding.text == "A2 is A again: correlation of returns 1.0000."
    assert _mended(prices).tickers == ("A", "B")


def test_two_share_classes_are_mentioned_and_kept() -> None:
    prices = _prices("GOOG", "X")
    prices["GOOGL"] = prices["GOOG"] * np.exp(_prices("N", seed=3)["N"].pct_change().fillna(0) * 0.05)
    finding = _only(quality_report(prices), "duplicates")
    assert (finding.severity, finding.remedy) == ("info", None)


def test_weekly_prices_are_called_weekly() -> None:
    weekly = _prices("A", n=400).set_axis(pd.date_range("2010-01-01", periods=400, freq="W-FRI"), axis=0)
    report = quality_report(weekly)
    assert "Weekly prices, 52 a year" in _only(report, "frequency").text
    assert report.clean


def test_coarse_prices_are_mentioned() -> None:
    prices = _prices("A", "B")
    prices["A"] = (prices["A"] * 2).round(0) / 2
    assert any(f.kind == "rounding" and f.ticker == "A" for f in quality_report(prices.iloc[:300]).findings)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: _prices("A", "B").iloc[:249], "Only 249 dates common to 2 assets, but at least 250 are needed"),
        (lambda: pd.DataFrame(index=pd.DatetimeIndex([])), "No asset is left"),
        (lambda: _prices("A").assign(A=np.nan), "No asset is left"),
        (lambda: _prices("A").iloc[:0], "No date is left"),
    ],
)
def test_too_little_is_said_and_not_mended(make: Callable[[], pd.DataFrame], sentence: str) -> None:
    prices = make()
    report = quality_report(prices)
    assert not report.usable
    assert report.findings[-1].text.startswith(sentence)
    with pytest.raises(InvalidMarket, match=sentence):
        report.apply(prices)


def test_rows_without_a_date_and_backward_dates() -> None:
    prices = _prices("A", "B").iloc[::-1]
    index = list(prices.index.astype(str))
    index[3] = "soon"
    market = _mended(prices.set_axis(index, axis=0))
    assert len(market.dates) == N - 1
    assert market.dates.is_monotonic_increasing


@pytest.mark.parametrize(("newest", "kept"), [(1_100, "newest"), (300, "longest")])
def test_a_broken_history_keeps_its_newest_stretch_if_that_is_long_enough(newest: int, kept: str) -> None:
    prices = _prices("A", "B", n=1_500 + 60 + newest)
    prices = prices.drop(prices.index[1_500:1_560])
    report = quality_report(prices)
    broken = next(f for f in report.findings if f.text.startswith("History is broken"))
    left = report.apply(prices)
    assert len(left) == (newest if kept == "newest" else 1_500)
    assert (left.index[-1] == prices.index[-1]) == (kept == "newest")
    assert ("What is newer (300 dates) is too little to learn from" in broken.text) == (kept == "longest")

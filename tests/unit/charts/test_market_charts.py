"""The charts of a market: tables worked by hand, and what the figures say."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.charts import market as charts
from fingen_core.charts.theme import colors
from fingen_core.market import bundled, sp500_index


@pytest.fixture
def closes() -> pd.DataFrame:
    index = pd.to_datetime(["2020-02-18", "2020-02-19", "2020-02-20", "2020-02-21"])
    return pd.DataFrame({"A": [10.0, 20.0, 10.0, 30.0], "B": [100.0, 100.0, 50.0, 100.0]}, index=index)


def test_rebased_prices_and_the_portfolio_that_never_trades(closes: pd.DataFrame) -> None:
    table = charts.rebased_table(closes)
    assert list(table.columns) == ["Equal weight", "A", "B"]
    np.testing.assert_allclose(table["A"], [100, 200, 100, 300])
    np.testing.assert_allclose(table["Equal weight"], [100, 150, 75, 200])


def test_rebasing_begins_where_all_assets_have_a_price(closes: pd.DataFrame) -> None:
    closes.iloc[0, 1] = np.nan
    table = charts.rebased_table(closes)
    assert np.isnan(table["Equal weight"].iloc[0])
    assert table["A"].iloc[0] == 50
    assert table.iloc[1].tolist() == [100, 100, 100]


def test_drawdowns_count_the_start_as_a_high(closes: pd.DataFrame) -> None:
    table = charts.drawdown_table(closes)
    np.testing.assert_allclose(table["Equal weight"], [0, 0, -0.5, 0])
    np.testing.assert_allclose(table["B"], [0, 0, -0.5, 0])


def test_returns_are_rebalanced_daily(closes: pd.DataFrame) -> None:
    table = charts.return_table(closes)
    np.testing.assert_allclose(table["return"], [0.5, -0.5, 1.5])
    assert table["two_sd"].isna().all()


def test_the_band_is_twice_the_rolling_deviation() -> None:
    table = charts.return_table(bundled().prices)
    window = table["return"].iloc[100:121]
    assert table["two_sd"].iloc[120] == pytest.approx(2 * np.sqrt((window**2).mean()))


def test_correlated_assets_stand_together() -> None:
    order = list(charts.correlation_table(bundled().prices).columns)
    for one, other in [("XOM", "CVX"), ("BAC", "JPM"), ("KO", "PEP")]:
        assert abs(order.index(one) - order.index(other)) == 1
    assert sorted(order) == sorted(bundled().tickers)


def test_the_title_is_the_finding_and_the_subtitle_the_sample() -> None:
    title = charts.prices(bundled().prices).layout.title
    assert title.text.startswith("100 in equal parts became 21,294")
    text = charts.drawdowns(sp500_index().prices).layout.title.text
    assert "56.8" in text
    assert "March 2009" in text


def test_crises_are_shaded_and_the_deep_ones_named() -> None:
    figure = charts.prices(bundled().prices)
    assert len(figure.layout.shapes) == 20
    named = {note.text for note in figure.layout.annotations}
    assert {"Lehman", "COVID-19", "Dot-com crash", "Rates 2022"} <= named
    short = charts.prices(bundled().prices["2013":"2014"])
    assert [note.text for note in short.layout.annotations][-1] == "Taper tantrum"


def test_history_is_ink_and_only_highlights_have_color() -> None:
    figure = charts.prices(bundled().prices, highlight=["KO", "AMD"])
    by_name = {trace.name: trace.line for trace in figure.data}
    assert by_name["Equal weight"].color == colors().history
    assert by_name["KO"].color != by_name["AMD"].color
    assert by_name["KO"].color not in (colors().generated, colors().loss, colors().rival)
    assert by_name["XOM"].color.startswith("rgba(51,65,85")


def test_long_histories_are_thinned_and_say_so() -> None:
    figure = charts.prices(bundled().prices)
    assert len(figure.data[0].x) < charts.MAX_POINTS
    assert "weekly closes" in figure.layout.title.text
    assert len(figure.to_json()) < 700_000


def test_weekly_drawdowns_keep_the_deepest_day() -> None:
    exact = charts.drawdown_table(bundled().prices)["Equal weight"].min()
    drawn = min(charts.drawdowns(bundled().prices).data[-1].y)
    assert drawn == pytest.approx(100 * exact, rel=1e-5)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("draw", [charts.prices, charts.drawdowns, charts.returns, charts.correlations])
def test_every_chart_draws_one_asset_holes_and_both_modes(draw, dark, closes: pd.DataFrame) -> None:
    prices = bundled().prices.iloc[:400]
    assert draw(prices[["KO"]], dark=dark).layout.title.text
    holes = prices[["KO", "PEP"]].copy()
    holes.iloc[:50, 0] = np.nan
    assert draw(holes, dark=dark).data
    assert set(charts.HOW) == {"prices", "drawdowns", "returns", "correlations"}


def test_correlations_center_on_zero_and_leave_the_diagonal_out() -> None:
    heat = charts.correlations(bundled().prices).data[0]
    assert (heat.zmin, heat.zmax) == (-1, 1)
    assert np.isnan(np.diag(np.asarray(heat.z, dtype=float))).all()

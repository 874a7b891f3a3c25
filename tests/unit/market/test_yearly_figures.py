"""Yearly figures, horizons and their words of weekly, seven-day and monthly markets, beside plain numpy."""

import json

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from fingen_core.charts import outcomes as charts
from fingen_core.charts.risk import tails
from fingen_core.charts.theme import figure, retell
from fingen_core.errors import InvalidInput
from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.market import Market, Source, Step, bundled
from fingen_core.market.calendar import trading_calendar
from fingen_core.market.step import DAILY
from fingen_core.metrics.long_run import portrait
from fingen_core.portfolio.allocation.methods import risk_of
from fingen_core.portfolio.allocation.walk_forward import Walk, judge, walk_forward
from fingen_core.portfolio.risk import Gains, gains_at, risk_horizons, risk_table
from fingen_core.portfolio.strategies.backtest import backtest
from fingen_core.portfolio.strategies.measures import measures, sharpe_ratio
from fingen_core.portfolio.strategies.rules import RULES, BuyAndHold, MomentumRotation, VolatilityTarget
from fingen_core.portfolio.strategies.settings import Trading, knobs
from fingen_core.portfolio.weights import equal_weights
from fingen_core.runs.card import build, markdown
from fingen_core.runs.store import lineage
from fingen_core.scenarios import Scenarios
from fingen_core.scenarios import companies as reading
from fingen_core.scenarios.market_state import evenings
from fingen_core.scenarios.outcomes import Outcomes, tail_table
from fingen_core.scenarios.search.sentences import examples, read
from fingen_core.scenarios.search.story import tell_story, wildness
from fingen_core.scenarios.search.subjects import subjects
from fingen_core.scenarios.with_without import effect_table
from fingen_core.settings import ASSETS

CALENDARS = {
    "weekly": (pd.date_range("2005-01-07", periods=601, freq="W-FRI"), Step("week", 52)),
    "crypto": (pd.date_range("2016-01-01", periods=901, freq="D"), Step("day", 365)),
    "monthly": (pd.date_range("1990-01-31", periods=361, freq="ME"), Step("month", 12)),
}


@pytest.fixture(params=CALENDARS)
def market(request):
    dates, step = CALENDARS[request.param]
    rng = np.random.default_rng(len(dates))
    moves = 0.15 / np.sqrt(step.per_year) * (rng.standard_t(5, (len(dates) - 1, 3)) + 0.05)
    logs = np.vstack([np.zeros(3), np.cumsum(moves, axis=0)])
    found = Market(pd.DataFrame(100 * np.exp(logs), dates, list("ABC")), Source(kind="upload"), request.param)
    assert found.step == step
    return found


def yearly(returns, market):
    """Volatility a year by hand: squares per step, times the steps that a year of these dates has."""
    days = (market.dates[-1] - market.dates[0]).days
    return float(np.sqrt((np.asarray(returns) ** 2).mean() * market.n_steps / days * 365.25))


def scenarios(market, n_steps, seed=0):
    drawn = StationaryBootstrap().fit(market).sample(300, n_steps, seed=seed)
    return Scenarios(log_returns=drawn, tickers=market.tickers, start=market.dates[-1], step=market.step)


def test_a_strategy_is_measured_by_the_years_that_really_passed(market):
    per_year = market.step.per_year
    found = backtest(
        BuyAndHold(),
        market.log_returns(),
        before=market.prices.to_numpy()[:1],
        base=equal_weights(3),
        trading=Trading(proportional=0, fixed=0, cash_rate=0),
        steps_per_year=per_year,
    )
    told = measures(found.wealth, per_year).iloc[0]
    worth = market.prices.to_numpy() @ (np.ones(3) / 3) / 100
    returns = worth[1:] / worth[:-1] - 1
    years = (market.dates[-1] - market.dates[0]).days / 365.25
    assert told["yearly"] == pytest.approx(worth[-1] ** (1 / years) - 1, rel=0.01)
    assert told["volatility"] == pytest.approx(yearly(returns - returns.mean(), market), rel=0.005)
    assert told["sharpe"] == pytest.approx(returns.mean() / returns.std(ddof=1) * np.sqrt(per_year), rel=1e-6)
    wrong = measures(found.wealth, DAILY.per_year).iloc[0]["volatility"]  # the twin that takes all for trading days
    assert abs(wrong / told["volatility"] - 1) > 0.15


def test_interest_and_a_volatility_target_go_by_the_step(market):
    per_year, n = market.step.per_year, market.step.year
    flat = np.zeros((1, n, 1))
    cash = backtest(
        BuyAndHold(),
        flat,
        before=np.ones((1, 1)),
        base=[0.0],
        trading=Trading(cash_rate=0.05, fixed=0),
        steps_per_year=per_year,
    )
    assert cash.values[0, -1] == pytest.approx(1.05, rel=1e-4)  # a year later
    rule = VolatilityTarget(target=0.1, days=max(2, market.step.quarter), most=3)
    tested = backtest(
        rule,
        market.log_returns(),
        before=market.prices.to_numpy()[: rule.lookback + 1],
        base=equal_weights(3),
        trading=Trading(every=1, proportional=0, fixed=0),
        steps_per_year=per_year,
    )
    returns = tested.wealth[0, 1:] / tested.wealth[0, :-1] - 1
    assert 0.08 < yearly(returns, market) < 0.16


def test_lengths_of_rules_cover_the_same_time(market):
    step = market.step
    for kind in RULES.values():
        told = {knob.name: knob.in_steps(step) for knob in knobs(kind)}
        rule = kind(**{name: knob.default for name, knob in told.items() if name != "hold"})
        for knob in told.values():
            kind(**{knob.name: knob.low})
            kind(**{knob.name: knob.high})
        if isinstance(rule, MomentumRotation):
            assert rule.lookback / step.per_year == pytest.approx(1, abs=0.1)  # 231 and 21 days: a year
    assert knobs(Trading)[0].in_steps(step).default == step.month
    assert knobs(Trading)[0].in_steps(DAILY) == knobs(Trading)[0]


def test_scenarios_are_told_by_the_step(market):
    step = market.step
    drawn = scenarios(market, step.year)
    plain = scenarios(market, step.year, seed=1)
    table = effect_table(drawn, plain, equal_weights(3), step.per_year)
    values = np.exp(np.cumsum(drawn.log_returns, axis=1, dtype=float)).mean(axis=2)
    moves = np.diff(np.log(np.concatenate([np.ones((300, 1)), values], axis=1)), axis=1)
    assert table.loc["Volatility a year", "with"] == pytest.approx(yearly(moves, market), rel=0.005)
    story = tell_story(
        drawn.log_returns[0], equal_weights(3), list("ABC"), market.log_returns(), steps_per_year=step.per_year
    )
    whole = np.expm1(market.log_returns()).mean(axis=1)
    assert story.volatility_before == pytest.approx(yearly(whole, market), rel=0.02)
    assert wildness(drawn.log_returns, equal_weights(3), step.per_year)[0, 0] == pytest.approx(story.volatility_during)
    ends = drawn.dates()
    assert len(ends) == step.year
    assert (ends[-1] - market.dates[-1]).days == pytest.approx(365, abs=8)


def test_rolling_volatility_on_screen_is_a_years(market):
    step = market.step
    values = np.exp(np.cumsum(scenarios(market, 4 * step.stretch).log_returns.mean(axis=2), axis=1))
    sample = Outcomes.of(np.hstack([np.ones((300, 1)), values]), label="x", kind="generated", note="")
    told = charts.volatility_data([sample], step.stretch, step.per_year)
    last = np.diff(np.log(sample.values[:, -step.stretch - 1 :]), axis=1)
    by_hand = np.quantile(np.sqrt((last**2).mean(axis=1) * step.per_year), 0.5)
    assert told["50 %"].iloc[-1] == pytest.approx(by_hand)


def test_allocation_states_figures_of_a_year(market):
    horizon = market.step.month
    starts = range(market.n_steps - horizon + 1)
    windows = np.stack([np.expm1(market.log_returns()[at : at + horizon].sum(axis=0)) for at in starts])
    told = risk_of(equal_weights(3), windows, market.step.per_year / horizon)
    outcomes, months = windows.mean(axis=1), market.step.per_year / horizon
    assert months == pytest.approx(12, abs=1.1)
    assert told["volatility"] == pytest.approx(outcomes.std(ddof=1) * np.sqrt(months))
    assert told["mean"] == pytest.approx(outcomes.mean() * months)


def test_a_walk_chooses_once_a_year_of_its_own_steps(market):
    if market.n_steps < 4 * market.step.year:
        with pytest.raises(InvalidInput, match="it needs 730 and 365"):
            walk_forward(market, lambda *_: equal_weights(3), "hrp", None, start=market.dates[300], horizon=7)
        return
    from fingen_core.portfolio.allocation.limits import Limits

    first = market.dates[2 * market.step.year]
    walk = walk_forward(market, lambda *_: equal_weights(3), "hrp", Limits(), start=first, horizon=market.step.month)
    apart = np.diff(walk.refits.to_numpy()).astype("timedelta64[D]").astype(int)
    assert (np.abs(apart - 365.25) < 8).all()
    lived = Walk(dates=walk.dates, values=walk.values, weights={}, refits=walk.refits, turnover={})
    found = judge(lived, "variance", step=market.step)
    returns = walk.values["Generated"][1:] / walk.values["Generated"][:-1] - 1
    assert found.generated == pytest.approx(returns.std(ddof=1) * np.sqrt(market.step.per_year))


def test_the_state_of_a_market_is_found_in_its_own_months_and_quarters(market):
    found = evenings(market, {"volatility": 95})
    returns = market.log_returns().mean(axis=1)
    at = market.return_dates.get_indexer(found.dates)
    month = market.step.stretch
    by_hand = [np.sqrt((returns[row - month + 1 : row + 1] ** 2).mean()) for row in at]
    assert found.levels["volatility"] == pytest.approx(found.weights @ by_hand)
    yearly_told = found.levels["volatility"] * np.sqrt(market.step.per_year)
    assert f"their volatility was {yearly_told * 100:.0f} % a year" in found.sentence()
    assert f"{len(found.dates)} {market.step.nouns} of history" in found.sentence()


def test_a_company_is_measured_by_the_step(market):
    paths = scenarios(market, market.step.quarter).log_returns[..., :2].astype(float)
    told = reading.measures(paths, market.step)
    own = paths[..., 1] - paths[..., 1].mean()
    assert told["volatility"] == pytest.approx(yearly(own, market), rel=0.005)
    month = market.step.month
    losses = np.sort(np.expm1(paths[:, :month, 1].sum(axis=1)))
    assert told[f"es_{month}"] == pytest.approx(-losses[:3].mean())


def test_losses_are_measured_over_what_comes_near_to_days_months_and_quarters(market):
    step, horizons = market.step, risk_horizons(market.step)
    assert horizons == {"week": (1, 2, 4, 13), "day": (1, 14, 30, 90), "month": (1, 3, 6, 12)}[step.unit]
    over = gains_at(scenarios(market, max(horizons)).log_returns, horizons)
    table = risk_table([Gains(label="x", kind="generated", over=over, cluster=step.stretch)], equal_weights(3))
    chart = tails(table[table["level"] == 0.975], "ES", "t", "s", step=step)
    assert chart.layout.xaxis.ticktext == tuple(step.words(n) for n in horizons)
    assert risk_horizons(DAILY) == (1, 10, 21, 63)


def test_tails_of_history_are_resampled_in_blocks_of_its_own_month(market):
    values = np.cumprod(1 + np.random.default_rng(0).normal(0, 0.02, (4000, 6)), axis=1)
    sample = Outcomes.of(np.hstack([np.ones((4000, 1)), values]), label="History", kind="history", note="")
    own = tail_table([sample], step=market.step)
    daily = tail_table([sample], step=DAILY)
    assert own["estimate"].equals(daily["estimate"])  # estimates know no step, bands do
    assert own["low"].equals(daily["low"]) == (market.step.stretch == DAILY.stretch)


@pytest.mark.parametrize("calendar", CALENDARS)
def test_questions_are_read_in_the_steps_of_the_market(calendar):
    dates, step = CALENDARS[calendar]
    prices = pd.DataFrame(100 + np.arange(len(dates))[:, None] * [1.0, 2.0], dates, ["AAPL", "JPM"])
    known = subjects(Market(prices, Source(kind="upload")))

    def asked(text):
        return read(text, known, step)[0].n_days

    assert asked("JPM -10 % in a month") == step.month
    assert asked("JPM -10 % in two quarters") == 2 * step.quarter
    assert asked("JPM -10 % in a year") == step.year
    assert asked(f"JPM -10 % in {step.words(7)}") == 7
    assert asked("JPM -10 %") == asked(examples(step)[1]) == step.steps("fortnight")
    view = read("JPM -10 % in a year", known, step)[0]
    assert view.words(step).endswith(f"after {step.words(step.year)}")
    assert read(view.words(step), known, step)[0].n_days == step.year  # what a refusal offers can be asked
    if step.unit != "day":
        with pytest.raises(InvalidInput, match=f"prices of this market are {step.adjective}"):
            asked("JPM -10 % in 1 day")


def test_charts_written_for_days_are_told_in_the_steps_of_the_market(market):
    step = market.step
    chart = figure("What could 3 days bring?", "2,000 paths, daily returns of Day Trading Inc.")
    chart.add_scatter(x=[1], y=[1], name="Day trader", hovertemplate="day %{x}<extra>Day trader</extra>")
    chart.update_xaxes(title="Trading days from the start", unifiedhovertitle_text="Day %{x}")
    before = json.loads(chart.to_json())
    told = retell(chart, step)
    if step.unit == "day":  # seven days a week: each is a day with trading, so nothing else is said of it
        before["layout"]["xaxis"]["title"]["text"] = "Days from the start"
        assert json.loads(told.to_json()) == before
        return
    assert told.layout.xaxis.title.text == f"{step.nouns.capitalize()} from the start"
    assert told.layout.xaxis.unifiedhovertitle.text == f"{step.unit.capitalize()} %{{x}}"
    assert told.data[0].name == "Day trader"  # people gave it
    assert told.data[0].hovertemplate == f"{step.unit} %{{x}}<extra>Day trader</extra>"
    assert f"What could 3 {step.nouns} bring?" in told.layout.title.text
    assert json.loads(retell(go.Figure(told), step).to_json()) == json.loads(told.to_json())  # once is enough


def test_a_portrait_looks_for_falls_within_a_year(market):
    year = market.step.year
    logs = market.log_returns()
    if market.n_steps < max(252, year):
        with pytest.raises(InvalidInput, match="needs at least"):
            portrait(logs, year=year)
        return
    found = portrait(logs, year=year)
    wealth = np.exp(np.concatenate([[0.0], np.cumsum(np.log1p(np.expm1(logs).mean(axis=1)))]))
    starts = range(0, len(wealth) - year, max(1, year // 12))
    falls = [max(1 - wealth[at : at + year + 1] / np.maximum.accumulate(wealth[at : at + year + 1])) for at in starts]
    np.testing.assert_allclose(found.drawdowns, np.sort(falls), rtol=1e-6)


def test_records_know_the_step_and_those_of_daily_markets_stay_as_they_were(market):
    facts = lineage(market)
    assert Step.of(facts.get("step")) == market.step
    assert "step" not in lineage(bundled())
    card = build({"market": facts}, {}, {})
    assert f"Draws {market.step.adjective} return paths" in card["purpose"]
    assert f"{market.n_steps:,} {market.step.adjective} returns" in markdown(card)


def test_a_model_of_daily_returns_is_not_asked_about_other_steps(market):
    model = NeuralGenerator.load(ASSETS / "pretrained")
    assert model.step == DAILY
    values = np.exp(np.random.default_rng(0).normal(0, 0.01, (len(market.dates), len(model.tickers))).cumsum(axis=0))
    other = Market(pd.DataFrame(values, market.dates, list(model.tickers)), Source(kind="upload"), "Mine")
    with pytest.raises(InvalidInput, match=r"learned daily returns \(252 a year\), but those of Mine are"):
        model.states(other)


@pytest.mark.parametrize(
    ("freq", "last", "next_ones"),
    [
        ("ME", "2023-12-31", ["2024-01-31", "2024-02-29", "2024-03-31"]),
        ("BME", "2023-12-29", ["2024-01-31", "2024-02-29", "2024-03-29"]),
        ("MS", "2023-12-01", ["2024-01-01", "2024-02-01", "2024-03-01"]),
        ("W-FRI", "2023-12-29", ["2024-01-05", "2024-01-12", "2024-01-19"]),
        ("QE", "2023-12-31", ["2024-03-31", "2024-06-30", "2024-09-30"]),
        ("YE", "2022-12-31", ["2023-12-31", "2024-12-31", "2025-12-31"]),
    ],
)
def test_dates_go_on_in_weeks_and_months(freq, last, next_ones):
    dates = pd.date_range("2000-01-01", last, freq=freq)
    assert trading_calendar(dates).after(dates[-1], 3).strftime("%Y-%m-%d").tolist() == next_ones
    market = Market(pd.DataFrame({"A": np.arange(1.0, len(dates) + 1)}, dates), Source(kind="upload"))
    drawn = Scenarios(log_returns=np.zeros((1, 3, 1), np.float32), tickers=("A",), start=dates[-1], step=market.step)
    assert drawn.dates().strftime("%Y-%m-%d").tolist() == next_ones


def test_a_holiday_moves_one_week_and_not_those_after_it():
    dates = pd.date_range("2020-01-03", "2024-03-22", freq="W-FRI").append(pd.DatetimeIndex(["2024-03-28"]))
    assert trading_calendar(dates).after(dates[-1], 2).tolist() == [
        pd.Timestamp("2024-04-05"),
        pd.Timestamp("2024-04-12"),
    ]


def test_ratios_that_are_not_a_years_have_no_default():
    with pytest.raises(TypeError, match="steps_per_year"):
        sharpe_ratio([0.1, 0.2])

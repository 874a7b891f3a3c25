"""With and without a condition: figures by hand, and an error that knows luck from effect."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.market.step import DAILY
from fingen_core.scenarios import Scenarios
from fingen_core.scenarios.with_without import MEASURES, effect_table, effect_words, plausibility

WEIGHTS = np.array([0.5, 0.5])


def drawn(sd: float, *, drift: float = 0.0, n_paths: int = 2000, seed: int = 0) -> Scenarios:
    rng = np.random.default_rng(seed)
    moves = rng.normal(drift, sd, (n_paths, 20, 2)).astype(np.float32)
    return Scenarios(log_returns=moves, tickers=("A", "B"), start=pd.Timestamp("2020-01-02"), step=DAILY)


def test_figures_are_those_of_their_definition():
    calm, wild = drawn(0.01), drawn(0.02, drift=-0.001, seed=1)
    table = effect_table(wild, calm, WEIGHTS, 252)
    assert tuple(table.index) == MEASURES
    values = np.exp(np.cumsum(wild.log_returns.astype(float), axis=1)) @ WEIGHTS
    moves = np.diff(np.log(np.column_stack([np.ones(2000), values])), axis=1)
    assert table.loc["Volatility a year", "with"] == pytest.approx(np.sqrt((moves**2).mean() * 252))
    losses = 1 - values[:, -1]
    assert table.loc["Mean loss", "with"] == pytest.approx(losses.mean())
    assert table.loc["Loss of the worst 5 %", "with"] == pytest.approx(np.sort(losses)[-100:].mean())
    np.testing.assert_allclose(table["difference"], table["with"] - table["without"])
    assert effect_words(table) == "Asked for, it makes the paths wider and worse on average."


def test_the_error_is_the_deviation_between_seeds():
    tables = [effect_table(drawn(0.01, seed=s), drawn(0.01, seed=100 + s), WEIGHTS, 252) for s in range(40)]
    spread = np.std([table["difference"] for table in tables], axis=0)
    told = np.mean([table["error"] for table in tables], axis=0)
    np.testing.assert_allclose(told, spread, rtol=0.35)  # both estimates are good to about 11 %


def test_no_difference_is_said_to_be_none():
    table = effect_table(drawn(0.01), drawn(0.01), WEIGHTS, 252)
    assert "no difference" in effect_words(table)


def test_one_asset_has_no_correlation():
    one = Scenarios(
        log_returns=drawn(0.01).log_returns[:, :, :1], tickers=("A",), start=pd.Timestamp("2020-01-02"), step=DAILY
    )
    assert "Correlation" not in effect_table(one, one, np.ones(1), 252).index


def test_plausibility_is_the_share_of_paths_that_lose_as_much():
    calm, wild = drawn(0.01), drawn(0.01, drift=-0.01, seed=1)
    bad = (1 - np.exp(np.cumsum(wild.log_returns.astype(float), axis=1)[:, -1]) @ WEIGHTS).mean()
    share = ((1 - np.exp(np.cumsum(calm.log_returns.astype(float), axis=1)[:, -1]) @ WEIGHTS) >= bad).mean()
    assert share == 0
    assert plausibility(wild, calm, WEIGHTS) == "None of the 2,000 paths without loses what these lose on average."
    assert 40 < float(plausibility(calm, calm, WEIGHTS).split(", ")[1].split(" ")[0]) < 60

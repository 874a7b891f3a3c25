"""Portfolios by hand."""

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.metrics.risk import max_drawdown
from fingen_core.portfolio.values import horizon_returns, portfolio_returns, portfolio_values
from fingen_core.portfolio.weights import (
    checked_weights,
    equal_weights,
    evaluation_portfolios,
    inverse_volatility_weights,
)

PATHS = np.log([[[1.1, 0.9], [1.0, 0.5]], [[0.5, 2.0], [2.0, 1.0]]])  # two paths, two days, two assets


def test_buy_and_hold_by_hand():
    values = portfolio_values(PATHS, [0.5, 0.5])
    assert values == pytest.approx(np.array([[1, 1.0, 0.5 * 1.1 + 0.5 * 0.45], [1, 1.25, 1.5]]))
    assert horizon_returns(PATHS, [0.5, 0.5]) == pytest.approx(values[:, -1] - 1)
    assert portfolio_values(PATHS[0], [0.5, 0.5]) == pytest.approx(values[0])


def test_cash_and_short_positions():
    assert portfolio_values(PATHS[:1], [0.5, 0.0])[0] == pytest.approx([1, 1.05, 1.05])  # the other half is cash
    assert portfolio_values(PATHS[:1], [0.5, -0.5])[0] == pytest.approx([1, 1.1, 1 + 0.05 + 0.275])


def test_rebalanced_returns_by_hand():
    assert portfolio_returns(PATHS, [0.5, 0.5]) == pytest.approx(np.array([[0.0, -0.25], [0.25, 0.5]]))
    both = portfolio_returns(PATHS, np.array([[0.5, 0.5], [1, 0]]))
    assert both.shape == (2, 2, 2)
    assert both[..., 1] == pytest.approx(np.array([[0.1, 0.0], [-0.5, 1.0]]))


def test_wealth_begins_before_the_first_loss():
    assert max_drawdown(portfolio_values(np.log([[[0.8], [1.1]]]), [1.0])) == pytest.approx([0.2])


def test_single_precision_paths_are_summed_in_double():
    paths = np.full((1, 10_000, 1), 1e-4, dtype=np.float32)
    assert portfolio_values(paths, [1.0])[0, -1] == pytest.approx(np.exp(10_000 * float(np.float32(1e-4))), rel=1e-12)


def test_misfits_are_refused():
    with pytest.raises(InvalidInput, match="same assets"):
        portfolio_values(PATHS, [1.0, 0, 0])
    with pytest.raises(InvalidInput, match="not finite"):
        portfolio_returns(PATHS, [np.nan, 1])


def test_simple_weights():
    assert equal_weights(4).tolist() == [0.25] * 4
    returns = np.array([[0.01, 0.03], [-0.01, -0.03]])
    assert inverse_volatility_weights(returns) == pytest.approx([0.75, 0.25])
    with pytest.raises(InvalidInput, match="drop the others"):
        inverse_volatility_weights([[0.01, 0.0], [0.02, 0.0]])
    with pytest.raises(InvalidInput, match="0 assets"):
        equal_weights(0)


def test_checked_weights():
    assert checked_weights({"B": 0.3}, ["A", "B"]).tolist() == [0, 0.3]
    assert checked_weights([1, -1], ["A", "B"]).tolist() == [1, -1]
    for weights, message in (
        ({"C": 1}, "weight for C"),
        ([1.0], "one weight per asset"),
        ([np.nan, 1], "weight nan"),
        ([0, 0], "all weights are 0"),
    ):
        with pytest.raises(InvalidInput, match=message):
            checked_weights(weights, ["A", "B"])


def test_evaluation_portfolios_are_named():
    frame = evaluation_portfolios(["A", "B", "C"])
    assert list(frame.index[:4]) == ["equal weight", "A", "B", "C"]
    assert list(frame.index[[4, 9, 10, 15]]) == ["long-only 1", "long-only 6", "long-short 1", "long-short 6"]
    assert frame.loc["B"].tolist() == [0, 1, 0]
    assert frame.equals(evaluation_portfolios(["A", "B", "C"]))
    assert list(evaluation_portfolios(["A"]).index) == ["equal weight"]

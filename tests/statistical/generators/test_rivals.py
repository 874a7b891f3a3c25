"""Do the copulas find what was put in? Simulated data with known parameters, and twins that must fail."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fingen_core.generators.classical.t_copula import StudentMargin, TCopula, fit_t_copula
from fingen_core.generators.classical.vine import VineCopula
from fingen_core.market import Market, Source

CORRELATION = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, 0.5], [0.3, 0.5, 1.0]])
MARGINS = (3.0, 5.0, 8.0)


def market_of(log_returns: np.ndarray) -> Market:
    dates = pd.bdate_range("1990-01-02", periods=len(log_returns) + 1)
    prices = 100 * np.exp(np.vstack([np.zeros(log_returns.shape[1]), np.cumsum(log_returns, axis=0)]))
    return Market(pd.DataFrame(prices, dates, [f"A{i}" for i in range(prices.shape[1])]), Source(kind="upload"))


def copula_days(n_days: int, degrees: float, seed: int) -> np.ndarray:
    """Days whose margins are t with 3, 5 and 8 degrees of freedom; infinite ``degrees`` is the Gaussian copula."""
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((n_days, 3)) @ np.linalg.cholesky(CORRELATION).T
    if np.isinf(degrees):
        ranks = stats.norm.cdf(scores)
    else:
        ranks = stats.t.cdf(scores / np.sqrt(rng.chisquare(degrees, (n_days, 1)) / degrees), degrees)
    columns = zip(ranks.T, MARGINS, strict=True)
    return 0.01 * np.stack([stats.t.ppf(column, margin) for column, margin in columns], axis=1)


def clayton_days(n_days: int, theta: float, seed: int) -> np.ndarray:
    """Assets that fall together and rise apart: Clayton copula by its gamma mixture, t margins."""
    rng = np.random.default_rng(seed)
    shared = rng.gamma(1 / theta, size=(n_days, 1))
    ranks = (1 + rng.exponential(size=(n_days, 3)) / shared) ** (-1 / theta)
    return 0.01 * stats.t.ppf(ranks, 5)


def together(returns: np.ndarray, share: float, *, worst: bool) -> float:
    """Share of an asset's extreme days on which the next asset is extreme too, over pairs of neighbors."""
    ranks = stats.rankdata(returns if worst else -returns, axis=0) / len(returns)
    extreme = ranks <= share
    return float(np.mean([(extreme[:, i] & extreme[:, i + 1]).mean() / share for i in range(returns.shape[1] - 1)]))


@pytest.mark.parametrize("degrees", [4.0, 9.0])
def test_t_copula_recovers_its_parameters(degrees):
    found, errors = [], []
    for seed in range(12):
        returns = copula_days(3000, degrees, seed)
        margins = tuple(StudentMargin.fit(column) for column in returns.T)
        correlation, fitted = fit_t_copula(returns, margins)
        found.append(fitted)
        errors.append(correlation - CORRELATION)
    # Four standard errors of the mean of 12 fits, measured from the fits themselves.
    spread = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found) - degrees) < 4 * spread
    assert spread < 0.1 * degrees  # so that the line above says something
    pairs = np.array(errors)[:, [0, 0, 1], [1, 2, 2]]
    assert (np.abs(pairs.mean(axis=0)) < 4 * pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs))).all()


def test_gaussian_dependence_is_not_taken_for_heavy():
    returns = copula_days(6000, np.inf, seed=0)
    margins = tuple(StudentMargin.fit(column) for column in returns.T)
    assert fit_t_copula(returns, margins)[1] > 25  # the twin of the test above: no common shocks, no small degrees
    assert [margin.degrees for margin in margins] == pytest.approx(MARGINS, rel=0.35)


def test_t_copula_gives_back_the_days_it_learned_from():
    returns = copula_days(6000, 4.0, seed=1)
    drawn = TCopula().fit(market_of(returns)).sample(400, 100, seed=0).reshape(-1, 3)
    share = 0.02
    truth = together(copula_days(400_000, 4.0, seed=2), share, worst=True)
    error = np.sqrt(truth / (share * 6000))  # of the fit's sample, the smaller of the two
    assert abs(together(drawn, share, worst=True) - truth) < 4 * error
    gaussian = together(copula_days(400_000, np.inf, seed=2), share, worst=True)
    assert truth - gaussian > 0.1  # the twin lies outside what noise explains on the samples drawn here
    assert abs(together(drawn, share, worst=True) - gaussian) > 0.08
    for column, degrees in enumerate(MARGINS):
        level = 0.01 * stats.t.ppf(0.01, degrees)
        below = (drawn[:, column] <= level).mean()
        assert abs(below - 0.01) < 4 * np.sqrt(0.01 * 0.99 / 6000)  # the history's error dominates


def test_vine_learns_that_falls_come_together_and_rises_do_not():
    history = market_of(clayton_days(3000, 2.0, seed=0))
    share = 0.05

    def asymmetry(drawn: np.ndarray) -> float:
        flat = drawn.reshape(-1, 3)
        return together(flat, share, worst=True) - together(flat, share, worst=False)

    truth = asymmetry(clayton_days(400_000, 2.0, seed=1))
    assert truth > 0.4
    assert asymmetry(VineCopula().fit(history).sample(500, 100, seed=0)) == pytest.approx(truth, abs=0.1)
    # The twin: a t copula is the same in both tails, whatever it is fitted to.
    assert asymmetry(TCopula().fit(history).sample(500, 100, seed=0)) == pytest.approx(0, abs=0.05)

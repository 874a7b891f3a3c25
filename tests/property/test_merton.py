"""Merton's model answers or refuses in a sentence, whatever statements and markets hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from fingen_core.errors import FinGenError
from fingen_core.portfolio.merton import Covenants, along, breaches, equity_value, solve

wild = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, -1.0, 1e-300, 5e-324, 1e300, 3.5e17])
sized = st.floats(1e-9, 1e15)


@settings(max_examples=200, deadline=None)
@given(wild | sized, wild | st.floats(1e-6, 100), wild | sized, wild | st.floats(-0.05, 0.2), wild | st.floats(0.1, 30))
def test_any_input_is_answered_or_refused(equity, volatility, debt, rate, years):
    try:
        firm = solve(equity, volatility, debt, rate=rate, years=years)
    except FinGenError:
        return
    assert equity <= firm.asset_value * (1 + 1e-9)
    assert 0 < firm.asset_volatility <= volatility * (1 + 1e-6)
    assert 0 <= firm.probability <= 1
    paths = np.array([[equity, equity * 0.5, equity * 1e-6, equity * 2]])
    distance, probability = along(firm, paths)
    assert not np.isnan(distance).any()
    assert ((probability >= 0) & (probability <= 1)).all()
    found = breaches(firm, paths, Covenants(), ebitda=volatility, interest=debt)
    assert list(found) == ["leverage", "coverage"]


@settings(max_examples=60, deadline=None)
@given(st.floats(-6, 6), st.floats(0.02, 2.0), st.floats(-0.05, 0.2))
def test_firms_of_every_leverage_are_solved(magnitude, volatility, rate):
    """From a debt a million times the equity to one that is nothing beside it both equations hold."""
    equity, debt = 10.0**magnitude, 1.0
    firm = solve(equity, volatility, debt, rate=rate)
    assert float(equity_value(firm.asset_value, firm.asset_volatility, debt, rate)) == pytest.approx(equity, rel=1e-5)
    d1 = firm.distance + firm.asset_volatility
    assert norm.cdf(d1) * firm.asset_volatility * firm.asset_value == pytest.approx(volatility * equity, rel=1e-3)

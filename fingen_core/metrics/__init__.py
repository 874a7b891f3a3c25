"""Measures of risk, of shape and of forecasts: pure functions of arrays."""

"""Where portfolios are entered: weights, holdings, rates, market values."""

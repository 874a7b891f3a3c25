"""Many assets as one: the equal-weight portfolio as a market of its own."""

from dataclasses import replace

import numpy as np
import pandas as pd

from fingen_core.market.market import Market

__all__ = ["EQUAL_WEIGHT", "equal_weight"]

EQUAL_WEIGHT = "Equal weight"


def equal_weight(market: Market) -> Market:
    """All assets, brought back to equal weights every day, as a market of one asset that starts at 100."""
    growth = 1 + np.expm1(market.log_returns()).mean(axis=1)
    prices = 100 * np.concatenate([[1.0], np.cumprod(growth)])
    frame = pd.DataFrame({EQUAL_WEIGHT: prices}, index=market.dates)
    return replace(market, prices=frame, name=f"{market.name}, equal weight")

"""What every generator refuses, in the same words."""

from collections.abc import Mapping

import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market import Market

__all__ = ["position", "refuse_condition", "require_counts", "require_history", "require_tickers"]

_FLAT = 1e-10


def position(dates: pd.DatetimeIndex, date: str | pd.Timestamp) -> int:
    """Row of the last of ``dates`` on or before ``date``; ``InvalidInput`` if there is none."""
    row = int(dates.searchsorted(pd.Timestamp(date), side="right")) - 1
    if row < 0:
        raise InvalidInput(
            f"no state on {pd.Timestamp(date):%Y-%m-%d}: this history begins on {dates[0]:%Y-%m-%d}, choose a later day"
        )
    return row


def require_counts(n_paths: int, n_steps: int) -> None:
    """Refuse an empty draw."""
    if n_paths < 1 or n_steps < 1:
        raise InvalidInput(f"{n_paths} paths of {n_steps} days: draw at least one path of one day")


def refuse_condition(label: str, condition: Mapping[str, float] | None) -> None:
    """Refuse a condition where a generator has none."""
    if condition:
        raise InvalidInput(f"{label} knows no condition, but got {', '.join(condition)}: leave it out")


def require_tickers(label: str, fitted: tuple[str, ...], given: tuple[str, ...]) -> None:
    """Refuse a history of other assets than those of the fit, or in another order."""
    if fitted != given:
        raise InvalidInput(
            f"{label} was fitted to {', '.join(fitted) or 'nothing'}, but this history holds {', '.join(given)}: "
            "select the same tickers in the same order"
        )


def require_history(label: str, market: Market, least: int) -> None:
    """Refuse a history of fewer than ``least`` returns, or with an asset whose price never moves."""
    returns = market.log_returns()
    if len(returns) < least:
        raise InvalidInput(
            f"{len(returns)} returns between {market.dates[0]:%Y-%m-%d} and {market.dates[-1]:%Y-%m-%d}, but "
            f"{label} needs {least}: choose an earlier start"
        )
    flat = [ticker for ticker, sd in zip(market.tickers, returns.std(axis=0), strict=True) if sd < _FLAT]
    if flat:
        raise InvalidInput(f"the price of {', '.join(flat)} never moves: drop it from the market")

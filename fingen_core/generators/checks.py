"""What every generator refuses, in the same words."""

from collections.abc import Mapping

import pandas as pd

from fingen_core.errors import InvalidInput

__all__ = ["position", "refuse_condition", "require_counts", "require_tickers"]


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

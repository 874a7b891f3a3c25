"""How wide a band is around the mean of several runs."""

from scipy import stats

__all__ = ["reach_of"]


def reach_of(n_runs: int) -> float:
    """Half of a 90 % band in standard errors that come from ``n_runs`` runs: Student's t."""
    return float(stats.t.ppf(0.95, n_runs - 1))

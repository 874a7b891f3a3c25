"""The market that ships with the installation: real prices without a connection.

The prices are the ones that ``skfolio.datasets.load_sp500_dataset`` returns. Its file is read directly, because
importing skfolio brings scikit-learn and an optimizer along (2 s and 100 MB in the process that serves pages) just
to read a CSV; a test holds that both ways give the same table.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from fingen_core.errors import SourceUnavailable
from fingen_core.market.market import Market, Source

__all__ = ["bundled", "sp500_index"]

LEFT_OUT = "RRC"
"""Its prices move in steps before 2000 (38 % of days in the 1990s without any change), which breaks volatility fits."""

_NOTE = "Offered by its authors for tests and examples, not for commercial use."


@cache
def bundled(*, everything: bool = False) -> Market:
    """Large US companies, daily adjusted closes from 1990-01-02 to 2022-12-28.

    Parameters
    ----------
    everything : bool
        Keep all 20 stocks. By default RRC is left out because the quality report refuses it.

    Raises
    ------
    SourceUnavailable
        If skfolio, whose data this is, is not installed.
    """
    prices = _read("sp500_dataset")
    if not everything:
        prices = prices.drop(columns=LEFT_OUT)
    return Market(
        prices, _source("skfolio S&P 500 dataset", prices), "US large caps (all 20)" if everything else "US large caps"
    )


@cache
def sp500_index() -> Market:
    """The S&P 500 index itself, over the same dates as :func:`bundled`."""
    prices = _read("sp500_index")
    return Market(prices, _source("skfolio S&P 500 index", prices), "S&P 500 index")


def _source(detail: str, prices: pd.DataFrame) -> Source:
    return Source(kind="bundled", detail=detail, note=_NOTE, currencies=dict.fromkeys(map(str, prices.columns), "USD"))


def _read(name: str) -> pd.DataFrame:
    spec = find_spec("skfolio")
    if spec is None or not spec.submodule_search_locations:
        raise SourceUnavailable("the bundled market needs skfolio, which is not installed: run `make app` again")
    path = Path(spec.submodule_search_locations[0]) / "datasets" / "data" / f"{name}.csv.gz"
    if not path.exists():
        raise SourceUnavailable(f"the installed skfolio has no {name}.csv.gz: install the version in requirements.txt")
    return pd.read_csv(path, index_col=0, parse_dates=True)

"""The generators by name; light to import (neither torch nor scikit-learn)."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.generators.classical.fhs import EwmaHistoricalSimulation, FilteredHistoricalSimulation
from fingen_core.generators.classical.historical import HistoricalSimulation
from fingen_core.generators.classical.independent import GaussianRandomWalk
from fingen_core.generators.classical.normal_garch import NormalGarch
from fingen_core.generators.classical.t_copula import TCopula
from fingen_core.generators.classical.vine import VineCopula
from fingen_core.generators.protocol.base import Generator

__all__ = ["LABELS", "classical", "rivals"]

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "vae": "Filter + VAE",
        "gan": "Filter + GAN",
        "linear-copula": "Filter + linear factors",
        "filter-rows": "Filter + rows of history",
        "fhs-gjr": "FHS on GJR-GARCH",
        "fhs-ewma": "FHS on EWMA 0.94",
        "historical": "Historical simulation, all days",
        "historical-500": "Historical simulation, 500 days",
        "block-bootstrap": "Block bootstrap, 21 days",
        "random-walk": "Gaussian random walk",
        "garch-normal": "GJR-GARCH, normal days",
        "t-copula": "t copula",
        "vine-copula": "Vine copula",
    }
)
"""What tables and charts call each generator; the order in which they list them."""


def rivals() -> dict[str, Callable[[], Generator]]:
    """How to build the classical generators that every training is scored beside, by name."""
    return {"fhs-gjr": FilteredHistoricalSimulation, "block-bootstrap": StationaryBootstrap}


def classical() -> dict[str, Callable[[], Generator]]:
    """How to build every classical generator, by the name that requests and tables use."""
    return {
        "fhs-gjr": FilteredHistoricalSimulation,
        "fhs-ewma": EwmaHistoricalSimulation,
        "historical": HistoricalSimulation,
        "historical-500": partial(HistoricalSimulation, 500),
        "block-bootstrap": StationaryBootstrap,
        "random-walk": GaussianRandomWalk,
        "garch-normal": NormalGarch,
        "t-copula": TCopula,
        "vine-copula": VineCopula,
    }

"""The classical generators by name; light to import (no torch)."""

from collections.abc import Callable

from fingen_core.generators.base import Generator
from fingen_core.generators.bootstrap import StationaryBootstrap
from fingen_core.generators.fhs import FilteredHistoricalSimulation

__all__ = ["rivals"]


def rivals() -> dict[str, Callable[[], Generator]]:
    """How to build each classical generator, by the name that requests and tables use."""
    return {"fhs-gjr": FilteredHistoricalSimulation, "block-bootstrap": StationaryBootstrap}

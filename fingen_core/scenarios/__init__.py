"""Scenarios: generated paths, and choosing among them."""

from fingen_core.scenarios.scenarios import Scenarios

__all__ = ["Scenarios"]

"""The run store: what was trained, on what, how it went, and the model that came out."""

from fingen_core.runs.run import Run
from fingen_core.runs.store import RunStore

__all__ = ["Run", "RunStore"]

"""Train a model."""

from fingen_core.ui import frame

frame.page("Train", "Teach a model how this market moves.")

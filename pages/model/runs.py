"""All trainings."""

from fingen_core.ui import frame

frame.page("Runs", "Every training, with its settings and scores.")

"""All trainings: compare, open, rename, download, delete."""

from fingen_core.ui import frame, runs_table

frame.page(
    "Runs", "Every training with its settings and scores; lower scores are better. Tick several to compare them."
)

runs_table.show_all()

"""All trainings: compare, open, rename, download, delete."""

from fingen_core.ui import frame, runs_table

frame.page("Runs", "Every training with its settings and scores; lower scores are better.")

runs_table.show_all()

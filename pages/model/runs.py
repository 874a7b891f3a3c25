"""All trainings: compare, open, rename, download, delete."""

from fingen_core.ui import frame
from fingen_core.ui.runs import table

frame.page(
    "Runs", "Every training with its settings and scores; lower scores are better. Tick several to compare them."
)

table.show_all()

"""Generated scenarios beside history."""

from fingen_core.ui import frame

frame.page("Scenarios", "What could happen from here, beside what did.")

"""Sweeps: tick the settings that may be turned, and let many trainings say which values are good."""

from fingen_core.ui import frame
from fingen_core.ui.sweeps import panel

frame.page("Sweeps", "Tick the settings that may be turned; many short trainings then say which values are good.")

panel.show_all()

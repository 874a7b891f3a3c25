"""Choose a market."""

from fingen_core.ui import frame

frame.page("Market", "Choose the assets whose future you want to stress.")

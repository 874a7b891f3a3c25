"""What the screen explains is what the code does."""

from fingen_core.ui import frame

frame.page("Methods", "How it works, and what it cannot do.")

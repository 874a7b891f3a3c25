"""What FinGen is, shown rather than told."""

from fingen_core.ui import frame

frame.page("What could happen next?", "Stress scenarios of a real market beside what history did.")

"""The Scenarios page: its controls, its answer, and the tail beyond plain paths."""

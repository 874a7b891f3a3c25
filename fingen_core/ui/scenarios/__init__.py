"""The Scenarios page: its controls, its views, and the tail beyond plain paths."""

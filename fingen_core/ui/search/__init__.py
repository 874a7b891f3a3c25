"""A search for stress on any page: its controls, its progress, its facts, and what is kept of it."""

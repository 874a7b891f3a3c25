"""Searches for scenarios: rare events, conditions on paths, the nearest path, and the story of what was found."""

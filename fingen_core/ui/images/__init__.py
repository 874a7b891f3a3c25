"""The Images page: pictures side by side, walks, a game, and their training."""

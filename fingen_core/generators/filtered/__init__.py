"""The generator of filtered days: its fitted parts, its training, and what can be asked of them."""

"""The generator of windows and pictures: its fitted parts and its training."""

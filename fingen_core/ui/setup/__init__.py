"""The settings of a training as widgets, presets, and weights that pull evenly."""

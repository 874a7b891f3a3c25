"""Settings of a training as widgets and presets, weights that pull evenly, and whether a market is fit for one."""

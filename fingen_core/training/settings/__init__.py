"""The settings of a training: their limits, presets, rules and words."""

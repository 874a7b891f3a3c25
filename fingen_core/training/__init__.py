"""Training: settings, the loop, optimizers, detectors, balanced weights, devices and checkpoints."""

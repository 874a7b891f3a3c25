"""Training: settings, the loop, optimizers, devices and checkpoints."""

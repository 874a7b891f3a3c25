"""Charts of trainings: curves, snapshots, comparisons, sweeps, images."""

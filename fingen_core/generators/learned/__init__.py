"""What all trained generators share: a file to live in, the course of a training, its checkpoints and snapshots."""

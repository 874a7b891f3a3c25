"""Processes: the trainings, and the warm sampler."""

"""Processes: the trainings, and the warm sampler."""

from fingen_core.jobs.jobs import Jobs

__all__ = ["Jobs"]

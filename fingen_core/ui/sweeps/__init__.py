"""The Sweeps page: what a sweep may turn, and what came of it."""

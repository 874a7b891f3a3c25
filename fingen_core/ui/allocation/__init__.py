"""The Allocation page: weights of both worlds, limits, and a walk through history."""

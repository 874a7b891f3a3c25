"""The generator that knows companies by their numbers, and its training."""

"""Generators: the neural one and its classical rivals."""

"""Generators: the learned ones and their classical rivals, by name."""

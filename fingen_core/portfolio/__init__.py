"""Portfolios: weights, and what becomes of them along paths."""

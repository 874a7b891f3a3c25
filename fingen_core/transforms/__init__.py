"""Exact inverses between returns and what a network learns from; numpy only."""

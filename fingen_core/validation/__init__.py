"""Is a generator any good? Tomorrow, the long run and novelty, each beside its floor and its rivals."""

"""Workers that keep torch and models loaded: the sampler, and the searcher."""

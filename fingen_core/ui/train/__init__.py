"""The Train page: what stands between settings and a training."""

"""The Train page: settings, what they cost, the training that follows, and its latent map."""

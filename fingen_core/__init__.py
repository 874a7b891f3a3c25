"""FinGen: stress scenarios from a trained GAN or VAE, beside what history did."""

__version__ = "0.1.0"

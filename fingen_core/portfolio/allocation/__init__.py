"""Which weights to hold: optimizers on scenarios, generated ones beside those of history, and what they were worth."""

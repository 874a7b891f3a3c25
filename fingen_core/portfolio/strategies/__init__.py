"""Investment rules and one backtester for them, on history and on generated paths alike."""

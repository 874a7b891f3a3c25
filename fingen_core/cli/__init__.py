"""The commands of ``python -m fingen_core``. Heavy imports wait until a command needs them."""

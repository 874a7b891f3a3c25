"""The Library page: saved scenarios, alone and beside each other."""

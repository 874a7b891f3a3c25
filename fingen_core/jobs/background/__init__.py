"""Work of some minutes that goes on beside the line: walks through history, and models of companies."""

"""What a page asks for: who draws, from when, on which conditions, measured on what; the samples and their views."""

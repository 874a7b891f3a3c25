"""What a page asks for: who draws, from when, under which conditions, measured on what; and the samples that come."""

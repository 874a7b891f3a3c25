"""Processes: what waits for the device, warm workers, work in the background, printing."""

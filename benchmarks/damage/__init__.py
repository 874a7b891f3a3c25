"""Files that are damaged or hostile, and what the readers of the project do with them."""

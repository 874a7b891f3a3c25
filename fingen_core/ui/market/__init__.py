"""The Market page: where prices come from, what they look like, and what is wrong with them."""

"""The Strategies page: rules, what they would have earned, and how much of that is the search."""

"""Is a generator right about tomorrow? Walk-forward evaluation of anything that draws."""

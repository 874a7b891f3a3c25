"""The Portfolio risk page: its inputs, charts, words, reports and presentation."""

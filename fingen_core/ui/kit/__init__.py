"""Parts of any page: charts, messages, numbers, explanations, downloads."""

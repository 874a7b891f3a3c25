"""The Validation page: which validation is looked at, its verdict, its numbers, its evidence."""

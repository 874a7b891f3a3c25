"""The pages of searched stress: what if, reverse stress, crises."""

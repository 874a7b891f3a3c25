"""Trainings on screen: the table, one of them live or done, several beside each other."""

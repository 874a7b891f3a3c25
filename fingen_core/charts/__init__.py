"""Plotly figures: arrays and tables in, figure out. Colors, fonts and formats live in ``theme`` and nowhere else."""

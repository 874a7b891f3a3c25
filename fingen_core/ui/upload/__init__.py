"""A file of prices or returns on the Market page: what it says, whether that can be true, and what to ask."""

from fingen_core.ui.upload.file import choose_file

__all__ = ["choose_file"]

"""The cells of a CSV, Parquet or Excel file, whatever they mean."""

from fingen_core.market.tables.cells import PRICES, STATEMENTS, Cells, read_cells, read_sheets
from fingen_core.market.tables.files import bytes_of
from fingen_core.market.tables.limits import MAX_BYTES, MAX_COLUMNS, Progress
from fingen_core.market.tables.reading import read

__all__ = [
    "MAX_BYTES",
    "MAX_COLUMNS",
    "PRICES",
    "STATEMENTS",
    "Cells",
    "Progress",
    "bytes_of",
    "read",
    "read_cells",
    "read_sheets",
]

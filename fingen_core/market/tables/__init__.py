"""The cells of a CSV, Parquet or Excel file, whatever they mean."""

from fingen_core.market.tables.cells import Cells, read_cells
from fingen_core.market.tables.reading import MAX_COLUMNS, PRICES, STATEMENTS, read

__all__ = ["MAX_COLUMNS", "PRICES", "STATEMENTS", "Cells", "read", "read_cells"]

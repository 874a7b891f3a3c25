"""Columns of a table read as numbers, each once, whoever asks for them."""

from dataclasses import dataclass, field

import pandas as pd

from fingen_core.market.parsing.numbers import Numbers, read_numbers

__all__ = ["Reads"]


@dataclass(frozen=True, eq=False)
class Reads:
    """The columns of a table as numbers.

    Attributes
    ----------
    frame : DataFrame
        The table; it must not change.
    """

    frame: pd.DataFrame
    _done: dict[tuple[str, str], Numbers] = field(default_factory=dict)

    def of(self, column: str, decimal: str) -> Numbers:
        """One column with one decimal mark."""
        if (column, decimal) not in self._done:
            self._done[column, decimal] = read_numbers(self.frame[column], decimal)
        return self._done[column, decimal]

"""What a file says: one reading, or several between which a person has to choose."""

from dataclasses import dataclass

import pandas as pd

from fingen_core.market.tables import Progress, read
from fingen_core.market.upload.mapping import Mapping, faults, guess, prices_of, to_values

__all__ = ["Answer", "Reading", "reread", "understand"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Reading:
    """One way to read a file.

    Attributes
    ----------
    label : str
        What tells this reading from the others, in a few words and with a value: "4.782 is four thousand".
    mapping : Mapping
        What its columns mean; a person may change it, see :func:`reread`.
    values : DataFrame
        Prices or returns as the file has them, faults included; index: days without
        time zone, columns: assets. ``mapping.values`` says which of the two they are.
    told : tuple of str
        What was left out or taken for missing, a sentence each, by name: "2 of 7 columns left out: Volume, Open".
    faults : tuple of str
        Faults of the file by row and column, at most twenty.
    """

    label: str
    mapping: Mapping
    values: pd.DataFrame
    told: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def prices(self) -> pd.DataFrame:
        """Prices; of returns, levels that begin at 100."""
        return prices_of(self.values, self.mapping)


@dataclass(frozen=True, eq=False, kw_only=True)
class Answer:
    """What a file says.

    Attributes
    ----------
    name : str
        Of the file.
    table : DataFrame
        Its cells below their header, whatever they mean; what :func:`reread` takes.
    readings : tuple of Reading
        At least one; several where the file admits several that differ in their numbers, the likelier first.
    question : str
        What has to be decided between them; empty where there is one.
    sheet : str
        The sheet of a workbook that was read; empty for other files.
    sheets : tuple of str
        All its visible sheets; any of them can be asked for.
    """

    name: str
    table: pd.DataFrame
    readings: tuple[Reading, ...]
    question: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()


def understand(data: bytes, name: str, *, sheet: str = "", progress: Progress | None = None) -> Answer:  # noqa: ARG001
    """Read a file of prices or returns.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or does not say what it has to say; with value, rule and remedy.
    """
    table = read(data, name)
    mapping = guess(table)
    return Answer(name=name, table=table, readings=(reread(table, mapping, name),))


def reread(table: pd.DataFrame, mapping: Mapping, name: str) -> Reading:
    """The reading of a file by what a person says its columns mean."""
    return Reading(
        label="",
        mapping=mapping,
        values=to_values(table, mapping, name),
        faults=tuple(faults(table, mapping)),
    )

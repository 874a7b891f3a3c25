"""The cells of one sheet of statements: which of them name items, and what the names of columns mean."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.statements.items import item_of, plain
from fingen_core.market.statements.period_names import named_periods
from fingen_core.market.statements.units import unit_in, without
from fingen_core.market.tables import Cells

__all__ = [
    "FACTS",
    "Lain",
    "Places",
    "Sheet",
    "column_of",
    "distinct",
    "facts_of",
    "is_number",
    "left_out",
    "meanings",
    "most_periods",
    "periods_of_rows",
    "refuse_nameless",
    "share_of_periods",
    "sheet_of",
    "unit_of",
]

Places = dict[str, list[int]]
"""Places of columns by what their names mean."""

FACTS = ("company", "label", "period", "amount", "unit", "currency", "row")
"""Columns of the facts of a file: company (empty where the file names none), label of the item, name of the period,
amount as the cell has it, words on its unit and its currency, row of the file."""

_COLUMNS = {
    "company": "ticker symbol company companyname firm issuer stock companyticker tickersymbol unternehmen "
    "gesellschaft firma societe entreprise emittent entity entityname empresa",
    "year": "fiscalyear financialyear year fy jahr geschaftsjahr exercice annee fiscalyr calendaryear ano",
    "part": "fiscalperiod fiscalquarter quarter periodtype quartal trimestre fp",
    "day": "reportdate periodend periodending perioddate periodenddate enddate date period fiscaldateending "
    "periodofreport asofdate datum stichtag end ddate",
    "item": "item concept tag account lineitem metric element field position posten bezeichnung indicator kennzahl "
    "poste libelle statementitem",
    "value": "value amount val wert betrag valeur montant numericvalue",
    "unit": "unit units uom scale multiplier einheit unite currencyunit",
    "currency": "currency ccy cur reportingcurrency wahrung devise currencycode",
    "apart": "simfinid cik publishdate restateddate fileddate filingdate filed sector industry form accn source note "
    "notes statement rank frame",
}
_MEANING = {name: meaning for meaning, names in _COLUMNS.items() for name in names.split()}
_TOP = 60
"""Rows in which a header is looked for."""


@dataclass(frozen=True, eq=False)
class Lain:
    """The facts of one sheet, with the texts around them, which may state units."""

    facts: pd.DataFrame
    titles: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    names_companies: bool = False


@dataclass
class Sheet:
    """Cells as text, as they are, and the items that their texts mean."""

    name: str
    raw: pd.DataFrame
    text: pd.DataFrame
    items: pd.DataFrame
    told: list[str] = field(default_factory=list)


def sheet_of(cells: Cells) -> Sheet:
    frame = cells.frame
    if cells.names:
        head = pd.DataFrame([list(cells.names)], columns=frame.columns, index=[int(frame.index.min()) - 1])
        frame = pd.concat([head.astype(object), frame])
    # Each cell that stands there often is looked at once.
    codes, found = pd.factorize(frame.to_numpy(object).ravel())
    texts = np.array([*map(_text, found), ""], dtype=object)
    meant = np.array([item_of(without(name)) if _may_be_item(name) else "" for name in texts], dtype=object)
    text, items = (
        pd.DataFrame(each[codes].reshape(frame.shape), frame.index, frame.columns, dtype=object)
        for each in (texts, meant)
    )
    filled = text != ""
    rows, columns = filled.any(axis=1), filled.any(axis=0)
    return Sheet(cells.file, frame.loc[rows, columns], text.loc[rows, columns], items.loc[rows, columns])


def _text(cell: object) -> str:
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    if isinstance(cell, date):  # a datetime and a Timestamp are dates
        return str(cell)[:10]
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()


def _may_be_item(name: str) -> bool:
    return len(name) <= 160 and any(letter.isalpha() for letter in name)


def distinct(names: Iterable[str]) -> int:
    return len(set(names) - {""})


def is_number(text: str) -> bool:
    return bool(text) and text.lstrip("(-+−$€£ ")[:1].isdigit()


def meanings(header: pd.Series) -> Places:
    """Places of columns by what their names mean."""
    found: Places = {}
    for place, name in enumerate(header):
        meaning = _MEANING.get(plain(str(name)), "")
        if meaning:
            found.setdefault(meaning, []).append(place)
    return found


def facts_of(  # noqa: PLR0917
    company: object, label: object, period: object, amount: pd.Series, unit: object = "", currency: object = ""
) -> pd.DataFrame:
    """Facts of one column of amounts."""
    parts = dict(zip(FACTS, (company, label, period, amount, unit, currency, amount.index), strict=True))
    return (
        pd.DataFrame(parts, index=range(len(amount)))
        if not len(amount)
        else pd.DataFrame(
            {name: (part.to_numpy() if isinstance(part, pd.Series) else part) for name, part in parts.items()}
        )
    )


def column_of(body: pd.DataFrame, places: Places, meaning: str) -> pd.Series:
    if meaning not in places:
        return pd.Series("", index=body.index)
    return body.iloc[:, places[meaning][0]]


def periods_of_rows(sheet: Sheet, body: pd.DataFrame, places: Places, taken: set[int]) -> pd.Series:
    """Names of the periods of rows, from a day, a fiscal year and a fiscal period, as far as there are such columns."""
    day, year, part = (column_of(body, places, meaning) for meaning in ("day", "year", "part"))
    if "day" not in places and "year" not in places:
        place = most_periods(body, taken)
        if place is None:
            raise InvalidInput(
                f"{sheet.name} has items in columns and no column that names the period of each row: add one called "
                "Fiscal Year or Report Date"
            )
        taken.add(place)
        day = body.iloc[:, place]
    words = part.str.strip().replace({number: f"Q{number}" for number in "1234"})
    lasted = words.str.upper().map(_lasted).fillna("")
    by_day = (lasted.where(lasted == "", lasted + " ended ") + day).where(day != "", "")
    by_year = (words + " " + year).str.strip().where(year != "", "")
    odd = words.str.upper().isin(["TTM", "LTM"])
    return by_day.where(by_day != "", by_year).where(~odd, words)


def _lasted(part: str) -> str:
    known = {"FY": "year", "Y": "year", "ANNUAL": "year", "12M": "year", "9M": "9 months", "6M": "half-year"}
    if part in {"Q1", "Q2", "Q3", "Q4", "3M"}:
        return "quarter"
    return "half-year" if part in {"H1", "H2"} else known.get(part, "")


def most_periods(body: pd.DataFrame, taken: set[int]) -> int | None:
    """The column that names a period in most rows."""
    shares = {
        place: share_of_periods(list(body.iloc[:, place])) for place in range(body.shape[1]) if place not in taken
    }
    best = max(shares, key=lambda place: shares[place], default=None)
    return best if best is not None and shares[best] >= 0.8 else None


def share_of_periods(cells: list[str]) -> float:
    filled = [cell for cell in cells if cell]
    if not filled:
        return 0.0
    named = named_periods(filled[:200])
    return float(np.mean([named[cell].end is not None or bool(named[cell].left_out) for cell in filled[:200]]))


def refuse_nameless(sheet: Sheet, company: pd.Series, complete: pd.Series, amounts: pd.DataFrame) -> None:
    """Rows with amounts and without a company are at fault where others have one; those without a period are told."""
    filled = amounts.map(is_number).any(axis=1)
    if (company != "").any() and (filled & (company == "")).any():
        row = amounts.index[(filled & (company == "")).to_numpy()][0]
        raise InvalidInput(f"{sheet.name} has amounts in row {row} without a ticker: write the ticker into every row")
    lost = int((filled & ~complete).sum())
    if lost:
        sheet.told.append(f"Left out: {lost} rows without a period")


def unit_of(name: str) -> str:
    """A header's own words on its unit: the name itself where it has any."""
    return name if unit_in(name).money else ""


def left_out(what: str, names: list[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return [f"Left out, {what} that are no item or period: {', '.join(str(name)[:40] for name in names[:6])}{more}"]

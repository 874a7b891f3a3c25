"""Statements of known companies in random layouts, units, marks and spellings: read right, asked or refused.

The words and layouts here are those that people and vendors use; none is taken from the reader. A reading counts as
wrong where any amount that is read differs from what is known, whatever the rest says.
"""

import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import FinGenError
from fingen_core.market.statements import StatementsFile, read_statements

SPELLINGS = {
    "Total assets": ("Total assets", "TotalAssets", "Total Assets", "Bilanzsumme", "Total actif", "us-gaap:Assets"),
    "Revenue": ("Revenue", "Total Revenue", "Net sales", "Umsatzerlöse", "Chiffre d'affaires", "Revenues"),
    "Net income": ("Net Income", "NetIncome", "Net income (loss)", "Konzernergebnis", "Résultat net", "NetIncomeLoss"),
    "Total debt": ("Total Debt", "TotalDebt", "Total debt", "Finanzschulden", "Dettes financières", "Borrowings"),
    "Cash": ("Cash", "Cash and cash equivalents", "Cash & Equivalents", "Liquide Mittel", "Trésorerie", "Cash"),
    "Interest expense": ("Interest Expense", "InterestExpense", "Interest expense", "Zinsaufwand", "Frais financiers",
                         "Finance costs"),
}  # fmt: skip
UNITS = {
    "units": (1e6, ("in US dollars", "Amounts in whole dollars", "USD")),
    "thousands": (
        1e3,
        ("in thousands", "(In thousands, except per share data)", "USD thousands", "in Tsd. EUR", "$000", "TEUR"),
    ),
    "millions": (1.0, ("in millions", "USD millions", "Mio. EUR", "in millions of euros", "$m", "(EUR million)")),
    "billions": (1e-3, ("in billions", "USD bn", "in Mrd. EUR")),
}
QUARTERS = {
    "Q%q %Y": lambda end: f"Q{(end.month - 1) // 3 + 1} {end.year}",
    "%qQ%y": lambda end: f"{(end.month - 1) // 3 + 1}Q{end.year % 100:02}",
    "%m/%d/%Y": lambda end: f"{end.month}/{end.day}/{end.year}",
    "%d.%m.%Y": lambda end: f"{end:%d.%m.%Y}",
    "%Y-%m-%d": lambda end: f"{end:%Y-%m-%d}",
    "%d/%m/%Y": lambda end: f"{end:%d/%m/%Y}",
    "3 months": lambda end: f"3 months ended {end:%b} {end.day}, {end.year}",
}
YEARS = {
    "%Y": lambda end: f"{end.year}",
    "FY%y": lambda end: f"FY{end.year % 100:02}",
    "FY %Y": lambda end: f"FY {end.year}",
    "%YA": lambda end: f"{end.year}A",
    "%m/%d/%Y": lambda end: f"{end.month}/{end.day}/{end.year}",
    "%d.%m.%Y": lambda end: f"{end:%d.%m.%Y}",
    "%Y-%m-%d": lambda end: f"{end:%Y-%m-%d}",
    "Dec %Y": lambda end: f"Year ended December 31, {end.year}",
}


@dataclass(frozen=True)
class Made:
    """A rendered file, and what it means in millions."""

    data: bytes
    name: str
    truth: Mapping[str, pd.DataFrame]


def company(rng: np.random.Generator, ends: pd.DatetimeIndex) -> pd.DataFrame:
    """Amounts in millions that a company rounds to millions, or to thousands."""
    assets = 10 ** rng.uniform(1.5, 5.8)
    growth = np.exp(rng.normal(0.03, 0.05, len(ends)).cumsum())
    shares = {
        "Total assets": 1,
        "Revenue": 0.7,
        "Net income": 0.06,
        "Total debt": 0.3,
        "Cash": 0.1,
        "Interest expense": 0.011,
    }
    table = pd.DataFrame(
        {item: assets * share * growth * rng.uniform(0.8, 1.2, len(ends)) for item, share in shares.items()}
    )
    return table.round(0 if assets > 2000 and rng.random() < 0.5 else 3).set_index(ends).T


def write(value: float, mark: str, grouped: bool, places: int) -> str:
    text = f"{value:,.{places}f}" if grouped else f"{value:.{places}f}"
    if "." in text and places:
        text = text.rstrip("0").rstrip(".") if not grouped else text
    return text if mark == "." else text.translate(str.maketrans(",.", ".,"))


def render(rng: np.random.Generator) -> Made:
    """One file with traits drawn at random."""
    quarterly = rng.random() < 0.4
    n_periods = int(rng.integers(5, 9) if quarterly else rng.integers(2, 6))
    ends = pd.date_range(end="2022-12-31", periods=n_periods, freq="QE" if quarterly else "YE")
    layout = rng.choice(["down", "down", "across", "rows", "long", "several", "xlsx"])
    several = layout in ("rows", "long", "several")
    truth = {name: company(rng, ends[::-1]) for name in (("AAA", "BBB", "CCC") if several else ("AAA",))}
    unit = str(rng.choice(list(UNITS)))
    factor, words = UNITS[unit]
    said = str(rng.choice(words)) if rng.random() < 0.7 else ""
    language = int(rng.integers(0, 6))
    names = {item: spelled[language] for item, spelled in SPELLINGS.items()}
    mark = "," if rng.random() < 0.35 else "."
    separator = ";" if mark == "," else str(rng.choice([",", ";", "\t"]))
    grouped = rng.random() < 0.4
    places = {"units": 0, "thousands": 0, "millions": 3 if rng.random() < 0.3 else 0, "billions": 3}[unit]
    turned = rng.random() < 0.3
    form = (QUARTERS if quarterly else YEARS)[str(rng.choice(list(QUARTERS if quarterly else YEARS)))]
    period = [form(end) for end in ends[::-1]]
    cells = {}
    for name, table in list(truth.items()):
        written = (table * factor).round(places)
        truth[name] = (written / factor).set_axis(list(range(len(period))), axis=1)
        signed = written.copy()
        if turned:
            signed.loc["Interest expense"] *= -1
        cells[name] = signed.map(lambda value: write(value, mark, grouped, places))
    rows = lay(layout, cells, names, period, said)
    if layout == "xlsx":
        return Made(workbook(rows), "f.xlsx", truth)
    text = "\n".join(separator.join(quoted(cell, separator) for cell in row) for row in rows) + "\n"
    return Made(text.encode(), "f.csv", truth)


def quoted(cell: str, separator: str) -> str:
    return f'"{cell}"' if separator in cell else cell


def lay(
    layout: str, cells: Mapping[str, pd.DataFrame], names: Mapping[str, str], period: list[str], said: str
) -> list[list[str]]:
    """Rows of cells in one of the layouts."""
    first = next(iter(cells.values()))
    title = [[said]] if said else []
    if layout in ("down", "xlsx"):
        return [*title, ["Item", *period], *([names[item], *first.loc[item]] for item in first.index)]
    if layout == "across":
        header = ["Period", *(names[item] for item in first.index)]
        return [*title, header, *([period[place], *first[at]] for place, at in enumerate(first))]
    if layout == "several":
        header = ["Ticker", "Item", *period]
        rows = [[who, names[item], *own.loc[item]] for who, own in cells.items() for item in own.index]
        return [*title, header, *rows]
    if layout == "rows":
        header = ["Ticker", "Report Date", *(names[item] for item in first.index)]
        rows = [[who, period[place], *own[at]] for who, own in cells.items() for place, at in enumerate(own)]
        return [*title, header, *rows]
    amounts = [
        [who, period[place], names[item], own.loc[item, at]]
        for who, own in cells.items()
        for item in own.index
        for place, at in enumerate(own)
    ]
    return [*title, ["Ticker", "Period", "Item", "Value"], *amounts]


def workbook(rows: list[list[str]]) -> bytes:
    data = io.BytesIO()
    width = max(map(len, rows))
    pd.DataFrame([[*row, *[""] * (width - len(row))] for row in rows]).to_excel(data, index=False, header=False)
    return data.getvalue()


def judge(made: Made, read=read_statements) -> str:
    """What became of a file: right, asked with the right reading among the offers, refused or wrong."""
    try:
        found = read(made.data, made.name, "AAA")
        if not found.question:
            return "right" if is_right(found, made) else "wrong"
        answers = (read(made.data, made.name, "AAA", unit=one.unit, decimal=one.decimal) for one in found.offers)
        return "asked" if any(is_right(answer, made) for answer in answers) else "asked in vain"
    except FinGenError:
        return "refused"


def is_right(found: StatementsFile, made: Made) -> bool:
    """Whether every amount is what is known."""
    if set(found.companies) != set(made.truth):
        return False
    pairs = [(found.companies[name].table, table) for name, table in made.truth.items()]
    return all(
        len(one.columns) == len(table.columns)
        and np.allclose(one.loc[table.index].to_numpy(), table.to_numpy(), rtol=1e-6, atol=1e-9)
        for one, table in pairs
    )


@pytest.mark.parametrize("seed", range(3))
def test_no_file_is_read_wrong_without_a_word(seed):
    rng = np.random.default_rng(seed)
    counts = Counter(judge(render(rng)) for _ in range(40))
    assert counts["wrong"] == counts["asked in vain"] == 0, counts
    assert counts["right"] >= 0.6 * 40, counts
    assert counts["refused"] <= 0.05 * 40, counts


def test_a_reader_that_takes_everything_for_millions_would_be_caught():
    def careless(data: bytes, name: str, ticker: str, **_: str) -> StatementsFile:
        return read_statements(data, name, ticker, unit="millions")

    rng = np.random.default_rng(0)
    counts = Counter(judge(render(rng), careless) for _ in range(40))
    assert counts["wrong"] >= 5, counts

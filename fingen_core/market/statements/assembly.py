"""Statements from facts in millions: one row for an item of several names, one kind of period, costs above 0."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.statements.items import ITEMS, OWED, PARTS, rank_of
from fingen_core.market.statements.statements import Statements
from fingen_core.market.statements.units import HARD_LIMIT

__all__ = ["assemble", "costs_above_zero", "refuse_absurd", "totals_of_parts"]

_LONG = {12: "years", 6: "half-years", 3: "quarters"}


def assemble(facts: pd.DataFrame, source: str, file: str) -> tuple[Mapping[str, Statements], list[str]]:
    """Statements by company, and what was taken, turned and left out.

    Parameters
    ----------
    facts : DataFrame
        Columns company, item, label, name and end of the period, months, value in millions, row.
    source, file : str
        For people.

    Raises
    ------
    InvalidInput
        If one name stands twice with different amounts, or an amount is more than any company has.
    """
    told: list[str] = []
    known = facts[facts["value"].notna()]
    if known.empty:
        raise InvalidInput(f"{file} has no amount: every cell beside a known item is empty")
    facts = _one_kind_of_period(facts, told)
    facts = _first_names(facts, told)
    _refuse_conflicts(facts, file)
    facts = facts.assign(
        key=[name if end is None else str(end) for name, end in zip(facts["name"], facts["end"], strict=True)]
    )
    companies = {}
    for company, own in facts.groupby("company", sort=False):
        table = _table(own)
        table = totals_of_parts(costs_above_zero(table, told), told)
        if not len(table):
            raise InvalidInput(f"{company} has parts of items only: give total debt, or short-term and long-term debt")
        refuse_absurd(table, str(company))
        companies[str(company)] = Statements(ticker=str(company), table=table, source=source)
    undated = list(facts.loc[facts["end"].isna(), "name"].unique())
    told += [f"Periods that name no day, kept in the file's order: {_some(undated)}"] * bool(undated)
    return companies, list(dict.fromkeys(told))


def _one_kind_of_period(facts: pd.DataFrame, told: list[str]) -> pd.DataFrame:
    """Of quarters, halves and years the kind of which there are most periods, by company; balance sheets of the others'
    days are left out with them."""
    parts = []
    for _, own in facts.groupby("company", sort=False):
        counts = own[own["months"] > 0].groupby("months")["name"].nunique()
        if len(counts) < 2:
            parts.append(own)
            continue
        kept = int(counts[counts == counts.max()].index.max())
        out = own[(own["months"] > 0) & (own["months"] != kept)]
        told.append(f"{_LONG[kept].capitalize()} are kept, other periods left out: {_some(list(out['name'].unique()))}")
        parts.append(own[~own.index.isin(out.index)])
    return pd.concat(parts)


def _first_names(facts: pd.DataFrame, told: list[str]) -> pd.DataFrame:
    """Of several names of an item the first in rank that has an amount."""
    known = facts[facts["value"].notna()]
    names = known.drop_duplicates(["company", "item", "label"]).copy()
    names["rank"] = names["label"].map({label: rank_of(label) for label in names["label"].unique()})
    names["same"] = names["label"].str.casefold().str.replace(r"\W", "", regex=True)
    first = names.sort_values(["rank", "row"], kind="stable").drop_duplicates(["company", "item"])
    chosen = names.merge(first[["company", "item", "same", "label"]], on=["company", "item"], suffixes=("", "_first"))
    others = chosen[chosen["same"] != chosen["same_first"]]
    for (item, taken), some in others.groupby(["item", "label_first"], sort=False):
        told.append(f"{item}: {taken} is taken, {_some(list(some['label'].unique()))} left out")
    out = pd.MultiIndex.from_frame(others[["company", "item", "label"]])
    return facts[~pd.MultiIndex.from_frame(facts[["company", "item", "label"]]).isin(out)]


def _refuse_conflicts(facts: pd.DataFrame, file: str) -> None:
    known = facts[facts["value"].notna()]
    keys = ["company", "item", "name"]
    spread = known.groupby(keys)["value"].agg(["min", "max"])
    apart = spread[~np.isclose(spread["min"], spread["max"], rtol=1e-6, atol=0)]
    if len(apart):
        company, item, name = apart.index[0]
        rows = known[(known["company"] == company) & (known["item"] == item) & (known["name"] == name)]
        said = " and ".join(f"{row['amount']} in row {row['row']}" for _, row in rows.iloc[:2].iterrows())
        raise InvalidInput(f"{item} of {company} for {name} stands in {file} twice, {said}: keep one of them")


def _table(own: pd.DataFrame) -> pd.DataFrame:
    """Items by period in the order of the file; empty cells stay NaN."""
    names = own.drop_duplicates("key").set_index("key")["name"]
    known = own[own["value"].notna()].drop_duplicates(["item", "key"])
    wide = known.pivot(index="item", columns="key", values="value")  # noqa: PD010 (much faster, nothing stands twice)
    wide = wide.reindex(columns=list(names.index))
    return wide.set_axis(list(names), axis=1)


def costs_above_zero(table: pd.DataFrame, told: list[str] | None = None) -> pd.DataFrame:
    """What is owed or paid is counted above 0: rows that are mostly written below are turned."""
    table = table.copy()
    for item in OWED & set(table.index):
        known = table.loc[item].dropna()
        below, above = int((known < 0).sum()), int((known > 0).sum())
        if below > above:
            table.loc[item] = -table.loc[item]
        if told is not None and below:
            told.append(
                f"{item} is written below 0 and counted above it"
                if below > above
                else f"{item} is below 0 in {below} of {below + above} periods: kept as written"
            )
    return table


def totals_of_parts(table: pd.DataFrame, told: list[str] | None = None) -> pd.DataFrame:
    """Total debt and EBITDA as sums of their parts where a source has these alone; a part alone makes no total."""
    table = table.copy()
    for item, parts in PARTS.items():
        has_total = item in table.index and table.loc[item].notna().any()
        if has_total or not set(parts) <= set(table.index):
            continue
        first, second = parts
        table.loc[item] = table.loc[first] + table.loc[second]
        if told is not None:
            told.append(f"{item} is {first} plus {second.lower()}, which the file has apart")
    return table.reindex([name for name in ITEMS if name in table.index])


def refuse_absurd(table: pd.DataFrame, company: str) -> None:
    """Refuse amounts in millions that no company has.

    Raises
    ------
    InvalidInput
        If one is above ``HARD_LIMIT``, or total assets are below 0.
    """
    largest = table.abs().max(axis=1)
    item = largest.idxmax()
    if largest[item] > HARD_LIMIT:
        raise InvalidInput(
            f"{item} of {company} would be {largest[item]:,.0f} million, more than any company has: choose another unit"
        )
    if "Total assets" in table.index and (table.loc["Total assets"] < 0).any():
        raise InvalidInput(f"Total assets of {company} are below 0: no company has such, mend the file")


def _some(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(str(name)[:40] for name in names[:most]) + more

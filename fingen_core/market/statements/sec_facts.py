"""Items by period from the facts that a company filed with the SEC, whichever its tags and however often amended.

A fact is a tag, a period (a day, or a beginning and an end), a unit and a value. Years and quarters are told by how
long a fact lasted, so that fiscal years may end in any month. Fourth quarters are seldom filed: they are the year less
what was filed of its first nine months, and so are quarters of which only sums since the year's beginning were filed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from fingen_core.market.statements.assembly import costs_above_zero
from fingen_core.market.statements.items import ITEMS

__all__ = ["TAGS", "Filed", "table_of"]

TAGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Total assets": ("Assets",),
        "Total equity": (
            "StockholdersEquity",
            "EquityAttributableToOwnersOfParent",
            "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest",
            "Equity",
        ),
        "Total debt": ("DebtLongtermAndShorttermCombinedAmount", "Borrowings"),
        "Cash": (
            "CashAndCashEquivalentsAtCarryingValue",
            "CashAndCashEquivalents",
            "Cash",
            "CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents",
        ),
        "Current assets": ("AssetsCurrent", "CurrentAssets"),
        "Current liabilities": ("LiabilitiesCurrent", "CurrentLiabilities"),
        "Revenue": (
            "Revenues",
            "RevenueFromContractWithCustomerExcludingAssessedTax",
            "RevenueFromContractWithCustomerIncludingAssessedTax",
            "SalesRevenueNet",
            "Revenue",
            "RevenueFromContractsWithCustomers",
            "SalesRevenueGoodsNet",
            "RevenuesNetOfInterestExpense",
        ),
        "EBIT": ("OperatingIncomeLoss", "ProfitLossFromOperatingActivities"),
        "Depreciation and amortization": (
            "DepreciationDepletionAndAmortization",
            "DepreciationAmortizationAndAccretionNet",
            "DepreciationAndAmortization",
            "DepreciationAndAmortisationExpense",
            "AdjustmentsForDepreciationAndAmortisationExpense",
        ),
        "Interest expense": (
            "InterestExpense",
            "InterestExpenseNonoperating",
            "InterestExpenseDebt",
            "InterestAndDebtExpense",
            "FinanceCosts",
        ),
        "Net income": (
            "NetIncomeLoss",
            "ProfitLossAttributableToOwnersOfParent",
            "ProfitLoss",
            "NetIncomeLossAvailableToCommonStockholdersBasic",
        ),
        "Operating cash flow": (
            "NetCashProvidedByUsedInOperatingActivities",
            "CashFlowsFromUsedInOperatingActivities",
            "NetCashProvidedByUsedInOperatingActivitiesContinuingOperations",
        ),
        "Capital expenditure": (
            "PaymentsToAcquirePropertyPlantAndEquipment",
            "PurchaseOfPropertyPlantAndEquipmentClassifiedAsInvestingActivities",
            "PaymentsToAcquireProductiveAssets",
        ),
    }
)
"""Tags of each item in US GAAP and IFRS, the first choice first; another one fills the periods that it lacks."""

_LONG_DEBT = (
    ("LongTermDebt",),
    ("LongTermDebtNoncurrent", "LongTermDebtCurrent"),
    ("NoncurrentBorrowings", "CurrentBorrowings"),
)
_SHORT_DEBT = ("ShortTermBorrowings", "CommercialPaper")
_SHARES = (
    "CommonStockSharesOutstanding",
    "EntityCommonStockSharesOutstanding",
    "WeightedAverageNumberOfSharesOutstandingBasic",
)
_COVER_DAYS = pd.Timedelta(days=120)
"""The first page of a filing counts shares some weeks after the end of its period."""

_YEAR, _QUARTER = (340, 390), (80, 105)
_RESTATED = 0.005
_TAXONOMIES = ("us-gaap", "ifrs-full", "dei")


@dataclass(frozen=True, eq=False, kw_only=True)
class Filed:
    """Items by period in millions, their currency, and what a person has to know of them."""

    table: pd.DataFrame
    currency: str
    told: tuple[str, ...]


def table_of(facts: pd.DataFrame, *, quarterly: bool) -> Filed | None:
    """Items by period from all facts of a company; ``None`` where it filed no such periods.

    Parameters
    ----------
    facts : DataFrame
        Columns concept (with its taxonomy before a colon), numeric_value, unit, period_start, period_end, filing_date.
    quarterly : bool
        Quarters rather than years.
    """
    told: list[str] = []
    known = _latest_filed(facts, told)
    currency = _currency(known, told)
    money = known[known["unit"] == currency]
    lasting = _quarters(money, told) if quarterly else _years(money)
    ends = sorted({end for series in lasting.values() for end in series.index})
    if not ends or not currency:
        return None
    index = pd.DatetimeIndex(ends)
    values = {tag: series.reindex(index) for tag, series in lasting.items()}
    values |= {tag: series.reindex(index) for tag, series in _instants(money).items()}
    table = pd.DataFrame({item: _by_rank(values, item, tags, index, told) for item, tags in TAGS.items()}, index=index)
    table["Total debt"] = table["Total debt"].fillna(_debt(values, index, told))
    table["EBITDA"] = table["EBIT"] + table["Depreciation and amortization"]
    if table["EBITDA"].notna().any():
        told.append("EBITDA is operating income plus depreciation and amortization: companies file none")
    table["Shares outstanding"] = _shares(known, index)
    whole = costs_above_zero(table.T.reindex(list(ITEMS)) / 1e6).dropna(axis=1, how="all")
    whole = whole[sorted(whole.columns, reverse=True)]
    return Filed(
        table=whole.set_axis([f"{end:%Y-%m-%d}" for end in whole.columns], axis=1),
        currency=currency,
        told=tuple(dict.fromkeys(told)),
    )


def _latest_filed(facts: pd.DataFrame, told: list[str]) -> pd.DataFrame:
    """One row for each tag, unit and period: what was filed last; how many amounts that changed is told."""
    frame = facts[["concept", "numeric_value", "unit", "period_start", "period_end", "filing_date"]].copy()
    split = frame["concept"].astype(str).str.rpartition(":")
    frame["tag"], taxonomy = split[2], split[0]
    wanted = {*_SHARES, *_SHORT_DEBT, *(tag for tags in (*TAGS.values(), *_LONG_DEBT) for tag in tags)}
    value = frame["numeric_value"].astype(np.float64)
    frame = frame[frame["tag"].isin(wanted) & taxonomy.isin(_TAXONOMIES) & np.isfinite(value)]
    for column in ("period_start", "period_end", "filing_date"):
        frame[column] = pd.to_datetime(frame[column], errors="coerce")
    frame = frame.dropna(subset="period_end").sort_values("filing_date", kind="stable", na_position="first")
    keys = ["tag", "unit", "period_start", "period_end"]
    grouped = frame.groupby(keys, dropna=False)["numeric_value"]
    first, last = grouped.first(), grouped.last()
    restated = int(((first - last).abs() > _RESTATED * first.abs()).sum())
    if restated:
        told.append(f"{restated} amounts were restated in later filings: the latest filed is taken")
    return frame.drop_duplicates(keys, keep="last").reset_index(drop=True)


def _currency(known: pd.DataFrame, told: list[str]) -> str:
    """The unit of most facts on assets; others are told."""
    units = known.loc[known["tag"].isin(["Assets", "NetIncomeLoss", "ProfitLoss"]), "unit"].value_counts()
    if units.empty:
        return ""
    if len(units) > 1:
        told.append(f"Amounts in {', '.join(map(str, units.index[1:]))} are left out: most are in {units.index[0]}")
    return str(units.index[0])


def _lasted(money: pd.DataFrame) -> pd.DataFrame:
    lasting = money[money["period_start"].notna()]
    return lasting.assign(days=(lasting["period_end"] - lasting["period_start"]).dt.days)


def _years(money: pd.DataFrame) -> dict[str, pd.Series]:
    """Amounts of years by their ends, by tag. Where others' years overlap (a changed fiscal year), each has its end."""
    lasting = _lasted(money)
    return _by_end(lasting[lasting["days"].between(*_YEAR)])


def _by_end(rows: pd.DataFrame) -> dict[str, pd.Series]:
    rows = rows.sort_values("filing_date", kind="stable").drop_duplicates(["tag", "period_end"], keep="last")
    return {str(tag): own.set_index("period_end")["numeric_value"] for tag, own in rows.groupby("tag")}


def _quarters(money: pd.DataFrame, told: list[str]) -> dict[str, pd.Series]:
    """Amounts of quarters by their ends, by tag: as filed, else the difference of two sums since the same beginning."""
    lasting = _lasted(money)
    found = _by_end(lasting[lasting["days"].between(*_QUARTER)])
    derived = 0
    for tag, own in lasting.groupby("tag"):
        filed = found.get(str(tag), _nothing())
        more = _differences(own, filed)
        derived += len(more)
        if len(more):
            found[str(tag)] = pd.concat([filed, more]).sort_index()
    if derived:
        told.append(f"{derived} amounts of quarters, fourth ones mostly, are the year so far less the quarters before")
    return found


def _nothing() -> pd.Series:
    return pd.Series(dtype=np.float64, index=pd.DatetimeIndex([]))


def _differences(own: pd.DataFrame, filed: pd.Series) -> pd.Series:
    """Quarters of one tag that were not filed, from sums since a common beginning."""
    more: dict[pd.Timestamp, float] = {}
    for _, sums in own.sort_values("period_end").groupby("period_start"):
        ends, values = list(sums["period_end"]), list(sums["numeric_value"])
        for at in range(1, len(ends)):
            if ends[at] not in filed.index and _QUARTER[0] <= (ends[at] - ends[at - 1]).days <= _QUARTER[1]:
                more[ends[at]] = values[at] - values[at - 1]
    more |= _years_less_three(own, filed, more)
    return pd.Series(more, dtype=np.float64) if more else _nothing()


def _years_less_three(
    own: pd.DataFrame, filed: pd.Series, more: Mapping[pd.Timestamp, float]
) -> dict[pd.Timestamp, float]:
    """Fourth quarters of years of which three quarters were filed one by one."""
    found = {}
    for _, year in own[own["days"].between(*_YEAR)].iterrows():
        start, end = year["period_start"], year["period_end"]
        parts = filed[(filed.index > start) & (filed.index < end - pd.Timedelta(days=60))]
        if end not in filed.index and end not in more and len(parts) == 3:
            found[end] = float(year["numeric_value"] - parts.sum())
    return found


def _instants(money: pd.DataFrame) -> dict[str, pd.Series]:
    return _by_end(money[money["period_start"].isna()])


def _by_rank(
    values: Mapping[str, pd.Series], item: str, tags: Sequence[str], index: pd.DatetimeIndex, told: list[str]
) -> pd.Series:
    """Of each period the amount of the first tag that has one; several tags of an item are told."""
    found, used = pd.Series(np.nan, index), []
    for tag in tags:
        if tag in values:
            fresh = found.isna() & values[tag].notna()
            found = found.fillna(values[tag])
            used += [f"{tag} ({int(fresh.sum())})"] * bool(fresh.any())
    if len(used) > 1:
        told.append(f"{item} was filed under several tags: {', '.join(used)} periods")
    return found


def _debt(values: Mapping[str, pd.Series], index: pd.DatetimeIndex, told: list[str]) -> pd.Series:
    """Long-term debt with what of it is due, plus short-term borrowings; parts that a filing lacks count as none."""
    long = pd.Series(np.nan, index)
    for tags in _LONG_DEBT:
        long = long.fillna(_sum(values, tags, index))
    short = _sum(values, _SHORT_DEBT[:1], index).fillna(_sum(values, _SHORT_DEBT[1:], index))
    total = long.add(short, fill_value=0)
    if total.notna().any():
        told.append("Total debt is long-term debt plus short-term borrowings; a part that was not filed counts as none")
    return total


def _sum(values: Mapping[str, pd.Series], tags: Iterable[str], index: pd.DatetimeIndex) -> pd.Series:
    parts = [values[tag] for tag in tags if tag in values]
    return pd.concat(parts, axis=1).sum(axis=1, min_count=1) if parts else pd.Series(np.nan, index)


def _shares(known: pd.DataFrame, index: pd.DatetimeIndex) -> pd.Series:
    """Shares at the end of each period: the balance sheet's, else the first page's some weeks later, else the mean."""
    rows = known[known["unit"] == "shares"]
    found = pd.Series(np.nan, index)
    for tag in _SHARES:
        own = rows[rows["tag"] == tag].sort_values("period_end").drop_duplicates("period_end", keep="last")
        counts = own.set_index("period_end")["numeric_value"].astype(np.float64)
        if len(counts):
            later = tag.startswith("Entity")
            found = found.fillna(
                counts.reindex(index, method="bfill", tolerance=_COVER_DAYS) if later else counts.reindex(index)
            )
    return found

"""Limits per sector on the allocation page: two sliders, what they do in words, and what each sector weighs."""

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts.theme import THIN, percent
from fingen_core.market import Market
from fingen_core.market.sectors import SECTORS, by_sector
from fingen_core.portfolio.allocation.limits import Limits
from fingen_core.portfolio.allocation.methods import METHODS
from fingen_core.types import Array

__all__ = ["ask", "at_most", "table", "tell"]

_ALONE = "Without a sector"
_SAME = 5e-4


def ask(market: Market, method: str) -> tuple[float, float]:
    """Least and largest weight of a sector; 0 and 1 where there is none or the method cannot keep to it."""
    if not by_sector(market.tickers, least=1):
        st.caption("No limits per sector: FinGen knows the sector of none of these assets.")
        return 0.0, 1.0
    able = METHODS[method].knows_sectors
    why = "" if able else f" {METHODS[method].label} cannot keep to it: choose another method."
    highest = st.slider(
        "Sector at most",
        5,
        100,
        100,
        5,
        format=f"%d{THIN}%%",
        key="allocation_sector_most",
        bind="query-params",
        disabled=not able,
        help="Largest weight of all assets of a sector together; 100 is no limit. Sectors are those of the Global "
        f"Industry Classification Standard.{_free(market)}{why}",
    )
    lowest = st.slider(
        "Sector at least",
        0,
        30,
        0,
        1,
        format=f"%d{THIN}%%",
        key="allocation_sector_least",
        bind="query-params",
        disabled=not able,
        help=f"Least weight of all assets of a sector together.{why}",
    )
    return (lowest / 100, highest / 100) if able else (0.0, 1.0)


def tell(market: Market, method: str, limits: Limits) -> None:
    """What is asked of sectors, in words; nothing where nothing is asked."""
    moved = st.session_state.get("allocation_sector_most", 100) < 100
    if not METHODS[method].knows_sectors and (moved or st.session_state.get("allocation_sector_least", 0) > 0):
        st.caption(
            f":material/info: {METHODS[method].label} splits weights down a tree and cannot keep to limits per sector: "
            "they are left out here, on the frontier and in the walk."
        )
    if not limits.sectors:
        return
    least = f"at least {percent(limits.sector_lowest, 0)}" if limits.sector_lowest > 0 else ""
    most = f"at most {percent(limits.sector_highest, 0)}" if limits.sector_highest < 1 else ""
    asked = " and ".join(filter(None, (least, most)))
    st.caption(f":material/category: Each of {len(limits.sectors)} sectors: {asked}, as set under More.{_free(market)}")


def at_most(limits: Limits, weights: Array) -> str:
    """A sentence that names the sectors that stand at the most allowed; empty where none does."""
    full = [
        name
        for name, members in limits.sectors
        if limits.sector_highest < 1 and limits.sector_highest - weights[list(members)].sum() < _SAME
    ]
    if not full:
        return ""
    named = f"{', '.join(full[:-1])} and {full[-1]}" if len(full) > 1 else full[0]
    verb = "hold" if len(full) > 1 else "holds"
    most = percent(limits.sector_highest, 0)
    return f"With generated scenarios **{named}** {verb} the most allowed for a sector ({most}). "


def table(market: Market, generated: Array, history: Array) -> pd.DataFrame | None:
    """What each sector weighs, the heaviest first; ``None`` where no asset has a known sector."""
    found = by_sector(market.tickers, least=1)
    if not found:
        return None
    sector = np.array([SECTORS.get(ticker, _ALONE) for ticker in market.tickers])
    names = sorted(set(sector), key=lambda name: (name == _ALONE, -float(generated[sector == name].sum())))
    rows = {
        name: [
            ", ".join(np.array(market.tickers)[sector == name]),
            percent(float(generated[sector == name].sum()), 1),
            percent(float(history[sector == name].sum()), 1),
        ]
        for name in names
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["Assets", "Generated", "History"])


def _free(market: Market) -> str:
    """Who has no limit, as a sentence."""
    alone = [ticker for ticker in market.tickers if ticker not in SECTORS]
    if not alone:
        return ""
    named = ", ".join(alone[:5]) + (f" and {len(alone) - 5} more" if len(alone) > 5 else "")
    have = "have no known sector and are" if len(alone) > 1 else "has no known sector and is"
    return f" {named} {have} not limited by it."

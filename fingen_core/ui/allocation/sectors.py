"""Limits per sector on the allocation page: sliders, what they do in words, and what each sector weighs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts.theme import THIN, percent
from fingen_core.market import Market
from fingen_core.market.sectors import SECTORS, by_sector
from fingen_core.portfolio.allocation.limits import Limits
from fingen_core.portfolio.allocation.methods import METHODS
from fingen_core.types import Array

__all__ = ["Asked", "ask", "at_most", "table", "tell"]

_ALONE = "Without a sector"
_SAME = 5e-4


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of sectors: bounds of each, decimals, and (name, lowest, highest) of those that have their own."""

    lowest: float = 0.0
    highest: float = 1.0
    own: tuple[tuple[str, float, float], ...] = ()


def ask(market: Market, method: str) -> Asked:
    """Draw the sliders; nothing is asked where no sector is known or the method cannot keep to it."""
    names = list(by_sector(market.tickers, least=1))
    if not names:
        st.caption("No limits per sector: FinGen knows the sector of none of these assets.")
        return Asked()
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
    own = _own(names, disabled=not able)
    return Asked(lowest=lowest / 100, highest=highest / 100, own=own) if able else Asked()


def _own(names: list[str], *, disabled: bool) -> tuple[tuple[str, float, float], ...]:
    """Sectors that are picked out, with a slider of two ends for each."""
    picked = st.multiselect(
        "Sectors with own limits",
        names,
        key="allocation_sectors",
        bind="query-params",
        disabled=disabled,
        placeholder="Choose sectors",
        help="Their own take the place of those above.",
    )
    found = []
    for name in picked:
        low, high = st.slider(
            name,
            0,
            100,
            (0, 100),
            5,
            format=f"%d{THIN}%%",
            key=f"allocation_sector_{name}",
            bind="query-params",
            disabled=disabled,
            help=f"Least and largest weight of {name}.",
        )
        found.append((name, low / 100, high / 100))
    return tuple(found)


def tell(market: Market, method: str, limits: Limits) -> None:
    """What is asked of sectors, in words; nothing where nothing is asked."""
    kept = st.session_state
    moved = kept.get("allocation_sector_most", 100) < 100 or kept.get("allocation_sector_least", 0) > 0
    if not METHODS[method].knows_sectors and (moved or kept.get("allocation_sectors")):
        st.caption(
            f":material/info: {METHODS[method].label} splits weights down a tree and cannot keep to limits per sector: "
            "they are left out here, on the frontier and in the walk."
        )
    if not limits.sectors:
        return
    own = "; ".join(f"{name} {_between(low, high)}" for name, low, high in limits.own)
    each = ""
    if limits.sector_lowest > 0 or limits.sector_highest < 1:
        who = f"Each of {len(limits.sectors)} sectors" if not own else "; every other"
        each = f"{who}: {_between(limits.sector_lowest, limits.sector_highest)}"
    st.caption(f":material/category: {own}{each}, as set under More.{_free(market)}")


def _between(low: float, high: float) -> str:
    parts = (f"at least {percent(low, 0)}" if low > 0 else "", f"at most {percent(high, 0)}" if high < 1 else "")
    return " and ".join(filter(None, parts)) or "without limits"


def at_most(limits: Limits, weights: Array) -> str:
    """A sentence that names or counts the sectors that stand at the most allowed; empty where none does."""
    full = {
        name: high
        for (name, members), high in zip(limits.sectors, limits.of_sectors()[1], strict=True)
        if high < 1 and high - weights[list(members)].sum() < _SAME
    }
    if not full:
        return ""
    named = [f"**{name}** ({percent(high, 0)})" for name, high in full.items()]
    told = f"{', '.join(named[:-1])} and {named[-1]} hold" if len(named) > 1 else f"{named[0]} holds"
    if len(named) > 3:
        told = f"**{len(named)} of {len(limits.sectors)} sectors** hold"
    return f"With generated scenarios {told} the most allowed for a sector. "


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

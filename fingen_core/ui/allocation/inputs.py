"""The allocation page's controls, and weights kept from rerun to rerun by digests."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from fingen_core.charts.theme import THIN
from fingen_core.market import Market
from fingen_core.portfolio.allocation.frontier import Frontier, frontier
from fingen_core.portfolio.allocation.limits import Limits, sector_limits
from fingen_core.portfolio.allocation.methods import METHODS, allocate
from fingen_core.scenarios.history import windows
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.types import Array
from fingen_core.ui.allocation import sectors
from fingen_core.ui.request import samples, sources

__all__ = ["Desk", "ask"]

COUNTS = (1000, 2000, 5000)
_LAST = "Last day"


@dataclass(frozen=True, eq=False, kw_only=True)
class Desk:
    """What was asked for on the allocation page.

    Attributes
    ----------
    market : Market
    method : str
    limits : Limits
    label : str
        Who draws, for people.
    request : SampleRequest
    """

    market: Market
    method: str
    limits: Limits
    label: str
    request: SampleRequest

    @property
    def horizon(self) -> int:
        return self.request.n_steps

    @property
    def per_year(self) -> float:
        """Horizons in a year."""
        return self.market.step.per_year / self.horizon

    def generated(self) -> Array:
        """Simple returns over the horizon of generated scenarios, shape (n_paths, n_assets)."""
        return _generated(samples.identity(self.request), self.request)

    def history(self) -> Array:
        """The same of history's overlapping windows."""
        return _history(self.market.digest(), self.horizon, self.market)

    def weights(self) -> tuple[Array, Array]:
        """Weights from generated scenarios and from history."""
        terms = f"{self.method} {self.limits} {self.market.digest()} {self.horizon}"
        generated = _weights(
            f"{terms} {samples.identity(self.request)}", self.method, self.generated(), self.limits, self.market
        )
        return generated, _weights(terms, self.method, self.history(), self.limits, self.market)

    def frontiers(self) -> dict[str, Frontier]:
        """Frontiers of both."""
        terms = f"{self.limits} {self.market.digest()} {self.horizon}"
        return {
            "Generated": _frontier(
                f"{terms} {samples.identity(self.request)}", self.generated(), self.limits, self.per_year, 1
            ),
            "History": _frontier(terms, self.history(), self.limits, self.per_year, 2 * self.horizon),
        }

    def note(self) -> str:
        """The samples in words."""
        day = self.request.start or f"{self.market.dates[-1]:%Y-%m-%d}"
        length = self.market.step.words(self.horizon)
        return f"{self.request.n_paths:,} scenarios of {length} from {day}, {len(self.history()):,} windows"


@st.cache_resource(max_entries=8, show_spinner=False)
def _generated(identity: str, _request: SampleRequest) -> Array:  # noqa: ARG001 (the key)
    return np.asarray(np.expm1(samples.draw(_request).log_returns.sum(axis=1, dtype=np.float64)))


@st.cache_resource(max_entries=8, show_spinner=False)
def _history(identity: str, horizon: int, _market: Market) -> Array:  # noqa: ARG001 (the key)
    return np.asarray(np.expm1(windows(_market, horizon).sum(axis=1, dtype=np.float64)))


@st.cache_data(max_entries=64, show_spinner=False)
def _weights(identity: str, _method: str, _returns: Array, _limits: Limits, _market: Market) -> Array:  # noqa: ARG001
    return allocate(_method, _returns, _market.tickers, _limits)


@st.cache_resource(max_entries=16, show_spinner=False)
def _frontier(identity: str, _returns: Array, _limits: Limits, _per_year: float, _block: float) -> Frontier:  # noqa: ARG001
    return frontier(_returns, _limits, per_year=_per_year, mean_block=_block)


def _usual_most(n_assets: int) -> int:
    """Percent that an asset may weigh unless somebody says otherwise: 20, and of few assets twice their equal share."""
    return min(100, max(20, 5 * round(200 / n_assets / 5)))


def ask(market: Market) -> Desk:
    """Draw the controls and return what they say.

    Raises
    ------
    InvalidInput
        If limits contradict each other.
    """
    widths = [2.3, 2.1, 2.2, 1.5, 1.5, 1.5]
    which, by, start, length, most, more = st.columns(widths, gap="small", vertical_alignment="bottom")
    method = which.selectbox(
        "Method",
        list(METHODS),
        format_func=lambda name: METHODS[name].label,
        key="allocation_method",
        bind="query-params",
        help="\n".join(f"- **{one.label}**: {one.explain}" for one in METHODS.values()),
    )
    source, label = sources.choose_source(
        market,
        by,
        key="allocation_by",
        note="A model that was trained on this market, or a classical rival.",
    )
    day = _start(market, start)
    horizons = market.step.horizons("week", "month", "quarter")
    horizon = length.selectbox(
        "Horizon",
        horizons,
        index=horizons.index(market.step.month),
        format_func=market.step.words,
        key="allocation_days",
        bind="query-params",
        help=market.step.legend("month", that="that a scenario spans"),
    )
    highest = most.slider(
        "At most",
        5,
        100,
        _usual_most(market.n_assets),
        5,
        format=f"%d{THIN}%%",
        key="allocation_most",
        bind="query-params",
        help="Largest weight of an asset. Weights are never negative and add up to 100 %. For sectors see More.",
    )
    with more.popover("More", icon=":material/tune:", width="stretch"):
        lowest = st.slider(
            "At least",
            0.0,
            5.0,
            0.0,
            0.5,
            format=f"%.1f{THIN}%%",
            key="allocation_least",
            bind="query-params",
            help="Least weight of every asset.",
        )
        asked = sectors.ask(market, method)
        n_paths = st.select_slider(
            "Scenarios",
            COUNTS,
            2000,
            format_func=lambda count: f"{count:,}",
            key="allocation_paths",
            bind="query-params",
            help="More make weights steadier.",
        )
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, 0, key="allocation_seed", bind="query-params", help="Same seed, same scenarios."
        )
    limits = sector_limits(
        market.tickers,
        lowest=lowest / 100,
        highest=highest / 100,
        sector_lowest=asked.lowest,
        sector_highest=asked.highest,
        own=asked.own,
    )
    sectors.tell(market, method, limits)
    limits.check(market.n_assets)
    request = SampleRequest(
        source=source,
        n_paths=int(n_paths),
        n_steps=int(horizon),
        seed=int(seed),
        start=day,
        market_digest=market.digest(),
    )
    return Desk(market=market, method=method, limits=limits, label=label, request=request)


def _start(market: Market, place: Any) -> str | None:
    crises = sources.crises_after(market, min(2 * market.step.year, market.n_steps // 2))
    days = {f"Eve of {crisis.name}": crisis.start for crisis in reversed(crises)}
    picked = place.selectbox(
        "Starting from",
        [_LAST, *days],
        format_func=lambda name: f"{name}, {market.dates[-1]:%Y-%m-%d}" if name == _LAST else name,
        key="allocation_start",
        bind="query-params",
        help="The day whose state, calm or wild, generated scenarios set out from.",
    )
    return f"{days[picked]:%Y-%m-%d}" if picked in days else None

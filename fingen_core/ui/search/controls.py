"""The controls that the searched kinds of stress share: who draws, from where, how long, measured on what."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from fingen_core.market import Market, bundled, crises
from fingen_core.market.crises import Crisis
from fingen_core.scenarios.regimes import height
from fingen_core.scenarios.requests import EFFORTS, StressRequest
from fingen_core.types import Array
from fingen_core.ui.request import model_wanted, samples, sources
from fingen_core.ui.request.subject import tell_left_out, what
from fingen_core.ui.session import state

__all__ = ["Setup", "choose", "starts"]

_MODEL = "model"
_LAST, _DAY = "Last day", "A day of my choice"
_FEWEST_DAYS = 250


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a search sets out from.

    Attributes
    ----------
    source, label : str
        The model, as requests and as people call it.
    start : str or None
        ISO date; ``None`` is the last day of the market.
    day : Timestamp
    n_steps, seed : int
    subject : str
        What is measured: ``samples.EQUAL``, a ticker, or ``stress.PORTFOLIO`` and a portfolio's digest.
    effort : str
        Of ``EFFORTS``.
    market : Market
    """

    source: str
    label: str
    start: str | None
    day: pd.Timestamp
    n_steps: int
    seed: int
    subject: str
    effort: str
    market: Market

    @property
    def holdings(self) -> Array:
        return samples.weights(self.market.tickers, self.subject)

    def request(self, **changes: Any) -> StressRequest:
        """A search from here."""
        common = {
            "source": self.source,
            "n_steps": self.n_steps,
            "seed": self.seed,
            "start": self.start,
            "market_digest": self.market.digest(),
            "weights": tuple(float(weight) for weight in self.holdings),
            "effort": self.effort,
        }
        return StressRequest(**{**common, **changes})

    def reaching(self, n_days: int) -> "Setup":
        """The same over at least so many days."""
        return replace(self, n_steps=max(self.n_steps, n_days))

    def note(self) -> str:
        """The sample in words, for subtitles."""
        return f"{self.market.step.words(self.n_steps)} from {self.day:%Y-%m-%d}, seed {self.seed}"


def starts(market: Market) -> dict[str, pd.Timestamp]:
    """Named days to set out from: the eve and the height of every crisis, the newest first.

    Crises before the market begins are carried over from the bundled stocks: their state, given to today's tickers.
    """
    found: dict[str, pd.Timestamp] = {}
    for crisis in reversed(crises()):
        own = _covers(market, crisis)
        if not own and not _covers(bundled(), crisis):
            continue
        where = market if own else bundled()
        told = "" if own else ", carried over"
        found[f"Eve of {crisis.name}, {crisis.start:%Y-%m-%d}{told}"] = crisis.start
        top = _height(where.digest(), crisis.name, where, crisis)
        found[f"Height of {crisis.name}, {top:%Y-%m-%d}{told}"] = top
    return found


def choose(market: Market) -> Setup:
    """Draw the controls; ends the page politely where the market has no model."""
    known = sources.models(market, steerable=True)
    if not known:
        model_wanted.tell(
            market,
            "These questions are put to a trained model, since rivals only draw rows of the past; a quick one takes "
            "under a minute.",
        )
        st.stop()
    widths = [1.9, 2.3, 1.3, 2.3, 1.5]  # the name of a portfolio needs room
    by, start, length, of, more = st.columns(widths, gap="small", vertical_alignment="bottom")
    current = f"run:{state.run_id()}"
    options = list(known)
    linked = sources.linked_source(known, _MODEL)
    if linked and _MODEL not in st.session_state:
        st.session_state[_MODEL] = linked
        st.query_params[_MODEL] = known[linked]  # a bound control reads labels, and writes only what somebody picks
    source = by.selectbox(
        "Drawn by",
        options,
        index=options.index(current) if current in options else 0,
        format_func=lambda name: known[name],
        key=_MODEL,
        bind="query-params",
        help="A model that was trained on this market; only such a model can be steered.",
    )
    with start:
        picked, day = _start(market)
    step = market.step
    lengths = sources.horizons(market, "week", "fortnight", "month", "two months", "quarter", "half-year")
    n_steps = length.selectbox(
        "Horizon",
        lengths,
        index=lengths.index(step.month) if step.month in lengths else len(lengths) - 1,
        format_func=step.words,
        key="horizon",
        bind="query-params",
        help=step.legend("month", "quarter", that="that a path covers"),
    )
    with of:
        subject = what(market, "on")
    with more.popover("More", icon=":material/tune:", width="stretch"):
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="draws", bind="query-params", help="Same seed, same paths.")
        effort = st.segmented_control(
            "Effort",
            EFFORTS,
            default="normal",
            required=True,
            format_func=str.capitalize,
            key="effort",
            bind="query-params",
            help="How many paths a search moves about. Thorough takes three times as long and narrows the bands by a "
            "good third; quick has wide ones.",
        )
    if picked == _DAY:
        first, last = market.dates[min(_FEWEST_DAYS, market.n_steps)].date(), market.dates[-1].date()
        with st.columns([1.9, 2.5, 4.7], gap="small")[1]:
            chosen: date = st.date_input(
                "Day",
                last,
                first,
                last,
                key="since",
                bind="query-params",
                format="YYYY-MM-DD",
                label_visibility="collapsed",
            )
        day = pd.Timestamp(chosen)
    tell_left_out(subject)
    start_day = None if picked == _LAST else f"{day:%Y-%m-%d}"
    return Setup(
        source=source,
        label=known[source],
        start=start_day,
        day=day,
        n_steps=int(n_steps),
        seed=int(seed),
        subject=subject,
        effort=effort or "normal",
        market=market,
    )


def _start(market: Market) -> tuple[str, pd.Timestamp]:
    named, last = starts(market), market.dates[-1]
    picked = st.selectbox(
        "Starting from",
        [_LAST, _DAY, *named],
        format_func=lambda name: f"{_LAST}, {last:%Y-%m-%d}" if name == _LAST else name,
        key="from",
        bind="query-params",
        help="The state the market was in at that close, calm or wild, is where the paths set out. The eve is the last "
        "close before a crisis, the height its wildest day. *Carried over*: this market is younger than the crisis, so "
        "its assets get the state of the bundled US stocks of that day.",
    )
    return picked, named.get(picked, last)


def _covers(market: Market, crisis: Crisis) -> bool:
    before = market.dates[min(_FEWEST_DAYS, market.n_steps)]
    has_closes = len(market.prices.loc[crisis.start : crisis.end]) > 0
    return bool(before <= crisis.start and crisis.end <= market.dates[-1] and has_closes)


@st.cache_data(max_entries=64, show_spinner=False)
def _height(digest: str, name: str, _market: Market, _crisis: Crisis) -> pd.Timestamp:  # noqa: ARG001 (the key)
    return height(_market, _crisis)[0]

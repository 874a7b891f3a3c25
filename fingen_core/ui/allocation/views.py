"""The allocation page's answers: weights of both worlds, frontiers, and a walk through history."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts import allocation as charts
from fingen_core.charts.theme import percent
from fingen_core.market.sectors import SECTORS
from fingen_core.portfolio.allocation.frontier import Frontier
from fingen_core.portfolio.allocation.methods import METHODS, risk_of
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.types import Array
from fingen_core.ui.allocation import sectors as allocation_sectors
from fingen_core.ui.allocation.inputs import Desk
from fingen_core.ui.allocation.walk_forward import walk
from fingen_core.ui.kit import show
from fingen_core.ui.session import portfolio, state

__all__ = ["VIEWS", "headline", "view"]

_LIMITS = (
    "Weights are only as good as the scenarios. Expected returns are hardly known from any history, so methods that "
    "use them promise most and keep least. Not advice."
)


def headline(desk: Desk) -> None:
    """The answer in a sentence."""
    generated, history = desk.weights()
    apart = 0.5 * float(np.abs(generated - history).sum())
    here, there = (risk_of(weights, desk.generated(), desk.per_year) for weights in (generated, history))
    st.markdown(
        f"**{METHODS[desk.method].label}** on generated scenarios holds {_most_held(desk, generated)}; "
        f"**{percent(apart, 0)}** of the portfolio would have to be traded to get there from history's weights. "
        f"{allocation_sectors.at_most(desk.limits, generated)}"
        f"Over the generated {desk.market.step.words(desk.horizon)} its volatility is "
        f"{percent(here['volatility'])} a year against {percent(there['volatility'])} with history's weights, and its "
        f"mean loss over the worst twentieth of scenarios {percent(here['shortfall'])} against "
        f"{percent(there['shortfall'])}."
    )


def _most_held(desk: Desk, weights: Array) -> str:
    """The largest weight and whose it is; all that stand at the limit where several do."""
    largest = float(weights.max())
    alike = [ticker for ticker, weight in zip(desk.market.tickers, weights, strict=True) if largest - weight < 5e-4]
    if len(alike) == len(weights):
        return f"all {len(alike)} assets alike (**{percent(largest)}** each)"
    limit = ", the most allowed" if desk.limits.highest - largest < 5e-4 else ""
    if len(alike) == 1:
        return f"most of **{alike[0]} ({percent(largest)}{limit})**"
    named = f"{', '.join(alike[:-1])} and {alike[-1]}" if len(alike) <= 4 else f"{len(alike)} of {len(weights)} assets"
    return f"most of **{named} ({percent(largest)} each{limit})**"


def view(desk: Desk) -> None:
    """The control that chooses what to look at, and what was chosen."""
    VIEWS[show.look_at(VIEWS, "Weights", "allocation_view")](desk)
    st.caption(_LIMITS)


def _weights(desk: Desk) -> None:
    generated, history = desk.weights()
    bars, side = st.columns([1.7, 1], gap="medium")
    data = pd.DataFrame({"ticker": desk.market.tickers, "generated": generated, "history": history})
    data.insert(1, "sector", data["ticker"].map(SECTORS))
    with bars:
        show.chart(
            charts.weights(
                desk.market.tickers,
                generated,
                history,
                f"{METHODS[desk.method].label}: what to hold?",
                f"{desk.note()}; {desk.label}",
                dark=state.dark(),
            ),
            f"Weights of each asset by {METHODS[desk.method].label} from generated scenarios and from history.",
            "allocation-weights",
            data=data,
            how=charts.HOW["weights"],
        )
        told = _without(desk.market.tickers, generated, history)
        if told:
            st.caption(show.plain(told))
    with side:
        st.markdown("**What each would be like**  \n:small[:gray[a year; CVaR over the horizon]]")
        st.table(_worlds(desk, generated, history), border="horizontal", alt="Both weights in both worlds")
        _use(desk, generated)
    sectors = allocation_sectors.table(desk.market, generated, history)
    if sectors is not None:
        with st.columns([1.7, 1], gap="medium")[0]:
            st.markdown("**What each sector weighs**")
            st.table(sectors, border="horizontal", alt="Weight of each sector from generated scenarios and history")


_HELD = 5e-5
"""Weights up to this are none: they are not kept either."""

_NAMED = 6


def _without(tickers: Sequence[str], generated: Array, history: Array) -> str:
    """ "Left out: KO and PG by both; XOM by history's weights."; empty where every asset is held."""
    parts = []
    for by, mine in (
        ("both", (generated <= _HELD) & (history <= _HELD)),
        ("the generated weights", (generated <= _HELD) & (history > _HELD)),
        ("history's weights", (generated > _HELD) & (history <= _HELD)),
    ):
        names = [ticker for ticker, out in zip(tickers, mine, strict=True) if out]
        if len(names) > _NAMED:
            names = [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} more"]
        if names:
            parts.append(f"{', '.join(names[:-1])} and {names[-1]} by {by}" if names[1:] else f"{names[0]} by {by}")
    return f"Left out: {'; '.join(parts)}." if parts else ""


def _worlds(desk: Desk, generated: Array, history: Array) -> pd.DataFrame:
    """Both weights in both worlds."""
    rows = {}
    for world, returns in (("generated", desk.generated()), ("history", desk.history())):
        for name, words in (("volatility", "Volatility"), ("shortfall", "CVaR 95"), ("mean", "Mean return")):
            rows[f"{words}, {world}"] = [
                percent(risk_of(weights, returns, desk.per_year)[name]) for weights in (generated, history)
            ]
    return pd.DataFrame(rows, index=pd.Index(["Generated weights", "History's weights"])).T


def _use(desk: Desk, generated: Array) -> None:
    if st.button(
        "Look at the risk of these weights",
        icon=":material/pie_chart:",
        help="Makes the generated weights the portfolio that all pages work with.",
    ):
        now = portfolio.current(desk.market)
        held = [(ticker, float(weight)) for ticker, weight in zip(desk.market.tickers, generated, strict=True)]
        kept = [(ticker, round(weight, 6)) for ticker, weight in held if weight > _HELD]
        portfolio.use_draft(
            Portfolio(
                name=METHODS[desk.method].label,
                tickers=tuple(ticker for ticker, _ in kept),
                weights=tuple(weight for _, weight in kept),
                value=now.value,
                currency=now.currency,
                note=f"{METHODS[desk.method].label} on {desk.note()}; {desk.label}",
            )
        )
        show.go_to("pages/risk/portfolio.py")


def _frontiers(desk: Desk) -> None:
    with st.spinner("Resampling scenarios", show_time=True):
        found = desk.frontiers()
    spread = {name: float(np.ptp(np.quantile(one.claimed_mean[:, -1], [0.05, 0.95]))) for name, one in found.items()}
    show.chart(
        charts.frontiers(
            found,
            "How much of the frontier is known?",
            f"{desk.note()}; {len(found['History'].resampled_mean)} resamples",
            dark=state.dark(),
        ),
        "Efficient frontiers from generated scenarios and from history; resampled portfolios as dots.",
        "allocation-frontier",
        data=_frontier_data(found, desk),
        how=charts.HOW["frontier"],
    )
    st.markdown(
        f"The mean return that resampled frontiers promise at their upper end varies by "
        f"**{percent(spread['Generated'])}** a year among resampled generated scenarios and by "
        f"**{percent(spread['History'])}** among those of history (90 % of resamples). More scenarios narrow the "
        "first, but not what the model itself does not know."
    )


def _frontier_data(found: dict[str, Frontier], desk: Desk) -> pd.DataFrame:
    parts = []
    for name, one in found.items():
        table = pd.DataFrame(one.weights, columns=[f"weight {ticker}" for ticker in desk.market.tickers])
        table.insert(0, "mean", one.mean)
        table.insert(0, "volatility", one.volatility)
        table.insert(0, "from", name)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


VIEWS: dict[str, Callable[[Desk], None]] = {"Weights": _weights, "Frontier": _frontiers, "Walk-forward": walk}
"""What can be looked at; only the chosen one is computed."""

"""The latent map of a VAE: days of history as points, a click that draws one, and a walk between two crises."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts.theme import percent
from fingen_core.charts.training import snapshots as charts
from fingen_core.errors import FinGenError
from fingen_core.jobs.warm.sampler import Latents, Walk
from fingen_core.market import Market
from fingen_core.market.crises import crises_between
from fingen_core.runs import Run
from fingen_core.types import Array
from fingen_core.ui.kit import show
from fingen_core.ui.session import state

__all__ = ["latent_map", "pretrained_map"]

_MOST_POINTS = 2000
_STOPS = 21
_NAMED = 5


@dataclass(frozen=True)
class _Model:
    """Whose map it is: the source that the worker knows, and what changes when its weights do."""

    source: str
    stamp: str


def latent_map(run: Run) -> None:
    """The map of a run, the chosen day, and the walk."""
    if not run.has_model:
        st.info(
            "The map is drawn when there is a model: at the end of the training, or stop it.", icon=":material/info:"
        )
        return
    stamp = str((run.folder / "generator.safetensors").stat().st_mtime_ns)
    _show(_Model(f"run:{run.id}", stamp), state.store().market(run.id))


def pretrained_map(market: Market) -> None:
    """The same of the model that ships, on the sample that it was trained on; asked for first, as it takes seconds."""
    if state.is_sample(market) and st.toggle(
        "Show how the pretrained VAE sees the days of history",
        key="train_pretrained_map",
        help="Its latent map: a click decodes a day, and a line walks between two crises.",
    ):
        _show(_Model("pretrained", "shipped"), market)


def _show(model: _Model, market: Market) -> None:
    try:
        found = _latents(model.source, model.stamp)
        crisis_days = _crisis_days(market)
        _map(model, found, crisis_days)
        _walk(model, crisis_days)
    except FinGenError as problem:
        st.info(str(problem), icon=":material/info:")


def _map(model: _Model, found: Latents, crisis_days: dict[str, str]) -> None:
    rows = _drawn_rows(len(found.days), [found.days.index(day) for day in crisis_days.values()])
    place = {int(row): index for index, row in enumerate(rows)}
    named = {name: place[found.days.index(day)] for name, day in list(crisis_days.items())[:_NAMED]}
    left, right = st.columns([1.35, 1], gap="medium")
    with left:
        picked = show.chart(
            charts.latent_map(
                found.points[rows],
                found.volatility[rows],
                [found.days[row] for row in rows],
                named,
                ends=_ends(model, crisis_days, place, found),
                shares=found.shares,
                n_days=len(found.days),
                dark=state.dark(),
            ),
            alt="Days of history as points in the plane of the two main directions of their latent codes.",
            key="room_latents",
            data=lambda: pd.DataFrame({"day": found.days, "first": found.points[:, 0], "second": found.points[:, 1]}),
            how=charts.HOW["latent"],
            pick=True,
        )
    day = _picked_day(picked, rows, list(named.values()), found) or next(iter(crisis_days.values()), found.days[-1])
    with right:
        _day(model, day, next((name for name, known in crisis_days.items() if known == day), ""), bool(picked))


def _day(model: _Model, day: str, name: str, picked: bool) -> None:
    """What the decoder makes of one day's code."""
    decoded = _walked(model.source, model.stamp, day, day, 1)
    fit = np.corrcoef(decoded.decoded[0], decoded.real[0])[0, 1] if len(decoded.tickers) > 2 else np.nan
    agree = f"; correlation across assets {fit:.2f}" if np.isfinite(fit) else ""
    show.chart(
        charts.pattern(
            decoded.decoded[0],
            decoded.real[0],
            decoded.tickers,
            f"{day}, {name}" if name else day,
            f"Bars: decoded from its code. Diamonds: what happened{agree}",
            dark=state.dark(),
        ),
        alt=f"Returns of {day} by asset: decoded from the day's code as bars, what happened as marks.",
        key="room_day",
        data=lambda: pd.DataFrame(
            {"decoded": decoded.decoded[0], "happened": decoded.real[0]}, index=list(decoded.tickers)
        ),
        how=charts.HOW["latent"],
    )
    if not picked:
        st.caption("Choose another day on the map: click on a point.")


def _walk(model: _Model, crisis_days: dict[str, str]) -> None:
    names = list(crisis_days)
    if len(names) < 2:
        st.caption("A walk needs two named crises in the history.")
        return
    st.subheader("Walk between two days", anchor=False)
    left, right = st.columns(2, gap="medium")
    first = left.selectbox("From", names, key=f"room_from_{model.source}", help="The worst day of each crisis.")
    second = right.selectbox("To", names, index=1, key=f"room_to_{model.source}")
    share = st.slider(
        "How far along the way?", 0, 100, 50, 100 // (_STOPS - 1), format="%d %%", key=f"room_share_{model.source}"
    )
    at = round(share / 100 * (_STOPS - 1))
    found = _walked(model.source, model.stamp, crisis_days[first], crisis_days[second], _STOPS)
    ends = {0: (first, found.real[0]), _STOPS - 1: (second, found.real[1])}
    left, right = st.columns([1, 1.35], gap="medium")
    with left:
        show.chart(
            charts.pattern(
                found.decoded[at],
                ends[at][1] if at in ends else None,
                found.tickers,
                f"{first} at {share} % of the way to {second}",
                "Decoded" + ("; diamonds: what happened" if at in ends else "; has not happened"),
                dark=state.dark(),
            ),
            alt=f"Returns by asset, decoded {share} percent of the way between two days.",
            key="room_between",
            how=charts.HOW["walk"],
        )
    with right:
        show.chart(
            charts.walk(
                found.decoded,
                found.tickers,
                at,
                _finding(found, first, second),
                f"Decoded returns by asset, from {crisis_days[first]} to {crisis_days[second]}",
                dark=state.dark(),
            ),
            alt="Decoded returns of all assets along the way between two days, as a heat map.",
            key="room_walk",
            data=lambda: pd.DataFrame(found.decoded, columns=list(found.tickers)).rename_axis("stop"),
            how=charts.HOW["walk"],
        )


def _finding(found: Walk, first: str, second: str) -> str:
    """How the equal-weight loss changes on the way."""
    means = np.expm1(found.decoded).mean(axis=1)
    return f"From {percent(float(means[0]))} ({first}) to {percent(float(means[-1]))} ({second})"


def _ends(model: _Model, crisis_days: dict[str, str], place: dict[int, int], found: Latents) -> tuple[int, int] | None:
    """Where the walk that is chosen below begins and ends on the map."""
    names = list(crisis_days)
    if len(names) < 2:
        return None
    chosen = (
        st.session_state.get(f"room_from_{model.source}", names[0]),
        st.session_state.get(f"room_to_{model.source}", names[1]),
    )
    first, second = (place[found.days.index(crisis_days[name])] for name in chosen)
    return first, second


def _picked_day(picked: list[tuple[int, int]], rows: Array, named: list[int], found: Latents) -> str:
    """The day of the chosen point; empty if none is chosen."""
    for trace, index in picked:
        if trace == 0:
            return found.days[int(rows[index])]
        if trace == 1:
            return found.days[int(rows[named[index]])]
    return ""


def _drawn_rows(n_days: int, needed: list[int]) -> Array:
    """Days spread evenly, at most about 2,000, and those that are needed."""
    step = -(-n_days // _MOST_POINTS)
    return np.unique([*range(0, n_days, step), *needed])


@st.cache_data(max_entries=32, show_spinner=False)
def _crisis_table(digest: str, _market: Market) -> dict[str, str]:  # noqa: ARG001  (the digest is the cache key)
    dates, simple = _market.return_dates, np.expm1(_market.log_returns()).mean(axis=1)
    found = {}
    for crisis in sorted(crises_between(dates[0], dates[-1]), key=lambda crisis: crisis.fall):
        inside = np.flatnonzero((dates > crisis.start) & (dates <= crisis.end))
        if len(inside):
            found[crisis.name] = f"{dates[inside[simple[inside].argmin()]]:%Y-%m-%d}"
    return found


def _crisis_days(market: Market) -> dict[str, str]:
    """The worst equal-weight day of each crisis in a market's history, the deepest crisis first."""
    return _crisis_table(market.digest(), market)


@st.cache_resource(max_entries=8, show_spinner="Placing the days")
def _latents(source: str, stamp: str) -> Latents:  # noqa: ARG001  (the stamp is part of the key)
    return state.sampler().latents(source)


@st.cache_resource(max_entries=64, show_spinner=False)
def _walked(source: str, stamp: str, first: str, second: str, n: int) -> Walk:  # noqa: ARG001
    return state.sampler().walk(source, first, second, n)

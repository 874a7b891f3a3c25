"""Scenarios of every kind for the portfolio that is being looked at.

Each kind is a function that names sets of paths; a new kind is added to ``KINDS`` and stands in the table, the chart
and the report from then on.
"""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fingen_core.errors import InvalidInput
from fingen_core.market import Market, Step, crises, sp500_index
from fingen_core.portfolio.named import NamedPaths
from fingen_core.portfolio.weights import equal_weights
from fingen_core.scenarios.replay import replay
from fingen_core.types import Array
from fingen_core.ui.risk.inputs import Desk, Sample
from fingen_core.ui.search import kept

__all__ = ["BY_PROXY", "KINDS", "all_scenarios", "usual_length"]

SHARES = (0.05, 0.01)
BY_PROXY = " (by proxy)"
"""How the name of a replay ends where assets without prices of that time move with the index."""


def usual_length(step: Step) -> int:
    """Steps of the scenarios that have no end of their own: a month."""
    return step.month


def all_scenarios(desk: Desk) -> list[NamedPaths]:
    """Every scenario of every kind, in the order of the kinds."""
    return [scenario for kind in KINDS for scenario in kind(desk)]


def _severity(desk: Desk) -> list[NamedPaths]:
    """The worst shares of what the model and the rival draw from the chosen day."""
    drawn, rival = desk.drawn(), desk.rival_sample()
    found = [_worst_of(desk, drawn, share, f"{drawn.label}, worst {share * 100:g} %", "Severity") for share in SHARES]
    return [*found, _worst_of(desk, rival, SHARES[0], f"{rival.label}, worst {SHARES[0] * 100:g} %", "Severity")]


def _state(desk: Desk) -> list[NamedPaths]:
    """What the model draws from the wildest day of the chosen crisis, carried over to these assets."""
    sample = desk.stress_sample()
    if sample is None or desk.stress is None:
        return []
    name = f"From the height of {desk.stress.name}, worst {SHARES[0] * 100:g} %"
    return [_worst_of(desk, sample, SHARES[0], name, "State")]


def _history(desk: Desk) -> list[NamedPaths]:
    """The worst windows that history holds."""
    past, step = desk.past(), desk.market.step
    length = usual_length(step)
    if length not in past.over:
        return []
    gains = past.over[length]
    order, n_worst = _worst_rows(gains, desk.weights, SHARES[0])
    first = desk.market.dates[int(order[0])]
    note = f"{n_worst:,} of {len(gains):,} overlapping windows"
    return [
        NamedPaths(
            name=f"History, worst {SHARES[0] * 100:g} %",
            group="History",
            kind="history",
            gains=gains[order[:n_worst]],
            chosen=SHARES[0],
            n_steps=length,
            chances=_fractions(len(gains) * SHARES[0], n_worst),
            note=note,
        ),
        NamedPaths(
            name=f"History, worst {step.words(length) if length > 1 else step.noun}",
            group="History",
            kind="history",
            gains=gains[order[:1]],
            n_steps=length,
            note=f"from {first:%Y-%m-%d}",
        ),
    ]


def _replays(desk: Desk) -> list[NamedPaths]:
    """What the assets did in each named crisis, from its eve to its trough, on today's weights."""
    return _replayed(desk.market.digest(), desk.market)


@st.cache_resource(max_entries=8, show_spinner=False)
def _replayed(digest: str, _market: Market) -> list[NamedPaths]:  # noqa: ARG001 (the key)
    found = []
    for crisis in crises():
        try:
            lived = replay(_market, equal_weights(_market.n_assets), crisis, sp500_index())  # moves need no weights
        except InvalidInput:
            continue  # neither this market nor the index has prices of that time; the Crises page says so
        proxy = "; by beta to the S&P 500, no prices of that time" if lived.proxied else ""
        found.append(
            NamedPaths(
                name=f"Replay: {crisis.name}{BY_PROXY if lived.proxied else ''}",
                group="Replay",
                kind="history",
                gains=lived.moves[None],
                n_steps=lived.n_steps,
                note=f"{lived.dates[0]:%Y-%m-%d} to {lived.dates[-1]:%Y-%m-%d}{proxy}",
            )
        )
    return found


def _found(desk: Desk) -> list[NamedPaths]:
    """What searches found and somebody added in this session."""
    return kept.kept(desk.market)


KINDS: list[Callable[[Desk], list[NamedPaths]]] = [_severity, _state, _history, _replays, _found]
"""Whoever adds a kind of scenario adds its function here."""


def _worst_of(desk: Desk, sample: Sample, share: float, name: str, group: str) -> NamedPaths:
    days = max(day for day in sample.gains.over if day <= usual_length(desk.market.step))
    gains = sample.gains.over[days]
    order, n_worst = _worst_rows(gains, desk.weights, share)
    return NamedPaths(
        name=name,
        group=group,
        kind=sample.kind,
        gains=gains[order[:n_worst]],
        chosen=share,
        n_steps=days,
        chances=_fractions(len(gains) * share, n_worst),
        note=f"{n_worst:,} of {desk.note(sample)}",
    )


def _worst_rows(gains: Array, weights: Array, share: float) -> tuple[NDArray[np.intp], int]:
    order = np.argsort(gains @ weights, kind="stable")
    return order, max(1, int(np.ceil(round(len(gains) * share, 9))))


def _fractions(size: float, n_worst: int) -> Array:
    """The last of the worst paths counts by its fraction, so that the mean is the expected shortfall."""
    return np.asarray(np.clip(round(size, 9) - np.arange(n_worst), 0, 1)) if size >= 1 else np.ones(n_worst)

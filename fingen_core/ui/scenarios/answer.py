"""The Scenarios page's answer: what was drawn, in a sentence to save, in views, and as files."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from fingen_core.charts.theme import number, percent
from fingen_core.market import Market
from fingen_core.reports.paths import NOT_HAPPENED, file_name, to_csv, to_parquet
from fingen_core.scenarios.history import window_starts
from fingen_core.ui.kit import show
from fingen_core.ui.request import conditions
from fingen_core.ui.request import samples as stress
from fingen_core.ui.request.choice import Choice
from fingen_core.ui.request.scenes import VIEWS, Scenes
from fingen_core.ui.session import saved_links

__all__ = ["ENOUGH", "Searched", "downloads", "effects", "headline", "stage", "view"]

ENOUGH = 100
"""Paths that make a tail worth looking at; with fewer, the worst few decide every figure."""


@dataclass(frozen=True, kw_only=True)
class Searched:
    """What a search for the very tail found, which tells more than the few plain paths in it.

    Attributes
    ----------
    mean_loss : float
        Expected shortfall of that tail, a decimal.
    reach : float
        Half of its 90 % band.
    effective : float
        How many independent paths the searched ones are worth.
    """

    mean_loss: float
    reach: float
    effective: float


def stage(market: Market, choice: Choice) -> Scenes:
    """Draw what was chosen, or take it from what was drawn before; raises what the sampler raises."""
    labels = list(choice.labels.values())
    requests = [choice.request(source, market.digest()) for source in choice.labels]
    if choice.asked.compared:
        requests.insert(1, choice.request(next(iter(choice.labels)), market.digest(), plain=True))
        labels.insert(1, f"{labels[0]}, without")
    drawn = [stress.draw(request) for request in requests]
    samples = [
        stress.outcomes(
            stress.identity(request),
            choice.subject,
            label,
            "rival" if label.startswith("Rival") else "generated",
            scenarios,
        )
        for request, label, scenarios in zip(requests, labels, drawn, strict=True)
    ]
    return Scenes(
        choice=choice,
        market=market,
        drawn=drawn,
        samples=samples,
        requests=requests,
        digests=[stress.identity(request) for request in requests],
        past=stress.history(market.digest(), choice.n_steps, choice.subject, market),
        starts=window_starts(market, choice.n_steps),
    )


def headline(scenes: Scenes, share: float, searched: Searched | None = None) -> None:
    """The answer in one sentence, and beside it a button that saves it; what was searched for stands for few paths."""
    tail = share if share < 1 else 0.05
    drawn, past = scenes.samples[0].worst(tail), scenes.past.worst(tail)
    words = stress.severity_words(tail).lower().replace(" %", "\u202f%")
    cost, few = _cost(drawn.mean_loss(), False), f", only {drawn.n_paths} of them" if drawn.n_paths < ENOUGH else ""
    if searched is not None:
        ends = sorted(abs(searched.mean_loss + sign * searched.reach) * 100 for sign in (-1, 1))
        cost = f"{_cost(searched.mean_loss, False)} ({number(ends[0], 1)} to {number(ends[1], 1)})"
        few = f", searched for ({number(searched.effective)} effective paths)"
    who = "generated paths" if len(scenes.samples) == 1 else f"paths of {scenes.samples[0].label}"
    told = (
        f"From {conditions.origin(scenes.drawn[0])} over {scenes.market.step.words(scenes.choice.n_steps)}, "
        f"{stress.measured(scenes.choice.subject)} **{cost}** on average over the "
        f"**{words}** of {who}{few}; over the {words} of history's windows it **{_cost(past.mean_loss(), True)}**."
    )
    said, save = st.columns([7, 1], gap="small", vertical_alignment="center")
    said.markdown(told)
    with save:
        saved_links.offer(
            "pages/stress/scenarios.py",
            scenes.market,
            stress.held(scenes.market, scenes.choice.subject),
            requests=scenes.requests,
            draw=lambda: scenes.drawn,
            headline=told,
        )
    saved_links.opened(scenes.requests, scenes.drawn)


def effects(scenes: Scenes) -> None:
    """What the condition changes, where the first model was drawn with it and without."""
    if scenes.choice.asked.compared:
        asked, plain = scenes.drawn[:2]
        weights = stress.weights(asked.tickers, scenes.choice.subject)
        conditions.effects(asked, plain, weights, scenes.samples[0].label, scenes.market.step.per_year)


def _cost(loss: float, past: bool) -> str:
    if loss >= 0:
        return f"{'lost' if past else 'loses'} {percent(loss)}"
    return f"{'gained' if past else 'gains'} {percent(-loss)}"


def view(scenes: Scenes, share: float) -> None:
    """The control that chooses what to look at, and what was chosen."""
    VIEWS[show.look_at(VIEWS, "Paths", "view")](scenes, share)


def downloads(scenes: Scenes, share: float) -> None:
    """The paths on screen as files, each of which says that it has not happened."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(scenes.samples) == 1:
            _files(scenes, 0, share)
        else:
            with st.popover("Paths as files", icon=":material/download:"):
                for row, sample in enumerate(scenes.samples):
                    st.markdown(f"**{sample.label}**")
                    with st.container(horizontal=True):
                        _files(scenes, row, share)
        st.caption(f"{NOT_HAPPENED} Not advice.", width="content")


def _files(scenes: Scenes, row: int, share: float) -> None:
    drawn, digest = scenes.drawn[row], scenes.digests[row]
    chosen = drawn if share == 1 else drawn.take(scenes.samples[row].worst(share).rows.tolist(), severity=share)
    kinds = (("Paths as Parquet", "parquet", None, to_parquet), ("Paths as CSV", "csv", "text/csv", to_csv))
    for label, ending, mime, write in kinds:
        st.download_button(
            label,
            partial(write, chosen),
            file_name(chosen, ending),
            mime,
            key=f"{ending}-{digest}",
            on_click="ignore",
            icon=":material/download:",
        )

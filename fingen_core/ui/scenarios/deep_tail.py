"""The tail beyond what plain paths hold: offered on the Scenarios page where a selection becomes thin."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from fingen_core.charts import scenarios as charts
from fingen_core.charts.theme import number, percent, percent_range
from fingen_core.errors import FinGenError
from fingen_core.jobs.warm.searcher import Found
from fingen_core.scenarios.outcomes import Outcomes
from fingen_core.scenarios.requests import StressRequest
from fingen_core.ui.kit import show
from fingen_core.ui.request import samples
from fingen_core.ui.request.scenes import Scenes
from fingen_core.ui.scenarios.answer import ENOUGH, Searched
from fingen_core.ui.search import controls, kept, progress
from fingen_core.ui.search import facts as stress_facts
from fingen_core.ui.session import saved_links, state

__all__ = ["found", "offer"]


def found(scenes: Scenes, share: float) -> Searched | None:
    """What a search for this tail has found already; ``None`` where nobody asked for it, or it is not needed."""
    if not _thin(scenes, share) or _conditioned(scenes):
        return None
    try:
        status = state.desk().status(_request(scenes, share).digest())
    except FinGenError:  # whoever draws first cannot be searched; offer says so
        return None
    answer = status.parts.get("answer") if status is not None and status.state == "done" else None
    if answer is None:
        return None
    facts = answer.facts
    return Searched(mean_loss=facts["mean_loss"], reach=facts["mean_loss_reach"], effective=facts["effective"])


def offer(scenes: Scenes, share: float) -> None:
    """Search for the worst ``share`` itself where the first source's selection holds fewer than 100 paths."""
    if not _thin(scenes, share):
        return
    label, n_chosen = next(iter(scenes.choice.labels.values())), scenes.samples[0].worst(share).n_paths
    words = samples.severity_words(share).lower()
    if _conditioned(scenes):
        st.caption(
            f"The {words} here are {n_chosen} paths: thin. A search for that tail sets out from one "
            f"{scenes.market.step.noun} and knows no "
            "conditions: take more paths under More, or ask for none."
        )
        return
    try:
        request = _request(scenes, share)
    except FinGenError:  # a rival draws first, and rows of the past cannot be searched
        st.caption(
            f"The {words} here are {n_chosen} paths: thin. Take more under More, or let a trained model draw first."
        )
        return
    done = progress.search(
        request,
        lambda parts: _answer(parts, scenes, share),
        button=f"Search the {words}",
        told=f"The {words} of {scenes.drawn[0].n_paths:,} paths are **{n_chosen}**: thin. {label} can search for that "
        "tail itself (subset simulation), as exactly as by drawing a million paths, within half a minute.",
        at_once=saved_links.asks_for(request),
    )
    if done:
        subject = samples.measured(scenes.choice.subject)
        kept.offer(
            request,
            _setup(request, scenes, label),
            f"the {words} of {subject} in {scenes.market.step.words(request.n_steps)}",
        )


def _mean_loss(facts: Mapping[str, Any]) -> str:
    mean, reach = facts["mean_loss"], facts["mean_loss_reach"]
    return percent_range(mean, mean - reach, mean + reach)


def _thin(scenes: Scenes, share: float) -> bool:
    return share < 1 and scenes.samples[0].worst(share).n_paths < ENOUGH


def _conditioned(scenes: Scenes) -> bool:
    return bool(scenes.choice.asked.of(next(iter(scenes.choice.labels))))


def _request(scenes: Scenes, share: float) -> StressRequest:
    """The search for the worst ``share`` of the first source; ``FinGenError`` if that cannot be searched."""
    weights = samples.weights(scenes.market.tickers, scenes.choice.subject)
    return StressRequest(
        kind="tail",
        source=next(iter(scenes.choice.labels)),
        n_steps=scenes.choice.n_steps,
        seed=scenes.choice.seed,
        start=scenes.choice.start,
        market_digest=scenes.market.digest(),
        weights=tuple(float(weight) for weight in weights),
        share=share,
    )


def _setup(request: StressRequest, scenes: Scenes, label: str) -> controls.Setup:
    """Where the search set out from, as the other searches tell it."""
    return controls.Setup(
        source=request.source,
        label=label,
        start=request.start,
        day=scenes.drawn[0].start,
        n_steps=request.n_steps,
        seed=request.seed,
        subject=scenes.choice.subject,
        effort=request.effort,
        market=scenes.market,
    )


def _answer(parts: Mapping[str, Found], scenes: Scenes, share: float) -> None:
    answer = parts.get("answer")
    if answer is None:
        return
    facts, words = answer.facts, samples.severity_words(share).lower()
    values = stress_facts.values_of(
        answer.arrays["paths"], samples.weights(scenes.market.tickers, scenes.choice.subject)
    )
    choice = scenes.choice
    note = (
        f"{len(values):,} paths searched for, {scenes.market.step.words(choice.n_steps)}, from {facts['start']}, "
        f"seed {choice.seed}"
    )
    sample = Outcomes.of(values, label="Generated", kind="generated", note=note)
    with st.container(border=True):
        st.markdown(
            f"**The {words} itself, searched for**: {samples.measured(scenes.choice.subject)} loses "
            f"**{percent(facts['threshold'])} or more** there, **{_mean_loss(facts)}** on average "
            f"(expected shortfall, 90 % band). Such paths are "
            f"{percent_range(share, facts['low'], facts['high'], 3)} of all, from **{number(facts['effective'])}** "
            "effective paths."
        )
        stress_facts.warn_unfamiliar(facts["familiarity"], scenes.market.step)
        named = [charts.Named("worst", sample.worst_path(), True), charts.Named("median", sample.median_path())]
        title = f"Generated, {words}: mean loss {percent(facts['mean_loss'])}"
        show.chart(
            charts.fan(sample, title, named=named, dark=state.dark(), height=340),
            f"Fan of the {words} of paths. {note}.",
            "deep-tail",
            data=partial(charts.fan_data, sample, named),
            how=charts.HOW["fan"],
        )

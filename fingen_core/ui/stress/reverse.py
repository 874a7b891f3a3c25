"""The Reverse stress page: ways to a loss, how likely it is, and what each way looks like."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from fingen_core.charts import stress as charts
from fingen_core.charts.theme import number, percent, percent_range
from fingen_core.jobs.warm.searcher import Found
from fingen_core.scenarios.requests import StressRequest
from fingen_core.scenarios.search.story import Story
from fingen_core.ui.kit import show
from fingen_core.ui.request import samples
from fingen_core.ui.search import facts as stress_facts
from fingen_core.ui.search.controls import Setup
from fingen_core.ui.search.progress import odds
from fingen_core.ui.session import state

__all__ = ["answer", "asked_for", "offer_nearest"]

_ASKED = "reverse_asked"


def answer(parts: Mapping[str, Found], setup: Setup, loss: float) -> None:
    """Everything that is there already, the quick parts first."""
    if "event" in parts:
        _probability(parts["event"], setup, loss)
    if "closest" in parts:
        _nearest(parts["closest"], setup, loss)
    if "answers" in parts:
        _groups(parts["answers"], setup, loss)
    if "center" in parts:
        _center(parts["center"], setup)


def offer_nearest(request: StressRequest) -> None:
    """Below a refusal: a button that searches for the deepest loss that the model gives, where there is one."""
    status = state.desk().status(request.digest())
    found = status.parts.get("nearest") if status is not None else None
    if found is not None:
        lost = round(100 * found.facts["loss"], 1)
        told = f"Find ways to lose {lost:g} %"
        st.button(told, on_click=partial(_ask, lost), key="ask-nearest", icon=":material/near_me:")


def asked_for(percent_lost: float) -> bool:
    """Whether that loss was asked for by the button of a refusal: then the search begins without another press."""
    return bool(st.session_state.get(_ASKED) == percent_lost)


def _ask(percent_lost: float) -> None:
    st.session_state["loss"] = st.session_state[_ASKED] = percent_lost


def _probability(found: Found, setup: Setup, loss: float) -> None:
    facts = found.facts
    st.markdown(
        f"Over {setup.market.step.words(setup.n_steps)} from {setup.day:%Y-%m-%d}, {samples.measured(setup.subject)} "
        f"loses "
        f"**{percent(loss, 0)} or more** in **{odds(facts['probability'])}** of the paths. In those, its "
        f"volatility is {percent(facts['volatility'], 0)} a year{_known(facts, 'volatility')}{_tied(facts)}. In "
        "brackets the 90 % bands of the means, and what the month of history before the start had."
    )
    stress_facts.cards(
        [
            stress_facts.how_likely(facts),
            stress_facts.how_many(facts),
            _history_card(setup, loss),
            stress_facts.familiarity(facts["familiarity"], facts["carried"], setup.market.step),
        ]
    )
    stress_facts.warn_unfamiliar(facts["familiarity"], setup.market.step)


def _tied(facts: Mapping[str, Any]) -> str:
    """How much the assets move together; nothing for a market of one asset."""
    if not np.isfinite(facts["correlation"]):
        return ""
    return f", the mean correlation of all assets {facts['correlation']:.2f}{_known(facts, 'correlation')}"


def _known(facts: Mapping[str, Any], name: str) -> str:
    """How well a mean is known, and what it was before, where that is told: " (58 to 66; 24 % the month before)"."""
    scale, digits = (100, 0) if name == "volatility" else (1, 2)
    told = [f"{number(scale * facts[name + '_low'], digits)} to {number(scale * facts[name + '_high'], digits)}"]
    before = facts.get(f"{name}_before", np.nan)
    if np.isfinite(before):
        told.append(f"{percent(before, 0) if name == 'volatility' else number(before, 2)} the month before")
    return f" ({'; '.join(told)})"


def _history_card(setup: Setup, loss: float) -> tuple[str, str, str]:
    past = samples.history(setup.market.digest(), setup.n_steps, setup.subject, setup.market)
    losses = -past.returns()
    n = int((losses >= loss).sum())
    worst = past.worst_path()
    finding = f"**{n} of {past.n_paths:,}** windows" if n else "**Never** so far"
    return (
        "In history",
        f"{finding}  \n:small[worst: {percent(float(losses[worst]))} in the "
        f"{setup.market.step.words(setup.n_steps)} from "
        f"{setup.market.dates[worst]:%Y-%m-%d}]",
        f"Overlapping windows of {setup.market.step.words(setup.n_steps)} since {setup.market.dates[0]:%Y} that "
        f"lost as much.",
    )


def _nearest(found: Found, setup: Setup, loss: float) -> None:
    facts = found.facts
    if "none" in facts:
        st.caption(f"The smallest change that brings it: {facts['none']}.")
        return
    values = stress_facts.values_of(found.arrays["paths"], setup.holdings)
    before = stress_facts.values_of(found.arrays["before"], setup.holdings)
    st.subheader("The smallest change that brings it", anchor=False)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show.chart(
            charts.ways(
                values,
                f"{len(values)} ordinary paths, changed as little as possible",
                f"{setup.note()}; dotted: as they were before",
                before=before,
                target=loss,
                dark=state.dark(),
            ),
            f"{len(values)} generated paths that lose {percent(loss)}, and what they were before the change.",
            "reverse-nearest",
            data=charts.ways_data(values),
            how=charts.HOW["closest"],
        )
    with right:
        story = Story.from_dict(facts["stories"][0])
        st.markdown("**The path that needed least** (red)")
        for line in stress_facts.story_lines(story, setup.market.step):
            st.markdown(line)
        st.markdown(stress_facts.like_history(values[0], setup))
        typical = float(np.sqrt(2 / facts["n_dimensions"]))
        st.caption(
            f"Its {facts['n_dimensions']:,} random numbers moved by {facts['change'][0]:.1f} (an ordinary path's have "
            f"length {np.sqrt(facts['n_dimensions']):.0f}); mean square then {facts['size'][0]:.2f}, ordinary is 1 ± "
            f"{typical:.2f}. Generated. Has not happened."
        )


def _share(told: Mapping[str, Any]) -> str:
    """How much of the probability lies in a group, with the 90 % band from the spread of the searches."""
    return percent_range(told["share"], told["share_low"], told["share_high"], 0)


def _groups(found: Found, setup: Setup, loss: float) -> None:
    answers = found.facts["answers"]
    counts = {2: "Two", 3: "Three"}
    st.subheader(f"{counts.get(len(answers), str(len(answers)))} distinct ways to lose it", anchor=False)
    for row, (column, told) in enumerate(zip(st.columns(len(answers), gap="medium"), answers, strict=True)):
        values = stress_facts.values_of(found.arrays[f"paths{row}"], setup.holdings)
        with column:
            show.chart(
                charts.ways(
                    values[:60],
                    told["name"],
                    f"{_share(told)} of the probability; {min(len(values), 60)} of its paths",
                    target=loss,
                    dark=state.dark(),
                    height=320,
                ),
                f"Paths of the group {told['name']}, {_share(told)} of the probability.",
                f"reverse-group-{row}",
                data=charts.ways_data(values[:60]),
                how=charts.HOW["answers"],
            )
            st.markdown(
                f"Three {setup.market.step.nouns} make up **{percent(told['concentration'], 0)}** of the loss; half "
                f"of it is there after "
                f"**{number(told['half_way'] * setup.n_steps)} {setup.market.step.nouns}**. Volatility "
                f"{percent(told['volatility'], 0)}"
                f"{_known(told, 'volatility')}{_tied(told)}. The red path:"
            )
            for line in stress_facts.story_lines(Story.from_dict(told["story"]), setup.market.step):
                st.markdown(f":small[{line}]")
            st.markdown(f":small[{stress_facts.like_history(values[0], setup)}]")


def _center(found: Found, setup: Setup) -> None:
    if "none" in found.facts:
        st.caption(f"The center of all ways: {found.facts['none']}.")
        return
    with st.expander("The center of all ways (not a path)"):
        values = stress_facts.values_of(found.arrays["paths"], setup.holdings)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            show.chart(
                charts.ways(values, "A slow bleed without noise", setup.note(), dark=state.dark(), height=300),
                "The design point: the least noise that brings the loss, a smooth slide.",
                "reverse-center",
                data=charts.ways_data(values),
                how=charts.HOW["center"],
            )
        with right:
            for line in stress_facts.story_lines(Story.from_dict(found.facts["story"]), setup.market.step):
                st.markdown(line)
            st.caption(f"Distance from no news at all: {found.facts['distance']:.1f}. Not a probability.")

"""What would it take to lose that much: the most plausible ways, how likely, and when it was last like that."""

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.ui import frame
from fingen_core.ui.kit import show
from fingen_core.ui.request import samples
from fingen_core.ui.search import controls, kept, progress
from fingen_core.ui.session import state
from fingen_core.ui.stress import reverse

frame.page(
    "What would it take?",
    "Name a loss. The model looks for the most plausible ways to it: what had to change least, how likely it is, and "
    "the distinct ways it can happen.",
)
market = state.market()
state.link_market()
state.desk().warm()

loss_words = st.columns([1.6, 7], gap="small")[0]
percent_lost = loss_words.number_input(
    "Loss, %",
    0.1,
    95.0,
    20.0,
    1.0,
    format="%.1f",
    key="loss",
    bind="query-params",
    help="Of what is measured, from the start to the end of the horizon.",
)
try:
    setup = controls.choose(market)
    request = setup.request(kind="reverse", loss=round(percent_lost / 100, 6))
except FinGenError as problem:
    show.error(problem)
    st.stop()

done = progress.search(
    request,
    lambda parts: reverse.answer(parts, setup, request.loss),
    button=f"Find ways to lose {percent_lost:g} %",
    told=f"How could **{samples.measured(setup.subject)}** lose **{percent_lost:g} %** within "
    f"**{market.step.words(setup.n_steps)}** "
    f"from {setup.day:%Y-%m-%d}? First ways within seconds, the rest within half a minute.",
    at_once=reverse.asked_for(percent_lost),
    refused=lambda _: reverse.offer_nearest(request),
)
if done:
    kept.offer(
        request,
        setup,
        f"{samples.measured(setup.subject)} loses {percent_lost:g} % in {market.step.words(setup.n_steps)}",
    )

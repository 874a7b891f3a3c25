"""Generated scenarios beside history: drawn by whom, from where, how bad; then fans, tails, waves and ties."""

from dataclasses import replace

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.ui import frame
from fingen_core.ui.kit import show
from fingen_core.ui.request import conditions
from fingen_core.ui.request.scenes import severity
from fingen_core.ui.scenarios import answer, controls, deep_tail
from fingen_core.ui.session import state

state.announce_sampler()
frame.page(
    "Scenarios",
    state.step().retold("What could happen from a day you choose, drawn by models and rivals, beside what did happen."),
)
market = state.market()
state.link_market()

try:
    choice = controls.choose(market)
    if not choice.labels:
        st.info("Nobody draws yet: choose a model or a rival above.", icon=":material/arrow_upward:")
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        share = severity()
        choice = replace(choice, asked=conditions.ask(choice.labels, choice.asked.market))
    with st.skeleton(480):
        drawn = answer.stage(market, choice)
except FinGenError as problem:
    show.error(problem, ("Try again", None))
    st.stop()

answer.headline(drawn, share, deep_tail.found(drawn, share))
conditions.start(drawn.drawn[0], market)
answer.effects(drawn)
deep_tail.offer(drawn, share)
answer.view(drawn, share)
answer.downloads(drawn, share)

"""Generated scenarios beside history: drawn by whom, from where, how bad; then fans, tails, waves and ties."""

from dataclasses import replace

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.ui import conditions, deep_tail, frame, scene_controls, scenes, show, state

state.announce_sampler()
frame.page(
    "Scenarios",
    state.step().retold("What could happen from a day you choose, drawn by models and rivals, beside what did happen."),
)
market = state.market()
state.link_market()

try:
    choice = scene_controls.choose(market)
    if not choice.labels:
        st.info("Nobody draws yet: choose a model or a rival above.", icon=":material/arrow_upward:")
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        share = scenes.severity()
        choice = replace(choice, asked=conditions.ask(choice.labels, choice.asked.market))
    with st.skeleton(480):
        drawn = scenes.stage(market, choice)
except FinGenError as problem:
    show.error(problem, ("Try again", None))
    st.stop()

scenes.headline(drawn, share, deep_tail.found(drawn, share))
conditions.start(drawn.drawn[0], market)
scenes.effects(drawn)
deep_tail.offer(drawn, share)
scenes.view(drawn, share)
scenes.downloads(drawn, share)

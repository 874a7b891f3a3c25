"""What to hold: optimizers on generated scenarios beside the same on history, and what both were worth later."""

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.ui import frame
from fingen_core.ui.allocation import inputs, views
from fingen_core.ui.kit import show
from fingen_core.ui.session import state

state.announce_sampler()
frame.page(
    "What to hold?",
    "The same optimizer on generated scenarios and on history, side by side; then years that neither had seen.",
)
market = state.market()
state.link_market()

try:
    desk = inputs.ask(market)
    with st.skeleton(480):
        desk.weights()
    views.headline(desk)
    views.view(desk)
except FinGenError as problem:
    show.error(problem, ("Try again", None))

"""How much a portfolio may lose: tails by horizon, contributions, a loss limit, all scenarios side by side."""

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.ui import frame
from fingen_core.ui.holdings import editor
from fingen_core.ui.kit import show
from fingen_core.ui.risk import inputs, views
from fingen_core.ui.session import state

state.announce_sampler()
frame.page(
    "What could this portfolio lose?",
    state.step().retold(
        "Generated from a day you choose, beside what history did and what a classical model says; not a forecast."
    ),
)
market = state.market()
state.link_market()

try:
    desk = inputs.ask(market)
    editor.tell_draft(market)
    with st.skeleton(60):
        desk.drawn()
    views.headline(desk)
    views.view(desk)
except FinGenError as problem:
    show.error(problem, ("Try again", None))

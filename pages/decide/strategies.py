"""What an investment rule would do: history's curve inside the fan of generated ones, and how much of it is luck."""

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.ui import frame
from fingen_core.ui.holdings import editor
from fingen_core.ui.kit import show
from fingen_core.ui.session import portfolio, state
from fingen_core.ui.strategies import inputs, trials, views

state.announce_sampler()
frame.page(
    "Was the rule good, or lucky?",
    "A rule's history is one course of events. Generated paths show the others; costs are counted in all of them.",
)
market = state.market()
state.link_market()

try:
    desk = inputs.ask(market)
    editor.tell_draft(market)
    portfolio.tell_left_out(desk.portfolio)
    if not desk.rules:
        st.info("No rule yet: choose one above.", icon=":material/arrow_upward:")
        st.stop()
    with st.skeleton(480):
        desk = inputs.working(desk)
        desk.generated(desk.rules[0])
    trials.note(desk)
    views.headline(desk)
    views.view(desk)
except FinGenError as problem:
    show.error(problem, ("Try again", None))

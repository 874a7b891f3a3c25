"""The distribution of the next days: how far, not which way, with the verdict on such forecasts above it."""

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.ui import frame
from fingen_core.ui.forecast import inputs, views
from fingen_core.ui.kit import show
from fingen_core.ui.request import model_wanted
from fingen_core.ui.session import state

state.announce_sampler()
step = state.step()
frame.page(
    step.retold("How far could the next days go?"),
    step.retold("A distribution for every coming trading day, from today or from any past day.")
    + " It says how far, hardly which way; not advice.",
)
market = state.market()
state.link_market()

try:
    desk = inputs.ask(market)
    found = inputs.evidence(desk)
    with st.skeleton(560):
        views.verdict(desk, found)
        views.fan_and_chances(desk)
    st.subheader("Every asset", anchor=False)
    views.assets(desk)
    if found is not None:
        st.subheader("Why believe it?", anchor=False)
        views.evidence(desk, found)
    else:
        model_wanted.tell(
            market, "A quick training ends with one.", missing="No validation of this generator on this market yet."
        )
except FinGenError as problem:
    show.error(problem, ("Try again", None))

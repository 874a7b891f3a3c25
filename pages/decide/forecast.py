"""The distribution of the next days: how far, not which way, with the verdict on such forecasts above it."""

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.ui import forecast_desk, forecast_views, frame, model_wanted, show, state

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
    desk = forecast_desk.ask(market)
    found = forecast_desk.evidence(desk)
    with st.skeleton(560):
        forecast_views.verdict(desk, found)
        forecast_views.fan_and_chances(desk)
    st.subheader("Every asset", anchor=False)
    forecast_views.assets(desk)
    if found is not None:
        st.subheader("Why believe it?", anchor=False)
        forecast_views.evidence(desk, found)
    else:
        model_wanted.tell(
            market, "A quick training ends with one.", missing="No validation of this generator on this market yet."
        )
except FinGenError as problem:
    show.error(problem, ("Try again", None))

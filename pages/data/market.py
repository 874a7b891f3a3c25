"""Choose a market: pick, look, mend, use."""

import streamlit as st

from fingen_core.ui import frame, market_look, market_source

frame.page(
    "Market", "Choose the assets whose future you want to stress, look at what they did, and mend what is wrong."
)

candidate = market_source.choose()
if candidate is None:
    st.stop()

report = market_look.report(candidate)
left, right = st.columns([3, 1], gap="medium")
with right:
    market_look.verdict(candidate, report)
with left:
    market_look.history(candidate, report)
market_look.findings(candidate, report)

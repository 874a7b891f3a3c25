"""Choose a market: pick, look, mend, use."""

import streamlit as st

from fingen_core.ui import frame
from fingen_core.ui.market import look, source

frame.page(
    "Market", "Choose the assets whose future you want to stress, look at what they did, and mend what is wrong."
)

candidate = source.choose()
if candidate is None:
    st.stop()

report = look.report(candidate)
left, right = st.columns([3, 1], gap="medium")
with right:
    look.verdict(candidate, report)
with left:
    look.history(candidate, report)
look.findings(candidate, report)

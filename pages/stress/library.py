"""Scenarios saved by name, and the log of what was saved, changed and reported."""

import streamlit as st

from fingen_core.ui import audit_trail, frame, library_view

frame.page(
    "Scenario library", "What was saved by name: settings, portfolio and seed, so that the same paths come again."
)

view = st.segmented_control(
    "Show",
    ["Saved", "Audit log"],
    default="Saved",
    required=True,
    key="library_view",
    bind="query-params",
    label_visibility="collapsed",
)
if view == "Audit log":
    audit_trail.show_log()
else:
    library_view.show_saved()

"""Why believe a model: three lights, what it is bad at, and the evidence, beside rivals and history's own noise."""

import streamlit as st

from fingen_core.ui import (
    frame,
    model_wanted,
    state,
    validation_choice,
    validation_start,
    validation_verdict,
    validation_views,
)
from fingen_core.ui.validation_numbers import downloads

frame.page(
    "Why believe these scenarios?",
    state.step().retold(
        "Each model is judged on days it had not seen, beside classical rivals and beside history's own noise."
    ),
)
market = state.market()
state.link_market()
known = validation_choice.candidates(market)
if not known:
    days = market.step.nouns
    model_wanted.tell(market, f"Every training ends with a validation on the {days} it was not trained on.")
    st.stop()

who, which, more = st.columns([2.6, 2.6, 1.1], gap="small", vertical_alignment="bottom")
with who:
    chosen = validation_choice.choose(known)
validation_choice.work_on(chosen)
if len(chosen) == 1 and chosen[0].run is not None:
    with more:
        validation_start.offer(chosen[0].run, market)
validation_start.watch(chosen)
found = validation_choice.evidence(chosen, which)

for model in chosen:
    if not model.validations:
        validation_start.empty(model, market)
if not found:
    st.stop()

validation_verdict.show_lights(found)
validation_verdict.show_weaknesses(found)
downloads(found)
validation_views.view(found)

"""Why believe a model: three lights, what it is bad at, and the evidence, beside rivals and history's own noise."""

import streamlit as st

from fingen_core.ui import frame
from fingen_core.ui.request import model_wanted
from fingen_core.ui.session import state
from fingen_core.ui.validation import choice, start, verdict, views
from fingen_core.ui.validation.numbers import downloads

frame.page(
    "Why believe these scenarios?",
    state.step().retold(
        "Each model is judged on days it had not seen, beside classical rivals and beside history's own noise."
    ),
)
market = state.market()
state.link_market()
known = choice.candidates(market)
if not known:
    days = market.step.nouns
    model_wanted.tell(market, f"Every training ends with a validation on the {days} it was not trained on.")
    st.stop()

who, which, more = st.columns([2.6, 2.6, 1.1], gap="small", vertical_alignment="bottom")
with who:
    chosen = choice.choose(known)
choice.work_on(chosen)
if len(chosen) == 1 and chosen[0].run is not None:
    with more:
        start.offer(chosen[0].run, market)
start.watch(chosen)
found = choice.evidence(chosen, which)

for model in chosen:
    if not model.validations:
        start.empty(model, market)
if not found:
    st.stop()

verdict.show_lights(found)
verdict.show_weaknesses(found)
downloads(found)
views.view(found)

"""What if something moves as I say: paths that satisfy it, and what they do to everything else."""

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.ui import frame
from fingen_core.ui.kit import show
from fingen_core.ui.search import controls, kept, progress
from fingen_core.ui.session import state
from fingen_core.ui.stress import what_if

frame.page(
    "What if?",
    "Say what moves and how far. The model draws paths that satisfy it, and shows what they do to everything else, how "
    "likely that is, and when it last came near.",
)
market = state.market()
state.link_market()
state.desk().warm()

try:
    views, soft, at_once = what_if.question(market)
    setup = controls.choose(market)
    if not views:
        what_if.examples(market)
        st.stop()
    setup = setup.reaching(max(view.n_days for view in views))
    what_if.understood(views, market)
    request = setup.request(kind="what-if", views=views, soft=soft)
except FinGenError as problem:
    show.error(problem)
    st.stop()

done = progress.search(
    request,
    lambda parts: what_if.answer(parts, setup, views, soft),
    button="Answer",
    told="Takes a few seconds; rare conditions up to a minute.",
    at_once=at_once,
    refused=what_if.offer_nearest,
)
if done:
    kept.offer(request, setup, " and ".join(view.words(market.step) for view in views))

"""History's crises on today's holdings, and shocks of one factor passed on to the rest."""

from fingen_core.errors import FinGenError
from fingen_core.ui import drawing, frame, replay_views, show, state

state.announce_sampler()
frame.page(
    "What did crises cost?",
    "Named crises replayed on these holdings, at the prices of their time; and what a move of one factor does.",
)
market = state.market()
state.link_market()

view = show.look_at(["Crises", "Factor shock"], "Crises", "kind")
subject, weights = replay_views.holdings(market)
try:
    if view == "Crises":
        replay_views.crises_view(market, subject, weights)
    else:
        replay_views.shock_view(market, subject, weights, drawing.models(market, steerable=True))
except FinGenError as problem:
    show.error(problem, ("Try again", None))
state.warm_sampler()

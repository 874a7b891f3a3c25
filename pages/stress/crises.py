"""History's crises on today's holdings, and shocks of one factor passed on to the rest."""

from fingen_core.errors import FinGenError
from fingen_core.ui import frame
from fingen_core.ui.kit import show
from fingen_core.ui.request import sources
from fingen_core.ui.session import state
from fingen_core.ui.stress import crises

state.announce_sampler()
frame.page(
    "What did crises cost?",
    "Named crises replayed on these holdings, at the prices of their time; and what a move of one factor does.",
)
market = state.market()
state.link_market()

view = show.look_at(["Crises", "Factor shock"], "Crises", "kind")
subject, weights = crises.holdings(market)
try:
    if view == "Crises":
        crises.crises_view(market, subject, weights)
    else:
        crises.shock_view(market, subject, weights, sources.models(market, steerable=True))
except FinGenError as problem:
    show.error(problem, ("Try again", None))
state.warm_sampler()

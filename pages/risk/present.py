"""The risk of a portfolio as slides: large type, captions, arrow keys, no controls."""

from fingen_core.errors import FinGenError
from fingen_core.ui import presentation, show, state

state.announce_sampler()
market = state.market()
try:
    presentation.present(market)
except FinGenError as problem:
    show.error(problem, ("Back to the portfolio", "pages/risk/portfolio.py"))

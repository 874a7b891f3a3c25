"""The risk of a portfolio as slides: large type, captions, arrow keys, no controls."""

from fingen_core.errors import FinGenError
from fingen_core.ui.kit import show
from fingen_core.ui.risk import presentation
from fingen_core.ui.session import state

state.announce_sampler()
market = state.market()
try:
    presentation.present(market)
except FinGenError as problem:
    show.error(problem, ("Back to the portfolio", "pages/risk/portfolio.py"))

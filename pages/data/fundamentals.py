"""Company statements: type or upload them, compare ratios, and see what generated stress does to the company."""

from fingen_core.errors import FinGenError
from fingen_core.ui import frame
from fingen_core.ui.companies import statements, training
from fingen_core.ui.kit import show
from fingen_core.ui.session import state

state.announce_sampler()
frame.page(
    "Company statements",
    "Balance sheet, income and cash flow by company, its ratios beside those of its peers, and its distance to default "
    "in generated stress.",
)
market = state.market()
state.link_market()

try:
    ticker = statements.choose(market)
    statements.enter(market, ticker)
    statements.peers(market)
    statements.under_stress(market, ticker)
    training.by_numbers(market)
except FinGenError as problem:
    show.error(problem, ("Try again", None))

"""Company statements: type or upload them, compare ratios, and see what generated stress does to the company."""

from fingen_core.errors import FinGenError
from fingen_core.ui import companies, company_numbers, frame, show, state

state.announce_sampler()
frame.page(
    "Company statements",
    "Balance sheet, income and cash flow by company, its ratios beside those of its peers, and its distance to default "
    "in generated stress.",
)
market = state.market()
state.link_market()

try:
    ticker = companies.choose(market)
    companies.enter(market, ticker)
    companies.peers(market)
    companies.under_stress(market, ticker)
    company_numbers.by_numbers(market)
except FinGenError as problem:
    show.error(problem, ("Try again", None))

"""Scenarios saved by name, reports that were made, and the log of what was saved, changed and reported."""

from fingen_core.errors import FinGenError
from fingen_core.ui import frame
from fingen_core.ui.kit import show
from fingen_core.ui.library import compare, saved
from fingen_core.ui.risk import report_list
from fingen_core.ui.session import audit, state

frame.page(
    "Scenario library", "What was saved by name: settings, portfolio and seed, so that the same paths come again."
)

view = show.look_at(["Saved", "Compare", report_list.VIEW, "Audit log"], "Saved", "library_view", "Show")
if view == "Audit log":
    audit.show_log()
elif view == report_list.VIEW:
    report_list.show_reports()
elif view == "Compare":
    market = state.market()
    state.link_market()
    try:
        compare.show_comparison(market)
    except FinGenError as problem:
        show.error(problem, ("Try again", None))
else:
    saved.show_saved()

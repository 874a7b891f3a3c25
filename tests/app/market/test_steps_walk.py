"""Weekly, seven-day and monthly markets on every page: nothing breaks, and nobody speaks of days that are none."""

import re

import numpy as np
import pandas as pd
import pytest

from fingen_core.market import Market, Source, library
from tests.app.page_support import text, visit

pytestmark = pytest.mark.usefixtures("one_worker")

CALENDARS = {
    "week": pd.date_range(end="2022-12-30", periods=521, freq="W-FRI"),
    "day": pd.date_range(end="2022-12-31", periods=731, freq="D"),
    "month": pd.date_range(end="2022-12-31", periods=361, freq="ME"),
}
PAGES = (
    "stress/scenarios",
    "risk/portfolio",
    "decide/strategies",
    "decide/allocation",
    "decide/forecast",
    "stress/crises",
    "stress/what_if",
    "stress/library",
    "data/market",
    "data/fundamentals",
    "model/train",
    "model/runs",
    "risk/validation",
    "help/methods",
)
ALLOWED = re.compile(r"load daily prices|45 to 60 days are usual")  # days of the calendar, and what would do
DAYS = re.compile(r"\b\d[\d,]* (?:trading )?days?\b|\bTrading days?\b|\b[Dd]aily\b")


@pytest.fixture(params=CALENDARS)
def market(request, one_worker, monkeypatch):
    dates = CALENDARS[request.param]
    rng = np.random.default_rng(len(dates))
    moves = 0.2 / np.sqrt(50) * (rng.standard_t(5, (len(dates), 2)) + 0.05)
    made = Market(
        pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)), dates, ["AAA", "BBB"]), Source(kind="upload"), "Mine"
    )
    with monkeypatch.context() as patch:
        patch.setenv("FINGEN_HOME", str(one_worker.home))
        library.save(made)
    library.save(made)
    return made


def said(app):
    """Everything on the page that is written for people."""
    written = [text(app), *(element.value for element in (*app.caption, *app.info, *app.warning, *app.metric))]
    controls = (*app.selectbox, *app.slider, *app.select_slider, *app.number_input, *app.multiselect)
    written += [f"{control.label} {control.help or ''}" for control in controls]
    written += [" ".join(map(str, control.options)) for control in (*app.selectbox, *app.select_slider)]
    return " ".join(written + [chart.proto.spec for chart in app.get("plotly_chart")])


def test_every_page_goes_by_the_step_of_the_market(app, market):
    wrong = {}
    for page in PAGES:
        visit(app, f"pages/{page}.py", market=market.digest(), allocation_most="60")
        assert not app.error, (page, [element.value for element in app.error])
        found = [] if market.step.unit == "day" else DAYS.findall(ALLOWED.sub("", said(app)))
        if found:
            wrong[page] = found
    assert not wrong, wrong

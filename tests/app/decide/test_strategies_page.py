"""Strategies: rules on generated paths beside history, costs, overfitting, own rules, and what is refused."""

import json

import pytest

from fingen_core.errors import JobFailed
from fingen_core.jobs.warm.sampler import Sampler
from fingen_core.ui.strategies.views import VIEWS
from tests.app.page_support import text, titles, visit

PAGE = "pages/decide/strategies.py"
FAST = {"strategy_paths": "500"}

pytestmark = pytest.mark.usefixtures("one_worker")


def open_page(app, **query):
    return visit(app, PAGE, **{**FAST, **query})


def test_the_first_answer_is_history_inside_the_fan(app):
    open_page(app)
    fan, lucky = titles(app)
    assert fan.startswith("Moving-average trend: median ")
    assert "500 paths, 252 days, from 2021-12-28, seed 0" in fan
    assert lucky.startswith("How lucky was history?")
    assert "Moving-average trend (200 days)" in text(app)
    assert "History gave −" in text(app)  # 2022 was a year of losses for this rule
    names = [trace.get("name") for trace in json.loads(app.get("plotly_chart")[0].proto.spec)["data"]]
    assert "History" in names


@pytest.mark.parametrize("view", list(VIEWS))
def test_every_view_answers(app, view):
    open_page(app, strategy_view=view, rules=["Moving-average trend", "Momentum rotation"])
    assert app.segmented_control(key="strategy_view").value == view
    if view == "Side by side":
        table = app.table[0].value
        assert list(table.columns) == [
            "Moving-average trend (200 days)",
            "Momentum rotation (231 days, 21 days, 5)",
            "Buy and hold",
        ]
        assert table.loc["Return, history", "Buy and hold"] == "1.5\u202f%"
    else:
        assert all(titles(app))
    assert "One history is one draw" in " ".join(caption.value for caption in app.caption)


def test_overfitting_counts_everything_that_was_tried(app):
    open_page(app, strategy_view="Overfitting")
    assert "1 trial" in text(app)
    assert "nothing to correct for" in app.info[0].value
    assert len(app.metric) == 0
    next(button for button in app.button if button.label.startswith("Try neighbors")).click().run()
    assert not app.exception
    assert "7 trials" in text(app)
    assert app.metric[1].value.endswith("%")
    assert "of halvings the best fails" in titles(app)[0]
    assert len(app.dataframe[0].value) == 7


def test_costs_and_settings_matter(app):
    open_page(app, rules=["Constant mix"], strategy_view="Side by side")
    cheap = app.table[0].value.loc["Costs", "Constant mix"]
    app.slider(key="trading_proportional").set_value(1.0).run()
    assert not app.exception
    dear = app.table[0].value.loc["Costs", "Constant mix"]
    assert float(dear.split()[0]) > 3 * float(cheap.split()[0])


def test_an_own_rule_in_one_line(app):
    open_page(app, rules=["Own rule"], own_rule="weight = 1 if rank(change(126)) <= 5 else 0")
    assert "rank(change(126))" in text(app).replace("\\", "")
    app.text_input(key="own_rule").set_value("weight = prize").run()
    assert "prize is not known here; use price" in app.error[0].value
    app.text_input(key="own_rule").set_value("weight = price").run()
    assert "stay within 3" in app.error[0].value


@pytest.mark.parametrize("text", ["weight = prize", "weight = price"])
def test_a_wrong_own_rule_leaves_the_others_their_results(app, text):
    open_page(app, rules=["Moving-average trend", "Own rule"], own_rule=text, strategy_view="Side by side")
    assert app.error[0].value.startswith("Own rule left out: ")
    assert list(app.table[0].value.columns)[-1] == "Buy and hold"
    assert len(app.table[0].value.columns) == 2


def test_no_more_assets_are_held_than_the_market_has(app):
    open_page(app, rules=["Momentum rotation"])
    assert app.slider(key="momentum_hold").max == 19


def test_paths_from_the_last_day_have_no_history_beside_them(app):
    open_page(app, strategy_start="Last day, without history")
    assert len(titles(app)) == 1
    assert "These days have not come yet" in app.info[0].value


def test_paths_from_the_eve_of_a_crisis(app):
    open_page(app)
    start = app.selectbox(key="strategy_start")
    eve = next(option for option in start.options if "Lehman" in option)
    start.select(eve).run()
    assert not app.exception
    assert "from 2008-" in titles(app)[0]


def test_no_rule_says_what_to_do(app):
    open_page(app)
    app.multiselect(key="rules").set_value([]).run()
    assert "choose one above" in app.info[0].value


def test_more_than_fits_into_memory_is_refused_with_what_fits(app):
    open_page(app, strategy_paths="10,000")
    app.select_slider(key="strategy_days_4").set_value(504).run()
    assert "choose at most 5,000 paths" in app.error[0].value


def test_a_failing_sampler_is_a_sentence_with_a_remedy(app, monkeypatch):
    def fail(self, request, *, timeout=None):
        raise JobFailed("the sampler's process ended twice over this request: try fewer paths")

    monkeypatch.setattr(Sampler, "sample", fail)
    open_page(app, strategy_seed="77")
    assert "try fewer paths" in app.error[0].value
    assert "Try again" in [button.label for button in app.button]

"""What if, Reverse stress and Crises: asked, refused, answered by the real workers."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.jobs.warm.searcher import Desk
from fingen_core.market import Market, Source, bundled, library
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.runs import RunStore
from fingen_core.scenarios.saved import SavedScenario, scenario_shelf
from fingen_core.settings import ASSETS
from fingen_core.storage.records import Shelf
from fingen_core.training.settings.config import preset
from fingen_core.ui.library import saved
from tests.app.page_support import titles

APP = ASSETS.parent / "streamlit_app.py"
WHAT_IF, REVERSE, CRISES, SCENARIOS = (
    f"pages/stress/{name}.py" for name in ("what_if", "reverse", "crises", "scenarios")
)
PORTFOLIO = "pages/risk/portfolio.py"

pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    found = Desk(tmp_path_factory.mktemp("desk"))
    yield found
    found.close()


@pytest.fixture
def desk(real, monkeypatch):
    monkeypatch.setattr("fingen_core.ui.session.state.desk", lambda: real)
    return real


def open_page(app, page, **query):
    for name, value in {"effort": "Quick", **query}.items():
        app.query_params[name] = value
    app.switch_page(page).run()
    assert not app.exception
    return app


def ended(app, desk):
    """The page after every search that it began has ended."""
    from tests.jobs_support import until

    until(lambda: all(status.is_over for status in desk._kept.values()), "the end of the search")
    app.run()
    assert not app.exception
    return app


def text(app):
    return " ".join(element.value for element in [*app.markdown, *app.caption])


def labels(app):
    return [button.label for button in app.button]


def no_model(home):
    prices = bundled().prices.iloc[-800:, :4]
    return library.save(Market(prices, Source(kind="upload", detail="mine.csv"), name="Mine"))


# -- what if -----------------------------------------------------------------------------------------------------------


def test_an_empty_question_offers_examples_that_this_market_understands(app, desk):
    open_page(app, WHAT_IF)
    assert "S&P -20 % in 10 days" in labels(app)
    next(button for button in app.button if button.label.startswith("banks")).click().run()
    assert app.text_input(key="q").value.startswith("banks")
    assert "Read as: Banks" in text(app)


def test_a_question_in_the_address_is_answered(app, desk):
    open_page(app, WHAT_IF, q="index -10 % in 5 days", horizon="5 days")
    ended(app, desk)
    said = text(app)
    assert "Equal weight \u221211\u202f% to \u22129\u202f% after 5 days" in said
    assert "1 in " in said
    assert "Effective paths" in said
    assert "windows" in said
    assert titles(app)[0].startswith("What moves with it, after 5 days")
    assert titles(app)[1].startswith("Under the condition: equal weight")
    table = app.table[0].value
    assert "JPM" in table.index
    assert list(table.columns)[:3] == ["Mean under the condition", "Nine in ten paths", "Without it"]
    assert "in brackets the 90 % band of the mean" in said
    mean, low, high = (
        float(part.replace("\u2212", "-")) for part in re.findall(r"[\u2212\d.]+", table.loc["JPM"].iloc[0])
    )
    assert low < mean < high < low + 4


def test_what_a_book_of_ones_own_loses_comes_first_and_is_added_at_the_day_that_is_named(app, desk, home):
    shelf = Shelf(home / "portfolios", "portfolio")
    book = Portfolio(name="Long-short", tickers=("AAPL", "JPM", "XOM"), weights=(0.8, 0.6, -0.4))
    shelf.add(book.name, book.to_json())
    open_page(app, WHAT_IF, q="index -5 % in 5 days", horizon="10 days", on="Portfolio: Long-short")
    ended(app, desk)
    table, said = app.table[0].value, text(app)
    assert table.index[0] == "Long-short"
    assert "Equal weight" in table.index
    mean = table.iloc[0, 0].split(" (")[0]
    assert f"Long-short moves **{mean}** (" in said
    assert "On the way Long-short has a volatility of" in said
    for name, value in {"risk_paths": "2,000", "risk_stress": "None", "portfolio": "Long-short"}.items():
        app.query_params[name] = value
    next(button for button in app.button if button.label == "Add to portfolio risk").click().run()
    assert not app.exception
    rows = app.dataframe[0].value.set_index("Scenario")
    (name,) = [one for one in rows.index if one.startswith("What if: ")]
    assert rows.loc[name, "Days"] == 5
    added = float(rows.loc[name, "Mean loss"].split("\u202f")[0])
    assert added == pytest.approx(-float(mean.split("\u202f")[0].replace("\u2212", "-")), abs=1e-6)


def test_what_was_found_is_taken_to_the_risk_page_and_into_the_library(app, desk, home):
    open_page(app, WHAT_IF, q="index -10 % in 5 days", horizon="5 days")
    ended(app, desk)
    app.text_input(key="scenario_name").input("Ten down")
    app.button(key="scenario_save").click().run()
    (record,) = scenario_shelf(home).list()
    assert SavedScenario.of(record).query["q"] == ["index -10 % in 5 days"]
    keep = next(button for button in app.button if button.label == "Add to portfolio risk")
    for name, value in {"risk_paths": "2,000", "risk_stress": "None"}.items():
        app.query_params[name] = value
    keep.click().run()
    assert not app.exception
    table = app.dataframe[0].value.set_index("Scenario")
    (name,) = [one for one in table.index if one.startswith("What if: ")]
    assert 9 < float(table.loc[name, "Mean loss"].split("\u202f")[0]) < 11  # as was asked for, on equal weights
    assert table.loc[name, "Days"] == 5
    assert "likely 1 in " in table.loc[name, "Sample"]
    app.switch_page("pages/risk/portfolio.py").run()
    app.segmented_control(key="risk_view").set_value("Scenarios").run()
    assert name in set(app.dataframe[0].value["Scenario"])
    app.button(key="risk_forget").click().run()
    assert not [one for one in app.dataframe[0].value["Scenario"] if one.startswith("What if")]

    guest = AppTest.from_file(str(APP), default_timeout=60)
    guest.query_params["scenario"] = record.id
    guest.run()
    ended(guest, desk)
    assert guest.text_input(key="q").value == "index -10 % in 5 days"
    assert "asked again as it was saved" in text(guest)

    guest.query_params["library_view"] = "Compare"
    guest.switch_page("pages/stress/library.py").run()
    guest.segmented_control(key="library_compare_view").set_value("Table").run()
    assert not guest.exception
    table = guest.table[0].value
    assert list(table.columns) == ["Ten down", "History"]
    assert 9 < float(table.loc["Value at risk, 95\xa0%", "Ten down"].split("\u202f")[0]) < 11  # as was asked for


def test_soft_conditions_say_how_mild_they_are(app, desk):
    open_page(app, WHAT_IF, q="index -2 % in 5 days", horizon="5 days", holds="On average")
    ended(app, desk)
    assert "of plain paths satisfy it by themselves" in text(app)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("oil +40 %", "'oil' is not in this market"),
        ("JPM falls", "has no figure"),
        ("JPM -20 % in 300 days", "a search reaches up to 252"),
    ],
)
def test_a_question_that_makes_no_sense_is_a_sentence(app, desk, question, words):
    open_page(app, WHAT_IF, q=question)
    if not app.error:
        ended(app, desk)
    said = [element.value for element in (*app.error, *app.warning)]
    assert words in said[0]


def test_a_question_beyond_the_horizon_stretches_it(app, desk):
    open_page(app, WHAT_IF, q="index -3 % in 7 days", horizon="5 days")
    ended(app, desk)
    assert titles(app)[0].startswith("What moves with it, after 7 days")
    assert "7 days from 2022-12-28" in titles(app)[1]


def test_too_soft_a_question_is_refused_with_what_works(app, desk):
    open_page(app, WHAT_IF, q="index -30 % in 5 days", horizon="5 days", holds="On average")
    ended(app, desk)
    assert "ask for it exactly, or for less" in app.warning[0].value


def test_beside_a_refusal_stands_the_nearest_that_can_be_asked(app, desk):
    open_page(app, WHAT_IF, q="index -90 % in 1 day", horizon="5 days")
    ended(app, desk)
    assert "rarer than one in ten million" in app.warning[0].value
    app.button(key="ask-nearest").click().run()
    ended(app, desk)
    assert not app.warning
    assert app.text_input(key="q").value.startswith("Equal weight \u2212")
    assert "Effective paths" in text(app)


def test_rows_begin_with_the_sentence(app, desk):
    open_page(app, WHAT_IF, q="JPM -5 % in 5 days", asked="Rows", horizon="5 days")
    assert "Read as: JPM \u22126\u202f% to \u22124\u202f% after 5 days" in text(app)
    assert "Answer" in labels(app)


@pytest.mark.parametrize(
    ("page", "link"), [(WHAT_IF, "run"), (REVERSE, "model"), (PORTFOLIO, "by"), (SCENARIOS, "run")]
)
def test_a_link_to_a_model_that_is_not_here_says_so_once(app, desk, page, link):
    open_page(app, page, **{link: "20200101-000000-abcd"})
    (said,) = [element.value for element in (*app.toast, *app.warning)]
    assert "This link asks for `20200101-000000-abcd`, which is not on this server" in said
    if page != SCENARIOS:  # where the warning stays until somebody chooses
        app.run()
        assert not app.toast
    app.query_params.pop(link, None)
    open_page(app, page, **{"model" if link == "run" else link: "Pretrained VAE"})
    assert not app.toast


def test_a_link_may_name_the_run_that_is_asked(app, desk, home):
    run = RunStore().create(bundled(), preset("quick"), name="Mine")
    (run.folder / "generator.safetensors").write_bytes(b"")
    (run.folder / "generator.json").write_text("{}")
    open_page(app, WHAT_IF, run=run.id)
    assert not app.toast
    assert app.selectbox(key="model").value == f"run:{run.id}"
    assert app.query_params["model"] == "Mine"
    RunStore().delete(run.id)
    guest = open_page(AppTest.from_file(str(APP), default_timeout=60), WHAT_IF, run=run.id)
    assert "which has been deleted: another one draws" in guest.toast[0].value
    assert guest.selectbox(key="model").value == "pretrained"


@pytest.mark.parametrize("page", [WHAT_IF, REVERSE])
def test_a_market_without_a_model_says_what_to_do(app, desk, home, page):
    open_page(app, page, market=no_model(home), q="index -5 %")
    assert "No model of this market yet" in text(app)
    assert "Train a model" in labels(app)


def test_the_height_of_a_crisis_can_be_set_out_from(app, desk):
    open_page(app, REVERSE, horizon="5 days")
    start = app.selectbox(key="from")
    top = next(option for option in start.options if option.startswith("Height of Lehman"))
    start.select(top).run()
    assert f"from {top[-10:]}" in text(app)


# -- reverse -----------------------------------------------------------------------------------------------------------


def test_ways_to_a_loss_are_found_when_asked_for(app, desk):
    open_page(app, REVERSE, loss="8.0", horizon="5 days")
    assert titles(app) == []
    next(button for button in app.button if button.label == "Find ways to lose 8 %").click().run()
    ended(app, desk)
    said = text(app)
    assert "loses **8\u202f% or more** in **1 in " in said
    assert "The path that needed least" in said
    assert "Closest in history" in said
    assert app.subheader[0].value == "The smallest change that brings it"
    assert app.subheader[1].value in ("Two distinct ways to lose it", "Three distinct ways to lose it")
    assert any("of the probability" in title for title in titles(app))


def test_beside_a_refused_loss_stands_the_deepest_that_the_model_gives(app, desk):
    open_page(app, REVERSE, loss="95.0", horizon="5 days")
    next(button for button in app.button if button.label == "Find ways to lose 95 %").click().run()
    ended(app, desk)
    assert "once in a million paths. Ask for that" in app.warning[0].value
    offered = app.button(key="ask-nearest")
    lost = float(offered.label.split()[-2])
    assert f"a loss of {lost:g} %, once" in app.warning[0].value
    offered.click().run()
    ended(app, desk)  # one click: the search is not to be begun again by hand
    assert app.number_input(key="loss").value == lost
    assert app.query_params["loss"] == str(lost)
    assert f"loses **{lost:.0f}\u202f% or more** in **1 in " in text(app)


def test_a_loss_from_a_wild_state_warns_that_the_model_extrapolates(app, desk):
    open_page(app, REVERSE, loss="60.0", horizon="10 days")
    start = app.selectbox(key="from")
    start.select(next(option for option in start.options if option.startswith("Height of COVID"))).run()
    next(button for button in app.button if button.label == "Find ways to lose 60 %").click().run()
    ended(app, desk)
    assert "Outside the range seen in training" in app.warning[0].value


# -- crises ------------------------------------------------------------------------------------------------------------


def test_crises_are_replayed_and_one_taken_apart(app, desk):
    open_page(app, CRISES, crisis="COVID-19")
    assert "Worst of 20: **Lehman**" in text(app)
    assert titles(app)[0].startswith("What each crisis would have cost")
    assert titles(app)[1].startswith("COVID-19: \u2212")


def test_a_young_market_lives_through_old_crises_by_proxy_and_says_so(app, desk, home):
    open_page(app, CRISES, market=no_model(home))
    assert any("By proxy: Mine has no prices of that time" in warning.value for warning in app.warning)
    assert "open bars by beta" in titles(app)[0]


def test_a_shock_begins_with_a_factor_that_is_not_the_portfolio_itself(app, desk):
    open_page(app, CRISES, kind="Factor shock", within="5 days")
    assert app.selectbox(key="on").value == "Equal weight"
    assert app.selectbox(key="factor").value == "S&P 500"


def test_a_shock_is_passed_on_and_can_be_asked_exactly(app, desk):
    open_page(app, CRISES, kind="Factor shock", factor="S&P 500", move="-5.0", within="5 days")
    assert "by beta" in text(app)
    said = text(app)
    assert "by Pretrained VAE, the mean of the " in said
    assert "plain paths that move about as far (in brackets its 90 % band)" in said
    assert "*Ask exactly* searches" in said
    next(button for button in app.button if button.label == "Ask exactly").click().run()
    assert app.title[0].value == "What if?"
    assert app.text_input(key="q").value == "S&P 500 -5 % in 5 days"


def test_a_shock_beyond_plain_paths_says_so(app, desk):
    open_page(app, CRISES, kind="Factor shock", factor="S&P 500", move="-50.0", within="5 days")
    assert "plain paths move that far" in app.info[0].value


# -- the scenarios page ------------------------------------------------------------------------------------------------


def test_a_thin_tail_is_searched_for_and_kept(app, desk, home):
    open_page(app, "pages/stress/scenarios.py", paths="500", days="10 days", severity="Worst 0.1 %")
    assert "are **1**: thin" in text(app)
    next(button for button in app.button if button.label == "Search the worst 0.1 %").click().run()
    ended(app, desk)
    said = text(app)
    assert "**The worst 0.1 % itself, searched for**" in said
    assert "generated paths, searched for (" in said  # the headline, and what Save keeps
    assert "only 1 of them" not in said
    inside = said.split("itself, searched for**")[1].split(" on average")[0].split("**")[-2]
    assert " (" in inside  # its band
    assert f"**loses {inside}** on average over the **worst 0.1\u202f%**" in said
    assert any("worst 0.1 %: mean loss" in title for title in titles(app))

    assert "Add to portfolio risk" in labels(app)
    app.text_input(key="tail_name").input("Deep")
    app.button(key="tail_save").click().run()
    assert not app.exception
    (record,) = scenario_shelf(home).list()
    assert SavedScenario.of(record).search.kind == "tail"
    guest = AppTest.from_file(str(APP), default_timeout=60)
    guest.query_params["scenario"] = record.id
    guest.run()
    ended(guest, desk)
    assert "asked again as it was saved" in text(guest)
    assert "Search the worst 0.1 %" not in labels(guest)
    guest.query_params["library_view"] = "Compare"
    guest.switch_page("pages/stress/library.py").run()
    assert not guest.exception
    row = saved.table([record]).iloc[0]
    assert (row["Days"], row["Seed"], row["From"]) == (10, 0, "last day")
    guest.segmented_control(key="library_compare_view").set_value("Table").run()
    deepest = float(guest.table[0].value.loc["Value at risk, 95\xa0%", "Deep"].split("\u202f")[0])
    assert deepest > float(inside.split("\u202f")[0].split(" ")[0])  # all of these paths are of the tail


def test_a_rival_says_that_its_tail_is_thin(app, desk):
    open_page(app, "pages/stress/scenarios.py", by="block-bootstrap", paths="500", severity="Worst 0.1 %")
    assert "thin" in text(app)
    assert "Search the worst 0.1 %" not in labels(app)

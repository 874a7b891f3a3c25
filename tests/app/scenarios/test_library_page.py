"""The library: saved from the pages, opened again with the same paths, shared by link, deleted with undo."""

import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.scenarios.saved import SavedScenario, scenario_shelf
from fingen_core.settings import ASSETS, home

APP = ASSETS.parent / "streamlit_app.py"
PAGE = "pages/stress/library.py"
FAST = {"by": "block-bootstrap", "paths": "500", "days": "21 days", "severity": "Worst 5 %", "seed": "7"}

pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture
def app():
    return new()


def new():
    return AppTest.from_file(str(APP), default_timeout=60)


def save(app, name="Bad month", notes="For Friday"):
    for key, value in FAST.items():
        app.query_params[key] = value
    app.switch_page("pages/stress/scenarios.py").run()
    app.selectbox(key="of").select("Portfolio: Inverse volatility").run()
    app.text_input(key="scenario_name").input(name)
    app.text_area(key="scenario_notes").input(notes)
    app.button(key="scenario_save").click().run()
    assert not app.exception
    return scenario_shelf(home()).list()


def captions(app):
    return " ".join(element.value for element in app.caption)


def test_an_empty_library_says_what_to_do(app):
    app.switch_page(PAGE).run()
    assert "Nothing is saved yet" in app.markdown[0].value
    assert app.button[0].label == "Draw some scenarios"


def test_what_is_on_screen_is_saved_with_all_that_makes_it_again(app):
    (record,) = save(app)
    saved = SavedScenario.of(record)
    assert record.name == "Bad month"
    assert saved.requests[0].source == "block-bootstrap"
    assert (saved.requests[0].seed, saved.requests[0].n_steps, saved.requests[0].n_paths) == (7, 21, 500)
    assert saved.query["severity"] == ["Worst 5 %"]
    assert saved.portfolio.name == "Inverse volatility"
    assert "worst 5" in saved.headline
    assert record.id in app.query_params["scenario"]


def test_a_link_opens_the_very_paths_for_somebody_else(app):
    (record,) = save(app)
    other = new()
    other.query_params["scenario"] = record.id
    other.run()
    assert not other.exception
    assert other.title[0].value == "Scenarios"
    assert "**Bad month**: the very paths that were saved. For Friday" in captions(other)
    assert other.number_input(key="seed").value == 7
    other.number_input(key="seed").set_value(8).run()
    assert "settings were changed since it was opened" in captions(other)


def test_a_link_to_nothing_says_so_and_shows_the_page(app):
    app.query_params["scenario"] = "0" * 12
    app.run()
    assert "cannot be opened" in app.toast[0].value
    assert app.title[0].value == "What could happen next?"


def test_names_are_refused_when_taken(app):
    save(app)
    app.text_input(key="scenario_name").input("Bad month")
    app.button(key="scenario_save").click().run()  # the very same once more is the same
    assert not app.error
    assert [record.name for record in scenario_shelf(home()).list()] == ["Bad month"]
    app.text_area(key="scenario_notes").input("Another one")
    app.button(key="scenario_save").click().run()
    assert "called 'Bad month' already" in app.error[0].value


def test_scenarios_are_copied_deleted_and_brought_back(app):
    save(app)
    app.switch_page(PAGE).run()
    assert app.dataframe[0].value["Portfolio"].tolist() == ["Inverse volatility"]
    app.button(key="library_duplicate").click().run()
    assert app.dataframe[0].value["Name"].tolist() == ["Bad month copy", "Bad month"]
    app.button(key="library_delete").click().run()
    assert app.dataframe[0].value["Name"].tolist() == ["Bad month"]
    app.button(key="library_undo").click().run()
    assert len(app.dataframe[0].value) == 2
    app.segmented_control(key="library_view").set_value("Audit log").run()
    assert app.dataframe[0].value["When (UTC)"].str.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d").all()
    assert app.dataframe[0].value["What"].tolist() == [
        "scenario restored",
        "scenario deleted",
        "scenario copied",
        "scenario saved",
    ]
    assert set(app.dataframe[0].value["Who"]) == {"local"}


def test_opening_from_the_library_leads_to_the_page(app):
    save(app)
    app.switch_page(PAGE).run()
    app.button(key="library_open").click().run()
    assert not app.exception
    assert app.title[0].value == "Scenarios"
    assert "the very paths that were saved" in captions(app)


def test_saved_scenarios_stand_beside_each_other_and_history(app):
    save(app, "Calm")
    for key, value in {"by": "block-bootstrap", "paths": "500", "days": "63 days", "seed": "1"}.items():
        app.query_params[key] = value
    app.number_input(key="seed").set_value(3).run()
    app.selectbox(key="days").set_value(63).run()
    app.text_input(key="scenario_name").input("Longer")
    app.button(key="scenario_save").click().run()
    app.switch_page(PAGE).run()
    app.segmented_control(key="library_view").set_value("Compare").run()
    assert not app.exception
    assert len(app.multiselect(key="library_compare").value) == 2
    assert "all are shown over their first 21 days" in captions(app)
    app.segmented_control(key="library_compare_view").set_value("Table").run()
    assert list(app.table[0].value.columns) == ["Longer", "Calm", "History"]
    app.multiselect(key="library_compare").set_value([]).run()
    assert "Choose at least one saved scenario" in app.info[0].value


def test_nothing_to_compare_says_what_to_do(app):
    app.query_params["library_view"] = "Compare"
    app.switch_page(PAGE).run()
    assert "Save scenarios of this market" in app.markdown[0].value

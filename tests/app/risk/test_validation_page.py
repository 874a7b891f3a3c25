"""The Validation page: what it says of a model, of one that is being judged, and of one that never was."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from fingen_core.jobs.queue.queue import Jobs
from fingen_core.metrics.literature import PAPER_METRICS
from fingen_core.runs import RunStore, validations
from fingen_core.runs.folder import RunFolder, now
from fingen_core.runs.validations import create, read
from fingen_core.ui.runs import devices
from fingen_core.ui.session import state
from fingen_core.ui.validation.choice import Evidence
from fingen_core.ui.validation.numbers import numbers
from fingen_core.validation.judged import Judged
from tests.app.training_support import CPU, buttons, open_page, texts
from tests.jobs_support import PATIENCE, TRAINER, VALIDATOR, end_all
from tests.judging_support import bootstrap_as_model, copied, finished_run, judged_folder
from tests.validation_support import FIT_UNTIL, small, toy_market

PAGE = "risk/validation"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """One validation, judged once for all tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        bootstrap_as_model(patch)
        return judged_folder(finished_run(RunStore(tmp_path_factory.mktemp("template")))).path


@pytest.fixture
def store(monkeypatch) -> RunStore:
    """A store whose market is worked on, and workers that count."""
    store = RunStore()
    jobs = Jobs(store, command=TRAINER, validator=VALIDATOR)
    monkeypatch.setattr(devices, "known", lambda: [CPU])
    monkeypatch.setattr(devices, "asking", lambda: False)
    monkeypatch.setattr(state, "jobs", lambda: jobs)
    monkeypatch.setattr(state, "market", toy_market)
    monkeypatch.setattr("fingen_core.ui.validation.choice.shipped", lambda: None)
    yield store
    end_all(jobs)


@pytest.fixture
def run(store, template):
    run = finished_run(store)
    copied(template, run)
    return run


def headings(app) -> list[str]:
    return [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in app.get("plotly_chart")]


def look_at(name: str, **query):
    """The page with one of its views, as a link shows it."""
    return open_page(PAGE, validation_view=name, **query)


def test_without_a_model_it_leads_to_training(store):
    app = open_page(PAGE)
    assert "No model of this market yet" in texts(app)
    assert [button.label for button in app.button] == ["Train a model"]


def test_the_verdict_comes_first_with_words_and_the_weaknesses_before_the_evidence(run):
    app = open_page(PAGE, run=run.id)
    text = texts(app)
    for question in ("Is it right about tomorrow?", "Does it live like a market?", "Does it show anything new?"):
        assert question in text
    assert len(re.findall(r"#### (?::red\[)?:material/\w+: (Good|Unsure|Bad)", text)) == 3
    assert "What it is bad at" in text
    assert "Judged on 57 days spread over 2012-07-02" in text
    assert "trained anew up to 2012-06-29. Rivals: FHS on GJR-GARCH; Block bootstrap, 21 days." in text
    assert app.query_params["run"] == run.id
    assert app.query_params["validation"] == validations.newest_first(RunFolder(run.folder))[0].path.name


def test_tomorrow_shows_the_portfolio_and_the_tail_that_are_chosen(run):
    app = open_page(PAGE, run=run.id)
    before = headings(app)
    assert any("of 10 bins are filled as promised" in heading for heading in before)  # too few days for twentieths
    assert len(before) == 4  # too few days in a row for Basel's light
    app.selectbox(key="validation_portfolio").set_value("A1").run()
    assert not app.exception, app.exception
    assert headings(app) != before
    assert any("A1" in json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in app.get("plotly_chart"))


@pytest.mark.parametrize(("name", "count"), [("Long run", 10), ("Novelty", 2)])
def test_each_question_has_its_charts(run, name, count):
    assert len(headings(look_at(name, run=run.id))) == count


def test_what_papers_report_stands_apart_with_what_it_cannot_see(run):
    app = look_at("What papers report", run=run.id)
    assert "they do not see tails" in texts(app)
    table = app.table[0].value
    assert table.columns[-1] == "Halves of history"
    assert all(metric.blind in texts(app) for metric in PAPER_METRICS.values())
    told = read(validations.newest_first(RunFolder(run.folder))[0], run.id).papers()
    assert table.iloc[0, 0] == f"{told['vae']['discriminative']:.3f}"


def test_all_numbers_are_those_of_the_table(run, template):
    app = look_at("All numbers", run=run.id)
    shown = app.dataframe[0].value
    found = read(validations.newest_first(RunFolder(run.folder))[0], run.id)
    mine = found.table()[lambda table: table["generator"] == "vae"]
    assert len(shown) == len(mine)
    row = shown[(shown["Measure"] == "Expected shortfall, 10 days, all portfolios")].iloc[0]
    value = mine.set_index("metric").loc["es_10d"]
    assert row.iloc[4].replace("\u202f", " ") == f"{100 * value['value']:.1f} %"
    assert row["Floor"].replace("\u202f", " ") == f"{100 * value['floor']:.1f} %"
    assert set(shown["Who"]) - {""} <= {"FHS on GJR-GARCH", "Block bootstrap, 21 days"}


def test_several_models_stand_side_by_side(store, run, template):
    other = finished_run(store, name="Second")
    copied(template, other)
    app = open_page(PAGE, run=[run.id, other.id])
    text = texts(app)
    assert "**First**" in text
    assert "**Second**" in text
    assert text.count("Does it live like a market?") == 2 + 1  # a card for each, and when a light is good
    assert "Report on First (HTML)" in [button.proto.label for button in app.get("download_button")]
    assert "validation" not in app.query_params
    app = look_at("All numbers", run=[run.id, other.id])
    assert {"First", "Second"} <= set(app.dataframe[0].value.columns)


def test_a_model_has_the_same_t_beside_others_as_alone(store, run, template):
    """Each is compared with the rival of its own validation, whose draws differ from those of another one."""
    alone = headings(open_page(PAGE, run=run.id))[0]
    other = finished_run(store, name="Second")
    folder = copied(template, other)
    facts = Path(folder.path) / "judged" / "fhs-gjr"
    found = Judged.load(facts)
    shifted = found.one_day.__class__(**{**vars(found.one_day), "value_at_risk": 1.5 * found.one_day.value_at_risk})
    replace(found, one_day=shifted).save(facts)
    (title,) = [title for title in headings(open_page(PAGE, run=[run.id, other.id])) if "First" in title][:1]
    own = re.search(r"t = (\S+?)<", alone).group(1)
    first, second = re.findall(r"t = (\S+?)<", title)
    assert first == own
    assert second != own


def test_a_rival_fitted_to_other_days_is_shown_once_for_each_model(store, run, template):
    """Its counts beside the first model say nothing of those beside the second."""
    other = finished_run(store, name="Second")
    facts = Path(copied(template, other).path) / "reference" / "facts.json"
    told = json.loads(facts.read_text())
    halved = {name: floor / 2 for name, floor in told["floors"].items()}
    facts.write_text(json.dumps(told | {"floors": halved, "n_fit": told["n_fit"] - 1}))
    table = facts.parent.parent / "table.csv"
    rows = pd.read_csv(table, keep_default_na=False, na_values=["", "nan"])
    rows.assign(floor=rows["floor"] / 2).to_csv(table, index=False)
    alone = marks(look_at("Long run", run=other.id))
    both = marks(look_at("Long run", run=[run.id, other.id]))
    assert list(both)[:2] == ["First", "Second"]
    assert both["FHS on GJR-GARCH beside Second"] == alone["FHS on GJR-GARCH"]
    assert both["FHS on GJR-GARCH beside First"] != alone["FHS on GJR-GARCH"]
    same = finished_run(store, name="Third")
    copied(template, same)
    assert "FHS on GJR-GARCH" in marks(look_at("Long run", run=[run.id, same.id]))


def marks(app) -> dict[str, str]:
    """What the scoreboard draws of each generator."""
    (board,) = [
        spec
        for chart in app.get("plotly_chart")
        if "own noise" in (spec := json.loads(chart.proto.spec))["layout"]["title"]["text"]
    ]
    return {trace["name"]: json.dumps(trace["x"]) for trace in board["data"] if trace.get("customdata")}


def test_without_a_choice_the_page_says_what_to_do(run):
    app = open_page(PAGE, run=run.id)
    app.multiselect(key="validation_models").set_value([]).run()
    assert not app.exception, app.exception
    assert "Choose a model above" in texts(app)


def test_the_header_tells_of_the_model_that_is_looked_at(store, run):
    links = [link.proto.label for link in open_page(PAGE, run=run.id).get("page_link")]
    assert f"Default: {run.name}" in links
    links = [link.proto.label for link in open_page("model/train", run=run.id).get("page_link")]
    assert f"Default: {run.name}" in links


def test_a_quick_validation_says_that_it_is_only_a_look(store, monkeypatch):
    bootstrap_as_model(monkeypatch)
    run = finished_run(store)
    judged_folder(run, kind="quick")
    assert "A quick look: a full validation judges more days and outweighs it." in texts(open_page(PAGE, run=run.id))


def test_a_link_to_a_model_that_is_gone_is_told_and_the_others_are_shown(run):
    app = open_page(PAGE, run="0" * 12)
    assert "which is not on this server" in app.warning[0].value
    assert "Is it right about tomorrow?" in texts(app)


def test_a_model_that_was_never_validated_offers_it_and_the_click_starts_it(store, monkeypatch):
    run = finished_run(store)
    app = open_page(PAGE, run=run.id)
    assert "“First” is not validated yet." in texts(app)
    app.button(key=f"validation_empty_{run.id}").click().run()
    assert not app.exception, app.exception
    (started,) = store.validations(run.id)
    assert (started.kind, started.rivals) == ("full", ("fhs-gjr", "block-bootstrap"))
    assert state.jobs().wait(started.task, PATIENCE) == "done"
    assert [light.color for light in store.get(run.id).lights] == ["good", "unsure", "bad"]


def test_the_form_starts_the_kind_of_validation_that_is_chosen(store, run):
    app = open_page(PAGE, run=run.id)
    app.radio(key=f"validation_kind_{run.id}").set_value("quick").run()
    app.multiselect(key=f"validation_rivals_{run.id}").set_value(["historical-500"]).run()
    app.button(key=f"validation_start_{run.id}").click().run()
    assert not app.exception, app.exception
    newest = store.validations(run.id)[0]
    assert (newest.kind, newest.fit_until, newest.rivals) == ("quick", FIT_UNTIL, ("historical-500",))
    state.jobs().wait(newest.task, PATIENCE)


def test_what_was_started_here_is_shown_once_it_is_done(store, run, template):
    """Even though the address names the one before, and a quick one counts less than a full one."""
    app = open_page(PAGE, run=run.id)
    before = app.query_params["validation"]
    app.radio(key=f"validation_kind_{run.id}").set_value("quick").run()
    app.button(key=f"validation_start_{run.id}").click().run()
    assert app.query_params["validation"] == before
    newest = store.validations(run.id)[0]
    assert state.jobs().wait(newest.task, PATIENCE) == "done"
    for name in ("judged", "reference"):
        shutil.copytree(template / name, newest.folder / name)
    for name in ("table.csv", "verdict.json"):
        shutil.copy(template / name, newest.folder / name)
    app.run()
    assert not app.exception, app.exception
    assert app.query_params["validation"] != before
    assert newest.id in app.query_params["validation"]
    assert "A quick look: a full validation judges more days" in texts(app)


def test_a_running_validation_shows_how_far_it_is_and_can_be_stopped(store, run):
    store.rename(run.id, "hold")
    started = store.validation(run.id, state.jobs().validate(run.id, small()))
    while not store.validation(run.id, started.id).progress:
        state.jobs().reconcile()
    app = open_page(PAGE, run=run.id)
    assert "Full validation of “hold” is running; this page may be closed." in texts(app)
    bars = [bar.proto.text for bar in app.get("progress")]
    assert any(re.fullmatch(r"Judging · 3.% · about 29 s left", bar) for bar in bars), bars
    assert "Is it right about tomorrow?" in texts(app)  # the one before is still there
    app.button(key=f"validation_stop_{started.id}").click().run()
    assert state.jobs().wait(started.task, PATIENCE) == "stopped"
    app.run()
    assert "The newest validation was stopped." in texts(app)
    assert f"validation_resume_{started.id}" in buttons(app)


def test_a_failed_validation_says_why_and_can_be_dismissed(store, run):
    folder = create(RunFolder(run.folder), kind="full", protocol=small())
    folder.change(status="failed", ended=now(), error="no day is left to test: choose an earlier date")
    app = open_page(PAGE, run=run.id)
    assert "The newest validation failed. no day is left to test: choose an earlier date" in texts(app)
    app.button(key=f"validation_dismiss_{folder.path.name}").click().run()
    assert "no day is left to test" not in texts(app)
    assert "Is it right about tomorrow?" in texts(app)


def test_lights_stand_in_the_header_on_runs_and_on_the_training(store, run):
    state_words = {light.color for light in store.get(run.id).lights}
    assert state_words <= {"good", "unsure", "bad"}
    app = open_page("model/runs")
    assert app.dataframe[0].value["Lights"].iloc[0] == ", ".join(light.color for light in store.get(run.id).lights)
    links = [link.proto.label for link in app.get("page_link")]
    assert any("Tomorrow" in link and "Novelty" in link and ":material/" in link for link in links), links
    app = open_page("model/train", run=run.id)
    assert "Validated. " in texts(app)
    assert "train_validation" in buttons(app)


def test_a_model_without_a_validation_says_so_in_the_header(store):
    finished_run(store)
    app = open_page("model/runs")
    assert "Not validated yet" in [link.proto.label for link in app.get("page_link")]
    assert app.dataframe[0].value["Lights"].iloc[0] == "not validated yet"


def test_numbers_of_a_second_model_that_knows_less_are_left_open(template):
    found = read(RunFolder(Path(template)), "")
    judged, table = found.judged(), found.table()
    whole = Evidence(
        candidate=None,
        validation=found,
        label="One",
        ours=judged[0],
        rivals=(),
        reference=found.reference(),
        table=table,
    )
    less = Evidence(
        candidate=None,
        validation=found,
        label="Two",
        ours=judged[0],
        rivals=(),
        reference=found.reference(),
        table=table[table["metric"] != "es_10d"],
    )
    row = numbers([whole, less]).set_index("Measure").loc["Expected shortfall, 10 days, all portfolios"]
    assert row["Two"] == "n/a"
    assert row["One"] != "n/a"


def test_a_market_of_one_asset_has_all_but_pairs(store, monkeypatch):
    one = toy_market(n_assets=1)
    bootstrap_as_model(monkeypatch)
    monkeypatch.setattr(state, "market", lambda: one)
    run = finished_run(store, one)
    judged_folder(run)
    assert len(headings(open_page(PAGE, run=run.id))) == 4
    app = look_at("Long run", run=run.id)
    assert len(headings(app)) == 7
    assert not [control for control in app.get("button_group") if control.key == "validation_of"]
    assert len(headings(look_at("Novelty", run=run.id))) == 2

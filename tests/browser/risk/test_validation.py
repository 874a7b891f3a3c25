"""The doubt: somebody asks why the scenarios should be believed, and finds the answer, the evidence and the files."""

import pytest
from playwright.sync_api import Page, expect

from fingen_core.runs import RunStore
from tests.browser.conftest import end_trainings
from tests.browser.server import serve
from tests.judging_support import bootstrap_as_model, finished_run, judged_folder

pytestmark = pytest.mark.timeout(600)
QUESTIONS = ("Is it right about tomorrow?", "Does it live like a market?", "Does it show anything new?")


@pytest.fixture(scope="module")
def doubted(tmp_path_factory):
    """A server whose store holds one model that was judged."""
    home = tmp_path_factory.mktemp("doubted") / "home"
    with pytest.MonkeyPatch.context() as patch:
        bootstrap_as_model(patch)
        run = finished_run(RunStore(home))
        judged_folder(run)
    with serve(home) as app:
        yield app, run
    end_trainings(home)


def look_at(page: Page, name: str) -> None:
    page.locator(".st-key-validation_view").get_by_text(name, exact=True).click()
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")


def test_the_doubter_finds_verdict_evidence_and_files(doubted, visit, tmp_path):
    app, run = doubted
    page = visit(app.page("validation", f"run={run.id}"))
    for question in QUESTIONS:
        expect(page.get_by_text(question)).to_be_visible()
    expect(page.get_by_text("What it is bad at")).to_be_visible()
    expect(page.locator("[data-testid=stPlotlyChart]")).to_have_count(4)
    look_at(page, "Long run")
    expect(page.locator("[data-testid=stPlotlyChart]")).to_have_count(10)
    look_at(page, "All numbers")
    expect(page.locator("[data-testid=stDataFrame]")).to_be_visible()
    assert "validation_view=All" in page.url
    for label, least in (("All numbers (CSV)", 5_000), ("Report (HTML)", 1_000_000)):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=label).click()
        saved = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(saved)
        assert saved.stat().st_size > least
    page.reload()
    expect(page.locator("[data-testid=stDataFrame]")).to_be_visible()


def test_a_validation_that_cannot_be_made_says_why(doubted, visit):
    """The run's files hold no weights: the real worker finds out, and the page tells in a sentence."""
    app, run = doubted
    page = visit(app.page("validation", f"run={run.id}"))
    page.get_by_role("button", name="Validate").click()
    page.get_by_text("Quick: the held-out days only").click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("The newest validation failed.")).to_be_visible()
    expect(page.get_by_text(QUESTIONS[0])).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("The newest validation failed.")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_on_a_telephone(doubted, visit, scheme):
    app, run = doubted
    page = visit(app.page("validation", f"run={run.id}"), width=420, scheme=scheme)
    expect(page.get_by_text(QUESTIONS[2])).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 420

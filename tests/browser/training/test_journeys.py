"""Does a person succeed? Journeys through the running app, with the real training behind them."""

import os
import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from fingen_core.runs import RunStore
from fingen_core.runs.folder import RunFolder
from fingen_core.training.settings.config import controls
from fingen_core.ui.setup.form import TABS
from tests.app.training_support import make_run
from tests.browser.conftest import PATIENCE, end_trainings, until
from tests.browser.server import App, serve

pytestmark = pytest.mark.timeout(600)


def go(page: Page, name: str) -> None:
    page.locator("[data-testid=stSidebarNav]").get_by_role("link", name=name).click()
    expect(page.locator("h1").first).to_have_text(name)


def open_tab_of(page: Page, name: str) -> None:
    """Show the tab of the Expert fold that holds a setting."""
    group = controls()[name].group
    tab = next(tab for tab, groups in TABS.items() if group in groups)
    page.get_by_role("tab", name=tab).click()


def at_rest(page: Page) -> None:
    """Wait until nothing is being drawn."""
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")


def slide(page: Page, name: str, key: str) -> None:
    """Move a slider of the Expert fold with the keyboard: "Home" to its least, "End" to its most."""
    open_tab_of(page, name)
    sliders = page.locator(f"[class*=st-key-train_{name}_]")
    at_rest(page)  # a preset brings new sliders, and the old ones stay until they are drawn
    sliders.first.wait_for()
    keys = " ".join(each.get_attribute("class") or "" for each in sliders.all())
    newest = max(map(int, re.findall(rf"st-key-train_{name}_(\d+)", keys)))
    slider = page.locator(f".st-key-train_{name}_{newest} input[type=range]")
    slider.focus()
    slider.press(key)


def begin(page: Page, app: App, *, long: bool = False, seed: int = 0) -> str:
    """Start a training from the Train page, as short or as long as the sliders allow; its run id."""
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    page.get_by_text("Quick", exact=True).click()
    page.get_by_text("Expert settings: as in Quick").click()
    slide(page, "filter_epochs", "Home")
    slide(page, "vae_steps", "End" if long else "Home")
    page.get_by_text("Expert settings: 2 changed").wait_for()
    if seed:
        open_tab_of(page, "seed")
        page.get_by_label("Seed", exact=True).fill(str(seed))
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**run=*")
    return page.url.partition("run=")[2]


def status(app: App, run_id: str) -> str:
    return RunStore(app.home).get(run_id).status


def learning(app: App, run_id: str) -> bool:
    return RunStore(app.home).get(run_id).progress.get("phase", "").startswith("VAE")


def stop_button(page: Page) -> Locator:
    """The page's own; Streamlit has a Stop in its toolbar while a script runs."""
    return page.locator(".st-key-train_stop").get_by_role("button").first


def stopped(page: Page) -> None:
    stop_button(page).click()
    page.get_by_role("button", name="Resume").wait_for()


def test_newcomer_goes_from_home_to_downloaded_scenarios(app, visit, tmp_path):
    page = visit(app.page())
    page.locator("[data-testid=stPlotlyChart]").first.wait_for()
    page.get_by_role("button", name="Use my tickers").click()
    expect(page.locator("h1").first).to_have_text("Market")
    page.locator("[data-testid=stPlotlyChart]").first.wait_for()
    go(page, "Train")
    run_id = begin(page, app)
    page.get_by_role("button", name="See its scenarios").wait_for(timeout=2 * PATIENCE)
    assert status(app, run_id) == "done"
    expect(page.get_by_text("On the validation days it is")).to_be_visible()
    expect(page.get_by_text("Why believe it?")).to_be_visible()  # validated: nothing polls any more
    page.get_by_role("button", name="Change its settings").click()
    expect(page.get_by_text("Expert settings: 2 changed")).to_be_visible()
    page.goto(app.page("train", f"run={run_id}"))
    page.get_by_role("button", name="See its scenarios").click()
    expect(page.locator("h1").first).to_have_text("Scenarios")
    page.locator("[data-testid=stPlotlyChart]").first.wait_for()
    saved = download(page, tmp_path)
    assert saved.stat().st_size > 10_000
    assert_page_process_is_light(app)


def download(page: Page, folder: Path) -> Path:
    """The paths as a file, through whatever the Scenarios page calls its button."""
    button = page.locator("[data-testid=stDownloadButton] button", has_text="Parquet").first
    with page.expect_download() as waiting:
        button.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def assert_page_process_is_light(app: App) -> None:
    maps = Path(f"/proc/{app.pid}/maps")
    if maps.exists():
        assert "libtorch" not in maps.read_text(), "the process that serves pages has loaded torch"


def test_reload_a_second_tab_and_stop_and_resume(app, visit):
    page = visit(app.page("train"))
    run_id = begin(page, app, long=True)
    until(lambda: learning(app, run_id), "the VAE")

    page.reload()
    expect(stop_button(page)).to_be_visible()
    second = visit(app.page("train", f"run={run_id}"))
    expect(stop_button(second)).to_be_visible()

    stopped(page)
    assert status(app, run_id) == "stopped"
    expect(second.get_by_role("button", name="Resume")).to_be_visible()
    before = RunStore(app.home).get(run_id).progress["step"]
    second.get_by_role("button", name="Resume").click()
    until(lambda: RunStore(app.home).get(run_id).progress["step"] > before, "going on after the stop")
    stopped(second)


def test_two_people_train_one_after_the_other(app, visit):
    first, other = visit(app.page("train")), visit(app.page("train"))
    ahead = begin(first, app, long=True)
    until(lambda: status(app, ahead) == "running", "the first training")
    behind = begin(other, app, seed=1)
    other.get_by_text("Waiting until").wait_for()
    assert status(app, behind) == "queued"
    stopped(first)
    other.get_by_role("button", name="See its scenarios").wait_for(timeout=2 * PATIENCE)
    assert (status(app, ahead), status(app, behind)) == ("stopped", "done")


def test_a_killed_worker_is_shown_as_lost_and_resumes(app, visit):
    page = visit(app.page("train"))
    run_id = begin(page, app, long=True)
    until(lambda: learning(app, run_id), "the VAE")
    os.kill(RunFolder(app.home / "runs" / run_id).state().pid, signal.SIGKILL)
    page.get_by_text("process was gone").wait_for()
    page.get_by_role("button", name="Resume").click()
    until(lambda: status(app, run_id) == "running", "the resumed training")
    expect(stop_button(page)).to_be_visible()
    stopped(page)


def test_a_deleted_training_comes_back_at_once(app, visit):
    store = RunStore(app.home)
    for name in ("Older", "Newer"):
        make_run(store, name=name)
    page = visit(app.page("runs"))
    for left, name in ((1, "Newer"), (0, "Older")):
        at_rest(page)
        page.get_by_role("button", name="Delete").click()
        expect(page.get_by_text(f"“{name}” is deleted.")).to_be_visible()
        until(lambda left=left: len(store.list()) == left, "the deletion")
    at_rest(page)
    page.get_by_role("button", name="Undo").click()
    until(lambda: [run.name for run in store.list()] == ["Older"], "the way back of what was deleted last")
    expect(page.get_by_role("button", name="Delete")).to_be_visible()


def test_a_killed_server_loses_nothing(tmp_path, visit):
    home = tmp_path / "home"
    with serve(home) as app:
        run_id = begin(page := visit(app.page("train")), app, long=True)
        until(lambda: status(app, run_id) == "running", "the start")
        worker = RunFolder(home / "runs" / run_id).state().pid
        page.goto("about:blank")
        os.kill(app.pid, signal.SIGKILL)
    try:
        with serve(home) as app:
            page = visit(app.page("train", f"run={run_id}"))
            expect(stop_button(page)).to_be_visible()
            assert RunFolder(home / "runs" / run_id).state().pid == worker
            stopped(page)
            page.goto("about:blank")
    finally:
        end_trainings(home)

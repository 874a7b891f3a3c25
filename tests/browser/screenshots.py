"""Photograph the real app into ``screenshots/``: ``make screenshots``; ``ARGS=--readme`` renews the README's pictures.

Every page at 1440 and 420 pixels, light and dark, the whole page and (wide) its first screen. A short real training
comes first, so that Train, Runs and Scenarios have something to show; the same model, spoiled on purpose, shows what
Validation says of a bad one.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from fingen_core.jobs.queue.queue import Jobs
from fingen_core.jobs.queue.validation import judge_all
from fingen_core.market import bundled
from fingen_core.runs import RunStore
from fingen_core.runs.folder import RunFolder, now
from fingen_core.runs.validations import create_quick
from fingen_core.training import checkpoint
from fingen_core.training.settings.config import preset
from tests.browser.server import CHROMIUM, NO_CHROMIUM, PAGES, ROOT, App, launch, serve

FOLDER = ROOT / "screenshots"
PICTURES = ROOT / "docs" / "images"
SPOILED = "Spoiled on purpose"
PATIENCE = 120_000
TALLEST = 6_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme", action="store_true", help="also renew the pictures of docs/images")
    parser.add_argument("--home", type=Path, help="a FINGEN_HOME that has runs already; without it one is trained")
    arguments = parser.parse_args()
    if CHROMIUM is None:
        raise SystemExit(NO_CHROMIUM)
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as temporary:
        home = arguments.home or Path(temporary)
        run_id = trained(home)
        bad_id = spoiled(home, run_id)
        with serve(home) as app, sync_playwright() as playwright:
            browser = launch(playwright)
            photograph_all(app, browser, run_id, bad_id)
            if arguments.readme:
                photograph_for_readme(app, browser, bad_id)
                photograph_pictures(app, browser)


def trained(home: Path) -> str:
    """The newest run that is done, trained now if there is none."""
    store = RunStore(home)
    done = [run.id for run in store.list() if run.status == "done" and run.name != SPOILED]
    if done:
        return done[0]
    run = store.create(bundled(), preset("quick"))
    jobs = Jobs(store)
    jobs.submit(run.id)
    if jobs.wait(run.id, timeout=600) != "done":
        raise SystemExit(f"the training for the pictures ended badly: {store.get(run.id).error}")
    return run.id


def spoiled(home: Path, run_id: str) -> str:
    """A copy of a run whose draws are a third too wide, judged as every training is."""
    store = RunStore(home)
    good = store.get(run_id)
    bad = store.create(bundled(), good.config, name=SPOILED)
    folder = RunFolder(bad.folder)
    for name in ("generator.safetensors", "generator.json"):
        shutil.copy(good.folder / name, folder / name)
    shutil.copytree(good.folder / "held-out", folder / "held-out")
    for place in (folder.path, folder / "held-out"):
        tensors, facts = checkpoint.load(place / "generator.safetensors")
        wide = {name: 4 / 3 * part if name == "representation.tables" else part for name, part in tensors.items()}
        checkpoint.save(place / "generator.safetensors", wide, facts)
    folder.change(status="done", started=now(), ended=now())
    validation = create_quick(folder)
    judge_all(validation, on_progress=lambda _: None, should_stop=lambda: False)
    validation.change(status="done", started=now(), ended=now())
    return bad.id


def photograph_all(app: App, browser: Browser, run_id: str, bad_id: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    addresses = {name or "home": app.page(name) for name in PAGES} | {
        "train-done": app.page("train", f"run={run_id}"),
        "runs-compared": app.page("runs", f"runs={run_id},{bad_id}"),
        "validation": app.page("validation", f"run={run_id}"),
        "validation-bad": app.page("validation", f"run={bad_id}"),
        "validation-long-run": app.page("validation", f"run={run_id}&validation_view=Long run"),
        "validation-numbers": app.page("validation", f"run={run_id}&validation_view=All numbers"),
    }
    for name, address in addresses.items():
        for width in (1440, 420):
            for scheme in ("light", "dark"):
                page = opened(browser, address, width, scheme)
                if width > 1000:
                    page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}-first.png")
                stretch(page, width)
                page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png")
                page.context.close()
                print(f"screenshots/{name}-{width}-{scheme}.png", flush=True)


def photograph_for_readme(app: App, browser: Browser, bad_id: str) -> None:
    addresses = {"home": app.page()}
    for name, run_id in (("good", "pretrained"), ("bad", bad_id)):
        addresses[f"validation-{name}"] = app.page("validation", f"run={run_id}")
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, address in addresses.items():
        page = opened(browser, address, 1280, "light", height=860)
        page.screenshot(path=PICTURES / f"{name}.png")
        page.context.close()
        print((PICTURES / f"{name}.png").relative_to(ROOT), flush=True)


def photograph_pictures(app: App, browser: Browser) -> None:
    """Real and painted weeks of the market side by side."""
    page = opened(browser, app.page("images"), 1280, "light", height=960)
    page.locator("[data-testid=stPlotlyChart]").nth(1).wait_for()
    row = page.locator("[data-testid=stHorizontalBlock]").filter(has=page.locator("[data-testid=stPlotlyChart]"))
    row.first.screenshot(path=PICTURES / "pictures.png")
    page.context.close()
    print((PICTURES / "pictures.png").relative_to(ROOT), flush=True)


def opened(browser: Browser, address: str, width: int, scheme: str, height: int = 900) -> Page:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    settle(page)
    return page


def settle(page: Page) -> None:
    """Wait until the page is drawn and nothing is under way."""
    page.locator("h1").first.wait_for()
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(1200)  # charts fade in and measure themselves; nothing says when they are done


def stretch(page: Page, width: int) -> None:
    """Make the window as tall as the page, so that one picture holds all of it."""
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(int(tall) + 8, TALLEST)})
    settle(page)


if __name__ == "__main__":
    main()

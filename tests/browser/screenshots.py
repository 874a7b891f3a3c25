"""Photograph the real app into ``screenshots/``: ``make screenshots``; ``ARGS=--readme`` renews the README's picture.

Every page at 1440 and 420 pixels, light and dark, the whole page and (wide) its first screen. A short real training
comes first, so that Train, Runs and Scenarios have something to show.
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from fingen_core.jobs import Jobs
from fingen_core.market import bundled
from fingen_core.runs import RunStore
from fingen_core.training.config import preset
from tests.browser.server import CHROMIUM, NO_CHROMIUM, PAGES, ROOT, App, launch, serve

FOLDER = ROOT / "screenshots"
README_PICTURE = ROOT / "docs" / "images" / "home.png"
PICTURES = ROOT / "docs" / "images" / "pictures.png"
PATIENCE = 120_000
TALLEST = 6_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme", action="store_true", help="also renew the pictures in docs/images")
    parser.add_argument("--home", type=Path, help="a FINGEN_HOME that has runs already; without it one is trained")
    arguments = parser.parse_args()
    if CHROMIUM is None:
        raise SystemExit(NO_CHROMIUM)
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as temporary:
        home = arguments.home or Path(temporary)
        run_id = trained(home)
        with serve(home) as app, sync_playwright() as playwright:
            browser = launch(playwright)
            photograph_all(app, browser, run_id)
            if arguments.readme:
                photograph_for_readme(app, browser)
                photograph_pictures(app, browser)


def trained(home: Path) -> str:
    """The newest run that is done, trained now if there is none."""
    store = RunStore(home)
    done = [run.id for run in store.list() if run.status == "done"]
    if done:
        return done[0]
    run = store.create(bundled(), preset("quick"))
    jobs = Jobs(store)
    jobs.submit(run.id)
    if jobs.wait(run.id, timeout=600) != "done":
        raise SystemExit(f"the training for the pictures ended badly: {store.get(run.id).error}")
    return run.id


def photograph_all(app: App, browser: Browser, run_id: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    addresses = {name or "home": app.page(name) for name in PAGES} | {
        "train-done": app.page("train", f"run={run_id}"),
        "validation": app.page("validation", f"run={run_id}"),
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


def photograph_for_readme(app: App, browser: Browser) -> None:
    README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
    page = opened(browser, app.page(), 1280, "light", height=860)
    page.screenshot(path=README_PICTURE)
    page.context.close()
    print(README_PICTURE.relative_to(ROOT), flush=True)


def photograph_pictures(app: App, browser: Browser) -> None:
    """Real and painted weeks of the market side by side."""
    page = opened(browser, app.page("images"), 1280, "light", height=960)
    page.locator("[data-testid=stPlotlyChart]").nth(1).wait_for()
    row = page.locator("[data-testid=stHorizontalBlock]").filter(has=page.locator("[data-testid=stPlotlyChart]"))
    row.first.screenshot(path=PICTURES)
    page.context.close()
    print(PICTURES.relative_to(ROOT), flush=True)


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

"""Every page on its own: by deep link on a cold server, on a narrow screen, in both colors."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import PAGES, serve

TITLES = {
    "market": "Market",
    "train": "Train",
    "images": "Images",
    "runs": "Runs",
    "sweeps": "Sweeps",
    "scenarios": "Scenarios",
    "what_if": "What if?",
    "reverse": "What would it take?",
    "crises": "What did crises cost?",
    "library": "Scenario library",
    "portfolio": "What could this portfolio lose?",
    "validation": "Why believe these scenarios?",
    "strategies": "Was the rule good, or lucky?",
    "allocation": "What to hold?",
    "forecast": "How far could the next days go?",
    "fundamentals": "Company statements",
    "methods": "Methods",
}
COLD = ("", "market", "images", "what_if", "portfolio", "forecast")
"""One page of each section: what a cold server does with an address is the same for all."""

CONTROLS = (
    "scenarios?days=252+days",
    "what_if",
    "reverse",
    "portfolio?by=block-bootstrap",
    "strategies?strategy_by=block-bootstrap",
    "allocation?allocation_by=block-bootstrap",
    "forecast?forecast_by=block-bootstrap",
)
"""Pages with a row of controls, drawn by what is quick."""

LINKS = ("Home", "Market", "Train", "Images", "Runs", "Sweeps", "Scenarios", "Validation", "Methods")


def settled(page: Page) -> None:
    """Wait until the page is drawn and no script run is under way."""
    page.locator("h1").first.wait_for()
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    expect(page.locator("[data-stale=true]")).to_have_count(0)


@pytest.mark.parametrize("name", COLD, ids=lambda name: name or "home")
def test_deep_link_on_a_cold_server_shows_the_page_in_its_frame(name, tmp_path, visit):
    with serve(tmp_path / "home") as app:
        page = visit(app.page(name))
        settled(page)
        for link in LINKS:
            expect(page.locator("[data-testid=stSidebarNav]").get_by_role("link", name=link)).to_be_visible()
        is_the_page(page, name)
        page.goto("about:blank")  # before the server ends


CONTRAST = """() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const ground = (element) => getComputedStyle(element).backgroundColor;
    const behind = (element) => element ? [...behind(element.parentElement), ground(element)] : [];
    const painted = (colors) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (color) => color.map((part) => part / 255)
        .map((part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [.2126, .7152, .0722][at], 0);
    return [...document.querySelectorAll('.stButtonGroup [data-selected=true] p')].map((text) => {
        const below = behind(text);
        const [low, high] = [painted(below), painted([...below, getComputedStyle(text).color])]
            .map(light).sort((one, other) => one - other);
        return (high + .05) / (low + .05);
    });
}"""
"""Contrast ratios (WCAG 2.1) of what is selected in rows of pills and segments."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_selected_can_be_read(scheme, shared_app, visit):
    page = visit(shared_app.page("market"), scheme=scheme)
    settled(page)
    ratios = page.evaluate(CONTRAST)
    assert len(ratios) > 15  # the source, the sample, each asset, the chart
    assert min(ratios) >= 4.5


CUT = """() => [...document.querySelectorAll('[data-testid=stMain] button, [data-testid=stWidgetLabel]')]
    .flatMap(each => [each, ...each.querySelectorAll('*')])
    .filter(each => each.getClientRects().length && each.textContent.trim())
    .filter(each => each.scrollWidth > each.clientWidth + 1)
    .filter(each => ['hidden', 'clip'].includes(getComputedStyle(each).overflowX))
    .map(each => each.textContent)"""


@pytest.mark.parametrize("width", [1300, 1200])
@pytest.mark.parametrize("query", CONTROLS, ids=lambda query: query.partition("?")[0])
def test_labels_of_controls_are_whole_on_a_small_laptop(query, width, shared_app, visit):
    page = visit(f"{shared_app.url}/{query}", width=width)
    settled(page)
    page.get_by_role("button", name="More").first.wait_for()
    assert page.evaluate(CUT) == []


@pytest.mark.parametrize("name", PAGES, ids=lambda name: name or "home")
def test_narrow_screen_has_one_column_and_no_horizontal_scroll_in_both_colors(name, shared_app, visit):
    page = visit(shared_app.page(name), width=420, scheme="light")
    settled(page)
    is_the_page(page, name)
    assert too_wide(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("[data-testid=stApp]")).to_have_css("color-scheme", "dark")
    settled(page)
    is_the_page(page, name)
    assert too_wide(page) == []


def is_the_page(page: Page, name: str) -> None:
    if name:
        expect(page.locator("h1").first).to_have_text(TITLES[name])
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def too_wide(page: Page) -> list[str]:
    """What is wider than its place."""
    found = page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll(
                '[data-testid=stMain], [data-testid=stMain] .stVerticalBlock')]
            .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => `${e.className}: ${e.scrollWidth}`)"""
    )
    return list(found)


def test_the_answer_is_on_the_first_screen_of_home(shared_app, visit):
    page = visit(shared_app.page())
    settled(page)
    chart = page.locator("[data-testid=stPlotlyChart]").first.bounding_box()
    assert chart is not None
    assert chart["y"] + chart["height"] <= 900


def test_an_unknown_address_leads_home_with_a_word(shared_app, visit):
    page = visit(shared_app.page("nothing-here"), expected="does not seem to exist")
    expect(page.get_by_text("Page not found")).to_be_visible()
    expect(page.locator("[data-testid=stSidebarNav]")).to_be_visible()

"""The report opens from disk without a connection, draws every chart and fits a telephone and a sheet of paper."""

import pytest
from playwright.sync_api import Browser

from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.generators.classical.fhs import FilteredHistoricalSimulation
from fingen_core.reports.validation import validation_html
from fingen_core.validation.judge import judge, reference
from tests.validation_support import FIT_UNTIL, small, toy_market

A4 = 718
"""Pixels between the margins of a sheet, at 96 to the inch."""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    market, protocol = toy_market(), small()
    fit, past = market.split(FIT_UNTIL)[0], reference(market, protocol)
    ours = judge(StationaryBootstrap().fit(fit), market, protocol, key="block-bootstrap", against=past)
    rival = judge(FilteredHistoricalSimulation().fit(fit), market, protocol, key="fhs-gjr", against=past)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(validation_html([ours], [rival], past, title="Validation"), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [420, 1280])
def test_report_draws_every_chart_offline_within_its_screen(report, browser: Browser, width):
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    page.wait_for_function("[...document.querySelectorAll('.js-plotly-plot')].every(c => c.querySelector('.main-svg'))")
    assert page.locator("figure").count() == page.locator(".js-plotly-plot").count() >= 25
    outside = """() => [...document.querySelectorAll('figure')].filter(figure => {
        const drawn = figure.querySelector('.main-svg').getBoundingClientRect();
        return drawn.right > figure.getBoundingClientRect().right + 1 || drawn.width < 250;
    }).length"""
    page.wait_for_function(f"({outside})() === 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Words of a chart are cut off where they are wider than it.
    cut = """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(chart => {
        const edge = chart.getBoundingClientRect().right + 1;
        return [...chart.querySelectorAll('.gtitle tspan, .gtitle')]
            .filter(text => text.getBoundingClientRect().right > edge).map(text => text.textContent);
    })"""
    assert page.evaluate(cut) == []
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()


def test_report_prints_with_folds_open_and_charts_that_fit_the_sheet(report, browser: Browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(report.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = false)")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.emulate_media(media="print")
    widths = page.evaluate("[...document.querySelectorAll('.main-svg')].map(svg => svg.getBoundingClientRect().width)")
    assert 0 < max(widths) <= A4
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    page.close()

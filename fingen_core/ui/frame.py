"""The frame around every page: browser tab, font, logo, one quiet context line, title and purpose."""

import base64
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from fingen_core.charts.theme import percent
from fingen_core.runs.naming import shortened
from fingen_core.settings import ASSETS
from fingen_core.ui.session import lights, portfolio, saved_links, state

if TYPE_CHECKING:
    from fingen_core.runs import Run

__all__ = ["dress", "page"]

_CSS = """
.stApp { font-variant-numeric: tabular-nums; }
.stMainBlockContainer { max-width: 1360px; padding-left: 2rem; padding-right: 2rem; }
@media (max-width: 640px) { .stMainBlockContainer { padding-left: 1rem; padding-right: 1rem; } }
@media (max-width: 640px) { .modebar-btn[data-attr="dragmode"], .modebar-btn[data-attr="zoom"] { display: none; } }
@media (max-width: 640px) { .stButtonGroup > div { flex-wrap: wrap; } }
[class*="st-key-watch"], :has(> [class*="st-key-watch"]) { position: absolute; width: 0; height: 0; overflow: hidden; }
.stElementContainer:has(.stDataFrame) { overflow-x: clip; }
.stHeading h1 { padding: .25rem 0; }
.st-key-context { row-gap: .75rem; }
.st-key-context a { padding: 0 .3rem; min-height: 1.6rem; }
.st-key-context a p { font-size: .84rem; }
[class*="st-key-light-"] { border-left: 4px solid #5b6778; }
[class*="st-key-light-"] h4 { padding: .1rem 0 .35rem; }
[class*="st-key-light-unsure"] { border-left-style: dashed; }
[class*="st-key-light-bad"] { border-left-color: #c2263c; background: rgba(194, 38, 60, .07); }
.stApp .stButtonGroup [data-selected="true"] * { color: light-dark(#3b3db8, #a3a6ff); }
[data-testid="stStatusWidget"] { display: none; }
"""


_WATCH = """
export default function ({ data, setTriggerValue }) {
  const app = document.querySelector(".stApp");
  const isDark = () => {
    const [red, green, blue] = getComputedStyle(app).backgroundColor.match(/\\d+/g).map(Number);
    return red + green + blue < 384;
  };
  let known = data.dark;
  const look = () => {
    if (isDark() !== known) { known = isDark(); setTriggerValue("dark", known); }
  };
  const observer = new MutationObserver(look);
  observer.observe(app, { attributes: true, attributeFilter: ["class"] });
  look();
  return () => observer.disconnect();
}
"""


def dress() -> None:
    """Set up the browser tab, the font and the logo; called once per run, before anything is drawn.

    The font travels as a style element: Streamlit serves files only from a folder named ``static``, and its own
    configuration would send the font with every rerun, whereas an unchanged element is sent once.
    """
    st.set_page_config(
        page_title="FinGen",
        page_icon=str(ASSETS / "icon.svg"),
        layout="wide",
        menu_items={
            "about": "**FinGen** generates market stress scenarios with a VAE or a GAN and shows them beside what "
            "history did. Generated, not predicted; not advice."
        },
    )
    st.html(_style())
    with st.container(key="watch"):
        _watch()(key="theme-watch", data={"dark": state.dark()}, on_dark_change=_noticed)
    st.logo(str(ASSETS / ("logo-dark.svg" if state.dark() else "logo.svg")), size="large", icon_image=None)


@cache
def _watch() -> Callable[..., Any]:
    """Runs the page again when light turns to dark or back: charts and logo are drawn here, in the mode of that run."""
    return st.components.v2.component("fingen.theme_watch", js=_WATCH)


def _noticed() -> None:
    """A trigger needs a function; the rerun that it brings is all that is wanted."""


@cache
def _style() -> str:
    font = base64.b64encode((ASSETS / "fonts" / "ibm-plex-sans.woff2").read_bytes()).decode()
    face = (
        "@font-face { font-family: 'IBM Plex Sans'; font-style: normal; font-weight: 100 700; font-display: swap; "
        f"src: url(data:font/woff2;base64,{font}) format('woff2'); }}"
    )
    return f"<style>{face}{_CSS}</style>"


def page(title: str, purpose: str) -> None:
    """Open a page: the context line, the title (a question or a noun) and one sentence of purpose."""
    saved_links.follow()
    _context()
    st.title(title, anchor=False)
    st.caption(purpose)


def _context() -> None:
    """Market, model, device and training, each a link to where it is changed; kept fresh while something moves.

    Model and portfolio are those that pages begin with, and say so: what a page draws from is chosen further down.
    """
    store = state.store()
    moves = any(run.is_active for run in store.list()) or state.is_starting() or store.validating()
    st.fragment(_status, run_every=2.0 if moves else None)()


def _status() -> None:
    market, store = state.market(), state.store()
    span = f"{market.dates[0]:%Y} to {market.dates[-1]:%Y}"
    with st.container(horizontal=True, gap="small", key="context"):
        _part(
            "data/market",
            f"{market.name}: {_count(market.n_assets, 'asset')}, {span}",
            "show_chart",
            "The market that every page works with. Opens the page where another is chosen.",
        )
        name, run = _model()
        _part(
            "model/runs",
            name if name == _NONE else f"Default: {name}",
            "hub",
            "The model that pages begin with; what a page draws from is said beside its charts. Opens the list of all "
            "trainings.",
        )
        if name != _NONE:
            found = lights.of_model(run, market)
            _part(
                "risk/validation",
                lights.in_a_line(found),
                "fact_check",
                lights.in_sentences(found),
                **({"run": run.id} if run else {}),
            )
        _part(
            "risk/portfolio",
            f"Default: {portfolio.named(portfolio.current(market))}",
            "pie_chart",
            "The portfolio that pages begin with; each says what it measures. Opens the page where it is made.",
        )
        device = state.device()
        named = device if device[:1].isupper() else f"Device: {device}"  # "starting" alone would not say what
        _part("model/train", named, "memory", "The device that models are trained on; chosen on that page.")
        for active in [run for run in store.list() if run.is_active][:1]:
            text = _working("Training", shortened(active.name, active.market_name), active.status, active.progress)
            _part("model/train", text, "model_training", "Opens this training.", run=active.id)
        for validation in store.validating()[:1]:
            judged = store.get(validation.run_id)
            name = shortened(judged.name, judged.market_name)
            text = _working("Validating", name, validation.status, validation.progress)
            _part("risk/validation", text, "fact_check", "Opens this validation.", run=validation.run_id)


def _part(page_file: str, label: str, icon: str, told: str, /, **query: str) -> None:
    where = f"pages/{page_file}.py"
    st.page_link(where, label=label, icon=f":material/{icon}:", query_params=query or None, help=told)


_NONE = "No model of this market yet"


def _model() -> "tuple[str, Run | None]":
    """What the current model is called, and its run, which the pretrained one has not."""
    run = state.run()
    if run is not None:
        return shortened(run.name, run.market_name), run
    market = state.market()
    if state.is_sample(market):
        return "Pretrained VAE", None
    digest = market.digest()
    runs = (run for run in state.store().list() if run.market_digest == digest and not run.sweep)
    finished = (run for run in runs if run.status == "done")
    newest = next(finished, None)
    return (shortened(newest.name, newest.market_name), newest) if newest else (_NONE, None)


def _working(what: str, name: str, status: str, progress: dict[str, Any]) -> str:
    if status == "queued":
        return f"Waiting: {name}"
    share = progress.get("step", 0) / max(progress.get("n_steps", 0) or 1, 1)
    return f"{what}: {name}, {percent(share, 0)}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

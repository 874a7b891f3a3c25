"""Presentation mode: the chosen charts one after the other, in large type, with arrow keys and nothing else on screen.

The controls of the risk page are there but hidden, since they read the address: a presentation is a link.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st

from fingen_core.charts.stage import enlarged
from fingen_core.market import Market
from fingen_core.reports.model_card import weak_points
from fingen_core.runs.model_cards import card_of, validation_of
from fingen_core.scenarios.outcomes import NOT_HAPPENED
from fingen_core.ui.kit import show
from fingen_core.ui.risk import charts, inputs, report, words
from fingen_core.ui.risk.inputs import Desk
from fingen_core.ui.risk.words import answer
from fingen_core.ui.session import state

__all__ = ["PAGE", "PARTS", "present", "start"]

PAGE = "pages/risk/present.py"
_SLIDE, _PARTS = "slide", "parts"
_MOST = 5  # weaknesses that a slide holds
_CHROME = 300  # pixels of title, caption and margins around the chart

_CSS = """
<style>
[data-testid=stSidebar], [data-testid=stHeader], [data-testid=stExpandSidebarButton],
.st-key-present-controls { display: none !important; }
.stMainBlockContainer { max-width: none; padding: 3vh 4vw 2vh; }
.st-key-present-title p { font-size: clamp(1.5rem, 3.1vw, 3.2rem); line-height: 1.2; font-weight: 600; }
.st-key-present-answer { padding: 6vh 0 4vh; }
.st-key-present-answer p { font-size: clamp(1.3rem, 3.2vw, 3.6rem); line-height: 1.45; }
.st-key-present-caption p { font-size: clamp(1rem, 1.5vw, 1.6rem); line-height: 1.35; }
.st-key-present-weak li, .st-key-present-weak p { font-size: clamp(1rem, 1.45vw, 1.7rem); line-height: 1.4; }
.st-key-present-foot p { font-size: clamp(.8rem, 1vw, 1.05rem); }
.st-key-present-keys { position: absolute; width: 0; height: 0; overflow: hidden; }
</style>
"""

_KEYS = """
export default function ({ setTriggerValue, setStateValue }) {
  const steps = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, Enter: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1,
                  Home: -1000, End: 1000 };
  const pressed = event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) { event.preventDefault(); setTriggerValue("step", steps[event.key]); }
    else if (event.key === "Escape" && !document.fullscreenElement) setTriggerValue("leave", true);
    else if (event.key === "f") {
      if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen();
    }
  };
  let timer;
  const measure = () => { clearTimeout(timer); timer = setTimeout(() => setStateValue("height", innerHeight), 150); };
  addEventListener("keydown", pressed, true);
  addEventListener("resize", measure);
  measure();
  document.documentElement.dataset.keys = "heard";
  return () => {
    delete document.documentElement.dataset.keys;
    removeEventListener("keydown", pressed, true);
    removeEventListener("resize", measure);
    clearTimeout(timer);
  };
}
"""


@dataclass(frozen=True)
class _Part:
    """The charts of one part, made only when they are shown, and what is said below each."""

    captions: tuple[str, ...]
    pieces: Callable[[Desk, bool], Sequence[charts.Piece]]


def _scenario_pieces(desk: Desk, dark: bool) -> list[charts.Piece]:
    table, sets, _ = charts.scenario_numbers(desk)
    first = charts.opening_scenario(table)
    largest = table.head(14)  # more bars than that cannot be read from the last row
    return [
        charts.scenario_piece(desk, largest, dark=dark),
        charts.waterfall_piece(desk, sets[first], marks=words.marks(table)[first], dark=dark),
    ]


PARTS: dict[str, _Part] = {
    "Tail risk": _Part(
        ("The loss that only the worst outcomes exceed.", "The mean loss of these worst outcomes."),
        lambda desk, dark: charts.tail_pieces(desk, dark=dark),
    ),
    "Distribution": _Part(
        ("How often each return occurs; the marks show what 1 in 20 outcomes stays below.",),
        lambda desk, dark: [charts.distribution_piece(desk, charts.one_horizon(desk), dark=dark)],
    ),
    "Drawdowns": _Part(
        ("How often it falls at least so far below an earlier high.", "How often it stays down at least so long."),
        lambda desk, dark: charts.drawdown_pieces(desk, dark=dark),
    ),
    "Contributions": _Part(
        ("Which position brings how much of the loss: pale bars from the chosen day, full ones from a crisis.",),
        lambda desk, dark: [charts.contribution_piece(desk, charts.one_horizon(desk), dark=dark)],
    ),
    "Loss limit": _Part(
        ("The chance that a tenth of the value is lost at some close on or before each day.",),
        lambda desk, dark: [
            charts.limit_piece(desk, 0.1, min(desk.market.step.month, desk.past_outcomes().n_steps), dark=dark)
        ],
    ),
    "Scenarios": _Part(
        ("The costliest scenarios: gray happened, indigo is generated.", "What each position brings to one scenario."),
        _scenario_pieces,
    ),
    report.CARD: _Part(("",), lambda *_: ()),  # words alone, see _weak
}
"""What can be presented; each part is one slide or two."""


def start(parts: Sequence[str]) -> None:
    """Leave for the presentation of these parts, with every setting of the page in the address."""
    query: dict[str, str | list[str]] = {key: st.query_params.get_all(key) for key in st.query_params}
    chosen = [name for name in PARTS if name in parts]
    show.go_to(PAGE, {**query, _PARTS: chosen or list(PARTS), _SLIDE: "1"})


def present(market: Market) -> None:
    """Show the slide that the address names; keys go on, back, to full screen and out."""
    st.html(_CSS)
    with st.container(key="present-controls"):
        desk = inputs.ask(market)
    told = answer(desk)
    slides = _slides([name for name in st.query_params.get_all(_PARTS) if name in PARTS] or list(PARTS))
    with st.container(key="present-keys"):
        pressed: Any = _keys()(
            key="present-pressed", on_step_change=_noticed, on_leave_change=_noticed, on_height_change=_noticed
        )
    if getattr(pressed, "leave", None):
        _leave()
    at = min(max(_asked() + int(getattr(pressed, "step", None) or 0), 1), len(slides) + 1)
    st.query_params[_SLIDE] = str(at)
    height = int(getattr(pressed, "height", None) or 900)
    if at == 1:
        _opening(desk, told)
    elif slides[at - 2][0] == report.CARD:
        _weak(desk)
    else:
        _slide(desk, *slides[at - 2], height)
    with st.container(key="present-foot"):
        st.caption(
            f"{at} of {len(slides) + 1} · {NOT_HAPPENED} Not advice. · arrow keys, F for full screen, Esc to leave"
        )


def _slides(parts: Sequence[str]) -> list[tuple[str, int]]:
    """Part and place in it of every slide after the first."""
    return [(name, place) for name in parts for place in range(len(PARTS[name].captions))]


def _opening(desk: Desk, told: str) -> None:
    with st.container(key="present-title"):
        st.markdown(f"What could {desk.portfolio.name} lose?")
    with st.container(key="present-answer"):
        st.markdown(told)
    with st.container(key="present-caption"):
        st.markdown(f"{desk.label}, {desk.note(desk.drawn())}")


def _slide(desk: Desk, name: str, place: int, height: int) -> None:
    part = PARTS[name]
    piece = part.pieces(desk, state.dark())[place]
    with st.container(key="present-title"):
        st.markdown(piece.title)
    figure = enlarged(piece.figure, height=max(height - _CHROME, 320))
    st.plotly_chart(
        figure,
        width="stretch",
        theme=None,
        key=f"present-{name}-{place}",
        alt=piece.alt,
        config={"displayModeBar": False},
    )
    with st.container(key="present-caption"):
        st.markdown(f"{part.captions[place]} {piece.note}.")


def _weak(desk: Desk) -> None:
    """What the model is bad at, as its validation lists it; without one, the limits that its card knows."""
    store = state.store()
    validation = validation_of(desk.source, store)
    found = weak_points(validation)
    with st.container(key="present-title"):
        st.markdown(f"What {desk.label} is bad at")
    with st.container(key="present-weak"):
        lines = [*found[:_MOST], *found[-1:]] if len(found) > _MOST else found
        limits = [] if found else [str(text) for text in card_of(desk.source, store, desk.market)["limits"]]
        st.markdown("\n".join(f"- {show.typeset(line)}" for line in lines or limits))
    with st.container(key="present-caption"):
        if validation is None:
            st.markdown("Not validated: these limits are known, none was measured.")
        elif len(found) > len(lines):
            st.markdown(f"{len(found) - len(lines)} more stand in the model card and on the page Validation.")


def _asked() -> int:
    text = st.query_params.get(_SLIDE, "1")
    return int(text) if text.isdecimal() and len(text) < 4 else 1


def _leave() -> None:
    """Back to the risk page with everything as it was."""
    gone = {_PARTS, _SLIDE}
    show.go_to("pages/risk/portfolio.py", {k: st.query_params.get_all(k) for k in st.query_params if k not in gone})


@cache
def _keys() -> Callable[..., Any]:
    """Tells which key was pressed and how tall the window is."""
    return st.components.v2.component("fingen.present_keys", js=_KEYS)


def _noticed() -> None:
    """A trigger needs a function; the rerun that it brings is all that is wanted."""

"""The lights of a model in a few words: never by color alone, and cheap enough for every page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fingen_core.market import Market
from fingen_core.runs.validations import shipped
from fingen_core.ui.session import state

if TYPE_CHECKING:  # the frame of every page must not wait for what validations are made of
    from fingen_core.runs import Run
    from fingen_core.validation.verdict import Light

__all__ = ["ASKED", "ICONS", "NOT_YET", "WORDS", "in_a_line", "in_sentences", "in_words", "of_model", "word"]

WORDS = {"good": "Good", "unsure": "Unsure", "bad": "Bad"}
ICONS = {"good": ":material/check_circle:", "unsure": ":material/help:", "bad": ":material/cancel:"}
ASKED = {"tomorrow": "about tomorrow", "long run": "in the long run", "novelty": "at being new"}
NOT_YET = "Not validated yet"


def word(light: "Light") -> str:
    """Icon and word; red only where it failed."""
    text = f"{ICONS[light.color]} {WORDS[light.color]}"
    return f":red[{text}]" if light.color == "bad" else text


def in_a_line(lights: "Sequence[Light]") -> str:
    """The three questions with an icon each, for a line of Markdown."""
    return " ".join(f"{ICONS[light.color]} {light.question.capitalize()}" for light in lights) or NOT_YET


def in_sentences(lights: "Sequence[Light]") -> str:
    """What each light says, for a hover text."""
    told = [f"**{light.question.capitalize()}: {WORDS[light.color].lower()}.** {light.sentence}" for light in lights]
    if not told:
        return "Nobody has asked yet whether this model is right. Opens the page where that is done."
    return state.step().retold("\n\n".join(told))


def in_words(lights: "Sequence[Light]") -> str:
    """The three answers without icons, for a table: "good, unsure, bad"."""
    return ", ".join(light.color for light in lights) or NOT_YET.lower()


def of_model(run: "Run | None", market: Market) -> "tuple[Light, ...]":
    """Lights of a run, or of the pretrained model when the bundled market is shown."""
    if run is not None:
        return run.lights
    ready = shipped() if state.is_sample(market) else None
    return ready.lights if ready is not None else ()

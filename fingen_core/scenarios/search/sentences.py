"""What-if questions as sentences: "S&P -20 % in 10 days", "banks fall 25 to 30 % and JNJ at least +2 %"."""

import re
from collections.abc import Mapping
from typing import cast

from fingen_core.errors import InvalidInput
from fingen_core.market.step import Step, Unit
from fingen_core.scenarios.conditions import View, refuse_contradictions
from fingen_core.scenarios.search.subjects import Subject, find

__all__ = ["TOLERANCE", "examples", "read", "usual_time"]

TOLERANCE = 0.01
"""Half the width of the range that a single figure stands for, unless the sentence says "+- 2 %"."""

_EXAMPLES = ("S&P -20 % in {time}", "index falls 20 % +- 1 % in {time}", "banks -25 % to -20 % and JNJ at least 0 %")

_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_AMOUNT = re.compile(rf"({_NUMBER})\s*%")
_RANGE = re.compile(rf"({_NUMBER})\s*%?\s*(?:to|\.\.)\s*({_NUMBER})\s*%")
_BETWEEN = re.compile(rf"between\s+({_NUMBER})\s*%?\s+and\s+({_NUMBER})\s*%")
_GIVE = re.compile(r"\+-\s*(\d+(?:\.\d+)?)\s*%")
_TIME = re.compile(
    r"\b(?:in|within|over|after|for)\s+(\d+|an?|one|two|three)\s+(?:trading\s+)?(day|week|month|quarter|year)s?\b"
)
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}
_DOWN = r"fall|falls|drop|drops|lose|loses|down|decline|declines|crash|crashes|slip|slips|sink|sinks|tumbles?|minus"
_UP = r"rise|rises|gain|gains|up|climb|climbs|rally|rallies|jumps?|add|adds|plus"
_AT_LEAST = r"at least|or more|more than|no less than"
_BELOW, _ABOVE = r"below|under|at most|or less|or worse|worse than", r"above|or better|better than"
_BASIS_POINTS = re.compile(r"\d\s*(?:bps?|basis\s+points?)\b")
_RATE = re.compile(r"\b(?:rates?|yields?)\b")
_FLAT = re.compile(r"\b(?:flat|unchanged|stays?)\b")
_SPLIT = re.compile(r"\s*(?:[,;\n]|\band\b|\bwhile\b|\bwith\b)\s*")
_FILLER = re.compile(r"\b(?:what if|if|by|the|is|are|goes|go|moves?|changes?|will|would|to|of|about|around|on)\b")


def usual_time(step: Step) -> int:
    """Steps of conditions in a sentence without a time, on the page and on the command line: 10 days."""
    return step.steps("fortnight")


def examples(step: Step) -> tuple[str, ...]:
    """Questions to begin with, in the steps of a market."""
    return tuple(text.format(time=step.words(usual_time(step))) for text in _EXAMPLES)


def read(sentence: str, known: Mapping[str, Subject], step: Step) -> tuple[View, ...]:
    """The views of a sentence.

    Parameters
    ----------
    sentence : str
        Conditions joined by "and", a comma or a semicolon, each a name and a move; a single figure means give or take
        1 %. A time that is said once holds for all that say none.
    known : mapping
        ``subjects(market)``.
    step : Step
        Of the market: a week of daily prices is five of them, a month of monthly ones is one.

    Raises
    ------
    InvalidInput
        If a part has no figure or no name, the name is unknown, or a time is shorter than a step; the message quotes
        the part. Also if two parts cannot hold together.
    """
    text = _normal(sentence)
    parts = [part for part in _SPLIT.split(_BETWEEN.sub(r"\1 % to \2 %", text)) if part.strip(" .?!")]
    if not parts:
        raise InvalidInput(f"an empty question: say what moves and how far, as in {examples(step)[0]!r}")
    times = [_time(part, step) for part in parts]
    said = next((time for time in times if time is not None), usual_time(step))
    views = tuple(_view(part, known, time or said, step) for part, time in zip(parts, times, strict=True))
    refuse_contradictions(views, step)
    return views


def _normal(sentence: str) -> str:
    text = sentence.lower().replace("\u2212", "-").replace("\u2013", "-").replace("\u00b1", "+-").replace("+/-", "+-")
    text = re.sub(r"\bper ?cent\b|\bpct\b", "%", text)
    text = re.sub(r"([-+])\s+(?=\d)", r"\1", text)
    return re.sub(r"give or take", "+-", text)


def _time(part: str, step: Step) -> int | None:
    found = _TIME.search(part)
    if found is None:
        return None
    count = _COUNTS.get(found[1]) or int(found[1])
    return step.steps_in(count, cast(Unit, found[2]))


def _view(part: str, known: Mapping[str, Subject], n_days: int, step: Step) -> View:
    _refuse_rates(part, known, step)
    rest = _TIME.sub(" ", part)
    low, high, rest = _range(part, rest, step)
    name = _FILLER.sub(" ", re.sub(rf"\b(?:{_DOWN}|{_UP}|{_AT_LEAST}|{_BELOW}|{_ABOVE})\b", " ", rest))
    if not name.strip(" .?!'-+"):
        raise InvalidInput(f"{part.strip()!r} does not say what moves: begin with a name, as in {examples(step)[0]!r}")
    subject = find(name.strip(" .?!'-+"), known)
    return View(label=subject.label, weights=subject.weights, low=low, high=high, n_days=n_days)


def _refuse_rates(part: str, known: Mapping[str, Subject], step: Step) -> None:
    """Say that a market of prices knows neither interest rates nor basis points."""
    rates = _RATE.search(part) is not None and not any(_RATE.search(label.lower()) for label in known)
    if not rates and not _BASIS_POINTS.search(part):
        return
    why = (
        "there are no interest rates in this market, only prices, and moves are told in percent"
        if rates
        else "moves are told in percent, not in basis points"
    )
    raise InvalidInput(f"{part.strip()!r}: {why}. Say how far a price moves, as in {_example(known, step)!r}")


def _example(known: Mapping[str, Subject], step: Step) -> str:
    """A question that this market understands; of bonds, which stand nearest to rates, where it has some."""
    for name in ("bonds", "S&P"):
        try:
            find(name, known)
        except InvalidInput:
            continue
        return examples(step)[0].replace("S&P -20", f"{name} -10" if name == "bonds" else "S&P -20")
    return examples(step)[1]


def _range(part: str, rest: str, step: Step) -> tuple[float | None, float | None, str]:
    """The range of returns, and what is left of the words."""
    down = re.search(rf"\b(?:{_DOWN})\b", rest) is not None
    sign = -1.0 if down else 1.0
    two = _RANGE.search(rest)
    if two is not None:
        ends = sorted(_signed(number, sign) for number in two.groups())
        return ends[0], ends[1], _RANGE.sub(" ", rest)
    give = _GIVE.search(rest)
    width = float(give[1]) / 100 if give else TOLERANCE
    rest = _GIVE.sub(" ", rest)
    one = _AMOUNT.search(rest)
    if one is None:
        if _FLAT.search(rest):
            return -width, width, _FLAT.sub(" ", rest)
        raise InvalidInput(
            f"{part.strip()!r} has no figure in percent: say how far it moves, as in {examples(step)[0]!r}"
        )
    value, rest = _signed(one[1], sign), _AMOUNT.sub(" ", rest)
    if re.search(rf"\b(?:{_BELOW})\b", rest) and not down:
        return None, value, rest
    if re.search(rf"\b(?:{_ABOVE})\b", rest) and not down:
        return value, None, rest
    if re.search(rf"\b(?:{_AT_LEAST}|{_BELOW}|{_ABOVE})\b", rest):
        # "falls at least 20 %" goes on downward, "gold at least 0 %" upward.
        return (None, value, rest) if down else (value, None, rest)
    return value - width, value + width, rest


def _signed(number: str, sign: float) -> float:
    """A figure as a decimal; a verb's direction counts where the figure has no sign of its own."""
    value = float(number) / 100
    return value if number[0] in "+-" else sign * value

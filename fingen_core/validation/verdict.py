"""Three lights with a sentence each: what a risk committee reads first.

A light rests on numbers that stand beside it and on the thresholds of one table, ``THRESHOLDS``. What cannot be said
for want of days, rivals or floors is said to be missing, and the light is "unsure".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

import numpy as np

from fingen_core.backtests import kupiec
from fingen_core.errors import InvalidInput
from fingen_core.forecast.summary import compared
from fingen_core.forecast.walk_forward import Forecasts
from fingen_core.generators.registry import LABELS
from fingen_core.metrics.catalog import METRICS
from fingen_core.metrics.long_run import compare
from fingen_core.metrics.long_run.distance import MEASURES
from fingen_core.metrics.validation import TAILS, tail_name
from fingen_core.validation.judged import Judged, Reference
from fingen_core.validation.table import REFERENCE_RIVAL, main_rival, same_forecasts

__all__ = ["LONG_RUN", "THRESHOLDS", "Color", "Light", "Question", "rules", "verdict"]

Color: TypeAlias = Literal["good", "unsure", "bad"]
Question: TypeAlias = Literal["tomorrow", "long run", "novelty"]

THRESHOLDS: Mapping[str, float] = MappingProxyType(
    {
        "least_forecasts": 200,  # under so many test days a light for tomorrow is not switched on
        "least_windows": 20,  # the same for forecasts of several days
        "t": 2.0,  # a difference of scores beyond luck
        "t_clear": 3.0,  # one that needs no second
        "breaches_right": 0.05 / 3,  # smallest p-value of three tails that is still right (Bonferroni)
        "breaches_wrong": 0.005,  # and from which on it is plainly wrong
        "within_good": 0.75,  # share of the measures that may be asked to lie within the floor
        "within_bad": 0.5,
        "worst_good": 1.5,  # times the floor: largest miss of a good light
        "worst_bad": 2.5,
        "impossible": 0.05,  # share of paths with an impossible move
        "new_good": 0.8,  # of the distance of new history
        "new_bad": 0.6,
        "closest_bad": 0.5,
        "strange": 1.5,  # farther from history than so many times that distance
        "copies_good": 0.01,
        "copies_bad": 0.05,
    }
)
"""Where the lights change, chosen on the bundled market so that honest generators and spoiled ones (wrong volatility,
normal days, history repeated) fall on the sides on which they belong, which ``test_lights.py`` holds."""

LONG_RUN = MEASURES
"""What the light of the long run counts; every measure is in the table."""


@dataclass(frozen=True, kw_only=True)
class Light:
    """The answer to one question.

    Attributes
    ----------
    question : {"tomorrow", "long run", "novelty"}
    color : {"good", "unsure", "bad"}
        Never shown by color alone.
    sentence : str
        In words, with the numbers that matter.
    evidence : mapping of str to float
        The numbers it rests on, by name; thresholds stand in ``THRESHOLDS``.
    """

    question: Question
    color: Color
    sentence: str
    evidence: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.question not in get_args(Question) or self.color not in get_args(Color):
            raise InvalidInput(f"a light that is {self.color!r} about {self.question!r}: there is no such light")


def verdict(ours: Judged, rivals: Sequence[Judged], reference: Reference) -> tuple[Light, Light, Light]:
    """Lights for tomorrow, the long run and novelty, in this order.

    Parameters
    ----------
    ours : Judged
    rivals : sequence of Judged
        Those with the same forecasts are compared; without any, tomorrow is unsure unless its breaches are wrong.
    reference : Reference
        History, for the floors of the long run.
    """
    return _tomorrow(ours, rivals), _long_run(ours, reference), _novelty(ours)


def rules() -> dict[Question, str]:
    """When each light is good and when it is bad, in words, from ``THRESHOLDS``; between the two it is unsure."""
    limit = THRESHOLDS
    return {
        "tomorrow": (
            f"Good: its one-day loss forecasts beat {LABELS[REFERENCE_RIVAL]} at some tail with a Diebold-Mariano t of "
            f"at most -{limit['t']:g} over all portfolios, no rival beats them at any, neither one day ahead nor (the "
            "main rival) further, and Kupiec's test finds nothing wrong with the number of breaches of equal weight "
            f"(smallest p of three tails at least {limit['breaches_right']:.3f}). Bad: they lose at two tails, or once "
            f"with t of at least {limit['t_clear']:g}, or the number of breaches is plainly wrong (p below "
            f"{limit['breaches_wrong']:g}). Under {limit['least_forecasts']:g} days it is never good."
        ),
        "long run": (
            f"It counts {len(LONG_RUN)} measures: {'; '.join(METRICS[name].label for name in LONG_RUN)}. Others, such "
            "as those of the median asset, are shown beside it and do not move it. Each is set against its floor, the "
            "distance between halves of history: a yardstick that is generous where history itself changed. Good: at "
            f"least {limit['within_good']:.0%} of them within the floor and none beyond {limit['worst_good']:g} times. "
            f"Bad: fewer than {limit['within_bad']:.0%}, or one beyond {limit['worst_bad']:g} times, or paths that "
            f"break or (more than {limit['impossible']:.0%}) hold a move that no market has seen."
        ),
        "novelty": (
            f"Good: windows at {limit['new_good']:.0%} to {limit['strange']:.0%} of the distance that new history has "
            f"from the known one, the closest twentieth too, and at most {limit['copies_good']:.0%} near copies. Bad: "
            f"under {limit['new_bad']:.0%} (the closest twentieth {limit['closest_bad']:.0%}), or more than "
            f"{limit['copies_bad']:.0%} copies. It only tells history repeated from something new: a jumble of days "
            "passes, so it proves nothing alone."
        ),
    }


# ------------------------------------------------------------------------------------------------------------- tomorrow


def _tomorrow(ours: Judged, rivals: Sequence[Judged]) -> Light:
    n = len(ours.one_day.dates)
    breaches, right, wrong = _breaches(ours.one_day)
    evidence = {"forecasts": float(n), **breaches}
    able = [rival for rival in rivals if rival.key != ours.key and same_forecasts(ours, rival)]
    days = f"{n:,} days it had not seen"
    counted = _breach_words(ours.one_day, breaches, right)
    if not able:
        said = f"On {days}, {counted}; no rival was judged on the same days, so whether another is better is unknown."
        return Light(question="tomorrow", color="bad" if wrong else "unsure", sentence=said, evidence=evidence)
    ts = {rival.key: _ts(ours.one_day, rival.one_day) for rival in able}
    main = main_rival(ours, able) or able[0]
    own = ts[main.key]
    evidence |= {f"t_{name}": t for name, t in own.items()}
    if n < THRESHOLDS["least_forecasts"] or not own:
        said = f"Only {days}: too few to tell its loss forecasts from those of {_named(main)}; {counted}."
        return Light(question="tomorrow", color="bad" if wrong else "unsure", sentence=said, evidence=evidence)
    better, worse = _beyond_luck(own)
    beaten_by = [rival for rival in able if rival is not main and _beyond_luck(ts[rival.key])[1]]
    color: Color = "good" if better and not worse and right and not beaten_by else "unsure"
    if wrong or len(worse) > 1 or max(own.values()) >= THRESHOLDS["t_clear"]:
        color = "bad"
    joint = "and" if right is not bool(worse) else "but"
    said = f"On {days}, {_contest_words(own, better, worse, main)}, {joint} {counted}."
    if beaten_by:
        said += f" It {'also ' if worse else ''}loses to {_listed([_named(rival) for rival in beaten_by])}."
    said += _alone_words(ours.one_day, main.one_day, better)
    later, spoiled, more = _several_days(ours, main)
    if color == "good" and main.key != REFERENCE_RIVAL:
        later += f" {LABELS[REFERENCE_RIVAL]}, the rival that decides, was not among its rivals."
        spoiled = True
    color = "unsure" if color == "good" and spoiled else color
    return Light(question="tomorrow", color=color, sentence=f"{said}{later}", evidence=evidence | more)


def _ts(ours: Forecasts, theirs: Forecasts, group: str = "all") -> dict[str, float]:
    """Diebold-Mariano t of the loss forecasts at each tail; empty with too few forecasts."""
    found = compared(ours, theirs, group)
    return {name: found[name][0].t for name in map(tail_name, TAILS) if name in found}


def _beyond_luck(ts: Mapping[str, float]) -> tuple[list[str], list[str]]:
    """Tails at which the first is better, and worse."""
    limit = THRESHOLDS["t"]
    tails = {name: f"{100 * tail:g} %" for name, tail in zip(map(tail_name, TAILS), TAILS, strict=True)}
    return [tails[n] for n, t in ts.items() if t <= -limit], [tails[n] for n, t in ts.items() if t >= limit]


def _contest_words(ts: Mapping[str, float], better: Sequence[str], worse: Sequence[str], rival: Judged) -> str:
    low, high = sorted(ts.values())[0], sorted(ts.values())[-1]
    span = f"t {low:.1f} to {high:.1f}, mean over all portfolios"
    name = _named(rival)
    if len(better) == len(ts):
        return f"its loss forecasts beat {name} at every tail ({span})"
    if better and not worse:
        return f"its loss forecasts beat {name} at {_listed(better)} and are as good elsewhere ({span})"
    if len(worse) == len(ts):
        return f"its loss forecasts lose to {name} at every tail ({span})"
    if worse:
        return f"its loss forecasts lose to {name} at {_listed(worse)} ({span})"
    return f"its loss forecasts and those of {name} differ by no more than luck ({span})"


def _alone_words(ours: Forecasts, theirs: Forecasts, better: Sequence[str]) -> str:
    """Where a lead over all portfolios is not clear for equal weight alone, whose days the charts show."""
    ts = _ts(ours, theirs, "equal weight")
    clear = [tail for tail in _beyond_luck(ts)[0] if tail in better]
    if len(clear) == len(better):
        return ""
    where = f"clear at {_listed(clear)} only" if clear else "clear at no tail"
    return f" For equal weight alone its lead is {where} (t {min(ts.values()):.1f} to {max(ts.values()):.1f})."


def _breaches(forecasts: Forecasts) -> tuple[dict[str, float], bool, bool]:
    """P-values of the number of breaches of equal weight; whether they are right, and plainly wrong."""
    column = forecasts.rows("equal weight")[0]
    hits = forecasts.hits()[:: forecasts.overlap, column]
    values = {f"kupiec_{100 * tail:g}": kupiec(hits[:, i], tail).p_value for i, tail in enumerate(TAILS)}
    least = min(values.values())
    return values, least >= THRESHOLDS["breaches_right"], least < THRESHOLDS["breaches_wrong"]


def _breach_words(forecasts: Forecasts, values: Mapping[str, float], right: bool) -> str:
    if right:
        return "equal weight went beyond its value at risk about as often as promised"
    i = int(np.argmin(list(values.values())))
    hits = forecasts.hits()[:, forecasts.rows("equal weight")[0], i]
    due = TAILS[i] * len(hits)
    return (
        f"equal weight went beyond its value at risk at {100 * TAILS[i]:g} % on {int(hits.sum())} days where {due:.0f} "
        "were due"
    )


def _several_days(ours: Judged, rival: Judged) -> tuple[str, bool, dict[str, float]]:
    """What is added about the longer horizon, whether it spoils a good light, and its evidence."""
    if ours.ten_day is None or rival.ten_day is None or not ours.ten_day.dates.equals(rival.ten_day.dates):
        return " Longer horizons were not judged.", False, {}
    days, ts = ours.ten_day.horizon, _ts(ours.ten_day, rival.ten_day)
    if len(ours.ten_day.dates) < THRESHOLDS["least_windows"] or not ts:
        return f" There are too few stretches of {days} days to compare.", False, {}
    more = {f"t_{name}_{days}d": t for name, t in ts.items()}
    better, worse = _beyond_luck(ts)
    if worse:
        return f" Over {days} days it loses at {_listed(worse)}.", True, more
    if better:
        return f" Over {days} days it is better at {_listed(better)}.", False, more
    return f" Over {days} days no difference is larger than luck.", False, more


def _named(rival: Judged) -> str:
    return f"{rival.label}{' refitted every year' if rival.refit_yearly else ''}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


# ------------------------------------------------------------------------------------------------------------- long run


def _long_run(ours: Judged, reference: Reference) -> Light:
    values = compare(ours.portrait, reference.portrait)
    health = {name: values[name] for name in ("share_nonfinite", "share_beyond")}
    broken = health["share_nonfinite"] > 0 or health["share_beyond"] > THRESHOLDS["impossible"]
    if not reference.floors:
        said = (
            f"The {reference.n_fit:,} days of the fit are too few to say how much halves of history differ, so its "
            "long run has no yardstick."
        )
        return Light(question="long run", color="bad" if broken else "unsure", sentence=said, evidence=health)
    ratios = {
        name: METRICS[name].miss(values[name]) / reference.floors[name]
        for name in LONG_RUN
        if name in values and reference.floors[name] > 0
    }
    within = sum(ratio <= 1 for ratio in ratios.values())
    worst = max(ratios, key=lambda name: ratios[name])
    share, largest = within / len(ratios), ratios[worst]
    color: Color = "unsure"
    if share >= THRESHOLDS["within_good"] and largest <= THRESHOLDS["worst_good"]:
        color = "good"
    if broken or share < THRESHOLDS["within_bad"] or largest > THRESHOLDS["worst_bad"]:
        color = "bad"
    label = METRICS[worst].label
    said = (
        f"In {within} of the {len(ratios)} measures that count its years are as close to history as halves of history "
        f"are to each other; weakest: {label[:1].lower()}{label[1:]} ({largest:.1f} times that distance)."
    )
    if health["share_nonfinite"] > 0:
        said += f" {health['share_nonfinite']:.1%} of its paths break."
    if health["share_beyond"] > THRESHOLDS["impossible"]:
        said += f" {health['share_beyond']:.1%} of its paths hold a move that no market has seen."
    if len(ratios) < len(LONG_RUN):
        said += " One asset alone: nothing can be said about how assets move together."
    evidence = {"within": float(within), "measures": float(len(ratios)), **health}
    return Light(question="long run", color=color, sentence=said, evidence=evidence | ratios)


# -------------------------------------------------------------------------------------------------------------- novelty


def _novelty(ours: Judged) -> Light:
    values = ours.novelty.numbers()
    ratio, closest, copies = (values[name] for name in ("novelty_ratio", "novelty_ratio_closest", "share_copies"))
    limits = THRESHOLDS
    color: Color = "unsure"
    if min(ratio, closest) >= limits["new_good"] and copies <= limits["copies_good"] and ratio <= limits["strange"]:
        color = "good"
    if ratio < limits["new_bad"] or closest < limits["closest_bad"] or copies > limits["copies_bad"]:
        color = "bad"
    days = ours.novelty.window
    if color == "bad":
        said = (
            f"It repeats history: its stretches of {days} days lie at {ratio:.0%} of the distance that new history "
            f"would have, and {copies:.0%} are near copies."
        )
    elif ratio > limits["strange"]:
        said = f"Its stretches of {days} days are unlike history: {ratio:.1f} times as far from it as new history is."
    elif color == "good":
        said = (
            f"Its stretches of {days} days are new: as far from history as new history would be ({ratio:.0%}), and "
            f"{'none is a copy' if copies == 0 else f'{copies:.1%} are near copies'}."
        )
    else:
        said = (
            f"Its stretches of {days} days lean on history: they lie at {ratio:.0%} of the distance that new history "
            f"would have, the closest at {closest:.0%}, and {copies:.1%} are near copies."
        )
    return Light(question="novelty", color=color, sentence=said, evidence=values)

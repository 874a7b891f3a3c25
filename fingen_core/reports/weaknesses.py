"""What a generator is measurably bad at, the worst first, in sentences: the part of a report that is read first."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from fingen_core.charts.theme import number
from fingen_core.charts.validation.scoreboard import shown
from fingen_core.generators.registry import LABELS
from fingen_core.metrics.catalog import METRICS
from fingen_core.validation.table import best_rival
from fingen_core.validation.verdict import LONG_RUN, THRESHOLDS

__all__ = ["counted", "weaknesses"]

_CLEAR = 1.645
"""Diebold-Mariano t beyond which a score is called worse: one in twenty by luck."""

_UNLIKELY = 0.05
_UNLIKELY_OF_THREE = THRESHOLDS["breaches_right"]
"""The same for the smallest of three tails, as the light of tomorrow has it."""

_MANY = 0.1
"""Share of portfolios whose test may reject: twice what luck does, since portfolios share their crashes."""

_REJECTED = "kupiec_rejected_"
_BEYOND = 1.05
"""Times the floor from which on a miss is told: less would be called once history's own noise."""
_TESTS = {
    "kupiec": "the number of losses beyond value at risk is wrong",
    "independence": "losses beyond value at risk come in clusters",
}
_VIEWS = ("_error", "_signed", "_equal", "_asset", "_ratio")
"""Endings of views of one measure; of all views the worst is told."""

_FAMILIES = {"var": "losses", "es": "losses"}
"""Measures whose names begin differently and that say the same."""


@dataclass(frozen=True)
class _View:
    """One measure among those that look at the same: how many floors it misses by, and in words."""

    weight: float
    name: str
    told: str
    beside: tuple[str, ...]

    @property
    def counted(self) -> bool:
        return self.name in LONG_RUN


_PLACE = ["question", "horizon", "group", "metric"]


def weaknesses(table: pd.DataFrame, key: str) -> list[str]:
    """Sentences (Markdown, the measure in bold) about what is worse than it should be, the worst first.

    Parameters
    ----------
    table : DataFrame
        Tidy rows of ``fingen_core.validation.table`` of the generator and its rivals; values are means over seeds.
    key : str
        The generator.

    Returns
    -------
    list of str
        Scores that are worse than those of the rival beyond luck, tests that reject, and measures of the long run and
        of novelty that miss by more than history's own noise (their floor), or where there is none, by more than the
        best rival. Which rivals there are does not change what misses its floor. Of measures of one family (losses over
        1 and 10 days, ...) the worst comes early, the others at the end.
    """
    mine = table[table["generator"] == key].groupby(_PLACE, sort=False)[["value", "floor", "t", "n"]].mean()
    rivals = best_rival(table[table["generator"] != key]).set_index(_PLACE)
    told = (*_scores(mine), *_tests(mine), *_portfolios(mine, rivals))
    found = [(weight, "tomorrow", text) for weight, text in told]
    found += _misses(mine, rivals)
    found.sort(key=lambda weak: -weak[0])
    seen: Counter[str] = Counter()
    ranked = []
    for weight, family, text in found:
        ranked.append((0 if family == "tomorrow" else seen[family], -weight, text))
        seen[family] += 1
    return [text for _, _, text in sorted(ranked)]


def counted(table: pd.DataFrame, key: str) -> str:
    """What the light of the long run goes by and which of it misses, in a sentence; empty without floors.

    Parameters
    ----------
    table : DataFrame
        Tidy rows, as for ``weaknesses``.
    key : str
        The generator.
    """
    mine = table[(table["generator"] == key) & table["metric"].isin(LONG_RUN) & (table["floor"] > 0)]
    means = mine.groupby("metric", sort=False)[["value", "floor"]].mean()
    if means.empty:
        return ""
    times = {str(name): METRICS[str(name)].miss(row["value"]) / row["floor"] for name, row in means.iterrows()}
    beyond = sorted((name for name in times if times[name] > 1), key=lambda name: -times[name])
    listed = "; ".join(f"{_plain(name)} ({_times(times[name])} times)" for name in beyond)
    return (
        f"The light of the long run counts {len(times)} measures and finds {len(times) - len(beyond)} of them within "
        f"history's own noise{f', beyond it {listed}' if listed else ''}. Other measures of the long run are shown "
        "beside it: they do not move the light."
    )


def _scores(mine: pd.DataFrame) -> Iterator[tuple[float, str]]:
    for (question, horizon, group, metric), row in mine.iterrows():
        if question == "tomorrow" and group == "all" and row["t"] > _CLEAR:
            yield (
                row["t"] / _CLEAR,
                f"**{METRICS[metric].label}**, {_ahead(horizon)}: worse than the rival beyond luck "
                f"(t = {number(row['t'], 1)}, {number(row['n'])} forecasts).",
            )


def _tests(mine: pd.DataFrame) -> Iterator[tuple[float, str]]:
    """One line for each test and horizon of a single portfolio: for the tail that rejects most."""
    single = mine.reset_index()
    single = single[(single["question"] == "tomorrow") & (single["group"] != "all")]
    for kind, words in _TESTS.items():
        tested = single[single["metric"].str.fullmatch(rf"{kind}_[\d.]+") & (single["value"] < _UNLIKELY_OF_THREE)]
        for horizon, rows in tested.groupby("horizon"):
            row = rows.loc[rows["value"].idxmin()]
            tail, p = str(row["metric"]).rpartition("_")[2], float(row["value"])
            yield (
                math.log(max(p, 1e-6)) / math.log(_UNLIKELY_OF_THREE),
                f"**Value at risk at {tail} %**, {_ahead(int(horizon))}, {row['group']}: {words} (p = {number(p, 3)}).",
            )
    for _, row in single[(single["metric"] == "pit_p") & (single["value"] < _UNLIKELY)].iterrows():
        yield (
            math.log(max(row["value"], 1e-6)) / math.log(_UNLIKELY),
            f"**{METRICS['pit_p'].label}**, {_ahead(int(row['horizon']))}, {row['group']}: what came is not spread "
            f"evenly over what was forecast (p = {number(row['value'], 3)}).",
        )


def _portfolios(mine: pd.DataFrame, rivals: pd.DataFrame) -> Iterator[tuple[float, str]]:
    """One line for each horizon at which more portfolios are rejected than luck explains: for the tail that is rejected
    most."""
    wrong = mine.reset_index()
    wrong = wrong[wrong["metric"].str.startswith(_REJECTED) & (wrong["value"] > _MANY)]
    for horizon, rows in wrong.groupby("horizon"):
        row = rows.loc[rows["value"].idxmax()]
        beside = [f"by luck {shown(_UNLIKELY, METRICS[row['metric']])}", *_best(rivals, tuple(row[_PLACE]))]
        yield (
            row["value"] / _MANY,
            f"**Value at risk at {row['metric'].rpartition('_')[2]} %**, {_ahead(int(horizon))}: the number of losses "
            f"beyond it is wrong for {shown(row['value'], METRICS[row['metric']])} of the portfolios "
            f"({'; '.join(beside)}).",
        )


def _misses(mine: pd.DataFrame, rivals: pd.DataFrame) -> Iterator[tuple[float, str, str]]:
    """Weight, family and sentence of each measure: of several views of one the worst, with what the light counts."""
    views: dict[str, list[_View]] = {}
    for place, row in mine.iterrows():
        question, _, _, name = place
        miss = METRICS[name].miss(row["value"])
        if question == "tomorrow" or not math.isfinite(miss):
            continue
        floor = row["floor"] if math.isfinite(row["floor"]) else 0.0
        if floor:
            weight = miss / floor
        else:
            theirs = METRICS[name].miss(rivals.loc[place, "value"]) if place in rivals.index else math.inf
            weight = 0.0 if _harmless(name, row["value"]) else min(miss / max(theirs, 1e-9), 2.0)
        told = _value_words(name, row["value"], mine) + (f", {_times(weight)} times" if floor else "")
        beside = [f"halves of history {shown(floor, METRICS[name]).lstrip('+')}"] if floor else []
        views.setdefault(_base(name), []).append(_View(weight, name, told, (*beside, *_best(rivals, place))))
    for several in views.values():
        worst = max(several, key=lambda view: view.weight)
        if worst.weight <= (1.0 if worst.counted else _BEYOND) and not any(v.counted and v.weight > 1 for v in several):
            continue
        noise = " history's own noise" if worst.told.endswith(" times") else ""
        aside = f" ({'; '.join(worst.beside)})" if worst.beside else ""
        sentence = f"**{METRICS[worst.name].label}**: {worst.told}{noise}{aside}.{_light_words(several, worst)}"
        yield worst.weight, _FAMILIES.get(worst.name.split("_")[0], worst.name.split("_")[0]), sentence


def _light_words(several: Sequence[_View], worst: _View) -> str:
    """Which of these views the light of the long run goes by: others are shown beside it."""
    if METRICS[worst.name].question != "long run" or not worst.told.endswith(" times"):
        return ""
    others = [view for view in several if view.counted and view is not worst]
    if worst.counted:
        others = [view for view in others if view.weight > 1]
    listed = "; ".join(f"{_plain(view.name)}: {view.told}" for view in others)
    if worst.counted:
        return f" The light counts this{f' and {listed}' if listed else ''}."
    return f" Not counted by the light{f', which goes by {listed}' if listed else ''}."


def _value_words(name: str, value: float, mine: pd.DataFrame) -> str:
    return f"{shown(value, METRICS[name])}{_direction(name, mine)}"


def _times(weight: float) -> str:
    """Two digits where one would call what is beyond the floor 1.0 times it."""
    return number(weight, 2 if 1 < weight < _BEYOND else 1)


def _plain(name: str) -> str:
    label = METRICS[name].label
    return label[:1].lower() + label[1:]


def _base(name: str) -> str:
    """The measure that a name is a view of: es_10d of es_10d_asset."""
    for ending in _VIEWS * 2:
        name = name.removesuffix(ending)
    return name


def _best(rivals: pd.DataFrame, place: tuple[object, ...]) -> list[str]:
    """Name and number of the best rival, in words; nothing where there is none."""
    if place not in rivals.index:
        return []
    rival = rivals.loc[place]
    who = LABELS.get(str(rival["generator"]), str(rival["generator"]))
    return [f"best rival, {who}: {shown(rival['value'], METRICS[str(place[3])])}"]


def _direction(name: str, mine: pd.DataFrame) -> str:
    """Which way a relative error goes for most assets, where a signed twin of the measure tells."""
    place = ("long run", 0, "all", f"{name}_asset")
    if not name.startswith(("es_", "var_")) or place not in mine.index:
        return ""
    signed = float(mine.loc[place, "value"])
    return f" off, mostly too {'large' if signed > 0 else 'small'}" if signed else " off"


def _harmless(name: str, value: float) -> bool:
    """Whether a measure without a floor is where the verdict still calls it good."""
    if name.startswith("novelty"):
        return THRESHOLDS["new_good"] <= value <= THRESHOLDS["strange"]
    return value <= THRESHOLDS["copies_good" if name == "share_copies" else "impossible"]


def _ahead(horizon: int) -> str:
    return "one day ahead" if horizon == 1 else f"{horizon} days ahead"

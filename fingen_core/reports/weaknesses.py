"""What a generator is measurably bad at, the worst first, in sentences: the part of a report that is read first."""

import math
from collections import Counter
from collections.abc import Iterator

import pandas as pd

from fingen_core.charts.theme import number
from fingen_core.charts.validation.scoreboard import shown
from fingen_core.generators.registry import LABELS
from fingen_core.metrics.catalog import METRICS
from fingen_core.validation.table import best_rival
from fingen_core.validation.verdict import THRESHOLDS

__all__ = ["weaknesses"]

_CLEAR = 1.645
"""Diebold-Mariano t beyond which a score is called worse: one in twenty by luck."""

_UNLIKELY = 0.05
_MANY = 0.1
"""Share of portfolios whose test may reject: twice what luck does, since portfolios share their crashes."""

_REJECTED = "kupiec_rejected_"
_TESTS = {
    "kupiec": "the number of losses beyond value at risk is wrong",
    "independence": "losses beyond value at risk come in clusters",
}
_TWINS = ("_signed", "_equal", "_asset", "_ratio")
"""Endings of other views of a measure that is listed already."""

_FAMILIES = {"var": "losses", "es": "losses"}
"""Measures whose names begin differently and that say the same."""

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
        of novelty that miss by more than history's own noise (their floor) and by more than the best rival. Of
        measures of one family (losses over 1 and 10 days, ...) the worst comes early, the others at the end.
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
    single = single[(single["question"] == "tomorrow") & (single["group"] != "all") & (single["value"] < _UNLIKELY)]
    for kind, words in _TESTS.items():
        rejected = single[single["metric"].str.fullmatch(rf"{kind}_[\d.]+")]
        for horizon, rows in rejected.groupby("horizon"):
            row = rows.loc[rows["value"].idxmin()]
            tail, p = str(row["metric"]).rpartition("_")[2], float(row["value"])
            yield (
                math.log(max(p, 1e-6)) / math.log(_UNLIKELY),
                f"**Value at risk at {tail} %**, {_ahead(int(horizon))}, {row['group']}: {words} (p = {number(p, 3)}).",
            )


def _portfolios(mine: pd.DataFrame, rivals: pd.DataFrame) -> Iterator[tuple[float, str]]:
    """One line for each horizon at which more portfolios are rejected than luck explains, and than of the best rival:
    for the tail that is rejected most."""
    wrong = mine.reset_index()
    wrong = wrong[wrong["metric"].str.startswith(_REJECTED) & (wrong["value"] > _MANY)]
    for horizon, rows in wrong.groupby("horizon"):
        row = rows.loc[rows["value"].idxmax()]
        place = tuple(row[_PLACE])
        if place in rivals.index and rivals.loc[place, "value"] < row["value"]:
            rival, metric = rivals.loc[place], METRICS[row["metric"]]
            who = LABELS.get(str(rival["generator"]), str(rival["generator"]))
            yield (
                row["value"] / _MANY,
                f"**Value at risk at {row['metric'].rpartition('_')[2]} %**, {_ahead(int(horizon))}: the number of "
                f"losses beyond it is wrong for {shown(row['value'], metric)} of the portfolios (by luck "
                f"{shown(_UNLIKELY, metric)}; best rival, {who}: {shown(rival['value'], metric)}).",
            )


def _misses(mine: pd.DataFrame, rivals: pd.DataFrame) -> Iterator[tuple[float, str, str]]:
    """Weight, family and sentence of each."""
    for place, row in mine.iterrows():
        question, _, _, name = place
        if question == "tomorrow" or place not in rivals.index or (question == "long run" and name.endswith(_TWINS)):
            continue
        metric, rival = METRICS[name], rivals.loc[place]
        miss, theirs = metric.miss(row["value"]), metric.miss(rival["value"])
        floor = row["floor"] if math.isfinite(row["floor"]) else 0.0
        if not math.isfinite(miss) or miss <= max(theirs, floor) or (not floor and _harmless(name, row["value"])):
            continue
        who = LABELS.get(str(rival["generator"]), str(rival["generator"]))
        beside = [f"halves of history {shown(floor, metric)}"] if floor else []
        beside.append(f"best rival, {who}: {shown(rival['value'], metric)}")
        times = f", {number(miss / floor, 1)} times history's own noise" if floor else ""
        yield (
            miss / floor if floor else min(miss / max(theirs, 1e-9), 2.0),
            _FAMILIES.get(name.split("_")[0], name.split("_")[0]),
            f"**{metric.label}**: {shown(row['value'], metric)}{_direction(name, mine)}{times} ({'; '.join(beside)}).",
        )


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

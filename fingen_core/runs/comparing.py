"""Several runs beside each other as tables: the settings that differ, the curves that they share, their scores."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from fingen_core.runs.naming import shortened
from fingen_core.runs.run import Run
from fingen_core.runs.store import RunStore
from fingen_core.runs.validations import Validation
from fingen_core.training.settings.config import CHOICE_CONTROLS, Choice, Control
from fingen_core.training.settings.words import controls_of, label, value_in_words

__all__ = ["Axis", "axes", "before", "curve", "curve_names", "differing_settings", "labels", "score_table"]

MISSING = "–"
_LIGHTS = {"bad": 0.0, "unsure": 1.0, "good": 2.0}
_TRAINED = {
    "fz0_1": "FZ0 at 1 %",
    "fz0_2.5": "FZ0 at 2.5 %",
    "fz0_5": "FZ0 at 5 %",
    "crps": "CRPS",
    "energy": "Energy score",
    "long_run": "Long-run distance",
}


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One figure by which runs are compared.

    Attributes
    ----------
    key, label : str
        Column of ``score_table``, and what it is called.
    lower_is_better : bool
    words : mapping of float to str
        What values mean where they are answers rather than measurements.
    help : str
    """

    key: str
    label: str
    lower_is_better: bool = True
    words: Mapping[float, str] | None = None
    help: str = ""


def before(run: Run, runs: Sequence[Run]) -> Run | None:
    """The run to see beside this one what its settings changed: the newest earlier one of its market and kind.

    One of the same model comes before a newer one of another. Trials of sweeps are not asked; what failed or is still
    training has nothing to show. ``None`` if there is none.
    """
    earlier = [
        other
        for other in runs
        if other.created < run.created
        and other.has_model
        and not (other.sweep or other.is_active)
        and (other.market_digest, other.paints) == (run.market_digest, run.paints)
    ]
    return max(earlier, key=lambda other: (other.config.model == run.config.model, other.created), default=None)


def labels(runs: Sequence[Run]) -> dict[str, str]:
    """A short name for each run by its id: without the market that all share, with the end of the id if it repeats."""
    markets = {run.market_name for run in runs}
    market = markets.pop() if len(markets) == 1 else ""
    short = {run.id: shortened(run.name, market) for run in runs}
    names = list(short.values())
    return {run_id: name if names.count(name) == 1 else f"{name} ({run_id[-4:]})" for run_id, name in short.items()}


def differing_settings(runs: Sequence[Run]) -> pd.DataFrame:
    """Settings that are not the same in all runs, one row each, one column per run; market, device and the number
    of changes of learning rates while it trained included.

    A setting that a kind of model does not have or use is a dash; those that all of them have come first.
    """
    named = labels(runs)
    values = {
        run.id: {**_that_matter(run), "market": run.market_name, "device": run.device, "changes": len(run.changes)}
        for run in runs
    }
    order = list(dict.fromkeys(name for run in runs for name in values[run.id]))
    rows = []
    for name in ("market", *(name for name in order if name != "market")):
        found = [values[run.id].get(name, MISSING) for run in runs]
        if name == "market":
            differs = len({run.market_digest for run in runs}) > 1
        else:
            differs = any(value != found[0] for value in found)
        if differs:
            owner = next(run for run in runs if name in values[run.id])
            told = {
                named[run.id]: value_in_words(name, values[run.id][name], run.config)
                if name in values[run.id]
                else MISSING
                for run in runs
            }
            rows.append({"Setting": label(name, owner.config), **told})
    rows.sort(key=lambda row: MISSING in row.values())
    return pd.DataFrame(rows, columns=["Setting", *(named[run.id] for run in runs)])


def _that_matter(run: Run) -> dict[str, Any]:
    """Settings that the model of a run uses."""
    known: dict[str, Control | Choice] = {**CHOICE_CONTROLS, **controls_of(run.config)}
    return {
        name: value
        for name, value in asdict(run.config).items()
        if name not in known or run.config.model in known[name].models
    }


def curve_names(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[str]]:
    """Every curve that some run has, to the ids of the runs that have it; those that most share come first."""
    found: dict[str, list[str]] = {}
    for run_id, table in tables.items():
        for name in table["name"].unique():
            found.setdefault(str(name), []).append(run_id)
    return dict(sorted(found.items(), key=lambda item: ("/" in item[0], -len(item[1]))))


def curve(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """One curve of one run: phase, step of the phase, value.

    Steps count from the end of the phase before, whose last step always reports, so that a longer warm start of one run
    does not shift it against the others. The first report of a phase would not do: when it comes is a matter of time.
    """
    part = table[table["name"] == name]
    ends = table.groupby("phase", sort=False)["step"].max().sort_values()
    begins = ends.shift(fill_value=0)
    return pd.DataFrame(
        {"phase": part["phase"], "step": part["step"] - part["phase"].map(begins), "value": part["value"]}
    )


def axes() -> list[Axis]:
    """What runs are compared by, in the order of the columns of ``score_table``."""
    trained = [
        Axis(key=key, label=name, help="On the validation days of the training.") for key, name in _TRAINED.items()
    ]
    judged = [
        Axis(
            key=f"validated_{score}",
            label=f"{name} less rival's",
            help="Of its newest validation, one day ahead over all portfolios; below 0 it is better than its rival.",
        )
        for score, name in (("fz0_2.5", "FZ0 at 2.5 %"), ("crps", "CRPS"))
    ]
    lights = [
        Axis(
            key=f"light_{question}",
            label=f"Light: {question}",
            lower_is_better=False,
            words={value: color for color, value in _LIGHTS.items()},
            help="A light of its validation.",
        )
        for question in ("tomorrow", "long run", "novelty")
    ]
    return [*trained, *judged, *lights]


def score_table(store: RunStore, runs: Sequence[Run]) -> pd.DataFrame:
    """Scores, one row per run by its id; what a run does not have is missing, what none has is left out."""
    rows = {
        run.id: {
            **{key: run.scores[key] for key in _TRAINED if key in run.scores},
            **_against_rival(store, run),
            **{f"light_{light.question}": _LIGHTS[light.color] for light in run.lights},
        }
        for run in runs
    }
    table = pd.DataFrame.from_dict(rows, orient="index", dtype="float64").reindex([run.id for run in runs])
    return table[[axis.key for axis in axes() if axis.key in table and table[axis.key].notna().any()]]


def _against_rival(store: RunStore, run: Run) -> dict[str, float]:
    """One-day scores of the validation that gave the lights, less those of the first rival."""
    validation = _telling(store, run)
    if validation is None:
        return {}
    table = validation.table()
    table = table[(table["question"] == "tomorrow") & (table["horizon"] == 1) & (table["group"] == "all")]
    values = table.pivot_table("value", "metric", "generator", aggfunc="first")
    rival = next((key for key in validation.rivals if key in values), None)
    own = next((key for key in values if key not in validation.rivals), None)
    if rival is None or own is None:
        return {}
    found = {
        f"validated_{score}": float(values.loc[score, own] - values.loc[score, rival])
        for score in ("fz0_2.5", "crps")
        if score in values.index
    }
    return {key: value for key, value in found.items() if math.isfinite(value)}


def _telling(store: RunStore, run: Run) -> Validation | None:
    done = [
        found for found in store.validations(run.id) if found.status == "done" and (found.folder / "table.csv").exists()
    ]
    return next((found for found in done if found.kind != "quick"), done[0] if done else None)

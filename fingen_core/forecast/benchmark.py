"""Generators against their rivals out of time: the table that the README shows.

Each generator is fitted to the days up to a date, frozen, and walked through all later days; the rival on GJR-GARCH is
refitted every year, which is how it is used in practice and an advantage that the others do not get. Forecasts are kept
on disk under a digest of everything they depend on, so that an interrupted benchmark goes on where it stopped and a
changed generator is never mistaken for the old one.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.forecast.summary import summary
from fingen_core.forecast.walk_forward import Forecasts, OnProgress, walk
from fingen_core.generators.base import Generator
from fingen_core.generators.registry import rivals
from fingen_core.market import Market
from fingen_core.metrics.validation import TAILS, tail_name
from fingen_core.training.config import TrainingConfig, preset
from fingen_core.training.progress import Progress

__all__ = ["GENERATORS", "RIVAL", "readme_table", "run"]

RIVAL = "fhs-gjr"
"""What every other generator is compared with."""

GENERATORS: Mapping[str, str] = {
    "vae": "Filter + VAE",
    "gan": "Filter + GAN",
    RIVAL: "FHS on GJR-GARCH, refit every year",
    "block-bootstrap": "Block bootstrap, 21 days",
}
"""Names of the generators that can be compared, and what tables call them."""

_CORE = Path(__file__).resolve().parents[1]
_JUDGE = ("forecast/walk_forward.py", "metrics/risk.py", "metrics/scores.py", "metrics/validation.py", "portfolio")
_NEURAL = ("generators", "models", "representations", "training", "transforms")
_CODE: Mapping[str, tuple[str, ...]] = {
    "vae": _NEURAL,
    "gan": _NEURAL,
    RIVAL: ("generators/fhs.py",),
    "block-bootstrap": ("generators/bootstrap.py",),
}


@dataclass(frozen=True, kw_only=True)
class _Task:
    """One generator with one seed on one protocol."""

    name: str
    seed: int
    market: Market
    fit_until: str
    n_paths: int
    device: str

    @property
    def config(self) -> TrainingConfig | None:
        """Settings of a neural generator: the validated default."""
        if self.name == "vae":
            return preset("balanced", "vae", seed=self.seed)
        return preset("balanced", "gan", seed=self.seed) if self.name == "gan" else None

    def digest(self) -> str:
        """Identifies the forecasts: data, protocol, settings, device and the code that makes them."""
        parts = [self.name, self.seed, self.market.digest(), self.fit_until, self.n_paths, _code_digest(self.name)]
        if self.config is not None:
            parts += [self.config.digest(), self.device]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Outcome:
    """Forecasts of a task, and what they took."""

    forecasts: Forecasts
    seconds: float
    device: str

    def save(self, stem: Path) -> None:
        self.forecasts.save(stem.with_suffix(".npz"))
        stem.with_suffix(".json").write_text(json.dumps({"seconds": self.seconds, "device": self.device}))

    @classmethod
    def load(cls, stem: Path) -> Self | None:
        """What was saved, or ``None``; the ``.json`` is written last."""
        if not stem.with_suffix(".json").exists():
            return None
        facts = json.loads(stem.with_suffix(".json").read_text())
        return cls(forecasts=Forecasts.load(stem.with_suffix(".npz")), **facts)


def run(
    market: Market,
    generators: Sequence[str] = tuple(GENERATORS),
    *,
    fit_until: str = "2012-12-31",
    seeds: int = 5,
    out: Path,
    on_progress: OnProgress | None = None,
    n_paths: int = 2000,
    device: str = "auto",
) -> pd.DataFrame:
    """Judge generators by the one-day protocol and write ``fidelity.parquet`` and ``fidelity.csv``.

    Parameters
    ----------
    market : Market
        All days, those of the fit and those of the test.
    generators : sequence of str
        Keys of ``GENERATORS``.
    fit_until : ISO date
        Last day of the fit; every later one is a test day.
    seeds : int
        Trainings and draws of each generator, with seeds 0, 1, ...
    out : Path
        Folder of the tables; forecasts are kept in ``out/forecasts`` and used again.
    on_progress : callable, optional
        Told what is being done and the seconds left.
    n_paths : int
        Draws per day.
    device : str
        Where neural generators are trained.

    Returns
    -------
    DataFrame
        Tidy: generator, seed, group, metric, value, t (Diebold-Mariano against ``RIVAL`` with the same seed, negative
        when better; missing where ``RIVAL`` is not among ``generators``), seconds (training), device, commit, market,
        fit_until, n_days, n_paths. The metrics are those of ``summary``.

    Raises
    ------
    InvalidInput
        If a name is unknown or nothing is left to test.
    """
    unknown = [name for name in generators if name not in GENERATORS]
    if unknown or not generators or seeds < 1:
        raise InvalidInput(
            f"generators {', '.join(unknown) or 'none'} with {seeds} seeds: choose among {', '.join(GENERATORS)} and "
            "at least one seed"
        )
    market.split(fit_until)  # refuses a date that leaves nothing to test before anything is trained
    names = sorted(set(generators), key=list(GENERATORS).index)
    tasks = [
        _Task(name=name, seed=seed, market=market, fit_until=fit_until, n_paths=n_paths, device=device)
        for seed in range(seeds)
        for name in names
    ]
    outcomes = _outcomes(tasks, out / "forecasts", on_progress)
    table = pd.concat([_rows(task, outcomes) for task in tasks], ignore_index=True)
    table.to_parquet(out / "fidelity.parquet", index=False)
    table.to_csv(out / "fidelity.csv", index=False, float_format="%.6g")
    return table


def readme_table(frame: pd.DataFrame) -> str:
    """The benchmark as Markdown: mean over seeds, with the largest spread between seeds behind it.

    Parameters
    ----------
    frame : DataFrame
        What ``run`` returned, or its CSV read again.
    """
    lines = [
        "| one day ahead | FZ0 at 1 / 2.5 / 5 %, all portfolios | t | equal weight | t | CRPS (t) "
        "| Kupiec p, equal weight | training |",
        "|---|---|---|---|---|---|---|---|",
    ]
    order = [name for name in GENERATORS if name in set(frame["generator"])]
    lines += [_readme_row(GENERATORS[name], frame[frame["generator"] == name]) for name in order]
    first = frame.iloc[0]
    neural = frame[~frame["generator"].isin(rivals())]
    devices = ", ".join(sorted(set((frame if neural.empty else neural)["device"])))
    n_seeds = frame["seed"].nunique()
    seeds = f"mean of {n_seeds} seeds (± largest standard deviation between them)" if n_seeds > 1 else "one seed"
    note = (
        f"Fitted up to {first['fit_until']}, then {first['n_days']:,} days forecast one by one with "
        f"{first['n_paths']:,} paths each; {first['market']}; {seeds}; trained on {devices}; "
        f"commit {first['commit'] or 'unknown'}. "
        "FZ0 scores value at risk and expected shortfall together, CRPS the whole distribution; returns in percent, "
        "lower is better. t is Diebold-Mariano against FHS (Newey-West): below -2 is better than luck, above 2 worse. "
        "Kupiec p below .05 says that the number of losses beyond value at risk was wrong."
    )
    return "\n".join([*lines, "", note])


def _outcomes(tasks: Sequence[_Task], folder: Path, on_progress: OnProgress | None) -> dict[tuple[str, int], _Outcome]:
    folder.mkdir(parents=True, exist_ok=True)
    outcomes: dict[tuple[str, int], _Outcome] = {}
    spent: list[float] = []
    for number, task in enumerate(tasks):
        stem = folder / f"{task.name}-{task.seed}-{task.digest()}"
        outcome = _Outcome.load(stem)
        if outcome is None:
            waiting = (len(tasks) - number - 1) * float(np.mean(spent or [0.0]))
            title = f"{number + 1} of {len(tasks)}: {task.name}, seed {task.seed}"
            began = time.perf_counter()
            outcome = _forecast(task, _titled(on_progress, title, waiting))
            outcome.save(stem)
            spent.append(time.perf_counter() - began)
        outcomes[task.name, task.seed] = outcome
    return outcomes


def _forecast(task: _Task, on_progress: OnProgress) -> _Outcome:
    fit, _ = task.market.split(task.fit_until)
    began = time.perf_counter()
    generator, device = _fitted(task, fit, on_progress)
    seconds = time.perf_counter() - began
    forecasts = walk(
        generator,
        task.market,
        task.fit_until,
        n_paths=task.n_paths,
        seed=task.seed,
        refit_yearly=task.name == RIVAL,
        on_progress=on_progress,
    )
    return _Outcome(forecasts=forecasts, seconds=round(seconds, 3), device=device)


def _fitted(task: _Task, fit: Market, on_progress: OnProgress) -> tuple[Generator, str]:
    if task.config is None:
        return rivals()[task.name]().fit(fit), "CPU"
    from fingen_core.generators.neural import train  # torch, which the classical rivals do without

    generator: Any = train(fit, task.config, device=task.device, on_progress=on_progress)
    device = generator.info.get("device", task.device)
    return generator, str(device.get("label", "")) if isinstance(device, dict) else str(device)


def _rows(task: _Task, outcomes: Mapping[tuple[str, int], _Outcome]) -> pd.DataFrame:
    outcome, rival = outcomes[task.name, task.seed], outcomes.get((RIVAL, task.seed))
    compared = rival.forecasts if rival is not None and task.name != RIVAL else None
    facts: dict[str, Any] = {
        "seconds": outcome.seconds,
        "device": outcome.device,
        "commit": _commit(),
        "market": f"{task.market.name}, {task.market.n_assets} assets",
        "fit_until": task.fit_until,
        "n_days": len(outcome.forecasts.dates),
        "n_paths": task.n_paths,
    }
    table = summary(outcome.forecasts, compared).assign(**facts)
    table.insert(0, "generator", task.name)
    table.insert(1, "seed", task.seed)
    return table


def _readme_row(label: str, part: pd.DataFrame) -> str:
    names = [tail_name(tail) for tail in TAILS]

    def triple(group: str, metrics: Sequence[str], column: str, digits: int) -> str:
        chosen = part[part["group"] == group].groupby("metric")[column]
        means = [chosen.get_group(metric).mean() for metric in metrics]
        return "" if np.isnan(means).all() else " / ".join(_number(value, digits) for value in means)

    def spread(group: str, metrics: Sequence[str]) -> str:
        if part["seed"].nunique() < 2:
            return ""
        values = part[(part["group"] == group) & part["metric"].isin(metrics)].groupby("metric")["value"].std()
        return f" ± {_number(values.max(), 3)}"

    crps_t = triple("all", ["crps"], "t", 1)
    cells = [
        label,
        triple("all", names, "value", 3) + spread("all", names),
        triple("all", names, "t", 1),
        triple("equal weight", names, "value", 3) + spread("equal weight", names),
        triple("equal weight", names, "t", 1),
        triple("all", ["crps"], "value", 4) + (f" ({crps_t})" if crps_t else ""),
        triple("equal weight", [f"kupiec_{100 * tail:g}" for tail in TAILS], "value", 2),
        f"{part.groupby('seed')['seconds'].first().mean():.1f} s",
    ]
    return "| " + " | ".join(cells) + " |"


def _number(value: float, digits: int) -> str:
    """As the field prints them: no zero before the point, none with a minus."""
    text = f"{round(value, digits) + 0.0:.{digits}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def _titled(on_progress: OnProgress | None, title: str, waiting: float) -> Callable[[Progress], None]:
    """Reports of one task as those of the whole: its title in front, the wait for the others added."""

    def report(progress: Progress) -> None:
        if on_progress is not None:
            left = None if progress.seconds_left is None else progress.seconds_left + waiting
            on_progress(replace(progress, phase=f"{title}: {progress.phase}", seconds_left=left))

    return report


@cache
def _code_digest(name: str) -> str:
    """Digest of the code that a generator's forecasts depend on."""
    digest = hashlib.sha256()
    for part in (*_JUDGE, *_CODE[name]):
        path = _CORE / part
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def _commit() -> str:
    """Short hash of the checked-out commit, read from ``.git``; empty outside a checkout."""
    git = _CORE.parent / ".git"
    head = git / "HEAD"
    if not head.is_file():
        return ""
    text = head.read_text().strip()
    if not text.startswith("ref: "):
        return text[:7]
    reference = text.removeprefix("ref: ")
    if (git / reference).is_file():
        return (git / reference).read_text().strip()[:7]
    packed = git / "packed-refs"
    lines = packed.read_text().splitlines() if packed.is_file() else []
    return next((line[:7] for line in lines if line.endswith(f" {reference}")), "")

"""Generators against their rivals by the whole protocol: the tables that the README shows.

Each generator is fitted to the days up to a date, frozen, and judged on all later days; the rival on GJR-GARCH is
refitted every year, which is how it is used in practice and an advantage that the others do not get. Judgements are
kept on disk under a digest of everything they depend on, so that an interrupted benchmark goes on where it stopped and
a changed generator is never mistaken for the old one.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput, NotFound
from fingen_core.forecast.calibration import calibration
from fingen_core.forecast.starts import Evenings
from fingen_core.forecast.walk_forward import OnProgress
from fingen_core.generators.protocol.base import Generator
from fingen_core.generators.registry import LABELS, classical
from fingen_core.market import Market, spreadsheet
from fingen_core.settings import commit
from fingen_core.training.progress import Progress
from fingen_core.training.settings.config import preset
from fingen_core.validation.digests import code_digest, digest
from fingen_core.validation.judge import judge, reference
from fingen_core.validation.judged import Judged, Reference
from fingen_core.validation.protocol import Protocol, full
from fingen_core.validation.readme import readme_table
from fingen_core.validation.table import rows

__all__ = ["GENERATORS", "RIVAL", "USUAL", "Report", "build", "calibrations", "default_split", "readme_table", "run"]

RIVAL = "fhs-gjr"
"""What every other generator is compared with; it is refitted every year."""

GENERATORS: Mapping[str, str] = LABELS
"""Names of the generators that can be compared, and what tables call them."""

USUAL = ("vae", "gan", RIVAL, "fhs-ewma", "garch-normal", "random-walk", "historical", "block-bootstrap")
"""What is compared unless somebody names others: both models, and rivals from the simplest to the best."""

Report: TypeAlias = Callable[[pd.DataFrame, Sequence[Judged], Reference], str]
"""Makes the text of ``report.html``; charts live on a higher floor, so whoever calls hands it in."""

_NEURAL = ("vae", "gan")
_FIT_SHARE = 0.6


def run(
    market: Market,
    generators: Sequence[str] = USUAL,
    *,
    protocol: Protocol | None = None,
    fit_until: str | None = None,
    seeds: int = 5,
    out: Path,
    device: str = "auto",
    report: Report | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> pd.DataFrame:
    """Judge generators and write ``results.parquet`` and ``.csv``, ``calibration.csv`` and, with ``report``, a page.

    Parameters
    ----------
    market : Market
        All days, those of the fit and those of the test.
    generators : sequence of str
        Keys of ``GENERATORS``.
    protocol : Protocol, optional
        ``full`` of ``fit_until`` unless given.
    fit_until : ISO date, optional
        Last day of the fit; ``default_split`` unless given.
    seeds : int
        Trainings and draws of each generator, with seeds 0, 1, ...
    out : Path
        Folder of the tables; judgements are kept in ``out/judged`` and used again.
    device : str
        Where neural generators are trained.
    report : callable, optional
        Makes ``report.html`` of the table, the judgements and the reference.
    on_progress : callable, optional
        Told what is being done, and the seconds left of the whole benchmark.
    should_stop : callable, optional
        Asked often; a benchmark that is started again goes on with the judgement it was stopped in.

    Returns
    -------
    DataFrame
        Tidy: the columns of ``table.COLUMNS``, and seconds (fit), seconds_judge, device, commit, market, fit_until,
        n_paths.

    Raises
    ------
    InvalidInput
        If a name is unknown or nothing is left to test.
    Stopped
        When ``should_stop`` turned true.
    """
    unknown = [name for name in generators if name not in GENERATORS]
    if unknown or not generators or seeds < 1:
        raise InvalidInput(
            f"generators {', '.join(unknown) or 'none'} with {seeds} seeds: choose among {', '.join(GENERATORS)} and "
            "at least one seed"
        )
    chosen = protocol or full(fit_until or default_split(market))
    history = reference(market, chosen)  # refuses a date that leaves nothing to test before anything is trained
    names = sorted(set(generators), key=lambda name: (name != RIVAL, list(GENERATORS).index(name)))
    work = _Work(market, chosen, history, device, out / "judged", on_progress, should_stop)
    judged = {(name, seed): work.judged(name, seed) for name, seed in work.plan(names, seeds)}
    table = pd.concat([_rows(one, judged.get((RIVAL, seed)), history) for (_, seed), one in judged.items()])
    table = table.reset_index(drop=True)
    table.to_parquet(out / "results.parquet", index=False)
    (out / "results.csv").write_text(spreadsheet.to_csv(table, digits=6), encoding="utf-8")
    calibrated = calibrations(list(judged.values()))
    (out / "calibration.csv").write_text(spreadsheet.to_csv(calibrated, digits=6), encoding="utf-8")
    if report is not None:
        (out / "report.html").write_text(report(table, list(judged.values()), history), encoding="utf-8")
    return table


def calibrations(judged: Sequence[Judged]) -> pd.DataFrame:
    """Calibration of all forecasts, with columns seed and those of ``_facts``; t is against ``RIVAL`` of that seed."""
    parts = []
    for seed in sorted({one.seed for one in judged}):
        same = {one.key: one for one in judged if one.seed == seed}
        for horizon in sorted({days for one in same.values() for days in one.horizons}):
            made = {key: one.forecasts(horizon) for key, one in same.items() if horizon in one.horizons}
            for group in ("equal weight", "all"):
                if group == "all" or all(group in part.portfolios for part in made.values()):
                    against = RIVAL if RIVAL in made else ""
                    parts.append(calibration(made, against=against, group=group).assign(seed=seed))
    return pd.concat(parts, ignore_index=True).assign(**_facts(judged[0]))


def default_split(market: Market) -> str:
    """The day at 60 % of a market's days; for the bundled market the end of 2012, as in everything written about it."""
    row = int(_FIT_SHARE * market.n_steps)
    crossing = pd.Timestamp("2012-12-31")
    if market.source.kind == "bundled" and market.dates[0] < crossing < market.dates[-1]:
        return f"{crossing:%Y-%m-%d}"
    return f"{market.dates[row]:%Y-%m-%d}"


def build(
    key: str, fit: Market, *, seed: int, device: str = "auto", on_progress: OnProgress | None = None
) -> tuple[Generator, str]:
    """A generator fitted to ``fit`` and where that was done, for people.

    Parameters
    ----------
    key : str
        Of ``GENERATORS``; neural ones are trained with the validated default settings.
    fit : Market
    seed : int
        Of a training; classical fits have no chance in them.
    device : str
        Where to train.
    on_progress : callable, optional
    """
    if key in classical():
        return classical()[key]().fit(fit), "CPU"
    # torch, which the classical generators do without
    if key in _NEURAL:
        from fingen_core.generators.filtered.generator import train

        config = preset("balanced", "vae" if key == "vae" else "gan", seed=seed)
        generator: Any = train(fit, config, device=device, on_progress=on_progress or _ignore)
    else:
        from fingen_core.generators.filtered.ablations import build as build_ablation

        generator = build_ablation(key, fit, seed=seed, device=device, on_progress=on_progress or _ignore)
    where = getattr(generator, "info", {}).get("device", device)
    return generator, str(where.get("label", "")) if isinstance(where, dict) else str(where)


@dataclass
class _Work:
    """Judgements of a benchmark: what is kept is read, what is missing is made."""

    market: Market
    protocol: Protocol
    history: Reference
    device: str
    folder: Path
    on_progress: OnProgress | None
    should_stop: Callable[[], bool] | None
    _fitted: dict[str, tuple[Evenings, float, str]] = field(default_factory=dict)
    _tasks: list[tuple[str, int]] = field(default_factory=list)
    _spent: dict[str, list[float]] = field(default_factory=dict)

    def plan(self, names: Sequence[str], seeds: int) -> list[tuple[str, int]]:
        """Tasks in their order: all generators of a seed before the next seed, so that seconds left are known soon."""
        self._tasks = [(name, seed) for seed in range(seeds) for name in names]
        return self._tasks

    def judged(self, key: str, seed: int) -> Judged:
        """The judgement of one task."""
        folder = self._folder(key, seed)
        kept = _kept(folder)
        if kept is not None:
            return kept
        began = time.perf_counter()
        report = _titled(self.on_progress, self._title(key, seed), self._waiting(key, seed))
        evenings, seconds, where = self._evenings(key, seed, report)
        judged = judge(
            evenings.generator,
            self.market,
            self.protocol,
            key=key,
            seed=seed,
            refit_yearly=evenings.refit_yearly,
            seconds_fit=seconds,
            device=where,
            against=self.history,
            evenings=evenings,
            on_progress=report,
            should_stop=self.should_stop,
        )
        judged.save(folder)
        self._spent.setdefault(key, []).append(time.perf_counter() - began)
        return judged

    def _evenings(self, key: str, seed: int, report: OnProgress) -> tuple[Evenings, float, str]:
        """Fitted generator with its states; what has no chance in it is fitted once for all seeds."""
        if key in self._fitted:
            return self._fitted[key]
        began = time.perf_counter()
        fit, _ = self.market.split(self.protocol.fit_until)
        generator, where = build(key, fit, seed=seed, device=self.device, on_progress=report)
        seconds = time.perf_counter() - began
        evenings = Evenings(generator, self.market, self.protocol.fit_until, refit_yearly=key == RIVAL)
        if key in classical():
            self._fitted[key] = evenings, seconds, where
        return evenings, seconds, where

    def _folder(self, key: str, seed: int) -> Path:
        settings = preset("balanced", "gan" if key == "gan" else "vae", seed=seed).digest()
        own = [] if key in classical() else [settings, self.device]
        parts = [key, seed, self.market.digest(), self.protocol.digest(), code_digest(key), *own]
        return self.folder / f"{key}-{seed}-{digest(parts)}"

    def _title(self, key: str, seed: int) -> str:
        return f"{self._tasks.index((key, seed)) + 1} of {len(self._tasks)}: {key}, seed {seed}"

    def _waiting(self, key: str, seed: int) -> float:
        """Expected seconds of the tasks after this one that are not kept yet."""
        later = self._tasks[self._tasks.index((key, seed)) + 1 :]
        open_ones = [name for name, number in later if not (self._folder(name, number) / "facts.json").exists()]
        known = [seconds for several in self._spent.values() for seconds in several]
        usual = float(np.mean(known)) if known else 0.0
        return sum(float(np.mean(self._spent.get(name, [usual]))) for name in open_ones)


def _kept(folder: Path) -> Judged | None:
    """The judgement in a folder; ``None`` where there is none, it was not finished, or it is damaged: judged again."""
    try:
        return Judged.load(folder)
    except (NotFound, InvalidInput):
        return None


def _rows(judged: Judged, rival: Judged | None, history: Reference) -> pd.DataFrame:
    spent = {"seconds": judged.seconds_fit, "seconds_judge": judged.seconds_judge, "device": judged.device}
    return rows(judged, rival, history).assign(**spent, **_facts(judged))


def _facts(judged: Judged) -> dict[str, Any]:
    """What a table says of all its rows."""
    return {
        "commit": judged.commit or commit(),
        "market": f"{judged.market_name}, {len(judged.tickers)} asset{'s' if len(judged.tickers) > 1 else ''}",
        "fit_until": judged.protocol.fit_until,
        "n_paths": judged.protocol.n_paths,
    }


def _titled(on_progress: OnProgress | None, title: str, waiting: float) -> OnProgress:
    """Reports of one task as those of the whole: its title in front, the wait for the others added."""

    def report(progress: Progress) -> None:
        if on_progress is not None:
            left = None if progress.seconds_left is None else progress.seconds_left + waiting
            on_progress(replace(progress, phase=f"{title}: {progress.phase}", seconds_left=left))

    return report


def _ignore(_: Progress) -> None:
    return None

"""What a validation does: fit to the early days, judge the model and its rivals on the later ones, draw the verdict.

Whatever is through is kept, so a validation that was stopped goes on with the next generator.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from fingen_core.errors import FinGenError, InvalidInput, Stopped
from fingen_core.forecast.walk_forward import OnProgress
from fingen_core.generators import registry
from fingen_core.generators.filtered.generator import NeuralGenerator, train
from fingen_core.generators.protocol.base import Generator
from fingen_core.market import Market, library, spreadsheet
from fingen_core.metrics import literature
from fingen_core.runs.folder import RunFolder
from fingen_core.runs.validations import ValidationFolder, write_lights
from fingen_core.training.estimate import estimate
from fingen_core.training.progress import Progress
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.training.steering import CHANGES, read_changes, write
from fingen_core.validation.judge import judge, long_run, reference
from fingen_core.validation.judged import Judged, Reference
from fingen_core.validation.protocol import Protocol
from fingen_core.validation.table import main_rival, rows
from fingen_core.validation.verdict import verdict

__all__ = ["Stages", "conclude", "judge_all"]

_SECONDS = {"reference": 6.0, "quick": 5.0, "full": 60.0}
"""About what a stage takes on two cores, to share the bar among stages; seconds left come from the clock."""

_PAPER_PATHS = 84
"""Paths of 252 days give about a thousand windows of 21."""

_log = logging.getLogger("fingen.worker")

ShouldStop: TypeAlias = Callable[[], bool]


def judge_all(folder: ValidationFolder, *, on_progress: OnProgress, should_stop: ShouldStop) -> None:
    """Do all that the request in ``folder`` asks for; raises what training and judging raise."""
    request = folder.read("request.json")
    protocol = Protocol.from_json((folder / "protocol.json").read_text(encoding="utf-8"))
    market = library.read((folder if request["kind"] == "after" else folder.run) / "market")
    early = market.between(end=protocol.fit_until)
    stages = Stages(_weights(folder.run, request, early), on_progress)
    history = _reference(folder, market, protocol, stages)

    def judged(key: str, build: Callable[[OnProgress], tuple[Generator, float, str]], *, refit: bool) -> Judged:
        kept = folder / "judged" / key
        if (kept / "facts.json").exists():
            stages.skip(f"fit {key}", f"judge {key}")
            return Judged.load(kept)
        if should_stop():
            raise Stopped("stopped on request between two generators: go on to judge the rest")
        generator, seconds, device = build(stages.of(f"fit {key}"))
        found = judge(
            generator,
            market,
            protocol,
            key=key,
            seed=seed,
            refit_yearly=refit and hasattr(generator, "refit"),
            seconds_fit=seconds,
            device=device,
            against=history,
            on_progress=stages.of(f"judge {key}"),
            should_stop=should_stop,
        )
        if key in request["rivals"]:  # called the same in sentences, charts and tables
            found = replace(found, label=registry.LABELS.get(key, found.label))
        if thorough:
            _keep_papers(folder, key, lambda: _papers(generator, early, protocol, seed, should_stop))
        found.save(kept)
        return found

    config = _config(folder.run)
    seed, thorough = config.seed, request["kind"] != "quick"
    ours = judged(config.model, partial(_model, folder, request, early, should_stop), refit=False)
    rivals = [judged(key, partial(_rival, key, early), refit=thorough) for key in request["rivals"]]
    if thorough:
        windows = literature.disjoint_windows(early.log_returns())
        _keep_papers(folder, "floor", lambda: literature.paper_floors(windows, seed=seed))
    conclude(folder, ours, rivals, history)


def conclude(folder: RunFolder, ours: Judged, rivals: list[Judged], history: Reference) -> None:
    """Write the verdict and the table of all numbers."""
    table = pd.concat(
        [rows(ours, main_rival(ours, rivals), history), *(rows(rival, None, history) for rival in rivals)],
        ignore_index=True,
    )
    (folder / "table.csv").write_text(spreadsheet.to_csv(table), encoding="utf-8")
    write_lights(folder, verdict(ours, rivals, history))


def _papers(
    generator: Generator, early: Market, protocol: Protocol, seed: int, should_stop: ShouldStop
) -> dict[str, float]:
    """Scores of the literature on windows of paths of their own, beside those of the days of the fit."""
    few = protocol.replace(n_paths_long=_PAPER_PATHS, n_starts=min(_PAPER_PATHS, protocol.n_starts))
    paths = long_run(generator, early, few, seed=seed + 1, should_stop=should_stop)
    return literature.paper_metrics(
        literature.disjoint_windows(early.log_returns()), literature.disjoint_windows(paths), seed=seed
    )


def _keep_papers(folder: RunFolder, key: str, measure: Callable[[], dict[str, float]]) -> None:
    """What papers report stands beside the verdict and never in its way: a market too short for it goes without."""
    known = folder.read("papers.json")
    if key not in known:
        try:
            folder.write("papers.json", {**known, key: measure()})
        except InvalidInput as error:
            _log.info("what papers report was not measured for %s: %s", key, error)


class Stages:
    """One bar over stages that each count their own steps.

    Parameters
    ----------
    weights : mapping of str to float
        Stage to about how long it takes, in any unit, in order.
    on_progress : callable
        Told a ``Progress`` whose steps are thousandths of the whole.
    """

    def __init__(self, weights: Mapping[str, float], on_progress: OnProgress) -> None:
        self._weights, self._tell = dict(weights), on_progress
        self._skipped: set[str] = set()
        self._begun = time.monotonic()

    def skip(self, *stages: str) -> None:
        """These were done before: the bar is about the others."""
        self._skipped |= set(stages)

    def of(self, stage: str, phase: str = "") -> OnProgress:
        """What the work of one stage reports to; ``phase`` is what people read instead of its own words."""

        def report(progress: Progress) -> None:
            share = self._share(stage, progress.step / max(progress.n_steps, 1))
            spent = time.monotonic() - self._begun
            self._tell(
                Progress(
                    phase=phase or progress.phase,
                    step=round(1000 * share),
                    n_steps=1000,
                    seconds_left=spent * (1 - share) / share if share > 0.01 else None,
                )
            )

        return report

    def _share(self, stage: str, within: float) -> float:
        weights = {name: weight for name, weight in self._weights.items() if name not in self._skipped}
        names = list(weights)
        done = sum(weights[name] for name in names[: names.index(stage)])
        return (done + weights[stage] * min(within, 1.0)) / sum(weights.values())


def _weights(run: RunFolder, request: Mapping[str, Any], early: Market) -> dict[str, float]:
    config, kind = _config(run), str(request["kind"])
    judging = _SECONDS["quick" if kind == "quick" else "full"]
    fitting = estimate(config, early.n_steps, early.n_assets)[0] if kind == "full" else 1.0
    weights = {"reference": _SECONDS["reference"], f"fit {config.model}": fitting, f"judge {config.model}": judging}
    for key in request["rivals"]:
        weights |= {f"fit {key}": 2.0, f"judge {key}": judging}
    return weights


def _config(run: RunFolder) -> TrainingConfig:
    return TrainingConfig.from_json((run / "config.json").read_text(encoding="utf-8"))


def _reference(folder: RunFolder, market: Market, protocol: Protocol, stages: Stages) -> Reference:
    kept = folder / "reference"
    if (kept / "facts.json").exists():
        stages.skip("reference")
        return Reference.load(kept)
    report = stages.of("reference", "Measuring history")
    report(Progress(phase="", step=0, n_steps=1))
    found = reference(market, protocol)
    found.save(kept)
    return found


def _model(
    folder: ValidationFolder, request: Mapping[str, Any], early: Market, should_stop: ShouldStop, report: OnProgress
) -> tuple[Generator, float, str]:
    """The run's model as it was, or is, on the last day of the fit; with the seconds it took and the device."""
    if request["kind"] == "full":
        generator = _trained_anew(folder, early, should_stop, report)
    else:
        generator = NeuralGenerator.load(folder.run / "held-out" if request["kind"] == "quick" else folder.run.path)
    last = generator.info.get("last_date", "")
    if last > request["fit_until"]:
        raise FinGenError(
            f"the model has learned from days up to {last}, later than {request['fit_until']}: judge it on later days"
        )
    return _any(generator), float(generator.info.get("seconds") or 0.0), _device(generator.info)


def _trained_anew(
    folder: ValidationFolder, early: Market, should_stop: ShouldStop, report: OnProgress
) -> NeuralGenerator:
    place: Path = folder / "model"
    if (place / "generator.json").exists():
        return NeuralGenerator.load(place)
    place.mkdir(exist_ok=True)
    if changes := read_changes(folder.run.path):  # they belong to the settings
        write(place / CHANGES, {"changes": [change.as_dict() for change in changes]})

    def in_words(progress: Progress) -> None:
        report(Progress(phase=f"Training anew: {progress.phase}", step=progress.step, n_steps=progress.n_steps))

    device = folder.run.read("run.json").get("device", "auto")
    return train(early, _config(folder.run), folder=place, device=device, on_progress=in_words, should_stop=should_stop)


def _rival(key: str, early: Market, report: OnProgress) -> tuple[Generator, float, str]:
    report(Progress(phase=f"Fitting {registry.LABELS[key]}", step=0, n_steps=1))
    begun = time.perf_counter()
    generator = registry.classical()[key]().fit(early)
    return generator, time.perf_counter() - begun, "CPU"


def _device(info: Mapping[str, Any]) -> str:
    device = info.get("device", "")
    return str(device.get("label", "") if isinstance(device, Mapping) else device)


def _any(generator: Any) -> Generator:
    """A neural generator's label is computed, which the protocol's type does not foresee."""
    found: Generator = generator
    return found

"""A validation with everything a real one has, in seconds: the model is a bootstrap that goes by the name of a VAE."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.jobs.queue import validation
from fingen_core.market import Market
from fingen_core.runs import Run, RunStore
from fingen_core.runs.folder import RunFolder, now
from fingen_core.runs.validations import Kind, ValidationFolder, create
from fingen_core.training.settings.config import preset
from tests.validation_support import FIT_UNTIL, small, toy_market


def finished_run(store: RunStore, market: Market | None = None, name: str = "First") -> Run:
    """A run that claims to have a model; nothing draws from it."""
    run = store.create(market or toy_market(), preset("quick"), name=name)
    folder = RunFolder(run.folder)
    folder.change(status="done", started=now(), ended=now())
    (folder / "generator.safetensors").write_bytes(b"")
    (folder / "generator.json").write_text("{}")
    (folder / "held-out").mkdir()
    folder2 = RunFolder(folder / "held-out")
    folder2.write("generator.json", {"last_date": FIT_UNTIL})
    return store.get(run.id)


def bootstrap_as_model(patch: pytest.MonkeyPatch, wrap: Any = lambda generator: generator) -> None:
    """What a validation trains or loads is a bootstrap, made worse by ``wrap`` if asked."""

    def model(folder: Any, request: Any, early: Market, should_stop: Any, report: Any) -> tuple[Any, float, str]:
        return wrap(StationaryBootstrap().fit(early)), 1.5, "CPU"

    patch.setattr(validation, "_model", model)


def judged_folder(
    run: Run, kind: Kind = "full", rivals: tuple[str, ...] = ("fhs-gjr", "block-bootstrap")
) -> ValidationFolder:
    """A finished validation of a run, judged now."""
    folder = create(RunFolder(run.folder), kind=kind, protocol=small(n_starts=4), rivals=rivals)
    validation.judge_all(folder, on_progress=lambda _: None, should_stop=lambda: False)
    folder.change(status="done", started=now(), ended=now())
    return folder


def copied(template: Path, run: Run) -> ValidationFolder:
    """The same findings for another run."""
    target = Path(run.folder) / "validations" / template.name
    shutil.copytree(template, target)
    return ValidationFolder(target)

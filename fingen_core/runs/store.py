"""Runs on disk: made, listed, named, hidden, exported.

A run's folder is the truth for this machine; what is shown is derived from it at each look, so a killed worker cannot
leave a run that claims to be running. The MLflow record follows a little later.
"""

import contextlib
import io
import json
import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from fingen_core import settings
from fingen_core.errors import FinGenError, InvalidInput, NotFound, Unreadable
from fingen_core.runs import validations
from fingen_core.runs.damage import damage_of
from fingen_core.runs.folder import ALPHABET, RunFolder, moment, new_id, now, write_text
from fingen_core.runs.mlflow_record import Record
from fingen_core.runs.naming import LONGEST_NAME, default_name
from fingen_core.runs.run import Run
from fingen_core.runs.validations import Validation
from fingen_core.storage import BROKEN, Damaged, read_object, reason, unreadable, well_typed
from fingen_core.training.settings.picture_config import Configuration, read_config
from fingen_core.training.steering import CHANGES, RateChange

if TYPE_CHECKING:  # pandas takes longer to import than a waiting worker should need
    import pandas as pd

    from fingen_core.market import Market
    from fingen_core.validation.verdict import Light

__all__ = ["RunStore", "card_facts", "card_lights", "checked_name", "lineage"]

_ID = re.compile(f"[{ALPHABET}]{{12}}")
_EXPORTED = (
    "generator.safetensors",
    "generator.json",
    "config.json",
    "run.json",
    "curves.csv",
    "changes.json",
)
_MARKET_KINDS: Mapping[str, type] = MappingProxyType(
    {"name": str, "digest": str, "tickers": list, "first": str, "last": str, "n_steps": int, "source": str}
)


Runs: TypeAlias = list[Run]
Validations: TypeAlias = list[Validation]
Damages: TypeAlias = list[Damaged]
Folders: TypeAlias = list[RunFolder]  # inside the class, "list" is its method


class RunStore:
    """All runs under one home.

    Parameters
    ----------
    home : Path, optional
        Folder that holds ``runs/``; ``FINGEN_HOME`` by default.
    """

    def __init__(self, home: Path | None = None) -> None:
        self.home = (home or settings.home()).resolve()
        self.path = self.home / "runs"
        self.path.mkdir(parents=True, exist_ok=True)
        self.record = Record(self.home)
        self._curves: Any = None

    def create(
        self,
        market: "Market",
        config: Configuration,
        *,
        name: str = "",
        device: str = "auto",
        changes: Sequence[RateChange] = (),
        sweep: str = "",
    ) -> Run:
        """Make a run that waits to be submitted; its folder holds a copy of the prices.

        Without a name it gets one that no other run has; ``sweep`` is the id of the sweep that it is a trial of.
        It makes ``changes`` of its learning rates by itself, at their steps, as the run did that they come from.

        Raises
        ------
        InvalidInput
            If the name is too long or has control characters.
        FinGenError
            If the disk is full.
        """
        title = checked_name(name or default_name(config, market.name, self.names()))
        run_id = new_id()
        draft = self.path / f".new-{run_id}"
        try:
            draft.mkdir()
            folder = RunFolder(draft)
            _fill(folder, market, config)
            if changes:
                folder.write(CHANGES, {"changes": [change.as_dict() for change in changes]})
            facts = {"id": run_id, "created": now(), "device": device, "market": lineage(market)}
            folder.write("run.json", {**facts, "sweep": sweep} if sweep else facts)
            write_text(folder / "name", title)
            draft.rename(self.path / run_id)
        except OSError as error:
            raise FinGenError(
                f"the run cannot be written to {self.path} ({error.strerror}): free some space or mend the rights, "
                "then try again"
            ) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return self.get(run_id)

    def folder(self, run_id: str) -> RunFolder:
        """The folder of a run; ``NotFound`` if there is none, or the id is none."""
        folder = RunFolder(self.path / run_id)
        if not _ID.fullmatch(run_id) or not folder.path.is_dir():
            raise NotFound(f"there is no run {run_id[:40]!r}: choose one on the Runs page")
        return folder

    def task(self, task: str) -> RunFolder:
        """The folder that a worker works in, of a run or of a validation; ``NotFound`` if there is none."""
        run_id, _, validation_id = task.partition(".")
        run = self.folder(run_id)
        if not validation_id:
            return run
        folder = validations.ValidationFolder(validations.path_of(self.home, task))
        if not _ID.fullmatch(validation_id) or not folder.path.is_dir():
            raise NotFound(f"run {run_id} has no validation {validation_id[:40]!r}: choose one on the Validation page")
        return folder

    def get(self, run_id: str) -> Run:
        """The run as it stands now, deleted ones too; ``NotFound`` if there is none."""
        return _run(self.folder(run_id))

    def list(self, *, deleted: bool = False) -> Runs:
        """Runs, the newest first; with ``deleted``, those that can be restored instead."""
        found = []
        for folder in self.folders():
            if folder.is_deleted() != deleted:
                continue
            with contextlib.suppress(Unreadable):  # see damaged()
                found.append(_run(folder))
        return found

    def damaged(self) -> Damages:
        """Runs and validations that cannot be read any more, the newest first."""
        found = []
        for folder in self.folders():
            if not folder.is_deleted():
                found += damage_of(folder, partial(_run, folder))
                found += validations.damaged(folder)
        return found

    def names(self) -> set[str]:
        """Names of all runs, deleted ones too."""
        return {folder.name() for folder in self.folders()}

    def folders(self) -> Folders:
        """Folders of all runs, deleted ones too, the newest first."""
        names = sorted(
            (path.name for path in self.path.iterdir() if _ID.fullmatch(path.name) and path.is_dir()), reverse=True
        )
        return [RunFolder(self.path / name) for name in names]

    def validations(self, run_id: str) -> Validations:
        """Validations of a run as they stand now, the newest first."""
        return validations.readable(self.folder(run_id))

    def validation(self, run_id: str, validation_id: str) -> Validation:
        """One validation of a run, deleted ones too; ``NotFound`` if there is none."""
        return validations.read(self.task(f"{run_id}.{validation_id}"), run_id)

    def validating(self) -> Validations:
        """Validations that wait or run, of all runs that are not deleted; those at work first."""
        found = [
            validation
            for run in self.folders()
            if not run.is_deleted()
            for validation in validations.readable(run)
            if validation.is_active
        ]
        return sorted(found, key=lambda validation: validation.status != "running")

    def tasks(self) -> Folders:
        """Everything that a worker may have in its hands: runs and their validations."""
        return [task for run in self.folders() for task in (run, *validations.newest_first(run))]

    def rename(self, run_id: str, name: str) -> None:
        """Give a run another name; ``InvalidInput`` if it is empty or too long."""
        write_text(self.folder(run_id) / "name", checked_name(name))

    def delete(self, run_id: str) -> None:
        """Hide a run, stopping it first if it is active; ``restore`` brings it back as it was."""
        folder = self.folder(run_id)
        if folder.state().status in {"queued", "running"}:
            folder.flag("stop")
        folder.flag("deleted")

    def restore(self, run_id: str) -> None:
        """Undo ``delete``; a run that was active is stopped then and can be resumed."""
        self.folder(run_id).flag("deleted", on=False)

    def purge(self, run_id: str) -> None:
        """Remove a deleted run's files for good; ``InvalidInput`` if it was not deleted or is still being stopped."""
        folder = self.folder(run_id)
        live = any(task.is_live() for task in (folder, *validations.newest_first(folder)))
        if not folder.is_deleted() or live:
            raise InvalidInput(f"run {run_id} is in use: delete it first, and wait until it has stopped")
        # Out of sight in one move: a half-removed folder must not look like a run.
        shutil.rmtree(folder.path.rename(self.path / f".old-{run_id}"))

    def market(self, run_id: str) -> "Market":
        """The prices that a run was trained on; ``Unreadable`` if they were damaged."""
        from fingen_core.market import library

        folder = self.folder(run_id)
        try:
            return library.read(folder / "market")
        except NotFound as problem:
            raise Unreadable(
                f"the prices that run {folder.name()} was trained on are missing or damaged in {folder.path}: delete "
                "the run, and train again on prices loaded anew"
            ) from problem

    def curves(self, run_id: str) -> "pd.DataFrame":
        """Losses and scores so far: columns step, phase, name, value, ordered by step.

        Losses are called "player/term" ("vae/kl"), validation scores have no slash ("fz0_2.5"). Only what is new
        since the last call is read from disk.
        """
        from fingen_core.runs.curves import CurveReader

        self._curves = self._curves or CurveReader()
        table: pd.DataFrame = self._curves.read(self.folder(run_id) / "curves.csv")
        return table

    def card(self, run_id: str) -> dict[str, Any]:
        """The model card as JSON values; of a run without a model, what is known so far."""
        from fingen_core.runs import card

        folder = self.folder(run_id)
        written = folder.read("card.json")
        if written:  # when the training ended; the run may have got another name and a better validation since
            found = {**written, "name": folder.name(), **card_lights(validations.lights_of(folder))}
            with contextlib.suppress(*BROKEN):  # a card that cannot be written out was damaged
                card.markdown(found)
                return found
        return card.build(card_facts(_run(folder)), folder.read("config.json"), {})

    def card_markdown(self, run_id: str) -> str:
        """The model card for people."""
        from fingen_core.runs import card

        return card.markdown(self.card(run_id))

    def log(self, run_id: str, longest: int = 20_000) -> str:
        """The end of what the worker wrote, tracebacks included."""
        path = self.folder(run_id) / "log.txt"
        return path.read_text(encoding="utf-8", errors="replace")[-longest:] if path.exists() else ""

    def export(self, run_id: str) -> bytes:
        """A zip of the model, its settings, curves and card."""
        folder = self.folder(run_id)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in _EXPORTED:
                if (folder / name).exists():
                    archive.write(folder / name, f"{run_id}/{name}")
            archive.writestr(f"{run_id}/card.json", json.dumps(self.card(run_id), indent=2))
            archive.writestr(f"{run_id}/card.md", self.card_markdown(run_id))
        return buffer.getvalue()

    def unrecorded(self, rested: float = 0.0) -> Folders:
        """Runs that ended at least ``rested`` seconds ago and whose MLflow record is missing or out of date."""
        before = (datetime.now(UTC) - timedelta(seconds=rested)).isoformat(timespec="milliseconds") if rested else None
        return [
            folder for folder in self.folders() if _is_at_rest(folder, before) and not self.record.is_current(folder)
        ]

    def sync(self) -> bool:
        """Bring the MLflow record up to date with all runs at rest; whether all of it worked. Imports MLflow."""
        pushed = [self.record.push(folder) for folder in self.unrecorded()]
        return all(pushed)


def _is_at_rest(folder: RunFolder, before: str | None) -> bool:
    """Whether it has ended; with a moment, before it (without one, a clock that was set back does not matter)."""
    state = folder.present()
    return state.status not in {"queued", "running"} and (before is None or state.ended <= before)


def card_facts(run: Run) -> dict[str, Any]:
    """What the model card says about the run itself."""
    folder = RunFolder(run.folder)
    facts = folder.read("run.json")
    return {**facts, "name": run.name, "status": run.status, **card_lights(run.lights)} | {
        name: when.isoformat(timespec="seconds") if (when := getattr(run, name)) else ""
        for name in ("created", "started", "ended")
    }


def card_lights(lights: "tuple[Light, ...]") -> dict[str, Any]:
    """What the model card says about its validation."""
    return {
        "validation": [{name: getattr(light, name) for name in ("question", "color", "sentence")} for light in lights]
    }


def _fill(folder: RunFolder, market: "Market", config: Configuration) -> None:
    from fingen_core.market import library

    library.write(market, folder / "market")
    write_text(folder / "config.json", config.to_json())
    folder.change(status="queued")


def lineage(market: "Market") -> dict[str, Any]:
    """Where the prices came from, for the card."""
    source = market.source
    return {
        "name": market.name,
        "digest": market.digest(),
        "tickers": list(market.tickers),
        "first": f"{market.dates[0]:%Y-%m-%d}",
        "last": f"{market.dates[-1]:%Y-%m-%d}",
        "n_steps": market.n_steps,
        **({"step": stored} if (stored := market.step.as_dict()) else {}),
        "source": ", ".join(filter(None, [source.kind, source.detail, source.retrieved, source.note])),
    }


def _run(folder: RunFolder) -> Run:
    with unreadable(f"run {folder.id}", "delete it where the Runs page lists what is damaged"):
        return _read(folder)


def _read(folder: RunFolder) -> Run:
    facts, state, progress = read_object(folder / "run.json"), folder.present(), folder.progress()
    market = _as_written(facts["market"], _MARKET_KINDS, "market")
    _as_written(facts, {"created": str, "device": str, "market": dict}, "run")
    return Run(
        id=folder.id,
        name=folder.name(),
        status=state.status,
        config=_settings(folder / "config.json"),
        market_digest=market["digest"],
        market_name=market["name"],
        tickers=tuple(map(str, market["tickers"])),
        created=datetime.fromisoformat(facts["created"]),
        started=moment(state.started),
        ended=moment(state.ended),
        error=state.error,
        progress=progress,
        scores=progress.get("scores") or {},
        rivals=progress.get("rivals") or {},
        lights=validations.lights_of(folder),
        folder=folder.path,
        device=str(facts["device"]),
        deleted=folder.is_deleted(),
        sweep=str(facts.get("sweep", "")),
    )


def _settings(path: Path) -> Configuration:
    found = read_object(path)
    try:
        return read_config(json.dumps(found))
    except BROKEN as error:
        raise Unreadable(f"{path.name} {reason(error)}") from error


def _as_written(found: Any, kinds: Mapping[str, type], what: str) -> Mapping[str, Any]:
    """``found``, if all of its values that ``kinds`` names are of that kind."""
    odd = [name for name in kinds if name in found and name not in well_typed(found, kinds)]
    if odd:
        raise TypeError(f"{odd[0]} of its {what} is {str(found[odd[0]])[:40]}")
    return dict(found)


def checked_name(name: str, whose: str = "a run's name") -> str:
    """A name without spaces too many; ``InvalidInput`` if it is empty, too long or cannot be printed."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput(f"{whose} of {len(name)} characters: use 1 to {LONGEST_NAME} that can be printed")
    return name

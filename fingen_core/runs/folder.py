"""The folder of one run: the contract between pages, workers and schedulers.

::

    run.json        what never changes: market, tickers, device, when it was made
    config.json     the settings
    market.*        the prices, so that a run can be repeated when its source is gone
    name            the name that people gave it
    state.json      status and times; written only by whoever holds ``lock``
    lock            held by the worker as long as it lives: that is what "running" means
    stop            somebody asked it to stop
    pause, step     somebody holds it, or lets it do some steps; see ``training.steering``
    rates.json      learning rates that somebody wants it to take
    changes.json    learning rates that were changed while it trained, with their steps
    snapshots.npz   what it generated along the way, see ``training.snapshots``
    deleted         hidden from lists, until restored
    progress.json   the last report of the training, with the time it was made
    curves.csv      all losses and scores: step, phase, name, value
    log.txt         what the worker said, tracebacks included
    checkpoint.*    where a resumed training goes on
    generator.*     the model
    card.json       the model card, also as card.md
    record.json     what the tracking server already knows
    held-out/       the model as it was before it saw the held-out days
    validations/    one folder per validation, see ``runs.validations``
"""

import json
import math
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fingen_core.errors import Unreadable
from fingen_core.storage import numbers, read_object, well_typed
from fingen_core.storage.locks import is_held
from fingen_core.types import RUN_STATUSES, RunStatus

__all__ = ["ALPHABET", "RunFolder", "State", "WithStatus", "moment", "new_id", "now", "tail", "write_text"]

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Letters and digits of ids: none that are easily mistaken for each other."""


@dataclass(frozen=True, kw_only=True)
class State:
    """Where a run stands, as last written; a dead worker cannot correct it, see :meth:`RunFolder.status`."""

    status: RunStatus = "queued"
    started: str = ""
    ended: str = ""
    error: str = ""
    pid: int = 0
    pid_started: float = 0.0
    launches: int = 0


_STATE_KINDS: Mapping[str, type | tuple[type, ...]] = MappingProxyType(
    {
        "status": str,
        "started": str,
        "ended": str,
        "error": str,
        "pid": int,
        "pid_started": (int, float),
        "launches": int,
    }
)
_NO_STATE = "Its state.json is missing or damaged, so nobody knows how the {work} ended: resume it, or delete it."
_NUMBERED = ("losses", "scores", "rivals")
_COUNTED = ("step", "n_steps", "seconds_left", "throughput", "seconds")
_REPORT_KINDS: Mapping[str, type | tuple[type, ...]] = MappingProxyType(
    {
        "phase": str,
        "step": int,
        "n_steps": int,
        "seconds_left": (int, float),
        "throughput": (int, float),
        "losses": dict,
        "scores": dict,
        "rivals": dict,
        "sample": list,
        "findings": list,
        "paused": bool,
        "seconds": (int, float),
        "heartbeat": str,
    }
)


class WithStatus:
    """Base of what waits, works and ends: trainings, validations and sweeps."""

    status: RunStatus

    @property
    def is_active(self) -> bool:
        """Whether it waits or works."""
        return self.status in {"queued", "running"}

    @property
    def can_resume(self) -> bool:
        """Whether it ended before its time."""
        return self.status in {"stopped", "failed", "lost"}


class RunFolder:
    """Reads and writes the small files of a run; every write replaces the file in one move.

    What is done in it by a process is told by ``noun`` and ``work``, for sentences.
    """

    noun = "run"
    work = "training"

    def __init__(self, path: Path) -> None:
        self.path = path

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def home(self) -> Path:
        """The home whose device its worker waits for."""
        return self.path.parent.parent

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    def read(self, name: str) -> dict[str, Any]:
        """The JSON object in a file; empty if there is none or it is damaged."""
        try:
            return read_object(self.path / name)
        except Unreadable:
            return {}

    def write(self, name: str, value: dict[str, Any]) -> None:
        write_text(self.path / name, json.dumps(value, ensure_ascii=False))

    def state(self) -> State:
        """What was last written, whether or not it still holds; "lost" where that cannot be read any more."""
        known = well_typed(self.read("state.json"), _STATE_KINDS)
        if known.get("status") in RUN_STATUSES:
            return State(**known)
        return State(**{**known, "status": "lost", "error": _NO_STATE.format(work=self.work)})

    def change(self, **changes: Any) -> None:
        """Write a changed state. Only for whoever holds the lock."""
        before = self.state() if (self.path / "state.json").exists() else State()
        self.write("state.json", asdict(replace(before, **changes)))

    def progress(self) -> dict[str, Any]:
        """The newest report of the work, without what in it is of another kind than was written."""
        found = self.read("progress.json")
        plain = {name: value for name, value in found.items() if name not in _REPORT_KINDS and _is_plain(value)}
        told = {**plain, **well_typed(found, _REPORT_KINDS)}
        told |= {name: numbers(found[name]) for name in _NUMBERED if name in found}
        if not all(isinstance(finding, dict) for finding in told.get("findings", ())):
            del told["findings"]
        if not all(isinstance(value, int | float) for value in told.get("sample", ())):
            del told["sample"]
        return {name: value for name, value in told.items() if name not in _COUNTED or 0 <= value < math.inf}

    def present(self) -> State:
        """The state as it is now, whatever a worker that was killed left behind."""
        state = self.state()
        # Asked only when the answer matters; and read again, since a worker may end properly between two looks.
        return self.present_without_worker() if self._is_doubtful(state) and not is_held(self.lock) else state

    def present_without_worker(self) -> State:
        """The state as it is when no worker lives, which whoever holds the lock knows.

        A run that claims to be running is lost, or was stopped; one that was asked to stop before a worker took it is
        stopped.
        """
        state = self.state()
        return replace(state, **self._fate()) if self._is_doubtful(state) else state

    def _is_doubtful(self, state: State) -> bool:
        return state.status == "running" or (state.status == "queued" and self.wants_stop())

    def is_live(self) -> bool:
        """Whether a worker has this run in its hands, waiting or training."""
        return is_held(self.lock)

    def wants_stop(self) -> bool:
        return (self.path / "stop").exists()

    def is_paused(self) -> bool:
        """Whether somebody wants it held."""
        return (self.path / "pause").exists()

    def name(self) -> str:
        """What people call it; its id where that cannot be read any more."""
        try:
            return (self.path / "name").read_text(encoding="utf-8").strip() or self.id
        except (OSError, UnicodeDecodeError):
            return self.id

    def is_deleted(self) -> bool:
        return (self.path / "deleted").exists()

    def flag(self, name: str, on: bool = True) -> None:
        """Set or clear one of the flags "stop", "pause" and "deleted"; setting it again keeps the time of the first."""
        path = self.path / name
        if not on:
            path.unlink(missing_ok=True)
        elif not path.exists():
            path.touch()

    def _fate(self) -> dict[str, Any]:
        ended = self._last_sign_of_life()
        if self.wants_stop():
            return {"status": "stopped", "ended": ended, "error": ""}
        return {"status": "lost", "ended": ended, "error": self._obituary()}

    def _last_sign_of_life(self) -> str:
        return str(self.progress().get("heartbeat", "")) or self.state().started

    def _obituary(self) -> str:
        progress = self.progress()
        told = {"phase", "step", "n_steps"} <= progress.keys()
        where = f" in phase {progress['phase']}, step {progress['step']:,} of {progress['n_steps']:,}" if told else ""
        last = tail(self.path / "log.txt")
        said = f" The last line of its log: {last}" if last else ""
        return f"The {self.work} process was gone{where}: killed, out of memory, or the machine restarted.{said}"


def moment(text: str) -> datetime | None:
    """A time as it was written; ``None`` for none, or for what is no time any more."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def write_text(path: Path, text: str) -> None:
    """Replace a file in one move, so that a reader sees the old text or the new one."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def new_id() -> str:
    """Milliseconds in nine digits of base 32, so that names sort by time, and three of chance."""
    moment = time.time_ns() // 1_000_000
    digits = [ALPHABET[(moment >> shift) & 31] for shift in range(40, -5, -5)]
    return "".join([*digits, *(secrets.choice(ALPHABET) for _ in range(3))])


def now() -> str:
    """This moment, ISO, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def tail(path: Path, longest: int = 200) -> str:
    """The last line of a text file that is not empty, cut to ``longest`` characters."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip()[:longest] if lines else ""

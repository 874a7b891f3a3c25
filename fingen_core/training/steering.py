"""How a training is steered while it runs: held, let on for a stretch, its learning rates changed.

What is asked for lies in small files of the run's folder, like the request to stop; a training reads them every few
steps. A held training keeps its process and its state, so holding it changes nothing in what it becomes.

::

    pause         held as long as this is there
    step          how many steps a held training may do before it waits again; taken away when it is read
    rates.json    learning rates that are wanted by player; taken away when they are read
    changes.json  learning rates that were changed, with the step of each: they belong to the settings

A changed rate holds from its step on, under whatever schedule there is. The list of changes is read when a training
begins, so one that is resumed, refitted on all days or repeated with the list in its folder makes the same changes at
the same steps, and ends at the same weights.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fingen_core.errors import InvalidInput

if TYPE_CHECKING:  # torch is not for the process that serves pages
    from fingen_core.training.loop import Loop

__all__ = ["CHANGES", "PAUSE", "RATES", "STEP", "RateChange", "Steering", "checked_rates", "read_changes", "write"]

PAUSE = "pause"
STEP = "step"
RATES = "rates.json"
CHANGES = "changes.json"

_POLL = 0.05
_MOST = 1.0


@dataclass(frozen=True, kw_only=True)
class RateChange:
    """A learning rate that was changed while a training ran.

    Attributes
    ----------
    phase, label : str
        Key of the phase, and its name for people.
    step : int
        Step of the phase from which it holds.
    at : int
        The same, counted over all phases.
    player : str
        Whose: "vae", "generator", "critic", "filter".
    before, rate : float
        Peak of the schedule before and since.
    """

    phase: str
    label: str
    step: int
    at: int
    player: str
    before: float
    rate: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


class Steering:
    """What is asked of one training.

    Parameters
    ----------
    folder : Path or None
        Folder of the run; without one nothing can be asked.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._allowed: tuple[str, int] = ("", 0)
        self.changes = read_changes(folder) if folder is not None else []

    def attend(
        self,
        loop: "Loop",
        phase: str,
        label: str,
        before: int,
        *,
        should_stop: Callable[[], bool],
        on_hold: Callable[[], None],
    ) -> float:
        """Do what is asked of a training between two of its steps; the seconds that it was held.

        ``before`` counts the steps of earlier phases; ``on_hold`` is called once when the wait begins.
        """
        held = self._hold(phase, loop.step, should_stop, on_hold)
        for player, rate in self._wanted().items():
            known = {found.name: found for found in loop.players}.get(player)
            if known is None:  # of another phase, which may be over
                continue
            last = [rate for _, name, rate in loop.changes if name == player]
            change = RateChange(
                phase=phase,
                label=label,
                step=loop.step,
                at=before + loop.step,
                player=player,
                before=last[-1] if last else known.base_rates[0],
                rate=rate,
            )
            self.changes.append(change)
            assert self._folder is not None
            write(self._folder / CHANGES, {"changes": [change.as_dict() for change in self.changes]})
            loop.changes = self.of(phase)
        return held

    def of(self, phase: str) -> list[tuple[int, str, float]]:
        """Step, player and rate of a phase's changes in the order of the steps; a refit repeats those before it."""
        known = {phase, phase.removesuffix("-refit")}
        own = [change for change in self.changes if change.phase in known]
        return [(change.step, change.player, change.rate) for change in sorted(own, key=lambda change: change.step)]

    def _hold(self, phase: str, step: int, should_stop: Callable[[], bool], on_hold: Callable[[], None]) -> float:
        began, told = time.monotonic(), False
        while self._is_paused() and not should_stop():
            if more := self._more():
                self._allowed = (phase, step + more)
            if self._allowed[0] == phase and step < self._allowed[1]:
                break
            if not told:
                on_hold()
                told = True
            time.sleep(_POLL)
        return time.monotonic() - began if told else 0.0

    def _is_paused(self) -> bool:
        if self._folder is not None and (self._folder / PAUSE).exists():
            return True
        self._allowed = ("", 0)
        return False

    def _more(self) -> int:
        text = _taken(self._folder, STEP).strip()
        return int(text) if text.isdecimal() else 0

    def _wanted(self) -> dict[str, float]:
        text = _taken(self._folder, RATES)
        return checked_rates(json.loads(text)) if text else {}


def checked_rates(rates: Mapping[str, float]) -> dict[str, float]:
    """The same rates; ``InvalidInput`` unless each is above 0 and at most 1."""
    for player, rate in rates.items():
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= _MOST:
            raise InvalidInput(f"learning rate of the {player} = {rate!r}: use a number above 0, at most {_MOST:g}")
    return {player: float(rate) for player, rate in rates.items()}


def read_changes(folder: Path) -> list[RateChange]:
    """The changes that were made in a run, or are to be repeated in it."""
    try:
        values = json.loads((folder / CHANGES).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [RateChange(**change) for change in values["changes"]]


def write(path: Path, value: Mapping[str, Any]) -> None:
    """Replace a JSON file in one move."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(json.dumps(dict(value)), encoding="utf-8")
    fresh.replace(path)


def _taken(folder: Path | None, name: str) -> str:
    """Content of a file that is taken away by reading it; empty if there is none."""
    if folder is None:
        return ""
    mine = folder / f".{name}.taken"
    try:
        (folder / name).replace(mine)
    except FileNotFoundError:
        return ""
    text = mine.read_text(encoding="utf-8")
    mine.unlink()
    return text

"""Sweeps: many trainings that differ in a few settings. What was asked for, and how far it has come.

::

    <home>/sweeps/<id>/
        request.json    settings to set out from, knobs, number of trials, seed, budget, when; never changes
        market.*        the prices
        name            what people call it
        state.json, lock, stop, deleted, progress.json, log.txt    as those of a run
        study.journal   Optuna's own record of the study
        trials.json     every trial for pages: state, settings, score, run
        importance.json how much each knob matters, once there are trials enough to say so

Each trial is an ordinary run of the run store whose ``sweep`` is this id.
"""

import contextlib
import json
import math
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from fingen_core.errors import FinGenError, InvalidInput, NotFound, Unreadable
from fingen_core.runs.damage import damage_of
from fingen_core.runs.folder import ALPHABET, RunFolder, WithStatus, moment, new_id, now, write_text
from fingen_core.runs.naming import default_name
from fingen_core.storage import Damaged, numbers, read_object, unreadable, well_typed
from fingen_core.training.settings.base import written
from fingen_core.training.settings.picture_config import Configuration, PictureConfig, read_config
from fingen_core.training.settings.vocabulary import CHOICE_CONTROLS
from fingen_core.training.settings.words import controls_of, label, vocabularies_of
from fingen_core.types import RunStatus

if TYPE_CHECKING:
    from fingen_core.market import Market

__all__ = [
    "MOST_TRIALS",
    "Knob",
    "Sweep",
    "SweepFolder",
    "Trial",
    "TrialState",
    "create",
    "damaged",
    "folder_of",
    "knob",
    "listing",
    "objective",
    "read",
    "request",
    "tunable",
]

MOST_TRIALS = 500
_ID = re.compile(f"[{ALPHABET}]{{12}}")
_ALSO = {"beta": "kl_weight"}
"""Names that the field has for a setting."""

_NOT_TUNED = ("model", "preset", "seed", "representation", "side", "validation_share")
"""What says which task it is, or on which days it is scored: scores across it do not compare."""

_DELETE = "delete it where the Sweeps page lists what is damaged"
_TRIAL_KINDS: Mapping[str, type | tuple[type, ...]] = MappingProxyType(
    {
        "number": int,
        "state": str,
        "params": dict,
        "value": (int, float),
        "run_id": str,
        "error": str,
        "seconds": (int, float),
    }
)

TrialState: TypeAlias = Literal["running", "done", "pruned", "failed"]


class SweepFolder(RunFolder):
    """The folder of one sweep."""

    noun = "sweep"
    work = "sweep"


@dataclass(frozen=True, kw_only=True)
class Knob:
    """A setting that is tuned, and where it may stand.

    Attributes
    ----------
    name : str
        Of a setting of the configuration.
    low, high : float
        Limits, both included; of a number.
    choices : tuple of str
        Of a word; empty for a number.
    """

    name: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()

    def refuse(self, config: Configuration) -> None:
        """Raise ``InvalidInput`` unless these settings have such a knob and it may stand everywhere in its range."""
        whole = knob(self.name, config)
        what = label(self.name, config)
        if whole.choices:
            wrong = [word for word in self.choices if word not in whole.choices]
            if wrong or len(self.choices) < 2:
                raise InvalidInput(
                    f"{what} among {', '.join(self.choices) or 'nothing'}: choose at least two of "
                    f"{', '.join(whole.choices)}"
                )
            return
        if not whole.low <= self.low < self.high <= whole.high:
            raise InvalidInput(
                f"{what} from {written(self.low)} to {written(self.high)}: choose a range within "
                f"{written(whole.low)} to {written(whole.high)} whose end is above its beginning"
            )


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One training of a sweep.

    Attributes
    ----------
    number : int
        From 0; the first one has the settings as they were.
    state : {"running", "done", "pruned", "failed"}
    params : dict
        Values of the knobs.
    value : float or None
        Its score; of a pruned one the best until then. Lower is better.
    run_id : str
        Empty when the settings contradicted each other, which ``error`` then says.
    seconds : float
    """

    number: int
    state: TrialState
    params: dict[str, Any]
    value: float | None = None
    run_id: str = ""
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Sweep(WithStatus):
    """One sweep as it stands at the moment of asking.

    Attributes
    ----------
    id, name : str
    status : str
        As that of a run.
    config : TrainingConfig or PictureConfig
        What it sets out from.
    knobs : tuple of Knob
    n_trials, seed : int
    minutes : float
        No trial begins after so many; 0 is no limit.
    prune : bool
        Whether trials that lag behind are stopped early.
    trials : tuple of Trial
    importance : dict of str to float
        Share of the scores' variance that a knob explains, the largest first; empty while trials are too few.
    progress : dict
        "trial", "run_id", "seconds_left", "heartbeat" and those of a run.
    """

    id: str
    name: str
    status: RunStatus
    config: Any
    knobs: tuple[Knob, ...]
    n_trials: int
    seed: int
    minutes: float
    prune: bool
    market_name: str
    market_digest: str
    created: datetime
    ended: datetime | None = None
    error: str = ""
    trials: tuple[Trial, ...] = ()
    importance: dict[str, float] = field(default_factory=dict)
    progress: dict[str, Any] = field(default_factory=dict)
    folder: Path

    @property
    def best(self) -> Trial | None:
        """The trial with the best score among those that ran to their end."""
        done = [trial for trial in self.trials if trial.state == "done" and trial.value is not None]
        return min(done, key=lambda trial: trial.value if trial.value is not None else math.inf, default=None)

    def settings(self, trial: Trial) -> Configuration:
        """The settings of a trial with everything else as in those that the sweep set out from."""
        found: Configuration = self.config.replace(**trial.params)
        return found


def knob(name: str, config: Configuration) -> Knob:
    """The whole range of a setting; ``InvalidInput`` if these settings have none that can be tuned by this name."""
    name = _ALSO.get(name, name)
    known, words = controls_of(config), vocabularies_of(config)
    if name in known and name not in _NOT_TUNED:
        return Knob(name=name, low=known[name].low, high=known[name].high)
    if name in words and name not in _NOT_TUNED:
        return Knob(name=name, choices=tuple(word for word in words[name] if _goes(config, name, word)))
    able = sorted(key for key in (*known, *words) if key not in _NOT_TUNED)
    raise InvalidInput(f"{name[:60]!r} cannot be tuned: choose among {', '.join(able)}")


def tunable(config: Configuration) -> list[str]:
    """Names of the settings that can be tuned and matter to the model of these settings, words first."""
    known = controls_of(config)
    words = [name for name in vocabularies_of(config) if name not in _NOT_TUNED]
    of_model = [name for name in words if name not in CHOICE_CONTROLS or config.model in CHOICE_CONTROLS[name].models]
    if isinstance(config, PictureConfig) and config.model == "gan":
        of_model.remove(
            "schedule"
        )  # that of the VAE, which a GAN of filtered days sets out from and a painter does not
    return [*of_model, *(name for name in known if name not in _NOT_TUNED and config.model in known[name].models)]


def _goes(config: Configuration, name: str, word: str) -> bool:
    """Whether a painter may have that word with its other settings; filtered models have none that could not."""
    if not isinstance(config, PictureConfig):
        return True
    try:
        config.replace(**{name: word})
    except InvalidInput:
        return False
    return True


def objective(config: Configuration, scores: Mapping[str, float]) -> float | None:
    """The figure by which trainings choose their best checkpoint, lower is better; ``None`` without scores.

    The mean of the FZ0 scores on the validation days; of pictures, the distance of the long run from history.
    """
    if isinstance(config, PictureConfig):
        found = [scores["long_run"]] if "long_run" in scores else []
    else:
        found = [value for name, value in scores.items() if name.startswith("fz0")]
    return sum(found) / len(found) if found and all(map(math.isfinite, found)) else None


def create(
    home: Path,
    market: "Market",
    config: Configuration,
    knobs: Sequence[Knob],
    *,
    n_trials: int,
    seed: int = 0,
    minutes: float = 0.0,
    prune: bool = True,
    name: str = "",
    device: str = "auto",
) -> SweepFolder:
    """Make a sweep that waits to be started.

    Raises
    ------
    InvalidInput
        If no knob is given, one is given twice or beyond its limits, or the number of trials or minutes is not allowed.
    FinGenError
        If the disk is full.
    """
    _refuse(config, knobs, n_trials, seed, minutes)
    from fingen_core.market import library

    title = name or default_name(config, market.name, {folder.name() for folder in _folders(home)})
    sweep_id = new_id()
    draft = SweepFolder(home / "sweeps" / f".new-{sweep_id}")
    asked = {
        "config": json.loads(config.to_json()),
        "knobs": [{**vars(one), "choices": list(one.choices)} for one in knobs],
        "n_trials": n_trials,
        "seed": seed,
        "minutes": minutes,
        "prune": prune,
        "device": device,
        "market": {"name": market.name, "digest": market.digest()},
        "created": now(),
    }
    try:
        draft.path.mkdir(parents=True)
        library.write(market, draft / "market")
        draft.write("request.json", asked)
        write_text(draft / "name", title)
        draft.change(status="queued")
        return SweepFolder(draft.path.rename(home / "sweeps" / sweep_id))
    except OSError as error:
        raise FinGenError(
            f"the sweep cannot be written to {home} ({error.strerror}): free some space or mend the rights, then try "
            "again"
        ) from error
    finally:
        shutil.rmtree(draft.path, ignore_errors=True)


def _refuse(config: Configuration, knobs: Sequence[Knob], n_trials: int, seed: int, minutes: float) -> None:
    if not knobs:
        raise InvalidInput("a sweep without a knob: tick at least one setting that it may turn")
    names = [one.name for one in knobs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InvalidInput(f"{label(twice, config)} is to be tuned twice: name it once")
    for one in knobs:
        one.refuse(config)
    if isinstance(n_trials, bool) or not isinstance(n_trials, int) or not 2 <= n_trials <= MOST_TRIALS:
        raise InvalidInput(f"{n_trials} trials: choose 2 to {MOST_TRIALS}")
    if not 0 <= seed < 2**31:
        raise InvalidInput(f"seed = {seed}: use a whole number from 0 to 2,147,483,647")
    if not (math.isfinite(minutes) and minutes >= 0):
        raise InvalidInput(f"a budget of {minutes:g} minutes: use a number above 0, or 0 for no limit")


def folder_of(home: Path, sweep_id: str) -> SweepFolder:
    """The folder of a sweep; ``NotFound`` if there is none."""
    folder = SweepFolder(home / "sweeps" / sweep_id)
    if not _ID.fullmatch(sweep_id) or not folder.path.is_dir():
        raise NotFound(f"there is no sweep {sweep_id[:40]!r}: choose one on the Sweeps page")
    return folder


def listing(home: Path) -> list[Sweep]:
    """All sweeps that are not deleted, the newest first."""
    found = []
    for folder in _folders(home):
        if not folder.is_deleted():
            with contextlib.suppress(Unreadable):  # see damaged()
                found.append(read(folder))
    return found


def damaged(home: Path) -> list[Damaged]:
    """Sweeps that cannot be read any more."""
    return [
        one for folder in _folders(home) if not folder.is_deleted() for one in damage_of(folder, partial(read, folder))
    ]


def request(folder: SweepFolder) -> tuple[Configuration, tuple[Knob, ...], dict[str, Any]]:
    """What was asked for: the settings, the knobs, and everything else by name; ``Unreadable`` if it was damaged."""
    with unreadable(f"sweep {folder.id}", _DELETE):
        asked = read_object(folder / "request.json")
        config = read_config(json.dumps(asked["config"]))
        knobs = tuple(Knob(**{**one, "choices": tuple(one["choices"])}) for one in asked["knobs"])
        for one in knobs:
            one.refuse(config)
        return config, knobs, asked


def read(folder: SweepFolder) -> Sweep:
    """A sweep from its folder; ``Unreadable`` if that was damaged."""
    with unreadable(f"sweep {folder.id}", _DELETE):
        return _read(folder)


def _read(folder: SweepFolder) -> Sweep:
    state = folder.present()
    config, knobs, asked = request(folder)
    told = well_typed(asked, {"n_trials": int, "seed": int, "minutes": (int, float), "prune": bool})
    return Sweep(
        id=folder.id,
        name=folder.name(),
        status=state.status,
        config=config,
        knobs=knobs,
        n_trials=told["n_trials"],
        seed=told["seed"],
        minutes=told["minutes"],
        prune=told["prune"],
        market_name=str(asked["market"]["name"]),
        market_digest=str(asked["market"]["digest"]),
        created=datetime.fromisoformat(asked["created"]),
        ended=moment(state.ended),
        error=state.error,
        trials=tuple(_trial(one) for one in folder.read("trials.json").get("trials", ())),
        importance=numbers(folder.read("importance.json")),
        progress=folder.progress(),
        folder=folder.path,
    )


def _trial(found: Mapping[str, Any]) -> Trial:
    told = well_typed(found, _TRIAL_KINDS)
    if not {"number", "state", "params"} <= told.keys() or told["state"] not in get_args(TrialState):
        raise InvalidInput(f"trials.json holds a trial that says {str(found)[:60]}")
    return Trial(**told)


def _folders(home: Path) -> list[SweepFolder]:
    place = home / "sweeps"
    names = (
        sorted((path.name for path in place.iterdir() if _ID.fullmatch(path.name) and path.is_dir()), reverse=True)
        if place.exists()
        else []
    )
    return [SweepFolder(place / name) for name in names]

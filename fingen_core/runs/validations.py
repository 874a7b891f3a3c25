"""Validations of a run: each in a folder of its own under it, kept the same way and worked on the same way.

::

    <run>/validations/<id>/
        request.json    what was asked for: kind, rivals, seed, when; never changes
        protocol.json   the protocol that generators are judged by
        market.*        the prices, where they are not those of the run
        state.json, lock, stop, deleted, progress.json, log.txt    as those of a run
        judged/<key>/   what the judge found about one generator, the run's own first
        reference/      what history itself looks like, and the floors
        verdict.json    the three lights
        table.csv       all numbers, tidy
        papers.json     what papers report, by generator; not of quick ones

Everything that came out is read from these files, so a validation that ships with the app is shown like any other.
"""

import contextlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from fingen_core.errors import FinGenError, Unreadable
from fingen_core.runs.damage import damage_of
from fingen_core.runs.folder import RunFolder, WithStatus, moment, new_id, now, write_text
from fingen_core.settings import ASSETS
from fingen_core.storage import Damaged, numbers, read_object, unreadable
from fingen_core.types import RunStatus

if TYPE_CHECKING:  # a waiting worker needs none of this
    import pandas as pd

    from fingen_core.market import Market
    from fingen_core.runs.run import Run
    from fingen_core.validation.judged import Judged, Reference
    from fingen_core.validation.protocol import Protocol
    from fingen_core.validation.verdict import Light

__all__ = [
    "DEFAULT_RIVALS",
    "KINDS",
    "Kind",
    "Validation",
    "ValidationFolder",
    "create",
    "create_quick",
    "damaged",
    "expected_seconds",
    "lights_of",
    "newest_first",
    "path_of",
    "read",
    "readable",
    "shipped",
    "split_day",
    "write_lights",
]

Kind: TypeAlias = Literal["quick", "full", "after"]

KINDS: Mapping[Kind, str] = {
    "quick": "Quick: the model before it saw the held-out days, judged on them",
    "full": "Full: the same settings trained anew up to a day, judged on all days after it",
    "after": "After: the model as it is, judged on days that came after its training",
}
"""What is judged, and on which days."""

DEFAULT_RIVALS = ("fhs-gjr", "block-bootstrap")
"""Who stands beside a model unless others are chosen."""

FIT_SHARE = 0.7
"""Share of the days that a model learns from when it is trained anew to be validated."""

BENCHMARK_SPLIT = "2012-12-31"
"""The same for the bundled market, whose benchmark ends its fit there."""

_SECONDS = {"vae": 60.0, "gan": 60.0, "fhs-gjr": 90.0, "vine-copula": 400.0}
"""Judging one generator by the full protocol on the bundled market, yearly refits included."""

_RENAMED = re.compile(r"(weakest: expected shortfall, (?:1 day|10 days))(?=, [\d.]+ times)")
"""Sentences written before the measure said what it is a mean of: that of the median asset once had the same name."""

_ANEW = "delete it, and validate the run again"
_FOLDER = "validations"
_SPLIT = "."  # between the ids of run and validation; ids have none


class ValidationFolder(RunFolder):
    """The folder of one validation; its id names the run as well, so that it can stand in line with runs."""

    noun = "validation"
    work = "validation"

    @property
    def id(self) -> str:
        return f"{self.run.id}{_SPLIT}{self.path.name}"

    @property
    def home(self) -> Path:
        return self.run.home

    @property
    def run(self) -> RunFolder:
        return RunFolder(self.path.parent.parent)

    def name(self) -> str:
        return f"Validation of {self.run.name()}"


@dataclass(frozen=True, kw_only=True)
class Validation(WithStatus):
    """One validation as it stands at the moment of asking.

    Attributes
    ----------
    id : str
        Sorted by the time of making; unique within its run.
    run_id : str
        Empty for one that ships with the app.
    kind : str
        One of ``KINDS``.
    status : str
        As that of a run.
    fit_until : str
        ISO date; the model learned from days up to it and is judged on those after.
    rivals : tuple of str
        Keys of the generators beside it.
    created, started, ended : datetime or None
    error : str
        One sentence for people; empty when all is well.
    progress : dict
        The newest report: "phase", "step", "n_steps", "seconds_left", "heartbeat".
    lights : tuple of Light
        Three when it is done, before that none.
    folder : Path
    """

    id: str
    run_id: str
    kind: Kind
    status: RunStatus
    fit_until: str
    rivals: tuple[str, ...]
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    error: str = ""
    progress: dict[str, Any] = field(default_factory=dict)
    lights: "tuple[Light, ...]" = ()
    folder: Path

    @property
    def task(self) -> str:
        """The name by which jobs know it."""
        return f"{self.run_id}{_SPLIT}{self.id}"

    def protocol(self) -> "Protocol":
        """How it was judged."""
        from fingen_core.validation.protocol import Protocol

        with self._readable():
            return Protocol.from_json((self.folder / "protocol.json").read_text(encoding="utf-8"))

    def judged(self) -> "list[Judged]":
        """What was found about each generator that is through, the model first, then the rivals as asked for."""
        from fingen_core.validation.judged import Judged

        folders = {path.name: path for path in (self.folder / "judged").glob("[!.]*")}
        own = [key for key in folders if key not in self.rivals]
        with self._readable():
            return [Judged.load(folders[key]) for key in [*own, *self.rivals] if key in folders]

    def reference(self) -> "Reference":
        """What history itself looks like, and the floors."""
        from fingen_core.validation.judged import Reference

        with self._readable():
            return Reference.load(self.folder / "reference")

    def papers(self) -> dict[str, dict[str, float]]:
        """What papers report, by generator, with history's own figures as "floor"; empty when not measured."""
        found = RunFolder(self.folder).read("papers.json")
        return {name: told for name, values in found.items() if (told := numbers(values))}

    def table(self) -> "pd.DataFrame":
        """All numbers, tidy."""
        from fingen_core.market import spreadsheet

        with self._readable():
            return spreadsheet.read_csv(self.folder / "table.csv", keep_default_na=False, na_values=["", "nan"])

    def _readable(self) -> "contextlib.AbstractContextManager[None]":
        return unreadable(f"validation {self.id} of run {self.run_id}", _ANEW)


def path_of(home: Path, task: str) -> Path:
    """Folder of a run, or of a validation, by the name that jobs use."""
    run_id, _, validation_id = task.partition(_SPLIT)
    folder = home / "runs" / run_id
    return folder / _FOLDER / validation_id if validation_id else folder


def create(
    run: RunFolder,
    *,
    kind: Kind,
    protocol: "Protocol",
    rivals: Sequence[str] = DEFAULT_RIVALS,
    market: "Market | None" = None,
) -> ValidationFolder:
    """Make a validation that waits to be worked on.

    Parameters
    ----------
    run : RunFolder
    kind : str
        One of ``KINDS``.
    protocol : Protocol
        Its ``fit_until`` is the last day that any generator may learn from.
    rivals : sequence of str
        Keys of the registry.
    market : Market, optional
        Prices to judge on where they are not those of the run; kind "after" needs it.
    """
    from fingen_core.market import library

    (run / _FOLDER).mkdir(exist_ok=True)
    name = new_id()
    draft = ValidationFolder(run / _FOLDER / f".new-{name}")
    try:
        draft.path.mkdir()
        if market is not None:
            library.write(market, draft / "market")
        write_text(draft / "protocol.json", protocol.to_json())
        draft.write(
            "request.json",
            {
                "kind": kind,
                "fit_until": protocol.fit_until,
                "rivals": list(dict.fromkeys(rivals)),
                "created": now(),
            },
        )
        draft.change(status="queued")
        return ValidationFolder(draft.path.rename(run / _FOLDER / name))
    except OSError as error:
        raise FinGenError(
            f"the validation cannot be written to {run.path} ({error.strerror}): free some space or mend the rights, "
            "then try again"
        ) from error
    finally:
        shutil.rmtree(draft.path, ignore_errors=True)


def create_quick(run: RunFolder) -> ValidationFolder:
    """The validation that follows every training: the held-out model on the days it has not seen."""
    from fingen_core.validation.protocol import quick

    last = json.loads((run / "held-out" / "generator.json").read_text(encoding="utf-8"))["last_date"]
    return create(run, kind="quick", protocol=quick(last))


def split_day(market: "Market") -> str:
    """The last day to learn from in a full validation unless another is chosen, ISO.

    For the bundled market the one of the benchmark, so that its figures can be compared.
    """
    from fingen_core.market import bundled

    if market.digest() == bundled().digest():
        return BENCHMARK_SPLIT
    return f"{market.dates[int(FIT_SHARE * (len(market.dates) - 1))]:%Y-%m-%d}"


def expected_seconds(run: "Run", kind: Kind, rivals: Sequence[str]) -> float:
    """About how long a validation takes on two cores that have nothing else to do."""
    from fingen_core.training.estimate import estimate
    from fingen_core.training.settings.config import TrainingConfig

    if kind == "quick":
        return 15.0 + 5.0 * len(rivals)
    days = int(RunFolder(run.folder).read("run.json")["market"]["n_steps"])
    size = days * len(run.tickers) / (8_300 * 19)  # of the bundled market
    training = 0.0
    if kind == "full" and isinstance(run.config, TrainingConfig):
        training = estimate(run.config, int(FIT_SHARE * days), len(run.tickers))[0]
    return training + 10.0 + size * sum(_SECONDS.get(key, 60.0) for key in (run.config.model, *rivals))


def newest_first(run: RunFolder) -> list[ValidationFolder]:
    """Folders of a run's validations, deleted ones too."""
    found = (run / _FOLDER).glob("[!.]*") if (run / _FOLDER).exists() else ()
    names = sorted((path for path in found if re.fullmatch(r"\w+", path.name)), reverse=True)
    return [ValidationFolder(path) for path in names if path.is_dir()]


def readable(run: RunFolder) -> list[Validation]:
    """Validations of a run as they stand now, the newest first; deleted and damaged ones are left out."""
    found = []
    for folder in newest_first(run):
        if not folder.is_deleted():
            with contextlib.suppress(Unreadable):  # see damaged()
                found.append(read(folder, run.id))
    return found


def damaged(run: RunFolder) -> list[Damaged]:
    """Validations of a run that cannot be read any more."""
    return [
        one
        for folder in newest_first(run)
        if not folder.is_deleted()
        for one in damage_of(folder, partial(read, folder, run.id))
    ]


def read(folder: RunFolder, run_id: str) -> Validation:
    """A validation from its folder; ``Unreadable`` if that was damaged."""
    with unreadable(f"validation {folder.path.name} of run {run_id}", _ANEW):
        return _read(folder, run_id)


def _read(folder: RunFolder, run_id: str) -> Validation:
    request, state = read_object(folder / "request.json"), folder.present()
    judged = state.status == "done" or (folder / "verdict.json").exists()
    return Validation(
        id=folder.path.name,
        run_id=run_id,
        kind=request["kind"],
        status=state.status,
        fit_until=request["fit_until"],
        rivals=tuple(request["rivals"]),
        created=datetime.fromisoformat(request["created"]),
        started=moment(state.started),
        ended=moment(state.ended),
        error=state.error,
        progress=folder.progress(),
        lights=_lights(folder) if judged else (),
        folder=folder.path,
    )


def shipped() -> Validation | None:
    """The validation of the pretrained model that ships with the app; ``None`` if it does not."""
    folder = RunFolder(ASSETS / "pretrained" / "validation")
    return read(folder, "") if (folder / "verdict.json").exists() else None


def lights_of(run: RunFolder) -> "tuple[Light, ...]":
    """The lights of a run: those of its newest full validation that is done, else of its newest quick one."""
    done = [folder for folder in newest_first(run) if not folder.is_deleted() and folder.state().status == "done"]
    thorough = [folder for folder in done if folder.read("request.json").get("kind") != "quick"]
    for folder in [*thorough, *done]:
        with contextlib.suppress(Unreadable):
            return _lights(folder)
    return ()


def write_lights(folder: RunFolder, lights: "Sequence[Light]") -> None:
    """Keep a verdict."""
    folder.write("verdict.json", {"lights": [{**vars(light), "evidence": dict(light.evidence)} for light in lights]})


def _lights(folder: RunFolder) -> "tuple[Light, ...]":
    """The verdict of a validation that is done; ``Unreadable`` if it was damaged."""
    from fingen_core.validation.verdict import Light

    with unreadable(f"the verdict of {folder.path.name}", _ANEW):
        told = read_object(folder / "verdict.json")["lights"]
        return tuple(
            Light(
                question=light["question"],
                color=light["color"],
                sentence=_RENAMED.sub(r"\1, all portfolios", light["sentence"]),
                evidence=numbers(light["evidence"]),
            )
            for light in told
        )

"""One training as it stands at the moment of asking."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from fingen_core.runs.folder import WithStatus
from fingen_core.training.settings.picture_config import PictureConfig
from fingen_core.training.steering import RateChange, read_changes
from fingen_core.types import RunStatus

if TYPE_CHECKING:
    from fingen_core.validation.verdict import Light

__all__ = ["Changes", "Run"]

Changes: TypeAlias = list[RateChange]


@dataclass(frozen=True, kw_only=True)
class Run(WithStatus):
    """One training as it stands at the moment of asking.

    Attributes
    ----------
    id : str
        Twelve characters, sorted by the time of making.
    config : TrainingConfig or PictureConfig
    status : str
        "queued", "running", "done", "stopped", "failed" or "lost" (its process was gone without a word).
    created, started, ended : datetime or None
        With time zone UTC.
    error : str
        One sentence for people; empty when all is well.
    progress : dict
        The newest report: the fields of ``Progress``, each with its newest value that was not empty, and "heartbeat".
    scores, rivals : dict
        Validation scores of the model, "fz0_2.5" to value, and of the rivals, "fhs-gjr/fz0_2.5" to value.
    lights : tuple of Light
        Answers of its validation; none while it is not validated.
    folder : Path
    device : str
        What was asked for; "auto" lets the worker choose.
    deleted : bool
    sweep : str
        The sweep that it is a trial of; empty for all others.
    """

    id: str
    name: str
    status: RunStatus
    config: Any
    market_digest: str
    market_name: str
    tickers: tuple[str, ...]
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    error: str = ""
    progress: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    rivals: dict[str, float] = field(default_factory=dict)
    lights: "tuple[Light, ...]" = ()
    folder: Path
    device: str = "auto"
    deleted: bool = False
    sweep: str = ""

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What the detectors saw while it trained, and what was decided on the way: the fields of ``Finding``."""
        return list(self.progress.get("findings") or ())

    @property
    def took(self) -> float | None:
        """Seconds that its training took; ``None`` before it has ended.

        As the training counted them: pauses are left out, what was done before a resumption is in. A run of before
        this was counted has only its beginning and its end.
        """
        if not (self.started and self.ended):
            return None
        return float(self.progress.get("seconds") or (self.ended - self.started).total_seconds())

    @property
    def is_held(self) -> bool:
        """Whether its training stands still until somebody lets it go on."""
        return self.status == "running" and bool(self.progress.get("paused")) and (self.folder / "pause").exists()

    @property
    def changes(self) -> Changes:
        """Learning rates that were changed while it trained: they belong to its settings."""
        return read_changes(self.folder)

    @property
    def has_model(self) -> bool:
        """Whether scenarios can be drawn: it is done, or was stopped after its first good checkpoint."""
        return (self.folder / "generator.safetensors").exists()

    @property
    def paints(self) -> bool:
        """Whether it was trained on windows or pictures rather than on filtered days."""
        return isinstance(self.config, PictureConfig)

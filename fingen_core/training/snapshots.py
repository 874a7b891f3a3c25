"""An album of a training: what it generated at many moments, always from the same noise, and what its critic thought.

Every picture holds a few paths of the equal-weight portfolio that set out from evenings of history, so that each can
be seen beside what came after that evening; of a GAN also the critic's scores of real and of generated examples. The
album is one file in the run's folder, replaced in one move.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALBUM", "Album", "is_due"]

ALBUM = "snapshots.npz"

_PER_PHASE = 8
_LEAST_APART = 10

Floats: TypeAlias = NDArray[np.float32]


def is_due(step: int, n_steps: int) -> bool:
    """Whether a moment of a phase belongs into the album: its beginning, its end, and about 8 between."""
    apart = max(_LEAST_APART, round(n_steps / _PER_PHASE / _LEAST_APART) * _LEAST_APART)
    return step % apart == 0 or step == n_steps


@dataclass(frozen=True, eq=False, kw_only=True)
class Album:
    """All snapshots of a training so far, the oldest first.

    Attributes
    ----------
    starts : tuple of str
        ISO dates of the evenings from which paths set out.
    real : array, shape (n_paths, n_days)
        Log returns of the equal-weight portfolio after those evenings.
    labels : tuple of str
        Phase of each snapshot, for people.
    steps : array, shape (n_snapshots,)
        Step of the phase.
    at : array, shape (n_snapshots,)
        The same, counted over all phases.
    paths : array, shape (n_snapshots, n_paths, n_days)
        Generated log returns.
    verdicts : array, shape (n_snapshots, 2, n_examples)
        The critic's scores of real and of generated examples; NaN where there is no critic.
    """

    starts: tuple[str, ...]
    real: Floats
    labels: tuple[str, ...]
    steps: NDArray[np.int64]
    at: NDArray[np.int64]
    paths: Floats
    verdicts: Floats

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def empty(cls, starts: tuple[str, ...], real: Floats, n_examples: int) -> Self:
        """An album without snapshots."""
        none = np.zeros(0, dtype=np.int64)
        return cls(
            starts=starts,
            real=real.astype(np.float32),
            labels=(),
            steps=none,
            at=none,
            paths=np.zeros((0, *real.shape), dtype=np.float32),
            verdicts=np.zeros((0, 2, n_examples), dtype=np.float32),
        )

    def with_one(
        self, label: str, step: int, at: int, paths: NDArray[Any], verdicts: NDArray[Any] | None = None
    ) -> Self:
        """The album with one more; what it held of that moment and later goes, since a resumed training looks again."""
        # The last step of a phase and the first of the next are the same moment, and two pictures.
        begun = {known: int(self.at[self.labels.index(known)]) for known in self.labels}
        kept = [
            i
            for i, known in enumerate(self.labels)
            if self.at[i] < at or (self.at[i] == at and known != label and begun[known] < at)
        ]
        own: NDArray[Any] = np.full(self.verdicts.shape[1:], np.nan, dtype=np.float32)
        if verdicts is not None:
            n = min(verdicts.shape[1], own.shape[1])
            own[:, :n] = verdicts[:, :n]
        return type(self)(
            starts=self.starts,
            real=self.real,
            labels=(*(self.labels[i] for i in kept), label),
            steps=np.append(self.steps[kept], step),
            at=np.append(self.at[kept], at),
            paths=np.append(self.paths[kept], paths[None].astype(np.float32), axis=0),
            verdicts=np.append(self.verdicts[kept], own[np.newaxis], axis=0),
        )

    def write(self, folder: Path) -> None:
        """Replace the album of a run."""
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{ALBUM}"
        values = {name: np.asarray(getattr(self, name)) for name in self.__dataclass_fields__}
        with fresh.open("wb") as file:
            np.savez(file, **values)  # type: ignore[arg-type]
        fresh.replace(folder / ALBUM)

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The album of a run; ``None`` if it has none."""
        if not (folder / ALBUM).exists():
            return None
        with np.load(folder / ALBUM, allow_pickle=False) as kept:
            values = {name: kept[name] for name in cls.__dataclass_fields__}
        for name in ("starts", "labels"):
            values[name] = tuple(str(word) for word in values[name])
        return cls(**values)

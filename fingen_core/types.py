"""Array aliases and the vocabularies that appear in signatures across the package."""

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
"""Real numbers in double precision; the docstring of each function states the shape."""

Paths: TypeAlias = NDArray[np.float32]
"""Log returns, shape ``(n_paths, n_steps, n_assets)``; single precision halves the memory."""

ModelKind: TypeAlias = Literal["vae", "gan"]
GanLoss: TypeAlias = Literal["wasserstein", "cross-entropy", "minimax", "least-squares", "hinge"]
Likelihood: TypeAlias = Literal["gaussian", "student-t", "squared-error"]
RunStatus: TypeAlias = Literal["queued", "running", "done", "stopped", "failed", "lost"]

RUN_STATUSES: tuple[RunStatus, ...] = ("queued", "running", "done", "stopped", "failed", "lost")

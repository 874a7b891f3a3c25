"""The scenarios that Home shows at once: drawn ahead by the pretrained model and kept beside it.

A model must be loaded before it can draw, which takes seconds on a cold server. So the values of the equal-weight
portfolio along its paths ship as a file, written by ``python -m benchmarks.opening`` from the very model that ships.
The file names the model by its digest; when they do not match it is not used.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.scenarios.outcomes import Outcomes
from fingen_core.settings import ASSETS

__all__ = ["MODEL", "model_digest", "opening", "save_opening"]

MODEL = ASSETS / "pretrained"
_STEP = 1e-4  # log values are kept in whole steps of .01 %, far below what a picture shows


def model_digest(folder: Path = MODEL) -> str:
    """Sixteen hexadecimal digits of the model's weights; empty if there is none."""
    try:
        return hashlib.sha256((folder / "generator.safetensors").read_bytes()).hexdigest()[:16]
    except OSError:
        return ""


def save_opening(values: ArrayLike, about: dict[str, Any], folder: Path = MODEL) -> Path:
    """Write values (n_paths, n_steps + 1), starting at 1, with what a person must know about them."""
    steps = np.round(np.log(np.asarray(values, dtype=np.float64)) / _STEP)
    moves = np.diff(steps, axis=1).astype(np.int16)  # moves compress better than levels
    text = json.dumps({**about, "model": model_digest(folder)}, sort_keys=True)
    path = folder / "opening.npz"
    np.savez_compressed(path, moves=moves, about=np.frombuffer(text.encode(), dtype=np.uint8))
    return path


def opening(folder: Path = MODEL) -> tuple[Outcomes, dict[str, Any]] | None:
    """The paths drawn ahead and what is known about them; ``None`` without a file that belongs to the model."""
    try:
        with np.load(folder / "opening.npz", allow_pickle=False) as file:
            moves, about = file["moves"], json.loads(file["about"].tobytes())
    except (OSError, ValueError, KeyError):
        return None
    if about.get("model") != model_digest(folder):
        return None
    levels = np.cumsum(moves, axis=1, dtype=np.float64) * _STEP
    values = np.exp(np.concatenate([np.zeros((len(moves), 1)), levels], axis=1))
    return Outcomes.of(values, label=about["label"], kind="generated", note=about["note"]), about

"""What a judgement depends on, as sixteen hexadecimal digits."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fingen_core.generators.registry import classical

__all__ = ["code_digest", "digest"]

_CORE = Path(__file__).resolve().parents[1]
_JUDGE = (
    "forecast/evenings.py",
    "forecast/walk_forward.py",
    "metrics",
    "portfolio",
    "validation/judge.py",
    "validation/protocol.py",
)
_LEARNING = (
    "ablations",
    "balancing",
    "course",
    "fitting",
    "held_out",
    "logbook",
    "neural",
    "picture_fitting",
    "picture_model",
    "pictures",
    "pretrained",
    "trained",
)
"""Files of generators that no classical generator depends on."""
_LEARNED = ("generators", "models", "representations", "training", "transforms")


def digest(parts: Sequence[Any]) -> str:
    """Of plain values."""
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()[:16]


@cache
def code_digest(key: str) -> str:
    """Of the code that a generator's judgement depends on.

    Classical generators share files, so a change of one makes the judgements of all of them old, which costs minutes;
    they do not depend on what learns.
    """
    classic = key in classical()
    found = hashlib.sha256()
    for part in (*_JUDGE, *(("generators",) if classic else _LEARNED)):
        path = _CORE / part
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            if classic and file.stem in _LEARNING:
                continue
            found.update(file.relative_to(_CORE).as_posix().encode())
            found.update(file.read_bytes())
    return found.hexdigest()[:16]

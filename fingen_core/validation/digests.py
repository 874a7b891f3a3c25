"""What a judgement depends on, as sixteen hexadecimal digits."""

import ast
import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fingen_core.generators.registry import classical

__all__ = ["code_digest", "code_files", "digest"]

_CORE = Path(__file__).resolve().parents[1]
_JUDGE = "validation/judge.py"
_CLASSICAL = ("generators/registry.py",)
_LEARNED = ("generators/filtered/ablations.py", "generators/filtered/generator.py")
_ELSEWHERE = ("errors.py", "market/", "settings.py", "storage/")
"""What their digests stand for (a market has its own), or what changes words only."""

_WATCHING = (
    "generators/learned/snapshots.py",
    "training/pace.py",
    "training/progress.py",
    "training/snapshots.py",
    "validation/pace.py",
)
"""They look on, with random streams of their own: a training and its scores are the same without them."""


def digest(parts: Sequence[Any]) -> str:
    """Of plain values."""
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()[:16]


@cache
def code_digest(key: str) -> str:
    """Of the code that a generator's judgement depends on: a change of any of it makes the judgement old."""
    found = hashlib.sha256()
    for name in code_files(key):
        found.update(name.encode())
        found.update((_CORE / name).read_bytes())
    return found.hexdigest()[:16]


@cache
def code_files(key: str) -> tuple[str, ...]:
    """The files of that code: what the judge and the generator import, and what those import in turn.

    Classical generators share theirs, so a change of one makes the judgements of all of them old, which costs minutes;
    they do not depend on what learns. What only draws for searches and pages is not among them.
    """
    waiting, found = [_JUDGE, *(_CLASSICAL if key in classical() else _LEARNED)], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found and not name.startswith((*_ELSEWHERE, *_WATCHING)):
            found.add(name)
            waiting += _imported(_CORE / name)
    return tuple(sorted(found))


def _imported(path: Path) -> Iterator[str]:
    """Files of the core that a file imports anywhere, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{_CORE.name}."):
            inside = str(node.module).split(".")[1:]
            for parts in (inside, *([*inside, alias.name] for alias in node.names)):
                place = _CORE.joinpath(*parts)
                file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
                if file.is_file():
                    yield file.relative_to(_CORE).as_posix()

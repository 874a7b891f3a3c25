"""Files and modules that comments, docstrings and documents name are there: a reader follows them."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, python_files

CORE = ROOT / "fingen_core"
ROOMS = {path.stem for path in CORE.iterdir() if not path.name.startswith("_")}
HISTORY = ("docs/experiments.md", "CHANGELOG.md")  # they tell what once was
WHOLE = re.compile(r"\bfingen_core(?:[./]\w+)+|\b(?:pages|benchmarks|tests|assets|docs)/[\w./-]*\w\.(?:py|md|csv)\b")
SHORT = re.compile(r"`(?!\w+\.py`)([a-z_]+(?:[./]\w+)+)`")  # `charts.theme.figure`, `market/step.py`
ALONE = re.compile(r"`(\w+\.py)`")


@cache
def written(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def words(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of what is written for readers: whole documents; comments and docstrings of Python."""
    if path.suffix == ".md":
        yield from enumerate(written(path).splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(written(path)).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.string.startswith('"""')):
            yield token.start[0], token.string


def named(text: str) -> list[str]:
    """Paths and modules that a text names, from the root."""
    found = [match[0] for match in WHOLE.finditer(text)]
    short = [match[1] for match in SHORT.finditer(text) if re.split(r"[./]", match[1])[0] in ROOMS]
    return [*found, *(f"fingen_core{'/' if '/' in name else '.'}{name}" for name in short)]


def there(name: str) -> bool:
    """Whether it is a file, a folder, a module, or a name at the top of a module."""
    if "/" in name:
        return (ROOT / name).exists()
    place, parts = ROOT, name.split(".")
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    if parts and (place / f"{parts[0]}.py").is_file():
        place = place / f"{parts.pop(0)}.py"
    if not parts:
        return True
    source = place if place.is_file() else place / "__init__.py"
    return source.is_file() and parts[0] in tops(source)


@cache
def tops(path: Path) -> set[str]:
    """Names that a module binds at its top."""
    found: set[str] = set()
    for node in ast.parse(written(path)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            found.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update(target.id for target in targets if isinstance(target, ast.Name))
    return found


DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
READ = {
    "documents": [path for path in DOCUMENTS if str(path.relative_to(ROOT)) not in HISTORY],
    "package": list(python_files()),
    "tests": sorted((ROOT / "tests").rglob("*.py")),
}


@pytest.mark.parametrize("kind", READ)
def test_what_is_named_is_there(kind: str) -> None:
    files = {
        path.name
        for part in (CORE, *(ROOT / name for name in ("pages", "benchmarks", "tests")))
        for path in part.rglob("*.py")
    }
    wrong = []
    for path in READ[kind]:
        for line, text in words(path):
            gone = [name for name in named(text) if not there(name)]
            gone += [name for name in ALONE.findall(text) if name not in files and not (ROOT / name).is_file()]
            wrong += [f"{path.relative_to(ROOT)}:{line}: {name}" for name in gone]
    assert not wrong, "\n".join(wrong)


def test_a_name_that_is_gone_is_found() -> None:
    text = "see fingen_core.market.step.Step, `market/gone.py`, `metrics.risk.gone` and tests/gone.py"
    assert [name for name in named(text) if not there(name)] == [
        "tests/gone.py",
        "fingen_core/market/gone.py",
        "fingen_core.metrics.risk.gone",
    ]

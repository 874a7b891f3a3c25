"""Commands outside the package (benchmarks) name what the package still has: they run too seldom to find out."""

import ast
import importlib.util

import pytest

from tests.architecture.source import ROOT, python_files

FILES = sorted(str(path.relative_to(ROOT)) for path in python_files() if path.is_relative_to(ROOT / "benchmarks"))


def missing(source: str) -> list[str]:
    """Names imported from the package, at the top or within functions, that it does not have."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fingen_core") and not node.level:
            module = importlib.import_module(node.module or "")
            for name in (alias.name for alias in node.names):
                inside = hasattr(module, "__path__") and importlib.util.find_spec(f"{node.module}.{name}") is not None
                if not hasattr(module, name) and not inside:
                    found.append(f"{node.module}.{name}")
    return found


@pytest.mark.parametrize("file", FILES)
def test_what_a_command_imports_is_there(file: str) -> None:
    assert missing((ROOT / file).read_text(encoding="utf-8")) == []


def test_a_name_that_is_gone_is_found() -> None:
    assert missing("def f():\n    from fingen_core.errors import Gone") == ["fingen_core.errors.Gone"]

"""What a module offers is what its ``__all__`` says: no more, no less."""

import ast
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, module_name, python_files, tree

MODULES = [path for path in python_files() if path.is_relative_to(ROOT / "fingen_core")]


def assigned_all(path: Path) -> list[str] | None:
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
        ):
            return list(ast.literal_eval(node.value))
    return None


def bound_names(path: Path) -> set[str]:
    """Names that the top level of a module defines, assigns or imports."""
    names: set[str] = set()
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def defined_in_public(path: Path) -> set[str]:
    """Functions and classes without an underscore."""
    return {
        node.name
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_all_names_exist(path):
    exported = assigned_all(path) or []
    # A package may offer its submodules, and names that its __getattr__ loads on demand.
    lazy = "__getattr__" in bound_names(path)
    submodules = {other.stem for other in path.parent.glob("*.py")} | {
        folder.name for folder in path.parent.iterdir() if folder.is_dir()
    }
    missing = set(exported) - bound_names(path) - (submodules if path.name == "__init__.py" else set())
    assert lazy or not missing, f"__all__ names {sorted(missing)}, which the module does not have"
    assert len(exported) == len(set(exported)), "a name appears twice in __all__"


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_public_definitions_are_listed(path):
    public = defined_in_public(path) - {"main"}
    exported = set(assigned_all(path) or [])
    assert public <= exported, f"{sorted(public - exported)}: add to __all__, or begin with an underscore"

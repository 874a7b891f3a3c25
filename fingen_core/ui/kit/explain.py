"""Docstrings as text for people: what the screen explains is read from the code that computes it.

The source is parsed, never imported: models bring torch along, which the process that serves pages must not load.
"""

import ast
import inspect
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fingen_core.errors import NotFound

__all__ = ["CORE", "Entry", "as_markdown", "entries", "lecture"]

CORE = Path(__file__).resolve().parents[2]
_SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", flags=re.MULTILINE)
_BLOCK = re.compile(r"::\n\n((?:[ ]{4}.*\n?|\n)+)")
_ITEM = re.compile(r"^(\S.*)$\n?((?:^[ ]{4,}.*$\n?|^\n)*)", flags=re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """A public function or class: its name, its call and its docstring."""

    name: str
    call: str
    text: str


def lecture(module: str) -> str:
    """The docstring of a module, named from inside the core: "metrics.risk"."""
    return inspect.cleandoc(ast.get_docstring(_tree(module)) or "")


def entries(module: str) -> tuple[Entry, ...]:
    """The functions and classes that a module offers and explains, in the order of the source."""
    found = []
    for node in _tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            text = ast.get_docstring(node)
            if text:
                found.append(Entry(node.name, _call(node), text))
    return tuple(found)


def as_markdown(text: str) -> str:
    """A NumPy docstring as Markdown: sections become bold words, parameters a list."""
    first, *rest = _SECTION.split(text)
    parts = [_prose(first)]
    for name, body in zip(rest[::2], rest[1::2], strict=True):
        listed = name in {"Parameters", "Returns", "Raises", "Attributes"}
        parts.append(f"**{name}**\n\n{_items(body) if listed else _prose(body)}")
    return "\n\n".join(part for part in parts if part)


def _items(body: str) -> str:
    lines = []
    for match in _ITEM.finditer(body.strip() + "\n"):
        head, _, kind = match[1].partition(" : ")
        explained = " ".join(match[2].split())
        label = f"`{head}`" + (f" ({kind})" if kind else "")
        lines.append(f"- {label}" + (f": {_escaped(explained)}" if explained else ""))
    return "\n".join(lines)


def _prose(text: str) -> str:
    """Paragraphs; what follows a double colon, indented, is set as it stands."""
    parts = _BLOCK.split(text.strip() + "\n")
    shown = [_lead(part) if at % 2 == 0 else _fenced(part) for at, part in enumerate(parts)]
    return "\n\n".join(part for part in shown if part)


def _lead(text: str) -> str:
    """A paragraph, with the colon back that announced a block."""
    shown = _escaped(text).strip()
    return shown + ":" if shown[-1:].isalnum() or shown.endswith(")") else shown


def _fenced(block: str) -> str:
    return f"```text\n{inspect.cleandoc(block)}\n```"


def _escaped(text: str) -> str:
    text = re.sub(r"``([^`]+)``", r"`\1`", text)
    return text.replace("$", r"\$").replace("~", r"\~")


def _call(node: ast.FunctionDef | ast.ClassDef) -> str:
    if isinstance(node, ast.ClassDef):
        return node.name
    return f"{node.name}({', '.join(argument.arg for argument in [*node.args.args, *node.args.kwonlyargs])})"


@cache
def _tree(module: str) -> ast.Module:
    path = CORE.joinpath(*module.split(".")).with_suffix(".py")
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(f"there is no module {module}: choose another topic") from None

"""What the documents tell a person to type and to open must be there."""

import re
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))


def code(text: str) -> str:
    """Only what stands in backticks or in a fenced block: prose may say "make sure"."""
    fenced = re.findall(r"```.*?\n(.*?)```", text, flags=re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join(fenced + inline)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_make_commands_exist(path):
    named = set(re.findall(r"\bmake ([a-z]+)", code(path.read_text(encoding="utf-8"))))
    assert named <= TARGETS, f"{sorted(named - TARGETS)} is no target of the Makefile"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert broken == []


def test_command_line_of_the_documents_exists():
    text = "\n".join(code(path.read_text(encoding="utf-8")) for path in DOCUMENTS)
    named = {word for words in re.findall(r"python -m fingen_core ([a-z|]+)", text) for word in words.split("|")}
    listing = subprocess.run(
        [sys.executable, "-m", "fingen_core", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert {name for name in named if not re.search(rf"^\s+{name}\b", listing, flags=re.MULTILINE)} == set()


def test_phony_targets_are_declared():
    declared = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert declared is not None
    assert set(declared[1].split()) >= TARGETS - {"tests"}

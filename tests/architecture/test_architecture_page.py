"""The page on the architecture tells of every folder once, of every floor as it is, and of no file that is gone."""

import re

from tests.architecture.source import ROOT
from tests.architecture.test_layers import LAYERS
from tests.architecture.test_rooms import SHARED

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def part(title: str) -> str:
    """What stands under a heading."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_folder_is_told_once() -> None:
    told = re.findall(r"^\| `(fingen_core[\w/]*)` \| (.+) \|$", part("The tree"), flags=re.MULTILINE)
    names, sentences = [name for name, _ in told], [sentence for _, sentence in told]
    there = {str(path.parent.relative_to(ROOT)) for path in (ROOT / "fingen_core").rglob("*.py")} - {"fingen_core"}
    assert sorted(names) == sorted(there)
    assert len(set(sentences)) == len(sentences)


def test_every_file_is_there() -> None:
    named = re.findall(r"`([\w/]+\.py)`", PAGE.replace("`types.py`, `errors.py` and `settings.py`", ""))
    assert len(named) > 50
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_floors_are_those_that_are_held() -> None:
    told = re.findall(r"^\| \d+ \| (.+) \|$", part("The floors"), flags=re.MULTILINE)
    assert [tuple(re.findall(r"`(\w+)`", floor)) for floor in reversed(told)] == list(LAYERS)


def test_shared_folders_of_ui_are_those_that_are_held() -> None:
    (told,) = re.findall(r"shared one: (.+)\.$", part("The floors"), flags=re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", told)) == sorted(SHARED)


def test_walks_are_three() -> None:
    assert part("Three walks").count("\n### ") == 3

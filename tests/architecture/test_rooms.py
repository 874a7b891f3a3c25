"""Rooms that one can take in at a glance, and no way in circles between them."""

import graphlib
from collections import Counter, defaultdict
from pathlib import Path

from tests.architecture.source import ROOT, imports, module_name, python_files

MOST = 20
ENTRY = "fingen_core.__main__"  # beside the floor of the house, since Python wants it there


def core() -> dict[str, Path]:
    return {name: path for path in python_files() if (name := module_name(path)).split(".")[0] == "fingen_core"}


def drawn() -> dict[str, set[str]]:
    """What each file of the core imports of it, lazily or for types as well."""
    files = core()
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        found = {full if full in files else full.rpartition(".")[0] for _, full in imports(path)}
        graph[name] = {other for other in found if other in files and other != name}
    return graph


def test_no_folder_is_too_full():
    folders = [path.parent for part in ("fingen_core", "pages", "tests") for path in (ROOT / part).rglob("*.py")]
    full = {str(folder.relative_to(ROOT)): n for folder, n in Counter(folders).items() if n > MOST}
    assert not full, f"divide by what a reader would look for: {full}"


def test_files_do_not_import_each_other_in_circles():
    graphlib.TopologicalSorter(drawn()).prepare()  # raises CycleError, which names the circle


def test_folders_do_not_import_each_other_in_circles():
    files, graph = core(), defaultdict(set)
    for name, others in drawn().items():
        for other in others if name != ENTRY else ():
            if files[name].parent != files[other].parent:
                graph[files[name].parent].add(files[other].parent)
    graphlib.TopologicalSorter(graph).prepare()


def test_every_room_says_what_it_is():
    silent = [folder for folder in {path.parent for path in core().values()} if not (folder / "__init__.py").is_file()]
    assert not silent, silent


# What several pages share; every other folder of ui belongs to one page.
SHARED = ("holdings", "kit", "request", "runs", "search", "session", "setup")


def test_folders_of_pages_do_not_import_each_other():
    # What two pages need goes down into one that is shared.
    ui = "fingen_core.ui"
    rooms = {folder.name for folder in (ROOT / "fingen_core" / "ui").iterdir() if (folder / "__init__.py").is_file()}
    assert set(SHARED) < rooms
    wrong = [
        f"{name} imports {other}"
        for name, others in drawn().items()
        for other in others
        if (here := room_of(name, ui)) in rooms
        and (there := room_of(other, ui)) in rooms - set(SHARED) - {here}
        and (here, there) != ("market", "upload")  # the Market page's file is a folder of its own
    ]
    assert not wrong, wrong


def room_of(module: str, above: str) -> str:
    """``fingen_core.ui.train.start`` above ``fingen_core.ui`` is ``train``; empty elsewhere."""
    return module.removeprefix(f"{above}.").partition(".")[0] if module.startswith(f"{above}.") else ""

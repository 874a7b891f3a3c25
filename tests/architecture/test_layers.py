"""Who may call whom: imports point up the page of the architecture only."""

import graphlib
import subprocess
import sys
from collections import defaultdict

import pytest

from tests.architecture.source import ROOT, at, imports, module_name, python_files

LAYERS = (
    ("errors", "types", "settings"),
    ("storage",),
    ("market", "transforms", "metrics", "backtests"),
    ("representations", "models", "training"),
    ("generators",),
    ("scenarios", "portfolio", "forecast", "validation"),
    ("runs", "jobs"),
    ("charts", "reports"),
    ("ui",),
    ("pages", "streamlit_app", "cli", "__main__", "benchmarks"),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}

# The process that serves pages may import these, whatever else their rooms hold.
TORCH_ROOMS = ("representations", "models", "training", "generators")
HEAVY = ("plotly", "streamlit")


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "fingen_core" and len(parts) > 1 else parts[0]


def edges():
    """(file, line, room, imported room) for every import inside the project that leaves its room."""
    for path in python_files():
        here = room(module_name(path))
        for line, name in imports(path):
            if name.split(".")[0] in ("fingen_core", "pages", "benchmarks", "streamlit_app"):
                there = room(name)
                if there not in (here, "fingen_core"):
                    yield path, line, here, there


def test_every_room_has_a_floor():
    rooms = {room(module_name(path)) for path in python_files()} - {"fingen_core"}
    assert rooms <= set(LEVEL), f"add {sorted(rooms - set(LEVEL))} to the layers here and in the architecture"


def test_imports_point_up_only():
    wrong = [
        f"{at(path, line)}: {here} may not import {there}"
        for path, line, here, there in edges()
        if LEVEL.get(there, 0) > LEVEL.get(here, 0)
    ]
    assert not wrong, "\n".join(wrong)


def test_rooms_of_one_floor_do_not_import_each_other_in_circles():
    graph = defaultdict(set)
    for _, _, here, there in edges():
        graph[here].add(there)
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_lower_floors_know_neither_charts_nor_pages():
    wrong = [
        f"{at(path, line)}: {name}"
        for path in python_files()
        for line, name in imports(path)
        if (name.split(".")[0] == "streamlit" and LEVEL[room(module_name(path))] < LEVEL["ui"] and path.parent != ROOT)
        or (name.split(".")[0] == "plotly" and LEVEL[room(module_name(path))] < LEVEL["charts"])
    ]
    assert not wrong, "\n".join(wrong)


def test_torch_is_imported_in_its_rooms_only():
    allowed = {*TORCH_ROOMS, "jobs", "benchmarks"}
    wrong = [
        at(path, line)
        for path in python_files()
        for line, name in imports(path)
        if name.split(".")[0] in ("torch", "safetensors") and room(module_name(path)) not in allowed
    ]
    assert not wrong, f"torch belongs in {', '.join(TORCH_ROOMS)}: {wrong}"


def page_modules() -> list[str]:
    """Modules of the core that the pages, the frame and everything they may load at once import."""
    above = [path for path in python_files() if room(module_name(path)) in ("pages", "streamlit_app", "ui", "charts")]
    names = {name for path in above for _, name in imports(path) if name.startswith("fingen_core")}
    return sorted(names | {module_name(path) for path in above if module_name(path).startswith("fingen_core")})


@pytest.mark.timeout(120)
def test_process_that_serves_pages_does_not_import_torch():
    script = f"""
import importlib, sys
for name in {page_modules()!r}:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        owner, _, attribute = name.rpartition(".")
        if error.name != name and not name.startswith(str(error.name) + "."):
            raise
        getattr(importlib.import_module(owner), attribute)
print(sorted(m for m in sys.modules if m.split(".")[0] in ("torch", "tensorflow", "jax")))
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"

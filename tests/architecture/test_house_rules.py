"""Rules that a reader may rely on everywhere: who connects, starts processes and reads state; what is never done."""

import ast
import getpass
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, at, calls, dotted, imports, module_name, python_files, tree

NETWORK = (
    "requests",
    "urllib.request",
    "urllib3",
    "http.client",
    "httpx",
    "aiohttp",
    "socket",
    "yfinance",
    "curl_cffi",
    "edgar",
)
PROCESSES = ("subprocess", "multiprocessing", "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.process")
SPAWNING = ("os.fork", "os.forkpty", "os.system", "os.popen", "os.posix_spawn", "os.execv", "os.spawn")


def shipped() -> list[Path]:
    return [path for path in python_files() if module_name(path).split(".")[0] != "benchmarks"]


def in_room(path: Path, *rooms: str) -> bool:
    return module_name(path).startswith(tuple(f"fingen_core.{room}" for room in rooms))


def matches(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def test_only_market_sources_open_connections():
    wrong = [
        f"{at(path, line)}: {name}"
        for path in shipped()
        if not in_room(path, "market")
        for line, name in imports(path)
        if matches(name, NETWORK)
    ]
    assert not wrong, "only fingen_core.market reaches outside: " + "; ".join(wrong)


def test_only_jobs_start_processes():
    imported = [
        f"{at(path, line)}: {name}"
        for path in shipped()
        if not in_room(path, "jobs")
        for line, name in imports(path)
        if matches(name, PROCESSES)
    ]
    called = [
        f"{at(path, line)}: {name}"
        for path in shipped()
        if not in_room(path, "jobs")
        for line, name, _ in calls(path)
        if name.startswith(SPAWNING)
    ]
    assert not imported + called, "only fingen_core.jobs starts processes: " + "; ".join(imported + called)


def test_only_ui_touches_session_state():
    wrong = [
        at(path, node.lineno)
        for path in shipped()
        if not in_room(path, "ui")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "session_state"
    ]
    assert not wrong, "session state belongs to fingen_core.ui: " + "; ".join(wrong)


def test_pages_are_left_through_one_door():
    # st.switch_page on its own ends in an error once a widget that is bound to the address has been moved.
    wrong = [
        at(path, line)
        for path in shipped()
        if module_name(path) != "fingen_core.ui.kit.show"
        for line, name, _ in calls(path)
        if name.endswith("switch_page")
    ]
    assert not wrong, "use fingen_core.ui.kit.show.go_to: " + "; ".join(wrong)


def test_no_page_lies_directly_in_pages():
    # Streamlit lists pages/*.py one level deep and would run such a file alone, without frame, on a deep link.
    assert [path.name for path in (ROOT / "pages").glob("*.py")] == []


def test_pages_define_no_types():
    # Streamlit defines a page's classes anew at every rerun, so isinstance and caches fail across reruns.
    wrong = [
        at(path, node.lineno)
        for path in python_files()
        if module_name(path).split(".")[0] in ("pages", "streamlit_app")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    ]
    assert not wrong, "types live in fingen_core: " + "; ".join(wrong)


def test_nothing_is_unpickled_or_evaluated():
    forbidden_imports = ("pickle", "cloudpickle", "dill", "shelve", "marshal", "joblib")
    forbidden_calls = ("eval", "exec", "pd.read_pickle", "pandas.read_pickle", "__import__", "yaml.load")
    wrong = [
        f"{at(path, line)}: {name}"
        for path in python_files()
        for line, name in imports(path)
        if matches(name, forbidden_imports)
    ]
    for path in python_files():
        for line, name, call in calls(path):
            keywords = {word.arg: word.value for word in call.keywords}
            if name in forbidden_calls or name.endswith("torch.load"):
                wrong.append(f"{at(path, line)}: {name}")
            allowed = keywords.get("allow_pickle")
            if allowed is not None and not (isinstance(allowed, ast.Constant) and allowed.value is False):
                wrong.append(f"{at(path, line)}: allow_pickle")
            if dotted(call.func) in ("np.load", "numpy.load") and allowed is None:
                wrong.append(f"{at(path, line)}: np.load without allow_pickle=False")
    assert not wrong, "weights are safetensors, metadata is JSON: " + "; ".join(wrong)


def test_no_swallowed_exceptions():
    wrong = [
        at(path, handler.lineno)
        for path in python_files()
        for handler in ast.walk(tree(path))
        if isinstance(handler, ast.ExceptHandler)
        and (handler.type is None or dotted(handler.type) in ("Exception", "BaseException"))
        and all(isinstance(line, ast.Pass | ast.Continue) for line in handler.body)
    ]
    assert not wrong, "say what is caught and what is done about it: " + "; ".join(wrong)


def tracked_text() -> list[tuple[str, str]]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout: nothing says which files belong to the project")
    texts = []
    for name in filter(None, listing.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".woff2", ".safetensors", ".parquet", ".ico"):
            texts.append((name, path.read_text(encoding="utf-8", errors="ignore")))
    return texts


def test_no_file_names_a_path_of_this_machine():
    private = {str(ROOT), str(Path.home()), f"/home/{getpass.getuser()}", f"/Users/{getpass.getuser()}"}
    private = {folder for folder in private if len(folder) > 4}
    wrong = [f"{name}: {folder}" for name, text in tracked_text() for folder in private if f"{folder}/" in text]
    assert not wrong, "paths are relative to the project or come from FINGEN_HOME: " + "; ".join(wrong)

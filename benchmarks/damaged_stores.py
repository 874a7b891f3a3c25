"""Damage every file of a home in turn, open every page over it, and count what ends in a traceback.

``python -m benchmarks.damaged_stores`` makes a home with real trainings, a sweep, validations, searches, a walk and
everything that people save, damages one file at a time in one of the ways of ``DAMAGES``, opens pages over it, lists
and starts trainings, and prints how often something other than an error in the app's own words came out. Minutes.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "pages").glob("*/*.py"))
SHORT = {"filter_epochs": 1, "vae_steps": 40, "gan_steps": 30, "validate_every": 20}


def _cut(path: Path, _: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _noise(path: Path, rng: random.Random) -> None:
    path.write_bytes(rng.randbytes(200))


def _folder(path: Path, _: random.Random) -> None:
    path.unlink()
    path.mkdir()


def _strange(path: Path, rng: random.Random) -> None:
    """Of JSON: one value somewhere of another kind; of other files: some bytes changed."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError):
        data = bytearray(path.read_bytes())
        for _ in range(20 if data else 0):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(bytes(data))
        return
    path.write_text(json.dumps(_changed(value, rng)), encoding="utf-8")


def _changed(value: object, rng: random.Random) -> object:
    if isinstance(value, dict) and value and rng.random() < 0.9:
        name = rng.choice(list(value))
        return {**value, name: _changed(value[name], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = rng.randrange(len(value))
        return [*value[:at], _changed(value[at], rng), *value[at + 1 :]]
    return rng.choice([None, True, -1, 1e308, "strange", [], [1], {}, {"a": 1}, "2020-13-45"])


DAMAGES: dict[str, Callable[[Path, random.Random], object]] = {
    "missing": lambda path, _: path.unlink(),
    "empty": lambda path, _: path.write_bytes(b""),
    "cut": _cut,
    "noise": _noise,
    "list": lambda path, _: path.write_text("[1, 2]"),
    "null": lambda path, _: path.write_text("null"),
    "nested": lambda path, _: path.write_text("[" * 100_000),
    "folder": _folder,
    "strange": _strange,
    "strange again": _strange,
    "strange a third time": _strange,
}


def make(home: Path) -> None:
    """Everything that a home may hold, made by the app's own means."""
    os.environ["FINGEN_HOME"] = str(home)
    from fingen_core.forecast import walk_forward  # noqa: F401 (a page's import, done once)
    from fingen_core.jobs.background import walk_forward as allocations
    from fingen_core.jobs.queue.queue import Jobs
    from fingen_core.jobs.queue.sweeps import Sweeps
    from fingen_core.market import bundled, library
    from fingen_core.portfolio.portfolio import Portfolio
    from fingen_core.runs import RunStore, own_presets, stewardship, sweeps
    from fingen_core.runs.audit import AuditLog
    from fingen_core.scenarios.requests import SampleRequest
    from fingen_core.scenarios.saved import SavedScenario, scenario_shelf
    from fingen_core.storage.records import Shelf
    from fingen_core.training.settings.config import preset
    from fingen_core.training.settings.picture_config import picture_preset

    market = bundled().select(["JPM", "XOM", "AAPL"]).between("2007-01-01", "2012-06-30")
    library.save(market)
    store = RunStore(home)
    jobs = Jobs(store)
    made = [
        store.create(market, preset("quick", "vae", **SHORT), name="A VAE"),
        store.create(market, preset("quick", "gan", **SHORT), name="A GAN"),
        store.create(market, picture_preset("quick", "vae"), name="Windows"),
    ]
    for run in made:
        jobs.submit(run.id)
    for run in made:
        print(f"{run.name}: {jobs.wait(run.id, 600)}", flush=True)
    for run in made:
        for validation in store.validations(run.id):
            print(f"validation: {jobs.wait(validation.task, 600)}", flush=True)
    config = preset("quick", "vae", **SHORT)
    sweeper = Sweeps(jobs)
    sweep = sweeper.start(market, config, [sweeps.knob("learning_rate", config)], n_trials=2)
    print(f"sweep: {sweeper.wait(sweep).status}", flush=True)
    own_presets.save(home, "Mine", config)
    stewardship.save(
        home, f"run:{made[0].id}", stewardship.Stewardship().changed(owner="Ann", status="draft", text="x", who="Ann")
    )
    stewardship.save(
        home, "pretrained", stewardship.Stewardship().changed(owner="Ann", status="draft", text="x", who="Ann")
    )
    portfolio = Portfolio(name="Book", tickers=("JPM", "XOM", "AAPL"), weights=(0.5, 0.3, 0.2))
    Shelf(home / "portfolios", "portfolio").add("Book", portfolio.to_json())
    saved = SavedScenario(
        page="pages/stress/scenarios.py",
        query={"by": ["block-bootstrap"]},
        requests=(SampleRequest(source="block-bootstrap", n_paths=10, n_steps=5),),
        digests=("0" * 16,),
        market=market.digest(),
        market_name=market.name,
        portfolio=portfolio,
        headline="It loses.",
    )
    scenario_shelf(home).add("Saved", saved.body())
    AuditLog(home).add("scenario saved", "Saved")
    _statements()
    request = allocations.WalkRequest(market_digest=market.digest())
    allocations.start(request)


def _statements() -> None:
    from fingen_core.market.statements import StatementStore, read_statements

    table = b"item,2023-12-31\nTotal assets,900000000\nRevenue,400000000\nTotal debt,100000000\n"
    StatementStore().write(read_statements(table, "jpm.csv", "JPM").companies["JPM"])


def _without_recorder() -> None:
    """No process for the MLflow record at each look: it takes more time than all the pages."""
    from fingen_core.jobs.queue.queue import Jobs

    Jobs._record_soon = lambda _: None  # type: ignore[method-assign]


def files(home: Path) -> list[Path]:
    """All files worth damaging; MLflow's own record is kept by processes of their own."""
    skip = {"lock", "audit.lock", "device.lock", "record.lock", "mlflow.db", "mlflow.lock"}
    found = (path.relative_to(home) for path in home.rglob("*") if path.is_file() and path.name not in skip)
    return sorted(path for path in found if path.parts[0] != "artifacts")


class Broken(Exception):
    """A page that ended in a traceback."""


def _as_served() -> None:
    """Let errors of fragments be told as the server has it: tests of pages know nothing of its handler."""
    from streamlit import error_util

    from fingen_core.ui import uncaught

    error_util.invoke_script_error_handler = lambda error, _: uncaught.tell(error)


def visit(pages: list[str], query: dict[str, str]) -> None:
    """Open pages over the home of the moment as a new session, by links that lead to what it holds."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    for page in pages:
        for name, value in query.items():
            app.query_params[name] = value
        app.switch_page(page).run()
        if app.exception:
            raise Broken(f"{page}: {app.exception[0].value}\n{''.join(app.exception[0].stack_trace)[-1500:]}")


def work(home: Path) -> None:
    """What programs ask of the stores: lists, a new training in line, reconciling."""
    from fingen_core.jobs.queue.queue import Jobs
    from fingen_core.market import bundled
    from fingen_core.runs import RunStore
    from fingen_core.training.settings.config import preset

    store = RunStore(home)
    jobs = Jobs(store, command=[sys.executable, "-c", "pass"])
    jobs.reconcile()
    store.list()
    store.list(deleted=True)
    store.validating()
    run = store.create(bundled().select(["JPM"]), preset("quick", "vae"))
    try:
        jobs.submit(run.id)
    finally:
        jobs.stop(run.id)
        shutil.rmtree(run.folder)


def main() -> int:
    """Damage, look, count; exit status 1 if anything ended in a traceback."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="a home made before by this command, to save the trainings")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="files whose path holds this")
    parser.add_argument("--damages", default="", help="names of damages, with commas; all by default")
    parser.add_argument("--pages", default="", help="pages whose path holds one of these, with commas; all by default")
    parser.add_argument("--most", type=int, default=10**9, help="so many looks, drawn at random where there are more")
    asked = parser.parse_args()
    home = asked.home or Path(tempfile.mkdtemp(prefix="fingen-home-"))
    if not (home / "runs").exists():
        make(home)
    pages = [page for page in PAGES if not asked.pages or any(part in page for part in asked.pages.split(","))]
    damages = {name: DAMAGES[name] for name in (asked.damages.split(",") if asked.damages else DAMAGES)}
    _without_recorder()
    _as_served()
    rng, counts, worst = random.Random(asked.seed), Counter[str](), Counter[str]()
    found = [(name, damage) for name in files(home) if asked.only in str(name) for damage in damages]
    looks = found if len(found) <= asked.most else rng.sample(found, asked.most)
    for number, (name, damage) in enumerate(looks, start=1):
        print(f"{number} of {len(looks)}: {name}, {damage}", file=sys.stderr)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            copy = Path(folder) / "home"
            shutil.copytree(home, copy, symlinks=True, ignore=shutil.ignore_patterns("*-journal"))
            os.environ["FINGEN_HOME"] = str(copy)
            damages[damage](copy / name, rng)
            try:
                work(copy)
                visit(pages, _links(home, name))
                counts["told in words"] += 1
            except Exception as error:  # noqa: BLE001 - counting them is the point
                counts["traceback"] += 1
                text = str(error) if isinstance(error, Broken) else traceback.format_exc()[-1500:]
                worst[text.strip().splitlines()[-1][:150]] += 1
                print(f"--- {name}, {damage}\n{text}", flush=True)
    print(f"\n{len(looks)} of {len(found)} looks at {len(pages)} pages each: {dict(counts)}")
    for text, times in worst.most_common():
        print(f"{times:5d}  {text}")
    return int(counts["traceback"] > 0)


def _links(home: Path, name: Path) -> dict[str, str]:
    """What an address names: market, runs (the one whose file is damaged first), sweep, scenario, portfolio."""
    runs = sorted(path.name for path in (home / "runs").iterdir())
    own = next((part for part in name.parts if part in runs), runs[0])
    return {
        "market": next((home / "markets").glob("*.json")).stem,
        "run": own,
        "runs": ",".join(dict.fromkeys([own, *runs[:2]])),
        "sweep": next((home / "sweeps").iterdir()).name,
        "scenario": next((home / "scenarios").glob("*.json")).stem,
        "portfolio": "Book",
    }


if __name__ == "__main__":
    sys.exit(main())

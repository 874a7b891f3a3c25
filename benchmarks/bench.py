"""Measure what a person waits for: training, sampling, opening the app, rerunning a page, memory.

Run by ``make bench``. With ``--write`` the table goes into ``docs/benchmarks.md`` with device and commit.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
SHAPE = (1000, 63)
"""Paths and days of the sampling goal."""


@dataclass(frozen=True)
class Row:
    """One measurement beside its goal (empty where there is none)."""

    what: str
    value: str
    goal: str = ""


def training() -> Iterator[Row]:
    """Seconds of each preset and model on the bundled market, in this process."""
    from fingen_core.generators.filtered.generator import train
    from fingen_core.market import bundled
    from fingen_core.training.settings.config import PRESETS, preset

    for name in PRESETS:
        for model in ("vae", "gan"):
            begun = time.perf_counter()
            train(bundled(), preset(name, model), device="cpu")
            goal = "at most 60 s" if name == "balanced" else ""
            yield Row(f"training, {name} {model.upper()}", f"{time.perf_counter() - begun:.1f} s", goal)


def steps() -> Iterator[Row]:
    """Steps per second of each preset, without what happens between steps."""
    from benchmarks.steps import filtered_loops, picture_loops, steps_per_second
    from fingen_core.training.devices import one_thread
    from fingen_core.training.settings.config import PRESETS

    for name in PRESETS:
        for loops in (filtered_loops, picture_loops):
            for what, loop in loops(name, "cpu"):
                with one_thread():
                    rate = steps_per_second(loop, seconds=2.0)
                yield Row(f"steps per second, {name}, {what}", f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}")


def sampling() -> Iterator[Row]:
    """The pretrained model in this process, then through the warm worker as a page asks for it."""
    from fingen_core.generators.filtered.generator import NeuralGenerator
    from fingen_core.jobs.warm.sampler import Sampler
    from fingen_core.scenarios.requests import SampleRequest
    from fingen_core.settings import ASSETS

    generator = NeuralGenerator.load(ASSETS / "pretrained")
    n_paths, n_steps = SHAPE
    generator.sample(n_paths, n_steps, seed=0)
    seconds = _median(lambda seed: generator.sample(n_paths, n_steps, seed=seed), 9)
    asset_days = n_paths * n_steps * len(generator.tickers)
    yield Row("sampling, asset-days per second", f"{asset_days / seconds / 1e6:.1f} million", "at least 3 million")
    yield Row("1,000 paths x 63 days x 19 assets, in process", f"{seconds:.2f} s", "under 0.5 s")
    sampler = Sampler()
    try:
        begun = time.perf_counter()
        sampler.sample(SampleRequest(source="pretrained", n_paths=10, n_steps=1, seed=0))
        yield Row("sampling worker, cold to first answer", f"{time.perf_counter() - begun:.2f} s")

        def ask(seed: int) -> None:
            sampler.sample(SampleRequest(source="pretrained", n_paths=n_paths, n_steps=n_steps, seed=seed))

        ask(1)
        yield Row("the same through the warm worker", f"{_median(lambda seed: ask(seed + 2), 9):.2f} s", "under 0.5 s")
    finally:
        sampler.close()


def opening() -> Iterator[Row]:
    """From starting the server to the first chart in Chromium; memory after every page was open."""
    import psutil
    from playwright.sync_api import sync_playwright

    from tests.browser.server import CHROMIUM, NO_CHROMIUM, PAGES, launch, serve

    if CHROMIUM is None:
        yield Row("opening the app", NO_CHROMIUM)
        return
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for attempt in ("first", "again"):
            with tempfile.TemporaryDirectory() as folder:
                begun = time.perf_counter()
                with serve(Path(folder)) as app:
                    healthy = time.perf_counter() - begun
                    page = browser.new_page(viewport={"width": 1440, "height": 900})
                    page.goto(app.page())
                    page.locator(".js-plotly-plot .plot-container").first.wait_for(timeout=60_000)
                    seconds = time.perf_counter() - begun
                    yield Row(f"cold start to first chart, {attempt}", f"{seconds:.1f} s", "under 5 s")
                    yield Row(f"of that, server healthy, {attempt}", f"{healthy:.1f} s")
                    if attempt == "again":
                        for name in PAGES:
                            page.goto(app.page(name))
                            page.locator("h1").first.wait_for(timeout=60_000)
                            page.wait_for_load_state("networkidle")
                        server = psutil.Process(app.pid)
                        yield Row("memory of the page process", _megabytes(server), "under 400 MB")
                        for child in server.children(recursive=True):
                            yield Row("memory of the sampling worker", _megabytes(child))
                    page.close()
        browser.close()


def rules() -> Iterator[Row]:
    """Every investment rule on 10,000 generated paths of a year."""
    from fingen_core.market.step import TRADING_DAYS
    from fingen_core.portfolio.strategies.backtest import backtest
    from fingen_core.portfolio.strategies.rules import RULES

    rng = np.random.default_rng(0)
    paths = rng.standard_normal((10_000, 252, 19), dtype=np.float32) * np.float32(0.01)
    before = np.exp(np.cumsum(rng.standard_normal((400, 19)) * 0.01, axis=0))
    for kind in RULES.values():
        rule = kind()
        begun = time.perf_counter()
        backtest(rule, paths, before=before, base=np.full(19, 1 / 19), steps_per_year=TRADING_DAYS)
        seconds = time.perf_counter() - begun
        yield Row(f"10,000 paths x 252 days x 19 assets, {rule.name.lower()}", f"{seconds:.2f} s", "under 2 s")


def ratios() -> Iterator[Row]:
    """Work whose speed must not be lost, as a multiple of plain work on the same numbers in the same run."""
    import pandas as pd

    from fingen_core.metrics.validation import quick_scores
    from fingen_core.portfolio.strategies.backtest import backtest
    from fingen_core.portfolio.strategies.rules import RiskParity, Trend

    rng = np.random.default_rng(0)
    paths = rng.standard_normal((10_000, 252, 19), dtype=np.float32) * np.float32(0.01)
    before = np.exp(np.cumsum(rng.standard_normal((253, 19)) * 0.01, axis=0))
    for rule, goal in ((Trend(), 3), (RiskParity(), 12)):
        work = partial(backtest, rule, paths, before=before, base=np.full(19, 1 / 19))
        plain = partial(_prices, paths)
        yield _ratio(f"{rule.name.lower()} on 10,000 paths of a year, over their prices", work, plain, goal)
    draws = paths[:500]
    work = partial(quick_scores, draws, draws[:, 0].astype(float))
    yield _ratio("quick scores of 500 days, over sorting their draws", work, partial(np.sort, draws, axis=1), 8)
    with tempfile.TemporaryDirectory() as folder:
        store, run = _many_runs(Path(folder))
        files = list(Path(folder).rglob("*.json"))
        plain = partial(_read, files)
        yield _ratio("list of 50 runs, over reading their files", store.list, plain, 15)
        plain = partial(pd.read_csv, run.folder / "curves.csv")
        yield _ratio(
            "curves of 400 reports once more, over reading them as CSV", partial(store.curves, run.id), plain, 1
        )


def _ratio(what: str, work: Callable[[], object], plain: Callable[[], object], goal: int) -> Row:
    """The best of seven against the best of seven, in turn: other work on the machine slows single ones only."""
    seconds = np.array([[_median(lambda _, each=each: each(), 1) for each in (work, plain)] for _ in range(7)])
    ours, theirs = seconds.min(axis=0)
    return Row(what, f"{ours / theirs:.2f} times", f"at most {goal}")


def _prices(paths: np.ndarray) -> np.ndarray:
    return np.exp(np.cumsum(paths, axis=1))


def _read(files: list[Path]) -> list[bytes]:
    return [path.read_bytes() for path in files]


def _many_runs(home: Path) -> tuple[Any, Any]:
    """A store of fifty runs, and the one of them that has reported four hundred times."""
    from fingen_core.market import bundled
    from fingen_core.runs import RunStore
    from fingen_core.runs.curves import append
    from fingen_core.training.progress import Progress
    from fingen_core.training.settings.config import TrainingConfig

    store = RunStore(home)
    runs = [store.create(bundled(), TrainingConfig(), name=f"Run {number}") for number in range(50)]
    for step in range(400):
        losses = {f"t{number}": 0.1 for number in range(8)}
        append(runs[0].folder / "curves.csv", Progress(phase="VAE", step=step, n_steps=400, losses=losses))
    return store, runs[0]


def report() -> Iterator[Row]:
    """From the press of a button on the Portfolio page to the finished HTML report, all parts ticked, in Chromium."""
    from playwright.sync_api import expect, sync_playwright

    from tests.browser.server import CHROMIUM, NO_CHROMIUM, launch, serve

    if CHROMIUM is None:
        yield Row("HTML report", NO_CHROMIUM)
        return
    expect.set_options(timeout=120_000)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as app:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(app.page("portfolio"))
        expect(page.get_by_text("generated paths, and in these").first).to_be_visible()
        expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
        page.get_by_role("button", name="Report", exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("HTML", exact=True).click()
        begun = time.perf_counter()
        dialog.get_by_role("button", name="Make report").click()
        dialog.locator("[data-testid=stDownloadButton]").wait_for(timeout=120_000)
        yield Row("HTML report of the portfolio", f"{time.perf_counter() - begun:.1f} s", "under 10 s")
        browser.close()


def reruns() -> Iterator[Row]:
    """Script time of each page once open, and of each view of the Portfolio page: 95th percentile of 20 reruns."""
    from fingen_core.ui.risk.views import VIEWS

    pages = sorted(str(path.relative_to(ROOT / "pages")) for path in (ROOT / "pages").glob("*/*.py"))
    for name in pages:
        yield _rerun(name, name)
    for view in VIEWS:
        yield _rerun("risk/portfolio.py", f"Portfolio, {view}", risk_view=view)


def _rerun(name: str, what: str, **query: str) -> Row:
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120).run()
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{name}").run()
    app.run()
    if app.exception:
        raise RuntimeError(f"{name} shows an error, so its time means nothing: {app.exception[0].value}")
    seconds = []
    for _ in range(20):
        begun = time.perf_counter()
        app.run()
        seconds.append(time.perf_counter() - begun)
    return Row(f"rerun of {what}, p95", f"{1000 * np.quantile(seconds, 0.95):.0f} ms", "under 300 ms")


PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    "training": training,
    "steps": steps,
    "sampling": sampling,
    "opening": opening,
    "report": report,
    "rules": rules,
    "ratios": ratios,
    "reruns": reruns,
}


def main() -> None:
    """Measure the parts asked for and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure (default: everything)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FINGEN_HOME"] = folder
        rows = []
        print("| what | measured | goal |\n| --- | --- | --- |")
        for name in arguments.parts or PARTS:
            for row in PARTS[name]():
                print(_line(row), flush=True)
                rows.append(row)
    if arguments.write:
        _write(rows)


def _line(row: Row) -> str:
    return f"| {row.what} | {row.value} | {row.goal} |"


def _write(rows: list[Row]) -> None:
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    about = f"{machine()}, commit {_commit()}, `make bench ARGS=--write`."
    table = "\n".join(["| what | measured | goal |", "| --- | --- | --- |", *map(_line, rows)])
    DOCUMENT.write_text(f"{before}{BEGIN}\n{about}\n\n{table}\n{END}{after}")


def machine() -> str:
    cores = len(os.sched_getaffinity(0))
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}"


def _commit() -> str:
    answer = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or "unknown"


def _megabytes(process: "object") -> str:
    return f"{process.memory_info().rss / 1e6:.0f} MB"  # type: ignore[attr-defined]


def _median(work: Callable[[int], object], repeats: int) -> float:
    seconds = []
    for repeat in range(repeats):
        begun = time.perf_counter()
        work(repeat)
        seconds.append(time.perf_counter() - begun)
    return float(np.median(seconds))


if __name__ == "__main__":
    main()

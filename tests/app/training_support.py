"""What the tests of the Train and Runs pages share: the app from its entry script, and runs in every state."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.jobs.queue.queue import Jobs
from fingen_core.runs import Run, RunStore
from fingen_core.runs.folder import RunFolder
from fingen_core.training.progress import Progress
from fingen_core.training.settings.config import TrainingConfig, preset
from fingen_core.ui.runs import devices
from fingen_core.ui.session import state
from tests.jobs_support import TRAINER, small_market

ENTRY = Path(__file__).resolve().parents[2] / "streamlit_app.py"
SCORES = {"fz0_1": 1.5, "fz0_2.5": 1.2, "fz0_5": 1.0, "crps": 0.77}
RIVALS = {"fhs-gjr/fz0_2.5": 1.27, "fhs-gjr/crps": 0.78, "block-bootstrap/fz0_2.5": 1.43, "block-bootstrap/crps": 0.8}
CPU = {"name": "cpu", "label": "CPU, 2 threads", "memory_bytes": 8 * 2**30, "threads": 2}


def without_torch(patch: pytest.MonkeyPatch) -> None:
    """Workers that count instead of training, and a device that need not be asked for."""
    patch.setattr(devices, "known", lambda: [CPU])
    patch.setattr(devices, "asking", lambda: False)
    patch.setattr(state, "jobs", lambda: counting_jobs(state.store()))
    patch.setattr(state, "warm_sampler", lambda: None)


def open_page(name: str, **query: str) -> AppTest:
    """A page of the app, as a link to it would show it."""
    app = AppTest.from_file(str(ENTRY), default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{name}.py").run()
    assert not app.exception, app.exception
    return app


def make_run(store: RunStore, status: str = "done", *, name: str = "First", error: str = "", **changes: Any) -> Run:
    """A run that has come to a state, with the files that a worker leaves behind."""
    config: TrainingConfig = preset("quick", **changes)
    run = store.create(small_market(520), config, name=name)
    folder = RunFolder(run.folder)
    moment = datetime.now(UTC).isoformat()
    folder.change(status=status, started=moment, ended="" if status in ("queued", "running") else moment, error=error)
    report = Progress(
        phase="VAE",
        step=300,
        n_steps=600,
        throughput=40.0,
        losses={"vae/kl": 2.0, "vae/reconstruction": 20.0},
        scores=SCORES,
        rivals=RIVALS,
        sample=[0.01, -0.02, 0.005],
    )
    if status != "queued":
        folder.write("progress.json", report.as_dict())
        write_curves(folder)
    if status == "done":
        (folder / "generator.safetensors").write_bytes(b"")
        (folder / "generator.json").write_text(json.dumps({}))
    return store.get(run.id)


def write_curves(folder: RunFolder) -> None:
    lines = [f"{step},VAE,vae/kl,{2 + step / 1000}" for step in (100, 200, 300)]
    lines += [f"{step},VAE,fz0_2.5,{1.3 - step / 3000}" for step in (100, 200, 300)]
    (folder / "curves.csv").write_text("\n".join(lines) + "\n")


def texts(app: AppTest) -> str:
    """All words in the main part, for looking for a sentence."""
    kinds = (app.markdown, app.caption, app.error, app.warning, app.subheader, app.info, app.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def setting(app: AppTest, name: str) -> Any:
    """The widget of a setting; ``None`` if the form does not show it. Its key ends with the version of the form."""
    widgets = [*app.select_slider, *app.number_input, *app.selectbox, *app.toggle]
    return next((widget for widget in widgets if re.fullmatch(rf"train_{name}_\d+", widget.key or "")), None)


def buttons(app: AppTest) -> dict[str, Any]:
    return {button.key: button for button in app.button}


def counting_jobs(store: RunStore) -> Jobs:
    return Jobs(store, command=TRAINER)

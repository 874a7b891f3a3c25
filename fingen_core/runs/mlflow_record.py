"""The record of runs in MLflow: a SQLite file under ``FINGEN_HOME``, or the server in ``MLFLOW_TRACKING_URI``.

The run's folder is what this machine works with; the record is what other people and tools look at. ``push`` brings
the record up to date with the folder and may be repeated at will, so a server that is away costs nothing but delay.
Importing MLflow takes seconds and a hundred megabytes: only workers and the command line do it, never a page.
"""

import json
import logging
import os
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from fingen_core.runs.folder import RunFolder
from fingen_core.storage.locks import Lock
from fingen_core.types import RunStatus

__all__ = ["EXPERIMENT", "Record", "keep_telemetry_off"]

EXPERIMENT = "fingen"
_STATUS: dict[RunStatus, str] = {
    "queued": "SCHEDULED",
    "running": "RUNNING",
    "done": "FINISHED",
    "stopped": "KILLED",
    "failed": "FAILED",
    "lost": "FAILED",
}
_ARTIFACTS = (
    "run.json",
    "config.json",
    "card.json",
    "card.md",
    "generator.json",
    "generator.safetensors",
    "curves.csv",
    "changes.json",
)
_BATCH = 1000
_log = logging.getLogger(__name__)
_importing = threading.Lock()


def keep_telemetry_off() -> None:
    """MLflow reports its use to its makers unless these are set before it is imported; workers inherit them."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"


keep_telemetry_off()


class Record:
    """Mirrors run folders into one MLflow experiment."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @property
    def uri(self) -> str:
        return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{self.home / 'mlflow.db'}"

    def is_current(self, folder: RunFolder) -> bool:
        """Whether the record holds this run as it is; asks the folder only, not the server."""
        known = folder.read("record.json")
        return known.get("uri") == self.uri and known.get("sent") == _signature(folder)

    def push(self, folder: RunFolder) -> bool:
        """Bring the record of one run up to date; whether it worked. A failure is logged, never raised."""
        with _importing:
            mlflow_errors = _mlflow()
        try:
            with Lock(folder / "record.lock"):
                self._push(folder)
        except (OSError, ValueError, LookupError, mlflow_errors[0], mlflow_errors[1]) as error:
            _log.warning("run %s is not recorded at %s yet: %s", folder.id, _without_password(self.uri), error)
            return False
        return True

    def _push(self, folder: RunFolder) -> None:
        client = self._client()
        known = folder.read("record.json")
        if known.get("uri") != self.uri:
            known = {"uri": self.uri, "mlflow_id": self._create(client, folder), "offset": 0}
            folder.write("record.json", known)
        mlflow_id = str(known["mlflow_id"])
        state, sent = folder.present(), _signature(folder)
        if client.get_run(mlflow_id).info.lifecycle_stage == "deleted":
            client.restore_run(mlflow_id)  # a deleted record takes no more entries
        client.update_run(mlflow_id, _STATUS[state.status], folder.name())
        known["offset"] = _send_curves(client, mlflow_id, folder, int(known["offset"]))
        for key, value in {"status": state.status, "error": state.error, "ended": state.ended}.items():
            client.set_tag(mlflow_id, f"fingen.{key}", value)
        if state.ended:
            client.set_terminated(mlflow_id, _STATUS[state.status], _milliseconds(state.ended))
            for name in _ARTIFACTS:
                if (folder / name).exists():
                    client.log_artifact(mlflow_id, str(folder / name))
        if folder.is_deleted():
            client.delete_run(mlflow_id)
        folder.write("record.json", {**known, "sent": sent})

    def _client(self) -> Any:
        from mlflow import MlflowClient

        self.home.mkdir(parents=True, exist_ok=True)
        # The first one to open a fresh file lays out its tables; two at once would trip over each other.
        with Lock(self.home / "mlflow.lock"), _sqlalchemy_hushed():
            return MlflowClient(tracking_uri=self.uri)

    def _create(self, client: Any, folder: RunFolder) -> str:
        from mlflow.entities import Param

        run, config = folder.read("run.json"), folder.read("config.json")
        tags = {"fingen.id": folder.id, "fingen.market": json.dumps(run.get("market", {}))[:5000]}
        if run.get("sweep"):
            tags["fingen.sweep"] = run["sweep"]
        created = client.create_run(
            self._experiment(client),
            start_time=_milliseconds(run["created"]),
            tags=tags,
            run_name=folder.name(),
        )
        client.log_batch(created.info.run_id, params=[Param(name, str(value)) for name, value in config.items()])
        return str(created.info.run_id)

    def _experiment(self, client: Any) -> str:
        with Lock(self.home / "mlflow.lock"):
            found = client.get_experiment_by_name(EXPERIMENT)
            if found is not None:
                return str(found.experiment_id)
            local = None if os.environ.get("MLFLOW_TRACKING_URI") else (self.home / "artifacts").as_uri()
            return str(client.create_experiment(EXPERIMENT, artifact_location=local))


def _send_curves(client: Any, mlflow_id: str, folder: RunFolder, offset: int) -> int:
    """Send what the curves file holds beyond ``offset``; the new offset.

    A point's time is that of its step, so that sending it again after an accident is recognized as the same point.
    """
    from mlflow.entities import Metric

    from fingen_core.runs.curves import complete_text, rows

    text, end = complete_text(folder / "curves.csv", offset)
    origin = _milliseconds(folder.read("run.json")["created"])
    metrics: Iterator[Any] = (
        Metric(re.sub(r"[^\w\-. :/]", "_", name), value, origin + step, step) for step, _, name, value in rows(text)
    )
    while batch := list(islice(metrics, _BATCH)):
        client.log_batch(mlflow_id, metrics=batch)
    return end


def _mlflow() -> tuple[type[Exception], type[Exception]]:
    """Import MLflow quietly and without telemetry; the errors that its stores raise."""
    keep_telemetry_off()
    # A server that is away must not hold up a worker for the minutes that MLflow would wait.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    with _sqlalchemy_hushed():
        import mlflow.store.tracking.sqlalchemy_store
        from sqlalchemy.exc import SQLAlchemyError
    for noisy in ("mlflow", "alembic"):  # both speak of their tables at the level of news
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return mlflow.exceptions.MlflowException, SQLAlchemyError


@contextmanager
def _sqlalchemy_hushed() -> Iterator[None]:
    """MLflow 3.17 builds its tables with a loader that SQLAlchemy 2.1 deprecates: nothing for our readers."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*noload.*")
        yield


def _signature(folder: RunFolder) -> list[object]:
    """What makes a record outdated when it changes."""
    state = folder.present()
    return [state.status, state.ended, folder.name(), folder.is_deleted()]


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def _without_password(uri: str) -> str:
    return re.sub(r"://[^@/]*@", "://", uri)

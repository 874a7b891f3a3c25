"""The process that trains one run: ``python -m fingen_core.jobs.queue.train_worker <run folder>``.

A model that is done is validated quickly in the same process, on the days it was not trained on; whatever comes of
that, the model stays done.
"""

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from fingen_core.errors import FinGenError
from fingen_core.jobs.queue import process, validation_worker
from fingen_core.runs.folder import RunFolder, now, write_text
from fingen_core.runs.mlflow_record import Record
from fingen_core.training.settings.picture_config import Configuration, PictureConfig, read_config

__all__ = ["Train", "main"]

Train: TypeAlias = Callable[..., Any]
"""``train(market, config, *, folder, device, on_progress, should_stop)``, giving a generator with ``info``."""

_RECORD_EVERY = 10.0
_log = logging.getLogger("fingen.worker")


def main(
    arguments: list[str],
    train: Train | None = None,
    push: Callable[[RunFolder], object] | None = None,
    judge: validation_worker.Judge | None = None,
) -> int:
    """Train the run in the folder ``arguments[0]`` and ``push`` it to the record; exit code 0 unless it failed."""
    folder = RunFolder(Path(arguments[0]).resolve())
    push = push or Record(folder.home).push
    with process.held(folder) as asked:
        if asked is None:
            return 0
        with _watched_from_afar(folder, push):
            failed = process.take_turn(folder, asked, lambda: _run(folder, asked, train or _train, judge))
    push(folder)
    return int(failed)


@contextlib.contextmanager
def _watched_from_afar(folder: RunFolder, push: Callable[[RunFolder], object]) -> Iterator[None]:
    """On a shared tracking server others follow the curves while they grow; the own file is read by nobody else."""
    ended = threading.Event()

    def keep_recording() -> None:
        while not ended.wait(_RECORD_EVERY):
            push(folder)

    if os.environ.get("MLFLOW_TRACKING_URI"):
        threading.Thread(target=keep_recording, daemon=True, name="record").start()
    yield
    ended.set()


def _run(folder: RunFolder, asked: process.Asked, train: Train, judge: validation_worker.Judge | None) -> bool:
    """Train and write down how it ended; whether it failed."""
    reporter = process.Reporter(folder)

    def work() -> None:
        reporter.finish(_trained(folder, asked, train, reporter).info)

    end = process.perform(folder, asked, work)
    if end["status"] != "done":
        reporter.keep(folder.read("generator.json"))
    _write_card(folder, end["status"])
    folder.change(ended=now(), **end)
    # A sweep asks for one score of each of many: its winner is validated when it is trained to stay.
    if end["status"] == "done" and (folder / "held-out").exists() and not folder.read("run.json").get("sweep"):
        _validate(folder, judge)
    return bool(end["status"] == "failed")


def _validate(folder: RunFolder, judge: validation_worker.Judge | None) -> None:
    """Judge the model as it was before it saw the held-out days; the model card then says how it did."""
    with _logged("the quick validation was not made"):
        validation_worker.quick(folder, judge)
        _write_card(folder, "done")


def _trained(folder: RunFolder, asked: process.Asked, train: Train, reporter: process.Reporter) -> Any:
    from fingen_core.market import library

    config = read_config((folder / "config.json").read_text(encoding="utf-8"))
    market = library.read(folder / "market")
    return train(
        market,
        config,
        folder=folder.path,
        device=folder.read("run.json").get("device", "auto"),
        on_progress=reporter,
        should_stop=asked.to_stop,
    )


def _train(market: Any, config: Configuration, **more: Any) -> Any:
    if isinstance(config, PictureConfig):
        from fingen_core.generators.pictures.generator import train_pictures

        return train_pictures(market, config, **more)
    from fingen_core.generators.filtered.generator import train

    return train(market, config, **more)


def _write_card(folder: RunFolder, status: str) -> None:
    """Describe the model that is there, if there is one; a failure here must not hide how the training ended."""
    from fingen_core.runs import card
    from fingen_core.runs.store import RunStore, card_facts

    if not (folder / "generator.json").exists():
        return
    with _logged("the model card was not written"):
        run = RunStore(folder.home).get(folder.id)
        info = {"scores": run.scores, "rivals": run.rivals, **folder.read("generator.json")}
        facts = {**card_facts(run), "status": status, "ended": now().split(".")[0] + "+00:00"}
        made = card.build(facts, folder.read("config.json"), info)
        folder.write("card.json", made)
        write_text(folder / "card.md", card.markdown(made))


@contextlib.contextmanager
def _logged(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, FinGenError):
        _log.exception(what)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""``runs``: list, open and manage trainings."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fingen_core.cli.about_runs import run_facts, run_lines, watch
from fingen_core.cli.shown import Line, as_json, open_store, tell
from fingen_core.errors import InvalidInput

if TYPE_CHECKING:
    from fingen_core.runs import RunStore

__all__ = ["delete", "export", "rename", "restore", "resume", "runs", "runs_list", "show", "stop"]


@click.group()
def runs() -> None:
    """List, open and manage trainings."""


run_argument = click.argument("run_id")


@runs.command("list")
@click.option("--deleted", is_flag=True, help="Those that can be restored.")
@as_json
def runs_list(deleted: bool, as_json: bool) -> None:
    """All runs, the newest first."""
    from fingen_core.jobs.queue.queue import Jobs

    store = open_store()
    Jobs(store).reconcile()
    found = store.list(deleted=deleted)
    lines = [
        f"{run.id}  {run.status:8}  {run.created:%Y-%m-%d %H:%M}  {_score(run.scores):>8}  {run.name}" for run in found
    ]
    head = f"{'run':12}  {'state':8}  {'made (UTC)':16}  {'FZ0 2.5%':>8}  name"
    broken = [] if deleted else store.damaged()
    told = [f"damaged: {one.why} ({one.path})" for one in broken]
    facts = {"runs": [run_facts(run) for run in found]}
    if broken:
        facts["damaged"] = [{"name": one.name, "path": str(one.path), "why": one.why} for one in broken]
    tell(facts, [*([head, *lines] if found else ["no runs yet"]), *told], as_json)


@runs.command()
@run_argument
@as_json
def show(run_id: str, as_json: bool) -> None:
    """State, scores and model card of a run."""
    store = open_store()
    run = store.get(run_id)
    tell({**run_facts(run), "card": store.card(run_id)}, [*run_lines(run), "", store.card_markdown(run_id)], as_json)


@runs.command()
@run_argument
@click.argument("name")
@as_json
def rename(run_id: str, name: str, as_json: bool) -> None:
    """Give a run another name."""
    store = open_store()
    store.rename(run_id, name)
    _recorded(store, run_id, f"run {run_id} is called {name}", as_json)


@runs.command()
@run_argument
@click.option("--forever", is_flag=True, help="Remove its files; it cannot be restored then.")
@as_json
def delete(run_id: str, forever: bool, as_json: bool) -> None:
    """Hide a run, stopping it first; `restore` brings it back."""
    from fingen_core.jobs.queue.queue import Jobs

    store = open_store()
    jobs = Jobs(store)
    jobs.delete(run_id)
    jobs.wait(run_id)
    if forever:
        _record(store, run_id)
        store.purge(run_id)
        tell({"run_id": run_id, "purged": True}, [f"run {run_id} is gone"], as_json)
        return
    _recorded(store, run_id, f"run {run_id} is deleted; `runs restore {run_id}` brings it back", as_json)


@runs.command()
@run_argument
@as_json
def restore(run_id: str, as_json: bool) -> None:
    """Bring a deleted run back."""
    store = open_store()
    store.restore(run_id)
    _recorded(store, run_id, f"run {run_id} is back", as_json)


@runs.command()
@run_argument
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File; fingen-<run>.zip by default.")
@click.option("--curves", is_flag=True, help="Only losses and scores, as CSV.")
@as_json
def export(run_id: str, out: Path | None, curves: bool, as_json: bool) -> None:
    """Write model, settings, curves and card to a zip."""
    from fingen_core.market import spreadsheet

    store = open_store()
    content = spreadsheet.to_csv(store.curves(run_id)).encode() if curves else store.export(run_id)
    out = out or Path(f"fingen-{run_id}{'-curves.csv' if curves else '.zip'}")
    try:
        out.write_bytes(content)
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written ({error.strerror}): choose another folder") from error
    tell({"run_id": run_id, "out": str(out), "bytes": len(content)}, [f"{len(content):,} bytes in {out}"], as_json)


@runs.command()
@run_argument
@as_json
def stop(run_id: str, as_json: bool) -> None:
    """Stop a run; its best checkpoint is kept."""
    from fingen_core.jobs.queue.queue import Jobs

    store = open_store()
    jobs = Jobs(store)
    jobs.stop(run_id)
    jobs.wait(run_id)
    run = store.get(run_id)
    tell(run_facts(run), run_lines(run), as_json)


@runs.command()
@run_argument
@click.option("--detach", is_flag=True, help="Do not wait.")
@as_json
def resume(run_id: str, detach: bool, as_json: bool) -> int:
    """Go on exactly where a stopped, failed or lost run was."""
    from fingen_core.jobs.queue.queue import Jobs

    store = open_store()
    jobs = Jobs(store)
    jobs.resume(run_id)
    if detach:
        tell(run_facts(store.get(run_id)), [f"run {run_id} is in line"], as_json)
        return 0
    return watch(jobs, run_id, as_json)


def _recorded(store: "RunStore", run_id: str, sentence: str, as_json: bool) -> None:
    _record(store, run_id)
    tell(run_facts(store.get(run_id)), [sentence], as_json)


def _record(store: "RunStore", run_id: str) -> None:
    """Tell the tracking server at once: this process has no page to keep quick."""
    with Line() as line:
        line.say("recording")
        store.record.push(store.folder(run_id))


def _score(scores: Mapping[str, float]) -> str:
    return f"{scores['fz0_2.5']:.4f}" if "fz0_2.5" in scores else ""

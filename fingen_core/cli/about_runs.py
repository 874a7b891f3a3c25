"""What is told about a run, and watching one until it ends."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fingen_core.cli.shown import INTERRUPTED, Line, duration, tell
from fingen_core.errors import JobFailed

if TYPE_CHECKING:
    from fingen_core.runs import Run

__all__ = ["run_facts", "run_lines", "watch"]


def watch(jobs: Any, run_id: str, as_json: bool) -> int:
    """Show a training until it ends, and then its scores; Ctrl-C stops it."""
    line, code = Line(), 0
    try:
        for run in jobs.follow(run_id):
            line.show_run(run)
    except KeyboardInterrupt:
        line.say("stopping, the best checkpoint is kept; see `runs resume`")
        jobs.stop(run_id)
        jobs.wait(run_id)
        code = INTERRUPTED
    line.end()
    run = jobs.store.get(run_id)
    if run.status in {"failed", "lost"}:
        raise JobFailed(f"run {run_id} {run.status}: {run.error}")
    tell(run_facts(run), run_lines(run), as_json)
    return code


def run_facts(run: "Run") -> dict[str, Any]:
    moments = {
        name: moment.isoformat() if (moment := getattr(run, name)) else "" for name in ("created", "started", "ended")
    }
    return {
        "run_id": run.id,
        "name": run.name,
        "status": run.status,
        "error": run.error,
        "model": run.config.model,
        "preset": run.config.preset,
        "seed": run.config.seed,
        "market_digest": run.market_digest,
        "market_name": run.market_name,
        "tickers": list(run.tickers),
        **moments,
        "seconds": run.took,
        "scores": run.scores,
        "rivals": run.rivals,
        "findings": run.findings,
        "has_model": run.has_model,
        "folder": str(run.folder),
        "deleted": run.deleted,
        "sweep": run.sweep,
    }


def run_lines(run: "Run") -> list[str]:
    took = f" in {duration(run.took)}" if run.took is not None else ""
    scores = [f"  {name:10}{value:8.4f}{_beside(run.rivals, name)}" for name, value in run.scores.items()]
    seen = [f"{one['phase']}, {one['kind']}: {one['sentence']} {one['remedy']}".strip() for one in run.findings]
    return [f"run {run.id} ({run.name}): {run.status}{took}", *([run.error] if run.error else []), *seen, *scores]


def _beside(rivals: Mapping[str, float], score: str) -> str:
    found = {key.partition("/")[0]: value for key, value in rivals.items() if key.endswith(f"/{score}")}
    return "".join(f"   {name} {value:.4f}" for name, value in found.items())

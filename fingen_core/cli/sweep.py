"""``sweep``: let Optuna look for better settings; each trial is an ordinary run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fingen_core.cli.markets import named_market, refuse_unfit
from fingen_core.cli.shown import INTERRUPTED, Line, as_json, duration, market_option, open_store, tell
from fingen_core.cli.training import asked_settings, settings_options
from fingen_core.errors import InvalidInput, JobFailed

if TYPE_CHECKING:
    from fingen_core.jobs.queue.sweeps import Sweeps
    from fingen_core.runs.sweeps import Knob, Sweep, Trial
    from fingen_core.training.settings.picture_config import Configuration

__all__ = ["sweep"]


@click.command()
@market_option
@settings_options
@click.option(
    "--tune",
    "tuned",
    multiple=True,
    metavar="NAME[=LOW:HIGH|A,B]",
    help="A knob, over its whole range unless told otherwise; may be repeated.",
)
@click.option("--trials", "n_trials", type=int, default=20, show_default=True)
@click.option("--minutes", type=float, default=0.0, help="No trial begins after so many; 0 is no limit.")
@click.option("--prune/--no-prune", default=True, show_default=True, help="Stop trials that lag behind the others.")
@click.option("--resume", "sweep_id", default="", metavar="ID", help="Go on with a sweep that was stopped.")
@click.option("--name", default="", help="Name of the sweep.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda:0, mps.")
@click.option("--detach", is_flag=True, help="Do not wait: the sweep goes on by itself.")
@as_json
def sweep(  # noqa: PLR0917
    market_name: str,
    model: Any,
    preset: Any,
    seed: int,
    changes: tuple[str, ...],
    config: Path | None,
    tuned: tuple[str, ...],
    n_trials: int,
    minutes: float,
    prune: bool,
    sweep_id: str,
    name: str,
    device: str,
    detach: bool,
    as_json: bool,
) -> int:
    """Try settings, the promising ones more often, and tell which knob matters. Same seed, same proposals.

    Ctrl-C stops the sweep and the training that it is at; ``--resume`` goes on with both.
    """
    from fingen_core.jobs.queue.queue import Jobs
    from fingen_core.jobs.queue.sweeps import Sweeps
    from fingen_core.training.enough import refuse_short

    sweeps = Sweeps(Jobs(open_store()))
    if sweep_id:
        sweeps.resume(sweep_id)
    else:
        settings = asked_settings(model, preset, seed, changes, config)
        knobs = [_knob(text, settings) for text in tuned]
        market = named_market(market_name)
        refuse_short(market)
        if market_name != "sample":
            refuse_unfit(market)
        sweep_id = sweeps.start(
            market,
            settings,
            knobs,
            n_trials=n_trials,
            seed=seed,
            minutes=minutes,
            prune=prune,
            name=name,
            device=device,
        )
    if detach:
        tell(_facts(sweeps.get(sweep_id)), [f"sweep {sweep_id} has begun"], as_json)
        return 0
    return _watch(sweeps, sweep_id, as_json)


def _knob(text: str, config: "Configuration") -> "Knob":
    """``learning_rate``, ``learning_rate=1e-4:1e-2`` or ``optimizer=adam,sgd``."""
    from fingen_core.runs.sweeps import Knob, knob
    from fingen_core.training.settings.base import written

    name, sign, wanted = text.partition("=")
    whole = knob(name.strip(), config)
    if not sign:
        return whole
    if whole.choices:
        return Knob(name=whole.name, choices=tuple(word.strip() for word in wanted.split(",")))
    try:
        low, high = (float(part) for part in wanted.split(":"))
    except ValueError as error:
        raise InvalidInput(
            f"--tune {text}: write the range as LOW:HIGH, such as {written(whole.low)}:{written(whole.high)}"
        ) from error
    return Knob(name=whole.name, low=low, high=high)


def _watch(sweeps: "Sweeps", sweep_id: str, as_json: bool) -> int:
    """Tell of each trial when it has ended, and of the best at the end; Ctrl-C stops."""
    import time

    line, code, told = Line(), 0, 0
    try:
        while True:
            found = sweeps.get(sweep_id)
            ended = [trial for trial in found.trials if trial.state != "running"]
            for trial in ended[told:]:
                line.end()
                if not as_json:
                    click.echo(_trial_line(trial))
            told = len(ended)
            if not found.is_active:
                break
            _show(line, found)
            time.sleep(0.3)
    except KeyboardInterrupt:
        line.say(f"stopping; go on with: sweep --resume {sweep_id}")
        sweeps.stop(sweep_id)
        found = sweeps.wait(sweep_id)
        code = INTERRUPTED
    line.end()
    if found.status in {"failed", "lost"}:
        raise JobFailed(f"sweep {sweep_id} {found.status}: {found.error}")
    tell(_facts(found), _lines(found), as_json)
    return code


def _show(line: Line, found: "Sweep") -> None:
    if found.progress.get("n_steps"):
        left = found.progress.get("seconds_left")
        share = found.progress["step"] / found.progress["n_steps"]
        rest = f", about {duration(left)} left" if left is not None else ""
        line.say(f"{found.progress['phase']}: {share:.0%}{rest}")
    else:
        line.say("starting")


def _trial_line(trial: "Trial") -> str:
    score = f"{trial.value:.4f}" if trial.value is not None else "-"
    settings = "  ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in trial.params.items()
    )
    why = f"  {trial.error}" if trial.error else ""
    return f"trial {trial.number + 1:3}  {trial.state:7} {score:>9}  {duration(trial.seconds):>10}  {settings}{why}"


def _lines(found: "Sweep") -> list[str]:
    best = found.best
    lines = [f"sweep {found.id} ({found.name}): {found.status}, {len(found.trials)} trials"]
    if best is not None:
        lines.append(f"best: trial {best.number + 1}, score {best.value:.4f}, run {best.run_id}")
        lines += [f"  --set {name}={value}" for name, value in best.params.items()]
    if found.importance:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in found.importance.items())
        lines.append(f"importance (share of the variance of scores): {shares}")
    return lines


def _facts(found: "Sweep") -> dict[str, Any]:
    best = found.best
    return {
        "sweep_id": found.id,
        "name": found.name,
        "status": found.status,
        "error": found.error,
        "seed": found.seed,
        "n_trials": found.n_trials,
        "trials": [vars(trial) for trial in found.trials],
        "best": vars(best) if best else None,
        "importance": found.importance,
        "folder": str(found.folder),
    }

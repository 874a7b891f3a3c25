"""What all commands share: their common options, and how they speak."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from fingen_core.runs import Run, RunStore
    from fingen_core.training.progress import Progress

__all__ = ["INTERRUPTED", "Line", "as_json", "duration", "market_option", "open_store", "sheet_and_reading", "tell"]

INTERRUPTED = 130
"""Exit code after Ctrl-C."""

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")

F = TypeVar("F", bound=Callable[..., object])
_SHEET, _READING = "fingen_core.sheet", "fingen_core.reading"


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> object:
    """Keep how a file is to be read for whoever reads it, so that no command passes it on."""
    context.meta[_READING if parameter.name == "reading" else _SHEET] = value
    return value


def market_option(command: F) -> F:
    """``--market``, and what a file is read by where it has several sheets, or admits several readings."""
    options = (
        click.option(
            "--market",
            "market_name",
            default="sample",
            show_default=True,
            help="sample, a saved market's digest, a file (CSV, Parquet, Excel), or yahoo:AAPL,MSFT.",
        ),
        click.option(
            "--sheet",
            default="",
            metavar="NAME",
            expose_value=False,
            callback=_remember,
            help="The sheet of a workbook.",
        ),
        click.option(
            "--reading",
            type=click.IntRange(min=1),
            default=None,
            metavar="N",
            expose_value=False,
            callback=_remember,
            help="Which reading of a file that admits several; the refusal lists them.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def sheet_and_reading() -> tuple[str, int | None]:
    """The sheet and the number of the reading that the running command was given."""
    context = click.get_current_context(silent=True)
    return (context.meta.get(_SHEET, ""), context.meta.get(_READING)) if context else ("", None)


class Line:
    """One line on a terminal's stderr that is written over and over; nothing when stderr is a file."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = ""

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def show(self, progress: "Progress") -> None:
        self._bar(progress.as_dict())

    def show_run(self, run: "Run") -> None:
        if run.status == "running" and run.progress.get("n_steps"):
            self._bar(run.progress)
        elif run.is_active:
            self.say("waiting for the device" if run.status == "queued" else "starting")

    def say(self, text: str) -> None:
        if self._shown and text != self._last:
            click.echo(f"\r\033[K{text}", err=True, nl=False)
            self._last = text

    def end(self) -> None:
        """Leave an empty line behind."""
        self.say("")

    def _bar(self, progress: Mapping[str, Any]) -> None:
        share = min(1.0, progress["step"] / max(1, progress["n_steps"]))
        left = progress.get("seconds_left")
        remaining = f"{duration(left)} left" if left is not None else ""
        filled = round(24 * share)
        self.say(f"{progress['phase'][:48]:28} {'█' * filled}{'░' * (24 - filled)} {share:4.0%}  {remaining}")


def open_store() -> "RunStore":
    """Where runs are kept."""
    from fingen_core.runs import RunStore

    return RunStore()


def tell(facts: Mapping[str, Any], lines: Iterable[str], as_json: bool) -> None:
    """Print facts as one JSON object, or lines of text."""
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(lines))


def duration(seconds: float) -> str:
    """Minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"

"""The app without a browser: ``python -m fingen_core --help`` lists its commands.

Results go to stdout, as text or with ``--json`` as one JSON object; progress and errors go to stderr. The exit code is
0, 1 for an error that a sentence explains, 2 for a wrong command line, 130 after Ctrl-C. Heavy imports wait until a
command needs them, so that ``--help`` is quick.
"""

import json
import sys
from collections.abc import Sequence

import click

from fingen_core import __version__
from fingen_core.cli.balance import balance
from fingen_core.cli.benchmark import benchmark
from fingen_core.cli.company import company
from fingen_core.cli.data import data
from fingen_core.cli.holdings import holdings
from fingen_core.cli.risk import risk
from fingen_core.cli.runs import runs
from fingen_core.cli.sampling import sample
from fingen_core.cli.shown import INTERRUPTED
from fingen_core.cli.stress import stress
from fingen_core.cli.sweep import sweep
from fingen_core.cli.training import train
from fingen_core.errors import FinGenError

__all__ = ["cli", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code. Errors are one sentence on stderr, with ``--json`` an object on stdout as well."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return int(cli.main(arguments, prog_name="python -m fingen_core", standalone_mode=False) or 0)
    except click.ClickException as error:
        return _complain(error.format_message(), type(error).__name__, arguments, code=error.exit_code)
    except FinGenError as error:
        return _complain(str(error), type(error).__name__, arguments, code=1)
    except (click.Abort, KeyboardInterrupt):
        return _complain("interrupted", "Interrupted", arguments, code=INTERRUPTED)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="FinGen")
def cli() -> None:
    """Stress scenarios of financial markets from trained GANs and VAEs."""


for _command in (train, sweep, balance, sample, risk, stress, company, data, holdings, runs, benchmark):
    cli.add_command(_command)


def _complain(sentence: str, kind: str, arguments: list[str], *, code: int) -> int:
    if "--json" in arguments:
        click.echo(json.dumps({"error": {"type": kind, "message": sentence}}, ensure_ascii=False))
    click.echo(f"error: {sentence}", err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())

"""What can go wrong because of something a person did or can mend.

::

    FinGenError                 reaches a page as its message, never as a traceback
    ├── InvalidInput            a value breaks a rule: the message holds value, rule and remedy
    │   └── InvalidMarket       prices that cannot be used as they are
    ├── SourceUnavailable       a data source did not answer, or not usefully
    ├── NotFound                a run, a market or a file that is not (or no longer) there
    │   └── Unreadable          it is there, but damaged
    ├── NotWritten              the disk is full, or does not let a file be written
    ├── Stopped                 somebody asked a long piece of work to end
    ├── TrainingDiverged        a loss stopped being finite
    └── JobFailed               a worker process ended without a result

Everything else is a bug: it is logged with its traceback.
"""

__all__ = [
    "FinGenError",
    "InvalidInput",
    "InvalidMarket",
    "JobFailed",
    "NotFound",
    "NotWritten",
    "SourceUnavailable",
    "Stopped",
    "TrainingDiverged",
    "Unreadable",
]


class FinGenError(Exception):
    """Base of all errors whose message is meant for the person in front of the screen."""


class InvalidInput(FinGenError, ValueError):
    """A value that breaks a rule; the message names the value, the rule and the remedy."""


class InvalidMarket(InvalidInput):
    """Prices that cannot be used as they are."""


class SourceUnavailable(FinGenError):
    """A data source did not answer, or not with anything useful."""


class NotFound(FinGenError, LookupError):
    """Something asked for by name is not there."""


class Unreadable(NotFound):
    """Something is there by its name but was damaged, so that it cannot be used."""


class NotWritten(FinGenError, OSError):
    """A file could not be written; it has the number and the words of the system's error too."""

    def __init__(self, path: object, error: OSError) -> None:
        self.words = (
            f"{path} cannot be written ({error.strerror or error}): free some space or mend the rights, then try again"
        )
        super().__init__(error.errno, error.strerror or str(error))

    def __str__(self) -> str:
        return self.words


class Stopped(FinGenError):
    """A long piece of work ended early because somebody asked it to."""


class TrainingDiverged(FinGenError):
    """A loss or a gradient stopped being finite."""


class JobFailed(FinGenError):
    """A worker process ended without a result."""

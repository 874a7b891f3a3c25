"""What can go wrong because of something a person did or can mend.

::

    FinGenError                 reaches a page as its message, never as a traceback
    ├── InvalidInput            a value breaks a rule: the message holds value, rule and remedy
    │   └── InvalidMarket       prices that cannot be used as they are
    ├── SourceUnavailable       a data source did not answer, or not usefully
    ├── NotFound                a run, a market or a file that is not (or no longer) there
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
    "SourceUnavailable",
    "Stopped",
    "TrainingDiverged",
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


class Stopped(FinGenError):
    """A long piece of work ended early because somebody asked it to."""


class TrainingDiverged(FinGenError):
    """A loss or a gradient stopped being finite."""


class JobFailed(FinGenError):
    """A worker process ended without a result."""

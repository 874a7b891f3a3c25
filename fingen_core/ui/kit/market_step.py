"""The step in which charts and helps speak: days, weeks or months.

Whoever keeps the market that is worked on tells it; the kit knows no market.
"""

from collections.abc import Callable

from fingen_core.market.step import DAILY, Step

__all__ = ["current", "tell"]

_told: list[Callable[[], Step]] = []


def tell(ask: Callable[[], Step]) -> None:
    """From now on ``ask`` says which step it is."""
    _told[:] = [ask]


def current() -> Step:
    """The step of the market that is worked on; days, where nobody has told."""
    return _told[0]() if _told else DAILY

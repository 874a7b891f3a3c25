"""Files are read once: no widget reads them again, and one that takes a while says how far it is.

The page itself reads, in its own run: somebody who turns to something else meanwhile ends the reading with that run.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

from fingen_core.errors import InvalidInput
from fingen_core.market.tables import Progress
from fingen_core.ui.kit.show import plain

__all__ = ["read_once"]

T = TypeVar("T")

_MOST_KEPT, _MOST_BYTES = 8, 100 * 2**20
_PATIENCE = 0.5
"""Seconds before a bar appears: small files are there at once."""


def read_once(key: Hashable, name: str, size: int, read: Callable[[Progress], T]) -> T:
    """What ``read`` makes of a file, or has made of it before; a refusal is kept as well.

    Parameters
    ----------
    key : hashable
        What the outcome depends on: what is read for, the digest of the file, the sheet.
    name : str
        The file's name, for the screen.
    size : int
        Bytes of the file: of large ones fewer are kept.
    read : callable
        Reads the file; it is given a function that takes the share that is done.

    Raises
    ------
    InvalidInput
        If the file is refused.
    """
    shelf = _shelf()
    outcome = shelf.get(key)
    if outcome is None:
        bar = _Bar(name)
        try:
            outcome = read(bar.tell)
        except InvalidInput as problem:
            outcome = problem
        finally:
            bar.end()
        shelf.put(key, outcome, size)
    if isinstance(outcome, InvalidInput):
        raise outcome
    return outcome  # type: ignore[return-value]  # the key says what it is


class _Bar:
    """How far a reading is, on the screen if it lasts."""

    def __init__(self, name: str) -> None:
        self._name = plain(name)
        self._place = st.empty()
        self._begun = time.monotonic()

    def tell(self, share: float) -> None:
        seconds = time.monotonic() - self._begun
        if seconds > _PATIENCE:
            self._place.progress(min(share, 1.0), self._line(share, seconds))

    def end(self) -> None:
        self._place.empty()

    def _line(self, share: float, seconds: float) -> str:
        if not 0.02 < share < 1:
            return f"Reading {self._name}"
        left = max(round(seconds * (1 - share) / share), 1)
        return f"Reading {self._name}: {100 * share:.0f} %, about {left} s left"


class _Shelf:
    """What was read last, of bounded number and size, for all visitors."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> object:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key, (None, 0))[0]

    def put(self, key: Hashable, outcome: object, size: int) -> None:
        """Keep it, and let the oldest go where that is too much; the newest stays however large it is."""
        with self._lock:
            self._kept[key] = (outcome, 0 if isinstance(outcome, InvalidInput) else size)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT or self._too_large():
                self._kept.popitem(last=False)

    def _too_large(self) -> bool:
        sizes = [size for _, size in self._kept.values() if size]
        return len(sizes) > 1 and sum(sizes) > _MOST_BYTES


@st.cache_resource(show_spinner=False, max_entries=1)
def _shelf() -> _Shelf:
    return _Shelf()

"""What a download button offers stays there for as long as somebody may still press that button.

Streamlit 1.67 forgets the file behind a button with the next look of *anybody* at any page after the one that no longer
names it, and what a button makes on demand is never named at all::

    browser                              server
       | -- press the button ------------> | makes the file, keeps it, names it nowhere
       | <---------------- its address --- |
       |          (a poll of another tab)  | the file has no name: marked
       |          (one more poll)          | the file is marked: deleted
       | -- fetch the address -----------> | 404

So does a press that crosses with a redraw of its button, as every poll of a fragment redraws it: the browser asks for
the file of before. Here such files, and what makes them, wait for a while before they go; within bounds.
"""

import time
from collections.abc import Callable, Mapping

from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileKind

__all__ = ["SECONDS", "keep"]

SECONDS = 180.0
"""How long a file is kept that no button names any more."""

MOST, MOST_BYTES = 400, 256 * 2**20
"""Of more files, of more makers of files, and of larger files together, the oldest go before their time."""

Clock = Callable[[], float]


class _Waiting:
    """Ids that nothing names any more, with the time since when."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}

    def overdue(self, sizes: Mapping[str, int]) -> set[str]:
        """Those that have waited long enough, or are too many; whoever is named again is forgotten here."""
        now = self._clock()
        self._since = {name: self._since.get(name, now) for name in sorted(sizes, key=self._first)}
        count, size, gone = len(sizes), sum(sizes.values()), set[str]()
        for name, since in self._since.items():  # the oldest first
            if now - since >= SECONDS or count > MOST or size > MOST_BYTES:
                gone.add(name)
                count, size = count - 1, size - sizes[name]
        return gone

    def _first(self, name: str) -> float:
        return self._since.get(name, float("inf"))


def keep(clock: Clock = time.monotonic) -> None:
    """Teach this process's Streamlit to wait, before the first visitor comes."""
    _files(_Waiting(clock))
    _makers(_Waiting(clock))


def _files(waiting: _Waiting) -> None:
    find = MediaFileManager._get_inactive_file_ids

    def found(self: MediaFileManager) -> set[str]:
        unnamed = find(self)
        lasting = {name for name in unnamed if self._file_metadata[name].kind is MediaFileKind.DOWNLOADABLE}
        return (unnamed - lasting) | waiting.overdue({name: _size(self, name) for name in lasting})

    MediaFileManager._get_inactive_file_ids = found  # type: ignore[method-assign]


def _size(manager: MediaFileManager, name: str) -> int:
    file = manager.read_file(name)
    return file.content_size if file is not None else 0


def _makers(waiting: _Waiting) -> None:
    def removed(self: MediaFileManager) -> None:
        named = {name for places in self._files_by_session_and_coord.values() for name in places.values()}
        for name in waiting.overdue(dict.fromkeys(set(self._deferred_callables) - named, 0)):
            self._drop_deferred_id(name)

    MediaFileManager._remove_orphaned_deferred_callables = removed  # type: ignore[method-assign]

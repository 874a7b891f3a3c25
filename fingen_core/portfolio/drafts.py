"""Portfolios that are in use and were not saved, kept on disk so that a new session at the same address has them."""

import hashlib
import json
import re
from pathlib import Path

from fingen_core.errors import FinGenError, NotFound
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.storage import read_object, unreadable
from fingen_core.storage.files import write_text

__all__ = ["MOST_DRAFTS", "Drafts"]

MOST_DRAFTS = 200
"""Drafts kept on a server; the oldest go first."""

_KEY = re.compile(r"[0-9a-f]{16}")


class Drafts:
    """The drafts of one folder, each under a key that is made of what it holds.

    Two people whose drafts are alike share one file, and nobody's draft replaces another's.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, draft: Portfolio) -> str:
        """Write a draft and return its key, 16 hexadecimal digits.

        Raises
        ------
        FinGenError
            If the disk is full or the folder is not to be written to.
        """
        text = json.dumps(draft.to_json(), ensure_ascii=False, allow_nan=False)
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        try:
            write_text(self._path(key), text)
            kept = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
            for path in kept[:-MOST_DRAFTS]:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise FinGenError(
                f"the draft cannot be written to {self.folder} ({error.strerror}), so it lasts as long as this page is "
                "open: free some space or mend the rights, then use it again"
            ) from error
        return key

    def get(self, key: str) -> Portfolio:
        """A draft; ``NotFound`` if it is not there (any more), ``Unreadable`` if its file was damaged."""
        if not _KEY.fullmatch(key) or not self._path(key).is_file():
            raise NotFound("that draft of a portfolio is not on this server any more: enter it again")
        with unreadable("that draft of a portfolio", "enter it again"):
            return Portfolio.from_json(read_object(self._path(key)))

    def drop(self, key: str) -> None:
        """Delete a draft; nothing happens if it is not there.

        Raises
        ------
        FinGenError
            If its file is not to be deleted.
        """
        if not _KEY.fullmatch(key):
            return
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise FinGenError(
                f"the draft cannot be deleted from {self.folder} ({error.strerror}): mend the rights, then try again"
            ) from error

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

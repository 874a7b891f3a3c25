"""What of a home can no longer be read: told by name, put away with a way back, or mended by its copy."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from fingen_core.errors import FinGenError

__all__ = ["Damaged"]

_PUT_AWAY = "removed"


@dataclass(frozen=True, kw_only=True)
class Damaged:
    """One thing that cannot be read.

    Attributes
    ----------
    noun : str
        What it was: "run", "portfolio".
    name : str
        What people know it by; of a file that says nothing any more, its own name.
    path : Path
        The file, or the folder of a run.
    why : str
        A sentence: which file of it, and what is wrong.
    before : Path or None
        The copy from before it was last changed, if there is one that can be read.
    """

    noun: str
    name: str
    path: Path
    why: str
    before: Path | None = None

    def put_away(self, home: Path) -> Path:
        """Move it out of the way, to ``<home>/removed``; where it lies now.

        Raises
        ------
        FinGenError
            If the disk does not let it be moved.
        """
        place = home / _PUT_AWAY / f"{secrets.token_hex(4)}-{self.path.name}"
        _moved(self.path, place)
        return place

    def bring_back(self, place: Path) -> None:
        """Undo :meth:`put_away`."""
        _moved(place, self.path)

    def restore(self) -> None:
        """Put the copy from before in its place.

        Raises
        ------
        FinGenError
            If there is none, or the disk does not let it be written.
        """
        if self.before is None:
            raise FinGenError(f"there is no copy of the {self.noun} {self.name} from before: delete it instead")
        try:
            if self.path.is_dir():  # whatever made a folder of a file
                shutil.rmtree(self.path)
            shutil.copy2(self.before, self.path)
        except OSError as error:
            raise _refused(self.path, error) from error


def _moved(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
    except OSError as error:
        raise _refused(source, error) from error


def _refused(path: Path, error: OSError) -> FinGenError:
    return FinGenError(
        f"{path} cannot be changed ({error.strerror or error}): free some space or mend its rights, then try again"
    )

"""A process that reads files one after another, and what each of them cost it."""

import multiprocessing
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from fingen_core.errors import FinGenError

__all__ = ["Outcome", "Worker"]

_PATIENCE = 60.0
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes
    ----------
    fate : str
        "read", "refused", "traceback" or "died" (the process ended, or did not answer for a minute).
    words : str
        The refusal or the traceback.
    seconds : float
        CPU time of the whole process, all threads.
    megabytes : float
        The most memory it held meanwhile, above what it held before.
    """

    fate: str
    words: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0


class Worker:
    """A process of its own that is started again where a file has ended it."""

    def __init__(self, readers: dict[str, Callable[[bytes, str], None]]) -> None:
        self._readers = readers
        self._start()

    def read(self, reader: str, data: bytes, name: str) -> Outcome:
        """Let it read a file."""
        self._pipe.send((reader, data, name))
        try:
            if self._pipe.poll(_PATIENCE):
                return self._pipe.recv()  # type: ignore[no-any-return]
            words = f"no answer within {_PATIENCE:.0f} s"
        except EOFError:
            words = "the process ended"
        self.close()
        self._start()
        return Outcome("died", words, _PATIENCE)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._readers), daemon=True)
        self._process.start()
        theirs.close()


def _serve(pipe: Connection, readers: dict[str, Callable[[bytes, str], None]]) -> None:
    while True:
        try:
            reader, data, name = pipe.recv()
        except EOFError:
            return
        pipe.send(_measured(readers[reader], data, name))


def _measured(read: Callable[[bytes, str], None], data: bytes, name: str) -> Outcome:
    before = _held("VmRSS")
    _RESET.write_text("5")  # Linux then measures the peak anew
    begun = time.process_time()
    fate, words = _fate(read, data, name)
    seconds = time.process_time() - begun
    return Outcome(fate, words, seconds, _held("VmHWM") - before)


def _fate(read: Callable[[bytes, str], None], data: bytes, name: str) -> tuple[str, str]:
    try:
        read(data, name)
    except FinGenError as refusal:
        return "refused", str(refusal)
    except Exception:  # noqa: BLE001 - this is what is counted
        return "traceback", traceback.format_exc()
    return "read", ""


def _held(what: str) -> float:
    """Megabytes of memory, now or at most since the last reset."""
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(what))
    return float(line.split()[1]) / 1024

"""HTML files printed as PDF by the browser of the system, in a process of its own that nobody waits for."""

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from fingen_core.errors import FinGenError, InvalidInput, NotFound
from fingen_core.jobs.spawning import end_with_children
from fingen_core.runs.folder import new_id, tail

__all__ = ["BROWSERS", "Printed", "Printer", "browser"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
"""Commands that are looked for, in this order, unless ``CHROMIUM`` names one."""

Status: TypeAlias = Literal["waiting", "printing", "done", "failed"]
Deliver: TypeAlias = Callable[[bytes], str]

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--run-all-compositor-stages-before-draw",
    "--virtual-time-budget=20000",
)


_REMEMBERED = 50


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A print job as it stands: "waiting" for another one to end, "printing", "done" or "failed".

    ``delivered`` is what became of a PDF that is done: what the job's ``deliver`` said. ``problem`` is a sentence when
    it failed.
    """

    id: str
    status: Status
    delivered: str = ""
    problem: str = ""
    seconds: float = 0.0

    @property
    def is_active(self) -> bool:
        """Whether it has yet to end."""
        return self.status in ("waiting", "printing")


def browser() -> str | None:
    """The browser that can print, or ``None``; ``CHROMIUM`` may name it."""
    named = os.environ.get("CHROMIUM")
    return next((found for name in ([named] if named else BROWSERS) if (found := shutil.which(name))), None)


class Printer:
    """Prints in the background and remembers how it went; one per server.

    Parameters
    ----------
    timeout : float
        Seconds after which the browser is ended.
    """

    def __init__(self, *, timeout: float = 120.0) -> None:
        self._timeout = timeout
        self._jobs: dict[str, Printed] = {}
        self._turn = threading.Lock()  # one browser at a time: each takes hundreds of megabytes

    def submit(self, document: str, deliver: Deliver) -> str:
        """Begin to print an HTML document; the id by which it is asked about.

        ``deliver`` is given the PDF, in a thread of its own, whether or not anybody still waits for it; it says where
        the PDF went, and may raise a ``FinGenError``.

        Raises
        ------
        InvalidInput
            If the system has no browser that prints.
        """
        command = browser()
        if command is None:
            raise InvalidInput(
                f"no browser that prints was found ({', '.join(BROWSERS[:3])}): install Chromium, or open the HTML "
                "report in any browser and print it to a PDF"
            )
        name = new_id()
        self._note(Printed(id=name, status="waiting"))
        work = threading.Thread(
            target=self._print, args=(name, command, document, deliver), daemon=True, name=f"print {name}"
        )
        work.start()
        return name

    def ask(self, job_id: str) -> Printed:
        """How a job stands; ``NotFound`` if this server knows none of that id."""
        if job_id not in self._jobs:
            raise NotFound("that report is not being printed any more: make it again")
        return self._jobs[job_id]

    def _print(self, name: str, command: str, document: str, deliver: Deliver) -> None:
        began = time.monotonic()
        ended = Printed(id=name, status="failed", problem="printing was cut off by a fault of FinGen: see its log")
        try:
            with self._turn:
                self._note(Printed(id=name, status="printing"))
                data = self._run(command, document)
            ended = Printed(id=name, status="done", delivered=deliver(data), seconds=time.monotonic() - began)
        except FinGenError as problem:
            ended = Printed(id=name, status="failed", problem=str(problem), seconds=time.monotonic() - began)
        except OSError as error:
            told = f"the server has no room to print ({error.strerror}): free some space, or take the HTML report"
            ended = Printed(id=name, status="failed", problem=told, seconds=time.monotonic() - began)
        finally:
            self._note(ended)

    def _note(self, job: Printed) -> None:
        """Remember how a job stands; of those that have ended only the newest."""
        self._jobs[job.id] = job
        ended = [known.id for known in list(self._jobs.values()) if not known.is_active]
        for name in ended[:-_REMEMBERED]:
            self._jobs.pop(name, None)

    def _run(self, command: str, document: str) -> bytes:
        """The PDF; ``FinGenError`` says why there is none."""
        with tempfile.TemporaryDirectory(prefix="fingen-print-", ignore_cleanup_errors=True) as temporary:
            folder = Path(temporary)
            page, target = folder / "report.html", folder / "report.pdf"
            page.write_text(document, encoding="utf-8")
            arguments = [*_FLAGS, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={target}", page.as_uri()]
            code = self._browse([command, *arguments], folder / "said.txt")
            data = target.read_bytes() if target.exists() else b""
            said = tail(folder / "said.txt")
        if code or not _is_whole(data):
            ended = f"was ended by signal {-code}" if code < 0 else "ended without a PDF"
            raise FinGenError(
                f"the browser {ended} ({said or 'it said nothing'}): print the HTML report in another one"
            )
        return data

    def _browse(self, command: list[str], log: Path) -> int:
        """Run the browser to its end; its children go with it when it takes too long."""
        with log.open("wb") as said:
            try:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
            except OSError as error:
                raise FinGenError(
                    f"the browser could not be started ({error.strerror}): print the HTML report in another one"
                ) from error
        try:
            return process.wait(self._timeout)
        except subprocess.TimeoutExpired as error:
            end_with_children(process)
            raise FinGenError(
                f"the browser took longer than {self._timeout:.0f} s: tick fewer parts, or print the HTML report"
            ) from error


def _is_whole(data: bytes) -> bool:
    """Whether a PDF has its head and its end."""
    return data.startswith(b"%PDF") and b"%%EOF" in data[-1024:]

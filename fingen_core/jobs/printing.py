"""HTML files printed as PDF by the browser of the system, in a process of its own that nobody waits for."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from fingen_core.errors import InvalidInput, NotFound
from fingen_core.runs.folder import new_id, tail

__all__ = ["BROWSERS", "Printed", "Printer", "browser"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
"""Commands that are looked for, in this order, unless ``CHROMIUM`` names one."""

Status: TypeAlias = Literal["printing", "done", "failed"]

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


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A print job as it stands: ``path`` is the PDF when it is done, ``problem`` a sentence when it failed."""

    id: str
    status: Status
    path: Path
    problem: str = ""
    seconds: float = 0.0


def browser() -> str | None:
    """The browser that can print, or ``None``; ``CHROMIUM`` may name it."""
    named = os.environ.get("CHROMIUM")
    return next((found for name in ([named] if named else BROWSERS) if (found := shutil.which(name))), None)


class Printer:
    """Prints in the background and remembers how it went; one per server.

    Parameters
    ----------
    folder : Path
        Where the PDFs lie: ``<id>.pdf``.
    timeout : float
        Seconds after which the browser is ended.
    """

    def __init__(self, folder: Path, *, timeout: float = 120.0) -> None:
        self._folder, self._timeout = folder, timeout
        self._jobs: dict[str, Printed] = {}
        self._turn = threading.Lock()  # one browser at a time: each takes hundreds of megabytes

    def submit(self, document: str) -> str:
        """Begin to print an HTML document; the id by which it is asked about.

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
        self._folder.mkdir(parents=True, exist_ok=True)
        name = new_id()
        job = Printed(id=name, status="printing", path=self._folder / f"{name}.pdf")
        self._jobs[job.id] = job
        work = threading.Thread(target=self._print, args=(job, command, document), daemon=True, name=f"print {job.id}")
        work.start()
        return job.id

    def ask(self, job_id: str) -> Printed:
        """How a job stands; ``NotFound`` if this server knows none of that id."""
        if job_id not in self._jobs:
            raise NotFound("that report is not being printed any more: make it again")
        return self._jobs[job_id]

    def _print(self, job: Printed, command: str, document: str) -> None:
        began = time.monotonic()
        with self._turn:
            problem = self._run(job, command, document)
        self._jobs[job.id] = Printed(
            id=job.id,
            status="failed" if problem else "done",
            path=job.path,
            problem=problem,
            seconds=time.monotonic() - began,
        )

    def _run(self, job: Printed, command: str, document: str) -> str:
        """The empty string, or what went wrong."""
        with tempfile.TemporaryDirectory(prefix="fingen-print-") as temporary:
            page, profile = Path(temporary) / "report.html", Path(temporary) / "profile"
            page.write_text(document, encoding="utf-8")
            arguments = [*_FLAGS, f"--user-data-dir={profile}", f"--print-to-pdf={job.path}", page.as_uri()]
            try:
                code = self._browse([command, *arguments], Path(temporary) / "said.txt")
            except subprocess.TimeoutExpired:
                return f"the browser took longer than {self._timeout:.0f} s: tick fewer parts, or print the HTML report"
            except OSError as error:
                return f"the browser could not be started ({error.strerror}): print the HTML report in another one"
            said = tail(Path(temporary) / "said.txt")
        if code or not job.path.exists() or not job.path.read_bytes().startswith(b"%PDF"):
            return (
                f"the browser ended without a PDF ({said or 'it said nothing'}): print the HTML report in another one"
            )
        return ""

    def _browse(self, command: list[str], log: Path) -> int:
        """Run the browser to its end; it has children of its own, so the whole group goes when it takes too long."""
        with log.open("wb") as said:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
        try:
            return process.wait(self._timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise

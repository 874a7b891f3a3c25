"""Models of companies by their numbers: trained by a process of their own, kept in a folder, asked through the sampler.

::

    companies/<digest>/request.json           what was asked for
                       statements.json        the statements that were known to the store then
                       companies.safetensors  the model
                       companies.json         its facts, for pages
                       progress.json  log.txt
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fingen_core.errors import InvalidInput, NotFound
from fingen_core.jobs.background import task
from fingen_core.jobs.background.task import MarketRequest, Progress, fingerprint
from fingen_core.market.statements import Statements
from fingen_core.market.statements.known_numbers import NUMBERS, Delay
from fingen_core.runs.folder import write_text
from fingen_core.settings import home
from fingen_core.types import Array

__all__ = [
    "MODELS",
    "NOUN",
    "PRESETS",
    "Ask",
    "CompanyPaths",
    "CompanyTraining",
    "digest_of",
    "facts",
    "folder_of",
    "paths_of",
    "progress",
    "start",
    "statements_of",
    "stop",
]

NOUN = "training"
WORKER = (sys.executable, "-m", "fingen_core.jobs.background.company_worker")
MODELS = {"vae": "VAE", "gan": "GAN"}
PRESETS = ("quick", "balanced", "thorough")
_MOST_PATHS, _MOST_STEPS = 20_000, 504


@dataclass(frozen=True, kw_only=True)
class CompanyTraining(MarketRequest):
    """What to learn from, besides the market and a seed.

    Attributes
    ----------
    statements : str
        Digest of the statements, ``digest_of``.
    annual, quarterly : int
        Days from a period's end to when its statement counts as known.
    model : str
        "vae" or "gan".
    preset : str
        "quick", "balanced" or "thorough".

    Raises
    ------
    InvalidInput
        If a value breaks its rule.
    """

    statements: str
    annual: int = 90
    quarterly: int = 60
    model: str = "vae"
    preset: str = "balanced"

    def __post_init__(self) -> None:
        _ = self.delay
        if self.model not in MODELS or self.preset not in PRESETS:
            raise InvalidInput(f"{self.model!r} by {self.preset!r}: choose vae or gan, and one of {', '.join(PRESETS)}")

    @property
    def delay(self) -> Delay:
        return Delay(annual=self.annual, quarterly=self.quarterly)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A company that is asked for by its numbers; equal ones give equal paths.

    Attributes
    ----------
    model : str
        Digest of its training.
    numbers : mapping
        Any of ``known_numbers.NUMBERS``; what is left out is not told.
    start, end : str or None
        ISO dates: the day that paths set out from, by default the last one; with ``end`` each from a day between.
    n_paths, n_steps, seed : int
    """

    model: str
    numbers: Mapping[str, float] = field(default_factory=dict, hash=False)
    start: str | None = None
    end: str | None = None
    n_paths: int = 4000
    n_steps: int = 63
    seed: int = 0

    def __post_init__(self) -> None:
        unknown = sorted(set(self.numbers) - set(NUMBERS))
        if unknown:
            raise InvalidInput(f"{unknown[0][:40]!r} is no number of a company here: use {', '.join(NUMBERS)}")
        for name, value, most in (("n_paths", self.n_paths, _MOST_PATHS), ("n_steps", self.n_steps, _MOST_STEPS)):
            if not 1 <= value <= most:
                raise InvalidInput(f"{name} = {value}: use a whole number from 1 to {most:,}")

    def digest(self) -> str:
        """Sixteen hexadecimal digits."""
        return fingerprint(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class CompanyPaths:
    """What was drawn.

    Attributes
    ----------
    told, plain : array, shape (n_paths, n_steps, 2)
        Log returns of the market and of the company: with the numbers, and of companies of all kinds.
    between : array, shape (2,)
        Bounds (90 %) of the volatility that the numbers tell, as factors of it, had other companies been learned from.
    """

    told: Array
    plain: Array
    between: Array


def digest_of(statements: Mapping[str, Statements]) -> str:
    """Sixteen hexadecimal digits that identify what is known of several companies, whatever its source.

    What is missing does not count, so that a version of FinGen that knows more items finds the same models.
    """
    plain = {
        ticker: [[*at, value] for at, value in one.table.stack().dropna().items()] for ticker, one in statements.items()
    }
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


def folder_of(digest: str) -> Path:
    """Where a model is kept; ``NotFound`` if that is no digest."""
    if len(digest) != 16 or not set(digest) <= set("0123456789abcdef"):
        raise NotFound(f"there is no model of companies {digest[:40]!r}: train one on the Companies page")
    return home() / "companies" / digest


def start(request: CompanyTraining, statements: Mapping[str, Statements]) -> None:
    """Start the training unless it is done or under way; the statements are kept with it."""
    if digest_of(statements) != request.statements:
        raise InvalidInput("the statements have changed since the training was asked for: ask for it again")
    folder = folder_of(request.digest())
    folder.mkdir(parents=True, exist_ok=True)
    kept = {ticker: one.to_dict() for ticker, one in statements.items()}
    write_text(folder / "statements.json", json.dumps(kept, indent=1))
    task.start(folder, asdict(request), WORKER, NOUN)


def stop(request: CompanyTraining) -> None:
    """Ask the training to stop."""
    task.stop(folder_of(request.digest()), NOUN)


def progress(request: CompanyTraining) -> Progress:
    """Where the training is now; a worker that is gone without a word is "lost"."""
    return task.progress(folder_of(request.digest()), NOUN)


def statements_of(folder: Path) -> dict[str, Statements]:
    """The statements that were kept with a training."""
    kept = json.loads((folder / "statements.json").read_text(encoding="utf-8"))
    return {ticker: Statements.from_dict(ticker, one) for ticker, one in kept.items()}


def facts(digest: str) -> dict[str, Any]:
    """What is known of a model without loading it; ``NotFound`` if it is not trained yet."""
    path = folder_of(digest) / "companies.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise NotFound("this model of companies is not there any more: train it again") from None
    return found


def paths_of(arrays: Mapping[str, Array]) -> CompanyPaths:
    """What the sampler's worker wrote."""
    return CompanyPaths(**{name: np.asarray(arrays[name]) for name in ("told", "plain", "between")})

"""What is asked for: paths to draw, or a stress to search for; equal requests give the same."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal, Self

from fingen_core.errors import InvalidInput
from fingen_core.generators.protocol.conditions import Condition, checked_condition, of_market
from fingen_core.market.step import TRADING_DAYS
from fingen_core.scenarios.conditions import View
from fingen_core.settings import N_PATHS

__all__ = ["EFFORTS", "MOST_STEPS", "RIVALS", "SampleRequest", "StressRequest", "check_date"]

EFFORTS = ("quick", "normal", "thorough")

MOST_STEPS = TRADING_DAYS
"""Longest horizon of a search, in steps."""

RIVALS = ("fhs-gjr", "block-bootstrap")
"""Classical generators that can be asked for by name."""

_MOST_PATHS, _LONGEST = 100_000, 2_520

_SOURCE = re.compile(rf"run:[0-9a-z]{{12}}|pretrained|{'|'.join(RIVALS)}")


@dataclass(frozen=True, kw_only=True)
class SampleRequest:
    """What to draw; equal requests give equal paths.

    Attributes
    ----------
    source : str
        "run:<id>", "pretrained", "fhs-gjr" or "block-bootstrap".
    n_paths, n_steps : int
    seed : int
    start : str or None
        ISO date; paths set out from the last close on or before it. ``None`` is the last day of the market.
    market_digest : str
        The market that a rival is fitted to and that gives the history before ``start``; "sample" is the bundled one.
        Empty: the market that the generator was trained on.
    condition : mapping
        What is asked for besides, by name: see ``generators.protocol.conditions``. A state of the market takes the
        place of ``start``.

    Raises
    ------
    InvalidInput
        If a value breaks its rule.
    """

    source: str
    n_paths: int = N_PATHS
    n_steps: int = 63
    seed: int = 0
    start: str | None = None
    market_digest: str = ""
    condition: Condition = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.source.startswith("run:") and not _SOURCE.fullmatch(self.source):
            raise InvalidInput(
                f"no run is called {self.source[4:44]!r}: list them, and take the id of one that is done"
            )
        if not _SOURCE.fullmatch(self.source):
            raise InvalidInput(f"scenarios from {self.source[:40]!r}: use run:<id>, pretrained, {' or '.join(RIVALS)}")
        for name, value, most in (("n_paths", self.n_paths, _MOST_PATHS), ("n_steps", self.n_steps, _LONGEST)):
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                raise InvalidInput(f"{name} = {value!r}: use a whole number from 1 to {most:,}")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or not 0 <= self.seed < 2**31:
            raise InvalidInput(f"seed = {self.seed!r}: use a whole number from 0 to 2,147,483,647")
        if self.start is not None:
            check_date(self.start)
        object.__setattr__(self, "condition", checked_condition(self.condition))
        wanted = of_market(self.condition)
        if self.start is not None and wanted:
            raise InvalidInput(
                f"start = {self.start} and a state of the market ({', '.join(wanted)}): paths set out from one day or "
                "from days in that state, leave one of them out"
            )

    @property
    def run_id(self) -> str:
        """The run's id, empty for other sources."""
        return self.source.removeprefix("run:") if self.source.startswith("run:") else ""

    def digest(self) -> str:
        """Sixteen hexadecimal digits that identify the request."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def check_date(text: str) -> None:
    """``InvalidInput`` unless it is an ISO date."""
    try:
        date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"start = {text[:40]!r}: use a date such as 2008-09-12") from None


@dataclass(frozen=True, kw_only=True)
class StressRequest:
    """What to search for; equal requests find the same.

    Attributes
    ----------
    kind : {"reverse", "what-if", "tail"}
    source, n_steps, seed, start, market_digest
        As of ``SampleRequest``; the source is a trained model.
    weights : tuple of float
        The portfolio that loses, bought at the start and held; one per asset.
    loss : float
        Of a reverse stress: the loss to be explained.
    share : float
        Of a tail: how bad.
    views : tuple of View
        Of a what-if.
    soft : bool
        Whether views hold on average only.
    effort : {"quick", "normal", "thorough"}
        How many paths a search moves about: more of them, narrower bands.

    Raises
    ------
    InvalidInput
        If a value breaks its rule.
    """

    kind: Literal["reverse", "what-if", "tail"]
    source: str
    n_steps: int = 21
    seed: int = 0
    start: str | None = None
    market_digest: str = ""
    weights: tuple[float, ...] = ()
    loss: float = 0.2
    share: float = 0.001
    views: tuple[View, ...] = ()
    soft: bool = False
    effort: str = "normal"

    def __post_init__(self) -> None:
        self.sample()
        if not (self.source == "pretrained" or self.source.startswith("run:")):
            raise InvalidInput(
                f"{self.source} draws rows of the past, which nothing can steer: choose a trained model for this"
            )
        if self.n_steps > MOST_STEPS:
            raise InvalidInput(f"{self.n_steps} steps: a search reaches up to {MOST_STEPS}, choose fewer")
        if self.effort not in EFFORTS:
            raise InvalidInput(f"effort {self.effort[:20]!r}: choose {', '.join(EFFORTS)}")
        if self.kind == "what-if" and not self.views:
            raise InvalidInput("no condition: say what moves and how far")
        if self.kind == "reverse" and not 0.001 <= self.loss <= 10:
            raise InvalidInput(f"a loss of {self.loss * 100:g} %: choose one above 0.1 %")
        if self.kind == "tail" and not 1e-6 <= self.share < 1:
            raise InvalidInput(f"share {self.share}: choose one from 0.000001 up to (not including) 1")

    def sample(self) -> SampleRequest:
        """The request of plain paths from the same model and state."""
        return SampleRequest(
            source=self.source,
            n_paths=1,
            n_steps=self.n_steps,
            seed=self.seed,
            start=self.start,
            market_digest=self.market_digest,
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON values; ``from_dict`` gives back an equal request."""
        return {**vars(self), "weights": list(self.weights), "views": [view.as_dict() for view in self.views]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        views = tuple(View.from_dict(view) for view in values["views"])
        return cls(**{**values, "weights": tuple(values["weights"]), "views": views})

    def digest(self) -> str:
        """Sixteen hexadecimal digits that identify the request."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()[:16]

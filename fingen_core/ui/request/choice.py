"""What was asked for: who draws, from when, how long, how many paths, measured on what, under which conditions."""

from dataclasses import dataclass, field

from fingen_core.scenarios.requests import SampleRequest
from fingen_core.settings import N_PATHS
from fingen_core.ui.request import samples
from fingen_core.ui.request.conditions import Asked

__all__ = ["Choice"]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What was asked for.

    Attributes
    ----------
    labels : mapping
        Who draws: source of a request to its name for people.
    start : str or None
        ISO date whose close the paths set out from; ``None`` is the last day of the market.
    n_steps, n_paths, seed : int
    share : float
        The worst share of the paths that is shown; 1 is all.
    subject : str
        What is measured: ``samples.EQUAL``, a ticker, or ``samples.PORTFOLIO`` and a portfolio's digest.
    asked : Asked
        The conditions.
    """

    labels: dict[str, str] = field(default_factory=dict)
    start: str | None = None
    n_steps: int
    n_paths: int = N_PATHS
    seed: int = 0
    share: float = 1.0
    subject: str = samples.EQUAL
    asked: Asked = field(default_factory=Asked)

    def request(self, source: str, market_digest: str, *, plain: bool = False) -> SampleRequest:
        """What the sampler is asked for one of the sources; ``plain`` leaves the conditions out."""
        return SampleRequest(
            source=source,
            n_paths=self.n_paths,
            n_steps=self.n_steps,
            seed=self.seed,
            start=self.start,
            market_digest=market_digest,
            condition={} if plain else self.asked.of(source),
        )

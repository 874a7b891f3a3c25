"""What a portfolio may lose, asked once: who draws, from which day, how many paths, and who stands beside it.

The page of a portfolio, its report and the command line ask here, so that the same question has the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from fingen_core.market import Market
from fingen_core.portfolio.risk import Gains, Kind, gains_at, risk_horizons
from fingen_core.scenarios.history import windows
from fingen_core.scenarios.requests import RIVALS, SampleRequest
from fingen_core.scenarios.scenarios import Scenarios
from fingen_core.settings import N_PATHS

__all__ = ["RIVAL_NAMES", "RiskQuestion", "gains_of", "history_gains", "named_gains"]

RIVAL_NAMES = MappingProxyType({"fhs-gjr": "FHS, GJR-GARCH", "block-bootstrap": "Block bootstrap"})
"""What tables and charts call the classical generators that stand beside a model."""


@dataclass(frozen=True, kw_only=True)
class RiskQuestion:
    """Who draws the paths on which losses are measured.

    Attributes
    ----------
    market : Market
    source : str
        As of ``SampleRequest``.
    start : str or None
        ISO date that paths set out from; ``None`` is the last day.
    n_paths, seed : int
    """

    market: Market
    source: str
    start: str | None = None
    n_paths: int = N_PATHS
    seed: int = 0

    @property
    def kind(self) -> Kind:
        return "rival" if self.source in RIVALS else "generated"

    @property
    def rival(self) -> str:
        """The classical generator that stands beside the source, by its name in requests."""
        return "block-bootstrap" if self.source == "fhs-gjr" else "fhs-gjr"

    @cached_property
    def n_steps(self) -> int:
        """Steps of the paths: as many as the longest horizon, or a quarter of a short history."""
        return min(max(risk_horizons(self.market.step)), self.market.n_steps // 4)

    def request(self) -> SampleRequest:
        """What the sampler is asked for."""
        return SampleRequest(
            source=self.source,
            n_paths=self.n_paths,
            n_steps=self.n_steps,
            seed=self.seed,
            start=self.start,
            market_digest=self.market.digest(),
        )

    def by_rival(self) -> "RiskQuestion":
        """The same, asked of the rival."""
        return replace(self, source=self.rival)


def gains_of(scenarios: Scenarios) -> Gains:
    """Gains of the assets over all horizons along generated paths."""
    over = gains_at(scenarios.log_returns, risk_horizons(scenarios.step))
    return Gains(label=scenarios.label, kind="generated", over=over, cluster=scenarios.step.stretch)


def named_gains(gains: Gains, scenarios: Scenarios, label: str, kind: Kind) -> Gains:
    """The gains with what people call their source, and with their sample in words."""
    note = f"{scenarios.n_paths:,} paths from {scenarios.start:%Y-%m-%d}, seed {scenarios.seed}"
    return replace(gains, label=label, kind=kind, note=note)


def history_gains(market: Market) -> Gains:
    """Gains of the assets over every window of history."""
    fitting: Sequence[int] = [steps for steps in risk_horizons(market.step) if steps <= market.n_steps // 4]
    over = {days: gains_at(windows(market, days), (days,))[days] for days in fitting}
    return Gains(
        label="History",
        kind="history",
        over=over,
        cluster=market.step.stretch,
        overlapping=True,
        note=f"overlapping windows of {market.dates[0]:%Y}-{market.dates[-1]:%Y}",
    )

"""The rules that ship: each a few lines of algebra over what is known at the close."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fingen_core.market.step import TRADING_DAYS
from fingen_core.portfolio.strategies.past import Past
from fingen_core.portfolio.strategies.rule import Rule
from fingen_core.portfolio.strategies.settings import setting
from fingen_core.types import Array

__all__ = [
    "RULES",
    "BuyAndHold",
    "ConstantMix",
    "DrawdownControl",
    "MeanReversion",
    "MomentumRotation",
    "RiskParity",
    "StopLoss",
    "Trend",
    "VolatilityTarget",
    "equal_risk",
]


@dataclass(frozen=True, kw_only=True)
class ConstantMix(Rule):
    """The portfolio, brought back to its weights on every rebalancing day."""

    name: ClassVar[str] = "mix"
    label: ClassVar[str] = "Constant mix"
    explain: ClassVar[str] = "Brings the portfolio back to its weights on every rebalancing day: sells what rose."

    def weights(self, past: Past) -> Array:
        return np.broadcast_to(past.base, (past.n_paths, past.n_assets))


@dataclass(frozen=True, kw_only=True)
class BuyAndHold(ConstantMix):
    """The portfolio, bought once and never touched."""

    name: ClassVar[str] = "hold"
    label: ClassVar[str] = "Buy and hold"
    explain: ClassVar[str] = "Buys the portfolio on the first day and never trades again."
    trades_again: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class VolatilityTarget(Rule):
    """As much of the portfolio as keeps its expected volatility at a target: ``min(target / volatility, most)``."""

    name: ClassVar[str] = "volatility"
    label: ClassVar[str] = "Volatility target"
    explain: ClassVar[str] = "Holds less of the portfolio when it has been wild, more when it has been calm."
    looks_back_over: ClassVar[tuple[str, ...]] = ("days",)
    target: float = setting(0.12, (0.02, 0.4, 0.01), "percent", "Target volatility, a year", "What is aimed at.")
    days: int = setting(
        42, (5, TRADING_DAYS, 1), "days", "Measured over", "Days whose moves say how wild the portfolio is.", least=2
    )
    most: float = setting(1.5, (0.5, 3, 0.1), "number", "At most times the portfolio", "Above 1 money is borrowed.")

    def weights(self, past: Past) -> Array:
        volatility = past.portfolio_volatility(self.days)
        calm = volatility * self.most <= self.target  # also where nothing moved: no division by zero
        exposure = np.where(calm, self.most, self.target / np.where(calm, 1, volatility))
        return np.asarray(exposure[:, None] * past.base)


@dataclass(frozen=True, kw_only=True)
class Trend(Rule):
    """Each asset at its weight while it is above its moving average, cash otherwise."""

    name: ClassVar[str] = "trend"
    label: ClassVar[str] = "Moving-average trend"
    explain: ClassVar[str] = "Holds an asset while its price is above its mean of the last days, cash otherwise."
    looks_back_over: ClassVar[tuple[str, ...]] = ("days",)
    days: int = setting(
        200, (5, TRADING_DAYS, 1), "days", "Moving average over", "Closes in the mean, today's included.", least=2
    )

    def weights(self, past: Past) -> Array:
        return np.where(past.price() > past.mean(self.days), past.base, 0.0)


@dataclass(frozen=True, kw_only=True)
class MomentumRotation(Rule):
    """The assets that rose most, in equal parts; the newest days are left out."""

    name: ClassVar[str] = "momentum"
    label: ClassVar[str] = "Momentum rotation"
    explain: ClassVar[str] = "Holds, in equal parts, the assets that rose most over the last months."
    looks_back_over: ClassVar[tuple[str, ...]] = ("days", "skip")
    days: int = setting(231, (10, TRADING_DAYS, 1), "days", "Momentum over", "Days over which assets are compared.")
    skip: int = setting(21, (0, 63, 1), "days", "Leaving out the last", "The newest days, which tend to turn back.")
    hold: int = setting(5, (1, 50, 1), "count", "Assets held", "The best of them, in equal parts.")

    def weights(self, past: Past) -> Array:
        risen = past.price(self.skip) / past.price(self.skip + self.days)
        n_held = min(self.hold, past.n_assets)
        best = np.argsort(-risen, axis=1, kind="stable")[:, :n_held]
        chosen = np.zeros_like(risen)
        np.put_along_axis(chosen, best, past.base.sum() / n_held, axis=1)
        return chosen


@dataclass(frozen=True, kw_only=True)
class MeanReversion(Rule):
    """More of what lies below its mean: weights times ``max(1 - strength * z, 0)``, scaled to the same total.

    ``z`` is the distance of the price from its mean over ``days``, in standard deviations of those prices.
    """

    name: ClassVar[str] = "reversion"
    label: ClassVar[str] = "Mean reversion"
    explain: ClassVar[str] = "Holds more of what has fallen below its recent mean and less of what has risen above it."
    looks_back_over: ClassVar[tuple[str, ...]] = ("days",)
    days: int = setting(20, (3, TRADING_DAYS, 1), "days", "Mean over", "Closes in the mean, today's included.", least=2)
    strength: float = setting(
        0.5,
        (0.1, 2, 0.1),
        "number",
        "Strength",
        "Added to a weight of 1 for each standard deviation below.",
    )

    def weights(self, past: Past) -> Array:
        spread = past.deviation(self.days)
        away = (past.price() - past.mean(self.days)) / np.where(spread > 0, spread, 1)
        tilted = past.base * np.maximum(1 - self.strength * np.where(spread > 0, away, 0), 0)
        total = tilted.sum(axis=1, keepdims=True)
        return np.where(total > 0, tilted * past.base.sum() / np.where(total > 0, total, 1), past.base)


@dataclass(frozen=True, kw_only=True)
class RiskParity(Rule):
    """Every asset contributes the same to the variance of the last days."""

    name: ClassVar[str] = "parity"
    label: ClassVar[str] = "Risk parity"
    explain: ClassVar[str] = "Weighs assets so that each contributes the same to the portfolio's variance."
    looks_back_over: ClassVar[tuple[str, ...]] = ("days",)
    days: int = setting(
        126, (21, TRADING_DAYS, 1), "days", "Covariance over", "Days whose moves say how risky assets are.", least=2
    )

    def weights(self, past: Past) -> Array:
        return np.asarray(equal_risk(past.covariance(self.days)) * past.base.sum())


def equal_risk(covariance: Array, n_sweeps: int = 12) -> Array:
    """Weights, together 1, with equal contributions to variance, shape (n, n_assets) for (n, n_assets, n_assets).

    Notes
    -----
    Minimizes ``x' C x / 2 - sum(log x) / n`` asset by asset, whose minimum has equal contributions (Spinu 2013, "An
    algorithm for computing risk parity weights"; cyclical descent after Griveau-Billion, Richard and Roncalli 2013).
    Sweeps start from inverse volatility and stop early when no weight moves by more than a millionth.
    """
    n_assets = covariance.shape[-1]
    rows = np.ascontiguousarray(covariance.transpose(1, 0, 2))  # one asset's covariances of all paths lie together
    variance = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 1e-12)
    x = 1 / np.sqrt(variance * n_assets)
    for _ in range(n_sweeps):
        before = x.copy()
        for asset in range(n_assets):
            own = variance[:, asset]
            others = np.einsum("ij,ij->i", rows[asset], x) - rows[asset, :, asset] * x[:, asset]
            x[:, asset] = (np.sqrt(others**2 + 4 * own / n_assets) - others) / (2 * own)
        if np.abs(x - before).max() <= 1e-6 * np.abs(x).max():
            break
    return np.asarray(x / x.sum(axis=1, keepdims=True))


@dataclass(frozen=True, kw_only=True)
class StopLoss(Rule):
    """Sells an asset that fell too far below its highest close since it was bought; buys it back after a pause."""

    name: ClassVar[str] = "stop"
    label: ClassVar[str] = "Stop-loss"
    explain: ClassVar[str] = "Sells an asset that falls too far below its high since it was bought, and waits."
    fall: float = setting(0.15, (0.02, 0.5, 0.01), "percent", "Sell after a fall of", "Below its high since then.")
    pause: int = setting(42, (1, TRADING_DAYS, 1), "days", "Stay out for", "Days before the asset is bought back.")

    def observe(self, past: Past) -> NDArray[np.bool_]:
        """Each evening: count the days outside, follow the highs, and trade where something changed."""
        state = past.state
        if past.day == 0:
            state["out"], state["high"] = np.zeros((past.n_paths, past.n_assets), dtype=np.int64), past.price().copy()
            return np.zeros(past.n_paths, dtype=bool)
        price, out, high = past.price(), state["out"], state["high"]
        back = out == 1
        high[back] = price[back]
        np.maximum(out - 1, 0, out=out)
        held = out == 0
        np.copyto(high, np.maximum(high, price), where=held)
        stopped = held & (price < (1 - self.fall) * high)
        out[stopped] = self.pause
        return np.asarray((stopped | back).any(axis=1))

    def weights(self, past: Past) -> Array:
        return np.where(past.state["out"] == 0, past.base, 0.0)


@dataclass(frozen=True, kw_only=True)
class DrawdownControl(Rule):
    """The portfolio in part only while the rule itself is too far below its own recent high."""

    name: ClassVar[str] = "drawdown"
    label: ClassVar[str] = "Drawdown control"
    explain: ClassVar[str] = "Cuts its holdings while it is itself too far below its own high, and returns afterwards."
    limit: float = setting(0.1, (0.02, 0.5, 0.01), "percent", "Cut at a drawdown of", "Below its own recent high.")
    keep: float = setting(0.3, (0, 0.9, 0.05), "percent", "Then keep", "Share of the portfolio that is held meanwhile.")
    days: int = setting(
        126, (5, 2 * TRADING_DAYS, 1), "days", "High of the last", "Older highs are forgotten, or it stays out."
    )

    def observe(self, past: Past) -> NDArray[np.bool_]:
        """Each evening: trade where the limit was crossed, in either direction."""
        cut = past.drawdown(self.days) > self.limit
        changed = cut != past.state.get("cut", cut)
        past.state["cut"] = cut
        return np.asarray(changed)

    def weights(self, past: Past) -> Array:
        return np.where(past.state["cut"][:, None], self.keep * past.base, past.base)


RULES: dict[str, type[Rule]] = {
    kind.name: kind
    for kind in (
        BuyAndHold,
        ConstantMix,
        VolatilityTarget,
        Trend,
        MomentumRotation,
        MeanReversion,
        RiskParity,
        StopLoss,
        DrawdownControl,
    )
}
"""The rules by name, in the order of controls."""

"""What weights must keep to: a least and a largest weight for each asset, and for each sector."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fingen_core.errors import InvalidInput
from fingen_core.market.sectors import by_sector
from fingen_core.types import Array

__all__ = ["Limits", "sector_limits"]

_SLACK = 1e-9


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What weights must keep to; they add up to 1 and are never negative.

    Attributes
    ----------
    lowest, highest : float
        Least and largest weight of each asset, decimals.
    sectors : tuple of (name, positions of its assets)
        No asset twice; an asset that is in none has no limit but its own.
    sector_lowest, sector_highest : float
        Least and largest weight of each sector, decimals.

    Raises
    ------
    InvalidInput
        If limits contradict each other.
    """

    lowest: float = 0.0
    highest: float = 1.0
    sectors: tuple[tuple[str, tuple[int, ...]], ...] = ()
    sector_lowest: float = 0.0
    sector_highest: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.lowest < self.highest <= 1:
            raise InvalidInput(
                f"weights from {self.lowest:g} to {self.highest:g}: the least weight must lie below the largest, both "
                "from 0 to 1"
            )
        if not 0 <= self.sector_lowest < self.sector_highest <= 1:
            raise InvalidInput(
                f"sectors from {self.sector_lowest:.1%} to {self.sector_highest:.1%} each: the least weight of a "
                "sector must lie below the largest, both from 0 to 100 %"
            )
        held = [asset for _, members in self.sectors for asset in members]
        if len(set(held)) < len(held) or not all(members for _, members in self.sectors):
            raise InvalidInput(f"{len(held)} members of {len(self.sectors)} sectors: each has some, no asset in two")

    def inequalities(self, n_assets: int) -> tuple[Array, Array]:
        """``A`` and ``b`` of ``A @ weights <= b``, which says what sectors must keep to.

        Shapes (n_rows, n_assets) and (n_rows,); no rows where nothing is limited.
        """
        member = np.zeros((len(self.sectors), n_assets))
        for row, (_, assets) in enumerate(self.sectors):
            member[row, list(assets)] = 1
        rows, bounds = np.zeros((0, n_assets)), np.zeros(0)
        for sign, bound, binds in (
            (1.0, self.sector_highest, self.sector_highest < 1),
            (-1.0, self.sector_lowest, self.sector_lowest > 0),
        ):
            if binds:
                rows = np.vstack([rows, sign * member])
                bounds = np.append(bounds, np.full(len(member), sign * bound))
        return rows, bounds

    def check(self, n_assets: int) -> None:
        """Raise ``InvalidInput`` if no weights of ``n_assets`` assets keep to the limits."""
        if self.highest * n_assets < 1 - _SLACK:
            raise InvalidInput(
                f"{n_assets} assets of at most {self.highest:.1%} each cannot add up to 100 %: allow at least "
                f"{1 / n_assets:.1%}"
            )
        if self.lowest * n_assets > 1 + _SLACK:
            raise InvalidInput(
                f"{n_assets} assets of at least {self.lowest:.1%} each are more than 100 %: ask for at most "
                f"{1 / n_assets:.1%}"
            )
        sizes = np.array([len(members) for _, members in self.sectors], dtype=float)
        if not len(sizes):
            return
        if max(max(members) for _, members in self.sectors) >= n_assets:
            raise InvalidInput(f"sectors of other assets than these {n_assets}: make limits from this market's tickers")
        self._check_each(sizes)
        self._check_together(sizes, n_assets - sizes.sum())

    def _check_each(self, sizes: Array) -> None:
        """Whether each sector by itself can keep to its limits and to those of its assets."""
        few, many = int(sizes.argmin()), int(sizes.argmax())
        if sizes[few] * self.highest < self.sector_lowest - _SLACK:
            name, most = self.sectors[few][0], sizes[few] * self.highest
            raise InvalidInput(
                f"{name} cannot hold at least {self.sector_lowest:.1%}: {_assets(sizes[few])} of at most "
                f"{self.highest:.1%} each; ask for at most {most:.1%} per sector, or allow "
                f"{self.sector_lowest / sizes[few]:.1%} per asset"
            )
        if sizes[many] * self.lowest > self.sector_highest + _SLACK:
            name, least = self.sectors[many][0], sizes[many] * self.lowest
            raise InvalidInput(
                f"{name} cannot hold at most {self.sector_highest:.1%}: {_assets(sizes[many])} of at least "
                f"{self.lowest:.1%} each; allow {least:.1%} per sector, or ask for at most "
                f"{self.sector_highest / sizes[many]:.1%} per asset"
            )

    def _check_together(self, sizes: Array, n_others: float) -> None:
        """Whether all sectors and the assets in none can add up to 1."""
        count, others = f"{len(sizes)} sectors" if len(sizes) > 1 else "1 sector", ""
        room, taken = sizes * self.highest, sizes * self.lowest
        if np.minimum(room, self.sector_highest).sum() + n_others * self.highest < 1 - _SLACK:
            if n_others:
                others = f" and {_assets(n_others)} without a sector of at most {self.highest:.1%} each"
            wanted = _filled(room, 1 - n_others * self.highest)
            raise InvalidInput(
                f"{count} of at most {self.sector_highest:.1%} each{others} cannot add up to 100 %: allow at least "
                f"{_up(wanted):.1%} per sector"
            )
        if np.maximum(taken, self.sector_lowest).sum() + n_others * self.lowest > 1 + _SLACK:
            if n_others and self.lowest:
                others = f" and {_assets(n_others)} without a sector of at least {self.lowest:.1%} each"
            wanted = _raised(taken, 1 - n_others * self.lowest)
            raise InvalidInput(
                f"{count} of at least {self.sector_lowest:.1%} each{others} are more than 100 %: ask for at most "
                f"{_down(wanted):.1%} per sector"
            )


def sector_limits(
    tickers: Sequence[str],
    *,
    lowest: float = 0.0,
    highest: float = 1.0,
    sector_lowest: float = 0.0,
    sector_highest: float = 1.0,
) -> Limits:
    """Limits with the sectors of these tickers; plain ones where sectors are free.

    A ticker without a known sector belongs to none: nothing is guessed, so only its own limits hold for it.
    """
    found = by_sector(tickers, least=1) if sector_lowest > 0 or sector_highest < 1 else {}
    order = list(tickers)
    return Limits(
        lowest=lowest,
        highest=highest,
        sectors=tuple((name, tuple(map(order.index, members))) for name, members in found.items()),
        sector_lowest=sector_lowest,
        sector_highest=sector_highest,
    )


def _assets(count: float) -> str:
    return f"{count:.0f} asset{'s' if count > 1 else ''}"


def _filled(room: Array, total: float) -> float:
    """Level to which vessels of these sizes are filled when they hold ``total`` together."""
    levels = np.append(0, np.sort(room))
    return float(np.interp(total, [np.minimum(room, level).sum() for level in levels], levels))


def _raised(taken: Array, total: float) -> float:
    """Level to which all are raised, none lowered, when they hold ``total`` together."""
    levels = np.append(np.sort(taken), 1.0)
    return float(np.interp(total, [np.maximum(taken, level).sum() for level in levels], levels))


def _up(value: float) -> float:
    """To the next tenth of a percent above, so that what is advised is enough."""
    return float(np.ceil(value * 1000 - 1e-6) / 1000)


def _down(value: float) -> float:
    return float(np.floor(value * 1000 + 1e-6) / 1000)

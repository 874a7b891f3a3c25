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
    own : tuple of (name, lowest, highest)
        Sectors with limits of their own, which take the place of those for each.

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
    own: tuple[tuple[str, float, float], ...] = ()

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
        for name, low, high in self.own:
            if not 0 <= low <= high <= 1 or high == 0:
                raise InvalidInput(
                    f"{name} from {low:.1%} to {high:.1%}: its least weight must not exceed its largest, both from 0 "
                    "to 100 %"
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
        low, high = self.of_sectors()
        capped, raised = high < 1, low > 0
        return np.vstack([member[capped], -member[raised]]), np.append(high[capped], -low[raised])

    def of_sectors(self) -> tuple[Array, Array]:
        """Least and largest weight of each sector, in their order."""
        own = {name: (low, high) for name, low, high in self.own}
        each = [own.get(name, (self.sector_lowest, self.sector_highest)) for name, _ in self.sectors]
        low, high = np.array(each, dtype=float).reshape(-1, 2).T
        return low, high

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
        for (name, _), size, low, high in zip(self.sectors, sizes, *self.of_sectors(), strict=True):
            if size * self.highest < low - _SLACK:
                raise InvalidInput(
                    f"{name} cannot hold at least {low:.1%}: {_assets(size)} of at most {self.highest:.1%} each; ask "
                    f"for at most {_down(size * self.highest):.1%} of this sector, or allow {_up(low / size):.1%} per "
                    "asset"
                )
            if size * self.lowest > high + _SLACK:
                raise InvalidInput(
                    f"{name} cannot hold at most {high:.1%}: {_assets(size)} of at least {self.lowest:.1%} each; allow "
                    f"this sector {_up(size * self.lowest):.1%}, or ask for at most {_down(high / size):.1%} per asset"
                )

    def _check_together(self, sizes: Array, n_others: float) -> None:
        """Whether all sectors and the assets in none can add up to 1."""
        low, high = self.of_sectors()
        room, taken = sizes * self.highest, sizes * self.lowest
        most = float(np.minimum(room, high).sum() + n_others * self.highest)
        least = float(np.maximum(taken, low).sum() + n_others * self.lowest)
        if most < 1 - _SLACK:
            wanted = _up(_filled(room, 1 - n_others * self.highest))
            said = f"cannot add up to 100 %: allow at least {wanted:.1%} per sector"
            if self.own:
                said = f"add up to at most {most:.1%}: allow {_up(1 - most):.1%} more where assets have room"
            raise InvalidInput(self._told("at most", self.sector_highest, n_others, self.highest) + said)
        if least > 1 + _SLACK:
            wanted = _down(_raised(taken, 1 - n_others * self.lowest))
            said = f"are more than 100 %: ask for at most {wanted:.1%} per sector"
            if self.own:
                said = f"are at least {least:.1%}: ask for {_up(least - 1):.1%} less"
            raise InvalidInput(self._told("at least", self.sector_lowest, n_others, self.lowest) + said)

    def _told(self, word: str, bound: float, n_others: float, own_bound: float) -> str:
        """The limits that do not go together, as the beginning of a sentence."""
        count = f"{len(self.sectors)} sector{'s' if len(self.sectors) > 1 else ''}"
        first = f"{count} within their limits" if self.own else f"{count} of {word} {bound:.1%} each"
        if n_others and own_bound:
            first += f" and {_assets(n_others)} without a sector of {word} {own_bound:.1%} each"
        return f"{first} "


def sector_limits(
    tickers: Sequence[str],
    *,
    lowest: float = 0.0,
    highest: float = 1.0,
    sector_lowest: float = 0.0,
    sector_highest: float = 1.0,
    own: Sequence[tuple[str, float, float]] = (),
) -> Limits:
    """Limits with the sectors of these tickers; plain ones where sectors are free.

    A ticker without a known sector belongs to none: nothing is guessed, so only its own limits hold for it.

    Raises
    ------
    InvalidInput
        If limits contradict each other, or a sector with its own has no asset here.
    """
    found = by_sector(tickers, least=1)
    for name, _, _ in own:
        if name not in found:
            raise InvalidInput(
                f"no asset of this market belongs to {name[:40]!r}: choose from {', '.join(found) or 'none'}"
            )
    if not own and sector_lowest <= 0 and sector_highest >= 1:
        found = {}
    order = list(tickers)
    return Limits(
        lowest=lowest,
        highest=highest,
        sectors=tuple((name, tuple(map(order.index, members))) for name, members in found.items()),
        sector_lowest=sector_lowest,
        sector_highest=sector_highest,
        own=tuple(own),
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

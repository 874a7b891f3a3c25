"""What a list of holdings held and a portfolio lacks, kept with it."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from fingen_core.errors import InvalidInput

__all__ = ["MOST_NAMES", "LeftOut"]

MOST_NAMES = 12


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Lines of a list that are not part of a portfolio.

    Attributes
    ----------
    count : int
        Number of lines.
    names : tuple of str
        What they hold, as written, the largest first, at most ``MOST_NAMES``.
    value : float
        What they are worth together, long and short alike, in the currency of the portfolio, as far as it is known.
    share : float
        Of all that the list is worth, long and short alike, as far as it is known.
    listed : bool
        Whether the share is taken at the prices of the list, while the portfolio is valued at closes of the market.
    unknown : int
        Lines of which nobody knows what they are worth in the currency of the portfolio.
    """

    count: int
    names: tuple[str, ...]
    value: float = 0.0
    share: float = 0.0
    unknown: int = 0
    listed: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(str(name) for name in self.names))
        if not (math.isfinite(self.value) and math.isfinite(self.share) and self.count > 0):
            raise InvalidInput(f"{self.count} lines left out, worth {self.value:g}: numbers must be finite")

    def words(self, currency: str) -> str:
        """ "Left out: 2 lines of the list, USD 9,900 (4.2 %): NESN SW Equity, ..."."""
        lines = f"{self.count} line{'s' * (self.count > 1)} of the list"
        parts = [lines]
        if self.unknown < self.count:
            prices = " at the list's prices" if self.listed else ""
            parts.append(f"{currency} {self.value:,.0f} ({self.share:.1%} of it{prices})".replace("%", " %"))
        if self.unknown:
            others = "their worth" if self.unknown == self.count else f"the worth of {self.unknown}"
            parts.append(f"{others} is not known" if self.count > 1 else "its worth is not known")
        more = self.count - len(self.names)
        named = ", ".join(self.names) + (f" and {more} more" if more > 0 else "")
        return f"Left out: {', '.join(parts)}: {named}."

    def brief(self, name: str) -> str:
        """ "Mine without QQZZ and 1 more: 5.6 % left out", for a portfolio by its name."""
        more = self.count - 1
        parts = [f"{self.share:.1%} left out".replace("%", " %")] if self.unknown < self.count else []
        if self.unknown:
            which = "what is left out" if self.unknown == self.count else f"{self.unknown} of them"
            parts.append(f"the worth of {which} is not known")
        return f"{name} without {self.names[0]}{f' and {more} more' if more else ''}: {', '.join(parts)}."

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return {**asdict(self), "names": list(self.names)}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """What ``to_json`` gave."""
        return cls(**{**fields, "names": tuple(fields["names"])})

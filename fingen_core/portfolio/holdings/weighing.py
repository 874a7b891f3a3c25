"""Weights of a list as decimals: as written where they make sense so, as percent where they do not, else a question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fingen_core.portfolio.holdings.columns import Columns
from fingen_core.portfolio.holdings.entries import Choice, Entry, Question
from fingen_core.portfolio.holdings.laws import scale_of
from fingen_core.portfolio.portfolio import MOST_GROSS

__all__ = ["Weighed", "as_decimals"]

_PERCENT, _WRITTEN = "Weights are read as percent.", "Weights are taken as written: 1 is all of it."


@dataclass(frozen=True)
class Weighed:
    """Entries whose weights are decimals, and what was decided about them."""

    entries: list[Entry]
    told: tuple[str, ...] = ()


def as_decimals(entries: Sequence[Entry], columns: Sequence[Columns], chosen: Mapping[str, str]) -> Weighed | Question:
    """Find the scale of weights from all lines together, those that are left out and cash included."""
    weighty = [entry for entry in entries if entry.weight and entry.fate != "no holding"]
    if not weighty or any(one.kinds[:1] != ["weight"] for one in columns) or any(one.signs for one in columns):
        return Weighed(list(entries))
    weights = [entry.weight or 0.0 for entry in weighty]
    scales = scale_of(weights, MOST_GROSS)
    if any(one.percent for one in columns):
        scales = (1.0, 100.0) if scales == (1.0,) else (100.0,)  # a workbook stores 40 % as 0.4
    if len(scales) > 1 and chosen.get("scale") in ("1", "100"):
        scales = (float(chosen["scale"]),)
    if len(scales) > 1:
        return _which(sum(weights), sum(map(abs, weights)))
    scaled = [replace(one, weight=None if one.weight is None else one.weight / scales[0]) for one in entries]
    return Weighed(scaled, (_PERCENT if scales[0] > 1 else _WRITTEN,))


def _which(net: float, gross: float) -> Question:
    return Question(
        key="scale",
        text=f"The weights add up to {net:.6g}, {gross:.6g} long and short together. Are they percent?",
        choices=(
            Choice(key="1", label=f"No: {net * 100:.6g} % of the value are invested, as written"),
            Choice(key="100", label=f"Yes: {net:.6g} % of the value are invested, the rest is cash"),
        ),
    )

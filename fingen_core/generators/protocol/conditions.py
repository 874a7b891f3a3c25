"""What a generator can be asked for besides the day it sets out from: the names, their rules, and who answers to them.

``volatility`` and ``trend`` name a state of the market and need no training: whoever has states sets out from days of
history that were in it (``fingen_core.scenarios.market_state``). The others are learned, and a generator answers to
those it was trained with. Light to import: pages and requests check conditions without torch.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from fingen_core.errors import InvalidInput
from fingen_core.market.sectors import by_sector

__all__ = [
    "LEARNED",
    "MARKET_STATE",
    "TAUGHT",
    "Condition",
    "checked_condition",
    "of_market",
    "refuse_unlearned",
    "sector_columns",
    "target_names",
    "target_of",
]

Condition: TypeAlias = Mapping[str, Any]
"""What is asked for, by name: numbers, and names of assets."""

MARKET_STATE = ("volatility", "trend")
"""Percentiles of the market's history, 0 to 100."""

LEARNED: Mapping[str, str] = dict.fromkeys(("severity", "sector", "asset"), "Severity label")
"""Conditions that a training can teach, with the setting that teaches them."""

TAUGHT = tuple(LEARNED)
"""What a model with that setting answers to."""


def checked_condition(condition: Condition | None) -> dict[str, Any]:
    """The same condition as plain values.

    Raises
    ------
    InvalidInput
        If a name is unknown or a value breaks its rule.
    """
    known = (*MARKET_STATE, *LEARNED)
    found: dict[str, Any] = {}
    for name, value in (condition or {}).items():
        if name not in known:
            raise InvalidInput(f"condition {name[:40]!r}: choose among {', '.join(known)}")
        found[name] = _RULES[name](name, value)
    places = [name for name in ("sector", "asset") if name in found]
    if len(places) > 1:
        raise InvalidInput(f"sector = {found['sector']} and asset = {found['asset']}: say one place, severity has one")
    if places and "severity" not in found:
        raise InvalidInput(
            f"{places[0]} = {found[places[0]]} says for whom it is bad, but not how bad: add severity, such as 0.05"
        )
    return found


def of_market(condition: Condition) -> dict[str, float]:
    """The part of a condition that names a state of the market."""
    return {name: float(value) for name, value in condition.items() if name in MARKET_STATE}


def refuse_unlearned(label: str, condition: Condition, learned: tuple[str, ...]) -> None:
    """Refuse what a generator has not learned, with the setting that would have taught it."""
    for name in condition:
        if name in MARKET_STATE:
            raise InvalidInput(
                f"{label} does not know which days had {name} {condition[name]}: draw through "
                "fingen_core.scenarios.market_state, which finds them in a history"
            )
        if name not in learned:
            raise InvalidInput(
                f"{label} was trained without {name}: train a model with '{LEARNED[name]}' set to learned, or ask for "
                "a state of the market instead"
            )


def sector_columns(tickers: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Columns of each sector that two or more of the tickers belong to."""
    order = list(tickers)
    return {name: tuple(map(order.index, members)) for name, members in by_sector(order).items()}


def target_names(tickers: Sequence[str]) -> list[list[str]]:
    """For whom a model learns how bad it is, as kind and name: all assets, each sector, each asset."""
    sectors = [["sector", name] for name in sector_columns(tickers)]
    return [["all", ""], *sectors, *(["asset", ticker] for ticker in tickers)]


def target_of(label: str, condition: Condition, names: Sequence[Sequence[str]]) -> int:
    """Which of these targets a severity is asked for; ``InvalidInput`` if it is none of them."""
    known = [tuple(name) for name in names]
    for kind in ("sector", "asset"):
        if kind not in condition:
            continue
        if (kind, condition[kind]) not in known:
            there = ", ".join(name for found, name in known if found == kind)
            raise InvalidInput(
                f"{kind} = {condition[kind]!r}: this {label} learned severity for {there or f'no {kind}'}"
            )
        return known.index((kind, condition[kind]))
    return 0


def _percentile(name: str, value: Any) -> float:
    if not _is_number(value) or not 0 <= value <= 100:
        raise InvalidInput(f"{name} = {value!r}: use a percentile of history from 0 to 100, 50 is its median")
    return float(value)


def _share(name: str, value: Any) -> float:
    if not _is_number(value) or not 0 < value <= 1:
        raise InvalidInput(f"{name} = {value!r}: use a number above 0 and at most 1, 0.05 is the worst twentieth")
    return float(value)


def _name(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > 60:
        raise InvalidInput(f"{name} = {value!r}: use a name that the model learned, such as Energy or XOM")
    return value


_RULES = {"volatility": _percentile, "trend": _percentile, "severity": _share, "sector": _name, "asset": _name}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

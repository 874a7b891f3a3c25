"""A portfolio as a person knows it: a name, weights, what is in cash, and what all of it is worth in their money."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.market.currencies import Rate, unit_of
from fingen_core.portfolio.left_out import LeftOut
from fingen_core.portfolio.weights import checked_weights
from fingen_core.types import Array

__all__ = ["CURRENCIES", "MOST_GROSS", "Portfolio"]

CURRENCIES = ("USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "CNY", "HKD", "INR", "SEK", "NOK", "DKK", "BRL", "PLN")
"""Offered in lists; any three letters are taken."""

MOST_GROSS = 20.0
"""Long and short weights together, as a multiple of the value: beyond that, somebody mistook percent for shares."""


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """Weights of assets, held from a day on without trading.

    Attributes
    ----------
    name : str
    tickers : tuple of str
        The assets that are held; every other asset of a market has weight 0.
    weights : tuple of float
        Shares of ``value``, decimals; negative for short positions.
    value : float
        What all of it is worth, cash included, in ``currency``.
    currency : str
        Three capital letters: the unit of ``value``.
    note : str
        How the weights came about, in a line.
    rates : tuple of Rate
        By which holdings in other currencies were converted when it was made.
    left_out : LeftOut or None
        What the list that it was made from held beside it.

    Raises
    ------
    InvalidInput
        If lengths differ, a ticker repeats, a weight or the value is not finite, all weights are 0, the value is not
        above 0, or the currency is not three letters.

    Notes
    -----
    What is missing to a sum of 1 is cash without interest; a sum above 1 is borrowed.
    """

    name: str
    tickers: tuple[str, ...]
    weights: tuple[float, ...]
    value: float = 1_000_000.0
    currency: str = "USD"
    note: str = ""
    rates: tuple[Rate, ...] = ()
    left_out: LeftOut | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "tickers", tuple(str(ticker) for ticker in self.tickers))
        twice = next((one for one in self.tickers if self.tickers.count(one) > 1), None)
        if twice is not None:
            raise InvalidInput(f"{twice} stands twice in the portfolio: give it one weight")
        shares = checked_weights(np.asarray(self.weights, dtype=np.float64), self.tickers)
        object.__setattr__(self, "weights", tuple(float(share) for share in shares))
        if self.gross > MOST_GROSS:
            raise InvalidInput(
                f"long and short positions of {self.gross:.0f} times the value: at most {MOST_GROSS:g} times are "
                "taken; write 10 for 10 %, or enter the value of the whole portfolio"
            )
        if not (math.isfinite(self.value) and self.value > 0):
            raise InvalidInput(f"a portfolio worth {self.value:g}: its value must be above 0, cash included")
        if not (len(self.currency) == 3 and self.currency.isalpha() and self.currency.isupper()):
            raise InvalidInput(f"currency {self.currency[:12]!r}: use three capital letters, for instance EUR")

    @property
    def cash(self) -> float:
        """Share of the value that is not invested; negative when borrowed."""
        return round(1 - math.fsum(self.weights), 12)

    @property
    def gross(self) -> float:
        """Long and short positions together, as a share of the value."""
        return math.fsum(abs(share) for share in self.weights)

    def on(self, tickers: Sequence[str]) -> Array:
        """Weights in the order of a market's assets, shape (n_assets,).

        Raises
        ------
        InvalidInput
            If the portfolio holds an asset that the market lacks.
        """
        held = {ticker: share for ticker, share in zip(self.tickers, self.weights, strict=True) if share}
        missing = [ticker for ticker in held if ticker not in tickers]
        if missing:
            raise InvalidInput(
                f"{self.name} holds {', '.join(missing[:5])}{' and more' * (len(missing) > 5)}, which this market "
                "does not have: choose another portfolio, or load these assets under Market"
            )
        return checked_weights(held, tickers)

    def fits(self, tickers: Sequence[str]) -> bool:
        """Whether a market has everything that is held."""
        return all(ticker in tickers for ticker, share in zip(self.tickers, self.weights, strict=True) if share)

    def money(self, share: ArrayLike) -> Array:
        """Shares of the value as amounts of ``currency``."""
        return np.asarray(np.asarray(share, dtype=np.float64) * self.value)

    def about(self, quoted: Mapping[str, str]) -> str:
        """How it came about, what was left out, at which rates, and that currencies do not move; empty if nothing is.

        Parameters
        ----------
        quoted : mapping
            What prices are quoted in, by ticker, where that is known.
        """
        parts = [f"{self.note}."] if self.note else []
        if self.left_out is not None:
            parts.append(self.left_out.words(self.currency))
        if self.rates:
            parts.append(f"Converted at {'; '.join(rate.words() for rate in self.rates)}.")
        held = {ticker for ticker, share in zip(self.tickers, self.weights, strict=True) if share}
        units = {unit_of(code)[0] for ticker, code in quoted.items() if ticker in held}
        apart = sorted(units - {self.currency})
        if apart and not self.rates:
            parts.append(f"Positions are quoted in {', '.join(apart)}, the value is in {self.currency}.")
        if apart or self.rates:
            parts.append(
                "Exchange rates stay where they are along every path: their moves are not simulated, unless the pair "
                "is an asset of the market and held."
            )
        return " ".join(parts)

    def digest(self) -> str:
        """Sixteen hexadecimal digits that identify weights, value and currency (not name, note and rates)."""
        held = sorted((ticker, share) for ticker, share in zip(self.tickers, self.weights, strict=True) if share)
        text = json.dumps([held, self.value, self.currency])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values."""
        fields = asdict(self)
        left_out = self.left_out.to_json() if self.left_out is not None else None
        return {
            **fields,
            "tickers": list(self.tickers),
            "weights": list(self.weights),
            "rates": list(fields["rates"]),
            "left_out": left_out,
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """What ``to_json`` gave; ``InvalidInput`` if a field is missing, of another kind or unknown."""
        try:
            rates = tuple(Rate(**rate) for rate in fields.get("rates", ()))
            left_out = fields.get("left_out")
            return cls(
                **{
                    **fields,
                    "left_out": LeftOut.from_json(left_out) if left_out else None,
                    "tickers": tuple(fields["tickers"]),
                    "weights": tuple(fields["weights"]),
                    "rates": rates,
                }
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidInput(f"a saved portfolio cannot be read ({error}): delete it and save it again") from error

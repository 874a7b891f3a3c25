"""Weights of holdings: what each is worth in one currency, and what was left out beside it."""

import math
from collections.abc import Iterable, Mapping, Sequence

from fingen_core.errors import InvalidInput
from fingen_core.market.currencies import Rate, unit_of
from fingen_core.portfolio.holdings.entries import CASH, Entry, Holdings
from fingen_core.portfolio.left_out import MOST_NAMES, LeftOut
from fingen_core.portfolio.portfolio import Portfolio

__all__ = ["at_closes", "foreign", "to_portfolio"]


def foreign(holdings: Holdings, currency: str) -> dict[str, list[str]]:
    """What has to be converted into ``currency``: holdings (and ``CASH``) by the currency that they are in.

    Weights are shares of the whole and need no rate; what is left out needs none either.
    """
    found: dict[str, list[str]] = {}
    if holdings.kind != "weight":
        named = [*holdings.currencies.items(), *((CASH, code) for code in holdings.cash)]
        for ticker, code in named:
            unit, _ = unit_of(code)
            if unit and unit != currency:
                found.setdefault(unit, []).append(ticker)
    return found


def at_closes(holdings: Holdings, closes: Mapping[str, float]) -> dict[int, tuple[str, float]]:
    """Currency and worth of lines whose quantities are valued at the closes of the market, by their number."""
    if holdings.kind != "quantity":
        return {}
    return {
        entry.line: (holdings.currencies.get(entry.ticker, ""), entry.quantity * closes[entry.ticker])
        for entry in holdings.entries
        if entry.fate == "matched" and entry.quantity is not None
    }


def to_portfolio(
    holdings: Holdings,
    prices: Mapping[str, float],
    *,
    name: str,
    value: float = 1_000_000.0,
    currency: str = "",
    rates: Iterable[Rate] = (),
    day: str = "",
) -> Portfolio:
    """Weights of holdings.

    Parameters
    ----------
    holdings : Holdings
    prices : mapping
        Price by ticker, for quantities.
    name : str
    value : float
        Of the whole list when it has weights only.
    currency : str
        Of the portfolio; by default the one that the list names, or dollars. What names no currency is taken to be in
        it.
    rates : iterable of Rate
        Into that currency, for what is in another one.
    day : str
        Of the prices, to be named beside what quantities are worth.

    Returns
    -------
    Portfolio
        Of what was matched; ``left_out`` says what it lacks. Weights are shares of the matched part and its cash, so
        that amounts of money are those of the list.

    Raises
    ------
    InvalidInput
        If a rate is missing, or the holdings are worth nothing on balance: weights would be a division by zero.
    """
    currency = currency or holdings.currency or "USD"
    if holdings.kind == "weight":
        return _by_weight(holdings, name, value, currency)
    apart = foreign(holdings, currency)
    known = {rate.base: rate for rate in rates if rate.quote == currency}
    _refuse_without_rates(apart, known, currency)
    worth = {
        ticker: amount
        * (prices[ticker] if holdings.kind == "quantity" else 1.0)
        * _factor(holdings.currencies.get(ticker, ""), currency, known)
        for ticker, amount in holdings.amounts.items()
    }
    cash = {code: amount * _factor(code, currency, known) for code, amount in holdings.cash.items()}
    total = math.fsum([*worth.values(), *cash.values()])
    if total <= 0:
        raise InvalidInput(
            f"holdings worth {total:,.0f} with cash: weights need a value above 0; add a line {CASH} with what "
            "backs the short positions"
        )
    closes = f"at the closes of {day}" if day else "at the last close"
    return Portfolio(
        name=name,
        tickers=tuple(worth),
        weights=tuple(amount / total for amount in worth.values()),
        value=total,
        currency=currency,
        note=f"{_count(len(worth))} by {holdings.kind}{f', {closes}' * (holdings.kind == 'quantity')}",
        rates=tuple(known[code] for code in apart),
        left_out=_left_out(holdings, worth, cash, currency, known),
    )


def _by_weight(holdings: Holdings, name: str, value: float, currency: str) -> Portfolio:
    """Weights of the part that is matched: what is left out takes its share of the value along."""
    missing = math.fsum(entry.weight or 0.0 for entry in holdings.left_out)
    rest = 1 - missing
    if rest <= 0:
        raise InvalidInput(
            f"lines with {missing:.0%} of the value are left out, so nothing remains to be weighed: choose their "
            "assets, or load a market that has them"
        )
    everything = math.fsum(abs(amount) for amount in (*holdings.amounts.values(), *holdings.cash.values()))
    left = [abs(entry.weight or 0.0) for entry in holdings.left_out]
    gone = LeftOut(
        count=len(left),
        names=_names(holdings.left_out, left),
        value=math.fsum(left) * value,
        share=math.fsum(left) / (everything + math.fsum(left)) if everything else 0.0,
        unknown=sum(entry.weight is None for entry in holdings.left_out),
    ) if left else None  # fmt: skip
    return Portfolio(
        name=name,
        tickers=tuple(holdings.amounts),
        weights=tuple(weight / rest for weight in holdings.amounts.values()),
        value=value * rest,
        currency=currency,
        note=f"Weights of {_count(len(holdings.amounts))}",
        left_out=gone,
    )


def _count(number: int) -> str:
    return f"{number} holding{'s' * (number != 1)}"


def _left_out(
    holdings: Holdings,
    worth: Mapping[str, float],
    cash: Mapping[str, float],
    currency: str,
    known: Mapping[str, Rate],
) -> LeftOut | None:
    """What is left out, its share taken at one set of prices: the list's own wherever it has them."""
    entries = holdings.left_out
    if not entries:
        return None
    amounts = [_worth(entry, currency, known) for entry in entries]
    value = math.fsum(amount for amount in amounts if amount is not None)
    own = _at_list_prices(holdings, currency, known) if holdings.kind == "quantity" else {}
    held = {ticker: own.get(ticker, amount) for ticker, amount in worth.items()}
    everything = math.fsum(abs(amount) for amount in (*held.values(), *cash.values())) + value
    return LeftOut(
        count=len(entries),
        names=_names(entries, [amount or 0.0 for amount in amounts]),
        value=value,
        share=value / everything if everything else 0.0,
        unknown=sum(amount is None for amount in amounts),
        listed=bool(own),
    )


def _at_list_prices(holdings: Holdings, currency: str, known: Mapping[str, Rate]) -> dict[str, float]:
    """What assets are worth by the list itself, for those of which all lines say so."""
    found: dict[str, list[float | None]] = {}
    for entry in holdings.entries:
        if entry.fate == "matched":
            found.setdefault(entry.ticker, []).append(_worth(entry, currency, known, signed=True))
    sums = {ticker: [one for one in amounts if one is not None] for ticker, amounts in found.items()}
    return {ticker: math.fsum(known) for ticker, known in sums.items() if len(known) == len(found[ticker])}


def _worth(entry: Entry, currency: str, known: Mapping[str, Rate], *, signed: bool = False) -> float | None:
    """What a line is worth, as far as its currency can be converted; never one to one."""
    unit, _ = unit_of(entry.currency)
    if entry.value is None or (unit and unit != currency and unit not in known):
        return None
    amount = entry.value * _factor(entry.currency, currency, known)
    return amount if signed else abs(amount)


def _names(entries: Sequence[Entry], sizes: Sequence[float]) -> tuple[str, ...]:
    """The largest first."""
    order = sorted(zip(sizes, entries, strict=True), key=lambda pair: -pair[0])
    return tuple(dict.fromkeys(entry.name for _, entry in order))[:MOST_NAMES]


def _factor(code: str, currency: str, known: Mapping[str, Rate]) -> float:
    """What one unit of a code is in the currency; what names none is in it."""
    unit, part = unit_of(code)
    return part * (known[unit].value if unit and unit != currency else 1.0)


def _refuse_without_rates(apart: Mapping[str, Sequence[str]], known: Mapping[str, Rate], currency: str) -> None:
    told = []
    for code, tickers in apart.items():
        if code not in known:
            some = f"{', '.join(tickers[:4])}{' and more' * (len(tickers) > 4)}"
            told.append(
                f"{some} in {code}, but the portfolio is valued in {currency}: give the rate of {code} in {currency}, "
                f"or value it in {code}"
            )
    if told:
        raise InvalidInput("\n\n".join(told))

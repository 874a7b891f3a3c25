"""Prices from Yahoo Finance; the only module that knows yfinance.

What yfinance hides is made visible here: every failure of every ticker ends as a status with a sentence that says what
happened and what to do. Prices come from Yahoo if it answers, else from the copy on disk, else the bundled market is
shown, and the answer says which of them it was.

- One request at a time, about one a second with small bursts; a 429 makes one visible pause, and a second one ends
  all asking for this fetch.
- The copy on disk is read first and only the missing tail is fetched, the last bar once more: if its adjusted close has
  changed (a split or a dividend), the whole history was re-adjusted and is fetched anew.
- Today's bar is left out: it is not a close until the day is over.

Yahoo's data is for personal use. For tests, ``FINGEN_YAHOO_URL`` sends all requests to a stand-in on this machine; see
:mod:`fingen_core.market.transport`.
"""

import re
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput, SourceUnavailable
from fingen_core.market.bundled import bundled
from fingen_core.market.currencies import Rate, code_of, pair
from fingen_core.market.market import Market, Source
from fingen_core.market.quality.remedies import count, day_text, percent
from fingen_core.market.statements import Statements
from fingen_core.market.statements.assembly import costs_above_zero
from fingen_core.market.transport import Pace, new_session, usual_pace
from fingen_core.market.yahoo.cache import PriceStore, Stored
from fingen_core.settings import home

__all__ = ["Fetched", "Match", "State", "Status", "Yahoo", "parse_tickers"]

State: TypeAlias = Literal["ok", "partial", "stale", "missing", "rate limited", "unavailable"]
OnProgress: TypeAlias = Callable[[int, int, str], None]
_Answer = TypeVar("_Answer")

_RATE_WINDOW = pd.Timedelta(days=10)
"""How old a rate may be: long enough for the longest holidays."""

EARLIEST = pd.Timestamp("1970-01-01")
MAX_TICKERS = 60
FRESH = timedelta(minutes=10)
"""A copy this young is not asked for again."""

PATIENCE = 20.0
"""Seconds of pause after a 429."""

BACK_OFF = (1.0, 3.0)
"""Seconds before the second and the third attempt, when an answer failed for another reason."""

FEW_DAYS = 0.8
"""Below this share of the working days between first and last price a history is called partial."""

_SYMBOL = re.compile(r"[A-Z0-9.\-=^&]{1,20}")
_LOCK = threading.RLock()
"""yfinance keeps one session for the whole process, so only one thread at a time may use it."""

_ODD = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError)
"""What yfinance raises on connections that fail and on answers that it cannot read."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """One hit of a search."""

    symbol: str
    name: str
    kind: str
    exchange: str


@dataclass(frozen=True, kw_only=True)
class Status:
    """What became of one ticker.

    Attributes
    ----------
    state : State
        ``ok``; ``partial``: a history with holes; ``stale``: older than asked for; ``missing``: there are no such
        prices; ``rate limited`` and ``unavailable``: Yahoo did not give them now.
    text : str
        What happened and what to do, in a sentence or two.
    live : bool
        Whether the prices were confirmed by Yahoo just now (or minutes ago) rather than taken from an old copy.
    n_prices, first, last
        What can be used; 0 and empty without prices.
    currency : str
        What the prices are quoted in, as Yahoo has it; ``GBp`` is pence.
    """

    ticker: str
    state: State
    text: str
    live: bool = False
    name: str = ""
    n_prices: int = 0
    first: str = ""
    last: str = ""
    currency: str = ""


@dataclass(frozen=True)
class Fetched:
    """The answer to a request for prices.

    Attributes
    ----------
    market : Market or None
        The dates common to all tickers with prices. ``source.kind`` says where they come from: ``yahoo``, ``store``
        (old copies) or ``bundled`` (nothing could be had, so the bundled market is shown). ``None`` if Yahoo
        answered but has no such prices.
    statuses : tuple of Status
        One per ticker, in the order asked for.
    prices : DataFrame
        Every price of every ticker, holes included: what the quality report looks at.
    banner : str
        What a person must be told about the source; empty if all prices are live.
    lost_dates : int
        Dates inside the common span that some ticker lacks (other holidays, holes).
    """

    market: Market | None
    statuses: tuple[Status, ...]
    prices: pd.DataFrame = field(repr=False)
    banner: str = ""
    lost_dates: int = 0


@dataclass(frozen=True)
class _Told:
    """What Yahoo says about a ticker beside its prices."""

    name: str = ""
    currency: str = ""


_FACTS = ("symbol", "longName", "shortName", "currency")


class _Refused(Exception):
    """Yahoo gave no prices for one ticker; ``state`` as in :class:`Status`, ``again`` if another attempt may help."""

    def __init__(self, state: State, text: str, *, again: bool = False) -> None:
        super().__init__(text)
        self.state, self.text, self.again = state, text, again


def _stated_in(yf: Any, asset: Any) -> str:
    """The currency of a company's statements, which need not be that of its price; empty where Yahoo does not say it.

    A table without it is worth having: the pages ask a person for what is missing, so no failure here is one.
    """
    try:
        return code_of(str(asset.get_info().get("financialCurrency") or ""))
    except (yf.exceptions.YFException, *_ODD):
        return ""


class Yahoo:
    """A polite client of Yahoo Finance with a copy of everything it has learned.

    Parameters
    ----------
    store : PriceStore or None
        The copies on disk.
    session : requests or curl_cffi session, or None
        Replaced in tests; by default one that waits its turn at ``pace``.
    pace : Pace or None
        The stream of requests, with its clock.
    now : callable
        The time (UTC).
    """

    def __init__(
        self,
        store: PriceStore | None = None,
        *,
        session: Any = None,
        pace: Pace | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store or PriceStore()
        self._pace = pace or usual_pace()
        self._session = session if session is not None else new_session(self._pace)
        self._now = now

    def search(self, text: str, limit: int = 8) -> list[Match]:
        """Symbols for a name or a part of a symbol, the best first.

        Raises
        ------
        SourceUnavailable
            If Yahoo does not answer; the message says why and what to do.
        """
        if not text.strip():
            return []
        with _LOCK, _quietly() as yf:
            try:
                quotes = yf.Search(
                    text.strip(), max_results=limit, news_count=0, lists_count=0, session=self._session
                ).quotes
            except (yf.exceptions.YFException, *_ODD) as error:
                raise SourceUnavailable(f"The search failed. {self._explain(error, '').text}") from error
        return [_match(quote) for quote in quotes]

    def fetch(
        self,
        tickers: Iterable[str],
        start: str | pd.Timestamp | None = None,
        end: str | pd.Timestamp | None = None,
        *,
        name: str = "",
        on_progress: OnProgress | None = None,
    ) -> Fetched:
        """Adjusted daily closes of all tickers.

        Parameters
        ----------
        tickers : strings
            Yahoo symbols.
        start, end : date or None
            Both included; ``None`` is the beginning of time and yesterday.
        name : str
            A name for the market; by default the tickers.
        on_progress : callable or None
            Called with the number of tickers done, their total and what is being done now.

        Raises
        ------
        InvalidInput
            If a symbol cannot be one, there are none or too many, or the dates are in the wrong order.
        """
        symbols = parse_tickers(tickers)
        first, last = self._span(start, end)
        answers: list[tuple[Status, pd.Series]] = []
        given_up: list[_Refused] = []
        for done, ticker in enumerate(symbols):

            def tell(text: str, done: int = done) -> None:
                if on_progress is not None:
                    on_progress(done, len(symbols), text)

            tell(f"Asking for {ticker}")
            answers.append(self._one(ticker, first, last, tell, given_up))
        return _together(answers, name or _name(symbols), self._now())

    def rate(self, base: str, quote: str, day: pd.Timestamp | None = None) -> Rate:
        """What one unit of a currency cost at the last close up to a day (yesterday's by default).

        Raises
        ------
        SourceUnavailable
            If Yahoo does not say and there is no copy either; the message says why and what to do.
        """
        last = min(pd.Timestamp(self._now().date()) - pd.Timedelta(days=1), day or pd.Timestamp.max)
        symbol = pair(base, quote)
        found = self.fetch([symbol], last - _RATE_WINDOW, last)
        status = found.statuses[0]
        if not status.n_prices:
            raise SourceUnavailable(f"No rate of {base} in {quote}. {status.text} Or type the rate.")
        closes = found.prices[symbol].dropna()
        source = f"Yahoo Finance {symbol}, {'close' if status.live else 'copy on disk'}"
        return Rate(base=base, quote=quote, value=float(closes.iloc[-1]), day=day_text(closes.index[-1]), source=source)

    def statements(self, ticker: str, *, quarterly: bool = False) -> Statements:
        """Statements of one company as Yahoo has them: at most four years or five quarters, in millions.

        Yahoo's market value is not among them: it stays missing.

        Raises
        ------
        InvalidInput
            If the symbol cannot be one.
        SourceUnavailable
            If Yahoo does not answer, or has no statements of it; the message says why and what to do.
        """
        (symbol,) = parse_tickers([ticker])
        try:
            table, currency = self._patiently(symbol, lambda: self._ask_statements(symbol, quarterly), lambda _: None)
        except _Refused as refusal:
            raise SourceUnavailable(f"No statements of {symbol}. {refusal.text}") from refusal
        kind = "quarterly" if quarterly else "annual"
        source = f"Yahoo Finance, {kind}, {self._now():%Y-%m-%d}"
        return Statements(ticker=symbol, table=table, source=source, currency=currency)

    def _ask_statements(self, ticker: str, quarterly: bool) -> tuple[pd.DataFrame, str]:
        """The table in millions, and the currency of its amounts; empty where Yahoo does not say it."""
        freq = "quarterly" if quarterly else "yearly"
        with _LOCK, _quietly() as yf:
            try:
                asset = yf.Ticker(ticker, session=self._session)
                parts = [
                    ask(pretty=False, freq=freq)
                    for ask in (asset.get_balance_sheet, asset.get_income_stmt, asset.get_cashflow)
                ]
            except (yf.exceptions.YFException, *_ODD) as error:
                if getattr(self._session, "last_status", 0) == 200 and "Empty" in str(error):
                    raise _Refused("missing", _NO_STATEMENTS.format(ticker=ticker)) from error
                raise self._explain(error, ticker) from error
            currency = _stated_in(yf, asset)
        whole = pd.concat(parts)
        known = whole[whole.index.isin(list(_YAHOO_ITEMS))]
        if known.empty:
            raise _Refused("missing", _NO_STATEMENTS.format(ticker=ticker))
        known = known[~known.index.duplicated()].rename(index=_YAHOO_ITEMS) / 1e6
        known = costs_above_zero(known[sorted(known.columns, reverse=True)].dropna(axis=1, how="all"))
        return known.set_axis([f"{day:%Y-%m-%d}" for day in known.columns], axis=1), currency

    def _span(
        self, start: str | pd.Timestamp | None, end: str | pd.Timestamp | None
    ) -> tuple[pd.Timestamp, pd.Timestamp]:
        yesterday = pd.Timestamp(self._now().date()) - pd.Timedelta(days=1)
        first = max(pd.Timestamp(start), EARLIEST) if start is not None else EARLIEST
        last = min(pd.Timestamp(end), yesterday) if end is not None else yesterday
        if first >= last:
            raise InvalidInput(
                f"{day_text(first)} to {day_text(last)} is not a span: choose a start before the end, and not after "
                f"{day_text(yesterday)}"
            )
        return first, last

    def _one(
        self,
        ticker: str,
        first: pd.Timestamp,
        last: pd.Timestamp,
        tell: Callable[[str], None],
        given_up: "list[_Refused]",
    ) -> tuple[Status, pd.Series]:
        """One ticker; what made Yahoo of no use to all that follow is added to ``given_up``, and they do not ask."""
        stored = self._store.read(ticker)
        if stored is None or not self._recent(stored, first, last):
            try:
                if given_up:
                    raise _Refused(given_up[0].state, given_up[0].text)
                stored = self._update(ticker, stored, first, tell)
            except _Refused as refusal:
                if refusal.text in {_SLOW_DOWN, _UNREACHABLE}:
                    given_up.append(refusal)
                return _without_yahoo(ticker, stored, first, last, refusal)
        closes = stored.closes[first:last]
        return _judge(ticker, stored, closes, last), closes

    def _recent(self, stored: Stored, first: pd.Timestamp, last: pd.Timestamp) -> bool:
        """Whether the copy already holds all that Yahoo could add."""
        long_past = stored.closes.index[-1] >= last and stored.fetched.date() > last.date()
        return stored.asked_from <= first and (long_past or self._now() - stored.fetched < FRESH)

    def _update(self, ticker: str, stored: Stored | None, first: pd.Timestamp, tell: Callable[[str], None]) -> Stored:
        closes, told = None, _Told()
        if stored is not None and stored.asked_from <= first:
            first = stored.asked_from
            last_bar = stored.closes.index[-1]
            tail, told = self._ask_again(ticker, last_bar, tell)
            if last_bar in tail.index and np.isclose(tail[last_bar], stored.closes.iloc[-1], rtol=1e-5, atol=0):
                closes = pd.concat([stored.closes[:-1], tail[last_bar:]])
        if closes is None:
            closes, told = self._ask_again(ticker, first, tell)
        fresh = Stored(closes=closes, asked_from=first, fetched=self._now(), name=told.name, currency=told.currency)
        self._store.write(ticker, fresh)
        return fresh

    def _ask_again(self, ticker: str, first: pd.Timestamp, tell: Callable[[str], None]) -> "tuple[pd.Series, _Told]":
        return self._patiently(ticker, lambda: self._ask(ticker, first), tell)

    def _patiently(self, ticker: str, ask: Callable[[], _Answer], tell: Callable[[str], None]) -> _Answer:
        """Ask with patience: back off after failures that may pass, pause once after a 429."""
        for pause in (*BACK_OFF, None):
            try:
                return ask()
            except _Refused as refusal:
                if pause is None or not refusal.again:
                    raise
                limited = refusal.state == "rate limited"
                if limited and pause is not BACK_OFF[0]:
                    raise
                seconds = PATIENCE if limited else pause
                tell(f"{ticker}: {'Yahoo asks to slow down' if limited else 'no answer'}, waiting {seconds:.0f} s")
                self._pace.sleep(seconds)
        raise AssertionError("the last attempt returns or raises")

    def _ask(self, ticker: str, first: pd.Timestamp) -> "tuple[pd.Series, _Told]":
        with _LOCK, _quietly() as yf:
            try:
                asset = yf.Ticker(ticker, session=self._session)
                table = asset.history(start=day_text(first), interval="1d", auto_adjust=True, actions=False)
                # Only these keys: looking at all of them makes yfinance ask Yahoo once more.
                facts = {key: asset.history_metadata.get(key) for key in _FACTS}
            except (yf.exceptions.YFException, *_ODD) as error:
                raise self._explain(error, ticker) from error
        other = str(facts["symbol"] or ticker).upper()
        if other != ticker:
            raise _Refused(
                "missing", f"Yahoo answered for {other} instead of {ticker}: choose the symbol from the search."
            )
        closes = self._finished_days(table.get("Close", pd.Series(dtype=float))).rename(ticker)
        if closes.empty:
            raise _Refused("missing", _NOTHING.format(ticker=ticker, first=day_text(first)))
        name = str(facts["longName"] or facts["shortName"] or "")
        return closes, _Told(name, str(facts["currency"] or ""))

    def _finished_days(self, closes: pd.Series) -> pd.Series:
        days = pd.DatetimeIndex(closes.index)
        days = (days.tz_localize(None) if days.tz is not None else days).normalize().as_unit("us")
        closes = closes.set_axis(days).astype(np.float64)
        closes = closes[np.isfinite(closes.to_numpy()) & (days < pd.Timestamp(self._now().date()))]
        return closes[~closes.index.duplicated(keep="last")].sort_index()

    def _explain(self, error: Exception, ticker: str) -> _Refused:
        """What an exception of yfinance means, judged by the answer's status before its name."""
        status, kind, what = getattr(self._session, "last_status", 0), type(error).__name__, ticker or "such name"
        meanings: tuple[tuple[bool, State, str], ...] = (
            (status == 429 or "RateLimit" in kind, "rate limited", _SLOW_DOWN),
            (status >= 500, "unavailable", f"Yahoo itself failed (HTTP {status}): try again later."),
            (status == 404 or "TzMissing" in kind, "missing", _UNKNOWN.format(ticker=what)),
            ("PricesMissing" in kind, "missing", f"Yahoo knows {what} but has no prices since then: {_OTHER}."),
            ("timeout" in kind.lower(), "unavailable", "Yahoo took too long to answer: try again later."),
            (status == 0, "unavailable", _UNREACHABLE),
            (True, "unavailable", "Yahoo's answer was cut off or unreadable: try again in a minute."),
        )
        state, text = next((state, text) for applies, state, text in meanings if applies)
        return _Refused(state, text, again=state != "missing")


_NO_STATEMENTS = (
    "Yahoo has no statements of {ticker}: funds, indexes and currencies have none. Check the symbol, type the amounts "
    "in, or upload a file."
)
_YAHOO_ITEMS = {
    "TotalAssets": "Total assets",
    "StockholdersEquity": "Total equity",
    "TotalDebt": "Total debt",
    "CashAndCashEquivalents": "Cash",
    "CurrentAssets": "Current assets",
    "CurrentLiabilities": "Current liabilities",
    "TotalRevenue": "Revenue",
    "EBITDA": "EBITDA",
    "EBIT": "EBIT",
    "InterestExpense": "Interest expense",
    "NetIncome": "Net income",
    "OperatingCashFlow": "Operating cash flow",
    "CapitalExpenditure": "Capital expenditure",
    "OrdinarySharesNumber": "Shares outstanding",
}
"""Yahoo's names of the items of ``statements.ITEMS``."""
_UNREACHABLE = "Yahoo cannot be reached: check the connection, then fetch again."
_SLOW_DOWN = "Yahoo asks to slow down (HTTP 429): wait some minutes, then fetch again."
_OTHER = "choose an earlier start, or another symbol"
_NOTHING = f"Yahoo knows {{ticker}} but sent no prices since {{first}}: {_OTHER}."
_UNKNOWN = (
    "Yahoo knows no {ticker}: check the symbol with the search (share classes are written BRK-B, indexes ^GSPC, "
    "currencies EURUSD=X)."
)


@cache
def _yfinance(folder: str) -> Any:
    """yfinance, loaded at the first request (it takes a second) and told to raise and where to keep its caches."""
    import yfinance as yf

    yf.set_tz_cache_location(folder)
    yf.config.debug.hide_exceptions = False
    return yf


_cache_folder: list[str] = []


@contextmanager
def _quietly() -> Iterator[Any]:
    """yfinance without its pandas 4 warnings and without answers from its own cache (it keeps failures too)."""
    if not _cache_folder:  # Once per process: yfinance cannot move an open cache.
        _cache_folder.append(str(home() / "yahoo"))
    yf = _yfinance(_cache_folder[0])  # Loading it sets warning filters of its own.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=pd.errors.Pandas4Warning)
        yf.data.YfData.cache_get.cache_clear()
        yield yf


def parse_tickers(tickers: str | Iterable[str]) -> tuple[str, ...]:
    """Symbols in capitals without repetition, from a list or from text with commas or blanks between them.

    Raises
    ------
    InvalidInput
        If there is none, there are more than 60, or one has characters that no symbol has.
    """
    parts = re.split(r"[\s,;]+", tickers) if isinstance(tickers, str) else [str(ticker).strip() for ticker in tickers]
    symbols = tuple(dict.fromkeys(part.upper() for part in parts if part))
    if not symbols:
        raise InvalidInput("no ticker given: type symbols such as AAPL, or choose a preset")
    if len(symbols) > MAX_TICKERS:
        raise InvalidInput(f"{len(symbols)} tickers, but at most {MAX_TICKERS} at once: leave some out")
    for symbol in symbols:
        if not _SYMBOL.fullmatch(symbol):
            raise InvalidInput(
                f"{symbol[:30]!r} is no Yahoo symbol: letters, digits and . - = ^ only; search by name to find it"
            )
    return symbols


def _match(quote: dict[str, Any]) -> Match:
    return Match(
        symbol=str(quote["symbol"]),
        name=str(quote.get("longname") or quote.get("shortname") or ""),
        kind=str(quote.get("typeDisp") or quote.get("quoteType") or "").capitalize(),
        exchange=str(quote.get("exchDisp") or quote.get("exchange") or ""),
    )


def _judge(ticker: str, stored: Stored, closes: pd.Series, last: pd.Timestamp) -> Status:
    """Whether the prices that there are, are as many and as recent as they should be."""
    facts = _facts(ticker, stored, closes)
    if closes.empty:
        span = f"{day_text(stored.closes.index[0])} to {day_text(stored.closes.index[-1])}"
        return Status(state="missing", text=f"{ticker} has prices from {span} only: choose other dates.", **facts)
    expected = int(np.busday_count(closes.index[0].date(), closes.index[-1].date())) + 1
    share = len(closes) / expected
    says = f"{count(len(closes), 'price')}, {facts['first']} to {facts['last']}"
    if share < FEW_DAYS:
        text = (
            f"{says}: only {percent(share)} of the trading days in between, Yahoo's history has holes. Look at the "
            "quality report, or leave it out."
        )
        return Status(state="partial", text=text, live=True, **facts)
    if last - closes.index[-1] > pd.Timedelta(days=10):
        text = f"{says}: none since, so it was delisted, renamed or halted. Leave it out, or choose an earlier end."
        return Status(state="stale", text=text, live=True, **facts)
    return Status(state="ok", text=f"{says}.", live=True, **facts)


def _without_yahoo(
    ticker: str, stored: Stored | None, first: pd.Timestamp, last: pd.Timestamp, refusal: _Refused
) -> tuple[Status, pd.Series]:
    """The copy on disk if there is one; the status says why it is only a copy."""
    nothing = pd.Series(dtype=np.float64, name=ticker, index=pd.DatetimeIndex([]))
    closes = stored.closes[first:last] if stored else nothing
    if stored is None or closes.empty:
        return Status(ticker=ticker, state=refusal.state, text=refusal.text), nothing
    state: State = "rate limited" if refusal.state == "rate limited" else "stale"
    text = f"{refusal.text} Until then the copy of {stored.fetched:%Y-%m-%d} is used."
    return Status(state=state, text=text, **_facts(ticker, stored, closes)), closes


def _facts(ticker: str, stored: Stored, closes: pd.Series) -> dict[str, Any]:
    edges = {"first": day_text(closes.index[0]), "last": day_text(closes.index[-1])} if len(closes) else {}
    return {"ticker": ticker, "name": stored.name, "n_prices": len(closes), "currency": stored.currency, **edges}


def _together(answers: Sequence[tuple[Status, pd.Series]], name: str, now: datetime) -> Fetched:
    """All tickers side by side on their common dates, and where they come from."""
    statuses = tuple(status for status, _ in answers)
    columns = [closes for _, closes in answers if len(closes)]
    if not columns:
        return _nothing(statuses)
    prices = pd.concat(columns, axis=1, sort=True).rename_axis(index="date", columns="ticker")
    common = prices.dropna()
    copies = [status for status in statuses if status.n_prices and not status.live]
    banner = _copies_banner(copies, len(columns))
    if len(common) < 2:
        return Fetched(None, statuses, prices, banner, 0)
    lost = int(((prices.index >= common.index[0]) & (prices.index <= common.index[-1])).sum()) - len(common)
    source = Source(
        kind="store" if len(copies) == len(columns) else "yahoo",
        detail="Yahoo Finance, adjusted daily closes",
        retrieved=now.isoformat(timespec="seconds"),
        note=" ".join(filter(None, ["Yahoo's data is for personal use.", banner])),
        currencies={status.ticker: status.currency for status in statuses if status.currency},
    )
    return Fetched(Market(common, source, name), statuses, prices, banner, lost)


def _nothing(statuses: tuple[Status, ...]) -> Fetched:
    empty = pd.DataFrame(index=pd.DatetimeIndex([], name="date"))
    if all(status.state == "missing" for status in statuses):
        return Fetched(None, statuses, empty, "Yahoo has none of these prices.")
    reason = next(status.text for status in statuses if status.state != "missing")
    return Fetched(
        bundled(), statuses, empty, f"{reason} There is no copy on disk either: the bundled market is shown."
    )


def _copies_banner(copies: Sequence[Status], n_tickers: int) -> str:
    if not copies:
        return ""
    if len(copies) == n_tickers:
        return f"Yahoo did not answer: these are copies on disk, up to {max(status.last for status in copies)}."
    names = ", ".join(status.ticker for status in copies)
    return f"Yahoo did not answer for {names}: copies on disk are used, up to {max(s.last for s in copies)}."


def _name(symbols: Sequence[str]) -> str:
    return ", ".join(symbols) if len(symbols) <= 4 else f"{', '.join(symbols[:3])} and {len(symbols) - 3} more"

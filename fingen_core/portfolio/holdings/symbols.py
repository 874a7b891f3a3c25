"""Which asset of a market a line means: by its symbol and where that is listed, by its ISIN, or by nothing known."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fingen_core.market.currencies import unit_of
from fingen_core.market.presets import PRESETS
from fingen_core.portfolio.holdings import venues
from fingen_core.portfolio.holdings.codes import code_kind, is_isin
from fingen_core.portfolio.holdings.words import plain

__all__ = ["Found", "Listing", "Universe", "derivative_of", "listing"]

_KEYS = re.compile(r"^(.*\S)\s+(EQUITY|INDEX|CURNCY|COMDTY|CORP|GOVT|MTGE|MUNI|PFD)$", re.IGNORECASE)
_DERIVATIVES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an option", re.compile(r"-?[A-Z.]{1,6} *\d{6}[CP]\d+(\.\d+)?", re.IGNORECASE)),
    ("an option", re.compile(r".*\d.*\b(CALL|PUT|C|P)\b *\$?\d*([.,]\d+)?", re.IGNORECASE)),
    ("an option", re.compile(r".*\b(CALL|PUT)\b.*\d.*", re.IGNORECASE)),
    ("a future", re.compile(r"[A-Z]{1,3}[FGHJKMNQUVXZ]\d{1,2}( (INDEX|COMDTY|CURNCY))", re.IGNORECASE)),
    ("a future", re.compile(r".*\b(FUTURES?|FUT|EMINI|E-MINI)\b.*", re.IGNORECASE)),
    ("a bond", re.compile(r".*\b(CORP|GOVT|MTGE|MUNI)$", re.IGNORECASE)),
    ("a bond", re.compile(r".*\d[.,]?\d* ?%.*(\d{2,4}).*|.*\d \d/\d.*\d\d/\d\d.*", re.IGNORECASE)),
    ("an index or a commodity", re.compile(r".*\b(INDEX|COMDTY)$", re.IGNORECASE)),
    ("a pair of currencies", re.compile(r"[A-Z]{6} CURNCY|[A-Z]{3}[./][A-Z]{3}", re.IGNORECASE)),
)
_KNOWN_ISINS: Mapping[str, str] = {
    "US0378331005": "AAPL",
    "US0079031078": "AMD",
    "US0605051046": "BAC",
    "US0865161014": "BBY",
    "US1667641005": "CVX",
    "US3696043013": "GE",
    "US4370761029": "HD",
    "US4781601046": "JNJ",
    "US46625H1005": "JPM",
    "US1912161007": "KO",
    "US5324571083": "LLY",
    "US58933Y1055": "MRK",
    "US5949181045": "MSFT",
    "US7134481081": "PEP",
    "US7170811035": "PFE",
    "US7427181091": "PG",
    "US91324P1021": "UNH",
    "US9311421039": "WMT",
    "US30231G1022": "XOM",
}
"""Of the market that ships. Other securities are told as ISIN, and matched where the market names its assets so."""

_NAMES = {ticker: name for preset in PRESETS.values() for ticker, name in preset.items()} | {
    "AMD": "Advanced Micro Devices",
    "BAC": "Bank of America",
    "BBY": "Best Buy",
    "CVX": "Chevron",
    "GE": "General Electric",
    "HD": "Home Depot",
    "JNJ": "Johnson & Johnson",
    "KO": "Coca-Cola",
    "MRK": "Merck",
    "PEP": "PepsiCo",
    "PFE": "Pfizer",
    "PG": "Procter & Gamble",
    "UNH": "UnitedHealth",
}
_SERIES = ("-EQ", "-BE", "-BZ", "-SM", "-ST")
_LIKE = 0.75


@dataclass(frozen=True)
class Listing:
    """A symbol without what stands around it, and the place of its exchange; empty where nothing says it."""

    root: str
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The asset that a line means.

    ``ticker`` is empty where there is none; ``reason`` then says why, else how it was found where that is not plain.
    ``doubt`` holds the asset that it may be, which has to be asked.
    """

    ticker: str = ""
    reason: str = ""
    nearest: str = ""
    doubt: str = ""


def listing(text: str) -> Listing:
    """Take a symbol apart: "AAPL US Equity", "NESN SW", "NASDAQ:JPM", "JNJ.N", "BRK/B", "VOD:xlon"."""
    bare = re.sub(r"^[$#]|\*+$|\s*\(\d\)$", "", text.strip())
    key = _KEYS.match(bare)
    bare = key.group(1) if key and key.group(2).upper() == "EQUITY" else bare
    parted = re.fullmatch(r"(.+)_([A-Z]{2})_EQ", bare)
    bare = f"{parted.group(1)}:{parted.group(2)}" if parted else bare
    for take in (_by_colon, _by_code, _by_point, _by_dash):
        found = take(bare)
        if found is not None:
            return found
    return Listing(_root(bare))


def derivative_of(symbol: str, name: str = "") -> str:
    """ "an option", "a bond" ... where a symbol or a name is one of those; empty for a share."""
    for kind, pattern in _DERIVATIVES:
        if pattern.fullmatch(symbol.strip()):
            return kind
    told = name.strip()
    named = [one for one in _DERIVATIVES if one[0] in ("an option", "a future", "a bond")][1:]
    return next((kind for kind, pattern in named if re.search(r"\d", told) and pattern.fullmatch(told)), "")


def _by_colon(text: str) -> Listing | None:
    left, colon, right = (part.strip() for part in text.partition(":"))
    if not colon or not left or not right:
        return None
    if place := venues.of_prefix(left):
        return Listing(_root(right), place)
    place = venues.of_prefix(right) or venues.of_code(right)
    return Listing(_root(left), place or f"? {right}")


def _by_code(text: str) -> Listing | None:
    words = text.split()
    if len(words) != 2 or len(words[1]) != 2 or not (place := venues.of_code(words[1])):
        return None
    return Listing(_root(words[0]), place)


def _by_point(text: str) -> Listing | None:
    root, point, code = text.rpartition(".")
    place = venues.of_suffix(code) if point and root else ""
    if not place:
        return None
    family = re.fullmatch(r"([A-Z0-9]+)([a-z])", root)  # Reuters writes the class of a share small
    return Listing(_root(f"{family.group(1)}-{family.group(2)}" if family else root), place)


def _by_dash(text: str) -> Listing | None:
    root, dash, code = text.rpartition("-")
    if dash and f"-{code.upper()}" in _SERIES and root:
        return Listing(_root(root), "NS")
    if dash and code.upper() in ("US", "GB") and root:
        return Listing(_root(root), venues.of_code(code))
    return None


def _root(text: str) -> str:
    """A symbol with its class behind a dash, in capital letters: BRK.B, BRK/B and BRK B are BRK-B."""
    root = re.sub(r"[./ ]+", "-", text.strip().upper()).strip("-")
    return root.lstrip("0") if root.isdigit() and len(root) <= 5 else root


class Universe:
    """The assets of a market, to be looked up as lists write them.

    Parameters
    ----------
    tickers : sequence of str
    quoted : mapping
        What prices are quoted in, by ticker, where that is known.
    """

    def __init__(self, tickers: Sequence[str], quoted: Mapping[str, str]) -> None:
        self._exact = {ticker.upper(): ticker for ticker in tickers}
        self._quoted = quoted
        self._roots: dict[str, list[tuple[str, str]]] = {}
        for ticker in tickers:
            one = listing(ticker)
            self._roots.setdefault(one.root, []).append((ticker, one.place))

    def has(self, text: str) -> bool:
        """Whether a text is an asset as the market writes it."""
        return text.strip().upper() in self._exact

    def find(
        self, symbol: str, *, code: str = "", name: str = "", exchange: str = "", currency: str = "", near: bool = True
    ) -> Found:
        """The asset of a line.

        Parameters
        ----------
        symbol, code, name : str
            What the line says; ``code`` is an ISIN or another number of a security.
        exchange : str
            Where it is listed, by its own column.
        currency : str
            What its price is in, where the line says so.
        near : bool
            Whether the nearest asset is looked for where there is none, which takes time.
        """
        place = venues.of_words(exchange) if exchange else ""
        if symbol and not is_isin(symbol):
            found = self._by_symbol(symbol, place, currency)
            if found.ticker or found.doubt or found.reason:
                return found
        number = next((one for one in (symbol, code) if code_kind(one) == "ISIN"), "")
        found = self._by_isin(number) if number else Found()
        if not found.ticker and (symbol or not number):
            found = self._nothing(symbol or code or name)
        return found if found.ticker or not near else replace(found, nearest=self.nearest(symbol, name))

    def _by_symbol(self, symbol: str, place: str, currency: str) -> Found:
        if self.has(symbol):
            ticker = self._exact[symbol.strip().upper()]
            own = listing(ticker).place
            if not place or own == place:
                return Found(ticker=ticker)
            return self._same(ticker, own, place, symbol, currency)
        one = listing(symbol)
        near = self._roots.get(one.root, [])
        there = one.place or place
        fitting = [ticker for ticker, own in near if there and own == there]
        if len(fitting) == 1:
            return Found(ticker=fitting[0])
        if len(near) > 1:
            some = " or ".join(ticker for ticker, _ in near[:4])
            return Found(reason=f"may be {some}: write which of them", nearest=near[0][0])
        return self._same(near[0][0], near[0][1], there, symbol, currency) if near else Found()

    def _same(self, ticker: str, own: str, there: str, symbol: str, currency: str) -> Found:
        """Whether a symbol with the same root, listed somewhere, is the market's asset."""
        quoted = unit_of(self._quoted.get(ticker, ""))[0]
        money = venues.CURRENCIES_OF.get(there, "") if there else unit_of(currency)[0]
        if not there and not own:
            return Found(ticker=ticker)
        where = f"is listed in {venues.NAMES[there]}" if there in venues.NAMES else f"is {symbol}"
        if there and own and there != own:
            return Found(reason=f"{where}, {ticker} of this market is not: write {ticker} to take it", nearest=ticker)
        if quoted and money and quoted != money:
            return Found(
                reason=f"{where}, {ticker} of this market is quoted in {quoted}: write {ticker} to take it as that",
                nearest=ticker,
            )
        if there == "US" and not own:
            return Found(ticker=ticker)
        if quoted and quoted == money and there and quoted != venues.SHARED:
            return Found(ticker=ticker)
        return Found(doubt=ticker, reason=f"may be {ticker} of this market", nearest=ticker)

    def _by_isin(self, isin: str) -> Found:
        if self.has(isin):
            return Found(ticker=self._exact[isin.strip().upper()])
        ticker = _KNOWN_ISINS.get(isin.strip().upper(), "")
        if ticker and self.has(ticker) and self._quoted.get(ticker, "USD") == "USD":
            return Found(ticker=ticker, reason=f"by its ISIN {isin}")
        told = f"{isin} is an ISIN, this market knows tickers only: choose its asset or write the ticker"
        return Found(reason=told)

    def _nothing(self, text: str) -> Found:
        kind = code_kind(text)
        told = f"{text[:30]} looks like a {kind}, this market knows tickers only" if kind else "not in this market"
        return Found(reason=told)

    def nearest(self, symbol: str, name: str) -> str:
        """The asset that looks most like a symbol or a name; empty if none does."""
        by_name = self._by_name(name) or self._by_name(symbol)
        if by_name:
            return by_name
        root = listing(symbol).root if symbol else ""
        alike = [other for other in self._roots if other[:1] == root[:1]]
        near = difflib.get_close_matches(root, alike, 1, _LIKE) if len(root) > 1 else []
        return self._roots[near[0]][0][0] if near else ""

    def _by_name(self, name: str) -> str:
        words = plain(name)
        if len(words) < 3:
            return ""
        for ticker, company in _NAMES.items():
            told = plain(company)
            if self.has(ticker) and (words.startswith(told) or told.startswith(words)):
                return self._exact[ticker.upper()]
        return ""

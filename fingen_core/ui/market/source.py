"""Where a market comes from: the bundled sample, Yahoo, or a file; each ends as prices to look at."""

import os
from datetime import date, timedelta
from typing import Any, cast

import pandas as pd
import streamlit as st

from fingen_core.errors import InvalidInput, NotFound, SourceUnavailable
from fingen_core.market import bundled, library, sp500_index
from fingen_core.market.presets import PRESETS
from fingen_core.market.transport import STAND_IN
from fingen_core.market.yahoo.client import Fetched, Match, State, Yahoo, parse_tickers
from fingen_core.settings import home as fingen_home
from fingen_core.ui.kit import show
from fingen_core.ui.kit.fetching import Fetch, Wish
from fingen_core.ui.session import state
from fingen_core.ui.upload import choose_file
from fingen_core.ui.upload.candidate import Candidate

__all__ = ["choose"]

SOURCES = {"bundled": "Bundled sample", "yahoo": "Yahoo", "upload": "Upload", "saved": "Used before"}
SAMPLES = {"stocks": "Large US stocks", "index": "S&P 500 index"}

_DATES: dict[str, Any] = {
    "min_value": date(1970, 1, 1),
    "max_value": "today",
    "format": "YYYY-MM-DD",
    "persist_state": "session",
}

STATES: dict[State, str] = {
    "ok": "✓ ok",
    "partial": "◐ partial",
    "stale": "◷ stale",
    "missing": "✕ missing",
    "rate limited": "⏸ rate limited",
    "unavailable": "✕ unavailable",
}


def choose() -> Candidate | None:
    """The three sources; ``None`` while there are no prices yet (the page then says what to do)."""
    row = st.container(horizontal=True, gap="medium", key="market_where")
    before = library.listing()
    source = row.segmented_control(
        "Where from",
        [name for name in SOURCES if name != "saved" or before],
        format_func=SOURCES.__getitem__,
        default="bundled",
        required=True,
        key="market_source",
        label_visibility="collapsed",
        persist_state="session",
    )
    if source == "saved":
        return _saved(before)
    return _bundled(row) if source == "bundled" else _yahoo() if source == "yahoo" else choose_file()


# -- bundled -----------------------------------------------------------------------------------------------------------


def _bundled(row: Any) -> Candidate | None:
    which = row.segmented_control(
        "Sample",
        list(SAMPLES),
        format_func=SAMPLES.__getitem__,
        default="stocks",
        required=True,
        key="market_sample",
        label_visibility="collapsed",
        persist_state="session",
    )
    if which == "index":
        index = sp500_index()
        return Candidate("index", index.prices, index.name, index.source)
    everything, usual = bundled(everything=True), bundled()
    assets = st.pills(
        "Assets",
        list(everything.tickers),
        selection_mode="multi",
        default=list(usual.tickers),
        key="market_assets",
        persist_state="session",
        help="RRC is left out at first: its prices do not move for days before 2000. Add it to see what the quality "
        "report says.",
    )
    chosen = [ticker for ticker in everything.tickers if ticker in assets]
    if not chosen:
        st.info("Choose at least one asset above.", icon=":material/arrow_upward:")
        return None
    name = usual.name if tuple(chosen) == usual.tickers else _name(chosen)
    return Candidate("bundled:" + ",".join(chosen), everything.prices[chosen], name, usual.source)


def _name(tickers: list[str]) -> str:
    return ", ".join(tickers) if len(tickers) <= 4 else f"{', '.join(tickers[:3])} and {len(tickers) - 3} more"


def _saved(entries: list[library.Entry]) -> Candidate | None:
    """A market of the library: whatever was used on this machine can be used again."""
    by_digest = {entry.digest: entry for entry in entries}
    digest = st.selectbox(
        "Market", list(by_digest), format_func=lambda digest: _about(by_digest[digest]), key="market_saved"
    )
    try:
        market = state.market_of(digest)
    except NotFound as problem:
        show.error(problem)
        return None
    return Candidate(f"saved:{digest}", market.prices, market.name, market.source)


def _about(entry: library.Entry) -> str:
    assets = "1 asset" if len(entry.tickers) == 1 else f"{len(entry.tickers)} assets"
    return f"{entry.name} · {assets}, {entry.first} to {entry.last} · used {entry.saved[:10]}"


# -- Yahoo -------------------------------------------------------------------------------------------------------------


def _yahoo() -> Candidate | None:
    job = cast("Fetch | None", st.session_state.get("market_fetch"))
    if job is not None and job.running:
        _watch()
        return None
    told = f": {len(job.wish.tickers)} tickers from {job.wish.start}" if job is not None else ""
    with st.expander(f"What to fetch{told}", expanded=job is None or job.result is None, icon=":material/tune:"):
        _wishes()
    if job is None:
        st.caption("Nothing fetched yet. Yahoo's data is for personal use; prices are kept in a store on this machine.")
        return None
    if job.problem is not None:
        show.error(job.problem)
        return None
    return _fetched(cast("Fetched", job.result), job)


def _wishes() -> None:
    """What to fetch: a preset, own symbols, a search by name, the span."""
    st.session_state.setdefault("market_tickers", list(PRESETS["US mega caps"]))
    st.pills(
        "Start from a list",
        list(PRESETS),
        key="market_preset",
        on_change=_take_preset,
        persist_state="session",
    )
    names = {symbol: name for preset in PRESETS.values() for symbol, name in preset.items()}
    known = list(dict.fromkeys([*names, *st.session_state["market_tickers"]]))
    chosen, find = st.columns([2, 1], gap="medium")
    tickers = chosen.multiselect(
        "Tickers",
        known,
        format_func=lambda symbol: f"{symbol} · {names[symbol]}" if symbol in names else symbol,
        key="market_tickers",
        accept_new_options=True,
        placeholder="Type a symbol and press Enter",
        wrap=True,
        persist_state="session",
    )
    with find:
        _search()
    start, end, go, _ = st.columns([1, 1, 1, 2], vertical_alignment="bottom")
    first = start.date_input("From", date(2000, 1, 3), key="market_from", **_DATES)
    last = end.date_input("To (empty: yesterday)", None, key="market_to", **_DATES)
    go.button(
        "Fetch",
        type="secondary" if st.session_state.get("market_fetch") else "primary",
        icon=":material/cloud_download:",
        key="market_go",
        width="stretch",
        disabled=not tickers,
        on_click=_start,
        args=(tuple(tickers), first, last),
    )
    problem = st.session_state.pop("market_problem", None)
    if problem:
        st.error(problem, icon=":material/error:")


def _take_preset() -> None:
    chosen = st.session_state.get("market_preset")
    if chosen:
        st.session_state["market_tickers"] = list(PRESETS[chosen])


def _search() -> None:
    text = st.text_input(
        "Find a symbol", key="market_search", placeholder="Name, such as Siemens or gold", icon=":material/search:"
    )
    if not text:
        return
    try:
        matches = _found(text, _address())
    except SourceUnavailable as problem:
        st.warning(str(problem), icon=":material/cloud_off:")
        return
    if not matches:
        st.caption(f"Yahoo finds nothing called {text!r}.")
        return
    st.pills(
        "Hits",
        [match.symbol for match in matches],
        format_func={match.symbol: _described(match) for match in matches}.__getitem__,
        key=f"market_hit_{text}",
        on_change=_take_hit,
        args=(text,),
        label_visibility="collapsed",
    )


def _described(match: Match) -> str:
    return " · ".join(filter(None, [match.symbol, match.name[:28], match.exchange]))


def _take_hit(text: str) -> None:
    symbol = st.session_state.get(f"market_hit_{text}")
    if symbol and symbol not in st.session_state["market_tickers"]:
        st.session_state["market_tickers"] = [*st.session_state["market_tickers"], symbol]


def _start(tickers: tuple[str, ...], first: date | None, last: date | None) -> None:
    try:
        symbols = parse_tickers(" ".join(tickers))
        if first is None:
            raise InvalidInput("no start date: choose one")
        if last is not None and last <= first:
            raise InvalidInput(f"{first} to {last} is not a span: choose an end after the start")
    except InvalidInput as problem:
        st.session_state["market_problem"] = str(problem)
        return
    preset = next((name for name, members in PRESETS.items() if tuple(members) == symbols), "")
    wish = Wish(tickers=symbols, start=first, end=last, name=preset)
    st.session_state["market_tickers"] = list(symbols)
    st.session_state["market_fetch"] = Fetch(_client(str(fingen_home()), _address()), wish)


def _address() -> str:
    return os.environ.get(STAND_IN, "")


@st.cache_resource(max_entries=4, show_spinner=False)
def _client(home: str, stand_in: str) -> Yahoo:  # noqa: ARG001 (one client per home and address)
    return Yahoo()


@st.cache_data(max_entries=64, ttl=timedelta(hours=1), show_spinner="Searching")
def _found(text: str, stand_in: str) -> list[Match]:
    return _client(str(fingen_home()), stand_in).search(text)


@st.fragment(run_every=0.5)
def _watch() -> None:
    """Progress per ticker, redrawn twice a second; the whole page again when it has ended."""
    job = cast("Fetch", st.session_state["market_fetch"])
    if not job.running:
        st.rerun()
    st.progress(job.done / max(job.total, 1), text=f"{job.done} of {job.total} tickers · {job.text}")
    st.button("Stop", icon=":material/stop_circle:", key="market_stop", on_click=job.stop)
    st.skeleton(400)


def _fetched(result: Fetched, job: Fetch) -> Candidate | None:
    if result.banner:
        st.warning(result.banner, icon=":material/cloud_off:")
    troubled = [status for status in result.statuses if status.state != "ok"]
    if troubled:
        st.markdown("\n".join(f"- **{STATES[each.state]}** {each.ticker}: {each.text}" for each in troubled[:5]))
    told = f"{len(result.statuses) - len(troubled)} of {len(result.statuses)} tickers came as asked for"
    with st.expander(told, icon=":material/list_alt:"):
        st.table(_status_table(result))
    if result.market is None:
        return None
    if result.market.source.kind == "bundled":
        return Candidate("fallback", result.market.prices, result.market.name, result.market.source)
    wish = job.wish
    key = f"yahoo:{','.join(wish.tickers)}:{wish.start}:{wish.end}:{id(result)}"
    return Candidate(key, result.prices, result.market.name, result.market.source)


def _status_table(result: Fetched) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Ticker": [status.ticker for status in result.statuses],
            "Name": [status.name for status in result.statuses],
            "Status": [STATES[status.state] for status in result.statuses],
            "What happened, what to do": [status.text for status in result.statuses],
        }
    ).set_index("Ticker")

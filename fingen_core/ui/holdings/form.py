"""Holdings pasted or uploaded in the portfolio editor: what is open is asked, every line stands in one table."""

import hashlib
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fingen_core.charts.theme import number
from fingen_core.errors import InvalidInput
from fingen_core.market import Market
from fingen_core.portfolio.holdings import (
    CASH,
    KINDS,
    Answer,
    Entry,
    Holdings,
    Kind,
    Line,
    Question,
    at_closes,
    lines_of,
    to_portfolio,
    understand,
)
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.ui.holdings import fields, rates
from fingen_core.ui.kit import show

__all__ = ["LINES", "read", "weighed"]

LINES = "portfolio_lines"
_EXAMPLE = "ticker, quantity, currency\nAAPL, 120, USD\nJPM, -40, USD\nCASH, 5000, USD"
_LABELS: Mapping[Kind, str] = {"quantity": "Quantities", "value": "Values", "weight": "Weights"}
_ASSET = "Asset"
_KIND = "portfolio_kind"
_MOST_NAMED = 4


def read(market: Market) -> Holdings | None:
    """Draw the fields, what has to be asked and the table of lines; the holdings that are matched.

    ``None`` while nothing is entered, a question is open, or no line is matched.

    Raises
    ------
    FinGenError
        If what was entered cannot be read.
    """
    data, file, place = _fields(market)
    if not data.strip():
        _kind(market, place)
        st.info("Paste lines or choose a file.", icon=":material/content_paste:")
        return None
    lines, digest = lines_of(data, file), hashlib.sha256(data).hexdigest()[:8]
    kind: Kind = st.session_state.get(_KIND, _usual_kind(market))
    answer, chosen = _asked(market, lines, kind, digest)
    if answer is None or answer.assumed or answer.holdings is None:
        _kind(market, place)
    else:
        place.caption(f"By the list itself, its numbers are **{_LABELS[answer.holdings.kind].lower()}**.")
    if answer is None:
        return None
    assigned = _table(market, answer, digest)
    if assigned:
        answer = _understood(market, lines, kind, chosen, assigned)
    for told in answer.told:
        st.caption(show.plain(told))
    if answer.holdings is None:
        st.warning(
            "No line is an asset of this market: choose one in the table, or load a market that has them.",
            icon=":material/search_off:",
        )
        return None
    return answer.holdings


def _fields(market: Market) -> tuple[bytes, str, DeltaGenerator]:
    """What was entered, the name of its file, and the place of the control for what its numbers are."""
    left, right = st.columns(2, gap="medium")
    with left:
        text = st.text_area(
            "Lines",
            fields.kept().get(LINES, ""),
            placeholder=_EXAMPLE.replace("quantity", "value") if market.is_indexed else _EXAMPLE,
            height=150,
            key=fields.key(LINES),
        )
    fields.kept()[LINES] = text
    with right:
        file = st.file_uploader(
            "or a file",
            type=["csv", "txt", "tsv", "xlsx", "parquet"],
            key="portfolio_file",
            max_upload_size=5,
            help="As your broker exports it: titles, sections and totals are told apart.",
        )
        place = st.container()
    st.caption(
        f"One line per holding: ticker, number, currency; or a broker's export as it is. CASH is money. "
        f"{_quantity_words(market)} Market values become weights."
    )
    return (file.getvalue(), file.name, place) if file is not None else (text.encode(), "", place)


def _kind(market: Market, place: DeltaGenerator) -> None:
    """The control for what numbers are that nothing in the list tells."""
    place.segmented_control(
        "The numbers are",
        KINDS,
        default=_usual_kind(market),
        required=True,
        format_func=lambda one: _LABELS[one],
        key=_KIND,
        help="Unless the name of their column says so.",
    )


def _usual_kind(market: Market) -> Kind:
    return "value" if market.is_indexed else "quantity"


def _asked(market: Market, lines: Sequence[Line], kind: Kind, digest: str) -> tuple[Answer | None, dict[str, str]]:
    """The answer once nothing is open, and what was chosen for it; one question after the other."""
    chosen: dict[str, str] = {}
    answer = _understood(market, lines, kind, chosen, {})
    while answer.questions:
        question = answer.questions[0]
        picked = _question(question, digest)
        if picked is None or question.key in chosen:
            return None, chosen
        chosen[question.key] = picked
        answer = _understood(market, lines, kind, chosen, {})
    return answer, chosen


def _question(question: Question, digest: str) -> str | None:
    labels = {choice.key: show.plain(choice.label) for choice in question.choices}
    picked: str | None = st.radio(
        show.plain(question.text),
        list(labels),
        index=None,
        format_func=lambda key: labels[key],
        key=f"portfolio_asked_{question.key}_{digest}",
    )
    return picked


def _understood(
    market: Market, lines: Sequence[Line], kind: Kind, chosen: Mapping[str, str], assigned: Mapping[int, str]
) -> Answer:
    prices = {} if market.is_indexed else dict(zip(market.tickers, market.prices.iloc[-1], strict=True))
    return understand(
        lines, market.tickers, kind, market.source.currencies, prices=prices, chosen=chosen, assigned=assigned
    )


def _table(market: Market, answer: Answer, digest: str) -> dict[int, str]:
    """What became of every line; the assets that somebody chose there, by line."""
    counts = {fate: answer.count(fate) for fate in ("matched", "cash", "left out")}
    st.markdown(
        f"**{counts['matched']}** matched, **{counts['cash']}** cash, **{counts['left out']}** left out. "
        "Choose an asset to take a line in, or none to leave it out."
    )
    order = ("matched", "cash", "left out", "no holding")
    entries = sorted(answer.entries, key=lambda entry: (order.index(entry.fate), entry.line))
    base = _rows(entries, _at_closes(market, answer.holdings))
    edited = st.data_editor(
        base,
        hide_index=True,
        disabled=[column for column in base if column != _ASSET],
        column_config={
            "In the list": st.column_config.TextColumn(width=140),
            "": st.column_config.TextColumn(width=80),
            _ASSET: st.column_config.SelectboxColumn(options=list(market.tickers), width=90),
            "Why": st.column_config.TextColumn(width=420),
            "Line": st.column_config.NumberColumn(width=50),
        },
        key=fields.key(f"portfolio_matches_{digest}"),
        alt="What became of every line of the list, with the asset of the market and the reason",
    )
    _name_left_out(entries)
    changed = edited[_ASSET].fillna("") != base[_ASSET].fillna("")
    return {int(edited["Line"][at]): str(edited[_ASSET][at] or "") for at in base.index[changed]}


def _name_left_out(entries: Sequence[Entry]) -> None:
    """Below the table, whose reasons are out of sight on a narrow screen."""
    out = [f"{entry.name} ({_why(entry)})" for entry in entries if entry.fate == "left out"]
    more = len(out) - _MOST_NAMED
    if out:
        st.caption(show.plain(f"Left out: {'; '.join(out[:_MOST_NAMED])}{f'; and {more} more' if more > 0 else ''}."))


def _at_closes(market: Market, holdings: Holdings | None) -> Mapping[int, str]:
    """What lines are worth at the closes of the market, where their quantities are valued so."""
    if holdings is None or market.is_indexed:
        return {}
    closes = dict(zip(market.tickers, market.prices.iloc[-1], strict=True))
    return {line: f"{code} {number(worth, 2)}".strip() for line, (code, worth) in at_closes(holdings, closes).items()}


def _rows(entries: Sequence[Entry], worth: Mapping[int, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "In the list": [entry.name for entry in entries],
            "": [entry.fate for entry in entries],
            _ASSET: [entry.ticker if entry.ticker != CASH else None for entry in entries],
            "Quantity": [_written(entry.quantity) for entry in entries],
            "Worth": [worth.get(entry.line) or _by_list(entry, bool(worth)) for entry in entries],
            "Why": [_why(entry) for entry in entries],
            "Line": [entry.line for entry in entries],
        }
    ).replace({_ASSET: {"": None}})


def _written(amount: float | None) -> str:
    """A number as it stands in the list."""
    return "" if amount is None else f"{amount:,.10g}".replace("-", "−")


def _worth(entry: Entry) -> str:
    if entry.value is None and entry.weight is not None:
        return f"{number(entry.weight * 100, 2)} %"
    return "" if entry.value is None else f"{entry.currency} {number(entry.value, 2)}".strip()


def _by_list(entry: Entry, apart: bool) -> str:
    """What a line is worth by its list, which is said where others are valued at closes."""
    worth = _worth(entry)
    return f"{worth} by the list" if worth and apart and entry.fate == "left out" else worth


def _why(entry: Entry) -> str:
    nearest = f"; nearest: {entry.nearest}" if entry.nearest and entry.nearest not in entry.reason else ""
    return f"{entry.reason}{nearest}"


def weighed(market: Market, holdings: Holdings, name: str, value: float, currency: str) -> Portfolio:
    """Ask for the rates that are needed; the portfolio that holdings make.

    Raises
    ------
    FinGenError
        If they cannot be valued.
    """
    _refuse_quantities(holdings, market)
    day = f"{market.dates[-1]:%Y-%m-%d}"
    given = rates.of_holdings(holdings, currency, market.dates[-1])
    prices = dict(zip(market.tickers, market.prices.iloc[-1], strict=True))
    return to_portfolio(holdings, prices, name=name, value=value, currency=currency, rates=given, day=day)


def _quantity_words(market: Market) -> str:
    if market.is_indexed:
        return (
            "Quantities cannot be valued here: this market was made from returns, so its assets begin at 100 and what "
            "a share costs is not known. Give values, or weights."
        )
    return (
        f"Quantities are valued at the last close, {market.dates[-1]:%Y-%m-%d}, which is adjusted for splits and "
        f"dividends, in the currency {_quoted_words(market)}."
    )


def _refuse_quantities(holdings: Holdings, market: Market) -> None:
    if holdings.kind == "quantity" and market.is_indexed:
        ticker, amount = next(iter(holdings.amounts.items()))
        raise InvalidInput(
            f"quantities such as {amount:,.10g} {ticker}: the prices of {market.name} were made from returns and begin "
            "at 100, so what a share costs is not known. Paste what each holding is worth and choose Values, or load a "
            "market of prices"
        )


def _quoted_words(market: Market) -> str:
    quoted = sorted(set(market.source.currencies.values()))
    if quoted:
        return f"of its quotation ({', '.join(quoted)})"
    return "that the line names; without one, the portfolio's (it is not known what these prices are quoted in)"

"""The one place where portfolios are entered: weights in a table, holdings pasted or uploaded, saved ones managed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fingen_core.charts.theme import percent
from fingen_core.errors import FinGenError, InvalidInput
from fingen_core.market import Market
from fingen_core.portfolio.left_out import LeftOut
from fingen_core.portfolio.portfolio import CURRENCIES, Portfolio
from fingen_core.portfolio.weights import equal_weights, inverse_volatility_weights
from fingen_core.storage.records import LONGEST_NAME, Record, refuse_marks
from fingen_core.types import Array
from fingen_core.ui.holdings import fields, market_values, rates
from fingen_core.ui.holdings import form as holdings_form
from fingen_core.ui.kit import show
from fingen_core.ui.session import audit
from fingen_core.ui.session import portfolio as portfolios

__all__ = ["edit", "form", "offer", "portfolio_from", "tell_draft", "weight_table"]

WEIGHT = "Weight [%]"
_TABLE, _DELETED = "portfolio_table", "portfolio_deleted"
_DRAFT = "My portfolio"
_FACTS = ("portfolio_name", "portfolio_value", "portfolio_currency")
_ROWS = "portfolio_rows"
_SHOWN = "portfolio_shown"
_DROPPED = "portfolio_dropped"

_ENTER = """
export default function ({ data, setTriggerValue }) {
  const heard = (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.closest(".st-key-" + data.field)) return;
    setTimeout(() => setTriggerValue("enter", true), 0);  // after the field has told its value
  };
  document.addEventListener("keydown", heard);
  return () => document.removeEventListener("keydown", heard);
}
"""


def offer(market: Market) -> None:
    """The button that opens the editor."""
    if st.button(
        "Edit", icon=":material/edit:", key="portfolio_edit", width="stretch", help="Weights, holdings, names"
    ):
        fields.begin(lasting=holdings_form.LINES)
        edit(market)


@st.dialog("Portfolio", width="large", icon=":material/pie_chart:")
def edit(market: Market) -> None:
    """Enter, paste, save, rename, copy and delete portfolios."""
    form(market)


def form(market: Market) -> None:
    """What the dialog shows: one of three views."""
    view = st.segmented_control(
        "How",
        ["Weights", "Paste or upload", "Saved"],
        default="Weights",
        required=True,
        key="portfolio_how",
        label_visibility="collapsed",
    )
    if st.session_state.get(_SHOWN) != view:
        st.session_state[_SHOWN] = view
        fields.look_anew()
    if view == "Saved":
        _saved(market)
        return
    if view == "Paste or upload":
        _pasted(market)
        return
    _weights(market)


def weight_table(portfolio: Portfolio, market: Market) -> pd.DataFrame:
    """All assets of the market with their weights in percent, for the editor."""
    shares = portfolio.on(market.tickers) if portfolio.fits(market.tickers) else equal_weights(market.n_assets)
    return _rows(market.tickers, shares)


def _rows(tickers: Sequence[str], weights: Array) -> pd.DataFrame:
    """A table of the editor: one row per asset, its weight in percent."""
    return pd.DataFrame({"Asset": list(tickers), WEIGHT: (np.asarray(weights) * 100).round(8)})


def portfolio_from(table: pd.DataFrame, *, name: str, value: float, currency: str, note: str = "") -> Portfolio:
    """What an edited table says; an empty cell is 0. ``InvalidInput`` as of ``Portfolio``."""
    weights = table[WEIGHT].fillna(0.0).to_numpy() / 100
    held = weights != 0
    if not held.any():
        raise InvalidInput("all weights are 0, so nothing can be won or lost: give at least one asset a weight")
    return Portfolio(
        name=name,
        tickers=tuple(table["Asset"][held]),
        weights=tuple(weights[held]),
        value=value,
        currency=currency,
        note=note,
    )


def _weights(market: Market) -> None:
    now = portfolios.current(market)
    name, value, currency = _facts(now)
    look = fields.key(_TABLE)
    began, base = st.session_state.get(_TABLE, (None, None))
    if began != look or list(base["Asset"]) != list(market.tickers):  # an editor wants the same table until it ends
        base = fields.kept().get(_ROWS)
        if base is None or list(base["Asset"]) != list(market.tickers):
            base = weight_table(now, market)
        st.session_state[_TABLE] = (look, base)
    put = partial(_put_weights, market.tickers)
    with st.container(horizontal=True, vertical_alignment="center"):
        _fill("Equal", market, equal_weights(market.n_assets))
        _fill("Inverse volatility", market, inverse_volatility_weights(market.log_returns()))
        _fill("All 0", market, equal_weights(market.n_assets) * 0)
        market_values.offer(market, currency, put)
    converted = rates.of_value(now, value, currency, market.dates[-1])
    market_values.ask_for_rates(market, currency, put)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        edited = st.data_editor(
            base,
            hide_index=True,
            disabled=["Asset"],
            column_config={WEIGHT: st.column_config.NumberColumn(format="%.2f", step=0.01, help="Negative is short.")},
            height=min(36 * (len(base) + 1) + 2, 330),
            key=fields.key(_ROWS),
            alt="Weights by asset, to be edited",
        )
        fields.kept()[_ROWS] = edited
    with right:
        try:
            made = portfolio_from(
                edited, name=name or _DRAFT, value=value, currency=currency, note=market_values.note(edited)
            )
            made = replace(made, rates=converted, left_out=_still_left_out(now, made, edited, market))
        except FinGenError as problem:
            show.error(problem)
            return
        _summary(made, market)
    _take(made)


def _still_left_out(now: Portfolio, made: Portfolio, edited: pd.DataFrame, market: Market) -> LeftOut | None:
    """What the list of the portfolio that is looked at left out, as long as its weights are those of that list."""
    same = (made.value, made.currency) == (now.value, now.currency) and now.fits(market.tickers)
    return now.left_out if same and edited.equals(weight_table(now, market)) else None


def _facts(now: Portfolio, *, brings_value: bool = False) -> tuple[str, float, str]:
    """Name, value and currency, as the form says; no field for the value of a list that brings its own."""
    first, second, third = st.columns([3, 2, 1.4], gap="small")
    start = _DRAFT if now.name in portfolios.BUILT_IN else now.name
    began: dict[str, Any] = dict(zip(_FACTS, (start, float(now.value), now.currency), strict=True)) | fields.kept()
    codes = list(dict.fromkeys([now.currency, *CURRENCIES, began["portfolio_currency"]]))
    name = first.text_input(
        "Name", str(began["portfolio_name"]), max_chars=LONGEST_NAME, key=fields.key("portfolio_name")
    )
    value = began["portfolio_value"] if brings_value else _value(second, float(began["portfolio_value"]))
    currency = third.selectbox(
        "Currency",
        codes,
        index=codes.index(began["portfolio_currency"]),
        key=fields.key("portfolio_currency"),
        accept_new_options=True,
        help="What the value is counted in. Holdings in other currencies are converted at rates that you see.",
    )
    fields.kept().update(zip(_FACTS, (name, float(value), currency or now.currency), strict=True))
    return name, float(value), str(currency or now.currency).upper()


def _value(place: DeltaGenerator, began: float) -> float:
    return place.number_input(
        "Value",
        min_value=0.01,
        value=began,
        step=1000.0,
        format="%.0f",
        key=fields.key("portfolio_value"),
        help="Cash included. Lists of quantities and values bring their own.",
    )


def _fill(label: str, market: Market, weights: Array) -> None:
    st.button(
        label,
        key=f"portfolio_fill_{label}",
        type="tertiary",
        icon=":material/format_color_fill:",
        on_click=_put,
        args=(_rows(market.tickers, weights),),
    )


def _put_weights(tickers: Sequence[str], weights: Array) -> pd.DataFrame:
    table = _rows(tickers, weights)
    _put(table)
    return table


def _put(table: pd.DataFrame) -> None:
    fields.kept()[_ROWS] = table
    fields.look_anew()


def _summary(made: Portfolio, market: Market) -> None:
    """What the weights add up to."""
    long = sum(share for share in made.weights if share > 0)
    short = -sum(share for share in made.weights if share < 0)
    cash = made.cash if abs(made.cash) > 1e-6 else 0.0  # what rounding in a table leaves
    lines = [("Long", long), ("Short", short), ("Cash" if cash >= 0 else "Borrowed", abs(cash))]
    rows = [
        f"| {label} | {percent(share)} | {portfolios.money(share * made.value, made.currency)} |"
        for label, share in lines
    ]
    st.markdown("\n".join(["| | Share | Amount |", "|---|--:|--:|", *rows]))
    st.caption("Cash earns nothing and borrowing costs nothing here.")
    about = made.about(market.source.currencies)
    if about:
        st.caption(show.plain(about))


def _take(made: Portfolio) -> None:
    """Use it for now, or save it under its name."""
    with st.container(horizontal=True):
        matched = f"Use the {len(made.tickers)} matched" if made.left_out else "Use"
        use = st.button(matched, type="primary", icon=":material/check:", key="portfolio_use")
        save = st.button("Save and use", icon=":material/save:", key="portfolio_save") or _entered()
    if not (use or save):
        return
    if made.name in portfolios.BUILT_IN:
        show.error(InvalidInput(f"{made.name} is the name of a portfolio that every market has: choose another one"))
        return
    try:
        refuse_marks(made.name, "portfolio")
        if save:
            _keep(made)
    except FinGenError as problem:
        show.error(problem)
        return
    if save:
        _look_at_saved(made)
    else:
        portfolios.use_draft(made)
    fields.forget()
    st.rerun()


def _entered() -> bool:
    """Whether Enter was pressed in the field of the name, which says the same as *Save and use*."""
    with st.container(key="watch-name"):
        name = fields.key(_FACTS[0])
        return bool(_watch()(key=f"{name}_enter", data={"field": name}, on_enter_change=_noticed).enter)


@cache
def _watch() -> Callable[..., Any]:
    """Hears Enter in a text field: Streamlit says that its value has changed, not by which key."""
    return st.components.v2.component("fingen.enter_watch", js=_ENTER)


def _noticed() -> None:
    """A trigger needs a function; the rerun that it brings is all that is wanted."""


def tell_draft(market: Market) -> None:
    """Below the controls of a page: that the portfolio is a draft, with buttons that save and drop it."""
    unsaved = portfolios.draft()
    if unsaved is None or unsaved != portfolios.current(market):
        _offer_draft_back()
        return
    st.session_state.pop(_DROPPED, None)
    with st.container(horizontal=True, vertical_alignment="center", key="portfolio_is_draft"):
        st.markdown(
            f":material/edit_note: **{show.plain(unsaved.name)}**: draft, not saved. It comes back at this address.",
            width="content",
        )
        save = st.button("Save", icon=":material/save:", key="portfolio_draft_save", type="tertiary")
        drop = st.button("Drop", icon=":material/delete:", key="portfolio_draft_drop", type="tertiary")
    try:
        if save:
            _keep(unsaved)
            _look_at_saved(unsaved)
        elif drop:
            portfolios.drop_draft()
            st.session_state[_DROPPED] = unsaved.to_json()
    except FinGenError as problem:
        show.error(problem)
        return
    if save or drop:
        st.rerun()


def _offer_draft_back() -> None:
    """After a draft was dropped: one line and one button."""
    if _DROPPED not in st.session_state:
        return
    dropped = Portfolio.from_json(st.session_state[_DROPPED])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"The draft “{show.plain(dropped.name)}” was dropped.", width="content")
        if st.button("Undo", icon=":material/undo:", key="portfolio_draft_undo", type="tertiary"):
            portfolios.use_draft(dropped)
            st.rerun()


def _look_at_saved(made: Portfolio) -> None:
    """What was saved is no draft any more."""
    unsaved = portfolios.draft()
    if unsaved is not None and unsaved.name == made.name:
        portfolios.drop_draft()
    portfolios.set_current(made)


def _keep(made: Portfolio) -> None:
    """Save under its name: a new record, or the changed one of the portfolio that is being looked at."""
    shelf = portfolios.shelf()
    known = next((record for record in shelf.list() if record.name == made.name), None)
    if known is None:
        shelf.add(made.name, made.to_json())
    else:
        shelf.change(known.id, made.to_json())
    audit.note("portfolio saved" if known is None else "portfolio changed", made.name, digest=made.digest())


def _pasted(market: Market) -> None:
    above, holdings = st.container(), None
    try:
        holdings = holdings_form.read(market)
    except FinGenError as problem:
        show.error(problem)
    with above:
        brings_value = holdings is not None and holdings.kind != "weight"
        name, value, currency = _facts(portfolios.current(market), brings_value=brings_value)
    if holdings is None:
        return
    try:
        made = holdings_form.weighed(market, holdings, name or _DRAFT, value, currency)
    except FinGenError as problem:
        show.error(problem)
        return
    _summary(made, market)
    _take(made)


def _saved(market: Market) -> None:
    shelf = portfolios.shelf()
    _offer_undo()
    records = shelf.list()
    if not records:
        none = "Nothing is saved any more: undo, or" if st.session_state.get(_DELETED) else "Nothing is saved yet:"
        st.info(f"{none} enter weights or paste holdings, then Save.", icon=":material/save:")
        return
    picked = st.selectbox(
        "Saved portfolio", records, format_func=lambda record: record.name, key=f"portfolio_saved_{len(records)}"
    )
    try:
        found = replace(Portfolio.from_json(picked.body), name=picked.name)
        fits = found.fits(market.tickers)
        told = (
            f"{len(found.tickers)} assets, {portfolios.money(found.value, found.currency)}, {percent(found.cash)} cash"
        )
        st.markdown(told + ("" if fits else "; this market lacks some of its assets, so it cannot be used here"))
    except FinGenError as problem:
        found, fits = None, False
        show.error(problem)
    with st.form("portfolio_rename_form", border=False):
        name = st.text_input("Name", picked.name, max_chars=LONGEST_NAME, key=f"portfolio_rename_{picked.id}")
        if st.form_submit_button("Rename", icon=":material/edit:", key="portfolio_rename") and name != picked.name:
            _rename(picked, name, market)
    with st.container(horizontal=True):
        if found is not None and st.button("Use", type="primary", disabled=not fits, key="portfolio_use_saved"):
            portfolios.set_current(found)
            st.rerun()
        if st.button("Duplicate", icon=":material/content_copy:", key="portfolio_duplicate"):
            audit.note("portfolio copied", shelf.duplicate(picked.id).name)
            st.rerun(scope="fragment")
        if st.button("Delete", icon=":material/delete:", key="portfolio_delete", help="Can be undone."):
            shelf.delete(picked.id)
            audit.note("portfolio deleted", picked.name)
            st.session_state[_DELETED] = picked.id
            st.rerun(scope="fragment")


def _rename(record: Record, name: str, market: Market) -> None:
    try:
        renamed = portfolios.shelf().rename(record.id, name)
    except FinGenError as problem:
        show.error(problem)
        return
    audit.note("portfolio renamed", f"{record.name} to {renamed.name}")
    now = portfolios.current(market)
    if now.name == record.name:
        portfolios.set_current(replace(now, name=renamed.name))
    st.rerun()


def _offer_undo() -> None:
    """After a deletion: one line and one button."""
    deleted = st.session_state.get(_DELETED)
    if not deleted:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"“{portfolios.shelf().get(deleted).name}” is deleted.")
        if st.button("Undo", icon=":material/undo:", key="portfolio_undo"):
            audit.note("portfolio restored", portfolios.shelf().restore(deleted).name)
            del st.session_state[_DELETED]
            st.rerun(scope="fragment")

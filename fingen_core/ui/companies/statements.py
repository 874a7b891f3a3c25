"""Statements of the market's companies: typed or uploaded, as ratios side by side, and under generated stress."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts import companies as charts
from fingen_core.charts.theme import number, percent, percent_range
from fingen_core.errors import FinGenError, InvalidInput
from fingen_core.forecast.outlook import chance
from fingen_core.market import Market, Step
from fingen_core.market.statements import ITEMS, RATIOS, Statements, StatementStore, ratios, refuse_absurd
from fingen_core.portfolio.merton import Covenants, Firm, along, breaches, solve
from fingen_core.portfolio.values import portfolio_values
from fingen_core.portfolio.weights import equal_weights
from fingen_core.scenarios.outcomes import NOT_HAPPENED
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.types import Array
from fingen_core.ui.companies import saving, worth
from fingen_core.ui.companies import sources as company_sources
from fingen_core.ui.kit import show
from fingen_core.ui.request import samples
from fingen_core.ui.request import sources as drawing
from fingen_core.ui.session import state

__all__ = ["choose", "enter", "peers", "under_stress"]

_PERIODS = ("Latest", "One before", "Two before")
_WORST = 0.05


def choose(market: Market) -> str:
    """The company that is looked at."""
    picked: str = st.selectbox(
        "Company", market.tickers, key="company", bind="query-params", help="An asset of the market."
    )
    return picked


def enter(market: Market, ticker: str) -> None:
    """Statements in a table that can be typed into, from a source, or both; kept when saved."""
    saving.offer_undo()
    kept = StatementStore().read(ticker)
    if kept is None:
        st.markdown(
            f"**No statements of {ticker} yet.** Fetch them, upload a file, or type what you know into the table, in "
            "millions of one currency. Leave unknown cells empty: they count as missing, never as zero."
        )
    given, of_use = company_sources.choose(ticker, market.tickers)
    if not of_use:
        return
    shown = kept if given is None else given
    table = pd.DataFrame(np.nan, list(ITEMS), list(_PERIODS)) if shown is None else shown.table
    labeled = table.rename_axis("Item").reset_index()
    labeled.insert(0, "Statement", [ITEMS[item] for item in labeled["Item"]])
    source = "" if shown is None else shown.source
    edited = st.data_editor(
        labeled,
        hide_index=True,
        disabled=["Statement", "Item"],
        key=f"statements_{ticker}_{source}",
        column_config={period: st.column_config.NumberColumn(format="localized") for period in table.columns},
        height="content",
        placeholder="missing",
    )
    notes = () if shown is None else shown.notes
    if source:
        told = () if given is not None else notes  # a file's are told where it is read
        st.caption("  \n".join(show.plain(f"{line}.") for line in (f"Source: {source}. Shown in millions", *told)))
    currency = saving.currency_of(ticker, shown)
    if kept is not None and given is not None and given.to_dict() != kept.to_dict():
        saving.warn_of_replacing(kept)
    if st.button("Save statements", type="primary", icon=":material/save:", key="save_statements"):
        values = edited.set_index("Item").drop(columns="Statement").astype(np.float64)
        if values.isna().all(axis=None):
            show.error(InvalidInput("every cell is empty: type at least one amount before saving"))
            return
        try:
            refuse_absurd(values, ticker)
            made = Statements(ticker=ticker, table=values, source=source or "typed in", notes=notes, currency=currency)
            saving.write(made)
        except FinGenError as problem:
            show.error(problem)
            return
        st.toast(f"Statements of {ticker} are saved.", icon=":material/check:")
        st.rerun()


def peers(market: Market) -> None:
    """Ratios of every company with statements, side by side; definitions and source items beside them."""
    store = StatementStore()
    known = [found for ticker in market.tickers if (found := store.read(ticker)) is not None]
    if not known:
        return
    st.subheader("Ratios, side by side", anchor=False)
    shares = {ratio.name for ratio in RATIOS if ratio.is_share} | {"Revenue growth"}
    definitions = {ratio.name: ratio.definition for ratio in RATIOS} | {
        "Revenue growth": "Revenue / revenue a year before, less 1"
    }
    columns = {one.ticker: ratios(one)[one.newest] for one in known}
    table = pd.DataFrame(columns)
    shown = pd.DataFrame({"Ratio": table.index})
    for ticker in table:
        shown[ticker] = [_shown(value, name in shares) for name, value in table[ticker].items()]
    shown["Definition"] = [definitions[name] for name in table.index]  # last: a narrow screen shows the values
    st.dataframe(
        shown,
        hide_index=True,
        key="company_ratios",
        column_config={"Ratio": st.column_config.TextColumn(pinned=True)},
        alt="Ratios of all companies with statements",
    )
    quarters = ", ".join(one.ticker for one in known if one.per_year == 4)
    halves = ", ".join(one.ticker for one in known if one.per_year == 2)
    st.caption(
        "Newest period of which anything is known. Missing: an item is unknown, or a denominator is not above 0."
        + f" Quarterly: {quarters}; income and cash flow are those of the last four quarters." * bool(quarters)
        + f" Half-yearly: {halves}; income and cash flow are those of the last two halves." * bool(halves)
    )
    show.download(table.rename_axis("ratio").reset_index(), "company-ratios", label="All numbers", kind="tertiary")


def _shown(value: float, share: bool) -> str:
    return "missing" if np.isnan(value) else percent(value) if share else number(value, 2)


def under_stress(market: Market, ticker: str) -> None:
    """Distance to default and covenants along generated paths of the equity, in all and in the worst of the market."""
    statements = StatementStore().read(ticker)
    st.subheader(f"{ticker} under stress", anchor=False)
    owned = np.nan if statements is None else worth.market_value(market, ticker, statements)
    if owned is None:
        return
    equity, debt = owned, np.nan if statements is None else statements.latest("Total debt")
    missing = [name for name, value in (("Market value", equity), ("Total debt", debt)) if not value > 0]
    if statements is None or missing:
        st.info(
            f"Enter {' and '.join(missing)} of {ticker} above and save: the stress needs both above 0. Shares "
            "outstanding will do for a market value: times the last close."
        )
        return
    known, step = drawing.sources(market), market.step
    by, length, rate, leverage, cover, follow = st.columns(6, gap="small", vertical_alignment="bottom")
    source = by.selectbox("Drawn by", list(known), format_func=known.__getitem__, key="company_by")
    n_steps = length.selectbox(
        "Horizon",
        lengths := step.horizons("quarter", "half-year", "year"),
        index=min(1, len(lengths) - 1),
        format_func=step.words,
        key="company_days",
    )
    free = rate.number_input("Rate, % a year", -5.0, 20.0, 2.0, 0.25, key="company_rate", help="Risk-free.")
    most = leverage.number_input(
        "Most leverage, %", 1.0, 99.0, 60.0, 1.0, key="company_leverage", help="Debt / (debt + market value)."
    )
    least = cover.number_input(
        "Least coverage", 0.1, 50.0, 3.0, 0.5, key="company_cover", help="EBITDA / interest expense."
    )
    share = follow.number_input(
        "EBITDA follows, %",
        0.0,
        200.0,
        50.0,
        5.0,
        key="company_follow",
        help="Assumption: a fall of the equity by 20 % lowers EBITDA by this share of it. Nothing measures it here.",
    )
    returns = market.log_returns()[-step.year :, market.tickers.index(ticker)]
    volatility = float(returns.std() * np.sqrt(step.per_year))
    try:
        firm = solve(equity, volatility, debt, rate=free / 100)
    except FinGenError as problem:
        show.error(problem)
        return
    request = SampleRequest(source=source, n_paths=2000, n_steps=n_steps, market_digest=market.digest())
    with st.skeleton(420):
        drawn = samples.draw(request)
        values = equity * portfolio_values(drawn.log_returns, samples.weights(drawn.tickers, ticker))
        whole = portfolio_values(drawn.log_returns, equal_weights(len(drawn.tickers)))[:, -1]
    worst = np.argsort(whole, kind="stable")[: int(np.ceil(_WORST * len(whole)))]
    rules = Covenants(most_leverage=most / 100, least_cover=least, earnings_per_equity=share / 100)
    items = {"ebitda": statements.latest("EBITDA"), "interest": statements.latest("Interest expense")}
    _answer(ticker, firm, values, worst, breaches(firm, values, rules, **items), volatility, step)


def _answer(  # noqa: PLR0917
    ticker: str, firm: Firm, values: Array, worst: Any, first: pd.DataFrame, volatility: float, step: Step
) -> None:
    distance, probability = along(firm, values)
    days = values.shape[1] - 1
    st.markdown(
        f"Today the assets of {ticker} are worth **{number(firm.asset_value, 0)} m** and move by "
        f"{percent(firm.asset_volatility)} a year (equity: {percent(volatility)}, last year): distance to default "
        f"**{number(firm.distance, 1)}**, default probability within a year {_rare(firm.probability)}. After "
        f"{step.words(days)} of stress they are **{number(float(np.median(distance[worst, -1])), 1)}** and "
        f"{_rare(float(probability[worst, -1].mean()))} (on average)."
    )
    note = f"{len(values):,} paths, {step.words(days)}; stress: the {len(worst)} worst for the market. {NOT_HAPPENED}"
    shares = _shares(first, worst, days)
    left, right = st.columns(2, gap="medium")
    with left:
        title = f"How far is {ticker} from default?"
        data = pd.DataFrame({"day": range(days + 1), "all": np.median(distance, axis=0)})
        data["stress"] = np.median(distance[worst], axis=0)
        show.chart(
            charts.distances(distance, distance[worst], title, note, dark=state.dark()),
            f"{title} Median and 80 % band of the distance to default by day. {note}",
            "company-distance",
            data=data.assign(status=NOT_HAPPENED),
            how=charts.HOW["distance"],
        )
    with right:
        title = "When would covenants break?"
        show.chart(
            charts.broken(shares, title, note, dark=state.dark()),
            f"{title} Share of paths on which each has broken by each day. {note}",
            "company-covenants",
            data=shares.rename_axis("day").reset_index().assign(status=NOT_HAPPENED),
            how=charts.HOW["broken"],
        )
    _covenant_table(first, worst, step)


def _rare(probability: float) -> str:
    return percent(probability, 2) if probability >= 5e-5 else f"below {percent(1e-4, 2)}"


def _shares(first: pd.DataFrame, worst: Any, days: int) -> pd.DataFrame:
    found = {}
    for name in first:
        for kind, rows in (("all paths", slice(None)), ("stress", worst)):
            when = first[name].to_numpy()[rows]
            found[f"{name}, {kind}"] = [(when <= day).mean() for day in range(days + 1)]
    return pd.DataFrame(found)


def _covenant_table(first: pd.DataFrame, worst: Any, step: Step) -> None:
    rows = []
    for name in first:
        for kind, chosen in (("all paths", slice(None)), ("stress", worst)):
            when = first[name].to_numpy()[chosen]
            hit = chance(~np.isnan(when))
            day = f"{np.nanmedian(when):.0f}" if hit.estimate > 0 else "never"
            rows.append(
                {
                    "Covenant": f"{str(name).capitalize()}, {kind}",
                    "Breaks": percent_range(hit.estimate, hit.low, hit.high),
                    f"Median {step.unit}, where it breaks": day,
                }
            )
    st.table(pd.DataFrame(rows).set_index("Covenant"), border="horizontal", alt="Share of paths that break covenants")
    if "coverage" not in first:
        st.caption("Coverage is missing: it needs EBITDA and interest expense.")

"""The strategies page's answers: one sentence, then the view that is looked at; only that one is computed."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts import strategies as charts
from fingen_core.charts.theme import number, percent
from fingen_core.portfolio.strategies.measures import MEASURES, luck
from fingen_core.portfolio.strategies.rule import Rule
from fingen_core.portfolio.strategies.rules import BuyAndHold
from fingen_core.portfolio.strategies.settings import Trading
from fingen_core.portfolio.strategies.summary import QUANTILES, Summary, fair_table
from fingen_core.types import Array
from fingen_core.ui.kit import show
from fingen_core.ui.session import state
from fingen_core.ui.strategies.inputs import COST_LEVELS, Desk, long_run
from fingen_core.ui.strategies.overfitting import overfit

__all__ = ["VIEWS", "headline", "view"]

_LIMITS = (
    "One history is one draw, and this one is known: people chose the rules who have seen it. Generated paths carry "
    "the habits of the same history, and their drift is that of the past; they say how far luck may carry a rule, not "
    "that it will earn anything. Not advice."
)


def headline(desk: Desk) -> None:
    """The answer in a sentence or two."""
    one, holding, past = desk.generated(desk.rules[0]), desk.holding(), desk.happened(desk.rules[0])
    middle, low, high = one.middle("total")
    above = luck(0.0, (holding.measures["total"] - one.measures["total"]).round(12))
    told = (
        f"Over {desk.market.step.words(desk.n_steps)} from {desk.market.dates[desk.start]:%Y-%m-%d}, "
        f"**{show.plain(one.told)}** on "
        f"{show.plain(desk.portfolio.name)} returns **{percent(middle)}** in the median generated path and between "
        f"{percent(low)} and {percent(high)} in nine of ten, after costs of {percent(one.costs)}."
    )
    if not isinstance(desk.rules[0], BuyAndHold):
        told += f" It ends above buying and holding on {percent(above, 0)} of paths."
    if past is not None:
        happened = float(past.measures["total"].iloc[0])
        rank = luck(happened, one.measures["total"])
        told += f" **History gave {percent(happened)}**: better than {percent(rank, 0)} of the paths{_lucky(rank)}."
    st.markdown(told)


def _lucky(rank: float) -> str:
    if rank >= 0.9:
        return ", so lucky that it proves little"
    return ", so unlucky that it proves little" if rank <= 0.1 else ""


def view(desk: Desk) -> None:
    """The control that chooses what to look at, and what was chosen."""
    VIEWS[show.look_at(VIEWS, "Equity", "strategy_view")](desk)
    st.caption(_LIMITS)


def _equity(desk: Desk) -> None:
    rule = desk.rules[0]
    one, past = desk.generated(rule), desk.happened(rule)
    fan, side = st.columns([1.5, 1], gap="medium")
    with fan:
        middle, _, _ = one.middle("total")
        show.chart(
            charts.equity(
                one.fan,
                None if past is None else past.fan[2],
                f"{_title(one.told)}: median {percent(middle, sign=True)}",
                f"{desk.note()}; {desk.label}; after costs",
                dark=state.dark(),
                height=380,
            ),
            f"Fan of the wealth of {one.told} over {desk.n_steps} days with history's curve. {desk.note()}.",
            "strategy-equity",
            data=partial(_fan_data, one, past),
            how=charts.HOW["equity"],
        )
    with side:
        if past is None:
            st.info(
                desk.market.step.retold(
                    "These days have not come yet, so no history stands beside the fan: choose another start to see "
                    "how lucky history was."
                ),
                icon=":material/event_upcoming:",
            )
            return
        ranks = _ranks(one, past)
        show.chart(
            charts.lucky(
                ranks,
                "How lucky was history?",
                f"against {one.n_paths:,} generated paths; 50 % is neither",
                dark=state.dark(),
                height=380,
            ),
            "Share of generated paths that did worse than history by return, Sharpe ratio, volatility and drawdown.",
            "strategy-luck",
            data=pd.DataFrame({"measure": list(ranks), "share of paths that did worse": list(ranks.values())}),
            how=charts.HOW["luck"],
        )


def _ranks(one: Summary, past: Summary) -> dict[str, float]:
    """Shares of paths that did worse than history; a deeper drawdown and more volatility are worse."""
    happened = past.measures.iloc[0]
    ranks = {name: luck(float(happened[name]), one.measures[name]) for name in ("total", "sharpe")}
    calmer = {name: 1 - luck(float(happened[name]), one.measures[name]) for name in ("drawdown", "volatility")}
    return {"Return": ranks["total"], "Sharpe ratio": ranks["sharpe"]} | {
        "Drawdown": calmer["drawdown"],
        "Volatility": calmer["volatility"],
    }


def _fan_data(one: Summary, past: Summary | None) -> pd.DataFrame:
    table = pd.DataFrame(one.fan.T - 1, columns=[f"change, {share * 100:g} % of paths below" for share in QUANTILES])
    if past is not None:
        table["change, history"] = past.fan[2] - 1
    return table.rename_axis("day").reset_index()


def _outcomes(desk: Desk) -> None:
    rule = desk.rules[0]
    one, holding, past = desk.generated(rule), desk.holding(), desk.happened(rule)
    for column, name in zip(st.columns(3, gap="medium"), ("total", "sharpe", "drawdown"), strict=True):
        middle, _, _ = one.middle(name)
        said = number(middle, 2) if name == "sharpe" else percent(middle)
        data = pd.DataFrame({one.told: one.measures[name], "Buy and hold": holding.measures[name]})
        with column:
            show.chart(
                charts.outcomes(
                    one.measures[name],
                    holding.measures[name],
                    None if past is None else float(past.measures[name].iloc[0]),
                    f"{MEASURES[name]}: {said}",
                    f"median of {one.n_paths:,} paths; dotted: held",
                    axis=MEASURES[name],
                    as_percent=name != "sharpe",
                    dark=state.dark(),
                ),
                f"Distribution of {MEASURES[name].lower()} of {one.told} over generated paths. Median {said}.",
                f"strategy-{name}",
                data=data,
                how=charts.HOW["outcomes"],
            )


def _side_by_side(desk: Desk) -> None:
    table = _table(desk)
    shown = _shown(table, desk.has_history)
    st.markdown(
        f"**Which rule, on {desk.portfolio.name}?**  \n:small[:gray[{desk.note()}; median (5 % to 95 %), after costs]]"
    )
    st.table(shown, border="horizontal", alt="Outcomes of each rule, generated and in history")
    show.download(table, "strategies", label="Data as CSV", kind="tertiary")


def _table(desk: Desk) -> pd.DataFrame:
    rules = [*desk.rules, *([] if any(isinstance(rule, BuyAndHold) for rule in desk.rules) else [BuyAndHold()])]
    generated = [desk.generated(rule) for rule in rules]
    past = [found for rule in rules if (found := desk.happened(rule)) is not None]
    return fair_table(generated, past, desk.holding())


def _shown(table: pd.DataFrame, has_history: bool) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for name, words in (("total", "Return"), ("sharpe", "Sharpe"), ("drawdown", "Drawdown")):
        write: Callable[[float], str] = (lambda value: number(value, 2)) if name == "sharpe" else percent
        columns[f"{words}, generated"] = [
            f"{write(row[f'{name}_median'])} ({write(row[f'{name}_low'])} to {write(row[f'{name}_high'])})"
            for _, row in table.iterrows()
        ]
        if has_history:
            columns[f"{words}, history"] = [write(value) for value in table[f"{name}_history"]]
    if has_history:
        columns["History beats"] = [f"{percent(value, 0)} of paths" for value in table["total_luck"]]
    columns["Ends above holding"] = [
        "" if rule == BuyAndHold.label else f"{percent(value, 0)} of paths"
        for rule, value in zip(table["rule"], table["beats_holding"], strict=True)
    ]
    columns["Costs"] = [percent(value, 2) for value in table["costs"]]
    columns["Trades"] = [number(value) for value in table["trades"]]
    return pd.DataFrame(columns, index=pd.Index(table["rule"], name="Rule")).T


def _bad_times(desk: Desk) -> None:
    table = _table(desk)
    best = table.loc[table["worst_tenth"].idxmax()]
    show.chart(
        charts.bad_times(
            list(table["rule"]),
            table["worst_tenth"],
            [_mean(desk, at) for at in range(len(table))],
            f"Bad times: {_title(str(best['rule']), 22)} loses least"
            if best["worst_tenth"] < 0
            else f"Bad times: {_title(str(best['rule']), 22)} is best",
            f"by what holding returns; {desk.note()}",
            dark=state.dark(),
        ),
        "Mean return of each rule over the worst tenth of generated paths for holding, and over all of them.",
        "strategy-bad-times",
        data=table[["rule", "worst_tenth", "worst_tenth_drawdown", "total_median"]],
        how=charts.HOW["bad"],
    )


def _mean(desk: Desk, at: int) -> float:
    rule = desk.rules[at] if at < len(desk.rules) else BuyAndHold()
    return float(desk.generated(rule).measures["total"].mean())


def _costs(desk: Desk) -> None:
    others = [rule for rule in desk.rules[1:] if not isinstance(rule, BuyAndHold)]
    rules = [desk.rules[0], *others, BuyAndHold()][: 1 + len(others) + (not isinstance(desk.rules[0], BuyAndHold))]
    with st.spinner("Trading the same paths at other costs", show_time=True):
        found = {desk.market.step.retold(rule.told()): _by_cost(desk, rule) for rule in rules}
        past = [desk.happened(desk.rules[0], _at(desk, level)) for level in COST_LEVELS]
    history = [float(one.measures["total"].iloc[0]) for one in past if one is not None] or None
    lead = next(iter(found))
    lost = float(found[lead][0][0] - found[lead][0][-1])
    data = pd.DataFrame({"proportional cost": COST_LEVELS})
    for name, (middle, low, high) in found.items():
        data[f"{name}, median"], data[f"{name}, 5 %"], data[f"{name}, 95 %"] = middle, low, high
    if history is not None:
        data["history"] = history
    show.chart(
        charts.costs(
            COST_LEVELS,
            found,
            history,
            f"At {percent(COST_LEVELS[-1], 0)} a trade: {percent(lost)} less return",
            f"median and nine in ten; {desk.note()}; fixed costs as set",
            dark=state.dark(),
        ),
        "Return over the horizon by proportional trading costs for each rule.",
        "strategy-costs",
        data=data,
        how=charts.HOW["costs"],
    )


def _by_cost(desk: Desk, rule: Rule) -> tuple[Array, Array, Array]:
    """Median, 5 % and 95 % of the return at each cost level."""
    middle, low, high = np.array([desk.generated(rule, _at(desk, level)).middle("total") for level in COST_LEVELS]).T
    return middle, low, high


def _at(desk: Desk, level: float) -> Trading:
    return replace(desk.trading, proportional=level)


def _whole_history(desk: Desk) -> None:
    rules = [BuyAndHold(), *(rule for rule in desk.rules if not isinstance(rule, BuyAndHold))]
    with st.spinner("Following the rules through the whole history", show_time=True):
        follow = partial(long_run, desk.market, desk.portfolio, trading=desk.trading)
        found = {desk.market.step.retold(rule.told()): follow(rule) for rule in rules}
    dates = next(iter(found.values()))[0]
    wealth = {name: values for name, (_, values) in found.items()}
    best = max(wealth, key=lambda name: float(wealth[name][-1]))
    show.chart(
        charts.curves(
            dates,
            wealth,
            f"{_title(best)} ends highest: {number(float(wealth[best][-1]), 1)} times",
            f"{dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}, {desk.portfolio.name}, after costs; it happened once",
            dark=state.dark(),
        ),
        "Wealth of each rule over the whole history on a logarithmic scale.",
        "strategy-history",
        data=pd.DataFrame(wealth, index=pd.Index(dates, name="date")),
        how=charts.HOW["curves"],
    )


def _title(told: str, most: int = 26) -> str:
    return told if len(told) <= most else told.split(" (", maxsplit=1)[0][:most]


VIEWS: dict[str, Callable[[Desk], None]] = {
    "Equity": _equity,
    "Outcomes": _outcomes,
    "Side by side": _side_by_side,
    "Worst tenth": _bad_times,
    "Costs": _costs,
    "Whole history": _whole_history,
    "Overfitting": overfit,
}
"""What can be looked at; only the chosen one is computed."""

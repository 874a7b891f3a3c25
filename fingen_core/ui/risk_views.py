"""The risk page's answers: one sentence, then the view that is looked at; only that one is computed."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import ArrayLike

from fingen_core.charts import risk as charts
from fingen_core.charts import scenarios as shapes
from fingen_core.charts.theme import percent, percent_range
from fingen_core.metrics.risk import expected_shortfall, max_drawdown, time_under_water
from fingen_core.portfolio.named import NamedPaths, scenario_table, waterfall
from fingen_core.portfolio.risk import CLUSTER_DAYS, Gains, euler_shortfall, hitting_probability
from fingen_core.scenarios.outcomes import Outcomes, cluster_order, correlation
from fingen_core.scenarios.regimes import Regimes, regimes
from fingen_core.types import Array
from fingen_core.ui import portfolios, scenario_links, show, state
from fingen_core.ui.risk_desk import DAYS, Desk, table_of
from fingen_core.ui.risk_scenarios import all_scenarios

__all__ = ["VIEWS", "headline", "risk_numbers", "scenario_numbers", "view"]

_MAIN = 10  # days of the sentence at the top: Basel's holding period


def risk_numbers(desk: Desk, sources: list[Gains], of: str = "") -> pd.DataFrame:
    """The risk table of the portfolio, or of its benchmark if ``of`` says so."""
    portfolio = desk.benchmark if of == "benchmark" and desk.benchmark else desk.portfolio
    identity = "-".join(
        [portfolio.digest(), desk.market.digest(), *(f"{one.label} {one.note}" for one in sources), f"{desk.n_paths}"]
    )
    return table_of(identity, sources, portfolio.on(desk.market.tickers))


def headline(desk: Desk) -> str:
    """What may be lost over ten days, in percent and in money, history's number beside it; shown and returned."""
    drawn = desk.drawn()
    table = risk_numbers(desk, [drawn.gains, desk.past()])
    days = _MAIN if _MAIN in drawn.gains.over else max(drawn.gains.over)
    at = table[(table["horizon"] == days) & (table["level"] == desk.level)].set_index(["source", "measure"])
    var, es = at.loc[(drawn.label, "VaR")], at.loc[(drawn.label, "ES")]
    odds = f"1 in {1 / (1 - desk.level):.0f}"
    told = (
        f"Over {days} days from {drawn.scenarios.start:%Y-%m-%d}, **{desk.portfolio.name}** loses "
        f"**{percent(var.estimate)}, {_money(desk, var.estimate)}**, or more in {odds} generated paths, and in these "
        f"**{percent_range(es.estimate, es.low, es.high)}, {_money(desk, es.estimate)}**, on average. Over history's "
        f"windows that average is {percent(at.loc[('History', 'ES'), 'estimate'])}"
    )
    if desk.benchmark is not None:
        other = risk_numbers(desk, [drawn.gains], "benchmark")
        row = other[(other["horizon"] == days) & (other["level"] == desk.level) & (other["measure"] == "ES")].iloc[0]
        told += f"; for {desk.benchmark.name} it would be {percent(row.estimate)} generated"
    st.markdown(told + ".")
    return told + "."


def view(desk: Desk, told: str) -> None:
    """The control that chooses what to look at, a button that saves it, and what was chosen."""
    with st.container(horizontal=True, vertical_alignment="center"):
        name = st.segmented_control(
            "Look at",
            list(VIEWS),
            default="Tail risk",
            required=True,
            key="risk_view",
            bind="query-params",
            label_visibility="collapsed",
        )
        requests, drawn = [desk.request(desk.source, desk.start)], desk.drawn()
        scenario_links.offer(
            "pages/risk/portfolio.py",
            desk.market,
            desk.portfolio,
            requests=requests,
            draw=lambda: [drawn.scenarios],
            headline=told,
        )
    scenario_links.opened(requests, [drawn.scenarios])
    VIEWS[name or "Tail risk"](desk)


def _tail_risk(desk: Desk) -> None:
    with st.skeleton(420):
        sources = [desk.drawn().gains, desk.past(), desk.rival_sample().gains]
        table = risk_numbers(desk, sources)
    at = table[table["level"] == desk.level]
    top = float(np.nanmax(at[["estimate", "high"]].to_numpy()))
    confidence = percent(desk.level, 1 if desk.level == 0.975 else 0)
    note = f"{desk.note(desk.drawn())}; 90 % bands"
    for column, (measure, words) in zip(
        st.columns(2, gap="medium"), (("VaR", "Value at risk"), ("ES", "Expected shortfall")), strict=True
    ):
        with column:
            show.chart(
                charts.tails(at, measure, f"{words} at {confidence}", note, top=top, dark=state.dark(), height=370),
                f"{words} at {confidence} over 1, 10, 21 and 63 days from each source. {note}.",
                f"risk-{measure}",
                data=table,
                how=charts.HOW["tails"],
            )
    _all_levels(desk, table)


def _all_levels(desk: Desk, table: pd.DataFrame) -> None:
    """Every measure, level and horizon in words, one column per source, and the amount of the first."""
    names = {"VaR": "Value at risk", "ES": "Expected shortfall"}
    first = table["source"].iloc[0]
    text = table.assign(
        shown=[_cell(*row) for row in table[["estimate", "low", "high"]].to_numpy()],
        Measure=[
            f"{names[row.measure]}, {percent(row.level, 1 if row.level == 0.975 else 0)}" for row in table.itertuples()
        ],
        Days=table["horizon"],
    )
    order = ["Days", "Measure"]
    wide = text.pivot_table("shown", order, "source", aggfunc="first", sort=False)[list(dict.fromkeys(table["source"]))]
    amounts = text[text["source"] == first].set_index(order)["estimate"].reindex(wide.index)
    wide.insert(1, "Amount", [_money(desk, value) for value in amounts])
    if desk.benchmark is not None:
        other = risk_numbers(desk, [desk.drawn().gains], "benchmark")
        wide[f"{desk.benchmark.name} (generated)"] = [
            _cell(*row) for row in other[["estimate", "low", "high"]].to_numpy()
        ]
    st.dataframe(
        wide.reset_index(),
        hide_index=True,
        height=318,
        key="risk_table",
        column_config={"Days": st.column_config.NumberColumn(width=60), "Measure": st.column_config.Column(width=210)},
        alt="Value at risk and expected shortfall by horizon, level and source, with 90 % bands",
    )
    show.download(table, "portfolio-tail-risk", label="All numbers", kind="tertiary")


def _distribution(desk: Desk) -> None:
    days = _horizon(desk)
    sources = [desk.drawn().gains, desk.past(), desk.rival_sample().gains]
    samples = [_as_outcomes(source, source.returns(days, desk.weights)) for source in sources]
    note = f"{desk.note(desk.drawn())}; {samples[1].n_paths:,} windows"
    show.chart(
        shapes.distribution(samples, f"What could {days} days bring?", note, dark=state.dark(), height=440),
        f"Distributions of the portfolio's return over {days} days. {note}.",
        "risk-distribution",
        data=pd.DataFrame(
            {
                "sample": np.repeat([sample.label for sample in samples], [sample.n_paths for sample in samples]),
                "return": np.concatenate([sample.returns() for sample in samples]),
            }
        ),
        how=charts.HOW["distribution"],
    )


def _drawdowns(desk: Desk) -> None:
    samples = [desk.outcomes(desk.drawn()), desk.past_outcomes(), desk.outcomes(desk.rival_sample())]
    note = f"{desk.note(desk.drawn())}; {samples[1].n_paths:,} windows of {samples[1].n_steps} days"
    left, right = st.columns(2, gap="medium")
    with left:
        show.chart(
            shapes.drawdown(samples, "How deep could it fall on the way?", note, dark=state.dark(), height=420),
            f"Share of paths by depth of drawdown. {note}.",
            "risk-drawdowns",
            data=partial(shapes.drawdown_data, samples),
            how=charts.HOW["drawdown"],
        )
    with right:
        show.chart(
            charts.under_water(samples, "How long could it stay down?", note, dark=state.dark(), height=420),
            f"Share of paths by the longest stretch below an earlier high. {note}.",
            "risk-under-water",
            data=partial(charts.under_water_data, samples),
            how=charts.HOW["under_water"],
        )
    rows = [_falls(sample) for sample in samples]
    st.table(pd.DataFrame(rows).set_index("Source"), border="horizontal", alt="Drawdown and time under water by source")


def _falls(sample: Outcomes) -> dict[str, str]:
    depth, days = max_drawdown(sample.values), time_under_water(sample.values)
    ruined = int((sample.values[:, -1] < 1e-6).sum())
    return {
        "Source": sample.label,
        "Drawdown, median": percent(float(np.median(depth))),
        "1 in 20 exceeds": percent(float(np.quantile(depth, 0.95, method="inverted_cdf"))),
        "Worst": percent(float(depth.max())),
        "Under water, median": f"{np.median(days):.0f} days",
        "1 in 20 at least": f"{np.quantile(days, 0.95, method='inverted_cdf'):.0f} days",
        "Lost everything": f"{ruined:,} of {sample.n_paths:,}",
    }


def _contributions(desk: Desk) -> None:
    days = _horizon(desk)
    table = _contribution_table(desk, days)
    columns = [name for name in ("Normal", "Stress") if name in table]
    main = columns[-1]
    total = float(table[main].sum())
    worst = table.iloc[0]
    confidence = percent(desk.level, 1 if desk.level == 0.975 else 0)
    title = f"{main}: {worst['asset']} brings {percent(worst[main] / total, 0)}" if total > 0 else "Gains on balance"
    sums = ", ".join(f"{name.lower()} {percent(float(table[name].sum()))}" for name in columns)
    note = f"Expected shortfall at {confidence} over {days} days: {sums}"
    show.chart(
        charts.contributions(table[table["weight"] != 0], columns, title, note, dark=state.dark()),
        f"Contribution of each asset to expected shortfall. {note}. {title}.",
        "risk-contributions",
        data=table,
        how=charts.HOW["contributions"],
    )
    if desk.stress is not None and desk.stress_day is not None:
        st.caption(
            f"Normal: {desk.note(desk.drawn())}. Stress: the same model from {desk.stress_day:%Y-%m-%d}, the wildest "
            f"day of {desk.stress.name}. From the worst days of history the model's tails are very wide."
        )
    shown = pd.DataFrame(
        {
            "Asset": table["asset"],
            "Weight": [percent(value) for value in table["weight"]],
            **{name: [percent(value, 2) for value in table[name]] for name in columns},
            f"Amount ({main.lower()})": [_money(desk, value) for value in table[main]],
            "Alone": [percent(value, 2) for value in table["alone"]],
        }
    )
    st.dataframe(shown, hide_index=True, key="risk_contribution_table", alt="Contributions by asset")


def _contribution_table(desk: Desk, days: int) -> pd.DataFrame:
    weights, drawn, stressed = desk.weights, desk.drawn(), desk.stress_sample()
    table = pd.DataFrame({"asset": list(desk.market.tickers), "weight": weights})
    table["Normal"] = euler_shortfall(drawn.gains.over[days], weights, desk.level)
    if stressed is not None:
        table["Stress"] = euler_shortfall(stressed.gains.over[days], weights, desk.level)
    table["alone"] = expected_shortfall((stressed or drawn).gains.over[days] * weights, desk.level)
    return table.sort_values("Stress" if stressed else "Normal", ascending=False, ignore_index=True)


def _correlation(desk: Desk) -> None:
    drawn = desk.drawn()
    pairs: list[tuple[str, Regimes]] = [
        (drawn.label, _regimes(drawn.identity, drawn.scenarios.log_returns)),
        ("History", _regimes(desk.market.digest(), desk.market.log_returns())),
    ]
    order = cluster_order(correlation(desk.market.log_returns()))
    tickers = [desk.market.tickers[asset] for asset in order]
    for days in ("calm", "stress"):
        for column, (label, found) in zip(st.columns(2, gap="medium"), pairs, strict=True):
            matrix = getattr(found, days)[np.ix_(order, order)]
            mean = float(matrix[np.triu_indices(len(order), 1)].mean()) if len(order) > 1 else 1.0
            title = f"{label}, {days} months: {mean:.2f} on average"
            with column:
                show.chart(
                    shapes.correlations(
                        matrix, tickers, title, f"{getattr(found, f'n_{days}'):,} days", dark=state.dark()
                    ),
                    f"Correlation matrix. {title}.",
                    f"risk-correlation-{label}-{days}",
                    data=pd.DataFrame(matrix, tickers, tickers),
                    how=charts.HOW["correlation"],
                )


@st.cache_resource(max_entries=8, show_spinner=False)
def _regimes(identity: str, _log_returns: ArrayLike) -> Regimes:  # noqa: ARG001 (the key)
    return regimes(_log_returns)


def _limit(desk: Desk) -> None:
    left, right = st.columns([1, 1], gap="medium")
    limit = left.slider(
        "Loss limit",
        1,
        60,
        10,
        format="%d %%",
        key="risk_limit",
        bind="query-params",
        help="Of the value at the start.",
    )
    n_steps = min(DAYS, desk.market.n_steps // 4)
    by = right.slider("By day", 1, n_steps, min(21, n_steps), key="risk_by_day", bind="query-params")
    curves = [
        (sample.label, sample.kind, _hits(identity, limit / 100, block, sample))
        for identity, block, sample in (
            (f"{desk.drawn().identity}-{desk.portfolio.digest()}", 1.0, desk.outcomes(desk.drawn())),
            (f"{desk.market.digest()}-{desk.portfolio.digest()}", float(n_steps + CLUSTER_DAYS), desk.past_outcomes()),
            (f"{desk.rival_sample().identity}-{desk.portfolio.digest()}", 1.0, desk.outcomes(desk.rival_sample())),
        )
    ]
    chance = curves[0][2].iloc[by]
    date = desk.drawn().scenarios.dates()[by - 1]
    title = f"{percent_range(chance.estimate, chance.low, chance.high)} by day {by}"
    note = f"Loses {limit} % ({_money(desk, limit / 100)}) at a close on or before {date:%Y-%m-%d}"
    show.chart(
        charts.limit_curve(curves, title, note, dark=state.dark()),
        f"Chance that the loss limit is hit by each day. {title}. {note}.",
        "risk-limit",
        data=pd.concat([table.assign(source=source) for source, _, table in curves], ignore_index=True),
        how=charts.HOW["limit"],
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _hits(identity: str, limit: float, mean_block: float, _sample: Outcomes) -> pd.DataFrame:  # noqa: ARG001 (the key)
    return hitting_probability(_sample.values, limit, mean_block=mean_block)


def scenario_numbers(desk: Desk) -> tuple[pd.DataFrame, dict[str, NamedPaths], float]:
    """All scenarios with what they cost, the sets behind them, and the value at risk that they are measured by."""
    drawn = desk.drawn()
    days = _MAIN if _MAIN in drawn.gains.over else max(drawn.gains.over)
    risk = risk_numbers(desk, [drawn.gains, desk.past()])
    row = risk[(risk["measure"] == "VaR") & (risk["level"] == 0.99) & (risk["horizon"] == days)].iloc[0]
    sets = all_scenarios(desk)
    table = scenario_table(sets, desk.weights, float(row.estimate))
    return table, {scenario.name: scenario for scenario in sets}, float(row.estimate)


def _scenarios(desk: Desk) -> None:
    with st.skeleton(420):
        table, sets, reference = scenario_numbers(desk)
    chosen = st.selectbox("Losses by asset of", list(table["scenario"]), key=f"risk_scenario_{desk.portfolio.digest()}")
    left, right = st.columns(2, gap="medium")
    note = f"Mean losses on {desk.portfolio.name}, each over its own days"
    with left:
        show.chart(
            charts.losses_by_scenario(
                table, f"{table['scenario'][0]} costs most", note, chosen=chosen, dark=state.dark()
            ),
            f"Mean loss of the portfolio in each scenario. {note}.",
            "risk-scenarios",
            data=table.assign(worst_asset=[desk.market.tickers[asset] for asset in table["worst_asset"]]),
            how=charts.HOW["scenarios"],
        )
    with right:
        _waterfall(desk, sets[chosen])
    shown = pd.DataFrame(
        {
            "Scenario": table["scenario"],
            "Kind": table["group"],
            "Days": table["days"],
            "Mean loss": [percent(value) for value in table["loss"]],
            "Amount": [_money(desk, value) for value in table["loss"]],
            "Worst path": [percent(value) for value in table["worst"]],
            "× VaR": [f"{value:.1f}" for value in table["multiple"]],
            "Hardest hit": [desk.market.tickers[asset] for asset in table["worst_asset"]],
            "Effective paths": [f"{value:,.0f}" for value in table["paths"]],
            "Sample": table["note"],
        }
    )
    st.dataframe(shown, hide_index=True, key="risk_scenario_table", alt="All scenarios with their losses")
    st.caption(f"× VaR: multiples of the generated 10-day value at risk at 99 %, {percent(reference)}.")


def _waterfall(desk: Desk, scenario: NamedPaths) -> None:
    brought = waterfall(scenario, desk.weights)
    title = f"{scenario.name}: {percent(float(brought.sum()), sign=True)}"
    note = f"{scenario.n_steps} days; {scenario.note}"
    show.chart(
        charts.waterfall(
            brought, desk.market.tickers, title, note, generated=scenario.kind != "history", dark=state.dark()
        ),
        f"Profit or loss by asset. {title}. {note}.",
        "risk-waterfall",
        data=pd.DataFrame({"asset": list(desk.market.tickers), "weight": desk.weights, "brings": brought}),
        how=charts.HOW["waterfall"],
    )


def _horizon(desk: Desk) -> int:
    known = list(desk.drawn().gains.over)
    days: Any = st.segmented_control(
        "Over",
        known,
        default=21 if 21 in known else known[-1],
        required=True,
        format_func=lambda value: f"{value} day{'s' * (value != 1)}",
        key="risk_days",
        bind="query-params",
        label_visibility="collapsed",
    )
    return int(days)


def _as_outcomes(source: Gains, returns: Array) -> Outcomes:
    """Returns alone, for charts of their distribution; a short portfolio may end below nothing."""
    values = np.stack([np.ones(len(returns)), 1 + returns], axis=1)
    n_paths = len(returns)
    return Outcomes(
        label=source.label,
        kind=source.kind,
        values=values,
        note=source.note,
        rows=np.arange(n_paths),
        weights=np.ones(n_paths),
    )


def _cell(estimate: float, low: float, high: float) -> str:
    return percent_range(estimate, low, high) if np.isfinite(low) else percent(estimate)


def _money(desk: Desk, share: float) -> str:
    return portfolios.money(share * desk.portfolio.value, desk.portfolio.currency)


VIEWS: dict[str, Callable[[Desk], None]] = {
    "Tail risk": _tail_risk,
    "Distribution": _distribution,
    "Drawdowns": _drawdowns,
    "Contributions": _contributions,
    "Correlation": _correlation,
    "Loss limit": _limit,
    "Scenarios": _scenarios,
}
"""What can be looked at."""

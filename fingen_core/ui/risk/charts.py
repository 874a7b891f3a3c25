"""The risk page's charts, each with all that it owes its reader; the page shows them and the report prints them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import ArrayLike

from fingen_core.charts import outcomes
from fingen_core.charts import risk as charts
from fingen_core.charts import scenarios as shapes
from fingen_core.charts.theme import percent, percent_range
from fingen_core.metrics.risk import expected_shortfall
from fingen_core.portfolio.named import NamedPaths, scenario_table, waterfall
from fingen_core.portfolio.risk import Gains, euler_shortfall, hitting_probability
from fingen_core.scenarios.outcomes import Outcomes, cluster_order, correlation
from fingen_core.scenarios.regimes import Regimes, regimes, wildness
from fingen_core.types import Array
from fingen_core.ui.kit import show
from fingen_core.ui.risk.inputs import Desk, table_of
from fingen_core.ui.risk.scenarios import BY_PROXY, all_scenarios
from fingen_core.ui.session import portfolio as portfolios

__all__ = [
    "Piece",
    "confidence",
    "contribution_piece",
    "contribution_table",
    "correlation_pieces",
    "distribution_piece",
    "draw",
    "drawdown_pieces",
    "falls",
    "limit_piece",
    "main_days",
    "main_span",
    "money",
    "one_horizon",
    "opening_scenario",
    "precedented",
    "risk_numbers",
    "scenario_numbers",
    "scenario_piece",
    "sources",
    "sources_at_once",
    "tail_pieces",
    "waterfall_piece",
]


@dataclass(frozen=True, eq=False, kw_only=True)
class Piece:
    """A chart with its finding, its sample, its name for screen readers, its data and how it is read."""

    key: str
    title: str
    note: str
    figure: go.Figure
    alt: str
    data: pd.DataFrame | Callable[[], pd.DataFrame]
    how: str


def draw(piece: Piece) -> None:
    """Show a piece on the page."""
    show.chart(piece.figure, piece.alt, piece.key, data=piece.data, how=piece.how)


def money(desk: Desk, share: float) -> str:
    """A share of the portfolio's value as an amount, for people."""
    return portfolios.money(share * desk.portfolio.value, desk.portfolio.currency)


def confidence(level: float) -> str:
    """A level for people: "97.5 %"."""
    return percent(level, 1 if round(level * 1000) % 10 else 0)


def main_days(desk: Desk) -> int:
    """Steps of the sentence at the top: Basel's ten days, or as many as the market allows."""
    known, usual = desk.drawn().gains.over, desk.market.step.steps("fortnight")
    return usual if usual in known else max(known)


def main_span(desk: Desk) -> str:
    """That horizon before a noun: "10-day", "2-week"."""
    return f"{main_days(desk) * desk.market.step.count}-{desk.market.step.unit}"


def one_horizon(desk: Desk) -> int:
    """Steps of views that show one horizon: as chosen on the page, else a month."""
    known = list(desk.drawn().gains.over)
    chosen = st.session_state.get("risk_days") or st.query_params.get("risk_days", "")
    first = str(chosen).split(" ")[0]  # an address says "10 days"
    days = int(first) if first.isdecimal() else 0
    month = desk.market.step.month
    return days if days in known else month if month in known else known[-1]


def sources(desk: Desk) -> list[Gains]:
    """Model, history and rival, in the order in which they stand everywhere."""
    return [desk.drawn().gains, desk.past(), desk.rival_sample().gains]


def sources_at_once(desk: Desk) -> list[Gains]:
    """Model and history: what is there before the rival has been fitted."""
    return [desk.drawn().gains, desk.past()]


def risk_numbers(desk: Desk, of: list[Gains], *, benchmark: bool = False) -> pd.DataFrame:
    """The risk table of the portfolio, or of the one beside it."""
    portfolio = desk.benchmark if benchmark and desk.benchmark else desk.portfolio
    told = [f"{one.label} {one.note}" for one in of]
    identity = "-".join([portfolio.digest(), desk.market.digest(), desk.drawn().identity, *told])
    return table_of(identity, of, portfolio.on(desk.market.tickers))


def tail_pieces(desk: Desk, *, dark: bool = False) -> list[Piece]:
    """Value at risk and expected shortfall over the horizons, on the same axis."""
    table = risk_numbers(desk, sources(desk))
    at = table[table["level"] == desk.level]
    top = float(np.nanmax(at[["estimate", "high"]].to_numpy()))
    how = f"{charts.HOW['tails']}\n{_beside_history(desk, at)}\n"
    note = f"{desk.note(desk.drawn())}; 90 % bands"
    *shorter, longest = sorted(set(at["horizon"]))
    over = " and ".join(filter(None, [", ".join(map(str, shorter)), desk.market.step.words(longest)]))
    pieces = []
    for measure, words in (("VaR", "Value at risk"), ("ES", "Expected shortfall")):
        title = f"{words} at {confidence(desk.level)}"
        figure = charts.tails(at, measure, title, note, step=desk.market.step, top=top, dark=dark, height=370)
        alt = f"{title} over {over} from each source. {note}."
        pieces.append(
            Piece(
                key=f"risk-{measure}",
                title=title,
                note=note,
                figure=figure,
                alt=alt,
                data=table,
                how=how,
            )
        )
    return pieces


def _beside_history(desk: Desk, at: pd.DataFrame) -> str:
    """How wild the chosen day was, whether the model says more or less than history, and whether these agree."""
    drawn, days, step = desk.drawn(), main_days(desk), desk.market.step
    rank = wildness(desk.market, drawn.scenarios.start)
    shortfall = at[(at["measure"] == "ES") & (at["horizon"] == days)].set_index("source")["estimate"]
    if np.isnan(rank) or "History" not in shortfall:
        return ""
    ours, past = float(shortfall[drawn.label]), float(shortfall["History"])
    told = (
        f"**Here**: the month before {drawn.scenarios.start:%Y-%m-%d} was wilder than {percent(rank, 0)} of history's. "
        f"Expected shortfall over {step.words(days)}: {percent(ours)} generated, {percent(past)} over history"
    )
    if rank < 0.5 and ours > past:
        return step.retold(
            f"{told}: more, though the day was calm. The model says more than such days were followed by on average."
        )
    if rank > 0.5 and ours < past:
        return f"{told}: less, though the {desk.market.step.noun} was wild. The model may say too little."
    return f"{told}, as one would expect of such a {desk.market.step.noun}."


def distribution_piece(desk: Desk, days: int, *, dark: bool = False) -> Piece:
    """Returns over some days from all sources."""
    samples = [_as_outcomes(source, source.returns(days, desk.weights)) for source in sources(desk)]
    note = f"{desk.note(desk.drawn())}; {samples[1].n_paths:,} windows"
    data = pd.DataFrame(
        {
            "sample": np.repeat([sample.label for sample in samples], [sample.n_paths for sample in samples]),
            "return": np.concatenate([sample.returns() for sample in samples]),
        }
    )
    title = f"What could {desk.market.step.words(days)} bring?"
    return Piece(
        key="risk-distribution",
        title=title,
        note=note,
        figure=outcomes.distribution(samples, title, note, dark=dark, height=440),
        alt=f"Distributions of the portfolio's return over {desk.market.step.words(days)}. {note}.",
        data=data,
        how=charts.HOW["distribution"],
    )


def falls(desk: Desk) -> list[Outcomes]:
    """Value of the portfolio along the paths of all sources."""
    return [desk.outcomes(desk.drawn()), desk.past_outcomes(), desk.outcomes(desk.rival_sample())]


def drawdown_pieces(desk: Desk, *, dark: bool = False) -> list[Piece]:
    """How deep, and how long."""
    samples = falls(desk)
    note = f"{desk.note(desk.drawn())}; {samples[1].n_paths:,} windows of {desk.market.step.words(samples[1].n_steps)}"
    deep = Piece(
        key="risk-drawdowns",
        title="How deep could it fall on the way?",
        note=note,
        figure=outcomes.drawdown(samples, "How deep could it fall on the way?", note, dark=dark, height=420),
        alt=f"Share of paths by depth of drawdown. {note}.",
        data=partial(outcomes.drawdown_data, samples),
        how=charts.HOW["drawdown"],
    )
    long = Piece(
        key="risk-under-water",
        title="How long could it stay down?",
        note=note,
        figure=charts.under_water(samples, "How long could it stay down?", note, dark=dark, height=420),
        alt=f"Share of paths by the longest stretch below an earlier high. {note}.",
        data=partial(charts.under_water_data, samples),
        how=charts.HOW["under_water"],
    )
    return [deep, long]


def contribution_table(desk: Desk, days: int) -> pd.DataFrame:
    """Asset, weight, parts of expected shortfall in normal and in stress, and alone; the largest part first.

    Only what is held; everything, if nothing is.
    """
    weights, drawn, stressed = desk.weights, desk.drawn(), desk.stress_sample()
    table = pd.DataFrame({"asset": list(desk.market.tickers), "weight": weights})
    table["Normal"] = euler_shortfall(drawn.gains.over[days], weights, desk.level)
    if stressed is not None:
        table["Stress"] = euler_shortfall(stressed.gains.over[days], weights, desk.level)
    table["alone"] = expected_shortfall((stressed or drawn).gains.over[days] * weights, desk.level)
    held = table[table["weight"] != 0] if np.any(weights) else table
    return held.sort_values("Stress" if stressed else "Normal", ascending=False, ignore_index=True)


def contribution_piece(desk: Desk, days: int, *, dark: bool = False) -> Piece:
    """Which position brings how much of expected shortfall."""
    table = contribution_table(desk, days)
    columns = [name for name in ("Normal", "Stress") if name in table]
    main, first = columns[-1], table.iloc[0]
    total = float(table[main].sum())
    title = f"{main}: {first['asset']} brings {percent(first[main] / total, 0)}" if total > 0 else "Gains on balance"
    sums = ", ".join(f"{name.lower()} {percent(float(table[name].sum()))}" for name in columns)
    note = f"Expected shortfall at {confidence(desk.level)} over {desk.market.step.words(days)}: {sums}"
    return Piece(
        key="risk-contributions",
        title=title,
        note=note,
        figure=charts.contributions(table, columns, title, note, dark=dark),
        alt=f"Contribution of each asset to expected shortfall. {note}. {title}.",
        data=table,
        how=charts.HOW["contributions"],
    )


def correlation_pieces(desk: Desk, *, dark: bool = False) -> list[Piece]:
    """Model and history in calm, then in stress."""
    drawn, market = desk.drawn(), desk.market
    pairs: list[tuple[str, Regimes]] = [
        (drawn.label, _regimes(drawn.identity, drawn.scenarios.log_returns, market.step.stretch)),
        ("History", _regimes(market.digest(), market.log_returns(), market.step.stretch)),
    ]
    order = _order(market.digest(), market.log_returns())
    tickers = [market.tickers[asset] for asset in order]
    stretches = "months" if market.step.stretch == market.step.month else "stretches"
    pieces = []
    for days in ("calm", "stress"):
        for label, found in pairs:
            matrix = getattr(found, days)[np.ix_(order, order)]
            mean = float(matrix[np.triu_indices(len(order), 1)].mean()) if len(order) > 1 else 1.0
            title = f"{label}, {days} {stretches}: {mean:.2f} on average"
            note = market.step.words(getattr(found, f"n_{days}"))
            pieces.append(
                Piece(
                    key=f"risk-correlation-{label}-{days}",
                    title=title,
                    note=note,
                    figure=shapes.correlations(matrix, tickers, title, note, dark=dark),
                    alt=f"Correlation matrix. {title}. {note}.",
                    data=pd.DataFrame(matrix, tickers, tickers),
                    how=charts.HOW["correlation"],
                )
            )
    return pieces


def limit_piece(desk: Desk, limit: float, by: int, *, dark: bool = False) -> Piece:
    """Chance that a loss limit is hit on or before each day."""
    n_steps = desk.past_outcomes().n_steps
    on = desk.portfolio.digest()
    curves = [
        (sample.label, sample.kind, _hits(f"{identity}-{on}", limit, block, sample))
        for identity, block, sample in (
            (desk.drawn().identity, 1.0, desk.outcomes(desk.drawn())),
            (desk.market.digest(), float(n_steps + desk.market.step.stretch), desk.past_outcomes()),
            (desk.rival_sample().identity, 1.0, desk.outcomes(desk.rival_sample())),
        )
    ]
    chance = curves[0][2].iloc[by]
    date = desk.drawn().scenarios.dates()[by - 1]
    title = (
        f"{percent_range(chance.estimate, chance.low, chance.high)} lose {percent(limit, 0)} by "
        f"{desk.market.step.unit} {by}"
    )
    note = f"Loses {percent(limit, 0)} ({money(desk, limit)}) at a close on or before {date:%Y-%m-%d}"
    return Piece(
        key="risk-limit",
        title=title,
        note=note,
        figure=charts.limit_curve(curves, title, note, dark=dark),
        alt=f"Chance that the loss limit is hit by each {desk.market.step.unit}. {title}. {note}.",
        data=pd.concat([table.assign(source=source) for source, _, table in curves], ignore_index=True),
        how=charts.HOW["limit"],
    )


def scenario_numbers(desk: Desk) -> tuple[pd.DataFrame, dict[str, NamedPaths], float]:
    """All scenarios with what they cost, the sets behind them, and the value at risk that they are measured by."""
    risk = risk_numbers(desk, sources_at_once(desk))
    at = (risk["measure"] == "VaR") & (risk["level"] == 0.99) & (risk["horizon"] == main_days(desk))
    reference = float(risk[at]["estimate"].iloc[0])
    sets = all_scenarios(desk)
    table = scenario_table(sets, desk.weights, reference, desk.market)
    return table, {one.name: one for one in sets}, reference


def opening_scenario(table: pd.DataFrame) -> str:
    """What is looked at first: the costliest replay with prices of its own, else the ordinary worst share.

    Never the wildest start: what has a precedent comes before what has none.
    """
    replays = table[table["group"] == "Replay"]
    lived = replays[~replays["scenario"].str.endswith(BY_PROXY)]
    ordinary = table[(table["group"] == "Severity") & (table["kind"] == "generated")].iloc[::-1]
    found = next((rows for rows in (lived, ordinary, replays) if len(rows)), table)
    return str(found["scenario"].iloc[0])


def precedented(table: pd.DataFrame) -> pd.DataFrame:
    """The scenarios whose mean loss does not lie beyond what happened to this portfolio in as many days."""
    return table[table["beyond"].isna()]


def scenario_piece(desk: Desk, table: pd.DataFrame, *, chosen: str = "", dark: bool = False) -> Piece:
    """What every scenario costs."""
    within = precedented(table)
    n_beyond, n_ruined = len(table) - len(within), int((table["ruined"] > 0).sum())
    costliest = f"{(within if len(within) else table)['scenario'].iloc[0]} costs most"
    title = f"{costliest} of what has a precedent" if n_beyond and len(within) else costliest
    note = f"Mean losses on {desk.portfolio.name}, each over its own {desk.market.step.nouns}"
    note += f"; hollow: {n_beyond} beyond its past" if n_beyond else ""
    note += "; ruin: paths that lose more than everything" if n_ruined else ""
    return Piece(
        key="risk-scenarios",
        title=title,
        note=note,
        figure=charts.losses_by_scenario(table, title, note, chosen=chosen, dark=dark),
        alt=f"Mean loss of the portfolio in each scenario. {title}. {note}.",
        data=table.assign(worst_asset=[desk.market.tickers[asset] for asset in table["worst_asset"]]),
        how=charts.HOW["scenarios"],
    )


def waterfall_piece(desk: Desk, scenario: NamedPaths, *, marks: str = "", dark: bool = False) -> Piece:
    """Which position brings how much of one scenario's loss; ``marks`` are said with it."""
    brought = waterfall(scenario, desk.weights)
    title = f"{scenario.name}: {percent(float(brought.sum()), sign=True)}"
    note = "; ".join(filter(None, [desk.market.step.words(scenario.n_steps), marks, scenario.note]))
    figure = charts.waterfall(
        brought, desk.market.tickers, title, note, generated=scenario.kind != "history", dark=dark
    )
    return Piece(
        key="risk-waterfall",
        title=title,
        note=note,
        figure=figure,
        alt=f"Profit or loss by asset. {title}. {note}.",
        data=pd.DataFrame({"asset": list(desk.market.tickers), "weight": desk.weights, "brings": brought}),
        how=charts.HOW["waterfall"],
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _regimes(identity: str, _log_returns: ArrayLike, n_days: int) -> Regimes:  # noqa: ARG001 (the key)
    return regimes(_log_returns, n_days=n_days)


@st.cache_data(max_entries=8, show_spinner=False)
def _order(identity: str, _log_returns: Array) -> list[int]:  # noqa: ARG001 (the key)
    return cluster_order(correlation(_log_returns))


@st.cache_data(max_entries=64, show_spinner=False)
def _hits(identity: str, limit: float, mean_block: float, _sample: Outcomes) -> pd.DataFrame:  # noqa: ARG001 (the key)
    return hitting_probability(_sample.values, limit, mean_block=mean_block)


def _as_outcomes(source: Gains, returns: Array) -> Outcomes:
    """Returns alone, for charts of their distribution; a short portfolio may end below nothing."""
    n_paths = len(returns)
    return Outcomes(
        label=source.label,
        kind=source.kind,
        values=np.stack([np.ones(n_paths), 1 + returns], axis=1),
        note=source.note,
        rows=np.arange(n_paths),
        weights=np.ones(n_paths),
    )

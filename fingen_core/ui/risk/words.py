"""The risk page's tables in words, for the page and for the report."""

import numpy as np
import pandas as pd

from fingen_core.charts.theme import loss_words, percent, percent_range
from fingen_core.market import Step
from fingen_core.metrics.risk import max_drawdown, time_under_water
from fingen_core.portfolio.named import NamedPaths
from fingen_core.scenarios.outcomes import Outcomes
from fingen_core.ui.risk import charts
from fingen_core.ui.risk.inputs import Desk

__all__ = [
    "answer",
    "contributions",
    "drawdowns",
    "holding_numbers",
    "holdings",
    "legend",
    "marks",
    "scenarios",
    "tails",
]

_BEYOND, _RUINED = ["beyond", "precedent", "precedent_of"], ["ruined", "drawn"]
_MEASURES = {"VaR": "Value at risk", "ES": "Expected shortfall"}


_MARKS = (
    "Beyond the past: the mean loss lies above the most that this portfolio lost in as many days of history, or in a "
    "replay of no more days; no such loss has been seen, so nothing shows that it is of the right size."
)


def legend(step: Step) -> str:
    """What the marks of scenarios mean, and what their losses are measured by."""
    return step.retold(_MARKS)


def tails(desk: Desk) -> pd.DataFrame:
    """Every measure, level and horizon: one column per source, and the amount of the first."""
    of = charts.sources(desk)
    table = charts.risk_numbers(desk, of)
    length = desk.market.step.nouns.capitalize()
    first, order = of[0].label, [length, "Measure"]
    text = table.assign(
        shown=[_cell(*row) for row in table[["estimate", "low", "high"]].to_numpy()],
        Measure=[f"{_MEASURES[row.measure]}, {charts.confidence(row.level)}" for row in table.itertuples()],
        **{length: table["horizon"]},
    )
    wide = text.pivot_table("shown", order, "source", aggfunc="first", sort=False)[[one.label for one in of]]
    amounts = text[text["source"] == first].set_index(order)["estimate"].reindex(wide.index)
    wide.insert(1, "Amount", [charts.money(desk, value) for value in amounts])
    if desk.benchmark is not None:
        other = charts.risk_numbers(desk, of[:1], benchmark=True)
        shown = [_cell(*row) for row in other[["estimate", "low", "high"]].to_numpy()]
        wide[f"{desk.benchmark.name} (generated)"] = shown
    return wide.reset_index()


def drawdowns(desk: Desk) -> pd.DataFrame:
    """Depth and length of falls by source."""
    return pd.DataFrame([_falls(sample, desk.market.step) for sample in charts.falls(desk)])


def contributions(desk: Desk, days: int) -> pd.DataFrame:
    """Weight and parts of expected shortfall by asset, with amounts."""
    table = charts.contribution_table(desk, days)
    columns = [name for name in ("Normal", "Stress") if name in table]
    return pd.DataFrame(
        {
            "Asset": table["asset"],
            "Weight": [percent(value) for value in table["weight"]],
            **{name: [percent(value, 2) for value in table[name]] for name in columns},
            f"Amount ({columns[-1].lower()})": [charts.money(desk, value) for value in table[columns[-1]]],
            "Alone": [percent(value, 2) for value in table["alone"]],
        }
    )


def scenarios(desk: Desk, table: pd.DataFrame, sets: dict[str, NamedPaths]) -> pd.DataFrame:
    """All scenarios with what they cost; mean losses with the 90 % bands that the effective paths allow."""
    return pd.DataFrame(
        {
            "Scenario": table["scenario"],
            "Kind": table["group"],
            desk.market.step.nouns.capitalize(): table["days"],
            "Mean loss": [_mean_loss(*row) for row in table[["loss", "reach"]].to_numpy()],
            "Beyond the past": [_beyond_words(*row) for row in table[_BEYOND].itertuples(index=False)],
            "Lost more than everything": [_ruined_words(*row) for row in table[_RUINED].itertuples(index=False)],
            "Amount": [charts.money(desk, value) for value in table["loss"]],
            "Worst path": [loss_words(value) for value in table["worst"]],
            "× VaR": [f"{value:.1f}" if np.isfinite(value) else "" for value in table["multiple"]],
            "Hardest hit": [desk.market.tickers[asset] for asset in table["worst_asset"]],
            "Effective paths": [f"{sets[name].n_effective:,.0f}" for name in table["scenario"]],
            "Sample": table["note"],
        }
    )


def marks(table: pd.DataFrame) -> dict[str, str]:
    """What must be said beside each scenario's loss, by name; empty where its loss has a precedent."""
    found = {}
    for row in table.itertuples():
        beyond = _beyond_words(row.beyond, row.precedent, row.precedent_of)
        ruined = _ruined_words(row.ruined, row.drawn)
        told = [beyond and f"beyond the past: {beyond}", ruined and f"lost more than everything: {ruined}"]
        found[row.scenario] = "; ".join(filter(None, told))
    return found


def _beyond_words(beyond: float, precedent: float, precedent_of: str) -> str:
    """How far a mean loss lies beyond what happened in as many days: "1.8 times the worst 21 days of 1999-2022"."""
    if np.isnan(beyond):
        return ""
    if np.isinf(beyond):
        return f"nothing was lost even in {precedent_of}"
    return f"{beyond:.{1 if beyond >= 1.05 else 2}f} times {precedent_of}, {percent(precedent)}"


def _ruined_words(ruined: int, drawn: int) -> str:
    """How many paths lose more than everything: "12 of 250 paths"."""
    return f"{ruined:,} of {drawn:,} path{'s' * (drawn != 1)}" if ruined else ""


def holdings(desk: Desk) -> pd.DataFrame:
    """Weights and amounts of the positions in words, cash last."""
    numbers = holding_numbers(desk)
    return pd.DataFrame(
        {
            "Position": numbers["position"],
            "Weight": [percent(share) for share in numbers["weight"]],
            "Amount": [charts.money(desk, share) for share in numbers["weight"]],
        }
    )


def holding_numbers(desk: Desk) -> pd.DataFrame:
    """Weights as decimals and amounts in the currency of the portfolio, cash last."""
    held = [(ticker, share) for ticker, share in zip(desk.market.tickers, desk.weights, strict=True) if share]
    cash = desk.portfolio.cash if abs(desk.portfolio.cash) > 1e-6 else 0.0
    rows = [*held, ("Cash" if cash >= 0 else "Borrowed", cash)]
    return pd.DataFrame(
        {
            "position": [name for name, _ in rows],
            "weight": [share for _, share in rows],
            "amount": [share * desk.portfolio.value for _, share in rows],
            "currency": desk.portfolio.currency,
        }
    )


def _falls(sample: Outcomes, step: Step) -> dict[str, str]:
    depth, days = max_drawdown(sample.values), time_under_water(sample.values)
    ruined = int((sample.values[:, -1] < 1e-6).sum())
    return {
        "Source": sample.label,
        "Drawdown, median": percent(float(np.median(depth))),
        "1 in 20 exceeds": percent(float(np.quantile(depth, 0.95, method="inverted_cdf"))),
        "Worst": percent(float(depth.max())),
        "Under water, median": f"{np.median(days):.0f} {step.nouns}",
        "1 in 20 at least": f"{np.quantile(days, 0.95, method='inverted_cdf'):.0f} {step.nouns}",
        "Lost everything": f"{ruined:,} of {sample.n_paths:,}",
    }


def _mean_loss(loss: float, reach: float) -> str:
    """A mean loss with its 90 % band, where there is one."""
    if not np.isfinite(reach) or loss < 0:
        return loss_words(loss)
    return percent_range(loss, loss - reach, loss + reach)


def _cell(estimate: float, low: float, high: float) -> str:
    return percent_range(estimate, low, high) if np.isfinite(low) else percent(estimate)


def answer(desk: Desk) -> str:
    """What may be lost over ten days, in percent and in money, history's number beside it, in one sentence."""
    drawn, days = desk.drawn(), charts.main_days(desk)
    table = charts.risk_numbers(desk, charts.sources_at_once(desk))
    at = table[(table["horizon"] == days) & (table["level"] == desk.level)].set_index(["source", "measure"])
    var, es = at.loc[(drawn.label, "VaR")], at.loc[(drawn.label, "ES")]
    told = (
        f"Over {desk.market.step.words(days)} from {drawn.scenarios.start:%Y-%m-%d}, **{desk.portfolio.name}** loses "
        f"**{percent(var.estimate)}, {charts.money(desk, var.estimate)}**, or more in "
        f"1 in {1 / (1 - desk.level):.0f} generated paths, and in these "
        f"**{percent_range(es.estimate, es.low, es.high)}, {charts.money(desk, es.estimate)}**, on average. Over "
        f"history's windows that average is {percent(at.loc[('History', 'ES'), 'estimate'])}"
    )
    if desk.benchmark is not None:
        other = charts.risk_numbers(desk, [drawn.gains], benchmark=True)
        row = other[(other["horizon"] == days) & (other["level"] == desk.level) & (other["measure"] == "ES")].iloc[0]
        told += f"; for {desk.benchmark.name} it would be {percent(row.estimate)} generated"
    return told + "."

"""What is on the risk page as a report, a workbook and tables: the same charts and numbers, in light colors."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from fingen_core import __version__
from fingen_core.charts.theme import percent, retell
from fingen_core.market import spreadsheet
from fingen_core.reports.model_card import card_section, card_tables, weak_points
from fingen_core.reports.report import Chart, Report, Section, Sheet
from fingen_core.reports.validation import QUESTIONS
from fingen_core.reports.workbook import RiskBook
from fingen_core.runs.model_cards import card_of, scores_with_floors, validation_of
from fingen_core.runs.stewardship import Stewardship
from fingen_core.scenarios.saved import paths_digest
from fingen_core.settings import commit
from fingen_core.ui.risk import charts, words
from fingen_core.ui.risk.inputs import Desk
from fingen_core.ui.session import audit, state

__all__ = ["CARD", "PARTS", "book_of", "csv_tables", "facts_of", "report_of"]

CARD = "Model card"


def report_of(desk: Desk, told: str, parts: Sequence[str], stewardship: Stewardship, purpose: str = "") -> Report:
    """The report with the chosen parts, in the order of ``PARTS``; ``purpose`` is what it is for."""
    store = state.store()
    card, validation = card_of(desk.source, store, desk.market), validation_of(desk.source, store)
    sections = [PARTS[name](desk) for name in PARTS if name in parts]
    if CARD in parts:
        sections.append(card_section(card, stewardship, scores_with_floors(validation), weak_points(validation)))
    return Report(
        title=f"Risk of {desk.portfolio.name}",
        answer=told,
        about=_about(desk, stewardship, purpose),
        lights=_lights(card),
        facts=facts_of(desk),
        sections=sections,
    )


def _about(desk: Desk, stewardship: Stewardship, purpose: str) -> dict[str, str]:
    """The first page: what for, when, who answers, and what was measured, each in a few words."""
    market, drawn = desk.market, desk.drawn().scenarios
    return {
        "What for": purpose or "not said",
        "Date": f"{datetime.now(UTC):%Y-%m-%d}",
        "Owner of the model": stewardship.owner or "not named",
        "Made by": audit.who(),
        "Portfolio": f"{desk.portfolio.name}, {charts.money(desk, 1)}",
        "Market": f"{market.name}, {market.n_assets} assets, {market.dates[0]:%Y-%m-%d} to {market.dates[-1]:%Y-%m-%d}",
        "Model": f"{desk.label}, {stewardship.status}",
        "Paths": f"{drawn.n_paths:,} from {drawn.start:%Y-%m-%d}, seed {drawn.seed}",
        **({"Not in it": desk.portfolio.left_out.words(desk.portfolio.currency)} if desk.portfolio.left_out else {}),
    }


def _lights(card: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What validation knows of the model: question, color and sentence; empty if nothing."""
    lights = card.get("validation") or ()
    return [(QUESTIONS[one["question"]], one["color"], one["sentence"].replace("**", "")) for one in lights]


def book_of(desk: Desk, parts: Sequence[str], stewardship: Stewardship, purpose: str = "") -> RiskBook:
    """The workbook's numbers; the model card is a part of it where it was chosen."""
    of, store = charts.sources(desk), state.store()
    compared, sets, _ = charts.scenario_numbers(desk)
    card, validation = card_of(desk.source, store, desk.market), validation_of(desk.source, store)
    tables = {}
    if CARD in parts:
        tables = card_tables(card, stewardship, scores_with_floors(validation), weak_points(validation))
    return RiskBook(
        portfolio=desk.portfolio,
        tickers=desk.market.tickers,
        weights=desk.weights,
        level=desk.level,
        sources=of,
        table=charts.risk_numbers(desk, of),
        contributions=charts.contribution_table(desk, charts.one_horizon(desk)),
        scenarios=[sets[name] for name in compared["scenario"]],  # the costliest first
        marks=words.marks(compared),
        outcomes=charts.falls(desk),
        step=desk.market.step,
        about=_about(desk, stewardship, purpose),
        lights=_lights(card),
        facts=facts_of(desk),
        card=tables,
    )


def csv_tables(desk: Desk) -> bytes:
    """Every table as CSV in one zip: raw decimals, losses positive."""
    table = charts.scenario_numbers(desk)[0]
    named = {
        "tail-risk": charts.risk_numbers(desk, charts.sources(desk)),
        "contributions": charts.contribution_table(desk, charts.one_horizon(desk)),
        "scenarios": table.assign(worst_asset=[desk.market.tickers[asset] for asset in table["worst_asset"]]),
        "loss-limit": _limit(desk).data,
        "holdings": words.holding_numbers(desk),
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, frame in named.items():
            archive.writestr(f"{name}.csv", spreadsheet.to_csv(frame() if callable(frame) else frame))
        about = pd.DataFrame(list(facts_of(desk).items()), columns=["what", "value"])
        archive.writestr("about.csv", spreadsheet.to_csv(about))
    return target.getvalue()


def facts_of(desk: Desk) -> dict[str, str]:
    """Everything that makes the numbers repeatable."""
    drawn, market, portfolio = desk.drawn(), desk.market, desk.portfolio
    request = desk.request(desk.source, desk.start)
    return {
        "Portfolio": f"{portfolio.name}, {charts.money(desk, 1)}, digest {portfolio.digest()}. "
        f"{portfolio.about(market.source.currencies)}",
        "Benchmark": desk.benchmark.name if desk.benchmark else "none",
        "Market": f"{market.name}, {market.n_assets} assets, {market.dates[0]:%Y-%m-%d} to "
        f"{market.dates[-1]:%Y-%m-%d}, digest {market.digest()}",
        "Prices": f"{market.source.kind}: {market.source.detail}. {market.source.note}",
        "Drawn by": f"{desk.label} ({desk.source}), beside {desk.rival_sample().label} and history",
        "Start": f"{drawn.scenarios.start:%Y-%m-%d}",
        "Paths": f"{request.n_paths:,} of {market.step.words(request.n_steps)}, seed {request.seed}, digest "
        f"{paths_digest(drawn.scenarios)}",
        "Stress state": f"{desk.stress.name}, {desk.stress_day:%Y-%m-%d}"
        if desk.stress and desk.stress_day
        else "none",
        "Level": charts.confidence(desk.level),
        "Bands": "90 %, bootstrap; history in blocks of the horizon and a month",
        "Code": " ".join(filter(None, [__version__, commit()])),
        "Made": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC by {audit.who()}",
    }


def _tails(desk: Desk) -> Section:
    table = words.tails(desk)
    return Section(
        title="Tail risk",
        lead="What is lost in the worst outcomes, from the model, from history and from a classical rival.",
        charts=_charts(desk, charts.tail_pieces(desk)),
        sheets=[Sheet(title="All levels and horizons", frame=table, numeric=tuple(table.columns[2:]))],
    )


def _distribution(desk: Desk) -> Section:
    return Section(
        title="Distribution",
        charts=_charts(desk, [charts.distribution_piece(desk, charts.one_horizon(desk))]),
    )


def _drawdowns(desk: Desk) -> Section:
    return Section(
        title="Drawdowns",
        charts=_charts(desk, charts.drawdown_pieces(desk)),
        sheets=[Sheet(title="Depth and length by source", frame=words.drawdowns(desk))],
    )


def _contributions(desk: Desk) -> Section:
    table = words.contributions(desk, charts.one_horizon(desk))
    return Section(
        title="Contributions",
        lead="Which position brings how much of expected shortfall, in normal and in stress.",
        charts=_charts(desk, [charts.contribution_piece(desk, charts.one_horizon(desk))]),
        sheets=[Sheet(title="By asset", frame=table, numeric=tuple(table.columns[1:]))],
    )


def _correlation(desk: Desk) -> Section:
    return Section(title="Correlation", charts=_charts(desk, charts.correlation_pieces(desk)))


def _loss_limit(desk: Desk) -> Section:
    return Section(title="Loss limit", charts=_charts(desk, [_limit(desk)]))


def _scenarios(desk: Desk) -> Section:
    table, sets, reference = charts.scenario_numbers(desk)
    chosen = st.session_state.get(f"risk_scenario_{desk.portfolio.digest()}")
    picked = chosen if chosen in sets else charts.opening_scenario(table)
    marked = charts.waterfall_piece(desk, sets[picked], marks=words.marks(table)[picked])
    shown = words.scenarios(desk, table, sets)
    shown = shown.loc[:, (shown != "").any()]  # marks that no scenario has need no room
    numeric = (desk.market.step.nouns.capitalize(), "Mean loss", "Amount", "Worst path", "× VaR", "Effective paths")
    return Section(
        title="Scenarios",
        lead=f"All kinds side by side; × VaR counts generated {charts.main_span(desk)} values at risk at 99 %, "
        f"{percent(reference)}. In brackets the 90 % band of the mean, by the effective paths. "
        f"{words.legend(desk.market.step)}",
        charts=_charts(desk, [charts.scenario_piece(desk, table), marked]),
        sheets=[Sheet(title="All scenarios", frame=shown, numeric=numeric)],
    )


def _holdings(desk: Desk) -> Section:
    sheet = Sheet(title="", frame=words.holdings(desk), numeric=("Weight", "Amount"))
    return Section(title="Portfolio", lead=desk.portfolio.about(desk.market.source.currencies), sheets=[sheet])


def _charts(desk: Desk, pieces: Sequence[charts.Piece]) -> list[Chart]:
    step = desk.market.step
    return [Chart(name=piece.key, figure=retell(piece.figure, step), how=step.retold(piece.how)) for piece in pieces]


def _limit(desk: Desk) -> charts.Piece:
    n_steps, step = desk.past_outcomes().n_steps, desk.market.step
    limit, by = st.session_state.get("risk_limit", 10), st.session_state.get(f"risk_by_{step.unit}", step.month)
    return charts.limit_piece(desk, limit / 100, min(by, n_steps))


PARTS: dict[str, Callable[[Desk], Section]] = {
    "Tail risk": _tails,
    "Portfolio": _holdings,
    "Distribution": _distribution,
    "Drawdowns": _drawdowns,
    "Contributions": _contributions,
    "Correlation": _correlation,
    "Loss limit": _loss_limit,
    "Scenarios": _scenarios,
}
"""What a report may hold; the model card follows them."""

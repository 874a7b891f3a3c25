"""The risk page's answers: one sentence, then the view that is looked at; only that one is computed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from fingen_core.charts.theme import percent
from fingen_core.ui.kit import show
from fingen_core.ui.risk import charts, report_dialog, words
from fingen_core.ui.risk.inputs import Desk
from fingen_core.ui.risk.words import answer
from fingen_core.ui.search import kept
from fingen_core.ui.session import saved_links, state

__all__ = ["VIEWS", "headline", "view"]


def headline(desk: Desk) -> None:
    """The answer, and beside it buttons that save and report it."""
    told, drawn, requests = answer(desk), desk.drawn(), [desk.request(desk.source, desk.start)]
    said, save, report = st.columns([6.4, 1, 1.1], gap="small", vertical_alignment="center")
    said.markdown(told)
    left_out = desk.portfolio.left_out
    if left_out is not None:
        said.markdown(f":material/visibility_off: {show.plain(left_out.words(desk.portfolio.currency))}")
    about = replace(desk.portfolio, left_out=None).about(desk.market.source.currencies)
    if about:
        said.caption(f"Worth {charts.money(desk, 1)}. {show.plain(about)}")
    with save:
        saved_links.offer(
            "pages/risk/portfolio.py",
            desk.market,
            desk.portfolio,
            requests=requests,
            draw=lambda: [drawn.scenarios],
            headline=told,
        )
    with report:
        report_dialog.offer(desk, told)
    saved_links.opened(requests, [drawn.scenarios])


def view(desk: Desk) -> None:
    """The control that chooses what to look at, and what was chosen."""
    VIEWS[show.look_at(VIEWS, "Tail risk", "risk_view")](desk)


def _tail_risk(desk: Desk) -> None:
    with st.skeleton(420):
        pieces = charts.tail_pieces(desk, dark=state.dark())
    _side_by_side(pieces)
    st.dataframe(
        words.tails(desk),
        hide_index=True,
        height=318,
        key="risk_table",
        column_config={
            desk.market.step.nouns.capitalize(): st.column_config.NumberColumn(width=60),
            "Measure": st.column_config.Column(width=210),
        },
        alt="Value at risk and expected shortfall by horizon, level and source, with 90 % bands",
    )
    show.download(pieces[0].data, "portfolio-tail-risk", label="All numbers", kind="tertiary")


def _distribution(desk: Desk) -> None:
    charts.draw(charts.distribution_piece(desk, _horizon(desk), dark=state.dark()))


def _drawdowns(desk: Desk) -> None:
    _side_by_side(charts.drawdown_pieces(desk, dark=state.dark()))
    table = words.drawdowns(desk)
    st.table(table.set_index("Source"), border="horizontal", alt="Drawdown and time under water by source")
    show.download(table, "portfolio-drawdowns", label="Data", kind="tertiary")


def _contributions(desk: Desk) -> None:
    days = _horizon(desk)
    piece = charts.contribution_piece(desk, days, dark=state.dark())
    charts.draw(piece)
    if desk.stress is not None and desk.stress_day is not None:
        step = desk.market.step
        st.caption(
            f"Normal: {desk.note(desk.drawn())}. Stress: the same model from {desk.stress_day:%Y-%m-%d}, the wildest "
            f"{step.noun} of {desk.stress.name}. From the worst {step.nouns} of history the model's tails are very "
            f"wide."
        )
    st.dataframe(
        words.contributions(desk, days),
        hide_index=True,
        key="risk_contribution_table",
        alt="Contributions by asset",
    )
    show.download(piece.data, "portfolio-contributions", label="Data", kind="tertiary")


def _correlation(desk: Desk) -> None:
    pieces = charts.correlation_pieces(desk, dark=state.dark())
    _side_by_side(pieces[:2])
    _side_by_side(pieces[2:])


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
    n_steps = desk.past_outcomes().n_steps
    step = desk.market.step
    by = right.slider(
        f"By {step.unit}", 1, n_steps, min(step.month, n_steps), key=f"risk_by_{step.unit}", bind="query-params"
    )
    charts.draw(charts.limit_piece(desk, limit / 100, by, dark=state.dark()))


def _scenarios(desk: Desk) -> None:
    with st.skeleton(420):
        table, sets, reference = charts.scenario_numbers(desk)
    names = list(table["scenario"])
    chosen = st.selectbox(
        "Losses by asset of",
        names,
        index=names.index(charts.opening_scenario(table)),
        key=f"risk_scenario_{desk.portfolio.digest()}",
    )
    _side_by_side(
        [
            charts.scenario_piece(desk, table, chosen=chosen, dark=state.dark()),
            charts.waterfall_piece(desk, sets[chosen], marks=words.marks(table)[chosen], dark=state.dark()),
        ]
    )
    shown = words.scenarios(desk, table, sets)
    length = desk.market.step.nouns.capitalize()
    widths = {length: 55, "Mean loss": 140, "Beyond the past": 325 if table["beyond"].notna().any() else 130}
    st.dataframe(
        shown,
        hide_index=True,
        key="risk_scenario_table",
        column_config={name: st.column_config.Column(width=width) for name, width in widths.items()},
        alt="All scenarios with their losses",
    )
    st.caption(
        f"× VaR: multiples of the generated {charts.main_span(desk)} value at risk at 99 %, {percent(reference)}. "
        f"In brackets the 90 % band of the mean, by the effective paths. {words.legend(desk.market.step)}"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        show.download(table, "portfolio-scenarios", label="Data", kind="tertiary")
        if kept.kept(desk.market):
            st.button(
                "Take out what was added",
                icon=":material/playlist_remove:",
                type="tertiary",
                key="risk_forget",
                on_click=kept.forget,
            )
        st.page_link("pages/stress/what_if.py", label="Add a what-if", icon=":material/playlist_add:")
        st.page_link("pages/stress/reverse.py", label="Add a reverse stress", icon=":material/playlist_add:")


def _side_by_side(pieces: list[charts.Piece]) -> None:
    for column, piece in zip(st.columns(2, gap="medium"), pieces, strict=True):
        with column:
            charts.draw(piece)


def _horizon(desk: Desk) -> int:
    known = list(desk.drawn().gains.over)
    month = desk.market.step.month
    days: Any = st.segmented_control(
        "Over",
        known,
        default=month if month in known else known[-1],
        required=True,
        format_func=desk.market.step.words,
        key="risk_days",
        bind="query-params",
        label_visibility="collapsed",
    )
    return int(days)


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

"""Look at prices before they become the market: what they did, what is wrong with them, and the one next step."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fingen_core.charts import market as charts
from fingen_core.errors import FinGenError
from fingen_core.market import Market, Step, step_of
from fingen_core.market.quality import Finding, QualityReport, Remedy, quality_report
from fingen_core.market.quality.remedies import possible, tidy
from fingen_core.market.returns import PRICES, Kind
from fingen_core.market.step import DAILY
from fingen_core.training.enough import too_short
from fingen_core.ui.kit import show
from fingen_core.ui.market.choices import choices_of, choose
from fingen_core.ui.session import state
from fingen_core.ui.upload.candidate import Candidate

__all__ = ["findings", "history", "report", "verdict"]

TRAIN = "pages/model/train.py"
VIEWS = {"prices": "Prices", "drawdowns": "Drawdowns", "returns": "Returns", "correlations": "Correlations"}
_DRAWN = 3
"""Fewest common dates of which a chart shows anything."""

MARKS = {"error": "✕ must be mended", "warning": "▲ look at it", "info": "· good to know"}


def report(candidate: Candidate) -> QualityReport:
    """What is wrong with the prices; once its remedies are applied, with what they left."""
    first = _first_report(candidate)
    if st.session_state.get("market_mended") == candidate.key:
        kept = dict.fromkeys(first.accepted, "keep")
        return _report(f"{candidate.key}:mended:{first.remedies}", PRICES, tuple(kept.items()), first.prices)
    return first


def _first_report(candidate: Candidate) -> QualityReport:
    """What is wrong with the numbers as they came, with what somebody chose to do about it."""
    choices = dict.fromkeys(candidate.source.accepted, "keep") | choices_of(candidate)
    return _report(candidate.key, candidate.kind, tuple(choices.items()), candidate.values)


@st.cache_resource(max_entries=12, show_spinner=False)
def _report(
    key: str,  # noqa: ARG001 (what the cache goes by)
    kind: Kind,
    choices: tuple[tuple[str, str], ...],
    _values: pd.DataFrame,
) -> QualityReport:
    return quality_report(_values, kind, dict(choices))


def history(candidate: Candidate, found: QualityReport) -> None:
    """The chart: prices, drawdowns, returns or correlations."""
    prices = _shown(candidate, found)
    if len(prices.dropna()) < _DRAWN:
        st.info("There are too few common dates to draw. See the quality report below.", icon=":material/info:")
        return
    tools = st.container(horizontal=True, vertical_alignment="center", key="market_tools")
    view = str(
        tools.segmented_control(
            "View",
            list(VIEWS),
            format_func=VIEWS.__getitem__,
            default="prices",
            required=True,
            key="market_view",
            label_visibility="collapsed",
            persist_state="session",
        )
    )
    log = True
    if view == "prices":
        log = tools.toggle("Log axis", value=True, key="market_log", persist_state="session")
    chosen: list[str] = []
    if view in ("prices", "drawdowns") and prices.shape[1] > 1:
        chosen = tools.multiselect(
            "Highlight",
            list(prices.columns),
            key="market_highlight",
            max_selections=4,
            placeholder="Highlight assets",
            label_visibility="collapsed",
            width=260,
        )
    figure = _figure(f"{candidate.key}:{found.clean}", view, log, tuple(chosen), state.dark(), prices)
    step = step_of(pd.DatetimeIndex(prices.index)) if len(prices) > 1 else DAILY
    show.chart(
        figure, _alt(view, candidate), f"market-{view}", data=_table(view, prices), how=_how(view, step), step=step
    )


@st.cache_resource(max_entries=24, show_spinner=False)
def _figure(
    key: str,  # noqa: ARG001 (what the cache goes by)
    view: str,
    log: bool,
    highlight: tuple[str, ...],
    dark: bool,
    _prices: pd.DataFrame,
) -> go.Figure:
    draw: dict[str, Callable[[], go.Figure]] = {
        "prices": lambda: charts.prices(_prices, log=log, highlight=highlight, dark=dark),
        "drawdowns": lambda: charts.drawdowns(_prices, highlight=highlight, dark=dark),
        "returns": lambda: charts.returns(_prices, dark=dark),
        "correlations": lambda: charts.correlations(_prices, dark=dark),
    }
    return draw[view]()


def _table(view: str, prices: pd.DataFrame) -> pd.DataFrame:
    """What the chart shows, every day of it."""
    tables: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "prices": charts.rebased_table,
        "drawdowns": charts.drawdown_table,
        "returns": charts.return_table,
        "correlations": charts.correlation_table,
    }
    return tables[view](prices)


def _how(view: str, step: Step) -> str:
    """The explanation, with the length of the stretch over which volatility is looked at."""
    return charts.HOW[view].replace("21", f"{step.stretch}") if view == "returns" else charts.HOW[view]


def _alt(view: str, candidate: Candidate) -> str:
    what = {
        "prices": "Prices rebased to 100",
        "drawdowns": "Drawdowns from the last high",
        "returns": "Daily returns with their volatility",
        "correlations": "Correlations of daily returns",
    }[view]
    return f"{what} of {candidate.name}" + ("." if view == "correlations" else ", stress episodes shaded.")


def _shown(candidate: Candidate, found: QualityReport) -> pd.DataFrame:
    """The prices as they came until their remedies are applied; what those leave where nothing is common to all."""
    if not found.remedies:
        return found.prices
    came = _drawable(candidate.key, candidate.kind, candidate.values)
    return came if len(came.dropna()) >= _DRAWN else found.prices


@st.cache_resource(max_entries=4, show_spinner=False)
def _drawable(key: str, kind: Kind, _values: pd.DataFrame) -> pd.DataFrame:  # noqa: ARG001 (what the cache goes by)
    """Prices with faults, as far as they can be drawn."""
    numbers = tidy(_values).apply(pd.to_numeric, errors="coerce")
    numbers = numbers[numbers.index.notna()].sort_index()
    numbers = numbers.loc[~numbers.index.duplicated(keep="last"), ~numbers.columns.duplicated()]
    prices = kind.prices(numbers.apply(possible, kind=kind))
    return prices.dropna(axis=1, how="all")


def verdict(candidate: Candidate, found: QualityReport) -> None:
    """One card: what this is, whether it is fit to learn from, and the next step as a button."""
    with st.container(border=True, key="market_verdict"):
        st.markdown(f"**{candidate.name}**  \n{_span(_shown(candidate, found))}")
        st.caption(" · ".join(filter(None, [candidate.source.detail, candidate.source.note])))
        if found.remedies:
            _mend(candidate, found)
        elif not found.usable:
            st.markdown(":material/block: **Not usable**")
            st.markdown(next(f.text for f in found.findings if f.severity == "error"))
        else:
            _use(candidate, found)
        if st.session_state.get("market_mended") != candidate.key:
            choose(candidate, found)


def _span(prices: pd.DataFrame) -> str:
    if prices.empty:
        return "no prices"
    assets = "1 asset" if prices.shape[1] == 1 else f"{prices.shape[1]:,} assets"
    first, last = prices.index[0], prices.index[-1]
    return f"{assets} · {len(prices):,} dates  \n{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _mend(candidate: Candidate, found: QualityReport) -> None:
    labels = [show.plain(_told(remedy)) for remedy in found.remedies]
    shown = "\n".join(f"- {label}" for label in labels[:6]) + (f"\n- and {len(labels) - 6} more" if labels[6:] else "")
    st.markdown(f":material/healing: **{_things(len(labels))} to mend**\n{shown}")
    st.button(
        "Apply the remedy" if len(labels) == 1 else f"Apply {len(labels)} remedies",
        type="primary",
        icon=":material/healing:",
        key="market_mend",
        width="stretch",
        on_click=_apply,
        args=(candidate.key,),
        disabled=not found.usable,
        help="Your file or the store is not changed; the prices used here are.",
    )
    if not found.usable:
        st.markdown(f":material/block: {next(f.text for f in reversed(found.findings) if f.severity == 'error')}")


def _things(number: int) -> str:
    return "1 thing" if number == 1 else f"{number} things"


def _apply(key: str) -> None:
    st.session_state["market_mended"] = key


def _use(candidate: Candidate, found: QualityReport) -> None:
    warnings = found.count("warning")
    looked = f"; {_things(warnings)} to look at below" if warnings else ""
    market = Market(found.prices, replace(candidate.source, accepted=found.accepted), candidate.name)
    short = too_short(market)  # good prices all the same: classical generators draw from them
    st.markdown(f":material/verified: **{'Fit to use' if short else 'Fit to learn from'}**{looked}")
    if short:
        st.caption(short)
    if st.session_state.get("market_mended") == candidate.key:
        st.button("Undo the remedies", icon=":material/undo:", key="market_undo", on_click=_apply, args=("",))
    now = state.market()
    same = (market.source.currencies, market.source.accepted) == (now.source.currencies, now.source.accepted)
    if market.digest() == now.digest() and same:
        st.markdown(":material/check_circle: In use on every page")
        if st.button(
            "Continue to Train", type="primary", icon=":material/arrow_forward:", key="market_train", width="stretch"
        ):
            show.go_to(TRAIN)
        return
    st.button(
        "Use this market",
        type="primary",
        icon=":material/check:",
        key="market_use",
        width="stretch",
        on_click=_take,
        args=(market,),
    )


def _take(market: Market) -> None:
    try:
        state.set_market(market)
    except (FinGenError, OSError) as problem:
        st.session_state["market_problem"] = f"The market could not be saved: {problem}"


def findings(candidate: Candidate, found: QualityReport) -> None:
    """The quality report as a table, the gravest first, and the faults of a file by row and column."""
    st.subheader("Quality report", anchor=False)
    if candidate.notes and st.session_state.get("market_mended") != candidate.key:
        st.markdown("\n".join(f"- {show.plain(note)}" for note in candidate.notes[:8]))
        if len(candidate.notes) > 8:
            st.caption(f"and at least {len(candidate.notes) - 8} more")
    rows = sorted(found.findings[1:], key=lambda finding: ("error", "warning", "info").index(finding.severity))
    if not rows:
        st.markdown("Nothing found: no gaps, stale prices, jumps, rounding or repetitions.")
        return
    st.table(_finding_table(rows))


def _finding_table(rows: list[Finding]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Severity": [MARKS[finding.severity] for finding in rows],
            "Asset": [finding.ticker or "all" for finding in rows],
            "What was found": [finding.text for finding in rows],
            "Remedy": [_told(finding.remedy) for finding in rows],
        }
    ).set_index("Severity")


def _told(remedy: Remedy | None) -> str:
    """A remedy with what it costs the other assets."""
    if remedy is None or remedy.action == "drop column" or not remedy.cost:
        return remedy.label if remedy else ""
    return f"{remedy.label}: {remedy.cost}"

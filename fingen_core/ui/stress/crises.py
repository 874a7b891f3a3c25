"""The Crises page: named crises on today's holdings, and shocks of one factor."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts import risk
from fingen_core.charts import stress as charts
from fingen_core.charts.theme import loss_words, number, percent
from fingen_core.errors import InvalidInput
from fingen_core.market import Market, crises, sp500_index
from fingen_core.market.step import Step
from fingen_core.scenarios.conditions import percent_words
from fingen_core.scenarios.replay import FEWEST_PATHS, Replay, Shock, factor_shock, replay
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.scenarios.search.sentences import TOLERANCE
from fingen_core.scenarios.search.subjects import Subject
from fingen_core.types import Array
from fingen_core.ui.kit import show
from fingen_core.ui.request import model_wanted, samples, sources
from fingen_core.ui.request.subject import tell_left_out, what
from fingen_core.ui.session import state
from fingen_core.ui.stress.what_if import known_subjects

__all__ = ["crises_view", "holdings", "shock_view"]

_N_PATHS = 10_000


def holdings(market: Market) -> tuple[str, Array]:
    """The control for what is held."""
    with st.columns([3, 5])[0]:
        subject = what(market, "on")
    tell_left_out(subject)
    return subject, samples.weights(market.tickers, subject)


def crises_view(market: Market, subject: str, weights: Array) -> None:
    """All crises side by side, and one of them taken apart."""
    lived, missing = _replays(market.digest(), subject, market, weights)
    if not lived:
        st.info(f"No crisis can be replayed: {missing[0]}", icon=":material/info:")
        return
    worst = max(lived, key=lambda one: one.loss)
    st.markdown(
        f"Worst of {len(lived)}: **{worst.crisis.name}** would have {_cost(subject, worst.loss)} (the S&P 500 "
        f"moved {_index_words(worst)})."
    )
    left, right = st.columns(2, gap="medium")
    proxied = [bool(one.proxied) for one in lived]
    with left:
        by = f", {market.step.adjective} closes around them" if any(one.is_wider for one in lived) else ""
        note = f"{len(lived)} crises, eve to trough{by}" + (
            "; open bars by beta to the S&P 500" if any(proxied) else ""
        )
        show.chart(
            charts.crises_bars(
                [one.crisis.name for one in lived],
                [one.loss for one in lived],
                proxied,
                "What each crisis would have cost",
                note,
                dark=state.dark(),
            ),
            f"Loss of {samples.measured(subject)} in each named crisis.",
            "replay-crises",
            data=_table(lived),
            how=charts.HOW["crises"],
        )
    with right:
        _one(market, lived, worst)
    for reason in missing:
        st.caption(f"Left out: {reason}")


def _cost(subject: str, loss: float) -> str:
    """ "cost my book **12.1 %**", or what it would have brought."""
    return f"{'cost' if loss >= 0 else 'brought'} {samples.measured(subject)} **{loss_words(loss)}**"


def _days(one: Replay, step: Step) -> str:
    """From the first to the last close, and the crisis's own days where these are others."""
    days = f"{one.dates[0]:%Y-%m-%d} to {one.dates[-1]:%Y-%m-%d}"
    if not one.is_wider:
        return days
    own = f"{one.crisis.start:%Y-%m-%d} to {one.crisis.end:%Y-%m-%d}"
    return f"By {step.adjective} closes {days}, the crisis {own}"


def _index_words(one: Replay) -> str:
    """ "−12.4 %": over the closes of the replay, or by its days where the index has none of those."""
    if not np.isfinite(one.index_move):
        return f"{percent_words(one.crisis.fall)} by days, from its own eve to its trough"
    return percent_words(round(one.index_move, 3)) + (" between the same closes" if one.is_wider else "")


def _one(market: Market, lived: list[Replay], worst: Replay) -> None:
    names = [one.crisis.name for one in lived]
    picked = st.selectbox("Taken apart", names, index=names.index(worst.crisis.name), key="crisis", bind="query-params")
    one = lived[names.index(picked)]
    days = _days(one, market.step)
    show.chart(
        risk.waterfall(
            one.contributions,
            market.tickers,
            f"{picked}: {percent_words(round(-one.loss, 3))} in {market.step.words(one.n_steps)}",
            f"{days}; each position's part of the value on the eve",
            generated=False,
            dark=state.dark(),
        ),
        f"Contributions of the assets to the loss in {picked}.",
        f"replay-{picked}",
        data=pd.DataFrame(
            {
                "asset": market.tickers,
                "return": one.moves,
                "contribution": one.contributions,
                "beta": one.betas,
                "proxied": [ticker in one.proxied for ticker in market.tickers],
            }
        ),
        how=risk.HOW["waterfall"],
    )
    st.caption(f"{one.crisis.line}. S&P 500: {_index_words(one)}. {one.crisis.source}.")
    if one.proxied:
        st.warning(
            f"By proxy: {market.name} has no prices of that time, so {', '.join(one.proxied[:6])}"
            f"{' and others' if len(one.proxied) > 6 else ''} move by their beta to the S&P 500 "
            f"({np.nanmin(one.betas):.2f} to {np.nanmax(one.betas):.2f}).",
            icon=":material/approval_delegation:",
        )


@st.cache_resource(max_entries=16, show_spinner=False)
def _replays(
    digest: str,  # noqa: ARG001 (the key)
    subject: str,  # noqa: ARG001 (the key)
    _market: Market,
    _weights: Array,
) -> tuple[list[Replay], list[str]]:
    lived, missing = list[Replay](), dict[str, list[str]]()
    for crisis in crises():
        try:
            lived.append(replay(_market, _weights, crisis, sp500_index()))
        except InvalidInput as problem:
            missing.setdefault(str(problem), []).append(crisis.name)
    return lived, [f"{', '.join(names)}: {reason}" for reason, names in missing.items()]


def _table(lived: list[Replay]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "crisis": [one.crisis.name for one in lived],
            "eve": [f"{one.dates[0]:%Y-%m-%d}" for one in lived],
            "trough": [f"{one.dates[-1]:%Y-%m-%d}" for one in lived],
            "loss": [one.loss for one in lived],
            "sp500": [one.index_move for one in lived],
            "by proxy": [bool(one.proxied) for one in lived],
        }
    )


def shock_view(market: Market, subject: str, weights: Array, models: Mapping[str, str]) -> None:
    """One factor moves: what everything else does on average, by beta and by the model's paths."""
    known = known_subjects(market.digest(), market)
    who, far, length = st.columns([2, 2, 2], gap="small")
    name = who.selectbox(
        "Factor",
        list(known),
        index=_other(known, weights),
        key="factor",
        bind="query-params",
        help="An index, a group, or a single asset.",
    )
    move = (
        far.number_input("Moves by, %", -60.0, 60.0, -10.0, 1.0, format="%.1f", key="move", bind="query-params") / 100
    )
    lengths = sources.horizons(market, "week", "fortnight", "month", "quarter")
    usual = market.step.steps("fortnight")
    n_days = length.selectbox(
        "Within",
        lengths,
        index=lengths.index(usual) if usual in lengths else 0,
        format_func=market.step.words,
        key="within",
        bind="query-params",
    )
    within = market.step.words(int(n_days))
    if not models:
        model_wanted.tell(market, "Shocks need its paths.")
        return
    current = f"run:{state.run_id()}"
    source = current if current in models else next(iter(models))
    label = models[source]
    request = SampleRequest(source=source, n_paths=_N_PATHS, n_steps=int(n_days), market_digest=market.digest())
    with st.skeleton(420):
        shock = _shock(samples.identity(request), name, move, request, market)
    by_beta, by_model = float(weights @ shock.table["by_beta"].to_numpy()), shock.mean_of(weights)
    exact = f"{name} {move * 100:+g} % in {within}"
    said = (
        f"**{percent(by_model[0], sign=True)}** ({percent(by_model[1], sign=True)} to "
        f"{percent(by_model[2], sign=True)}) by {label}, the mean of the {number(shock.n_paths)} of {_N_PATHS:,} plain "
        f"paths that move about as far (in brackets its 90 % band)"
        if np.isfinite(by_model[0])
        else f"by {label} it cannot be said from {number(shock.n_paths)} of {_N_PATHS:,} paths"
    )
    st.markdown(
        f"{name} {percent_words(move)} in {within} moves {samples.measured(subject)} by "
        f"**{percent(by_beta, sign=True)}** by beta; {said}. A quick look: *Ask exactly* searches for paths within "
        f"{percent(TOLERANCE, 0)} of that move, and that mean is the one to quote."
    )
    note = (
        f"{label}: {number(shock.n_paths)} of {_N_PATHS:,} paths within {percent(shock.width)} of it, from the "
        f"last {market.step.noun}, seed 0"
    )
    show.chart(
        charts.shock_chart(shock.table, f"{name} {percent_words(move)}: what moves with it", note, dark=state.dark()),
        f"Mean returns of the assets when {name} moves {percent_words(move)} in {within}.",
        "shock",
        data=shock.table,
        how=charts.HOW["shock"],
    )
    if shock.n_paths < FEWEST_PATHS:
        st.info(
            f"Only {shock.n_paths} plain paths move that far, too few for a mean (least {FEWEST_PATHS}): ask it as a "
            "what-if, which searches for such paths.",
            icon=":material/search:",
        )
    if st.button("Ask exactly", icon=":material/alt_route:", help="Paths that satisfy it, with their probability."):
        show.go_to("pages/stress/what_if.py", {"q": exact, "on": st.session_state["on"], "model": label})


def _other(known: Mapping[str, Subject], weights: Array) -> int:
    """The first factor that is not what is held: a portfolio that moves itself says nothing."""
    others = (at for at, one in enumerate(known.values()) if not np.allclose(one.weights, weights))
    return next(others, 0)


@st.cache_resource(max_entries=16, show_spinner=False)
def _shock(digest: str, name: str, move: float, _request: SampleRequest, _market: Market) -> Shock:  # noqa: ARG001
    paths = samples.draw(_request).log_returns
    factor = known_subjects(_market.digest(), _market)[name].weights
    return factor_shock(_market, paths, factor, move, _request.n_steps)

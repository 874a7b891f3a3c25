"""How much of the best backtest is the search for it: all trials of this session, judged together."""

import pandas as pd
import streamlit as st

from fingen_core.backtests.overfitting import DeflatedSharpe, deflated_sharpe, overfitting, superiority
from fingen_core.charts import strategies as charts
from fingen_core.charts.theme import number, percent
from fingen_core.market import Step
from fingen_core.portfolio.strategies.measures import sharpe_ratio
from fingen_core.portfolio.strategies.rules import BuyAndHold
from fingen_core.portfolio.strategies.settings import knobs
from fingen_core.types import Array
from fingen_core.ui.kit import show
from fingen_core.ui.session import state
from fingen_core.ui.strategies import trials as strategy_trials
from fingen_core.ui.strategies.inputs import Desk, long_run, returns_of

__all__ = ["overfit"]

_BLOCKS = 16
_HOW_DEFLATED = """
**Deflated Sharpe ratio** (Bailey and Lopez de Prado 2014): the probability that the true ratio of the best trial is
above the one that the best of $N$ worthless rules would reach by luck,
$\\widehat{SR}_0 = \\sqrt{V}\\left((1-\\gamma)\\,z_{1 - 1/N} + \\gamma\\, z_{1 - 1/(N e)}\\right)$:

$$\\Phi\\left(\\frac{(\\widehat{SR} - \\widehat{SR}_0)\\sqrt{T - 1}}
{\\sqrt{1 - g_3 \\widehat{SR} + \\frac{g_4 - 1}{4}\\widehat{SR}^2}}\\right)$$

with the variance $V$ of the trials' daily ratios, $T$ days, skewness $g_3$ and kurtosis $g_4$. Trials count as
independent; rules that resemble each other are deflated a little too much. The usual bar is 95 %. The ratio is measured
against 0, not against holding: in a market that rose, everything that was invested passes.
"""
_HOW_SUPERIOR = """
Whether the best trial beats **buying and holding** by more than the best of as many differences that were resampled in
blocks of a month on average: Hansen's (2005) test of superior predictive ability with his consistent centering, and
White's (2000) reality check. Mean returns are compared, not risk. Small p-values speak for skill; 5 % is the usual bar.
Computed by `arch.bootstrap.SPA`.
"""


def overfit(desk: Desk) -> None:
    """The view: three numbers, the histogram of ranks, and the list of trials; of a single trial the list alone."""
    trials = strategy_trials.tried(desk)
    _controls(desk, len(trials))
    dates, returns = strategy_trials.returns(desk, trials)
    identity = " ".join([desk.market.digest(), desk.portfolio.digest(), *(trial.key() for trial in trials)])
    deflated = deflated_sharpe(returns)
    step = desk.market.step
    best = step.retold(trials[_best(returns, step)].rule.told())
    st.markdown(
        f"**{len(trials)} {'trial' if len(trials) == 1 else 'trials'}** in this session, over "
        f"{step.words(len(dates))} from "
        f"{dates[0]:%Y-%m-%d}. {'The best' if len(trials) > 1 else 'It'} is `{best}` with a Sharpe ratio of "
        f"{_yearly(deflated.sharpe, step)} a year."
    )
    found = _searched(identity, desk, returns, deflated) if len(trials) > 1 else None
    left, right = st.columns([1, 1.2], gap="medium")
    with left:
        if found is not None:
            _ranks(found, len(trials))
        else:
            st.info(
                "**With a single trial there is nothing to correct for**: nothing was searched, so no luck of a search "
                "is in its Sharpe ratio. The deflated ratio, the probability of overfitting and the test against "
                "holding appear once another rule or other settings were tried.",
                icon=":material/add:",
            )
    with right:
        _list(trials, returns, step)


def _searched(identity: str, desk: Desk, returns: Array, deflated: DeflatedSharpe) -> tuple[float, Array]:
    """What corrects for choosing the best of several, and what it means; probability of overfitting and its logits."""
    first, second, third = st.columns(3, gap="medium")
    with first:
        _deflated(deflated, desk.market.step)
    with second:
        found = _probability(identity, returns)
        st.metric(
            "Probability of overfitting",
            percent(found[0], 0),
            help="How often the best of one half of history falls into the lower half of the ranks in the other.",
        )
    with third:
        _superior(identity, desk, returns)
    st.markdown(_verdict(found[0]))
    return found


def _verdict(probability: float) -> str:
    """What the probability of overfitting means for whoever picks the best."""
    if probability >= 0.5:
        return (
            "**Picking the best of these by its backtest is no better than a coin toss**: what was best in one half of "
            "history mostly was not in the other, however good all of them look."
        )
    if probability >= 0.1:
        return "**Picking the best of these by its backtest is a weak guide**: often it did not stay good."
    return "**The best of these stayed good in the other half of history**, mostly; that is no promise for the next."


def _controls(desk: Desk, n_trials: int) -> None:
    with st.container(horizontal=True):
        if st.button(
            "Try neighbors of these settings",
            icon=":material/grid_on:",
            disabled=not knobs(type(desk.rules[0])),
            help="Adds the leading rule with six other values of each setting: what a search for the best does.",
        ):
            strategy_trials.add_neighbors(desk)
            st.rerun()
        if st.button(
            "Forget trials",
            icon=":material/restart_alt:",
            disabled=n_trials < 2,
            type="tertiary",
            help="Only honest before a new question: what was tried and rejected counts.",
        ):
            strategy_trials.forget(desk)
            st.rerun()


def _deflated(found: DeflatedSharpe, step: Step) -> None:
    st.metric(
        "Deflated Sharpe ratio",
        percent(found.probability),
        help=f"Probability that the best trial's true ratio is above {_yearly(found.luck, step)} a year, which the "
        f"best of "
        f"{found.n_trials} worthless rules would reach by luck.",
    )
    with st.popover("Formula", type="tertiary", icon=":material/help:"):
        st.markdown(step.retold(_HOW_DEFLATED))


def _superior(identity: str, desk: Desk, returns: Array) -> None:
    _, held = long_run(desk.market, desk.portfolio, BuyAndHold(), desk.trading)
    with st.spinner("Resampling history"):
        found = _superiority(identity, returns_of(held), returns, desk.market.step.stretch)
    if found is None:
        st.metric("Better than holding, p-value", "needs a rule", help="Holding cannot beat itself: try another rule.")
        return
    st.metric(
        "Better than holding, p-value",
        number(found[0], 3),
        help="Superior predictive ability (Hansen). Above .05 the best trial is no better than luck makes the best of "
        "so many.",
    )
    st.caption(f"White's reality check: {number(found[1], 3)}")
    with st.popover("Formula", type="tertiary", icon=":material/help:", key="formula-superior"):
        st.markdown(_HOW_SUPERIOR)


@st.cache_data(max_entries=32, show_spinner=False)
def _probability(identity: str, _returns: Array) -> tuple[float, Array]:  # noqa: ARG001 (the key)
    found = overfitting(_returns, _BLOCKS)
    return found.probability, found.logits


@st.cache_data(max_entries=32, show_spinner=False)
def _superiority(identity: str, _benchmark: Array, _returns: Array, block: int) -> tuple[float, float] | None:  # noqa: ARG001
    if abs(_returns - _benchmark[:, None]).max() < 1e-12:
        return None
    found = superiority(_benchmark, _returns, block_days=block, n_resamples=500)
    return found.consistent, found.reality_check


def _ranks(found: tuple[float, Array], n_trials: int) -> None:
    probability, logits = found
    show.chart(
        charts.logits(
            logits,
            f"In {percent(probability, 0)} of halvings the best fails",
            f"{len(logits):,} ways to halve {_BLOCKS} blocks, {n_trials} trials",
            dark=state.dark(),
        ),
        f"Histogram of the rank of the best trial in the other half of history. Overfitting {percent(probability)}.",
        "strategy-logits",
        data=pd.DataFrame({"logit": logits}),
        how=charts.HOW["logits"],
    )


def _list(trials: list[strategy_trials.Trial], returns: Array, step: Step) -> None:
    ratios = sharpe_ratio(returns, step.per_year, axis=0)
    table = pd.DataFrame(
        {
            "Rule": [step.retold(trial.rule.told()) for trial in trials],
            "Portfolio": [trial.portfolio.name for trial in trials],
            "Sharpe ratio": ratios,
            "Every": [step.words(trial.trading.every) for trial in trials],
            "Cost, %": [trial.trading.proportional * 100 for trial in trials],
        }
    ).sort_values("Sharpe ratio", ascending=False, ignore_index=True)
    st.dataframe(
        show.numbers(table, {"Sharpe ratio": 2}),
        hide_index=True,
        column_config={
            "Sharpe ratio": st.column_config.NumberColumn(help="A year, over the whole history."),
            "Every": st.column_config.TextColumn(help="How often weights are set anew."),
            "Cost, %": st.column_config.NumberColumn(format="%.2f", help="Of the amount traded."),
        },
    )
    show.download(table, "trials", label="Trials as CSV", kind="tertiary")


def _best(returns: Array, step: Step) -> int:
    return int(sharpe_ratio(returns, step.per_year, axis=0).argmax())


def _yearly(ratio: float, step: Step) -> str:
    """The Sharpe ratio of one step, a year."""
    return number(ratio * step.per_year**0.5, 2)

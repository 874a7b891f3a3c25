"""Everything that was tried in this session: whoever shows the best of it must count the rest."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.strategies.rule import Rule
from fingen_core.portfolio.strategies.settings import Trading
from fingen_core.portfolio.strategies.summary import neighbors_of
from fingen_core.types import Array
from fingen_core.ui.strategies.inputs import Desk, knobs_of, long_run, returns_of

__all__ = ["MOST_TRIALS", "Trial", "add_neighbors", "forget", "note", "returns", "tried"]

MOST_TRIALS = 100
_TRIALS = "strategy_trials"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One rule with its settings, its costs and its portfolio."""

    rule: Rule
    trading: Trading
    portfolio: Portfolio

    def key(self) -> str:
        return f"{self.portfolio.digest()} {self.rule} {self.trading}"


def note(desk: Desk) -> None:
    """Remember what is looked at now."""
    for rule in desk.rules:
        _add(desk, Trial(rule=rule, trading=desk.trading, portfolio=desk.portfolio))


def tried(desk: Desk) -> list[Trial]:
    """All trials on this market in this session, the oldest first."""
    return list(_log(desk).values())


def forget(desk: Desk) -> None:
    """Begin anew; honest only when a new question is asked."""
    _log(desk).clear()


def add_neighbors(desk: Desk, count: int = 6) -> None:
    """Try the leading rule with other values of each of its settings, one at a time."""
    rule = desk.rules[0]
    for knob in knobs_of(type(rule), desk.market):
        for value in neighbors_of(getattr(rule, knob.name), knob.low, knob.high, count):
            chosen = round(value) if knob.whole else round(value, 4)
            other = replace(rule, **{knob.name: chosen})
            _add(desk, Trial(rule=other, trading=desk.trading, portfolio=desk.portfolio))


def returns(desk: Desk, trials: list[Trial]) -> tuple[pd.DatetimeIndex, Array]:
    """Daily returns of trials over the whole history, shape (n_days, n_trials); says how far it is."""
    columns, dates = [], desk.market.dates[:1]
    bar = st.progress(0.0, "Following every trial through the whole history")
    for at, trial in enumerate(trials):
        dates, wealth = long_run(desk.market, trial.portfolio, trial.rule, trial.trading)
        columns.append(returns_of(wealth))
        bar.progress((at + 1) / len(trials), f"Trial {at + 1} of {len(trials)} through the whole history")
    bar.empty()
    return dates[1:], np.column_stack(columns)


def _add(desk: Desk, trial: Trial) -> None:
    log = _log(desk)
    log[trial.key()] = trial
    while len(log) > MOST_TRIALS:
        log.pop(next(iter(log)))


def _log(desk: Desk) -> dict[str, Trial]:
    logs: dict[str, dict[str, Trial]] = st.session_state.setdefault(_TRIALS, {})
    return logs.setdefault(desk.market.digest(), {})

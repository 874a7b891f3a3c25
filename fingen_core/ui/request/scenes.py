"""Samples side by side with history: how bad, and the views of them, each drawn only when it is looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts import outcomes
from fingen_core.charts import scenarios as charts
from fingen_core.charts.theme import percent, percent_range
from fingen_core.market import Market, Step
from fingen_core.reports.paths import NOT_HAPPENED
from fingen_core.scenarios import Scenarios
from fingen_core.scenarios.history import windows
from fingen_core.scenarios.outcomes import Outcomes, cluster_order, correlation, stress_days, tail_table
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.types import Array, Paths
from fingen_core.ui.kit import show
from fingen_core.ui.request import conditions
from fingen_core.ui.request import samples as stress
from fingen_core.ui.request.choice import Choice
from fingen_core.ui.session import state

__all__ = ["VIEWS", "Scenes", "severity"]

_SHARES = (1.0, 0.5, 0.1, 0.05, 0.01, 0.001)


@dataclass(frozen=True, eq=False, kw_only=True)
class Scenes:
    """What was drawn, with the history beside it.

    ``drawn``, ``samples`` and ``requests`` run in the order in which the sources were chosen; ``digests`` identify
    the requests.
    """

    choice: Choice
    market: Market
    drawn: list[Scenarios]
    samples: list[Outcomes]
    requests: list[SampleRequest]
    digests: list[str]
    past: Outcomes
    starts: pd.DatetimeIndex

    @property
    def all(self) -> list[Outcomes]:
        """Generated and rival samples, history last."""
        return [*self.samples, self.past]

    def note(self) -> str:
        """The sample behind a comparison, in words."""
        drawn = self.drawn[0]
        return (
            f"{drawn.n_paths:,} paths, {self.market.step.words(drawn.n_steps)}, from {conditions.origin(drawn)}, "
            f"seed {drawn.seed}; "
            f"{self.past.n_paths:,} windows"
        )


def severity() -> float:
    """The control for the worst share of the paths that is shown."""
    share: float = st.segmented_control(
        "How bad?",
        _SHARES,
        default=1.0,
        required=True,
        format_func=stress.severity_words,
        key="severity",
        bind="query-params",
        help="Keeps the paths with the largest losses over the horizon; of history's windows the same share.",
    )
    return share


def _growth(log_returns: Array | Paths) -> Array:
    total = np.cumsum(np.asarray(log_returns, dtype=np.float64), axis=0)
    return np.asarray(np.exp(np.concatenate([np.zeros((1, total.shape[1])), total])))


def _note(scenes: Scenes, share: float) -> str:
    return scenes.note() if share == 1 else f"{stress.severity_words(share)} of {scenes.note()}"


def _paths(scenes: Scenes, share: float) -> None:
    limits = charts.value_range([sample.worst(share) for sample in scenes.all])
    first, *others = range(len(scenes.samples))
    shown = [(scenes.samples[first], scenes.digests[first]), (scenes.past, scenes.market.digest())]
    shown += [(scenes.samples[row], scenes.digests[row]) for row in others]
    for pair in (shown[at : at + 2] for at in range(0, len(shown), 2)):
        for column, (sample, digest) in zip(st.columns(2, gap="medium"), pair, strict=False):
            with column:
                if len(scenes.samples) > 1:
                    st.markdown(f"**{sample.label}**")
                stress.fan(
                    sample,
                    share,
                    step=scenes.market.step,
                    key=f"fan-{sample.label}",
                    identity=f"{digest}-{scenes.market.digest()}-{scenes.choice.n_steps}-{scenes.choice.subject}",
                    starts=scenes.starts,
                    past=scenes.past,
                    y_range=limits,
                )


def _returns(scenes: Scenes, share: float) -> None:
    samples = [sample.worst(share) for sample in scenes.all]
    figure = outcomes.distribution(
        samples,
        f"What could {scenes.market.step.words(scenes.choice.n_steps)} bring?",
        _note(scenes, share),
        dark=state.dark(),
    )
    data = pd.DataFrame(
        {
            "sample": np.repeat([sample.label for sample in samples], [sample.n_paths for sample in samples]),
            "return": np.concatenate([sample.returns() for sample in samples]),
        }
    )
    show.chart(
        figure,
        f"Distributions of the return over the horizon. {_note(scenes, share)}.",
        "returns",
        data=data,
        how=outcomes.HOW["distribution"],
    )


def _drawdowns(scenes: Scenes, share: float) -> None:
    samples = [sample.worst(share) for sample in scenes.all]
    figure = outcomes.drawdown(samples, "How deep could it fall on the way?", _note(scenes, share), dark=state.dark())
    show.chart(
        figure,
        f"Share of paths by depth of drawdown. {_note(scenes, share)}.",
        "drawdowns",
        data=partial(outcomes.drawdown_data, samples),
        how=outcomes.HOW["drawdown"],
    )


def _volatility(scenes: Scenes, share: float) -> None:
    samples = [sample.worst(share) for sample in scenes.all]
    step = scenes.market.step
    n_days = min(step.stretch, max(5, scenes.choice.n_steps // 3), scenes.choice.n_steps)
    figure = outcomes.volatility(
        samples,
        "Does volatility come in waves?" if scenes.choice.n_steps > n_days else "How volatile is it?",
        _note(scenes, share),
        n_days=n_days,
        steps_per_year=step.per_year,
        dark=state.dark(),
    )
    show.chart(
        figure,
        f"Annualized volatility of the last {step.words(n_days)}. {_note(scenes, share)}.",
        "volatility",
        data=partial(outcomes.volatility_data, samples, n_days, step.per_year),
        how=outcomes.HOW["volatility"],
    )


def _correlation(scenes: Scenes, share: float) -> None:
    past = windows(scenes.market, scenes.choice.n_steps)
    rows = scenes.past.worst(share).rows
    happened: Array | Paths = scenes.market.log_returns() if share == 1 else past[rows]
    order = cluster_order(correlation(scenes.market.log_returns()))
    columns: list[tuple[str, Array | Paths]] = [
        (sample.label, drawn.log_returns[sample.worst(share).rows] if share < 1 else drawn.log_returns)
        for sample, drawn in zip(scenes.samples, scenes.drawn, strict=True)
    ]
    columns.insert(1, ("History", happened))
    for pair in (columns[at : at + 2] for at in range(0, len(columns), 2)):
        for days in ("all days", "stress days"):
            for column, (label, returns) in zip(st.columns(2, gap="medium"), pair, strict=False):
                with column:
                    _matrix(label, days, returns if days == "all days" else stress_days(returns), order, scenes)


def _matrix(label: str, days: str, returns: Array | Paths, order: list[int], scenes: Scenes) -> None:
    matrix = correlation(returns)[np.ix_(order, order)]
    tickers = [scenes.market.tickers[asset] for asset in order]
    n_days = returns.size // returns.shape[-1]
    mean = float(matrix[np.triu_indices(len(order), 1)].mean()) if len(order) > 1 else 1.0
    title = f"{label}, {days}: {mean:.2f} on average"
    note = scenes.market.step.words(n_days)
    if days != "all days":  # or it would read as if assets moved apart in a fall
        note += "; choosing days by their fall lowers correlation: compare with history"
    show.chart(
        charts.correlations(matrix, tickers, title, note, dark=state.dark()),
        f"Correlation matrix. {title}.",
        f"correlation-{label}-{days}",
        data=pd.DataFrame(matrix, tickers, tickers),
        how=charts.HOW["correlation"],
    )


def _worst(scenes: Scenes, share: float) -> None:
    del share  # the worst of all is the worst of any share
    shown = [
        (_growth(drawn.log_returns[sample.worst_path()]), sample, sample.worst_path())
        for sample, drawn in zip(scenes.samples, scenes.drawn, strict=True)
    ]
    row = scenes.past.worst_path()
    shown.insert(1, (_growth(windows(scenes.market, scenes.choice.n_steps)[row]), scenes.past, row))
    low = min(float(assets.min()) for assets, _, _ in shown) * 100 - 105
    high = max(float(assets.max()) for assets, _, _ in shown) * 100 - 95
    for pair in (shown[at : at + 2] for at in range(0, len(shown), 2)):
        for column, (assets, sample, path) in zip(st.columns(2, gap="medium"), pair, strict=False):
            with column:
                _worst_of(scenes, assets, sample, path, (max(low, -102), high))


def _worst_of(scenes: Scenes, assets: Array, sample: Outcomes, path: int, limits: tuple[float, float]) -> None:
    loss = percent(float(1 - sample.values[path, -1]))
    if sample.kind == "history":
        title, note = (
            f"History: the worst window lost {loss}",
            f"{scenes.market.step.words(sample.n_steps)} from {scenes.starts[path]:%Y-%m-%d}",
        )
    else:
        title, note = f"{sample.label}: the worst path loses {loss}", f"path {path:,} of {sample.note}"
    figure = charts.worst_case(
        assets,
        sample.values[path],
        scenes.market.tickers,
        title,
        note,
        kind=sample.kind,
        y_range=limits,
        dark=state.dark(),
    )
    data = pd.DataFrame(assets - 1, columns=[f"{ticker} change" for ticker in scenes.market.tickers])
    data.insert(0, "portfolio change", sample.values[path] - 1)
    if sample.kind != "history":
        data["status"] = NOT_HAPPENED
    show.chart(figure, f"{title}. {note}.", f"worst-{sample.label}", data=data, how=charts.HOW["worst"])


def _table(scenes: Scenes, share: float) -> None:
    del share  # a tail of a tail would have another meaning
    table = _tails(
        "-".join([*scenes.digests, scenes.market.digest(), scenes.choice.subject]), scenes.all, scenes.market.step
    )
    order = list(dict.fromkeys(table["measure"]))
    text = table.assign(shown=[_cell(*row) for row in table[["estimate", "low", "high"]].to_numpy()])
    wide = text.pivot_table("shown", "measure", "sample", aggfunc="first").loc[order]
    st.markdown(f"**What is lost in the tail?**  \n:small[:gray[{_note(scenes, 1.0)}; 90 % bands; all paths]]")
    wide.index.name, wide.columns.name = "Loss over the horizon", None
    st.table(
        wide[[sample.label for sample in scenes.all]],
        border="horizontal",
        alt="Value at risk, expected shortfall and drawdowns of each sample",
    )
    with st.container(horizontal=True):
        with st.popover("How to read this", type="tertiary", icon=":material/help:"):
            st.markdown(charts.HOW["table"])
        show.download(table, "tail-table", label="Data", kind="tertiary")


def _cell(estimate: float, low: float, high: float) -> str:
    return percent_range(estimate, low, high) if np.isfinite(low) else percent(estimate)


@st.cache_data(max_entries=16, show_spinner=False)
def _tails(identity: str, _samples: list[Outcomes], step: Step) -> pd.DataFrame:  # noqa: ARG001 (the key)
    return tail_table(_samples, step=step)


VIEWS: dict[str, Callable[[Scenes, float], None]] = {
    "Paths": _paths,
    "Returns": _returns,
    "Drawdowns": _drawdowns,
    "Volatility": _volatility,
    "Correlation": _correlation,
    "Worst case": _worst,
    "Table": _table,
}
"""What can be looked at; only the chosen one is computed."""

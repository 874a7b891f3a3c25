"""The forecast page's controls, what the paths say, and the evidence on which the verdict rests."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.errors import InvalidInput
from fingen_core.forecast.calibration import RankCorrelation, calibration, foreseeable
from fingen_core.forecast.walk_forward import Forecasts
from fingen_core.generators.registry import LABELS
from fingen_core.market import Market
from fingen_core.market.calendar import Calendar, trading_calendar
from fingen_core.market.step import Span
from fingen_core.portfolio.values import asset_returns, portfolio_values
from fingen_core.runs.validations import Validation, shipped
from fingen_core.scenarios import Scenarios
from fingen_core.scenarios.requests import RIVALS, SampleRequest
from fingen_core.types import Array
from fingen_core.ui.request import samples, sources
from fingen_core.ui.request.subject import tell_left_out, what
from fingen_core.ui.session import state
from fingen_core.validation.judged import Judged

__all__ = [
    "EQUAL",
    "Desk",
    "Evidence",
    "ask",
    "came",
    "ends",
    "evidence",
    "past_of",
    "predictable",
    "subject_values",
]

EQUAL = "equal weight"
"""What walks call the portfolio that all of them judge."""

_SPANS: tuple[Span, ...] = ("week", "month", "quarter")
_LAST, _DAY = "Today: the last day", "A day of my choice"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What was asked for.

    Attributes
    ----------
    market : Market
    subject : str
        ``samples.EQUAL``, a ticker, or ``stress.PORTFOLIO`` and a portfolio's digest.
    source, label : str
        Who draws, for the sampler and for people.
    start : Timestamp
        The last close on or before the chosen day; paths set out from there.
    is_last : bool
        Whether that is the last day of the market.
    n_steps, n_paths, seed : int
    level : float
        Multiple of the starting value whose crossing is asked for.
    stop, target : float
        Loss and gain, positive decimals.
    """

    market: Market
    subject: str
    source: str
    label: str
    start: pd.Timestamp
    is_last: bool
    n_steps: int
    n_paths: int
    seed: int
    level: float
    stop: float
    target: float

    @property
    def request(self) -> SampleRequest:
        return SampleRequest(
            source=self.source,
            n_paths=self.n_paths,
            n_steps=self.n_steps,
            seed=self.seed,
            start=None if self.is_last else f"{self.start:%Y-%m-%d}",
            market_digest=self.market.digest(),
        )

    @cached_property
    def calendar(self) -> Calendar:
        """The calendar that the market's history follows."""
        return trading_calendar(self.market.dates, self.market.step)

    @cached_property
    def dates(self) -> pd.DatetimeIndex:
        """The evening of the forecast and its days: real ones as far as history goes, then those of the calendar."""
        known = self.market.dates[self.market.dates >= self.start][: self.n_steps + 1]
        missing = self.n_steps + 1 - len(known)
        return known if not missing else known.append(self.calendar.after(known[-1], missing).as_unit(known.unit))

    @property
    def kind(self) -> str:
        return "rival" if self.source in RIVALS else "generated"


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """What a validation found about the forecasts of the chosen generator and of those beside it.

    ``judged`` begins with the chosen one.
    """

    judged: tuple[Judged, ...]

    def horizon(self, n_steps: int) -> int:
        """The judged horizon that is closest to ``n_steps``."""
        return min(self.judged[0].horizons, key=lambda days: abs(np.log(days / n_steps)))

    def forecasts(self, horizon: int) -> dict[str, Forecasts]:
        """Forecasts of that horizon by the generator's key, the chosen one first."""
        return {one.key: one.forecasts(horizon) for one in self.judged if horizon in one.horizons}

    def names(self) -> dict[str, str]:
        """What charts call each generator, by key."""
        return {one.key: LABELS.get(one.key, one.label) for one in self.judged}

    def span(self, horizon: int) -> str:
        """The forecasts of a horizon in words."""
        dates = self.judged[0].forecasts(horizon).dates
        return f"{len(dates):,} forecasts of {dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}"

    def group(self, subject: str) -> str:
        """The portfolio whose forecasts speak for a subject: its own where all kept them, else equal weight."""
        kept = all(subject in one.one_day.portfolios for one in self.judged)
        return subject if kept else EQUAL

    def table(self, horizon: int, subject: str) -> pd.DataFrame:
        """Calibration of all of them for that portfolio, ``t`` of the chosen one against each.

        Negative where the chosen one is better, as on the page Validation.
        """
        found = calibration(self.forecasts(horizon), against=self.judged[0].key, group=self.group(subject))
        return found.assign(t=-found["t"])


def ask(market: Market) -> Desk:
    """Draw the controls and return what they say."""
    of, by, start, length, more = st.columns([1.8, 2.2, 2.3, 2.4, 1.5], gap="small", vertical_alignment="bottom")
    with of:
        subject = what(market, "forecast_of", "Forecast of", follow=False)
    source, label = sources.choose_source(
        market, by, key="forecast_by", note="A model of this market, or a classical generator.", linked=True
    )
    day, place = _from(market, start)
    step, most = market.step, _most_ahead(market)
    n_steps = length.slider(
        f"{step.nouns.capitalize()} ahead",
        1,
        most,
        min(step.stretch, most),
        key=f"forecast_{step.unit}s",
        bind="query-params",
        help=step.legend("week", "month", "quarter", "year") if most > step.quarter else step.legend(*_SPANS),
    )
    with more.popover("More", icon=":material/tune:", width="stretch"):
        level = st.number_input(
            "Level, % of today",
            10.0,
            300.0,
            95.0,
            1.0,
            key="forecast_level",
            bind="query-params",
            help="The chance that some close reaches it is shown. 100 is the close of the starting day.",
        )
        stop = st.number_input("Stop: loss, %", 0.5, 90.0, 5.0, 0.5, key="forecast_stop", bind="query-params")
        target = st.number_input("Target: gain, %", 0.5, 200.0, 5.0, 0.5, key="forecast_target", bind="query-params")
        n_paths = sources.choose_paths("forecast_paths")
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="forecast_seed", bind="query-params")
    tell_left_out(subject)
    if level == 100:
        raise InvalidInput("a level of 100 % of today has been reached already: choose one above or below it")
    chosen = place or day
    at = market.dates[max(0, int(market.dates.searchsorted(pd.Timestamp(chosen), side="right")) - 1)]
    return Desk(
        market=market,
        subject=subject,
        source=source,
        label=label,
        start=at,
        is_last=at == market.dates[-1],
        n_steps=n_steps,
        n_paths=n_paths,
        seed=int(seed),
        level=level / 100,
        stop=stop / 100,
        target=target / 100,
    )


def _most_ahead(market: Market) -> int:
    """Steps that may be asked for: a quarter, or a year where that is a handful; a quarter of a short history."""
    usual = market.step.quarter if market.step.unit in {"day", "week"} else max(market.step.year, 4)
    return max(2, min(usual, market.n_steps // 4))


def _from(market: Market, column: "st.delta_generator.DeltaGenerator") -> tuple[pd.Timestamp, str]:
    """The day to forecast from, and the one that was typed, if it was."""
    n_before = min(250, market.n_steps // 2)
    last, warm, crises = market.dates[-1], market.dates[n_before], sources.crises_after(market, n_before)
    eves = {f"Eve of {crisis.name}, {crisis.start:%Y-%m-%d}": crisis.start for crisis in crises}
    picked = column.selectbox(
        "From the evening of" if market.step.moments == "evenings" else "From the date",
        [_LAST, *reversed(eves), _DAY],
        format_func=lambda name: f"Today: {last:%Y-%m-%d}" if name == _LAST else name,
        key="forecast_from",
        bind="query-params",
        help="A past day shows what came, over the fan. A model that was trained on the days after it has seen them: "
        "only the verdict below rests on days it had not seen.",
    )
    if picked != _DAY:
        return eves.get(picked, last), ""
    day = column.date_input(
        "Day",
        market.dates[-1 - _most_ahead(market)].date(),
        warm.date(),
        last.date(),
        key="forecast_day",
        bind="query-params",
        format="YYYY-MM-DD",
        label_visibility="collapsed",
    )
    return last, day.isoformat()


@st.cache_resource(max_entries=6, show_spinner=False)
def ends(digest: str, _scenarios: Scenarios) -> dict[str, Array]:  # noqa: ARG001 (the key)
    """Values of equal weight and of each asset at the start and the end of the paths, each shape (n_paths, 2).

    Not along them: for all assets that would be twice the memory of the paths, and only one is looked at.
    """
    growth = 1 + asset_returns(_scenarios.log_returns)
    found = dict(zip([samples.EQUAL, *_scenarios.tickers], [growth.mean(axis=1), *growth.T], strict=True))
    return {name: np.column_stack([np.ones(len(end)), end]) for name, end in found.items()}


def subject_values(desk: Desk) -> Array:
    """Values of what is asked for along the paths, shape (n_paths, n_steps + 1)."""
    return _of_subject(samples.identity(desk.request), desk.subject, samples.draw(desk.request))


@st.cache_resource(max_entries=6, show_spinner=False)
def _of_subject(digest: str, subject: str, _scenarios: Scenarios) -> Array:  # noqa: ARG001 (the key)
    return portfolio_values(_scenarios.log_returns, samples.weights(_scenarios.tickers, subject))


def past_of(desk: Desk) -> pd.Series:
    """Change since the evening of the forecast over half a year before it: the weights as of that evening."""
    prices = desk.market.prices.loc[: desk.start].iloc[-max(desk.market.step.half_year, 10) :]
    change = (prices / prices.iloc[-1] - 1).to_numpy()  # what is not invested does not change
    return pd.Series(change @ samples.weights(desk.market.tickers, desk.subject), prices.index)


def came(desk: Desk, subject: str = "") -> pd.Series:
    """Change since the evening of the forecast on the days that followed, as far as history goes."""
    prices = desk.market.prices.loc[desk.start :].iloc[: desk.n_steps + 1]
    change = (prices / prices.iloc[0] - 1).to_numpy()
    return pd.Series(change @ samples.weights(desk.market.tickers, subject or desk.subject), prices.index)


@st.cache_data(max_entries=64, show_spinner=False)
def predictable(digest: str, subject: str, horizon: int, _market: Market) -> dict[str, RankCorrelation]:  # noqa: ARG001
    """What the market's history lets one foresee over a horizon, of one subject; kept by the market's digest."""
    returns = np.expm1(_market.log_returns()) @ samples.weights(_market.tickers, subject)
    block = _market.step.stretch
    return foreseeable(
        np.log1p(np.maximum(returns, -0.999)), horizon, block=block
    )  # borrowed money can lose more than there is


def evidence(desk: Desk) -> Evidence | None:
    """The validation that tells most about the chosen source, if there is one: thorough ones before quick ones."""
    for validation in _validations(desk):
        judged = _judged(str(validation.folder), (validation.folder / "verdict.json").stat().st_mtime, validation)
        own = [one for one in judged if one.key == desk.source] if desk.source in RIVALS else list(judged[:1])
        if own and judged[0].market_digest == desk.market.digest():
            others = [one for one in judged if one is not own[0] and one.one_day.dates.equals(own[0].one_day.dates)]
            return Evidence(judged=(own[0], *others))
    return None


def _validations(desk: Desk) -> list[Validation]:
    store, digest = state.store(), desk.market.digest()
    if desk.source.startswith("run:"):
        found = store.validations(desk.source.removeprefix("run:"))
    else:
        ready = shipped()
        found = [ready] if ready is not None and state.is_sample(desk.market) else []
        if desk.source in RIVALS:
            runs = [run for run in store.list() if run.market_digest == digest and not run.paints]
            found += [validation for run in runs for validation in store.validations(run.id)]
    done = [one for one in found if one.status == "done" and (Path(one.folder) / "verdict.json").exists()]
    return sorted(done, key=lambda one: one.kind == "quick")


@st.cache_resource(max_entries=8, show_spinner=False)
def _judged(folder: str, stamp: float, _validation: Validation) -> tuple[Judged, ...]:  # noqa: ARG001 (the key)
    return tuple(_validation.judged())

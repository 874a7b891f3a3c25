"""The strategies page's controls and what is computed from them, kept from rerun to rerun by digests."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.market import Market
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.strategies.backtest import backtest
from fingen_core.portfolio.strategies.expression import EXAMPLES, WORDS, OwnRule
from fingen_core.portfolio.strategies.measures import daily_returns
from fingen_core.portfolio.strategies.rule import Rule
from fingen_core.portfolio.strategies.rules import RULES, BuyAndHold
from fingen_core.portfolio.strategies.settings import Checked, Knob, Trading, knobs
from fingen_core.portfolio.strategies.summary import Summary
from fingen_core.scenarios import Scenarios
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.types import Array
from fingen_core.ui.holdings import editor
from fingen_core.ui.kit import show
from fingen_core.ui.kit.number_widget import slider
from fingen_core.ui.request import samples, sources
from fingen_core.ui.session import portfolio as portfolios
from fingen_core.ui.session import state

__all__ = ["COST_LEVELS", "Desk", "ask", "knobs_of", "long_run", "longest_lookback", "returns_of", "working"]

COST_LEVELS = (0.0, 0.0005, 0.001, 0.0025, 0.005, 0.01)
_MOST_VALUES = 50_000_000  # asset-days: 200 MB in single precision
_MOST_RULES = 5
_LATEST, _LAST = "Latest stretch of history", "Last day, without history"


@dataclass(frozen=True, eq=False, kw_only=True)
class Desk:
    """What was asked for on the strategies page.

    Attributes
    ----------
    market : Market
    portfolio : Portfolio
        What the rules work on.
    rules : tuple of Rule
        The first leads: charts of one rule show it.
    trading : Trading
    label : str
        Who draws, for people.
    request : SampleRequest
    """

    market: Market
    portfolio: Portfolio
    rules: tuple[Rule, ...]
    trading: Trading
    label: str
    request: SampleRequest

    @property
    def n_steps(self) -> int:
        return self.request.n_steps

    @cached_property
    def base(self) -> Array:
        """Weights of the portfolio in the order of the market."""
        return self.portfolio.on(self.market.tickers)

    @cached_property
    def start(self) -> int:
        """Row of the price that the paths set out from."""
        if self.request.start is None:
            return self.market.n_steps
        return int(self.market.dates.searchsorted(pd.Timestamp(self.request.start), side="right")) - 1

    @property
    def has_history(self) -> bool:
        """Whether the whole horizon has really happened."""
        return self.start + self.n_steps <= self.market.n_steps

    def generated(self, rule: Rule, trading: Trading | None = None) -> Summary:
        """The rule on the generated paths."""
        return _generated(self._key(rule, trading), rule, trading or self.trading, self)

    def happened(self, rule: Rule, trading: Trading | None = None) -> Summary | None:
        """The rule on the days that followed; ``None`` if they have not come yet."""
        return _happened(self._key(rule, trading), rule, trading or self.trading, self) if self.has_history else None

    def holding(self) -> Summary:
        """Buying and holding on the generated paths."""
        return self.generated(BuyAndHold())

    def paths(self) -> Scenarios:
        """The generated paths."""
        return _paths(samples.identity(self.request), self.request)

    def note(self) -> str:
        """The sample in words."""
        day = self.market.dates[self.start]
        length = self.market.step.words(self.n_steps)
        return f"{self.request.n_paths:,} paths, {length}, from {day:%Y-%m-%d}, seed {self.request.seed}"

    def before(self) -> Array:
        """Real prices up to the start."""
        return np.asarray(self.market.prices.to_numpy()[: self.start + 1])

    def _key(self, rule: Rule, trading: Trading | None) -> str:
        drawn = samples.identity(self.request)
        return f"{drawn} {self.market.digest()} {self.portfolio.digest()} {rule} {trading or self.trading}"


@st.cache_resource(max_entries=2, show_spinner=False)
def _paths(identity: str, _request: SampleRequest) -> Scenarios:  # noqa: ARG001 (the key)
    return samples.draw(_request)


@st.cache_resource(max_entries=96, show_spinner=False)
def _generated(identity: str, _rule: Rule, _trading: Trading, _desk: Desk) -> Summary:  # noqa: ARG001 (the key)
    return _summary(_desk.paths().log_returns, _rule, _trading, _desk)


@st.cache_resource(max_entries=96, show_spinner=False)
def _happened(identity: str, _rule: Rule, _trading: Trading, _desk: Desk) -> Summary:  # noqa: ARG001 (the key)
    days = _desk.market.log_returns()[_desk.start : _desk.start + _desk.n_steps]
    return _summary(days, _rule, _trading, _desk)


def _summary(log_returns: ArrayLike, rule: Rule, trading: Trading, desk: Desk) -> Summary:
    per_year = desk.market.step.per_year
    tested = backtest(rule, log_returns, before=desk.before(), base=desk.base, trading=trading, steps_per_year=per_year)
    return Summary.of(desk.market.step.retold(rule.told()), tested, per_year)


def long_run(market: Market, portfolio: Portfolio, rule: Rule, trading: Trading) -> tuple[pd.DatetimeIndex, Array]:
    """Dates and wealth over capital of a rule over the whole history, from the longest look-back on."""
    return _long_run(f"{market.digest()} {portfolio.digest()} {rule} {trading}", market, portfolio, rule, trading)


@st.cache_resource(max_entries=256, show_spinner=False)
def _long_run(
    identity: str,  # noqa: ARG001 (the key)
    _market: Market,
    _portfolio: Portfolio,
    _rule: Rule,
    _trading: Trading,
) -> tuple[pd.DatetimeIndex, Array]:
    first = longest_lookback(_market)
    tested = backtest(
        _rule,
        _market.log_returns()[first:],
        before=_market.prices.to_numpy()[: first + 1],
        base=_portfolio.on(_market.tickers),
        trading=_trading,
        steps_per_year=_market.step.per_year,
    )
    return _market.dates[first:], tested.values[0]


def longest_lookback(market: Market) -> int:
    """Steps before the first day on which a rule can be followed: two years, or a third of a short history."""
    return min(2 * market.step.year, market.n_steps // 3)


def working(desk: Desk) -> Desk:
    """The same without an own rule that fails on these paths, which says why; the others keep their results.

    Raises
    ------
    InvalidInput
        If no other rule is left.
    """
    failed = []
    for rule in desk.rules:
        if isinstance(rule, OwnRule):
            try:
                desk.generated(rule)
                desk.happened(rule)
            except InvalidInput as problem:
                _refuse_own(problem, len(desk.rules))
                failed.append(rule)
    return replace(desk, rules=tuple(rule for rule in desk.rules if rule not in failed))


def _refuse_own(problem: InvalidInput, n_rules: int) -> None:
    """Say what is wrong with the own rule, or raise it where it is the only one."""
    if n_rules == 1:
        raise problem
    show.error(InvalidInput(f"Own rule left out: {problem}"))


def knobs_of(kind: type[Checked], market: Market) -> tuple[Knob, ...]:
    """The sliders of a kind of settings in the market's steps; no more assets can be held than it has."""
    return tuple(
        replace(knob, high=min(knob.high, market.n_assets), default=min(knob.default, market.n_assets))
        if knob.name == "hold"
        else knob.in_steps(market.step)
        for knob in knobs(kind)
    )


def ask(market: Market) -> Desk:
    """Draw the controls and return what they say.

    Raises
    ------
    InvalidInput
        If an own rule that stands alone cannot be read, or more is asked for than fits into memory.
    """
    names = {name: kind.label for name, kind in RULES.items()} | {OwnRule.name: "Own rule"}
    widths = [2.3, 1.7, 2.2, 2.1, 1.8, 1.6]
    which, on, by, start, knobs_at, more = st.columns(widths, gap="small", vertical_alignment="bottom")
    chosen = which.multiselect(
        "Rules",
        list(names),
        ["trend"],
        format_func=names.__getitem__,
        key="rules",
        bind="query-params",
        max_selections=_MOST_RULES,
        placeholder="Choose a rule",
        help="The first is shown in the charts; all are compared. Its settings are behind the button Settings.",
    )
    with on:
        portfolio = portfolios.choose(market)
    source, label = sources.choose_source(
        market,
        by,
        key="strategy_by",
        note="A model that was trained on this market, or a classical rival.",
    )
    with more.popover("More", icon=":material/tune:", width="stretch"):
        n_steps, n_paths, seed = _sampling(market)
        trading = Trading(**_sliders(Trading, "trading", market))
        editor.offer(market)
    day = _start(market, n_steps, start)
    own = _own_text() if OwnRule.name in chosen else EXAMPLES[0]
    with knobs_at.popover("Settings", icon=":material/discover_tune:", width="stretch"):
        rules = tuple(_rule(name, market) for name in chosen if name != OwnRule.name)
    if OwnRule.name in chosen:
        rules = _with_own(rules, chosen.index(OwnRule.name), own)
    sources.refuse_large(n_paths, n_steps, market.n_assets, most=_MOST_VALUES)
    request = SampleRequest(
        source=source, n_paths=n_paths, n_steps=n_steps, seed=seed, start=day, market_digest=market.digest()
    )
    return Desk(
        market=market,
        portfolio=portfolio,
        rules=rules,
        trading=trading,
        label=label,
        request=request,
    )


def _sampling(market: Market) -> tuple[int, int, int]:
    step = market.step
    usual = step.horizons("quarter", "half-year", "year", "two years")
    offered = [steps for steps in usual if steps < market.n_steps // 3] or [
        max(2, min(5, step.month), market.n_steps // 4)
    ]
    n_steps = st.select_slider(
        "Horizon",
        offered,
        step.year if step.year in offered else offered[-1],
        format_func=step.words,
        key=f"strategy_days_{len(offered)}",
        help=step.legend("quarter", "year"),
    )
    n_paths = st.select_slider(
        "Paths",
        sources.COUNTS,
        1000,
        format_func=lambda count: f"{count:,}",
        key="strategy_paths",
        bind="query-params",
        help="More make percentiles steadier and take longer: 10,000 paths of a year take about half a minute to draw.",
    )
    seed = st.number_input(
        "Seed", 0, 2**31 - 1, 0, key="strategy_seed", bind="query-params", help="Same seed, same paths."
    )
    return int(n_steps), int(n_paths), int(seed)


def _start(market: Market, n_steps: int, place: Any) -> str | None:
    latest = market.dates[market.n_steps - n_steps]
    crises = sources.crises_after(market, longest_lookback(market))
    days = {_LATEST: latest} | {f"Eve of {crisis.name}": crisis.start for crisis in reversed(crises)}
    picked = place.selectbox(
        "Starting from",
        [*days, _LAST],
        format_func=lambda name: f"{latest:%Y-%m-%d}, latest" if name == _LATEST else name,
        key="strategy_start",
        bind="query-params",
        help="Paths set out from that close. History's curve is what really followed.",
    )
    return f"{days[picked]:%Y-%m-%d}" if picked in days else None


def _own_text() -> str:
    text, words = st.columns([7, 1.15], gap="small", vertical_alignment="bottom")
    line = text.text_input(
        "Own rule: the weight of each asset as a multiple of its share in the portfolio",
        EXAMPLES[0],
        max_chars=400,
        key="own_rule",
        bind="query-params",
    )
    with words.popover("Words", icon=":material/menu_book:", width="stretch"):
        listed = [f"- `{word}`: {state.market().step.retold(meaning)}" for word, meaning in WORDS.items()]
        examples = "\n\n".join(f"`{example}`" for example in EXAMPLES)
        st.markdown(
            "\n".join(listed) + "\n\nBesides: numbers, `+ - * /`, `< <= > >= == !=`, `and`, `or`, `not`, "
            f"`... if ... else ...`. 1 holds the asset at its share, 0 is cash.\n\n**Examples**\n\n{examples}"
        )
    return str(line)


def _with_own(rules: tuple[Rule, ...], at: int, text: str) -> tuple[Rule, ...]:
    """The rules with the own one in its place, if it can be read."""
    try:
        own = OwnRule(text=text)
    except InvalidInput as problem:
        _refuse_own(problem, len(rules) + 1)
        return rules
    return (*rules[:at], own, *rules[at:])


def _rule(name: str, market: Market) -> Rule:
    """A rule with the settings of its sliders."""
    kind = RULES[name]
    st.markdown(f"**{kind.label}.** {market.step.retold(kind.explain)}")
    return kind(**_sliders(kind, name, market))


def _sliders(kind: type[Checked], prefix: str, market: Market) -> dict[str, Any]:
    return {
        knob.name: slider(knob, f"{prefix}_{knob.name}", market.step) if knob.low < knob.high else knob.default
        for knob in knobs_of(kind, market)
    }


def returns_of(wealth: Array) -> Array:
    """Daily returns of one curve."""
    return np.asarray(daily_returns(wealth)[0])

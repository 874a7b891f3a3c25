"""The question for a company by its numbers, and the answer: paths, risk, what is behind it, who comes nearest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts import company_numbers as charts
from fingen_core.charts.theme import number, percent, percent_range
from fingen_core.jobs.background import companies as jobs
from fingen_core.jobs.background.companies import Ask, CompanyPaths, CompanyTraining
from fingen_core.market import Market, Step
from fingen_core.market.statements.known_numbers import NUMBERS
from fingen_core.scenarios import companies as reading
from fingen_core.scenarios.outcomes import NOT_HAPPENED
from fingen_core.ui.kit import show
from fingen_core.ui.request import sources
from fingen_core.ui.session import state

__all__ = ["answer"]

_DAYS_BEFORE = 250
_DAY = "A day"
_LABELS = {"size": "Total assets", "leverage": "Debt / assets", "profitability": "Return on assets"}


def _rows(step: Step) -> dict[str, str]:
    """Names of the measures, for people."""
    losses = {
        f"{name}_{n}": f"{words}, {step.words(n)}, 99 %"
        for n in dict.fromkeys((1, step.month))
        for name, words in (("var", "Value at risk"), ("es", "Expected shortfall"))
    }
    return {"volatility": "Volatility, a year", "beta": "Move per move of the market", **losses}


@dataclass(frozen=True)
class _When:
    """Which days paths set out from: its name, and the dates."""

    name: str
    start: str | None = None
    end: str | None = None


def answer(request: CompanyTraining) -> None:
    """Ask a trained model, and show what it says."""
    facts = jobs.facts(request.digest())
    market = state.market()
    numbers = _numbers(facts)
    when, n_steps, seed = _conditions(market)
    ask = Ask(model=request.digest(), numbers=numbers, start=when.start, end=when.end, n_steps=n_steps, seed=seed)
    with st.skeleton(420):
        drawn = _drawn(ask.digest(), state.sampler().home.as_posix(), ask)
    _warn(facts, numbers)
    told, plain = (reading.measures(paths, market.step) for paths in (drawn.told, drawn.plain))
    _sentence(facts, numbers, when, told, plain, drawn)
    left, right = st.columns(2, gap="medium")
    with left:
        _fan(ask, drawn, when, numbers, market.step)
    with right:
        _effects(facts)
    _table(told, plain, numbers, market.step)
    _nearest(facts, numbers)
    _learned(facts)


@st.cache_resource(max_entries=4, show_spinner=False)  # of a year they take 32 MB each
def _drawn(digest: str, where: str, _ask: Ask) -> CompanyPaths:  # noqa: ARG001 (the key)
    return state.sampler().company(_ask)


def _numbers(facts: Mapping[str, Any]) -> dict[str, float]:
    """What somebody tells; an empty field is not told."""
    size, leverage, profit = st.columns(3, gap="small", vertical_alignment="bottom")
    ranges = {name: (facts["low"][at], facts["high"][at]) for at, name in enumerate(NUMBERS)}
    asked: dict[str, float | None] = {}
    given = size.number_input(
        "Total assets, millions",
        0.001,
        1e9,
        None,
        100.0,
        format="%g",
        key="company_ask_size",
        placeholder="not said",
        help=f"In the currency of the statements. Seen: {_seen('size', ranges['size'])}.",
    )
    asked["size"] = None if given is None else float(np.log(given))
    asked["leverage"] = _share(leverage, "leverage", (0.0, 300.0), "Total debt", ranges)
    asked["profitability"] = _share(profit, "profitability", (-200.0, 200.0), "Net income of a year", ranges)
    untold = [name for name, value in asked.items() if value is not None and ranges[name][0] is None]
    for name in untold:
        st.caption(f"{_LABELS[name]} was missing for every company: the model cannot be told it.")
    return {name: value for name, value in asked.items() if value is not None and name not in untold}


def _share(
    column: Any, name: str, bounds: tuple[float, float], over_assets: str, ranges: Mapping[str, tuple[Any, Any]]
) -> float | None:
    """A share of total assets, asked for in percent."""
    given = column.number_input(
        f"{_LABELS[name]}, %",
        *bounds,
        None,
        1.0,
        format="%g",
        key=f"company_ask_{name}",
        placeholder="not said",
        help=f"{over_assets} over total assets. Seen: {_seen(name, ranges[name])}.",
    )
    return None if given is None else given / 100


def _shown(name: str, value: float | None) -> str:
    if value is None or np.isnan(value):
        return "missing"
    return f"{number(float(np.exp(value)))} m" if name == "size" else percent(value)


def _seen(name: str, bounds: tuple[float | None, float | None]) -> str:
    low, high = (_shown(name, bound) for bound in bounds)
    return "missing for every company" if bounds[0] is None else f"{low} to {high}"


def _conditions(market: Market) -> tuple[_When, int, int]:
    where, length, seed, day = st.columns([2.4, 1.2, 1, 1.4], gap="small", vertical_alignment="bottom")
    crises = {crisis.name: crisis for crisis in reversed(sources.crises_after(market, _DAYS_BEFORE))}
    today = f"Today, {market.dates[-1]:%Y-%m-%d}"
    picked = where.selectbox(
        "Under the conditions of",
        [today, *crises, _DAY],
        key=f"company_when_{market.digest()}",
        help="Paths set out from the market's state on that day; for a crisis, each from a day of its own between its "
        "beginning and its trough.",
    )
    when = _When(f"today, {market.dates[-1]:%Y-%m-%d}")
    if picked == _DAY:
        chosen = day.date_input(
            "Day",
            market.dates[-1].date(),
            min_value=market.dates[_DAYS_BEFORE].date(),
            max_value=market.dates[-1].date(),
            format="YYYY-MM-DD",
            key=f"company_day_{market.digest()}",
        )
        if isinstance(chosen, date):
            when = _When(f"{chosen}", f"{chosen}")
    elif picked in crises:
        crisis = crises[picked]
        end = min(crisis.end, market.dates[-1])
        first, last = f"{crisis.start:%Y-%m-%d}", f"{end:%Y-%m-%d}"
        when = _When(f"{picked}, {first} to {last}", first, last)
    n_steps = length.selectbox(
        "Horizon",
        lengths := market.step.horizons("month", "quarter", "half-year", "year"),
        index=min(1, len(lengths) - 1),
        format_func=market.step.words,
        key="company_ask_days",
    )
    chance = seed.number_input("Seed", 0, 2**31 - 1, 0, 1, key="company_ask_seed", help="Same seed, same paths.")
    return when, int(n_steps), int(chance)


def _warn(facts: Mapping[str, Any], numbers: Mapping[str, float]) -> None:
    beyond = reading.outside(facts, numbers)
    for name, far in beyond.items():
        at = list(NUMBERS).index(name)
        seen = _seen(name, (facts["low"][at], facts["high"][at]))
        st.warning(
            f"{_LABELS[name]} of {_shown(name, numbers[name])} lies {number(far, 1)} standard deviations outside what "
            f"training has seen ({seen}): the relation is drawn on as a straight line, to at most three from the mean.",
            icon=":material/warning:",
        )


def _sentence(  # noqa: PLR0917
    facts: Mapping[str, Any],
    numbers: Mapping[str, float],
    when: _When,
    told: Mapping[str, float],
    plain: Mapping[str, float],
    drawn: CompanyPaths,
) -> None:
    if not numbers:
        st.markdown(
            f"Nothing is told: **any company** of this market, {when.name}: volatility "
            f"**{percent(plain['volatility'])}** a year. Fill in a number above; an empty field means *not said*, "
            "never zero."
        )
        return
    said = ", ".join(f"{_LABELS[name].lower()} {_shown(name, value)}" for name, value in numbers.items())
    volatility, brackets = percent(told["volatility"]), ""
    if reading.is_related(facts, list(numbers)):
        volatility = percent_range(told["volatility"], *(told["volatility"] * factor for factor in drawn.between))
        brackets = (
            " In brackets: nine tenths of what would have been found, had other companies of this kind been learned "
            "from."
        )
    st.markdown(
        f"A company with {said}, {when.name}: volatility **{volatility}** a year, against "
        f"{percent(plain['volatility'])} of any company.{brackets}"
    )
    st.markdown(reading.verdict_words(facts, list(numbers)))


def _fan(ask: Ask, drawn: CompanyPaths, when: _When, numbers: Mapping[str, float], step: Step) -> None:
    told, plain = (reading.values(paths[:, :, 1]) for paths in (drawn.told, drawn.plain))
    title = "A company with these numbers" if numbers else "Any company"
    note = f"{ask.n_paths:,} paths, {step.words(ask.n_steps)}, {when.name}, seed {ask.seed}. Dashed: nothing told."
    quantiles = (0.05, 0.25, 0.5, 0.75, 0.95)
    columns = {f"with_{q:g}": np.quantile(told, q, axis=0) - 1 for q in quantiles}
    columns |= {f"without_{q:g}": np.quantile(plain, q, axis=0) - 1 for q in quantiles}
    show.chart(
        charts.fans(told, plain, title, note, dark=state.dark()),
        f"{title}: bands of the change of value by day. {note}",
        "company-fan",
        data=pd.DataFrame(columns).rename_axis("day").reset_index().assign(status=NOT_HAPPENED),
        how=charts.HOW["fans"],
    )


def _effects(facts: Mapping[str, Any]) -> None:
    """What each number goes with, alone and beside the others."""
    known = [name for at, name in enumerate(NUMBERS) if facts["low"][at] is not None]
    if not any(reading.is_related(facts, [name]) for name in known):
        st.info("Too few companies to say what goes with volatility.", icon=":material/scatter_plot:")
        return
    rows = []
    for name in known:
        for kind, told in (("alone", [name]), ("beside the others", known)):
            effect = reading.relation(facts, told)["effects"][name]
            middle, low, high = (float(np.expm1(value)) for value in effect)
            rows.append((_LABELS[name], kind, middle, low, high))
    title = "What goes with volatility"
    counted = f"{facts['company_days']:,} company-{state.step().nouns}"
    note = f"{facts['n_companies']} companies, {counted}; bars: 90 %, over companies"
    data = pd.DataFrame(rows, columns=["number", "told", "effect", "low", "high"])
    show.chart(
        charts.effects(rows, title, note, dark=state.dark()),
        f"{title}: volatility with one standard deviation more of each number. {note}",
        "company-effects",
        data=data,
        how=charts.HOW["effects"],
    )


def _table(told: Mapping[str, float], plain: Mapping[str, float], numbers: Mapping[str, float], step: Step) -> None:
    rows = _rows(step)

    def shown(name: str, value: float) -> str:
        return number(value, 2) if name == "beta" else percent(value)

    columns = {"With these numbers": told} if numbers else {}
    columns["Any company"] = plain
    table = pd.DataFrame(
        {title: [shown(name, values[name]) for name in rows] for title, values in columns.items()},
        index=pd.Index(list(rows.values()), name="Generated"),
    )
    st.table(table, border="horizontal", alt="Risk of a company with these numbers beside any company")
    st.caption(f"From the same {step.nouns} and the same noise. {NOT_HAPPENED}")


def _nearest(facts: Mapping[str, Any], numbers: Mapping[str, float]) -> None:
    close = reading.nearest(facts, numbers)
    if not len(close):
        return
    st.markdown(
        "**Nearest companies of the training**, by the newest known of the numbers told; distance in standard "
        "deviations"
    )
    table = pd.DataFrame(
        {
            "Company": close["ticker"],
            "Distance": [number(value, 2) for value in close["distance"]],
            **{_LABELS[name]: [_shown(name, value) for value in close[name]] for name in NUMBERS},
            "Volatility, a year": [percent(value) for value in close["volatility"]],
        }
    )
    st.table(table.set_index("Company"), border="horizontal", alt="Companies nearest by the numbers told")


def _learned(facts: Mapping[str, Any]) -> None:
    delay = facts["delay"]
    st.caption(
        f"Learned from {facts['n_all']} companies, {facts['first_date']} to {facts['last_date']}; numbers known of "
        f"{facts['n_companies']}, on {facts['company_days']:,} of {facts['all_company_days']:,} "
        f"company-{state.step().nouns}. A statement counts as known {delay['annual']} days after the end of a year, "
        f"{delay['quarterly']} after that of a quarter. "
        "Only companies that still exist are among them, so what sank the others is not known."
    )

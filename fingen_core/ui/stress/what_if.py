"""The What-if page: a question as a sentence or as rows, and its answer."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts import scenarios as fans
from fingen_core.charts import stress as charts
from fingen_core.charts.theme import percent, percent_range, percent_span
from fingen_core.errors import InvalidInput
from fingen_core.jobs.warm.searcher import Found
from fingen_core.market import Market
from fingen_core.scenarios.conditions import NEAREST, View, refuse_contradictions
from fingen_core.scenarios.outcomes import NOT_HAPPENED
from fingen_core.scenarios.requests import MOST_STEPS
from fingen_core.scenarios.search import sentences
from fingen_core.scenarios.search.sentences import TOLERANCE, read
from fingen_core.scenarios.search.subjects import Subject, find, subjects
from fingen_core.ui.kit import show
from fingen_core.ui.request import samples
from fingen_core.ui.search import facts as stress_facts
from fingen_core.ui.search.controls import Setup
from fingen_core.ui.search.progress import odds
from fingen_core.ui.session import state

__all__ = ["EXACT", "SOFT", "answer", "examples", "known_subjects", "offer_nearest", "question", "understood"]

EXACT = "Exactly"
SOFT = "On average"
_SENTENCE, _ROWS = "Sentence", "Rows"
_LARGE_PART = 0.25


@st.cache_resource(max_entries=8, show_spinner=False)
def known_subjects(digest: str, _market: Market) -> dict[str, Subject]:  # noqa: ARG001 (the key)
    """What a question about this market can name."""
    return subjects(_market)


def question(market: Market) -> tuple[tuple[View, ...], bool, bool]:
    """Draw the question; its views (none while it is empty), whether they hold on average, whether to answer at once.

    Raises ``InvalidInput`` for a question that cannot be understood.
    """
    known, step = known_subjects(market.digest(), market), market.step
    asked, form, how = st.columns([5.2, 1.7, 2.1], gap="small", vertical_alignment="bottom")
    way = form.segmented_control(
        "Asked as", [_SENTENCE, _ROWS], default=_SENTENCE, required=True, key="asked", bind="query-params"
    )
    manner = how.segmented_control(
        "Holds",
        [EXACT, SOFT],
        default=EXACT,
        required=True,
        key="holds",
        bind="query-params",
        help="*Exactly*: every path satisfies the conditions; rare ones are searched for. *On average*: plain paths "
        "get weights under which the mean lies in the range (entropy pooling): for mild views.",
    )
    sentence = asked.text_input(
        "What if",
        key="q",
        bind="query-params",
        placeholder=sentences.examples(market.step)[0],
        help="Names and moves, joined by *and* or a comma: an asset, *index* for all at equal weight, a group such as "
        f"*banks*. A single figure means give or take {percent(TOLERANCE, 0)}; a range goes *from to*, and *at least* "
        f"leaves one side open. Without a time, *in {step.words(sentences.usual_time(step))}*, whatever the horizon.",
        disabled=way == _ROWS,
    )
    if way == _ROWS:
        return _from_rows(market, known, sentence), manner == SOFT, False
    if not sentence.strip():
        return (), manner == SOFT, False
    return read(sentence, known, market.step), manner == SOFT, True


def examples(market: Market) -> None:
    """Questions to begin with, of which this market knows every name."""
    known = known_subjects(market.digest(), market)
    st.markdown("For instance:")
    with st.container(horizontal=True):
        month = market.step.words(market.step.month)
        for text in (*sentences.examples(market.step), f"index -30 % to -25 % in {month}"):
            try:
                read(text, known, market.step)
            except InvalidInput:
                continue
            st.button(text, on_click=partial(_ask, text), key=f"example-{text}", type="secondary")


def offer_nearest(sentence: str) -> None:
    """Below a refusal: a button that asks for the nearest that the model can give, where there is one."""
    instead = sentence.partition(NEAREST)[2].partition(". ")[0]
    if instead:
        st.button(f"Ask for {instead}", on_click=partial(_ask, instead), key="ask-nearest", icon=":material/near_me:")


def _ask(text: str) -> None:
    """Put a question into the field, asked as a sentence and exactly."""
    st.session_state["q"] = text
    st.session_state["asked"], st.session_state["holds"] = _SENTENCE, EXACT


def _from_rows(market: Market, known: Mapping[str, Subject], sentence: str) -> tuple[View, ...]:
    """Conditions in an editor, which begins with those of the sentence."""
    try:
        begun = read(sentence, known, market.step) if sentence.strip() else ()
    except InvalidInput:
        begun = ()
    usual = sentences.usual_time(market.step)
    rows = [
        {"moves": view.label, "from": _hundred(view.low), "to": _hundred(view.high), "days": view.n_days}
        for view in begun
    ]
    first = pd.DataFrame(rows or [{"moves": next(iter(known)), "from": -21.0, "to": -19.0, "days": usual}])
    edited = st.data_editor(
        first,
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        key=f"rows-{market.digest()}",
        column_config={
            "moves": st.column_config.SelectboxColumn("What moves", options=list(known), required=True),
            "from": st.column_config.NumberColumn("From, %", format="%.1f", help="Empty: no lower end."),
            "to": st.column_config.NumberColumn("To, %", format="%.1f", help="Empty: no upper end."),
            "days": st.column_config.NumberColumn(
                f"After {market.step.nouns}", min_value=1, max_value=MOST_STEPS, step=1, required=True
            ),
        },
    )
    views = []
    for row in edited.to_dict("records"):
        if pd.isna(row["moves"]):
            continue
        subject = find(str(row["moves"]), known)
        days = usual if pd.isna(row["days"]) else int(row["days"])
        views.append(
            View(
                label=subject.label, weights=subject.weights, low=_part(row["from"]), high=_part(row["to"]), n_days=days
            )
        )
    if not views:
        st.info(
            f"Add a row: what moves, from where to where, after how many {market.step.nouns}.", icon=":material/add:"
        )
        st.stop()
    refuse_contradictions(views, market.step)
    return tuple(views)


def understood(views: tuple[View, ...], market: Market) -> None:
    """What the question was read as, with what stands for what."""
    known = known_subjects(market.digest(), market)
    notes = [
        f"{view.label}: {known[view.label].note}" for view in views if view.label in known and known[view.label].note
    ]
    told = "; ".join(dict.fromkeys(notes))
    st.caption(
        f"Read as: {' **and** '.join(view.words(market.step) for view in views)}." + (f" {told}." if told else "")
    )


def answer(parts: Mapping[str, Found], setup: Setup, views: tuple[View, ...], soft: bool) -> None:
    """Everything that was found."""
    found = parts.get("answer")
    if found is None:
        return
    facts = found.facts
    table = _with_measured(facts, setup)
    _headline(facts, table, setup, views, soft)
    _cards(facts, setup, views, soft)
    stress_facts.warn_unfamiliar(facts["familiarity"], setup.market.step)
    _charts(found, table, setup, views)
    _table(table, views, setup.market.step.words(facts["day"]))


def _with_measured(facts: Mapping[str, Any], setup: Setup) -> pd.DataFrame:
    """What moves, one row each: what is measured first, by its name, then the rest."""
    name = samples.titled(setup.market.tickers, setup.subject)
    rest = pd.DataFrame(facts["table"])
    mine = pd.DataFrame(facts["measured"]).assign(asset=name)
    return pd.concat([mine, rest[rest["asset"] != name]], ignore_index=True)


def _headline(facts: Mapping[str, Any], table: pd.DataFrame, setup: Setup, views: tuple[View, ...], soft: bool) -> None:
    asked = " and ".join(view.words(setup.market.step) for view in views)
    held = np.max(np.abs([view.weights for view in views]), axis=0)  # what is asked for is no news
    named = [ticker for ticker, most in zip(setup.market.tickers, held, strict=True) if most > _LARGE_PART]
    mine, rest = table.iloc[0], table.iloc[1:]
    others = rest[~rest["asset"].isin([*named, "Equal weight"])]
    if others.empty:
        others = table
    worst, best = (_with_band(others.loc[row]) for row in (others["mean"].idxmin(), others["mean"].idxmax()))
    how = "on average" if soft else odds(facts["probability"])
    st.markdown(
        f"From {setup.day:%Y-%m-%d}, **{asked}** ({how}): {_with_band(mine)} on average after "
        f"{setup.market.step.words(facts['day'])} (in "
        f"brackets the 90 % band of the mean); of single assets {worst} at worst, {best} at best. "
        f"On the way {mine['asset']} has a volatility of {_percent_known(facts['given'])} a year, without the "
        f"condition {percent(facts['plain']['volatility'], 0)}{_earlier(facts, 'volatility', setup)}"
        f"{_tied(facts, setup)}."
    )


def _with_band(row: "pd.Series") -> str:
    """ "BAC moves -32.5 % (-33.6 to -31.4)": a mean with its own band."""
    low, high = (percent(row[name], sign=True) for name in ("mean_low", "mean_high"))
    return f"{row['asset']} moves **{percent(row['mean'], sign=True)}** ({low} to {high})"


def _tied(facts: Mapping[str, Any], setup: Setup) -> str:
    """How much the assets move together, with and without; nothing for a market of one asset."""
    given, plain = facts["given"], facts["plain"]["correlation"]
    if not np.isfinite(given["correlation"]):
        return ""
    reach = f"{given['correlation_low']:.2f} to {given['correlation_high']:.2f}"
    return (
        f"; the mean correlation of all assets is {given['correlation']:.2f} ({reach}), without it {plain:.2f}"
        f"{_earlier(facts, 'correlation', setup)}"
    )


def _earlier(facts: Mapping[str, Any], name: str, setup: Setup) -> str:
    """ ", in the month of history before 14 %": the same measure of the last days before the start."""
    before = facts[f"{name}_before"]
    told = percent(before, 0) if name == "volatility" else f"{before:.2f}"
    span = setup.market.step.stretch_words
    return f", in the {span} of history before {told}" if np.isfinite(before) else ""


def _percent_known(given: Mapping[str, Any]) -> str:
    """Volatility with its band: "58 % (56 to 60)"."""
    return percent_range(given["volatility"], given["volatility_low"], given["volatility_high"], 0)


def _cards(facts: Mapping[str, Any], setup: Setup, views: tuple[View, ...], soft: bool) -> None:
    familiar = stress_facts.familiarity(facts["familiarity"], facts["carried"], setup.market.step)
    past = stress_facts.in_history(setup, views)
    if soft:
        mild = (
            "How mild",
            f"**{percent(facts['satisfied'])}** of plain paths satisfy it by themselves",
            "Share of unweighted paths for which every condition holds.",
        )
        stress_facts.cards([mild, stress_facts.how_many(facts), past, familiar])
        return
    likely = stress_facts.how_likely(facts)
    if len(facts["stages"]) > 1 and facts["stages"][0] > facts["probability"] * 1.05:
        likely = (likely[0], f"{likely[1]}  \n:small[at least as far: {odds(facts['stages'][0])}]", likely[2])
    stress_facts.cards([likely, stress_facts.how_many(facts), past, familiar])


def _charts(found: Found, table: pd.DataFrame, setup: Setup, views: tuple[View, ...]) -> None:
    after, dark = setup.market.step.words(found.facts["day"]), state.dark()
    given = stress_facts.sample_of(
        found.arrays["paths"], setup, "Under the condition", f"{len(found.arrays['paths']):,} paths, {setup.note()}"
    )
    plain = stress_facts.sample_of(
        found.arrays["plain"], setup, "Without it", f"{len(found.arrays['plain']):,} paths, {setup.note()}"
    )
    limits = fans.value_range([given, plain])
    left, right = st.columns([1, 1], gap="medium")
    with left:
        show.chart(
            charts.effects_chart(
                table,
                f"What moves with it, after {after}",
                f"{given.n_paths:,} paths; {setup.note()}",
                first=table["asset"].iloc[0],
                dark=dark,
            ),
            f"Returns of every asset after {after} under the condition and without it. "
            f"{'; '.join(view.words(setup.market.step) for view in views)}.",
            "what-if-effects",
            data=table,
            how=charts.HOW["effects"],
        )
    with right:
        for sample, key in ((given, "given"), (plain, "plain")):
            what = (
                "equal weight"
                if setup.subject == samples.EQUAL
                else samples.titled(setup.market.tickers, setup.subject)
            )
            title = f"{sample.label}: {what}"
            named = [fans.Named("worst", sample.worst_path(), True)] if key == "given" else []
            show.chart(
                fans.fan(sample, title, named=named, y_range=limits, dark=dark, height=300),
                f"Fan of {title}. {sample.note}.",
                f"what-if-{key}",
                data=partial(fans.fan_data, sample, named),
                how=fans.HOW["fan"],
            )


def _table(table: pd.DataFrame, views: tuple[View, ...], after: str) -> None:
    driver = views[0].label
    text = pd.DataFrame(
        {
            "Mean under the condition": [
                percent_range(*row) for row in table[["mean", "mean_low", "mean_high"]].to_numpy()
            ],
            "Nine in ten paths": [percent_span(*row) for row in table[["low", "high"]].to_numpy()],
            "Without it": [percent_range(*row) for row in table[["plain_mean", "plain_low", "plain_high"]].to_numpy()],
            f"For each 1 % of {driver}": [
                _per_unit(*row) for row in table[["per_unit", "per_unit_low", "per_unit_high"]].to_numpy()
            ],
        },
        index=pd.Index(table["asset"], name=f"Return after {after}"),
    )
    with st.expander("All figures as a table"):
        st.table(text, border="horizontal", alt="Return of every asset under the condition and without it")
        st.caption(
            "Under the condition the mean stands with its 90 % band, which is how well it is known: from the spread of "
            "the independent searches, or of the weighted paths. So does what comes with each 1 %, where the "
            "plain paths' own chance counts too. Without it: mean, and in brackets nine in ten paths. "
            "Generated. Has not happened. Not advice."
        )
        show.download(table.assign(status=NOT_HAPPENED), "what-if-effects-table", label="Data as CSV")


def _per_unit(value: float, low: float, high: float) -> str:
    return percent_range(value / 100, low / 100, high / 100, 2) if np.isfinite(value) else "n/a"


def _hundred(value: float | None) -> float | None:
    return None if value is None else round(value * 100, 4)


def _part(value: Any) -> float | None:
    return None if pd.isna(value) else float(value) / 100

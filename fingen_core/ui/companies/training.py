"""A model that knows companies by their numbers: what it can learn from, its training, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import streamlit as st

from fingen_core.jobs.background import companies as jobs
from fingen_core.jobs.background.companies import MODELS, PRESETS, CompanyTraining
from fingen_core.jobs.background.task import Progress
from fingen_core.market import Market
from fingen_core.market.statements import Sec, Statements, StatementStore
from fingen_core.market.statements.known_numbers import Delay, mixed_sizes, panel, undated
from fingen_core.market.yahoo.client import Yahoo
from fingen_core.scenarios.companies import FEW
from fingen_core.training.enough import too_short
from fingen_core.ui.companies import answer, files, saving
from fingen_core.ui.companies import sources as company_sources
from fingen_core.ui.kit import show
from fingen_core.ui.kit.fetching import StatementsFetch
from fingen_core.ui.session import state

__all__ = ["by_numbers"]

_FEWEST = 2
_FETCH = "statements_fetch"


@dataclass(frozen=True, eq=False)
class _Sources:
    """Statements of a market's companies, and what of them can be used.

    Attributes
    ----------
    statements : mapping
    usable : tuple of str
        Companies of which something was known on a day of the prices.
    missing, undated, unheard : tuple of str
        Companies without statements, with periods that name no day, and with none known on any day of the prices.
    days : int
        Company-days with a number known.
    """

    statements: Mapping[str, Statements]
    usable: tuple[str, ...]
    missing: tuple[str, ...]
    undated: tuple[str, ...]
    unheard: tuple[str, ...]
    days: int

    @classmethod
    def of(cls, market: Market, delay: Delay) -> "_Sources":
        statements = StatementStore().of(market.tickers)
        told = ~np.isnan(panel(statements, market.tickers, market.dates[:-1], delay))
        some = dict(zip(market.tickers, np.asarray(told.any(axis=(0, 2))), strict=True))
        without_day = tuple(t for t, one in statements.items() if len(undated(one)) == len(one.table.columns))
        return cls(
            statements,
            tuple(ticker for ticker in market.tickers if some[ticker]),
            tuple(ticker for ticker in market.tickers if ticker not in statements),
            without_day,
            tuple(t for t in statements if not some[t] and t not in without_day),
            int(told.any(axis=2).sum()),
        )


def by_numbers(market: Market) -> None:
    """The section: where statements come from, the training, the question and its answer."""
    st.subheader("Ask for a company by its numbers", anchor=False)
    st.markdown(
        "A model that learns from all companies of this market how size, leverage and profitability go with the way a "
        "company moves, so that one can be asked for that is not among them: highly levered and small, say, under the "
        "conditions of 2008."
    )
    with st.expander("What it learns from", icon=":material/tune:", key="company_learns"):
        request_of = _settings(market)
        sources = _Sources.of(market, request_of.delay)
        _more(market, sources)
    job = st.session_state.get(_FETCH)
    if isinstance(job, StatementsFetch) and set(job.tickers) <= set(market.tickers):
        _after_fetch(job)
    _say(market, sources)
    if len(sources.usable) < _FEWEST or too_short(market):
        _say_what_to_do(market, sources)
        return
    request = CompanyTraining(
        market_digest=state.digest_of(market),
        statements=jobs.digest_of(sources.statements),
        annual=request_of.delay.annual,
        quarterly=request_of.delay.quarterly,
        model=request_of.model,
        preset=request_of.preset,
        seed=request_of.seed,
    )
    _train(request, sources)


@dataclass(frozen=True)
class _Wish:
    delay: Delay
    model: str
    preset: str
    seed: int


def _settings(market: Market) -> _Wish:  # noqa: ARG001 (the same for every market)
    year, quarter, kind, length, seed = st.columns(5, gap="small", vertical_alignment="bottom")
    annual = year.number_input(
        "Years known after, days",
        30,
        365,
        90,
        5,
        key="company_annual",
        help="Statements name the end of their period, not the day on which they came out. Sooner than they really "
        "came out, the model would look ahead.",
    )
    quarterly = quarter.number_input(
        "Quarters known after, days", 30, 365, 60, 5, key="company_quarterly", help="45 to 60 days are usual."
    )
    model = kind.selectbox("Model", list(MODELS), format_func=MODELS.__getitem__, key="company_model")
    preset = length.selectbox("Length", PRESETS, 1, format_func=str.capitalize, key="company_preset")
    number = seed.number_input("Seed", 0, 2**31 - 1, 0, 1, key="company_seed", help="Same seed, same model.")
    return _Wish(Delay(annual=int(annual), quarterly=int(quarterly)), model, preset, int(number))


def _more(market: Market, sources: _Sources) -> None:
    """Statements of several companies at once: from Yahoo, or from one file."""
    left, right = st.columns(2, gap="medium")
    with left:
        n = len(sources.missing)
        named = f"{n} companies" if n != 1 else sources.missing[0]
        st.markdown("**Fetched.** Annual statements of the companies that have none here; a few seconds each.")
        source = st.segmented_control(
            "From",
            (company_sources.YAHOO, company_sources.SEC),
            default=company_sources.YAHOO,
            required=True,
            key="fetch_missing_from",
            label_visibility="collapsed",
        )
        ready = source == company_sources.YAHOO or company_sources.who_asks("sec_identity_several")
        asked = st.button(
            f"Fetch statements of {named}" if n else "All companies have statements",
            icon=":material/download:",
            key="fetch_missing",
            disabled=not n or not ready,
        )
        st.caption(
            "Yahoo: at most four years, for personal use. The SEC: all years since about 2009 of those who file there. "
            "They tell of these years only."
        )
    if asked:
        client = Yahoo() if source == company_sources.YAHOO else Sec()
        st.session_state[_FETCH] = StatementsFetch(client, sources.missing)
        st.rerun()
    with right:
        given = st.file_uploader(
            "Statements of several companies from one file",
            files.KINDS,
            key="statements_of_several",
            max_upload_size=50,
            help="A row per company and item with a column per period, a row per company and year with a column per "
            "item, or a row per amount. A column called ticker names the company; an empty cell is missing.",
        )
        if given is not None:
            found = files.read_file(given.getvalue(), given.name, f"several_{given.name}", "", market.tickers)
            if found is not None:
                saving.say_what_several_do(found, market.tickers)
            if found is not None and st.button("Keep these statements", icon=":material/save:", key="keep_several"):
                _keep(market, found.companies)


def _keep(market: Market, found: Mapping[str, Statements]) -> None:
    saving.renew(list(found.values()))
    others = sorted(set(found) - set(market.tickers))
    note = f" {', '.join(others[:5])}: not in this market." if others else ""
    st.toast(f"Statements of {len(found)} companies are saved.{note}", icon=":material/check:")
    st.rerun()


def _after_fetch(job: StatementsFetch) -> None:
    if job.running:
        _watch_fetch()
        return
    for problem in job.problems[:3]:
        st.warning(problem, icon=":material/warning:")
    if len(job.problems) > 3:
        st.caption(f"And {len(job.problems) - 3} more of this kind.")


@st.fragment(run_every=0.5)
def _watch_fetch() -> None:
    job = cast("StatementsFetch", st.session_state[_FETCH])
    if not job.running:
        st.rerun()
    st.progress(job.done / max(job.total, 1), text=f"Statements of {job.done} of {job.total} companies")
    st.button("Stop fetching", icon=":material/stop_circle:", key="statements_stop", on_click=job.stop)


def _say(market: Market, sources: _Sources) -> None:
    n, all_days = len(sources.usable), market.n_steps * market.n_assets
    parts = [
        f"Numbers known of {n} of {market.n_assets} companies, on {sources.days:,} of {all_days:,} "
        f"company-{market.step.nouns}; "
        "before the first known statement, and without statements, they are missing."
    ]
    if sources.undated:
        parts.append(f"Periods without a date, so never known: {_named(sources.undated)} (name them 2022-12-31).")
    if sources.unheard:
        parts.append(f"Known on no day of these prices: {_named(sources.unheard)}.")
    st.caption(" ".join(parts))
    if mixed := mixed_sizes(sources.statements):
        st.warning(f"{mixed}.", icon=":material/currency_exchange:")


def _named(tickers: tuple[str, ...], most: int = 6) -> str:
    more = f" and {len(tickers) - most} more" if len(tickers) > most else ""
    return ", ".join(tickers[:most]) + more


def _say_what_to_do(market: Market, sources: _Sources) -> None:
    if too_short(market):
        st.info(show.plain(too_short(market)), icon=":material/event_busy:")
        return
    st.info(
        f"**Companies with known statements: {len(sources.usable)}.** {_FEWEST} are needed, {FEW} or more are worth "
        "it. Open *What it learns from* above, then fetch the missing ones from Yahoo or the SEC, or upload one file "
        "with those of all companies. Periods are named by their end, such as 2022-12-31, and have to lie within the "
        "prices.",
        icon=":material/receipt_long:",
    )


def _train(request: CompanyTraining, sources: _Sources) -> None:
    now = jobs.progress(request)
    if len(sources.usable) < FEW:
        st.warning(
            f"Only {len(sources.usable)} companies have known statements: with fewer than {FEW} the relation cannot be "
            "told from chance.",
            icon=":material/warning:",
        )
    if now.is_active:
        st.fragment(_watch, run_every=1.0)(request)
        return
    if now.status == "done":
        answer.answer(request)
        return
    if now.status in {"failed", "lost"}:
        st.error(now.error, icon=":material/error:")
    _offer(request, sources, now)


def _offer(request: CompanyTraining, sources: _Sources, now: Progress) -> None:
    if st.button("Train on these companies", type="primary", icon=":material/play_arrow:", key="company_train"):
        jobs.start(request, sources.statements)
        st.rerun()
    stopped = "Stopped. " if now.status == "stopped" else ""
    st.caption(
        f"{stopped}Not trained on these prices, statements and settings yet. It takes half a minute to a few minutes, "
        "in the background; the model stays on this server."
    )


def _watch(request: CompanyTraining) -> None:
    now = jobs.progress(request)
    if not now.is_active:
        st.rerun()  # the page shows what came of it, and asks no more
    st.progress(now.share, now.phase)
    if st.button("Stop", icon=":material/stop:", key="company_stop"):
        jobs.stop(request)

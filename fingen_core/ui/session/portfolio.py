"""Which portfolio is being looked at: built from the market, saved by name, or entered in this session."""

from dataclasses import replace

import streamlit as st

from fingen_core.charts.theme import THIN, number
from fingen_core.errors import FinGenError, NotFound
from fingen_core.market import Market
from fingen_core.portfolio.drafts import Drafts
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.saved import BUILT_IN, EQUAL, built_in, portfolio_shelf, saved_portfolios
from fingen_core.settings import home
from fingen_core.storage.records import Shelf
from fingen_core.ui.kit import show

__all__ = [
    "BUILT_IN",
    "DRAFT_LINK",
    "NO_BENCHMARK",
    "benchmark",
    "by_digest",
    "choose",
    "current",
    "draft",
    "drop_draft",
    "money",
    "named",
    "offers",
    "set_benchmark",
    "set_current",
    "shelf",
    "tell_left_out",
    "use_draft",
]

NO_BENCHMARK = "None"
_CHOSEN, _BENCHMARK, _VERSION, _FOLLOWED = "portfolio", "portfolio_benchmark", "portfolio_version", "portfolio_followed"
_LINK = "portfolio"
DRAFT_LINK = "draft"
"""What the address calls the draft: a session that begins anew at it has the draft again."""

_DRAFT, _DRAFT_KEY = "portfolio_draft", "portfolio_draft_key"
_SIZES = ((1e9, "bn"), (1e6, "m"), (1e3, "k"))


def shelf() -> Shelf:
    """The saved portfolios of this server."""
    return portfolio_shelf(home())


def current(market: Market) -> Portfolio:
    """The portfolio that was chosen last, or equal weights when none was, or when this market lacks its assets."""
    _follow_draft(market)
    _follow_link(market)
    chosen = _remembered(_CHOSEN)
    if chosen is not None and chosen.name in BUILT_IN:
        return _built_in(market, chosen.name, chosen)
    if chosen is not None and chosen.fits(market.tickers):
        return _known(chosen)
    return _built_in(market, EQUAL, chosen)


def set_current(chosen: Portfolio) -> None:
    """Look at this portfolio from now on; a control that shows another one is drawn anew."""
    st.session_state[_CHOSEN] = chosen.to_json()
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1


def draft() -> Portfolio | None:
    """What is in use and not saved, if anything is."""
    return _remembered(_DRAFT)


def use_draft(made: Portfolio) -> None:
    """Look at a portfolio that nobody saved: it lasts, with the address, until it is saved, dropped or replaced."""
    _forget_draft()
    st.session_state[_DRAFT] = made.to_json()
    try:
        key = _drafts().keep(made)
    except FinGenError as problem:
        st.toast(str(problem), icon=":material/error:")
    else:
        st.session_state[_DRAFT_KEY] = st.query_params[DRAFT_LINK] = key
    set_current(made)


def drop_draft() -> None:
    """Forget the draft, and look at another portfolio if it was the one; ``FinGenError`` if the disk refuses."""
    dropped, chosen = draft(), _remembered(_CHOSEN)
    _forget_draft()
    if dropped is not None and chosen == dropped:
        del st.session_state[_CHOSEN]
        st.query_params.pop(_LINK, None)
        st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1


def named(portfolio: Portfolio) -> str:
    """Its name, and that it is a draft where it is one."""
    return f"{portfolio.name} (draft)" if portfolio == draft() else portfolio.name


def benchmark(market: Market) -> Portfolio | None:
    """The portfolio that the chosen one is compared with, if any, and if this market has its assets."""
    chosen = _remembered(_BENCHMARK)
    if chosen is None:
        return None
    if chosen.name in BUILT_IN:
        return _built_in(market, chosen.name, current(market))
    return chosen if chosen.fits(market.tickers) else None


def set_benchmark(chosen: Portfolio | None) -> None:
    """Compare with this portfolio from now on, or with none."""
    st.session_state[_BENCHMARK] = chosen.to_json() if chosen else None


def offers(market: Market) -> dict[str, Portfolio]:
    """Portfolios by name: the built-in ones, the one of this session, and the saved ones that this market can hold."""
    now = current(market)
    found = {name: _built_in(market, name, now) for name in BUILT_IN} | _saved(market)
    unsaved = draft()
    if unsaved is not None and unsaved.fits(market.tickers):
        found[unsaved.name] = _known(unsaved)
    return found if now.name in BUILT_IN else {**found, now.name: now}


def choose(market: Market, label: str = "Portfolio") -> Portfolio:
    """A control that chooses among all portfolios; what it says is part of the address and remembered."""
    known = offers(market)
    now = current(market)
    key = f"portfolio_choice_{st.session_state.get(_VERSION, 0)}_{market.digest()}"
    picked = st.selectbox(
        label,
        list(known),
        index=list(known).index(now.name),
        format_func={name: named(one) for name, one in known.items()}.__getitem__,
        key=key,
        on_change=_picked,
        args=(key, known),
        help="Bought at the start and held. Edit enters weights, pastes holdings or saves by name.",
    )
    chosen = known[picked or EQUAL]
    if chosen.name != EQUAL or _LINK in st.query_params:
        st.session_state[_FOLLOWED] = st.query_params[_LINK] = chosen.name
    return chosen


def tell_left_out(measured: Portfolio) -> None:
    """A line below the controls of a page that measures on a portfolio, if its list held more than it does."""
    if measured.left_out is not None:
        st.caption(show.plain(measured.left_out.brief(measured.name)))


def _picked(key: str, known: dict[str, Portfolio]) -> None:
    """Before the page is drawn again, whose context line names the portfolio."""
    chosen = known[st.session_state[key]]
    st.session_state[_CHOSEN] = chosen.to_json()
    if _LINK in st.query_params:
        st.session_state[_FOLLOWED] = st.query_params[_LINK] = chosen.name


def _saved(market: Market) -> dict[str, Portfolio]:
    """The saved portfolios that this market can hold, by name."""
    known = saved_portfolios(home())  # the list of saved portfolios says which cannot be read, and deletes them
    return {name: _known(saved) for name, saved in known.items() if saved.fits(market.tickers)}


def by_digest(digest: str) -> Portfolio:
    """A portfolio that was offered on this server since it started; ``NotFound`` if none was."""
    found = _seen().get(digest)
    if found is None:
        raise NotFound("that portfolio is not known here any more: choose it again")
    return found


def money(amount: float, currency: str) -> str:
    """An amount for people: "USD 12.3 m"."""
    written = abs(float(f"{amount:.3g}"))  # what is a hair below a million reads as a million
    size, unit = next(((size, unit) for size, unit in _SIZES if written >= size), (1.0, ""))
    digits = 0 if written / size >= 100 or not unit else 1 if written / size >= 10 else 2
    return f"{currency} {number(amount / size, digits)}{THIN if unit else ''}{unit}".replace(" ", THIN)


def _drafts() -> Drafts:
    return Drafts(home() / "drafts")


def _forget_draft() -> None:
    _drafts().drop(st.session_state.pop(_DRAFT_KEY, ""))
    st.session_state.pop(_DRAFT, None)
    st.query_params.pop(DRAFT_LINK, None)


def _follow_draft(market: Market) -> None:
    """Take the draft that the address names; where it names none, let it name that of this session."""
    linked, own = st.query_params.get(DRAFT_LINK, ""), st.session_state.get(_DRAFT_KEY, "")
    if linked == own:
        return
    if not linked:
        st.query_params[DRAFT_LINK] = own
        return
    try:
        found = _drafts().get(linked)
    except FinGenError as problem:
        del st.query_params[DRAFT_LINK]
        if st.query_params.get(_LINK, "") not in _saved(market):  # else it was saved meanwhile, under that name
            st.toast(str(problem), icon=":material/link_off:")
        return
    st.session_state[_DRAFT], st.session_state[_DRAFT_KEY] = found.to_json(), linked
    if _LINK not in st.query_params and found.fits(market.tickers):
        set_current(found)


def _follow_link(market: Market) -> None:
    """Look at the portfolio that the address names; say once if it is not here."""
    linked = st.query_params.get(_LINK, "")
    if not linked or st.session_state.get(_FOLLOWED) == linked:
        return
    st.session_state[_FOLLOWED] = linked
    now = _remembered(_CHOSEN)
    if now is not None and now.name == linked:
        return
    unsaved = draft()
    if unsaved is not None and unsaved.name == linked and unsaved.fits(market.tickers):
        found: Portfolio | None = unsaved
    else:
        found = _built_in(market, linked, now) if linked in BUILT_IN else _saved(market).get(linked)
    if found is not None:
        set_current(found)
        return
    st.toast(
        f"This server has no portfolio {linked[:40]!r} for this market: shown with another one.",
        icon=":material/link_off:",
    )


def _remembered(key: str) -> Portfolio | None:
    fields = st.session_state.get(key)
    return Portfolio.from_json(fields) if fields else None


def _built_in(market: Market, name: str, like: Portfolio | None) -> Portfolio:
    """A portfolio that every market has, worth what ``like`` is worth."""
    made = built_in(market, name)
    return _known(made if like is None else replace(made, value=like.value, currency=like.currency))


def _known(portfolio: Portfolio) -> Portfolio:
    """Remember a portfolio by its digest, by which caches and other pages ask for it."""
    seen = _seen()
    while len(seen) > 500:
        seen.pop(next(iter(seen)))
    seen[portfolio.digest()] = portfolio
    return portfolio


@st.cache_resource(show_spinner=False)
def _seen() -> dict[str, Portfolio]:
    return {}

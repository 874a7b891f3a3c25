"""What a person reads when Yahoo answers, and in each of the ways in which it does not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput, SourceUnavailable
from fingen_core.market import bundled
from fingen_core.market.quality import quality_report
from fingen_core.market.transport import Pace, new_session
from fingen_core.market.yahoo.cache import PriceStore
from fingen_core.market.yahoo.client import Fetched, Status, Yahoo, parse_tickers
from tests.yahoo_standin import StandIn

NOW = datetime(2023, 12, 30, 12, tzinfo=UTC)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds, self.slept = 0.0, list[float]()

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _yahoo(server: StandIn, clock: Clock, now: datetime = NOW, burst: int = 10**6) -> Yahoo:
    pace = Pace(1.0, burst, clock=clock, sleep=clock.sleep)
    return Yahoo(PriceStore(), session=new_session(pace, server.url), pace=pace, now=lambda: now)


def _status(fetched: Fetched, ticker: str) -> Status:
    return next(status for status in fetched.statuses if status.ticker == ticker)


def test_prices_arrive_as_yahoo_has_them(server: StandIn, clock: Clock) -> None:
    steps: list[tuple[int, int, str]] = []
    fetched = _yahoo(server, clock).fetch(
        ["AAPL", "MSFT"], "2015-01-01", "2022-12-30", on_progress=lambda *step: steps.append(step)
    )
    assert fetched.market is not None
    assert fetched.market.tickers == ("AAPL", "MSFT")
    assert fetched.market.name == "AAPL, MSFT"
    assert fetched.market.source.kind == "yahoo"
    assert "personal use" in fetched.market.source.note
    assert (fetched.banner, fetched.lost_dates) == ("", 0)
    expected = server.closes("AAPL")["2015-01-01":"2022-12-30"]
    np.testing.assert_allclose(fetched.market.prices["AAPL"], expected)
    assert fetched.market.dates.equals(expected.index.as_unit("us"))
    status = _status(fetched, "AAPL")
    assert (status.state, status.live, status.name) == ("ok", True, "Apple Inc.")
    assert status.text == f"{len(expected):,} prices, 2015-01-01 to 2022-12-30."
    assert steps == [(0, 2, "Asking for AAPL"), (1, 2, "Asking for MSFT")]


def test_a_copy_just_fetched_is_not_asked_for_again(server: StandIn, clock: Clock) -> None:
    _yahoo(server, clock).fetch(["AAPL"], "2015-01-01")
    asked = len(server.asked)
    again = _yahoo(server, clock, NOW + timedelta(minutes=5)).fetch(["AAPL"], "2018-01-01")
    assert len(server.asked) == asked
    assert _status(again, "AAPL").live


def test_only_the_tail_is_fetched_and_the_last_bar_again(server: StandIn, clock: Clock) -> None:
    server.last = pd.Timestamp("2023-11-30")
    before = _yahoo(server, clock, datetime(2023, 12, 1, 12, tzinfo=UTC)).fetch(["AAPL"], "2015-01-01")
    server.last = pd.Timestamp("2023-12-29")
    after = _yahoo(server, clock).fetch(["AAPL"], "2015-01-01")
    assert before.market is not None
    assert after.market is not None
    first = [pd.Timestamp(int(given["period1"]), unit="s", tz="UTC") for given in server.charts("AAPL")]
    assert [f"{day:%Y-%m-%d}" for day in first] == ["2015-01-01", "2023-11-30"]
    np.testing.assert_allclose(after.market.prices["AAPL"], server.closes("AAPL")["2015-01-01":])


def test_a_split_since_the_copy_makes_the_whole_history_new(server: StandIn, clock: Clock) -> None:
    _yahoo(server, clock, NOW - timedelta(days=3)).fetch(["AAPL"], "2015-01-01")
    server.modes["AAPL"] = "split"
    after = _yahoo(server, clock).fetch(["AAPL"], "2015-01-01")
    assert after.market is not None
    assert len(server.charts("AAPL")) == 3
    np.testing.assert_allclose(after.market.prices["AAPL"], server.closes("AAPL", "split")["2015-01-01":])
    assert not [f for f in quality_report(after.market).findings if f.kind == "jumps"]


def test_an_earlier_start_fetches_everything(server: StandIn, clock: Clock) -> None:
    _yahoo(server, clock).fetch(["AAPL"], "2020-01-01")
    earlier = _yahoo(server, clock).fetch(["AAPL"], "2012-01-01")
    assert earlier.market is not None
    assert earlier.market.dates[0] == pd.Timestamp("2012-01-02")


def test_the_unfinished_day_is_left_out(server: StandIn, clock: Clock) -> None:
    fetched = _yahoo(server, clock, datetime(2023, 12, 29, 15, tzinfo=UTC)).fetch(["AAPL"], "2020-01-01")
    assert fetched.market is not None
    assert fetched.market.dates[-1] == pd.Timestamp("2023-12-28")


def test_an_unknown_ticker_is_named_and_the_others_come(server: StandIn, clock: Clock) -> None:
    server.modes["APPLE"] = "404"
    fetched = _yahoo(server, clock).fetch(["APPLE", "MSFT"], "2015-01-01")
    assert fetched.market is not None
    assert fetched.market.tickers == ("MSFT",)
    status = _status(fetched, "APPLE")
    assert status.state == "missing"
    assert status.text.startswith("Yahoo knows no APPLE: check the symbol with the search")
    assert clock.slept == []


def test_too_many_requests_make_one_pause_and_no_storm(server: StandIn, clock: Clock) -> None:
    server.default = "429"
    said: list[str] = []
    fetched = _yahoo(server, clock).fetch(["AAPL", "MSFT", "KO"], on_progress=lambda *step: said.append(step[2]))
    assert clock.slept == [20.0]
    assert "AAPL: Yahoo asks to slow down, waiting 20 s" in said
    assert [status.state for status in fetched.statuses] == ["rate limited"] * 3
    assert _status(fetched, "KO").text == "Yahoo asks to slow down (HTTP 429): wait some minutes, then fetch again."
    assert not [path for path, symbol, _ in server.asked if symbol in ("MSFT", "KO")]
    assert fetched.market is bundled()
    assert fetched.banner.endswith("There is no copy on disk either: the bundled market is shown.")


def test_a_passing_429_costs_a_pause_only(server: StandIn, clock: Clock) -> None:
    server.modes["AAPL"] = "429 once"
    fetched = _yahoo(server, clock).fetch(["AAPL"], "2015-01-01")
    assert _status(fetched, "AAPL").state == "ok"


def test_copies_on_disk_are_used_when_yahoo_is_down_and_the_banner_says_so(server: StandIn, clock: Clock) -> None:
    _yahoo(server, clock, NOW - timedelta(days=10)).fetch(["AAPL", "MSFT"], "2015-01-01")
    server.default = "500"
    fetched = _yahoo(server, clock).fetch(["AAPL", "MSFT"], "2015-01-01")
    assert fetched.market is not None
    assert fetched.market.source.kind == "store"
    assert fetched.banner == "Yahoo did not answer: these are copies on disk, up to 2023-12-19."
    assert fetched.banner in fetched.market.source.note
    status = _status(fetched, "AAPL")
    assert (status.state, status.live) == ("stale", False)
    assert status.text == (
        "Yahoo itself failed (HTTP 500): try again later. Until then the copy of 2023-12-20 is used."
    )


def test_a_mixture_of_live_and_copied_prices_names_the_copies(server: StandIn, clock: Clock) -> None:
    _yahoo(server, clock, NOW - timedelta(days=10)).fetch(["AAPL", "MSFT"], "2015-01-01")
    server.modes["MSFT"] = "429"
    fetched = _yahoo(server, clock).fetch(["AAPL", "MSFT"], "2015-01-01")
    assert fetched.market is not None
    assert fetched.market.source.kind == "yahoo"
    assert fetched.banner == "Yahoo did not answer for MSFT: copies on disk are used, up to 2023-12-19."
    assert _status(fetched, "MSFT").state == "rate limited"
    assert fetched.market.dates[-1] == pd.Timestamp("2023-12-19")


def test_a_passing_failure_is_tried_again_although_yfinance_remembers_it(server: StandIn, clock: Clock) -> None:
    server.modes["AAPL"] = "500 once"
    fetched = _yahoo(server, clock).fetch(["AAPL"], "2015-01-01", "2020-12-31")
    assert _status(fetched, "AAPL").state == "ok"


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("500", "Yahoo itself failed (HTTP 500): try again later."),
        ("truncated", "Yahoo's answer was cut off or unreadable: try again in a minute."),
    ],
)
def test_failures_back_off_and_then_say_what_to_do(server: StandIn, clock: Clock, mode: str, sentence: str) -> None:
    server.modes["AAPL"] = mode
    fetched = _yahoo(server, clock).fetch(["AAPL", "MSFT"], "2015-01-01")
    assert clock.slept == [1.0, 3.0]
    assert (_status(fetched, "AAPL").state, _status(fetched, "AAPL").text) == ("unavailable", sentence)
    assert _status(fetched, "MSFT").state == "ok"


def test_a_slow_answer_is_given_up(server: StandIn, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    server.modes["AAPL"] = "slow"
    yahoo = _yahoo(server, clock)
    # The real patience is yfinance's ten seconds; a test has less.
    send = yahoo._session.request
    monkeypatch.setattr(yahoo._session, "request", lambda *a, **k: send(*a, **{**k, "timeout": 0.2}))
    status = _status(yahoo.fetch(["AAPL"], "2015-01-01"), "AAPL")
    assert (status.state, status.text) == ("unavailable", "Yahoo took too long to answer: try again later.")


def _unreachable(clock: Clock) -> Yahoo:
    with StandIn() as gone:
        url = gone.url
    pace = Pace(1.0, 100, clock=clock, sleep=clock.sleep)
    return Yahoo(session=new_session(pace, url), pace=pace, now=lambda: NOW)


def test_nobody_there_at_all(clock: Clock) -> None:
    fetched = _unreachable(clock).fetch(["AAPL"])
    assert fetched.statuses[0].text == "Yahoo cannot be reached: check the connection, then fetch again."
    assert fetched.market is bundled()


def test_an_unreachable_yahoo_is_not_asked_for_every_ticker(clock: Clock) -> None:
    """The patience of one ticker is spent, not that of three."""
    many = Clock()
    _unreachable(clock).fetch(["AAPL"])
    fetched = _unreachable(many).fetch(["AAPL", "MSFT", "KO"])
    assert many.slept == clock.slept
    assert {status.state for status in fetched.statuses} == {"unavailable"}


def test_no_prices_for_a_known_symbol(server: StandIn, clock: Clock) -> None:
    server.modes["AAPL"] = "empty"
    fetched = _yahoo(server, clock).fetch(["AAPL"], "2015-01-01")
    status = _status(fetched, "AAPL")
    assert status.state == "missing"
    assert "choose an earlier start, or another symbol" in status.text
    assert fetched.market is None
    assert fetched.banner == "Yahoo has none of these prices."


def test_an_answer_for_another_symbol_is_not_taken(server: StandIn, clock: Clock) -> None:
    server.modes["AAPL"] = "wrong"
    status = _status(_yahoo(server, clock).fetch(["AAPL"], "2015-01-01"), "AAPL")
    assert (status.state, status.n_prices) == ("missing", 0)
    assert status.text == "Yahoo answered for WRONG instead of AAPL: choose the symbol from the search."


@pytest.mark.parametrize("mode", ["half", "nan"])
def test_a_history_with_holes_is_called_partial(server: StandIn, clock: Clock, mode: str) -> None:
    server.modes["AAPL"] = mode
    fetched = _yahoo(server, clock).fetch(["AAPL", "MSFT"], "2015-01-01")
    status = _status(fetched, "AAPL")
    assert status.state == "partial"
    assert "only 50.0 % of the trading days in between, Yahoo's history has holes" in status.text
    assert "AAPL" in quality_report(fetched.prices).findings[1].ticker


def test_a_delisted_stock_is_stale(server: StandIn, clock: Clock) -> None:
    server.modes["AAPL"] = "delisted"
    status = _status(_yahoo(server, clock).fetch(["AAPL"], "2015-01-01"), "AAPL")
    assert status.state == "stale"
    assert "to 2022-06-30: none since, so it was delisted, renamed or halted" in status.text


def test_a_young_stock_shortens_the_common_dates_only(server: StandIn, clock: Clock) -> None:
    server.modes["NEW"] = "young"
    fetched = _yahoo(server, clock).fetch(["AAPL", "NEW"], "2015-01-01")
    assert fetched.market is not None
    assert _status(fetched, "NEW").state == "ok"
    assert fetched.prices.index[0] == pd.Timestamp("2015-01-01")
    assert fetched.market.dates[0] == pd.Timestamp("2021-12-29")


def test_other_holidays_are_counted(server: StandIn, clock: Clock) -> None:
    server.modes["JP"] = "holidays"
    fetched = _yahoo(server, clock).fetch(["AAPL", "JP"], "2015-01-02", "2015-12-31")
    assert fetched.market is not None
    assert fetched.lost_dates == 11
    assert not fetched.market.prices.isna().any().any()


def test_dates_without_prices(server: StandIn, clock: Clock) -> None:
    fetched = _yahoo(server, clock).fetch(["AAPL"], "1990-01-01", "1995-01-01")
    assert _status(fetched, "AAPL").text == ("AAPL has prices from 2010-01-04 to 2023-12-29 only: choose other dates.")


def test_an_unreadable_copy_is_fetched_again(server: StandIn, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    yahoo = _yahoo(server, clock)
    yahoo.fetch(["^GSPC"], "2015-01-01")
    path = next(PriceStore()._place().glob("*.parquet"))
    assert path.name == "%5EGSPC.parquet"
    path.write_bytes(b"broken")
    assert _status(yahoo.fetch(["^GSPC"], "2015-01-01"), "^GSPC").state == "ok"
    assert "unreadable" in caplog.text
    assert PriceStore().tickers() == ("^GSPC",)


def test_search_finds_names_and_symbols(server: StandIn, clock: Clock) -> None:
    yahoo = _yahoo(server, clock)
    hit = yahoo.search("apple")[0]
    assert (hit.symbol, hit.name, hit.kind, hit.exchange) == ("AAPL", "Apple Inc.", "Equity", "NASDAQ")
    assert [match.symbol for match in yahoo.search("brk")] == ["BRK-B"]
    assert yahoo.search("zzz") == []
    assert yahoo.search("  ") == []


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [("429", "slow down"), ("500", "HTTP 500"), ("truncated", "cut off")],
)
def test_a_failing_search_says_why(server: StandIn, clock: Clock, mode: str, sentence: str) -> None:
    server.modes["search"] = mode
    with pytest.raises(SourceUnavailable, match=f"The search failed. .*{sentence}"):
        _yahoo(server, clock).search("apple")


def test_requests_leave_one_a_second_after_a_small_burst() -> None:
    clock = Clock()
    pace = Pace(per_second=1.0, burst=3, clock=clock, sleep=clock.sleep)
    times = []
    for _ in range(6):
        pace.wait()
        times.append(clock.seconds)
    assert times == [0, 0, 0, 1, 2, 3]
    clock.seconds += 60
    for _ in range(4):
        pace.wait()
    assert clock.seconds == 64


def test_every_request_to_yahoo_waits_its_turn(server: StandIn, clock: Clock) -> None:
    _yahoo(server, clock, burst=6).fetch([f"T{i}" for i in range(10)], "2020-01-01")
    assert len(clock.slept) >= 10


@pytest.mark.parametrize("address", ["https://127.0.0.1:1", "http://example.com", "http://10.0.0.1:80", "yahoo"])
def test_a_stand_in_must_be_on_this_machine(address: str) -> None:
    with pytest.raises(InvalidInput, match=r"must be on this machine: use http://127\.0\.0\.1:"):
        new_session(Pace(), address)


def test_the_environment_names_the_stand_in(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINGEN_YAHOO_URL", server.url)
    assert Yahoo(now=lambda: NOW).search("msft")[0].symbol == "MSFT"


def test_tickers_are_read_from_text() -> None:
    assert parse_tickers(" aapl, MSFT;brk-b\n^gspc EURUSD=X aapl") == ("AAPL", "MSFT", "BRK-B", "^GSPC", "EURUSD=X")


@pytest.mark.parametrize(
    ("tickers", "sentence"),
    [
        ("", "no ticker given: type symbols such as AAPL"),
        ("AAPL ../etc", "'../ETC' is no Yahoo symbol"),
        ([f"T{i}" for i in range(61)], "61 tickers, but at most 60 at once"),
    ],
)
def test_impossible_tickers_are_refused(tickers: str | list[str], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        parse_tickers(tickers)


def test_dates_in_the_wrong_order_are_refused(server: StandIn, clock: Clock) -> None:
    with pytest.raises(InvalidInput, match="2020-01-02 to 2019-01-01 is not a span: choose a start before the end"):
        _yahoo(server, clock).fetch(["AAPL"], "2020-01-02", "2019-01-01")


def test_what_prices_are_quoted_in_comes_along_and_is_kept(server: StandIn, clock: Clock) -> None:
    fetched = _yahoo(server, clock).fetch(["AAPL", "SAP.DE", "VOD.L"], "2020-01-01")
    assert fetched.market is not None
    assert fetched.market.source.currencies == {"AAPL": "USD", "SAP.DE": "EUR", "VOD.L": "GBp"}
    kept = PriceStore().read("VOD.L")
    assert kept is not None
    assert kept.currency == "GBp"


def test_the_stand_in_is_never_asked_through_a_proxy(
    server: StandIn, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert _status(_yahoo(server, clock).fetch(["AAPL"], "2020-01-01"), "AAPL").live


def test_a_rate_is_the_last_close_up_to_a_day(server: StandIn, clock: Clock) -> None:
    found = _yahoo(server, clock).rate("EUR", "USD", pd.Timestamp("2022-12-31"))  # a Saturday
    assert found.value == pytest.approx(server.closes("EURUSD=X")["2022-12-30"])
    assert (found.base, found.quote, found.day) == ("EUR", "USD", "2022-12-30")
    assert found.source == "Yahoo Finance EURUSD=X, close"
    assert _yahoo(server, clock).rate("EUR", "USD").day == "2023-12-29"
    assert {symbol for path, symbol, _ in server.asked if path == "chart"} == {"EURUSD=X"}


def test_a_rate_that_yahoo_does_not_give_is_a_sentence_and_a_copy_says_so(server: StandIn, clock: Clock) -> None:
    server.modes["EURXXX=X"] = "404"
    with pytest.raises(SourceUnavailable, match=r"No rate of EUR in XXX\. Yahoo knows no EURXXX=X.*Or type the rate"):
        _yahoo(server, clock).rate("EUR", "XXX")
    first = _yahoo(server, clock).rate("EUR", "USD")
    server.modes["EURUSD=X"] = "500"
    later = _yahoo(server, clock, NOW + timedelta(days=2)).rate("EUR", "USD")
    assert later.value == first.value
    assert later.source == "Yahoo Finance EURUSD=X, copy on disk"


def test_statements_arrive_in_millions_and_what_yahoo_lacks_is_missing(server: StandIn, clock: Clock) -> None:
    annual = _yahoo(server, clock).statements("AAPL")
    assert list(annual.table.columns) == ["2022-12-31", "2021-12-31", "2020-12-31", "2019-12-31"]
    assert annual.table.loc["Revenue", "2019-12-31"] == pytest.approx(700)
    assert annual.latest("Total debt") == pytest.approx(390)
    assert annual.latest("Shares outstanding") == pytest.approx(20.8)
    assert np.isnan(annual.latest("Current assets"))
    assert np.isnan(annual.latest("Market value"))
    assert annual.source == "Yahoo Finance, annual, 2023-12-30"
    quarterly = _yahoo(server, clock).statements("AAPL", quarterly=True)
    assert quarterly.table.columns[0] == "2023-09-30"
    assert quarterly.table.shape[1] == 5


@pytest.mark.parametrize(("symbol", "currency"), [("AAPL", "USD"), ("TM", "JPY"), ("VOD.L", "EUR"), ("KO", "")])
def test_statements_name_their_own_currency_where_yahoo_says_it(
    symbol: str, currency: str, server: StandIn, clock: Clock
) -> None:
    found = _yahoo(server, clock).statements(symbol)
    assert found.currency == currency
    assert found.latest("Revenue") == pytest.approx(910)  # the table comes all the same


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("429", "asks to slow down"),
        ("500", "Yahoo itself failed"),
        ("404", "Yahoo knows no"),
        ("truncated", "cut off or unreadable"),
        ("empty", "has no statements of AAPL"),
    ],
)
def test_each_failure_of_statements_is_a_sentence(mode: str, words: str, server: StandIn, clock: Clock) -> None:
    server.modes["AAPL"] = mode
    with pytest.raises(SourceUnavailable, match=words):
        _yahoo(server, clock).statements("AAPL")


def test_statements_come_after_a_failure_that_passes_and_half_of_them_stay_half(server: StandIn, clock: Clock) -> None:
    server.modes |= {"AAPL": "429 once", "KO": "half"}
    assert _yahoo(server, clock).statements("AAPL").latest("Revenue") == pytest.approx(910)
    half = _yahoo(server, clock).statements("KO").table.iloc[:, 0]
    assert 0 < half.notna().sum() < 10

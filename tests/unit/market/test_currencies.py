"""Holdings in other currencies, market values from statements: converted at rates that are said, never one to one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market import Market, Source, bundled, library
from fingen_core.market.currencies import Rate, code_of, pair, quotation, unit_of
from fingen_core.market.statements import Statements
from fingen_core.market.upload import guess_currency
from fingen_core.portfolio.holdings import foreign, lines_of, parse, to_portfolio
from fingen_core.portfolio.holdings.capitalization import capitalizations, counted
from fingen_core.portfolio.portfolio import Portfolio

TICKERS = ("AAPL", "SAP.DE", "VOD.L")
QUOTED = {"AAPL": "USD", "SAP.DE": "EUR", "VOD.L": "GBp"}
PRICES = {"AAPL": 100.0, "SAP.DE": 50.0, "VOD.L": 80.0}


def rate(base, value, quote="EUR"):
    return Rate(base=base, quote=quote, value=value, day="2024-05-02", source="typed")


RATES = (rate("USD", 0.9), rate("GBP", 1.2))


def read(text, kind="quantity", quoted=None):
    return parse(lines_of(text.encode()), TICKERS, kind, QUOTED if quoted is None else quoted)


def market(currencies):
    dates = pd.bdate_range("2024-01-01", periods=3)
    prices = pd.DataFrame({ticker: [price] * 3 for ticker, price in PRICES.items()}, dates)
    prices.iloc[0] *= 1.01
    return Market(prices, Source(kind="upload", currencies=currencies))


def test_what_is_no_currency_is_refused_and_nothing_is_nothing():
    assert (quotation(" eur"), quotation("GBp"), quotation(" ")) == ("EUR", "GBp", "")
    with pytest.raises(InvalidInput, match="'dollars' is not a currency: write three letters, like EUR"):
        quotation("dollars")


@pytest.mark.parametrize(("cells", "code"), [(["eur", "EUR"], "EUR"), (["EUR", "USD"], ""), (["", ""], "")])
def test_a_file_may_name_its_currency_in_a_column(cells, code):
    assert guess_currency(pd.DataFrame({"Date": ["2024-01-01"] * 2, "Currency": cells})) == code
    assert not guess_currency(pd.DataFrame({"Date": ["2024-01-01"]}))


def test_a_currency_is_read_as_lists_and_exchanges_write_it():
    assert [code_of(text) for text in ("eur", " USD ", "GBp", "GBX", "12", "shares")] == [
        "EUR",
        "USD",
        "GBp",
        "GBX",
        "",
        "",
    ]
    assert unit_of("GBp") == ("GBP", 0.01)
    assert unit_of("EUR") == ("EUR", 1.0)
    assert pair("EUR", "USD") == "EURUSD=X"
    assert rate("USD", 0.923456789).words() == "1 USD = 0.923457 EUR (typed, 2024-05-02)"


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(value):
    with pytest.raises(InvalidInput, match=r"an exchange rate is a number above 0, like 1\.08"):
        rate("USD", value)


def test_holdings_by_hand_in_three_currencies_pence_included():
    found = read("AAPL, 10, USD\nSAP.DE, 4\nVOD.L, 1000, GBP\nCASH, 100, EUR\nCASH, 50, USD")
    assert foreign(found, "EUR") == {"USD": ["AAPL", "CASH"], "GBP": ["VOD.L"]}
    made = to_portfolio(found, PRICES, name="x", currency="EUR", rates=RATES)
    worth = np.array([10 * 100 * 0.9, 4 * 50, 1000 * 80 * 0.01 * 1.2])
    total = worth.sum() + 100 + 50 * 0.9
    assert (made.value, made.currency) == (pytest.approx(total), "EUR")
    assert made.weights == pytest.approx(tuple(worth / total))
    assert made.rates == RATES
    assert "1 USD = 0.9 EUR (typed, 2024-05-02); 1 GBP = 1.2 EUR" in made.about(QUOTED)
    assert "their moves are not simulated" in made.about(QUOTED)


def test_values_are_converted_by_what_their_lines_say_and_the_rest_is_in_the_portfolios_currency():
    found = read("AAPL, 100, USD\nSAP.DE, 100", "value")
    assert foreign(found, "EUR") == {"USD": ["AAPL"]}
    made = to_portfolio(found, {}, name="x", currency="EUR", rates=RATES)
    assert made.value == pytest.approx(190)
    pence = to_portfolio(read("VOD.L, 5000, GBp\nSAP.DE, 10", "value"), {}, name="x", currency="EUR", rates=RATES)
    assert pence.value == pytest.approx(70)


def test_without_a_rate_nothing_is_converted_one_to_one():
    found = read("AAPL, 10\nSAP.DE, 4\nVOD.L, 10")
    with pytest.raises(InvalidInput) as problem:
        to_portfolio(found, PRICES, name="x", currency="EUR", rates=RATES[1:])
    assert str(problem.value) == (
        "AAPL in USD, but the portfolio is valued in EUR: give the rate of USD in EUR, or value it in USD"
    )
    with pytest.raises(InvalidInput, match="give the rate of USD in EUR"):  # a rate into another currency is none
        to_portfolio(found, PRICES, name="x", currency="EUR", rates=[rate("USD", 0.8, "CHF"), RATES[1]])


def test_a_line_that_contradicts_its_quotation_is_left_out_and_cash_is_added_up():
    found = read("AAPL, 10, EUR\nSAP.DE, 4\nCASH, 1, GBP\nCASH, 200, GBX\nCASH, 1, euros")
    assert found.amounts == {"SAP.DE": 4.0}
    assert found.cash == {"GBP": 3.0}  # pence are pounds too
    contradicting, odd = found.left_out
    assert contradicting.reason.startswith("in EUR, but the price of AAPL, at which its quantity is valued, is quoted")
    assert odd.reason == '"euros" is not a currency: write three letters, for instance EUR'


def test_weights_need_no_rates_and_lists_of_one_currency_keep_it():
    assert foreign(read("AAPL, 60, USD\nSAP.DE, 40, EUR", "weight", {}), "CHF") == {}
    assert read("AAPL, 60 %\nCASH, 40 %, GBX", "weight").cash == {"GBP": 0.4}
    assert to_portfolio(read("AAPL, 1\nSAP.DE, 2", quoted={"AAPL": "EUR"}), PRICES, name="x").currency == "EUR"


def test_positions_quoted_in_another_currency_say_that_rates_do_not_move():
    made = Portfolio(name="x", tickers=("AAPL", "VOD.L"), weights=(0.5, 0.0), currency="EUR")
    assert made.about(QUOTED).startswith("Positions are quoted in USD, the value is in EUR. Exchange rates stay")
    assert replace(made, currency="USD").about(QUOTED) == ""
    assert made.about({}) == ""


def test_a_portfolio_keeps_its_rates_and_old_ones_have_none():
    made = Portfolio(name="x", tickers=("AAPL",), weights=(1.0,), rates=RATES)
    assert Portfolio.from_json(made.to_json()) == made
    old = {key: value for key, value in made.to_json().items() if key != "rates"}
    assert Portfolio.from_json(old) == replace(made, rates=())
    assert Portfolio.from_json(old).digest() == made.digest()


def test_a_saved_market_keeps_what_its_prices_are_quoted_in():
    assert set(bundled().source.currencies.values()) == {"USD"}
    assert library.load(library.save(market(QUOTED))).source.currencies == QUOTED


def statements(**items):
    rows = {name.replace("_", " "): [value] for name, value in items.items()}
    return Statements(ticker="x", table=pd.DataFrame(rows, index=["2023"]).T, source="typed in")


def test_market_values_are_those_entered_else_shares_times_the_close():
    known = {
        "AAPL": statements(Market_value=3000.0, Shares_outstanding=1.0),
        "SAP.DE": statements(Shares_outstanding=20.0),
        "VOD.L": statements(Shares_outstanding=1000.0),
    }
    found = capitalizations(market(QUOTED), known.get)
    assert found.holdings.amounts == {"AAPL": 3000.0, "SAP.DE": 1000.0, "VOD.L": 80_000.0}  # millions, pence last
    assert (found.entered, found.counted) == (("AAPL",), ("SAP.DE", "VOD.L"))
    assert found.note(market(QUOTED)) == (
        "Market values of 3 companies: entered for 1, shares × close of 2024-01-03 for 2"
    )
    made = to_portfolio(found.holdings, {}, name="x", currency="EUR", rates=RATES)
    worth = np.array([3000 * 0.9, 1000, 800 * 1.2])
    assert made.on(TICKERS) == pytest.approx(worth / worth.sum())
    in_pounds = capitalizations(market(QUOTED), {**known, "VOD.L": statements(Market_value=800.0)}.get)
    assert to_portfolio(in_pounds.holdings, {}, name="x", currency="EUR", rates=RATES).on(TICKERS) == pytest.approx(
        worth / worth.sum()
    )


def test_shares_are_worth_nothing_known_where_prices_were_made_from_returns():
    known = {
        "AAPL": statements(Market_value=3000.0),
        "SAP.DE": statements(Shares_outstanding=20.0),
        "VOD.L": statements(Market_value=1000.0),
    }
    assert counted(market(QUOTED), "SAP.DE", known["SAP.DE"]).value == 1000
    levels = Market(100 * market({}).prices / market({}).prices.iloc[0], Source(kind="upload"))
    assert counted(levels, "SAP.DE", known["SAP.DE"]) is None
    with pytest.raises(InvalidInput, match=r"known of SAP\.DE \(1 of 3 assets\): shares alone do not tell it"):
        capitalizations(levels, known.get)


def test_companies_without_market_value_are_named_with_the_remedy():
    with pytest.raises(InvalidInput, match=r"is known of SAP\.DE, VOD\.L \(2 of 3 assets\): fetch or type"):
        capitalizations(market({}), {"AAPL": statements(Market_value=1.0), "SAP.DE": statements(Revenue=5.0)}.get)


def test_a_market_value_counts_in_the_currency_of_its_statements():
    known = {ticker: statements(Market_value=100.0) for ticker in TICKERS}
    known["AAPL"] = replace(known["AAPL"], currency="EUR")
    found = capitalizations(market(QUOTED), known.get)
    assert dict(found.holdings.currencies) == {"AAPL": "EUR", "SAP.DE": "EUR", "VOD.L": "GBP"}

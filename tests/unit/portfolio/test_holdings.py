"""Lists of holdings: what their columns and lines mean, what is asked, what is left out and told."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market import bundled
from fingen_core.market.currencies import Rate
from fingen_core.portfolio.holdings import lines_of, parse, to_portfolio, understand
from fingen_core.portfolio.holdings.codes import code_kind, is_isin
from fingen_core.portfolio.holdings.laws import scale_of
from fingen_core.portfolio.holdings.numbers import looks_like_number, marks_of, number
from fingen_core.portfolio.holdings.symbols import Listing, Universe, listing
from fingen_core.portfolio.holdings.words import is_total, meanings
from fingen_core.portfolio.left_out import LeftOut
from fingen_core.portfolio.portfolio import Portfolio
from tests.holdings_layouts import LAYOUTS

MARKET = bundled()
CLOSES = dict(zip(MARKET.tickers, MARKET.prices.iloc[-1], strict=True))


def answer(text, kind="quantity", *, name="", **more):
    lines = lines_of(text.encode(), name)
    return understand(lines, MARKET.tickers, kind, MARKET.source.currencies, prices=CLOSES, **more)


def left_out(found):
    return tuple(entry.name for entry in found.entries if entry.fate == "left out")


@pytest.mark.parametrize("name", ["", "positions.csv"], ids=["pasted", "file"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_brokers_export_is_read_by_value(layout, name):
    truth = LAYOUTS[layout]
    found = answer(truth.text, name=name)
    assert not found.questions
    assert found.holdings.kind == truth.kind
    assert found.holdings.amounts == pytest.approx(truth.amounts)
    assert found.holdings.cash == pytest.approx(truth.cash)
    assert left_out(found) == truth.left_out
    assert all(entry.reason for entry in found.entries if entry.fate in ("left out", "no holding"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_line_of_an_export_is_named_once(layout):
    lines = lines_of(LAYOUTS[layout].text.encode(), "x.csv")
    found = [entry.line for entry in answer(LAYOUTS[layout].text, name="x.csv").entries]
    assert len(found) == len(set(found))
    headers = 5 if layout == "ibkr" else 1
    sections = sum(entry.reason.startswith("a section of") for entry in answer(LAYOUTS[layout].text).entries)
    assert sections or len(found) >= len(lines) - headers


def test_an_excel_file_of_a_layout_is_read_like_its_text():
    rows = [["Positions of", "2026-05-29", None, None], [None] * 4, ["Symbol", "Qty", "Price", "Market Value"]]
    rows += [["AAPL", 12, 150.125, 1801.5], ["KO", 3.5, 50, 175], ["Total", None, None, 1976.5]]
    target = io.BytesIO()
    pd.DataFrame(rows).to_excel(target, index=False, header=False)
    found = understand(lines_of(target.getvalue(), "book.xlsx"), MARKET.tickers)
    assert found.holdings.amounts == {"AAPL": 1801.5, "KO": 175.0}
    assert {entry.name for entry in found.entries if entry.fate == "no holding"} == {"Positions of 2026-05-29", "Total"}


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Cur. val", "value"),
        ("Cur.", "currency"),
        ("Avg. cost", "cost"),
        ("Average Value", "cost"),
        ("Cost Basis Total", "cost"),
        ("Mkt Val (Market Value)", "value"),
        ("Kurswert in EUR", "value"),
        ("Einstandskurs", "cost"),
        ("Slotkoers", "price"),
        ("Schlußkurs", "price"),
        ("LTP", "price"),
        ("Aantal", "quantity"),
        ("Stück/Nominale", "quantity"),
        ("Anteile", "quantity"),
        ("Anteil in %", "weight"),
        ("Percent Of Account", "weight"),
        ("PercentOfNAV", "weight"),
        ("% of Acct (% of Account)", "weight"),
        ("Gewichtung (%)", "weight"),
        ("Market Currency", "currency"),
        ("Währung", "currency"),
        ("Account Name", "other"),
        ("Total Gain/Loss Dollar", "other"),
        ("Price Chng % (Price Change %)", "other"),
        ("Day chg.", "other"),
        ("FX Rate", "other"),
        ("Exchange", "exchange"),
        ("PositionValue", "value"),
        ("Security Type", "class"),
        ("Quantité", "quantity"),
        ("Valorisation", "value"),
        ("Valor de mercado", "value"),
        ("Controvalore €", "value"),
        ("Prezzo di mercato", "price"),
        ("Kód", None),
    ],
)
def test_columns_mean_what_their_names_say(name, first):
    assert (meanings(name) or [None])[0] == first


@pytest.mark.parametrize(
    "name", ["Total", "Account Total", "Positions Total", "Gesamtsumme", "Totaal", "Total USD", "Summe"]
)
def test_totals_are_no_holdings(name):
    assert is_total(name)


@pytest.mark.parametrize("name", ["TotalEnergies SE", "Total System Services", "Summit Materials", "AAPL", "Sumitomo"])
def test_companies_that_begin_like_totals_are_none(name):
    assert not is_total(name)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("AAPL US Equity", Listing("AAPL", "US")),
        ("NESN SW", Listing("NESN", "SW")),
        ("NASDAQ:JPM", Listing("JPM", "US")),
        ("LSE:VOD", Listing("VOD", "L")),
        ("VOD:xlon", Listing("VOD", "L")),
        ("VOD LN Equity", Listing("VOD", "L")),
        ("JNJ.N", Listing("JNJ", "US")),
        ("AAPL.OQ", Listing("AAPL", "US")),
        ("BRKb.N", Listing("BRK-B", "US")),
        ("SAP.DE", Listing("SAP", "DE")),
        ("AAPL GY Equity", Listing("AAPL", "DE")),
        ("BRK.B", Listing("BRK-B")),
        ("BRK-B", Listing("BRK-B")),
        ("BRK/B US Equity", Listing("BRK-B", "US")),
        ("KO-US", Listing("KO", "US")),
        ("RELIANCE-BE", Listing("RELIANCE", "NS")),
        ("0700.HK", Listing("700", "HK")),
        ("700 HK Equity", Listing("700", "HK")),
        ("SPAXX**", Listing("SPAXX")),
        ("AAPL", Listing("AAPL")),
    ],
)
def test_symbols_are_taken_apart(written, found):
    assert listing(written) == found


@pytest.mark.parametrize(
    ("tickers", "quoted", "symbol", "ticker", "doubt"),
    [
        (["AAPL"], {"AAPL": "USD"}, "AAPL US Equity", "AAPL", ""),
        (["AAPL"], {"AAPL": "USD"}, "AAPL GY Equity", "", ""),
        (["NESN"], {"NESN": "USD"}, "NESN SW", "", ""),
        (["NESN"], {"NESN": "CHF"}, "NESN SW", "NESN", ""),
        (["NESN"], {}, "NESN SW", "", "NESN"),
        (["NESN.SW"], {}, "NESN SW Equity", "NESN.SW", ""),
        (["NESN.SW"], {"NESN.SW": "CHF"}, "NESN", "", "NESN.SW"),
        (["VOD.L"], {"VOD.L": "GBp"}, "LSE:VOD", "VOD.L", ""),
        (["SAN"], {"SAN": "EUR"}, "SAN FP", "", "SAN"),
        (["SAN.MC", "SAN.PA"], {}, "SAN FP", "SAN.PA", ""),
        (["SAN.MC", "SAN.PA"], {}, "SAN", "", ""),
        (["BRK-B"], {}, "BRK/B", "BRK-B", ""),
        (["BRK-B"], {}, "BRKb.N", "BRK-B", ""),
        (["0700.HK"], {}, "700 HK", "0700.HK", ""),
        (["AAPL.DE"], {"AAPL.DE": "EUR"}, "AAPL US", "", ""),
        (["US0378331005"], {}, "US0378331005", "US0378331005", ""),
    ],
)
def test_the_listing_of_another_exchange_is_never_taken_in_silence(tickers, quoted, symbol, ticker, doubt):
    found = Universe(tickers, quoted).find(symbol)
    assert (found.ticker, found.doubt) == (ticker, doubt)
    assert found.ticker or found.reason


def test_an_exchange_of_its_own_column_counts_like_a_suffix():
    universe = Universe(["NESN"], {"NESN": "USD"})
    assert universe.find("NESN", exchange="New York Stock Exchange Inc.").ticker == "NESN"
    assert universe.find("NESN", exchange="SIX Swiss Exchange").ticker == ""


def test_doubtful_listings_are_asked_about_and_the_answer_counts():
    lines = lines_of(b"NESN SW, 90\nROG SW, 20")
    asked = understand(lines, ["NESN", "ROG"])
    assert asked.questions[0].text == "Are these the assets of the market? NESN SW as NESN, ROG SW as ROG"
    assert understand(lines, ["NESN", "ROG"], chosen={"same": "yes"}).holdings.amounts == {"NESN": 90.0, "ROG": 20.0}
    assert understand(lines, ["NESN", "ROG"], chosen={"same": "no"}).holdings is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("US0378331005", "ISIN"),
        ("DE0007164600", "ISIN"),
        ("US0378331006", ""),  # wrong check digit
        ("037833100", "CUSIP"),
        ("2046251", "SEDOL"),
        ("865985", "WKN"),
        ("AAPL", ""),
        ("GOOGL", ""),
        ("BRK-B", ""),
    ],
)
def test_numbers_of_securities_are_told_by_their_check_digits(code, kind):
    assert code_kind(code) == kind
    assert is_isin(code) == (kind == "ISIN")


@pytest.mark.parametrize("code", ["2046251", "037833100", "865985"])
def test_codes_that_the_market_does_not_know_are_left_out_as_what_they_are(code):
    found = answer(f"Symbol,Shares\nAAPL,1\n{code},5")
    assert f"looks like a {code_kind(code)}" in found.entries[1].reason
    assert found.holdings.amounts == {"AAPL": 1.0}


@pytest.mark.parametrize(
    ("cells", "marks"),
    [
        (["1.200", "350"], (".", ",")),
        (["1,200", "350"], (".", ",")),
        (["1.200", "130.15"], (".",)),
        (["1.200", "130,15"], (",",)),
        (["1.200.000"], (",",)),
        (["1,20,000"], (".",)),
        (["0.500"], (".",)),
        (["1234.567"], (".",)),
        (["1'200.5"], (".",)),
        (["12", "7"], (".",)),
        (["1,5", "2.5"], (".", ",")),
    ],
)
def test_the_decimal_mark_is_decided_by_the_whole_list_or_left_open(cells, marks):
    assert marks_of(cells) == marks


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("$1,800.00", ".", 1800.0),
        ("-$510.00", ".", -510.0),
        ("$-77.25", ".", -77.25),
        ("($1,234.50)", ".", -1234.5),
        ("1.200,50 €", ",", 1200.5),
        ("CHF 12'000.00", ".", 12000.0),
        ("₹ 1,20,000.50", ".", 120000.5),
        ("1 800,00", ",", 1800.0),
        ("12-", ".", -12.0),
        ("−3", ".", -3.0),
        ("60 %", ".", 0.6),
        ("(1,5 %)", ",", -0.015),
        ("1.5E3", ".", 1500.0),
    ],
)
def test_numbers_are_read_with_their_signs(text, mark, value):
    assert looks_like_number(text)
    assert number(text, mark) == pytest.approx(value)


@pytest.mark.parametrize("text", ["2026-05-29", "29.05.2026", "AAPL", "12 shares", "X1", "", "May 29, 2026", "ABC 12"])
def test_dates_and_words_are_no_numbers(text):
    assert not looks_like_number(text)


def test_arithmetic_settles_a_decimal_mark_that_signs_leave_open():
    found = answer("Symbol;Qty;Price;Value\nAAPL;1.200;130;156.000\nKO;300;50;15.000")
    assert found.holdings.amounts == {"AAPL": 156_000.0, "KO": 15_000.0}
    assert answer("AAPL;1.200\nMSFT;350").questions[0].key == "mark"
    assert answer("AAPL;1.200\nMSFT;350", chosen={"mark": ","}).holdings.amounts == {"AAPL": 1200.0, "MSFT": 350.0}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 3, 1, 2), (0, 2, 3, 1)])
def test_quantity_times_price_tells_three_columns_whatever_they_are_called(order):
    rows = [("Foo", "A", "B", "C"), ("AAPL", "12", "151.5", "1818"), ("KO", "7", "50.25", "351.75")]
    found = answer("\n".join(",".join(row[at] for at in order) for row in rows))
    assert (found.holdings.kind, found.holdings.amounts) == ("value", {"AAPL": 1818.0, "KO": 351.75})
    assert [entry.quantity for entry in found.entries] == [12.0, 7.0]


def test_a_value_that_times_the_quantity_is_another_column_is_a_price():
    found = answer("Symbol,Value,Quantity,Total\nAAPL,150,12,1800\nKO,50,3,150")
    assert found.holdings.amounts == {"AAPL": 1800.0, "KO": 150.0}


def test_columns_that_nothing_tells_apart_are_asked_about():
    found = answer("Foo,A,B\nAAPL,7000.5,81\nKO,15,92.5")
    assert found.questions[0].key == "column"
    keys = [choice.key for choice in found.questions[0].choices]
    assert "2:weight" in keys
    chosen = answer("Foo,A,B\nAAPL,7000.5,81\nKO,15,92.5", chosen={"column": "1:value"})
    assert (chosen.holdings.kind, chosen.holdings.amounts) == ("value", {"AAPL": 7000.5, "KO": 15.0})


@pytest.mark.parametrize(
    ("weights", "scales"),
    [
        ([1.2, 0.8, -0.6, -0.4], (1.0,)),
        ([0.6, 0.3], (1.0,)),
        ([60, 40], (100.0,)),
        ([33.3, 33.3, 33.4], (100.0,)),
        ([60, 30], (100.0,)),
        ([1.5, -0.5], (1.0,)),
        ([5, 3, -2], (1.0, 100.0)),
        ([2.5, 1.5], (1.0, 100.0)),
        ([0.1, 0.2], (1.0, 100.0)),
    ],
)
def test_weights_are_taken_as_written_where_they_make_sense_so(weights, scales):
    assert scale_of(weights, 20.0) == scales


def test_ambiguous_weights_are_asked_about():
    text = "ticker,weight\nAAPL,5\nKO,3\nJPM,-2"
    assert answer(text).questions[0].key == "scale"
    assert answer(text, chosen={"scale": "100"}).holdings.amounts == pytest.approx(
        {"AAPL": 0.05, "KO": 0.03, "JPM": -0.02}
    )
    assert answer(text, chosen={"scale": "1"}).holdings.amounts == {"AAPL": 5.0, "KO": 3.0, "JPM": -2.0}
    assert answer("AAPL 60\nKO 40").questions[0].key == "kind"


def test_weights_of_what_is_left_out_count_for_the_scale_and_take_their_value_along():
    found = answer("ticker,weight\nAAPL,50\nNESN,30\nCASH,20").holdings
    made = to_portfolio(found, {}, name="x", value=1000.0)
    assert made.value == pytest.approx(700)
    assert made.weights == pytest.approx((5 / 7,))
    assert made.left_out == LeftOut(count=1, names=("NESN",), value=300.0, share=0.3)


def test_lots_are_added_up_but_a_line_that_is_their_sum_is_asked_about():
    assert answer("AAPL, 5\nKO, 1\nAAPL, 7").holdings.amounts == {"AAPL": 12.0, "KO": 1.0}
    text = "Symbol,Shares\nAAPL,12\nAAPL,5\nAAPL,7\nKO,3"
    assert answer(text).questions[0].key == "lots"
    assert answer(text, chosen={"lots": "first"}).holdings.amounts == {"AAPL": 12.0, "KO": 3.0}
    assert answer(text, chosen={"lots": "all"}).holdings.amounts == {"AAPL": 24.0, "KO": 3.0}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("AAPL  270115C00200000,1,510", "an option"),
        ("AAPL 01/15/2027 200.00 C,1,510", "an option"),
        ("ESM6 Index,1,5000", "a future"),
        ("T 4 1/8 11/15/32 Govt,1000,990", "a bond"),
        ("EURUSD Curncy,1000,990", "a pair of currencies"),
        ("NOK,100,1000", "a currency or a company"),
    ],
)
def test_what_is_no_share_is_left_out_by_its_kind(line, reason):
    found = answer(f"Symbol,Quantity,Market value\nAAPL,1,150\n{line}")
    assert found.holdings.amounts == {"AAPL": 150.0}
    assert found.entries[1].fate == "left out"
    assert found.entries[1].reason.startswith(reason)


def test_sections_with_headers_of_their_own_are_read_by_their_own_columns():
    text = (
        "Stocks\nSymbol,Quantity,Market Value\nAAPL,12,1800\nTotal,,1800\n\nOptions\nContract,Contracts,Market Value\n"
        "FOO 200 C,1,510\n\nCash\nCurrency,Balance\nUSD,500\nEUR,20\nTotal,520\n"
    )
    found = answer(text, name="x.csv")
    assert found.holdings.amounts == {"AAPL": 1800.0}
    assert found.holdings.cash == {"USD": 500.0, "EUR": 20.0}
    assert left_out(found) == ("FOO 200 C",)


@pytest.mark.parametrize(
    "name",
    ["SPAXX**", "VMFXX", "Cash & Cash Investments", "USD Curncy", "CASH BALANCE", "Kontostand", "CASH", "USD",
     "Bargeld", "Efectivo", "Liquidità", "Espèces", "Cash (USD)"],
)  # fmt: skip
def test_money_is_cash_whatever_it_is_called(name):
    found = answer(f"Symbol;Quantity;Market value\nAAPL;12;1800\n{name};;500")
    assert found.entries[1].fate == "cash"
    assert sum(found.holdings.cash.values()) == 500.0


def test_shares_in_an_account_of_the_type_cash_are_no_money():
    found = answer(
        "Symbol,Quantity,Last Price,Current Value,Type\nAAPL,12,150,1800,Cash\nNFLX,5,400,2000,Cash\nX,,,9,Cash"
    )
    assert [entry.fate for entry in found.entries] == ["matched", "left out", "cash"]


def test_values_in_one_currency_beside_lines_in_others_are_told_by_their_products_or_asked():
    lines = "Symbol,Quantity,Price,Currency,Market Value\nAAPL,10,100,USD,{}\nKO,10,50,EUR,{}\n"
    own = answer(lines.format(1000, 500), "value").holdings
    assert own.currencies == {"AAPL": "USD", "KO": "EUR"}
    base = answer(lines.format(920, 500), "value").holdings
    assert base.currencies == {"AAPL": "EUR", "KO": "EUR"}
    assert answer(lines.format(820, 450), "value").questions[0].key == "money"
    one = answer(lines.format(820, 450), "value", chosen={"money": "one"}).holdings
    assert one.currencies == {}


def test_the_nearest_asset_is_named_by_symbol_and_by_company():
    found = answer("Symbol,Description,Shares\nAAPL,Apple,1\nAPPL,,2\nFOO,Exxon Mobil Corp,3\nZZZZ,,4")
    assert [entry.nearest for entry in found.entries] == ["", "AAPL", "XOM", ""]


def test_what_is_left_out_is_told_with_its_worth_as_far_as_rates_are_known():
    text = "Symbol,Market Value,Currency\nAAPL,900,USD\nNESN,100,CHF\nFOO,100,USD\nBAR,,USD"
    found = answer(text).holdings
    made = to_portfolio(found, {}, name="x", currency="USD")
    assert (made.left_out.count, made.left_out.value, made.left_out.unknown) == (3, 100.0, 2)
    assert made.left_out.share == pytest.approx(0.1)
    rate = Rate(base="CHF", quote="USD", value=1.1, day="2026-05-29", source="typed")
    known = to_portfolio(found, {}, name="x", currency="USD", rates=[rate])
    assert known.left_out.value == pytest.approx(210)
    assert "Left out: 3 lines of the list, USD 210 (18.9 % of it), the worth of 1 is not known" in known.about({})
    assert known.left_out.names[0] == "NESN"


def test_a_portfolio_keeps_what_was_left_out_and_old_ones_have_none():
    left = LeftOut(count=2, names=("A", "B"), value=5.0, share=0.1, unknown=1)
    made = Portfolio(name="x", tickers=("AAPL",), weights=(1.0,), left_out=left)
    assert Portfolio.from_json(json.loads(json.dumps(made.to_json()))) == made
    old = {key: value for key, value in made.to_json().items() if key != "left_out"}
    assert Portfolio.from_json(old).left_out is None
    with pytest.raises(InvalidInput, match="cannot be read"):
        Portfolio.from_json({**made.to_json(), "left_out": {"count": 1}})


def test_what_cannot_be_asked_is_refused_with_its_choices():
    with pytest.raises(InvalidInput, match="mark=,: 1,200: the point parts thousands"):
        parse(lines_of(b"AAPL;1.200\nMSFT;350"), MARKET.tickers)
    with pytest.raises(InvalidInput, match="no line is an asset of this market"):
        parse(lines_of(b"NESN, 5"), MARKET.tickers)


def test_an_assigned_line_is_taken_and_an_emptied_one_left_out():
    lines = lines_of(b"Symbol,Market Value\nAAPL,300\nAPPL,100")
    found = understand(lines, MARKET.tickers, assigned={2: "", 3: "JPM"})
    assert found.holdings.amounts == {"JPM": 100.0}
    assert found.holdings.left_out[0].value == 300.0


def test_long_lists_are_read_in_one_go():
    rng = np.random.default_rng(0)
    rows = [f"X{at:04d},{rng.integers(1, 99)},{rng.uniform(1, 99):.2f}" for at in range(1500)]
    found = answer("\n".join(["Symbol,Shares,Market value", *rows, "AAPL,1,150"]))
    assert found.holdings.amounts == {"AAPL": 150.0}
    assert found.count("left out") == 1500


def test_a_list_of_trades_is_no_list_of_holdings():
    trades = "Trade Date,Settlement Date,Symbol,Shares,Amount\n2026-01-02,2026-01-04,AAPL,12,-1200\n"
    with pytest.raises(InvalidInput, match="a list of trades, which does not say what is held"):
        answer(trades, name="x.csv")
    found = answer(f"Symbol,Shares\nAAPL,5\n\n{trades}", name="x.csv")
    assert found.holdings.amounts == {"AAPL": 5.0}
    assert found.entries[-1].reason == "of a list of trades, which are not what is held"


def test_the_short_side_is_negative_whatever_its_numbers_are():
    found = answer("Symbol,Side,Quantity,Market value\nAAPL,Long,10,1500\nJPM,Short,5,600\nKO,Short,-5,-250")
    assert found.holdings.amounts == {"AAPL": 1500.0, "JPM": -600.0, "KO": -250.0}


def test_an_amount_alone_is_asked_about_and_money_signs_settle_it():
    assert answer("Ticker,Amount\nAAPL,100\nKO,250").questions[0].key == "kind"
    assert answer("Ticker,Amount\nAAPL,100\nKO,250", chosen={"kind": "quantity"}).holdings.kind == "quantity"
    signed = answer("AAPL 1.200,50 €\nKO 350,00 €").holdings
    assert (signed.kind, signed.amounts, signed.currencies) == (
        "value",
        {"AAPL": 1200.5, "KO": 350.0},
        {"AAPL": "EUR", "KO": "EUR"},
    )
    dollars = answer("AAPL, $1800\nKO, $350").holdings  # a dollar sign may be any country's
    assert (dollars.kind, dollars.currencies) == ("value", {})


def test_money_by_currency_needs_no_symbol():
    found = answer("Currency,Amount\nUSD,500\nEUR,20\n\nTicker,Market value\nAAPL,3\n", name="x.csv")
    assert found.holdings.cash == {"USD": 500.0, "EUR": 20.0}


def test_prices_and_costs_are_no_quantities():
    for name in ("Price", "Last", "Cost Basis", "Average Value"):
        found = answer(f"Symbol,{name}\nAAPL,150\nKO,50")
        assert found.holdings is None
        assert {entry.reason for entry in found.entries} == {"has no value"}


def test_numbers_that_nothing_names_are_told_as_what_they_are_taken_for():
    assert answer("AAPL, 5\nKO, 3").told == ("Nothing names the numbers: they are taken as quantities.",)
    assert answer("AAPL, 5\nKO, 3", "value").told == ("Nothing names the numbers: they are taken as values.",)
    assert answer("Symbol,Shares\nAAPL,5\nKO,3").told == ()


def test_percent_by_name_and_parts_of_one_by_number_are_asked_about():
    text = "Symbol,Weight (%)\nAAPL,0.6\nKO,0.4"
    assert answer(text).questions[0].key == "scale"
    assert answer(text, chosen={"scale": "1"}).holdings.amounts == {"AAPL": 0.6, "KO": 0.4}
    assert answer("Symbol,Weight (%)\nAAPL,6.5\nKO,4.25").holdings.amounts == pytest.approx(
        {"AAPL": 0.065, "KO": 0.0425}
    )


def test_a_comma_that_parts_thousands_never_cuts_a_number_in_silence():
    assert answer("AAPL, 1,200\nMSFT, 350\nKO, 2,000,000, USD", chosen={"mark": "."}).holdings.amounts == {
        "AAPL": 1200.0,
        "MSFT": 350.0,
        "KO": 2_000_000.0,
    }
    for text in ("Ticker,Shares\nAAPL,1,200\nMSFT,350", "AAPL,1,200\nMSFT,350"):
        found = answer(text, name="x.csv")
        assert found.questions or "1,200 may be one number" in found.entries[0].reason
        assert found.questions or found.holdings.amounts == {"MSFT": 350.0}
    assert answer("AAPL,1,200\nMSFT,2,350").questions[0].key == "column"


def test_values_in_thousands_are_what_they_are():
    assert answer("Ticker,Market Value (USD 000)\nAAPL,60\nKO,41").holdings.amounts == {"AAPL": 60e3, "KO": 41e3}
    assert answer("Ticker;Marktwert in Mio. EUR\nAAPL;1,5\nKO;2,25").holdings.amounts == {"AAPL": 1.5e6, "KO": 2.25e6}


def test_marks_that_contradict_each_other_are_asked_about():
    text = "Product,Symbol/ISIN,Amount,Closing,Local value,Value in EUR\n"
    text += 'APPLE INC,US0378331005,12,"150,00",USD 1800.00,"1656,00"\n'
    (question,) = answer(text, name="x.csv").questions
    assert question.key == "odd"
    assert question.text == "Line 2: USD 1800.00 has a decimal point, the other numbers a comma."
    assert answer(text, name="x.csv", chosen={"odd": "take"}).holdings.amounts == {"AAPL": 1656.0}
    even = "Symbol;Value\nAAPL;150,00\nKO;75.50"
    assert answer(even).questions[0].key == "mark"


@pytest.mark.parametrize("seed", range(12))
def test_a_few_numbers_of_another_hand_are_asked_about_by_line_and_value(seed):
    rng = np.random.default_rng(seed)
    usual, other = (",", ".") if seed % 2 else (".", ",")
    values = np.round(rng.uniform(1000, 9000, 8), 2) + 0.01
    odd = int(rng.integers(8))
    texts = [f"{one:.2f}".replace(".", other if at == odd else usual) for at, one in enumerate(values)]
    tickers = list(MARKET.tickers[:8])
    text = "Symbol;Value\n" + "\n".join(f"{one};{cell}" for one, cell in zip(tickers, texts, strict=True))
    (question,) = answer(text).questions
    assert question.key == "odd"
    assert question.text.startswith(f"Line {odd + 2}: {texts[odd]} has a decimal ")
    assert [one.label for one in question.choices] == [
        f"{texts[odd]} is {float(f'{values[odd]:.2f}'):,.10g}",
        f"Leave line {odd + 2} out",
    ]
    taken = answer(text, chosen={"odd": "take"}).holdings
    assert taken.amounts == pytest.approx(dict(zip(tickers, values, strict=True)))
    left = answer(text, chosen={"odd": "leave"})
    assert left_out(left) == (tickers[odd],)
    assert set(left.holdings.amounts) == set(tickers) - {tickers[odd]}


def test_one_cash_cell_with_a_point_beside_decimal_commas_is_asked_about():
    text = LAYOUTS["degiro_nl"].text.replace('"1234,56","1234,56"', "1523.44,1523.44")
    (question,) = answer(text, name="p.csv").questions
    assert question.text == "Line 2: 1523.44 has a decimal point, the other numbers a comma."
    assert [one.label for one in question.choices] == ["1523.44 is 1,523.44", "Leave line 2 out"]
    found = answer(text, name="p.csv", chosen={"odd": "take"}).holdings
    assert (found.cash, found.amounts) == ({"EUR": 1523.44}, {"AAPL": 1656.0, "JPM": 830.76})


def test_the_share_left_out_is_taken_at_one_set_of_prices_and_the_day_of_the_closes_is_named():
    found = answer("Ticker,Shares,Price\nAAPL,100,129.93\nKO,170,62.35\nQQZZ,100,14.10").holdings
    made = to_portfolio(found, CLOSES, name="Mine", day="2022-12-28")
    assert made.value == pytest.approx(100 * CLOSES["AAPL"] + 170 * CLOSES["KO"])
    assert made.left_out.share == pytest.approx(1410 / (12_993 + 10_599.5 + 1410))
    assert "2 holdings by quantity, at the closes of 2022-12-28" in made.about({})
    assert "USD 1,410 (5.6 % of it at the list's prices): QQZZ" in made.about({})
    assert made.left_out.brief("Mine") == "Mine without QQZZ: 5.6 % left out."


@pytest.mark.parametrize(
    ("count", "unknown", "words"),
    [
        (2, 0, "Mine without A and 1 more: 5.0 % left out."),
        (3, 1, "Mine without A and 2 more: 5.0 % left out, the worth of 1 of them is not known."),
        (1, 1, "Mine without A: the worth of what is left out is not known."),
    ],
)
def test_what_was_left_out_fits_into_a_line(count, unknown, words):
    assert LeftOut(count=count, names=("A",), value=5.0, share=0.05, unknown=unknown).brief("Mine") == words

"""Portfolios, lists of holdings, and the shelf that keeps them."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import FinGenError, InvalidInput, NotFound, Unreadable
from fingen_core.portfolio import drafts
from fingen_core.portfolio.drafts import Drafts
from fingen_core.portfolio.holdings import lines_of, parse, to_portfolio, understand
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.values import portfolio_values
from fingen_core.portfolio.weights import market_cap_weights
from fingen_core.scenarios.history import window_values
from fingen_core.storage.records import Shelf
from fingen_core.ui.session.portfolio import money

TICKERS = ("AAPL", "JPM", "KO")
PRICES = {"AAPL": 100.0, "JPM": 50.0, "KO": 25.0}


def made(**fields):
    return Portfolio(**{"name": "Mine", "tickers": ("JPM", "AAPL"), "weights": (0.5, -0.1), **fields})


def test_weights_stand_in_the_order_of_the_market_and_the_rest_is_cash():
    assert made().on(TICKERS).tolist() == [-0.1, 0.5, 0.0]
    assert made().cash == pytest.approx(0.6)
    assert made().gross == pytest.approx(0.6)
    assert made(value=2e6).money([0.1]).tolist() == [2e5]


def test_it_comes_back_from_json_as_it_was():
    portfolio = made(currency="EUR", note="x")
    assert Portfolio.from_json(json.loads(json.dumps(portfolio.to_json()))) == portfolio


def test_a_draft_is_kept_under_a_key_of_what_it_holds(tmp_path, monkeypatch):
    kept = Drafts(tmp_path / "drafts")
    key = kept.keep(made(note="x"))
    assert kept.get(key) == made(note="x")
    assert kept.keep(made(note="x")) == key != kept.keep(made(note="y"))
    kept.drop(key)
    kept.drop(key)  # no more than once, and without a word
    for gone in (key, "../secret", ""):
        with pytest.raises(NotFound, match="enter it again"):
            kept.get(gone)
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 2)
    keys = [kept.keep(made(note=note)) for note in "abc"]
    assert len(list((tmp_path / "drafts").iterdir())) == 2
    assert kept.get(keys[-1]) == made(note="c")


def test_a_damaged_draft_and_a_folder_that_is_a_file_are_told(tmp_path):
    kept = Drafts(tmp_path / "drafts")
    key = kept.keep(made())
    (tmp_path / "drafts" / f"{key}.json").write_text('{"name": "Mine"}')
    with pytest.raises(Unreadable, match="enter it again"):
        kept.get(key)
    (tmp_path / "file").write_text("")
    with pytest.raises(FinGenError, match="lasts as long as this page is open"):
        Drafts(tmp_path / "file").keep(made())


def test_digest_tells_weights_and_value_but_not_names_or_order():
    assert made().digest() == made(name="Other", tickers=("AAPL", "JPM"), weights=(-0.1, 0.5)).digest()
    assert made().digest() != made(value=5.0).digest()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"tickers": ("JPM", "JPM")}, "JPM stands twice"),
        ({"weights": (0.0, 0.0)}, "nothing can be won or lost"),
        ({"weights": (0.5, float("nan"))}, "not a number"),
        ({"weights": (60.0, 40.0)}, "write 10 for 10 %"),
        ({"value": 0.0}, "must be above 0"),
        ({"currency": "euro"}, "three capital letters"),
        ({"weights": (0.5,)}, "one weight per asset"),
    ],
)
def test_what_makes_no_portfolio_is_refused(fields, said):
    with pytest.raises(InvalidInput, match=said):
        made(**fields)


def test_an_asset_that_the_market_lacks_is_named():
    with pytest.raises(InvalidInput, match="holds JPM, which this market"):
        made().on(("AAPL", "KO"))
    assert not made().fits(("AAPL", "KO"))


def read(text, kind="quantity"):
    return parse(lines_of(text.encode()), TICKERS, kind)


def test_quantities_are_weighed_at_their_prices():
    portfolio = to_portfolio(read("AAPL, 10\njpm, -4\nCASH, 200"), PRICES, name="x")
    assert portfolio.value == 1000
    assert portfolio.weights == (1.0, -0.2)
    assert portfolio.cash == pytest.approx(0.2)


def test_named_columns_may_stand_in_any_order_and_european_numbers_are_read():
    found = read("Currency;Market value;Ticker\nEUR;1.250,50;KO\nEUR;749,5;AAPL\n")
    assert (found.kind, found.currency) == ("value", "EUR")
    assert found.amounts == {"KO": 1250.5, "AAPL": 749.5}
    assert to_portfolio(found, {}, name="x").weights == pytest.approx((0.62525, 0.37475))


@pytest.mark.parametrize("text", ["AAPL 60\nKO 30", "AAPL 60%\nKO 30%", "AAPL 0.6\nKO 0.3"])
def test_weights_may_be_percent_or_decimals(text):
    portfolio = to_portfolio(read(text, "weight"), {}, name="x", value=5.0, currency="CHF")
    assert portfolio.weights == pytest.approx((0.6, 0.3))
    assert (portfolio.value, portfolio.currency) == (5.0, "CHF")


@pytest.mark.parametrize(
    "text", ["AAPL 10\nKO 1,200.5", "AAPL, 10\nKO; 1,200.5", 'AAPL\t10\nKO,"1,200.5"', "aapl 10 USD\nKO|1200.5"]
)
def test_every_line_is_parted_by_its_own_separator(text):
    assert read(text).amounts == {"AAPL": 10.0, "KO": 1200.5}


def test_commas_between_digits_part_where_nothing_else_does():
    lines = lines_of(b"7203,100\n6758,200,JPY")
    assert parse(lines, ["7203", "6758"]).amounts == {"7203": 100.0, "6758": 200.0}


def test_one_odd_line_is_left_out_and_the_rest_goes_on():
    found = read("AAPL 100\nKO 5 shares\nJPM abc\nCASH\nKO 7")
    assert found.amounts == {"AAPL": 100.0, "KO": 7.0}
    assert {one.line: one.reason for one in found.entries if one.fate != "matched"} == {
        2: '"shares" is not a currency: write three letters, for instance EUR',
        3: '"abc" is not a quantity: write a finite number like 1250.5',
        4: "has no number",
    }


@pytest.mark.parametrize("kind", ["quantity", "value"])
def test_percentages_are_weights_whatever_the_numbers_are_said_to_be(kind):
    found = read("AAPL\t50 %\nKO\t50 %", kind)
    assert (found.kind, found.amounts) == ("weight", {"AAPL": 0.5, "KO": 0.5})


def test_percent_signs_settle_the_scale_of_weights():
    assert to_portfolio(read("AAPL 150 %\nKO -120 %", "weight"), {}, name="x").weights == pytest.approx((1.5, -1.2))
    mixed = read("AAPL 60 %\nKO 40", "weight")
    assert mixed.amounts == {"AAPL": 0.6}
    assert mixed.left_out[0].reason.startswith('"40" has no % sign, other lines have')


def test_an_excel_file_is_read_like_a_paste():
    target = io.BytesIO()
    pd.DataFrame({"Symbol": ["KO", None, "JPM"], "Shares": [4, None, 8]}).to_excel(target, index=False)
    lines = lines_of(target.getvalue(), "book.xlsx")
    assert parse(lines, TICKERS).amounts == {"KO": 4.0, "JPM": 8.0}


def test_every_fault_is_told_by_line_and_two_lots_of_an_asset_are_added():
    answer = understand(lines_of(b"AAPL, 12x\n\nFOO, 3\nKO, 1, USD\nKO, 2, USD\nJPM, 5, EUR"), TICKERS)
    assert answer.holdings.amounts == {"KO": 3.0, "JPM": 5.0}  # another currency is no fault: it wants a rate
    assert answer.told[-1] == "KO stands in lines 4 and 5: added up."
    reasons = {entry.line: entry.reason for entry in answer.entries if entry.fate == "left out"}
    assert reasons == {1: '"12x" is not a quantity: write a finite number like 1250.5', 3: "not in this market"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  \n ", "is empty"),
        ("ticker, quantity", "add one line per holding"),
        ("CASH, 100", "hold at least one asset"),
        ("AAPL, 0", "hold at least one asset"),
    ],
)
def test_lists_that_hold_nothing_say_what_to_do(text, said):
    with pytest.raises(InvalidInput, match=said):
        read(text)


def test_holdings_without_worth_are_refused():
    with pytest.raises(InvalidInput, match="add a line CASH"):
        to_portfolio(read("AAPL, 1\nJPM, -4"), PRICES, name="x")


def test_market_values_become_weights_only_where_all_are_known():
    assert market_cap_weights({"AAPL": 3.0, "KO": 1.0}, ["AAPL", "KO"]).tolist() == [0.75, 0.25]
    with pytest.raises(InvalidInput, match="market value of JPM is not known"):
        market_cap_weights({"AAPL": 3.0}, ["AAPL", "JPM"])


def test_cash_keeps_its_value_in_windows_of_history(small_market):
    weights = np.array([0.5, -0.2])
    values = window_values(small_market, 5, weights)
    slow = portfolio_values(small_market.log_returns()[3:8], weights)
    np.testing.assert_allclose(values[3], slow)


@pytest.fixture
def small_market():
    from fingen_core.market import bundled

    return bundled().select(["AAPL", "JPM"]).between("2020-01-01", "2020-06-30")


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "portfolios", "portfolio")


def test_records_are_listed_renamed_copied_deleted_and_restored(shelf):
    first = shelf.add("One", {"a": 1})
    second = shelf.duplicate(first.id)
    assert [record.name for record in shelf.list()] == ["One copy", "One"]
    shelf.rename(second.id, "Two")
    shelf.delete(first.id)
    assert [record.name for record in shelf.list()] == ["Two"]
    shelf.restore(first.id)
    assert {record.name for record in shelf.list()} == {"One", "Two"}
    assert shelf.change(first.id, {"a": 2}).id == first.id
    assert shelf.get(first.id).body == {"a": 2}


def test_names_are_refused_when_empty_long_or_taken(shelf):
    shelf.add("One", {})
    with pytest.raises(InvalidInput, match="called 'One' already"):
        shelf.add(" One ", {})
    with pytest.raises(InvalidInput, match="1 to 80 characters"):
        shelf.add(" ", {})
    with pytest.raises(InvalidInput, match="name of 81"):
        shelf.add("x" * 81, {})


@pytest.mark.parametrize("name", ["$5m and $6m", "a *core* book", "<b>", "[x](y)"])
def test_a_name_that_would_be_read_as_formatting_is_refused(shelf, name):
    with pytest.raises(InvalidInput, match="would be read as formatting: leave out"):
        shelf.add(name, {})
    assert shelf.add("my_book, 60/40 (2)", {}).name == "my_book, 60/40 (2)"


def test_a_restored_record_whose_name_was_taken_gets_another(shelf):
    first = shelf.add("One", {})
    shelf.delete(first.id)
    shelf.add("One", {})
    assert shelf.restore(first.id).name == "One (restored)"


def test_unknown_ids_and_damaged_files_are_not_found(shelf):
    record = shelf.add("One", {})
    (shelf.folder / f"{record.id}.json").write_text("{")
    assert shelf.list() == []
    for name in ("../../etc/passwd", "f" * 12):
        with pytest.raises(NotFound, match="no saved portfolio"):
            shelf.get(name)
    with pytest.raises(
        NotFound, match=rf"portfolio {record.id} cannot be read: {record.id}.json is cut off or no JSON"
    ):
        shelf.get(record.id)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (999_999.9999, "USD 1.00 m"),
        (999_400, "USD 999 k"),
        (99_950, "USD 100 k"),
        (-12.34e6, "USD \u221212.3 m"),
        (0, "USD 0"),
    ],
)
def test_an_amount_is_written_in_the_unit_that_it_rounds_to(amount, written):
    assert money(amount, "USD") == written.replace(" ", "\u202f")

"""``holdings`` on the command line: the table of the page, its questions and its way on."""

import json

import pytest

from fingen_core.__main__ import main
from fingen_core.market import bundled
from tests.holdings_layouts import LAYOUTS

CLOSES = bundled().prices.iloc[-1]
TERMINAL = (
    "AAPL US Equity\t1,200\t130.15\tUSD\nMSFT US Equity\t350\t240.10\tUSD\n"
    "NESN SW Equity\t90\t110.00\tCHF\nUSD Curncy\t25,000\t1\tUSD\n"
)


@pytest.fixture
def ask(tmp_path, capsys):
    def run(text, *options, code=0):
        path = tmp_path / "positions.csv"
        path.write_text(text)
        assert main(["holdings", str(path), *options]) == code
        return capsys.readouterr()

    return run


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_told_by_value(ask, layout):
    truth = LAYOUTS[layout]
    facts = json.loads(ask(truth.text, "--rate", "USD=1", "--rate", "CHF=1", "--currency", "EUR", "--json").out)
    assert facts["kind"] == truth.kind
    assert tuple(line["name"] for line in facts["lines"] if line["fate"] == "left out") == truth.left_out
    held = {ticker: share * facts["value"] for ticker, share in facts["weights"].items()}
    if truth.kind == "value":
        assert held == pytest.approx(truth.amounts)


def test_what_is_left_out_is_told_and_its_worth_counted_at_a_rate(ask):
    said = ask(TERMINAL, "--rate", "CHF=1.1").out
    assert "CHF 9,900.00  NESN SW Equity  (not in this market)" in said
    assert "2 matched, 1 cash, 1 left out, 0 no holding" in said
    worth = 1200 * CLOSES["AAPL"] + 350 * CLOSES["MSFT"] + 25_000
    assert f"worth USD {worth:,.2f}" in said
    assert f"USD {1200 * CLOSES['AAPL']:,.2f}  AAPL US Equity" in said
    listed = 1200 * 130.15 + 350 * 240.10 + 25_000
    assert (
        f"Left out: 1 line of the list, USD 10,890 ({10890 / (10890 + listed):.1%} of it at the list's".replace(
            "%", " %"
        )
        in said
    )


def test_an_open_question_is_an_error_with_its_choices_and_its_answer_counts(ask):
    said = ask("AAPL;1.200\nMSFT;350", code=1).err
    assert "1.200 can be read in two ways" in said
    assert "mark=,: 1,200: the point parts thousands" in said
    facts = json.loads(ask("AAPL;1.200\nMSFT;350", "--answer", "mark=,", "--json").out)
    assert facts["value"] == pytest.approx(1200 * CLOSES["AAPL"] + 350 * CLOSES["MSFT"])


def test_a_line_may_be_taken_as_an_asset(ask):
    facts = json.loads(ask("Symbol,Market Value\nAAPL,300\nAPPL,100", "--take", "3=JPM", "--json").out)
    assert facts["weights"] == {"AAPL": 0.75, "JPM": 0.25}
    assert facts["left_out"] is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--take", "x=JPM"], "write the number of a line, like 3=AAPL"),
        (["--take", "3=ABC"], "'ABC' is no asset of US large caps"),
        (["--rate", "CHF=x"], "write a number, like CHF=1.08"),
        (["--answer", "mark"], "write KEY=VALUE"),
    ],
)
def test_options_that_make_no_sense_are_refused(ask, options, said):
    assert said in ask("AAPL, 5", *options, code=1).err

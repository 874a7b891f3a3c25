"""``company`` on the command line: a training of its own, the answer, and what is refused."""

import json

import pandas as pd
import pytest

from fingen_core.__main__ import main
from fingen_core.market import bundled

TICKERS = ("AAPL", "JPM", "KO")


@pytest.fixture
def files(tmp_path):
    prices = bundled().select(list(TICKERS)).between("2007-01-01", "2009-03-31").prices
    prices.to_csv(tmp_path / "prices.csv", index_label="Date")
    rows = [
        {"ticker": ticker, "item": item, **dict.fromkeys(("2007-12-31", "2006-12-31", "2008-12-31"), value)}
        for at, ticker in enumerate(TICKERS)
        for item, value in (("Total assets", 1000.0), ("Total debt", 200.0 + 200 * at), ("Net income", 50.0))
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "statements.csv", index=False)
    return ["--market", str(tmp_path / "prices.csv"), "--statements", str(tmp_path / "statements.csv")]


def test_a_company_is_asked_for_by_its_numbers(files, capsys):
    asked = [*files, "--preset", "quick", "--paths", "200", "--steps", "21", "--start", "2008-10-15"]
    assert main(["company", *asked, "--leverage", "3", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["n_companies"] == 3
    assert facts["numbers"] == {"leverage": 3.0}
    assert facts["verdict"] == "few"
    assert facts["outside"]["leverage"] > 1
    assert facts["nearest"][0] == "KO"
    assert 0.1 < facts["any_company"]["volatility"] < 2
    assert facts["with_numbers"]["es_21"] >= facts["with_numbers"]["var_21"] > 0
    assert main(["company", *asked]) == 0  # the model is there already
    said = capsys.readouterr().out
    assert "no number is told" in said
    assert main(["company", *asked, "--leverage", "0.4"]) == 0
    assert "3 companies told them, too few for any relation" in capsys.readouterr().out
    assert "has not happened" in said


def test_what_makes_no_sense_is_one_sentence(files, capsys):
    assert main(["company", *files, "--size", "0"]) == 1
    assert "give total assets above 0, or leave it out" in capsys.readouterr().err
    assert main(["company", *files, "--leverage", "nan"]) == 1
    assert "give a finite number" in capsys.readouterr().err
    assert main(["company", *files, "--start", "last year"]) == 1
    assert "'last year' is no day: use a date such as 2008-09-12" in capsys.readouterr().err
    assert main(["company", *files[:2]]) == 1
    assert "0 companies of prices have statements" in capsys.readouterr().err


def test_what_a_file_says_is_shown_with_its_unit_and_what_was_left_out(tmp_path, capsys):
    path = tmp_path / "acme.csv"
    path.write_text("Item,12/31/2022,12/31/2021\nTotalAssets,352583,352755\nNetIncome,90,80\nProfitLoss,91,81\n")
    shown = ["company", "--statements", str(path), "--show"]
    assert main(shown) == 1
    assert "Choose the unit with --unit" in capsys.readouterr().err
    assert main([*shown, "--unit", "millions", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["companies"]["acme"]["Total assets"] == {"2022-12-31": 352583, "2021-12-31": 352755}
    assert "Net income: NetIncome is taken, ProfitLoss left out" in facts["told"]
    assert main([*shown, "--unit", "millions"]) == 0
    assert "acme, in millions" in capsys.readouterr().out
    assert main(["company", "--statements", str(path)]) == 1
    assert "names no company: for several companies add a column called ticker" in capsys.readouterr().err


def test_companies_in_several_currencies_are_not_asked_for_by_size(files, tmp_path, capsys):
    path = tmp_path / "statements.csv"
    table = pd.read_csv(path)
    table["currency"] = table["ticker"].map({"AAPL": "USD", "JPM": "USD", "KO": "EUR"})
    table.to_csv(path, index=False)
    assert main(["company", *files, "--size", "1000"]) == 1
    assert "--size 1000: total assets are in EUR, USD and are not converted" in capsys.readouterr().err

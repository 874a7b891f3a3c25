"""``risk`` on the command line: the numbers of the page Portfolio, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fingen_core.__main__ import main
from fingen_core.market import bundled
from fingen_core.metrics.risk import expected_shortfall, value_at_risk
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.saved import portfolio_shelf
from fingen_core.settings import home as home_folder

QUICK = ["--run", "block-bootstrap", "--paths", "400"]


def answer(capsys, *arguments):
    assert main(["risk", *arguments, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    return facts, pd.DataFrame(facts.pop("table"))


def test_a_model_stands_beside_history_and_a_rival_over_four_horizons(capsys):
    facts, table = answer(capsys, *QUICK)
    assert facts["portfolio"] == "Equal weight"
    assert facts["start"] == f"{bundled().dates[-1]:%Y-%m-%d}"
    assert facts["paths"] == 400
    assert table["source"].unique().tolist() == ["Block bootstrap", "History", "FHS, GJR-GARCH"]
    assert table["kind"].unique().tolist() == ["rival", "history"]
    assert sorted(table["horizon"].unique()) == [1, 10, 21, 63]
    assert set(table["level"]) == {0.95, 0.975, 0.99}
    banded = table.dropna()
    assert (banded["low"] <= banded["high"]).all()


def test_one_level_says_what_all_of_them_say(capsys):
    _, every = answer(capsys, *QUICK)
    _, one = answer(capsys, *QUICK, "--level", "0.975")
    expected = every[every["level"] == 0.975].reset_index(drop=True)
    pd.testing.assert_frame_equal(one, expected)


def test_history_is_that_of_the_weights_of_a_saved_portfolio(capsys, home):
    market = bundled()
    mine = Portfolio(name="Banks", tickers=("JPM", "AAPL"), weights=(0.8, -0.1))
    portfolio_shelf(home_folder()).add("Banks", replace(mine, name="x").to_json())
    facts, table = answer(capsys, *QUICK, "--portfolio", "Banks")
    assert facts["portfolio"] == "Banks"
    assert facts["weights"]["JPM"] == 0.8
    days = np.expm1(market.log_returns().astype(np.float64)) @ mine.on(market.tickers)
    past = table[(table["kind"] == "history") & (table["horizon"] == 1) & (table["level"] == 0.99)]
    told = past.set_index("measure")["estimate"]
    assert told["VaR"] == pytest.approx(value_at_risk(days, 0.99), rel=1e-6)
    assert told["ES"] == pytest.approx(expected_shortfall(days, 0.99), rel=1e-6)


def test_people_read_a_table(capsys):
    assert main(["risk", *QUICK, "--level", "0.95", "--start", "2008-09-12", "--seed", "3"]) == 0
    first, heads, *rows, last = capsys.readouterr().out.splitlines()
    assert first == ("Equal weight, 400 paths from 2008-09-12, seed 3, by Block bootstrap; none of them has happened")
    assert heads.split("  ")[-1].strip() == "FHS, GJR-GARCH"
    assert [row.split()[:3] for row in rows] == [
        [days, unit, measure]
        for days, unit in [("1", "day"), ("10", "days"), ("21", "days"), ("63", "days")]
        for measure in ("VaR", "ES")
    ]
    assert last == "90 % bands in brackets; losses are positive"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--level", "97.5"], "--level 97.5: a confidence level lies inside (0, 1)"),
        (["--portfolio", "Nobody's"], 'no portfolio is called "Nobody\'s": choose from Equal weight'),
        (["--paths", "0"], "n_paths = 0: use a whole number from 1"),
        (["--run", "0123456789ab"], "0123456789ab"),
        (["--start", "soon"], "start = 'soon': use a date such as 2008-09-12"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(arguments, words, capsys):
    assert main(["risk", *arguments]) == 1
    assert words in capsys.readouterr().err

"""Workbooks hold the formulas whose values they show; reports and cards say what they must; printing ends."""

import io
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest

from fingen_core.charts import risk as charts
from fingen_core.errors import InvalidInput
from fingen_core.market import Market, Source, bundled
from fingen_core.market.step import DAILY
from fingen_core.metrics.risk import expected_shortfall, value_at_risk
from fingen_core.portfolio.named import NamedPaths
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.risk import Gains, euler_shortfall, gains_at, risk_table
from fingen_core.reports.model_card import card_section, card_tables, weak_points
from fingen_core.reports.report import Chart, Report, Section, Sheet, report_html
from fingen_core.reports.workbook import RiskBook, risk_workbook
from fingen_core.runs import RunStore, stewardship
from fingen_core.runs.model_cards import card_of, scores_with_floors, validation_of
from fingen_core.runs.stewardship import Stewardship
from fingen_core.scenarios.outcomes import Outcomes
from fingen_core.ui.risk import words
from fingen_core.ui.risk.inputs import Desk

TICKERS = ("A", "B", "C")
WEIGHTS = np.array([0.6, -0.1, 0.3])


KINDS = (("VAE", "generated"), ("History", "history"))


def falls(label, kind, seed):
    steps = np.random.default_rng(seed).normal(0, 0.02, (200, 10))
    values = np.concatenate([np.ones((200, 1)), np.exp(steps.cumsum(axis=1))], axis=1)
    return Outcomes.of(values, label=label, kind=kind, note="")


@pytest.fixture(scope="module")
def sources():
    generator = np.random.default_rng(0)
    found = []
    for label, kind, n in (("VAE", "generated", 230), ("History", "history", 333)):
        paths = generator.standard_t(4, (n, 10, 3)).astype(np.float32) * 0.01
        found.append(
            Gains(label=label, kind=kind, over=gains_at(paths, (1, 10)), cluster=21, overlapping=kind == "history")
        )
    return found


@pytest.fixture(scope="module")
def book(sources):
    gains = sources[0].over[10]
    table = pd.DataFrame({"asset": TICKERS, "weight": WEIGHTS, "Normal": euler_shortfall(gains, WEIGHTS, 0.975)})
    shocks = [[-0.5, 0.1, -0.2], [-0.1, -0.1, 0.4]]
    replay = NamedPaths(name="Replay: Lehman", group="Replay", kind="history", gains=np.array(shocks[:1]), n_steps=9)
    pair = NamedPaths(
        name="Two", group="State", kind="generated", gains=np.array(shocks), n_steps=10, chances=np.array([1.0, 3.0])
    )
    return RiskBook(
        portfolio=Portfolio(name="Mine", tickers=TICKERS, weights=tuple(WEIGHTS), value=2e6, currency="EUR"),
        tickers=TICKERS,
        weights=WEIGHTS,
        level=0.975,
        sources=sources,
        table=risk_table(sources, WEIGHTS, n_resamples=20),
        contributions=table,
        scenarios=[replay, pair],
        marks={"Two": "beyond the past: 1.8 times the worst 10 days of 1999-2022, 20.0 %"},
        outcomes=[falls(label, kind, seed) for seed, (label, kind) in enumerate(KINDS)],
        about={"What for": "The committee", "Date": "2026-01-05", "Owner of the model": "Ann"},
        lights=[("Is it right about tomorrow?", "unsure", "Not at 1 %.")],
        facts={"Seed": "0"},
        card={"Identification": pd.DataFrame({"What": ["Owner"], "Value": ["Ann"]})},
    )


@pytest.fixture(scope="module")
def opened(book):
    data = risk_workbook(book)
    return openpyxl.load_workbook(io.BytesIO(data)), openpyxl.load_workbook(io.BytesIO(data), data_only=True)


def column(sheet, place):
    """Numbers of a range like ``Outcomes!$A$3:$A$9``."""
    cells = sheet.parent[place.split("!")[0].strip("'")][place.split("!")[1].replace("$", "")]
    return np.array([row[0].value for row in cells], dtype=float)


def test_every_sheet_is_there_and_says_that_paths_have_not_happened(opened):
    formulas, _ = opened
    assert formulas.sheetnames == [
        "Cover",
        "Portfolio",
        "Tail risk",
        "Fan",
        "Losses",
        "Drawdowns",
        "Contributions",
        "Scenarios",
        "Scenario returns",
        "Bands",
        "Outcomes",
        "Model card",
        "About",
    ]
    assert "Has not happened" in formulas["Cover"]["A2"].value


def test_amounts_and_cash_are_formulas_with_their_values(opened):
    formulas, values = (book["Portfolio"] for book in opened)
    assert [formulas[f"C{row}"].value for row in (5, 6, 7)] == ["=B5*$B$2", "=B6*$B$2", "=B7*$B$2"]
    assert [values[f"C{row}"].value for row in (5, 6, 7)] == pytest.approx([1.2e6, -2e5, 6e5])
    assert formulas["B8"].value == "=1-SUM(B5:B7)"
    assert values["B8"].value == pytest.approx(0.2)


def test_tail_risk_formulas_give_what_the_metrics_give(opened, sources):
    formulas, values = (book["Tail risk"] for book in opened)
    for row, (source, horizon) in enumerate([(s, h) for s in sources for h in s.over], 5):
        returns = source.returns(horizon, WEIGHTS)
        place = re.search(r"COUNT\((.+)\)", formulas[f"C{row}"].value)[1]
        cells = column(values, place)
        assert np.all(np.diff(cells) >= 0)
        size = round(len(cells) * (1 - values["B2"].value), 9)  # what the formulas do, step by step
        edge = cells[max(1, int(np.ceil(size))) - 1]
        tail = (cells[: int(size)].sum() + (size - int(size)) * edge) / size
        assert f"INDEX({place},MAX(1,ROUNDUP(ROUND(C{row}*(1-'Tail risk'!$B$2),9),0)))" in formulas[f"D{row}"].value
        assert formulas[f"E{row}"].value.startswith("=-(IF(ROUND(")
        assert values[f"C{row}"].value == len(returns)
        assert values[f"D{row}"].value == pytest.approx(-edge) == pytest.approx(value_at_risk(returns, 0.975))
        assert values[f"E{row}"].value == pytest.approx(-tail) == pytest.approx(expected_shortfall(returns, 0.975))
        assert values[f"G{row}"].value == pytest.approx(-tail * 2e6)


def test_scenario_losses_follow_the_weights(opened):
    formulas, values = (book["Scenarios"] for book in opened)
    for row in (4, 5):
        weights, returns = re.search(r"SUMPRODUCT\((.+),(.+)\)", formulas[f"D{row}"].value).groups()
        assert values[f"D{row}"].value == pytest.approx(-column(values, weights) @ column(values, returns))
    assert values["D4"].value == pytest.approx(0.37)  # .6 * .5 + .1 * .1 + .3 * .2
    assert values["E4"].value == pytest.approx(0.37 * 2e6)
    assert values["G4"].value is None
    assert values["G5"].value.startswith("beyond the past: 1.8 times")


def test_contributions_add_up_in_the_workbook(opened, sources):
    formulas, values = (book["Contributions"] for book in opened)
    assert formulas["C7"].value == "=SUM(C4:C6)"
    assert values["C7"].value == pytest.approx(expected_shortfall(sources[0].returns(10, WEIGHTS), 0.975))
    assert sum(values[f"D{row}"].value for row in (4, 5, 6)) == pytest.approx(1)


def tail_chart(sources):
    table = risk_table(sources, WEIGHTS, [0.975], n_resamples=20)
    return charts.tails(table, "ES", "Expected shortfall", "note", step=DAILY)


def test_a_report_needs_nothing_from_outside(sources):
    section = Section(
        title="Tail <risk>",
        lead="What is lost.",
        charts=[Chart(name="one", figure=tail_chart(sources), how=charts.HOW["tails"])],
        sheets=[Sheet(title="All", frame=pd.DataFrame({"A": ["x & y"]}), folded=True)],
    )
    html = report_html(
        Report(title="Risk of <Mine>", answer="It loses **3 %**.", facts={"Seed": "0"}, sections=[section])
    )
    outside = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert "Risk of &lt;Mine&gt;" in outside
    assert "<b>3\u202f%</b>" in outside
    assert "x &amp; y" in outside
    assert "Has not happened" in outside
    assert not re.findall(r'(?:src|href)="(?!#|data:)', outside)
    assert "$" not in outside.partition("<figcaption>")[2].partition("</figcaption>")[0]


def test_the_card_of_the_shipped_model_has_every_field(home):
    store = RunStore(home)
    card, scores = card_of("pretrained", store, bundled()), scores_with_floors(validation_of("pretrained", store))
    steward = Stewardship().changed(owner="Ann", status="reviewed", text="Reviewed for Q3", who="ann@example.org")
    weak = weak_points(validation_of("pretrained", store))
    tables = card_tables(card, steward, scores, weak)
    assert list(tables) == [
        "Identification",
        "Purpose and use",
        "Data lineage",
        "Development",
        "Validation",
        "What it is bad at",
        "Scores on held-out days",
        "Scores with floors",
        "Limits",
        "Change log",
        "All settings",
    ]
    facts = tables["Identification"].set_index("What")["Value"]
    assert (facts["Owner"], facts["Status"]) == ("Ann", "reviewed")
    assert tables["Data lineage"].set_index("What")["Value"]["Digest"] == bundled().digest()
    assert (tables["Scores with floors"]["Floor"] != "").any()
    assert "status draft to reviewed" in tables["Change log"]["What"][0]
    section = card_section(card, steward, scores, weak)
    html = report_html(Report(title="t", answer="a", facts={}, sections=[section]))
    assert "compliant" not in html.lower()
    listed = tables["What it is bad at"]
    assert len(listed) == len(weak) > 5
    assert listed["Measure"][0] == "Expected shortfall, 10 days, median asset"
    assert "times history's own noise" in listed["In its validation"][0]
    assert html.count("Not counted by the light") == sum("Not counted by the light" in text for text in weak)
    assert "What it is bad at" not in card_tables(card, steward, scores)


def test_the_card_of_a_rival_speaks_of_the_step_of_its_market(home):
    monthly = Market(bundled().prices.resample("ME").last(), Source(kind="upload"), "Monthly")
    assert "residuals of whole past months" in str(card_of("fhs-gjr", RunStore(home), monthly))
    assert "residuals of whole past days" in str(card_of("fhs-gjr", RunStore(home), bundled()))


def test_a_rival_has_a_card_too(home):
    card = card_of("fhs-gjr", RunStore(home), bundled())
    tables = card_tables(card, Stewardship(), scores_with_floors(None))
    assert "GJR-GARCH" in tables["Development"]["Value"].iloc[0]
    assert "Scores with floors" not in tables


def test_who_answers_for_a_model_is_kept(home):
    before = stewardship.load(home, "pretrained")
    assert before == Stewardship()
    assert before.changed(owner="", status="draft", text=" ", who="x") is before
    after = before.changed(owner="Ann", status="retired", text="", who="bob")
    stewardship.save(home, "pretrained", after)
    assert stewardship.load(home, "pretrained") == after
    assert after.changes[0].text == "status draft to retired; owner nobody to Ann"
    with pytest.raises(InvalidInput, match="no source of scenarios"):
        stewardship.load(home, "../x")
    with pytest.raises(InvalidInput, match="use draft, reviewed or retired"):
        Stewardship(status="approved")


def test_holdings_are_numbers_for_programs_and_words_for_people():
    desk = Desk(
        market=bundled(),
        portfolio=Portfolio(name="Mine", tickers=("AAPL", "JPM"), weights=(0.9, -0.2), value=771_828.5, currency="EUR"),
        benchmark=None,
        source="pretrained",
        label="Pretrained VAE",
        rival="fhs-gjr",
        start=None,
        level=0.975,
        n_paths=1_000,
        seed=0,
        stress=None,
    )
    numbers = pd.read_csv(io.StringIO(words.holding_numbers(desk).to_csv(index=False)))
    assert numbers["position"].tolist() == ["AAPL", "JPM", "Cash"]
    np.testing.assert_allclose(numbers["weight"], [0.9, -0.2, 0.3])
    np.testing.assert_allclose(numbers["amount"], 771_828.5 * numbers["weight"])
    assert set(numbers["currency"]) == {"EUR"}
    assert words.holdings(desk)["Weight"].tolist() == ["90.0\u202f%", "\u221220.0\u202f%", "30.0\u202f%"]

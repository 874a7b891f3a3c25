"""The same question has the same answer on every page, in every report and on the command line, to the last digit."""

import io
import json
import zipfile

import openpyxl
import pandas as pd
import pytest

from fingen_core.__main__ import main
from fingen_core.charts.theme import percent, percent_range
from fingen_core.metrics.risk import expected_shortfall, value_at_risk
from fingen_core.reports.kept import KeptReports
from fingen_core.scenarios.opening import opening
from fingen_core.settings import N_PATHS, home
from tests.app.page_support import text, titles, visit

DAYS = 63
WORDS = {"VaR": "Value at risk", "ES": "Expected shortfall"}
SAMPLE = f"{N_PATHS:,} paths, {DAYS} days, from 2022-12-28, seed 0"

pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the command line says of equal weights of the bundled market, asked for nothing else."""
    with pytest.MonkeyPatch.context() as patch, io.StringIO() as out:
        patch.setenv("FINGEN_HOME", str(tmp_path_factory.mktemp("told")))
        patch.setattr("sys.stdout", out)
        assert main(["risk", "--json"]) == 0
        return pd.DataFrame(json.loads(out.getvalue())["table"])


def shown_of(told, days):
    """Cells of a horizon as tables show them, by measure and level, a column per kind of source."""
    rows = told[told["horizon"] == days]
    shown = [
        percent_range(row.estimate, row.low, row.high) if pd.notna(row.low) else percent(row.estimate)
        for row in rows.itertuples()
    ]
    return rows.assign(shown=shown).pivot_table("shown", ["measure", "level"], "kind", aggfunc="first")


def agrees(table, expected, columns):
    """The rows of a table of tails, with columns by kind, say what the command line says."""
    for (measure, level), row in expected.iterrows():
        shown = table.loc[f"{WORDS[measure]}, {level * 100:g}\u00a0%"]
        for kind, column in columns.items():
            assert shown[column] == row[kind], (measure, level, kind)


@pytest.mark.parametrize("days", [21, DAYS])
def test_scenarios_say_what_the_command_line_says(app, told, days):
    app.query_params["by"] = ["pretrained", "fhs-gjr"]
    visit(app, "pages/stress/scenarios.py", view="Table", days=f"{days} days")
    table = app.table[0].value
    model, rival, history = table.columns
    agrees(table, shown_of(told, days), {"generated": model, "rival": rival, "history": history})


def test_a_saved_scenario_says_it_in_the_library(app, told):
    visit(app, "pages/stress/scenarios.py")
    app.text_input(key="scenario_name").input("Quarter")
    app.button(key="scenario_save").click().run()
    visit(app, "pages/stress/library.py", library_view="Compare", library_compare_view="Table")
    agrees(app.table[0].value, shown_of(told, DAYS), {"generated": "Quarter", "history": "History"})


def test_a_portfolio_says_it_over_every_horizon(app, told):
    visit(app, "pages/risk/portfolio.py")
    table = next(frame.value for frame in app.dataframe if "Measure" in frame.value)
    columns = dict(zip(told["source"].unique(), [table.columns[2], *table.columns[4:6]], strict=True))
    shown = table.set_index(["Days", "Measure"])
    names = list(shown.index)
    assert len(names) == len(told) / 3
    for row, (source, column) in ((row, pair) for row in told.itertuples() for pair in columns.items()):
        if row.source == source:
            name = next(n for n in names if n[0] == row.horizon and n[1] == _measure(row))
            cell = percent_range(row.estimate, row.low, row.high) if pd.notna(row.low) else percent(row.estimate)
            assert shown.loc[name, column] == cell


def _measure(row):
    return f"{WORDS[row.measure]}, {row.level * 100:g}\u202f%"


def _made(kept, record_id, form):
    """The bytes of a report, if it has that form."""
    path = kept.path(record_id)
    return path.read_bytes() if path.suffix == {"CSV": ".zip", "Excel": ".xlsx", "HTML": ".html"}[form] else b""


def test_reports_hold_the_very_numbers(app, told):
    visit(app, "pages/risk/portfolio.py", risk_stress="None")
    app.button(key="report_open").click().run()
    made = {}
    for form in ("CSV", "Excel", "HTML"):
        app.segmented_control(key="report_form").set_value(form).run()
        app.button(key="report_make").click().run()
        assert not app.exception
        kept = KeptReports(home())
        made[form] = next(data for record in kept.records() if (data := _made(kept, record.id, form)))
    with zipfile.ZipFile(io.BytesIO(made["CSV"])) as archive:
        numbers = pd.read_csv(archive.open("tail-risk.csv"))
    figures = ["horizon", "level", "estimate", "low", "high", "outcomes"]
    pd.testing.assert_frame_equal(
        numbers[figures].astype(float), told[figures].astype(float), check_exact=False, rtol=1e-12
    )
    html = made["HTML"].decode()
    book = openpyxl.load_workbook(io.BytesIO(made["Excel"]), data_only=True)
    cells = [cell for row in book["Tail risk"].iter_rows(values_only=True) for cell in row if isinstance(cell, float)]
    for row in told.itertuples():
        if row.level == 0.975:
            assert any(abs(cell - row.estimate) < 1e-9 for cell in cells), row
        assert percent(row.estimate) in html


def test_home_opens_with_the_paths_of_everybody(app, told):
    prepared = opening()
    assert prepared is not None
    returns = prepared[0].returns()
    own = told[(told["horizon"] == DAYS) & (told["kind"] == "generated")]
    measures = {"VaR": value_at_risk, "ES": expected_shortfall}
    for row in own.itertuples():  # values are kept in steps of .01 %
        assert measures[row.measure](returns, row.level) == pytest.approx(row.estimate, abs=5e-5)
    visit(app, "pages/start/home.py", worst="Worst 5 %")
    worst = own[(own["measure"] == "ES") & (own["level"] == 0.95)]["estimate"].item()
    assert percent(worst) in titles(app)[0]
    assert SAMPLE in titles(app)[0]


def test_a_forecast_is_drawn_from_the_same_paths(app):
    visit(app, "pages/decide/forecast.py", forecast_days=str(DAYS))
    assert f"{N_PATHS:,} paths" in " ".join([*titles(app), text(app)])
    assert app.select_slider(key="forecast_paths").value == N_PATHS
    assert app.number_input(key="forecast_seed").value == 0

"""The report on a validation: self-contained, verdict first, and every number in it is one that was measured."""

import dataclasses
import io
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from fingen_core.charts.validation import shown
from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.generators.classical.fhs import FilteredHistoricalSimulation
from fingen_core.metrics.catalog import METRICS
from fingen_core.reports.numbers import PLACE, all_rows, numbers, to_csv
from fingen_core.reports.page import alt_text, markdown, table
from fingen_core.reports.validation import benchmark_html, judged_days, validation_html
from fingen_core.reports.weaknesses import counted, weaknesses
from fingen_core.runs.folder import RunFolder
from fingen_core.runs.validations import read, shipped
from fingen_core.validation.judge import judge, reference
from fingen_core.validation.table import best_rival, main_rival
from fingen_core.validation.verdict import LONG_RUN, THRESHOLDS, verdict
from tests.validation_support import FIT_UNTIL, gaussian, judged_of, small, toy_market

NAN = float("nan")


@pytest.fixture(scope="module")
def market():
    return toy_market()


@pytest.fixture(scope="module")
def history(market):
    return reference(market, small())


@pytest.fixture(scope="module")
def fhs(market, history):
    fit = market.split(FIT_UNTIL)[0]
    return judge(FilteredHistoricalSimulation().fit(fit), market, small(), key="fhs-gjr", against=history)


@pytest.fixture(scope="module")
def ours(market, history):
    fit = market.split(FIT_UNTIL)[0]
    judged = judge(StationaryBootstrap().fit(fit), market, small(), key="vae", against=history, device="Toy GPU")
    return dataclasses.replace(judged, label="My <VAE>", seconds_fit=12.34, commit="abc1234")


@pytest.fixture(scope="module")
def page(ours, fhs, history):
    return validation_html([ours], [fhs], history, title="Is “Toy & Co” good?")


class Outline(HTMLParser):
    """Headings, alt texts, links to elsewhere and table cells of a page."""

    def __init__(self, text):
        super().__init__()
        self.headings, self.labels, self.foreign, self.ids, self.cells = [], [], [], [], []
        self.stack = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag in ("h1", "h2", "h3", "td", "th"):
            self.stack.append((tag, ""))
        if found.get("role") == "img":
            self.labels.append(found["aria-label"])
        if "id" in found:
            self.ids.append(found["id"])
        address = found.get("src") or found.get("href") or ""
        if not address.startswith(("#", "data:")) and address:
            self.foreign.append(address)

    def handle_data(self, data):
        if self.stack:
            tag, text = self.stack[-1]
            self.stack[-1] = (tag, text + data)

    def handle_endtag(self, tag):
        if self.stack and self.stack[-1][0] == tag:
            tag, text = self.stack.pop()
            (self.cells if tag in ("td", "th") else self.headings).append((tag, text))


@pytest.fixture(scope="module")
def outline(page):
    return Outline(page)


def test_verdict_comes_first_then_what_is_bad_then_the_evidence(outline):
    assert outline.headings[0] == ("h1", "Is “Toy & Co” good?")
    assert [text for tag, text in outline.headings if tag == "h2"] == [
        "Verdict",
        "What it is bad at",
        "Is it right about tomorrow?",
        "Does it live like a market?",
        "Does it show anything new?",
        "All numbers",
        "Facts",
    ]


def test_the_lights_are_those_of_the_verdict_in_words(page, ours, fhs, history):
    for light in verdict(ours, [fhs], history):
        assert markdown(light.sentence) in page
    badges = re.findall(r"<span class='badge (\w+)'>(.*?)</span>", page)
    marks = {"good": "✓ Good", "unsure": "? Unsure", "bad": "✕ Bad"}
    assert badges == [(light.color, marks[light.color]) for light in verdict(ours, [fhs], history)]


def test_it_needs_nothing_from_elsewhere_and_holds_the_library_once(page, outline):
    assert outline.foreign == []
    assert len(outline.ids) == len(set(outline.ids)), "an id stands twice"
    assert page.count("plotly.js v") == 1
    assert page.count("data:font/woff2;base64,") == 1
    assert "<VAE>" not in page, "a name is text, not markup"


def test_every_chart_has_a_text_that_says_what_it_shows(page, outline):
    assert len(outline.labels) == page.count('role="img"') == page.count("<figure>") >= 25
    assert all(len(text) > 20 and "<" not in text for text in outline.labels)
    assert any("promised" in text for text in outline.labels)


def test_links_in_the_page_lead_somewhere(page, outline):
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets
    assert targets <= set(outline.ids)


def test_every_measured_number_stands_in_its_table_with_its_formula(outline, ours, fhs, history):
    cells = {text for tag, text in outline.cells if tag == "td"}
    rows = all_rows([ours], [fhs], history)
    mine = rows[rows["generator"] == "vae"]
    assert set(mine["question"]) == {"tomorrow", "long run", "novelty"}
    for row in mine.itertuples():
        metric = METRICS[row.metric]
        if np.isfinite(row.value):
            assert shown(row.value, metric).replace(" %", "\u202f%") in cells, row.metric
        if np.isfinite(row.floor):
            assert shown(row.floor, metric).lstrip("+") in cells, row.metric
        assert any(text.startswith(metric.formula.replace(" %", "\u202f%")) for text in cells), row.metric


def test_facts_name_data_code_device_and_what_it_took(page, outline, history):
    cells = [text for tag, text in outline.cells if tag == "td"]
    for fact in ("12.3 s", "Toy GPU", "abc1234", history.protocol.digest()):
        assert fact in cells
    assert history.market_digest[:12] in page
    assert "Generated. Has not happened." in page


def test_two_trainings_of_one_kind_are_kept_apart(ours, fhs, history):
    other = judged_of(ours, seed=5, novelty=fhs.novelty)
    page = validation_html([ours, other], [fhs], history, title="Two")
    assert "My &lt;VAE&gt; (2)" in page
    assert page.count("class='lights'") == 2


def test_one_asset_has_no_heat_maps_and_still_a_report():
    market = toy_market(n_assets=1)
    protocol = small()
    past = reference(market, protocol)
    fit = market.split(FIT_UNTIL)[0]
    one = judge(StationaryBootstrap().fit(fit), market, protocol, key="block-bootstrap", against=past)
    page = validation_html([one], [], past, title="One asset")
    assert "chart-correlation-0" not in page
    assert "chart-scoreboard" in page
    assert "chart-1-days-difference" not in page, "nobody to compare with"


def test_a_benchmark_shows_every_generator_with_means_over_seeds(ours, fhs, history):
    again = judged_of(ours, seed=1, novelty=fhs.novelty, seconds_fit=99.0)
    parts = [all_rows([one], [fhs], history) for one in (ours, again)]
    rows = pd.concat([parts[0], parts[1][parts[1]["generator"] == "vae"]], ignore_index=True)
    page = benchmark_html(rows, [again, ours, fhs], history, title="All")
    cells = [text for tag, text in Outline(page).cells if tag == "td"]
    place = cells.index("My <VAE>")
    assert cells[place + 1] == "2"
    mean = rows[(rows["generator"] == "vae") & (rows["metric"] == "novelty_ratio")]["value"].mean()
    assert shown(mean, METRICS["novelty_ratio"]) in cells[place : place + 12]
    assert "99.0 s" in cells, "facts list every seed"


def test_a_benchmark_of_rivals_speaks_of_one_that_t_compares_with_the_reference_rival(ours, fhs, history):
    other = judged_of(ours, key="block-bootstrap", label="Bootstrap")
    rows = all_rows([other], [fhs], history)
    page = benchmark_html(rows, [fhs, other], history)
    assert f"Better than {fhs.label}" in page or f"Worse than {fhs.label}" in page or f"better than {fhs.label}" in page
    assert "than Bootstrap" not in page


def test_numbers_average_seeds_and_name_the_best_rival(ours, fhs, history):
    rows = all_rows([ours], [fhs], history)
    twin = rows[rows["generator"] == "vae"].assign(seed=1)
    twin["value"] += 0.5
    found = numbers(pd.concat([rows, twin]), "vae", ["fhs-gjr"]).set_index(PLACE)
    place = ("long run", 0, "all", "es_1d")
    one = rows[(rows["generator"] == "vae") & (rows["metric"] == "es_1d")].iloc[0]
    assert found.loc[place, "value"] == pytest.approx(one["value"] + 0.25)
    assert found.loc[place, "spread"] == pytest.approx(0.5 / np.sqrt(2))
    assert found.loc[place, "floor"] == pytest.approx(history.floors["es_1d"])
    best = best_rival(rows, ["fhs-gjr"]).set_index(PLACE)
    assert found.loc[place, "best_rival"] == "fhs-gjr"
    assert found.loc[place, "best_rival_value"] == best.loc[place, "value"]
    back = pd.read_csv(io.BytesIO(to_csv(found.reset_index())))
    assert len(back) == len(found)
    assert back["value"].iloc[0] == pytest.approx(found["value"].iloc[0], rel=1e-5)


def test_the_main_rival_is_the_reference_one_where_days_agree(ours, fhs):
    better = judged_of(fhs, key="t-copula", one_day=fhs.one_day)
    assert main_rival(ours, [better, fhs]) is fhs
    assert main_rival(ours, [better]) is better
    elsewhere = judged_of(fhs, one_day=gaussian(np.full(30, 0.01), true=np.full(30, 0.01)))
    assert main_rival(ours, [elsewhere]) is None


# -------------------------------------------------------------------------------------------------------- weak points


def row(generator, metric, value, *, floor=NAN, t=NAN, group="all", horizon=None):
    question = METRICS[metric].question
    days = (1 if question == "tomorrow" else 0) if horizon is None else horizon
    fact = {"generator": generator, "seed": 0, "question": question, "horizon": days, "group": group}
    return fact | {"metric": metric, "value": value, "floor": floor, "t": t, "t_short": t, "n": 500}


def weak(*rows):
    return weaknesses(pd.DataFrame(list(rows)), "vae")


def test_days_that_do_not_follow_each_other_are_called_spread():
    dates = pd.bdate_range("2019-01-15", periods=1000)
    assert judged_days(dates[::4]) == "250 days spread over 2019-01-15 to 2022-11-09"
    assert judged_days(dates) == "1,000 days from 2019-01-15 to 2022-11-14"


def test_weaknesses_are_sorted_by_how_far_they_are_beyond_the_floor():
    found = weak(
        row("vae", "es_1d", 0.5, floor=0.2),
        row("fhs-gjr", "es_1d", 0.1, floor=0.2),
        row("vae", "hill_error", 0.9, floor=0.1),
        row("fhs-gjr", "hill_error", 0.2, floor=0.1),
        row("vae", "fz0_1", 1.3, t=3.29),
        row("fhs-gjr", "fz0_1", 1.2),
    )
    assert [line.split("**")[1] for line in found] == [
        METRICS["hill_error"].label,
        METRICS["es_1d"].label,
        METRICS["fz0_1"].label,
    ]
    assert "halves of history 10.0\u202f%; best rival, FHS on GJR-GARCH: 20.0\u202f%" in found[0]
    assert "t = 3.3, 500 forecasts" in found[2]


def test_of_a_family_the_worst_comes_first_and_the_others_last_with_their_direction():
    found = weak(
        row("vae", "es_1d", 0.8, floor=0.2),
        row("fhs-gjr", "es_1d", 0.1, floor=0.2),
        row("vae", "es_1d_asset", -0.7),
        row("vae", "var_1d", 0.6, floor=0.2),
        row("fhs-gjr", "var_1d", 0.1, floor=0.2),
        row("vae", "hill_error", 0.25, floor=0.1),
        row("fhs-gjr", "hill_error", 0.2, floor=0.1),
    )
    assert [line.split("**")[1] for line in found] == [METRICS[m].label for m in ("es_1d", "hill_error", "var_1d")]
    assert "80.0\u202f% off, mostly too small, 4.0 times history's own noise (" in found[0]


@pytest.mark.parametrize(
    "rows",
    [
        [row("vae", "es_1d", 0.15, floor=0.2), row("fhs-gjr", "es_1d", 0.1, floor=0.2)],  # within the floor
        [row("vae", "var_1d", 0.205, floor=0.2), row("fhs-gjr", "var_1d", 0.1, floor=0.2)],  # 1.0 times it
        [row("vae", "share_copies", 0.3), row("fhs-gjr", "share_copies", 0.4)],  # no floor, and no rival does better
        [row("vae", "fz0_1", 1.3, t=1.2), row("fhs-gjr", "fz0_1", 1.2)],  # luck
        [row("vae", "novelty_ratio", 1.02), row("fhs-gjr", "novelty_ratio", 1.01)],  # new either way
        [row("vae", "kupiec_1", 0.2, group="equal weight"), row("fhs-gjr", "kupiec_1", 0.9, group="equal weight")],
    ],
)
def test_what_is_luck_or_nobody_does_better_is_no_weakness(rows):
    assert weak(*rows) == []


def test_rivals_do_not_change_what_misses_its_floor():
    ours = row("vae", "es_1d", 0.5, floor=0.2)
    for others, told in (([], ""), ([row("fhs-gjr", "es_1d", 0.6, floor=0.2)], "; best rival, FHS on GJR-GARCH: 60.0")):
        (line,) = weak(ours, *others)
        assert f"2.5 times history's own noise (halves of history 20.0\u202f%{told}" in line


def test_of_several_views_of_a_measure_the_worst_is_told():
    (line,) = weak(
        row("vae", "es_10d", 0.25, floor=0.2),
        row("vae", "es_10d_equal", 0.25, floor=0.25),
        row("vae", "es_10d_asset", 0.3, floor=0.1),
    )
    assert line.startswith(f"**{METRICS['es_10d_asset'].label}**: +30.0\u202f%, 3.0 times history's own noise")
    assert "Not counted by the light, which goes by expected shortfall, 10 days, all portfolios: 25.0" in line
    assert "1.2 times" in line


def test_what_the_light_counts_is_listed_however_little_it_misses_by():
    rows = [row("vae", "es_1d", 0.205, floor=0.2), row("vae", "hill_error", 0.1, floor=0.2)]
    (line,) = weak(*rows)
    assert line.endswith("The light counts this.")
    assert "1.02 times" in line
    told = counted(pd.DataFrame(rows), "vae")
    assert "counts 2 measures and finds 1 of them within" in told
    assert "beyond it expected shortfall, 1 day, all portfolios (1.02 times)" in told
    assert counted(pd.DataFrame([row("vae", "es_1d", 0.2)]), "vae") == ""


def test_the_light_that_ships_and_the_list_beside_it_agree():
    validation = shipped()
    light, table = validation.lights[1], validation.table()
    n, within = int(light.evidence["measures"]), int(light.evidence["within"])
    assert f"counts {n} measures and finds {within} of them within" in counted(table, "vae")
    listed = weaknesses(table, "vae")
    assert sum("The light counts this." in line or "which goes by" in line for line in listed) >= n - within
    worst = max(LONG_RUN, key=light.evidence.__getitem__)
    label = METRICS[worst].label
    told = f"{label[:1].lower()}{label[1:]} ({light.evidence[worst]:.1f} times"
    assert told in light.sentence
    assert told in counted(table, "vae")


def test_a_verdict_kept_with_the_name_of_before_is_read_with_that_of_now(tmp_path):
    shutil.copytree(shipped().folder, tmp_path / "kept", ignore=shutil.ignore_patterns("*.npz"))
    path = tmp_path / "kept" / "verdict.json"
    before = path.read_text().replace(
        ", 10 days, all portfolios (1.2 times that distance)", ", 10 days, 1.2 times that"
    )
    assert before != path.read_text()
    path.write_text(before)
    told = read(RunFolder(tmp_path / "kept"), "").lights[1].sentence
    assert "expected shortfall, 10 days, all portfolios, 1.2 times" in told


def test_the_sentence_that_ships_tells_where_equal_weight_alone_is_not_clear():
    validation = shipped()
    rows = validation.table().query("generator == 'vae' and group == 'equal weight' and horizon == 1")
    ts = rows.set_index("metric")["t"].filter(like="fz0")
    assert (ts > -2).sum() == 1
    alone = f"clear at 2.5 % and 5 % only (t {ts.min():.1f} to {ts.max():.1f})"
    assert alone in validation.lights[0].sentence


def test_uneven_ranks_are_a_weakness():
    (line,) = weak(row("vae", "pit_p", 0.002, group="equal weight"))
    assert "not spread evenly" in line
    assert "(p = 0.002)" in line
    assert weak(row("vae", "pit_p", 0.2, group="equal weight")) == []


def test_one_of_three_tails_at_three_percent_is_no_weakness_as_the_light_has_it():
    tails = [row("vae", f"kupiec_{tail}", p, group="equal weight") for tail, p in (("1", 0.03), ("5", 0.4))]
    assert weak(*tails) == []
    assert THRESHOLDS["breaches_right"] < 0.03


def test_copies_and_rejected_tests_are_weaknesses():
    found = weak(
        row("vae", "novelty_ratio", 0.4),
        row("fhs-gjr", "novelty_ratio", 1.0),
        row("vae", "share_copies", 0.3),
        row("fhs-gjr", "share_copies", 0.0),
        row("vae", "kupiec_1", 0.001, group="equal weight"),
        row("vae", "kupiec_5", 0.02, group="equal weight"),
        row("vae", "independence_5", 0.01, group="equal weight", horizon=10),
    )
    assert len(found) == 4, "one line for each kind of test and horizon"
    assert any(line.startswith("**Value at risk at 1 %**, one day ahead") and "0.001" in line for line in found)
    assert any("10 days ahead" in line and "clusters" in line for line in found)
    assert any(line.startswith(f"**{METRICS['share_copies'].label}**") for line in found)


def test_many_rejected_portfolios_are_a_weakness():
    ours = [row("vae", "kupiec_rejected_1", 0.19), row("vae", "kupiec_rejected_5", 0.12)]
    (line,) = weak(*ours, row("fhs-gjr", "kupiec_rejected_1", 0.12), row("fhs-gjr", "kupiec_rejected_5", 0.3))
    assert line.startswith("**Value at risk at 1 %**, one day ahead")
    assert "19.0\u202f% of the portfolios (by luck 5.0\u202f%; best rival, FHS on GJR-GARCH: 12.0\u202f%)" in line
    (line,) = weak(*ours)
    assert "19.0\u202f% of the portfolios (by luck 5.0\u202f%)" in line
    assert weak(row("vae", "kupiec_rejected_1", 0.09), row("fhs-gjr", "kupiec_rejected_1", 0.05)) == []


# -------------------------------------------------------------------------------------------------------------- page


def test_markdown_is_escaped_and_bold():
    assert markdown("a **b** < c\nnext\n\nlast -0.5 to 1 %") == "a <b>b</b> &lt; c next<br>last \u22120.5 to 1\u202f%"
    assert markdown("2013-01-02") == "2013-01-02", "a date has no minus"


def test_tables_align_numbers_and_escape_text():
    text = table(pd.DataFrame({"Name": ["<a>"], "Value": ["1 %"]}), numeric=["Value"])
    assert '<td class="num">1\u202f%</td>' in text
    assert "<td>&lt;a&gt;</td>" in text
    assert '<th class="num" scope="col">Value</th>' in text


def test_alt_text_is_title_sample_and_key_without_markup(ours):
    from fingen_core.charts import validation as charts

    walked = charts.Walked("VAE", "generated", ours.one_day)
    text = alt_text(charts.coverage([walked]))
    assert text.startswith("Breaches as promised at ")
    assert "; VAE: " in text
    assert "<" not in text


def test_where_forecasts_of_some_portfolios_were_kept_the_report_tells_what_was_found_on_all(ours, fhs, history):
    def few(judged):
        names = ("one_day", "ten_day")
        kept = {name: _of_equal_weight(getattr(judged, name)) for name in names if getattr(judged, name) is not None}
        return dataclasses.replace(judged, **kept)

    table, lights = all_rows([ours], [fhs], history), verdict(ours, [fhs], history)
    thinned = validation_html([few(ours)], [few(fhs)], history, title="Few", table=table, lights=lights)
    whole = Outline(validation_html([ours], [fhs], history, title="Few"))
    told = Outline(thinned)
    assert told.cells == whole.cells
    assert all(light.sentence in thinned for light in lights)
    summed = [label for label in told.labels if "2.5 % tail" in label.replace("\u2009", " ")]
    assert summed
    assert all("Equal weight" in label for label in summed)  # what scores are summed over is said
    assert any("All portfolios" in label for label in whole.labels)
    # Found again on what was kept, the numbers would be others.
    assert Outline(validation_html([few(ours)], [few(fhs)], history, title="Few")).cells != whole.cells


def _of_equal_weight(forecasts):
    names = ("realized", "value_at_risk", "expected_shortfall", "crps", "pit")
    kept = {name: getattr(forecasts, name)[:, :1] for name in names}
    return dataclasses.replace(forecasts, portfolios=forecasts.portfolios[:1], **kept)

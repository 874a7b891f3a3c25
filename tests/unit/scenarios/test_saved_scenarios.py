"""Saved scenarios come back as they were; the audit log only grows."""

import json
import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market.step import DAILY
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.runs.audit import LOCAL, AuditLog
from fingen_core.scenarios import Scenarios
from fingen_core.scenarios.conditions import View
from fingen_core.scenarios.requests import SampleRequest, StressRequest
from fingen_core.scenarios.saved import SavedScenario, paths_digest, scenario_shelf


def drawn(seed=0):
    returns = np.random.default_rng(seed).normal(0, 0.01, (4, 5, 2)).astype(np.float32)
    return Scenarios(log_returns=returns, tickers=("A", "B"), start=pd.Timestamp("2020-01-02"), step=DAILY)


def saved(**fields):
    return SavedScenario(
        **{
            "page": "pages/risk/portfolio.py",
            "query": {"risk_view": ["Scenarios"], "by": ["pretrained", "fhs-gjr"]},
            "requests": (SampleRequest(source="pretrained", seed=3, start="2008-09-12"),),
            "digests": (paths_digest(drawn()),),
            "market": "sample",
            "market_name": "US large caps",
            "portfolio": Portfolio(name="Mine", tickers=("A",), weights=(0.5,)),
            "headline": "It loses 3 %.",
            "notes": "for the committee",
            "who": "local",
            **fields,
        }
    )


def test_it_comes_back_from_the_shelf_as_it_was(tmp_path):
    shelf = scenario_shelf(tmp_path)
    record = shelf.add("Autumn 2008", saved().body())
    assert SavedScenario.of(shelf.get(record.id)) == saved()


def test_a_search_comes_back_too_and_older_records_have_none(tmp_path):
    fall = View(label="A", weights=(1.0,), low=-0.21, high=-0.19, n_days=10)
    search = StressRequest(kind="what-if", source="pretrained", views=(fall,), weights=(1.0,), start="2008-09-12")
    kept = saved(page="pages/stress/what_if.py", requests=(), digests=(), search=search)
    shelf = scenario_shelf(tmp_path)
    record = shelf.add("Fall", kept.body())
    assert SavedScenario.of(shelf.get(record.id)) == kept
    older = {name: value for name, value in kept.body().items() if name != "search"}
    assert SavedScenario.of(shelf.add("Older", older)).search is None


def test_paths_are_told_apart_to_the_last_bit():
    assert not saved().differs([drawn()])
    assert saved().differs([drawn(1)])
    moved = drawn().log_returns.copy()
    moved[-1, -1, -1] = np.nextafter(moved[-1, -1, -1], np.float32(1))
    assert saved().differs([replace(drawn(), log_returns=moved)])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"page": "pages/help/methods.py"}, "only those of pages/stress/scenarios.py"),
        ({"digests": ()}, "1 requests with 0 digests"),
        ({"notes": "x" * 2001}, "keep them to 2,000"),
    ],
)
def test_what_cannot_be_opened_again_is_refused(fields, said):
    with pytest.raises(InvalidInput, match=said):
        saved(**fields)


@pytest.mark.parametrize("change", [{"requests": [{"source": "pretrained", "n_paths": -1}]}, {"query": 3}, {"odd": 1}])
def test_a_file_changed_by_hand_is_refused_and_not_run(tmp_path, change):
    shelf = scenario_shelf(tmp_path)
    record = shelf.add("x", {**saved().body(), **change})
    with pytest.raises(InvalidInput):
        SavedScenario.of(shelf.get(record.id))


def test_the_log_tells_who_did_what_newest_first(tmp_path):
    log = AuditLog(tmp_path)
    assert log.table().empty
    log.add("scenario saved", "Autumn", id="ab")
    log.add("report written", "Autumn", who="ann@example.org")
    entries = log.entries()
    assert [(entry.who, entry.what) for entry in entries] == [
        ("ann@example.org", "report written"),
        (LOCAL, "scenario saved"),
    ]
    assert entries[1].facts == {"id": "ab"}
    assert log.table()["Facts"].tolist() == ["", "id ab"]


def test_the_log_is_only_ever_added_to(tmp_path):
    log = AuditLog(tmp_path)
    log.add("one")
    before = log.path.read_bytes()
    AuditLog(tmp_path).add("two", "a\nb")
    assert log.path.read_bytes().startswith(before)
    assert len(log.path.read_text().splitlines()) == 2
    with pytest.raises(InvalidInput, match="says nothing"):
        log.add(" ")


def test_a_damaged_line_hides_no_other(tmp_path):
    log = AuditLog(tmp_path)
    log.add("one")
    with log.path.open("a") as file:
        file.write('{"when": \n')
    log.add("two")
    assert [entry.what for entry in log.entries()] == ["two", "one"]


def test_lines_of_many_threads_stay_whole(tmp_path):
    threads = [
        threading.Thread(target=lambda n=n: [AuditLog(tmp_path).add(f"{n}", "x" * 500) for _ in range(20)])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = AuditLog(tmp_path).path.read_text().splitlines()
    assert len(lines) == 160
    assert all(json.loads(line)["about"] == "x" * 500 for line in lines)

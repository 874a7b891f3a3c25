"""Printing ends, whatever the browser does, and what it leaves is told in words."""

import os
import re
import threading
import time

import pandas as pd
import pytest

from fingen_core.errors import FinGenError, InvalidInput, NotFound
from fingen_core.jobs import printing
from fingen_core.jobs.printing import Printer
from fingen_core.reports.report import Report, Section, Sheet, report_html

PATIENCE = 90.0
WRITES = (
    "for word; do case $word in --print-to-pdf=*) printf '%%PDF-1.4 whole\\n%%%%EOF\\n' > ${word#*=};; esac; done\n"
)


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def ended(printer, job_id):
    until(lambda: not printer.ask(job_id).is_active, "the end of printing")
    return printer.ask(job_id)


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A browser that does what a script says."""

    def make(script):
        path = tmp_path / "browser"
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(0o755)
        monkeypatch.setenv("CHROMIUM", str(path))

    return make


@pytest.mark.skipif(printing.browser() is None, reason="no browser that prints")
def test_a_page_is_printed_as_pdf():
    printer, kept = Printer(), []
    printed = ended(printer, printer.submit("<h1>Risk</h1>", lambda data: kept.append(data) or "here"))
    assert (printed.status, printed.delivered, printed.problem) == ("done", "here", "")
    assert kept[0].startswith(b"%PDF")


@pytest.mark.skipif(printing.browser() is None, reason="no browser that prints")
def test_a_full_first_page_leaves_nothing_for_a_sheet_of_its_own():
    sentence = "On 2,516 days that it had not seen 2.5 % of losses lay beyond value at risk (2.5 % expected), "
    sections = ["Tail risk", "Portfolio", "Drawdowns", "Contributions", "Loss limit", "Scenarios", "Model card"]
    report = Report(
        title="Risk of Committee book of the third quarter",
        answer=f"Over 10 days **Committee book of the third quarter** loses 8.7 %. {3 * sentence}",
        about={name: f"{name}: {sentence}" for name in ("What for", "Date", "Owner", "Made by", "Market", "Model")}
        | {"Not in it": "Left out: 14 lines of the list, USD 1,410 (5.6 % of it): NESN SW Equity, QQZZ and 11 more."},
        lights=[(f"Is it right about {what}?", "good", 4 * sentence) for what in ("tomorrow", "a market", "novelty")],
        facts={"Seed": "0"},
        sections=[Section(title=title, lead="A few words.") for title in sections],
    )
    printer, kept = Printer(), []
    printed = ended(printer, printer.submit(report_html(report), lambda data: kept.append(data) or "here"))
    assert printed.status == "done"
    assert len(re.findall(rb"/Type\s*/Page\b", kept[0])) == 2  # the first page, and all sections


def long_table(n_rows):
    frame = pd.DataFrame({"What": [f"Setting {row}" for row in range(n_rows)], "Value": "1"})
    return Report(
        title="x", answer="x", facts={}, sections=[Section(title="Settings", sheets=[Sheet(title="All", frame=frame)])]
    )


def test_the_last_rows_of_a_table_stay_together_on_paper():
    style = report_html(long_table(3))
    assert "tbody tr:nth-last-child(-n + 3):not(:last-child) { break-after: avoid; }" in style


def test_without_a_browser_the_remedy_is_told(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "no-such-browser")
    with pytest.raises(InvalidInput, match="install Chromium, or open the HTML report"):
        Printer().submit("x", str)


@pytest.mark.parametrize(
    ("script", "timeout", "said"),
    [
        ("echo broken >&2\nexit 3\n", 60, "ended without a PDF (broken)"),
        ("exit 0\n", 60, "ended without a PDF (it said nothing)"),
        ("sleep 60\n", 0.3, "took longer than 0 s: tick fewer parts"),
        ("kill -9 $$\n", 60, "was ended by signal 9"),
        (WRITES.replace("\\n%%%%EOF\\n", ""), 60, "ended without a PDF"),  # cut off in the middle
    ],
)
def test_a_browser_that_fails_hangs_or_dies_is_told_in_a_sentence(stand_in, script, timeout, said):
    stand_in(script)
    printer = Printer(timeout=timeout)
    printed = ended(printer, printer.submit("x", str))
    assert printed.status == "failed"
    assert said in printed.problem


def test_a_browser_that_cannot_be_started_is_told(stand_in, tmp_path):
    stand_in("")
    (tmp_path / "browser").write_bytes(b"\x7fELF no program")
    printer = Printer()
    assert "could not be started" in ended(printer, printer.submit("x", str)).problem


def test_two_people_print_one_after_the_other(stand_in, tmp_path):
    stand_in(f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done\n{WRITES}")
    printer, order = Printer(), []
    first = printer.submit("x", lambda data: order.append("first") or "1")
    until(lambda: printer.ask(first).status == "printing", "the first to print")
    second = printer.submit("y", lambda data: order.append("second") or "2")
    assert printer.ask(second).status == "waiting"
    (tmp_path / "go").touch()
    assert (ended(printer, first).delivered, ended(printer, second).delivered) == ("1", "2")
    assert order == ["first", "second"]


def test_where_it_cannot_be_kept_is_told_and_the_next_one_prints(stand_in):
    stand_in(WRITES)
    printer = Printer()

    def refuse(data):
        raise FinGenError("the disk is full")

    def broken(data):
        raise OSError(28, os.strerror(28))

    assert ended(printer, printer.submit("x", refuse)).problem == "the disk is full"
    assert "No space left on device" in ended(printer, printer.submit("x", broken)).problem
    assert ended(printer, printer.submit("x", lambda data: "kept")).delivered == "kept"


def test_a_fault_of_ours_ends_the_job_too_and_is_heard(stand_in, monkeypatch):
    heard = []
    monkeypatch.setattr(threading, "excepthook", lambda told: heard.append(told.exc_type))
    stand_in(WRITES)
    printer = Printer()
    assert "fault of FinGen" in ended(printer, printer.submit("x", lambda data: 1 / 0)).problem
    until(lambda: heard == [ZeroDivisionError], "the log to hear of it")


def test_only_the_newest_are_remembered(stand_in, monkeypatch):
    monkeypatch.setattr(printing, "_REMEMBERED", 2)
    stand_in(WRITES)
    printer = Printer()
    jobs = [printer.submit("x", str) for _ in range(3)]
    until(lambda: all(job not in printer._jobs or not printer._jobs[job].is_active for job in jobs), "all to end")
    assert len(printer._jobs) == 2


def test_an_unknown_print_is_not_found():
    with pytest.raises(NotFound, match="make it again"):
        Printer().ask("x")

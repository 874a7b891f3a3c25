"""Reports that were made can be fetched again; only so many are kept; a damaged one costs only itself."""

import json
from dataclasses import replace

import pytest

from fingen_core.errors import FinGenError, InvalidInput, NotFound
from fingen_core.reports.kept import Facts, Kept, KeptReports

PDF = Facts(
    file="risk-mine-20221228.pdf",
    form="PDF",
    purpose="=Committee",
    portfolio="Mine",
    model="VAE",
    market="US",
    drawn="2,000 paths",
    who="ann",
)


@pytest.fixture
def reports(tmp_path):
    return KeptReports(tmp_path)


def names(reports):
    return [record.name for record in reports.records()]


def test_a_report_is_what_it_was(reports):
    kept = reports.keep(PDF, b"%PDF report")
    assert (kept.facts, kept.size) == (PDF, 11)
    assert reports.path(kept.id).read_bytes() == b"%PDF report"
    assert [Kept.of(record) for record in reports.records()] == [kept]
    assert reports.get(kept.id).made.startswith("20")


def test_two_of_one_name_are_told_apart_and_the_newest_stands_first(reports):
    for data in (b"a", b"b", b"c"):
        reports.keep(PDF, data)
    assert names(reports) == ["risk-mine-20221228 3.pdf", "risk-mine-20221228 2.pdf", "risk-mine-20221228.pdf"]
    long = reports.keep(replace(PDF, file=f"{'x' * 300}.pdf"), b"d")
    assert reports.get(long.id).facts.file == f"{'x' * 300}.pdf"


def test_deleting_can_be_undone(reports):
    kept = reports.keep(PDF, b"a")
    reports.delete(kept.id)
    assert names(reports) == []
    reports.restore(kept.id)
    assert names(reports) == [PDF.file]
    assert reports.path(kept.id).read_bytes() == b"a"


def test_only_so_many_are_kept_and_deleted_ones_go_first(tmp_path):
    reports = KeptReports(tmp_path, most=3)
    first, second, third = (reports.keep(PDF, b"x").id for _ in range(3))
    reports.delete(second)
    fourth = reports.keep(PDF, b"x").id
    assert {record.id for record in reports.records()} == {first, third, fourth}
    fifth = reports.keep(PDF, b"x").id
    assert {record.id for record in reports.records()} == {third, fourth, fifth}
    with pytest.raises(NotFound):
        reports.restore(second)
    assert len(list(reports.folder.iterdir())) == 6


def test_only_so_many_bytes_are_kept(tmp_path):
    reports = KeptReports(tmp_path, most_bytes=3000)
    ids = [reports.keep(PDF, b"x" * 900).id for _ in range(4)]
    assert [record.id for record in reports.records()] == ids[:1:-1]
    with pytest.raises(InvalidInput, match="take fewer paths"):
        reports.keep(PDF, b"x" * 3001)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"id": 3}', '{"id": "x", "name": "y"}', "\x00\xff"])
def test_a_damaged_record_costs_only_itself(reports, text):
    good, bad = reports.keep(PDF, b"good"), reports.keep(PDF, b"bad")
    (reports.folder / f"{bad.id}.json").write_text(text)
    fine = [record for record in reports.records() if record.id == good.id]
    assert Kept.of(fine[0]) == good
    for record in reports.records():
        if record.id != good.id:
            with pytest.raises(InvalidInput, match="delete it and make the report again"):
                Kept.of(record)
    assert reports.keep(PDF, b"next").size == 4


@pytest.mark.parametrize("change", [{"size": "many"}, {"file": "../../x"}, {"file": 3}, {"more": 1}, {"form": None}])
def test_a_record_of_strange_fields_is_refused_in_a_sentence(reports, change):
    kept = reports.keep(PDF, b"x")
    path = reports.folder / f"{kept.id}.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "body": {**record["body"], **change}}))
    with pytest.raises(InvalidInput, match="cannot be read"):
        reports.path(kept.id)


def test_a_file_that_is_gone_or_cut_is_told(reports):
    kept = reports.keep(PDF, b"report")
    path = reports.path(kept.id)
    path.write_bytes(b"rep")
    with pytest.raises(InvalidInput, match="3 bytes, but 6 were written"):
        reports.path(kept.id)
    path.unlink()
    with pytest.raises(NotFound, match="is gone"):
        reports.path(kept.id)


def test_a_full_disk_is_told_and_leaves_nothing_half(reports, monkeypatch):
    def full(path, write):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fingen_core.reports.kept.write_atomically", full)
    with pytest.raises(FinGenError, match="No space left on device"):
        reports.keep(PDF, b"x")
    assert reports.records() == []

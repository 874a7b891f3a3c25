"""The judge of readings judges right, and every rendered file holds the truth that it is judged by."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.reading.judge import Outcome, compare, judge
from benchmarks.reading.known import Truth
from benchmarks.reading.recipe import draw


class _Refused(Exception):
    pass


@dataclass(frozen=True)
class _Mapping:
    values: str = "prices"


@dataclass(frozen=True)
class _Reading:
    values: pd.DataFrame
    mapping: _Mapping = _Mapping()
    told: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def prices(self) -> pd.DataFrame:
        return self.values


@dataclass(frozen=True)
class _Answer:
    readings: tuple[_Reading, ...]
    question: str = ""


def _truth(**more) -> Truth:
    rng = np.random.default_rng(3)
    values = 50 * np.exp(np.cumsum(rng.normal(0, 0.01, (60, 3)), axis=0))
    values[:20, 1] = np.nan
    days = pd.bdate_range("2016-03-01", periods=60)
    return Truth(pd.DataFrame(values.round(4), index=days, columns=["AAA", "BBB", "CCC"]), "prices", **more)


def _verdict(truth: Truth, *readings: _Reading, question: str = "") -> Outcome:
    return judge(truth, lambda: _Answer(readings, question), _Refused).outcome


def test_the_truth_given_back_is_right_whatever_the_order_of_rows_and_columns():
    truth = _truth()
    assert _verdict(truth, _Reading(truth.values)) is Outcome.RIGHT
    turned = truth.values.iloc[::-1, ::-1].rename(columns=str.lower)
    assert _verdict(truth, _Reading(turned)) is Outcome.RIGHT
    without_empty_days = truth.values.copy()
    without_empty_days.loc[pd.Timestamp("2030-01-01")] = np.nan
    assert _verdict(truth, _Reading(without_empty_days)) is Outcome.RIGHT


def _changed(values: pd.DataFrame) -> pd.DataFrame:
    values = values.copy()
    values.iloc[40, 2] += 0.0001
    return values


def _filled(values: pd.DataFrame) -> pd.DataFrame:
    return values.bfill()


def _code_kept(values: pd.DataFrame) -> pd.DataFrame:
    return values.fillna(-999.0)


WRONG = {
    "a value changed": _changed,
    "a thousand times": lambda v: v * 1000,
    "one asset a thousand times": lambda v: v.assign(CCC=v["CCC"] * 1000),
    "all days shifted": lambda v: v.shift(freq="D"),
    "values shifted": lambda v: v.shift(1),
    "a day lost": lambda v: v.drop(v.index[7]),
    "a day twice": lambda v: pd.concat([v, v.iloc[[5]]]),
    "a day that never was": lambda v: pd.concat([v, v.iloc[[5]].shift(freq="300D")]),
    "an asset lost": lambda v: v.drop(columns="BBB"),
    "a volume as an asset": lambda v: v.assign(Volume=1e6),
    "two assets exchanged": lambda v: v.rename(columns={"AAA": "CCC", "CCC": "AAA"}),
    "missing filled": _filled,
    "a code kept": _code_kept,
    "text left": lambda v: v.astype(object).fillna("n.a."),
    "day and month exchanged": lambda v: v.set_axis(
        pd.DatetimeIndex([d.replace(month=d.day, day=d.month) if d.day <= 12 else d for d in v.index]), axis=0
    ),
    "nothing": lambda v: v.iloc[:0],
}


@pytest.mark.parametrize("fault", WRONG)
def test_every_wrong_reading_is_silently_wrong_and_told_only_where_faults_say_so(fault):
    truth = _truth()
    values = WRONG[fault](truth.values)
    assert _verdict(truth, _Reading(values)) is Outcome.SILENT
    if fault != "an asset lost":
        assert _verdict(truth, _Reading(values, faults=("row 41 is strange",))) is Outcome.TOLD


def test_an_asset_left_out_must_be_named():
    truth = _truth(also={"BBB": ("Bravo plc",)})
    short = truth.values.drop(columns="BBB")
    assert _verdict(truth, _Reading(short, told=("1 column left out: Volume",))) is Outcome.SILENT
    assert _verdict(truth, _Reading(short, told=("left out: BBB",))) is Outcome.SHORT
    assert _verdict(truth, _Reading(short, told=("left out: Bravo plc",))) is Outcome.SHORT


def test_other_names_count_where_they_are_defensible():
    truth = _truth(also={"BBB": ("Bravo plc",)})
    renamed = truth.values.rename(columns={"BBB": "Bravo plc"})
    assert _verdict(truth, _Reading(renamed)) is Outcome.RIGHT
    assert _verdict(_truth(), _Reading(renamed)) is Outcome.SILENT
    assert _verdict(_truth(any_name=True), _Reading(renamed)) is Outcome.RIGHT


def test_a_question_counts_only_with_the_right_reading_among_the_offers():
    truth = _truth()
    right, wrong = _Reading(truth.values), _Reading(truth.values * 1000)
    assert _verdict(truth, wrong, right, question="Which?") is Outcome.ASKED
    assert _verdict(truth, wrong, replace(wrong, values=wrong.values * 2), question="Which?") is Outcome.TOLD


def test_what_admits_two_readings_must_be_asked_or_refused():
    truth = _truth(expect="ask")
    right, wrong = _Reading(truth.values), _Reading(truth.values * 1000)
    assert _verdict(truth, right, wrong, question="Which?") is Outcome.DUE
    assert _verdict(truth, right) is Outcome.LUCKY
    assert _verdict(truth, wrong) is Outcome.SILENT


def _raise(error: Exception):
    raise error


def test_refusals_and_tracebacks_are_told_apart():
    for expect, outcome in {"read": Outcome.REFUSED, "ask": Outcome.DUE, "refuse": Outcome.DUE}.items():
        assert judge(_truth(expect=expect), lambda: _raise(_Refused("no")), _Refused).outcome is outcome
    assert judge(_truth(expect="refuse"), lambda: _raise(KeyError("x")), _Refused).outcome is Outcome.BROKEN
    assert _verdict(_truth(expect="refuse"), _Reading(_truth().values)) is Outcome.SILENT


def test_the_kind_of_the_numbers_is_judged():
    truth = replace(_truth(), kind="simple returns")
    assert compare(truth, _Reading(truth.values, _Mapping("simple returns")))[0] == ""
    assert "read as log returns" in compare(truth, _Reading(truth.values, _Mapping("log returns")))[0]


@pytest.mark.parametrize("seed", [11, 12])
def test_every_file_gives_its_truth_back_by_its_own_rules(seed):
    for index in range(60):
        case = draw(seed, index)
        back = case.back().sort_index()
        reading = _Reading(back, _Mapping(case.truth.kind))
        assert compare(replace(case.truth, expect="read"), reading) == ("", ()), (index, sorted(case.traits))


def test_a_seed_gives_the_same_file_again_and_another_gives_another():
    assert [draw(5, i).data for i in range(8) if draw(5, i).name.endswith((".csv", ".txt"))] == [
        draw(5, i).data for i in range(8) if draw(5, i).name.endswith((".csv", ".txt"))
    ]
    assert draw(5, 1).truth.values.shape != draw(6, 1).truth.values.shape


def test_no_file_knows_more_than_today_unless_it_must_be_refused():
    for index in range(60):
        case = draw(21, index)
        days = case.truth.values.index
        assert (days.max() > pd.Timestamp("2026-05-29") or days.min().year < 1800) == (case.truth.expect == "refuse")

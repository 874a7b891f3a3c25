"""A sweep in pictures: whole trials on the axis, numbers written out."""

import pytest

from fingen_core.charts.training import sweeps as charts
from fingen_core.runs.sweeps import Trial


def trials(count):
    return [
        Trial(number=i, params={"learning_rate": 1e-5}, run_id="", state="done", value=1.0 + i) for i in range(count)
    ]


@pytest.mark.parametrize(("count", "every"), [(1, 1), (3, 1), (20, 3)])
def test_the_axis_counts_whole_trials(count, every):
    axis = charts.history(trials(count), "Scores").layout.xaxis
    assert (axis.tick0, axis.dtick) == (1, every)
    assert tuple(axis.range) == (0.5, count + 0.5)


def test_ends_of_an_axis_are_written_out():
    rate = charts.Coordinate("learning_rate", "Learning rate", 1e-6, 1.0, log=True)
    chart = charts.coordinates(trials(2), [rate], "What went with which score?")
    words = {note.text for note in chart.layout.annotations}
    assert {"0.000001", "1"} <= words
    assert not any("e-" in text for text in words)
    assert chart.data[0].customdata[0] == "Learning rate: 0.00001"

"""Names on a scatter chart: none on another, none cut off, and the map of days uses them."""

from itertools import pairwise

import numpy as np
import pytest

from fingen_core.charts import labeling, theme
from fingen_core.charts.training import snapshots
from fingen_core.training.settings.base import written

PLOT = (310.0, 360.0)
NAMES = ["Lehman", "COVID-19", "Credit crunch", "Dot-com crash", "Black Monday"]


def overlap(found):
    """Pairs of boxes that share area."""
    return sum(
        bool((np.minimum(one[2:], other[2:]) > np.maximum(one[:2], other[:2])).all())
        for index, one in enumerate(found)
        for other in found[index + 1 :]
    )


@pytest.mark.parametrize("seed", range(8))
def test_names_of_near_points_do_not_touch(seed):
    points = np.array([150, 180]) + np.random.default_rng(seed).uniform(-60, 60, (5, 2))
    places = labeling.text_positions(points, NAMES, 11, PLOT)
    assert overlap(labeling.boxes(points, NAMES, places, 11)) == 0
    all_above = labeling.boxes([[150, 180]] * 5, NAMES, ["top center"] * 5, 11)
    assert overlap(all_above) == 10


def test_names_at_the_edge_stay_inside():
    points = np.array([[4, 180], [306, 90], [150, 356], [150, 3]])
    places = labeling.text_positions(points, NAMES[:4], 11, PLOT)
    found = labeling.boxes(points, NAMES[:4], places, 11)
    assert found.min() >= 0
    assert (found[:, 2:] <= PLOT).all()


@pytest.mark.parametrize("dark", [False, True])
def test_the_map_gets_stronger_in_one_go_and_its_names_apart(dark):
    points = np.random.default_rng(0).normal(size=(50, 2))
    named = {name: row for row, name in enumerate(NAMES)}
    chart = snapshots.latent_map(points, np.linspace(0.01, 0.03, 50), [str(day) for day in range(50)], named, dark=dark)
    ends = [color for _, color in chart.data[0].marker.colorscale]
    lightness = [sum(int(color[i : i + 2], 16) for i in (1, 3, 5)) for color in (theme.colors(dark).background, *ends)]
    assert len({a < b for a, b in pairwise(lightness)}) == 1
    assert len(chart.data[1].textposition) == len(NAMES)


@pytest.mark.parametrize(
    ("value", "text"), [(1e-5, "0.00001"), (5.6e-6, "0.0000056"), (0.0018, "0.0018"), (20_000.0, "20,000"), (0, "0")]
)
def test_sliders_write_numbers_without_powers_of_ten(value, text):
    assert written(value) == text

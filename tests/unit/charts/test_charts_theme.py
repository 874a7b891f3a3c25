"""One look: colors that agree with the app's own, contrast, numbers as people write them."""

import tomllib
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingen_core.charts import lettering, theme
from fingen_core.settings import ASSETS

CONFIG = tomllib.loads((ASSETS.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
MODES = ("light", "dark")
MEANINGS = ("history", "generated", "rival", "loss")


def linear(color):
    channels = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(color):
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def lab(light):
    """CIE Lab of linear RGB: distances are about as large as the eye finds them."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    scaled = to_xyz @ np.clip(light, 0, 1) / [0.9505, 1, 1.089]
    root = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def contrast(one, other):
    """WCAG 2 contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", MODES)
def test_app_and_charts_have_the_same_colors(mode):
    app, charts = CONFIG["theme"][mode], theme.COLORS[mode]
    assert app["backgroundColor"] == charts.background
    assert app["textColor"] == charts.text
    assert app["secondaryBackgroundColor"] == charts.surface
    assert app["redColor"] == charts.loss
    assert app["orangeColor"] == charts.rival
    assert app["chartCategoricalColors"][:3] == [charts.generated, charts.history, charts.rival]


def test_app_and_charts_have_the_same_font():
    assert CONFIG["theme"]["font"] == theme.FONT


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["text", "quiet", "history", "generated", "rival", "loss"])
def test_every_color_that_carries_words_can_be_read(mode, name):
    shades = theme.COLORS[mode]
    assert contrast(getattr(shades, name), shades.background) >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_meanings_are_different_colors_also_without_red_and_green_cones(mode):
    # Machado, Oliveira and Fernandes 2009, severity 1: deuteranopia and protanopia, on linear RGB.
    blind = {
        "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
        "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    }
    shades = theme.COLORS[mode]
    for matrix in (np.eye(3), *map(np.array, blind.values())):
        seen = {name: lab(matrix @ linear(getattr(shades, name))) for name in MEANINGS}
        for one, other in combinations(MEANINGS, 2):
            assert np.linalg.norm(seen[one] - seen[other]) > 18, (one, other)  # 2 can just be told apart


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.041, "4.1 %"),
        (-0.3125, "\u221231.2 %"),
        (0.0004, "0.04 %"),
        (0.0, "0.0 %"),
        (12.345, "1,234.5 %"),
        (float("nan"), "n/a"),
        (-0.00001, "0.00 %"),
    ],
)
def test_percent(value, words):
    assert theme.percent(value).replace(theme.THIN, " ") == words


def test_percent_with_sign_and_band():
    assert theme.percent(0.041, sign=True).startswith("+")
    assert theme.percent_range(0.041, 0.038, 0.045).replace(theme.THIN, " ") == "4.1 % (3.8 to 4.5)"


def test_unit_stays_with_its_number():
    assert theme.percent(0.1)[-2] == "\u202f"  # narrow and without a break


def test_number():
    assert theme.number(12345) == "12,345"
    assert theme.number(-1.25, 1) == "\u22121.2"


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12), st.floats(0.1, 10))
def test_labels_are_moved_apart_in_their_order(positions, gap):
    moved = np.array(theme.separate(positions, gap))
    order = np.argsort(positions, kind="stable")
    assert (np.diff(moved[order]) >= gap - 1e-6).all()


def test_labels_that_do_not_touch_stay():
    assert theme.separate([3.0, 1.0, 2.0], 0.5) == [3.0, 1.0, 2.0]


def test_long_titles_and_samples_are_wrapped_and_given_room():
    short = theme.figure("Short", "sample")
    long = theme.figure("A title so long that a narrow screen could not show it all", "sample")
    assert long.layout.title.text.count("<br>") == short.layout.title.text.count("<br>") + 1
    assert long.layout.margin.t > short.layout.margin.t


def test_words_are_as_wide_as_the_browser_draws_them():
    """Measured in Chromium on a canvas with the same font, give or take half a percent."""
    assert lettering.width("Worst 200 of 2,000 paths, 63 days, from 2022-12-28, seed 0", 12) == pytest.approx(
        329.3, rel=5e-3
    )
    assert lettering.width("Where the model sees the days of history", 15, 600) == pytest.approx(285.5, rel=5e-3)


@given(st.text("ilmW 0\u202f", min_size=1, max_size=200), st.integers(40, 400))
def test_lines_are_full_and_none_is_too_wide(text, room):
    lines = lettering.wrapped(text, room, 12)
    assert " ".join(lines) == " ".join(text.replace("\u202f", "_").split()).replace("_", "\u202f")
    for line, following in pairwise([*lines, ""]):
        assert lettering.width(line, 12) <= room or " " not in line
        first = following.partition(" ")[0]
        assert not first or lettering.width(f"{line} {first}", 12) > room


def test_markup_takes_no_room():
    assert lettering.width("<b>Real</b> days", 12) == lettering.width("Real days", 12)


def test_rgba():
    assert theme.rgba("#4345c9", 0.5) == "rgba(67,69,201,0.5)"


def test_red_means_loss_only():
    for mode in MODES:
        shades = theme.COLORS[mode]
        others = [shades.history, shades.generated, shades.rival, shades.negative, *shades.series]
        assert shades.loss not in others

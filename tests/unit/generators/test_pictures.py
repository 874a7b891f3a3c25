"""Pictures by hand, and what is refused."""

import numpy as np
import pytest

from fingen_core.charts.training.images import looks
from fingen_core.errors import InvalidInput
from fingen_core.market import bundled
from fingen_core.market.together import equal_weight
from fingen_core.representations.images import GramianFields, HeatMaps
from fingen_core.representations.windows import RawWindows, ReturnWindows, ScaleLaw
from fingen_core.transforms import pictures
from tests.jobs_support import small_market


def test_a_field_by_hand():
    half = np.sqrt(0.75)
    field = pictures.gramian([0.0, 0.5, 1.0])
    np.testing.assert_allclose(field, [[-1, -half, 0], [-half, -0.5, 0.5], [0, 0.5, 1]], atol=1e-12)


def test_scaling_keeps_level_spread_and_signs():
    unit, scales = pictures.to_unit([-0.02, 0.0, 0.01])
    np.testing.assert_allclose(unit, [0, 2 / 3, 1])
    np.testing.assert_allclose(np.exp(scales[0]), np.std([-0.02, 0.0, 0.01]))
    np.testing.assert_allclose(pictures.from_unit(unit, scales), [-0.02, 0.0, 0.01], atol=1e-15)
    # A painter that gets brightness and contrast wrong gets the window right all the same.
    np.testing.assert_allclose(pictures.from_unit(0.2 + 0.5 * unit, scales), [-0.02, 0.0, 0.01], atol=1e-15)


def test_a_window_that_never_moves_comes_back():
    unit, scales = pictures.to_unit([0.01] * 28)
    np.testing.assert_allclose(pictures.from_unit(unit, scales), [0.01] * 28, atol=1e-12)


def test_pixels_by_hand():
    np.testing.assert_allclose(pictures.to_pixels([0.0, 1.5]), [0.5, (1 + np.sqrt(0.5)) / 2])
    assert np.isfinite(pictures.from_pixels([0.0, 1.0])).all()


def test_assets_share_the_columns_evenly():
    columns = pictures.column_assets(19, 28)
    assert set(np.bincount(columns)) == {1, 2}
    assert (np.diff(columns) >= 0).all()
    drawn = pictures.heat_map([[0.1, 0.9]], 3)
    np.testing.assert_allclose(pictures.heat_map_nearest(drawn + np.array([0.1, -0.1, 0.0]), 2), [[0.1, 0.9]])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: pictures.column_assets(40, 28), "at most 28 assets"),
        (lambda: pictures.gramian([0.0, 1.5]), "scale the window"),
        (lambda: pictures.to_unit([0.0, np.nan]), "not finite"),
        (lambda: HeatMaps.fit(small_market(200, 2), 28), "280 are needed"),
        (lambda: HeatMaps.fit(small_market(400, 30), 28), "at most 28 assets"),
    ],
)
def test_what_cannot_be_painted_is_refused(make, words):
    with pytest.raises(InvalidInput, match=words):
        make()


def test_equal_weight_is_a_market_of_one_asset():
    market = small_market(50, 3)
    one = equal_weight(market)
    assert one.n_assets == 1
    np.testing.assert_allclose(np.expm1(one.log_returns()[:, 0]), np.expm1(market.log_returns()).mean(axis=1))


def test_the_law_finds_a_line_and_draws_around_it():
    rng = np.random.default_rng(0)
    state = rng.standard_normal((4000, 12))
    scales = 0.3 + 0.5 * state[:, :1] + 0.1 * rng.standard_normal((4000, 1))
    law = ScaleLaw.fit(state, scales)
    drawn = law.draw(np.repeat(np.eye(12)[:1], 5000, axis=0), rng)
    # four standard errors of a mean, and of a deviation
    assert drawn.mean() == pytest.approx(0.8, abs=4 * 0.1 / np.sqrt(4000) + 0.001)
    assert drawn.std() == pytest.approx(0.1, rel=4 / np.sqrt(2 * 4000))


def test_a_representation_survives_its_file():
    market = small_market(400, 2)
    fitted = GramianFields.fit(market, 28)
    again = GramianFields.from_tensors(28, fitted.tensors())
    memory = fitted.memory(market.log_returns())[:50]
    _, scales = fitted.encode(fitted.windows(market.log_returns())[:50])
    np.testing.assert_allclose(again.condition(memory, scales), fitted.condition(memory, scales))
    np.testing.assert_allclose(again.law.residuals, fitted.law.residuals, rtol=1e-6)


def test_raw_windows_come_back_whole_and_leave_volatility_to_the_network():
    returns = bundled().log_returns()
    raw, scaled = (kind.fit(bundled(), 28) for kind in (RawWindows, ReturnWindows))
    windows = raw.windows(returns)
    values, scales = raw.encode(windows)
    assert scales.shape == (len(windows), 0)
    np.testing.assert_allclose(raw.decode(values, scales), windows, atol=1e-12)
    assert raw.n_conditions == scaled.n_conditions - 1  # nobody tells the network how volatile the window is
    sizes = [np.sqrt(np.square(kind.encode(windows)[0]).mean(axis=(1, 2, 3))) for kind in (raw, scaled)]
    assert sizes[0].max() > 5 * sizes[0].min()
    assert sizes[1].max() < 2 * sizes[1].min()  # the twin: its volatility is in the scale


@pytest.mark.parametrize(("count", "lines"), [(6, 2), (4, 2), (3, 1)])
def test_pictures_of_a_look_stand_three_in_a_row(count, lines):
    chart = looks(np.zeros((count, 21, 19), np.uint8), "What it painted", "From the same noise")
    assert len(chart.data) == count
    widths = {round(np.ptp(chart.layout[axis].domain), 3) for axis in chart.layout if axis.startswith("xaxis")}
    assert min(widths) > 0.3  # at 420 pixels a picture has 100 of them or more
    assert len({round(chart.layout[axis].domain[0], 3) for axis in chart.layout if axis.startswith("yaxis")}) == lines

"""Nearest paths, design point, groups and stories, on a generator whose answers are known."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.market.step import DAILY
from fingen_core.scenarios.losses import PortfolioLoss
from fingen_core.scenarios.requests import StressRequest
from fingen_core.scenarios.search.clusters import groups_of, name_of
from fingen_core.scenarios.search.gradient_search import TOLERANCE, closest_paths, design_point
from fingen_core.scenarios.search.search import Setting, reverse
from fingen_core.scenarios.search.story import Story, mean_correlation, tell_story, volatility, wildness

HALF = np.array([0.5, 0.5])
DAYS = 5


def draw(noise):
    """Two assets, whose daily log returns are 2 % of their noise."""
    return 0.02 * noise


def slopes(noise, aim):
    values, slope = aim(draw(noise).astype(float))
    return values, (0.02 * slope).astype(np.float32)


def noise(n, seed=0):
    return np.random.default_rng(seed).standard_normal((n, DAYS, 2), dtype=np.float32)


def test_slope_of_a_loss_is_that_of_small_changes():
    loss, paths = PortfolioLoss(np.array([0.7, -0.2]), 0.1), 0.02 * noise(3).astype(float)
    values, slope = loss(paths)
    for at in ((0, 0, 0), (1, 3, 1), (2, 4, 0)):
        moved = paths.copy()
        moved[at] += 1e-6
        assert (loss(moved)[0] - values)[at[0]] / 1e-6 == pytest.approx(slope[at], rel=1e-3)


def test_nearest_paths_reach_the_loss_and_change_evenly():
    loss = PortfolioLoss(HALF, 0.2)
    found = closest_paths(draw, slopes, loss, 0.2, noise(6))
    assert len(found) == 6
    np.testing.assert_allclose(found.values, 0.2, rtol=TOLERANCE)
    assert (np.diff(found.change) >= 0).all()
    # The loss hangs on the sums of the days only, so the nearest change is the same on every day.
    change = found.paths - found.before
    np.testing.assert_allclose(change, np.broadcast_to(change.mean(axis=1, keepdims=True), change.shape), atol=1e-3)


def test_no_smaller_change_of_many_brings_the_loss():
    loss = PortfolioLoss(HALF, 0.2)
    found = closest_paths(draw, slopes, loss, 0.2, noise(1))
    ways = np.random.default_rng(1).standard_normal((5000, DAYS, 2))
    ways *= 0.97 * found.change[0] / np.sqrt((ways**2).sum(axis=(1, 2), keepdims=True))
    near = (found.before[0] + 0.02 * ways).astype(np.float32)
    assert loss.losses(near).max() < 0.2
    towards = 1.03 * (found.paths[:1] - found.before[:1]) + found.before[:1]
    assert loss.losses(towards)[0] > 0.2


def test_the_design_point_is_the_least_noise():
    # Both assets fall alike: log(1 - .2) = .02 sqrt(5) z for each, and the length of both together.
    found = design_point(draw, slopes, PortfolioLoss(HALF, 0.2), 0.2, noise(3))
    each = -np.log(0.8) / (0.02 * np.sqrt(DAYS))
    np.testing.assert_allclose(found.change, np.sqrt(2) * each, rtol=0.01)


def test_a_loss_out_of_reach_is_refused():
    def bounded(given):
        return np.clip(draw(given), -0.001, 0.001)

    with pytest.raises(InvalidInput, match="choose a milder loss"):
        closest_paths(bounded, slopes, PortfolioLoss(HALF, 0.3), 0.3, noise(3))


def test_a_loss_that_slopes_do_not_lead_to_is_still_searched_for():
    given = {}

    def flat(noise, aim):
        values, slope = slopes(noise, aim)
        return values, 0 * slope

    def search(slopes):
        setting = Setting(
            request=StressRequest(
                kind="reverse", source="pretrained", n_steps=DAYS, weights=(0.5, 0.5), loss=0.08, effort="quick"
            ),
            draw=draw,
            slopes=slopes,
            n_normals=2,
            tickers=("A", "B"),
            step=DAILY,
            before=np.empty((0, 2)),
            judge=lambda paths: SimpleNamespace(as_dict=dict),
            tell=lambda *_: False,
            give=lambda name, facts, arrays: given.update({name: facts}),
            facts={},
        )
        reverse(setting)
        return given

    found = search(flat)
    assert "none of 8 paths" in found["closest"]["none"]
    assert "none" in found["center"]
    # Half the sum of ten normals of 2 %, to a loss of 8 % (small moves, so nearly that of the log returns).
    assert found["event"]["probability"] == pytest.approx(
        stats.norm.sf(-np.log(0.92) / (0.02 * np.sqrt(DAYS / 2))), rel=0.4
    )
    assert len(found["answers"]["answers"]) >= 1
    assert "none" not in search(slopes)["closest"]  # with its slopes the same generator has them


def test_the_search_can_be_stopped():
    with pytest.raises(Stopped):
        closest_paths(draw, slopes, PortfolioLoss(HALF, 0.2), 0.2, noise(2), tell=lambda *_: True)


@pytest.mark.parametrize("target", [0.0, 1.5])
def test_a_loss_that_cannot_be_is_refused(target):
    with pytest.raises(InvalidInput, match="a loss of"):
        PortfolioLoss(HALF, target)


def test_a_short_position_may_lose_everything_and_more():
    assert PortfolioLoss(np.array([1.0, -0.5]), 1.5).target == 1.5


def crash(day, n, size=0.25):
    """Paths that fall on one day, with a little noise, by both assets alike."""
    paths = 0.0002 * np.random.default_rng(day).standard_normal((n, 20, 2))
    paths[:, day] -= size
    return paths.astype(np.float32)


def test_paths_that_fall_early_and_late_are_told_apart():
    paths = np.concatenate([crash(2, 60), crash(17, 40)])
    groups = groups_of(paths, np.full(100, 0.01), HALF, ["A", "B"], most=2)
    assert [group.share for group in groups] == pytest.approx([0.6, 0.4])
    assert set(groups[0].rows) == set(range(60))
    assert name_of(groups[0], groups).startswith("Early")
    assert name_of(groups[1], groups).startswith("Late")
    assert groups[0].half_way == pytest.approx(3 / 20)
    assert all(group.center in group.rows for group in groups)


def test_paths_whose_assets_differ_are_told_apart_too():
    paths = crash(5, 100)
    paths[:50, 5, 0] -= 0.2
    groups = groups_of(paths, np.full(100, 0.01), HALF, ["A", "B"], most=2)
    assert {tuple(group.leaders) for group in groups} == {("A",), ("B",)}


def test_a_story_by_hand():
    path = np.log1p(np.array([[0.0, 0.0], [-0.2, 0.0], [0.0, 0.0], [0.0, -0.1]]))
    story = tell_story(path, HALF, ["A", "B"], np.zeros((0, 2)), steps_per_year=252)
    assert story.loss == pytest.approx(0.15)
    assert dict(story.worst_days)[2] == pytest.approx(-0.1)
    assert dict(story.worst_days)[4] == pytest.approx(-0.05)
    assert story.concentration == pytest.approx(1.0)
    assert story.kind == "crash"
    assert story.half_way == 2
    assert story.hardest[0] == ("A", pytest.approx(-0.2), pytest.approx(-0.1))
    assert story.mildest[0] == "B"
    assert np.isnan(story.volatility_before)
    assert np.isnan(story.correlation_during)  # four days are too few
    assert story.volatility_during == pytest.approx(np.sqrt((0.1**2 + 0.05**2) / 4 * 252))
    assert Story.from_dict(story.as_dict()).hardest == story.hardest


def test_correlation_of_days_that_move_as_one_is_one():
    days = np.random.default_rng(0).standard_normal((9, 1))
    assert mean_correlation(np.hstack([days, 2 * days])) == pytest.approx(1)


def test_wildness_of_many_paths_is_that_of_each():
    paths = 0.02 * noise(2300)
    paths[:, :, 1] += 0.7 * paths[:, :, 0]
    paths[5, :, 1] = 0.0  # never moves, is correlated with nothing
    each = wildness(paths, HALF, 252)
    for row in (0, 5, 999, 1000, 2299):
        assert each[row].tolist() == pytest.approx([volatility(paths[row], HALF, 252), mean_correlation(paths[row])])
    assert np.isnan(wildness(paths[:3, :4], HALF, 252)[:, 1]).all()
    assert np.isnan(wildness(paths[:3, :, :1], HALF[:1], 252)[:, 1]).all()

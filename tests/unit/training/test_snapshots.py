"""The album of a training, the evenings it looks from, and the charts that show it."""

from pathlib import Path

import numpy as np
import pytest

from fingen_core.charts.training import snapshots
from fingen_core.generators.filtered.generator import train
from fingen_core.generators.learned.snapshots import N_DAYS, N_PATHS, equal_weight_path, evenings
from fingen_core.market import Market, bundled
from fingen_core.market.crises import crises
from fingen_core.training.settings.config import preset
from fingen_core.training.snapshots import ALBUM, Album, is_due
from tests.jobs_support import small_market


def album(n_paths: int = 2, n_days: int = 3) -> Album:
    return Album.empty(("2008-09-12", "2020-02-19"), np.zeros((n_paths, n_days), dtype=np.float32), 4)


def test_an_album_comes_back_as_it_was_written(tmp_path: Path) -> None:
    paths, scores = np.arange(6.0).reshape(2, 3), np.arange(8.0).reshape(2, 4)
    made = album().with_one("VAE", 0, 10, paths).with_one("GAN", 5, 25, 2 * paths, scores)
    made.write(tmp_path)
    again = Album.read(tmp_path)
    assert again is not None
    assert (again.starts, again.labels, len(again)) == (made.starts, ("VAE", "GAN"), 2)
    assert again.steps.tolist() == [0, 5]
    assert again.at.tolist() == [10, 25]
    np.testing.assert_array_equal(again.paths[1], 2 * paths)
    np.testing.assert_array_equal(again.verdicts[1], scores)
    assert np.isnan(again.verdicts[0]).all()
    assert [path.name for path in tmp_path.iterdir()] == [ALBUM]
    assert Album.read(tmp_path / "none") is None


def test_a_resumed_training_replaces_what_it_does_again() -> None:
    paths = np.zeros((2, 3))
    made = album().with_one("VAE", 0, 0, paths).with_one("VAE", 10, 10, paths).with_one("GAN", 0, 10, paths)
    assert made.labels == ("VAE", "VAE", "GAN")  # the end of one phase and the beginning of the next are one moment
    again = made.with_one("VAE", 10, 10, paths + 1)
    assert again.labels == ("VAE", "VAE")
    assert again.paths[-1].tolist() == (paths + 1).tolist()
    assert made.with_one("VAE", 5, 5, paths).at.tolist() == [0, 5]


@pytest.mark.parametrize(("n_steps", "most"), [(20, 3), (300, 10), (800, 10), (20_000, 10)])
def test_moments_begin_and_end_a_phase_and_are_few(n_steps: int, most: int) -> None:
    due = [step for step in range(n_steps + 1) if is_due(step, n_steps)]
    assert due[0] == 0
    assert due[-1] == n_steps
    assert len(due) <= most + 1


def test_evenings_are_eves_of_the_deepest_crises_and_others_spread_over_the_history() -> None:
    market = bundled()
    rows = evenings(market)
    assert len(set(rows.tolist())) == N_PATHS
    assert (np.diff(rows) > 0).all()
    assert rows[-1] + N_DAYS <= market.n_steps
    dates = {f"{market.dates[row]:%Y-%m-%d}" for row in rows}
    deepest = sorted(crises(), key=lambda crisis: crisis.fall)[:4]
    assert {f"{crisis.start:%Y-%m-%d}" for crisis in deepest} <= dates
    assert len(set(evenings(small_market(520)).tolist())) == N_PATHS


def test_equal_weight_is_held_in_simple_returns() -> None:
    returns = np.log([[1.1, 0.9], [1.2, 1.0]])
    np.testing.assert_allclose(np.expm1(equal_weight_path(returns)), [0.0, 0.1], atol=1e-12)


@pytest.fixture(scope="module")
def market() -> Market:
    return bundled().select(["JPM", "XOM"]).between("2007-01-01", "2009-06-30")


def test_a_training_fills_its_album_with_paths_of_the_same_noise_and_a_critics_scores(
    market: Market, tmp_path: Path
) -> None:
    short = {"filter_epochs": 1, "vae_steps": 40, "gan_steps": 20, "validate_every": 20, "validation_share": 0.05}
    config = preset("quick", "gan", **short, refit=False)  # type: ignore[arg-type]
    model = train(market, config, folder=tmp_path, device="cpu")
    found = Album.read(tmp_path)
    assert found is not None
    assert list(zip(found.labels, found.steps.tolist(), strict=True)) == [
        *(("VAE", step) for step in (0, 10, 20, 30, 40)),
        *(("GAN", step) for step in (0, 10, 20)),
    ]
    assert found.paths.shape == (8, N_PATHS, N_DAYS)
    assert np.isfinite(found.paths).all()
    assert np.isfinite(found.verdicts[-1]).any()
    assert np.isnan(found.verdicts[0]).all()
    # The same noise: neighbors in time are alike, and no two are the same.
    near = np.corrcoef(found.paths[3].ravel(), found.paths[4].ravel())[0, 1]
    assert 0.95 < near < 1
    returns = market.log_returns()
    rows = market.dates.get_indexer([np.datetime64(start) for start in found.starts])
    np.testing.assert_allclose(found.real[0], equal_weight_path(returns[rows[0] : rows[0] + N_DAYS]), rtol=1e-5)
    # Whoever looks on changes nothing: the same training without an album ends with the same model.
    alone = train(market, config, device="cpu")
    assert np.array_equal(alone.sample(20, 5, seed=3), model.sample(20, 5, seed=3))


def test_ranks_and_overlap_are_those_of_the_hand() -> None:
    assert snapshots.ranked_above([3, 1], [2, 0]) == pytest.approx(3 / 4)
    assert snapshots.ranked_above([1, 1], [1, 1]) == pytest.approx(0.5)
    assert snapshots.overlap([0, 0, 1, 1], [0, 0, 1, 1]) == pytest.approx(1.0)
    assert snapshots.overlap([0, 0.1], [5, 5.1]) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("shift", "words"), [(3.0, "with ease"), (0.7, "sees a difference"), (0.0, "guessing"), (-1.0, "prefers")]
)
def test_the_critics_view_says_what_it_shows(shift: float, words: str) -> None:
    scores = np.random.default_rng(0).normal(size=(2, 400))
    chart = snapshots.verdicts(scores[0] + shift, scores[1], "GAN, step 10")
    assert words in chart.layout.title.text
    assert "GAN, step 10" in chart.layout.title.text
    for trace in chart.data:
        assert sum(trace.y) == pytest.approx(100)


def test_small_charts_of_a_row_share_a_scale_and_show_values_in_percent() -> None:
    paths = np.log(np.array([[1.1, 1.0], [1.0, 1.0], [0.9, 1.0], [1.0, 1.0]]))
    chart = snapshots.paths_grid(paths, list("abcd"), "Title", "", generated=True, bounds=[0.2, 0.1, 0.1, 0.4])
    assert list(chart.data[0].y) == pytest.approx([0, 10, 10])
    assert tuple(chart.layout.yaxis.range) == pytest.approx((-20, 20))
    assert tuple(chart.layout.yaxis4.range) == pytest.approx((-40, 40))
    assert list(chart.layout.yaxis4.ticktext) == ["−20\u202f%", "0\u202f%", "20\u202f%"]

"""The warm worker paints: galleries, walks and scenarios from models of pictures."""

import shutil

import numpy as np
import pytest

from fingen_core.errors import InvalidInput, NotFound
from fingen_core.jobs.warm.sampler import PAINTED
from fingen_core.jobs.warm.sampler_worker import Studio
from fingen_core.market import bundled
from fingen_core.runs import RunStore
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.training.settings.picture_config import picture_preset


@pytest.fixture
def store(home) -> RunStore:
    return RunStore()


@pytest.fixture
def studio(store, tmp_path) -> Studio:
    return Studio(store, tmp_path)


def load(tmp_path, answer: dict) -> dict[str, np.ndarray]:
    return {name: np.load(tmp_path / file, allow_pickle=False) for name, file in answer["files"].items()}


def test_a_gallery_holds_real_windows_and_painted_ones(studio, tmp_path):
    answer = studio.answer({"id": 1, "op": "gallery", "source": "painted", "n": 5, "seed": 3})
    arrays = load(tmp_path, answer)
    assert arrays["real_pixels"].shape == arrays["painted_pixels"].shape == (5, 1, 28, 28)
    market = bundled()
    for start, path in zip(answer["starts"], arrays["real_log_returns"], strict=True):
        row = market.return_dates.get_loc(start)
        np.testing.assert_allclose(path, market.log_returns()[row : row + 28], atol=1e-6)
    assert (arrays["painted_off_manifold"] > 0).all()
    again = load(tmp_path, studio.answer({"id": 2, "op": "gallery", "source": "painted", "n": 5, "seed": 3}))
    np.testing.assert_array_equal(again["painted_pixels"], arrays["painted_pixels"])


def test_a_walk_starts_where_it_is_told(studio, tmp_path):
    message = {"op": "morph", "source": "painted", "first": "2008-10-01", "second": "2017-06-03", "n": 4}
    answer = studio.answer({"id": 1, **message})
    assert answer["starts"] == ["2008-10-01", "2017-06-05"]  # the third was a Saturday
    arrays = load(tmp_path, answer)
    assert arrays["painted_pixels"].shape == (4, 1, 28, 28)
    sizes = np.abs(arrays["painted_log_returns"]).mean(axis=(1, 2))
    assert (np.diff(sizes) < 0).all()  # from the worst of 2008 to the calm of 2017


def test_a_run_that_paints_draws_scenarios_like_any_other(studio, store, tmp_path):
    run = store.create(bundled(), picture_preset("quick", "vae"))
    with pytest.raises(NotFound, match="no model of pictures yet"):
        studio.gallery(f"run:{run.id}", 2, 0)
    for name in ("generator.safetensors", "generator.json"):
        shutil.copy(PAINTED / name, run.folder / name)
    answer = studio.sample(source=f"run:{run.id}", n_paths=3, n_steps=40, seed=1, start="2008-10-10")
    assert answer["label"] == "VAE of heat maps"
    assert answer["start"] == "2008-10-10"
    assert np.load(tmp_path / answer["file"], allow_pickle=False).shape == (3, 40, 19)


def test_a_run_that_does_not_paint_is_refused(studio, store):
    run = store.create(bundled(), TrainingConfig())
    for name in ("generator.safetensors", "generator.json"):
        shutil.copy(PAINTED.parent / "pretrained" / name, run.folder / name)
    with pytest.raises(InvalidInput, match="does not paint"):
        studio.gallery(f"run:{run.id}", 2, 0)

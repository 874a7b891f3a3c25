"""The scenarios that Home opens with belong to the model that ships."""

import numpy as np
import pytest

from fingen_core.market import bundled
from fingen_core.scenarios.opening import MODEL, model_digest, opening, save_opening
from fingen_core.settings import N_PATHS


def test_file_belongs_to_the_pretrained_model():
    prepared = opening()
    assert prepared is not None, "run: python -m benchmarks.opening"
    sample, about = prepared
    assert about["model"] == model_digest()
    assert about["market_digest"] == bundled().digest()
    assert sample.n_paths == N_PATHS
    assert sample.n_steps == about["n_steps"] == 63


def test_assets_of_the_model_stay_under_a_megabyte():
    assert sum(path.stat().st_size for path in MODEL.iterdir()) < 1_000_000


def test_values_come_back_to_a_hundredth_of_a_percent(tmp_path):
    (tmp_path / "generator.safetensors").write_bytes(b"weights")
    moves = np.random.default_rng(0).normal(0, 0.02, (50, 10))
    values = np.exp(np.cumsum(np.hstack([np.zeros((50, 1)), moves]), axis=1))
    save_opening(values, {"label": "VAE", "note": "n"}, tmp_path)
    found = opening(tmp_path)
    assert found is not None
    np.testing.assert_allclose(np.log(found[0].values), np.log(values), atol=0.51e-4)


def test_another_model_makes_the_file_unusable(tmp_path):
    (tmp_path / "generator.safetensors").write_bytes(b"weights")
    save_opening(np.ones((2, 3)), {"label": "VAE", "note": "n"}, tmp_path)
    (tmp_path / "generator.safetensors").write_bytes(b"others")
    assert opening(tmp_path) is None


@pytest.mark.parametrize("content", [None, b"not a file of arrays"])
def test_missing_or_broken_file_is_no_opening(tmp_path, content):
    if content is not None:
        (tmp_path / "opening.npz").write_bytes(content)
    assert opening(tmp_path) is None

"""Paths as a function of their noise: the law of ``sample``, with slopes."""

import numpy as np
import pytest
import torch
from scipy import stats

from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.generators.filtered.noise_map import Steerable, SteeredGenerator, _student_table
from fingen_core.settings import ASSETS


@pytest.fixture(scope="module")
def generator():
    return NeuralGenerator.load(ASSETS / "pretrained")


@pytest.fixture(scope="module")
def steered(generator):
    return SteeredGenerator(generator)


def noise(n_paths, n_steps, seed=0, n_normals=27):
    return np.random.default_rng(seed).standard_normal((n_paths, n_steps, n_normals), dtype=np.float32)


def equal_weight_loss(paths):
    growth = np.exp(paths.sum(axis=1))
    slope = np.repeat(-growth[:, None] / paths.shape[2], paths.shape[1], axis=1)
    return 1 - growth.mean(axis=1), slope


def apart(one, other):
    """Two-sample Kolmogorov-Smirnov p of the equal-weight return and of the first asset's."""
    return min(
        stats.ks_2samp(a, b).pvalue
        for a, b in (
            (one.sum(1).mean(1), other.sum(1).mean(1)),
            (np.abs(one).mean((1, 2)), np.abs(other).mean((1, 2))),
        )
    )


def test_it_is_steerable(steered):
    assert isinstance(steered, Steerable)
    assert steered.n_normals == 27


def test_paths_have_the_law_of_plain_ones(generator, steered):
    plain = generator.sample(8000, 5, seed=1)
    assert apart(plain, steered.paths(noise(8000, 5))) > 1e-3


def test_noise_that_is_too_wide_gives_another_law(generator, steered):
    plain = generator.sample(8000, 5, seed=1)
    assert apart(plain, steered.paths(np.float32(1.15) * noise(8000, 5))) < 1e-3


def test_a_state_is_set_out_from(generator, steered):
    from fingen_core.market import bundled

    wild = generator.states(bundled()).at("2008-10-10")
    calm = generator.states(bundled()).at("2017-10-10")
    given = noise(500, 5)
    assert steered.paths(given, state=wild).std() > 2 * steered.paths(given, state=calm).std()


def test_slopes_are_those_of_small_changes(steered):
    given = noise(12, 5)
    values, slopes = steered.slopes(given, equal_weight_loss)
    np.testing.assert_allclose(values, equal_weight_loss(steered.paths(given).astype(float))[0], atol=1e-6)
    # Along the slope itself, where the change is largest and single precision matters least. Tables are straight
    # between their points, so a path whose change crosses a bend may be off: the middle one of a dozen is not.
    way = slopes / np.sqrt((slopes**2).sum(axis=(1, 2), keepdims=True))
    up, down = (equal_weight_loss(steered.paths(given + s * way).astype(float))[0] for s in (0.005, -0.005))
    off = np.abs((up - down) / 0.01 / np.sqrt((slopes**2).sum(axis=(1, 2))) - 1)
    assert np.median(off) < 0.02
    assert off.max() < 0.3


def test_number_of_threads_does_not_matter(steered):
    given, before = noise(1200, 3), torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = steered.paths(given)
        torch.set_num_threads(2)
        np.testing.assert_array_equal(alone, steered.paths(given))
    finally:
        torch.set_num_threads(before)


def test_student_noise_comes_from_one_normal_number():
    normal = np.random.default_rng(0).standard_normal(200_000)
    table = _student_table(5.0)[0].numpy()
    drawn = np.interp(normal, np.linspace(-6, 6, len(table)), table)
    assert stats.kstest(drawn / np.sqrt(3 / 5), stats.t(5).cdf).pvalue > 1e-3
    assert drawn.std() == pytest.approx(1, abs=4 * np.sqrt(8 / 200_000) / 2)  # kurtosis 9: (9 - 1) / 4n
    assert stats.kstest(drawn, "norm").pvalue < 1e-3


@pytest.mark.parametrize("wrong", [noise(2, 3, n_normals=19), noise(2, 3).astype(float), noise(0, 3)])
def test_noise_of_another_form_is_refused(steered, wrong):
    with pytest.raises(InvalidInput, match=r"need \(n_paths, n_steps, 27\) in single precision"):
        steered.paths(wrong)

"""More steps are the same paths gone on: a horizon never changes what happens before it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.generators.registry import rivals
from fingen_core.market import bundled
from fingen_core.scenarios.opening import MODEL
from fingen_core.scenarios.requests import RIVALS


@pytest.fixture(scope="module", params=["pretrained", *RIVALS])
def generator(request):
    """Everything that requests name without a training."""
    return NeuralGenerator.load(MODEL) if request.param == "pretrained" else rivals()[request.param]().fit(bundled())


@settings(max_examples=8)
@given(n_paths=st.integers(1, 300), first=st.integers(1, 70), more=st.integers(1, 70), seed=st.integers(0, 2**31 - 1))
def test_a_longer_sample_begins_with_the_shorter_one(generator, n_paths, first, more, seed):
    short, long = (generator.sample(n_paths, n_steps, seed=seed) for n_steps in (first, first + more))
    np.testing.assert_array_equal(long[:, :first], short)


def test_a_year_begins_with_the_quarter_of_the_same_number_of_paths(generator):
    quarter, year = (generator.sample(2000, n_steps, seed=0) for n_steps in (63, 252))
    np.testing.assert_array_equal(year[:, :63], quarter)

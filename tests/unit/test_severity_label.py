"""The label of severity: what it says of days, what is asked for, and that nothing changes without it."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from fingen_core.errors import InvalidInput
from fingen_core.generators.neural import NeuralGenerator
from fingen_core.models.factor import Decoder
from fingen_core.representations.severity import BLOCK, Aim, asked_quantiles, dropped, month_labels
from fingen_core.training.config import TrainingConfig
from fingen_core.transforms import ewma


def days(n: int = 400, n_assets: int = 4) -> tuple[np.ndarray, ewma.Memory]:
    scores = np.random.default_rng(0).normal(size=(n, n_assets))
    return scores, ewma.run(scores)[:-1]


def test_a_day_tells_the_rank_of_a_month_that_holds_it():
    scores, memory = days()
    labels = month_labels(scores, memory, seed=1)
    assert (labels[:, 1] == 1).all()
    expected = (memory.size_of_mean[:, 2] + ewma.EPSILON) / (memory.size[:, 2] + ewma.EPSILON)
    badness = scores.mean(axis=1) / expected
    sums = np.array([badness[first : first + BLOCK].sum() for first in range(len(scores) - BLOCK + 1)])
    for day in (0, 17, 200, 399):
        around = [first for first in range(len(sums)) if first <= day < first + BLOCK]
        ranks = [(sums <= sums[first]).mean() - 0.5 / len(sums) for first in around]
        assert np.isclose(norm.ppf(ranks), labels[day, 0]).any()


def test_labels_are_spread_like_normal_noise():
    labels = month_labels(*days(4000), seed=1)[:, 0]
    assert labels.mean() == pytest.approx(0, abs=0.05)
    assert labels.std() == pytest.approx(1, abs=0.1)


def test_too_few_days_for_a_month_are_refused():
    with pytest.raises(InvalidInput, match="20 days for labels of 21"):
        month_labels(*days(20), seed=1)


def test_the_worst_twentieth_is_asked_for_uniformly():
    quantiles = asked_quantiles(0.05, 50_000, seed=2)
    ranks = norm.cdf(quantiles)
    assert ranks.max() <= 0.05
    assert np.quantile(ranks, [0.25, 0.5, 0.75]) == pytest.approx([0.0125, 0.025, 0.0375], abs=0.001)
    np.testing.assert_array_equal(quantiles, asked_quantiles(0.05, 50_000, seed=2))


def test_a_month_is_told_its_quantile_and_a_quarter_less_a_day():
    quantiles = torch.tensor([-1.5, 0.0, 2.0])
    month, quarter = Aim.at(quantiles, BLOCK).labels(), Aim.at(quantiles, 3 * BLOCK).labels()
    torch.testing.assert_close(month, torch.tensor([[-1.5, 1], [0, 1], [2, 1]]))
    torch.testing.assert_close(quarter[:, 0], quantiles / 3**0.5)
    assert Aim.at(torch.tensor([-3.0]), 1).labels()[0, 0] == -4


def test_an_aim_is_reached_whatever_the_days_bring():
    """Days that heed their label, of unit noise as the market's are, end where they were to, but for the last push."""
    generator = torch.Generator().manual_seed(0)
    quantiles = torch.as_tensor(asked_quantiles(1.0, 4000, seed=1), dtype=torch.float32)
    aim, total = Aim.at(quantiles, 63), torch.zeros(4000)
    averages = torch.ones(4, 4000, 1)
    for _ in range(63):
        push = aim.labels()[:, 0] / BLOCK**0.5
        day = push + torch.randn(4000, generator=generator)
        aim = aim.after(day[:, None].expand(-1, 3), averages, averages)
        total += day
    assert aim.n_days == 0
    torch.testing.assert_close(aim.left, quantiles * 63**0.5 - total, atol=1e-3, rtol=0)
    assert torch.corrcoef(torch.stack([total, quantiles]))[0, 1] > 0.95
    assert total.std().item() == pytest.approx(63**0.5, rel=0.1)


def test_a_share_of_the_examples_loses_its_label_and_nothing_else():
    condition = torch.randn(20_000, 10, generator=torch.Generator().manual_seed(0))
    shown = dropped(condition, 0.15, torch.Generator().manual_seed(1))
    gone = (shown[:, -2:] == 0).all(dim=1)
    assert gone.float().mean().item() == pytest.approx(0.15, abs=0.01)  # 4 standard errors
    assert torch.equal(shown[:, :-2], condition[:, :-2])
    assert torch.equal(shown[~gone], condition[~gone])


def labeled() -> Decoder:
    torch.manual_seed(0)
    decoder = Decoder(5, 3, 8, 16, labeled=True)
    torch.nn.init.normal_(decoder.label.weight)
    torch.nn.init.normal_(decoder.loadings)
    return decoder


def test_no_label_is_what_the_decoder_says_without():
    decoder, latent, state = labeled(), torch.randn(7, 3), torch.randn(7, 8)
    none = torch.cat([state, torch.zeros(7, 2)], dim=1)
    told = torch.cat([state, torch.tensor([[-2.0, 1.0]]).expand(7, 2)], dim=1)
    for asked, plain in zip(decoder.moments(latent, none), decoder.moments(latent, state), strict=True):
        assert torch.equal(asked, plain)
    assert not torch.allclose(decoder.moments(latent, told)[0], decoder.moments(latent, state)[0])


def test_labels_move_nothing_on_average():
    decoder = labeled()
    levels = torch.as_tensor(norm.ppf((np.arange(10_000) + 0.5) / 10_000), dtype=torch.float32)
    told = torch.stack([levels, torch.ones(10_000)], dim=1)
    pull = decoder._pull(torch.cat([torch.zeros(10_000, 8), told], dim=1))
    assert pull.mean(dim=0).abs().max() < 2e-3
    assert pull.std(dim=0).min() > 0.1


def test_a_label_for_a_decoder_that_learned_none_is_a_bug():
    decoder = Decoder(5, 3, 8, 16)
    with pytest.raises(ValueError, match="condition of 10 numbers for a decoder of 8"):
        decoder.moments(torch.zeros(1, 3), torch.zeros(1, 10))


def test_a_model_without_the_label_names_the_setting_that_teaches_it():
    with pytest.raises(InvalidInput, match="VAE was trained without severity: train a model with 'Severity label'"):
        NeuralGenerator(TrainingConfig()).sample(2, 2, condition={"severity": 0.05}, seed=0)
    with pytest.raises(InvalidInput, match="does not know which days had volatility 90"):
        NeuralGenerator(TrainingConfig()).sample(2, 2, condition={"volatility": 90}, seed=0)


def test_old_settings_are_those_without_a_label():
    assert TrainingConfig.from_json("{}").severity_label == "none"
    with pytest.raises(InvalidInput, match="severity_label = 'yes': choose one of none, learned"):
        TrainingConfig(severity_label="yes")

"""Labels of severity: what they say of days, what is asked for, and that nothing changes without them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import norm

from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.generators.protocol.conditions import checked_condition
from fingen_core.market import bundled
from fingen_core.market.sectors import SECTORS, by_sector
from fingen_core.models.factor import Decoder
from fingen_core.representations.filtered import N_CONDITIONS
from fingen_core.representations.severity import BLOCK, Aim, Targets, asked_quantiles, dropped, month_labels
from fingen_core.training.recipe import vae_loop
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.transforms import ewma

GROUPS = {"Pair": (1, 3)}


def days(n: int = 400, n_assets: int = 4) -> tuple[torch.Tensor, ewma.Memory, Targets]:
    scores = np.random.default_rng(0).normal(size=(n, n_assets))
    return torch.as_tensor(scores, dtype=torch.float32), ewma.run(scores)[:-1], Targets.of(scores, GROUPS)


def labels_of(n: int = 400, seed: int = 1) -> torch.Tensor:
    scores, memory, targets = days(n)
    return month_labels(targets, scores, memory, seed)


def test_targets_are_all_assets_groups_and_single_assets():
    scores, _, targets = days()
    assert targets.n == 1 + 1 + 4
    torch.testing.assert_close(targets.weights[0], torch.full((4,), 0.25))
    torch.testing.assert_close(targets.weights[1], torch.tensor([0.0, 0.5, 0.0, 0.5]))
    torch.testing.assert_close(targets.weights[2:], torch.eye(4))
    assert targets.spread[1].item() == pytest.approx(scores[:, [1, 3]].mean(dim=1).std().item(), rel=0.01)


@pytest.mark.parametrize(("target", "members"), [(0, [0, 1, 2, 3]), (1, [1, 3]), (4, [2])])
def test_a_day_tells_the_rank_of_a_month_that_holds_it(target, members):
    scores, memory, targets = days()
    labels = month_labels(targets, scores, memory, seed=1)
    assert (labels[:, targets.n :] == 1).all()
    expected = (memory.size_of_mean[:, 2] + ewma.EPSILON) / (memory.size[:, 2] + ewma.EPSILON) if target == 0 else 1.0
    badness = scores.double().numpy()[:, members].mean(axis=1) / expected
    sums = np.array([badness[first : first + BLOCK].sum() for first in range(len(scores) - BLOCK + 1)])
    for day in (0, 17, 200, 399):
        around = [first for first in range(len(sums)) if first <= day < first + BLOCK]
        ranks = [(sums <= sums[first]).mean() - 0.5 / len(sums) for first in around]
        assert np.isclose(norm.ppf(ranks), labels[day, target].item(), atol=1e-5).any()


def test_labels_are_spread_like_normal_noise():
    levels = labels_of(4000)[:, :6]
    assert levels.mean(dim=0).abs().max() < 0.1
    assert (levels.std(dim=0) - 1).abs().max() < 0.1


def test_too_few_days_for_a_month_are_refused():
    with pytest.raises(InvalidInput, match="20 days for labels of 21"):
        labels_of(20)


def targets_of(n_assets: int = 3) -> Targets:
    return Targets.of(np.random.default_rng(0).normal(size=(500, n_assets)), {})


def test_the_worst_twentieth_is_asked_for_uniformly():
    quantiles = asked_quantiles(0.05, 50_000, seed=2)
    ranks = norm.cdf(quantiles)
    assert ranks.max() <= 0.05
    assert np.quantile(ranks, [0.25, 0.5, 0.75]) == pytest.approx([0.0125, 0.025, 0.0375], abs=0.001)
    np.testing.assert_array_equal(quantiles, asked_quantiles(0.05, 50_000, seed=2))


def test_a_month_is_told_its_quantile_and_a_quarter_less_a_day():
    quantiles, targets = torch.tensor([-1.5, 0.0, 2.0]), targets_of()
    month, quarter = (Aim.at(targets, 2, quantiles, n_days).labels() for n_days in (BLOCK, 3 * BLOCK))
    assert month.shape == (3, 2 * targets.n)
    torch.testing.assert_close(month[:, 2], quantiles)
    torch.testing.assert_close(month[:, targets.n + 2], torch.ones(3))
    assert (month != 0).sum() == 5
    torch.testing.assert_close(quarter[:, 2], quantiles / 3**0.5)
    assert Aim.at(targets, 0, torch.tensor([-3.0]), 1).labels()[0, 0] == -4


def test_a_path_that_has_gone_too_far_is_pushed_back_gently():
    averages = torch.ones(4, 2, 1)
    aim = Aim.at(targets_of(), 0, torch.tensor([-1.5, 1.5]), 10)
    for _ in range(4):  # days beyond six deviations count as six
        aim = aim.after(torch.tensor([[-30.0] * 3, [30.0] * 3]), averages, averages)
    assert aim.left[0].item() == pytest.approx(24 - 1.5 * 10**0.5, abs=1e-4)
    assert aim.labels()[:, 0].tolist() == [1, -1]
    middle = Aim.at(targets_of(), 0, torch.tensor([-0.1, 0.1]), 10)
    assert replace(middle, left=torch.tensor([9.0, -9.0]), n_days=1).labels()[:, 0].tolist() == pytest.approx(
        [3.8, -3.8]
    )


def test_an_aim_is_reached_whatever_the_days_bring():
    """Days that heed their label, of unit noise as the market's are, end where they were to, but for the last push."""
    generator = torch.Generator().manual_seed(0)
    quantiles = torch.as_tensor(asked_quantiles(1.0, 4000, seed=1), dtype=torch.float32)
    aim, total = Aim.at(targets_of(), 0, quantiles, 63), torch.zeros(4000)
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


def test_examples_tell_of_one_target_or_of_none_and_lose_nothing_else():
    condition = torch.randn(40_000, 8 + 12, generator=torch.Generator().manual_seed(0))
    condition[:, 14:] = 1
    shown = dropped(condition, 6, 0.15, torch.Generator().manual_seed(1))
    told = shown[:, 14:]
    assert torch.equal(shown[:, :8], condition[:, :8])
    assert set(told.sum(dim=1).tolist()) == {0.0, 1.0}
    assert torch.equal(shown[:, 8:14], condition[:, 8:14] * told)
    shares = [1 - told.sum(dim=1).mean().item(), *told.mean(dim=0).tolist()]
    assert shares == pytest.approx([0.15, 0.425, *[0.085] * 5], abs=0.01)  # 4 standard errors


def test_what_is_read_along_a_training_is_told_one_label_as_in_a_batch():
    scores, memory, targets = days()
    condition = torch.cat([torch.zeros(len(scores), N_CONDITIONS), month_labels(targets, scores, memory, 1)], dim=1)
    config = TrainingConfig(model="gan", severity_label="learned", condition_dropout=0.25, seed=1)
    heard = []
    loop = vae_loop(scores, condition, config, torch.Generator().manual_seed(0))
    vae = loop.players[0]
    vae.module.encoder.register_forward_hook(lambda module, given, out: heard.append(given[1]))
    loop.probe()
    flags = heard[-1][:, -targets.n :]
    assert flags.sum(dim=1).max() == 1
    assert 0.15 < (flags.sum(dim=1) == 0).float().mean() < 0.35  # a quarter of 400, give or take 4.6 standard errors


def test_one_target_is_all_there_is_to_tell_of():
    condition = torch.ones(5000, 10)
    told = dropped(condition, 1, 0.5, torch.Generator().manual_seed(1))[:, 9]
    assert told.mean().item() == pytest.approx(0.5, abs=0.03)


def labeled() -> Decoder:
    torch.manual_seed(0)
    decoder = Decoder(5, 3, 8, 16, n_targets=2)
    torch.nn.init.normal_(decoder.label.weight)
    torch.nn.init.normal_(decoder.loadings)
    return decoder


def test_no_label_is_what_the_decoder_says_without():
    decoder, latent, state = labeled(), torch.randn(7, 3), torch.randn(7, 8)
    none = torch.cat([state, torch.zeros(7, 4)], dim=1)
    told = torch.cat([state, torch.tensor([[-2.0, 0.0, 1.0, 0.0]]).expand(7, 4)], dim=1)
    for asked, plain in zip(decoder.moments(latent, none), decoder.moments(latent, state), strict=True):
        assert torch.equal(asked, plain)
    assert not torch.allclose(decoder.moments(latent, told)[0], decoder.moments(latent, state)[0])


def test_labels_move_nothing_on_average():
    decoder = labeled()
    levels = torch.as_tensor(norm.ppf((np.arange(10_000) + 0.5) / 10_000), dtype=torch.float32)
    told = torch.stack([levels, 0 * levels, 1 + 0 * levels, 0 * levels], dim=1)
    for pull in decoder._pulls(torch.cat([torch.zeros(10_000, 8), told], dim=1)):
        assert pull.mean(dim=0).abs().max() < 2e-3
        assert pull.std(dim=0).min() > 0.1


def test_a_label_for_a_decoder_that_learned_none_is_a_bug():
    decoder = Decoder(5, 3, 8, 16)
    with pytest.raises(ValueError, match="condition of 10 numbers for a decoder of 8"):
        decoder.moments(torch.zeros(1, 3), torch.zeros(1, 10))


def test_a_model_without_the_label_names_the_setting_that_teaches_it():
    with pytest.raises(InvalidInput, match=r"VAE was trained without severity: .* 'Severity label' set to learned"):
        NeuralGenerator(TrainingConfig()).sample(2, 2, condition={"severity": 0.05}, seed=0)
    with pytest.raises(InvalidInput, match="does not know which days had volatility 90"):
        NeuralGenerator(TrainingConfig()).sample(2, 2, condition={"volatility": 90}, seed=0)


def test_old_settings_are_those_without_a_label():
    assert TrainingConfig.from_json("{}").severity_label == "none"
    with pytest.raises(InvalidInput, match="severity_label = 'yes': choose one of none, learned"):
        TrainingConfig(severity_label="yes")


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ({"severity": 0.1, "sector": "Energy", "asset": "XOM"}, "sector = Energy and asset = XOM: say one place"),
        ({"sector": "Energy"}, "says for whom it is bad, but not how bad: add severity"),
        ({"severity": 0.1, "asset": 3}, "asset = 3: use a name that the model learned"),
        ({"severity": 0}, "severity = 0: use a number above 0 and at most 1"),
    ],
)
def test_what_says_nothing_is_refused(condition, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        checked_condition(condition)


def test_sectors_are_those_of_the_bundled_market():
    found = by_sector(bundled().tickers)
    assert found["Energy"] == ("CVX", "XOM")
    assert found["Information Technology"] == ("AAPL", "AMD", "MSFT")
    assert sum(map(len, found.values())) == len(bundled().tickers) - 1  # General Electric is the only industrial
    assert by_sector(["^GSPC", "XOM"]) == {}
    assert set(bundled().tickers) <= set(SECTORS)

"""Labels of severity for painters: what they say of windows, what is asked for, and that nothing changes without."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from fingen_core.errors import InvalidInput
from fingen_core.generators.pictures.generator import PictureGenerator, train_pictures
from fingen_core.market import Market, bundled
from fingen_core.models import picture_losses
from fingen_core.portfolio.values import horizon_returns
from fingen_core.representations import window_labels
from fingen_core.representations.window_labels import WindowAim, WindowLabels
from fingen_core.training.parts import partly_labeled, shown
from fingen_core.training.settings.picture_config import PictureConfig

QUICK = {
    "representation": "windows",
    "network": "dense",
    "size": 8,
    "steps": 250,
    "validate_every": 250,
    "batch_size": 128,
    "latent_size": 4,
}
EQUAL = np.full(3, 1 / 3)


@pytest.fixture(scope="module")
def market() -> Market:
    return bundled().select(["CVX", "JPM", "XOM"])


def trained(market: Market, **more) -> PictureGenerator:
    return train_pictures(market, PictureConfig(**{**QUICK, **more}, severity_label="learned"), device="cpu")


@pytest.fixture(scope="module")
def labeled(market: Market) -> PictureGenerator:
    return trained(market)


@pytest.fixture(scope="module")
def mixed_up(market: Market) -> PictureGenerator:
    """The twin: each window was told the label of another one."""
    with pytest.MonkeyPatch.context() as patch:
        told = WindowLabels.told
        order = torch.randperm(10_000, generator=torch.Generator().manual_seed(0))
        patch.setattr(WindowLabels, "told", lambda self: told(self)[order[order < len(self.order)]])
        return trained(market)


def windows(n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    state = rng.normal(size=(n, 12))
    return rng.normal(size=(n, 28, 4)) * np.exp(0.3 * state[:, :1, None]), state


def test_a_window_tells_the_rank_of_its_sum_over_what_the_state_lets_expect():
    drawn, state = windows()
    labels = WindowLabels.fit(drawn, state, {"Pair": (1, 3)})
    assert labels.n_targets == 1 + 1 + 4
    told = labels.told().numpy()
    assert (told[:, 6:] == 1).all()
    size = np.exp(0.3 * state[:, 0])
    for target, members in ((0, [0, 1, 2, 3]), (1, [1, 3]), (4, [2])):
        sums = drawn[:, :, members].mean(axis=2).sum(axis=1) / size
        ranks = norm.ppf((sums.argsort().argsort() + 0.5) / len(sums))
        # The regression on the state is measured from 500 windows, so some neighbors change places.
        assert np.corrcoef(ranks, told[:, target])[0, 1] > 0.995
        raw = drawn[:, :, members].mean(axis=2).sum(axis=1)
        assert np.corrcoef(norm.ppf((raw.argsort().argsort() + 0.5) / len(raw)), told[:, target])[0, 1] < 0.995


def test_days_are_read_among_those_that_were_measured_and_beyond_their_ends():
    drawn, state = windows()
    labels = WindowLabels.fit(drawn, state, {}).measured(drawn[:, :10], state)
    read = labels.quantiles(drawn[:, :10], state, 0)
    assert read.mean() == pytest.approx(0, abs=0.02)
    assert read.std() == pytest.approx(1, abs=0.03)
    crash = np.full((2, 10, 4), -9.0) * np.array([1, 2])[:, None, None]
    worse = labels.quantiles(crash, state[:2] * 0, 0)
    assert worse[1] < worse[0] < -3


def test_windows_share_out_what_a_path_is_to_reach():
    drawn, state = windows()
    labels = WindowLabels.fit(drawn, state, {}).measured(drawn, state)
    aim = WindowAim.at(labels, 0, np.full(4000, -2.0), 63)
    rng = np.random.default_rng(0)
    first = aim.goals(28, rng)
    assert first.mean() == pytest.approx(-2 * (28 / 63) ** 0.5, abs=0.05)
    assert first.std() == pytest.approx((1 - 28 / 63) ** 0.5, abs=0.05)
    assert WindowAim.at(labels, 0, np.full(5, -2.0), 10).goals(10, rng) == pytest.approx(-2.0)
    whole = aim.levels(np.full(4000, -2.0), 7, 28, rng)
    assert whole.mean() == pytest.approx(-2 * 0.5, abs=0.05)
    assert whole.std() == pytest.approx(0.75**0.5, abs=0.05)
    after = aim.part(slice(0, 500)).after(drawn, state)
    assert after.n_days == 35
    assert after.left == pytest.approx(-2 * 63**0.5 - labels.quantiles(drawn, state, 0) * 28**0.5)


def test_a_batch_tells_one_target_at_a_time_and_some_windows_none():
    values, condition = torch.zeros(4000, 1), torch.cat([torch.ones(4000, 3), torch.ones(4000, 10)], dim=1)
    batch = partly_labeled(lambda: (values, condition), 5, 0.2, torch.Generator().manual_seed(0))
    flags = batch()[1][:, -5:]
    assert (flags.sum(dim=1) <= 1).all()
    assert (flags.sum(dim=1) == 0).float().mean().item() == pytest.approx(0.2, abs=0.02)
    assert torch.equal(shown(condition, 5, 0.2), shown(condition, 5, 0.2))
    assert shown(condition, 0, 0.2) is condition


def came_out(generator: PictureGenerator, market: Market, level: float) -> float:
    """Mean quantile, in history, of windows drawn under a level, one candidate each."""
    shapes = generator.model.representation
    history = shapes.windows(market.log_returns())
    before = shapes.memory(market.log_returns())[: len(history)]
    rows = np.arange(0, len(history), 20)
    labels = generator.model.labels.measured(history, shapes.state(before))
    given = torch.tensor(shapes.condition(before[rows], np.repeat(shapes.law.center[None], len(rows), 0))).float()
    told = torch.cat([given, labels.telling(0, np.full(len(rows), level))], dim=1)
    values = generator.model.draw(told, torch.Generator().manual_seed(0)).double().numpy()
    drawn = shapes.decode(values, np.repeat(shapes.law.center[None], len(rows), 0))
    return float(labels.quantiles(drawn, shapes.state(before[rows]), 0).mean())


def test_a_painter_listens_to_its_label(labeled, mixed_up, market):
    """One level apart and the windows come out at least half a level apart; not so where labels were mixed up."""
    assert came_out(labeled, market, 1.0) - came_out(labeled, market, -1.0) > 1.0
    assert came_out(mixed_up, market, 1.0) - came_out(mixed_up, market, -1.0) < 0.5


def test_a_gan_listens_too(market, monkeypatch):
    """A level apart and its windows come out half a level apart; the twin has no term that tells it what a label is."""
    settings = {"model": "gan", "loss": "hinge", "gradient_penalty": 0.1, "steps": 150, "validate_every": 150}
    apart = {}
    for known in (True, False):
        if not known:
            monkeypatch.setattr(picture_losses, "label_error", lambda drawn, *_: drawn.sum() * 0)
        gan = trained(market, **settings)
        apart[known] = came_out(gan, market, 1.0) - came_out(gan, market, -1.0)
    assert apart[True] > 1.0
    assert apart[False] < 0.5


def test_what_a_label_says_of_a_sum_is_missed_by_the_square_of_the_difference():
    targets, flags = torch.tensor([[0.5, 0.5], [0.0, 1.0]]), torch.tensor([[1.0, 0], [0, 1.0], [0, 0]])
    real, drawn = torch.zeros(3, 4, 2), torch.zeros(3, 4, 2)
    drawn[:, 0] = torch.tensor([[2.0, 4.0], [1.0, 3.0], [9.0, 9.0]])  # the third is told nothing
    condition = torch.cat([torch.ones(3, 5), flags], dim=1)
    error = picture_losses.label_error(drawn, real, condition, targets)
    assert error.item() == pytest.approx((3.0**2 + 3.0**2) / 3 / 4)
    assert picture_losses.label_error(real, real, condition, targets).item() == 0


def mean_loss(paths: np.ndarray, weights: np.ndarray = EQUAL) -> float:
    return float(-horizon_returns(paths, weights).mean())


def worst(paths: np.ndarray, share: float, weights: np.ndarray = EQUAL) -> float:
    losses = np.sort(-horizon_returns(paths, weights))
    return float(losses[-round(share * len(losses)) :].mean())


@pytest.mark.parametrize("n_steps", [10, 40])
def test_asked_for_the_worst_tenth_it_gives_the_worst_tenth_of_its_own_paths(labeled, n_steps):
    """Within a fifth, ten standard errors; for all paths the mean is that without, within four."""
    plain = labeled.sample(3000, n_steps, seed=1)
    asked = labeled.sample(400, n_steps, condition={"severity": 0.1}, seed=2)
    assert mean_loss(asked) == pytest.approx(worst(plain, 0.1), rel=0.2)
    everything = labeled.sample(800, n_steps, condition={"severity": 1 - 1e-9}, seed=2)
    error = horizon_returns(plain, EQUAL).std() / 800**0.5
    assert mean_loss(everything) == pytest.approx(mean_loss(plain), abs=4 * error)


def test_the_best_of_one_candidate_would_not_do(labeled, monkeypatch):
    """The twin of the test above: what is drawn under a label differs too much by itself."""
    from fingen_core.representations import windows as shapes

    monkeypatch.setattr(shapes, "_CANDIDATES", 1)
    plain = labeled.sample(3000, 10, seed=1)
    asked = labeled.sample(400, 10, condition={"severity": 0.1}, seed=2)
    assert mean_loss(asked) != pytest.approx(worst(plain, 0.1), rel=0.2)


def test_without_a_choice_among_candidates_it_is_the_label_that_makes_paths_fall(labeled, mixed_up, monkeypatch):
    """Asked for the worst twentieth: a deviation of all paths worse than plain ones, not half of it in the twin.

    With the choice the twin would fall too: the best of sixteen plain windows is a bad one. Scales are drawn among all
    windows, so that they tell neither anything.
    """
    from fingen_core.representations import windows as shapes

    monkeypatch.setattr(shapes, "_CANDIDATES", 1)
    monkeypatch.setattr(
        WindowLabels, "alike", lambda self, _, levels, rng: rng.integers(len(self.order), size=len(levels))
    )

    def gained(generator: PictureGenerator) -> float:
        plain = generator.sample(2000, 28, seed=1)
        asked = generator.sample(400, 28, condition={"severity": 0.05}, seed=2)
        return (mean_loss(asked) - mean_loss(plain)) / float(horizon_returns(plain, EQUAL).std())

    assert gained(labeled) > 1
    assert gained(mixed_up) == pytest.approx(0, abs=0.5)


def test_it_can_be_asked_for_whom(labeled):
    plain, jpm = labeled.sample(2000, 20, seed=1), np.array([0, 1.0, 0])
    asked = labeled.sample(300, 20, condition={"severity": 0.1, "asset": "JPM"}, seed=2)
    assert mean_loss(asked, jpm) == pytest.approx(worst(plain, 0.1, jpm), rel=0.25)
    energy = np.array([0.5, 0, 0.5])
    asked = labeled.sample(300, 20, condition={"severity": 0.1, "sector": "Energy"}, seed=2)
    assert mean_loss(asked, energy) == pytest.approx(worst(plain, 0.1, energy), rel=0.25)
    with pytest.raises(InvalidInput, match="'Oil': this VAE of windows learned severity for Energy"):
        labeled.sample(3, 20, condition={"severity": 0.1, "sector": "Oil"}, seed=2)


def test_a_label_survives_its_file_and_the_same_seed_gives_the_same_paths(labeled, tmp_path):
    labeled.save(tmp_path)
    again = PictureGenerator.load(tmp_path)
    condition = {"severity": 0.05, "asset": "XOM"}
    drawn = labeled.sample(260, 40, condition=condition, seed=3)
    np.testing.assert_allclose(again.sample(260, 40, condition=condition, seed=3), drawn, rtol=1e-4, atol=1e-6)
    assert again.learned == ("severity", "sector", "asset")


def test_paths_are_not_read_among_those_of_their_own_noise(labeled, monkeypatch):
    streams, draw = [], labeled.model.draw

    def noted(condition, generator):
        streams.append(generator.initial_seed())
        return draw(condition, generator)

    monkeypatch.setattr(type(labeled.model), "draw", lambda _, condition, generator: noted(condition, generator))
    labeled.sample(300, 20, condition={"severity": 0.1}, seed=2)
    assert len(streams) == len(set(streams)) == 3  # plain ones to read among, and two chunks


@pytest.mark.parametrize(
    ("model", "more"),
    [("vae", {"representation": "gasf", "network": "conv2d", "loss": "mse"}), ("gan", {"loss": "wasserstein"})],
)
def test_other_painters_learn_it_too(market, model, more):
    settings = {**QUICK, "steps": 10, "validate_every": 10, "batch_size": 16, **more}
    generator = train_pictures(market, PictureConfig(model=model, severity_label="learned", **settings), device="cpu")
    asked = generator.sample(20, 35, condition={"severity": 0.2}, seed=0)
    assert asked.shape == (20, 35, 3)
    assert np.isfinite(asked).all()
    (label,) = [part for name, part in generator.model.painter.named_parameters() if name == "label.weight"]
    assert label.abs().sum() > 0  # gradients reached it


def test_without_a_label_it_is_refused_with_the_remedy(market):
    generator = train_pictures(market, PictureConfig(**{**QUICK, "steps": 10, "validate_every": 10}), device="cpu")
    assert not any("label" in name for name in generator.model.tensors())
    with pytest.raises(InvalidInput, match=r"trained without severity: .* 'Severity label' set to learned"):
        generator.sample(3, 20, condition={"severity": 0.1}, seed=0)
    assert PictureConfig.from_json('{"representation": "windows", "network": "dense"}').severity_label == "none"


def test_limits_of_levels_are_those_that_were_learned():
    assert window_labels._LIMIT == 3.0
    drawn, state = windows()
    assert WindowLabels.fit(drawn, state, {}).told()[:, :5].abs().max() <= 3.0

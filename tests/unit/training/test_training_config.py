"""Settings: what is refused and in which words, presets, and the estimate."""

import json

import pytest

from fingen_core.errors import InvalidInput
from fingen_core.training.estimate import estimate
from fingen_core.training.settings.config import CHOICE_CONTROLS, CHOICES, PRESETS, TrainingConfig, controls, preset


@pytest.mark.parametrize(
    ("name", "value"),
    [("batch_size", 0), ("learning_rate", float("nan")), ("seed", -1), ("latent_size", True), ("averaging", 1.0)],
)
def test_a_value_out_of_range_is_refused_with_its_limits(name: str, value: float) -> None:
    with pytest.raises(InvalidInput, match=rf"{name} = .*from"):
        TrainingConfig(**{name: value})


def test_an_unknown_choice_is_refused_with_the_choices() -> None:
    with pytest.raises(InvalidInput, match="adamw, adam, radam, rmsprop"):
        TrainingConfig(optimizer="adagrad")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["{", "[1]", '{"speed": 1}'])
def test_broken_settings_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"not JSON|must be an object|unknown setting speed"):
        TrainingConfig.from_json(text)


def test_settings_of_an_earlier_version_are_read_as_what_they_were() -> None:
    """They had none of the losses, terms and schedules that came later: those are as if they were never there."""
    old = {
        "adversarial_weight": 1.0, "averaging": 0.995, "batch_size": 256, "correlation_weight": 0.0,
        "critic_learning_rate": 0.0002, "critic_updates": 2, "filter_epochs": 20, "filter_learning_rate": 0.005,
        "filter_networks": 1, "gan_steps": 300, "generator_learning_rate": 0.0001, "gradient_clip": 5.0,
        "gradient_penalty": 10.0, "kl_warmup": 0.2, "kl_weight": 1.0, "latent_size": 8, "learning_rate": 0.002,
        "model": "gan", "network_size": 32, "optimizer": "adamw", "preset": "balanced", "reconstruction_weight": 1.0,
        "refit": True, "schedule": "one-cycle", "seed": 0, "vae_steps": 800, "validate_every": 100,
        "validation_share": 0.12, "weight_decay": 0.01,
    }  # fmt: skip
    assert TrainingConfig.from_json(json.dumps(old)) == preset("balanced", "gan")


def test_json_round_trip_keeps_every_setting() -> None:
    for name in PRESETS:
        config = preset(name, "gan", seed=7, kl_weight=0.5)
        assert TrainingConfig.from_json(config.to_json()) == config
        assert set(json.loads(config.to_json())) >= set(controls())


def test_digest_tells_settings_apart() -> None:
    assert preset("quick").digest() != preset("quick", seed=1).digest()
    assert preset("quick").digest() == preset("quick").digest()


def test_every_control_explains_itself_and_holds_its_default() -> None:
    defaults = TrainingConfig()
    for name, control in controls().items():
        assert control.low <= getattr(defaults, name) <= control.high, name
        assert control.help.endswith("."), name


def test_every_choice_has_a_label_and_says_what_it_is_good_for() -> None:
    assert set(CHOICE_CONTROLS) == set(CHOICES) - {"model"}
    for name, words in CHOICES.items():
        assert getattr(TrainingConfig(), name) in words
        for word, text in words.items():
            assert len(text.partition(":")[2].split()) >= 2, (name, word)


def test_what_a_setting_waits_for_is_a_choice_that_exists() -> None:
    for control in controls().values():
        for name, words in control.when.items():
            assert set(words) <= set(CHOICES[name])


def test_estimate_grows_with_what_costs() -> None:
    base, memory = estimate(preset("balanced"), 8000, 19)
    assert estimate(preset("balanced", vae_steps=8000), 8000, 19)[0] > 3 * base
    assert estimate(preset("balanced", "gan"), 8000, 19)[0] > base
    for changes in ({"optimizer": "gradient-descent"}, {"tail_weight": 1.0}, {"moments_weight": 1.0}):
        assert estimate(preset("balanced", **changes), 8000, 19)[0] > base
    critic = estimate(preset("balanced", "gan"), 8000, 19)[0]
    assert estimate(preset("balanced", "gan", r1_weight=1.0), 8000, 19)[0] > critic
    assert estimate(preset("balanced"), 8000, 190)[1] > memory

"""Settings: what is refused and in which words, presets, and the estimate."""

import json

import pytest

from fingen_core.errors import InvalidInput
from fingen_core.training.config import PRESETS, TrainingConfig, controls, preset
from fingen_core.training.estimate import estimate


@pytest.mark.parametrize(
    ("name", "value"),
    [("batch_size", 0), ("learning_rate", float("nan")), ("seed", -1), ("latent_size", True), ("averaging", 1.0)],
)
def test_a_value_out_of_range_is_refused_with_its_limits(name: str, value: float) -> None:
    with pytest.raises(InvalidInput, match=rf"{name} = .*from"):
        TrainingConfig(**{name: value})


def test_an_unknown_choice_is_refused_with_the_choices() -> None:
    with pytest.raises(InvalidInput, match="adamw, adam, rmsprop"):
        TrainingConfig(optimizer="adagrad")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["{", "[1]", '{"speed": 1}'])
def test_broken_settings_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"not JSON|must be an object|unknown setting speed"):
        TrainingConfig.from_json(text)


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


def test_estimate_grows_with_what_costs() -> None:
    base, memory = estimate(preset("balanced"), 8000, 19)
    assert estimate(preset("balanced", vae_steps=8000), 8000, 19)[0] > 3 * base
    assert estimate(preset("balanced", "gan"), 8000, 19)[0] > base
    assert estimate(preset("balanced"), 8000, 190)[1] > memory

"""Settings that are each allowed and make no sense together: the value, the rule, and what would work."""

from collections.abc import Sequence
from typing import Protocol

from fingen_core.errors import InvalidInput

__all__ = ["bits_of_something", "refuse_nonsense", "warmup_once"]

_LEAST_TAIL_BATCH = 100
"""Days in a batch for five of them beyond the 5 % quantile."""


class _Coded(Protocol):
    """Settings of a model with a code: what the rule of its bits reads."""

    @property
    def free_bits(self) -> float: ...
    @property
    def kl_weight(self) -> float: ...


class _Trained(_Coded, Protocol):
    """Settings of a filtered model: what its rules read."""

    @property
    def model(self) -> str: ...
    @property
    def gan_loss(self) -> str: ...
    @property
    def gradient_penalty(self) -> float: ...
    @property
    def r1_weight(self) -> float: ...
    @property
    def rate_warmup(self) -> float: ...
    @property
    def schedule(self) -> str: ...
    @property
    def gan_schedule(self) -> str: ...
    @property
    def optimizer(self) -> str: ...
    @property
    def tail_weight(self) -> float: ...
    @property
    def batch_size(self) -> int: ...


def refuse_nonsense(config: _Trained) -> None:
    """Raise ``InvalidInput`` for the first contradiction; settings that the model does not use are not asked."""
    for rule in (_bounded_slope, _warmup_of_either, _days_in_the_tail, bits_of_something):
        sentence = rule(config)
        if sentence:
            raise InvalidInput(sentence)


def _bounded_slope(config: _Trained) -> str:
    free = config.model == "gan" and config.gan_loss == "wasserstein"
    if not free or config.gradient_penalty > 0 or config.r1_weight > 0:
        return ""
    return (
        "gradient_penalty = 0 and r1_weight = 0 with the Wasserstein loss, but its critic grows without end unless its "
        "slope is held: set gradient_penalty to 10, or choose another GAN loss"
    )


def warmup_once(warmup: float, schedules: Sequence[str]) -> str:
    """Why a warm-up does not go with the schedules of a training; empty if it does."""
    if warmup == 0 or any(schedule != "one-cycle" for schedule in schedules):
        return ""
    return (
        f"rate_warmup = {warmup:g} with the one-cycle schedule, which warms up by itself: set rate_warmup "
        "to 0, or choose cosine, constant or plateau"
    )


def _warmup_of_either(config: _Trained) -> str:
    return warmup_once(config.rate_warmup, [config.schedule, *([config.gan_schedule] if config.model == "gan" else [])])


def _days_in_the_tail(config: _Trained) -> str:
    everything = config.optimizer == "gradient-descent"
    if config.tail_weight == 0 or everything or config.batch_size >= _LEAST_TAIL_BATCH:
        return ""
    return (
        f"tail_weight = {config.tail_weight:g} with batches of {config.batch_size} days, but the tail term needs "
        f"{_LEAST_TAIL_BATCH}, five of them beyond the 5 % quantile: set batch_size to 128 or more, or tail_weight to 0"
    )


def bits_of_something(config: _Coded) -> str:
    """Why free bits mean nothing here; empty if they do."""
    if config.free_bits == 0 or config.kl_weight > 0:
        return ""
    return (
        f"free_bits = {config.free_bits:g} with kl_weight = 0, but they are free of the KL divergence only: set "
        "kl_weight to 1, or free_bits to 0"
    )

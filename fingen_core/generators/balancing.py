"""How strongly each term of a training's loss would pull on this market, measured before anything is trained."""

from fingen_core.errors import InvalidInput
from fingen_core.generators.fitting import Fitting, is_small
from fingen_core.market import Market
from fingen_core.training.balance import EXTRA_TERMS, Pull, balance
from fingen_core.training.config import TrainingConfig
from fingen_core.training.devices import one_thread

__all__ = ["pulls"]

_FILTER_EPOCHS = 3
_SETTLING = {"vae": 100, "gan": 20}
"""Steps before measuring: an encoder or a critic that knows nothing yet pulls the decoder nowhere."""


def pulls(market: Market, config: TrainingConfig, device: str = "auto") -> list[Pull]:
    """Gradient norms of the terms on the decoder, and weights with which the extra ones pull as much as the main term.

    A quick filter and the VAE come first where a GAN is asked for; some seconds.

    Raises
    ------
    InvalidInput
        If no extra term has a weight, or the market is too short.
    """
    if not any(getattr(config, f"{term}_weight") for term in EXTRA_TERMS):
        raise InvalidInput(
            "no extra term has a weight, so there is nothing to balance: give moments, correlation or tail a weight "
            "above 0"
        )
    with one_thread(is_small(config)):
        return _Balancing(market, config, device).measured()


class _Balancing(Fitting):
    """The phases of a training, in order, without validation; the last one is left where it is measured."""

    def __init__(self, market: Market, config: TrainingConfig, device: str) -> None:
        short = config.replace(refit=False, filter_epochs=min(config.filter_epochs, _FILTER_EPOCHS))
        super().__init__(market, short, device=device)

    def measured(self) -> list[Pull]:
        for phase in self.phases:
            loop = self._loop(phase)
            last = phase is self.phases[-1]
            until = min(loop.n_steps, _SETTLING[phase.kind]) if last else loop.n_steps
            while loop.step < until:
                loop.advance()
            loop.losses()  # refuses what is not finite
            if last:
                return balance(loop)
            self.done[phase.name] = self._weights(phase, loop)
        raise AssertionError("a training has phases")

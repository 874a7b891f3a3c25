"""How strongly each term of a training's loss would pull on this market, measured before anything is trained."""

from collections.abc import Sequence

from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered.fitting import Fitting, is_small
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.generators.learned.trainer import Phase
from fingen_core.generators.pictures.fitting import PictureFitting
from fingen_core.generators.pictures.generator import PictureGenerator
from fingen_core.market import Market
from fingen_core.training.balance import Pull, balance
from fingen_core.training.devices import one_thread
from fingen_core.training.loop import Loop
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.training.settings.knobs import terms_of
from fingen_core.training.settings.picture_config import Configuration, PictureConfig

__all__ = ["pulls"]

_FILTER_EPOCHS = 3
_SETTLING = {"vae": 100, "gan": 20}
"""Steps before measuring: an encoder or a critic that knows nothing yet pulls the decoder nowhere."""


def pulls(market: Market, config: Configuration, device: str = "auto") -> list[Pull]:
    """Gradient norms of the terms on what draws, and weights with which the extra ones pull as much as the main term.

    Of a filtered model a quick filter comes first, and the VAE where a GAN is asked for; some seconds.

    Raises
    ------
    InvalidInput
        If no extra term has a weight, or the market is too short.
    """
    terms = list(terms_of(config))
    if not any(getattr(config, f"{term}_weight") for term in terms):
        raise InvalidInput(
            f"no extra term has a weight, so there is nothing to balance: give {', '.join(terms[:-1])} or {terms[-1]} "
            "a weight above 0"
        )
    if isinstance(config, PictureConfig):
        with one_thread():
            return _BalancingPictures(market, config, PictureGenerator, device=device).measured()
    with one_thread(is_small(config)):
        return _Balancing(market, config, device).measured()


class _Balancing(Fitting[NeuralGenerator]):
    """The phases of a training, in order, without validation; the last one is left where it is measured."""

    def __init__(self, market: Market, config: TrainingConfig, device: str) -> None:
        short = config.replace(refit=False, filter_epochs=min(config.filter_epochs, _FILTER_EPOCHS))
        super().__init__(market, short, NeuralGenerator, device=device)

    def measured(self) -> list[Pull]:
        for phase in self.phases[:-1]:
            loop = self._loop(phase)
            _advance(loop, loop.n_steps)
            self.done[phase.name] = self._weights(phase, loop)
        return _settled(self._loop(self.phases[-1]), self.phases)


class _BalancingPictures(PictureFitting[PictureGenerator]):
    """The beginning of a training."""

    def measured(self) -> list[Pull]:
        return _settled(self._loop(self.phases[-1]), self.phases)


def _settled(loop: Loop, phases: Sequence[Phase]) -> list[Pull]:
    _advance(loop, min(loop.n_steps, _SETTLING[phases[-1].kind]))
    return balance(loop)


def _advance(loop: Loop, until: int) -> None:
    while loop.step < until:
        loop.advance()
    loop.losses()  # refuses what is not finite

"""The generator that paints: a representation of windows or pictures, and a VAE or GAN that draws them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from fingen_core.errors import InvalidInput
from fingen_core.generators.learned.trained import Taught, Trained
from fingen_core.generators.pictures.model import PICTURE_FORMAT, Gallery, PictureModel, board_for
from fingen_core.generators.protocol.conditions import TAUGHT, Condition, target_of
from fingen_core.market import Market
from fingen_core.representations.severity import asked_quantiles
from fingen_core.representations.window_labels import WindowAim
from fingen_core.training.progress import Progress, ignore, never
from fingen_core.training.settings.picture_config import PictureConfig
from fingen_core.transforms import ewma
from fingen_core.types import Paths

__all__ = ["PictureGenerator", "PictureModel", "board_for", "train_pictures"]

_SCENE = {"heat-map": "heat maps", "gasf": "Gramian fields", "windows": "windows", "raw-windows": "raw windows"}


class PictureGenerator(Taught, Trained[PictureConfig, PictureModel]):
    """A VAE or GAN on windows or pictures; whatever device trains it, paths are drawn on the CPU."""

    stamp: ClassVar[Mapping[str, Any]] = {"kind": "pictures", "format": PICTURE_FORMAT}
    kind_of_config, kind_of_model = PictureConfig, PictureModel

    def _named(self) -> str:
        return f"{self.config.model.upper()} of {_SCENE[self.config.representation]}"

    def _trained(self, market: Market) -> "PictureGenerator":
        return train_pictures(market, self.config, device=self.device)

    @classmethod
    def _refuse(cls, info: Mapping[str, Any]) -> None:
        if info.get("kind") != "pictures" or info.get("format") != PICTURE_FORMAT:
            raise InvalidInput(
                f"this is no model of pictures of format {PICTURE_FORMAT}: it was stored by another version of FinGen, "
                "train it again"
            )

    @property
    def learned(self) -> tuple[str, ...]:
        return TAUGHT if self.config.severity_label == "learned" else ()

    def _asked(self, condition: Condition, start: ewma.Memory, n_paths: int, n_steps: int, seed: int) -> Paths:
        assert self.model.labels is not None
        target = target_of(self.label, condition, self.info["severity_targets"])
        quantiles = asked_quantiles(condition["severity"], n_paths, seed)
        aim = WindowAim.at(self.model.labels, target, quantiles, n_steps)
        return self.model.representation.rollout(self.model.draw, start, n_paths, n_steps, seed, aim)

    def _paths(self, start: ewma.Memory, n_paths: int, n_steps: int, seed: int) -> Paths:
        return self.model.representation.rollout(self.model.draw, start, n_paths, n_steps, seed)

    def real(self, market: Market, rows: NDArray[np.intp]) -> Gallery:
        """Pictures of windows of history, by the number of the return each begins with."""
        representation = self.model.representation
        windows = representation.windows(market.log_returns())[rows]
        values, scales = representation.encode(windows)
        return self.model.gallery(values, scales)

    def paint(self, market: Market, rows: NDArray[np.intp], seed: int) -> Gallery:
        """A picture drawn from the state before each of several days of history."""
        return self.model.paint(market, rows, seed)

    def morph(self, market: Market, first: int, second: int, n_pictures: int) -> Gallery:
        """Pictures on the straight line between the codes of two windows of history, both ends included.

        What the code does not carry is the same noise along the whole line, so only the code moves.

        Raises
        ------
        InvalidInput
            If the model is a GAN, which has no encoder.
        """
        representation, returns = self.model.representation, market.log_returns()
        rows = np.array([first, second])
        values, scales = representation.encode(representation.windows(returns)[rows])
        condition = torch.as_tensor(
            representation.condition(representation.memory(returns)[rows], scales), dtype=torch.float32
        )
        codes = self.model.code_of(torch.as_tensor(values, dtype=torch.float32), condition)
        share = torch.linspace(0, 1, n_pictures)[:, None]
        code, told = (ends[:1] * (1 - share) + ends[1:] * share for ends in (codes, condition))
        along = [self.model.from_code(code[i : i + 1], told[i : i + 1], _same()) for i in range(n_pictures)]
        mixed = scales[:1] * (1 - share.numpy()) + scales[1:] * share.numpy()
        return self.model.gallery(torch.cat(along).double().numpy(), mixed)


def _same() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def train_pictures(
    market: Market,
    config: PictureConfig,
    *,
    folder: Path | None = None,
    device: str = "auto",
    on_progress: Callable[[Progress], None] = ignore,
    should_stop: Callable[[], bool] = never,
) -> PictureGenerator:
    """Train a generator of pictures on all of ``market``; arguments and errors as of ``filtered.generator.train``."""
    from fingen_core.generators.pictures.fitting import PictureFitting

    how: dict[str, Any] = {"folder": folder, "device": device, "on_progress": on_progress, "should_stop": should_stop}
    return PictureFitting(market, config, PictureGenerator, **how).run()

"""Windows as pictures: what a network that paints can learn, and how its paintings become returns again."""

import functools

import numpy as np
import torch
from torch import Tensor

from fingen_core.representations.windows import RawWindows, ReturnWindows, WindowRepresentation, sized
from fingen_core.transforms import pictures
from fingen_core.types import Array

__all__ = ["REPRESENTATIONS", "GramianFields", "HeatMaps"]


class HeatMaps(ReturnWindows):
    """Return heat maps, days x assets, drawn over as many columns as there are days.

    The network paints ``asinh(u / FOLD)``, of which the picture shows the pixel ``(1 + tanh) / 2``. A window has one
    scale, the root mean square of its standardized returns.
    """

    kind = "heat-map"

    @property
    def shape(self) -> tuple[int, int, int]:
        return 1, self.n_days, self.n_days

    @property
    def groups(self) -> tuple[int, ...]:
        return tuple(int(asset) for asset in pictures.column_assets(self.n_assets, self.n_days))

    def encode(self, windows: Array) -> tuple[Array, Array]:
        values, scales = super().encode(windows)
        return pictures.heat_map(values, self.n_days), scales

    def decode(self, values: Array, scales: Array) -> Array:
        nearest = pictures.heat_map_nearest(self.pixels(values), self.n_assets)
        return sized(pictures.from_pixels(nearest[:, 0]), scales)

    def moves(self, values: Tensor) -> Tensor:
        return super().moves(values @ _columns(self.n_assets, self.n_days, str(values.device)))

    def off_manifold(self, values: Array) -> Array:
        shown = self.pixels(values)
        nearest = pictures.heat_map(pictures.heat_map_nearest(shown, self.n_assets), self.n_days)
        return pictures.distance(shown, nearest)[:, 0]


@functools.cache
def _columns(n_assets: int, n_columns: int, device: str) -> Tensor:
    """The mean over an asset's columns as a matrix (n_columns, n_assets), copied to the device once."""
    assets = torch.as_tensor(pictures.column_assets(n_assets, n_columns))
    shown = torch.nn.functional.one_hot(assets, n_assets).float()
    return (shown / shown.sum(0)).to(device)


class GramianFields(WindowRepresentation):
    """Gramian angular summation fields, one channel per asset.

    Each asset's window is scaled to [0, 1]; its standard deviation and its mean are two scales of the window. Noise
    on pixels would lead off the fields that windows have, so what a code leaves unsaid moves the days instead.
    """

    kind = "gasf"

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.n_assets, self.n_days, self.n_days

    @property
    def groups(self) -> tuple[int, ...]:
        return tuple(range(self.n_days))

    def encode(self, windows: Array) -> tuple[Array, Array]:
        unit, scales = pictures.to_unit(np.swapaxes(windows, 1, 2))
        return pictures.gramian(unit), scales.reshape(len(windows), -1)

    def decode(self, values: Array, scales: Array) -> Array:
        kept = scales.reshape(len(values), self.n_assets, 2)
        return np.swapaxes(pictures.from_unit(pictures.gramian_nearest(values), kept), 1, 2)

    def moves(self, values: Tensor) -> Tensor:
        # By the diagonal, x^2 = (1 + G_ii) / 2; the root has no slope where x is 0, once in every window.
        diagonal = values.diagonal(dim1=-2, dim2=-1).clamp(-1 + 1e-5, 1 - 1e-6)
        unit = ((diagonal + 1) / 2).sqrt()
        centered = unit - unit.mean(-1, keepdim=True)
        return (centered / centered.square().mean(-1, keepdim=True).clamp_min(1e-8).sqrt()).transpose(1, 2)

    def off_manifold(self, values: Array) -> Array:
        nearest = pictures.gramian(pictures.gramian_nearest(values))
        return np.asarray(pictures.distance(values, nearest).mean(axis=1) / 2)

    def pixels(self, values: Array) -> Array:
        return np.asarray((1 + values) / 2)

    def unsaid(self, values: Tensor, shown: Tensor) -> Tensor:
        """Standard deviation, per channel, by which windows differ from what was painted of them."""
        gap = _unit(values) - _unit(shown)
        return torch.as_tensor(np.sqrt((gap**2).mean(axis=(0, 2)))[:, None], dtype=torch.float32)

    def stirred(self, values: Tensor, residual: Tensor, generator: torch.Generator) -> Tensor:
        """Pictures of the windows that ``values`` show, each day moved by normal noise of that deviation."""
        unit = _unit(values)
        moved = unit + (residual * torch.randn(unit.shape, generator=generator)).double().numpy()
        change = pictures.gramian(np.clip(moved, 0, 1)) - pictures.gramian(unit)  # how far off it was painted stays
        return values + torch.as_tensor(change, dtype=torch.float32)


def _unit(values: Tensor) -> Array:
    """The windows in [0, 1] that pictures show."""
    return pictures.gramian_nearest(values.double().numpy())


REPRESENTATIONS: dict[str, type[WindowRepresentation]] = {
    "heat-map": HeatMaps,
    "gasf": GramianFields,
    "windows": ReturnWindows,
    "raw-windows": RawWindows,
}
"""By the name that settings use."""

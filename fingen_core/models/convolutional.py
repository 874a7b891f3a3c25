"""Networks for pictures and windows: dense, temporal convolutions, and convolutions over pictures.

Each kind comes as a ``Painter`` (generator of a GAN, decoder of a VAE) and as a ``Reader`` (critic, encoder). One
dial, the size, says how wide a network is: 16 gives the dense one two hidden layers of 128, and convolutions 16
channels at the full resolution, twice as many at each halving. From 32 on there is one more convolution at each
resolution.

The convolutions over pictures follow DCGAN (Radford et al. 2015) in their up and down path, without batch
normalization: a critic whose gradient is penalized must judge each example by itself.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from fingen_core.models.networks import RAW_FREEDOM, Lowered, freedom_of, unit_noise

__all__ = ["Canvas", "Painter", "Reader"]

_SLOPE = 0.2
_DENSE = 8
_DEEP = 32
_DILATIONS = (1, 2, 4, 8)
_QUIET, _LOUD = -5.0, 0.5
"""Limits of the log standard deviation of the painter's own noise."""


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """What is painted on.

    Attributes
    ----------
    channels, rows, columns : int
    network : {"dense", "conv1d", "conv2d"}
    size : int
        The dial: channels at full resolution.
    n_latent, n_daily, n_conditions : int
        Numbers of the code for the window and for each day, and of the condition.
    noisy : bool
        Whether values vary day by day and asset by asset beyond what the latent code says: heat maps and windows do,
        Gramian fields, which 28 numbers settle, do not.
    groups : tuple of int
        Which asset each column shows; columns of one asset share its noise.
    bounded : bool
        Whether values end at +-1.
    n_targets : int
        Of a label of severity, whose levels and flags are the last columns of the condition; 0 for none.
    """

    channels: int
    rows: int
    columns: int
    network: str
    size: int
    n_latent: int
    n_daily: int
    n_conditions: int
    noisy: bool
    groups: tuple[int, ...]
    bounded: bool
    n_targets: int = 0

    @property
    def n_code(self) -> int:
        return self.n_latent + self.n_daily * self.rows


class Painter(Lowered):
    """From a code and a condition to values: a mean, and noise of its own.

    On a noisy canvas the code has two parts: one for the window as a whole, and a few numbers per day, through which
    the assets move together. With ``d`` the codes of a day and ``L`` a loading per asset the mean of that day is::

        network + exp(gate) * (d L)        gate: by day, from the network

    which is a factor model whose volatility the network moves; without it a network has to spell out every day's
    common move in a code of the whole window, and the assets of its pictures hardly move together.
    """

    columns: Tensor

    def __init__(self, canvas: Canvas, *, spontaneous: bool, heavy: bool = False) -> None:
        """``spontaneous`` feeds noise to every stage, as a GAN wants it; a VAE's decoder knows its code only.

        ``heavy`` makes the painter's own noise Student's t, with one learned number of degrees of freedom.
        """
        super().__init__()
        self.canvas = canvas
        n_inputs = canvas.n_latent + canvas.n_conditions
        builders = {"dense": _DensePainter, "conv1d": _TimePainter, "conv2d": _PicturePainter}
        outputs = canvas.channels * (3 if canvas.noisy else 1)
        self.body = builders[canvas.network](canvas, n_inputs, outputs, spontaneous and canvas.noisy)
        if canvas.noisy:
            self.loadings = nn.Parameter(0.1 * torch.randn(canvas.n_daily, max(canvas.groups) + 1))
        self.raw_freedom = nn.Parameter(torch.tensor(RAW_FREEDOM)) if heavy else None
        n_moved = canvas.n_latent + canvas.n_daily
        self.label = nn.Linear(canvas.n_targets, n_moved, bias=False) if canvas.n_targets else None
        if self.label is not None:
            nn.init.zeros_(self.label.weight)
        # Not stored, since the canvas says it; a tensor of its own, since a list would be copied at every step.
        self.register_buffer("columns", torch.tensor(canvas.groups), persistent=False)

    def forward(self, code: Tensor, condition: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Mean (before it is bounded) and log standard deviation, each (n, channels, rows, columns)."""
        whole, daily = code[:, : self.canvas.n_latent], code[:, self.canvas.n_latent :]
        out = self.through(self.body, torch.cat([whole, condition], dim=1), generator)
        if not self.canvas.noisy:
            return out, torch.full_like(out, _QUIET)
        mean, raw, gate = out.chunk(3, dim=1)
        together = daily.reshape(-1, 1, self.canvas.rows, self.canvas.n_daily) @ self.loadings
        gates = torch.tanh(gate.mean(dim=3, keepdim=True)).exp()
        common = gates * together.index_select(-1, self.columns)
        return mean + common, _QUIET + (_LOUD - _QUIET) * torch.sigmoid(raw + 1)

    def expected(self, condition: Tensor) -> Tensor | float:
        """Mean of the code given a label, (n, n_code), the same for every day; 0 where no label is learned.

        A label moves what a code is expected to be, and so what noise stands for: a decoder that could tell a bad
        window from its code alone would hardly listen to one more number.
        """
        if self.label is None:
            return 0.0
        n, canvas = self.canvas.n_targets, self.canvas
        moved = self.label(condition[:, -2 * n : -n])
        daily = moved[:, canvas.n_latent :].repeat(1, canvas.rows)
        return torch.cat([moved[:, : canvas.n_latent], daily], dim=1)

    def freedom(self) -> Tensor | None:
        """Degrees of freedom of the noise, above 2.1; ``None`` where it is normal."""
        return None if self.raw_freedom is None else freedom_of(self.raw_freedom)

    def bounded(self, mean: Tensor) -> Tensor:
        """Values as they are shown: Gramian fields end at +-1."""
        return torch.tanh(mean) if self.canvas.bounded else mean

    def paint(self, code: Tensor, condition: Tensor, generator: torch.Generator) -> Tensor:
        """Draw values (n, channels, rows, columns)."""
        mean, log_sd = self(code, condition, generator)
        if not self.canvas.noisy:
            return self.bounded(mean)
        return torch.as_tensor(self.bounded(mean) + log_sd.exp() * self.noise(len(code), generator))

    def noise(self, n: int, generator: torch.Generator) -> Tensor:
        """Noise of unit variance (n, channels, rows, columns), the same in all columns of an asset."""
        canvas = self.canvas
        shape = (n, canvas.channels, canvas.rows, max(canvas.groups) + 1)
        return unit_noise(shape, self.freedom(), generator).index_select(-1, self.columns)


class Reader(Lowered):
    """From values and a condition to ``n_outputs`` numbers: a critic's verdict or an encoder's code."""

    def __init__(self, canvas: Canvas, n_outputs: int) -> None:
        super().__init__()
        self.canvas = canvas
        builders = {"dense": _DenseReader, "conv1d": _TimeReader, "conv2d": _PictureReader}
        self.body = builders[canvas.network](canvas)
        width = _DENSE * canvas.size
        self.told = nn.Linear(canvas.n_conditions, width)
        self.head = nn.Sequential(nn.Linear(2 * width, width), nn.LeakyReLU(_SLOPE), nn.Linear(width, n_outputs))
        # Straight from each day's mean: the code of a day, or the sum of a window, needs no detour.
        self.days = nn.Linear(canvas.channels * canvas.rows, n_outputs, bias=False) if canvas.noisy else None

    def forward(self, values: Tensor, condition: Tensor) -> Tensor:
        seen = functional.leaky_relu(self.through(self.body, _with_hints(values, self.canvas)), _SLOPE)
        told = functional.leaky_relu(self.through(self.told, condition), _SLOPE)
        out = self.through(self.head, torch.cat([seen, told], dim=1))
        return out if self.days is None else out + self.through(self.days, values.mean(dim=3).flatten(1))


def _with_hints(values: Tensor, canvas: Canvas) -> Tensor:
    """Beside the values their sizes and each day's mean over the assets: what tails and crises are seen by."""
    if not canvas.noisy:
        return values
    day = values.mean(dim=3, keepdim=True).expand_as(values)
    return torch.cat([values, values.abs(), day], dim=1)


def _n_hints(canvas: Canvas) -> int:
    return canvas.channels * (3 if canvas.noisy else 1)


class _DensePainter(nn.Module):
    def __init__(self, canvas: Canvas, n_inputs: int, n_outputs: int, spontaneous: bool) -> None:
        super().__init__()
        self.shape = (n_outputs, canvas.rows, canvas.columns)
        # One more code of the same length stands for the noise that convolutions get at every stage.
        self.n_noise = 4 * canvas.rows if spontaneous else 0
        width = _DENSE * canvas.size
        self.layers = _dense(n_inputs + self.n_noise, width, n_outputs * canvas.rows * canvas.columns)

    def forward(self, inputs: Tensor, generator: torch.Generator | None) -> Tensor:
        if self.n_noise:
            inputs = torch.cat([inputs, _normal((len(inputs), self.n_noise), inputs, generator)], dim=1)
        return torch.as_tensor(self.layers(inputs).reshape(-1, *self.shape))


class _DenseReader(nn.Module):
    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        width = _DENSE * canvas.size
        self.layers = _dense(_n_hints(canvas) * canvas.rows * canvas.columns, width, width)

    def forward(self, values: Tensor) -> Tensor:
        return torch.as_tensor(self.layers(values.flatten(1)))


class _Dilated(nn.Module):
    """Residual convolutions along the days whose reach doubles: 1, 2, 4, 8 days apart."""

    def __init__(self, width: int, deep: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Conv1d(width, width, 3, padding=step, dilation=step) for step in _DILATIONS * (2 if deep else 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = x + functional.leaky_relu(layer(x), _SLOPE)
        return x


class _TimePainter(nn.Module):
    def __init__(self, canvas: Canvas, n_inputs: int, n_outputs: int, spontaneous: bool) -> None:
        super().__init__()
        self.canvas, self.n_outputs = canvas, n_outputs
        self.width, self.n_noise = 2 * canvas.size, canvas.size // 2 if spontaneous else 0
        self.start = nn.Linear(n_inputs, self.width * canvas.rows)
        self.mix = nn.Conv1d(self.width + self.n_noise, self.width, 1)
        self.along = _Dilated(self.width, canvas.size >= _DEEP)
        self.last = nn.Conv1d(self.width, n_outputs * canvas.columns, 1)

    def forward(self, inputs: Tensor, generator: torch.Generator | None) -> Tensor:
        x = functional.leaky_relu(self.start(inputs), _SLOPE).reshape(-1, self.width, self.canvas.rows)
        if self.n_noise:
            x = torch.cat([x, _normal((len(x), self.n_noise, self.canvas.rows), x, generator)], dim=1)
        out = self.last(self.along(self.mix(x)))
        return torch.as_tensor(out.reshape(-1, self.n_outputs, self.canvas.columns, self.canvas.rows).transpose(2, 3))


class _TimeReader(nn.Module):
    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        inner = 2 * canvas.size
        self.first = nn.Conv1d(_n_hints(canvas) * canvas.columns, inner, 1)
        self.along = _Dilated(inner, canvas.size >= _DEEP)
        self.last = nn.Linear(inner * canvas.rows, _DENSE * canvas.size)

    def forward(self, values: Tensor) -> Tensor:
        along = values.transpose(2, 3).flatten(1, 2)
        return torch.as_tensor(self.last(self.along(self.first(along)).flatten(1)))


class _PicturePainter(nn.Module):
    """From a quarter (28) or an eighth (64) of the side up to all of it, doubling."""

    def __init__(self, canvas: Canvas, n_inputs: int, n_outputs: int, spontaneous: bool) -> None:
        super().__init__()
        self.n_noise = 2 if spontaneous else 0
        sides, widths = _pyramid(canvas)
        self.first_shape = (widths[-1], sides[-1], sides[-1])
        self.start = nn.Linear(n_inputs, widths[-1] * sides[-1] ** 2)
        pairs = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.stages = nn.ModuleList(_Stage(a + self.n_noise, b, canvas.size >= _DEEP) for a, b in pairs)
        self.last = nn.Conv2d(widths[0] + self.n_noise, n_outputs, 3, padding=1)

    def forward(self, inputs: Tensor, generator: torch.Generator | None) -> Tensor:
        x = functional.leaky_relu(self.start(inputs), _SLOPE).reshape(-1, *self.first_shape)
        for stage in self.stages:
            x = stage(self._stirred(functional.interpolate(x, scale_factor=2.0), generator))
        return torch.as_tensor(self.last(self._stirred(x, generator)))

    def _stirred(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        """Noise per pixel, and per row: days on which all assets move."""
        if not self.n_noise:
            return x
        n, _, rows, columns = x.shape
        pixels = _normal((n, 1, rows, columns), x, generator)
        days = _normal((n, 1, rows, 1), x, generator).expand(-1, -1, -1, columns)
        return torch.cat([x, pixels, days], dim=1)


class _PictureReader(nn.Module):
    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        sides, widths = _pyramid(canvas)
        self.first = nn.Conv2d(_n_hints(canvas), widths[0], 3, padding=1)
        self.stages = nn.ModuleList(nn.Conv2d(a, b, 4, stride=2, padding=1) for a, b in pairwise(widths))
        deep = canvas.size >= _DEEP
        self.more = nn.ModuleList(nn.Conv2d(b, b, 3, padding=1) for b in widths[1:]) if deep else None
        self.last = nn.Linear(widths[-1] * sides[-1] ** 2, _DENSE * canvas.size)

    def forward(self, values: Tensor) -> Tensor:
        x = functional.leaky_relu(self.first(values), _SLOPE)
        for index, stage in enumerate(self.stages):
            x = functional.leaky_relu(stage(x), _SLOPE)
            if self.more is not None:
                x = x + functional.leaky_relu(self.more[index](x), _SLOPE)
        return torch.as_tensor(self.last(x.flatten(1)))


class _Stage(nn.Module):
    def __init__(self, n_inputs: int, width: int, deep: bool) -> None:
        super().__init__()
        self.first = nn.Conv2d(n_inputs, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1) if deep else None

    def forward(self, x: Tensor) -> Tensor:
        x = functional.leaky_relu(self.first(x), _SLOPE)
        return x if self.second is None else x + functional.leaky_relu(self.second(x), _SLOPE)


def _pyramid(canvas: Canvas) -> tuple[list[int], list[int]]:
    """Sides and widths from full resolution down to the smallest, at most 8 pixels across."""
    sides = [canvas.rows]
    while sides[-1] > 8:
        sides.append(sides[-1] // 2)
    return sides, [canvas.size * 2**level for level in range(len(sides))]


def _dense(n_inputs: int, width: int, n_outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(n_inputs, width),
        nn.LeakyReLU(_SLOPE),
        nn.Linear(width, width),
        nn.LeakyReLU(_SLOPE),
        nn.Linear(width, n_outputs),
    )


def _normal(shape: tuple[int, ...], like: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.randn(shape, generator=generator, device=like.device)

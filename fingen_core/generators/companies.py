"""A generator of companies that are asked for by their numbers: size, leverage, profitability.

Every company and day of a market is an example: the move of the whole market (equal weight) and that of the company,
drawn together. A company's moves are those of the market's companies, in units of a volatility that its numbers tell
(``representations.company_level``); the volatility filter and the VAE or GAN of every other model learn the rest from
all companies together, told the market's state and the numbers that were known on the evening before. Numbers move the
level of volatility, and through the decoder's gate how much of a move is shared with the market; what is not told is
left out by a flag of its own, and left out at random while training, so that a company can be asked for by any of them.

Paths set out from a day's state: the market's own averages and the mean of all companies', in units of their volatility.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.generators.checks import require_counts
from fingen_core.generators.neural import FittedModel
from fingen_core.market import Market
from fingen_core.market.fundamentals import Statements
from fingen_core.market.known_numbers import NUMBERS, Delay, panel
from fingen_core.models.volatility import VolatilityFilter
from fingen_core.representations.company_level import MONTH, PATTERNS, Level, monthly
from fingen_core.representations.filtered import FILTER_HIDDEN, FilterData, Filtered, rollout
from fingen_core.training import checkpoint, recipe
from fingen_core.training.config import TrainingConfig
from fingen_core.training.devices import one_thread
from fingen_core.training.loop import Loop
from fingen_core.transforms import ewma
from fingen_core.types import Array, Paths

__all__ = ["FEWEST_COMPANIES", "FEWEST_DAYS", "FILE", "CompanyGenerator", "as_row", "train"]

FILE = "companies.safetensors"
FEWEST_COMPANIES = 2
"""With fewer there is nothing to compare; below ``company_level.FEW`` what is learned is said to be uncertain."""

FEWEST_DAYS = 500
_FORMAT = 1
_STEPS_PER_YEAR = 252
_LEFT_OUT, _ALL_LEFT_OUT = 0.25, 0.15
"""Shares of the examples that are not told a number, and that are told none."""

_LOOK_EVERY = 20

Tell = Callable[[str, float], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class CompanyGenerator:
    """What a training gives, and what can be asked of it.

    Attributes
    ----------
    model : FittedModel
        Of two series: the market's equal weight, and a company in units of its volatility.
    level : Level
        Volatility by numbers.
    states : Memory
        Averages after each of ``dates``, for the mean of all companies.
    dates : DatetimeIndex
    config : TrainingConfig
    info : mapping
        Facts for people, JSON values.
    """

    model: FittedModel
    level: Level
    states: ewma.Memory
    dates: pd.DatetimeIndex
    config: TrainingConfig
    info: Mapping[str, Any]

    def sample(
        self,
        n_paths: int,
        n_steps: int,
        *,
        numbers: Mapping[str, float] | None = None,
        start: str | None = None,
        end: str | None = None,
        seed: int,
    ) -> Paths:
        """Draw the market and a company with these numbers.

        Parameters
        ----------
        n_paths, n_steps : int
        numbers : mapping
            Any of ``NUMBERS``; what is left out is not known, and paths then hold companies of all kinds.
        start, end : str, optional
            Paths set out from the last close on or before ``start``, by default the last day; with ``end``, each from
            a day of its own between the two.
        seed : int

        Returns
        -------
        array, shape (n_paths, n_steps, 2)
            Log returns of the market and of the company.
        """
        require_counts(n_paths, n_steps)
        told = as_row(numbers or {})
        rng = np.random.default_rng([seed, 7])
        state = self.states[self._rows(start, end, n_paths, rng)]
        simulator = self.model.simulator()
        flags = torch.as_tensor(_flagged(self.level.standardized(told)), dtype=torch.float32)
        shared, draw = simulator.representation.scale, simulator.draw

        def with_numbers(condition: Tensor, generator: torch.Generator) -> Tensor:
            return draw(torch.cat([condition, flags.expand(len(condition), -1)], dim=1), generator)

        scale = shared * np.array([1.0, np.exp(float(self.level.of(told)))])
        own = replace(simulator, draw=with_numbers, representation=replace(simulator.representation, scale=scale))
        paths = rollout(own, state, n_paths, n_steps, seed)
        # Companies of the same numbers are not alike: each path is one of them.
        paths[:, :, 1] *= np.exp(self.level.spread_of(told) * rng.standard_normal(n_paths))[:, None]
        return paths

    def between(self, numbers: Mapping[str, float]) -> tuple[float, float]:
        """Bounds (90 %) of the volatility that numbers tell, relative to what they tell, had companies been others."""
        told = as_row(numbers)
        low, high = self.level.uncertainty(told)
        middle = float(self.level.of(told))
        return float(np.exp(low - middle)), float(np.exp(high - middle))

    def save(self, folder: Path) -> None:
        """Write ``companies.safetensors`` and ``companies.json``, the facts for people and pages."""
        arrays = {f"level.{name}": value for name, value in self.level.arrays().items()}
        arrays |= {f"states.{name}": value.astype(np.float32) for name, value in vars(self.states).items()}
        arrays["dates"] = self.dates.as_unit("s").asi8
        tensors = {name: torch.from_numpy(np.array(value)) for name, value in arrays.items()}
        checkpoint.save(folder / FILE, {**self.model.tensors(), **tensors}, self.info)
        (folder / "companies.json").write_text(json.dumps(self.info, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; ``NotFound`` or ``InvalidInput`` say what is wrong."""
        tensors, info = checkpoint.load(folder / FILE)
        if info.get("format") != _FORMAT:
            raise InvalidInput("this model of companies was stored by another version of FinGen: train it again")
        config = TrainingConfig.from_json(json.dumps(info["config"]))
        level = {name: part.numpy() for name, part in checkpoint.under(tensors, "level.").items()}
        states = {name: part.double().numpy() for name, part in checkpoint.under(tensors, "states.").items()}
        return cls(
            model=FittedModel.from_tensors(tensors, config),
            level=Level(**level),
            states=ewma.Memory(**states),
            dates=pd.DatetimeIndex(tensors["dates"].numpy().astype("datetime64[s]")),
            config=config,
            info=info,
        )

    def _rows(self, start: str | None, end: str | None, n_paths: int, rng: np.random.Generator) -> Any:
        first = len(self.dates) - 1
        if start is not None:
            first = int(self.dates.searchsorted(pd.Timestamp(start), side="right")) - 1
        last = first if end is None else int(self.dates.searchsorted(pd.Timestamp(end), side="right")) - 1
        if not 0 <= first <= last:
            raise InvalidInput(
                f"paths from {start} to {end or start}: choose days from {self.dates[0]:%Y-%m-%d} to "
                f"{self.dates[-1]:%Y-%m-%d}, the first one first"
            )
        return first if end is None else rng.integers(first, last + 1, size=n_paths)


def train(
    market: Market,
    statements: Mapping[str, Statements],
    config: TrainingConfig,
    *,
    delay: Delay | None = None,
    on_progress: Tell = lambda _phase, _share: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> CompanyGenerator:
    """Train on all companies of a market.

    Parameters
    ----------
    market : Market
        At least 500 days; companies without statements count among those of which nothing is told.
    statements : mapping
        By ticker.
    config : TrainingConfig
        As for any VAE or GAN; severity labels are not learned here.
    delay : Delay, optional
        Days from a period's end to when its statement counts as known.
    on_progress : callable
        Told what is being done, and the share of all work that is done.
    should_stop : callable
        Asked every few steps.

    Raises
    ------
    Stopped
        When ``should_stop`` turned true.
    InvalidInput
        If there are too few days, or too few companies with statements that were known on any of them.
    """
    delay = delay or Delay()
    numbers = panel(statements, market.tickers, market.dates[:-1], delay)
    _refuse_few(market, numbers)
    if config.severity_label != "none":
        raise InvalidInput("a severity label is not learned beside numbers of companies: leave it out")
    with one_thread(True):
        return _Course(market, numbers, config, on_progress, should_stop).run(delay)


class _Course:
    """One training."""

    def __init__(  # noqa: PLR0917
        self, market: Market, numbers: Array, config: TrainingConfig, tell: Tell, should_stop: Callable[[], bool]
    ) -> None:
        self.market, self.numbers, self.config = market, numbers, config
        self.tell, self.should_stop = tell, should_stop
        self.returns = market.log_returns()
        self.whole = self.returns.mean(axis=1)

    def run(self, delay: Delay) -> CompanyGenerator:
        self.tell("Relating volatility to numbers", 0.0)
        level = self._level()
        pairs, scale = self._pairs(level)
        representation = Filtered.pooled(pairs, scale, self._filter(pairs, scale))
        scores, state = (torch.cat(part) for part in zip(*(representation.examples(p) for p in pairs), strict=True))
        examples = (scores, torch.cat([state, self._told(level)], dim=1))
        decoder = recipe.decoder_for(2, examples[1].shape[1], self.config)
        decoder.load_state_dict(self._decoder(*examples))
        self.tell("Calibrating", 0.97)
        model = FittedModel.calibrated(representation, decoder.requires_grad_(False), examples, self.config.seed)
        return CompanyGenerator(
            model=model,
            level=level,
            states=_mean([representation.memory(pair) for pair in pairs]),
            dates=self.market.dates,
            config=self.config,
            info=_facts(self.market, self.numbers, level, self.config, delay),
        )

    def _level(self) -> Level:
        levels = monthly(self.returns)
        skipped = len(self.returns) - len(levels) * MONTH
        return Level.fit(levels, self.numbers[skipped::MONTH], self.config.seed)

    def _pairs(self, level: Level) -> tuple[list[Array], Array]:
        """Market and company, (n_steps, 2), the latter without what its numbers tell; what both are divided by."""
        adjusted = self.returns / np.exp(level.of(self.numbers))
        scale = np.array([self.whole.std(), np.sqrt((adjusted**2).mean())])
        if not (scale > 0).all():
            raise InvalidInput(f"{self.market.name} never moves: choose a market with prices that do")
        return [np.column_stack([self.whole, company]) for company in adjusted.T], scale

    def _filter(self, pairs: list[Array], scale: Array) -> VolatilityFilter:
        parts = [FilterData.of(pair, scale=scale) for pair in pairs]
        data = FilterData(*(torch.cat([getattr(p, name) for p in parts]) for name in vars(parts[0])))
        weights = self._through("Volatility filter", recipe.filter_loop(data, self.config, self._random(0)), 0.02, 0.5)
        network = VolatilityFilter(self.config.filter_networks, FILTER_HIDDEN, torch.Generator())
        network.load_state_dict(weights)
        return network.requires_grad_(False)

    def _told(self, level: Level) -> Tensor:
        """Numbers and flags of every example, some of them left out at random, (n_companies n_steps, 6)."""
        told = np.moveaxis(level.standardized(self.numbers), 1, 0).reshape(-1, len(NUMBERS)).copy()
        rng = np.random.default_rng([self.config.seed, 11])
        told[rng.random(told.shape) < _LEFT_OUT] = np.nan
        told[rng.random(len(told)) < _ALL_LEFT_OUT] = np.nan
        return torch.as_tensor(_flagged(told), dtype=torch.float32)

    def _decoder(self, scores: Tensor, condition: Tensor) -> dict[str, Tensor]:
        is_gan = self.config.model == "gan"
        loop = recipe.vae_loop(scores, condition, self.config, self._random(1))
        found = self._through("VAE", loop, 0.5, 0.7 if is_gan else 0.97)
        decoder = checkpoint.under(found, "decoder.")
        if is_gan:
            loop = recipe.gan_loop(decoder, scores, condition, self.config, self._random(2))
            decoder = self._through("GAN", loop, 0.7, 0.97)
        return decoder

    def _random(self, stage: int) -> torch.Generator:
        seed = int(np.random.SeedSequence([self.config.seed, stage]).generate_state(1)[0])
        return torch.Generator().manual_seed(seed)

    def _through(self, phase: str, loop: Loop, low: float, high: float) -> dict[str, Tensor]:
        """Averaged weights of the last player after all steps."""
        while loop.step < loop.n_steps:
            if loop.step % _LOOK_EVERY == 0:
                if self.should_stop():
                    raise Stopped("the training was stopped")
                self.tell(phase, low + (high - low) * loop.step / loop.n_steps)
            loop.advance()
        loop.losses()  # raises where one is not finite
        return loop.averaged(loop.players[-1])


def as_row(numbers: Mapping[str, float]) -> Array:
    """Numbers by name as a row in the order of ``NUMBERS``; NaN for those that are not told."""
    unknown = sorted(set(numbers) - set(NUMBERS))
    if unknown:
        raise InvalidInput(f"{unknown[0][:40]!r} is no number of a company here: use {', '.join(NUMBERS)}")
    for name, value in numbers.items():
        if not np.isfinite(value):
            raise InvalidInput(f"{name} = {value}: give a finite number, or leave it out where it is not known")
    return np.array([numbers.get(name, np.nan) for name in NUMBERS], dtype=np.float64)


def _flagged(told: Array) -> Array:
    """Numbers (..., 3) as a network reads them: 0 where one is not told, and a flag that says whether it is."""
    return np.concatenate([np.nan_to_num(told), ~np.isnan(told)], axis=-1)


def _mean(memories: list[ewma.Memory]) -> ewma.Memory:
    names = vars(memories[0])
    return ewma.Memory(**{name: np.mean([getattr(one, name) for one in memories], axis=0) for name in names})


def _refuse_few(market: Market, numbers: Array) -> None:
    if market.n_steps < FEWEST_DAYS:
        raise InvalidInput(
            f"{market.n_steps} days of {market.name}: companies are learned from {FEWEST_DAYS} or more, choose an "
            "earlier start"
        )
    n = int((~np.isnan(numbers)).any(axis=(0, 2)).sum())
    if n < FEWEST_COMPANIES:
        raise InvalidInput(
            f"{n} companies of {market.name} have statements that were known on a day of its prices: fetch or upload "
            f"those of {FEWEST_COMPANIES} or more, with periods named by their end, such as 2022-12-31"
        )


def _facts(market: Market, numbers: Array, level: Level, config: TrainingConfig, delay: Delay) -> dict[str, Any]:
    """What pages say of a model without loading it."""
    told = ~np.isnan(numbers)
    with_any = told.any(axis=(0, 2))
    yearly = market.log_returns().std(axis=0) * np.sqrt(_STEPS_PER_YEAR)
    companies = [
        {"ticker": ticker, "volatility": float(yearly[at]), "days": int(told[:, at].any(axis=1).sum())}
        | {name: _newest(numbers[:, at, place]) for place, name in enumerate(NUMBERS)}
        for at, ticker in enumerate(market.tickers)
        if with_any[at]
    ]
    return {
        "format": _FORMAT,
        "market_digest": market.digest(),
        "market_name": market.name,
        "first_date": f"{market.dates[0]:%Y-%m-%d}",
        "last_date": f"{market.dates[-1]:%Y-%m-%d}",
        "n_companies": int(with_any.sum()),
        "n_all": market.n_assets,
        "company_days": int(told.any(axis=2).sum()),
        "all_company_days": int(told.shape[0] * told.shape[1]),
        "delay": {"annual": delay.annual, "quarterly": delay.quarterly},
        "companies": companies,
        "center": [_or_none(value) for value in level.center],
        "scale": level.scale.tolist(),
        "low": [_or_none(value) for value in level.low],
        "high": [_or_none(value) for value in level.high],
        "relations": [_relation(level, at) for at in range(len(PATTERNS))],
        "config": json.loads(config.to_json()),
    }


def _relation(level: Level, at: int) -> dict[str, Any]:
    """One regression in words: which numbers it is told, what they explain of companies left out, and each effect."""
    pattern = PATTERNS[at]
    names = [name for name, told in zip(NUMBERS, pattern, strict=True) if told]
    places = [place for place, told in enumerate(pattern) if told]
    return {
        "told": names,
        "n_companies": int(level.n_companies[at]),
        "explained": float(1 - level.errors[at] / level.plain[at]) if level.plain[at] > 0 else 0.0,
        "chance": float(level.chance[at]),
        "spread": float(level.spread[at]),
        "effects": {name: level.effect(place, pattern) for name, place in zip(names, places, strict=True)},
    }


def _newest(values: Array) -> float | None:
    told = values[~np.isnan(values)]
    return float(told[-1]) if len(told) else None


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

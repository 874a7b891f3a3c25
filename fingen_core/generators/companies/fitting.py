"""Training a generator of companies: their volatility by numbers, then filter and VAE or GAN on all company-days."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.generators.companies.generator import FORMAT, CompanyGenerator, flagged
from fingen_core.generators.filtered.model import FittedModel
from fingen_core.market import Market
from fingen_core.market.statements import Statements
from fingen_core.market.statements.known_numbers import NUMBERS, Delay, panel
from fingen_core.models.volatility import VolatilityFilter
from fingen_core.representations.company_relation import PATTERNS, SHUFFLES, Relation, exposures, monthly
from fingen_core.representations.filtered import FILTER_HIDDEN, FilterData, Filtered
from fingen_core.training import checkpoint, recipe
from fingen_core.training.devices import one_thread
from fingen_core.training.enough import refuse_short
from fingen_core.training.loop import Loop
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.transforms import ewma
from fingen_core.types import Array

__all__ = ["FEWEST_COMPANIES", "train"]

FEWEST_COMPANIES = 2
"""With fewer there is nothing to compare; below ``scenarios.companies.FEW`` what is learned is said to be luck."""

_LEFT_OUT, _ALL_LEFT_OUT = 0.25, 0.15
"""Shares of the examples that are not told a number, and that are told none."""

_LOOK_EVERY = 20

Tell = Callable[[str, float], None]


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

    def __init__(
        self, market: Market, numbers: Array, config: TrainingConfig, tell: Tell, should_stop: Callable[[], bool]
    ) -> None:
        self.market, self.numbers, self.config = market, numbers, config
        self.tell, self.should_stop = tell, should_stop
        self.returns, self.month = market.log_returns(), market.step.stretch
        self.whole = self.returns.mean(axis=1)

    def run(self, delay: Delay) -> CompanyGenerator:
        self.tell("Relating moves to numbers", 0.0)
        exposure, whole = (self._related(one(self.returns, self.month)) for one in (exposures, monthly))
        left = self.returns - exposure.of(self.numbers) * self.whole[:, None]
        own = self._related(monthly(left, self.month))
        pairs, scale = self._pairs(left / np.exp(own.of(self.numbers)))
        representation = Filtered.pooled(pairs, scale, self._filter(pairs, scale))
        scores, state = (torch.cat(part) for part in zip(*(representation.examples(p) for p in pairs), strict=True))
        examples = (scores, torch.cat([state, self._told(whole)], dim=1))
        decoder = recipe.decoder_for(2, examples[1].shape[1], self.config)
        decoder.load_state_dict(self._decoder(*examples))
        self.tell("Calibrating", 0.97)
        model = FittedModel.calibrated(representation, decoder.requires_grad_(False), examples, self.config.seed)
        return CompanyGenerator(
            model=model,
            exposure=exposure,
            own=own,
            whole=whole,
            states=_mean([representation.memory(pair) for pair in pairs]),
            dates=self.market.dates,
            config=self.config,
            info=_facts(self.market, self.numbers, whole, self.config, delay)
            | {"relations": {"whole": _told_of(whole), "exposure": _told_of(exposure), "own": _told_of(own)}},
        )

    def _related(self, levels: Array) -> Relation:
        skipped = len(self.returns) - len(levels) * self.month
        return Relation.fit(levels, self.numbers[skipped :: self.month], self.config.seed)

    def _pairs(self, own: Array) -> tuple[list[Array], Array]:
        """The market and each company's own moves, (n_steps, 2), and what both are divided by."""
        scale = np.array([self.whole.std(), np.sqrt((own**2).mean())])
        if not (scale > 0).all():
            raise InvalidInput(f"{self.market.name} never moves: choose a market with prices that do")
        return [np.column_stack([self.whole, company]) for company in own.T], scale

    def _filter(self, pairs: list[Array], scale: Array) -> VolatilityFilter:
        parts = [FilterData.of(pair, scale=scale) for pair in pairs]
        data = FilterData(*(torch.cat([getattr(p, name) for p in parts]) for name in vars(parts[0])))
        weights = self._through("Volatility filter", recipe.filter_loop(data, self.config, self._random(0)), 0.02, 0.5)
        network = VolatilityFilter(self.config.filter_networks, FILTER_HIDDEN, torch.Generator())
        network.load_state_dict(weights)
        return network.requires_grad_(False)

    def _told(self, relation: Relation) -> Tensor:
        """Numbers and flags of every example, some of them left out at random, (n_companies n_steps, 6)."""
        told = np.moveaxis(relation.standardized(self.numbers), 1, 0).reshape(-1, len(NUMBERS)).copy()
        rng = np.random.default_rng([self.config.seed, 11])
        told[rng.random(told.shape) < _LEFT_OUT] = np.nan
        told[rng.random(len(told)) < _ALL_LEFT_OUT] = np.nan
        return torch.as_tensor(flagged(told), dtype=torch.float32)

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


def _mean(memories: list[ewma.Memory]) -> ewma.Memory:
    names = vars(memories[0])
    return ewma.Memory(**{name: np.mean([getattr(one, name) for one in memories], axis=0) for name in names})


def _refuse_few(market: Market, numbers: Array) -> None:
    refuse_short(market)
    n = int((~np.isnan(numbers)).any(axis=(0, 2)).sum())
    if n < FEWEST_COMPANIES:
        raise InvalidInput(
            f"{n} companies of {market.name} have statements that were known on a day of its prices: fetch or upload "
            f"those of {FEWEST_COMPANIES} or more, with periods named by their end, such as 2022-12-31"
        )


def _facts(market: Market, numbers: Array, whole: Relation, config: TrainingConfig, delay: Delay) -> dict[str, Any]:
    """What pages say of a model without loading it."""
    told = np.asarray(~np.isnan(numbers))
    with_any = np.asarray(told.any(axis=(0, 2)))
    days = np.asarray(told.any(axis=2).sum(axis=0))
    yearly = market.log_returns().std(axis=0) * np.sqrt(market.step.per_year)
    companies = [
        {"ticker": ticker, "volatility": float(yearly[at]), "days": int(days[at])}
        | {name: _newest(numbers[:, at, place]) for place, name in enumerate(NUMBERS)}
        for at, ticker in enumerate(market.tickers)
        if with_any[at]
    ]
    return {
        "format": FORMAT,
        "market_digest": market.digest(),
        "market_name": market.name,
        **({"market_step": stored} if (stored := market.step.as_dict()) else {}),
        "first_date": f"{market.dates[0]:%Y-%m-%d}",
        "last_date": f"{market.dates[-1]:%Y-%m-%d}",
        "n_companies": int(with_any.sum()),
        "n_all": market.n_assets,
        "company_days": int(told.any(axis=2).sum()),
        "all_company_days": int(told.shape[0] * told.shape[1]),
        "delay": {"annual": delay.annual, "quarterly": delay.quarterly},
        "companies": companies,
        "center": [_or_none(value) for value in whole.center],
        "scale": whole.scale.tolist(),
        "low": [_or_none(value) for value in whole.low],
        "high": [_or_none(value) for value in whole.high],
        "config": json.loads(config.to_json()),
    }


def _told_of(relation: Relation) -> list[dict[str, Any]]:
    """Each regression of a relation: which numbers it is told, what they explain of companies left out, effects."""
    found = []
    for at, pattern in enumerate(PATTERNS):
        places = [place for place, told in enumerate(pattern) if told]
        names = list(NUMBERS)
        found.append(
            {
                "told": [names[place] for place in places],
                "n_companies": int(relation.n_companies[at]),
                "explained": float(1 - relation.errors[at] / max(relation.plain[at], 1e-12)),
                "chance": float(relation.chance[at]),
                "as_good": round(float(relation.chance[at]) * (1 + SHUFFLES)) - 1 if places else SHUFFLES,
                "deals": SHUFFLES,
                "spread": float(relation.spread[at]),
                "effects": {names[place]: relation.effect(place, pattern) for place in places},
            }
        )
    return found


def _newest(values: Array) -> float | None:
    told = values[~np.isnan(values)]
    return float(told[-1]) if len(told) else None


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

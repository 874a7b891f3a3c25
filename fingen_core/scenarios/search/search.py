"""The searches themselves: each tells its parts as they are ready, the quick ones first."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fingen_core.errors import InvalidInput
from fingen_core.market.step import Step
from fingen_core.portfolio.values import asset_returns
from fingen_core.scenarios.bands import reach_of
from fingen_core.scenarios.conditions import NEAREST, Conditions
from fingen_core.scenarios.losses import PortfolioLoss, holding_returns
from fingen_core.scenarios.requests import StressRequest
from fingen_core.scenarios.search.clusters import groups_of, name_of
from fingen_core.scenarios.search.effects import effects, moves
from fingen_core.scenarios.search.entropy_pooling import pooled_weights, reach_of_means
from fingen_core.scenarios.search.gradient_search import Slopes, closest_paths, design_point
from fingen_core.scenarios.search.story import Story, mean_correlation, tell_story, volatility, wildness
from fingen_core.scenarios.search.subset_simulation import (
    Draw,
    Effort,
    Rare,
    honest_number,
    mean_errors,
    rare_event,
    rare_share,
)
from fingen_core.types import Array, Paths

__all__ = ["FEWEST", "KINDS", "Setting", "reverse", "tail", "what_if"]

FEWEST = 30
"""Effective paths below which a condition is refused."""

_VALUES_A_RUN = 300_000
_EFFORTS = {"quick": 0.3, "normal": 1.0, "thorough": 3.0}
_N_PLAIN, _N_POOLED, _N_SHOWN, _N_KEPT = 4000, 20_000, 400, 1000
_N_CLOSEST, _N_DESIGNS = 8, 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Setting:
    """What a search works with.

    Attributes
    ----------
    request : StressRequest
    draw, slopes
        The generator from the state that was asked for.
    n_normals : int
    tickers : tuple of str
    step : Step
        Of the market that paths set out from.
    before : array, shape (n_days, n_assets)
        Log returns of the days that led up to the start.
    judge : callable
        Says how familiar the model is with where paths go.
    tell : callable
        Progress; says whether to stop.
    give : callable
        Takes a part of the answer: name, facts, arrays.
    facts : dict
        Start, label.
    """

    request: StressRequest
    draw: Draw
    slopes: Slopes
    n_normals: int
    tickers: tuple[str, ...]
    step: Step
    before: Array
    judge: Callable[[Paths], Any]
    tell: Callable[[float, str], bool]
    give: Callable[[str, dict[str, Any], dict[str, Any]], None]
    facts: dict[str, Any]

    @property
    def shape(self) -> tuple[int, int]:
        return self.request.n_steps, self.n_normals

    @property
    def holdings(self) -> Array:
        return np.asarray(self.request.weights, dtype=np.float64)

    def noise(self, n_paths: int, stream: int = 0) -> Paths:
        """Standard normal noise of plain paths."""
        rng = np.random.default_rng([self.request.seed, stream])
        return rng.standard_normal((n_paths, *self.shape), dtype=np.float32)

    def plain(self, n_paths: int) -> Paths:
        """Plain paths, fewer of long ones."""
        n_paths = max(1000, min(n_paths, 10 * _VALUES_A_RUN * 10 // (self.request.n_steps * len(self.tickers))))
        return np.concatenate([self.draw(self.noise(min(2000, n_paths), row)) for row in range(-(-n_paths // 2000))])

    def effort(self) -> Effort:
        """Of a search: fewer paths where each is long."""
        size = np.clip(_VALUES_A_RUN // (self.request.n_steps * len(self.tickers)), 200, 1000)
        return Effort(n_paths=int(size * _EFFORTS[self.request.effort]))

    def part(self, begin: float, end: float) -> Callable[[float, str], bool]:
        """Progress of one part of the work as progress of the whole."""
        return lambda share, line: self.tell(begin + share * (end - begin), line)


def reverse(setting: Setting) -> None:
    """The most plausible ways to a loss: nearest paths first, then how likely, then the distinct answers."""
    request, holdings = setting.request, setting.holdings
    loss = PortfolioLoss(holdings, request.loss)
    plain = setting.noise(64, stream=1)
    milder = plain[loss.losses(setting.draw(plain)) < request.loss]
    if not len(milder):
        raise InvalidInput(
            f"all of {len(plain)} plain paths lose {request.loss * 100:g} % or more from this state: that is no stress "
            "here; choose a larger loss"
        )
    told = partial(
        tell_story,
        weights=holdings,
        tickers=setting.tickers,
        before=setting.before,
        steps_per_year=setting.step.per_year,
    )
    _give_closest(setting, loss, milder[:_N_CLOSEST], told)

    tell = setting.part(0.15, 0.85)
    found = rare_event(setting.draw, loss.score, setting.shape, effort=setting.effort(), seed=request.seed, tell=tell)
    if not found.reached:
        _refuse_too_deep(setting, loss, found)
    each = wildness(found.paths, holdings, setting.step.per_year)
    _give_rare(setting, "event", found, each)

    _give_center(setting, loss, told)

    groups = groups_of(found.paths, found.weights, holdings, setting.tickers, seed=request.seed)
    members = np.zeros((len(found.paths), len(groups)))
    for row, group in enumerate(groups):
        members[group.rows, row] = 1
    reach = _reach(found, members)
    answers, arrays = [], {}
    for row, group in enumerate(groups):
        inside = found.weights[group.rows]
        chosen = group.rows[np.argsort(-inside, kind="stable")][:: max(1, len(group.rows) // _N_SHOWN)]
        arrays[f"paths{row}"] = np.concatenate([found.paths[[group.center]], found.paths[chosen]])
        answers.append(
            {
                "name": name_of(group, groups),
                "share": group.share,
                "share_low": max(0.0, group.share - float(reach[row])),
                "share_high": min(1.0, group.share + float(reach[row])),
                "concentration": group.concentration,
                "half_way": group.half_way,
                "leaders": group.leaders,
                "story": told(found.paths[group.center]).as_dict(),
                **_wildness(each, found.weights, partial(_reach, found), members[:, row]),
            }
        )
    setting.give("answers", {"answers": answers}, arrays)


def what_if(setting: Setting) -> None:
    """Paths under conditions, and what the conditions do to everything else."""
    request = setting.request
    plain = setting.plain(_N_POOLED if request.soft else _N_PLAIN)
    conditions = Conditions.of(request.views, plain, setting.step)
    day = max(view.n_days for view in request.views)
    setting.tell(0.1, "plain paths")
    if request.soft:
        weights, effective = pooled_weights(conditions.values(plain), request.views, setting.step)
        paths, given = plain, _moved(setting, plain, day)
        reach = partial(reach_of_means, weights=weights)
        facts = {"effective": effective, "n_paths": len(plain), "satisfied": float(conditions.satisfied(plain).mean())}
    else:
        found = rare_event(
            setting.draw,
            conditions.score,
            setting.shape,
            effort=setting.effort(),
            seed=request.seed,
            tell=setting.part(0.1, 0.95),
        )
        weights, paths, given = found.weights, found.paths, _moved(setting, found.paths, day)
        facts = _rare_facts(found, given[:, : len(setting.tickers)])
        _refuse_out_of_reach(conditions, found, facts["effective"], setting.step)
        reach = partial(_reach, found)
    driver = tuple(holding_returns(one, request.views[0].weights, day) for one in (paths, plain))
    names = [*setting.tickers, "Equal weight", "measured"]
    table = effects(given, weights, _moved(setting, plain, day), driver, names, reach)  # type: ignore[arg-type]
    rows, even = _resampled(weights, _N_KEPT), np.full(len(plain), 1 / len(plain))
    shown = paths[rows]
    setting.give(
        "answer",
        {
            **setting.facts,
            **facts,
            "day": day,
            "table": table.iloc[:-1].to_dict("list"),
            "measured": table.iloc[-1:].to_dict("list"),
            "reached": (weights @ conditions.values(paths) / weights.sum()).tolist(),
            "familiarity": setting.judge(shown[:200]).as_dict(),
            "given": _wildness(wildness(paths, setting.holdings, setting.step.per_year), weights, reach),
            "plain": _wildness(
                wildness(plain, setting.holdings, setting.step.per_year), even, partial(reach_of_means, weights=even)
            ),
            **_before(setting),
        },
        {
            "paths": shown,
            "plain": plain[:_N_KEPT],
            # Of all paths, so that whoever measures something else gets the very means that are told.
            "gains": given[:, : len(setting.tickers)],
            "chances": weights,
        },
    )


def tail(setting: Setting) -> None:
    """The worst share of all paths that a model would ever draw."""
    request = setting.request
    loss = PortfolioLoss(setting.holdings, 0.1)
    found = rare_share(
        setting.draw,
        lambda paths: loss.losses(paths)[:, None],
        setting.shape,
        request.share,
        effort=setting.effort(),
        seed=request.seed,
        tell=setting.part(0, 0.95),
    )
    losses = loss.losses(found.paths)
    order = np.argsort(-losses, kind="stable")
    facts = {
        **setting.facts,
        **_rare_facts(found, asset_returns(found.paths)),
        "threshold": found.threshold,
        "mean_loss": float(losses.mean()),
        "mean_loss_reach": reach_of(len(found.each)) * _shortfall_error(losses, found, request.share),
        "familiarity": setting.judge(found.paths[order[:: max(1, len(order) // 200)]]).as_dict(),
    }
    setting.give("answer", facts, {"paths": found.paths[order[:: max(1, len(order) // _N_KEPT)]]})


KINDS: dict[str, Callable[[Setting], None]] = {"reverse": reverse, "what-if": what_if, "tail": tail}


def _give_closest(setting: Setting, loss: PortfolioLoss, starts: Paths, told: Callable[..., Story]) -> None:
    """Ordinary paths changed as little as possible; in a sentence why there are none.

    Slopes lead astray where a loss is a matter of luck more than of size, which a search without them may still reach.
    """
    try:
        near = closest_paths(setting.draw, setting.slopes, loss, loss.target, starts, tell=setting.part(0, 0.15))
    except InvalidInput as none:
        setting.give("closest", {**setting.facts, "none": str(none)}, {})
        return
    facts = {
        **setting.facts,
        "change": near.change.tolist(),
        "size": near.size.tolist(),
        "n_dimensions": int(np.prod(setting.shape)),
        "stories": [told(path).as_dict() for path in near.paths],
    }
    setting.give("closest", facts, {"paths": near.paths, "before": near.before})


def _give_center(setting: Setting, loss: PortfolioLoss, told: Callable[..., Story]) -> None:
    """The least noise that brings the loss; in a sentence why there is none."""
    starts, tell = setting.noise(_N_DESIGNS, stream=2), setting.part(0.85, 0.95)
    try:
        center = design_point(setting.draw, setting.slopes, loss, loss.target, starts, tell=tell)
    except InvalidInput as none:
        setting.give("center", {"none": str(none)}, {})
        return
    facts = {"distance": float(center.change[0]), "story": told(center.paths[0]).as_dict()}
    setting.give("center", facts, {"paths": center.paths[:1]})


def _give_rare(setting: Setting, name: str, found: Rare, each: Array) -> None:
    rows = found.representative(_N_KEPT)
    shown = found.paths[rows]
    facts = {
        **setting.facts,
        **_rare_facts(found, asset_returns(found.paths)),
        "familiarity": setting.judge(shown[:200]).as_dict(),
        **_wildness(each, found.weights, partial(_reach, found)),
        **_before(setting),
    }
    setting.give(name, facts, {"paths": shown})


def _before(setting: Setting) -> dict[str, float]:
    """How wild and how tied together the month of history before the start was."""
    return {
        "volatility_before": volatility(setting.before, setting.holdings, setting.step.per_year),
        "correlation_before": mean_correlation(setting.before),
    }


def _moved(setting: Setting, paths: Paths, day: int) -> Array:
    """Returns after some days of every asset, of equal weights and of what is measured, (n_paths, n_assets + 2)."""
    return np.column_stack([moves(paths, day), holding_returns(paths, setting.holdings, day)])


def _rare_facts(found: Rare, told: Array) -> dict[str, Any]:
    """What is said about a search, of whose paths ``told`` (n_paths, n_assets) is shown."""
    kept = ("probability", "low", "high", "variation", "n_drawn")
    return {
        **{name: float(getattr(found, name)) for name in kept},
        "effective": honest_number(told, found),
        "each": found.each.tolist(),
        "stages": found.stages.tolist(),
        "n_paths": len(found.paths),
    }


def _shortfall_error(losses: Array, found: Rare, share: float) -> float:
    """Standard error of the mean of the worst ``share``, from how far the runs are apart.

    Of a run it is ``threshold + P(beyond) / share * (mean beyond - threshold)``: where the tail begins is not known
    either, which the spread of the means alone would not tell.
    """
    excess = np.array([(losses[found.runs == run] - found.threshold).sum() for run in range(len(found.each))])
    count = np.array([(found.runs == run).sum() for run in range(len(found.each))])
    each = found.threshold + found.each / share * excess / np.maximum(count, 1)
    return float(each.std(ddof=1) / np.sqrt(len(each)))


def _reach(found: Rare, values: Array) -> Array:
    """Half of the 90 % bands of the means of numbers of the paths that were found, (n_paths, n) to (n,)."""
    return reach_of(len(found.each)) * mean_errors(values, found)


def _wildness(
    each: Array, weights: Array, reach: Callable[[Array], Array], inside: Array | None = None
) -> dict[str, float]:
    """Means of what ``wildness`` tells of each path, (n_paths, 2), with their 90 % bands.

    Paths have ``weights``; those of a group are 1 in ``inside`` and the others 0, whose share is an estimate as well.
    """
    among = np.ones(len(each)) if inside is None else inside
    w = weights * among / (weights @ among)
    mean = w @ each
    half = reach((each - mean) * among[:, None]) / float(weights @ among / weights.sum())
    return {
        name + end: float(value)
        for name, middle, off in zip(("volatility", "correlation"), mean, half, strict=True)
        for end, value in (("", middle), ("_low", middle - off), ("_high", middle + off))
    }


def _refuse_out_of_reach(conditions: Conditions, found: Rare, effective: float, step: Step) -> None:
    if found.reached and effective >= FEWEST:
        return
    near = np.median(conditions.values(found.paths if found.milder is None else found.milder), axis=0)
    moved = [view.around(float(value)) for view, value in zip(conditions.views, near, strict=True)]
    given, asked = (" and ".join(view.words(step) for view in views) for views in (moved, conditions.views))
    why = (
        f"only {effective:.0f} independent paths of the model satisfy it (least {FEWEST})"
        if found.reached
        else "to the model it is rarer than one in ten million"
    )
    raise InvalidInput(f"{asked}: {why}. {NEAREST}{given}. Ask for that, for less, or for more time")


def _refuse_too_deep(setting: Setting, loss: PortfolioLoss, found: Rare) -> None:
    """Refuse, with the deepest loss that the model gives once in a million paths; the part ``nearest`` tells it too."""
    asked = (
        f"a loss of {loss.target * 100:g} % in {setting.step.words(setting.request.n_steps)}: to the model it is rarer "
        "than about one in ten million"
    )
    deepest = 0.0 if found.milder is None else found.within_reach(loss.losses(found.milder))
    tenths = math.floor(deepest * 1000)  # rounded to the milder side: it has to be reached
    if tenths < 1:
        raise InvalidInput(f"{asked}. It hardly gives losses from this state: choose more time, or a wilder day")
    setting.give("nearest", {"loss": tenths / 1000}, {})
    raise InvalidInput(
        f"{asked}. {NEAREST}a loss of {tenths / 10:g} %, once in a million paths. Ask for that, for less, or for more "
        "time"
    )


def _resampled(weights: Array, n_paths: int) -> Any:
    """Rows drawn evenly along the weights (systematic resampling), heavy ones repeatedly; in no order of badness."""
    count = min(n_paths, len(weights))
    places = (np.arange(count) + 0.5) / count
    rows = np.minimum(np.searchsorted(np.cumsum(weights) / weights.sum(), places), len(weights) - 1)
    return np.random.default_rng(0).permutation(rows)

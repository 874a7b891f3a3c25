"""What paths of a company that was asked for by its numbers say, and how far the model knows such companies.

``facts`` are those of a trained model, JSON values: see ``generators.companies.fitting``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from fingen_core.market.statements.known_numbers import NUMBERS
from fingen_core.market.step import Step
from fingen_core.metrics.risk import expected_shortfall, value_at_risk
from fingen_core.types import Array

__all__ = [
    "FEW",
    "LEVEL",
    "Verdict",
    "is_related",
    "measures",
    "nearest",
    "outside",
    "relation",
    "values",
    "verdict",
    "verdict_words",
]

FEW = 8
"""Companies below which a relation cannot be told from chance."""

LEVEL = 0.99
_SURE = 0.05
_WORTH = 0.1
Verdict: TypeAlias = Literal["few", "nothing", "weak", "clear"]


def values(log_returns: ArrayLike) -> Array:
    """Values from 1 along paths of log returns (n_paths, n_steps), shape (n_paths, n_steps + 1)."""
    summed = np.cumsum(np.asarray(log_returns, dtype=np.float64), axis=1)
    return np.asarray(np.exp(np.concatenate([np.zeros((len(summed), 1)), summed], axis=1)))


def measures(log_returns: ArrayLike, step: Step) -> dict[str, float]:
    """Figures of a company along its paths.

    Parameters
    ----------
    log_returns : array, shape (n_paths, n_steps, 2)
        Of the market and of the company; at least a month.
    step : Step
        Of the market.

    Returns
    -------
    dict
        ``volatility`` a year of all days of all paths; ``market_volatility``; ``beta``, the company's move per move of
        the market; value at risk and expected shortfall at ``LEVEL`` of one step and of a month, positive for a loss:
        ``var_1``, ``es_1`` and, of daily markets, ``var_21``, ``es_21``. Decimals.
    """
    paths = np.asarray(log_returns, dtype=np.float64)
    market, company = paths[..., 0], paths[..., 1]
    covariance = np.cov(market.ravel(), company.ravel())
    losses = {n: np.expm1(company[:, :n].sum(axis=1)) for n in (1, step.month)}
    return {
        "volatility": float(np.sqrt(covariance[1, 1] * step.per_year)),
        "market_volatility": float(np.sqrt(covariance[0, 0] * step.per_year)),
        "beta": float(covariance[0, 1] / covariance[0, 0]),
        **{
            f"{name}_{n}": float(measure(values, LEVEL))
            for n, values in losses.items()
            for name, measure in (("var", value_at_risk), ("es", expected_shortfall))
        },
    }


def relation(facts: Mapping[str, Any], told: Sequence[str], kind: str = "whole") -> Mapping[str, Any]:
    """The regression on just these numbers."""
    wanted = [name for name in NUMBERS if name in told]
    found: Mapping[str, Any] = next(one for one in facts["relations"][kind] if one["told"] == wanted)
    return found


def is_related(facts: Mapping[str, Any], told: Sequence[str]) -> bool:
    """Whether there were companies enough to relate just these numbers to anything: else effects and bounds are 0."""
    return any(low < high for _, low, high in relation(facts, told)["effects"].values())


def verdict_words(facts: Mapping[str, Any], told: Sequence[str]) -> str:
    """The verdict in a sentence or two, in Markdown."""
    found = relation(facts, told)
    n = found["n_companies"]
    share = f"{100 * found['explained']:.0f} %"
    if not is_related(facts, told):
        return (
            f"**Nothing could be learned of these numbers**: {n} companies told them, too few for any relation. Paths "
            "are those of any company here, with no bounds to give: fetch or upload statements of more."
        )
    luck = f"{found['as_good']} of {found['deals']} random deals of the numbers to other companies did as well"
    return {
        "few": f"**Too few to tell from chance**: {n} companies told these numbers, {FEW} are the least for a "
        "relation. What is drawn follows what was found among them and may be luck: fetch or upload statements of "
        "more.",
        "nothing": f"**These numbers said nothing of volatility** among {n} companies: for companies left out they "
        "were no better than the mean of all. Volatility is that of all companies which tell these numbers.",
        "weak": f"**These numbers may say something of volatility**, or it is luck: among {n} companies they explain "
        f"{share} of the differences of companies left out, and {luck}.",
        "clear": f"**These numbers tell volatility**: among {n} companies they explain {share} of the differences of "
        f"companies left out, and {luck}.",
    }[verdict(facts, told)]


def verdict(facts: Mapping[str, Any], told: Sequence[str]) -> Verdict:
    """How far the numbers that are told say anything of volatility; one of ``Verdict``.

    "clear" when they explain a tenth or more of the differences among companies left out, and at
    most one in twenty deals of the numbers to other companies does as well. Else "weak".
    """
    found = relation(facts, told)
    if found["n_companies"] < FEW:
        return "few"
    if found["explained"] <= 0:
        return "nothing"
    return "clear" if found["explained"] >= _WORTH and found["chance"] <= _SURE else "weak"


def outside(facts: Mapping[str, Any], numbers: Mapping[str, float]) -> dict[str, float]:
    """How far each number lies outside what training has seen, in standard deviations; only those that do."""
    found = {}
    for place, name in enumerate(NUMBERS):
        low, high = facts["low"][place], facts["high"][place]
        if name in numbers and low is not None:
            beyond = max(low - numbers[name], numbers[name] - high, 0.0) / facts["scale"][place]
            if beyond > 1e-9:
                found[name] = float(beyond)
    return found


def nearest(facts: Mapping[str, Any], numbers: Mapping[str, float], most: int = 5) -> pd.DataFrame:
    """Companies of the training whose newest numbers come closest.

    Returns
    -------
    DataFrame
        Columns ticker, distance (root mean square, in standard deviations, over the numbers that are told), the numbers
        (NaN where one is missing) and volatility; companies that miss a number that is told are left out.
    """
    table = pd.DataFrame(facts["companies"]).astype(dict.fromkeys(NUMBERS, np.float64))
    if not numbers:
        return table.assign(distance=np.nan)[["ticker", "distance", *NUMBERS, "volatility"]].head(0)
    scale = dict(zip(NUMBERS, facts["scale"], strict=True))
    gaps = [(table[name] - value) / scale[name] for name, value in numbers.items()]
    table["distance"] = np.sqrt(np.mean(np.square(gaps), axis=0))
    close = table.dropna(subset=["distance"]).sort_values("distance", kind="stable")
    return close[["ticker", "distance", *NUMBERS, "volatility"]].head(most).reset_index(drop=True)

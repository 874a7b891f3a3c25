"""How much history a model needs to be trained on, and what to say of a market that has less."""

from fingen_core.errors import InvalidInput
from fingen_core.market import Market

__all__ = ["FEWEST_STEPS", "refuse_short", "too_short"]

FEWEST_STEPS = 500
"""Fewer steps leave too little to fit tails on and to hold out."""


def too_short(market: Market) -> str:
    """Why no model can be trained on a market, and what would help; empty where one can."""
    if market.n_steps >= FEWEST_STEPS:
        return ""
    years = FEWEST_STEPS / market.step.per_year
    coarse = market.step.unit != "day"
    remedy = f"load daily prices of the same assets, or {years:.0f} years of these" if coarse else "load more history"
    return (
        f"{market.name} has {market.n_steps:,} {market.step.adjective} returns, but a model needs {FEWEST_STEPS} to "
        f"learn tails and to be judged on {market.step.nouns} that it has not seen: {remedy}. Until then scenarios are "
        "drawn by the classical generators."
    )


def refuse_short(market: Market) -> None:
    """Raise ``InvalidInput`` in these words where no model can be trained."""
    sentence = too_short(market)
    if sentence:
        raise InvalidInput(sentence)

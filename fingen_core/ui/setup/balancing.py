"""Weights of a loss's terms that pull evenly, measured by the sampler's process."""

import streamlit as st

from fingen_core.market import Market
from fingen_core.training.settings.base import written
from fingen_core.training.settings.knobs import terms_of
from fingen_core.training.settings.picture_config import Configuration
from fingen_core.ui.session import state

__all__ = ["balanced"]


def balanced(config: Configuration, market: Market) -> tuple[dict[str, float], str]:
    """Weights with which each extra term that has one pulls as much as the main term: as settings, and in words.

    Takes some seconds.

    Raises
    ------
    FinGenError
        If no term has a weight, or the sampler's process fails.
    """
    terms = terms_of(config)
    with st.spinner("Measuring how strongly each term pulls"):
        pulls = state.sampler().balance(state.digest_of(market), config)
    found = {pull["term"]: pull["proposed"] for pull in pulls if pull["term"] in terms}
    words = ", ".join(f"{terms[term].lower()} {written(weight)}" for term, weight in found.items())
    return {f"{term}_weight": weight for term, weight in found.items()}, f"Balanced: {words}."

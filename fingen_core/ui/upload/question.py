"""One question where a file admits several readings: nothing of it is used before somebody has answered."""

import numpy as np
import streamlit as st

from fingen_core.market.upload.answer import Answer
from fingen_core.market.upload.plausibility import AssetLook, Plausibility, plausible, span_text
from fingen_core.ui.kit import show

__all__ = ["ask"]

_SHOWN = 3
"""Assets of each reading that are shown beside the others."""


def ask(answer: Answer, key: str) -> int | None:
    """The number of the reading to use; ``None`` while a person has to choose between several.

    The answer is remembered for this file and sheet, also when another page was open.
    """
    if len(answer.readings) == 1:
        return 0
    with st.container(border=True, key="market_question"):
        st.markdown(f":material/help: **{show.plain(answer.question)}**")
        chosen: int | None = st.radio(
            answer.question,
            range(len(answer.readings)),
            index=None,
            format_func=[show.plain(reading.label) for reading in answer.readings].__getitem__,
            captions=_described(answer),
            key=f"market_reading_{key}_{answer.sheet}",
            label_visibility="collapsed",
            persist_state="session",
        )
        if chosen is None:
            st.caption("The file can be read in more than one way. Nothing is used before you choose.")
    return chosen


def _described(answer: Answer) -> list[str]:
    """Of each reading first and last day and value of some assets, how much they move, and the step if it differs."""
    looks = [plausible(answer, reading) for reading in answer.readings]
    differ = len({look.frequency for look in looks}) > 1
    return ["  \n".join([*([look.frequency] if differ else []), *_lines(look)]) for look in looks]


def _lines(look: Plausibility) -> list[str]:
    more = len(look.assets) - _SHOWN
    return [_asset(asset) for asset in look.assets[:_SHOWN]] + ([f"and {more} more"] if more > 0 else [])


def _asset(asset: AssetLook) -> str:
    moves = f", {100 * asset.volatility:,.3g} % a year" if np.isfinite(asset.volatility) else ""
    return f"{show.plain(asset.name)}: {span_text(asset)}{moves}"

"""What a page says where a market has no model: train one, or why none can be trained and what would do."""

import streamlit as st

from fingen_core.market import Market
from fingen_core.training.enough import too_short
from fingen_core.ui.kit import show

__all__ = ["tell"]

_TRAIN, _MARKET = "pages/model/train.py", "pages/data/market.py"


def tell(market: Market, text: str, *, missing: str = "No model of this market yet.") -> None:
    """What is ``missing``, ``text`` and a button to train a model; the reason why where no model can be trained."""
    sentence = too_short(market)
    if sentence:
        with st.container(border=True):
            st.markdown(f"**Too short for a model.** {show.plain(sentence)}")
            if st.button("Load other prices", key=f"go-{_MARKET}-short"):
                show.go_to(_MARKET)
        return
    show.empty(f"**{missing}** {text}", "Train a model", _TRAIN)

"""Can a model learn from these prices? Why not, with the remedy as a button."""

import streamlit as st

from fingen_core.market import Market
from fingen_core.market.quality import quality_report
from fingen_core.training.enough import too_short
from fingen_core.ui.kit import show

__all__ = ["fit"]

_MARKET = "pages/data/market.py"


def fit(market: Market) -> bool:
    """Whether a model can learn from these prices; says why not, with the remedy as a button."""
    sentence = too_short(market)
    if sentence:
        st.info(show.plain(sentence), icon=":material/hourglass_empty:")
        if st.button("Load other prices", icon=":material/show_chart:", key="train_short"):
            show.go_to(_MARKET)
        return False
    problems = _problems_of(market.digest(), market)
    if problems:
        _refuse(problems)
    return not problems


def _refuse(problems: tuple[str, ...]) -> None:
    st.warning("These prices would teach the model something false.", icon=":material/report:")
    for text in problems[:3]:
        st.markdown(f"- {text}")
    if len(problems) > 3:
        st.markdown(f"- and {len(problems) - 3} more")
    if st.button("Mend them on the Market page", type="primary", icon=":material/build:", key="train_mend"):
        show.go_to(_MARKET)


@st.cache_data(max_entries=16, show_spinner=False)
def _problems_of(digest: str, _market: Market) -> tuple[str, ...]:  # noqa: ARG001  (the digest is the cache key)
    """What stands in the way of training on this market."""
    return tuple(finding.text for finding in quality_report(_market).findings if finding.severity == "error")

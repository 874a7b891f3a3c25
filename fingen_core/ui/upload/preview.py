"""What was read of a file, shown before anything is used: size, spans, volatilities, and what is doubtful."""

import streamlit as st

from fingen_core.market.upload.answer import Answer
from fingen_core.market.upload.plausibility import Plausibility
from fingen_core.ui.kit import show

__all__ = ["first_rows", "show_plausible"]

_LINES, _DOUBTS = 4, 4
"""Lines shown before the rest is folded away."""

_ROWS = 6
"""Assets that are in sight without scrolling in the table."""


def first_rows(answer: Answer, key: str) -> None:
    """The file as it stands."""
    st.dataframe(answer.table.head(7).astype(str), hide_index=True, width="stretch", key=f"market_preview_{key}")
    st.caption(f"{show.plain(answer.name)}: the first rows of {len(answer.table):,}, {answer.table.shape[1]} columns")


def show_plausible(look: Plausibility, key: str) -> None:
    """The look before use: what became of the file, and each asset beside what its kind does."""
    st.markdown(f"**{look.size}** · {look.frequency}")
    _lines(look.told)
    for doubt in look.doubts[:_DOUBTS]:
        st.warning(show.plain(doubt), icon=":material/help:")
    if len(look.doubts) > _DOUBTS:
        st.caption(f"and {len(look.doubts) - _DOUBTS} more assets: see the table")
    _table(look, key)


def _lines(told: tuple[str, ...]) -> None:
    if not told:
        return
    st.caption("\n".join(f"- {show.plain(line)}" for line in told[:_LINES]))
    if told[_LINES:]:
        with st.popover(f"{len(told) - _LINES} more", type="tertiary"):
            st.markdown("\n".join(f"- {show.plain(line)}" for line in told[_LINES:]))


def _table(look: Plausibility, key: str) -> None:
    number = st.column_config.NumberColumn
    day = st.column_config.DateColumn
    table = look.table()
    st.dataframe(
        table if table["Usual"].any() else table.drop(columns="Usual"),
        hide_index=True,
        width="stretch",
        height="content" if len(look.assets) <= _ROWS else 35 * (_ROWS + 1) + 20,  # half a row says that more follow
        key=f"market_look_{key}",
        column_config={
            "Asset": st.column_config.TextColumn(pinned=True),
            "From": day(format="YYYY-MM-DD", help="Day of its first number"),
            "First": number(format="%.6g", help="Its first number, as the file has it"),
            "To": day(format="YYYY-MM-DD", help="Day of its last number"),
            "Last": number(format="%.6g", help="Its last number, as the file has it"),
            "Volatility": number(
                "Volatility, % a year",
                format="%.1f",
                help=f"Standard deviation of log returns times the root of {look.step.per_year:g} steps a year",
            ),
            "Usual": st.column_config.TextColumn("Usual", help="What assets with such a name have, in percent a year"),
            "Missing": number(format="localized", help="Dates of the file on which it has no number"),
        },
    )

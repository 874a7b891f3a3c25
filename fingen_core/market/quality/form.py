"""The form of a table: after these checks it holds possible numbers over unique, increasing dates."""

import numpy as np
import pandas as pd

from fingen_core.market.quality.look import Check, Look, drop
from fingen_core.market.quality.remedies import Action, Finding, Remedy, count, day_text, numbers, possible

__all__ = ["FORM"]

MANY_WRONG = 0.05
"""A column with a larger share of text or impossible numbers goes as a whole."""


def _repeated_tickers(values: pd.DataFrame, look: Look) -> list[Finding]:  # noqa: ARG001 (as every check)
    twice = list(dict.fromkeys(str(name) for name in values.columns[values.columns.duplicated()]))
    if not twice:
        return []
    return [
        Finding(
            severity="error",
            kind="duplicates",
            ticker=twice[0],
            text=f"{', '.join(twice)} appears more than once as a column name: only the first can be kept.",
            remedy=Remedy(action="drop repeated column", label=f"keep the first {', '.join(twice)}"),
        )
    ]


def _undated(values: pd.DataFrame, look: Look) -> list[Finding]:
    missing = int(values.index.isna().sum())
    if not missing:
        return []
    return [
        Finding(
            severity="error",
            kind="dates",
            text=f"{count(missing, 'row')} without a date: a {look.kind.noun} without its day cannot be placed.",
            remedy=Remedy(action="drop undated rows", label=f"drop {count(missing, 'row')} without a date"),
        )
    ]


def _repeated_dates(values: pd.DataFrame, look: Look) -> list[Finding]:
    """Rows of one day that complement each other or agree are one row; of those that differ somebody may choose."""
    again = values[values.index.duplicated(keep=False)]
    if again.empty:
        return []
    days = again.index.unique()
    text = f"{count(len(days), 'date')} appear more than once, the first {day_text(days[0])}."
    if len(days) == 1:
        text = f"The date {day_text(days[0])} appears more than once."
    differ = again.groupby(level=0).nunique().gt(1).any(axis=1)
    last = Remedy(action="keep last of each date", label="keep the last row of each date")
    if not differ.any():
        text += f" The rows agree, and each day counts once. Only one {look.kind.noun} per day can be right."
        return [Finding(severity="error", kind="duplicates", text=text, remedy=last)]
    wrong = tuple(pd.Timestamp(day) for day in differ.index[differ])
    text += f" The rows differ, first on {day_text(wrong[0])}: only one {look.kind.noun} per day can be right."
    first = Remedy(action="keep first of each date", label="keep the first row of each date")
    without = Remedy(action="drop dates", label=f"leave {count(len(wrong), 'date')} out", dates=wrong)
    return [look.ask("error", "duplicates", text, (last, first, without))]


def _unsorted(values: pd.DataFrame, look: Look) -> list[Finding]:  # noqa: ARG001 (as every check)
    if values.index.is_monotonic_increasing:
        return []
    return [
        Finding(
            severity="info",
            kind="dates",
            text="The dates do not run from old to new.",
            remedy=Remedy(action="sort dates", label="sort by date"),
        )
    ]


def _text(values: pd.DataFrame, look: Look) -> list[Finding]:
    findings = []
    for ticker in values.columns:
        column = values[ticker]
        if pd.api.types.is_float_dtype(column.dtype):
            continue
        wrong = column.notna() & numbers(column).isna()
        day = wrong.index[int(np.argmax(wrong.to_numpy()))]
        text = (
            f"{ticker} holds text instead of a {look.kind.noun} on {count(int(wrong.sum()), 'date')}, first "
            f'"{str(column[day])[:20]}" on {day_text(day)}.'
        )
        remedy = _without_cells(values, str(ticker), wrong, "numbers only", look)
        findings.append(Finding(severity="error", kind="text", ticker=str(ticker), text=text, remedy=remedy))
    return findings


def _impossible(values: pd.DataFrame, look: Look) -> list[Finding]:
    findings = []
    for ticker in values.columns:
        column = values[ticker]
        wrong = column.notna() & possible(column, look.kind).isna()
        if not wrong.any():
            continue
        day = wrong.index[int(np.argmax(wrong.to_numpy()))]
        n = count(int(wrong.sum()), "date")
        if look.kind.is_returns:
            why = f"is a loss of everything or a million-fold on {n}, first {column[day]:g} on {day_text(day)}"
            text = f"{ticker} {why}; no return is."
        else:
            why = f"is zero, negative or infinite on {n}, first {column[day]:g} on {day_text(day)}"
            text = f"{ticker} {why}; a log return needs positive prices."
        remedy = _without_cells(values, str(ticker), wrong, "possible only", look)
        findings.append(Finding(severity="error", kind="non-positive", ticker=str(ticker), text=text, remedy=remedy))
    return findings


def _without_cells(values: pd.DataFrame, ticker: str, wrong: pd.Series, action: Action, look: Look) -> Remedy:
    """Leave the wrong cells empty, or drop the column when too many of them are wrong."""
    if wrong.mean() > MANY_WRONG and values.shape[1] > 1:
        return drop(ticker)
    label = f"leave {count(int(wrong.sum()), look.kind.noun)} of {ticker} out"
    return Remedy(action=action, label=label, ticker=ticker)


FORM: tuple[Check, ...] = (_repeated_tickers, _undated, _repeated_dates, _unsorted, _text, _impossible)

"""The benchmark as two compact Markdown tables: tomorrow, and the long run with novelty."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fingen_core.generators.registry import LABELS, classical
from fingen_core.metrics.catalog import METRICS
from fingen_core.metrics.validation import TAILS, tail_name

__all__ = ["LONG_COLUMNS", "calibration_table", "readme_table"]

LONG_COLUMNS = (
    ("es_1d", "ES, 1 day"),
    ("es_10d", "ES, 10 days"),
    ("es_10d_rules", "ES of rules, 10 days"),
    ("emd_20", "20-day returns"),
    ("kurtosis_error", "kurtosis"),
    ("acf_abs_rmse", "memory of abs(r)"),
    ("leverage_ratio", "leverage"),
    ("correlation_error", "correlation"),
    ("tail_dependence_error", "falling together"),
    ("drawdown_error", "drawdowns"),
    ("novelty_ratio", "novelty"),
    ("share_copies", "copies"),
)
"""Metrics of the second table and their short names there."""

_REFITTED = "fhs-gjr"
_DIGITS = {"ratio": 2, "correlation": 3}


def readme_table(frame: pd.DataFrame) -> str:
    """The benchmark as Markdown: means over seeds, with the largest spread between seeds behind them.

    Parameters
    ----------
    frame : DataFrame
        What ``benchmark.run`` returned, or its CSV read again.
    """
    tomorrow = frame[frame["question"] == "tomorrow"]
    longer = sorted(set(tomorrow["horizon"]) - {1})
    parts = [_ahead(frame, tomorrow, days) for days in (1, *longer)]
    parts.append(_tomorrow_note(frame, tomorrow, longer))
    if (frame["question"] == "long run").any():
        parts.append(_long_run(frame))
    return "\n\n".join(parts)


def calibration_table(frame: pd.DataFrame) -> str:
    """Calibration of forecasts as Markdown: what ``benchmark.calibrations`` returned; equal weight, mean over seeds."""
    chosen = frame[frame["group"] == "equal weight"]
    head = (
        "| calibration, equal weight | CRPS | t | pinball, tails | t | inside 50 / 80 / 95 % bands | PIT p "
        "| direction | dispersion |"
    )
    parts = []
    for horizon in sorted(set(chosen["horizon"])):
        lines = [head.replace("equal weight", f"{horizon} day{'s' * (horizon > 1)} ahead", 1)]
        lines.append("|" + "---|" * (head.count("|") - 1))
        at = chosen[chosen["horizon"] == horizon]
        for name in _order(at):
            means = at[at["generator"] == name].groupby("measure")[["value", "error", "t"]].mean()
            lines.append(f"| {_label(name)} | " + " | ".join(_calibration_cells(means)) + " |")
        parts.append("\n".join(lines))
    first = frame.iloc[0]
    counts = chosen[chosen["measure"] == "crps"].groupby("horizon")["n"].max()
    made = " and ".join(f"{n:,} forecasts of {days} day{'s' * (days > 1)}" for days, n in counts.items())
    note = (
        f"Fitted up to {first['fit_until']}, then {made} with {first['n_paths']:,} paths each; {first['market']}; "
        f"{_seeds(frame)}; commit {first['commit'] or 'unknown'}. "
        "CRPS and pinball loss (mean of the tails at 1, 2.5 and 5 %) in percent, t against FHS on GJR-GARCH: negative "
        "is better. Direction: rank correlation of the median of the forecast with the return that came; dispersion: "
        "of the width of its 80 % band with the size of that return; ± is a standard error. Ranks of what came among "
        "the drawn outcomes (PIT) are uniform where forecasts are right: a small p says that they are not."
    )
    return "\n\n".join([*parts, note])


def _calibration_cells(means: pd.DataFrame) -> list[str]:
    def cell(measure: str, column: str, digits: int) -> str:
        value = means[column].get(measure, np.nan)
        return "" if np.isnan(value) else _number(value, digits)

    def with_error(measure: str) -> str:
        return f"{cell(measure, 'value', 3)} ± {cell(measure, 'error', 3)}" if measure in means.index else ""

    inside = [100 * means["value"].get(f"coverage_{share}", np.nan) for share in (50, 80, 95)]
    return [
        cell("crps", "value", 4),
        cell("crps", "t", 1),
        cell("pinball", "value", 4),
        cell("pinball", "t", 1),
        " / ".join(f"{value:.1f}" for value in inside) + " %",
        "< .001" if means["value"].get("pit_p", np.nan) < 0.0005 else cell("pit_p", "value", 3),
        with_error("direction"),
        with_error("dispersion"),
    ]


def _ahead(frame: pd.DataFrame, tomorrow: pd.DataFrame, days: int) -> str:
    """One horizon: a line per generator."""
    title = "one day ahead" if days == 1 else f"{days} days ahead"
    head = (
        f"| {title} | FZ0 at 1 / 2.5 / 5 %, all portfolios | t | equal weight | t | CRPS (t, short t) "
        "| Kupiec p, equal weight | portfolios rejected |" + (" training |" if days == 1 else "")
    )
    table = tomorrow[tomorrow["horizon"] == days]
    lines = [_ahead_row(_label(name), table[table["generator"] == name], days) for name in _order(frame)]
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *lines])


def _ahead_row(label: str, part: pd.DataFrame, days: int) -> str:
    fz0, shares = [tail_name(tail) for tail in TAILS], [f"{100 * tail:g}" for tail in TAILS]
    rejected = _means(
        part.assign(value=100 * part["value"]), "all", [f"kupiec_rejected_{s}" for s in shares], "value", 0
    )
    cells = [
        label,
        _means(part, "all", fz0, "value", 3) + _spread(part, "all", fz0),
        _means(part, "all", fz0, "t", 1),
        _means(part, "equal weight", fz0, "value", 3) + _spread(part, "equal weight", fz0),
        _means(part, "equal weight", fz0, "t", 1),
        _with_t(part),
        _means(part, "equal weight", [f"kupiec_{share}" for share in shares], "value", 2),
        rejected + (" %" if rejected else ""),
    ]
    if days == 1:
        cells.append(f"{part.groupby('seed')['seconds'].first().mean():.1f} s")
    return "| " + " | ".join(cells) + " |"


def _tomorrow_note(frame: pd.DataFrame, table: pd.DataFrame, longer: Sequence[int]) -> str:
    first = frame.iloc[0]
    learned = frame[~frame["generator"].isin(list(classical()))]
    devices = ", ".join(sorted(set((frame if learned.empty else learned)["device"])))
    n_days = int(table.loc[table["horizon"] == 1, "n"].max())
    seeds = _seeds(frame, " (± largest standard deviation between them)")
    more = "".join(
        f" {int(part['n'].max()):,} forecasts of {days} days, portfolios bought and held;"
        for days in longer
        if not (part := table[table["horizon"] == days]).empty
    )
    return (
        f"Fitted up to {first['fit_until']}, then {n_days:,} days forecast one by one with "
        f"{first['n_paths']:,} paths each;{more} {first['market']}; {seeds}; trained on {devices}; "
        f"commit {first['commit'] or 'unknown'}. "
        "FZ0 scores value at risk and expected shortfall together, CRPS the whole distribution; returns in percent, "
        "lower is better. t is Diebold-Mariano against FHS on GJR-GARCH (Newey-West with the usual number of lags, the "
        "short t with as many as the horizon asks for): below -2 is better than luck, above 2 worse. Kupiec p below "
        ".05 says that the number of losses beyond value at risk was wrong; portfolios rejected is the share for which "
        "it does, at 1 / 2.5 / 5 %."
    )


def _long_run(frame: pd.DataFrame) -> str:
    table = frame[frame["question"].isin(["long run", "novelty"])]
    known = [(metric, name) for metric, name in LONG_COLUMNS if (table["metric"] == metric).any()]
    lines = ["| a year of days | " + " | ".join(name for _, name in known) + " |", "|" + "---|" * (len(known) + 1)]
    floors = table.groupby("metric")["floor"].mean()
    lines.append(
        "| *floor: two halves of history* | "
        + " | ".join("" if np.isnan(floors[metric]) else f"*{_floor(metric, floors[metric])}*" for metric, _ in known)
        + " |"
    )
    for name in _order(frame):
        part = table[table["generator"] == name]
        values = part.groupby("metric")["value"].agg(["mean", "std"])
        cells = [
            _valued(metric, values.loc[metric, "mean"], values.loc[metric, "std"]) if metric in values.index else ""
            for metric, _ in known
        ]
        lines.append(f"| {LABELS[name]} | " + " | ".join(cells) + " |")
    n = int(table.loc[table["question"] == "long run", "n"].max())
    note = (
        f"{n:,} paths of a year from random evenings of the fit period, compared with that period. Errors of "
        "expected shortfall, kurtosis and drawdowns are relative; leverage is the share of the real effect and novelty "
        "the distance from history over that of new history: 1 is right; copies are windows of a month taken from "
        "history. The floor is the distance from the ideal between halves of history itself; ± is the standard "
        "deviation between seeds. A bootstrap is history, so only novelty tells it from the market."
    )
    return "\n".join([*lines, "", note])


def _seeds(frame: pd.DataFrame, more: str = "") -> str:
    n_seeds = frame["seed"].nunique()
    return f"mean of {n_seeds} seeds{more}" if n_seeds > 1 else "one seed"


def _label(name: str) -> str:
    return LABELS[name] + (", refit every year" if name == _REFITTED else "")


def _order(frame: pd.DataFrame) -> list[str]:
    return [name for name in LABELS if name in set(frame["generator"])]


def _means(part: pd.DataFrame, group: str, metrics: Sequence[str], column: str, digits: int) -> str:
    chosen = part[part["group"] == group].groupby("metric")[column].mean()
    means = [chosen.get(metric, np.nan) for metric in metrics]
    return "" if np.isnan(means).all() else " / ".join(_number(value, digits) for value in means)


def _spread(part: pd.DataFrame, group: str, metrics: Sequence[str]) -> str:
    values = part[(part["group"] == group) & part["metric"].isin(metrics)].groupby("metric")["value"].std()
    return "" if part["seed"].nunique() < 2 or values.empty else f" ± {_number(values.max(), 3)}"


def _with_t(part: pd.DataFrame) -> str:
    value = _means(part, "all", ["crps"], "value", 4)
    ts = [text for column in ("t", "t_short") if (text := _means(part, "all", ["crps"], column, 1))]
    return value + (f" ({', '.join(ts)})" if ts else "")


def _floor(metric: str, value: float) -> str:
    """A floor is a distance from the ideal."""
    return f"{'' if METRICS[metric].ideal in {0.0, None} else '± '}{_valued(metric, value, np.nan)}"


def _valued(metric: str, value: float, spread: float) -> str:
    unit = METRICS[metric].unit
    if unit in {"relative", "share"}:
        digits = 0 if abs(value) >= 0.01 or value == 0 else 1
        return _number(100 * value, digits) + ("" if not spread > 0 else f" ± {_number(100 * spread, digits)}") + " %"
    digits = _DIGITS.get(unit, 2)
    return _number(value, digits) + ("" if not spread > 0 else f" ± {_number(spread, digits)}")


def _number(value: float, digits: int) -> str:
    """As the field prints them: no zero before the point, none with a minus."""
    text = f"{round(value, digits) + 0.0:.{digits}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text

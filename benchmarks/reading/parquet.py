"""Parquet tables as pandas writes them: days as index or column, a column per asset, long, or stacked."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd

from .files import Case
from .known import Known, Truth

__all__ = ["parquet_case"]


def parquet_case(seed: int, index: int, known: Known, rng: np.random.Generator) -> Case:
    """A market as Parquet, with its way back."""
    form = str(rng.choice(["index", "column", "long", "zone", "text days", "small floats", "days only", "stacked"]))
    if known.kind == "log returns":
        known = _as_simple(known)
    table, values = _table(known, form, rng)
    out = io.BytesIO()
    table.to_parquet(out)
    data = out.getvalue()
    traits = {"parquet", f"parquet {form}"} | known.traits

    def reverse() -> pd.DataFrame:
        return _back(pd.read_parquet(io.BytesIO(data)), known, form)

    stem = "returns" if known.kind != "prices" else "prices"
    expect = (
        "ask" if known.kind != "prices" and 0.6 < np.nanmedian(np.nanstd(known.written, axis=0)) * 16 < 3 else "read"
    )
    truth = Truth(values, known.kind, expect=expect)
    return Case(
        seed,
        index,
        f"{stem}.parquet",
        data,
        truth,
        frozenset(traits | ({"ambiguous"} if expect == "ask" else set())),
        reverse,
    )


def _as_simple(known: Known) -> Known:
    return replace(known, kind="simple returns", traits=known.traits - {"log returns"} | {"simple returns"})


def _table(known: Known, form: str, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    wide = pd.DataFrame(known.written, index=pd.DatetimeIndex(known.days, name="Date"), columns=list(known.names))
    truth = known.values
    if form == "zone":
        zone = str(rng.choice(["America/New_York", "Asia/Seoul", "Europe/Paris", "UTC"]))
        wide.index = wide.index.tz_localize(zone)
    elif form == "column":
        wide = wide.reset_index()
    elif form == "text days":
        wide.index = pd.Index(wide.index.strftime("%Y-%m-%d"), name="date")
    elif form == "days only":
        wide = wide.reset_index()
        wide["Date"] = wide["Date"].dt.date
    elif form == "small floats":
        wide = wide.astype("float32")
        truth = wide.astype("float64") / (100 if known.percent else 1)
    elif form == "stacked" and known.kind == "prices":
        around = {"Close": wide, "High": wide * 1.01, "Low": wide * 0.99, "Open": wide, "Volume": wide * 0 + 1_200_000}
        wide = pd.concat(around, axis=1, names=["Price", "Ticker"])
    elif form == "long":
        wide = wide.reset_index().melt(
            id_vars="Date", var_name="ticker", value_name="close" if known.kind == "prices" else "return"
        )
    return wide, truth.set_axis(list(known.names), axis=1)


def _back(table: pd.DataFrame, known: Known, form: str) -> pd.DataFrame:
    if form == "long":
        table = table.pivot_table(index="Date", columns="ticker", values=table.columns[-1], dropna=False)
    elif form == "stacked" and known.kind == "prices":
        table = table["Close"]
    elif form in ("column", "days only"):
        table = table.set_index("Date")
    days = pd.DatetimeIndex(pd.to_datetime(table.index))
    days = days.tz_localize(None)
    return table.set_axis(days, axis=0)[list(known.names)].astype("float64") / (100 if known.percent else 1)

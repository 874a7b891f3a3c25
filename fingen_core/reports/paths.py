"""Generated paths as files. Each says of itself that it has not happened: in its name, its metadata and its rows."""

import io
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fingen_core.market import spreadsheet
from fingen_core.scenarios import Scenarios
from fingen_core.scenarios.outcomes import NOT_HAPPENED

__all__ = ["NOT_HAPPENED", "file_name", "provenance", "to_csv", "to_parquet"]


def provenance(scenarios: Scenarios) -> dict[str, Any]:
    """Everything needed to draw the same paths again, as JSON values."""
    return {
        "status": NOT_HAPPENED,
        "generator": scenarios.label,
        "run_id": scenarios.run_id,
        "market_digest": scenarios.market_digest,
        "start": f"{scenarios.start:%Y-%m-%d}",
        "seed": scenarios.seed,
        "n_paths": scenarios.n_paths,
        "n_steps": scenarios.n_steps,
        "condition": dict(scenarios.condition),
    }


def file_name(scenarios: Scenarios, ending: str) -> str:
    """A name that tells who drew what from when, and that it has not happened."""
    who = re.sub(r"[^a-z0-9]+", "-", scenarios.label.lower()).strip("-") or "generated"
    return f"has-not-happened-{who}-{scenarios.start:%Y%m%d}-{scenarios.n_steps}d-seed{scenarios.seed}.{ending}"


def to_parquet(scenarios: Scenarios) -> bytes:
    """Long-form rows (path, step, date, ticker, log_return, status) with the provenance as file metadata."""
    frame = scenarios.frame()
    frame["status"] = pd.Categorical.from_codes(np.zeros(len(frame), dtype=np.int8), categories=[NOT_HAPPENED])
    table = pa.Table.from_pandas(frame, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), b"fingen": json.dumps(provenance(scenarios)).encode()}
    target = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), target, compression="zstd")
    return target.getvalue()


def to_csv(scenarios: Scenarios) -> bytes:
    """A row per path and day, a column of log returns per ticker, and a column that says what the row is."""
    n_paths, n_steps, n_assets = scenarios.log_returns.shape
    wide = pd.DataFrame(np.asarray(scenarios.log_returns).reshape(-1, n_assets), columns=list(scenarios.tickers))
    dates = scenarios.dates().strftime("%Y-%m-%d").to_numpy()
    wide.insert(0, "path", np.repeat(np.arange(n_paths), n_steps))
    wide.insert(1, "step", np.tile(np.arange(1, n_steps + 1), n_paths))
    wide.insert(2, "date", np.tile(dates, n_paths))
    wide["status"] = NOT_HAPPENED
    return spreadsheet.to_csv(wide, digits=6).encode()

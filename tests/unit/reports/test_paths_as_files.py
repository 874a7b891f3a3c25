"""Generated paths that leave the app say that they have not happened, and can be read back."""

import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from fingen_core.market.step import DAILY
from fingen_core.reports.paths import NOT_HAPPENED, file_name, to_csv, to_parquet
from fingen_core.scenarios import Scenarios

SCENARIOS = Scenarios(
    log_returns=np.random.default_rng(0).normal(0, 0.01, (4, 3, 2)).astype(np.float32),
    tickers=("A", "B"),
    start=pd.Timestamp("2022-12-28"),
    step=DAILY,
    label="VAE, pretrained",
    seed=5,
    market_digest="abc",
)


def test_parquet_holds_rows_status_and_provenance():
    file = pq.read_table(io.BytesIO(to_parquet(SCENARIOS)))
    about = json.loads(file.schema.metadata[b"fingen"])
    rows = file.to_pandas()
    assert about["status"] == NOT_HAPPENED
    assert (about["seed"], about["start"], about["generator"]) == (5, "2022-12-28", "VAE, pretrained")
    assert set(rows["status"].astype(str)) == {NOT_HAPPENED}
    np.testing.assert_array_equal(rows["log_return"].to_numpy().reshape(4, 3, 2), SCENARIOS.log_returns)


def test_csv_has_a_row_per_day_and_says_what_it_is():
    rows = pd.read_csv(io.BytesIO(to_csv(SCENARIOS)))
    assert list(rows) == ["path", "step", "date", "A", "B", "status"]
    assert len(rows) == 12
    assert set(rows["status"]) == {NOT_HAPPENED}
    assert rows["date"].iloc[0] == "2022-12-29"
    assert rows["B"].iloc[4] == pytest.approx(SCENARIOS.log_returns[1, 1, 1], rel=1e-5)


def test_name_of_the_file():
    assert file_name(SCENARIOS, "csv") == "has-not-happened-vae-pretrained-20221228-3d-seed5.csv"

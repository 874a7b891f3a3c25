"""Random files from known prices: none is read wrong, most are read without a question."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market import upload

FILES = 60
TODAY = date(2026, 5, 29)

DAYS: tuple[Callable[[pd.Timestamp], str], ...] = (
    lambda day: f"{day:%Y-%m-%d}",
    lambda day: f"{day:%Y-%m-%d} 00:00:00+09:00",
    lambda day: f"{day:%d/%m/%Y}",
    lambda day: f"{day:%m/%d/%Y} 16:00:00",
    lambda day: f"{day:%d.%m.%y}",
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day:%b %d, %Y}",
    lambda day: str((day - pd.Timestamp("1899-12-30")).days),
)


def _number(value: float, digits: int, mark: str, group: str) -> str:
    whole, _, part = f"{value:,.{digits}f}".partition(".")
    return whole.replace(",", group) + (mark + part if part else "")


def _render(rng: np.random.Generator) -> tuple[pd.DataFrame, str]:
    """Known prices or returns, and a file that holds them."""
    n, k = int(rng.integers(60, 400)), int(rng.integers(1, 5))
    start = pd.Timestamp("1950-01-02") + pd.Timedelta(days=int(rng.integers(0, 24_000)))
    days = pd.date_range(start, periods=n, freq=str(rng.choice(["B", "D", "W-FRI", "ME", "MS"])))
    days = days[days < pd.Timestamp(TODAY)]
    digits = int(rng.integers(0, 5))
    size = 10.0 ** rng.uniform(1.7 if digits < 2 else 0.5, 4.5)
    moves = rng.normal(0, rng.uniform(0.005, 0.03), (len(days), k)).cumsum(axis=0)
    truth = pd.DataFrame((size * np.exp(moves)).round(digits), days, [f"T{place}" for place in range(k)])
    mark, group = [(".", ""), (",", ""), (".", ","), (",", "."), (".", "'")][rng.integers(5)]
    by = str(rng.choice([";", "\t", "|"])) if "," in (mark, group) else str(rng.choice([",", ";", "\t"]))
    holes = rng.random(truth.shape) < rng.choice([0.0, 0.03])
    absent, write = str(rng.choice(["", "n.a.", "#N/A N/A", "-"])), DAYS[rng.integers(len(DAYS))]
    cells = truth.map(lambda value: _number(value, digits, mark, group)).mask(holes, absent)
    rows = [[write(day), *row] for day, *row in cells.itertuples()]
    head = [[str(rng.choice(["Date", "Datum", ""])), *truth.columns]]
    head = [["Prepared by", "desk"], *head] if rng.random() < 0.3 else head
    rows = rows[::-1] if rng.random() < 0.3 else rows
    foot = [["Source: nobody"]] if rng.random() < 0.3 else []
    file = io.StringIO()
    csv.writer(file, delimiter=by).writerows([*head, *rows, *foot])
    return truth.mask(holes), file.getvalue()


def _judge(truth: pd.DataFrame, text: str) -> str:
    try:
        answer = upload.understand(text.encode(), "file.csv", today=TODAY)
    except InvalidInput:
        return "refused"
    right = [_is_right(reading.values, truth) for reading in answer.readings]
    if any(right):
        return "read" if len(right) == 1 else "asked"
    return "wrong"


def _is_right(values: pd.DataFrame, truth: pd.DataFrame) -> bool:
    if list(values.columns) != list(truth.columns) or list(values.index) != list(truth.index):
        return False
    numbers = values.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    return bool(np.allclose(numbers, truth.to_numpy(float), rtol=1e-9, equal_nan=True))


def test_random_files_are_read_right_or_asked_about() -> None:
    rng = np.random.default_rng(20)
    found = Counter(_judge(*_render(rng)) for _ in range(FILES))
    assert found["wrong"] == 0, found
    assert found["read"] >= 0.75 * FILES, found
    assert found["asked"] <= 0.2 * FILES, found


def test_the_judge_sees_a_price_a_thousand_times_too_large() -> None:
    truth, _ = _render(np.random.default_rng(3))
    assert _judge(truth, (truth * 1_000).to_csv()) == "wrong"
    assert _judge(truth.shift(freq="1D"), truth.to_csv()) == "wrong"

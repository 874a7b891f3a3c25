"""Whatever is done to a file, its readers answer, or refuse it in words; nothing else comes out."""

import random
from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.damage.damages import ANYHOW, DAMAGES
from benchmarks.damage.readers import READERS
from benchmarks.damage.sources import GRIDS, SOURCES
from fingen_core.errors import FinGenError
from fingen_core.market.tables import limits, read_cells

# Numbers near the end of what floats hold overflow into infinity, which readers look for; a warning is no traceback.
pytestmark = pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered:RuntimeWarning")

SEEDS = st.integers(0, 2**32 - 1)
MANY = settings(
    deadline=None, max_examples=45, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
FORMS = sorted({form for _, form in SOURCES})


@lru_cache(maxsize=64)
def _healthy(kind: str, form: str, number: int) -> bytes:
    return SOURCES[kind, form](random.Random(number))


def _damaged(kind: str, form: str, seed: int) -> bytes:
    draw = random.Random(seed)
    data = _healthy(kind, form, draw.randrange(6))
    data = draw.choice(DAMAGES[form])(data, draw)
    return draw.choice(ANYHOW)(data, draw) if data and draw.random() < 0.2 else data


def _refusal(kind: str, data: bytes, name: str) -> str:
    """The words in which a reader refuses a file; empty if it reads it."""
    try:
        READERS[kind](data, name)
    except FinGenError as refusal:
        return str(refusal).strip() or pytest.fail("refused without a word")
    return ""


@pytest.mark.parametrize(("kind", "form"), SOURCES)
@MANY
@given(SEEDS)
def test_damaged_files_are_read_or_refused_in_words(kind: str, form: str, seed: int) -> None:
    _refusal(kind, _damaged(kind, form, seed), f"{kind}.{form}")


@pytest.mark.parametrize("form", FORMS)
@MANY
@given(SEEDS)
def test_tables_of_anything_are_read_or_refused_in_words(form: str, seed: int) -> None:
    draw = random.Random(seed)
    _refusal(draw.choice(list(READERS)), GRIDS[form](draw), f"grid.{form}")


@MANY
@given(SEEDS, st.sampled_from(list(SOURCES)))
def test_cells_are_refused_in_one_short_sentence(seed: int, source: tuple[str, str]) -> None:
    try:
        cells = read_cells(_damaged(*source, seed), "some.file")
    except FinGenError as refusal:
        sentence = str(refusal)
        assert "some.file" in sentence
        assert ":" in sentence
        assert "\n" not in sentence
        assert len(sentence) < 300
    else:
        assert cells.frame.index.is_monotonic_increasing
        assert cells.frame.index.is_unique
        assert list(cells.frame.columns) == list(range(cells.frame.shape[1]))


@pytest.mark.parametrize(("kind", "form"), SOURCES)
def test_healthy_files_are_read(kind: str, form: str) -> None:
    """Else damage would show nothing: a reader that refuses everything is safe as well."""
    assert [_refusal(kind, _healthy(kind, form, number), f"{kind}.{form}") for number in range(6)] == [""] * 6


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_a_reader_that_catches_nothing_is_found(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong on purpose: the same files, and what libraries raise is let through."""
    monkeypatch.setattr(limits, "_OF_LIBRARIES", ())
    escaped = 0
    for seed in range(40):
        try:
            _refusal("prices", _damaged("prices", form, seed), f"prices.{form}")
        except Exception:  # noqa: BLE001 - anything at all
            escaped += 1
    assert escaped >= 10

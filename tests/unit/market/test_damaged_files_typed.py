"""Damaged, hostile and oversized files on the command line: one sentence on stderr, and an exit code."""

import io
from pathlib import Path

import pytest

from fingen_core.__main__ import main
from fingen_core.errors import InvalidInput
from fingen_core.market.tables import MAX_BYTES, bytes_of
from tests.hostile_support import DAMAGED


def _refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_refused_in_a_sentence(
    kind: str, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, make = DAMAGED[kind]
    path = tmp_path / name
    path.write_bytes(make())
    assert _refusal(capsys, "data", "quality", "--market", str(path)).count("\n") == 1
    assert name in _refusal(capsys, "company", "--show", "--statements", str(path)) or kind.startswith("year")


def _sparse(path: Path, size: int) -> Path:
    """A file of which only the end is written."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def test_no_more_of_a_large_file_is_taken_than_may_be_read(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _sparse(tmp_path / "large.csv", 40 * 2**30)
    assert "large.csv has 40,960 MB, but at most 50 MB are read" in _refusal(
        capsys, "data", "quality", "--market", str(path)
    )
    assert "40,960 MB" in _refusal(capsys, "company", "--show", "--statements", str(path))
    assert "40,960 MB" in _refusal(capsys, "holdings", str(path))


def test_what_is_piped_in_is_bounded_as_well() -> None:
    endless = io.BytesIO(b"AAPL,1\n" * (MAX_BYTES // 7 + 10))
    with pytest.raises(InvalidInput, match="the input has 50 MB, but at most 50 MB are read"):
        bytes_of(endless)
    assert endless.tell() == MAX_BYTES + 1


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nowhere\.csv cannot be opened: look whether"):
        bytes_of(tmp_path / "nowhere.csv")

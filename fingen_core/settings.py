"""What holds everywhere: how many paths are drawn, where files are kept, which commit this is.

Folders are read from the environment at each call, so that tests can move them.
"""

import os
from functools import cache
from pathlib import Path

__all__ = ["ASSETS", "N_PATHS", "commit", "home"]

ASSETS = Path(__file__).resolve().parent.parent / "assets"
"""What ships with FinGen: logo, fonts, crises, the pretrained model."""

N_PATHS = 5000
"""Paths that are drawn unless another number is asked for: the worst 1 % of them are 50."""


def home() -> Path:
    """Folder for runs, fetched prices and saved markets: ``FINGEN_HOME``, or ``.fingen`` beside the app."""
    folder = Path(os.environ.get("FINGEN_HOME") or ASSETS.parent / ".fingen").expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@cache
def commit() -> str:
    """Short hash of the checked-out commit, read from ``.git``; empty outside a checkout. Stands beside numbers."""
    git = ASSETS.parent / ".git"
    head = git / "HEAD"
    if not head.is_file():
        return ""
    text = head.read_text(encoding="utf-8").strip()
    if not text.startswith("ref: "):
        return text[:7]
    reference = text.removeprefix("ref: ")
    if (git / reference).is_file():
        return (git / reference).read_text(encoding="utf-8").strip()[:7]
    packed = git / "packed-refs"
    lines = packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else []
    return next((line[:7] for line in lines if line.endswith(f" {reference}")), "")

"""Where FinGen keeps its files, read from the environment at each call so that tests can move it."""

import os
from pathlib import Path

__all__ = ["ASSETS", "home"]

ASSETS = Path(__file__).resolve().parent.parent / "assets"
"""What ships with FinGen: logo, fonts, crises, the pretrained model."""


def home() -> Path:
    """Folder for runs, fetched prices and saved markets: ``FINGEN_HOME``, or ``.fingen`` beside the app."""
    folder = Path(os.environ.get("FINGEN_HOME") or ASSETS.parent / ".fingen").expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder

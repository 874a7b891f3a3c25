"""Presets that people save: settings by a name, kept under ``<home>/presets`` and shared as small JSON files.

One file per preset, written in one move; deleting one leaves a flag beside it until it is restored. A shared file says
what it is and holds a name and settings; settings as a run exports them are read as well.
"""

import dataclasses
import json
import logging
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fingen_core.errors import FinGenError, InvalidInput, NotFound
from fingen_core.runs.folder import ALPHABET, new_id, now, write_text
from fingen_core.runs.store import checked_name
from fingen_core.training.picture_config import Configuration, read_config
from fingen_core.training.words import controls_of

__all__ = ["MOST_BYTES", "OwnPreset", "delete", "get", "listing", "parse", "rename", "restore", "save", "to_json"]

MOST_BYTES = 64 * 1024
"""Largest file that is read: settings take about two thousand bytes."""

_MOST = 100
_KIND = "fingen-preset"
_ID = re.compile(f"[{ALPHABET}]{{12}}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class OwnPreset:
    """Settings that somebody saved.

    Attributes
    ----------
    id, name : str
    config : TrainingConfig or PictureConfig
    saved : datetime
    """

    id: str
    name: str
    config: Any
    saved: datetime


def save(home: Path, name: str, config: Configuration) -> OwnPreset:
    """Keep settings under a name.

    Raises
    ------
    InvalidInput
        If the name is empty, too long or taken, or there are a hundred presets already.
    FinGenError
        If the disk is full.
    """
    name = _free(home, checked_name(name, "a preset's name"))
    if len(listing(home)) >= _MOST:
        raise InvalidInput(f"there are {_MOST} presets already: delete one that you do not need")
    preset_id = new_id()
    _write(home, preset_id, {"name": name, "saved": now(), "settings": json.loads(config.to_json())})
    return get(home, preset_id)


def listing(home: Path) -> list[OwnPreset]:
    """All presets in the order of their names; a file that cannot be read is left out and logged."""
    found = []
    for path in _folder(home).glob("*.json"):
        if not _ID.fullmatch(path.stem) or _flag(home, path.stem).exists():
            continue
        try:
            found.append(_read(path))
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("preset %s is unreadable and left out of the list: %s", path.stem, error)
    return sorted(found, key=lambda preset: preset.name.casefold())


def get(home: Path, preset_id: str) -> OwnPreset:
    """One preset, deleted ones too; ``NotFound`` if there is none."""
    path = _folder(home) / f"{preset_id}.json"
    if not _ID.fullmatch(preset_id) or not path.exists():
        raise NotFound(f"there is no preset {preset_id[:40]!r}: choose one on the Train page")
    return _read(path)


def rename(home: Path, preset_id: str, name: str) -> OwnPreset:
    """Give a preset another name; ``InvalidInput`` if it is empty, too long or taken."""
    known = get(home, preset_id)
    name = _free(home, checked_name(name, "a preset's name"), known.id)
    settings = json.loads(known.config.to_json())
    _write(home, preset_id, {"name": name, "saved": known.saved.isoformat(), "settings": settings})
    return get(home, preset_id)


def delete(home: Path, preset_id: str) -> None:
    """Hide a preset; ``restore`` brings it back."""
    get(home, preset_id)
    _flag(home, preset_id).touch()


def restore(home: Path, preset_id: str) -> None:
    """Undo ``delete``."""
    _flag(home, preset_id).unlink(missing_ok=True)


def to_json(name: str, config: Configuration) -> str:
    """A file to share."""
    shared = {"kind": _KIND, "name": name, "settings": json.loads(config.to_json())}
    return json.dumps(shared, indent=2, ensure_ascii=False)


def parse(content: bytes, otherwise: str = "Shared settings") -> tuple[str, Configuration]:
    """Name and settings of a shared file, or of settings as a run exports them, which are called ``otherwise``.

    Raises
    ------
    InvalidInput
        If it is too large, not JSON, no settings, or a setting is unknown or not allowed; says which and what is.
    """
    if len(content) > MOST_BYTES:
        raise InvalidInput(
            f"a file of {len(content):,} bytes, but settings take at most {MOST_BYTES:,}: choose a file that was saved "
            "with Download on this page"
        )
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InvalidInput("this file is not JSON: choose one that was saved with Download on this page") from error
    if not isinstance(found, dict):
        raise InvalidInput(f"this file holds a JSON {type(found).__name__}, but settings are names and values")
    if "settings" not in found:
        return otherwise, _config(found)
    name = found.get("name", otherwise)
    if not isinstance(name, str):
        raise InvalidInput(f"its name is {name!r}, but must be text in quotes: mend it, or leave it out")
    return checked_name(name, "a preset's name"), _config(found["settings"])


def _config(values: Any) -> Configuration:
    if not isinstance(values, dict):
        raise InvalidInput(f"its settings are a JSON {type(values).__name__}, but must be names and values")
    nested = next((name for name, value in values.items() if isinstance(value, list | dict) or value is None), None)
    if nested is not None:
        raise InvalidInput(
            f"{nested} = {json.dumps(values[nested])[:40]}: a setting is one number, one word, true or false"
        )
    config = read_config(json.dumps(values))
    _refuse_fractions(config)
    return config


def _refuse_fractions(config: Configuration) -> None:
    """Half a step or a yes in words would be found out by the training only."""
    for name, control in controls_of(config).items():
        value = getattr(config, name)
        counts = all(float(limit).is_integer() for limit in (control.low, control.high, control.step))
        whole = isinstance(next(item.default for item in dataclasses.fields(config) if item.name == name), int)
        if counts and whole and not isinstance(value, int):
            raise InvalidInput(f"{name} = {value!r}, but it counts something: use a whole number")
    refit = getattr(config, "refit", True)
    if not isinstance(refit, bool):
        raise InvalidInput(f"refit = {refit!r}: use true or false")


def _free(home: Path, name: str, but: str = "") -> str:
    if any(other.name.casefold() == name.casefold() and other.id != but for other in listing(home)):
        raise InvalidInput(f"there is a preset called “{name}” already: choose another name, or delete that one first")
    return name


def _read(path: Path) -> OwnPreset:
    found = json.loads(path.read_text(encoding="utf-8"))
    config = _config(found["settings"])
    return OwnPreset(id=path.stem, name=found["name"], config=config, saved=datetime.fromisoformat(found["saved"]))


def _write(home: Path, preset_id: str, value: dict[str, Any]) -> None:
    try:
        write_text(_folder(home) / f"{preset_id}.json", json.dumps(value, indent=2, ensure_ascii=False))
    except OSError as error:
        raise FinGenError(
            f"the preset cannot be written to {home} ({error.strerror}): free some space or mend the rights, then try "
            "again"
        ) from error


def _folder(home: Path) -> Path:
    folder = home / "presets"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _flag(home: Path, preset_id: str) -> Path:
    return _folder(home) / f"{preset_id}.deleted"

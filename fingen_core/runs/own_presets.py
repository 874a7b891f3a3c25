"""Presets that people save: settings by a name, kept under ``<home>/presets`` and shared as small JSON files.

A shared file says what it is and holds a name and settings; settings as a run exports them are read as well.
"""

import contextlib
import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fingen_core.errors import InvalidInput
from fingen_core.runs.naming import LONGEST_NAME
from fingen_core.runs.store import checked_name
from fingen_core.storage import BROKEN, Damaged, unreadable
from fingen_core.storage.records import Record, Shelf
from fingen_core.training.settings.picture_config import Configuration, read_config
from fingen_core.training.settings.words import controls_of

__all__ = [
    "MOST_BYTES",
    "OwnPreset",
    "damaged",
    "delete",
    "get",
    "listing",
    "parse",
    "rename",
    "restore",
    "save",
    "to_json",
]

MOST_BYTES = 64 * 1024
"""Largest file that is read: settings take about two thousand bytes."""

_MOST = 100
_KIND = "fingen-preset"


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
    return _preset(_shelf(home).add(name, {"settings": json.loads(config.to_json())}))


def listing(home: Path) -> list[OwnPreset]:
    """All presets in the order of their names; what cannot be read is told by :func:`damaged`."""
    found = []
    for record in _shelf(home).list():
        with contextlib.suppress(*BROKEN):
            found.append(_preset(record))
    return sorted(found, key=lambda preset: preset.name.casefold())


def damaged(home: Path) -> list[Damaged]:
    """Presets that cannot be read any more."""
    return _shelf(home).damaged(_preset)


def get(home: Path, preset_id: str) -> OwnPreset:
    """One preset, deleted ones too; ``NotFound`` if there is none, ``Unreadable`` if it was damaged."""
    record = _shelf(home).get(preset_id)
    with unreadable(f"the preset {record.name}", "delete it where the Library lists what is damaged"):
        return _preset(record)


def rename(home: Path, preset_id: str, name: str) -> OwnPreset:
    """Give a preset another name; ``InvalidInput`` if it is empty, too long or taken."""
    _shelf(home).rename(preset_id, _free(home, checked_name(name, "a preset's name"), preset_id))
    return get(home, preset_id)


def delete(home: Path, preset_id: str) -> None:
    """Hide a preset; ``restore`` brings it back."""
    _shelf(home).delete(preset_id)


def restore(home: Path, preset_id: str) -> None:
    """Undo ``delete``; a name that was taken meanwhile gets an addition."""
    _shelf(home).restore(preset_id)


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


def _preset(record: Record) -> OwnPreset:
    config = _config(record.body["settings"])
    return OwnPreset(id=record.id, name=record.name, config=config, saved=datetime.fromisoformat(record.saved))


def _shelf(home: Path) -> Shelf:
    return Shelf(home / "presets", "preset", LONGEST_NAME)

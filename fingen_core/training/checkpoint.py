"""Tensors and plain values in one file: safetensors with JSON in its header, replaced in one move, never unpickled."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from fingen_core.errors import InvalidInput, NotFound

__all__ = ["load", "save", "under"]


def save(path: Path, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
    """Write tensors and JSON values so that a crash leaves either the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    # Clones, since safetensors refuses tensors that share memory.
    plain = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    save_file(plain, fresh, {"values": json.dumps(dict(values))})
    fresh.chmod(0o644)  # safetensors writes for the owner only
    fresh.replace(path)


def load(path: Path, device: str = "cpu") -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what ``save`` wrote.

    Raises
    ------
    NotFound
        If there is no such file.
    InvalidInput
        If the file is damaged or something else.
    """
    if not path.exists():
        raise NotFound(f"{path.name} is not in {path.parent.name}: train the model, or choose another run")
    try:
        with safe_open(path, framework="pt", device=device) as file:
            values = json.loads((file.metadata() or {})["values"])
            return {name: file.get_tensor(name) for name in file.keys()}, values  # noqa: SIM118 - not a dict
    except (SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise InvalidInput(f"{path.name} is damaged or not one of FinGen's files ({error}): train again") from error


def under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin so, by the rest of their names."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}

"""Where tensors can live: CUDA, Apple's MPS or the CPU, one code path for all."""

import contextlib
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
import torch

from fingen_core.errors import InvalidInput

__all__ = ["Device", "devices", "one_thread", "pick"]


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device that this machine has.

    Attributes
    ----------
    name : str
        As torch writes it: "cuda:0", "mps", "cpu".
    label : str
        For people.
    memory_bytes : int
        All its memory; for MPS and the CPU that of the machine.
    threads : int
        Processor threads that work on it.
    """

    name: str
    label: str
    memory_bytes: int
    threads: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def devices() -> list[Device]:
    """All devices, the preferred one first."""
    found = [_cuda(index) for index in range(torch.cuda.device_count())]
    memory, threads = psutil.virtual_memory().total, _threads()
    if torch.backends.mps.is_available():
        found.append(Device(name="mps", label="Apple GPU (MPS)", memory_bytes=memory, threads=threads))
    label = f"CPU, {_processor()}, {threads} thread{'s' if threads > 1 else ''}"
    return [*found, Device(name="cpu", label=label, memory_bytes=memory, threads=threads)]


def pick(name: str = "auto") -> Device:
    """The device of that name; "auto" is the preferred one, "cuda" the first CUDA device."""
    there = devices()
    for device in there:
        if name in {"auto", device.name} or (name == "cuda" and device.name.startswith("cuda")):
            return device
    raise InvalidInput(f"device {name!r} is not on this machine: choose auto or {', '.join(d.name for d in there)}")


@contextlib.contextmanager
def one_thread(alone: bool = True) -> Iterator[None]:
    """One thread for small steps, which are not worth sharing; with ``alone`` false nothing changes.

    Two threads that wait for each other, and for everybody else on the machine, took up to ten times as long as one;
    and with one the sums come out the same on every machine.
    """
    before = torch.get_num_threads()
    try:
        if alone:
            torch.set_num_threads(1)
        yield
    finally:
        torch.set_num_threads(before)


def _cuda(index: int) -> Device:
    properties = torch.cuda.get_device_properties(index)
    return Device(name=f"cuda:{index}", label=properties.name, memory_bytes=properties.total_memory, threads=1)


def _processor() -> str:
    """Name of the processor; Linux tells it in a file only."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _threads() -> int:
    # A container may be allowed fewer cores than the machine has.
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1

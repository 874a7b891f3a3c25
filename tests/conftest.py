"""What holds for every test: a home of its own, no outside network, warnings are errors."""

import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# Two cores are shared by the test workers: one thread each is faster than two that fight. Before numpy and torch load.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"

# Warnings are errors (pyproject.toml). These few come from third parties and say nothing about us.
THIRD_PARTY_WARNINGS = (
    # yfinance 1.7 on pandas 3.1 (pandas 4 will raise); pandas' own warnings elsewhere stay errors.
    "ignore::pandas.errors.Pandas4Warning:yfinance.*",
)


class OutsideNetwork(AssertionError):
    """A test tried to reach a machine other than this one."""


# A deadline would measure how busy the machine is; fixed examples make a failure the same for everybody.
hypothesis.settings.register_profile("fingen", deadline=None, derandomize=True)
hypothesis.settings.load_profile("fingen")


def pytest_configure(config: pytest.Config) -> None:
    for line in THIRD_PARTY_WARNINGS:
        config.addinivalue_line("filterwarnings", line)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh ``FINGEN_HOME``; runs, markets and stores of one test are unknown to the next."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FINGEN_HOME", str(folder))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return folder


@pytest.fixture(autouse=True)
def forget_what_belongs_to_a_home() -> Iterator[None]:
    """Streamlit's caches and the warm sampler outlive a test; what they hold belongs to that test's home."""
    yield
    if "streamlit" in sys.modules:
        import streamlit as st

        st.cache_data.clear()
        st.cache_resource.clear()
    if "fingen_core.jobs.warm.sampler" in sys.modules:
        from fingen_core.jobs.warm.sampler import Sampler

        if Sampler._shared is not None:
            Sampler._shared.close()
    if "fingen_core.jobs.warm.searcher" in sys.modules:
        from fingen_core.jobs.warm.searcher import Desk

        if Desk._shared is not None:
            Desk._shared.close()


@pytest.fixture(autouse=True, scope="session")
def no_outside_network() -> Iterator[None]:
    """Connections and name look-ups reach this machine only; anything else raises ``OutsideNetwork``."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        _guard_libcurl(patch)
        yield


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_outside(address[0])
        return connect(self, address)

    return guarded


def _guarded_lookup(lookup: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *arguments: Any, **more: Any) -> Any:
        if host is not None:
            _refuse_outside(host)
        return lookup(host, *arguments, **more)

    return guarded


def _guard_libcurl(patch: pytest.MonkeyPatch) -> None:
    """yfinance's own transport opens its sockets in C, past the guard above."""
    try:
        import curl_cffi
    except ImportError:
        return

    def perform(*_: Any, **__: Any) -> None:
        raise OutsideNetwork("libcurl was about to open a connection: hand yfinance a requests session of the stand-in")

    patch.setattr(curl_cffi.Curl, "perform", perform)


def _refuse_outside(host: str | bytes) -> None:
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in ("localhost", ""):
        return
    try:
        inside = ipaddress.ip_address(name).is_loopback or ipaddress.ip_address(name).is_unspecified
    except ValueError:
        inside = False
    if not inside:
        raise OutsideNetwork(f"{name}: tests reach 127.0.0.1 only; use a stand-in server")

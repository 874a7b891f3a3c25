"""The commands refuse what cannot work with a sentence, before they change anything."""

import shutil
import socket
import subprocess

import pytest

from tests.architecture.source import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt-get install make")


def make(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_old_python_is_refused_with_a_sentence(tmp_path):
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\ncase "$*" in *--version*) echo "Python 3.9.2" ;; *) exit 1 ;; esac\n')
    old.chmod(0o755)
    done = make("setup", f"VENV={tmp_path / 'venv'}", f"PYTHON={old}")
    assert done.returncode != 0
    assert "FinGen needs Python 3.11 or newer" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_busy_port_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(shutil.which("python3") or "python3")
    (tmp_path / ".installed").touch()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = make("app", f"VENV={tmp_path}", f"PORT={port}")
    assert done.returncode != 0
    assert f"Port {port} of 127.0.0.1 is taken" in done.stderr
    assert f"PORT={port + 1}" in done.stderr


def test_help_lists_the_tasks():
    listing = make("help").stdout
    for task in ("app", "test", "lint", "bench", "bench-gpu", "fidelity", "pretrained", "clean"):
        assert f"make {task}" in listing

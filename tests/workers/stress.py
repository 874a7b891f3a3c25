"""A stress worker that tells parts, waits while told to, stops when asked, fails or dies as files in the home say."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np


def say(number: int, content: dict) -> None:
    print(json.dumps({"id": number, **content}), flush=True)


def search(number: int, folder: Path, home: Path) -> dict:
    with (home / "asked.txt").open("a") as asked:
        asked.write(f"{os.getpid()}\n")
    if (home / "die once").exists():
        (home / "die once").unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    if (home / "refuse").exists():
        return {"error": {"type": "InvalidInput", "message": "no such loss"}}
    np.save(folder / "1.npy", np.zeros((2, 3, 4), np.float32))
    say(number, {"part": {"share": 0.25, "line": "half way there"}})
    say(number, {"part": {"name": "closest", "facts": {"change": [1.5]}, "files": {"paths": "1.npy"}}})
    while (home / "hang").exists():
        if (folder / f"stop-{number}").exists() and not (home / "deaf").exists():
            return {"error": {"type": "Stopped", "message": "stopped"}}
        time.sleep(0.005)
    return {}


if __name__ == "__main__":
    for line in sys.stdin:
        message = json.loads(line)
        say(message["id"], search(message["id"], Path(sys.argv[1]), Path(os.environ["FINGEN_HOME"])))

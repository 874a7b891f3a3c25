"""A sampler's worker that can be told to die, to hang, or to fail; otherwise it answers with zeros."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np


def serve(folder: Path, home: Path) -> None:
    for line in sys.stdin:
        message = json.loads(line)
        with (home / "asked.txt").open("a") as asked:
            asked.write(f"{os.getpid()}\n")
        for name in ("die once", "die always"):
            if (home / name).exists():
                (home / "die once").unlink(missing_ok=True)
                sys.stderr.write("about to be killed\n")
                sys.stderr.flush()
                os.kill(os.getpid(), signal.SIGKILL)
        while (home / "hang").exists():
            time.sleep(0.005)
        print(json.dumps({"id": message["id"], **answer(message, folder, home)}), flush=True)


def answer(message: dict, folder: Path, home: Path) -> dict:
    if (home / "refuse").exists():
        return {"error": {"type": "NotFound", "message": "no such run"}}
    if message["op"] == "balance":
        return {"pulls": [{"term": "moments", "proposed": message["config"]["moments_weight"] * 2}]}
    if message["op"] != "sample":
        return {"devices": [{"name": "cpu"}]}
    shape = message["n_paths"], message["n_steps"], 2
    np.save(folder / "1.npy", np.full(shape, message["seed"], np.float32))
    return {"file": "1.npy", "tickers": ["A", "B"], "label": "Zeros", "start": "2020-01-02", "market_digest": "x"}


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(os.environ["FINGEN_HOME"]))

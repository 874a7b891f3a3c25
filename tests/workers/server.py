"""A stand-in for the server: submits the runs it is given, keeps a sampler warm, and looks after both for ever."""

import json
import sys
import time
from pathlib import Path

from fingen_core.jobs.queue.queue import Jobs
from fingen_core.jobs.warm.sampler import Sampler
from fingen_core.runs import RunStore
from fingen_core.scenarios.requests import SampleRequest

if __name__ == "__main__":
    run_ids = sys.argv[1:]
    store = RunStore()
    jobs = Jobs(store, command=(sys.executable, "-m", "tests.workers.trainer"))
    for run_id in run_ids:
        jobs.submit(run_id)
    sampler = Sampler(command=(sys.executable, "-m", "tests.workers.sampler"))
    sampler.sample(SampleRequest(source="pretrained", n_paths=1, n_steps=1))
    facts = {"sampler": sampler.info()["pid"]}
    ready = Path(store.home) / "server.part"
    ready.write_text(json.dumps(facts))
    ready.rename(store.home / "server.json")
    while True:
        jobs.reconcile()
        time.sleep(0.02)

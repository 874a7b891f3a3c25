"""The real process of a sweep, whose trainings are scored by a formula."""

import sys

from fingen_core.jobs.queue import sweep_worker
from fingen_core.jobs.queue.queue import Jobs
from fingen_core.runs import RunStore

if __name__ == "__main__":
    sweep_worker._POLL = 0.01
    jobs = Jobs(RunStore(), command=(sys.executable, "-m", "tests.workers.scorer"))
    sys.exit(sweep_worker.main(sys.argv[1:], jobs))

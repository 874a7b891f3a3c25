"""The real process of a sweep, whose trainings are scored by a formula."""

import sys

from fingen_core.jobs import Jobs, sweeper
from fingen_core.runs import RunStore

if __name__ == "__main__":
    sweeper._POLL = 0.01
    jobs = Jobs(RunStore(), command=(sys.executable, "-m", "tests.workers.scorer"))
    sys.exit(sweeper.main(sys.argv[1:], jobs))

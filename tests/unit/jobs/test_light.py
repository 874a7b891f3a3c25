"""Whether the work of a folder still goes on: by its process, and not by what the clock says."""

import os

import psutil

from fingen_core.jobs.background import task
from fingen_core.jobs.background.task import Progress


def test_work_goes_on_when_the_clock_is_set_and_is_lost_when_its_process_is_another(tmp_path):
    begun = psutil.Process().create_time()
    now = Progress(status="running", pid=os.getpid(), pid_started=begun + 1.0)
    task.tell(tmp_path, now)
    assert task.progress(tmp_path, "training") == now
    task.tell(tmp_path, Progress(status="running", pid=os.getpid(), pid_started=begun - 3600))
    assert task.progress(tmp_path, "training").status == "lost"

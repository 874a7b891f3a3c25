"""Threads that use arrays of many sizes, free nearly all, and say how many megabytes the process has grown by."""

import sys
import threading

import numpy as np
import psutil

from fingen_core.ui import memory

KEPT: list[list[np.ndarray]] = []


def visit() -> None:
    for megabytes in (1, 4, 12, 24):
        large = np.ones(megabytes * 2**17)
        small = [np.ones(100) for _ in range(20_000)]
        KEPT.append(small[::500])
        del large, small


if __name__ == "__main__":
    if sys.argv[1] == "slim":
        memory.keep_slim()
    before = psutil.Process().memory_info().rss
    for _ in range(6):
        threads = [threading.Thread(target=visit) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print((psutil.Process().memory_info().rss - before) / 2**20)

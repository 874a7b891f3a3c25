"""How the page process treats memory that it no longer needs."""

import ctypes
import sys

__all__ = ["keep_slim"]

# Parameters of mallopt(3) by their numbers in glibc's malloc.h, and what they are set to.
_PARAMETERS = {
    -8: 1,  # M_ARENA_MAX
    -3: 256 * 1024,  # M_MMAP_THRESHOLD
    -1: 256 * 1024,  # M_TRIM_THRESHOLD
}


def keep_slim() -> None:
    """Have glibc give freed memory back to the system; changes nothing where the C library is another one.

    Each run of a page has a thread of its own. By default glibc keeps a heap for each thread, and once an array of up
    to 32 MB was freed, the next of its size comes from a heap too and leaves a hole there. The threads take turns at
    the interpreter anyhow, so one heap costs them nothing. Processes that are started from this one begin anew.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in _PARAMETERS.items():
            mallopt(parameter, value)

"""Loops over blocks of an image, on one thread or several, with the same result to the last bit.

What a thread works on is fixed by the image, or does not show in the result: sums are taken by
plane or block and added in that order.
"""

import contextlib
import os
import types

import numba

from castline.base.errors import InputError


class Threaded:
    """A function over ``numba.prange``, compiled for one thread and, once asked for, for several.

    The number of threads is the first argument of the call. With one, no other thread is started.
    """

    def __init__(self, function):
        self.__doc__ = function.__doc__
        # Numba keeps compiled functions by name.
        twin = types.FunctionType(function.__code__, function.__globals__)
        twin.__qualname__ = f"{function.__qualname__}_threaded"
        twin.__module__ = function.__module__
        self.alone = numba.njit(cache=True)(function)
        self.together = numba.njit(cache=True, parallel=True)(twin)

    def __call__(self, threads, *arguments):
        return (self.alone if threads == 1 else self.together)(*arguments)


def available() -> int:
    """Threads that this process may use at most: its cores, or ``NUMBA_NUM_THREADS``."""
    return min(len(os.sched_getaffinity(0)), numba.config.NUMBA_NUM_THREADS)


@contextlib.contextmanager
def using(threads: int):
    """Let threaded functions use so many threads inside the block.

    The threads are OpenMP's where the machine has it: GNU's ends a process that was forked from one
    which has used them, as soon as it wants some of its own (`multiprocessing` with "spawn" is
    safe). Numba's own work queue, otherwise, serves one caller at a time. ``NUMBA_THREADING_LAYER``
    names another layer.

    Raises
    ------
    InputError
        If it is no whole number from 1 to `available`.
    """
    if isinstance(threads, bool) or threads != int(threads) or not 1 <= threads <= available():
        raise InputError(f"threads must be 1 to {available()} on this machine, got {threads}")
    if threads == 1:
        yield
        return
    if numba.config.THREADING_LAYER == "default":
        # OpenMP starts a loop in 1.5 us, Numba's work queue in 70. Its threads wait busily, which
        # on a machine with other work costs more than the work itself unless they soon give up.
        os.environ.setdefault("GOMP_SPINCOUNT", "20000")
        numba.config.THREADING_LAYER_PRIORITY = ["omp", "workqueue", "tbb"]
    before = numba.get_num_threads()
    numba.set_num_threads(int(threads))
    try:
        yield
    finally:
        numba.set_num_threads(before)

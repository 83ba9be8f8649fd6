"""One thread that makes long calls for the main thread, so that Ctrl-C is heard while C computes.

Python runs its signal handlers in the main thread between bytecodes: never while that thread is inside a C function.
So a long call of the main thread is handed to this thread, and the main thread waits where a signal can reach it.
"""

from __future__ import annotations

import os
import queue
import threading


class _Job:
    __slots__ = ("function", "arguments", "done", "result", "error", "over")

    def __init__(self, function, arguments):
        self.function, self.arguments = function, arguments
        self.done = threading.Lock()
        self.done.acquire()
        self.result = self.error = None
        self.over = False


class _Hand:
    def __init__(self):
        self.forget()

    def forget(self):
        """In a forked child the thread is gone: begin again."""
        self.jobs: queue.SimpleQueue = queue.SimpleQueue()
        self.thread: threading.Thread | None = None

    def _work(self, jobs):
        while True:
            job = jobs.get()
            try:
                job.result = job.function(*job.arguments)
            except BaseException as error:  # a wrong argument: ctypes' words belong to the caller
                job.error = error
            job.over = True
            job.done.release()
            del job

    def run(self, function, arguments, cancel):
        """Call function(*arguments) there; on Ctrl-C call cancel(), wait for the end, and let the exception go on."""
        if self.thread is None:
            self.thread = threading.Thread(target=self._work, args=(self.jobs,), name="loligo", daemon=True)
            self.thread.start()
        job = _Job(function, arguments)
        stopped = None
        try:
            self.jobs.put(job)
            job.done.acquire()
        except BaseException as error:  # KeyboardInterrupt, or what another handler raises
            stopped = error
            cancel()
            while not job.over:
                try:
                    job.done.acquire(timeout=0.05)
                except BaseException:  # it is stopping already
                    continue
        if stopped is not None:
            raise stopped
        if job.error is not None:
            raise job.error
        return job.result


hand = _Hand()
os.register_at_fork(after_in_child=hand.forget)


def is_main() -> bool:
    """Whether this is the thread that hears signals."""
    return threading.current_thread() is threading.main_thread()

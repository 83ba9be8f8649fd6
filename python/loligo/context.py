"""The context of a caller: threads, progress, log, cancelling.

A function that is given none takes ``loligo.context()``, one per Python thread. A context serves one call at a time;
threads that share one wait for each other, threads with their own run side by side, since the interpreter's lock is
let go during every call.
"""

from __future__ import annotations

import ctypes
import threading
import weakref
from typing import Callable

from . import _library as L
from ._hand import hand, is_main
from .errors import LoligoError, Status, error_of

LogFn = ctypes.CFUNCTYPE(None, L.POINTER, L.INT, L.TEXT)
ProgressFn = ctypes.CFUNCTYPE(None, L.POINTER, L.TEXT, L.SIZE, L.SIZE)

_create = L.declare("lg_ctx_create", L.STATUS, L.POINTER)
_destroy = L.declare("lg_ctx_destroy", None, L.POINTER)
_message = L.declare("lg_ctx_message", L.TEXT, L.POINTER)
_where = L.declare("lg_ctx_where", L.TEXT, L.POINTER)
_clear = L.declare("lg_ctx_clear", None, L.POINTER)
_set_log = L.declare("lg_ctx_set_log", None, L.POINTER, LogFn, L.POINTER)
_set_progress = L.declare("lg_ctx_set_progress", None, L.POINTER, ProgressFn, L.POINTER)
_set_cancel_flag = L.declare("lg_ctx_set_cancel_flag", None, L.POINTER, L.POINTER)
_set_threads = L.declare("lg_ctx_set_threads", L.STATUS, L.POINTER, L.UINT)
_threads = L.declare("lg_ctx_threads", L.UINT, L.POINTER)


class Context:
    """Memory, message, threads and cancelling of one caller.

    Args:
        threads: size of the pool, 1 … 256. Results never depend on it, to the bit.
        progress: called as ``progress(what, done, total)`` from the thread that makes the call. An exception in it
            cancels the call and comes out of it.
        log: called as ``log(level, line)``, level 0 debug, 1 information, 2 warning.
    """

    def __init__(
        self,
        threads: int = 1,
        progress: Callable[[str, int, int], None] | None = None,
        log: Callable[[int, str], None] | None = None,
    ):
        pointer = ctypes.c_void_p()
        status = _create(ctypes.byref(pointer))
        if status:
            raise LoligoError(status, "no context could be made")
        self.pointer = pointer.value
        self._finalizer = weakref.finalize(self, _destroy, self.pointer)
        self._finalizer.atexit = False  # a thread may still compute
        self._flag = ctypes.c_int(0)
        self._lock = threading.Lock()
        self._caller: int | None = None
        self._raised: BaseException | None = None
        self._progress = self._log = None
        _set_cancel_flag(self.pointer, ctypes.addressof(self._flag))
        self.threads = threads
        if progress is not None:
            self.set_progress(progress)
        if log is not None:
            self.set_log(log)

    # ---- settings --------------------------------------------------------------------------------

    @property
    def threads(self) -> int:
        """Number of threads of the pool, the caller's included."""
        return _threads(self.pointer)

    @threads.setter
    def threads(self, n: int) -> None:
        self.call(_set_threads, self.pointer, n)

    def set_progress(self, progress: Callable[[str, int, int], None] | None) -> None:
        """Set the progress callback; None: silent."""

        def relay(_user, what, done, total):
            try:
                progress(L.text(what), done, total)
            except BaseException as error:  # no exception can pass through C
                self._stop(error)

        self._progress = ProgressFn(relay) if progress else ProgressFn()
        _set_progress(self.pointer, self._progress, None)

    def set_log(self, log: Callable[[int, str], None] | None) -> None:
        """Set the log callback; None: silent."""

        def relay(_user, level, line):
            try:
                log(level, L.text(line))
            except BaseException as error:
                self._stop(error)

        self._log = LogFn(relay) if log else LogFn()
        _set_log(self.pointer, self._log, None)

    def _stop(self, error: BaseException) -> None:
        self._raised = self._raised or error
        self._flag.value = 1

    def cancel(self) -> None:
        """Stop the call that runs now, from any thread: it raises ``Cancelled``. A context that rests is not touched."""
        if self._caller is not None:
            self._flag.value = 1

    # ---- calls -----------------------------------------------------------------------------------

    def call(self, function, *arguments) -> None:
        """Make a short call that returns a status; raise what it says."""
        self._make(function, arguments, None)

    def run(self, function, *arguments) -> None:
        """Make a call that may take long: Ctrl-C cancels it and raises KeyboardInterrupt."""
        self._make(function, arguments, hand if is_main() else None)

    def make(self, destroy, function, *arguments) -> Handle:
        """Make an object by a call whose last argument is where its pointer goes."""
        out = ctypes.c_void_p()
        try:
            self.run(function, *arguments, ctypes.byref(out))
        except BaseException:
            if out.value:  # it came to its end before it heard of the cancelling
                destroy(self.pointer, out)
            raise
        return Handle(self, out.value, destroy)

    def _make(self, function, arguments, through) -> None:
        me = threading.get_ident()
        if self._caller == me or (self._caller is not None and hand.thread and hand.thread.ident == me):
            raise RuntimeError("this context is in the middle of a call: a callback needs a Context of its own")
        with self._lock:
            self._caller = me
            self._raised = None
            self._flag.value = 0
            try:
                if through is None:
                    status = function(*arguments)
                else:
                    status = through.run(function, arguments, self._cancel_now)
                if self._raised is not None:
                    raise self._raised
                if status:
                    raise error_of(status, L.text(_message(self.pointer)), L.text(_where(self.pointer)))
            finally:
                self._raised = None
                self._caller = None

    def _cancel_now(self) -> None:
        self._flag.value = 1


class Handle:
    """An object of the library that lives as long as somebody looks at it: itself, or a view on its memory."""

    __slots__ = ("context", "pointer", "_finalizer", "__weakref__")

    def __init__(self, context: Context, pointer: int, destroy):
        self.context, self.pointer = context, pointer
        # The context must outlive it: the finalizer holds it.
        self._finalizer = weakref.finalize(self, _end, destroy, context, pointer)
        self._finalizer.atexit = False

    def destroy(self) -> None:
        """Give the memory back now. Views on it must not be used any more; the finalizer does it in good time."""
        self._finalizer()


def _end(destroy, context, pointer) -> None:
    destroy(context.pointer, pointer)


_own = threading.local()


def context() -> Context:
    """The context of this Python thread, made when it is first asked for."""
    try:
        return _own.context
    except AttributeError:
        _own.context = Context()
        return _own.context


def set_threads(n: int) -> None:
    """Threads of this Python thread's context; results never depend on it."""
    context().threads = n


__all__ = ["Context", "Status", "context", "set_threads"]

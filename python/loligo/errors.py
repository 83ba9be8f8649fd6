"""What goes wrong, as an exception with the library's own line."""

from __future__ import annotations

import enum

from . import _library as L

_name = L.declare("lg_status_name", L.TEXT, L.STATUS)
_sentence = L.declare("lg_status_sentence", L.TEXT, L.STATUS)


class Status(enum.IntEnum):
    """The library's status codes (``loligo/status.h``); numbers never change."""

    OK = 0
    ARGUMENT = 1
    MEMORY = 2
    IO = 3
    FORMAT = 4
    UNSUPPORTED = 5
    NUMERICAL = 6
    RANGE = 7
    CANCELLED = 8
    NOT_FOUND = 9
    LIMIT = 10
    INTERNAL = 11


class LoligoError(Exception):
    """A call of the library failed.

    Attributes:
        code: the status, e.g. ``Status.RANGE``.
        name: its name in C, e.g. ``"LG_ERR_RANGE"``.
        message: one line: what was wrong, the value, the allowed range.
        where: the place in the library's source, for bug reports ("" when unknown).
    """

    def __init__(self, code: int, message: str, where: str = ""):
        self.code = Status(code)
        self.name = L.text(_name(code))
        self.message = message or L.text(_sentence(code))
        self.where = where
        super().__init__(f"{self.name}: {self.message}")

    def __reduce__(self):
        return LoligoError, (int(self.code), self.message, self.where)


class Cancelled(LoligoError):
    """A call was stopped by ``Context.cancel()``."""

    def __reduce__(self):
        return Cancelled, (int(self.code), self.message, self.where)


def error_of(code: int, message: str, where: str) -> LoligoError:
    """The exception for a status."""
    return (Cancelled if code == Status.CANCELLED else LoligoError)(code, message, where)

"""Results of the library: named arrays as views, named texts."""

from __future__ import annotations

import ctypes
import json

import numpy as np

from . import _library as L
from . import _memory as M
from ._structs import lg_array

_P = L.POINTER
_n_arrays = L.declare("lg_result_n_arrays", L.SIZE, _P)
_array_at = L.declare("lg_result_array_at", ctypes.POINTER(lg_array), _P, L.SIZE)
_n_texts = L.declare("lg_result_n_texts", L.SIZE, _P)
_text_name = L.declare("lg_result_text_name", L.TEXT, _P, L.SIZE)
_text = L.declare("lg_result_text", L.TEXT, _P, L.TEXT)
destroy = L.declare("lg_result_destroy", None, _P, _P)

TYPES = (np.float64, np.float32, np.uint32, np.int32, np.bool_, np.uint16)


class Result:
    """What a computation gave.

    Attributes:
        arrays: by name; read-only views on the library's memory, which live as long as anybody holds one.
        data: the text "json" as Python has it.
        texts: further texts by name (figures).
    """

    def __init__(self, handle):
        self._handle = handle
        self.arrays: dict[str, np.ndarray] = {}
        for k in range(_n_arrays(handle.pointer)):
            a = _array_at(handle.pointer, k).contents
            shape = tuple(a.shape[: a.n_dims])
            self.arrays[L.text(a.name)] = M.view(a.data, shape, handle, TYPES[a.type])
        self.texts = {}
        for k in range(_n_texts(handle.pointer)):
            name = _text_name(handle.pointer, k)
            self.texts[L.text(name)] = L.text(_text(handle.pointer, name))
        self.data = json.loads(self.texts["json"]) if "json" in self.texts else {}

    def __getitem__(self, name: str) -> np.ndarray:
        try:
            return self.arrays[name]
        except KeyError:
            raise KeyError(f"there is no array {name!r}; there are {', '.join(self.arrays)}") from None

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in self.arrays.items())
        return f"<loligo.{type(self).__name__}: {shapes}>"


def make(ctx, function, *arguments, kind=Result) -> Result:
    """Make a result by a call whose last argument is where it goes."""
    return kind(ctx.make(destroy, function, ctx.pointer, *arguments))


def words(names) -> ctypes.Array | None:
    """An array of texts for C; None for none."""
    names = list(names)
    return (ctypes.c_char_p * len(names))(*map(L.encode, names)) if names else None

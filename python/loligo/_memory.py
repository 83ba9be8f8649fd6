"""Arrays over C memory and C pointers to arrays, without copies."""

from __future__ import annotations

import ctypes

import numpy as np


class _Owner:
    """What NumPy keeps as the base of a view: the description of the memory, and who holds it."""

    __slots__ = ("__array_interface__", "holder")

    def __init__(self, address, shape, dtype, writable, holder):
        self.holder = holder
        self.__array_interface__ = {
            "version": 3,
            "shape": shape,
            "typestr": dtype.str,
            "data": (address, not writable),
        }


def view(address: int | None, shape: tuple[int, ...], holder, dtype=np.float64, writable: bool = False) -> np.ndarray:
    """An array over memory that `holder` owns; the holder lives as long as the array or any slice of it.

    No memory (NULL, or a size of 0) gives an empty array of that shape with its own memory.
    """
    dtype = np.dtype(dtype)
    if not address or 0 in shape:
        if not address and 0 not in shape:
            raise ValueError("there is no such array")
        return np.empty(shape, dtype)
    array = np.asarray(_Owner(address, tuple(int(n) for n in shape), dtype, writable, holder))
    return array.view(dtype) if dtype.names else array


def address(pointer) -> int | None:
    """Address of a ctypes pointer field, None for NULL."""
    return ctypes.cast(pointer, ctypes.c_void_p).value


def numbers(value, name: str, shape: tuple[int | None, ...], dtype=np.float64) -> np.ndarray:
    """An input as a contiguous array: the very one where it is one already.

    Lists and numbers are turned into an array, since they have to be. An array of another type or with gaps is refused
    rather than copied behind the caller's back.
    """
    dtype = np.dtype(dtype)
    if isinstance(value, np.ndarray):
        if value.dtype != dtype or not value.flags.c_contiguous or not value.dtype.isnative:
            what = f"{value.dtype}" if value.dtype != dtype else "not C-contiguous"
            raise TypeError(
                f"{name}: a C-contiguous array of {dtype.name} is wanted, this one is {what}; "
                f"np.ascontiguousarray({name}, np.{dtype.name}) makes a copy that is"
            )
        array = value
    else:
        array = np.ascontiguousarray(value, dtype)
    if len(array.shape) != len(shape) or any(s is not None and s != a for s, a in zip(shape, array.shape)):
        wanted = "(" + ", ".join("n" if s is None else str(s) for s in shape) + ("," if len(shape) == 1 else "") + ")"
        raise ValueError(f"{name}: shape {array.shape}; {wanted} is wanted")
    return array


def pointer(array: np.ndarray | None, kind=ctypes.c_double):
    """A ctypes pointer to an array's memory (NULL for None). The array must outlive the call."""
    if array is None:
        return ctypes.POINTER(kind)()
    return ctypes.cast(array.ctypes.data, ctypes.POINTER(kind))

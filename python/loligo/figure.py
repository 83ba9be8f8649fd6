"""Small figures as SVG, drawn by the library: the same grammar as its reports. They show themselves in notebooks."""

from __future__ import annotations

import ctypes
import itertools
from typing import Sequence

import numpy as np

from . import _library as L
from . import _memory as M
from . import _result as R
from ._structs import lg_figure_line, lg_figure_options, options
from .context import Context, context

_P = L.POINTER
_lines = L.declare("lg_figure_lines", L.STATUS, _P, _P, L.SIZE, _P, _P)
_recording = L.declare("lg_figure_recording", L.STATUS, _P, _P, L.INT, _P, _P)

_number = itertools.count()


class Figure:
    """An SVG element; ``save()`` writes it as a file."""

    def __init__(self, svg: str):
        self.svg = svg

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return self.svg

    def save(self, path) -> None:
        """Write the SVG."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.svg)


def _options(title: str, x_label: str | None, y_label: str | None, width: float, height: float) -> lg_figure_options:
    return options(
        lg_figure_options,
        title=L.encode(title),
        x_label=L.encode(x_label),
        y_label=L.encode(y_label),
        width=width,
        height=height,
        id=b"lg%d" % next(_number),
    )


def lines(
    rows: Sequence,
    x_label: str = "",
    y_label: str = "",
    title: str = "figure",
    width: float = 640,
    height: float = 300,
    *,
    dots: bool = False,
    ctx: Context | None = None,
) -> Figure:
    """Draw lines over each other.

    Args:
        rows: of each line (label, x, y), x an array (n) or (start, step) of even samples, y (n); labels may be None.
        dots: marks instead of lines.
    """
    ctx = ctx or context()
    held, c = [], (lg_figure_line * len(rows))()
    for k, (label, x, y) in enumerate(rows):
        y = np.ascontiguousarray(y, np.float64)  # a picture may copy
        line = c[k]
        if isinstance(x, tuple):
            line.x0, line.dx = x
        else:
            x = np.ascontiguousarray(x, np.float64)
            if x.shape != y.shape:
                raise ValueError(f"line {k}: x {x.shape} and y {y.shape} differ in length")
            line.x = M.pointer(x)
        line.label, line.n, line.y, line.dots = L.encode(label), y.size, M.pointer(y), int(dots)
        held.append((x, y))
    o = _options(title, x_label or None, y_label or None, width, height)
    return Figure(R.make(ctx, _lines, ctypes.byref(c), len(c), ctypes.byref(o)).texts["svg"])


def recording(rec, sweep: int = -1, width: float = 720, height: float = 380, *, ctx: Context | None = None) -> Figure:
    """Draw the sweeps of a recording over each other, the current below. sweep: number of the only one; -1: all."""
    ctx = ctx or context()
    o = _options(f"Sweeps of {rec.source}", None, None, width, height)
    return Figure(R.make(ctx, _recording, rec._handle.pointer, sweep, ctypes.byref(o)).texts["svg"])

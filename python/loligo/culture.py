"""Monolayers of cells: who is coupled to whom, and what each cell does by itself. Units: px, frames; k per frame."""

from __future__ import annotations

import ctypes
import math
import os

import numpy as np

from . import _data
from . import _library as L
from . import _memory as M
from . import _result as R
from ._structs import lg_culture_options, lg_movie_options, options
from .context import Context, context

_P = L.POINTER
_graph_read = L.declare("lg_culture_graph_read", L.STATUS, _P, L.TEXT, L.TEXT, _P)
_graph_make = L.declare("lg_culture_graph_make", L.STATUS, _P, L.SIZE, _P, _P, L.SIZE, _P, _P, _P, _P)
_graph_destroy = L.declare("lg_culture_graph_destroy", None, _P, _P)
_graph_arrays = L.declare("lg_culture_graph_arrays", L.STATUS, _P, _P, _P)
_traces_read = L.declare("lg_culture_traces_read", L.STATUS, _P, L.TEXT, _P, _P)
_movie = L.declare("lg_culture_read_movie", L.STATUS, _P, L.TEXT, _P, _P)
_find = L.declare("lg_culture_find_coupling", L.STATUS, _P, _P, _P, L.SIZE, _P, _P)
_make = L.declare("lg_culture_make", L.STATUS, _P, ctypes.c_uint64, L.SIZE, L.SIZE, L.DOUBLE, L.DOUBLE, _P)


class Graph:
    """Cells and their shared borders.

    Attributes:
        id: (n) labels; area_px: (n); is_border: (n) cells without an equation, whose traces are given.
        pairs: (edges, 2) indices of cells; u_px, l_px: (edges) distance of the centroids, length of the border.
    """

    def __init__(self, handle):
        self._handle = handle
        ctx = context()
        arrays = R.make(ctx, _graph_arrays, handle.pointer).arrays
        self.id, self.area_px, self.is_border = arrays["id"], arrays["area_px"], arrays["is_border"]
        self.pairs, self.u_px, self.l_px = arrays["pairs"], arrays["u_px"], arrays["l_px"]

    @classmethod
    def read(cls, cells: str | os.PathLike, edges: str | os.PathLike, *, ctx: Context | None = None) -> Graph:
        """Read cells.csv (id, area_px, is_border) and edges.csv (i, j, u_centroid_dist_px, l_crack_px)."""
        ctx = ctx or context()
        return cls(ctx.make(_graph_destroy, _graph_read, ctx.pointer, L.encode(cells), L.encode(edges)))

    @classmethod
    def of(cls, area_px, is_border, pairs, u_px, l_px, *, ctx: Context | None = None) -> Graph:
        """A graph of arrays: area_px (n), is_border (n) bool, pairs (edges, 2) uint32, u_px and l_px (edges)."""
        ctx = ctx or context()
        area = M.numbers(area_px, "area_px", (None,))
        border = M.numbers(is_border, "is_border", area.shape, np.bool_)
        pairs = M.numbers(pairs, "pairs", (None, 2), np.uint32)
        u = M.numbers(u_px, "u_px", (len(pairs),))
        length = M.numbers(l_px, "l_px", (len(pairs),))
        return cls(
            ctx.make(
                _graph_destroy,
                _graph_make,
                ctx.pointer,
                area.size,
                area.ctypes.data,
                border.ctypes.data,
                len(pairs),
                pairs.ctypes.data,
                u.ctypes.data,
                length.ctypes.data,
            )
        )

    def __len__(self) -> int:
        return len(self.id)

    def __repr__(self) -> str:
        return f"<loligo.culture.Graph {len(self.id)} cells, {len(self.pairs)} borders>"

    def read_traces(self, path: str | os.PathLike, *, ctx: Context | None = None) -> np.ndarray:
        """Read traces (columns c1, c2, …): (n_times, cells), in the order of this graph."""
        ctx = ctx or context()
        return R.make(ctx, _traces_read, L.encode(path), self._handle.pointer)["y"]


class Movie(R.Result):
    """A movie with its cells. ``data``: frame_s, pixel_um, dark, warning. Arrays: "counts" (frames, height, width) uint16
    after the median against hot pixels, "masks" (height, width) labels, "y" (frames, cells) normalised log-brightness,
    and those of a graph."""

    def graph(self) -> Graph:
        """Its cells and borders; a cell's index is its column in "y"."""
        return Graph.of(self["area_px"], self["is_border"], self["pairs"], self["u_px"], self["l_px"])

    def identify(self, **how) -> Coupling:
        """``identify(self.graph(), self["y"], **how)``."""
        return identify(self.graph(), self["y"], **how)

    def _repr_html_(self) -> str:
        from ._html import table

        frames, height, width = self["counts"].shape
        rows = [("frames", frames), ("pixels", f"{height} x {width}"), ("cells", len(self["area_px"]))]
        rows += [("borders", len(self["pairs"])), *self.data.items()]
        return table(("movie", ""), rows)


def read_movie(
    path: str | os.PathLike,
    segment: str = "unet",
    masks: str | os.PathLike | None = None,
    network: str | os.PathLike | None = None,
    align: bool = False,
    median: bool = False,
    dark: float = math.nan,
    least_area_px: float = 500.0,
    least_border_px: float = 5.0,
    *,
    ctx: Context | None = None,
) -> Movie:
    """A calcium movie (TIFF) to cells, graph and traces: the stages of ``loligo culture run`` before the coupling.

    Args:
        segment: how cells are found: "unet" (a flow network) or "watershed".
        masks: label image of the cells, in place of looking for them.
        network: another flow network than the one that ships.
        align: bring frames that drift back to the first before all else.
        median: the median of a cell's pixels instead of their mean.
        dark: dark level of the camera, counts; NAN: the 0.5 percentile of the movie.
    """
    ctx = ctx or context()
    if segment not in ("unet", "watershed"):
        raise ValueError(f"segment {segment!r}; there are unet, watershed")
    if segment == "unet" and network is None and masks is None:
        network = _data.find("models/culture-unet.safetensors")
    o = options(
        lg_movie_options,
        network=L.encode(network) if segment == "unet" else None,
        masks=L.encode(masks),
        align=int(align),
        median=int(median),
        dark=dark,
        least_area_px=least_area_px,
        least_border_px=least_border_px,
    )
    return R.make(ctx, _movie, L.encode(path), ctypes.byref(o), kind=Movie)


class Coupling(R.Result):
    """What was found. ``data`` are the members of summary.json (k_per_frame, k_ci95, law, identifiable, warnings …). Arrays, G cells with
    an equation: "inner" (G) indices; "gamma", "gamma_low", "gamma_high" (G) per frame; "input", "run" (G, n_times);
    "event_cell", "event_frame", "event_amplitude"; "profile_k", "profile"; "replicates"."""

    def figure(self):
        """Squares that are left, over k."""
        from .figure import lines

        return lines([(None, self["profile_k"], self["profile"])], "k (1/frame)", "squares left", "Profile of the coupling")

    def _repr_html_(self) -> str:
        from ._html import table

        rows = [(key, value) for key, value in self.data.items() if isinstance(value, (int, float, str, bool))]
        drawn = self.figure().svg if np.isfinite(self["profile"]).any() else ""
        return drawn + table(("coupling", ""), rows)


def identify(
    graph: Graph,
    y: np.ndarray,
    method: str = "soe",
    law: str = "auto",
    replicates: int = 1000,
    block_frames: int = 30,
    seed: int = 0,
    network: str | os.PathLike | None = None,
    *,
    ctx: Context | None = None,
) -> Coupling:
    """Find the coupling and the feeds of a culture's cells from their traces.

    Args:
        y: (n_times, cells), read where it lies.
        method: "soe", "crlsm", "tikhonov", "lsm", "iv", "weak", "shooting", "pinn", "pinn-paper", "amortised".
        law: "auto", "ul/degree", "l/degree", "(l/u)/area", "unit".
        replicates, block_frames: of the bootstrap.
        seed: 0: the default one.
    """
    ctx = ctx or context()
    y = M.numbers(y, "y", (None, len(graph)))
    if network is None and method == "amortised":
        network = _data.find("models/culture-amortised.safetensors")
    o = options(
        lg_culture_options,
        method=L.encode(method),
        law=L.encode(law),
        network=L.encode(network),
        replicates=replicates,
        block_frames=block_frames,
        seed=seed,
    )
    return R.make(ctx, _find, graph._handle.pointer, y.ctypes.data, len(y), ctypes.byref(o), kind=Coupling)


class Made(R.Result):
    """A culture whose truth is known. ``data``: k, law, noise. Arrays: "y" (n_times, cells), "gamma" (cells), "masks"
    (size, size), and those of a graph."""

    def graph(self) -> Graph:
        """Its cells and borders."""
        return Graph.of(self["area_px"], self["is_border"], self["pairs"], self["u_px"], self["l_px"])


def make(
    seed: int = 1, cells: int = 0, frames: int = 0, k: float = 0.0, noise: float = 0.0, *, ctx: Context | None = None
) -> Made:
    """Make a culture whose truth is known; 0: the defaults. k: coupling per frame; noise: of the traces."""
    ctx = ctx or context()
    return R.make(ctx, _make, seed, cells, frames, k, noise, kind=Made)

"""Cells with shape: cable equation, channels, synapses, drugs. The format of a cell: docs/cable.md."""

from __future__ import annotations

import ctypes
import json
import os
from typing import Mapping

import numpy as np

from . import _library as L
from . import _memory as M
from . import _result as R
from . import drug as _drug
from ._structs import lg_cell_options, options
from .context import Context, context

_P = L.POINTER
_load = L.declare("lg_cell_load", L.STATUS, _P, L.TEXT, L.TEXT, _P)
_destroy = L.declare("lg_cell_destroy", None, _P, _P)
_treat = L.declare("lg_cell_treat", L.STATUS, _P, _P, _P, _P, _P, L.SIZE, _P, _P)
_simulate = L.declare("lg_cell_simulate", L.STATUS, _P, _P, _P, _P)


class Cell:
    """A cell with shape, from a file or a dictionary of the same form.

    Args:
        what: path of a cell's JSON; or the dictionary.
        folder: where names in a dictionary start (SWC, MOD files).
    """

    def __init__(self, what: str | os.PathLike | Mapping, folder: str | os.PathLike = ".", *, ctx: Context | None = None):
        ctx = ctx or context()
        path, text = (os.path.join(os.fspath(folder), "cell"), json.dumps(what)) if isinstance(what, Mapping) else (what, None)
        self.name = "cell" if text else os.path.basename(os.fspath(path))
        self._handle = ctx.make(_destroy, _load, ctx.pointer, L.encode(path), L.encode(text))

    def treat(
        self, doses_uM: Mapping[str, float], drugs: _drug.Table | None = None, bath=None, *, ctx: Context | None = None
    ) -> dict:
        """Change this cell as drugs do: channels and receptors by their names; what was touched comes back.

        A cell is treated once: read it again for another dose.
        """
        ctx, drugs = ctx or context(), drugs or _drug.table()
        free = np.array(list(doses_uM.values()), np.float64)
        return R.make(
            ctx,
            _treat,
            self._handle.pointer,
            drugs._handle.pointer,
            R.words(doses_uM),
            free.ctypes.data,
            free.size,
            ctypes.byref(bath) if bath is not None else None,
        ).data

    def simulate(
        self,
        scheme: str = "sdirk2",
        dt_ms: float = 0.0,
        tolerance_mV: float = 0.0,
        max_dx_um: float = 0.0,
        d_lambda: float = 0.0,
        n_per_section: int = 0,
        exact_spikes: bool = False,
        fine_rates: bool = False,
        seed: int = 1,
        frames_ms=None,
        *,
        ctx: Context | None = None,
    ) -> CellRun:
        """Run the cell on its own stimuli to its tstop_ms.

        Args:
            scheme: "sdirk2", "nrn" (NEURON's first-order step), "adaptive" (by tolerance_mV per step).
            dt_ms: 0: 0.025; of adaptive: the largest step.
            max_dx_um, d_lambda, n_per_section: how finely it is cut; one of them at most.
            frames_ms: (F) ascending: when the potential of every node is kept.
        """
        ctx = ctx or context()
        frames = None if frames_ms is None else M.numbers(frames_ms, "frames_ms", (None,))
        o = options(
            lg_cell_options,
            scheme=L.encode(scheme),
            dt_ms=dt_ms,
            tolerance_mV=tolerance_mV,
            max_dx_um=max_dx_um,
            d_lambda=d_lambda,
            n_per_section=n_per_section,
            exact_spikes=int(exact_spikes),
            fine_rates=int(fine_rates),
            seed=seed,
            frames_ms=M.pointer(frames),
            n_frames=0 if frames is None else frames.size,
        )
        return R.make(ctx, _simulate, self._handle.pointer, ctypes.byref(o), kind=CellRun)

    def __repr__(self) -> str:
        return f"<loligo.Cell {self.name}>"


class CellRun(R.Result):
    """A run of a cell. Arrays: "t_ms" (T); every probe by the name of its column (T); "spikes_ms" and "spike_probe"
    (S), upward crossings of 0 mV; of the N nodes "node.parent", "node.section", "node.x", "node.distance_um",
    "node.area_um2"; with frames "frames_ms" (F) and "frames_mV" (F, N)."""

    @property
    def t_ms(self) -> np.ndarray:
        """Times of the samples, ms, (T)."""
        return self["t_ms"]

    @property
    def probes(self) -> list[str]:
        """Names of the probes' columns."""
        return self.data["probes"]

    def spikes(self, probe: str | None = None) -> np.ndarray:
        """Times of the spikes at a probe, ms; without one, at the first."""
        k = self.probes.index(probe) if probe else 0
        return self["spikes_ms"][self["spike_probe"] == k]

    def figure(self):
        """The potentials at the probes."""
        from .figure import lines

        dt = self.data["sample_ms"]
        shown = [name for name in self.probes if name.startswith("v_mV")][:8] or self.probes[:1]
        return lines([(name, (0.0, dt), self[name]) for name in shown], "time (ms)", "mV", "Probes of the cell")

    def _repr_html_(self) -> str:
        from ._html import table

        rows = [(name, int((self["spike_probe"] == k).sum())) for k, name in enumerate(self.probes)]
        return self.figure().svg + table(("probe", "spikes"), rows, caption=f"{self.data['n_nodes']} nodes")


def simulate(what, folder: str | os.PathLike = ".", **how) -> CellRun:
    """Read a cell and run it: ``Cell(what, folder).simulate(**how)``."""
    return Cell(what, folder).simulate(**how)

"""Calcium in a dendrite with its endoplasmic reticulum: waves. The format of a case: docs/calcium.md.

Units of this room: µm, s, µM.
"""

from __future__ import annotations

import ctypes
import json
import os
from typing import Mapping

import numpy as np

from . import _library as L
from . import _result as R
from ._structs import lg_calcium_options, options
from .context import Context, context

_P = L.POINTER
_run = L.declare("lg_calcium_run_case", L.STATUS, _P, L.TEXT, L.TEXT, _P, _P)


class Wave(R.Result):
    """A run of a case. ``data``: speed_um_s and the other figures, columns, warnings. Arrays, P probes, S samples,
    N nodes, Q columns: "arrival_up_s", "arrival_down_s", "peak_uM" (P); "sample_s" (S); "samples" (S, P, Q); "totals"
    (S, 3); "snapshot_s" (K); "snapshots" (K, N, Q); "node.x_um", "node.section", "node.parent" (N); with a film
    "film_uM", "film_er_uM", "film_open" (places, times), "film_s", "film_um"; with a cable those of ``cable``, each
    name behind "cable."."""

    def __init__(self, handle):
        super().__init__(handle)
        self.arrays["samples"] = self.arrays["samples"][:, : len(self.arrays["peak_uM"])]  # without the run's own two

    @property
    def speed_um_s(self) -> float:
        """Speed between a quarter and three quarters of the first section, µm/s; NAN when no wave ran."""
        speed = self.data["speed_um_s"]
        return float("nan") if speed is None else speed

    def series(self, column: str = "c_uM") -> np.ndarray:
        """One quantity at every probe over time, (S, P)."""
        return self["samples"][:, :, self.data["columns"].index(column)]

    @property
    def cable(self) -> dict[str, np.ndarray]:
        """The cable's part of a case with the key "cable": "t_ms" (T), every probe of the cell by its column (T),
        "spikes_ms" and "spike_probe", upward crossings of 0 mV; empty without a cable."""
        return {name[6:]: array for name, array in self.arrays.items() if name.startswith("cable.")}

    def figure(self):
        """The cytosol's calcium at the probes over time."""
        from .figure import lines

        t, c = self["sample_s"], self.series()
        step = max(1, c.shape[1] // 6)
        rows = [(f"probe {k}", (0.0, float(t[1] - t[0])), c[:, k]) for k in range(0, c.shape[1], step)]
        return lines(rows, "time (s)", "calcium (µM)", "Calcium at the probes")

    def _repr_html_(self) -> str:
        from ._html import table

        rows = [(key, value) for key, value in self.data.items() if isinstance(value, (int, float)) or value is None]
        rows += [("warning", words) for words in self.data["warnings"]]
        drawn = self.figure().svg if self["samples"].size and len(self["sample_s"]) > 1 else ""
        return drawn + table(("figure", ""), rows)


def simulate(
    case: str | os.PathLike | Mapping,
    folder: str | os.PathLike = ".",
    scheme: str = "imex2",
    gate: str | os.PathLike = "kl",
    dt_s: float = 0.0,
    max_dx_um: float = 0.0,
    sample_s: float = 0.0,
    tolerance: float = 0.0,
    space_order: int = 2,
    film: tuple[int, int] | None = None,
    *,
    ctx: Context | None = None,
) -> Wave:
    """Run a case.

    Args:
        case: path of a case's JSON, or a dictionary of the same form.
        folder: where names in a dictionary start.
        scheme: "imex2", "imex1", "rodas4".
        gate: of the ryanodine receptor: "kl", "closure", "rise", or the file of a network.
        dt_s, max_dx_um, sample_s: 0: 2.5e-6, 0.05, 5e-4.
        tolerance: speeds and arrivals may be off by this part through the step; 0: the step stands.
        film: (places, times) of a film along the dendrite; None: none.
    """
    ctx = ctx or context()
    path, text = (os.path.join(os.fspath(folder), "case"), json.dumps(case)) if isinstance(case, Mapping) else (case, None)
    o = options(
        lg_calcium_options,
        scheme=L.encode(scheme),
        gate=L.encode(gate),
        dt_s=dt_s,
        max_dx_um=max_dx_um,
        sample_s=sample_s,
        tolerance=tolerance,
        space_order=space_order,
        film_places=film[0] if film else 0,
        film_times=film[1] if film else 0,
    )
    return R.make(ctx, _run, L.encode(path), L.encode(text), ctypes.byref(o), kind=Wave)

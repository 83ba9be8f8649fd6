"""What strain does to the cytoskeleton of an axon: the mechanics, and the networks that predict them.

Strains are fractions, losses percent.
"""

from __future__ import annotations

import ctypes
import os
from typing import Mapping

import numpy as np

from . import _data
from . import _library as L
from . import _memory as M
from . import _result as R
from ._structs import lg_axon_options, options
from .context import Context, context

_P = L.POINTER
_read = L.declare("lg_axon_strain_read", L.STATUS, _P, L.TEXT, _P)
_simulate = L.declare("lg_axon_strain_simulate", L.STATUS, _P, _P, L.SIZE, L.SIZE, L.DOUBLE, _P, _P)
_predict = L.declare("lg_axon_strain_predict", L.STATUS, _P, L.TEXT, _P, L.SIZE, L.SIZE, L.DOUBLE, L.INT, _P)

OUTPUTS = ("mt", "axl", "tau_pct", "nf_pct", "side_pct", "mt_broken_pct")
TRACES = ("eps", "mt_max_now", "axl_max_now", "tau_lost_frac", "nf_lost_frac", "reaction_x0_pN", "max_excess_compress")


class Strain(R.Result):
    """Strain profiles: ``strain`` (n, n_times), ``dt_s``, ``names``."""

    @property
    def strain(self) -> np.ndarray:
        """(n, n_times), fractions."""
        return self["strain"]

    @property
    def dt_s(self) -> float:
        """Time between samples, s."""
        return self.data["dt_s"]

    @property
    def names(self) -> list[str]:
        """Names of the profiles."""
        return self.data["names"]


class Outcome(R.Result):
    """What the mechanics say. Arrays: "out" (n, 6) in the order of ``OUTPUTS``, NAN where a profile failed; "failed"
    (n); with trace "trace" (n, n_times, 7) in the order of ``TRACES``. A name of OUTPUTS gives its column (n)."""

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays["out"][:, OUTPUTS.index(name)] if name in OUTPUTS else super().__getitem__(name)

    def _repr_html_(self) -> str:
        from ._html import table

        rows = [(k, *row) for k, row in enumerate(self.arrays["out"][:20].tolist())]
        return table(("profile", *OUTPUTS), rows, caption=f"{len(self.arrays['out'])} profiles")


class Prediction(R.Result):
    """What the networks say. Arrays: "mean", "sd" (n, 4) of the first four of ``OUTPUTS``; "nearest" (n); "in_range",
    "direct" (simulated), "failed" (n)."""

    def _repr_html_(self) -> str:
        from ._html import table

        rows = [
            (k, *(f"{m:.4g} ± {s:.2g}" for m, s in zip(mean, sd)), "mechanics" if direct else "networks")
            for k, (mean, sd, direct) in enumerate(zip(self["mean"][:20], self["sd"][:20], self["direct"][:20]))
        ]
        return table(("profile", *OUTPUTS[:4], "by"), rows, caption=f"{len(self['mean'])} profiles")


def read(path: str | os.PathLike, *, ctx: Context | None = None) -> Strain:
    """Read strain profiles: CSV, .npy, .npz or HDF5 (docs/axon-profiles.md)."""
    ctx = ctx or context()
    return R.make(ctx, _read, L.encode(path), kind=Strain)


def _rows(strain, dt_s):
    if isinstance(strain, Strain):
        return strain.strain, strain.dt_s
    if dt_s is None:
        raise TypeError("dt_s is missing: the time between samples, s")
    return M.numbers(strain, "strain", (None, None)), dt_s


def simulate(
    strain: np.ndarray | Strain,
    dt_s: float | None = None,
    preset: str = "male",
    constants: Mapping[str, float] | None = None,
    exact: bool = False,
    second_order: bool = False,
    most_strain_step: float = 0.0,
    trace: bool = False,
    *,
    ctx: Context | None = None,
) -> Outcome:
    """Simulate strain profiles on one axon.

    Args:
        strain: (n, n_times) fractions, the first sample of every profile 0.
        dt_s: time between samples, s.
        preset: "male" or "female".
        constants: those that are not the preset's, by name ("rows", "seed", "EA" …).
        exact: doubles with Newton to 1e-9 nm; otherwise vectors of floats.
        most_strain_step: steps in which the strain moves further are cut; 0: none.
        trace: keep the course of every profile.
    """
    ctx = ctx or context()
    rows, dt = _rows(strain, dt_s)
    values = np.array(list((constants or {}).values()), np.float64)
    o = options(
        lg_axon_options,
        preset=L.encode(preset),
        names=R.words(constants or {}),
        values=M.pointer(values),
        n_constants=values.size,
        exact=int(exact),
        second_order=int(second_order),
        most_strain_step=most_strain_step,
        trace=int(trace),
    )
    return R.make(ctx, _simulate, rows.ctypes.data, rows.shape[0], rows.shape[1], dt, ctypes.byref(o), kind=Outcome)


def predict(
    strain: np.ndarray | Strain,
    dt_s: float | None = None,
    network: str | os.PathLike | None = None,
    fallback: bool = True,
    *,
    ctx: Context | None = None,
) -> Prediction:
    """Predict what the mechanics would say, by the networks that learned it; simulate what is out of their range.

    network: its file; None: that of the male axon. fallback False: keep the networks' word out of their range too.
    """
    ctx = ctx or context()
    rows, dt = _rows(strain, dt_s)
    path = L.encode(network if network is not None else _data.find("models/axon-male.safetensors"))
    return R.make(
        ctx, _predict, path, rows.ctypes.data, rows.shape[0], rows.shape[1], dt, int(not fallback), kind=Prediction
    )

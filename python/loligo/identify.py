"""Find the parameters of an Izhikevich neuron from sweeps, and linear least squares inside bounds."""

from __future__ import annotations

import ctypes
from typing import Sequence

import numpy as np

from . import _library as L
from . import _memory as M
from ._structs import lg_identify_opts, lg_izhikevich_fit, lg_lsq_options, lg_lsq_result, lg_trace, options
from .context import Context, context
from .neuron import Neuron

_P = L.POINTER
_identify = L.declare("lg_izhikevich_identify", L.STATUS, _P, _P, L.SIZE, _P, _P)
_lsq = L.declare("lg_lsq_bounded", L.STATUS, _P, L.SIZE, L.SIZE, _P, _P, _P, _P, _P, _P, _P, _P)

PARAMETERS = ("C", "k", "vr", "vt", "a", "b", "c", "d", "vpeak")
UNITS = ("pF", "nS/mV", "mV", "mV", "1/ms", "nS", "mV", "pA", "mV")
STAGES = ("none", "closed-form", "refined")


class IzhikevichFit:
    """What was found. Vectors are in the order of ``PARAMETERS``; arrays are read-only views.

    Attributes:
        parameters, sd: (9) natural units; ci95: (9, 2).
        closed_form: (9), NAN when there is none.
        covariance_z: (9, 9) of z = (ln C, ln k, vr, vt-vr, ln a, b, c, d, vpeak).
        sigma_mV: noise; chi2_per_sample: 1 for the truth; accepted; stage: "none", "closed-form", "refined".
    """

    def __init__(self, c: lg_izhikevich_fit):
        self._c = c
        for name in ("parameters", "sd", "ci95", "z", "covariance_z", "closed_form"):
            array = np.ctypeslib.as_array(getattr(c, name))
            array.flags.writeable = False
            setattr(self, name, array)
        for name in ("sigma_mV", "chi2_per_sample", "n_spikes", "n_samples", "starts", "iterations"):
            setattr(self, name, getattr(c, name))
        self.accepted, self.stage = bool(c.accepted), STAGES[c.stage]

    def neuron(self) -> Neuron:
        """The neuron that was found."""
        return Neuron("izhikevich", **dict(zip(PARAMETERS, self.parameters.tolist())))

    def _repr_html_(self) -> str:
        from ._html import table

        rows = [
            (name, float(self.parameters[k]), float(self.ci95[k, 0]), float(self.ci95[k, 1]), UNITS[k])
            for k, name in enumerate(PARAMETERS)
        ]
        words = f"{self.stage}, chi² per sample {self.chi2_per_sample:.3g}, {'accepted' if self.accepted else 'not accepted'}"
        return table(("parameter", "value", "low 95 %", "high 95 %", "unit"), rows, caption=words)


def izhikevich(
    traces: Sequence[tuple[np.ndarray, np.ndarray, float]],
    sigma_mV: float | None = None,
    closed_form_only: bool = False,
    max_starts: int = 8,
    max_iterations: int = 60,
    starts: np.ndarray | None = None,
    seed: int = 1,
    *,
    ctx: Context | None = None,
) -> IzhikevichFit:
    """Identify the Izhikevich 2007 neuron behind some sweeps of one cell, with uncertainty.

    Args:
        traces: (v_mV, i_pA, dt_ms) of each sweep, arrays (n) that are read where they lie; i_pA[k] is held over step k.
        sigma_mV: noise; None: estimated.
        starts: (n_starts, 9) of the caller, natural units.
    """
    ctx = ctx or context()
    held, rows = [], (lg_trace * len(traces))()
    for k, (v, i, dt) in enumerate(traces):
        v = M.numbers(v, f"traces[{k}] v_mV", (None,))
        i = M.numbers(i, f"traces[{k}] i_pA", v.shape)
        held.append((v, i))
        rows[k] = lg_trace(M.pointer(v), M.pointer(i), v.size, dt)
    begin = None if starts is None else M.numbers(starts, "starts", (None, len(PARAMETERS)))
    o = options(
        lg_identify_opts,
        sigma_mV=sigma_mV,
        closed_form_only=int(closed_form_only),
        max_starts=max_starts,
        max_iterations=max_iterations,
        starts=M.pointer(begin),
        n_starts=0 if begin is None else len(begin),
        seed=seed,
    )
    fit = lg_izhikevich_fit()
    ctx.run(_identify, ctx.pointer, ctypes.byref(rows), len(rows), ctypes.byref(o), ctypes.byref(fit))
    return IzhikevichFit(fit)


def lsq_bounded(
    a: np.ndarray,
    b: np.ndarray,
    low: np.ndarray | None = None,
    high: np.ndarray | None = None,
    method: str = "trf",
    *,
    ctx: Context | None = None,
) -> tuple[np.ndarray, dict]:
    """Minimise 1/2 |A x - b|² over low <= x <= high: x (n) and a dictionary of what was found.

    a: (m, n) row-major, b: (m), low and high: (n) or None; method: "trf" or "bvls".
    """
    ctx = ctx or context()
    a = M.numbers(a, "a", (None, None))
    m, n = a.shape
    b = M.numbers(b, "b", (m,))
    low = None if low is None else M.numbers(low, "low", (n,))
    high = None if high is None else M.numbers(high, "high", (n,))
    o = options(lg_lsq_options, method=("trf", "bvls").index(method))
    x, active, found = np.empty(n), np.empty(n, np.int8), lg_lsq_result()
    ctx.run(
        _lsq,
        ctx.pointer,
        m,
        n,
        a.ctypes.data,
        b.ctypes.data,
        None if low is None else low.ctypes.data,
        None if high is None else high.ctypes.data,
        ctypes.byref(o),
        x.ctypes.data,
        active.ctypes.data,
        ctypes.byref(found),
    )
    report = {name: getattr(found, name) for name, _ in found._fields_}
    report.update(active=active, converged=bool(found.converged))
    return x, report

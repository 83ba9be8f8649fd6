"""Current-clamp recordings: ABF1, ABF2, NWB 2, Igor .ibw and CSV. Units: mV, pA, ms."""

from __future__ import annotations

import ctypes
import os

import numpy as np

from . import _library as L
from . import _memory as M
from ._structs import lg_recording, lg_sweep
from .context import Context, context

_P = L.POINTER
_create = L.declare("lg_recording_create", L.STATUS, _P, _P)
_destroy = L.declare("lg_recording_destroy", None, _P, _P)
_add_sweep = L.declare("lg_recording_add_sweep", L.STATUS, _P, _P, L.SIZE, L.DOUBLE, L.INT, _P)
_set_text = L.declare("lg_recording_set_text", L.STATUS, _P, _P, L.TEXT)
_find_steps = L.declare("lg_recording_find_steps", L.STATUS, _P, _P)
_check = L.declare("lg_recording_check", L.STATUS, _P, _P)
_read = L.declare("lg_recording_read", L.STATUS, _P, L.TEXT, _P)

ORIGINS = ("none", "measured", "command")


class Sweep:
    """One sweep; sample k is at k * dt_ms. Arrays are read-only views on the library's memory.

    Attributes:
        v_mV: (n) membrane potential, NAN where missing.
        i_pA: (n) injected current, or None.
        current_origin: "measured" (a noisy channel), "command" (rebuilt from the protocol) or "none".
        number: number of the sweep as in the file.
        step: (start, end) of the main step in samples, half-open; None when there is none.
        step_pA, step_hold_pA: its level and the holding current; NAN without a step.
    """

    def __init__(self, c: lg_sweep, handle):
        self.dt_ms, self.t0_ms, self.number = c.dt_ms, c.t0_ms, c.number
        self.current_origin = ORIGINS[c.current_origin]
        self.v_mV = M.view(M.address(c.v_mV), (c.n,), handle)
        self.i_pA = M.view(M.address(c.i_pA), (c.n,), handle) if c.i_pA else None
        self.step = (c.step_on, c.step_off) if c.has_step else None
        self.step_pA = c.step_pA if c.has_step else float("nan")
        self.step_hold_pA = c.step_hold_pA if c.has_step else float("nan")

    @property
    def t_ms(self) -> np.ndarray:
        """Times of the samples from the start of the sweep, ms, (n): made anew at each call."""
        return np.arange(self.v_mV.size) * self.dt_ms

    def __repr__(self) -> str:
        return f"<loligo.Sweep {self.number}: {self.v_mV.size} samples every {self.dt_ms:g} ms, step {self.step_pA:g} pA>"


class Recording:
    """A recording: a sequence of sweeps. Made by ``read()`` or ``from_arrays()``."""

    def __init__(self, handle):
        self._handle = handle
        c = lg_recording.from_address(handle.pointer)
        self._sweeps = [Sweep(c.sweeps[k], handle) for k in range(c.n_sweeps)]
        self.source, self.format = L.text(c.source), L.text(c.format)
        self.pairing, self.protocol = L.text(c.pairing), L.text(c.protocol)
        self.warnings = [L.text(c.warnings[k]) for k in range(c.n_warnings)]
        self.files = [L.text(c.files[k]) for k in range(c.n_files)]

    def __len__(self) -> int:
        return len(self._sweeps)

    def __getitem__(self, k: int) -> Sweep:
        return self._sweeps[k]

    def __iter__(self):
        return iter(self._sweeps)

    def __repr__(self) -> str:
        return f"<loligo.Recording {self.source}: {self.format}, {len(self)} sweeps>"

    def _repr_html_(self) -> str:
        from ._html import table

        rows = []
        for s in self:
            low, high = (np.nanmin(s.v_mV), np.nanmax(s.v_mV)) if s.v_mV.size else (np.nan, np.nan)
            rows.append((s.number, s.v_mV.size * s.dt_ms, s.dt_ms, float(low), float(high), s.step_pA, s.current_origin))
        head = ("sweep", "ms", "dt (ms)", "lowest (mV)", "highest (mV)", "step (pA)", "current")
        return self._small().svg + table(head, rows, caption=f"{self.source} ({self.format})")

    def _small(self):
        """Five sweeps at most, for a notebook."""
        from .figure import lines

        shown = [self[k] for k in sorted({round(k * (len(self) - 1) / 4) for k in range(5)})] if len(self) else []
        rows = [(f"{s.step_pA:g} pA" if s.step else f"sweep {s.number}", (0.0, s.dt_ms), s.v_mV) for s in shown]
        return lines(rows, "time (ms)", "membrane potential (mV)", f"Sweeps of {self.source}", 480, 240)

    def figure(self, sweep: int = -1):
        """The sweeps over each other, the current below; sweep: number of the only one."""
        from .figure import recording

        return recording(self, sweep)


def read(path: str | os.PathLike, *, ctx: Context | None = None) -> Recording:
    """Read a recording; the format is found by content. Foreign binary formats are parsed in a sandboxed child.

    Raises:
        LoligoError: IO cannot be opened; FORMAT damaged or none of the formats; UNSUPPORTED voltage clamp, NWB 1.
    """
    ctx = ctx or context()
    return Recording(ctx.make(_destroy, _read, ctx.pointer, L.encode(path)))


def from_arrays(
    v_mV, i_pA, dt_ms: float, source: str = "arrays", *, check: bool = True, ctx: Context | None = None
) -> Recording:
    """A recording of arrays: one sweep per row. The numbers are copied, once.

    Args:
        v_mV: (n_sweeps, n) or (n) potential; NAN where missing. float64, C-contiguous.
        i_pA: the same shape, current; None: unknown.
        dt_ms: sampling interval.
        check: refuse what cannot be a current-clamp recording in these units, and find the steps, as ``read()`` does.
    """
    ctx = ctx or context()
    v = M.numbers(v_mV, "v_mV", (None,) * max(1, np.ndim(v_mV)))
    i = None if i_pA is None else M.numbers(i_pA, "i_pA", v.shape)
    if v.ndim > 2:
        raise ValueError(f"v_mV: shape {v.shape}; (n) or (n_sweeps, n) is wanted")
    v, i = np.atleast_2d(v), None if i is None else np.atleast_2d(i)
    handle = ctx.make(_destroy, _create, ctx.pointer)
    rec = lg_recording.from_address(handle.pointer)
    for k in range(len(v)):
        out = ctypes.POINTER(lg_sweep)()
        ctx.call(_add_sweep, ctx.pointer, handle.pointer, v.shape[1], dt_ms, i is not None, ctypes.byref(out))
        sweep = out.contents
        sweep.number = k
        ctypes.memmove(sweep.v_mV, v[k].ctypes.data, v[k].nbytes)
        if i is not None:
            ctypes.memmove(sweep.i_pA, i[k].ctypes.data, i[k].nbytes)
            sweep.current_origin = ORIGINS.index("command")
    for field, words in ((lg_recording.source, source), (lg_recording.format, "arrays")):
        ctx.call(_set_text, ctx.pointer, ctypes.addressof(rec) + field.offset, L.encode(words))
    if check:
        ctx.call(_find_steps, ctx.pointer, handle.pointer)
        ctx.call(_check, ctx.pointer, handle.pointer)
    return Recording(handle)

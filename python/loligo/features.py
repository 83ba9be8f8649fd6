"""Spikes of a trace, and the features of a sweep and of a cell. Units: mV, pA, ms, MOhm, pF, Hz; dV/dt in V/s."""

from __future__ import annotations

import ctypes

import numpy as np

from . import _library as L
from . import _memory as M
from ._structs import lg_feature_info, lg_feature_value, lg_features, lg_features_opts, lg_spike, options
from .context import Context, context
from .recording import Recording

_P = L.POINTER
_find = L.declare("lg_spikes_find", L.SIZE, _P, L.SIZE, L.DOUBLE, _P, L.SIZE, _P)
_sweep_table = L.declare("lg_features_sweep_table", ctypes.POINTER(lg_feature_info))
_cell_table = L.declare("lg_features_cell_table", ctypes.POINTER(lg_feature_info))
_sweep_count = L.declare("lg_features_sweep_count", L.SIZE)
_cell_count = L.declare("lg_features_cell_count", L.SIZE)
_create = L.declare("lg_features_create", L.STATUS, _P, _P, _P, _P)
_destroy = L.declare("lg_features_destroy", None, _P, _P)

SPIKE = np.dtype([(name, np.uintp if kind is L.SIZE else np.float64) for name, kind in lg_spike._fields_])
"""One spike as NumPy sees it: samples (i_…), times (…_ms), potentials (…_mV); NAN: not defined for this spike."""

DEFINITIONS = {"standard": 0, "efel": 1, "ipfx": 2}

_VALUE = np.dtype([("value", np.float64), ("reason", np.uintp)])


def _opts(definition: str, **given) -> lg_features_opts:
    try:
        return options(lg_features_opts, definition=DEFINITIONS[definition], **given)
    except KeyError:
        raise ValueError(f"definition {definition!r}; there are {', '.join(DEFINITIONS)}") from None


def find_spikes(v_mV: np.ndarray, dt_ms: float, definition: str = "standard") -> np.ndarray:
    """Find the spikes of a trace (n), mV, and measure them: a structured array (n_spikes) with the fields of ``SPIKE``.

    definition: where a spike begins: "standard" (20 mV/ms), "efel", "ipfx".
    """
    v = M.numbers(v_mV, "v_mV", (None,))
    o = _opts(definition)
    n = _find(v.ctypes.data, v.size, dt_ms, ctypes.byref(o), 0, None)
    spikes = np.empty(n, SPIKE)
    _find(v.ctypes.data, v.size, dt_ms, ctypes.byref(o), n, spikes.ctypes.data)
    return spikes


def _table(rows, n: int) -> list[dict]:
    return [{key: L.text(getattr(rows[k], key)) for key, _ in lg_feature_info._fields_} for k in range(n)]


def sweep_table() -> list[dict]:
    """name, unit, name in eFEL, name in IPFX and one sentence of every feature of a sweep."""
    return _table(_sweep_table(), _sweep_count())


def cell_table() -> list[dict]:
    """The same of every feature of a cell."""
    return _table(_cell_table(), _cell_count())


class Features:
    """Features of a recording. A feature that cannot be measured is NAN and says why (``why()``).

    Attributes:
        sweep_names, cell_names: names with units.
        sweeps: (n_sweeps, n_sweep_features), a read-only view.
        numbers: (n_sweeps) numbers of the sweeps as in the file.
        cell: the features of the cell by name.
    """

    def __init__(self, handle):
        self._handle = handle
        c = lg_features.from_address(handle.pointer)
        self.sweep_names = [row["name"] for row in sweep_table()]
        self.cell_names = [row["name"] for row in cell_table()]
        n = len(self.sweep_names)
        self._sweep_values = M.view(M.address(c.sweeps), (c.n_sweeps, n), handle, _VALUE)
        self._cell_values = M.view(handle.pointer + lg_features.cell.offset, (len(self.cell_names),), handle, _VALUE)
        self.sweeps = self._sweep_values["value"]
        self.numbers = M.view(M.address(c.numbers), (c.n_sweeps,), handle, np.int32)
        self.cell = dict(zip(self.cell_names, self._cell_values["value"].tolist()))

    def __getitem__(self, name: str):
        """A feature of the cell (a number) or of all sweeps (n_sweeps)."""
        if name in self.cell:
            return self.cell[name]
        return self.sweeps[:, self._column(name)]

    def _column(self, name: str) -> int:
        try:
            return self.sweep_names.index(name)
        except ValueError:
            raise KeyError(f"no feature {name!r}; loligo.features.sweep_table() and cell_table() list them") from None

    def why(self, name: str, sweep: int | None = None) -> str:
        """Why a feature is undefined; "" when it is defined. sweep: its index, for features of sweeps."""
        if sweep is None:
            reason = self._cell_values["reason"][self.cell_names.index(name)]
        else:
            reason = self._sweep_values["reason"][sweep, self._column(name)]
        return L.text(ctypes.c_char_p(int(reason)).value) if reason else ""

    def _repr_html_(self) -> str:
        from ._html import table

        rows = [(r["name"], self.cell[r["name"]], r["unit"], r["doc"]) for r in cell_table()]
        return table(("feature", "value", "unit", ""), rows, caption=f"{len(self.numbers)} sweeps")


def measure(
    recording: Recording, definition: str = "standard", all_spikes: bool = False, *, ctx: Context | None = None
) -> Features:
    """Measure every sweep of a recording, then the cell.

    Args:
        definition: where a spike begins: "standard" (20 mV/ms), "efel", "ipfx".
        all_spikes: spikes of the whole sweep, not only of the step.
    """
    ctx = ctx or context()
    o = _opts(definition, all_spikes=int(all_spikes))
    return Features(ctx.make(_destroy, _create, ctx.pointer, recording._handle.pointer, ctypes.byref(o)))

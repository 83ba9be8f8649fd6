"""Many neurons of one model at once: SIMD and threads; results depend on neither. Units: ms, mV, pA (µA/cm² for hh52)."""

from __future__ import annotations

import ctypes
from typing import Sequence

import numpy as np

from . import _library as L
from . import _memory as M
from ._structs import lg_batch_input, lg_batch_options, lg_batch_output, lg_neuron, options
from .context import Context, context
from .neuron import Neuron

_P = L.POINTER
_run = L.declare("lg_batch_run", L.STATUS, _P, _P, _P, _P, _P)
_best = L.declare("lg_batch_best_isa", L.INT)

KINDS = {"izhikevich_euler": 0, "izhikevich_rk4": 1, "hh52_staggered": 2, "tm_rk4": 3, "tm_full": 4}
ISAS = ("best", "plain", "avx2", "avx512")


def best_isa() -> str:
    """The instruction set of the kernels on this machine."""
    return ISAS[_best()]


class Population:
    """Neurons of one model side by side. ``parameters("C")`` is a writable view (n) on one parameter of all.

    Args:
        neuron: the first; every one is a copy of it.
        n: how many.
    """

    def __init__(self, neuron: Neuron, n: int):
        self._c = (lg_neuron * n)()
        self.names, self.model = neuron.names, neuron.model
        one = np.frombuffer(neuron._c, np.uint8)
        np.frombuffer(self._c, np.uint8).reshape(n, one.size)[:] = one

    @classmethod
    def of(cls, neurons: Sequence[Neuron]) -> Population:
        """A population of copies of these neurons."""
        made = cls(neurons[0], len(neurons))
        for k, neuron in enumerate(neurons):
            made._c[k] = neuron._c
        return made

    def __len__(self) -> int:
        return len(self._c)

    def __getitem__(self, k: int) -> Neuron:
        if not -len(self) <= k < len(self):
            raise IndexError(f"neuron {k} of {len(self)}")
        return Neuron._of(lg_neuron.from_buffer_copy(self._c[k]))

    def parameters(self, name: str) -> np.ndarray:
        """One parameter of every neuron, (n): a writable view with a stride."""
        try:
            field = self.names.index(name)
        except ValueError:
            raise KeyError(f"{self.model} has no parameter {name!r}; it has {', '.join(self.names)}") from None
        doubles = np.frombuffer(self._c, np.float64).reshape(len(self), ctypes.sizeof(lg_neuron) // 8)
        return doubles[:, lg_neuron.value.offset // 8 + field]


class Batch:
    """What came out.

    Attributes:
        n_spikes: (n) uint32.
        spikes_ms: (n, max_spikes), or None; NAN behind the last spike of a row.
        v_mV: (n, n_steps // sample_every + 1), or None.
        last_v_mV: (n).
        failed: (n) bool, or None.
    """

    def __init__(self, n_spikes, spikes_ms, v_mV, last_v_mV, failed):
        self.n_spikes, self.spikes_ms, self.v_mV = n_spikes, spikes_ms, v_mV
        self.last_v_mV, self.failed = last_v_mV, failed


def run(
    neurons: Population | Sequence[Neuron],
    waveform: np.ndarray,
    dt_ms: float,
    kind: str = "izhikevich_rk4",
    *,
    scale: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    max_spikes: int = 0,
    sample_every: int = 0,
    out: np.ndarray | None = None,
    isa: str = "best",
    single_precision: bool = False,
    keep_failed: bool = False,
    ctx: Context | None = None,
) -> Batch:
    """Run neurons on a waveform: neuron n receives offset[n] + scale[n] * waveform[k], held over step k.

    Args:
        waveform: (n_steps) pA; float64, contiguous, read where it lies.
        dt_ms: step.
        kind: "izhikevich_euler", "izhikevich_rk4", "hh52_staggered", "tm_rk4", "tm_full".
        scale, offset: (n).
        max_spikes: room per neuron in spikes_ms; later ones are counted only.
        sample_every: a potential after every that many steps; 0: none are kept.
        out: (n, n_steps // sample_every + 1) float64, written in place of a new v_mV.
        keep_failed: "tm_full": a neuron that cannot be run is marked instead of failing the batch.
    """
    ctx = ctx or context()
    if not isinstance(neurons, Population):
        neurons = Population.of(neurons)
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r}; there are {', '.join(KINDS)}")
    if isa not in ISAS:
        raise ValueError(f"isa {isa!r}; there are {', '.join(ISAS)}")
    n = len(neurons)
    wave = M.numbers(waveform, "waveform", (None,))
    scale = None if scale is None else M.numbers(scale, "scale", (n,))
    offset = None if offset is None else M.numbers(offset, "offset", (n,))
    given = lg_batch_input(n, wave.size, dt_ms, M.pointer(wave), M.pointer(scale), M.pointer(offset))
    o = options(lg_batch_options, kind=KINDS[kind], isa=ISAS.index(isa), single_precision=int(single_precision))
    n_spikes, last = np.zeros(n, np.uint32), np.empty(n)
    spikes = np.full((n, max_spikes), np.nan) if max_spikes else None
    v = None
    if sample_every:
        shape = (n, wave.size // sample_every + 1)
        v = np.empty(shape) if out is None else M.numbers(out, "out", shape)
        if out is not None and (v is not out or not v.flags.writeable):
            raise TypeError("out: a writable array of float64 is wanted")
    failed = np.zeros(n, np.bool_) if keep_failed else None
    wanted = lg_batch_output(
        n_spikes=M.pointer(n_spikes, ctypes.c_uint32),
        max_spikes=max_spikes,
        spikes_ms=M.pointer(spikes),
        sample_every=sample_every,
        v_mV=M.pointer(v),
        last_v_mV=M.pointer(last),
        failed=M.pointer(failed, ctypes.c_ubyte),
    )
    ctx.run(_run, ctx.pointer, ctypes.byref(neurons._c), ctypes.byref(given), ctypes.byref(o), ctypes.byref(wanted))
    return Batch(n_spikes, spikes, v, last, failed)

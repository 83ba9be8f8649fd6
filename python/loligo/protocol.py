"""Stimulus protocols: pieces of current over time, and presynaptic spikes.

Units: ms, pA (µA/cm² for models that are given per area), Hz. Segments are half-open [t0, t1); where they overlap their
currents add.
"""

from __future__ import annotations

import ctypes
import os

import numpy as np

from . import _library as L
from . import _memory as M
from ._structs import lg_ou_options, lg_protocol, lg_segment, options
from .context import Context, context

_P = L.POINTER
_create = L.declare("lg_protocol_create", L.STATUS, _P, L.DOUBLE, L.DOUBLE, _P)
_destroy = L.declare("lg_protocol_destroy", None, _P, _P)
_add = L.declare("lg_protocol_add", L.STATUS, _P, _P, _P)
_add_const = L.declare("lg_protocol_add_const", L.STATUS, _P, _P, L.DOUBLE, L.DOUBLE, L.DOUBLE)
_add_ramp = L.declare("lg_protocol_add_ramp", L.STATUS, _P, _P, L.DOUBLE, L.DOUBLE, L.DOUBLE, L.DOUBLE)
_add_ou = L.declare("lg_protocol_add_ou", L.STATUS, _P, _P, _P)
_add_synaptic = L.declare("lg_protocol_add_synaptic", L.STATUS, _P, _P, L.INT, _P, L.SIZE, L.DOUBLE)
_add_poisson = L.declare(
    "lg_protocol_add_poisson",
    L.STATUS,
    _P,
    _P,
    L.INT,
    L.DOUBLE,
    L.DOUBLE,
    L.DOUBLE,
    L.DOUBLE,
    ctypes.c_uint64,
)
_append = L.declare("lg_protocol_append", L.STATUS, _P, _P, _P, L.DOUBLE)
_load = L.declare("lg_protocol_load", L.STATUS, _P, L.TEXT, _P)
_parse = L.declare("lg_protocol_parse", L.STATUS, _P, L.TEXT, L.TEXT, L.SIZE, _P)
_samples = L.declare("lg_protocol_samples", L.SIZE, _P)
_current = L.declare("lg_protocol_current", L.DOUBLE, _P, L.DOUBLE)
_clone1 = L.declare("lg_protocol_clone1", L.STATUS, _P, L.DOUBLE, L.DOUBLE, ctypes.c_uint64, _P)
_step = L.declare("lg_protocol_step", L.STATUS, _P, L.DOUBLE, L.DOUBLE, _P)
_fi = L.declare("lg_protocol_fi", L.STATUS, _P, L.UINT, L.DOUBLE, L.DOUBLE, _P)
_train = L.declare("lg_protocol_train", L.STATUS, _P, L.DOUBLE, L.DOUBLE, L.DOUBLE, _P)

CONST, RAMP, SINE, CHIRP, HOLD, TRAIN = range(6)
RECEPTORS = {"AMPA": 0, "NMDA": 1, "GABA_A": 2}


class Protocol:
    """A stimulus over [0, duration_ms], sampled every sample_ms. The ``add_`` methods return the protocol itself.

    Example:
        >>> Protocol(600, 0.05).add_const(50, 550, 150)
    """

    def __init__(self, duration_ms: float, sample_ms: float = 0.05, *, ctx: Context | None = None):
        self._take((ctx or context()).make(_destroy, _create, (ctx or context()).pointer, duration_ms, sample_ms))

    @classmethod
    def load(cls, path: str | os.PathLike, *, ctx: Context | None = None) -> Protocol:
        """Read a protocol file: ``{"duration_ms", "sample_ms", "segments": […], "synaptic": […]}``."""
        return cls._made(_load, L.encode(path), ctx=ctx)

    @classmethod
    def parse(cls, text: str, name: str = "protocol", *, ctx: Context | None = None) -> Protocol:
        """The same of JSON; the name stands in messages."""
        data = text.encode()
        return cls._made(_parse, L.encode(name), data, len(data), ctx=ctx)

    def _take(self, handle) -> Protocol:
        self._handle = handle
        self._c = lg_protocol.from_address(handle.pointer)
        return self

    @classmethod
    def _made(cls, function, *arguments, ctx: Context | None = None) -> Protocol:
        ctx = ctx or context()
        return cls.__new__(cls)._take(ctx.make(_destroy, function, ctx.pointer, *arguments))

    def _do(self, function, *arguments) -> Protocol:
        ctx = context()
        ctx.call(function, ctx.pointer, self._handle.pointer, *arguments)
        return self

    @property
    def duration_ms(self) -> float:
        """The simulation runs over [0, duration_ms]."""
        return self._c.duration_ms

    @property
    def sample_ms(self) -> float:
        """Traces are sampled at k * sample_ms."""
        return self._c.sample_ms

    @property
    def n_samples(self) -> int:
        """Number of samples of a trace."""
        return _samples(self._handle.pointer)

    @property
    def n_segments(self) -> int:
        """Number of pieces of current."""
        return self._c.n_segments

    @property
    def n_events(self) -> int:
        """Number of presynaptic spikes."""
        return self._c.n_events

    def current(self, t_ms: float) -> float:
        """Current at a time, pA."""
        return _current(self._handle.pointer, t_ms)

    def add_const(self, t0_ms: float, t1_ms: float, amp_pA: float) -> Protocol:
        """A constant current over [t0, t1)."""
        return self._do(_add_const, t0_ms, t1_ms, amp_pA)

    def add_ramp(self, t0_ms: float, t1_ms: float, from_pA: float, to_pA: float) -> Protocol:
        """A linear ramp."""
        return self._do(_add_ramp, t0_ms, t1_ms, from_pA, to_pA)

    def add_sine(
        self, t0_ms: float, t1_ms: float, amp_pA: float, f0_Hz: float, mean_pA: float = 0.0, phase_turn: float = 0.0
    ) -> Protocol:
        """mean + amp sin(2 pi (f0 (t - t0) + phase)); the phase in whole turns."""
        return self._segment(SINE, t0_ms, t1_ms, amp_pA=amp_pA, f0_Hz=f0_Hz, mean_pA=mean_pA, phase_turn=phase_turn)

    def add_chirp(
        self, t0_ms: float, t1_ms: float, amp_pA: float, f0_Hz: float, f1_Hz: float, mean_pA: float = 0.0
    ) -> Protocol:
        """A sine whose frequency grows linearly from f0 to f1."""
        return self._segment(CHIRP, t0_ms, t1_ms, amp_pA=amp_pA, f0_Hz=f0_Hz, f1_Hz=f1_Hz, mean_pA=mean_pA)

    def add_train(self, t0_ms: float, t1_ms: float, amp_pA: float, rate_Hz: float, width_ms: float) -> Protocol:
        """Pulses of amp during the first width ms of every period."""
        return self._segment(TRAIN, t0_ms, t1_ms, amp_pA=amp_pA, rate_Hz=rate_Hz, width_ms=width_ms)

    def add_hold(self, t0_ms: float, values_pA, dt_ms: float, t1_ms: float | None = None) -> Protocol:
        """Any waveform: values[k] is held over [k, k+1) * dt. The values (n) are copied into the protocol."""
        values = M.numbers(values_pA, "values_pA", (None,))
        return self._segment(
            HOLD,
            t0_ms,
            t0_ms if t1_ms is None else t1_ms,
            dt_ms=dt_ms,
            n_values=values.size,
            values_pA=M.pointer(values),
        )

    def _segment(self, kind: int, t0_ms: float, t1_ms: float, **fields) -> Protocol:
        segment = lg_segment(type=kind, t0_ms=t0_ms, t1_ms=t1_ms, **fields)
        return self._do(_add, ctypes.byref(segment))

    def add_ou(
        self,
        t0_ms: float,
        t1_ms: float,
        mean_pA: float,
        sd_pA: float,
        tau_ms: float = 3.0,
        dt_ms: float = 0.05,
        seed: int = 0,
    ) -> Protocol:
        """An Ornstein–Uhlenbeck current; the same seed gives the same current, to the bit."""
        o = options(
            lg_ou_options,
            t0_ms=t0_ms,
            t1_ms=t1_ms,
            mean_pA=mean_pA,
            sd_pA=sd_pA,
            tau_ms=tau_ms,
            dt_ms=dt_ms,
            seed=seed,
        )
        return self._do(_add_ou, ctypes.byref(o))

    def add_synaptic(self, receptor: str, times_ms, weight: float = 1.0) -> Protocol:
        """Presynaptic spikes at ``receptor`` ("AMPA", "NMDA", "GABA_A"); weight: factor on the peak conductance."""
        times = M.numbers(times_ms, "times_ms", (None,))
        return self._do(_add_synaptic, _receptor(receptor), times.ctypes.data, times.size, weight)

    def add_poisson(
        self, receptor: str, t0_ms: float, t1_ms: float, rate_Hz: float, weight: float = 1.0, seed: int = 0
    ) -> Protocol:
        """Poisson presynaptic spikes over [t0, t1)."""
        return self._do(_add_poisson, _receptor(receptor), t0_ms, t1_ms, rate_Hz, weight, seed)

    def append(self, other: Protocol, at_ms: float) -> Protocol:
        """A copy of another protocol, moved to a later time."""
        return self._do(_append, other._handle.pointer, at_ms)

    def waveform(self) -> np.ndarray:
        """The current at every sample, pA, (n_samples): made anew at each call."""
        current, handle, dt = _current, self._handle.pointer, self.sample_ms
        return np.array([current(handle, k * dt) for k in range(self.n_samples)])

    def __repr__(self) -> str:
        return (
            f"<loligo.Protocol {self.duration_ms:g} ms, sampled every {self.sample_ms:g} ms, "
            f"{self.n_segments} segments, {self.n_events} presynaptic spikes>"
        )


def _receptor(name: str) -> int:
    try:
        return RECEPTORS[name]
    except KeyError:
        raise ValueError(f"receptor {name!r}; there are {', '.join(RECEPTORS)}") from None


def step(amp_pA: float, sample_ms: float = 0.0) -> Protocol:
    """STEP: one step of amp over 50–550 of 600 ms; sample_ms 0: 0.05."""
    return Protocol._made(_step, amp_pA, sample_ms)


def fi(k: int, i0_pA: float, sample_ms: float = 0.0) -> Protocol:
    """FI, sweep k of 12: a step of i0 (-0.5, 0, .5, .8, 1, 1.2, 1.5, 2, 2.5, 3, 4, 6)[k] over 100–600 of 800 ms."""
    return Protocol._made(_fi, k, i0_pA, sample_ms)


def clone1(i0_pA: float, sample_ms: float = 0.0, seed: int = 1) -> Protocol:
    """CLONE-1, the designed protocol of cloning (1200 ms) for a titrated current i0."""
    return Protocol._made(_clone1, i0_pA, sample_ms, seed)


def train(amp_pA: float, rate_Hz: float, sample_ms: float = 0.0) -> Protocol:
    """TRAIN: 2-ms pulses of amp at rate_Hz (5 … 200) over 50–1050 of 1200 ms."""
    return Protocol._made(_train, amp_pA, rate_Hz, sample_ms)

"""Point neurons: Izhikevich 2007, Hodgkin–Huxley 1952, Traub–Miles/Pospischil.

Units: ms, mV; pA, pF, nS (Izhikevich, Traub–Miles); µA/cm², µF/cm², mS/cm² (Hodgkin–Huxley).
"""

from __future__ import annotations

import ctypes
import math
import os

import numpy as np

from . import _library as L
from . import _memory as M
from ._structs import (
    lg_izhikevich_facts,
    lg_model_info,
    lg_neuron,
    lg_rheobase,
    lg_rheobase_options,
    lg_sensitivity,
    lg_sensitivity_options,
    lg_simulate_options,
    lg_simulation,
    options,
)
from .context import Context, context
from .protocol import Protocol

_P = L.POINTER
_models = L.declare("lg_neuron_models", ctypes.POINTER(ctypes.POINTER(lg_model_info)), _P)
_init = L.declare("lg_neuron_init", L.STATUS, _P, L.TEXT, L.TEXT, _P)
_set = L.declare("lg_neuron_set", L.STATUS, _P, _P, L.TEXT, L.DOUBLE)
_get = L.declare("lg_neuron_get", L.DOUBLE, _P, L.TEXT)
_field = L.declare("lg_model_field", L.SIZE, _P, L.TEXT)
_check = L.declare("lg_neuron_check", L.STATUS, _P, _P)
_rest = L.declare("lg_neuron_rest", L.STATUS, _P, _P, L.DOUBLE, _P)
_derive = L.declare("lg_izhikevich_derive", L.STATUS, _P, _P, _P)
_from_2003 = L.declare(
    "lg_neuron_from_izhikevich_2003", L.STATUS, _P, L.DOUBLE, L.DOUBLE, L.DOUBLE, L.DOUBLE, L.DOUBLE, _P
)
_load = L.declare("lg_neuron_load", L.STATUS, _P, L.TEXT, _P)
_parse = L.declare("lg_neuron_parse", L.STATUS, _P, L.TEXT, L.TEXT, L.SIZE, _P)
_solver = L.declare("lg_solver_from_name", L.STATUS, _P, L.TEXT, _P)
_simulate = L.declare("lg_simulate", L.STATUS, _P, _P, _P, _P, _P)
_simulation_destroy = L.declare("lg_simulation_destroy", None, _P, _P)
_rheobase = L.declare("lg_neuron_rheobase", L.STATUS, _P, _P, _P, _P)
_sensitivity = L.declare("lg_simulate_sensitivity", L.STATUS, _P, _P, _P, _P, L.SIZE, _P, _P)
_sensitivity_destroy = L.declare("lg_sensitivity_destroy", None, _P, _P)

SOLVERS = {"reference": 0, "rk4": 1, "euler": 2}


def models() -> list[tuple[str, str, str]]:
    """(model, variant, one sentence) of every point neuron there is."""
    n = ctypes.c_size_t()
    rows = _models(ctypes.byref(n))
    return [tuple(L.text(getattr(rows[k].contents, key)) for key in ("model", "variant", "summary")) for k in range(n.value)]


class Neuron:
    """A point neuron: a model with a value for every parameter. Parameters are items: ``neuron["C"] = 100``.

    Args:
        model: "izhikevich", "hh52", "tm" (``models()`` lists them).
        variant: "" for the first row of that model.
        parameters: values to set, by name, in the units of ``table()``.

    Example:
        >>> Neuron("izhikevich", C=100, k=0.7, vr=-60, vt=-40, a=0.03, b=-2, c=-50, d=100, vpeak=35)
    """

    def __init__(self, model: str, variant: str = "", **parameters: float):
        self._c = lg_neuron()
        ctx = context()
        ctx.call(_init, ctx.pointer, L.encode(model), L.encode(variant), ctypes.byref(self._c))
        for name, value in parameters.items():
            self[name] = value

    @classmethod
    def load(cls, path: str | os.PathLike) -> Neuron:
        """Read a model file, or the best neuron of a twin."""
        out, ctx = lg_neuron(), context()
        ctx.call(_load, ctx.pointer, L.encode(path), ctypes.byref(out))
        return cls._of(out)

    @classmethod
    def parse(cls, text: str, name: str = "model") -> Neuron:
        """The same of JSON; the name stands in messages."""
        out, ctx, data = lg_neuron(), context(), text.encode()
        ctx.call(_parse, ctx.pointer, L.encode(name), data, len(data), ctypes.byref(out))
        return cls._of(out)

    @classmethod
    def _of(cls, structure: lg_neuron) -> Neuron:
        neuron = cls.__new__(cls)
        neuron._c = structure
        return neuron

    @classmethod
    def from_izhikevich_2003(cls, a: float, b: float, c: float, d: float, peak_mV: float = 30.0) -> Neuron:
        """Izhikevich's form of 2003, imported exactly."""
        out, ctx = lg_neuron(), context()
        ctx.call(_from_2003, ctx.pointer, a, b, c, d, peak_mV, ctypes.byref(out))
        return cls._of(out)

    @property
    def _info(self) -> lg_model_info:
        return self._c.info.contents

    @property
    def model(self) -> str:
        """Name of the model."""
        return L.text(self._info.model)

    @property
    def variant(self) -> str:
        """Name of the variant, "" when the model has none."""
        return L.text(self._info.variant)

    @property
    def names(self) -> list[str]:
        """Names of the parameters, in the order of the table."""
        info = self._info
        return [L.text(info.fields[k].name) for k in range(info.n_fields)]

    @property
    def states(self) -> list[str]:
        """Names of the states, with units."""
        info = self._info
        return [L.text(info.states[k]) for k in range(info.n_states)]

    @property
    def values(self) -> np.ndarray:
        """Every parameter, (n), in the order of ``names``: a writable view; NAN: not given. No range is checked until
        the neuron is used."""
        return M.view(ctypes.addressof(self._c) + lg_neuron.value.offset, (self._info.n_fields,), self._c, writable=True)

    @property
    def initial(self) -> np.ndarray:
        """Initial states, (n), in the order of ``states``: a writable view; NAN: the model's default."""
        return M.view(
            ctypes.addressof(self._c) + lg_neuron.initial.offset, (self._info.n_states,), self._c, writable=True
        )

    def __getitem__(self, name: str) -> float:
        if _field(self._c.info, L.encode(name)) >= self._info.n_fields:
            raise KeyError(f"{self.model} has no parameter {name!r}; it has {', '.join(self.names)}")
        return _get(ctypes.byref(self._c), L.encode(name))

    def __setitem__(self, name: str, value: float) -> None:
        ctx = context()
        ctx.call(_set, ctx.pointer, ctypes.byref(self._c), L.encode(name), value)

    def parameters(self) -> dict[str, float]:
        """Every parameter that has a value."""
        return {name: value for name, value in zip(self.names, self.values.tolist()) if not math.isnan(value)}

    def table(self) -> list[dict]:
        """name, unit, value, default, low, high and one sentence of every parameter."""
        info, values = self._info, self.values.tolist()
        rows = []
        for k in range(info.n_fields):
            field = info.fields[k]
            rows.append(
                {
                    "name": L.text(field.name),
                    "unit": L.text(field.unit),
                    "value": values[k],
                    "default": field.default_value,
                    "low": field.low,
                    "high": field.high,
                    "doc": L.text(field.doc),
                }
            )
        return rows

    def check(self) -> Neuron:
        """Check every parameter against its range, and what parameters must be to each other; returns the neuron."""
        ctx = context()
        ctx.call(_check, ctx.pointer, ctypes.byref(self._c))
        return self

    def copy(self) -> Neuron:
        """A neuron of its own with the same numbers."""
        return Neuron._of(lg_neuron.from_buffer_copy(self._c))

    def rest(self, current: float = 0.0) -> float:
        """Resting potential at a constant current, mV."""
        v, ctx = ctypes.c_double(), context()
        ctx.call(_rest, ctx.pointer, ctypes.byref(self._c), current, ctypes.byref(v))
        return v.value

    def derive(self) -> dict[str, float]:
        """Facts of an izhikevich/std neuron: conductances, time constant, bifurcations, rheobase."""
        facts, ctx = lg_izhikevich_facts(), context()
        ctx.call(_derive, ctx.pointer, ctypes.byref(self._c), ctypes.byref(facts))
        return {name: getattr(facts, name) for name, *_ in facts._fields_}

    def rheobase(
        self,
        duration_ms: float = 500.0,
        low: float = 0.0,
        high: float = 0.0,
        resolution: float = 0.0,
        max_sweeps: int = 8,
        solver: str = "rk4",
    ) -> float:
        """Smallest step that makes it fire, titrated as an experimenter does; NAN when it never fires.

        pA, or µA/cm² for models per area. low and high 0: 1 … 3000 pA, 0.1 … 300 µA/cm².
        """
        o = options(
            lg_rheobase_options,
            duration_ms=duration_ms,
            low=low,
            high=high,
            resolution=resolution,
            max_sweeps=max_sweeps,
            solver=_solver_of(solver),
        )
        found, ctx = lg_rheobase(), context()
        ctx.run(_rheobase, ctx.pointer, ctypes.byref(self._c), ctypes.byref(o), ctypes.byref(found))
        if found.fires_at_rest:
            return 0.0
        return found.estimate if found.bracket.high_is_tested else math.nan

    def __reduce__(self):
        return _again, (self.model, self.variant, self.values.tolist(), self.initial.tolist())

    def __eq__(self, other) -> bool:
        return (
            isinstance(other, Neuron)
            and (self.model, self.variant) == (other.model, other.variant)
            and np.array_equal(self.values, other.values, equal_nan=True)
            and np.array_equal(self.initial, other.initial, equal_nan=True)
        )

    __hash__ = None

    def __repr__(self) -> str:
        name = "/".join(filter(None, (self.model, self.variant)))
        return f"<loligo.Neuron {name}: {', '.join(f'{k}={v:g}' for k, v in self.parameters().items())}>"

    def _repr_html_(self) -> str:
        from ._html import table

        name = "/".join(filter(None, (self.model, self.variant)))
        rows = [(r["name"], r["value"], r["unit"], r["doc"]) for r in self.table() if not math.isnan(r["value"])]
        return table(("parameter", "value", "unit", ""), rows, caption=name)


def _again(model, variant, values, initial) -> Neuron:
    neuron = Neuron(model, variant)
    neuron.values[:] = values
    neuron.initial[:] = initial
    return neuron


def _solver_of(name: str) -> int:
    out, ctx = ctypes.c_int(), context()
    ctx.call(_solver, ctx.pointer, L.encode(name), ctypes.byref(out))
    return out.value


class Simulation:
    """A run of a point neuron. Arrays are read-only views on the library's memory; ``.copy()`` to change one.

    Attributes:
        sample_ms: sample k is at k * sample_ms.
        columns: names of the recorded states, "v_mV" first.
        states: (n_columns, n_samples).
        spikes_ms: (n_spikes) threshold reached (Izhikevich), upward crossing of -20 mV (others).
        spike_u_pA: (n_spikes) u just before the reset (Izhikevich), 0 for others.
        n_steps, n_rejected: of the integrator.
    """

    def __init__(self, handle):
        self._handle = handle
        c = lg_simulation.from_address(handle.pointer)
        self.sample_ms = c.sample_ms
        self.n_steps, self.n_rejected = c.n_steps, c.n_rejected
        self.columns = [L.text(c.columns[k]) for k in range(c.n_columns)]
        samples = c.n_samples if c.n_columns else 0
        self.states = M.view(M.address(c.states), (c.n_columns, samples), handle)
        self.spikes_ms = M.view(M.address(c.spikes_ms), (c.n_spikes,), handle)
        self.spike_u_pA = M.view(M.address(c.spike_u_pA), (c.n_spikes,), handle)

    def __getitem__(self, column: str) -> np.ndarray:
        try:
            return self.states[self.columns.index(column)]
        except ValueError:
            raise KeyError(f"no column {column!r}; there are {', '.join(self.columns)}") from None

    @property
    def v_mV(self) -> np.ndarray:
        """Membrane potential, mV, (n_samples)."""
        return self["v_mV"]

    @property
    def t_ms(self) -> np.ndarray:
        """Times of the samples, ms, (n_samples): made anew at each call."""
        return np.arange(self.states.shape[1]) * self.sample_ms

    def figure(self):
        """The potential over time."""
        from .figure import lines

        return lines([(None, (0.0, self.sample_ms), self.v_mV)], "time (ms)", "membrane potential (mV)", "Simulation")

    def _repr_html_(self) -> str:
        from ._html import table

        n = len(self.spikes_ms)
        rows = [("spikes", n), ("first (ms)", float(self.spikes_ms[0]) if n else None)]
        rows.append(("mean interval (ms)", float(np.diff(self.spikes_ms).mean()) if n > 1 else None))
        return (self.figure().svg if self.columns else "") + table(("simulation", ""), rows)

    def __repr__(self) -> str:
        return (
            f"<loligo.Simulation {len(self.spikes_ms)} spikes, {', '.join(self.columns) or 'no traces'}, "
            f"{self.states.shape[1]} samples every {self.sample_ms:g} ms>"
        )


def simulate(
    neuron: Neuron,
    protocol: Protocol,
    solver: str = "rk4",
    dt_ms: float = 0.0,
    rtol: float = 1e-12,
    atol: float = 1e-11,
    all_states: bool = False,
    trace: bool = True,
    *,
    ctx: Context | None = None,
) -> Simulation:
    """Run a neuron on a protocol.

    Args:
        solver: "rk4" (fixed step with event roots), "reference" (adaptive, order 8(5,3), events to 1e-12 ms), "euler".
        dt_ms: step of rk4 and euler; 0: 0.025 (rk4), 0.1 (euler).
        rtol, atol: tolerances of the reference.
        all_states: record every state, not only the potential (and u).
        trace: False: spikes only.
        ctx: context; this thread's without it.

    Raises:
        LoligoError: RANGE for a parameter or option outside its range, NUMERICAL when the state left the finite range.
    """
    ctx = ctx or context()
    o = lg_simulate_options(
        ctypes.sizeof(lg_simulate_options), SOLVERS.get(solver, -1), dt_ms, rtol, atol, all_states, not trace
    )
    if o.solver < 0:
        o.solver = _solver_of(solver)  # raises with the names there are
    return Simulation(
        ctx.make(
            _simulation_destroy,
            _simulate,
            ctx.pointer,
            ctypes.byref(neuron._c),
            protocol._handle.pointer,
            ctypes.byref(o),
        )
    )


class Sensitivity:
    """Derivatives of a simulation: per unit of each parameter, everything else held. Arrays are read-only views.

    Attributes:
        names: parameters, in order.
        columns: recorded states, "v_mV" first.
        states: (n_columns, n_samples).
        d_states: (n_parameters, n_columns, n_samples), at fixed time.
        spikes_ms: (n_spikes).
        d_spikes: (n_parameters, n_spikes), ms per unit.
    """

    def __init__(self, handle, neuron: Neuron):
        self._handle = handle
        c = lg_sensitivity.from_address(handle.pointer)
        self.sample_ms = c.sample_ms
        names = neuron.names
        self.names = [names[c.parameters[k]] for k in range(c.n_parameters)]
        self.columns = [L.text(c.columns[k]) for k in range(c.n_columns)]
        p, n, samples = c.n_parameters, c.n_columns, c.n_samples
        self.states = M.view(M.address(c.states), (n, samples), handle)
        self.d_states = M.view(M.address(c.d_states), (p, n, samples), handle)
        self.spikes_ms = M.view(M.address(c.spikes_ms), (c.n_spikes,), handle)
        self.d_spikes = M.view(M.address(c.d_spikes), (p, c.n_spikes), handle)


def simulate_sensitivity(
    neuron: Neuron,
    protocol: Protocol,
    names: list[str] | None = None,
    rtol: float = 1e-10,
    atol: float = 1e-10,
    all_states: bool = False,
    *,
    ctx: Context | None = None,
) -> Sensitivity:
    """Run a neuron together with its variational equations, through resets and switches.

    names: parameters to differentiate by; None: every one that has a value.
    """
    ctx = ctx or context()
    o = options(lg_sensitivity_options, rtol=rtol, atol=atol, all_states=all_states)
    words = (ctypes.c_char_p * len(names))(*map(L.encode, names)) if names is not None else None
    handle = ctx.make(
        _sensitivity_destroy,
        _sensitivity,
        ctx.pointer,
        ctypes.byref(neuron._c),
        protocol._handle.pointer,
        words,
        len(names or ()),
        ctypes.byref(o),
    )
    return Sensitivity(handle, neuron)

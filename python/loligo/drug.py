"""Tables of drugs, and neurons under them. Concentrations are free ones in µM."""

from __future__ import annotations

import ctypes
import math
import os
from typing import Mapping

import numpy as np

from . import _data
from . import _library as L
from . import _memory as M
from . import _result as R
from ._structs import lg_bath_options, lg_neuron, options
from .context import Context, context
from .neuron import Neuron

_P = L.POINTER
_load = L.declare("lg_drug_table_load", L.STATUS, _P, L.TEXT, _P)
_destroy = L.declare("lg_drug_table_destroy", None, _P, _P)
_count = L.declare("lg_drug_table_count", L.SIZE, _P)
_name = L.declare("lg_drug_table_name", L.TEXT, _P, L.SIZE)
_describe = L.declare("lg_drug_describe", L.STATUS, _P, _P, L.TEXT, _P)
_treat = L.declare("lg_neuron_treat", L.STATUS, _P, _P, _P, _P, _P, L.SIZE, L.TEXT, _P, _P, _P)
_doses = L.declare("lg_doses_read", L.STATUS, _P, L.TEXT, _P, L.TEXT, _P)


class Table:
    """A table of drugs: ``table["carbamazepine"]`` is what it says of one, ``list(table)`` are the names."""

    def __init__(self, path: str | os.PathLike, *, ctx: Context | None = None):
        ctx = ctx or context()
        self.path = os.fspath(path)
        self._handle = ctx.make(_destroy, _load, ctx.pointer, L.encode(path))

    def __len__(self) -> int:
        return _count(self._handle.pointer)

    def __iter__(self):
        return (L.text(_name(self._handle.pointer, k)) for k in range(len(self)))

    def __getitem__(self, name: str) -> dict:
        ctx = context()
        return R.make(ctx, _describe, self._handle.pointer, L.encode(name)).data

    def __repr__(self) -> str:
        return f"<loligo.drug.Table {self.path}: {len(self)} drugs>"

    def _repr_html_(self) -> str:
        from ._html import table

        rows = []
        for name in self:
            d = self[name]
            targets = ", ".join(t["target"] for t in d["targets"] if t["default"])
            free = d["therapeutic"]["free_uM"]
            rows.append((name, d["class"], targets, math.nan if free is None else free))
        return table(("drug", "class", "acts on", "therapeutic, free (µM)"), rows, caption=self.path)


_shipped: Table | None = None


def table() -> Table:
    """The table that ships (data/drugs.csv), read once."""
    global _shipped
    if _shipped is None:
        _shipped = Table(_data.find("data/drugs.csv"))
    return _shipped


def bath(
    gaba_tonic_uM: float = 0.0,
    gGABA_tonic_nS: float = 0.0,
    gaba_synaptic_uM: float = 1000.0,
    EGABA_mV: float = math.nan,
    gGIRK_max_nS: float = 0.0,
    one_site: bool = False,
) -> lg_bath_options:
    """The bath around a neuron.

    Args:
        gaba_tonic_uM: ambient GABA; 0: none, or 0.3 where the neuron has a tonic conductance already.
        gGABA_tonic_nS: of the extrasynaptic receptors when all are open; 0: from the neuron.
        gaba_synaptic_uM: peak GABA of a synaptic event.
        EGABA_mV: reversal potential of GABA-A; NAN: the neuron's own.
        gGIRK_max_nS: of GABA-B agonists; 0: half of the leak.
        one_site: several drugs exclude each other; otherwise they are independent (Bliss).
    """
    return options(
        lg_bath_options,
        gaba_tonic_uM=gaba_tonic_uM,
        gGABA_tonic_nS=gGABA_tonic_nS,
        gaba_synaptic_uM=gaba_synaptic_uM,
        EGABA_mV=EGABA_mV,
        gGIRK_max_nS=gGIRK_max_nS,
        one_site=int(one_site),
    )


def learned_map() -> bytes | None:
    """Path of the learned map of drug effects on Izhikevich neurons, None when it is not there."""
    try:
        return L.encode(_data.find("models/drug-delta.safetensors"))
    except FileNotFoundError:
        return None


class Treated:
    """A neuron under drugs: ``neuron``, and in ``notes`` what became of every effect."""

    def __init__(self, neuron: Neuron, notes: dict):
        self.neuron, self.notes = neuron, notes


def treat(
    neuron: Neuron,
    doses_uM: Mapping[str, float],
    drugs: Table | None = None,
    bath: lg_bath_options | None = None,
    *,
    ctx: Context | None = None,
) -> Treated:
    """Make the treated neuron: conductances of tm neurons by the table, Izhikevich neurons by a learned map.

    Example:
        >>> treat(Neuron("tm"), {"carbamazepine": 30}).neuron
    """
    ctx, drugs = ctx or context(), drugs or table()
    names, free = R.words(doses_uM), np.array(list(doses_uM.values()), np.float64)
    out = lg_neuron()
    notes = R.make(
        ctx,
        _TreatCall(_treat, out),
        ctypes.byref(neuron._c),
        drugs._handle.pointer,
        names,
        free.ctypes.data,
        free.size,
        learned_map(),
        ctypes.byref(bath) if bath is not None else None,
    )
    return Treated(Neuron._of(out), notes.data)


class _TreatCall:
    """lg_neuron_treat() gives a neuron before its result."""

    def __init__(self, function, out):
        self.function, self.out = function, out

    def __call__(self, *arguments):
        return self.function(*arguments[:-1], ctypes.byref(self.out), arguments[-1])


def doses(text: str, drug: str | None = None, drugs: Table | None = None, *, ctx: Context | None = None) -> np.ndarray:
    """Doses as people write them, in µM (n): "10nM", "1uM,10uM", "0.1:100uM:10log", "0.5x,1x" of a drug's
    therapeutic concentration."""
    ctx = ctx or context()
    known = (drugs or table())._handle.pointer if drug else None
    return R.make(ctx, _doses, L.encode(text), known, L.encode(drug))["dose_uM"]

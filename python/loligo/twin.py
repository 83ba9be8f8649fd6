"""Twins: the mechanistic model of one recorded cell, with how sure it is; trials and screens of drugs on twins."""

from __future__ import annotations

import ctypes
import json
import os
from typing import Mapping, Sequence

import numpy as np

from . import _data
from . import _library as L
from . import _memory as M
from . import _result as R
from . import drug as _drug
from ._structs import (
    lg_clone_options,
    lg_screen_options,
    lg_trial_options,
    options,
)
from .context import Context, context
from .neuron import Neuron
from .recording import Recording

_P = L.POINTER
_clone = L.declare("lg_twin_clone", L.STATUS, _P, _P, _P, _P)
_trial = L.declare("lg_trial_give", L.STATUS, _P, L.TEXT, L.TEXT, _P, _P, _P)
_screen = L.declare("lg_screen_run", L.STATUS, _P, _P, _P, L.SIZE, _P, _P, _P)
_verdict = L.declare("lg_verdict_word", L.TEXT, L.SIZE)


def verdicts() -> list[str]:
    """The words for what a drug does to a neuron, in the order of their numbers."""
    words, k = [], 0
    while (word := _verdict(k)) is not None:
        words.append(L.text(word))
        k += 1
    return words


class Card(dict):
    """A credibility card: model, domain ("green", "amber", "red") and its reasons, fit (misfit, counts and potentials on
    the recording's own sweeps, fitted and predicted), range of currents, network (distance from its training, held-out
    R² per parameter), posterior, parameters with their intervals."""

    def _repr_html_(self) -> str:
        from ._html import table

        rows = [("model", self["model"]), ("domain", self["domain"])]
        rows += [("because", reason) for reason in self["reasons"]]
        rows += [(key.replace("_", " "), value) for key, value in self["fit"].items()]
        if self["range"]:
            low, high = self["range"]["I_low_pA"], self["range"]["I_high_pA"]
            rows.append(("steps it was judged on (pA)", f"{low:g} … {high:g}"))
        if self["network"]:
            rows.append(("network", self["network"]["name"]))
            rows.append(("distance from its training (1: 2.5 % are farther)", self["network"]["distance"]))
        if self["posterior"]:
            rows.append(("draws of the posterior, effective", self["posterior"]["effective"]))
        return table(("credibility", ""), rows)


class Twin:
    """A twin, or a plain model that stands for one.

    Attributes:
        data: the file as Python has it (schema loligo-twin/1): parameters, fit, domain, sweeps, provenance.
        name: for people.
        result: arrays of a clone just made ("samples", "covariance", "twin_mV.0" …), None for one from a file.
    """

    def __init__(self, text: str, name: str = "twin", result: R.Result | None = None, recording: Recording | None = None):
        self.text, self.name, self.result, self._recording = text, name, result, recording
        self.data = json.loads(text)

    @classmethod
    def load(cls, path: str | os.PathLike) -> Twin:
        """Read a twin or model file."""
        with open(path, encoding="utf-8") as file:
            return cls(file.read(), os.path.basename(os.fspath(path)))

    @classmethod
    def of(cls, neuron: Neuron, name: str = "model") -> Twin:
        """A plain model as the subject of a trial: without posterior and domain."""
        text = json.dumps({"model": neuron.model, "variant": neuron.variant, "parameters": neuron.parameters()})
        return cls(text, name)

    def save(self, path: str | os.PathLike) -> None:
        """Write the file, as ``loligo clone -o`` does."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.text)

    def neuron(self) -> Neuron:
        """The best neuron."""
        return Neuron.parse(self.text, self.name)

    @property
    def parameters(self) -> dict[str, dict]:
        """value, unit, sd and ci95 of every parameter that was fitted."""
        return self.data["parameters"]

    @property
    def samples(self) -> np.ndarray:
        """Equally likely sets of parameters, (n, parameters), in the order of ``parameters``."""
        return self.result["samples"] if self.result else np.array(self.data.get("samples") or [])

    def answer(self, sweep: int) -> np.ndarray:
        """What the twin does on sweep k of the recording that it was made from, mV, (n)."""
        if self.result is None:
            raise ValueError("a twin from a file does not hold its answers; clone the recording")
        return self.result[f"twin_mV.{sweep}"]

    def figure(self, sweep: int | None = None):
        """Recording and twin over each other; the sweep with the most spikes unless one is named."""
        from .figure import lines

        if self.result is None or self._recording is None:
            raise ValueError("a twin from a file does not hold its answers; clone the recording")
        if sweep is None:
            sweep = max(range(len(self._recording)), key=lambda k: self.data["sweeps"][k]["n_spikes"])
        s = self._recording[sweep]
        rows = [("recording", (0.0, s.dt_ms), s.v_mV), ("twin", (0.0, s.dt_ms), self.answer(sweep))]
        return lines(rows, "time (ms)", "membrane potential (mV)", f"Recording and twin, sweep {s.number}", 480, 240)

    def card(self) -> Card:
        """The credibility card: where the twin may be asked, and how well it did on the recording itself."""
        if "domain" not in self.data:
            raise ValueError("a plain model has no credibility card: it was not made from a recording")
        keys = ("model", "domain", "reasons", "fit", "range", "network", "posterior", "parameters")
        return Card((key, self.data.get(key)) for key in keys)

    def __repr__(self) -> str:
        return f"<loligo.Twin {self.name}: {self.data['model']}, domain {self.data.get('domain', 'not judged')}>"

    def _repr_html_(self) -> str:
        from ._html import table

        parts = []
        if self.result is not None and self._recording is not None:
            parts.append(self.figure().svg)
        if "domain" in self.data:
            rows = [(name, p["value"], *(p["ci95"] or (None, None)), p["unit"]) for name, p in self.parameters.items()]
            words = f"{self.name}: {self.data['model']}, domain {self.data['domain']}"
            parts.append(table(("parameter", "value", "low 95 %", "high 95 %", "unit"), rows, caption=words))
            parts.append(self.card()._repr_html_())
        else:
            parts.append(self.neuron()._repr_html_())
        return "".join(parts)


def clone(
    recording: Recording,
    model: str | None = None,
    all_sweeps: bool = False,
    samples: bool = True,
    network_only: bool = False,
    seed: int = 1,
    networks: str | os.PathLike | None = None,
    *,
    ctx: Context | None = None,
) -> Twin:
    """Turn a current-clamp recording into a mechanistic model of that very cell.

    Args:
        model: "izhikevich", "hh" (channels: what drugs act on), or None: the family that predicts best.
        all_sweeps: fit every sweep; otherwise even ones are fitted and odd ones predicted.
        samples: 200 samples of the posterior; False: the covariance alone.
        network_only: stop before the refinement.
        networks: folder of the networks; None: those that ship.

    Raises:
        LoligoError: UNSUPPORTED when the recording cannot be cloned (no current, no spikes, below 4 kHz).
    """
    ctx = ctx or context()
    if networks is None:
        try:
            networks = _data.find("models")
        except FileNotFoundError:
            networks = None
    o = options(
        lg_clone_options,
        model=L.encode(model),
        networks=L.encode(networks),
        all_sweeps=int(all_sweeps),
        laplace=int(not samples),
        network_only=int(network_only),
        seed=seed,
    )
    made = R.make(ctx, _clone, recording._handle.pointer, ctypes.byref(o))
    return Twin(made.texts["json"], os.path.basename(recording.source), made, recording)


class Trial(R.Result):
    """A trial. ``data`` is the object of ``loligo trial --json``; arrays, D doses ascending, L currents: "dose_uM" (D),
    "i_pA" (L), "n_spikes" (1 + D, L) with row 0 untreated, "area_ratio" (D), "rheobase_ratio" (D), "probability"
    (D, verdicts), with trace_factor "trace_mV" (1 + D, n)."""

    @property
    def verdicts(self) -> list[str]:
        """The verdict at every dose."""
        return [dose["verdict"] for dose in self.data["doses"]]

    def figure(self, name: str = "dose"):
        """A figure of the report: "dose", "fi", and with trace_factor "traces"."""
        from .figure import Figure

        return Figure(self.texts[f"{name}.svg"])

    def _repr_html_(self) -> str:
        from ._html import table

        ratio = self["area_ratio"].tolist()
        rows = [(dose, verdict, ratio[k]) for k, (dose, verdict) in enumerate(zip(self["dose_uM"].tolist(), self.verdicts))]
        return self.texts["dose.svg"] + table(("dose (µM)", "verdict", "area under f–I, treated / untreated"), rows)


def trial(
    subject: Twin | Neuron,
    drugs: str | Sequence[str],
    doses: str,
    ratio: Sequence[float] | None = None,
    bath=None,
    n_members: int = 20,
    step_ms: float = 1000.0,
    plateau_ms: float = 30000.0,
    quick: bool = False,
    epileptic: bool = False,
    trace_factor: float = 0.0,
    seed: int = 1,
    table: _drug.Table | None = None,
    *,
    ctx: Context | None = None,
) -> Trial:
    """Give drugs to a twin: what each dose does to its f–I curve, the verdict, and how sure it is.

    Args:
        subject: a twin, or a neuron.
        drugs: a name of the table, or up to four that are given together.
        doses: free concentrations as people write them: "0.1:100uM:10log".
        ratio: µM of each drug per µM of the dose; None: 1 for all.
        bath: of ``loligo.drug.bath()``.
        n_members: draws of the twin's posterior; 0: the best neuron alone.
        quick: the f–I curve and the rheobase alone.
        epileptic: make the twin hyper-excitable and compare with the healthy one.
        trace_factor: example traces at so many times the rheobase; 0: none.
    """
    ctx, table = ctx or context(), table or _drug.table()
    if isinstance(subject, Neuron):
        subject = Twin.of(subject)
    names = [drugs] if isinstance(drugs, str) else list(drugs)
    per_dose = None if ratio is None else M.numbers(ratio, "ratio", (len(names),))
    words = R.words(names)
    o = options(
        lg_trial_options,
        drugs=words,
        n_drugs=len(names),
        per_dose=M.pointer(per_dose),
        doses=L.encode(doses),
        learned=_drug.learned_map(),
        bath=None if bath is None else ctypes.pointer(bath),
        n_members=n_members,
        seed=seed,
        step_ms=step_ms,
        plateau_ms=plateau_ms,
        quick=int(quick),
        epileptic=int(epileptic),
        trace_factor=trace_factor,
    )
    return R.make(
        ctx,
        _trial,
        L.encode(subject.name),
        subject.text.encode(),
        table._handle.pointer,
        ctypes.byref(o),
        kind=Trial,
    )


class Screen(R.Result):
    """A screen, S twins, C compounds, D doses. Arrays: "dose_uM" (C, D); "verdict" (S, C, D), -1 where a point failed;
    "area_ratio", "rheobase_ratio", "rheobase_pA" (S, C, D); "n_spikes" (S, C, D, levels), "n_spikes_before" (S, levels).
    ``data``: names of subjects, compounds, verdicts; failures."""

    def _repr_html_(self) -> str:
        from ._html import table

        words, verdict = self.data["verdicts"], self["verdict"]
        rows = [
            (name, *(int((verdict[:, k] == v).sum()) for v in range(len(words))), int((verdict[:, k] < 0).sum()))
            for k, name in enumerate(self.data["compounds"])
        ]
        return table(("compound", *words, "failed"), rows, caption=f"{len(self.data['subjects'])} twins, points by verdict")


def screen(
    subjects: Sequence[Twin | Neuron] | Mapping[str, Neuron],
    library: _drug.Table | None = None,
    doses: str = "0.01:100uM:10log",
    bath=None,
    one_step: bool = False,
    epileptic: bool = False,
    *,
    ctx: Context | None = None,
) -> Screen:
    """Many twins × every compound of a library × doses, on the threads of the context.

    Args:
        library: None: the table that ships.
        doses: the same for every compound; or multiples of each one's therapeutic concentration: "0.5x,1x,2x".
        one_step: one step of 1 s at 3 times the rheobase; otherwise an f–I curve of 12 steps.
    """
    ctx, library = ctx or context(), library or _drug.table()
    if isinstance(subjects, Mapping):
        subjects = [Twin.of(neuron, name) for name, neuron in subjects.items()]
    twins = [Twin.of(s, f"model {k}") if isinstance(s, Neuron) else s for k, s in enumerate(subjects)]
    names = R.words(t.name for t in twins)
    texts = (ctypes.c_char_p * len(twins))(*(t.text.encode() for t in twins))
    o = options(
        lg_screen_options,
        doses=L.encode(doses),
        learned=_drug.learned_map(),
        bath=None if bath is None else ctypes.pointer(bath),
        one_step=int(one_step),
        epileptic=int(epileptic),
    )
    return R.make(ctx, _screen, names, texts, len(twins), library._handle.pointer, ctypes.byref(o), kind=Screen)



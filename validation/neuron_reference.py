#!/usr/bin/env python3
"""Run every reference case through `loligo neuron simulate` and print max |dt| and max |dv| per case.

usage: neuron_reference.py LOLIGO REF_DIR [--solver reference|rk4] [--dt 25us] [--only izh|hh|drug]
Exit 1 when a case is beyond its tolerance (reference solver) or beyond 0.01 ms over the first 20 spikes (rk4).
"""
import argparse, csv, json, math, os, subprocess, sys, tempfile

worst = {}  # group -> spikes, max |dt|, max |dv|


def rows(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(l for l in f if not l.startswith("#")))

def protocol(stim):
    kinds = {"const": {"amp": "amp_pA"}, "ramp": {"a0": "from_pA", "a1": "to_pA"},
             "chirp": {"mean": "mean_pA", "amp": "amp_pA", "f0": "f0_Hz", "f1": "f1_Hz"},
             "zoh": {"dt": "dt_ms", "vals": "values_pA"}}
    out = []
    for s in stim["segs"]:
        new = {"type": "hold" if s["type"] == "zoh" else s["type"], "t0_ms": s["t0"], "t1_ms": s["t1"]}
        for old, name in kinds[s["type"]].items():
            new[name] = s.get(old, 0.0)
        out.append(new)
    return {"duration_ms": stim["T"], "sample_ms": stim["sample"], "segments": out}

def izh_model(r):
    variant = {"FERG": "klowkhigh"}.get(r["variant"], r["variant"])
    names = ["C", "k", "vr", "vt", "a", "b", "c", "d", "vpeak", "vb", "klow", "khigh", "Ishift"]
    skip = {"klowkhigh": {"k"}, "FS": {"b", "d"}, "TC": {"b"}, "RTN": {"b"}}.get(variant, set())
    p = {n: float(r[n]) for n in names if r[n] != "" and n not in skip}
    return {"model": "izhikevich", "variant": variant, "parameters": p}

def hh_model(r):
    names = ["C", "gNa", "gK", "gL", "gM", "ENa", "EK", "EL", "VT", "taumax", "V0"]
    return {"model": r["model"].lower(), "parameters": {n: float(r[n]) for n in names if r[n] != ""}}

def run(opts, model, proto):
    with tempfile.TemporaryDirectory() as d:
        m, p, t, s = (os.path.join(d, n) for n in ("m.json", "p.json", "t.csv", "s.csv"))
        json.dump(model, open(m, "w"))
        json.dump(proto, open(p, "w"))
        cmd = [opts.loligo, "neuron", "simulate", m, "--protocol", p, "-o", t, "--spikes", s, "--quiet",
               "--solver", opts.solver]
        if opts.dt:
            cmd += ["--dt", opts.dt]
        subprocess.run(cmd, check=True)
        return [float(r["t_ms"]) for r in rows(s)], rows(t)

def compare(name, got, want, trace, ref_trace, tol, opts, failures):
    # rk4 is judged on the first 20 spikes, where an error has not yet been carried from spike to spike
    k = 20 if opts.solver != "reference" else max(len(got), len(want))
    same = len(got) == len(want) if opts.solver == "reference" else len(got[:k]) == len(want[:k])
    dt = max((abs(a - b) for a, b in zip(got[:k], want[:k])), default=0.0)
    dv = math.nan
    if trace is not None and ref_trace:
        near = sorted(want)
        dv = 0.0
        i = 0
        for a, (t, v) in zip(trace, ref_trace):
            while i < len(near) and near[i] < t - 0.5:
                i += 1
            if i < len(near) and abs(near[i] - t) < 0.5:
                continue
            dv = max(dv, abs(float(a["v_mV"]) - v))
    bad = not same or dt > tol or (opts.solver == "reference" and dv > 1e-4)
    print(f"{name:24s} spikes {len(got):4d}/{len(want):<4d} max|dt| {dt:9.2e} ms (tol {tol:.0e})  max|dv| {dv:9.2e} mV"
          f"{'  FAIL' if bad else ''}", flush=True)
    group = "drug" if trace is None else opts.group
    old = worst.get(group, (0, 0.0, 0.0))
    worst[group] = (old[0] + len(want), max(old[1], dt), max(old[2], dv) if dv == dv else old[2])
    if bad:
        failures.append(name)

def index_spikes(path, column, keys):
    out = {}
    for r in rows(path):
        out.setdefault(tuple(r[k] for k in keys), []).append(float(r[column]))
    return out

def index_traces(path, column):
    out = {}
    for r in rows(path):
        out.setdefault((r["case"], r["stim"]), []).append((float(r["t_ms"]), float(r[column])))
    return out

def family(opts, name, model_of, column, vcolumn, failures):
    d = opts.ref
    opts.group = name
    stimuli = json.load(open(f"{d}/{name}_stimuli.json"))
    spikes = index_spikes(f"{d}/{name}_spikes.csv", column, ("case", "stim"))
    traces = index_traces(f"{d}/{name}_traces.csv", vcolumn)
    for r in rows(f"{d}/{name}_params.csv"):
        for stim, s in stimuli[r["case"]].items():
            key = (r["case"], stim)
            tol = 2e-6 if r.get("variant") == "FERG" else 1e-6
            if name == "hh":
                tol = 3e-5 if key in (("HH52", "clone"), ("TMP0", "step")) else 1e-5
            if opts.solver != "reference":
                tol = 0.01
            got, trace = run(opts, model_of(r), protocol(s.get("stim", s)))
            compare(f"{key[0]} {key[1]}", got, spikes.get(key, []), trace, traces[key], tol, opts, failures)

def drugs(opts, failures):
    d = opts.ref
    base = next(r for r in rows(f"{d}/hh_params.csv") if r["case"] == "TM_RS")
    spikes = index_spikes(f"{d}/drug_spikes.csv", "t_cross_m20mV_ms", ("drug", "I_factor"))
    for r in rows(f"{d}/drug_summary.csv"):
        a = json.loads(r["model_args"])
        mods = {new: a[old] for old, new in (("sNa", "gNa_scale"), ("sK", "gK_scale"), ("sM", "gM_scale"),
                                             ("shift_p", "p_shift_mV"), ("gGABA", "gGABA_nS")) if old in a}
        if "kon" in a:
            mods["na_state_block"] = {"kon_per_uM_ms": a["kon"], "K_inactivated_uM": a["KI"], "K_rest_uM": a["KR"],
                                      "dose_uM": a["D"]}
        model = hh_model(base)
        del model["parameters"]["V0"]
        if mods:
            model["modifiers"] = mods
        proto = {"duration_ms": 1100, "sample_ms": 1, "segments": [
            {"type": "const", "t0_ms": 50, "t1_ms": 1050, "amp_pA": opts.rheobase * float(r["I_factor"])}]}
        got, _ = run(opts, model, proto)
        compare(f"{r['drug']} x{r['I_factor']}", got, spikes.get((r["drug"], r["I_factor"]), []), None, None,
                1e-3 if opts.solver == "reference" else 0.01, opts, failures)

def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("loligo")
    p.add_argument("ref")
    p.add_argument("--solver", default="reference")
    p.add_argument("--dt", default=None)
    p.add_argument("--only", default=None)
    p.add_argument("--rheobase", type=float, default=46.57, help="pA, of the drug-free TM_RS (I0 in hh_params.csv)")
    opts = p.parse_args()
    failures = []
    if opts.only in (None, "izh"):
        family(opts, "izh", izh_model, "t_ms", "v_mV", failures)
    if opts.only in (None, "hh"):
        family(opts, "hh", hh_model, "t_cross_m20mV_ms", "V_mV", failures)
    if opts.only in (None, "drug"):
        drugs(opts, failures)
    for name, (spikes, dt, dv) in worst.items():
        print(f"{name}: {spikes} spikes, max |dt| {dt:.2e} ms" + (f", max |dv| {dv:.2e} mV" if name != "drug" else ""))
    print(f"{len(failures)} cases beyond tolerance" + (": " + ", ".join(failures) if failures else ""))
    return 1 if failures else 0

sys.exit(main())

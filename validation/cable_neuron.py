#!/usr/bin/env python3
"""--scheme nrn beside NEURON: same sections, nseg and dt, exact rates (usetable_hh = 0).

usage: cable_neuron.py LOLIGO [--mod DIR] [--golden DIR] [--only NAME]

Prints a line per case: largest |dv| at the probes and largest difference of spike times. Subthreshold cases must agree
to 1e-6 mV, spikes to 1e-3 ms; exit code 1 otherwise. --mod DIR (shared/data/cable/tools/mod) adds the case of channels
and calcium, for which the .mod files there are compiled. --golden DIR writes each case and NEURON's voltages there, as
tests/data/cable has them.
"""
import argparse
import csv
import json
import math
import os
import subprocess
import sys
import tempfile


def cylinder(type_, parent, parentx, x0, length, d0, d1, angle=0.0):
    c, s = math.cos(angle), math.sin(angle)
    return {"type": type_, "parent": parent, "parentx": parentx,
            "pts": [[x0, 0, 0, d0], [x0 + 0.4 * length * c, 0.4 * length * s, 0, 0.6 * d0 + 0.4 * d1],
                    [x0 + length * c, length * s, 0, d1]]}


SECTIONS = [cylinder(1, -1, 0, 0, 20, 20, 20), cylinder(3, 0, 0.0, 0, -120, 3, 1.5), cylinder(4, 0, 1.0, 20, 200, 4, 2.5),
            cylinder(4, 2, 1.0, 220, 150, 2, 0.8, 0.7), cylinder(4, 2, 1.0, 220, 170, 1.5, 1.0, -0.7),
            cylinder(2, 0, 0.5, 10, 400, 1.2, 0.9, 1.5)]
HH = {"hh": {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.0003, "el": -54.3}}
PAS = {"pas": {"g": 5e-5, "e": -65.0}}


def tree(active, celsius, clamps, synapses, tstop):
    return {"model": "cable", "celsius": celsius, "v_init_mV": -65.0, "tstop_ms": tstop, "sample_ms": 0.025,
            "sections": SECTIONS,
            "regions": [{"types": [1, 2], "Ra_ohm_cm": 110.0, "cm_uF_cm2": 1.0, "mechanisms": HH if active else PAS,
                         "reversal": {"ena": 50.0, "ek": -77.0}},
                        {"types": [3, 4], "Ra_ohm_cm": 150.0, "cm_uF_cm2": 1.5, "mechanisms": PAS}],
            "iclamps": clamps, "synapses": synapses,
            "probes": [{"name": "soma", "loc": ["soma"]}, {"name": "tuft", "loc": ["sec", 3, 0.9]},
                       {"name": "tip", "loc": ["sec", 4, 1.0]}, {"name": "axon", "loc": ["sec", 5, 1.0]}]}


def cases():
    exp = {"type": "ExpSyn", "loc": ["sec", 3, 0.5], "params": {"tau": 1.7, "e": 0.0}, "weight_uS": 4e-4,
           "times_ms": [5.0, 7.5125, 20.0]}
    exp2 = {"type": "Exp2Syn", "loc": ["sec", 4, 0.7], "params": {"tau1": 0.5, "tau2": 4.0, "e": -75.0},
            "weight_uS": 6e-4, "times_ms": [9.0, 12.3]}
    weak = [{"loc": ["soma"], "delay_ms": 2.0, "dur_ms": 15.0, "amp_nA": 0.05}]
    strong = [{"loc": ["soma"], "delay_ms": 2.0, "dur_ms": 3.0, "amp_nA": 2.0},
              {"loc": ["sec", 2, 1.0], "delay_ms": 25.0, "dur_ms": 30.0, "amp_nA": 1.5}]
    return {"passive": (tree(False, 6.3, weak, [exp, exp2], 40.0), 9),
            "subthreshold": (tree(True, 6.3, weak, [exp, exp2], 40.0), 9),
            "spikes": (tree(True, 6.3, strong, [dict(exp, weight_uS=4e-3)], 60.0), 9),
            "spikes_16C": (tree(True, 16.3, strong, [dict(exp, weight_uS=4e-3), exp2], 60.0), 5)}


def channels():
    pool = {"gamma": 0.05, "decay": 60.0, "depth": 0.1, "cmin": 1e-4}
    all_ = {"hh": {"gnabar": 0.1, "gkbar": 0.02, "gl": 0.0, "el": -54.3}, "pas": {"g": 1e-4, "e": -75.0},
            "kvm": {"gbar": 1e-4}, "kv31": {"gbar": 0.008}, "cahva": {"gbar": 3e-4}, "ih": {"gbar": 2e-4, "ehcn": -45.0},
            "sk": {"gbar": 2e-3}, "cadyn": pool}
    def case(amp, tstop):
        return {"model": "cable", "celsius": 20.0, "v_init_mV": -72.0, "tstop_ms": tstop, "sample_ms": 0.025,
                "sections": [cylinder(1, -1, 0, 0, 17.8, 17.8, 17.8), cylinder(3, 0, 1.0, 17.8, 150, 2, 1)],
                "regions": [{"types": "all", "Ra_ohm_cm": 100.0, "cm_uF_cm2": 1.0, "mechanisms": all_,
                             "reversal": {"ena": 50.0, "ek": -85.0}, "cao_mM": 2.0, "cai_mM": 1e-4}],
                "iclamps": [{"loc": ["soma"], "delay_ms": 10.0, "dur_ms": 60.0, "amp_nA": amp}],
                "probes": [{"name": "soma", "loc": ["soma"]}, {"name": "dend", "loc": ["sec", 1, 0.5]}],
                "record_extra": [{"name": "cai_mM", "var": "cai", "loc": ["sec", 1, 0.5]}]}
    return {"channels_subthreshold": (case(-0.05, 90.0), 3), "channels_spikes": (case(0.5, 90.0), 3)}


def compile_mods(folder):
    """Debian's nrnivmodl looks for its makefile in the wrong place: a folder of links mends that."""
    work = tempfile.mkdtemp(prefix="cable_neuron")
    home = os.path.join(work, "nrn")
    for d in ("bin", "lib"):
        os.makedirs(os.path.join(home, d))
    for b in ("nocmodl", "modlunit"):
        os.symlink("/usr/bin/" + b, os.path.join(home, "bin", b))
    os.symlink("/usr/lib/nrn/nrnmech_makefile", os.path.join(home, "bin", "nrnmech_makefile"))
    os.symlink("/usr/include", os.path.join(home, "include"))
    os.symlink("/usr/share", os.path.join(home, "share"))
    for so in os.listdir("/usr/lib/nrn"):
        if so.endswith(".so"):
            os.symlink("/usr/lib/nrn/" + so, os.path.join(home, "lib", so))
    subprocess.run(["nrnivmodl", os.path.abspath(folder)], cwd=work, env=dict(os.environ, NRNHOME=home),
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    for root, _, files in os.walk(work):
        if "libnrnmech.so" in files:
            return os.path.join(root, "libnrnmech.so")
    sys.exit("the .mod files could not be compiled: see shared/data/cable/README.txt")


def neuron_run(h, case, nseg, dt):
    sections = []
    for k, s in enumerate(case["sections"]):
        sec = h.Section(name=f"s{k}")
        for p in s["pts"]:
            h.pt3dadd(*p, sec=sec)
        if s["parent"] >= 0:
            sec.connect(sections[s["parent"]](s["parentx"]), 0)
        sec.nseg = nseg
        sections.append(sec)
    for sec, s in zip(sections, case["sections"]):
        region = [r for r in case["regions"] if r["types"] == "all" or s["type"] in r["types"]][-1]
        sec.Ra, sec.cm = region["Ra_ohm_cm"], region["cm_uF_cm2"]
        for name, values in region["mechanisms"].items():
            sec.insert(name)
            for key, value in values.items():
                for seg in sec:
                    setattr(getattr(seg, name), key, value)
        for key, value in region.get("reversal", {}).items():
            if hasattr(sec(0.5), key):
                setattr(sec, key, value)
        if "cao_mM" in region and hasattr(sec(0.5), "cao"):
            h.ion_style("ca_ion", 3, 2, 1, 1, 1, sec=sec)
            sec.cao, sec.cai = region["cao_mM"], region["cai_mM"]
    where = lambda loc: sections[0](0.5) if loc[0] == "soma" else sections[loc[1]](loc[2])
    keep = []
    for c in case.get("iclamps", []):
        i = h.IClamp(where(c["loc"]))
        i.delay, i.dur, i.amp = c["delay_ms"], c["dur_ms"], c["amp_nA"]
        keep.append(i)
    for s in case.get("synapses", []):
        y = getattr(h, s["type"])(where(s["loc"]))
        for key, value in s["params"].items():
            setattr(y, key, value)
        net = h.NetCon(None, y)
        net.weight[0] = s["weight_uS"]
        start = h.FInitializeHandler(lambda net=net, s=s: [net.event(t) for t in s["times_ms"]])
        keep += [y, net, start]
    probes = [(f"v_mV_{p['name']}", where(p["loc"])._ref_v) for p in case["probes"]]
    probes += [(e["name"], where(e["loc"])._ref_cai) for e in case.get("record_extra", [])]
    vectors = [h.Vector().record(ref) for _, ref in probes]
    h.celsius, h.dt, h.secondorder = case["celsius"], dt, 0
    h.finitialize(case["v_init_mV"])
    for _ in range(round(case["tstop_ms"] / dt)):
        h.fadvance()
    return [name for name, _ in probes], [list(v) for v in vectors]


def crossings(v, dt):
    return [dt * (k + v[k] / (v[k] - v[k + 1])) for k in range(len(v) - 1) if v[k] < 0 <= v[k + 1]]


def loligo_run(program, case, nseg, dt):
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, "case.json"), os.path.join(folder, "trace.csv")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(case, f)
        subprocess.run([program, "neuron", "simulate", path, "-o", out, "--quiet", "--scheme", "nrn", "--dt", repr(dt),
                        "--nseg", str(nseg)], check=True)
        with open(out, encoding="utf-8") as f:
            rows = list(csv.reader(line for line in f if not line.startswith("#")))
    return rows[0][1:], [[float(r[k]) for r in rows[1:]] for k in range(1, len(rows[0]))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("loligo")
    parser.add_argument("--mod")
    parser.add_argument("--golden")
    parser.add_argument("--only")
    args = parser.parse_args()
    from neuron import h
    h.usetable_hh = 0
    todo = cases()
    if args.mod:
        h.nrn_load_dll(compile_mods(args.mod))
        todo.update(channels())
    bad = 0
    print("| case | compartments per section | dt ms | max dv mV | max dcai mM | spikes | max dt_spike ms | |\n|---|---|---|---|---|---|---|---|")
    for name, (case, nseg) in todo.items():
        if args.only and name != args.only:
            continue
        dt = 0.025
        names, theirs = neuron_run(h, case, nseg, dt)
        ours_names, ours = loligo_run(args.loligo, case, nseg, dt)
        assert names == ours_names, (names, ours_names)
        dv = dc = ds = 0.0
        n = 0
        same = True
        for column, a, b in zip(names, theirs, ours):
            largest = max(abs(x - y) for x, y in zip(a, b))
            if not column.startswith("v_mV"):
                dc = max(dc, largest)
                continue
            dv = max(dv, largest)
            s, t = crossings(a, dt), crossings(b, dt)
            same = same and len(s) == len(t)
            n += len(s)
            ds = max([ds] + [abs(x - y) for x, y in zip(s, t)])
        good = same and ds <= 1e-3 and (n > 0 or dv <= 1e-6)
        bad += not good
        print(f"| {name} | {nseg} | {dt} | {dv:.2g} | {dc:.2g} | {n} | {ds:.2g} | {'pass' if good else 'FAIL'} |", flush=True)
        if args.golden:
            write_golden(args.golden, name, case, nseg, dt, names, theirs)
    return 1 if bad else 0


def write_golden(folder, name, case, nseg, dt, names, columns):
    os.makedirs(folder, exist_ok=True)
    case = dict(case, description=f"NEURON's fixed step beside it: nseg {nseg}, dt {dt} ms, usetable_hh = 0",
                trace_csv=f"neuron_{name}.csv")
    with open(os.path.join(folder, f"neuron_{name}.json"), "w", encoding="utf-8") as f:
        json.dump(case, f, indent=1)
        f.write("\n")
    with open(os.path.join(folder, f"neuron_{name}.csv"), "w", encoding="utf-8") as f:
        f.write(",".join(["t_ms"] + names) + "\n")
        for k in range(0, len(columns[0]), 4):
            f.write(",".join([f"{k * dt:.10g}"] + [f"{c[k]:.10g}" for c in columns]) + "\n")


if __name__ == "__main__":
    sys.exit(main())

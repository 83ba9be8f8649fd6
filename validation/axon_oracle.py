#!/usr/bin/python3
"""usage: axon_oracle.py LOLIGO [--cases N] [--seed S] [--only KIND]: random axons and profiles by the NumPy oracle and by
`loligo axon simulate` in both precisions; prints the greatest differences of each case.

The oracle is tools/axon_ref.py of the axon data, found through LOLIGO_SHARED (or ../shared beside the repository); it is
run with Newton to 1e-9 nm. Goals: doubles 1e-8 of strain and 1e-6 %, floats 2e-5 and 5e-3 %. Exit 1 when one is missed."""
import argparse
import csv
import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

OUTPUTS = [("mt", "mt"), ("axl", "axl"), ("tau_pct", "tau"), ("nf_pct", "nf"), ("side_pct", "side"),
           ("mt_broken_pct", "mt_broken")]
KINDS = ["usual", "rupture", "isolated", "compression", "shape", "stiff", "fine"]


def oracle():
    here = os.path.dirname(os.path.abspath(__file__))
    shared = os.environ.get("LOLIGO_SHARED") or os.path.join(here, "../../shared")
    path = os.path.join(shared, "data/axon/tools/axon_ref.py")
    if not os.path.exists(path):
        sys.exit("axon_oracle.py: no oracle at %s; set LOLIGO_SHARED" % path)
    spec = importlib.util.spec_from_file_location("axon_ref", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shapes(rng, times, peak, kind):
    """One strain profile: pulses and recovery, ramps, compression first, several pulses."""
    t = times
    which = rng.integers(0, 5) if kind != "compression" else rng.integers(5, 7)
    rise, decay = rng.uniform(0.004, 0.03), rng.uniform(0.008, 0.05)

    def pulse(start, size):
        s = np.clip(t - start, 0, None)
        return size * np.where(s <= rise, 0.5 * (1 - np.cos(np.pi * s / rise)),
                               np.exp(-(s - rise) / decay) * np.cos(2 * np.pi * (s - rise) / 0.12))
    if which == 0:
        x = pulse(0, peak)
    elif which == 1:
        x = peak * np.minimum(t / rise, 1)
    elif which == 2:
        x = pulse(0, peak * 0.5) + pulse(0.3 * t[-1], peak * 0.8)
    elif which == 3:
        x = peak * np.sin(2 * np.pi * t / (4 * rise)) * np.exp(-t / decay)
    elif which == 4:
        x = np.minimum(peak * t / rise, peak) * np.where(t > 0.5 * t[-1], 0.2, 1)
    elif which == 5:
        x = -0.5 * pulse(0, peak) + pulse(0.4 * t[-1], peak)
    else:
        x = -peak * np.minimum(t / rise, 1) * np.where(t > 0.6 * t[-1], -0.3, 1)
    x = x - x[0]
    return x


def draw(rng, kind):
    """Constants that differ from the male axon's, and a profile."""
    p = {"seed": int(rng.integers(0, 2**31))}
    dt, steps = 1e-3, 60

    def scale(name, default, low, high):
        p[name] = float(default * math.exp(rng.uniform(math.log(low), math.log(high))))
    p["rows"] = int(rng.choice([7, 19, 7, 19, 2, 3, 12, 13, 25])) if kind != "usual" else int(rng.choice([7, 19]))
    p["nel"] = int(rng.choice([20, 40, 60, 80]))
    peak = rng.uniform(0.02, 0.3)
    for name, default in (("K", 0.10), ("eta", 5e-3), ("Km", 0.05), ("kref", 20.0), ("kmax", 500.0), ("G1", 0.04),
                          ("EAnf", 7.8e3), ("kf", 2e-2)):
        if rng.uniform() < 0.6:
            scale(name, default, 0.3, 3)
    if kind == "rupture":
        p["mt_fail"] = 1e6
        peak = rng.uniform(0.1, 0.4)
    elif kind == "isolated":  # without the tissue around
        p["kf"] = 0.0
        peak = rng.uniform(0.02, 0.15)
    elif kind == "shape":
        p["dx"] = float(rng.choice([50, 100, 125, 200, 250, 400]))
        for name, default in (("L_mean", 4000.0), ("L_cv", 0.5), ("node_len", 1500.0), ("node_fac", 0.4)):
            scale(name, default, 0.4, 2)
        p["L_min"], p["L_max"] = 800.0, 9000.0
    elif kind == "stiff":
        for name, default in (("EA", 4.8e5), ("F_b", 100.0), ("beta_c", 1e-2), ("s", 40.0), ("sm", 100.0), ("d0", 150.0),
                              ("db", 30.0), ("d0m", 300.0), ("dbm", 60.0), ("A", 1.57e5), ("tau1", 0.01),
                              ("taunf", 0.01), ("e0", 0.3), ("eb", 0.06), ("zd", 2e-6)):
            scale(name, default, 0.5, 2)
    elif kind == "fine":
        dt, steps = float(rng.choice([2.5e-4, 5e-4, 2e-3])), 80
    return p, dt, shapes(rng, np.arange(steps + 1) * dt, peak, kind)


def ours(loligo, p, dt, strain, precision, folder):
    paths = [os.path.join(folder, n) for n in ("p.csv", "p.json", "o.csv")]
    with open(paths[0], "w") as f:
        f.write("t_s,a\n" + "".join("%.17g,%.17g\n" % (k * dt, x) for k, x in enumerate(strain)))
    with open(paths[1], "w") as f:
        json.dump(p, f)
    run = subprocess.run([loligo, "axon", "simulate", paths[0], "--params", paths[1], "-o", paths[2], "--precision",
                          precision], capture_output=True, text=True)
    if run.returncode not in (0, 6):
        sys.exit("axon_oracle.py: %s" % run.stderr)
    with open(paths[2]) as f:
        row = list(csv.DictReader(line for line in f if not line.startswith("#")))[0]
    return [float(row[a]) for a, _ in OUTPUTS], "halved" in run.stderr + run.stdout


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("loligo")
    ap.add_argument("--cases", type=int, default=21)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--only", choices=KINDS)
    args = ap.parse_args()
    ref, missed = oracle(), 0
    print("case kind         rows nel  dt_ms   peak   mt       broken%%  double: strain     %%    float: strain     %%")
    with tempfile.TemporaryDirectory() as folder:
        for case in range(args.cases):
            kind = args.only or KINDS[case % len(KINDS)]
            rng = np.random.default_rng([args.seed, case])
            p, dt, strain = draw(rng, kind)
            if "mt_fail" in p:  # some microtubules are to break: below the strain that they would reach
                p["mt_fail"] = float(ours(args.loligo, p, dt, strain, "double", folder)[0][0] * rng.uniform(0.3, 0.95))
            t0 = time.process_time()
            want = ref.simulate(strain, dt, p, newton=60, tol=1e-9)
            took = time.process_time() - t0
            want = [float(want[b]) for _, b in OUTPUTS]
            worst = []
            for precision, goals in (("double", (1e-8, 1e-6)), ("float", (2e-5, 5e-3))):
                got, halved = ours(args.loligo, p, dt, strain, precision, folder)
                d = [abs(x - y) for x, y in zip(got, want)]
                pair = [np.max(d[:2]), np.max(d[2:])]
                bad = not (pair[0] <= goals[0] and pair[1] <= goals[1])
                missed += bad
                worst += ["%9.1e %9.1e%s%s" % (*pair, " MISSED" if bad else "", " (halved)" if halved else "")]
            print("%4d %-12s %4d %3d %6g %6.3f %8.4f %8.3f  %s  %s  %.1f s" %
                  (case, kind, p["rows"], p["nel"], 1e3 * dt, strain[np.argmax(np.abs(strain))], want[0], want[5], *worst, took),
                  flush=True)
    print("%d of %d missed" % (missed, 2 * args.cases))
    sys.exit(missed > 0)


main()

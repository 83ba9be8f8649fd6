#!/usr/bin/python3
"""How good axon predict is where it says so, and whether it says so where it is not.

usage: axon_predict.py BUILD/loligo [--net NET] [--reach D] [--number N] [NAME=PROFILES.h5 …]

Every set of profiles is predicted (--no-fallback) and simulated; errors are told apart by in_range. Sets: those given
(fresh impacts: test sets of `loligo axon protocol b`), and shapes that no impact of training has, some made of the first set.
Prints a table: share out of range; RMSE of MT and axolemma strain (1e-3) and of tau and NF loss (%) in and out of range; the
share of profiles in range that are wrong (one output off by more than a tenth and 0.01 of strain, or 2 %); and how many of
the wrong ones were flagged.
"""
import argparse
import csv
import os
import subprocess
import tempfile

import h5py
import numpy as np

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("loligo")
parser.add_argument("sets", nargs="*")
parser.add_argument("--net")
parser.add_argument("--reach", help="instead of the network's own")
parser.add_argument("--number", type=int, default=200, help="profiles of each shape")
args = parser.parse_intermixed_args()
T = np.arange(101) * 1e-3
OUT = ("mt", "axl", "tau_pct", "nf_pct")
LIMIT = np.array([0.01, 0.01, 2.0, 2.0])  # and a tenth of the truth
rng = np.random.default_rng(1)


def read(path):
    with h5py.File(path) as f:
        return f["strain"][:]


def rows_of(path):
    with open(path) as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def run(strain, folder):
    path = os.path.join(folder, "profiles.csv")
    with open(path, "w") as f:
        f.write("name," + ",".join(str(k) for k in range(101)) + "\n")
        for k, row in enumerate(strain):
            f.write(f"p{k}," + ",".join(f"{x:.9g}" for x in row) + "\n")
    net = (["--net", args.net] if args.net else []) + (["--reach", args.reach] if args.reach else [])
    for command in (["predict", path, "-o", folder + "/p.csv", "--no-fallback"] + net, ["simulate", path, "-o", folder + "/s.csv"]):
        done = subprocess.run([args.loligo, "axon"] + command + ["--quiet"], capture_output=True, text=True)
        if done.returncode not in (0, 1, 6):
            raise SystemExit(done.stderr)
    said, truth = rows_of(folder + "/p.csv"), rows_of(folder + "/s.csv")
    y = np.array([[float(r[c]) for c in OUT] for r in said])
    sd = np.array([[float(r[c + "_sd"]) for c in OUT] for r in said])
    t = np.array([[float(r[c]) for c in OUT] for r in truth])
    fine = np.isfinite(t).all(1)
    return y[fine], sd[fine], t[fine], np.array([r["in_range"] == "1" for r in said])[fine]


def ramp(rate, to, release=None):
    x = np.minimum(rate * T, to)
    return x if release is None else np.maximum(0, x - np.maximum(0, T - to / rate - 0.005) * release)


def shapes(n, base):
    """Name, profiles: what a stretching device, other loads, other measurements would give."""
    log = lambda low, high: np.exp(rng.uniform(np.log(low), np.log(high), n))
    yield "ramp and hold, 1-100 /s to 0.02-0.4", np.array([ramp(r, to) for r, to in zip(log(1, 100), log(0.02, 0.4))])
    yield "triangle of 4-10 ms, 0.02-0.3", np.array([
        to * np.clip(1 - np.abs(T - 0.02 - half) / half, 0, 1) for half, to in zip(rng.uniform(2e-3, 5e-3, n), log(0.02, 0.3))])
    yield "cyclic, 20-80 Hz, 0.02-0.2", np.array([
        to * np.sin(np.pi * f * T) ** 2 for f, to in zip(rng.uniform(20, 80, n), log(0.02, 0.2))])
    yield "slow creep to 0.02-0.2", np.array([to * (1 - np.exp(-T / 0.08)) for to in log(0.02, 0.2)])
    if base is None:
        return
    pick = lambda: base[rng.integers(0, len(base), n)]
    yield "impacts, twice as strong", np.clip(2 * pick(), -0.85, 0.95)
    yield "impacts, four times as strong", np.clip(4 * pick(), -0.85, 0.95)
    yield "impacts, 40 ms later", np.concatenate([np.zeros((n, 40)), pick()[:, :61]], 1)
    yield "impacts, upside down", -pick()
    noisy = pick() + rng.normal(0, 0.004, (n, 101))
    yield "impacts, noise of 0.004", noisy - noisy[:, :1]
    twice = pick()
    yield "impacts, played twice as fast", np.concatenate([twice[:, ::2], np.repeat(twice[:, -1:], 50, 1)], 1)


def r2(y, t):
    return 1 - ((y - t) ** 2).sum(0) / ((t - t.mean(0)) ** 2).sum(0)


def rmse(y, t):
    if len(y) == 0:
        return "-"
    e = np.sqrt(((y - t) ** 2).mean(0))
    return f"{1e3 * e[0]:.1f} {1e3 * e[1]:.1f} {e[2]:.2f} {e[3]:.2f}"


def report(name, strain, folder, all_of):
    y, sd, t, inside = run(strain, folder)
    wrong = (np.abs(y - t) > LIMIT + 0.1 * np.abs(t)).any(1)
    all_of.append((inside, wrong))
    missed = wrong[inside].mean() if inside.any() else np.nan
    flagged = (~inside)[wrong].mean() if wrong.any() else np.nan
    score = " ".join(f"{v:.4f}" for v in r2(y[inside], t[inside])) if inside.sum() > 20 else "-"
    within = " ".join(f"{v:.0f}" for v in 100 * (np.abs(y - t) <= sd)[inside].mean(0)) if inside.sum() > 20 else "-"
    print(f"| {name} | {len(y)} | {100 * (~inside).mean():.1f} | {score} | {rmse(y[inside], t[inside])} | "
          f"{rmse(y[~inside], t[~inside])} | {within} | {100 * missed:.1f} | {100 * flagged:.0f} |", flush=True)


print("| profiles | n | out of range, % | R² in range: MT, axl, tau, NF | RMSE in range | RMSE out of range | within sd, % | "
      "wrong in range, % | of the wrong, flagged, % |\n|---|---|---|---|---|---|---|---|---|")
with tempfile.TemporaryDirectory() as folder:
    all_of, base = [], None
    for item in args.sets:
        name, path = item.split("=", 1)
        strain = read(path)
        base = strain if base is None else base
        report(name, strain, folder, all_of)
    for name, strain in shapes(args.number, base):
        report(name, strain - strain[:, :1], folder, all_of)
    inside, wrong = (np.concatenate(x) for x in zip(*all_of))
    print(f"\nall: wrong in range {100 * wrong[inside].mean():.1f} %, wrong out of range {100 * wrong[~inside].mean():.1f} %, "
          f"of the wrong {100 * (~inside)[wrong].mean():.0f} % flagged")

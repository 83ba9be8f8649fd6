#!/usr/bin/python3
"""The mechanics of axons beside the NumPy program that made the references, same profiles, same run; a white matter.

usage: axon_bench.py BUILD/loligo [--shared DIR] [--repeats 3] [--profiles 512] [--full] [--no-nets]

Prints JSON lines. The oracle is shared/data/axon/tools/axon_ref.py (LOLIGO_SHARED or --shared), four Newton iterations as
our floats and Newton to 1e-9 nm as our doubles; CPU seconds of one thread for each profile of 100 steps, medians, interleaved. Of
ours the process with few profiles is taken off that with many, so that the start of the program does not count.
A white matter directly: CPU seconds of a sample (--profiles drawn from dataset_train.npz), scaled, which is said; --full
simulates all 92,408 voxels of a synthetic impact (loligo axon map --direct). Networks: bench/axon_predict_bench.py. Exit 1 when the
results are apart.
"""
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy

here = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser()
parser.add_argument("loligo")
parser.add_argument("--shared", default=os.environ.get("LOLIGO_SHARED", os.path.join(here, "..", "..", "shared")))
parser.add_argument("--repeats", type=int, default=3)
parser.add_argument("--profiles", type=int, default=512)
parser.add_argument("--full", action="store_true")
parser.add_argument("--no-nets", action="store_true")
args = parser.parse_args()
data = os.path.join(args.shared, "data", "axon")
if not os.path.isdir(data):
    sys.exit(f"axon_bench.py: {data} is not there; set LOLIGO_SHARED")
sys.path.insert(0, os.path.join(data, "tools"))
import axon_ref  # noqa: E402

VOXELS = 92408
NAMES = ["p0", "p4", "p6", "ramp10_to_0.20_decay"]
OUTPUTS = [("mt", "mt", 1.0), ("axl", "axl", 1.0), ("tau", "tau_pct", 1.0), ("nf", "nf_pct", 1.0)]


def say(**what):
    print(json.dumps(what), flush=True)


def read(path):
    with open(path) as file:
        rows = list(csv.reader(line for line in file if not line.startswith("#")))
    return rows[0], rows[1:]


def write(path, names, strain, dt):
    with open(path, "w") as file:
        file.write("t_s," + ",".join(names) + "\n")
        for k in range(strain.shape[1]):
            file.write(f"{k * dt:.6f}," + ",".join(repr(float(x)) for x in strain[:, k]) + "\n")


def run(*command, threads=1):
    """CPU seconds of a child and its wall time."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([args.loligo, *command, "--threads", str(threads), "--quiet"], capture_output=True, text=True)
    if done.returncode not in (0, 6):
        sys.exit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - wall


def simulate(path, precision, out):
    cpu, _ = run("axon", "simulate", path, "-o", out, "--precision", precision)
    header, rows = read(out)
    return cpu, {row[0]: dict(zip(header[1:], map(float, row[1:]))) for row in rows}


def oracle(strain, newton, tol):
    begin = time.process_time()
    out = axon_ref.simulate(strain, 1e-3, newton=newton, tol=tol)
    return time.process_time() - begin, out


header, rows = read(os.path.join(data, "ref_open_profiles.csv"))
table = np.array(rows, dtype=float)
chosen = np.array([table[:, header.index(name)] for name in NAMES])
load = os.getloadavg()[0]
worst_apart = False
with tempfile.TemporaryDirectory() as folder:
    here_to = lambda name: os.path.join(folder, name)  # noqa: E731
    few, many = {}, {}
    for precision, n_few, n_many in (("float", 16, 16 + 128), ("double", 1, 1 + 12)):
        few[precision], many[precision] = here_to(f"{precision}-few.csv"), here_to(f"{precision}-many.csv")
        for path, n in ((few[precision], n_few), (many[precision], n_many)):
            take = [k % len(NAMES) for k in range(n)]
            names = [NAMES[k] if i < len(NAMES) else f"more{i}" for i, k in enumerate(take)]
            write(path, names, chosen[take], 1e-3)
    ours = {"float": [], "double": []}
    theirs = {"float": [], "double": []}
    apart = {"float": [0.0] * 4, "double": [0.0] * 4}
    for trial in range(args.repeats):
        for precision, newton, tol, per in (("float", 4, 0.0, 128), ("double", 50, 1e-9, 12)):
            less, _ = simulate(few[precision], precision, here_to("less.csv"))
            more, outcomes = simulate(many[precision], precision, here_to("more.csv"))
            ours[precision].append((more - less) / per)
            name = NAMES[trial % len(NAMES)]
            cpu, out = oracle(chosen[NAMES.index(name)], newton, tol)
            theirs[precision].append(cpu)
            for q, (key, column, scale) in enumerate(OUTPUTS):
                apart[precision][q] = max(apart[precision][q], abs(out[key] - outcomes[name][column]))
    for precision in ("float", "double"):
        mine, peer, off = statistics.median(ours[precision]), statistics.median(theirs[precision]), apart[precision]
        bars = (2e-5, 2e-5, 5e-3, 5e-3) if precision == "float" else (1e-8, 1e-8, 1e-6, 1e-6)
        worst_apart = worst_apart or any(not a <= b for a, b in zip(off, bars))
        say(bench="axon, one profile of 100 steps", precision=precision, loligo_cpu_s=round(mine, 6),
            oracle_cpu_s=round(peer, 3), ratio=round(peer / mine, 1), repeats=args.repeats, load=round(load, 1),
            apart=dict(zip(("mt", "axl", "tau_pct", "nf_pct"), off)), peer=f"NumPy {np.__version__}, SciPy {scipy.__version__}")

    train = np.load(os.path.join(data, "dataset_train.npz"))
    strain, labels = train["train_x"].astype(float), train["train_y"].astype(float)
    step = max(1, len(strain) // args.profiles)
    strain, labels = strain[::step][: args.profiles], labels[::step][: args.profiles]
    write(here_to("sample.csv"), [f"v{k}" for k in range(len(strain))], strain, 1e-3)
    cpu, wall = run("axon", "simulate", here_to("sample.csv"), "-o", here_to("sample-out.csv"), threads=2)
    header, rows = read(here_to("sample-out.csv"))
    out = np.array([row[1:5] for row in rows], dtype=float)
    off = np.abs(out - labels[:, :4]).max(axis=0)
    say(bench="axon, white matter directly", voxels=VOXELS, how=f"scaled from {len(strain)} profiles of the training set",
        cpu_s=round(cpu / len(strain) * VOXELS, 1), minutes_on_2_free_cores=round(cpu / len(strain) * VOXELS / 120, 2),
        wall_s_of_sample_on_2_threads=round(wall, 2), apart_of_labels=dict(zip(("mt", "axl", "tau_pct", "nf_pct"), off.tolist())),
        load=round(os.getloadavg()[0], 1))
    worst_apart = worst_apart or (off > (2e-5, 2e-5, 5e-3, 5e-3)).any()
    if args.full:
        cpu, wall = run("axon", "map", "--seed", "500", "-o", here_to("map.h5"), "--direct", threads=2)
        say(bench="axon, white matter directly", voxels=VOXELS, how="all, impact of seed 500", cpu_s=round(cpu, 1),
            wall_s=round(wall, 1), threads=2, load=round(os.getloadavg()[0], 1))
if not args.no_nets:
    build = os.path.dirname(os.path.abspath(args.loligo))
    if os.path.exists(os.path.join(build, "bench", "axon_predict_bench")):
        sys.stdout.flush()
        subprocess.run([sys.executable, os.path.join(here, "axon_predict_bench.py"), build], check=True)
    else:
        print("axon_bench.py: no axon_predict_bench; cmake --build BUILD --target benches", file=sys.stderr)
sys.exit(1 if worst_apart else 0)

#!/usr/bin/python3
"""Does it pay to choose profiles by what networks are unsure of? Protocol A at equal N, beside the distance alone.

usage: axon_adaptive.py BUILD/loligo WORK_DIR [--repeats 2] [--numbers 250,500,1000,2000] [--nets 3] [--epochs 200]

Candidates: those of protocol A (45 impacts, a voxel of each 6 mm cube), drawn anew in every repeat; tests: R and W of the
held-out impact against the 2000 profiles of the distance rule, the same for both. Distance: `axon sample --n N`, each N
chosen anew. Adaptive: the first number by distance, then `axon sample --adaptive NET` up to the next, learned anew.
What is in WORK_DIR is not made again: the same command goes on.
"""
import argparse
import csv
import os
import subprocess

import numpy as np

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("loligo")
parser.add_argument("folder")
parser.add_argument("--repeats", type=int, default=2)
parser.add_argument("--numbers", default="250,500,1000,2000")
parser.add_argument("--nets", default="3")
parser.add_argument("--epochs", default="200")
args = parser.parse_args()
numbers = [int(n) for n in args.numbers.split(",")]
OUT = ("mt", "axl", "tau_pct", "nf_pct")


def run(made, *command):
    """Run unless its last file is there."""
    if os.path.exists(made):
        return
    done = subprocess.run([args.loligo, "axon", *command, "--quiet"], capture_output=True, text=True)
    if done.returncode not in (0, 1, 6):
        raise SystemExit(done.stderr)


def table(path):
    with open(path) as f:
        return {r["name"]: r for r in csv.DictReader(line for line in f if not line.startswith("#"))}


def scores(predicted, labels):
    y, t = table(predicted), table(labels)
    names = [n for n in t if t[n]["mt"] != "nan"]
    said = np.array([[float(y[n][c]) for c in OUT] for n in names])
    true = np.array([[float(t[n][c]) for c in OUT] for n in names])
    return 1 - ((said - true) ** 2).sum(0) / ((true - true.mean(0)) ** 2).sum(0)


def learn_and_judge(folder, name, tests, seed):
    run(f"{folder}/{name}.csv", "simulate", f"{folder}/{name}.h5", "-o", f"{folder}/{name}.csv")
    run(f"{folder}/{name}.safetensors", "learn", f"{folder}/{name}.h5", f"{folder}/{name}.csv", "-o",
        f"{folder}/{name}.safetensors", "--nets", args.nets, "--epochs", args.epochs, "--seed", seed)
    found = []
    for test in ("random", "worst"):
        out = f"{folder}/{name}-{test}.csv"
        run(out, "predict", f"{tests}/{test}.h5", "-o", out, "--net", f"{folder}/{name}.safetensors", "--no-fallback")
        found.append(scores(out, f"{tests}/{test}-labels.csv"))
    return found


def repeat(seed):
    folder, seed = os.path.join(args.folder, f"seed{seed}"), str(seed)
    a = folder + "/a"
    os.makedirs(folder, exist_ok=True)
    run(a + "/candidates.h5", "protocol", "a", "-o", a, "--seed", seed, "--candidates", "--no-labels")
    for test in ("random", "worst"):
        run(f"{a}/{test}-labels.csv", "simulate", f"{a}/{test}.h5", "-o", f"{a}/{test}-labels.csv")
    result = {}
    for n in numbers:
        name = f"d{n}"
        run(f"{folder}/{name}.h5", "sample", a + "/candidates.h5", "--cube", "0", "--n", str(n), "-o", f"{folder}/{name}-chosen.csv",
            "--profiles", f"{folder}/{name}.h5")
        result["distance", n] = learn_and_judge(folder, name, a, seed)
    result["adaptive", numbers[0]] = result["distance", numbers[0]]
    before = f"d{numbers[0]}"
    for had, n in zip(numbers, numbers[1:]):
        name, more = f"s{n}", f"{folder}/s{n}-more"
        run(more + ".h5", "sample", a + "/candidates.h5", "--cube", "0", "--adaptive", f"{folder}/{before}.safetensors", "--n",
            str(n - had), "-o", more + ".csv", "--profiles", more + ".h5")
        run(f"{folder}/{name}.h5", "sample", f"{folder}/{before}.h5", more + ".h5", "--cube", "0", "--threshold", "0",
            "--least-peak", "0", "-o", f"{folder}/{name}-chosen.csv", "--profiles", f"{folder}/{name}.h5")
        result["adaptive", n] = learn_and_judge(folder, name, a, seed)
        before = name
    return result


results = [repeat(k + 1) for k in range(args.repeats)]
print("R2 of MT axolemma tau NF; a row for each repeat")
for test, title in enumerate(("R: 1000 random", "W: 75 farthest")):
    for n in numbers:
        for rule in ("distance", "adaptive"):
            for k, r in enumerate(results):
                print(f"{title:15s} N {n:5d} {rule:9s} {k + 1}  " + " ".join(f"{x:7.4f}" for x in r[rule, n][test]), flush=True)

#!/usr/bin/env python3
"""Make models/axon-male-population.safetensors: profiles of dataset_train.npz on a population, then the regression.

usage: /usr/bin/python3 validation/axon_spread.py build/loligo DATA_DIR [--profiles 360] [--seeds 1..100] [-o MODEL]

DATA_DIR holds dataset_train.npz. The first profiles of a fixed permutation of train_x are simulated on every seed
(`loligo axon population --each`), 24 at a time into --work (chunks that are there are kept, so a stopped run goes on),
and `loligo axon spread` learns from them. 360 profiles on 100 seeds take about 5 minutes of CPU.
"""
import argparse
import os
import subprocess

import numpy as np


def write_profiles(path, names, x):
    with open(path, "w") as f:
        f.write("t_s," + ",".join(names) + "\n")
        for k in range(x.shape[1]):
            f.write(f"{k * 1e-3:.3f}," + ",".join(repr(float(v)) for v in x[:, k]) + "\n")


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("loligo")
    ask.add_argument("data")
    ask.add_argument("--profiles", type=int, default=360)
    ask.add_argument("--seeds", default="1..100")
    ask.add_argument("--work", default="axon-spread")
    ask.add_argument("-o", "--output", default="models/axon-male-population.safetensors")
    args = ask.parse_args()
    loligo = os.path.abspath(args.loligo)
    x = np.load(os.path.join(args.data, "dataset_train.npz"))["train_x"].astype(float)
    order = np.random.RandomState(20251122).permutation(len(x))[: args.profiles]
    names = [f"n{i}" for i in order]
    os.makedirs(args.work, exist_ok=True)
    each = os.path.join(args.work, "each.csv")
    write_profiles(os.path.join(args.work, "profiles.csv"), names, x[order])
    with open(each, "w") as table:
        table.write("name,seed,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct\n")
        for c in range(0, len(order), 24):
            chunk, done = f"{c // 24:03d}.csv", f"{c // 24:03d}-each.csv"
            if not os.path.exists(os.path.join(args.work, done)):
                write_profiles(os.path.join(args.work, chunk), names[c : c + 24], x[order[c : c + 24]])
                subprocess.run(
                    [loligo, "axon", "population", chunk, "-o", "spread-" + chunk, "--each", done, "--seeds", args.seeds],
                    check=True, cwd=args.work)
            rows = [r for r in open(os.path.join(args.work, done)) if not r.startswith("#")]
            table.writelines(rows[1:])
    subprocess.run([loligo, "axon", "spread", "profiles.csv", "each.csv", "-o", os.path.abspath(args.output)],
                   check=True, cwd=args.work)


if __name__ == "__main__":
    main()

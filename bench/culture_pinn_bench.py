#!/usr/bin/python3
"""The robust physics-informed network of culture identify beside the same one in PyTorch, in one run.

usage: culture_pinn_bench.py LOLIGO [--steps N] [--repeats N] [--threads N]

Both train the same network on the same traces (a simulated culture of tests/data): 96 sines and cosines, 64 64 64 256
tanh, tangents carried through the layers, data and Student-t losses with scales from median absolute deviations every
20 steps, Adam with half a cosine, all points each step, float32. Interleaved; CPU seconds of all threads and wall
seconds of training alone (a run of one step is taken off), medians; one JSON line. PyTorch's k is printed as a check
that it is the same training: starts differ, so the digits do.
"""
import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("loligo")
parser.add_argument("--steps", type=int, default=100)
parser.add_argument("--repeats", type=int, default=3)
parser.add_argument("--threads", type=int, default=1)
args = parser.parse_args()
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(args.threads)
os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX" if "avx512f" in open("/proc/cpuinfo").read() else "Haswell")

import numpy as np  # noqa: E402
import torch  # noqa: E402

torch.set_num_threads(args.threads)
here = os.path.dirname(os.path.abspath(__file__))
data = os.path.join(here, "..", "tests", "data", "culture")
files = {n: os.path.join(data, f"traces_t3_{f}.csv") for n, f in (("traces", "Y"), ("edges", "edges"), ("cells", "cells"))}


def rows_of(path):
    with open(path) as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def problem():
    cells, edges = rows_of(files["cells"]), rows_of(files["edges"])
    index = {int(c["id"]): q for q, c in enumerate(cells)}
    border = np.array([int(c["is_border"]) for c in cells], bool)
    table = rows_of(files["traces"])
    y = np.array([[float(r[f"c{c['id']}"]) for c in cells] for r in table])
    u = np.array([float(e["u_centroid_dist_px"]) for e in edges])
    length = np.array([float(e["l_crack_px"]) for e in edges])
    w = np.zeros((len(cells), len(cells)))
    degree = np.zeros(len(cells))
    for e, weight in zip(edges, u / u.mean() * length / length.mean()):
        i, j = index[int(e["i"])], index[int(e["j"])]
        w[i, j] = w[j, i] = weight
        degree[[i, j]] += 1
    return y, w / np.maximum(degree, 1)[:, None], ~border


def torch_training(steps, total=2500):
    """Seconds of `steps` steps of a schedule of `total`; k."""
    torch.manual_seed(1)
    y, a, inner = problem()
    frames, n = y.shape[0], int(inner.sum())
    fine = np.linspace(0, frames - 1, 2 * frames - 1)
    full = np.stack([np.interp(fine, np.arange(frames), column) for column in y.T], 1)
    f32 = lambda x: torch.tensor(np.ascontiguousarray(x), dtype=torch.float32)  # noqa: E731
    coupling = f32((a - np.diag(a.sum(1)))[np.ix_(inner, inner)].T)
    forcing, target = f32(full[:, ~inner] @ a[np.ix_(inner, ~inner)].T), f32(y[:, inner])
    mean, sd = target.mean(0), target.std(0, unbiased=False)
    noise = 1.4826 * np.median(np.abs(np.diff(y[:, inner], 3, axis=0)), axis=0) / np.sqrt(20)
    noise = f32(noise)
    span = frames - 1
    freq = np.exp(np.linspace(np.log(1 / (2 * span)), np.log(0.22), 96))
    angle = 2 * np.pi * freq * (fine[:, None] - span / 2)
    h0 = f32(np.concatenate([np.sin(angle), np.cos(angle)], 1))
    t0 = f32(np.concatenate([2 * np.pi * freq * np.cos(angle), -2 * np.pi * freq * np.sin(angle)], 1))
    layers = [torch.nn.Linear(i, o) for i, o in zip((192, 64, 64, 64, 256), (64, 64, 64, 256, n))]
    kappa = torch.tensor(np.log(0.02), dtype=torch.float32, requires_grad=True)
    gamma = torch.zeros(n, requires_grad=True)
    optimiser = torch.optim.Adam([{"params": [p for m in layers for p in m.parameters()], "lr": 3e-3},
                                  {"params": [kappa], "lr": 2e-2}, {"params": [gamma], "lr": 1e-4}])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: 0.5 * (1 + np.cos(np.pi * s / total)))

    def both():
        h, t = h0, t0
        for m in layers[:-1]:
            h, t = torch.tanh(m(h)), t @ m.weight.T
            t = t * (1 - h * h)
        value, slope = mean + sd * layers[-1](h), sd * (t @ layers[-1].weight.T)
        return value[::2] - target, slope - torch.exp(kappa) * (value @ coupling + forcing) - gamma

    def mad(x):
        return 1.4826 * (x - x.median(0).values).abs().median(0).values

    def scales():
        with torch.no_grad():
            e, r = both()
            return torch.maximum(mad(e), noise), torch.maximum(mad(r), noise / 12)

    sigma, tau = scales()
    wall, cpu = time.perf_counter(), time.process_time()
    for step in range(steps):
        ramp = min(max((step - 0.12 * total) / (0.16 * total), 0.0), 1.0)
        optimiser.zero_grad(set_to_none=True)
        e, r = both()
        loss = 0.5 * ((e / sigma) ** 2).mean() + 3 * ramp * torch.log1p(0.5 * (r / tau) ** 2).mean()
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 20 == 0:
            sigma, tau = scales()
    return time.perf_counter() - wall, time.process_time() - cpu, float(torch.exp(kappa))


def ours(steps):
    with tempfile.TemporaryDirectory() as folder:
        before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([args.loligo, "culture", "pinn", "--traces", files["traces"], "--edges", files["edges"], "--cells",
                        files["cells"], "--law", "ul/degree", "--steps", str(steps), "--threads", str(args.threads),
                        "--no-report", "--quiet", "--save-seconds", "1e9", "-o", folder], check=False)
        wall = time.perf_counter() - wall
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        k = json.load(open(os.path.join(folder, "summary.json")))["k_per_frame"]
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, k


def main():
    mine, theirs, start = [], [], []
    for _ in range(args.repeats):
        start.append(ours(1))
        mine.append(ours(args.steps))
        theirs.append(torch_training(args.steps, max(args.steps, 2500)))
    middle = lambda rows, q: statistics.median(r[q] for r in rows)  # noqa: E731
    n = args.steps - 1
    cpu, wall = (middle(mine, 1) - middle(start, 1)) / n, (middle(mine, 0) - middle(start, 0)) / n
    torch_cpu, torch_wall = middle(theirs, 1) / args.steps, middle(theirs, 0) / args.steps
    rows, width = 721, (192, 64, 64, 64, 256, 68)
    products = 6 * sum(a * b for a, b in zip(width, width[1:])) - 2 * width[0] * width[1]
    flop = 2.0 * rows * products
    print(json.dumps({
        "bench": "culture_pinn", "threads": args.threads, "steps": args.steps, "repeats": args.repeats,
        "loligo_cpu_ms_per_step": round(1e3 * cpu, 3), "torch_cpu_ms_per_step": round(1e3 * torch_cpu, 3),
        "loligo_wall_ms_per_step": round(1e3 * wall, 3), "torch_wall_ms_per_step": round(1e3 * torch_wall, 3),
        "ratio_cpu": round(torch_cpu / cpu, 2), "mflop_per_step_in_products": round(flop / 1e6, 1),
        "gflop_per_cpu_s": round(flop / cpu / 1e9, 1), "k_loligo": mine[-1][2], "k_torch": theirs[-1][2],
        "torch": torch.__version__, "load": os.getloadavg()[0]}))


if __name__ == "__main__":
    sys.exit(main())

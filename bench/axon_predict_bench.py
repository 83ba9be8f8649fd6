#!/usr/bin/python3
"""A white matter of 92,408 voxels through the six-channel network: ours beside PyTorch, same weights, same profiles.

usage: axon_predict_bench.py BUILD [VOXELS]     BUILD: the build folder (build); needs its target "benches"

Interleaved in one run; CPU seconds of one process, medians; how far the results are apart. JSON lines on stdout.
PyTorch gets one and two threads and the best of three batch sizes; its channels are made by NumPy and not counted.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

threads = 2
os.environ["OMP_NUM_THREADS"] = str(threads)
import numpy as np  # noqa: E402

try:
    import torch
except ImportError:
    sys.exit("axon_predict_bench.py: PyTorch is not installed (make deps-bench); left out")

build = sys.argv[1] if len(sys.argv) > 1 else "build"
voxels = int(sys.argv[2]) if len(sys.argv) > 2 else 92408
NETS, TIMES, WEIGHTS = 3, 101, 69572
CONVS = [(6, 16, 7, 2, 3), (16, 16, 5, 1, 2), (16, 32, 5, 2, 2), (32, 32, 3, 2, 1)]
DENSES = [(416, 128), (128, 64), (64, 4)]


def ours(folder):
    done = subprocess.run([f"{build}/bench/axon_predict_bench", str(voxels), folder], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


class Flat(torch.nn.Module):
    def forward(self, x):  # (B, C, T) to time, channel
        return x.transpose(1, 2).flatten(1)


def network(flat):
    layers, at = [], 0

    def take(shape):
        nonlocal at
        n = int(np.prod(shape))
        at += n
        return torch.from_numpy(flat[at - n:at].reshape(shape).copy())

    for i, o, k, stride, pad in CONVS:
        conv = torch.nn.Conv1d(i, o, k, stride, pad)
        conv.weight.data = take((k, i, o)).permute(2, 1, 0).contiguous()
        conv.bias.data = take((o,))
        layers += [conv, torch.nn.SiLU()]
    layers.append(Flat())
    for n, (i, o) in enumerate(DENSES):
        dense = torch.nn.Linear(i, o)
        dense.weight.data = take((i, o)).T.contiguous()
        dense.bias.data = take((o,))
        layers += [dense] + ([torch.nn.SiLU()] if n < 2 else [])
    assert at == WEIGHTS
    return torch.nn.Sequential(*layers).eval()


def channels(strain):
    e = strain.astype(np.float32)
    x = np.empty((len(e), 6, TIMES), np.float32)
    x[:, 0] = e * 10
    x[:, 1] = np.maximum.accumulate(e, 1) * 10
    for j, tau in enumerate((2.0, 6.0, 20.0, 60.0)):
        a, s = np.exp(-1 / tau), np.zeros(len(e))
        for t in range(TIMES):
            if t:
                s = a * s + (1 - a) * tau * (e[:, t].astype(float) - e[:, t - 1])
            x[:, 2 + j, t] = s / 0.05
    return torch.from_numpy(x)


def theirs(net, x, batch):
    cpu, wall = time.process_time(), time.perf_counter()
    with torch.no_grad():
        y = torch.cat([net(x[k:k + batch]) for k in range(0, len(x), batch)])
    return time.process_time() - cpu, time.perf_counter() - wall, y


with tempfile.TemporaryDirectory() as folder:
    lines = ours(folder)
    weights = np.fromfile(f"{folder}/weights.f32", np.float32).reshape(NETS, WEIGHTS)
    x = channels(np.fromfile(f"{folder}/strain.f64").reshape(voxels, TIMES))
    result = np.fromfile(f"{folder}/result.f32", np.float32).reshape(NETS, voxels, 4)
    nets = [network(w) for w in weights]
    sample = x[:min(voxels, 8192)]
    batch = min((256, 1024, 4096), key=lambda b: min(theirs(nets[0], sample, b)[0] for _ in range(2)))
    peer, apart = [], 0.0
    for k, net in enumerate(nets):
        cpu, wall, y = theirs(net, x, batch)
        apart = max(apart, float(np.abs(y.numpy() - result[k]).max()))
        peer.append((cpu, wall))
        lines += ours(folder)
    for build_name in sorted({line["build"] for line in lines}):
        for n in (1, 3):
            mine = [line for line in lines if line["build"] == build_name and line["nets"] == n]
            cpu = statistics.median(line["cpu_s"] for line in mine)
            torch_cpu = n * statistics.median(p[0] for p in peer)
            print(json.dumps({
                "bench": "axon predict beside PyTorch", "build": build_name, "nets": n, "voxels": voxels,
                "cpu_s": round(cpu, 4), "wall_s": round(min(line["wall_s"] for line in mine), 4),
                "gflops": mine[0]["gflops"], "core_gflops": mine[0]["core_gflops"],
                "torch": torch.__version__, "torch_batch": batch, "torch_cpu_s": round(torch_cpu, 2),
                "torch_wall_s": round(n * min(p[1] for p in peer), 2), "ratio_cpu": round(torch_cpu / cpu, 1),
                "apart": apart, "load": os.getloadavg()[0]}))

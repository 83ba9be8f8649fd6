#!/usr/bin/python3
"""A training step of the axon's networks beside PyTorch: same layers, batches of 64, AdamW, interleaved in one run.

usage: axon_learn_bench.py BUILD [ROUNDS]     BUILD: the build folder (build); needs its target "benches"

One JSON line per layout and number of threads: ms per step of both (medians), their ratio; CPU seconds at one thread,
wall seconds at two. PyTorch's channels are made before and not counted; ours are made from the strain at every step.
"""
import json
import os
import statistics
import subprocess
import sys
import time

build = sys.argv[1] if len(sys.argv) > 1 else "build"
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
worker = len(sys.argv) > 3 and sys.argv[3] == "--torch"
threads = sys.argv[4] if worker else "1"
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = threads
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # spinning threads on a busy machine cost a hundredfold
if "OPENBLAS_CORETYPE" not in os.environ:  # Debian's 0.3.21 mistakes new processors for old ones
    os.environ["OPENBLAS_CORETYPE"] = "SkylakeX" if "avx512f" in open("/proc/cpuinfo").read() else "Haswell"
try:
    import torch
    from torch import nn
except ImportError:
    sys.exit("axon_learn_bench.py: PyTorch is not installed (make deps-bench); left out")


def network(layout):
    if layout == "six":
        return nn.Sequential(nn.Conv1d(6, 16, 7, 2, 3), nn.SiLU(), nn.Conv1d(16, 16, 5, 1, 2), nn.SiLU(),
                             nn.Conv1d(16, 32, 5, 2, 2), nn.SiLU(), nn.Conv1d(32, 32, 3, 2, 1), nn.SiLU(), nn.Flatten(),
                             nn.Linear(416, 128), nn.SiLU(), nn.Linear(128, 64), nn.SiLU(), nn.Linear(64, 4))
    return nn.Sequential(nn.Conv1d(1, 32, 10, 2), nn.ReLU(), nn.Conv1d(32, 32, 10, 2), nn.ReLU(), nn.Conv1d(32, 32, 5),
                         nn.ReLU(), nn.Dropout(0.2), nn.Flatten(), nn.Linear(480, 10), nn.ReLU(), nn.Linear(10, 4))


def serve():
    torch.set_num_threads(int(threads))
    layout = sys.argv[5]
    net, x, y = network(layout), torch.randn(2048, 6 if layout == "six" else 1, 101), torch.randn(2048, 4)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-4)
    for line in sys.stdin:
        cpu, wall = time.process_time(), time.monotonic()
        for _ in range(int(line)):
            rows = torch.randint(0, 2048, (64,))
            optimiser.zero_grad(set_to_none=True)
            nn.functional.mse_loss(net(x[rows]), y[rows]).backward()
            optimiser.step()
        print(json.dumps({"steps": int(line), "cpu_s": time.process_time() - cpu, "wall_s": time.monotonic() - wall}),
              flush=True)


def start(command):
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(process, steps):
    process.stdin.write(f"{steps}\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def measure(layout, n):
    ours = start([f"{build}/bench/axon_learn_bench", str(n), layout])
    peer = start([sys.executable, os.path.abspath(__file__), build, "0", "--torch", str(n), layout])
    key, times = "cpu_s" if n == 1 else "wall_s", []
    for k in range(rounds + 1):
        a, b = ask(ours, 64), ask(peer, 64)
        if k:  # the first warms up
            times.append((1e3 * a[key] / a["steps"], 1e3 * b[key] / b["steps"]))
    for process in (ours, peer):
        process.stdin.close()
        process.wait()
    print(json.dumps({"bench": "axon-learn", "layout": layout, "threads": n, "torch": torch.__version__,
                      "ours_ms": round(statistics.median(t[0] for t in times), 3),
                      "torch_ms": round(statistics.median(t[1] for t in times), 3),
                      "ratio": round(statistics.median(b / a for a, b in times), 2), "clock": key}), flush=True)


if worker:
    serve()
else:
    for name in ("six", "ji"):
        for count in (1, 2):
            measure(name, count)

#!/usr/bin/python3
"""The learning engine beside PyTorch: interleaved repeats in one run, equal threads, medians.

usage: learn_bench.py BUILD/loligo [NET …]

JSON lines on stdout, a table (nets | ours | PyTorch | ratio | goal) on stderr. On a shared machine the clock on the
wall is at the mercy of the neighbours: at one thread the ratio is of CPU seconds; at two, of wall seconds, because CPU
seconds do not show what waiting costs. Exit 0 whatever the ratios; they are printed beside their goals.

A  Conv1d(2-32-64-64) + LSTM 64 + dense, 64 x 2 x 1000, one Adam step      B  Conv1d(1-32-64-64) + dense, 128 x 1 x 200
C  MLP 3-32-32-1 tanh, 10,000 rows; C1: one row                            D  PINN 1-32-32-32-32-1, du/dt in the loss
T  the twins' encoder, 64 x 5 x 4800, one Adam step; T1: frozen, one sample
U  U-Net of two levels, 2 x 256 x 256, one Adam step
"""
import json
import os
import statistics
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
build = os.path.dirname(os.path.abspath(sys.argv[1])) if len(sys.argv) > 1 else "build"
# net: (repeats per round of ours, of PyTorch's, rounds, goal at 1 thread, goal at 2; None: not measured there)
plan = {"A": (1, 1, 21, 2.3, 3.4), "B": (3, 3, 21, 1.6, 1.6), "C": (30, 10, 21, 5, None), "C1": (20000, 500, 21, 200, None),
        "D": (100, 10, 21, 20, None), "T": (1, 1, 9, 1.5, 1.5), "T1": (50, 10, 21, 3, None),
        "U": (1, 1, 5, 1.0, 1.0)}
wanted = sys.argv[2:] or list(plan)
try:
    import torch
except ImportError:
    sys.exit("learn_bench.py: PyTorch is not installed (make deps-bench); left out")


def start(command, threads):
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads),
                       OMP_WAIT_POLICY="PASSIVE", OPENBLAS_CORETYPE=os.environ.get("OPENBLAS_CORETYPE", ""))
    if not environment["OPENBLAS_CORETYPE"]:
        environment["OPENBLAS_CORETYPE"] = "SkylakeX" if "avx512f" in open("/proc/cpuinfo").read() else "Haswell"
    cores = list(map(str, sorted(os.sched_getaffinity(0))[:threads]))
    environment["GOMP_CPU_AFFINITY"] = " ".join(cores)  # one core per thread on both sides
    return subprocess.Popen(["taskset", "-c", ",".join(cores)] + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def ask(process, net, repeats):
    process.stdin.write(f"{net} {repeats}\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def readable(seconds):
    for unit, scale in (("s", 1), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def measure(net, threads, ours, peer):
    r_ours, r_peer, rounds, *goals = plan[net]
    times = [(ask(ours, net, r_ours), ask(peer, net, r_peer)) for _ in range(rounds)]
    line = {"bench": "learn", "net": net, "threads": threads, "torch": torch.__version__}
    for clock in ("seconds", "cpu_seconds"):
        a, b = (statistics.median(t[side][clock] for t in times) for side in (0, 1))
        line.update({"loligo_" + clock: round(a, 9), "pytorch_" + clock: round(b, 9),
                     "speedup" if clock == "seconds" else "cpu_speedup": round(b / a, 2)})
    line["goal"] = goals[threads - 1]
    return line


lines = []
for threads in (1, 2):
    ours = start([os.path.join(build, "bench", "learn_worker_bench"), str(threads)], threads)
    peer = start(["/usr/bin/python3", os.path.join(here, "learn_torch.py"), str(threads)], threads)
    for net in wanted:
        if plan[net][2 + threads] is None:
            continue
        lines.append(measure(net, threads, ours, peer))
        print(json.dumps(lines[-1]), flush=True)
    for process in (ours, peer):
        process.stdin.close()
        process.wait()

print(f"{'net':4} {'threads':>7} | {'ours':>9} | {'PyTorch':>9} | {'ratio':>6} | goal", file=sys.stderr)
for line in lines:
    clock, ratio = ("cpu_seconds", "cpu_speedup") if line["threads"] == 1 else ("seconds", "speedup")
    a, b = line["loligo_" + clock], line["pytorch_" + clock]
    good = "" if line[ratio] >= line["goal"] else "  missed"
    print(f"{line['net']:4} {line['threads']:7} | {readable(a):>9} | {readable(b):>9} | {line[ratio]:6} | "
          f">= {line['goal']}{good}", file=sys.stderr)
    if line["net"] == "C1":
        print(f"{'':12} | {'':9} | {'':9} | {'':6} | <= 60 ns{'' if a <= 60e-9 else '  missed'}", file=sys.stderr)

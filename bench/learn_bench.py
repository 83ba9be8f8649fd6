#!/usr/bin/python3
"""The learning engine beside PyTorch: interleaved repeats in one run, equal threads, medians; JSON lines.

usage: learn_bench.py BUILD/loligo [NET …]
"""
import json
import os
import statistics
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
build = os.path.dirname(os.path.abspath(sys.argv[1])) if len(sys.argv) > 1 else "build"
# net: (repeats per round of ours, of PyTorch's, rounds, goal at 1 thread, goal at 2)
plan = {"A": (1, 1, 15, 2.3, 3.4), "B": (3, 3, 15, 1.6, 1.6), "C": (30, 30, 15, 5, 5), "C1": (20000, 500, 15, None, None),
        "D": (100, 10, 15, 20, 20), "T": (1, 1, 9, 1.5, 1.5), "T1": (50, 10, 15, 3, 3)}
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
    pin = ["taskset", "-c", ",".join(map(str, sorted(os.sched_getaffinity(0))[:threads]))]
    return subprocess.Popen(pin + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def ask(process, net, repeats):
    process.stdin.write(f"{net} {repeats}\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


for threads in (1, 2):
    ours = start([os.path.join(build, "bench", "learn_worker_bench"), str(threads)], threads)
    peer = start(["/usr/bin/python3", os.path.join(here, "learn_torch.py"), str(threads)], threads)
    for net in wanted:
        r_ours, r_peer, rounds, goal_1, goal_2 = plan[net]
        if threads == 2 and net in ("C1", "D", "T1"):
            continue
        times = [(ask(ours, net, r_ours), ask(peer, net, r_peer)) for _ in range(rounds)]
        line = {"bench": "learn", "net": net, "threads": threads, "torch": torch.__version__}
        for clock in ("seconds", "cpu_seconds"):  # on a busy machine the CPU clock is the fairer one at 1 thread
            a, b = (statistics.median(t[side][clock] for t in times) for side in (0, 1))
            line.update({"loligo_" + clock: round(a, 9), "pytorch_" + clock: round(b, 9),
                         "speedup" if clock == "seconds" else "cpu_speedup": round(b / a, 2)})
        a, b = (min(t[side]["seconds"] for t in times) for side in (0, 1))
        line.update({"best_speedup": round(b / a, 2), "goal": goal_1 if threads == 1 else goal_2})
        print(json.dumps(line), flush=True)
    for process in (ours, peer):
        process.stdin.close()
        process.wait()

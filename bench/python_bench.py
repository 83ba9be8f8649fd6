#!/usr/bin/python3
"""Python beside C: the same calls from both; least over repeats, wall time of short calls, CPU time of long ones.

usage: python_bench.py [build/loligo] [--repeats N]
JSON lines: a short call, a run of 1 ms and of 1 s of hh52 (rk4), 1,000 Izhikevich neurons for 1 s; then memory: how much
a run of 40 MB adds while its arrays are held, which says whether there is a second copy.
"""

import argparse
import ctypes
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "python"))


def in_c(library, repeats):
    """Nanoseconds of each figure, from C."""
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "beside")
        subprocess.run(
            ["cc", "-std=c17", "-O2", f"-I{ROOT}/include", str(ROOT / "bench" / "python_beside.c"), "-o", program]
            + [library, f"-Wl,-rpath,{os.path.dirname(library)}"],
            check=True,
        )
        said = subprocess.run([program, str(repeats)], check=True, capture_output=True, text=True).stdout
    return {line.split()[0]: float(line.split()[1]) for line in said.splitlines()}


def least(function, repeats, inner=1, clock=time.perf_counter_ns):
    """Least nanoseconds of a call."""
    best = float("inf")
    for _ in range(repeats):
        begin = clock()
        for _ in range(inner):
            function()
        best = min(best, (clock() - begin) / inner)
    return best


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def in_python(loligo, repeats):
    """The same figures, from Python; "short" from another thread too, where no call is handed over."""
    squid, ctx = loligo.Neuron("hh52"), loligo.context()
    short = loligo.Protocol(1, 0.05).add_const(0, 1, 10)
    second = loligo.Protocol(1000, 0.05).add_const(0, 1000, 10)
    cpu = time.process_time_ns
    many, wave = loligo.batch.Population(loligo.Neuron("izhikevich"), 1000), np.full(10000, 100.0)
    out = np.empty((1000, 1001))
    figures = {
        "check": least(squid.check, repeats, 1000),
        "short": least(lambda: loligo.simulate(squid, short), 50 * repeats),
        "hh_1s": least(lambda: loligo.simulate(squid, second), repeats, clock=cpu),
        "batch": least(lambda: loligo.batch.run(many, wave, 0.1, sample_every=10, out=out), repeats, clock=cpu),
    }
    beside = []
    thread = threading.Thread(target=lambda: beside.append(least(lambda: loligo.simulate(squid, short), 50 * repeats)))
    thread.start()
    thread.join()
    figures["short_in_a_thread"] = beside[0]
    assert ctx.threads == 1
    return figures


def memory(loligo):
    """Bytes that a run adds over the bytes of its arrays, while they are held as NumPy arrays."""
    squid = loligo.Neuron("hh52")
    protocol = loligo.Protocol(50000, 0.05)
    loligo.simulate(squid, loligo.Protocol(10, 0.05), all_states=True)
    ctypes.CDLL(None).malloc_trim(0)
    before = resident_bytes()
    run = loligo.simulate(squid, protocol, solver="euler", dt_ms=0.025, all_states=True)
    held = [run[name] for name in run.columns] + [run.states[:, ::10]]
    return run.states.nbytes, resident_bytes() - before, len(held)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", nargs="?", default=str(ROOT / "build" / "loligo"))
    parser.add_argument("--repeats", type=int, default=20)
    arguments = parser.parse_args()
    library = os.path.join(os.path.dirname(os.path.abspath(arguments.program)), "libloligo.so")
    os.environ.setdefault("LIBLOLIGO", library)
    import loligo

    c, python = in_c(library, arguments.repeats), in_python(loligo, arguments.repeats)
    load = os.getloadavg()[0]
    for name, what in (
        ("check", "one short call (lg_neuron_check)"),
        ("short", "hh52 for 1 ms, from the main thread"),
        ("short_in_a_thread", "hh52 for 1 ms, from another thread"),
        ("hh_1s", "hh52 for 1 s, 20,001 samples"),
        ("batch", "1,000 izhikevich neurons for 1 s, 0.1 ms"),
    ):
        peer, own = c[name.replace("_in_a_thread", "")], python[name]
        row = {"bench": "python", "what": what, "c_us": round(peer / 1e3, 2), "python_us": round(own / 1e3, 2)}
        row.update(over_us=round((own - peer) / 1e3, 2), ratio=round(own / peer, 4), load=round(load, 1))
        print(json.dumps(row))
    arrays, grown, n = memory(loligo)
    print(json.dumps({"bench": "python", "what": f"memory, {n} views held", "arrays_MB": round(arrays / 1e6, 1),
                      "resident_grew_MB": round(grown / 1e6, 1), "copies": round(grown / arrays - 1, 2)}))


if __name__ == "__main__":
    main()

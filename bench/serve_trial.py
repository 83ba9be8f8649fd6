"""A7: how long a trial of 10 doses (or of one, as a slider asks) takes from the server, by POST /api/v1/run; p50 and
p95 of N runs, and the processor time of the server with all its processes for one run.

usage: python3 bench/serve_trial.py [LOLIGO] [--runs 40] [--doses 10] [--assay quick|full]
"""
import argparse
import json
import os
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "tests", "cli"))
from serve_client import Server

parser = argparse.ArgumentParser()
parser.add_argument("program", nargs="?", default=os.path.join(here, "..", "build", "loligo"))
parser.add_argument("--runs", type=int, default=40)
parser.add_argument("--doses", type=int, default=10)
parser.add_argument("--assay", choices=["quick", "full"], default="quick")
parser.add_argument("--samples", type=int, default=0)
parser.add_argument("--model", default='{"model": "tm"}')
a = parser.parse_args()


def tree(pid):
    yield pid
    for t in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/children" % (pid, t)) as f:
            for child in f.read().split():
                yield from tree(int(child))


def cpu_ms(pid):
    """Of a process, those it started and those that they waited for."""
    total = 0
    for p in tree(pid):
        with open("/proc/%d/stat" % p) as f:
            total += sum(map(int, f.read().rsplit(")", 1)[1].split()[11:15]))
    return 1e3 * total / os.sysconf("SC_CLK_TCK")


s = Server(a.program, ["--workers", "1"])
try:
    s.start()
    path = os.path.join(s.folder, "twin.json")
    with open(path, "w") as f:
        f.write(a.model)
    u = s.upload(path)
    times = []
    for k in range(a.runs + 2):
        dose = "%guM" % (30 + k) if a.doses == 1 else "%g:300uM:%dlog" % (1 + 0.01 * k, a.doses)
        options = {"drug": "carbamazepine", "dose": dose, "samples": a.samples}
        if a.assay == "quick":
            options["quick"] = True
        if k == 2:
            used = cpu_ms(s.process.pid)
        began = time.monotonic()
        status, row = s.post("/api/v1/run", {"command": "trial", "arguments": ["twin.json"], "options": options,
                                             "inputs": {"twin.json": u["sha256"]}})
        took = 1e3 * (time.monotonic() - began)
        assert status == 200 and row["state"] == "done", (status, row)
        if k >= 2:
            times.append(took)
    used = cpu_ms(s.process.pid) - used
    times.sort()
    print(json.dumps({"bench": "serve_trial", "model": json.loads(a.model)["model"], "doses": a.doses, "assay": a.assay,
                      "samples": a.samples, "runs": a.runs, "p50_ms": round(times[len(times) // 2], 1),
                      "p95_ms": round(times[int(0.95 * (len(times) - 1))], 1), "worst_ms": round(times[-1], 1),
                      "cpu_ms": round(used / a.runs, 1), "load": os.getloadavg()[0]}))
finally:
    s.remove()

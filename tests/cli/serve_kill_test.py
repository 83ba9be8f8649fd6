"""A9: workers, programs and the server are killed at random while screens run, one after the other until there were as
many kills as asked for. Every result is there exactly once.

usage: serve_kill_test.py LOLIGO [--points 500] [--kills 5] [--seed 1] [--json]
"""
import argparse
import csv
import json
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from serve_client import Server

parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("--points", type=int, default=500)
parser.add_argument("--kills", type=int, default=5)
parser.add_argument("--protocol", default="step1s")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--pause", type=float, default=1.0, help="seconds between two kills, at most")
parser.add_argument("--json", action="store_true")
a = parser.parse_args()
random.seed(a.seed)
DOSES = 10


def library(path):
    """Compounds with one or two targets."""
    n = max(1, a.points // DOSES)
    with open(path, "w") as f:
        f.write("id,name,channel,IC50_uM,hill\n")
        for k in range(n):
            f.write("c%05d,compound %d,%s,%.3g,1\n" % (k, k, random.choice(["Nav1.6", "Kv7.2/7.3", "hERG"]),
                                                      10 ** random.uniform(-2, 2)))
    return n


def children(pid):
    found = []
    try:
        for t in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, t)) as f:
                found += map(int, f.read().split())
    except OSError:
        pass  # it is gone
    return found


DOSE = "0.1:100uM:%dlog" % DOSES
server = Server(a.program, ["--workers", "2"])
restarts, killed = [], {"server": 0, "worker": 0, "launcher": 0, "program": 0}


def kill_one():
    what = random.choice(["server", "worker", "worker", "launcher", "program"])
    if what == "server":
        server.kill()
        killed[what] += 1
        restarts.append(server.start())
        return
    workers = children(server.process.pid)
    for _ in range(0 if what == "worker" else 1 if what == "launcher" else 2):
        workers = [c for w in workers for c in children(w)]
    if workers:
        os.kill(random.choice(workers), signal.SIGKILL)
        killed[what] += 1


def rows_of(text):
    return [x for x in text.split("\n") if x and not x.startswith("#")]


def one_screen():
    """A screen under fire. Points, points that are missing, that are there twice; as an undisturbed run or not."""
    twin, lib = os.path.join(server.folder, "tm.json"), os.path.join(server.folder, "library.csv")
    with open(twin, "w") as f:
        f.write('{"model": "tm"}')
    n_compounds = library(lib)
    t, c = server.upload(twin), server.upload(lib)
    status, row = server.post("/api/v1/jobs", {
        "command": "screen", "arguments": ["tm.json", "library.csv"],
        "options": {"output": "scr", "dose": DOSE, "protocol": a.protocol, "no-report": True},
        "inputs": {"tm.json": t["sha256"], "library.csv": c["sha256"]}})
    assert status == 201, (status, row)
    id, began = row["id"], time.monotonic()
    while row["state"] in ("waiting", "running"):
        if sum(killed.values()) < a.kills and row["state"] == "running":
            kill_one()
            time.sleep(random.uniform(0.1, a.pause))
        else:
            time.sleep(0.05)
        row = server.get("/api/v1/jobs/%d" % id)
        assert time.monotonic() - began < 3000, row
    assert row["state"] == "done", row
    status, _, body = server.call("GET", "/api/v1/jobs/%d/file?name=scr/results.csv" % id, raw=True)
    assert status == 200, status
    rows = list(csv.DictReader(rows_of(body.decode())))
    points = {(r["twin"], r["id"], r["dose_uM"]) for r in rows}
    alone = os.path.join(server.folder, "alone%d" % id)
    subprocess.run([a.program, "screen", twin, lib, "-o", alone, "--dose", DOSE, "--protocol", a.protocol,
                    "--no-report", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(alone, "results.csv")) as f:
        same = rows_of(f.read()) == rows_of(body.decode())
    return len(rows), n_compounds * DOSES - len(points), len(rows) - len(points), same


try:
    server.start()
    began = time.monotonic()
    screens = [one_screen()]
    while sum(killed.values()) < a.kills:
        screens.append(one_screen())
    left = os.listdir(os.path.join(server.folder, "data", "jobs"))
    result = {"schema": "loligo-kill-test/1", "n_screens": len(screens), "n_points": sum(x[0] for x in screens),
              "killed": killed, "missing": sum(x[1] for x in screens), "twice": sum(x[2] for x in screens),
              "same_as_undisturbed": all(x[3] for x in screens), "n_restarts": len(restarts),
              "worst_restart_s": round(max(restarts, default=0), 3), "took_s": round(time.monotonic() - began, 1),
              "folders_left": len(left)}
    print(json.dumps(result) if a.json else "\n".join("%s: %s" % x for x in result.items()))
    if result["missing"] or result["twice"] or not result["same_as_undisturbed"]:
        sys.exit(1)
finally:
    server.remove()

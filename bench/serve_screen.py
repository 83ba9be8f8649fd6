"""A6: 1,000 compounds x 10 doses x 1 s of a twin with CSV and SQLite, by the command line and as a job of the server:
seconds, processor seconds, and the most memory that all processes held at once (shared pages counted once).

usage: python3 bench/serve_screen.py [LOLIGO] [--compounds 1000] [--doses 10] [--protocol step1s|fi] [--report]
"""
import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "tests", "cli"))
from serve_client import Server

parser = argparse.ArgumentParser()
parser.add_argument("program", nargs="?", default=os.path.join(here, "..", "build", "loligo"))
parser.add_argument("--compounds", type=int, default=1000)
parser.add_argument("--doses", type=int, default=10)
parser.add_argument("--protocol", choices=["step1s", "fi"], default="step1s")
parser.add_argument("--report", action="store_true")
parser.add_argument("--only", choices=["cli", "server"])
a = parser.parse_args()
dose = "0.1:100uM:%dlog" % a.doses


def tree(pid):
    found = [pid]
    try:
        for t in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, t)) as f:
                for child in f.read().split():
                    found += tree(int(child))
    except OSError:
        pass  # it ended meanwhile
    return found


def cpu_s(pid):
    total = 0
    for p in tree(pid):
        try:
            with open("/proc/%d/stat" % p) as f:
                total += sum(map(int, f.read().rsplit(")", 1)[1].split()[11:15]))
        except OSError:
            pass
    return total / os.sysconf("SC_CLK_TCK")


class Memory(threading.Thread):
    """The largest sum of PSS over a process and all below it, looked at every 30 ms."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.over = pid, 0, False
        self.start()

    def run(self):
        while not self.over:
            total = 0
            for p in tree(self.pid):
                try:
                    with open("/proc/%d/smaps_rollup" % p) as f:
                        total += sum(int(line.split()[1]) for line in f if line.startswith("Pss:"))
                except (OSError, ValueError):
                    pass
            self.most = max(self.most, total)
            time.sleep(0.03)

    def end(self):
        self.over = True
        self.join()
        return round(self.most / 1024.0, 1)


def tell(way, began, cpu, memory, rows, digest):
    print(json.dumps({"bench": "serve_screen", "way": way, "compounds": a.compounds, "doses": a.doses,
                      "protocol": a.protocol, "points": rows, "seconds": round(time.monotonic() - began, 2),
                      "cpu_seconds": round(cpu, 2), "peak_mb": memory, "results_csv_sha256": digest[:16],
                      "load": round(os.getloadavg()[0], 1)}), flush=True)


def rows_of(data):
    """Points and their hash, without the lines of origin."""
    lines = [x for x in data.split(b"\n") if x and not x.startswith(b"#")]
    return len(lines) - 1, hashlib.sha256(b"\n".join(lines)).hexdigest()


def by_command_line(folder, twin, library):
    out = os.path.join(folder, "scr")
    words = [a.program, "screen", twin, library, "-o", out, "--dose", dose, "--protocol", a.protocol, "--quiet", "--json"]
    began, before = time.monotonic(), os.times()
    p = subprocess.Popen(words + ([] if a.report else ["--no-report"]), stdout=subprocess.DEVNULL)
    memory = Memory(p.pid)
    assert p.wait() == 0
    after = os.times()
    most = memory.end()
    assert os.path.getsize(os.path.join(out, "results.sqlite")) > 0
    n, digest = rows_of(open(os.path.join(out, "results.csv"), "rb").read())
    tell("command line", began, after[2] + after[3] - before[2] - before[3], most, n, digest)
    return digest


def by_server(twin, library):
    s = Server(a.program)
    try:
        s.start()
        t, l = s.upload(twin), s.upload(library)
        time.sleep(1.0)  # their description is a job of its own
        began, before = time.monotonic(), cpu_s(s.process.pid)
        memory = Memory(s.process.pid)
        options = {"output": "scr", "dose": dose, "protocol": a.protocol}
        if not a.report:
            options["no-report"] = True
        status, row = s.post("/api/v1/jobs", {"command": "screen", "arguments": ["twin.json", "library.csv"],
                                              "options": options,
                                              "inputs": {"twin.json": t["sha256"], "library.csv": l["sha256"]}})
        assert status == 201, row
        while row["state"] not in ("done", "failed"):
            time.sleep(0.05)
            row = s.get("/api/v1/jobs/%d" % row["id"])
        assert row["state"] == "done", row
        took, cpu, most = time.monotonic(), cpu_s(s.process.pid) - before, memory.end()
        names = {f["name"]: f for f in s.get("/api/v1/jobs/%d/files" % row["id"])["files"]}
        assert names["scr/results.sqlite"]["bytes"] > 0
        data = s.call("GET", "/api/v1/jobs/%d/file?name=scr/results.csv" % row["id"], raw=True)[2]
        n, digest = rows_of(data)
        tell("server", began + time.monotonic() - took, cpu, most, n, digest)
        return digest
    finally:
        s.remove()


random.seed(1)
with tempfile.TemporaryDirectory() as folder:
    twin, library = os.path.join(folder, "twin.json"), os.path.join(folder, "library.csv")
    with open(twin, "w") as f:
        f.write('{"model": "tm"}')
    with open(library, "w") as f:
        f.write("id,name,channel,IC50_uM,hill\n")
        for k in range(a.compounds):
            f.write("c%05d,compound %d,%s,%.3g,1\n" % (k, k, random.choice(["Nav1.6", "Kv7.2/7.3", "hERG"]),
                                                      10 ** random.uniform(-2, 2)))
    answers = []
    if a.only != "server":
        answers.append(by_command_line(folder, twin, library))
    if a.only != "cli":
        answers.append(by_server(twin, library))
    assert len(set(answers)) == 1, "the points differ: %s" % answers

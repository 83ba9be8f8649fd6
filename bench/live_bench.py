"""A8: live viewers of one stream at 60 Hz, the API meanwhile, with and without idle sockets. One JSON line each.

usage: python3 bench/live_bench.py [BUILD] [--viewers 100] [--seconds 10] [--idle 500] [--values 5000]
The client is bench/live_viewers_bench.c (cmake --build BUILD --target live_viewers_bench); it takes processor time of
the same cores, which is told beside the server's.
"""
import argparse
import json
import os
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "tests", "cli"))
from serve_client import Server

parser = argparse.ArgumentParser()
parser.add_argument("build", nargs="?", default=os.path.join(here, "..", "build"))
parser.add_argument("--viewers", type=int, default=100)
parser.add_argument("--seconds", type=float, default=10)
parser.add_argument("--idle", type=int, default=500)
parser.add_argument("--values", type=int, default=5000, help="compartments of the large cell")
parser.add_argument("--rate", type=float, default=60)
parser.add_argument("--requests", type=float, default=50, help="of the API, per second")
a = parser.parse_args()
s = Server(os.path.join(a.build, "loligo"), ["--workers", "1"])


def cpu_s(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def programs():
    """Processes of live streams: the server's children of that name."""
    found = []
    for pid in os.listdir("/proc"):
        try:
            if pid.isdigit() and open("/proc/%s/comm" % pid).read().strip() == "loligo-live":
                parent = open("/proc/%s/stat" % pid).read().rsplit(")", 1)[1].split()[1]
                found += [int(pid)] if int(parent) == s.process.pid else []
        except OSError:
            pass
    return found


def begin(n):
    """A straight cable with the squid's channels."""
    cell = {"model": "cable", "celsius": 6.3, "v_init_mV": -65,
            "sections": [{"name": "axon", "type": 2, "parent": -1, "nseg": n,
                          "pts": [[0, 0, 0, 10], [10.0 * n, 0, 0, 10]]}],
            "regions": [{"types": "all", "Ra_ohm_cm": 35.4, "cm_uF_cm2": 1, "mechanisms": {"hh": {}},
                         "reversal": {"ena": 50, "ek": -77}}]}
    path = os.path.join(s.folder, "cell.json")
    with open(path, "w") as f:
        json.dump(cell, f)
    sha = s.upload(path)["sha256"]
    status, live = s.post("/api/v1/live", {"arguments": ["cell.json"], "inputs": {"cell.json": sha},
                                           "options": {"every": "0.1ms", "rate": a.rate}})
    assert status == 201, live
    status, answer = s.post("/api/v1/live/%d/stimulus" % live["id"], {"loc": ["sec", 0, 0.5], "dur_ms": 1, "amp_nA": 50})
    assert status == 200, answer
    return live


def measure(live, viewers, idle):
    server, program = cpu_s(s.process.pid), sum(map(cpu_s, programs()))
    out = subprocess.run([os.path.join(a.build, "bench", "live_viewers_bench"), str(s.port), s.cookie, str(live["id"]),
                          str(viewers), str(a.seconds), str(idle), str(a.requests)], capture_output=True, text=True)
    if out.returncode:
        raise SystemExit(out.stderr)
    row = {"bench": "live", "values": live["layout"]["n_values"], "rate_Hz": a.rate}
    row.update(json.loads(out.stdout))
    row["server_cpu_s"] = round(cpu_s(s.process.pid) - server, 2)
    row["program_cpu_s"] = round(sum(map(cpu_s, programs())) - program, 2)
    row["load"] = os.getloadavg()[0]
    print(json.dumps(row), flush=True)


try:
    s.start()
    for n in (a.values, 100):
        live = begin(n)
        measure(live, a.viewers, 0)
        measure(live, a.viewers, a.idle)
        assert s.call("DELETE", "/api/v1/live/%d" % live["id"])[0] == 204
finally:
    s.remove()

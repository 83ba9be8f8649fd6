#!/usr/bin/env python3
"""Calcium on reconstructed trees (rows 5 and 21): order of arrivals in dx, total behind a closed membrane, cost per node.

    /usr/bin/python3 validation/calcium_swc.py build/loligo [--swc FILE.swc] [--section N]

The granule cell of tests/data/cable with an ER of 0.375 of each radius; a stimulus at one section, arrivals along it at
dx 0.2, 0.1 and 0.05 um (dt 5 us); then the total behind a closed membrane, from a bump of calcium at the soma. --stats
of the runs gives ns per node and step (a finer --dx, say 0.03, makes more than 1e5 nodes).
"""
import argparse
import csv
import json
import math
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def run(loligo, case, folder, dx, dt="5us", sample="1ms"):
    path = os.path.join(folder, "case.json")
    with open(path, "w") as f:
        json.dump(case, f)
    out = os.path.join(folder, "out")
    said = subprocess.run(
        [loligo, "calcium", "simulate", path, "-o", out, "--max-dx-um", str(dx), "--dt", dt, "--sample", sample,
         "--no-report", "--stats", "--json", "--quiet"],
        check=True, capture_output=True, text=True)
    return json.loads(said.stdout), out


def rows(path):
    with open(path) as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("loligo")
    parser.add_argument("--swc", default=os.path.join(ROOT, "tests/data/cable/dg_granule_1220882a.swc"))
    parser.add_argument("--section", type=int, default=3)
    parser.add_argument("--dx", type=float, default=0.2, help="um, the coarsest of three")
    parser.add_argument("--places", default="8,10,12,14", help="um along the section")
    parser.add_argument("--end", type=float, default=0.028, help="s")
    a = parser.parse_args()
    loligo = os.path.abspath(a.loligo)
    places = [float(x) for x in a.places.split(",")]
    case = {"swc": os.path.abspath(a.swc), "er_fraction": 0.375, "t_end_s": a.end, "snapshots_s": [],
            "stimulus": {"j0_uM_um_s": 5000, "x0_um": places[0] - 4.0, "sigma_um": 1.0, "t_off_s": 0.001,
                         "section": a.section},
            "probes": [{"section": a.section, "x_um": x} for x in places]}
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        ups = []
        for dx in (a.dx, a.dx / 2, a.dx / 4):
            said, out = run(loligo, case, folder, dx)
            ups.append([float(r["t_up_s"]) for r in rows(os.path.join(out, "arrivals.csv"))])
            print(f"dx {dx}: {said['n_nodes']} nodes, {said['n_steps']} steps, "
                  f"{said['ns_per_node_step']:.2f} ns per node and step; arrivals (ms)",
                  " ".join(f"{1e3 * t:.5f}" for t in ups[-1]))
        for x, p, q, r in zip(places, *ups):
            order = math.log2((p - q) / (q - r))
            print(f"21 order of the arrival at {x} um: {order:.2f} (>= 1.9)")
            failed = failed or not order >= 1.9
        closed = dict(case, membrane_closed=True, initial={"c_bump": {"amp_uM": 20, "x0_um": 0, "sigma_um": 2}})
        del closed["stimulus"]
        said, out = run(loligo, closed, folder, a.dx, sample="0.5ms")
        total = [float(r["total_uM_um3"]) for r in rows(os.path.join(out, "totals.csv"))]
        drift = max(abs(t / total[0] - 1) for t in total)
        print(f"5, 21 total behind a closed membrane, {said['n_nodes']} nodes: drift {drift:.1e} (<= 1e-12, goal 1e-13)")
        failed = failed or not drift <= 1e-12
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

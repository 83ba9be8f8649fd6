#!/usr/bin/env python3
"""Constants out of noisy calcium waves: the open case and the Y tree of the shared data, with other starts.

usage: calcium_fit.py LOLIGO DATA_DIR [--quick]      (DATA_DIR: .../data/calcium)

Waves are simulated with the constants of the case (rho_R 3, Dc 220, bT 40), noise is added, and `calcium fit` starts
from rho_R 2, Dc 300, bT 55. Its own table of coverage says how often the 95 % intervals hold.
"""
import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile

loligo, data = sys.argv[1], pathlib.Path(sys.argv[2])
quick = "--quick" in sys.argv
sets = "4" if quick else "20"
grid = ["--max-dx-um", "0.1", "--dt", "10us"]
truth = {"rho_R": 3.0, "Dc": 220.0, "bT": 40.0}
work = pathlib.Path(tempfile.mkdtemp())


def run(*words):
    out = subprocess.run([loligo, *map(str, words)], capture_output=True, text=True)
    if out.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: {out.stderr}")
    return out.stdout


def bright(c, kd, dark=0.01):
    return dark + (1 - dark) * c / (c + kd)


def simulate(name, case, sample):
    case = {k: v for k, v in case.items() if k in ("geometry", "sections", "constants", "parameters", "stimulus",
                                                  "probes_um", "probes", "t_end_s")}
    (work / f"{name}.json").write_text(json.dumps(case))
    run("calcium", "simulate", work / f"{name}.json", "-o", work / name, "--sample", sample, "--no-report", *grid)
    case["parameters"] = dict(case["parameters"], rho_R=2.0, Dc=300.0, bT=55.0)
    return case


def fit(title, name, csv_name, start, free, *more):
    case = json.loads(json.dumps(start))
    for key, value in truth.items():
        if key not in free.split(","):
            case["parameters"][key] = value
    (work / f"{name}_start.json").write_text(json.dumps(case))
    out = run("calcium", "fit", work / csv_name, "--case", work / f"{name}_start.json", "--free", free, "-o",
              work / f"{name}_fit", "--seed", "1", *grid, *more)
    fitted = json.loads((work / f"{name}_fit" / "fit.json").read_text())["constants"]
    print(f"\n## {title}\n\n{out}")
    for k in fitted:
        want = truth.get(k["name"], 0.003 if k["name"] == "t0" else None)
        inside = k["interval_95"][0] <= want <= k["interval_95"][1]
        error = 1e3 * (k["value"] - want) if k["name"] == "t0" else 100 * (k["value"] / want - 1)
        print(f"{k['name']}: true {want:g}, error {error:+.3f} {'ms' if k['name'] == 't0' else '%'}, "
              f"{'inside' if inside else 'OUTSIDE'} the interval")
    sys.stdout.flush()


random.seed(7)
case = json.loads((data / "case.json").read_text())
case["t_end_s"] = 0.06
case["probes_um"] = [4, 12, 20, 28, 36, 44, 52, 60]
start = simulate("open", case, "1ms")
rows = list(csv.DictReader(x for x in open(work / "open" / "timeseries.csv") if x[0] != "#"))
with open(work / "open.csv", "w") as f:
    f.write("t_s,x_um,c_uM\n")
    for r in rows:
        f.write(f"{r['t_s']},{r['x_um']},{float(r['c_uM']) + random.gauss(0, 0.3):.5f}\n")
with open(work / "dff.csv", "w") as f:
    f.write("t_s,x_um,dff\n")
    rest = bright(0.05, 2.0)
    for r in rows:
        value = bright(float(r["c_uM"]), 2.0) / rest - 1 + random.gauss(0, 0.5)
        f.write(f"{float(r['t_s']) + 0.003:.6f},{r['x_um']},{value:.5f}\n")
fit("open case, c every 1 ms at 8 places, noise 0.3 uM", "open", "open.csv", start, "rho_R,Dc,bT", "--starts", "2",
    "--coverage", sets)
fit("open case, dF/F (Kd 2 uM, range 100) with noise 0.5 of 25, stimulus at an unknown time", "dff", "dff.csv", start,
    "rho_R,Dc,t0", "--kd-uM", "2", "--starts", "2", "--coverage", sets)

tree = json.loads((data / "branch" / "case.json").read_text())
tree["t_end_s"] = 0.05
tree["probes"] = [{"section": s, "x_um": x} for s in range(3) for x in (5, 10, 15, 20)]
start = simulate("tree", tree, "1ms")
with open(work / "tree.csv", "w") as f:
    f.write("section,x_um,t_up_s\n")
    for r in csv.DictReader(x for x in open(work / "tree" / "arrivals.csv") if x[0] != "#"):
        f.write(f"{r['section']},{r['x_um']},{float(r['t_up_s']) + random.gauss(0, 5e-5):.7f}\n")
fit("Y tree, arrivals at 12 places, noise 0.05 ms", "tree", "tree.csv", start, "rho_R,bT", "--time-error", "0.05ms",
    "--starts", "2", "--coverage", sets)

#!/usr/bin/env python3
"""Compare `loligo features REC --json` with reference tables of features, column by column.

usage: features.py LOLIGO TWIN_DATA [--columns]
TWIN_DATA holds recordings/ and ref/features_open_{sweeps,cells}.csv. One line per recording: the worst deviation of
each group of columns as a share of its tolerance, and ok or what misses. --columns prints every column's worst
deviation in its own unit. Exit 1 when a value is beyond its tolerance.

Tolerances: potentials 0.05 mV; half-width 0.005 ms; latencies and intervals one sample; counts exact; resistance and
slopes 0.5 %; currents, rates, ratios half a unit of the last printed digit. A value that is empty in the reference
must be undefined.
"""
import csv, json, os, subprocess, sys

TABLES = (("features_open_sweeps.csv", "sweeps"), ("features_open_cells.csv", "cell"))


def rows(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def last_digit(text):
    return 0.51 * 10.0 ** -len(text.split(".")[1]) if "." in text else 0.51


def tolerance(name, text, dt_ms):
    """(group, tolerance) of a reference value."""
    x = abs(float(text))
    if name in ("n_spikes", "n_sweeps", "rheo_sweep"):
        return "count", 0.0
    if name.endswith("hw_ms"):
        return "half-width", 0.005 + last_digit(text)
    if name.endswith("_mV"):
        return "potential", 0.05
    if name.endswith("_ms"):
        return "time", dt_ms + last_digit(text)
    if name.endswith(("MOhm", "per_nA", "V_s")):
        return "Rin, slopes", max(0.005 * x, last_digit(text))
    if name.endswith(("_pA", "_Hz")):
        return "current, rate", last_digit(text)
    return "ratio", 0.002


def locate(data, name):
    """The reference calls the Igor waves of cell B6 'B6_IDRest': a folder of waves, read as one recording."""
    path = os.path.join(data, "recordings", name)
    return path if os.path.exists(path) else os.path.join(data, "recordings", name.split("_")[0])


def compare(reference, got, dt_ms, worst, columns, misses, what):
    for name, text in reference.items():
        if name in ("file", "sweep"):
            continue
        if name not in got:
            misses.append(f"{what} {name}: no such feature")
        elif text == "":
            if got[name] is not None:
                misses.append(f"{what} {name}: {got[name]:.6g}, not undefined")
        elif got[name] is None:
            misses.append(f"{what} {name}: undefined, not {text}")
        else:
            group, tol = tolerance(name, text, dt_ms)
            off = abs(got[name] - float(text))
            share = off / tol if tol else (0.0 if off == 0.0 else 1e9)
            worst[group] = max(worst.get(group, 0.0), share)
            columns[name] = max(columns.get(name, 0.0), off)
            if share > 1.0:
                misses.append(f"{what} {name}: {got[name]:.6g}, not {text}")


def main():
    loligo, data = sys.argv[1:3]
    ref = {table: rows(os.path.join(data, "ref", table)) for table, _ in TABLES}
    failed = compared = 0
    groups = ("count", "potential", "half-width", "time", "Rin, slopes", "current, rate", "ratio")
    print(f"{'recording':34}", *(f"{g:>14}" for g in groups), " sweeps")
    all_columns = {}
    for cell in ref["features_open_cells.csv"]:
        name = cell["file"]
        run = subprocess.run([loligo, "features", locate(data, name), "--json", "--quiet"], capture_output=True,
                             text=True)
        if run.returncode:
            print(f"{name:34} not read: {run.stderr.strip()}")
            failed += 1
            continue
        out = json.loads(run.stdout)
        worst, misses = {}, []
        of_file = [r for r in ref["features_open_sweeps.csv"] if r["file"] == name]
        if len(of_file) != len(out["sweeps"]):
            misses.append(f"{len(out['sweeps'])} sweeps, not {len(of_file)}")
        dt_ms = out["sweeps"][0]["dt_ms"]
        for r, sweep in zip(of_file, out["sweeps"]):
            compare(r, sweep, dt_ms, worst, all_columns, misses, f"sweep {r['sweep']}")
            compared += len(r) - 2
        compare(cell, out["cell"], dt_ms, worst, all_columns, misses, "cell")
        compared += len(cell) - 1
        print(f"{name:34}", *(f"{100 * worst.get(g, 0.0):13.0f}%" for g in groups), f" {len(of_file):4}",
              "ok" if not misses else f"{len(misses)} MISSED")
        for line in misses[:10]:
            print("   ", line)
        failed += bool(misses)
    if "--columns" in sys.argv:
        for name, off in all_columns.items():
            print(f"  {name:24} worst deviation {off:.4g}")
    print(f"{compared} values compared; 100 % is the tolerance;", "ok" if not failed else f"{failed} recordings miss")
    return 1 if failed else 0


sys.exit(main())

#!/usr/bin/python3
"""usage: axon_order.py LOLIGO [PROFILES.csv]: how far the outcomes of an axon at a step of 1, 0.5, 0.25 ms are from
those at 1/32 ms, for backward Euler and the second-order scheme.

Without PROFILES: the ten reference profiles (tests/data/axon/ref_open_profiles.csv), whose strain runs straight between
samples of 1 ms, and five smooth ones sampled at each step, on which the order is measured: log2 of the ratio of errors
at 1 and 1/8 ms, divided by three, errors as root mean square over the profiles."""
import csv
import math
import os
import subprocess
import sys
import tempfile

OUTPUTS = ["mt", "axl", "tau_pct", "nf_pct"]


def outcomes(loligo, path, scheme, dt_ms, folder):
    out = os.path.join(folder, "out.csv")
    subprocess.check_call([loligo, "axon", "simulate", path, "-o", out, "--precision", "double", "--scheme", scheme,
                           "--dt", repr(dt_ms), "--quiet"])
    with open(out) as f:
        rows = list(csv.DictReader(line for line in f if not line.startswith("#")))
    return {r["name"]: [float(r[q]) for q in OUTPUTS] for r in rows}


def write_smooth(path, dt_ms):
    """Bell curves of 4-18 ms, brought to 0 at both ends."""
    shapes = [(0.05, 25, 10), (0.10, 40, 15), (0.20, 50, 18), (0.08, 30, 7), (0.30, 50, 15)]

    def strain(peak, middle, width, t):
        def bell(x):
            return math.exp(-((x - middle) / width) ** 2)
        return peak * (bell(t) - bell(0) * (1 - t / 100) - bell(100) * t / 100)

    with open(path, "w") as f:
        f.write("t_ms," + ",".join("s%d" % k for k in range(len(shapes))) + "\n")
        for k in range(round(100 / dt_ms) + 1):
            t = k * dt_ms
            f.write(repr(t) + "".join(",%.17g" % (strain(*s, t) if k else 0.0) for s in shapes) + "\n")


def difference(a, b):
    return [math.sqrt(sum((a[n][q] - b[n][q]) ** 2 for n in a) / len(a)) for q in range(len(OUTPUTS))]


def ten(loligo, path, folder):
    exact = outcomes(loligo, path, "second", 1 / 32, folder)
    print("profile               scheme  dt_ms " + " ".join("%10s" % q for q in OUTPUTS))
    for scheme in ("euler", "second"):
        for dt in (1.0, 0.5, 0.25):
            got = outcomes(loligo, path, scheme, dt, folder)
            for name in exact:
                print("%-21s %-7s %5g " % (name, scheme, dt) +
                      " ".join("%10.2e" % (x - y) for x, y in zip(got[name], exact[name])))
            print("%-21s %-7s %5g " % ("root mean square", scheme, dt) +
                  " ".join("%10.2e" % x for x in difference(got, exact)))


def order(loligo, folder):
    path = os.path.join(folder, "smooth.csv")

    def run(scheme, dt):
        write_smooth(path, dt)
        return outcomes(loligo, path, scheme, dt, folder)

    exact = run("second", 1 / 32)
    for scheme in ("euler", "second"):
        coarse, fine = difference(run(scheme, 1.0), exact), difference(run(scheme, 0.125), exact)
        print("order on smooth profiles, %-6s " % scheme +
              " ".join("%s %.2f" % (q, math.log2(c / f) / 3) for q, c, f in zip(OUTPUTS, coarse, fine)))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    here = os.path.dirname(os.path.abspath(__file__))
    path = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "../tests/data/axon/ref_open_profiles.csv")
    with tempfile.TemporaryDirectory() as folder:
        ten(sys.argv[1], path, folder)
        if len(sys.argv) == 2:
            order(sys.argv[1], folder)


main()

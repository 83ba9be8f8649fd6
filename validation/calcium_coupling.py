#!/usr/bin/python3
"""A dendrite's calcium together with its cable beside SciPy's Radau on one system of equations, and the order of the
splitting.

usage: calcium_coupling.py build/loligo

One compartment of 10 um whose calcium is the same everywhere, so that ordinary differential equations remain: Hodgkin
and Huxley's channels, potassium channels opened by calcium (SK), N and L channels whose current flows in the cable,
ryanodine receptors, SERCA, pumps, calbindin (calcium_scipy.py has them), written down here once more. In the second case
the cable's own T-type channel (Ca_LVAst of Hay et al. 2011) brings the calcium instead. Loligo runs with intervals of
0.05, 0.025 and 0.0125 ms, everything else at the finest step. Prints the differences of spike times, of v and of c
at the end, and the order in the interval; exit code 1 where the finest is off by more than 2e-3 ms or 1e-3 of c, or the
order below 1.7. The last lines are a cell with dendrites: order against the finest interval.
"""
import csv, json, math, os, subprocess, sys, tempfile

import numpy as np
from scipy.integrate import solve_ivp

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import calcium_scipy as alone

F2 = 2 * alone.F


def vt(x, y):
    return y if abs(x / y) < 1e-9 else x / (1 - math.exp(-x / y))


def hh_rates(v):
    am = vt(v + 40, 10) * 0.1
    bm = 4 * math.exp(-(v + 65) / 18)
    ah = 0.07 * math.exp(-(v + 65) / 20)
    bh = 1 / (1 + math.exp(-(v + 35) / 10))
    an = vt(v + 55, 10) * 0.01
    bn = 0.125 * math.exp(-(v + 65) / 80)
    return (am, bm), (ah, bh), (an, bn)


def lva_rates(v):
    q = 2.3**((34 - 21) / 10)
    v += 10
    return ((1 / (1 + math.exp((v + 30) / -6)), (5 + 20 / (1 + math.exp((v + 25) / 5))) / q),
            (1 / (1 + math.exp((v + 80) / 6.4)), (20 + 50 / (1 + math.exp((v + 40) / 7))) / q))


class Cell:
    """v and gates of the cable, then the dendrite's unknowns at one node."""

    def __init__(self, case, cell):
        self.case, m = dict(case), cell["regions"][0]["mechanisms"]
        self.sk, self.lva = m["sk"]["gbar"], m.get("calva", {}).get("gbar", 0.0)
        clamp = cell["iclamps"][0]
        d, length = cell["sections"][0]["pts"][0][3], 10.0
        self.on, self.density = clamp["delay_ms"], clamp["amp_nA"] * 1e-3 / (math.pi * d * length * 1e-8)
        self.case["geometry"] = {"L_um": length, "R_um": d / 2, "r_ER_um": case["er_fraction"] * d / 2}
        self.dendrite = alone.Dendrite(self.case, 1)
        self.v0 = cell["v_init_mV"]
        gates = [a / (a + b) for a, b in hh_rates(self.v0)]
        c0 = alone.BASE["c0"]
        gates += [1 / (1 + (0.43 / c0)**4.8)] + [x[0] for x in lva_rates(self.v0)]
        self.n = 1 + len(gates)
        self.rest_influx = self.influx(self.v0, gates)
        self.dendrite.vlp = self.dendrite.vlp - self.rest_influx / (alone.BASE["co"] - c0)
        self.y0 = np.concatenate([[self.v0], gates, self.dendrite.y0.reshape(-1, 2)[:, 0]])

    def ica(self, v, gates):
        return self.lva * gates[4]**2 * gates[5] * (v - 120.0)  # mA/cm2

    def influx(self, v, gates):
        return -1e10 * self.ica(v, gates) / F2

    def rates(self, t_ms, y):
        v, gates, d = y[0], y[1:self.n], self.dendrite
        m, h, n, z = gates[:4]
        c = y[self.n]
        ionic = 0.12 * m**3 * h * (v - 50) + 0.036 * n**4 * (v + 77) + 3e-4 * (v + 54.3) + self.sk * z * (v + 77)
        ionic += self.ica(v, gates)
        u = dict(zip(d.names, y[self.n:]))
        flux = 0.0
        for j, (kind, rho) in enumerate(d.channels):
            share = u[f"m{j}"]**kind[1][3] * (u[f"h{j}"]**kind[2][3] if kind[2] else 1.0)
            flux += rho[0] * kind[0] * share * d.ghk(v, c)
        inward = 1e-10 * F2 * flux  # mA/cm2
        out = np.zeros_like(y)
        out[0] = -1e3 * (ionic - inward) + (self.density if t_ms >= self.on else 0.0)
        for k, (a, b) in enumerate(hh_rates(v)):
            out[1 + k] = a * (1 - gates[k]) - b * gates[k]
        out[4] = (1 / (1 + (0.43 / c)**4.8) - z) / 1.0
        for k, (inf, tau) in enumerate(lva_rates(v)):
            out[5 + k] = (inf - gates[4 + k]) / tau
        d.voltage = lambda t: v
        both = d.rates(t_ms * 1e-3, np.repeat(y[self.n:], 2)).reshape(-1, 2)[:, 0]
        out[self.n:] = 1e-3 * both
        out[self.n] += 1e-3 * d.pm * self.influx(v, gates)
        return out

    def solve(self, end_ms):
        y, spikes = self.y0, []

        def crossing(t, y):
            return y[0]

        crossing.direction = 1
        for a, b in ((0, self.on), (self.on, end_ms)):
            s = solve_ivp(self.rates, (a, b), y, method="Radau", rtol=1e-9, atol=1e-11, events=crossing)
            y = s.y[:, -1]
            spikes += list(s.t_events[0])
        return spikes, y[0], y[self.n]


def loligo(program, case, cell, interval, dt_ms, extra=()):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "cell.json"), "w") as f:
            json.dump(cell, f)
        case = dict(case, cable=dict(case.get("cable", {}), file="cell.json", interval_ms=interval, dt_ms=dt_ms))
        with open(os.path.join(folder, "case.json"), "w") as f:
            json.dump(case, f)
        out = os.path.join(folder, "out")
        subprocess.run([program, "calcium", "simulate", os.path.join(folder, "case.json"), "-o", out, "--dt",
                        repr(1e-3 * dt_ms), "--sample", "0.001", "--no-report", *extra], check=True,
                       capture_output=True)

        def rows(name):
            with open(os.path.join(out, name)) as f:
                return list(csv.DictReader(line for line in f if not line.startswith("#")))

        spikes = [float(r["t_ms"]) for r in rows("spikes.csv") if r["probe"] == "soma"]
        return spikes, float(rows("cable.csv")[-1]["v_mV_soma"]), float(rows("timeseries.csv")[-1]["c_uM"])


ONE = {"model": "cable", "celsius": 6.3, "v_init_mV": -65, "tstop_ms": 60, "sample_ms": 0.0125,
       "sections": [{"type": 1, "parent": -1, "pts": [[0, 0, 0, 1.6], [10, 0, 0, 1.6]]}],
       "regions": [{"types": "all", "Ra_ohm_cm": 100, "cm_uF_cm2": 1,
                    "mechanisms": {"hh": {}, "sk": {"gbar": 0.002}}, "reversal": {"ena": 50, "ek": -77, "eca": 120}}],
       "iclamps": [{"loc": ["soma"], "delay_ms": 2, "dur_ms": 1000, "amp_nA": 0.005}],
       "probes": [{"name": "soma", "loc": ["soma"]}]}
CASE = {"er_fraction": 0.4, "t_end_s": 0.06, "probes": [{"section": 0, "x_um": 0.0}]}
N_AND_L = [{"type": "N", "density": 0.3}, {"type": "L", "density": 0.2}]


def report(name, truth, runs, intervals):
    """Differences of the finest run; orders of the error of the last spike and of c."""
    errors = [(abs(s[-1] - truth[0][-1]), abs(v - truth[1]), abs(c / truth[2] - 1)) for s, v, c in runs]
    # differences between runs carry the order free of what other steps leave
    gaps = [[abs(runs[k][0][-1] - runs[k + 1][0][-1]), abs(runs[k][2] - runs[k + 1][2])] for k in range(2)]
    orders = [math.log2(gaps[0][q] / gaps[1][q]) for q in range(2)]
    good = errors[-1][0] < 2e-3 and errors[-1][2] < 1e-3 and min(orders) > 1.7 and \
        all(len(s) == len(truth[0]) for s, _, _ in runs)
    print(f"{name:34s} spikes {len(truth[0])}, the last off by {errors[-1][0]:.1e} ms; at the end v {errors[-1][1]:.1e} mV, "
          f"c {errors[-1][2]:.1e}; order in the interval: spikes {orders[0]:.2f}, c {orders[1]:.2f}"
          + ("" if good else "  OFF"))
    return good


def main():
    program, good = sys.argv[1], True
    intervals = (0.05, 0.025, 0.0125)
    own = json.loads(json.dumps(ONE))
    own["regions"][0]["mechanisms"]["calva"] = {"gbar": 2e-4}
    for name, case, cell in (("N and L in the dendrite", dict(CASE, vdcc=N_AND_L, parameters={"rho_R": 0.1}), ONE),
                             ("Ca_LVAst in the cable", CASE, own)):
        truth = Cell(case, cell).solve(1e3 * case["t_end_s"])
        runs = [loligo(program, case, cell, h, intervals[-1] / 4, ("--max-dx-um", "10")) for h in intervals]
        good &= report(name, truth, runs, intervals)
    tree = json.loads(json.dumps(ONE))
    tree["sections"] = [{"type": 1, "parent": -1, "pts": [[0, 0, 0, 12], [12, 0, 0, 12]]},
                        {"type": 3, "parent": 0, "pts": [[12, 0, 0, 1.6], [92, 0, 0, 1.2]]}]
    tree["iclamps"][0]["amp_nA"] = 0.15
    case = dict(CASE, vdcc=N_AND_L, parameters={"rho_R": 0.1}, probes=[{"section": 2, "x_um": 40}])
    runs = [loligo(program, case, tree, h, intervals[-1] / 4, ("--max-dx-um", "2")) for h in intervals + (0.003125,)]
    good &= report("soma and dendrite", runs[-1], runs[:3], intervals)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

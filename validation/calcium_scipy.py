#!/usr/bin/python3
"""Calcium in a dendrite with every channel, store and buffer beside SciPy's Radau on the same equations.

usage: calcium_scipy.py build/loligo

The equations are written down here once more (finite volumes of section 1 and the further channels of docs/calcium.md),
from the published constants and not from Loligo's code; cases differ in what takes part: a piece of dendrite whose
nodes are all alike (so that ordinary differential equations remain), and a small cable with densities that vary along
it. Loligo runs twice, at dt and dt/2, so that the order of its step is seen too. Prints the largest relative difference
of each column over all times and probes; exit code 1 where the finer run is off by more than 2e-5 or the order is below
1.8.
"""
import csv, json, math, os, subprocess, sys, tempfile

import numpy as np
from scipy.integrate import solve_ivp

F, R = 96485.33212331001, 8.31446261815324
BASE = dict(Dc=220.0, Db=20.0, De=10.0, bT=40.0, c0=0.05, ce0=250.0, co=1000.0, rho_R=3.0, rho_S=2390.0, rho_P=500.0,
            rho_N=15.0, kbp=27.0, kbm=19.0, kap=1500.0, kam=28.8, kbpR=1500.0, kbmR=385.9, kcp=1.75, kcm=0.1)
PR, JS, JP, JN = 3.5e3 / 250.0, 2390 * 6.5, 500 * 1.7e-2, 15 * 2.5
VDCC = {"N": (0.38, (3.4, -21.0, 1.5e-3, 2), (-2.0, -40.0, 75e-3, 1)), "L": (0.57, (4.6, -1.0, 1.5e-3, 2), None),
        "T": (0.19, (3.0, -36.0, 1.5e-3, 2), (-5.2, -68.0, 10e-3, 1))}


def density(d, x):
    return d if np.isscalar(d) else np.interp(x, [r[0] for r in d], [r[1] for r in d])


class Dendrite:
    """A cylinder of n + 1 nodes as one vector of unknowns."""

    def __init__(self, case, n):
        g = case["geometry"]
        self.case, self.n, self.dx = case, n + 1, g["L_um"] / n
        rad, er = g["R_um"], g["r_ER_um"]
        self.x = np.arange(n + 1) * self.dx
        self.pm, self.erc, self.ere = 2 * rad / (rad**2 - er**2), 2 * er / (rad**2 - er**2), 2 / er
        self.names = ["c", "b", "e", "o2", "c1", "c2"]
        self.ip3, self.buf, self.soce = case.get("ip3"), case.get("er_buffer"), case.get("soce")
        self.ip3r = case.get("ip3r")
        self.channels = [(VDCC[v["type"]], self.spread(v.get("density", 1.0))) for v in case.get("vdcc", [])]
        self.per_mV = F / (R * (case.get("celsius", 36.85) + 273.15)) * 1e-3
        self.names += ["ip3"] if self.ip3 is not None else []
        self.names += ["er_buffer"] if self.buf is not None else []
        self.li = self.ip3r is not None and self.ip3r.get("model", "li-rinzel") == "li-rinzel"
        self.names += ["h"] if self.li else []
        self.tau = self.soce.get("tau_s", 0.0) if self.soce is not None else 0.0
        self.names += ["s"] if self.tau > 0 else []
        for k, (kind, _) in enumerate(self.channels):
            self.names += [f"m{k}"] + ([f"h{k}"] if kind[2] else [])
        self.rho_i = self.spread(self.ip3r.get("density", 17.3)) * 0.443 if self.ip3r is not None else 0.0
        self.soc = self.spread(self.soce.get("density", 1.0)) * self.soce.get("I_SOC_mol_s", 5e-21) * 1e21 \
            if self.soce is not None else 0.0
        self.rest()

    def spread(self, d):
        """Mean over the node's membrane: quarter points of its halves of edges."""
        q = [density(d, self.x[1:] - 0.25 * self.dx), density(d, self.x[:-1] + 0.25 * self.dx)]
        right, left = [np.broadcast_to(a, self.n - 1) for a in q]
        out = np.zeros(self.n)
        out[1:] += right
        out[:-1] += left
        out[1:-1] /= 2
        return out

    def voltage(self, t):
        v = self.case.get("voltage_mV", -65.0)
        return v if np.isscalar(v) else np.interp(t, [r[0] for r in v], [r[1] for r in v])

    def ghk(self, v, c):
        x = 2 * self.per_mV * v
        return x * (BASE["co"] * math.exp(-x) - c) / (1 - math.exp(-x)) if x != 0 else BASE["co"] - c

    def steady(self, gate, v):
        return 1 / (1 + math.exp(-gate[0] * self.per_mV * (v - gate[1])))

    def open_ip3r(self, c, p, h=None):
        d1, d2, d3, d5 = 0.13, 1.05, 0.94, 0.0823
        if h is None:
            return (c * p * d2 / ((c * p + p * d2 + d1 * d2 + c * d3) * (c + d5)))**3
        return (p / (p + d1) * c / (c + d5) * h)**3

    def entry(self, e):
        half, hill = self.soce.get("K_uM", 169.0), self.soce.get("n", 4.2)
        return half**hill / (half**hill + e**hill)

    def rest(self):
        k = BASE
        c, e = k["c0"], k["ce0"]
        a, b, q = k["kap"] / k["kam"] * c**4, k["kbpR"] / k["kbmR"] * c**3, k["kcp"] / k["kcm"]
        o1 = 1 / (1 + q + 1 / a + b)
        first = {"c": c, "b": k["bT"] * k["kbm"] / (k["kbm"] + k["kbp"] * c), "e": e, "o2": b * o1, "c1": o1 / a,
                 "c2": q * o1}
        p = self.ip3.get("rest_uM", 0.04) if self.ip3 is not None else 0.04
        q2 = 1.05 * (p + 0.13) / (p + 0.94)
        first.update(ip3=p, h=q2 / (q2 + c))
        if self.buf is not None:
            first["er_buffer"] = 3600.0 * 200 / (200 + 0.1 * e)
        if self.soce is not None:
            first["s"] = self.entry(e)
        v = self.voltage(0.0)
        inward = np.zeros(self.n)
        for j, (kind, rho) in enumerate(self.channels):
            open_ = 1.0
            for letter, gate in (("m", kind[1]), ("h", kind[2])):
                if gate:
                    first[f"{letter}{j}"] = self.steady(gate, v)
                    open_ *= first[f"{letter}{j}"]**gate[3]
            inward += rho * kind[0] * open_ * self.ghk(v, c)
        if self.soce is not None:
            inward += self.soc * self.entry(e)
        self.pr = PR * self.case.get("parameters", {}).get("rho_R", 3.0)
        out_er = self.pr * (1 + b) * o1
        if self.ip3r is not None:
            out_er = out_er + self.rho_i * self.open_ip3r(c, p, first["h"])
        self.vle = JS * c / ((0.18 + c) * e) / (e - c) - out_er
        self.vlp = (JP * c**2 / (0.06**2 + c**2) + JN * c / (1.8 + c) - inward) / (k["co"] - c)
        self.p_rest = p
        self.y0 = np.concatenate([np.full(self.n, first[name]) for name in self.names])

    def diffuse(self, u):
        d = np.zeros_like(u)
        flux = (u[1:] - u[:-1]) / self.dx**2
        d[:-1] += flux
        d[1:] -= flux
        d[0] *= 2
        d[-1] *= 2
        return d

    def shape(self, s, t, ramp):
        if not s.get("t_on_s", 0.0) <= t < s["t_off_s"]:
            return 0.0
        part = 1 - (t - s.get("t_on_s", 0.0)) / (s["t_off_s"] - s.get("t_on_s", 0.0)) if ramp else 1.0
        return s["j0_uM_um_s"] * part * np.exp(-(self.x - s.get("x0_um", 0.0))**2 / (2 * s["sigma_um"]**2))

    def rates(self, t, y):
        k = BASE
        u = dict(zip(self.names, y.reshape(len(self.names), self.n)))
        d = {}
        c, b, e = u["c"], u["b"], u["e"]
        o1 = 1 - u["o2"] - u["c1"] - u["c2"]
        d["o2"] = k["kbpR"] * c**3 * o1 - k["kbmR"] * u["o2"]
        d["c1"] = k["kam"] * o1 - k["kap"] * c**4 * u["c1"]
        d["c2"] = k["kcp"] * o1 - k["kcm"] * u["c2"]
        er = (self.pr * (o1 + u["o2"]) + self.vle) * (e - c) - JS * c / ((0.18 + c) * e)
        pm = self.vlp * (k["co"] - c) - JP * c**2 / (0.06**2 + c**2) - JN * c / (1.8 + c)
        if "stimulus" in self.case:
            pm = pm + self.shape(self.case["stimulus"], t, True)
        p = u.get("ip3", self.p_rest)
        if self.ip3r is not None:
            er = er + self.rho_i * self.open_ip3r(c, p, u.get("h")) * (e - c)
        if self.li:
            d["h"] = 0.2 * (1.05 * (p + 0.13) / (p + 0.94) * (1 - u["h"]) - c * u["h"])
        if self.ip3 is not None:
            d["ip3"] = self.ip3.get("D", 280.0) * self.diffuse(p) + self.ip3.get("decay_per_s", 0.11) * (self.p_rest - p)
            for s in self.ip3.get("sources", []):
                d["ip3"] = d["ip3"] + self.pm * self.shape(s, t, s.get("shape", "level") == "ramp-down")
        if self.soce is not None:
            pm = pm + self.soc * u.get("s", self.entry(e))
            if self.tau > 0:
                d["s"] = (self.entry(e) - u["s"]) / self.tau
        v = self.voltage(t)
        for j, (kind, rho) in enumerate(self.channels):
            open_ = 1.0
            for letter, gate in (("m", kind[1]), ("h", kind[2])):
                if gate:
                    s = u[f"{letter}{j}"]
                    d[f"{letter}{j}"] = (self.steady(gate, v) - s) / gate[2]
                    open_ = open_ * s**gate[3]
            pm = pm + rho * kind[0] * open_ * self.ghk(v, c)
        buffering = k["kbm"] * (k["bT"] - b) - k["kbp"] * c * b
        d["c"] = k["Dc"] * self.diffuse(c) + buffering + self.pm * pm + self.erc * er
        d["b"] = k["Db"] * self.diffuse(b) + buffering
        d["e"] = k["De"] * self.diffuse(e) - self.ere * er
        if self.buf is not None:
            w = u["er_buffer"]
            released = 200.0 * (3600.0 - w) - 0.1 * e * w
            d["er_buffer"] = 27.0 * self.diffuse(w) + released
            d["e"] = d["e"] + released
        return np.concatenate([d[name] for name in self.names])

    def solve(self, times):
        """Radau, restarted where sources begin or end or the voltage has a corner."""
        edges = {0.0, times[-1]}
        for s in [self.case.get("stimulus")] + (self.ip3.get("sources", []) if self.ip3 else []):
            edges |= {s.get("t_on_s", 0.0), s["t_off_s"]} if s else set()
        v = self.case.get("voltage_mV", 0.0)
        edges |= set() if np.isscalar(v) else {r[0] for r in v}
        edges = sorted(t for t in edges if 0 <= t <= times[-1])
        out, y = np.zeros((len(times), len(self.names), self.n)), self.y0
        size = len(self.names) * self.n
        i, j = np.indices((size, size))
        near = np.abs(i % self.n - j % self.n) <= 1  # the pattern of the Jacobian
        for a, b in zip(edges[:-1], edges[1:]):
            s = solve_ivp(self.rates, (a, b), y, method="Radau", rtol=1e-9, atol=1e-11, dense_output=True,
                          jac_sparsity=near.astype(float) if self.n > 4 else None)
            y = s.y[:, -1]
            for q, t in enumerate(times):
                if a <= t <= b + 1e-12:
                    out[q] = s.sol(min(t, b)).reshape(len(self.names), self.n)
        return out


ALIKE = {"L_um": 1.0, "R_um": 0.4, "r_ER_um": 0.15}
CABLE = {"L_um": 12.0, "R_um": 0.4, "r_ER_um": 0.15}
SPIKE = [[0.0, -65.0], [0.01, -65.0], [0.0105, 30.0], [0.0115, 30.0], [0.012, -70.0], [0.02, -65.0]]
PULSE = {"j0_uM_um_s": 40.0, "x0_um": 0.0, "sigma_um": 1e6, "t_on_s": 0.005, "t_off_s": 0.03}
CASES = {
    "ip3r li-rinzel, ip3": (1, {"geometry": ALIKE, "ip3r": {}, "ip3": {"sources": [PULSE]}}),
    "ip3r closed form": (1, {"geometry": ALIKE, "ip3r": {"model": "closed-form"}, "ip3": {"sources": [PULSE]}}),
    "er_buffer": (1, {"geometry": ALIKE, "er_buffer": {},
                      "stimulus": {"j0_uM_um_s": 600.0, "sigma_um": 1e6, "t_off_s": 0.002}}),
    "soce": (1, {"geometry": ALIKE, "soce": {"density": 2.0},
                 "stimulus": {"j0_uM_um_s": 600.0, "sigma_um": 1e6, "t_off_s": 0.002}}),
    "soce with tau": (1, {"geometry": ALIKE, "soce": {"tau_s": 0.02},
                          "stimulus": {"j0_uM_um_s": 600.0, "sigma_um": 1e6, "t_off_s": 0.002}}),
    "vdcc N and L, a spike": (1, {"geometry": ALIKE, "vdcc": [{"type": "N"}, {"type": "L", "density": 0.5}],
                                  "voltage_mV": SPIKE}),
    "all, varying, 24 edges": (24, {
        "geometry": CABLE, "ip3r": {"density": [[0, 25.0], [12, 5.0]]},
        "ip3": {"sources": [{"j0_uM_um_s": 30.0, "x0_um": 2.0, "sigma_um": 1.0, "t_on_s": 0.002, "t_off_s": 0.02,
                             "shape": "ramp-down"}]},
        "er_buffer": {}, "soce": {"tau_s": 0.05}, "voltage_mV": SPIKE,
        "vdcc": [{"type": "N", "density": [[0, 0.2], [6, 1.0], [12, 0.2]]}, {"type": "T", "density": 0.3}],
        "stimulus": {"j0_uM_um_s": 800.0, "x0_um": 10.0, "sigma_um": 0.8, "t_on_s": 0.001, "t_off_s": 0.003}}),
}
COLUMNS = {"c_uM": "c", "b_uM": "b", "ce_uM": "e", "ip3_uM": "ip3", "er_buffer_uM": "er_buffer"}


def loligo(program, case, dx, dt, folder):
    path = os.path.join(folder, "case.json")
    with open(path, "w") as f:
        json.dump(case, f)
    subprocess.run([program, "calcium", "simulate", path, "-o", os.path.join(folder, "out"), "--max-dx-um", str(dx),
                    "--dt", repr(dt), "--sample", "0.0005"], check=True, capture_output=True)
    with open(os.path.join(folder, "out", "timeseries.csv")) as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def main():
    program, failed = sys.argv[1], False
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    for name, (edges, case) in CASES.items():
        if only not in name:
            continue
        case = dict(case, t_end_s=0.04, probes_um=[0.0, 0.5 * case["geometry"]["L_um"], case["geometry"]["L_um"]])
        d = Dendrite(case, edges)
        errors = []
        truth = None
        for dt in (5e-6, 2.5e-6, 1.25e-6):
            with tempfile.TemporaryDirectory() as folder:
                rows = loligo(program, case, d.dx * 1.0000001, dt, folder)
            times = sorted({float(r["t_s"]) for r in rows})
            truth = d.solve(times) if truth is None else truth
            nodes = [round(x / d.dx) for x in (0.0, 0.5 * case["geometry"]["L_um"], case["geometry"]["L_um"])] \
                if edges > 1 else [0, 0, 1]
            worst = {}
            for column, field in COLUMNS.items():
                if column not in rows[0]:
                    continue
                mine = np.array([float(r[column]) for r in rows]).reshape(len(times), 3)
                theirs = truth[:, d.names.index(field)][:, nodes]
                worst[column] = np.max(np.abs(mine - theirs)) / np.max(np.abs(theirs))
            errors.append(worst)
        order = math.log2(errors[1]["c_uM"] / errors[2]["c_uM"])
        good = max(errors[2].values()) < 2e-5 and order > 1.8
        failed |= not good
        print(f"{name:26s} " + "  ".join(f"{k[:-3]} {v:.1e}" for k, v in errors[2].items()) + f"  order {order:.2f}"
              + ("" if good else "  OFF"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

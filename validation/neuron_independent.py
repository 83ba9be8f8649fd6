#!/usr/bin/env python3
"""Check `loligo neuron simulate` against equations written again in Python and solved by SciPy, and against theory.

usage: neuron_independent.py LOLIGO [--only classes|optional|order|map|theory]

classes   every Izhikevich class (the reference data lack TC, RTN and the resonator) on step, ramp, chirp, noise and a
          rebound step: spike times by SciPy's DOP853 (1e-12), restarted at breakpoints, spikes and switches
optional  a Traub-Miles cell with every optional current and modifier at once, synapses included, by SciPy
order     order of rk4 (and of euler) between spikes, all models
map       the form of 2003 simulated in its own variables against its import
theory    rheobase, time constant and conductances measured from simulations against the formulas

One line per figure; exit 1 when one is beyond its limit.
"""
import argparse, csv, json, math, os, subprocess, sys, tempfile
import numpy as np
from scipy.integrate import solve_ivp, DOP853
from scipy.optimize import brentq

failures = []


def figure(name, value, limit, unit, above=False):
    ok = value >= limit if above else value <= limit
    print(f"{name:66s} {value:10.3g} {unit:4s} ({'at least' if above else 'limit'} {limit:g}){'' if ok else '  FAIL'}", flush=True)
    if not ok:
        failures.append(name)


def rows(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(l for l in f if not l.startswith("#")))


def simulate(o, model, proto, solver="reference", dt=None):
    with tempfile.TemporaryDirectory() as d:
        m, p, t, s = (os.path.join(d, n) for n in ("m.json", "p.json", "t.csv", "s.csv"))
        json.dump(model, open(m, "w"))
        json.dump(proto, open(p, "w"))
        cmd = [o.loligo, "neuron", "simulate", m, "--protocol", p, "-o", t, "--spikes", s, "--quiet", "--solver", solver]
        subprocess.run(cmd + (["--dt", repr(dt)] if dt else []), check=True)
        spikes = np.array([float(r["t_ms"]) for r in rows(s)])
        table = rows(t)
        return spikes, {k: np.array([float(r[k]) for r in table]) for k in table[0]}


# ---- stimuli ------------------------------------------------------------------------------------------------------------

def current_of(proto):
    """Current as a function of time and all breakpoints."""
    cuts = {0.0, float(proto["duration_ms"])}
    for s in proto["segments"]:
        cuts |= {s["t0_ms"], s["t1_ms"]}
        if s["type"] == "hold":
            cuts |= {s["t0_ms"] + k * s["dt_ms"] for k in range(len(s["values_pA"]))}
    cuts = sorted(c for c in cuts if c <= proto["duration_ms"])

    def current(t, piece):
        middle, total = 0.5 * (cuts[piece] + cuts[piece + 1]), 0.0
        for s in proto["segments"]:
            if not s["t0_ms"] <= middle < s["t1_ms"]:
                continue
            x, T = t - s["t0_ms"], s["t1_ms"] - s["t0_ms"]
            if s["type"] == "const":
                total += s["amp_pA"]
            elif s["type"] == "ramp":
                total += s["from_pA"] + (s["to_pA"] - s["from_pA"]) * x / T
            elif s["type"] == "chirp":
                f = s["f0_Hz"] * x + (s["f1_Hz"] - s["f0_Hz"]) * x * x / (2 * T)
                total += s["mean_pA"] + s["amp_pA"] * math.sin(2e-3 * math.pi * f)
            elif s["type"] == "hold":
                total += s["values_pA"][min(int((middle - s["t0_ms"]) / s["dt_ms"]), len(s["values_pA"]) - 1)]
        return total

    return current, cuts


def stimuli(i0, seed=1):
    rng = np.random.default_rng(seed)
    noise, x = [], 0.0
    for _ in range(600):
        x = x * math.exp(-0.5 / 3) + math.sqrt(1 - math.exp(-1 / 3)) * rng.standard_normal()
        noise.append(i0 * (0.7 + 0.7 * x))
    base = {"duration_ms": 400, "sample_ms": 0.5}
    return {
        "step": dict(base, segments=[{"type": "const", "t0_ms": 20, "t1_ms": 380, "amp_pA": 1.5 * i0}]),
        "rebound": dict(base, segments=[{"type": "const", "t0_ms": 20, "t1_ms": 250, "amp_pA": -1.2 * i0}]),
        "ramp": dict(base, segments=[{"type": "ramp", "t0_ms": 10, "t1_ms": 300, "from_pA": 0, "to_pA": 3 * i0}]),
        "chirp": dict(base, segments=[{"type": "chirp", "t0_ms": 10, "t1_ms": 390, "mean_pA": 0.8 * i0,
                                       "amp_pA": 0.6 * i0, "f0_Hz": 1, "f1_Hz": 80}]),
        "noise": dict(base, segments=[{"type": "hold", "t0_ms": 50, "t1_ms": 350, "dt_ms": 0.5, "values_pA": noise}]),
    }


# ---- Izhikevich classes ---------------------------------------------------------------------------------------------------

CLASSES = {  # variant, parameters in the file, current scale (Izhikevich 2007, chapter 8; Ferguson et al. 2014)
    "RS": ("std", dict(C=100, k=0.7, vr=-60, vt=-40, a=0.03, b=-2, c=-50, d=100, vpeak=35), 60),
    "LTS": ("LTS", dict(C=100, k=1, vr=-56, vt=-42, a=0.03, b=8, c=-53, d=20, vpeak=40), 150),
    "FS": ("FS", dict(C=20, k=1, vr=-55, vt=-40, a=0.2, c=-45, vpeak=25, vb=-55), 75),
    "TC": ("TC", dict(C=200, k=1.6, vr=-60, vt=-50, a=0.01, b=15, c=-60, d=10, vpeak=35), 60),
    "RTN": ("RTN", dict(C=40, k=0.25, vr=-65, vt=-45, a=0.015, b=10, c=-55, d=50, vpeak=0), 40),
    "CA1 weak": ("klowkhigh", dict(C=300, klow=0.5, khigh=3.3, vr=-61.8, vt=-57, a=0.001, b=3, c=-65.8, d=5, vpeak=22.6,
                                   Ishift=-45), 150),
    "CA1 strong": ("klowkhigh", dict(C=115, klow=0.1, khigh=3.3, vr=-61.8, vt=-57, a=0.0012, b=3, c=-65.8, d=10,
                                     vpeak=22.6, Ishift=-45), 120),
    "RZ 2003": ("std", dict(C=1, k=0.04, vr=-62.5, vt=-62.5, a=0.1, b=0.26, c=-65, d=2, vpeak=30), 0.4),
}


def izh_scipy(variant, p, proto):
    """Spikes: integrate to an event, restart. Sides of switches are states of this loop."""
    current, cuts = current_of(proto)
    y, spikes = np.array([p["vr"], 0.0]), []
    # FS and RTN start on their switch, where the slopes are continuous: the side is asked at every point, no event
    switch = {"TC": -65.0, "klowkhigh": p["vt"]}.get(variant)
    high = switch is not None and p["vr"] > switch
    t_sample = np.arange(0, proto["duration_ms"] + 1e-9, proto["sample_ms"])
    v_sample = np.full(len(t_sample), np.nan)

    def slope(v, u, i):
        k, shift = p.get("k"), 0.0
        if variant == "klowkhigh":
            k, shift = (p["khigh"] if high else p["klow"]), p["Ishift"]
        dv = (k * (v - p["vr"]) * (v - p["vt"]) - u + i + shift) / p["C"]
        if variant == "FS":
            return [dv, p["a"] * ((0.025 * (v - p["vb"]) ** 3 if v > p["vb"] else 0.0) - u)]
        b = p["b"]
        if variant == "TC" and high:
            b = 0.0
        if variant == "RTN" and v > -65:
            b = 2.0
        return [dv, p["a"] * (b * (v - p["vr"]) - u)]

    def peak(u):
        return p["vpeak"] + {"LTS": -0.1, "TC": 0.1}.get(variant, 0.0) * u

    for piece in range(len(cuts) - 1):
        t, end = cuts[piece], cuts[piece + 1]
        while t < end - 1e-12:
            def fired(_, y):
                return y[0] - peak(y[1])
            fired.terminal, fired.direction = True, 1
            events = [fired]
            if switch is not None:
                def switched(_, y):
                    return y[0] - switch
                switched.terminal, switched.direction = True, -1 if high else 1
                events.append(switched)
            due = (t_sample >= t - 1e-12) & (t_sample <= end + 1e-12)
            r = solve_ivp(lambda t, y: slope(y[0], y[1], current(t, piece)), (t, end), y, method="DOP853", rtol=1e-12,
                          atol=1e-11, events=events, dense_output=True, max_step=1.0)
            reached = due & (t_sample <= r.t[-1] + 1e-12)
            if reached.any():
                v_sample[reached] = r.sol(np.clip(t_sample[reached], t, r.t[-1]))[0]
            t, y = r.t[-1], r.y[:, -1].copy()
            if r.status == 0:
                break
            if len(r.t_events[0]):
                spikes.append(t)
                u = y[1]
                if variant == "LTS":
                    y = np.array([p["c"] + 0.04 * u, min(u + p["d"], 670.0)])
                elif variant == "TC":
                    y = np.array([p["c"] - 0.1 * u, u + p["d"]])
                elif variant == "FS":
                    y = np.array([p["c"], u])
                else:
                    y = np.array([p["c"], u + p["d"]])
                if switch is not None:
                    high = y[0] > switch
            else:
                high = not high
                y[0] = switch
    return np.array(spikes), v_sample


def compare(name, got, want, v, v_ref, limit):
    n = min(len(got), len(want))
    worst = float(np.max(np.abs(got[:n] - want[:n]))) if n else 0.0
    if len(got) != len(want):
        worst = math.inf
    figure(f"{name}: {len(got)} spikes of {len(want)}, max |dt|", worst, limit, "ms")
    t = 0.5 * np.arange(len(v_ref))
    far = np.ones(len(t), bool)
    for s in want:
        far &= np.abs(t - s) > 0.5
    far &= np.isfinite(v_ref)
    figure(f"{name}: max |dV| away from spikes", float(np.max(np.abs(v[far] - v_ref[far]))), 1e-4, "mV")


def classes(o):
    for name, (variant, p, i0) in CLASSES.items():
        for stim, proto in stimuli(i0).items():
            got, trace = simulate(o, {"model": "izhikevich", "variant": variant, "parameters": p}, proto)
            want, v = izh_scipy(variant, p, proto)
            compare(f"{name} {stim}", got, want, trace["v_mV"], v, 2e-6 if variant == "klowkhigh" else 1e-6)


# ---- Traub-Miles with everything ----------------------------------------------------------------------------------------

FULL = dict(C=110, gNa=5200, gK=650, gL=2.4, gM=6, ENa=52, EK=-88, EL=-69, VT=-57, taumax=550, gNaP=0.6, gA=120, gH=1.2,
            gCaT=25, gCaL=1.5, gSK=25, slow_inactivation=0.6, S_tau_min=80, S_tau_max=400, gGABA=0.4, EGABA=-66, gGABAA=1.5,
            gNMDA=0.8, gAMPA=1.2)
MODIFIERS = dict(gNa_scale=0.95, gK_scale=0.9, gM_scale=1.2, p_shift_mV=-3.0,
                 na_state_block=dict(kon_per_uM_ms=3.8e-5, K_inactivated_uM=25, K_rest_uM=2500, dose_uM=60))
# Two blockers (the second by the slow gate), shift of h, GIRK, another temperature, a blocker in the NMDA pore.
DRUGS = dict(MODIFIERS, h_shift_mV=-4.0, gGIRK_nS=0.5, rate_scale=1.2, block_one_site=0,
             na_state_block_2=dict(kon_per_uM_ms=1e-3, K_inactivated_uM=9, K_rest_uM=600, dose_uM=50, slow=1),
             nmda_block=dict(dose_uM=2, K0_uM=10.7, z_delta=0.9))
NO_BLOCK = dict(kon_per_uM_ms=0, K_inactivated_uM=1, K_rest_uM=1, dose_uM=0)
SYNAPSES = [("AMPA", [60.0, 63.0, 150.0, 340.0], 1.0), ("NMDA", [61.0, 155.0], 1.5), ("GABA_A", [100.0, 105.0, 260.0], 0.7)]


def sig(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def bell(v, half, slope, low, high):
    e = math.exp(-abs(v - half) / (2 * slope))
    return low + (high - low) / (0.5 * (e + 1 / e))


def full_model(mods):
    p, k, k2 = FULL, mods["na_state_block"], mods.get("na_state_block_2", NO_BLOCK)
    vt, rate, one_site = p["VT"], mods.get("rate_scale", 1), mods.get("block_one_site", 0)
    pore = mods.get("nmda_block", dict(dose_uM=0, K0_uM=1, z_delta=0))
    rt_f = 25.434  # mV at 22 degC

    def bound(k, h, s):  # per uM ms: binding to free sites, unbinding
        g = s if k.get("slow", 0) else h
        w = (1 - g) + g * k["K_inactivated_uM"] / k["K_rest_uM"]
        return k["kon_per_uM_ms"] * k["dose_uM"] * w, k["kon_per_uM_ms"] * k["K_inactivated_uM"]

    def vtrap(x, s):
        return s if abs(x) < 1e-9 else x / (math.exp(x / s) - 1)

    def gates(v):
        x = v - vt
        xh = x - mods.get("h_shift_mV", 0)
        w = v + 35 - mods["p_shift_mV"]
        am, bm = 0.32 * vtrap(13 - x, 4), 0.28 * vtrap(x - 40, 5)
        ah, bh = 0.128 * math.exp((17 - xh) / 18), 4 / (1 + math.exp((40 - xh) / 5))
        an, bn = 0.032 * vtrap(15 - x, 5), 0.5 * math.exp((10 - x) / 40)
        z = v + 2
        tau_u = (30.8 + (211.4 + math.exp((z + 113.2) / 5)) / (1 + math.exp((z + 84) / 3.2))) / 3.737
        g = [(am / (am + bm), am + bm), (ah / (ah + bh), ah + bh), (an / (an + bn), an + bn),
                (sig(w / 10), (3.3 * math.exp(w / 20) + math.exp(-w / 20)) / p["taumax"]),
                (sig(-(v + 60) / 6), 1 / bell(v, -60, 6, p["S_tau_min"], p["S_tau_max"])),
                (sig((v + 60) / 8.5), 1 / (0.37 + 1 / (math.exp((v + 35.8) / 19.7) + math.exp(-(v + 79.7) / 12.7)))),
                (sig(-(v + 78) / 6), 1 / 19), (sig(-(v + 80) / 7), 1 / bell(v, -80, 7, 50, 300)),
                (sig(-(z + 81) / 4), 1 / tau_u)]
        return [(target, rate * r) for target, r in g]

    def calcium(v, u):
        return (p["gCaT"] * sig((v + 2 + 57) / 6.2) ** 2 * u + p["gCaL"] * sig((v + 20) / 9) ** 2) * (v - 120)

    # m h n p s a b r u | block | Ca | AMPA, NMDA, GABA as (x, y) | second block
    def slope(t, y, i):
        v, m, h, n, q, s, a, b, r, u, B, ca = y[:12]
        B2, g = y[18], gates(v)
        free = 1 - B - B2 if one_site else (1 - B) * (1 - B2)
        na = mods["gNa_scale"] * p["gNa"] * (1 - p["slow_inactivation"] * (1 - s)) * free * m ** 3 * h
        kk = (mods["gK_scale"] * p["gK"] * n ** 4 + mods["gM_scale"] * p["gM"] * q + p["gA"] * a ** 4 * b
              + mods.get("gGIRK_nS", 0)
              + p["gSK"] * ca ** 4 / (ca ** 4 + 0.5 ** 4))
        ica = calcium(v, u)
        total = ((na + p["gNaP"] * sig((v + 50) / 4)) * (v - p["ENa"]) + kk * (v - p["EK"]) + p["gL"] * (v - p["EL"])
                 + p["gH"] * r * (v + 35) + ica + (p["gGABA"] + p["gGABAA"] * (y[16] - y[17])) * (v - p["EGABA"])
                 + p["gAMPA"] * (y[12] - y[13]) * v
                 + p["gNMDA"] * (y[14] - y[15]) * v / (1 + math.exp(-0.062 * v) / 3.57
                                                       + pore["dose_uM"] / pore["K0_uM"] * math.exp(-pore["z_delta"] * v / rt_f)))
        (on, off), (on2, off2) = bound(k, h, s), bound(k2, h, s)
        empty, empty2 = (1 - B - B2, 1 - B - B2) if one_site else (1 - B, 1 - B2)
        out = [(i - total) / p["C"]]
        out += [(g[j][0] - y[1 + j]) * g[j][1] for j in range(9)]
        out += [on * empty - off * B, -5e-4 * ica - (ca - 0.05) / 100]
        out += [-y[12] / 3, -y[13] / 0.3, -y[14] / 80, -y[15] / 2, -y[16] / 8, -y[17] / 0.5, on2 * empty2 - off2 * B2]
        return out

    def steady(v):
        g = [x[0] for x in gates(v)]
        h = g[1]
        (on, off), (on2, off2) = bound(k, h, g[4]), bound(k2, h, g[4])
        r1, r2 = on / off, on2 / off2 if off2 > 0 else 0.0
        B, B2 = (r1 / (1 + r1 + r2), r2 / (1 + r1 + r2)) if one_site else (r1 / (1 + r1), r2 / (1 + r2))
        ca = 0.05 - 100 * 5e-4 * calcium(v, g[8])
        return [v] + g + [B, ca] + [0.0] * 6 + [B2]

    rest = brentq(lambda v: slope(0, steady(v), 0.0)[0], -85, -60, xtol=1e-13)
    return slope, steady(rest)


def peak_norm(rise, decay):
    t = rise * decay / (decay - rise) * math.log(decay / rise)
    return 1 / (math.exp(-t / decay) - math.exp(-t / rise))


def optional(o):
    one_run(o, "one blocker", MODIFIERS)
    one_run(o, "drugs, independent", DRUGS)
    one_run(o, "drugs, one site", dict(DRUGS, block_one_site=1))


def one_run(o, title, mods):
    slope, y = full_model(mods)
    proto = {"duration_ms": 500, "sample_ms": 0.5, "segments": [
        {"type": "const", "t0_ms": 30, "t1_ms": 130, "amp_pA": 450}, {"type": "const", "t0_ms": 180, "t1_ms": 280, "amp_pA": -120},
        {"type": "ramp", "t0_ms": 300, "t1_ms": 480, "from_pA": 0, "to_pA": 900}]}
    current, cuts = current_of(proto)
    where = {"AMPA": (12, peak_norm(0.3, 3)), "NMDA": (14, peak_norm(2, 80)), "GABA_A": (16, peak_norm(0.5, 8))}
    arrivals = [(t, where[r], w) for r, times, w in SYNAPSES for t in times]
    stops = sorted(set(cuts) | {a[0] for a in arrivals})
    spikes, t_sample = [], np.arange(0, 500.25, 0.5)
    v_sample = np.full(len(t_sample), np.nan)
    for begin, end in zip(stops, stops[1:]):
        for t, (place, norm), w in arrivals:
            if t == begin:
                y[place] += w * norm
                y[place + 1] += w * norm
        piece = max(j for j in range(len(cuts) - 1) if cuts[j] <= begin)

        def up(_, y):
            return y[0] + 20
        up.direction = 1
        r = solve_ivp(lambda t, y: slope(t, y, current(t, piece)), (begin, end), y, method="DOP853", rtol=1e-11, atol=1e-12,
                      events=up, dense_output=True)
        for guess in r.t_events[0]:  # the event on a step taken again from the last knot, not on the interpolant
            k = np.searchsorted(r.t, guess) - 1

            def crossing(t):
                again = solve_ivp(lambda t, y: slope(t, y, current(t, piece)), (r.t[k], t), r.y[:, k], method="DOP853",
                                  rtol=1e-12, atol=1e-13)
                return again.y[0, -1] + 20
            spikes.append(brentq(crossing, guess - 1e-3, guess + 1e-3, xtol=1e-9))
        inside = (t_sample >= begin - 1e-9) & (t_sample <= end + 1e-9)
        v_sample[inside] = r.sol(np.clip(t_sample[inside], begin, end))[0]
        y = list(r.y[:, -1])
    parameters = {k: v for k, v in FULL.items()}
    model = {"model": "tm", "parameters": parameters, "modifiers": mods}
    proto["synaptic"] = [{"receptor": r, "times_ms": t, "weight": w} for r, t, w in SYNAPSES]
    got, trace = simulate(o, model, proto)
    compare(f"TM with all optional currents: {title}", got, np.array(spikes), trace["v_mV"], v_sample, 1e-5)
    for solver, dt, limit in (("rk4", 0.025, 0.01),):
        fast, _ = simulate(o, model, proto, solver, dt)
        n = min(len(fast), len(spikes), 20)
        figure(f"{title}: the same by rk4 at 0.025 ms, first 20 spikes", float(np.max(np.abs(fast[:n] - spikes[:n]))), limit, "ms")


# ---- order, map, theory -------------------------------------------------------------------------------------------------

def order(o):
    cases = [(f"izhikevich {name}", {"model": "izhikevich", "variant": v, "parameters": p}, 0.25 * i0, 0.125 if name == "FS" else 0.5)
             for name, (v, p, i0) in CLASSES.items() if name not in ("CA1 weak", "CA1 strong")]
    cases += [("hh52", {"model": "hh52"}, 1.0, 0.1), ("tm", {"model": "tm"}, 20.0, 0.1),
              ("tm, all optional currents", {"model": "tm", "parameters": FULL}, 20.0, 0.1)]
    for name, model, amp, dt in cases:
        proto = {"duration_ms": 32, "sample_ms": 32, "segments": [
            {"type": "chirp", "t0_ms": 0, "t1_ms": 40, "mean_pA": 0, "amp_pA": amp, "f0_Hz": 20, "f1_Hz": 100}]}
        exact = simulate(o, model, proto)[1]["v_mV"][-1]
        for solver, step, low in (("rk4", dt, 3.8), ("euler", dt / 20, 0.9)):
            e = [abs(simulate(o, model, proto, solver, step / f)[1]["v_mV"][-1] - exact) for f in (1, 2)]
            figure(f"order of {solver} between spikes, {name}", math.log2(e[0] / e[1]), low, "", above=True)


def map2003(o):
    for name, (a, b, c, d) in {"RS": (0.02, 0.2, -65, 8), "CH": (0.02, 0.2, -50, 2), "FS": (0.1, 0.2, -65, 2),
                               "RZ": (0.1, 0.26, -65, 2), "LTS": (0.02, 0.25, -65, 2)}.items():
        proto = {"duration_ms": 200, "sample_ms": 0.5, "segments": [{"type": "const", "t0_ms": 20, "t1_ms": 180, "amp_pA": 10}]}
        vr = (-(5 - b) - math.sqrt((5 - b) ** 2 - 22.4)) / 0.08
        got, _ = simulate(o, {"model": "izhikevich", "variant": "2003", "parameters": dict(a=a, b=b, c=c, d=d)}, proto)
        current, cuts = current_of(proto)
        y, spikes = np.array([vr, b * vr]), []
        for piece in range(len(cuts) - 1):
            t, end = cuts[piece], cuts[piece + 1]
            while t < end - 1e-12:
                def fired(_, y):
                    return y[0] - 30
                fired.terminal, fired.direction = True, 1
                r = solve_ivp(lambda t, y: [0.04 * y[0] ** 2 + 5 * y[0] + 140 - y[1] + current(t, piece), a * (b * y[0] - y[1])],
                              (t, end), y, method="DOP853", rtol=1e-12, atol=1e-11, events=fired)
                t, y = r.t[-1], r.y[:, -1].copy()
                if r.status == 1:
                    spikes.append(t)
                    y = np.array([c, y[1] + d])
        n = min(len(got), len(spikes))
        worst = float(np.max(np.abs(got[:n] - np.array(spikes[:n])))) if n and len(got) == len(spikes) else math.inf
        figure(f"form of 2003 in its own variables, {name}: {len(got)} spikes, max |dt|", worst, 1e-6, "ms")


def theory(o):
    rs = dict(C=100, k=0.7, vr=-60, vt=-40, a=0.03, b=5, c=-50, d=100, vpeak=35)

    def model(**change):
        initial = change.pop("initial", None)
        m = {"model": "izhikevich", "variant": "std", "parameters": dict(rs, **change)}
        return dict(m, initial=initial) if initial else m

    def const(duration, amp, sample):
        return {"duration_ms": duration, "sample_ms": sample,
                "segments": [{"type": "const", "t0_ms": 0, "t1_ms": duration, "amp_pA": amp}]}
    amp = 0.01  # pA; the quadratic term k x is taken out
    x = simulate(o, model(), const(4000, amp, 4000))[1]["v_mV"][-1] + 60
    figure("steady conductance k(vt-vr)+b, relative error", abs((amp / x + 0.7 * x) / 19 - 1), 1e-6, "")
    x = simulate(o, model(b=0), const(4000, amp, 4000))[1]["v_mV"][-1] + 60
    figure("instantaneous conductance k(vt-vr), relative error", abs((amp / x + 0.7 * x) / 14 - 1), 1e-6, "")
    x = simulate(o, model(b=0), const(20, 1e-5, 5))[1]["v_mV"] + 60
    figure("time constant C/(k(vt-vr)), relative error", abs(-5 / math.log(x[2] / x[1] - 1) / (100 / 14) - 1), 1e-6, "")
    # saddle-node: from its potential, below the rheobase the neuron falls back to rest, above it creeps over to a spike
    b, k = -2.0, 0.7
    v_sn = -50 + b / (2 * k)
    low, high = 51.0, 52.0
    while high - low > 1e-5:
        middle = 0.5 * (low + high)
        proto = const(2e6, middle, 2e6)
        fires = len(simulate(o, model(b=b, d=1e4, initial={"v": v_sn, "u": b * (v_sn + 60)}), proto)[0]) > 0
        low, high = (low, middle) if fires else (middle, high)
    figure("rheobase of the saddle-node (g+b)^2/4k, relative error", abs(0.5 * (low + high) / (12 ** 2 / 2.8) - 1), 1e-6, "")
    # Andronov-Hopf: growth of a small oscillation is 0 at the rheobase; secant on the current
    a, b = 0.1, 15.0
    v_ah = -50 + a * 100 / (2 * k)
    i_ah = b * (v_ah + 60) - k * (v_ah + 60) * (v_ah + 40)

    def growth(i):
        rest = brentq(lambda v: k * (v + 60) * (v + 40) - b * (v + 60) + i, -60, -50 + b / (2 * k), xtol=1e-14)
        y = simulate(o, model(a=a, b=b, initial={"v": rest + 1e-3, "u": b * (rest + 60)}), const(600, i, 0.05))[1]["v_mV"]
        x = y - rest
        tops = [j for j in range(1, len(x) - 1) if x[j] > x[j - 1] and x[j] >= x[j + 1] and x[j] > 0]

        def top(j):  # parabola through three samples
            d = (x[j - 1] - x[j + 1]) / (2 * (x[j - 1] - 2 * x[j] + x[j + 1]))
            return x[j] - 0.25 * (x[j - 1] - x[j + 1]) * d
        return math.log(top(tops[-1]) / top(tops[0]))
    i0, i1 = i_ah - 1.0, i_ah + 0.7
    g0, g1 = growth(i0), growth(i1)
    for _ in range(8):
        i0, i1, g0 = i1, i1 - g1 * (i1 - i0) / (g1 - g0), g1
        g1 = growth(i1)
        if abs(i1 - i0) < 1e-7:
            break
    figure("rheobase of the Andronov-Hopf bifurcation, relative error", abs(i1 / i_ah - 1), 1e-6, "")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("loligo")
    parts = {"classes": classes, "optional": optional, "order": order, "map": map2003, "theory": theory}
    p.add_argument("--only", choices=parts)
    o = p.parse_args()
    for name, part in parts.items():
        if o.only in (None, name):
            print(f"== {name}")
            part(o)
    print(f"{len(failures)} figures beyond their limits" + (": " + "; ".join(failures) if failures else ""))
    return 1 if failures else 0


sys.exit(main())

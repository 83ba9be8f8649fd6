#!/usr/bin/python3
"""Check examples/networks/dendrify200.json against the same equations, written again and run by Brian2 (numpy).

usage: dendrify_brian2.py LOLIGO [--only trace|models|rates] [--dt 0.005] [--seeds 6]

trace    given input spikes and given connections, both with the step --dt. Without the recurrent connections: every
         spike, and the voltages of soma and dendrite of all cells; with them: every spike, and the voltages of a cell
         before its first (Brian2's spikes lie on the grid, up to a step late, so recurrent inputs differ by that)
models   one cell of each soma (leakyIF, adaptiveIF, cadIF, adex) with a current into the dendrite
rates    Poisson input, random connections: mean rate over seeds in both (dt 0.1 ms), within 4 standard errors

One line per figure; exit 1 when one is beyond its limit.
"""
import argparse, csv, json, math, os, re, subprocess, sys, tempfile
import numpy as np
import brian2 as b
from brian2 import ms, mV, nS, pF, pA, Hz

b.prefs.codegen.target = "numpy"
b.BrianLogger.suppress_hierarchy("brian2")
failures = []


def figure(name, value, limit, unit):
    ok = value <= limit
    print(f"{name:70s} {value:10.3g} {unit:4s} (limit {limit:g}){'' if ok else '  FAIL'}", flush=True)
    if not ok:
        failures.append(name)


def load(path):
    return json.loads(re.sub(r"(?m)//.*$", "", open(path).read()))


def simulate(o, network, dt, seed=1):
    with tempfile.TemporaryDirectory() as d:
        n, t, s = (os.path.join(d, x) for x in ("n.json", "t.csv", "s.csv"))
        json.dump(network, open(n, "w"))
        subprocess.run([o.loligo, "neuron", "simulate", n, "-o", t, "--spikes", s, "--dt", f"{dt}ms", "--seed", str(seed),
                        "--quiet"], check=True)
        spikes = [(r["population"], int(r["cell"]), float(r["t_ms"])) for r in
                  csv.DictReader(l for l in open(s) if not l.startswith("#"))]
        trace = [l.rstrip("\n") for l in open(t) if not l.startswith("#")]
        return spikes, trace[0].split(","), np.array([[float(x) for x in l.split(",")] for l in trace[1:]])


# ---- the equations --------------------------------------------------------------------------------------

SOMA = {  # current of the membrane beside the leak, adaptation, what a spike adds
    "leakyIF": ("0*pA", "", ""),
    "adaptiveIF": ("-w", "dw/dt = (a*(Vs - Es) - w)/tauw : amp", "w += bb"),
    "adex": ("gls*DT*exp((Vs - VT)/DT) - w", "dw/dt = (a*(Vs - Es) - w)/tauw : amp", "w += bb"),
    "cadIF": ("gA*(EA - Vs)", "dgA/dt = (gAmax/(1 + exp((VA - Vs)/DA)) - gA)/tauA : siemens", "gA += dgA"),
}


def of(cell, place, key, default=None):
    return place.get(key, cell.get(key, default))


def electrics(cell, place):
    area = math.pi * place["length_um"] * place["diameter_um"] * of(cell, place, "scale_factor", 1) * \
        of(cell, place, "spine_factor", 1)  # um2
    r = 4e-2 * of(cell, place, "r_axial_ohm_cm") * place["length_um"] / (math.pi * place["diameter_um"] ** 2)  # MOhm
    return area * of(cell, place, "cm_uF_cm2") * 1e-2, area * of(cell, place, "gl_uS_cm2") * 1e-5, r  # pF, nS


def raw_peak(rise, decay):
    t = rise * decay / (decay - rise) * math.log(decay / rise)
    return rise * decay / (decay - rise) * (math.exp(-t / decay) - math.exp(-t / rise))


class Cells:
    """A population of two-compartment cells in Brian2; spikes at the end of the step in which v crosses."""

    def __init__(self, cell, n, dt):
        soma, dend = cell["soma"], cell["dendrites"][0]
        current, adaptation, jump = SOMA[soma["model"]]
        cs, gs, rs = electrics(cell, soma)
        cd, gd, rd = electrics(cell, dend)
        v_rest = of(cell, soma, "v_rest_mV")
        self.ns = {"Cs": cs * pF, "gls": gs * nS, "Cd": cd * pF, "gld": gd * nS, "gc": 2e3 / (rs + rd) * nS,
                   "Es": v_rest * mV, "Ed": of(cell, dend, "v_rest_mV") * mV}
        terms, states = {"s": "", "d": ""}, ""
        self.weights = {}
        for which, place in (("s", soma), ("d", dend)):
            for y in place.get("synapses", []):
                name = f"{y['type']}_{y['tag']}_{place['name']}"
                rise, decay = y.get("t_rise_ms", 0), y["t_decay_ms"]
                g = y["g_nS"] / (raw_peak(rise, decay) if rise and y.get("scale_g") else 1)
                e = y.get("e_mV", -80 if y["type"] == "GABA" else 0)
                block = ""
                if y["type"] == "NMDA":
                    block = f"/(1 + {y.get('mg_mM', 1)}*exp(-0.062*(V{which}/mV + {y.get('gamma_mV', 0)}))/3.57)"
                terms[which] += f" + {g}*nS*x_{name}*({e}*mV - V{which}){block}"
                if rise:
                    states += f"dx_{name}/dt = -x_{name}/({decay}*ms) + s_{name}/ms : 1\nds_{name}/dt = -s_{name}/({rise}*ms) : 1\n"
                    self.weights[name] = f"s_{name}"
                else:
                    states += f"dx_{name}/dt = -x_{name}/({decay}*ms) : 1\n"
                    self.weights[name] = f"x_{name}"
        events, gates = {}, ""
        for k, d in enumerate(dend.get("dspikes", [])):
            steps = lambda key: int(round(d.get(key, 0) / dt))
            gates += f"last{k} : second\n"
            gates += f"rise{k} = int(timestep(t - last{k}, dt) <= {steps('duration_rise_ms')})*int(timestep(t - last{k}, dt) >= 1) : 1 (constant over dt)\n"
            gates += (f"fall{k} = int(timestep(t - last{k}, dt) >= {steps('offset_fall_ms') + 1})"
                      f"*int(timestep(t - last{k}, dt) <= {steps('offset_fall_ms') + steps('duration_fall_ms')}) : 1 (constant over dt)\n")
            terms["d"] += f" + {d['g_rise_nS']}*nS*rise{k}*({d.get('e_rise_mV', 70)}*mV - Vd)"
            terms["d"] += f" + {d.get('g_fall_nS', 0)}*nS*fall{k}*({d.get('e_fall_mV', -89)}*mV - Vd)"
            events[f"dspike{k}"] = f"Vd >= {d['threshold_mV']}*mV and timestep(t - last{k}, dt) >= {steps('refractory_ms')}"
        width = int(round(soma.get("spike_width_ms", 0) / dt))
        if width:
            events["down"] = f"timestep(t - up, dt) == {width}"
        eqs = f"""dVs/dt = (gls*(Es - Vs) + ({current}) + gc*(Vd - Vs){terms['s']})/Cs : volt
                  dVd/dt = (gld*(Ed - Vd) + gc*(Vs - Vd) + I_ext{terms['d']})/Cd : volt
                  I_ext : amp
                  up : second
                  {adaptation}
                  {gates}{states}"""
        pick = lambda key, unit: self.ns.update({key[0]: soma[key[1]] * unit}) if key[1] in soma else None
        for key, unit in ((("a", "a_nS"), nS), (("bb", "b_pA"), pA), (("tauw", "tauw_ms"), ms), (("DT", "delta_t_mV"), mV),
                          (("VT", "v_t_mV"), mV), (("gAmax", "ga_max_nS"), nS), (("EA", "ea_mV"), mV), (("VA", "va_mV"), mV),
                          (("DA", "delta_a_mV"), mV), (("tauA", "tau_a_ms"), ms), (("dgA", "delta_ga_nS"), nS)):
            pick(key, unit)
        reset = f"Vs = {soma['spike_mV'] if width else soma['reset_mV']}*mV\nup = t\n{jump}"
        refractory = int(round(soma.get("refractory_ms", 0) / dt))
        self.group = g = b.NeuronGroup(n, eqs, threshold=f"Vs >= {soma['threshold_mV']}*mV", reset=reset,
                                       refractory=refractory * dt * ms, events=events,
                                       # stages of rk4 would leave the earth in the upstroke of adex
                                       method="euler" if soma["model"] == "adex" else "rk4", namespace=self.ns,
                                       dt=dt * ms)
        if width:
            g.run_on_event("down", f"Vs = {soma['reset_mV']}*mV", when="after_resets")
        for k in range(len(dend.get("dspikes", []))):
            g.run_on_event(f"dspike{k}", f"last{k} = t", when="after_resets")
            setattr(g, f"last{k}", -1e3 * b.second)
        g.Vs, g.Vd, g.up = v_rest * mV, of(cell, dend, "v_rest_mV") * mV, -1e3 * b.second
        if soma["model"] == "cadIF":
            g.gA = soma.get("ga_max_nS", 0) / (1 + math.exp((soma["va_mV"] - v_rest) / soma["delta_a_mV"])) * nS


def connect(source, cells, name, pairs, delay, dt):
    s = b.Synapses(source, cells.group, on_pre=f"{cells.weights[name]}_post += 1", dt=dt * ms)
    if callable(pairs):
        pairs(s)
    else:
        s.connect(i=pairs[:, 0], j=pairs[:, 1])
    s.delay = delay * ms
    return s


# ---- figures --------------------------------------------------------------------------------------------

def make_lists(network, rng):
    out = []
    n = {p["name"]: p["number"] for p in network["populations"]}
    for c in network["connections"]:
        on = rng.random((n[c["from"]], n[c["to"]])) < c["rule"]["fixed_probability"]
        if c["from"] == c["to"]:
            np.fill_diagonal(on, False)
        out.append(np.argwhere(on))
    return out


def trace(o, network):
    rng = np.random.default_rng(1)
    lists = make_lists(network, rng)
    inp = network["populations"][1]
    dt, tstop = o.dt, 120.0
    # on the grid, so that Brian2 sees the same times
    times = [np.unique(np.round(np.cumsum(rng.exponential(1e3 / inp["poisson"]["rate_Hz"], 60)) / dt)) * dt for _ in range(inp["number"])]
    times = [t[t < tstop - 5] for t in times]
    for recurrent in (False, True):
        compare(o, network, lists, times, tstop, recurrent)


def both(o, network, lists, times, tstop, recurrent):
    """Spikes of each cell (end of the step in Brian2) and voltages (samples, cells) of soma and dendrite, ours first."""
    dt = o.dt
    pyr, inp = network["populations"]
    use = [(c, l) for c, l in zip(network["connections"], lists) if recurrent or c["from"] == "input"]
    net = dict(network, tstop_ms=tstop, sample_ms=dt * round(0.1 / dt))
    net["populations"] = [pyr, {"name": "input", "number": inp["number"],
                                "spikes": [[k, float(t)] for k in range(inp["number"]) for t in times[k]]}]
    net["connections"] = [dict(c, rule={"list": l.tolist()}) for c, l in use]
    net["probes"] = [{"population": "pyr", "name": "soma"}, {"population": "pyr", "name": "dend"}]
    spikes, names, v = simulate(o, net, dt)
    b.start_scope()
    cells = Cells(pyr["cell"]["dendrify"], pyr["number"], dt)
    # an event of Brian2's step k acts at its end: a step earlier gives the time that is meant
    index = np.concatenate([[k] * len(times[k]) for k in range(inp["number"])])
    source = b.SpikeGeneratorGroup(inp["number"], index, np.concatenate(times) * ms, dt=dt * ms)
    parts = [cells.group, source]
    for c, l in use:
        delay = c["delay_ms"] - (dt if c["from"] == "input" else 0)
        parts.append(connect(source if c["from"] == "input" else cells.group, cells, c["synapse"], l, delay, dt))
    mon = b.StateMonitor(cells.group, ["Vs", "Vd"], record=True, dt=net["sample_ms"] * ms, when="start")
    sp = b.SpikeMonitor(cells.group)
    b.Network(*parts, mon, sp).run(tstop * ms)
    n = pyr["number"]
    ours = [np.array([t for p, c, t in spikes if p == "pyr" and c == k]) for k in range(n)]
    theirs = [np.array(sp.spike_trains()[k] / ms) + dt for k in range(n)]
    m = min(len(v), len(mon.t))
    return ours, theirs, (v[:m, 1:1 + n], v[:m, 1 + n:1 + 2 * n]), ((mon.Vs / mV).T[:m], (mon.Vd / mV).T[:m]), net["sample_ms"]


def compare(o, network, lists, times, tstop, recurrent):
    ours, theirs, v, w, every = both(o, network, lists, times, tstop, recurrent)
    name = "network" if recurrent else "input only"
    # a threshold that is touched within the integrators' errors parts the two: compare up to there
    first = tstop
    for a, t in zip(ours, theirs):
        m = min(len(a), len(t))
        bad = np.nonzero(np.abs(a[:m] - t[:m]) > 2 * o.dt)[0]
        if len(bad):
            first = min(first, a[bad[0]], t[bad[0]])
        elif len(a) != len(t):
            first = min(first, (a if len(a) > m else t)[m])
    total, worst = 0, 0.0
    for a, t in zip(ours, theirs):
        m = int(np.sum(a < first))
        total += m
        worst = max(worst, float(np.max(np.abs(a[:m] - t[:m]))) if m else 0.0)
    print(f"{name}: {sum(map(len, ours))} and {sum(map(len, theirs))} spikes; together for {first:g} of {tstop:g} ms")
    figure(f"{name}: {total} spikes, largest difference", worst, 0.01, "ms")
    figure(f"{name}: time in which the two part (0: they do not)", tstop - first, 0.0 if not recurrent else 0.5 * tstop, "ms")
    rows = int(first / every)
    before = np.ones((rows, len(ours)), bool)
    for k, a in enumerate(ours):
        if len(a) and a[0] < first:
            before[int(a[0] / every) - 1:, k] = False
    for what, x, y in (("soma", v[0], w[0]), ("dendrite", v[1], w[1])):
        d = np.abs(x[:rows] - y[:rows])
        if recurrent:
            figure(f"{name}: v of the {what} before the first spike of a cell", float(d[before].max()), 5 * o.dt, "mV")
        else:
            figure(f"{name}: v of the {what} before the first spike of a cell", float(d[before].max()), 1e-3, "mV")
            # an adaptation jump at the end of the step instead of the time of the spike is worth some 4e-4 mV
            figure(f"{name}: v of the {what}, all samples", float(d.max()), 0.4 * o.dt, "mV")


MODELS = {
    "leakyIF": {},
    "adaptiveIF": {"a_nS": 2, "b_pA": 30, "tauw_ms": 50},
    "cadIF": {"ga_max_nS": 5, "ea_mV": -80, "va_mV": -50, "delta_a_mV": 5, "tau_a_ms": 40, "delta_ga_nS": 2},
    "adex": {"a_nS": 2, "b_pA": 30, "tauw_ms": 50, "delta_t_mV": 2, "v_t_mV": -50, "threshold_mV": -30},
}


def models(o, network):
    dt, tstop = o.dt, 150.0
    cell = network["populations"][0]["cell"]["dendrify"]
    for model, extra in MODELS.items():
        soma = {k: x for k, x in cell["soma"].items() if k not in ("a_nS", "b_pA", "tauw_ms")}
        soma.update(model=model, **extra)
        if model in ("leakyIF", "adex"):  # reset at once in two of them
            soma.update(spike_width_ms=0)
        if model == "adex":  # what bars its spikes does not stop its exponential, in Brian2
            soma.update(refractory_ms=0)
        one = dict(cell, soma=soma)
        net = {"model": "network", "tstop_ms": tstop, "sample_ms": 0.1, "dt_ms": dt,
               "populations": [{"name": "pyr", "number": 1, "cell": {"dendrify": one}}],
               "stimuli": [{"type": "current", "to": "pyr", "loc": ["name", "dend", 0.5], "amp_nA": 0.5, "delay_ms": 20, "dur_ms": 110}]}
        spikes, _, _ = simulate(o, net, dt)
        b.start_scope()
        c = Cells(one, 1, dt)
        sp = b.SpikeMonitor(c.group)
        n = b.Network(c.group, sp)
        for t, amp in ((20, 0), (110, 500), (20, 0)):
            c.group.I_ext = amp * pA
            n.run(t * ms)
        ours, theirs = np.array([t for _, _, t in spikes]), np.array(sp.t / ms) + dt / 2
        figure(f"{model}: difference in the number of spikes ({len(ours)})", abs(len(ours) - len(theirs)), 0, "")
        m = min(len(ours), len(theirs))
        # a spike of either is good to half a step, and each reset hands that on to the next
        figure(f"{model}: spikes per step of spike number, largest difference / (number + 1)",
               float(np.max(np.abs(ours[:m] - theirs[:m]) / (1 + np.arange(m)))) if m else 1e9, 0.02 if model == "adex" else 0.01, "ms")


def rates(o, network):
    dt, tstop = 0.1, 1000.0
    net = dict(network, tstop_ms=tstop)
    pyr, inp = network["populations"]
    ours, theirs = [], []
    for seed in range(1, o.seeds + 1):
        spikes, _, _ = simulate(o, net, dt, seed)
        ours.append(sum(p == "pyr" for p, _, _ in spikes) / pyr["number"] / tstop * 1e3)
        b.start_scope()
        b.seed(seed)
        cells = Cells(pyr["cell"]["dendrify"], pyr["number"], dt)
        source = b.PoissonGroup(inp["number"], inp["poisson"]["rate_Hz"] * Hz, dt=dt * ms)
        parts = [cells.group, source]
        for c in network["connections"]:
            itself = "" if c["from"] == "input" else "i != j"
            p = c["rule"]["fixed_probability"]
            pairs = lambda s: s.connect(condition=itself or None, p=p)
            parts.append(connect(source if c["from"] == "input" else cells.group, cells, c["synapse"], pairs, c["delay_ms"], dt))
        sp = b.SpikeMonitor(cells.group)
        b.Network(*parts, sp).run(tstop * ms)
        theirs.append(sp.num_spikes / pyr["number"] / tstop * 1e3)
    a, t = np.array(ours), np.array(theirs)
    error = math.sqrt(a.var(ddof=1) / len(a) + t.var(ddof=1) / len(t))
    print(f"rates: {a.mean():.2f} ± {a.std(ddof=1):.2f} Hz here, {t.mean():.2f} ± {t.std(ddof=1):.2f} Hz in Brian2, {len(a)} seeds each")
    figure("rates: difference of the means, in standard errors", abs(a.mean() - t.mean()) / error, 4, "")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("loligo")
    ap.add_argument("--only", choices=["trace", "models", "rates"])
    ap.add_argument("--dt", type=float, default=0.005)
    ap.add_argument("--seeds", type=int, default=6)
    o = ap.parse_args()
    o.loligo = os.path.abspath(o.loligo)
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    network = load(os.path.join(here, "examples", "networks", "dendrify200.json"))
    for name, fn in (("trace", trace), ("models", models), ("rates", rates)):
        if o.only in (None, name):
            fn(o, network)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

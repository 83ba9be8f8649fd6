#!/usr/bin/env python3
"""Loligo's batches of neurons beside their peers, in one run: same model, same step, same cells, same currents.

usage: neuron_peers_bench.py BUILD/loligo [--repeats 5] [--only izh|hh|tm]

Prints JSON lines: neuron-seconds per second of CPU time (one thread everywhere; medians over interleaved repeats), the
ratio to each peer and its target, the versions of the peers, and how far the results are from each other. A peer that is
not installed is named and left out. Exit 1 when a ratio is below its target or results disagree.

Peers: Brian2 (Cython), NumPy (in place, no temporaries), NEURON (hh, tables on, cache efficient, psolve), numba (the same
RK4 as a compiled scalar loop). What the peers spend before the first step (code generation, compilation) is not counted.
"""
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
import argparse, json, math, statistics, subprocess, sys, tempfile, time, warnings

warnings.filterwarnings("ignore")
failed = []


def say(**what):
    print(json.dumps(what), flush=True)


def need(name):
    try:
        return __import__(name)
    except Exception as e:  # a peer can be there and broken
        print(f"bench: {name} is not usable and left out: {e}", file=sys.stderr)
        return None


class Loligo:
    def __init__(self, program):
        self.bench = os.path.join(os.path.dirname(os.path.abspath(program)), "bench", "neuron_batch_bench")

    def run(self, kind, n, duration_ms, threads=1, trace=None):
        cmd = [self.bench, kind, str(n), str(duration_ms), str(threads)] + ([trace] if trace else [])
        return json.loads(subprocess.run(cmd, check=True, stdout=subprocess.PIPE).stdout)


def medians(runs, repeats):
    """runs: {name: function -> neuron-seconds per CPU second}; interleaved, median of each."""
    got = {name: [] for name in runs}
    for _ in range(repeats):
        for name, f in runs.items():
            got[name].append(f())
    return {name: statistics.median(x) for name, x in got.items()}


def ratio(what, ours, theirs, peer, version, target):
    r = ours / theirs
    say(bench=what, loligo=round(ours, 1), peer=peer, version=version, peer_value=round(theirs, 1),
        unit="neuron-s per CPU-s", ratio=round(r, 2), target=target, ok=r >= target)
    if r < target:
        failed.append(f"{what} / {peer}")


def floor(what, ours, target):
    say(bench=what, loligo=round(ours, 1), unit="neuron-s per CPU-s", target=target, ok=ours >= target)
    if ours < target:
        failed.append(what)


def agree(what, difference, limit, unit):
    say(check=what, difference=difference, limit=limit, unit=unit, ok=difference <= limit)
    if not difference <= limit:
        failed.append(what)


# ---- Izhikevich, explicit Euler 0.1 ms ------------------------------------------------------------------------------

IZH = dict(C=100.0, k=0.7, vr=-60.0, vt=-40.0, a=0.03, b=-2.0, c=-50.0, d=100.0, peak=35.0)


def izh_numpy(np, n, duration_ms):
    p, dt = IZH, 0.1
    current = 60.0 + 100.0 * np.arange(n) / n
    v, u = np.full(n, p["vr"]), np.zeros(n)
    dv, du, x = np.empty(n), np.empty(n), np.empty(n)
    spikes = 0
    start = time.process_time()
    for _ in range(round(duration_ms / dt)):
        np.subtract(v, p["vr"], out=x)
        np.subtract(v, p["vt"], out=dv)
        dv *= x
        dv *= p["k"]
        dv -= u
        dv += current
        dv *= dt / p["C"]
        np.multiply(x, p["b"], out=du)
        du -= u
        du *= dt * p["a"]
        v += dv
        u += du
        fired = np.flatnonzero(v >= p["peak"])
        if fired.size:
            v[fired] = p["c"]
            u[fired] += p["d"]
            spikes += fired.size
    return n * duration_ms * 1e-3 / (time.process_time() - start), spikes


def izh_brian(brian2, n, duration_ms):
    """Two lengths; their difference leaves out the preparation of a run."""
    b = brian2
    b.prefs.codegen.target = "cython"
    b.BrianLogger.suppress_hierarchy("brian2")
    clock = b.Clock(0.1 * b.ms)
    eqs = "dv/dt = (k*(v-vr)*(v-vt) - u + I)/C/ms : 1\ndu/dt = a*(b*(v-vr)-u)/ms : 1\nI : 1 (constant)"
    g = b.NeuronGroup(n, eqs, threshold="v >= peak", reset="v = c; u += d", method="euler", clock=clock, namespace=IZH)
    g.v = IZH["vr"]
    g.I = f"60 + 100*i/{float(n)}"
    net = b.Network(g)
    net.run(1 * b.ms, namespace={})

    def timed(length_ms):
        start = time.process_time()
        net.run(length_ms * b.ms, namespace={})
        return time.process_time() - start

    def speed():
        short = timed(0.1 * duration_ms)
        return n * 1e-3 * duration_ms / (timed(1.1 * duration_ms) - short)

    return speed


def izhikevich(loligo, repeats):
    n, t = 10000, 1000
    np, brian2 = need("numpy"), need("brian2")
    runs = {"euler": lambda: loligo.run("euler", n, t)["neuron_s_per_cpu_s"],
            "euler32": lambda: loligo.run("euler32", n, t)["neuron_s_per_cpu_s"],
            "rk4": lambda: loligo.run("rk4", n, t / 4)["neuron_s_per_cpu_s"]}
    if np:
        runs["numpy"] = lambda: izh_numpy(np, n, t / 2)[0]
    if brian2:
        runs["brian2"] = izh_brian(brian2, n, t)
    m = medians(runs, repeats)
    for kind, to_brian, to_numpy in (("euler", 4, 10), ("euler32", 8, 20)):
        what = f"Izhikevich, Euler 0.1 ms, N={n}, {'single' if kind == 'euler32' else 'double'}"
        if brian2:
            ratio(what, m[kind], m["brian2"], "Brian2 (Cython)", brian2.__version__, to_brian)
        if np:
            ratio(what, m[kind], m["numpy"], "NumPy", np.__version__, to_numpy)
    floor(f"Izhikevich, event-exact RK4 0.05 ms, N={n}", m["rk4"], 20000)
    if np:
        ours, theirs = loligo.run("euler", n, t / 2)["spikes"], izh_numpy(np, n, t / 2)[1]
        agree("Izhikevich Euler, spikes of all neurons against NumPy", abs(ours - theirs) / theirs, 1e-4, "1")


# ---- Hodgkin-Huxley 1952, NEURON's scheme, 0.025 ms -------------------------------------------------------------------

def hh_cells(neuron, n):
    h = neuron.h
    h.load_file("stdrun.hoc")
    cells, clamps = [], []
    for k in range(n):
        s = h.Section(name=f"c{k}")
        s.L = s.diam = 10.0
        s.cm = 1.0
        s.insert("hh")
        s(0.5).hh.el = -54.387  # NEURON rounds it to -54.3
        clamp = h.IClamp(s(0.5))
        clamp.delay, clamp.dur = 0.0, 1e9
        clamp.amp = (5.0 + 10.0 * k / n) * s(0.5).area() * 1e-5  # uA/cm2 * um2 -> nA
        cells.append(s)
        clamps.append(clamp)
    h.dt = 0.025
    h.steps_per_ms = 40
    h.celsius = 6.3
    h.secondorder = 0
    h.cvode_active(0)
    h.CVode().cache_efficient(1)
    h.ParallelContext().set_maxstep(10.0)
    return cells, clamps


def hh_neuron(neuron, duration_ms):
    h = neuron.h
    pc = h.ParallelContext()
    h.finitialize(-65.0)
    pc.psolve(1.0)
    start = time.process_time()
    pc.psolve(1.0 + duration_ms)
    return time.process_time() - start


def hodgkin_huxley(loligo, repeats):
    neuron, np = need("neuron"), need("numpy")
    n, t = 200, 1000
    runs = {"hh52": lambda: loligo.run("hh52", n, 4 * t)["neuron_s_per_cpu_s"]}
    if neuron:
        cells = hh_cells(neuron, n)
        runs["neuron"] = lambda: n * t * 1e-3 / hh_neuron(neuron, t)
    m = medians(runs, repeats)
    if not neuron:
        floor(f"HH 1952, 0.025 ms, {n} cells", m["hh52"], 0)
        return
    ratio(f"HH 1952, 0.025 ms, {n} cells", m["hh52"], m["neuron"], "NEURON", neuron.__version__, 8)
    if not np:
        return
    h = neuron.h
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "v")
        loligo.run("hh52", n, 200, 1, path)
        ours = np.fromfile(path).reshape(n, -1)
    for table in (0, 1):
        h.usetable_hh = table
        records = [h.Vector().record(c(0.5)._ref_v) for c in cells[0]]
        h.finitialize(-65.0)
        h.ParallelContext().psolve(200.0)
        theirs = np.array([r.to_python() for r in records])
        k = min(ours.shape[1], theirs.shape[1])
        worst = float(np.max(np.abs(ours[:, :k] - theirs[:, :k])))
        if table == 0:
            agree(f"HH 1952, 200 ms of {n} cells against NEURON (rates by formula), max |dV|", worst, 0.05, "mV")
        else:
            say(check="the same, NEURON with its interpolated rate tables", difference=worst, unit="mV")
        del records


# ---- Traub-Miles, RK4 0.025 ms ----------------------------------------------------------------------------------------

def tm_numba(numba):
    @numba.njit(cache=False)
    def slope(y, current, f):
        v, m, h, n, p = y[0], y[1], y[2], y[3], y[4]
        x = v + 56.2
        am = 0.32 * (13.0 - x) / (math.exp((13.0 - x) / 4.0) - 1.0)
        bm = 0.28 * (x - 40.0) / (math.exp((x - 40.0) / 5.0) - 1.0)
        ah = 0.128 * math.exp((17.0 - x) / 18.0)
        bh = 4.0 / (1.0 + math.exp((40.0 - x) / 5.0))
        an = 0.032 * (15.0 - x) / (math.exp((15.0 - x) / 5.0) - 1.0)
        bn = 0.5 * math.exp((10.0 - x) / 40.0)
        p_inf = 1.0 / (1.0 + math.exp(-(v + 35.0) / 10.0))
        tau_p = 608.0 / (3.3 * math.exp((v + 35.0) / 20.0) + math.exp(-(v + 35.0) / 20.0))
        f[0] = (current - 5600.0 * m * m * m * h * (v - 50.0) - (600.0 * n * n * n * n + 7.5 * p) * (v + 90.0)
                - 2.05 * (v + 70.3)) / 100.0
        f[1] = am * (1.0 - m) - bm * m
        f[2] = ah * (1.0 - h) - bh * h
        f[3] = an * (1.0 - n) - bn * n
        f[4] = (p_inf - p) / tau_p

    @numba.njit(cache=False)
    def run(y0, current, steps, dt, k1, k2, k3, k4, z, y):
        spikes = 0
        for i in range(5):
            y[i] = y0[i]
        for _ in range(steps):
            before = y[0]
            slope(y, current, k1)
            for i in range(5):
                z[i] = y[i] + 0.5 * dt * k1[i]
            slope(z, current, k2)
            for i in range(5):
                z[i] = y[i] + 0.5 * dt * k2[i]
            slope(z, current, k3)
            for i in range(5):
                z[i] = y[i] + dt * k3[i]
            slope(z, current, k4)
            for i in range(5):
                y[i] += dt / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i])
            if before < -20.0 and y[0] >= -20.0:
                spikes += 1
        return spikes

    return run


def traub_miles(loligo, repeats):
    numba, np = need("numba"), need("numpy")
    n, t = 200, 500
    runs = {"tm": lambda: loligo.run("tm", n, 4 * t)["neuron_s_per_cpu_s"]}
    if numba and np:
        f = tm_numba(numba)
        v = -71.91068318424982
        x = v + 56.2
        am = 0.32 * (13 - x) / (math.exp((13 - x) / 4) - 1)
        bm = 0.28 * (x - 40) / (math.exp((x - 40) / 5) - 1)
        ah, bh = 0.128 * math.exp((17 - x) / 18), 4 / (1 + math.exp((40 - x) / 5))
        an, bn = 0.032 * (15 - x) / (math.exp((15 - x) / 5) - 1), 0.5 * math.exp((10 - x) / 40)
        y0 = np.array([v, am / (am + bm), ah / (ah + bh), an / (an + bn), 1 / (1 + math.exp(-(v + 35) / 10))])
        work = [np.empty(5) for _ in range(6)]
        f(y0, 100.0, 10, 0.025, *work)

        def cells(every, length):
            return sum(f(y0, 50.0 + 200.0 * k / n, round(length / 0.025), 0.025, *work) for k in range(0, n, every))

        def speed():
            start = time.process_time()
            cells(4, t)
            return n / 4 * t * 1e-3 / (time.process_time() - start)

        runs["numba"] = speed
    m = medians(runs, repeats)
    if "numba" not in m:
        floor(f"Traub-Miles, RK4 0.025 ms, {n} cells", m["tm"], 0)
        return
    ratio(f"Traub-Miles, RK4 0.025 ms, {n} cells", m["tm"], m["numba"], "numba, compiled scalar loop",
          numba.__version__, 15)
    ours, theirs = loligo.run("tm", n, t)["spikes"], cells(1, t)
    agree("Traub-Miles, spikes of all neurons against numba", abs(ours - theirs) / theirs, 1e-3, "1")


def threads(loligo, repeats):
    for kind, n, t in (("euler", 10000, 2000), ("rk4", 10000, 500), ("hh52", 1024, 1000), ("tm", 1024, 500)):
        m = medians({"1": lambda: 1 / loligo.run(kind, n, t, 1)["wall_s"],
                     "2": lambda: 1 / loligo.run(kind, n, t, 2)["wall_s"]}, repeats)
        say(bench=f"{kind}, two threads against one, wall time", ratio=round(m["2"] / m["1"], 2), target=1.8,
            cores=os.cpu_count(), load=round(os.getloadavg()[0], 1), note="means little while other programs run")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("loligo")
    p.add_argument("--repeats", type=int, default=5)
    p.add_argument("--only", choices=("izh", "hh", "tm", "threads"))
    o = p.parse_args()
    loligo = Loligo(o.loligo)
    parts = {"izh": izhikevich, "hh": hodgkin_huxley, "tm": traub_miles, "threads": threads}
    for name, part in parts.items():
        if o.only in (None, name):
            part(loligo, o.repeats)
    print("bench: " + (f"BELOW TARGET: {'; '.join(failed)}" if failed else "every ratio reached"), file=sys.stderr)
    return 1 if failed else 0


sys.exit(main())

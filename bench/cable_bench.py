#!/usr/bin/env python3
"""Cells with shape beside NEURON and Brian2, in one run: the same cells, the same compartments, the same step.

usage: cable_bench.py BUILD/loligo [--repeats 5] [--t 200] [--only speed|brian|accuracy] [--full]

Prints JSON lines. speed: 10^6 compartment-steps per second of CPU time (the step loops only, one thread, medians over
interleaved repeats) of both our schemes, of NEURON with exact rates (usetable_hh = 0) and with its default 1 mV table,
ratios and targets; greatest resident memory. brian: 10 000 hh points against Brian2's C++ (-O3 -ffast-math
-march=native). accuracy: CPU time of Rallpack 3 at the largest step whose spikes are within 0.01 ms of the reference, for
our sdirk2 (whole process) and NEURON's secondorder=2 and default (step loop); the default needs about 0.0002 ms, minutes:
only with --full, else it is extrapolated from its first-order convergence and says so.

The cells need the developers' shared data (LOLIGO_SHARED: swc/, tools/nrnref.py, ref/); a peer or a file that is not there
is named and left out. Exit 1 when a ratio is below its target.
"""
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import argparse, json, math, resource, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get("LOLIGO_SHARED", os.path.join(HERE, "..", "..", "shared"))
DATA = os.path.join(SHARED, "data", "cable")
L5, PURKINJE = (os.path.join(DATA, "swc", f) for f in ("l5pc_with_axon.swc", "purkinje_rapp2.swc"))
# case: file, ratio to NEURON with exact rates that is wanted of nrn, 10^6 compartment-steps/s that are wanted of it
CASES = {"point1000": (None, 15, 140), "l5hh": (L5, 10, 110), "l5": (L5, 8, 150), "red5": (None, 6.5, 200),
         "l5hh8": (L5, 11, 120), "rall3": (None, None, None), "purk": (PURKINJE, None, None)}
PEER_CASE = {"l5hh8": "l5hh"}  # NEURON has no lanes: its speed with one cell
failed = []


def say(**what):
    print(json.dumps(what), flush=True)


def last_json(cmd):
    """The JSON that a program prints (the whole, or its last line) and its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode != 0:
        print(f"bench: {' '.join(cmd[:3])} failed: {done.stderr.strip()[-300:]}", file=sys.stderr)
        return None, cpu
    text = done.stdout.strip()
    return json.loads(text if text.startswith("{\n") else text.splitlines()[-1]), cpu


# ---- NEURON: a process of its own per run -------------------------------------------------------------------------


def neuron_cell(h, case, keep):
    """Build a case; number of compartments."""
    if case in ("l5", "l5hh", "purk"):
        sys.path.insert(0, os.path.join(DATA, "tools"))
        from nrnref import Cell, read_swc, sections

        parts, _ = sections(read_swc(PURKINJE if case == "purk" else L5))
        cell = Cell(parts, 10.0, h)
        for part, S in zip(parts, cell.S):
            S.Ra, S.cm = 100, 1
            if case == "l5hh" or (case == "l5" and part["type"] in (1, 2)):
                S.insert("hh")
            else:
                S.insert("pas")
                S.g_pas, S.e_pas = 5e-5, -65
        clamp = h.IClamp(cell.S[0](0.5))
        clamp.delay, clamp.dur, clamp.amp = 0, 1e9, 0.9
        keep += [cell, clamp]
        if case == "purk":
            keep += [h.ExpSyn(cell.S[1 + 10 * k](0.5)) for k in range(80)]
        return cell.nseg
    if case == "point1000":
        for i in range(1000):
            S = h.Section(name=f"p{i}")
            S.L = S.diam = math.sqrt(1000 / math.pi)
            S.insert("hh")
            clamp = h.IClamp(S(0.5))
            clamp.delay, clamp.dur, clamp.amp = 0, 1e9, 0.07 + 0.1 * i / 1000
            keep += [S, clamp]
        return 1000
    if case == "red5":
        for i in range(100):
            d = [h.Section(name=f"r{i}_{k}") for k in range(5)]
            for k, (L, D) in enumerate(((25, 25), (200, 3.5), (300, 2.5), (150, 4.0), (150, 4.0))):
                d[k].L, d[k].diam, d[k].Ra, d[k].cm = L, D, 100, 1
                d[k].insert("pas" if k else "hh")
                if k:
                    d[k].g_pas, d[k].e_pas = 1e-4, -65
            d[1].connect(d[0](1)), d[2].connect(d[1](1)), d[3].connect(d[0](0)), d[4].connect(d[0](0))
            clamp = h.IClamp(d[0](0.5))
            clamp.delay, clamp.dur, clamp.amp = 0, 1e9, 0.3 + 0.3 * i / 100
            keep += [d, clamp]
        return 500
    S = h.Section(name="axon")  # rall3
    S.L, S.diam, S.Ra, S.nseg = 1000, 1, 100, 1001
    S.insert("hh")
    S.gl_hh, S.el_hh = 1 / 40000, -65
    clamp = h.IClamp(S(0))
    clamp.delay, clamp.dur, clamp.amp = 0, 1e9, 0.1
    keep += [S, clamp]
    return 1001


def peak_MB():
    """Greatest resident set of this process; getrusage would tell its parent's where that was larger."""
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return None


def crossings(t, v):
    """Upward crossings of 0 mV, linear between samples."""
    return [t[k] + (t[k + 1] - t[k]) * -v[k] / (v[k + 1] - v[k]) for k in range(len(v) - 1) if v[k] < 0 <= v[k + 1]]


def neuron_worker(case, t_ms, dt, table, secondorder):
    import time
    from neuron import h

    h.load_file("stdrun.hoc")
    keep = []
    n = neuron_cell(h, case, keep)
    h.celsius, h.dt, h.secondorder = 6.3, dt, secondorder
    if hasattr(h, "usetable_hh"):
        h.usetable_hh = table
    h.CVode().active(0)
    h.CVode().cache_efficient(1)
    records = []
    if case == "rall3":
        S = keep[0]
        records = [h.Vector().record(S(x)._ref_v) for x in (0.0, 1.0)] + [h.Vector().record(h._ref_t)]
    pc = h.ParallelContext()
    h.finitialize(-65)
    pc.set_maxstep(10)
    start = time.process_time()
    pc.psolve(t_ms)
    cpu = time.process_time() - start
    out = dict(cpu_s=cpu, compartments=n, value=n * round(t_ms / dt) / cpu / 1e6, version=h.nrnversion(0),
               peak_MB=peak_MB())
    if records:
        t = list(records[2])
        out["spikes"] = [crossings(t, list(v)) for v in records[:2]]
    say(**out)


def neuron(case, t_ms, dt, table, secondorder=0):
    return last_json([sys.executable, os.path.abspath(__file__), "--neuron", case, str(t_ms), str(dt), str(table),
                      str(secondorder)])[0]


# ---- speed --------------------------------------------------------------------------------------------------------


def speed(program, repeats, t_ms):
    bench = os.path.join(os.path.dirname(os.path.abspath(program)), "bench", "cable_bench")
    for case, (swc, want_ratio, want) in CASES.items():
        if swc and not os.path.exists(swc):
            print(f"bench: {swc} is not here; {case} is left out", file=sys.stderr)
            continue
        got = {"nrn": [], "sdirk2": [], 0: [], 1: []}
        for _ in range(repeats):
            for scheme in ("nrn", "sdirk2"):
                cmd = [bench, "--t", str(t_ms), "--repeat", "1", "--scheme", scheme] + (["--swc", swc] if swc else [])
                got[scheme].append(last_json(cmd + [case])[0])
            for table in (0, 1):
                got[table].append(neuron(PEER_CASE.get(case, case), t_ms, 0.025, table))
        middle = lambda key, what: statistics.median(r[what] for r in got[key]) if all(got[key]) else None
        ours, second = middle("nrn", "Mcompsteps_per_s"), middle("sdirk2", "Mcompsteps_per_s")
        line = dict(case=case, compartments=got["nrn"][0]["compartments"], dt_ms=0.025, t_ms=t_ms,
                    unit="10^6 compartment-steps per CPU-s", nrn=ours, sdirk2=second, wanted=want,
                    sdirk2_to_nrn=round(second / ours, 2), peak_MB=got["nrn"][0]["peak_MB"])
        bad = second / ours < 0.65 or (want and ours < want)
        exact, tabled = middle(0, "value"), middle(1, "value")
        if exact:
            line.update(peer="NEURON", version=got[0][0]["version"], neuron_exact=round(exact, 2),
                        neuron_default=round(tabled, 2), ratio_exact=round(ours / exact, 1),
                        ratio_default=round(ours / tabled, 1), sdirk2_ratio_exact=round(second / exact, 1),
                        wanted_ratio=want_ratio, neuron_peak_MB=round(middle(0, "peak_MB"), 1))
            bad = bad or (want_ratio and ours / exact < want_ratio)
        line["ok"] = not bad
        if bad:
            failed.append(case)
        say(**line)


# ---- Brian2 -------------------------------------------------------------------------------------------------------

EQUATIONS = """
dv/dt = (I - gNa*m**3*h*(v-ENa) - gK*n**4*(v-EK) - gl*(v-El))/Cm : volt
dm/dt = alpham*(1-m)-betam*m : 1
dh/dt = alphah*(1-h)-betah*h : 1
dn/dt = alphan*(1-n)-betan*n : 1
alpham = 1.0/exprel(-(v+40*mV)/(10*mV))/ms : Hz
betam = 4*exp(-(v+65*mV)/(18*mV))/ms : Hz
alphah = .07*exp(-(v+65*mV)/(20*mV))/ms : Hz
betah = 1/(exp(-(v+35*mV)/(10*mV))+1)/ms : Hz
alphan = .1/exprel(-(v+55*mV)/(10*mV))/ms : Hz
betan = .125*exp(-(v+65*mV)/(80*mV))/ms : Hz
I : amp
"""


def brian_worker(n, t_ms, repeats):
    import time
    import brian2 as b

    folder = tempfile.mkdtemp(prefix="cable_bench_")
    b.set_device("cpp_standalone", directory=folder, build_on_run=False)
    b.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-ffast-math", "-march=native", "-std=c++11"]
    b.defaultclock.dt = 0.025 * b.ms
    area = 1000 * b.umetre**2
    space = dict(Cm=1 * b.ufarad / b.cm**2 * area, gNa=120 * b.msiemens / b.cm**2 * area, ENa=50 * b.mV,
                 gK=36 * b.msiemens / b.cm**2 * area, gl=0.3 * b.msiemens / b.cm**2 * area, EK=-77 * b.mV,
                 El=-54.3 * b.mV)
    group = b.NeuronGroup(n, EQUATIONS, method="exponential_euler", threshold="v>0*mV", refractory="v>0*mV",
                          namespace=space)
    group.v, group.m, group.h, group.n = -65 * b.mV, 0.0529, 0.596, 0.3177
    group.I = "(.07+.1*i/N)*nA"
    network = b.Network(group)
    network.run(t_ms * b.ms)
    b.device.build(directory=folder, compile=True, run=False, debug=False)
    cpu = []
    for _ in range(repeats):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        b.device.run(folder, False, [])
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    say(value=n * round(t_ms / 0.025) / statistics.median(cpu) / 1e6, version=b.__version__)


def brian(program, repeats):
    bench = os.path.join(os.path.dirname(os.path.abspath(program)), "bench", "cable_bench")
    peer = last_json([sys.executable, os.path.abspath(__file__), "--brian", "10000", "100", str(repeats)])[0]
    ours = last_json([bench, "--t", "100", "--repeat", str(repeats), "point10000"])[0]["Mcompsteps_per_s"]
    line = dict(case="point10000", dt_ms=0.025, unit="10^6 compartment-steps per CPU-s", nrn=ours, wanted=140,
                wanted_ratio=9)
    bad = ours < 140
    if peer:
        line.update(peer="Brian2 C++ standalone", version=peer["version"], brian2=round(peer["value"], 2),
                    ratio=round(ours / peer["value"], 1))
        bad = bad or ours / peer["value"] < 9
    line["ok"] = not bad
    if bad:
        failed.append("point10000")
    say(**line)


# ---- time to accuracy -----------------------------------------------------------------------------------------------


def spike_error(got, want):
    """Greatest distance of a spike, ms; infinity when the numbers of spikes differ."""
    if any(len(g) != len(w) for g, w in zip(got, want)):
        return math.inf
    return max(abs(a - b) for g, w in zip(got, want) for a, b in zip(g, w))


def loligo_rallpack3(program, case, dt):
    with tempfile.TemporaryDirectory() as folder:
        got, cpu = last_json([program, "neuron", "simulate", case, "-o", os.path.join(folder, "v.csv"), "--dt", str(dt),
                              "--nseg", "1001", "--json"])
    return got and dict(cpu_s=cpu, spikes=[probe["spikes_ms"] for probe in got["probes"]])


def largest_step(run, want, steps):
    """The first of the steps (descending) that is accurate enough: step, error, result."""
    for dt in steps:
        got = run(dt)
        if got is None:
            return None
        error = spike_error(got["spikes"], want)
        say(scan=True, dt_ms=dt, error_ms=error, cpu_s=round(got["cpu_s"], 3))
        if error <= 0.01:
            return dt, error, got
    return None


def accuracy(program, repeats, full):
    path = os.path.join(DATA, "ref", "b_rallpack3.json")
    if not os.path.exists(path):
        print(f"bench: {path} is not here; time to accuracy is left out", file=sys.stderr)
        return
    reference = json.load(open(path))
    want, t_ms = [reference["spike_times_ms"][x] for x in ("x0", "x1")], reference["tstop_ms"]
    steps = [0.025, 0.02, 0.0166667, 0.0142857, 0.0125, 0.01, 0.00833333, 0.00714286, 0.00625, 0.005]
    ours = largest_step(lambda dt: loligo_rallpack3(program, path, dt), want, steps)
    second = largest_step(lambda dt: neuron("rall3", t_ms, dt, 0, 2), want, steps)
    if not ours or not second:
        print("bench: no step was accurate enough, or a program failed", file=sys.stderr)
        failed.append("accuracy")
        return
    cpu = statistics.median(loligo_rallpack3(program, path, ours[0])["cpu_s"] for _ in range(repeats))
    peer = statistics.median(neuron("rall3", t_ms, second[0], 0, 2)["cpu_s"] for _ in range(repeats))
    line = dict(case="Rallpack 3, 250 ms, 1001 compartments, spikes within 0.01 ms", loligo_scheme="sdirk2",
                loligo_dt_ms=ours[0], loligo_error_ms=round(ours[1], 5), loligo_cpu_s=round(cpu, 3),
                neuron_secondorder2_dt_ms=second[0], neuron_secondorder2_error_ms=round(second[1], 5),
                neuron_secondorder2_cpu_s=round(peer, 3), ratio_secondorder2=round(peer / cpu, 1))
    coarse = neuron("rall3", t_ms, 0.0025, 0, 0)
    error = spike_error(coarse["spikes"], want)
    dt = 0.0025 * 0.01 / error
    if full:
        fine = neuron("rall3", t_ms, float(f"{dt:.2g}"), 0, 0)
        line.update(neuron_default_measured=True, neuron_default_dt_ms=float(f"{dt:.2g}"),
                    neuron_default_error_ms=round(spike_error(fine["spikes"], want), 5), neuron_default_cpu_s=fine["cpu_s"])
    else:
        line.update(neuron_default_measured=False, neuron_default_dt_ms=float(f"{dt:.2g}"), neuron_default_error_ms=0.01,
                    neuron_default_cpu_s=round(coarse["cpu_s"] * 0.0025 / dt, 1))
    line["ratio_default"] = round(line["neuron_default_cpu_s"] / cpu)
    say(**line)


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--neuron":
        case, t_ms, dt, table, order = sys.argv[2:7]
        return neuron_worker(case, float(t_ms), float(dt), int(table), int(order))
    if len(sys.argv) > 1 and sys.argv[1] == "--brian":
        return brian_worker(int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--t", type=float, default=200.0)
    parser.add_argument("--only", choices=("speed", "brian", "accuracy"))
    parser.add_argument("--full", action="store_true")
    a = parser.parse_args()
    if a.only in (None, "speed"):
        speed(a.program, a.repeats, a.t)
    if a.only in (None, "brian"):
        brian(a.program, min(a.repeats, 3))
    if a.only in (None, "accuracy"):
        accuracy(a.program, min(a.repeats, 3), a.full)
    if failed:
        sys.exit(f"bench: below target: {', '.join(failed)}")


main()

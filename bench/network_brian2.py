#!/usr/bin/python3
"""usage: network_brian2.py LOLIGO [--cells 10000] [--synapses 100] [--ms 1000] [--repeats 1]

One network in Loligo and in Brian2 (C++ standalone, -O3 -ffast-math -march=native, Euler as Dendrify runs it), one
thread each, interleaved: cells of five compartments (LIF soma, passive dendrites), recurrent AMPA of a fixed in-degree,
a Poisson train of its own to each cell; dt 0.1 ms. CPU seconds of the whole program, peak memory, rates; one JSON line.
"""
import argparse, json, math, os, resource, shutil, statistics, subprocess, sys, tempfile
import numpy as np

SIZES = [("soma", 25, 25), ("trunk", 100, 2.5), ("prox", 100, 1.0), ("dist", 100, 0.6), ("basal", 150, 1.0)]
PARENT = {"trunk": "soma", "prox": "trunk", "dist": "prox", "basal": "soma"}
GL, RA, RATE, G_IN, G_REC = 40, 150, 350.0, 0.56, 0.02


def timed(command, cwd):
    """CPU seconds and peak memory of a program."""
    out = subprocess.run(["/usr/bin/python3", "-c",
                          "import resource,subprocess,sys\n"
                          "p=subprocess.run(sys.argv[1:],stdout=subprocess.PIPE,check=True)\n"
                          "r=resource.getrusage(resource.RUSAGE_CHILDREN)\n"
                          "sys.stderr.write('\\nUSE %f %f\\n'%(r.ru_utime+r.ru_stime,r.ru_maxrss/1024))\n"
                          "sys.stdout.buffer.write(p.stdout)", *command], cwd=cwd, capture_output=True, check=True)
    use = [l for l in out.stderr.decode().splitlines() if l.startswith("USE")][-1].split()
    return float(use[1]), float(use[2]), out.stdout.decode()


def loligo_network(o):
    dend = []
    for name, length, diameter in SIZES[1:]:
        dend.append({"name": name, "length_um": length, "diameter_um": diameter, "connect_to": PARENT[name]})
    dend[1]["synapses"] = [{"type": "AMPA", "tag": "in", "g_nS": G_IN, "t_decay_ms": 2}]
    dend[2]["synapses"] = [{"type": "AMPA", "tag": "rec", "g_nS": G_REC, "t_decay_ms": 2}]
    cell = {"cm_uF_cm2": 1, "gl_uS_cm2": GL, "r_axial_ohm_cm": RA, "v_rest_mV": -65,
            "soma": {"name": "soma", "length_um": 25, "diameter_um": 25, "threshold_mV": -48, "reset_mV": -60, "refractory_ms": 3},
            "dendrites": dend}
    return {"model": "network", "tstop_ms": o.ms, "dt_ms": 0.1, "sample_ms": 1,
            "populations": [{"name": "pyr", "number": o.cells, "cell": {"dendrify": cell}}],
            "connections": [{"from": "pyr", "to": "pyr", "synapse": "AMPA_rec_dist", "rule": {"fixed_indegree": o.synapses}, "delay_ms": 1.5}],
            "stimuli": [{"type": "poisson", "to": "pyr", "synapse": "AMPA_in_prox", "rate_Hz": RATE}]}


def brian_network(o, folder):
    import brian2 as b
    from brian2 import ms, mV, nS, pF, Hz
    b.BrianLogger.suppress_hierarchy("brian2")
    b.set_device("cpp_standalone", build_on_run=False, directory=folder)
    b.prefs.devices.cpp_standalone.openmp_threads = 0
    b.prefs.codegen.cpp.extra_compile_args_gcc = ["-O3", "-ffast-math", "-march=native", "-w"]
    b.defaultclock.dt = 0.1 * ms
    r = {n: 4e-2 * RA * l / (math.pi * d * d) for n, l, d in SIZES}
    ns, eqs = {"El": -65 * mV}, ""
    for name, length, diameter in SIZES:
        area = math.pi * length * diameter
        ns["C" + name], ns["g" + name] = area * 1e-2 * pF, area * GL * 1e-5 * nS
        terms = ""
        for child, parent in PARENT.items():
            other = parent if child == name else child if parent == name else None
            if other:
                terms += f" + {2e3 / (r[child] + r[parent])}*nS*(V{other} - V{name})"
        if name == "prox":
            terms += f" + {G_IN}*nS*s_in*(0*mV - Vprox)"
        if name == "dist":
            terms += f" + {G_REC}*nS*s_rec*(0*mV - Vdist)"
        eqs += f"dV{name}/dt = (g{name}*(El - V{name}){terms})/C{name} : volt\n"
    eqs += "ds_in/dt = -s_in/(2*ms) : 1\nds_rec/dt = -s_rec/(2*ms) : 1\n"
    g = b.NeuronGroup(o.cells, eqs, threshold="Vsoma > -48*mV", reset="Vsoma = -60*mV", refractory=3 * ms, method="euler", namespace=ns)
    for name, _, _ in SIZES:
        setattr(g, "V" + name, -65 * mV)
    poisson = b.PoissonInput(g, "s_in", N=1, rate=RATE * Hz, weight=1)
    rng = np.random.default_rng(1)
    pre = np.concatenate([rng.choice(o.cells, o.synapses, replace=False) for _ in range(o.cells)])
    s = b.Synapses(g, g, on_pre="s_rec_post += 1", delay=1.5 * ms)
    s.connect(i=pre, j=np.repeat(np.arange(o.cells), o.synapses))
    spikes = b.SpikeMonitor(g)
    b.run(o.ms * ms)
    b.device.build(directory=folder, compile=True, run=False, debug=False)
    return b.__version__


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("loligo")
    ap.add_argument("--cells", type=int, default=10000)
    ap.add_argument("--synapses", type=int, default=100)
    ap.add_argument("--ms", type=float, default=1000.0)
    ap.add_argument("--repeats", type=int, default=1)
    o = ap.parse_args()
    o.loligo = os.path.abspath(o.loligo)
    work = tempfile.mkdtemp()
    try:
        json.dump(loligo_network(o), open(os.path.join(work, "n.json"), "w"))
        brian = os.path.join(work, "brian")
        version = brian_network(o, brian)
        ours, theirs, memory, rate = [], [], [0, 0], [0, 0]
        for _ in range(o.repeats):
            cpu, memory[0], text = timed([o.loligo, "neuron", "simulate", "n.json", "--json", "--threads", "1", "--quiet"], work)
            ours.append(cpu)
            rate[0] = json.loads(text)["populations"][0]["rate_Hz"]
            cpu, memory[1], _ = timed([os.path.join(brian, "main")], brian)
            theirs.append(cpu)
        results = os.path.join(brian, "results")
        for name in os.listdir(results):
            if "spikemonitor" in name and "_N_" in name or name.startswith("_dynamic_array_spikemonitor_t_"):
                if name.startswith("_dynamic_array_spikemonitor_t_"):
                    rate[1] = os.path.getsize(os.path.join(results, name)) / 8 / o.cells / o.ms * 1e3
        print(json.dumps({"figure": "network beside Brian2", "cells": o.cells, "synapses": o.cells * o.synapses, "ms": o.ms,
                          "loligo_cpu_s": round(statistics.median(ours), 2), "brian2_cpp_cpu_s": round(statistics.median(theirs), 2),
                          "ratio": round(statistics.median(theirs) / statistics.median(ours), 2),
                          "loligo_rate_Hz": round(rate[0], 2), "brian2_rate_Hz": round(rate[1], 2),
                          "loligo_MB": round(memory[0]), "brian2_MB": round(memory[1]), "brian2": version}), flush=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

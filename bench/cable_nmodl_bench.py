#!/usr/bin/python3
"""A user's hh.mod in a cable of 1001 compartments, 100 ms at 0.025 ms: loligo (built in, interpreted, compiled) beside
NEURON with the same file by its own nrnivmodl. CPU seconds of the run, million compartments * steps per second.

usage: cable_nmodl_bench.py build/loligo
"""
import json, os, resource, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "validation"))
import cable_nmodl as peer  # noqa: E402  (builds with Debian's nrnivmodl)

NSEG, L, DIAM, TSTOP, DT = 1001, 10000.0, 2.0, 100.0, 0.025


def loligo(program, folder, name, files, extra=()):
    case = {"celsius": 6.3, "v_init_mV": -65.0, "tstop_ms": TSTOP, "sample_ms": 1.0, "mechanism_files": files,
            "sections": [{"type": 1, "parent": -1, "parentx": 0, "pts": [[0, 0, 0, DIAM], [L, 0, 0, DIAM]]}],
            "regions": [{"types": "all", "Ra_ohm_cm": 100.0, "cm_uF_cm2": 1.0, "mechanisms": {name: {}},
                         "reversal": {"ena": 50.0, "ek": -77.0}}],
            "iclamps": [{"loc": ["sec", 0, 0.0], "delay_ms": 5.0, "dur_ms": 80.0, "amp_nA": 1.0}],
            "probes": [{"name": "end", "loc": ["sec", 0, 0.9]}]}
    path = os.path.join(folder, "case.json")
    best = 1e9
    for tstop in (1.0, TSTOP):  # the difference leaves out reading and starting
        case["tstop_ms"] = tstop
        json.dump(case, open(path, "w"))
        times = []
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([program, "neuron", "simulate", path, "--scheme", "nrn", "--nseg", str(NSEG), "--threads", "1",
                            "-o", os.path.join(folder, "out.csv"), "--quiet", *extra], check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime - before.ru_utime)
        best = min(times) - (best if tstop > 1.0 else 0.0)
    return best


def neuron(folder):
    text = open(os.path.join(ROOT, "tests/data/cable/mod/hh.mod")).read().replace("SUFFIX hh", "SUFFIX hhm")
    text = "\n".join(line for line in text.split("\n") if "TABLE" not in line)
    mods = os.path.join(folder, "mods")
    os.makedirs(mods)
    open(os.path.join(mods, "hhm.mod"), "w").write(text)
    peer.FILES = []
    library = peer.build(mods)
    from neuron import h
    h.nrn_load_dll(library)
    axon = h.Section(name="axon")
    axon.L, axon.diam, axon.nseg, axon.Ra, axon.cm = L, DIAM, NSEG, 100.0, 1.0
    axon.insert("hhm")
    axon.ena, axon.ek = 50.0, -77.0
    clamp = h.IClamp(axon(0.0))
    clamp.delay, clamp.dur, clamp.amp = 5.0, 80.0, 1.0
    h.celsius, h.dt = 6.3, DT
    best = 1e9
    for _ in range(3):
        h.finitialize(-65.0)
        begin = time.process_time()
        while h.t < TSTOP - 1e-9:
            h.fadvance()
        best = min(best, time.process_time() - begin)
    return best


def main():
    program = os.path.abspath(sys.argv[1])
    mod = os.path.join(ROOT, "tests/data/cable/mod/hh.mod")
    with tempfile.TemporaryDirectory() as folder:
        times = {"built in": loligo(program, folder, "hh", []), "interpreted": loligo(program, folder, "hh", [mod]),
                 "compiled": loligo(program, folder, "hh", [mod], ("--mechanisms", "compile")), "NEURON": neuron(folder)}
    work = NSEG * TSTOP / DT * 1e-6
    for name, s in times.items():
        print(json.dumps({"hh": name, "cpu_s": round(s, 3), "million_compartments_steps_per_s": round(work / s, 1),
                          "times_NEURON": round(times["NEURON"] / s, 2)}))


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Mechanisms of .mod files: loligo (scheme nrn) beside NEURON's own nrnivmodl, step by step.

usage: cable_nmodl.py build/loligo [--keep DIR] [--only neuron|order]

Every file of validation/cable_mod and tests/data/cable/mod runs in one compartment of 1000 um2 with a leak, under a
current and (point processes) events, at dt 0.025 ms. Prints the largest difference of v and of every state. Debian's
nrnivmodl needs a folder of links (nrn_home below); neuron-dev must be installed.
"""
import argparse, json, math, os, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DT, TSTOP = 0.025, 60.0

# file -> (mechanisms, their parameters, states of the last one to compare, celsius)
CASES = {
    "tests/data/cable/mod/kvm.mod": (["kvm"], {"kvm": {"gbar": 5e-4}}, ["m"], 20.0),
    "tests/data/cable/mod/kv31.mod": (["kv31"], {"kv31": {"gbar": 3e-3}}, ["m"], 20.0),
    "tests/data/cable/mod/ih.mod": (["ih"], {"ih": {"gbar": 2e-4}}, ["m"], 20.0),
    "tests/data/cable/mod/cahva.mod": (["cahva"], {"cahva": {"gbar": 8e-4}}, ["m", "h"], 20.0),
    "validation/cable_mod/nap.mod": (["nap"], {"nap": {"gbar": 5e-4}}, ["m", "h", "g"], 24.0),
    "validation/cable_mod/tm.mod": (["tm"], {"tm": {"gnabar": 0.05, "gkbar": 0.01}}, ["m", "h", "n"], 34.0),
    "validation/cable_mod/hd.mod": (["hd"], {"hd": {"ghdbar": 2e-4}}, ["l", "ghd"], 34.0),
    "validation/cable_mod/oldk.mod": (["oldk"], {"oldk": {"gbar": 3e-3}}, ["n"], 20.0),
    "validation/cable_mod/na6.mod": (["na6"], {"na6": {"gbar": 0.01}}, ["c1", "c2", "c3", "o", "i1", "i2"], 20.0),
    "validation/cable_mod/cat.mod": (["cat"], {"cat": {"pbar": 2e-4}}, ["m", "h"], 24.0),
    "validation/cable_mod/capool.mod": (["cahva", "capool"], {"cahva": {"gbar": 2e-4}, "capool": {"depth": 1.0}}, ["ca"], 24.0),
    "validation/cable_mod/bk.mod": (["cahva", "capool", "bk"], {"cahva": {"gbar": 2e-4}, "capool": {"depth": 1.0}, "bk": {"gbar": 0.003}}, ["o"], 24.0),
    "tests/data/cable/mod/sk.mod": (["cahva", "cadyn", "sk"], {"cahva": {"gbar": 2e-4}, "cadyn": {"decay": 60.0}, "sk": {"gbar": 3e-3}}, ["z"], 24.0),
}
POINTS = {
    "tests/data/cable/mod/nmda2.mod": ("nmda2", {"tau1": 2.0, "tau2": 60.0}, 0.002),
    "validation/cable_mod/ampasat.mod": ("AmpaSat", {"gmax": 0.004}, 0.6),
    "validation/cable_mod/tmsyn.mod": ("TmSyn", {"tau_rec": 60.0}, 0.01),
    "validation/cable_mod/sinclamp.mod": ("SinClamp", {"amp": 0.05, "freq": 40.0}, 0.0),
}
# files whose SUFFIX NEURON knows already are read under another name
FILES = ["tests/data/cable/mod/" + f for f in ("kvm", "kv31", "ih", "cahva", "cadyn", "sk", "nmda2")] + \
        ["validation/cable_mod/" + f for f in ("nap", "tm", "hd", "oldk", "na6", "cat", "capool", "bk", "ampasat", "sinclamp", "tmsyn")]
FILES = [f + ".mod" for f in FILES]
EVENTS = [10.0, 14.0, 18.0, 30.0]
AREA = 1000.0
SIDE = math.sqrt(AREA / math.pi)


def nrn_home(folder):
    """Debian's nrnivmodl looks in the wrong places: a folder of links puts that right."""
    home = os.path.join(folder, "nrn")
    os.makedirs(home + "/bin")
    os.makedirs(home + "/lib")
    for name in ("nocmodl", "modlunit"):
        for place in ("/usr/bin/", "/usr/lib/nrn/bin/", "/usr/lib/nrn/"):
            if os.path.exists(place + name):
                os.symlink(place + name, home + "/bin/" + name)
                break
    os.symlink("/usr/lib/nrn/nrnmech_makefile", home + "/bin/nrnmech_makefile")
    os.symlink("/usr/include", home + "/include")
    os.symlink("/usr/share", home + "/share")
    for name in os.listdir("/usr/lib/nrn"):
        if ".so" in name:
            os.symlink("/usr/lib/nrn/" + name, home + "/lib/" + name)
    return home


def build(folder):
    """The files compiled by nrnivmodl; its last step (the program `special`) fails on Debian, the library is made."""
    for f in FILES:
        os.symlink(os.path.join(ROOT, f), os.path.join(folder, os.path.basename(f)))
    env = dict(os.environ, NRNHOME=nrn_home(folder))
    log = subprocess.run(["nrnivmodl", "."], cwd=folder, env=env, capture_output=True, text=True)
    for name in ("x86_64/.libs/libnrnmech.so", "x86_64/libnrnmech.so"):
        if os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    sys.exit("cable_nmodl: nrnivmodl made no library:\n" + log.stdout[-2000:] + log.stderr[-2000:])


def neuron_run(h, mechanisms, record, celsius, point=None):
    soma = h.Section(name="soma")
    soma.L = soma.diam = SIDE
    soma.nseg, soma.Ra, soma.cm = 1, 100.0, 1.0
    soma.insert("pas")
    soma(0.5).pas.g, soma(0.5).pas.e = 1e-4, -70.0
    for name, parameters in mechanisms.items():
        soma.insert(name)
        for key, value in parameters.items():
            setattr(soma, key + "_" + name, value)
    for ion, value in (("ena", 50.0), ("ek", -85.0), ("eca", 120.0)):
        if hasattr(soma, ion):
            setattr(soma, ion, value)
    h.cao0_ca_ion, h.cai0_ca_ion = 2.0, 1e-4
    clamp = h.IClamp(soma(0.5))
    clamp.delay, clamp.dur, clamp.amp = 5.0, 40.0, 0.0 if point else 0.08
    keep = [clamp]
    if point:
        name, parameters, weight = point
        p = getattr(h, name)(soma(0.5))
        for key, value in parameters.items():
            setattr(p, key, value)
        keep.append(p)
        if weight > 0:
            net = h.NetCon(None, p)
            net.weight[0] = weight
            keep += [net, h.FInitializeHandler(lambda: [net.event(t) for t in EVENTS])]
    vectors = {"v": h.Vector().record(soma(0.5)._ref_v)}
    for name, state in record:
        vectors[state + "_" + name] = h.Vector().record(getattr(getattr(soma(0.5), name), "_ref_" + state))
    h.celsius, h.dt = celsius, DT
    h.finitialize(-70.0)
    while h.t < TSTOP - 1e-9:
        h.fadvance()
    return {k: list(x) for k, x in vectors.items()}


def loligo_run(loligo, folder, files, mechanisms, record, celsius, point=None):
    case = {"celsius": celsius, "v_init_mV": -70.0, "tstop_ms": TSTOP, "sample_ms": DT,
            "mechanism_files": [os.path.join(ROOT, f) for f in files],
            "sections": [{"type": 1, "parent": -1, "parentx": 0, "pts": [[0, 0, 0, SIDE], [SIDE, 0, 0, SIDE]]}],
            "regions": [{"types": "all", "Ra_ohm_cm": 100.0, "cm_uF_cm2": 1.0,
                         "mechanisms": {"pas": {"g": 1e-4, "e": -70.0}, **mechanisms},
                         "reversal": {"ena": 50.0, "ek": -85.0, **({} if "capool" in mechanisms or "cadyn" in mechanisms else {"eca": 120.0})}, "cao_mM": 2.0, "cai_mM": 1e-4}],
            "probes": [{"name": "soma", "loc": ["sec", 0, 0.5]}] +
                      [{"name": "soma", "loc": ["sec", 0, 0.5], "var": s + "_" + m} for m, s in record]}
    if point:
        name, parameters, weight = point
        if weight > 0:
            case["synapses"] = [{"type": name, "loc": ["sec", 0, 0.5], "params": parameters, "weight_uS": weight, "times_ms": EVENTS}]
        else:
            case["points"] = [{"type": name, "loc": ["sec", 0, 0.5], "params": parameters}]
    else:
        case["iclamps"] = [{"loc": ["sec", 0, 0.5], "delay_ms": 5.0, "dur_ms": 40.0, "amp_nA": 0.08}]
    path, out = os.path.join(folder, "case.json"), os.path.join(folder, "trace.csv")
    json.dump(case, open(path, "w"))
    run = subprocess.run([loligo, "neuron", "simulate", path, "--scheme", "nrn", "--nseg", "1", "--dt", f"{DT}ms", "-o", out, "--quiet"],
                         capture_output=True, text=True)
    if run.returncode:
        sys.exit("cable_nmodl: " + run.stderr)
    rows = [line.split(",") for line in open(out) if not line.startswith("#")]
    names = [n.strip() for n in rows[0]]
    columns = list(zip(*[[float(x) for x in r] for r in rows[1:]]))
    result = {"v": columns[names.index("v_mV_soma")]}
    for m, s in record:
        result[s + "_" + m] = columns[names.index(f"{s}_{m}_soma")]
    return result


def order_case(folder, files, mechanisms, **more):
    case = {"celsius": 20.0, "v_init_mV": -70.0, "tstop_ms": 20.0, "sample_ms": 0.2,
            "mechanism_files": [os.path.join(ROOT, f) for f in files],
            "sections": [{"type": 1, "parent": -1, "parentx": 0, "pts": [[0, 0, 0, SIDE], [SIDE, 0, 0, SIDE]]}],
            "regions": [{"types": "all", "mechanisms": {"pas": {"g": 1e-4, "e": -70.0}, **mechanisms},
                         "reversal": {"ena": 50.0, "ek": -85.0}, "cao_mM": 2.0, "cai_mM": 1e-4}],
            "probes": [{"name": "soma", "loc": ["sec", 0, 0.5]}],
            "iclamps": [{"loc": ["sec", 0, 0.5], "delay_ms": 2.0, "dur_ms": 10.0, "amp_nA": 0.05}]}
    case.update(more)
    path = os.path.join(folder, "order.json")
    json.dump(case, open(path, "w"))
    return path


def order(loligo, folder):
    """Errors of v (RMS) of the default scheme at three steps against a step of 0.00125 ms."""
    own, given = "validation/cable_mod/", "tests/data/cable/mod/"
    place = ["sec", 0, 0.5]
    cases = {
        "na6": ([own + "na6.mod"], {"na6": {"gbar": 0.01}}, {}),
        "tm": ([own + "tm.mod"], {"tm": {}}, {}),
        "cat": ([own + "cat.mod"], {"cat": {}}, {}),
        "bk": ([own + "bk.mod", own + "capool.mod", given + "cahva.mod"],
               {"bk": {"gbar": 0.003}, "capool": {"depth": 1.0}, "cahva": {"gbar": 2e-4}}, {}),
        "synapse": ([own + "ampasat.mod", own + "sinclamp.mod"], {},
                    {"synapses": [{"type": "AmpaSat", "loc": place, "weight_uS": 0.6, "times_ms": [3.1234, 7.77]}],
                     "points": [{"type": "SinClamp", "loc": place}]}),
    }
    least = 9.0
    for name, (files, mechanisms, more) in cases.items():
        path, traces = order_case(folder, files, mechanisms, **more), {}
        for dt in (0.1, 0.05, 0.025, 0.00125):
            out = os.path.join(folder, "order.csv")
            subprocess.run([loligo, "neuron", "simulate", path, "--nseg", "1", "--dt", f"{dt}ms", "-o", out, "--quiet"], check=True)
            traces[dt] = [float(line.split(",")[1]) for line in open(out) if line[0].isdigit()]
        e = [math.sqrt(sum((x - y) ** 2 for x, y in zip(traces[dt], traces[0.00125]))) for dt in (0.1, 0.05, 0.025)]
        orders = [math.log2(e[k] / e[k + 1]) for k in range(2)]
        least = min(least, *orders)
        print(f"{name:10s} orders {orders[0]:.2f} {orders[1]:.2f}")
    return 0 if least > 1.9 else 1


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("loligo")
    args.add_argument("--keep", help="folder to work in")
    args.add_argument("--only", choices=["neuron", "order"])
    a = args.parse_args()
    folder = a.keep or tempfile.mkdtemp(prefix="cable_nmodl")
    os.makedirs(folder, exist_ok=True)
    code = order(os.path.abspath(a.loligo), folder) if a.only != "neuron" else 0
    if a.only == "order":
        return code
    library = build(folder)
    from neuron import h
    h.nrn_load_dll(library)
    worst = 0.0
    print("mechanism    quantity      largest |difference|   range")
    jobs = [(f, m, p, [(m[-1], s) for s in states], c, None) for f, (m, p, states, c) in CASES.items()]
    jobs += [(f, [], {}, [], 24.0, point) for f, point in POINTS.items()]
    for f, used, parameters, record, celsius, point in jobs:
        files = [x for x in FILES if os.path.basename(x)[:-4] in used] if not point else [f]
        mine = loligo_run(os.path.abspath(a.loligo), folder, files, parameters, record, celsius, point)
        theirs = neuron_run(h, parameters, record, celsius, point)
        for key in mine:
            n = min(len(mine[key]), len(theirs[key]))
            d = max(abs(x - y) for x, y in zip(mine[key][:n], theirs[key][:n]))
            span = max(theirs[key][:n]) - min(theirs[key][:n])
            worst = max(worst, d if key == "v" else 0.0)
            print(f"{os.path.basename(f)[:-4]:12s} {key:12s}  {d:12.3g}           {span:8.3g}")
    print(f"largest difference of v: {worst:.3g} mV")
    return code if worst < 1e-3 else 1


if __name__ == "__main__":
    sys.exit(main())

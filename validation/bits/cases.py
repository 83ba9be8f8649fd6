"""What `make bits` runs: one case for each model that ships and each way to step it.

A case is a list of commands of the program and the files of theirs whose values are compared: `trace` and `times` (spikes,
arrivals, events). Every model, mechanism and network of `loligo models` must be in one (bits.py refuses a table that lacks one).
"""
import json
import os

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def at(*path):
    return os.path.join(ROOT, *path)


def case(name, commands, trace=(), times=(), covers=(), files=None, ranks=None, fires=False, long=False, answers=(0,)):
    """commands: lists of arguments; files: name -> JSON or text, written first; ranks: the command that ranks share."""
    return {"name": name, "commands": commands, "trace": list(trace), "times": list(times), "covers": list(covers), "files": files or {},
            "ranks": ranks, "fires": fires, "long": long, "answers": answers}


STD = {"C": 100, "k": 0.7, "vr": -60, "vt": -40, "a": 0.03, "b": -2, "c": -50, "d": 100, "vpeak": 35}
WHOLE = [
    {"type": "const", "t0_ms": 50, "t1_ms": 300, "amp_pA": 250},
    {"type": "ramp", "t0_ms": 350, "t1_ms": 600, "from_pA": 0, "to_pA": 400},
    {"type": "ou", "t0_ms": 650, "t1_ms": 980, "mean_pA": 120, "sd_pA": 80, "tau_ms": 3, "seed": 7},
]
AREA = [
    {"type": "const", "t0_ms": 50, "t1_ms": 300, "amp_pA": 10},
    {"type": "chirp", "t0_ms": 350, "t1_ms": 600, "mean_pA": 5, "amp_pA": 8, "f0_Hz": 1, "f1_Hz": 90},
    {"type": "ou", "t0_ms": 650, "t1_ms": 980, "mean_pA": 8, "sd_pA": 5, "tau_ms": 3, "seed": 7},
]
SYNAPTIC = [
    {"receptor": "AMPA", "rate_Hz": 40, "t0_ms": 0, "t1_ms": 900, "seed": 1},
    {"receptor": "NMDA", "times_ms": [100, 500]},
    {"receptor": "GABA_A", "times_ms": [200, 700]},
]
STATE_BLOCK = {"kon_per_uM_ms": 3.8e-5, "K_inactivated_uM": 25, "K_rest_uM": 2500, "dose_uM": 60}
# every optional current, synapses, drugs by state
TM_ALL = {
    "model": "tm",
    "parameters": {"gNaP": 0.6, "gA": 120, "gH": 1.2, "gCaT": 25, "gCaL": 1.5, "gSK": 25, "slow_inactivation": 0.6, "gGABAA": 1.5,
                   "gNMDA": 0.8, "gAMPA": 1.2},
    "modifiers": {"gNa_scale": 0.95, "p_shift_mV": -3, "gGABA_nS": 0.4, "EGABA_mV": -66, "na_state_block": STATE_BLOCK},
}
TM_DRUGS = {
    "model": "tm",
    "parameters": {"gNMDA": 1, "gA": 60, "slow_inactivation": 0.5},
    "modifiers": {"h_shift_mV": -4, "gGIRK_nS": 0.5, "rate_scale": 1.2, "na_state_block": dict(STATE_BLOCK, dose_uM=30),
                  "na_state_block_2": {"kon_per_uM_ms": 1e-5, "K_inactivated_uM": 9, "K_rest_uM": 600, "dose_uM": 50, "slow": 1},
                  "block_one_site": 1, "nmda_block": {"dose_uM": 2, "K0_uM": 10.7, "z_delta": 0.9}},
}


def izhikevich(variant):
    return {"model": "izhikevich", "variant": variant, **({"parameters": STD} if variant == "std" else {})}


def protocol(segments, duration=1000, synaptic=()):
    return {"duration_ms": duration, "sample_ms": 0.1, "segments": segments, "synaptic": list(synaptic)}


def points():
    models = [(f"izhikevich/{v}", izhikevich(v), protocol(WHOLE)) for v in ("std", "LTS", "FS", "TC", "RTN", "klowkhigh")]
    models += [("hh52", {"model": "hh52"}, protocol(AREA)), ("tm", {"model": "tm"}, protocol(WHOLE)),
               ("tm, all currents", TM_ALL, protocol(WHOLE, synaptic=SYNAPTIC)),
               ("tm, drugs", TM_DRUGS, protocol(WHOLE, synaptic=SYNAPTIC))]
    gates = {"model": "channels", "parameters": {"celsius": 6.3}, "channels": [
        {"mechanism": at("models/calcium/hh-na.safetensors"), "name": "na", "gmax_S_cm2": 0.12, "reversal_mV": 50},
        {"mechanism": at("models/calcium/hh-k.safetensors"), "name": "k", "gmax_S_cm2": 0.036, "reversal_mV": -77}]}
    models.append(("channels that are networks", gates, protocol(AREA, 200)))
    for name, model, steps in models:
        covers = ["neuron/" + name.split(",")[0]] if "net" not in name else ["network/calcium/hh-na", "network/calcium/hh-k"]
        for solver in ("reference", "rk4", "euler"):
            dt = "20us" if "net" not in name else "5us"
            yield case(f"neuron/{name} {solver}",
                       [["neuron", "simulate", "m.json", "--protocol", "p.json", "--solver", solver, "--dt", dt, "--states", "-o", "t.csv",
                         "--spikes", "s.csv"]],
                       ["t.csv"], ["s.csv"], covers, {"m.json": model, "p.json": steps}, fires="net" not in name)
    for name, model in (("izhikevich", izhikevich("std")), ("tm", {"model": "tm"}), ("tm, all currents", TM_ALL), ("hh52", {"model": "hh52"})):
        vary = "C" if name == "izhikevich" else "gNa"
        ends = (50, 200) if vary == "C" else (3000, 9000) if "tm" in name else (90, 150)
        amp = 10 if name == "hh52" else 300
        plan = {"schema": "loligo-sweep/1", "model": model,
                "protocol": {"duration_ms": 100, "sample_ms": 0.1, "segments": [{"type": "const", "t0_ms": 10, "t1_ms": 90, "amp_pA": amp}]},
                "vary": {vary: {"from": ends[0], "to": ends[1], "n": 40}, "stimulus_scale": {"from": 0, "to": 3, "n": 8}},
                "measure": ["n_spikes", "rate_Hz", "first_spike_ms", "v_end_mV"], "trace_every_ms": 1}
        for solver in ("rk4", "euler"):
            yield case(f"sweep of {name} {solver}", [["sweep", "plan.json", "-o", "out"]], ["out/results.csv", "out/results.h5"], [],
                       files={"plan.json": dict(plan, solver=solver, dt_ms=0.01 if solver == "euler" and name != "izhikevich" else 0.025)}, ranks=0)


SQUID = {"ena": 50, "ek": -77}
HAY = {"pas": {"g": 5e-5, "e": -75}, "NaTa_t": {"gNaTa_tbar": 2.0}, "NaTs2_t": {"gNaTs2_tbar": 0.5}, "Nap_Et2": {"gNap_Et2bar": 0.001},
       "SKv3_1": {"gSKv3_1bar": 0.7}, "K_Tst": {"gK_Tstbar": 0.05}, "K_Pst": {"gK_Pstbar": 0.002}, "Im": {"gImbar": 0.001},
       "Ih": {"gIhbar": 0.0002}, "Ca_HVA": {"gCa_HVAbar": 0.0005}, "Ca_LVAst": {"gCa_LVAstbar": 0.003}, "SK_E2": {"gSK_E2bar": 0.05},
       "CaDynamics_E2": {"gamma": 0.0005, "decay": 460}}
OWN = {"pas": {"g": 5e-5, "e": -75}, "NaTa": {"gbar": 2.0}, "NaTs": {"gbar": 0.5}, "NaP": {"gbar": 0.001}, "kv31": {"gbar": 0.7},
       "K_T": {"gbar": 0.05}, "K_P": {"gbar": 0.002}, "kvm": {"gbar": 0.001}, "ih": {"gbar": 0.0002}, "cahva": {"gbar": 0.0005},
       "calva": {"gbar": 0.003}, "sk": {"gbar": 0.05}, "cadyn": {"gamma": 0.0005, "decay": 460}, "girk": {"gbar": 1e-5},
       "gaba_tonic": {"g": 1e-5, "e": -70}}
BLOCK = {"h_shift": -3, "block_dose": 30, "block_K_inactivated": 25, "block_K_rest": 2500}


def cable(soma, dendrite, celsius, v, reversal, **more):
    return {"model": "cable", "celsius": celsius, "v_init_mV": v, "tstop_ms": 150, "sample_ms": 0.05,
            "sections": [{"type": 1, "parent": -1, "pts": [[0, 0, 0, 20], [20, 0, 0, 20]]},
                         {"type": 3, "parent": 0, "parentx": 1, "pts": [[20, 0, 0, 3], [420, 0, 0, 1.5]]}],
            "regions": [{"types": [1], "Ra_ohm_cm": 100, "mechanisms": soma, "reversal": reversal},
                        {"types": [3], "Ra_ohm_cm": 100, "mechanisms": dendrite, "reversal": reversal}],
            "iclamps": [{"loc": ["soma"], "delay_ms": 10, "dur_ms": 120, "amp_nA": 0.6}],
            "probes": [{"name": "soma", "loc": ["soma"]}, {"name": "far", "loc": ["sec", 1, 0.9]}], **more}


def cells():
    leak = {"pas": {"g": 5e-5, "e": -75}}
    synapses = [{"type": t, "loc": ["sec", 1, 0.1 + 0.08 * k], "params": p, "weight_uS": w, "times_ms": [12 + 3.3 * k, 60 + 2.1 * k]}
                for k, (t, p, w) in enumerate([("ExpSyn", {"tau": 2, "e": 0}, 2e-3), ("Exp2Syn", {"tau1": 0.5, "tau2": 5, "e": 0}, 2e-3),
                                               ("AMPA", {}, 2e-3), ("NMDA", {}, 2e-3), ("nmda2", {}, 1e-3), ("AMPA_NMDA", {}, 2e-3),
                                               ("GABA_A", {}, 1e-3), ("GABA_B", {}, 5e-4), ("GABA_AB", {}, 1e-3)])]
    noise = [{"type": "OUNoise", "loc": ["soma"], "params": {"mean": 0.1, "sd": 0.2, "tau": 3}},
             {"type": "WhiteNoise", "loc": ["sec", 1, 0.5], "params": {"mean": 0, "intensity": 0.05}}]
    clamp = [{"type": "SEClamp", "loc": ["soma"], "params": {"rs": 2, "dur1": 20, "amp1": -80, "dur2": 60, "amp2": -20, "dur3": 70, "amp3": -60}}]
    gates = {at("models/calcium/hh-na.safetensors"): {"gmax_S_cm2": 0.12}, at("models/calcium/hh-k.safetensors"): {"gmax_S_cm2": 0.036},
             "pas": {"g": 3e-4, "e": -54.3}}
    hay = {"ena": 50, "ek": -85}
    drugged = {"pas": leak["pas"], "NaTa_drugged": dict(BLOCK, gbar=2.0), "NaTs_drugged": dict(BLOCK, gbar=0.5), "kv31": {"gbar": 0.7}}
    made = [
        ("hh", cable({"hh": {}}, {"hh": {}}, 6.3, -65, SQUID), ["hh"]),
        ("passive", cable(leak, leak, 34, -75, hay), ["pas"]),
        ("Hay's channels", cable(HAY, {**leak, "Ih": {"gIhbar": 2e-4}}, 34, -80, hay), HAY),
        ("channels by our names", cable(OWN, {**leak, "ih": {"gbar": 2e-4}}, 34, -80, hay), OWN),
        ("drugged sodium channels", cable(drugged, leak, 34, -80, hay), drugged),
        ("hh, drugged", cable({"hh_drugged": BLOCK}, leak, 6.3, -65, SQUID), ["hh_drugged"]),
        ("every synapse", cable({"hh": {}}, leak, 20, -65, SQUID, synapses=synapses), [s["type"] for s in synapses]),
        ("noise", cable({"hh": {}}, leak, 6.3, -65, SQUID, points=noise), ["OUNoise", "WhiteNoise"]),
        ("voltage clamp", cable({"hh": {}}, leak, 6.3, -65, SQUID, points=clamp), ["SEClamp"]),
    ]
    for name, model, names in made:
        for scheme in ("sdirk2", "nrn", "adaptive"):
            if scheme == "adaptive" and name == "noise":
                continue  # refused: noise has the same statistics at every step, not the same path
            yield case(f"cable/{name} {scheme}",
                       [["neuron", "simulate", "c.json", "--scheme", scheme, "-o", "t.csv", "--spikes", "s.csv"]], ["t.csv"], ["s.csv"],
                       ["cable/" + n for n in names], {"c.json": model}, fires=name in ("hh", "Hay's channels", "channels by our names"))
    yield case("cable/gates that are networks", [["neuron", "simulate", "c.json", "-o", "t.csv", "--spikes", "s.csv"]], ["t.csv"], ["s.csv"],
               files={"c.json": cable(gates, {"pas": {"g": 3e-4, "e": -54.3}}, 6.3, -65, SQUID)}, fires=True)
    yield case("cable/hh, exact spikes and fine rates",
               [["neuron", "simulate", "c.json", "--exact-spikes", "--fine-rates", "-o", "t.csv", "--spikes", "s.csv"]], ["t.csv"], ["s.csv"],
               files={"c.json": made[0][1]}, fires=True)
    for scheme in ("sdirk2", "nrn", "adaptive"):
        yield case(f"examples/cells/granule.json {scheme}",
                   [["neuron", "simulate", at("examples/cells/granule.json"), "--scheme", scheme, "-o", "t.csv", "--spikes", "s.csv"]],
                   ["t.csv"], ["s.csv"], fires=True)
    yield case("data/cable/cortical_ball_and_stick.json",
               [["neuron", "simulate", at("data/cable/cortical_ball_and_stick.json"), "-o", "t.csv", "--spikes", "s.csv"]], ["t.csv"], ["s.csv"],
               fires=True)
    for swc in ("arb_detailed", "dg_granule_1220882a", "motoneuron_v_e_moto1", "ball_and_stick"):
        model = {"model": "cable", "celsius": 6.3, "v_init_mV": -65, "tstop_ms": 20, "sample_ms": 0.1, "swc": at(f"tests/data/cable/{swc}.swc"),
                 "regions": [{"types": "all", "mechanisms": {"hh": {}}, "reversal": SQUID}],
                 "iclamps": [{"loc": ["soma"], "delay_ms": 2, "dur_ms": 10, "amp_nA": 20 if swc[0] == "m" else 3}], "probes": [{"name": "soma", "loc": ["soma"]}]}
        yield case(f"{swc}.swc", [["neuron", "simulate", "c.json", "--max-dx-um", "20", "-o", "t.csv", "--spikes", "s.csv"]], ["t.csv"], ["s.csv"],
                   files={"c.json": model})
    yield case("neuron reduce examples/cells/granule.json",
               [["neuron", "reduce", at("examples/cells/granule.json"), "--compartments", "8", "--effort", "0", "-o", "r.json"],
                ["neuron", "simulate", "r.json", "-o", "t.csv"]], ["r.json", "t.csv"])


def networks():
    def cut(name, ms):
        with open(at("examples/networks", name)) as f:
            text = f.read()
        for old in ('"tstop_ms": 300', '"tstop_ms": 500', '"tstop_ms": 1000'):
            text = text.replace(old, f'"tstop_ms": {ms}')
        return text.replace('"izhikevich_', '"' + at("examples/networks/izhikevich_"))

    for name, ms, covers in (("ei", 200, ("AdEx", "LIF", "ExpSyn", "OUNoise", "gap")), ("points", 100, ()), ("dendrify200", 150, ("adaptiveIF", "dSpike")),
                             ("reduced10k", 20, ("LIF", "dSpike"))):
        yield case(f"examples/networks/{name}.json, {ms} ms", [["neuron", "simulate", "n.json", "-o", "t.csv", "--spikes", "s.csv"]], ["t.csv"],
                   ["s.csv"], ["cable/" + c for c in covers], {"n.json": cut(name + ".json", ms)}, ranks=0, fires=True, long=name == "reduced10k")
    cad = {"model": "network", "tstop_ms": 200, "dt_ms": 0.05, "sample_ms": 0.5, "populations": [
        {"name": "A", "number": 30, "cell": {"point": {"model": "cadIF", "capacitance_pF": 200, "gl_nS": 10,
            "params": {"el": -65, "ga_max": 0.005, "delta_ga": 0.001}, "synapses": [{"name": "exc", "type": "ExpSyn", "params": {"tau": 5, "e": 0}, "weight_uS": 0.002}]}}},
        {"name": "B", "number": 20, "cell": {"point": {"model": "adaptiveIF", "capacitance_pF": 200, "gl_nS": 10,
            "params": {"el": -65, "a": 0.002, "b": 0.02}, "synapses": [{"name": "exc", "type": "Exp2Syn", "params": {"tau1": 1, "tau2": 5, "e": 0}, "weight_uS": 0.002}]}}}],
        "connections": [{"from": "A", "to": "B", "synapse": "exc", "rule": {"fixed_probability": 0.3}, "delay_ms": {"uniform": [1, 3]}}],
        "stimuli": [{"type": "poisson", "to": "A", "synapse": "exc", "rate_Hz": 500}, {"type": "noise", "to": "B", "mean_nA": 0.2, "sigma_nA": 0.1, "tau_ms": 5}],
        "probes": [{"population": "A", "cells": [0, 7], "name": "soma"}, {"population": "B", "cells": [3], "name": "soma"}]}
    yield case("network of cadIF and adaptiveIF", [["neuron", "simulate", "n.json", "-o", "t.csv", "--spikes", "s.csv"]], ["t.csv"], ["s.csv"],
               ["cable/cadIF", "cable/adaptiveIF"], {"n.json": cad}, ranks=0, fires=True)


WAVE = {"geometry": {"L_um": 24, "R_um": 0.4, "r_ER_um": 0.15},
        "stimulus": {"j0_uM_um_s": 2500, "x0_um": 0, "sigma_um": 0.5, "t_on_s": 0, "t_off_s": 0.001},
        "t_end_s": 0.03, "probes_um": [6, 12, 18], "snapshots_s": [0, 0.01, 0.02]}


def calcium():
    tables = ["o/timeseries.csv", "o/totals.csv", "o/snapshots.csv"]

    def wave(name, *options, model=None, covers=(), long=False, coarse=True):
        grid = ["--max-dx-um", "0.2", "--dt", "10us"] if coarse else []
        return case(f"calcium/{name}", [["calcium", "simulate", "w.json", *grid, "--no-report", "-o", "o", *options]], tables, ["o/arrivals.csv"], covers,
                    {"w.json": model or WAVE}, long=long)

    for scheme in ("imex2", "imex1", "rodas4"):
        yield wave(f"wave {scheme}", "--scheme", scheme)
    with open(at("examples/calcium/wave.json")) as f:
        text = f.read()
    yield wave("examples/calcium/wave.json", model=text, coarse=False, long=True)
    for gate in ("closure", "rise"):
        yield wave(f"wave, gate {gate}", "--gate", gate)
    for net in ("kl", "kl-latent", "kl-paper", "rise-30", "rise-100", "rise-300", "rise-800"):
        yield wave(f"wave, network {net}", "--gate", at(f"models/calcium/{net}.safetensors"), covers=[f"network/calcium/{net}"])
    formula = [f"{a}0+{a}1*cos(pi*x/L)" for a in "Rr"]
    varies = {"L_um": 24, "R_um": formula[0], "R0": 0.4, "R1": 0.1, "r_ER_um": formula[1], "r0": 0.15, "r1": 0.03}
    yield wave("wave, radii that vary as a cosine", model=dict(WAVE, geometry=varies))
    yield wave("wave, resolved across", "--axisymmetric", "--radial", "6", model=dict(WAVE, geometry={"L_um": 12, "R_um": 0.4, "r_ER_um": 0.15}, probes_um=[6], t_end_s=0.015, snapshots_s=[0, 0.01]))
    yield case("examples/calcium/spikes.json, calcium and spikes",
               [["calcium", "simulate", at("examples/calcium/spikes.json"), "-o", "o", "--max-dx-um", "1", "--dt", "10us", "--no-report"]],
               ["o/timeseries.csv", "o/cable.csv"], [], long=True)
    for channel in ("kl", "closure", "rise", "hh-na", "hh-k", "vdcc-n", "vdcc-l"):
        yield case(f"calcium clamp {channel}", [["calcium", "clamp", "--channel", channel, "--number", "14", "-o", "c.csv"]], ["c.csv"])


def axons():
    profiles = at("examples/axon/profiles.csv")
    for name, more in (("float", []), ("double", ["--precision", "double"]), ("second order", ["--scheme", "second"]), ("cut, further", ["--cut", "0.02", "--further"])):
        yield case(f"axon/male {name}", [["axon", "simulate", profiles, "-o", "o.csv", "--trace", "slow,twice", *more]], ["o.csv", "o-slow.csv", "o-twice.csv"], [],
                   ["axon/male"], ranks=0)
    yield case("axon/female float", [["axon", "simulate", profiles, "--preset", "female", "-o", "o.csv", "--trace", "slow,twice"]],
               ["o.csv", "o-slow.csv", "o-twice.csv"], [], ["axon/female"], ranks=0)
    yield case("axon population", [["axon", "population", profiles, "--seeds", "1..6", "--each", "e.csv", "-o", "o.csv"]], ["o.csv", "e.csv"], long=True)
    yield case("axon sensitivity", [["axon", "sensitivity", profiles, "--seeds", "1..3", "--each", "e.csv", "-o", "o.csv"]], ["o.csv", "e.csv"], long=True)
    yield case("axon strain", [["axon", "strain", at("examples/axon/impact.csv"), "--voxels", "60", "-o", "o.csv"]], ["o.csv"])
    yield case("axon predict", [["axon", "strain", "--seed", "500", "--voxels", "200", "-o", "p.csv"],
                                ["axon", "predict", "p.csv", "--population", "--no-fallback", "-o", "o.csv"]], ["p.csv", "o.csv"], [],
               ["network/axon-male", "network/axon-male-population"], answers=(0, 1))
    yield case("axon map", [["axon", "map", "--seed", "500", "--every", "6", "--summary", "r.csv", "-o", "m.h5"]], ["m.h5", "r.csv"], [],
               ["network/axon-male"], ranks=0)


def cultures():
    small = {"seed": 5, "size": 160, "ncell": 32, "frames": 160, "k": 0.05}
    make = ["culture", "simulate", "p.json", "-o", "truth"]
    truth = ["truth/cells.csv", "truth/edges.csv", "truth/traces.csv", "truth/latent.csv"]
    yield case("culture simulate", [make], truth + ["truth/movie.tif", "truth/masks.tif"], ["truth/events.csv"], files={"p.json": small})
    for method, covers in (("unet", ["network/culture-unet"]), ("watershed", [])):
        yield case(f"culture run, {method}", [make, ["culture", "run", "truth/movie.tif", "--segment", method, "--no-report", "--replicates", "100", "-o", "o"]],
                   ["o/masks.tif", "o/cells.csv", "o/edges.csv", "o/traces.csv", "o/params.csv", "o/fit.csv", "o/profile.csv"], ["o/events.csv"], covers,
                   {"p.json": small}, answers=(0, 1))
    data = [a for part in (("--traces", "Y"), ("--edges", "edges"), ("--cells", "cells")) for a in (part[0], at(f"tests/data/culture/traces_t3_{part[1]}.csv"))]
    for method in ("soe", "crlsm", "tikhonov", "lsm", "iv", "weak", "shooting", "amortised"):
        yield case(f"culture identify, {method}", [["culture", "identify", *data, "--method", method, "--replicates", "100", "--no-report", "-o", "o"]],
                   ["o/params.csv", "o/fit.csv"], ["o/events.csv"], ["network/culture-amortised"] if method == "amortised" else [], answers=(0, 1),
                   long=method == "shooting")
    yield case("culture pinn", [["culture", "pinn", *data, "--steps", "150", "--no-report", "-o", "o"]], ["o/params.csv", "o/fit.csv", "o/history.csv"],
               answers=(0, 1), long=True)
    yield case("culture learn-coupling", [["culture", "learn-coupling", *data, "--members", "1", "--epochs", "2", "-o", "o"]], ["o/coupling.csv", "o/params.csv"],
               answers=(0, 1))


def twins():
    abf = at("data/recordings/171116sh_0018.abf")
    for family in ("izhikevich", "hh"):
        yield case(f"clone of the recording that ships, {family}", [["clone", abf, "--model", family, "-o", "t.json"]], ["t.json"], long=True)
        yield case(f"clone by network alone, recording that ships, {family}", [["clone", abf, "--model", family, "--network-only", "--posterior", "laplace", "-o", "t.json"]],
                   ["t.json"], covers=["network/mixed-" + ("tm" if family == "hh" else family)])
    for model in ("izhikevich", "tm"):
        for kind in ("clone1", "step"):
            if (model, kind) == ("tm", "step"):
                continue
            net = ("clone-" if kind == "clone1" else "step-") + model
            yield case(f"neuron sample, clone by {net}",
                       [["neuron", "sample", model, "--protocol", kind, "--count", "1", "--first", "3", "-o", "cells"],
                        ["clone", "cells/000003.csv", "--model", "hh" if model == "tm" else model, "--network-only", "--posterior", "laplace", "-o", "t.json"]],
                       ["cells/000003.csv", "cells/truth.csv", "t.json"], [], ["network/" + net])
    trial = ["--dose", "1:100uM:4log", "--samples", "0", "--quick", "-o", "o"]
    yield case("trial of tm", [["trial", "m.json", "--drug", "carbamazepine", *trial]], ["o/dose_response.csv", "o/f_I.csv"], files={"m.json": {"model": "tm"}})
    yield case("trial of an Izhikevich neuron, network drug-delta", [["trial", "m.json", "--drug", "phenytoin", *trial]], ["o/dose_response.csv", "o/f_I.csv"],
               [], ["network/drug-delta"], {"m.json": izhikevich("std")})
    library = "id,name,channel,IC50_uM,hill\n" + "".join(f"A{k},drug{k},{'Nav1.6' if k % 2 else 'Kv7.2/7.3'},{0.1 * (k + 1):g},1\n" for k in range(30))
    yield case("screen of tm", [["screen", "m.json", "l.csv", "--dose", "0.1:10uM:5log", "--protocol", "step1s", "--no-report", "-o", "o"]],
               ["o/results.csv"], files={"m.json": {"model": "tm"}, "l.csv": library}, ranks=0)
    yield case("features of the recording that ships", [["features", abf, "-o", "f.csv"]], ["f.csv"])
    yield case("chirp and its impedance", [["neuron", "protocol", "SUB", "-o", "p.json"], ["neuron", "simulate", "m.json", "--protocol", "p.json", "-o", "t.csv"]],
               ["t.csv"], files={"m.json": {"model": "tm"}})


def everything():
    for room in (points, cells, networks, calcium, axons, cultures, twins):
        yield from room()


def text_of(content):
    return content if isinstance(content, str) else json.dumps(content, indent=1)

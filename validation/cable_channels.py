#!/usr/bin/python3
"""The channels of Hay et al. 2011 and other built-in mechanisms (scheme nrn) beside NEURON, step by step.

usage: cable_channels.py build/loligo

The channels are written down here once more as .mod files from the published equations and compiled by NEURON's
nrnivmodl; Exp2Syn, SEClamp and GABA-A (as Exp2Syn) are NEURON's own. One compartment of 1000 um2, dt 0.025 ms, 60 ms with
a current, each channel alone beside hh, then all together with calcium. Prints the largest difference of v and of every
gate; exit code 1 above 1e-6 mV (1e-3 mV for the cell with spikes of all channels).
"""
import json, math, os, subprocess, sys, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cable_nmodl as peer

QT = "2.3^((34-21)/10)"
AB = "{x}inf = a/(a+b)  {x}tau = 1/(a+b)/({q})"


def na(half_m, half_h, tau="1"):
    return {"m": f"a = 0.182*vt({half_m}-v,6)  b = 0.124*vt(v-({half_m}),6) minf = a/(a+b) mtau = {tau}/(a+b)/({QT})",
            "h": f"a = 0.015*vt(v-({half_h}),6)  b = 0.015*vt({half_h}-v,6) hinf = a/(a+b) htau = 1/(a+b)/({QT})"}


# name: (ion, parameter, open, gates)
CHANNELS = {
    "NaTs2_t": ("na", "gNaTs2_tbar", "m*m*m*h", na("(-32)", "(-60)")),
    "NaTa_t": ("na", "gNaTa_tbar", "m*m*m*h", na("(-38)", "(-66)")),
    "Nap_Et2": ("na", "gNap_Et2bar", "m*m*m*h", {
        "m": f"a = 0.182*vt((-38)-v,6) b = 0.124*vt(v+38,6) mtau = 6/(a+b)/({QT}) minf = 1/(1+exp((v+52.6)/(-4.6)))",
        "h": f"a = 2.88e-6*vt(v+17,4.63) b = 6.94e-6*vt(-(v+64.4),2.63) htau = 1/(a+b)/({QT}) hinf = 1/(1+exp((v+48.8)/10))"}),
    "K_Pst": ("k", "gK_Pstbar", "m*m*h", {
        "m": f"minf = 1/(1+exp(-(v+10+1)/12)) if (v+10 < -50) {{ mtau = (1.25+175.03*exp(0.026*(v+10)))/({QT}) }} "
             f"else {{ mtau = (1.25+13*exp(-0.026*(v+10)))/({QT}) }}",
        "h": f"hinf = 1/(1+exp((v+10+54)/11)) htau = (360+(1010+24*(v+10+55))*exp(-((v+10+75)/48)*((v+10+75)/48)))/({QT})"}),
    "K_Tst": ("k", "gK_Tstbar", "m*m*m*m*h", {
        "m": f"minf = 1/(1+exp(-(v+10)/19)) mtau = (0.34+0.92*exp(-((v+81)/59)*((v+81)/59)))/({QT})",
        "h": f"hinf = 1/(1+exp((v+76)/10)) htau = (8+49*exp(-((v+83)/23)*((v+83)/23)))/({QT})"}),
    "Ca_LVAst": ("ca", "gCa_LVAstbar", "m*m*h", {
        "m": f"minf = 1/(1+exp((v+40)/(-6))) mtau = (5+20/(1+exp((v+35)/5)))/({QT})",
        "h": f"hinf = 1/(1+exp((v+90)/6.4)) htau = (20+50/(1+exp((v+50)/7)))/({QT})"}),
    "Im": ("k", "gImbar", "m", {
        "m": f"a = 3.3e-3*exp(0.1*(v+35)) b = 3.3e-3*exp(-0.1*(v+35)) minf = a/(a+b) mtau = 1/(a+b)/({QT})"}),
}
DENSITY = {"NaTs2_t": 0.02, "NaTa_t": 0.02, "Nap_Et2": 2e-4, "K_Pst": 3e-3, "K_Tst": 5e-3, "Ca_LVAst": 5e-4, "Im": 5e-4}


def mod_text(name):
    ion, g, opened, gates = CHANNELS[name]
    inf = " ".join(f"{x}inf {x}tau" for x in gates)
    return f"""NEURON {{ SUFFIX {name} USEION {ion} READ e{ion} WRITE i{ion} RANGE {g} }}
PARAMETER {{ {g} = 1e-5 }}
ASSIGNED {{ v e{ion} i{ion} {inf} }}
STATE {{ {" ".join(gates)} }}
BREAKPOINT {{ SOLVE st METHOD cnexp  i{ion} = {g}*{opened}*(v-e{ion}) }}
DERIVATIVE st {{ rates(v) {" ".join(f"{x}' = ({x}inf-{x})/{x}tau" for x in gates)} }}
INITIAL {{ rates(v) {" ".join(f"{x} = {x}inf" for x in gates)} }}
FUNCTION vt(x,y) {{ if (fabs(x/y) < 1e-6) {{ vt = y*(1-x/y/2) }} else {{ vt = x/(exp(x/y)-1) }} }}
PROCEDURE rates(v) {{ LOCAL a, b
{chr(10).join(gates.values())} }}
"""


def build(folder):
    for name in CHANNELS:
        with open(os.path.join(folder, name + ".mod"), "w") as f:
            f.write(mod_text(name))
    for name in ("cahva", "cadyn", "sk", "ih", "kv31"):
        os.symlink(os.path.join(peer.ROOT, "tests/data/cable/mod", name + ".mod"), os.path.join(folder, name + ".mod"))
    env = dict(os.environ, NRNHOME=peer.nrn_home(folder))
    log = subprocess.run(["nrnivmodl", "."], cwd=folder, env=env, capture_output=True, text=True)
    for name in ("x86_64/.libs/libnrnmech.so", "x86_64/libnrnmech.so"):
        if os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    sys.exit("cable_channels: nrnivmodl made no library:\n" + log.stdout[-2000:] + log.stderr[-2000:])


def jobs():
    for name, density in DENSITY.items():
        parameters = {name: {CHANNELS[name][1]: density}}
        yield name, parameters, [(name, x) for x in CHANNELS[name][3]], None
    every = {n: {CHANNELS[n][1]: d * 0.3} for n, d in DENSITY.items()}
    every["NaTs2_t"]["gNaTs2_tbar"] = 0.15
    every["kv31"] = {"gbar": 0.02}
    every["ih"] = {"gbar": 2e-4}
    every["cahva"], every["sk"], every["cadyn"] = {"gbar": 2e-4}, {"gbar": 2e-3}, {"decay": 60.0}
    yield "all, spikes", every, [("NaTs2_t", "h"), ("sk", "z")], None
    yield "Exp2Syn", {}, [], ("Exp2Syn", {"tau1": 0.7, "tau2": 6.0, "e": -10.0}, 0.002)
    yield "SEClamp", {}, [], ("SEClamp", {"rs": 5.0, "dur1": 5.0, "amp1": -65.0, "dur2": 20.0, "amp2": -40.0,
                                          "dur3": 10.0, "amp3": -90.0}, 0.0)


def main():
    loligo = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/loligo")
    folder = tempfile.mkdtemp(prefix="cable_channels")
    library = build(folder)
    from neuron import h
    h.nrn_load_dll(library)
    bad = 0
    print("mechanism    quantity      largest |difference|   range")
    for title, parameters, record, point in jobs():
        mine = peer.loligo_run(loligo, folder, [], parameters, record, 24.0, point)
        theirs = peer.neuron_run(h, parameters, record, 24.0, point)
        for key in mine:
            n = min(len(mine[key]), len(theirs[key]))
            d = max(abs(x - y) for x, y in zip(mine[key][:n], theirs[key][:n]))
            span = max(theirs[key][:n]) - min(theirs[key][:n])
            bad += key == "v" and not d <= (1e-3 if "spikes" in title else 1e-6)
            print(f"{title:12s} {key:12s}  {d:12.3g}           {span:8.3g}")
    print("all within" if not bad else f"{bad} too far off")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

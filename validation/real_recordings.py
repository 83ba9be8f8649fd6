"""Clone real recordings and print how well each twin predicts what it has not seen.

usage: real_recordings.py LOLIGO RECORDINGS [NAME...]
Even sweeps are fitted, odd ones predicted. Then twins of 171116sh_0018 predict another recording of the same cell
(171116sh_0016, a slow ramp over eleven sweeps without a break), and steps up to 2 nA: plateau and depolarisation block.
Needs Python 3 only. Wall time is of this machine as it is; CPU seconds do not depend on who else computes.
"""
import json, os, resource, subprocess, sys, tempfile, time

STEPS = ["171116sh_0018.abf", "18711001.abf", "LantyerEtAl2018_180817_ME_9_CC.nwb", "17o05028_ic_steps.abf", "PYR1.abf",
         "PYR2.abf", "FergusonEtAl2015_PYR2.nwb", "File_axon_5.abf", "171116sh_0016.abf"]


def run(*command):
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, err = process.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return process.returncode, out, err, time.monotonic() - begin, cpu, after.ru_maxrss / 1024


def r2(pairs):
    mean = sum(a for a, _ in pairs) / len(pairs)
    total = sum((a - mean) ** 2 for a, _ in pairs)
    return 1 - sum((a - b) ** 2 for a, b in pairs) / total if total > 0 else float("nan")


def number(x, form):
    return "   -" if x is None else format(x, form)


def clone(loligo, path, out, model):
    command = [loligo, "clone", path, "-o", out, "--quiet"] + (["--model", model] if model else [])
    code, _, err, wall, cpu, mib = run(*command)
    name = os.path.basename(path)
    if code != 0:
        print(f"{name:36} {model or 'any':10} exit {code}: {err.strip().splitlines()[-1] if err.strip() else ''}")
        return None
    twin = json.load(open(out))
    fit = twin["fit"]
    low = [(s["n_spikes"], s["n_spikes_twin"]) for s in twin["sweeps"]
           if not s["fitted"] and (s["I_step_pA"] or 0) <= 200]
    print(f"{name:36} {model or 'any':10} {twin['model'] + ' ' + twin['variant']:20} "
          f"{number(fit['count_rmse_predicted'], '5.2f')} {number(fit['count_r2_predicted'], '6.3f')} "
          f"{r2(low) if len(low) > 1 else float('nan'):6.3f} {number(fit['subthreshold_rmse_mV'], '5.2f')} "
          f"{wall:6.1f} {cpu:6.1f} {mib:5.0f}  {twin['domain']}", flush=True)
    for reason in twin["reasons"]:
        print(f"    {reason}")
    return out


def simulate(loligo, twin, segments, duration_ms, folder):
    protocol, spikes = os.path.join(folder, "p.json"), os.path.join(folder, "s.csv")
    json.dump({"duration_ms": duration_ms, "sample_ms": 1.0, "segments": segments}, open(protocol, "w"))
    code, _, err, *_ = run(loligo, "neuron", "simulate", twin, "--protocol", protocol, "-o",
                           os.path.join(folder, "t.csv"), "--spikes", spikes, "--quiet")
    if code != 0:
        raise SystemExit(f"simulate: {err}")
    rows = [line for line in open(spikes) if not line.startswith("#")]
    return [float(line.split(",")[0]) for line in rows[1:]]


def same_cell(loligo, twin, folder):
    """The ramp: one second per sweep, 10 pA/s from 0, held at its ends; the twin runs through without a break."""
    code, out, err, *_ = run(loligo, "features", os.path.join(sys.argv[2], "171116sh_0016.abf"), "--json")
    if code != 0:
        raise SystemExit(err)
    recorded = [int(s["n_spikes_total"]) for s in json.loads(out)["sweeps"]]
    segments = []
    for k in range(len(recorded)):
        t = 1000.0 * k
        low, high = 10.0 * (k - 1), 10.0 * k
        if k == 0:
            continue
        segments += [{"type": "const", "t0_ms": t, "t1_ms": t + 15.6, "amp_pA": low},
                     {"type": "ramp", "t0_ms": t + 15.6, "t1_ms": t + 984.4, "from_pA": low, "to_pA": high},
                     {"type": "const", "t0_ms": t + 984.4, "t1_ms": t + 1000.0, "amp_pA": high}]
    times = simulate(loligo, twin, segments, 1000.0 * len(recorded), folder)
    predicted = [sum(1000.0 * k <= t < 1000.0 * (k + 1) for t in times) for k in range(len(recorded))]
    pairs = list(zip(recorded, predicted))
    print(f"    171116sh_0016 predicted: recorded {recorded}, twin {predicted}, R2 {r2(pairs):.3f}")
    counts = {}
    for amp in (300, 400, 500, 700, 1000, 1500, 2000):
        times = simulate(loligo, twin, [{"type": "const", "t0_ms": 100, "t1_ms": 600, "amp_pA": amp}], 700, folder)
        counts[amp] = sum(100 <= t < 602 for t in times)
    print("    steps of 500 ms, pA: spikes  " + ", ".join(f"{a}: {n}" for a, n in counts.items()))


def main():
    loligo, folder = sys.argv[1], sys.argv[2]
    names = sys.argv[3:] or STEPS
    print(f"{'recording':36} {'asked for':10} {'model':20} {'RMSE':>5} {'R2':>6} {'<=200':>6} {'sub':>5} {'wall s':>6} "
          f"{'cpu s':>6} {'MiB':>5}  domain   (RMSE and R2 of spike counts on odd sweeps; sub in mV)")
    with tempfile.TemporaryDirectory() as work:
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.exists(path):
                print(f"{name}: not here")
                continue
            models = (None, "izhikevich", "hh") if name == "171116sh_0018.abf" else (None,)
            for model in models:
                twin = clone(loligo, path, os.path.join(work, "twin.json"), model)
                if twin and name == "171116sh_0018.abf":
                    same_cell(loligo, twin, work)


main()

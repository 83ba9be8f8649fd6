#!/usr/bin/env python3
"""The experiments of Gurung and Guan 2024 redone, and further ones: usage calcium_paper.py build/loligo MODELS [--only a,b]

Prints the tables of docs/calcium-paper.md: wave (the ryanodine receptor as equations, as a network learned from them, as a
network learned from physiological data), steps, duration, rest (what a second stimulus finds, by density and interval),
across (one dimension beside two), shape (speed by density and radii), branch (trees: delays and failures). MODELS is
models/calcium. Standard library only; some minutes of one core.
"""
import json, os, subprocess, sys, tempfile

KEYS = (("speed_um_s", "speed, µm/s"), ("c_peak_uM", "peak, µM"), ("c_fwhm_ms", "width, ms"),
        ("c_above_threshold_ms", "above 1 µM, ms"), ("P_half_duration_ms", "P half-duration, ms"))


def case(length=64, end=0.5, stimuli=((0.0, 2500.0),), R=0.4, r=0.15, probes=(16, 32, 48), **parameters):
    return {"geometry": {"L_um": length, "R_um": R, "r_ER_um": r}, "parameters": parameters, "t_end_s": end,
            "probes_um": list(probes), "stimulus": [{"j0_uM_um_s": j0, "x0_um": 0, "sigma_um": 0.5, "t_on_s": on,
                                                     "t_off_s": on + 0.001} for on, j0 in stimuli]}


def run(program, what, gate="kl", dt="2.5us", dx="0.1"):
    """Summary and arrivals of a case."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.json")
        json.dump(what, open(path, "w"))
        words = [program, "calcium", "simulate", path, "-o", os.path.join(folder, "out"), "--gate", gate, "--dt", dt,
                 "--max-dx-um", dx, "--json", "--no-report", "--quiet"]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(words)}: {done.stderr.strip()}")
        rows = [r.split(",") for r in open(os.path.join(folder, "out", "timeseries.csv")) if r[0] not in "#t"]
        up = [r.strip().split(",") for r in open(os.path.join(folder, "out", "arrivals.csv")) if r[0] not in "#xs"]
        return json.loads(done.stdout), rows, up


def number(x, digits=4):
    return "–" if x is None or x != x else f"{x:.{digits}g}"


def table(head, rows):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def wave(program, models):
    rows = []
    for gate, name in (("kl", "equations (Keizer–Levine)"), (f"{models}/kl.safetensors", "network learned from them"),
                       (f"{models}/paper.safetensors", "the same in the paper's form (P' itself, explicit Euler)"),
                       (f"{models}/rise-100.safetensors", "network learned from physiological data")):
        if gate.startswith(models) and not os.path.exists(gate):
            continue
        f = run(program, case(), gate)[0]
        rows.append([name] + [number(f[k], 5) for k, _ in KEYS] + [str(f.get("unknowns_per_node", "–"))])
    table(["channel"] + [n for _, n in KEYS] + ["unknowns per node"], rows)


def steps(program, models):
    rows = []
    for gate, name in (("kl", "equations"), (f"{models}/kl.safetensors", "network of them"),
                       (f"{models}/rise-100.safetensors", "physiological network")):
        speeds = [run(program, case(end=0.05), gate, dt)[0]["speed_um_s"] for dt in ("20us", "10us", "5us", "2.5us", "1.25us")]
        rows.append([name] + [number(s, 6) for s in speeds])
    table(["speed, µm/s, at a step of", "20 µs", "10 µs", "5 µs", "2.5 µs", "1.25 µs"], rows)


def duration(program, models):
    rows = []
    for k in (30, 100, 300, 800):
        net = f"{models}/rise-{k}.safetensors"
        for gate, name in (("rise", "formula"), (net, "network")):
            if gate == net and not os.path.exists(net):
                continue
            what = case(end=0.25)
            what["constants"] = {"k_c": float(k)}
            f = run(program, what, gate)[0]
            rows.append([f"{k} /s", name] + [number(f[key], 5) for key, _ in KEYS])
    table(["closing rate of the data", "gate"] + [n for _, n in KEYS], rows)


def rest(program, models):
    """A second stimulus after an interval: its peak at 32 um beside that of the equations."""
    intervals, rows = (0.4, 0.8, 1.6, 3.2), []
    for rho in (0.5, 1.0, 3.0):
        for gate, name in (("kl", "equations"), ("closure", "one state"), (f"{models}/kl.safetensors", "network")):
            peaks = []
            for interval in intervals:
                what = case(length=48, end=interval + 0.25, stimuli=((0.0, 20000.0), (interval, 20000.0)), rho_R=rho, probes=(32,))
                series = run(program, what, gate, "10us", "0.15")[1]
                peaks.append(max(float(r[2]) for r in series if float(r[0]) > interval))
            rows.append([f"{rho:g}", name] + [number(p, 4) for p in peaks])
    table(["receptors per µm²", "gate"] + [f"second peak (µM) after {t:g} s" for t in intervals], rows)


def across(program, models):
    """One dimension beside two."""
    del models
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.json")
        json.dump(case(length=24, end=0.04, probes=(6, 18)), open(path, "w"))
        words = [program, "calcium", "reduction", path, "-o", folder, "--map-only", "--vary", "rho_R=1,3;R=0.3,0.4;r=0.1,0.15,0.2",
                 "--max-dx-um", "0.1", "--dt", "5us", "--quiet"]
        subprocess.run(words, check=True, capture_output=True)
        lines = [r.strip().split(",") for r in open(os.path.join(folder, "map.csv")) if r[0] != "#"]
        table(lines[0], [[number(float(x), 4) for x in row] for row in lines[1:]])


def shape(program, models):
    del models
    table(["receptors per µm²", "speed, µm/s"],
          [[f"{rho:g}", number(run(program, case(end=1.2 if rho < 1 else 0.1, stimuli=((0.0, 20000.0),), rho_R=rho), dx="0.1")[0]["speed_um_s"])]
           for rho in (0.2, 0.3, 0.5, 1, 2, 3, 5, 8)])
    rows = []
    for R in (0.3, 0.4, 0.6):
        rows.append([f"R {R:g} µm"] + [number(run(program, case(end=0.3 if R > 0.5 else 0.12, R=R, r=r, stimuli=((0.0, 20000.0),)))[0]["speed_um_s"])
                                       if r < R else "–" for r in (0.08, 0.1, 0.15, 0.2, 0.25)])
    table(["speed, µm/s, at an ER of", "0.08 µm", "0.1", "0.15", "0.2", "0.25"], rows)


def branch(program, models):
    """A parent of radius 0.4 um into two daughters: when the wave is 8 um beyond the junction."""
    del models
    rows = []
    for R, r in ((0.4, 0.15), (0.32, 0.12), (0.6, 0.15), (0.8, 0.15), (1.2, 0.15)):
        what = case(end=0.3, stimuli=((0.0, 20000.0),))
        del what["geometry"], what["probes_um"]
        what["sections"] = [{"L": 20, "R": 0.4, "r": 0.15, "parent": -1}] + [{"L": 20, "R": R, "r": r, "parent": 0}] * 2
        what["probes"] = [{"section": 0, "x_um": 12}, {"section": 1, "x_um": 8}, {"section": 1, "x_um": 16}]
        up = [float(u[2]) for u in run(program, what)[2]]
        straight = 1e3 * (up[2] - up[1])
        rows.append([f"{R:g}", f"{r:g}", number(1e3 * (up[1] - up[0])), number(straight), "yes" if up[2] == up[2] else "no"])
    table(["daughters' radius, µm", "their ER, µm", "12 µm before to 8 µm behind the junction, ms", "the next 8 µm, ms", "crosses"], rows)


PARTS = dict(wave=wave, steps=steps, duration=duration, rest=rest, across=across, shape=shape, branch=branch)

if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    chosen = sys.argv[4].split(",") if len(sys.argv) > 4 and sys.argv[3] == "--only" else list(PARTS)
    for part in chosen:
        print(f"### {part}\n")
        PARTS[part](sys.argv[1], sys.argv[2])

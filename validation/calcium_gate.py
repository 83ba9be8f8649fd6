#!/usr/bin/env python3
"""A learned gate in a calcium wave: usage calcium_gate.py build/loligo CASE.json NET.safetensors

Prints P's range, how the speed depends on the step (dt 10 to 1.25 us), the wave beside Keizer and Levine's, unknowns per
node and what a node and step cost, the best of five runs of each gate, interleaved. Standard library only.
"""
import json
import subprocess
import sys
import tempfile


def run(program, case, gate, dt, folder, dx="0.1"):
    words = [program, "calcium", "simulate", case, "-o", folder, "--gate", gate, "--dt", dt, "--max-dx-um", dx,
             "--json", "--stats", "--no-report", "--quiet"]
    figures = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    with open(folder + "/summary.json", encoding="utf-8") as f:
        figures["summary"] = json.load(f)
    return figures


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    program, case, net = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        speeds, worst = [], [1.0, 0.0]
        for dt in ("10us", "5us", "2.5us", "1.25us"):
            f = run(program, case, net, dt, folder)
            speeds.append(f["speed_um_s"])
            worst = [min(worst[0], f["summary"]["P_low"]), max(worst[1], f["summary"]["P_high"])]
            print(f"dt {dt:>6}: {f['speed_um_s']:.3f} um/s, P in {f['summary']['P_low']:.3g} ... "
                  f"{f['summary']['P_high']:.6g}, {len(f['summary']['warnings'])} warnings")
        fine = f
        print(f"speed, dt 10 -> 1.25 us: {100 * (speeds[0] / speeds[-1] - 1):+.3f} % (at most 1, goal 0.3); "
              f"P within 0 ... 1: {'yes' if worst[0] >= 0 and worst[1] <= 1 else 'NO'}")
        kl = run(program, case, "kl", "1.25us", folder)
        for key, name in (("speed_um_s", "speed"), ("c_peak_uM", "peak"), ("c_above_threshold_ms", "time above 1 uM"),
                          ("P_half_duration_ms", "half-duration of P")):
            print(f"{name}: {fine[key]:.6g}, Keizer-Levine {kl[key]:.6g} ({100 * (fine[key] / kl[key] - 1):+.2f} %)")
        best = {"kl": 1e9, net: 1e9}
        for _ in range(5):
            for gate in best:
                best[gate] = min(best[gate], run(program, case, gate, "10us", folder)["ns_per_node_step"])
        print(f"unknowns per node: {kl['unknowns_per_node']} -> {fine['unknowns_per_node']}; ns per node and step of the "
              f"whole run: {best['kl']:.1f} -> {best[net]:.1f} (x {best[net] / best['kl']:.1f})")


main()

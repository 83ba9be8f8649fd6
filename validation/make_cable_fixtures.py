#!/usr/bin/python3
"""Areas and axial resistances of NEURON's compartments for a small cell of tapering sections.

Writes tests/unit/cable_neuron_nodes.h, which test_cable_tree compares with ours. Run with Debian's python3-neuron:
    /usr/bin/python3 validation/make_cable_fixtures.py
"""
import os
from neuron import h

# NEURON keeps points in single precision: these numbers are exact in it
SECTIONS = [  # parent, parent_x, points (x, y, z, diameter)
    (-1, 0.0, [(0, 0, 0, 8), (5, 0, 0, 14), (12, 1, 0, 9)]),
    (0, 0.5, [(6, 8, 0, 3), (10, 30, 4, 2.25), (12, 60, 9, 2.5), (20, 75, 9, 1.125)]),
    (1, 1.0, [(20, 75, 9, 1.125), (40, 120, 3, 0.625)]),
    (1, 1.0, [(20, 75, 9, 0.875), (0, 110, 20, 0.875), (-20, 160, 25, 0.375)]),
    (0, 1.0, [(12, 1, 0, 1.5), (50, 3, 0, 0.75), (51, 3, 0, 2.0), (150, 10, 5, 0.6875)]),
    (4, 1.0, [(150, 10, 5, 0.6875), (260, 15, 5, 0.5)]),
]
NSEG = [3, 7, 5, 9, 11, 4]
RA = 123.0


def main():
    made = []
    for k, (parent, x, points) in enumerate(SECTIONS):
        s = h.Section(name=f"s{k}")
        made.append(s)
        for p in points:
            h.pt3dadd(*p, sec=s)
        if parent >= 0:
            s.connect(made[parent](x), 0)
        s.Ra, s.nseg = RA, NSEG[k]
    lines = ["/* Made by validation/make_cable_fixtures.py with NEURON " + h.nrnversion(5) + "; do not edit. */",
             "/* area_um2 and resistance_MOhm (to the parent, as NEURON's ri) of each compartment and then the end of each section */",
             "static const double neuron_nodes[][2] = {"]
    for s in made:
        for seg in list(s) + [s(1)]:
            lines.append("    {%.17g, %.17g}," % (seg.area(), seg.ri()))
    lines += ["};", ""]
    out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "unit", "cable_neuron_nodes.h")
    with open(out, "w") as f:
        f.write("\n".join(lines))


main()

#!/usr/bin/python3
"""Morphologies against references: the shared geometry, NEURON's Import3d, NEURON's areas and resistances of a cut cell.

usage: /usr/bin/python3 validation/morphology.py build/loligo CABLE_DATA_DIR [--only geom|import3d|arbor|nodes]
CABLE_DATA_DIR holds swc/, swc/quirky/ and geom/. Needs Debian's python3-neuron for import3d and nodes. Exit code 1 when
something is outside its limit.
"""
import argparse
import csv
import glob
import io
import json
import math
import os
import subprocess
import sys

LOLIGO = None
FAILED = []


def loligo(*args):
    done = subprocess.run([LOLIGO, "neuron", "morphology", *args], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr.strip()


def check(ok, words):
    print(("ok   " if ok else "FAIL ") + words)
    if not ok:
        FAILED.append(words)


def relative(got, want):
    if want == "inf" or got == "inf":
        return 0.0 if got == want else 1.0
    return abs(got - want) / abs(want) if want else abs(got)


def geom(folder):
    """Every number of the stored geometry, which rounds lengths and areas of sections to 1e-6."""
    exact = worst = n = 0
    for path in sorted(glob.glob(folder + "/geom/*.json")):
        want = json.load(open(path))
        code, out, err = loligo(folder + "/swc/" + want["swc"], "--json")
        got = json.loads(out)
        name = os.path.basename(path)
        if "refused" in want or "repeated_id" in name:
            check(code == 3 and "refused" in got, f"{name}: refused: {err}")
            continue
        same = code == 0 and got["n_sections"] == want["n_sections"]
        for a, b in zip(got.get("sections", []), want["sections"]):
            same = same and all(a[k] == b[k] for k in ("type", "distal_id", "parent", "parentx", "npts"))
            worst = max(worst, abs(a["length_um"] - b["length_um"]), abs(a["area_um2"] - b["area_um2"]))
            exact = max(exact, relative(a["axial_per_um"], b["axial_per_um"]))
            n += 1
        for key in ("total_length_um", "total_area_um2"):
            exact = max(exact, relative(got[key], want[key]))
        check(same, f"{name}: {want['n_sections']} sections, {len(got['notes'])} notes")
    check(exact <= 1e-9, f"totals and axial integrals: largest relative difference {exact:.2g} (limit 1e-9)")
    check(worst <= 5.1e-7, f"lengths and areas of {n} sections: largest difference {worst:.2g} (stored to 5e-7)")


def import3d_child(path):
    """In a process of its own: what Import3d makes of a file, sections as sorted (length, area, way from the soma)."""
    from neuron import h
    h.load_file("import3d.hoc")
    reader = h.Import3d_SWC_read()
    reader.quiet = 1
    reader.input(path)
    h.Import3d_GUI(reader, 0).instantiate(None)
    rows = []
    soma = [s for s in h.allsec() if s.name().startswith("soma")]
    if soma:
        h.distance(0, soma[0](0.5))
    for s in h.allsec():
        rows.append((s.L, sum(seg.area() for seg in s), h.distance(s(0.5)) if soma else 0.0))
    print("\nRESULT" + json.dumps(sorted(rows)))


def import3d(folder):
    files = sorted(glob.glob(folder + "/swc/*.swc") + glob.glob(folder + "/swc/quirky/*.swc"))
    for path in files:
        name = os.path.basename(path)
        code, out, err = loligo(path, "--soma", "import3d", "--json")
        child = subprocess.run(["/usr/bin/python3", __file__, LOLIGO, folder, "--child", path], capture_output=True,
                               text=True)
        rows = [line for line in child.stdout.splitlines() if line.startswith("RESULT")]
        theirs = json.loads(rows[0][6:]) if rows else None
        if code != 0:
            what = f"{len(theirs)} sections" if theirs else "no cell"
            print(f"note {name}: refused ({err.split(': ', 2)[-1]}); NEURON: {what}")
            continue
        table = loligo(path, "--soma", "import3d", "--nseg", "1", "--nodes", "-")[1]
        sections = json.loads(out)["sections"]
        away = {}
        for row in csv.DictReader(line for line in io.StringIO(table) if not line.startswith("#")):
            if row["x"] == "0.5":
                away[int(row["section"])] = float(row["distance_from_soma_um"])
        has_soma = any(s["type"] == 1 for s in sections) and away
        ours = sorted((s["length_um"], s["area_um2"], away[k] if has_soma else 0.0) for k, s in enumerate(sections))
        if not has_soma and theirs:
            theirs = sorted((r[0], r[1], 0.0) for r in theirs)
        if theirs is None:
            print(f"note {name}: {len(ours)} sections; NEURON made no cell")
            continue
        ours, theirs = (sorted(x, key=lambda r: [round(v, 2) for v in r]) for x in (ours, theirs))
        same = len(ours) == len(theirs)
        length = abs(sum(r[0] for r in ours) - sum(r[0] for r in theirs))
        area = sum(r[1] for r in theirs)
        rel = abs(sum(r[1] for r in ours) - area) / area if area else 0.0
        each = max((abs(a - b) for x, y in zip(ours, theirs) for a, b in zip(x, y)), default=0.0) if same else 1e9
        check(same and each < 2e-3, f"{name}: {len(ours)} sections (NEURON {len(theirs)}), length {length:.1g} um, "
              f"area {rel:.1g} relative, worst section {each:.1g} (length, area, way from the soma)")


def arbor(folder):
    """Totals by type of the rule of Arbor's documentation, written anew: every node with a parent is a frustum."""
    files = sorted(glob.glob(folder + "/swc/*.swc") + glob.glob(folder + "/swc/quirky/*.swc"))
    worst = n = 0
    for path in files:
        nodes_ = {}
        for line in open(path, errors="replace"):
            a = line.split("#")[0].split()
            if len(a) >= 7:
                nodes_[int(float(a[0]))] = [float(x) for x in a[1:7]]
        code, out, err = loligo(path, "--soma", "arbor", "--json")
        if code != 0:
            print(f"note {os.path.basename(path)}: refused ({err.split(': ', 2)[-1]})")
            continue
        want = {}
        for t, x, y, z, r, parent in nodes_.values():
            if parent not in nodes_:
                continue
            _, px, py, pz, pr, _ = nodes_[parent]
            length = math.dist((x, y, z), (px, py, pz))
            both = want.setdefault(int(t), [0.0, 0.0])
            both[0] += length
            both[1] += math.pi * (r + pr) * math.hypot(length, r - pr)
        got = {}
        for s in json.loads(out)["sections"]:
            both = got.setdefault(s["type"], [0.0, 0.0])
            both[0] += s["length_um"]
            both[1] += s["area_um2"]
        same = got.keys() == want.keys()
        for t in want if same else []:
            worst = max(worst, *(relative(a, b) for a, b in zip(got[t], want[t])))
        n += same
        if not same:
            check(False, f"{os.path.basename(path)}: types {sorted(got)}, expected {sorted(want)}")
    check(worst < 1e-9, f"{n} files: lengths and areas of every type within {worst:.1g} relative")


def nodes(folder):
    """Areas and resistances of every compartment of rule G1 against NEURON with the same points and numbers."""
    sys.path.insert(0, folder + "/tools")
    import nrnref
    from neuron import h
    for name, dx in (("dg_granule_1220882a", 20), ("ca1_n120", 10), ("purkinje_rapp2", 5), ("l5pc_with_axon", 10)):
        path = f"{folder}/swc/{name}.swc"
        code, out, err = loligo(path, "--max-dx-um", str(dx), "--ra", "100", "--nodes", "-")
        ours = {}
        parents = {}
        for row in csv.DictReader(line for line in io.StringIO(out) if not line.startswith("#")):
            if float(row["area_um2"]) > 0:
                ours[(int(row["section"]), round(float(row["x"]), 9))] = row
            parents[int(row["node"])] = row
        secs, _ = nrnref.sections(nrnref.read_swc(path))
        cell = nrnref.Cell(secs, dx, h)
        area = ri = 0.0
        n = 0
        for k, s in enumerate(cell.S):
            s.Ra = 100
        for k, s in enumerate(cell.S):
            for seg in s:
                row = ours[(k, round(seg.x, 9))]
                area = max(area, abs(float(row["area_um2"]) / seg.area() - 1))
                up = int(row["parent"])
                # resistances between two compartments of one section; at the ends ours are in series
                if up >= 0 and int(parents[up]["section"]) == k and float(parents[up]["area_um2"]) > 0:
                    ri = max(ri, abs(1 / float(row["axial_to_parent_uS"]) / seg.ri() - 1))
                n += 1
        check(n == cell.nseg == len(ours) and area < 1e-5 and ri < 1e-5,
              f"{name}: {n} compartments as NEURON: areas {area:.1g}, resistances {ri:.1g} (NEURON keeps points in single "
              "precision)")
        h.load_file("stdlib.hoc")
        table = json.loads(loligo(path, "--d-lambda", "0.1", "--ra", "100", "--cm", "1", "--json")[1])["sections"]
        rule = [int((s.L / (0.1 * h.lambda_f(100, sec=s)) + 0.9) / 2) * 2 + 1 for s in cell.S]
        differ = sum(a != b["n_compartments"] for a, b in zip(rule, table))
        check(differ == 0, f"{name}: d_lambda 0.1: {sum(rule)} compartments by NEURON's rule, {differ} sections differ")
        del cell


def main():
    global LOLIGO
    p = argparse.ArgumentParser()
    p.add_argument("loligo")
    p.add_argument("folder")
    p.add_argument("--only", choices=["geom", "import3d", "arbor", "nodes"])
    p.add_argument("--child", help=argparse.SUPPRESS)
    a = p.parse_args()
    LOLIGO = os.path.abspath(a.loligo)
    if a.child:
        import3d_child(a.child)
        return
    for part in (geom, import3d, arbor, nodes):
        if a.only in (None, part.__name__):
            print(part.__name__)
            part(a.folder)
    print(f"{len(FAILED)} outside their limits")
    sys.exit(1 if FAILED else 0)


main()

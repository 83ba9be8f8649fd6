"""usage: bits.py [--wasm FOLDER] [--threads 1,2,8] [--ranks 1,4] [--only WORDS] [--quick | --long] [--json FILE] NAME=LOLIGO…

The figure "bits": SHA-256 of the values that every model that ships writes (traces; times of spikes, arrivals, events), from
every build that is named, from several numbers of threads and ranks (of the first build), and from the WebAssembly modules
(tests/wasm/bits.mjs). Prints a table; exits with 1 where two hashes of a row differ, with 2 where a model is in no case.

`make bits` makes the builds and calls this.
"""
import argparse
import concurrent.futures
import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases as cases_of  # noqa: E402

# what files say of how and when they were made, not of the model
APART = {"provenance", "command", "elapsed_s", "seconds", "wall_s", "cpu_s", "threads", "created", "generated", "full_seconds", "reduced_seconds", "times_faster"}
POINT = "a: point.wasm has no gates from files and no drugs by state (tm with every current alone stands below)"
CELL = "b: cell.wasm has straight sections with hh and pas: no other channels, no synapses, no points, no SWC"
WAVE = "c: wave.wasm has one dimension, the Keizer-Levine gate as a formula and imex2"
NOT_IN_MODULES = [
    ("neuron/channels", POINT), ("neuron/tm,", POINT), ("neuron/", "see point"),
    ("cable/hh ", "see cell"), ("cable/passive ", "see cell"), ("cable/", CELL), ("examples/cells", CELL), ("data/cable", CELL),
    ("calcium/wave imex2", "see wave"), ("calcium/", WAVE), ("examples/calcium", WAVE),
]
OTHERS = "d: the browser has single neurons, cells and waves; this is not compiled for it (files, threads, networks, learning)"


def values(path):
    """The bytes of a file that are values: no provenance, no times of day."""
    if path.endswith(".csv"):
        with open(path, "rb") as f:
            return b"".join(line for line in f if not line.startswith(b"#"))
    if path.endswith(".json"):
        def strip(x):
            if isinstance(x, dict):
                return {k: strip(v) for k, v in x.items() if k not in APART}
            return [strip(v) for v in x] if isinstance(x, list) else x
        with open(path) as f:
            return json.dumps(strip(json.load(f)), sort_keys=True).encode()
    if path.endswith(".h5"):
        import h5py  # numbers alone: texts hold provenance
        hash_ = hashlib.sha256()
        with h5py.File(path, "r") as f:
            names = []
            f.visititems(lambda name, x: names.append(name) if isinstance(x, h5py.Dataset) else None)
            for name in sorted(names):
                if f[name].dtype.kind in "iufb":
                    hash_.update(name.encode() + f[name][()].tobytes())
        return hash_.digest()
    with open(path, "rb") as f:
        return f.read()


def run(case, program, threads, ranks):
    """Hashes of a case: (trace, times), or the sentence of its failure."""
    work = tempfile.mkdtemp(prefix="loligo-bits-")
    try:
        for name, content in case["files"].items():
            with open(os.path.join(work, name), "w") as f:
                f.write(cases_of.text_of(content))
        env = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_btl_vader_single_copy_mechanism="none", OMPI_MCA_mpi_yield_when_idle="1",
                   XDG_CONFIG_HOME=os.path.join(work, "none"))
        for k, arguments in enumerate(case["commands"]):
            command = [program, *arguments, "--quiet", "--threads", str(threads)]
            if ranks > 1 and case["ranks"] == k:
                command = ["mpirun", "--oversubscribe", "-n", str(ranks), *command]
            done = subprocess.run(command, cwd=work, env=env, capture_output=True, text=True, errors="replace")
            if done.returncode not in case["answers"]:
                return "failed: " + (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[0].replace(work, ".")
        out = []
        for kind in ("trace", "times"):
            hash_ = hashlib.sha256()
            for name in case[kind]:
                data = values(os.path.join(work, name))
                if kind == "times" and case["fires"] and data.count(b"\n") < 2:
                    return "failed: nothing fired"
                if not data:
                    return f"failed: {name} is empty"
                hash_.update(len(data).to_bytes(8, "little") + data)
            out.append(hash_.hexdigest() if case[kind] else "")
        return tuple(out)
    except (OSError, ValueError, KeyError) as e:
        return f"failed: {e}"
    finally:
        shutil.rmtree(work, ignore_errors=True)


def missing(all_cases, program):
    """Models of `loligo models` that no case covers."""
    have = {name for c in all_cases for name in c["covers"]}
    models = json.loads(subprocess.run([program, "models", "--json"], capture_output=True, text=True, check=True).stdout)["models"]
    return sorted({m["name"] for m in models} - have)


def modules(folder, programs):
    """Rows of the modules: name -> {column: hash}."""
    rows = {}
    script = os.path.join(cases_of.ROOT, "tests/wasm/bits.mjs")
    for name, program in programs:
        done = subprocess.run(["node", script, program, folder], capture_output=True, text=True)
        for line in done.stdout.splitlines():
            x = json.loads(line)
            row = rows.setdefault(f"{x['module']}: {x['case']} {x['scheme']}", {})
            row["wasm"] = x["trace"] + x["times"]
            row[name] = x["native_trace"] + x["native_times"]
        if done.returncode not in (0, 1) or not done.stdout:
            rows.setdefault("modules", {})[name] = "failed: " + done.stderr.strip()[-200:]
    return rows


def version(program):
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()


def cpu():
    try:
        with open("/proc/cpuinfo") as f:
            return next(line.split(":")[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown CPU"


def why_not(name):
    for start, why in NOT_IN_MODULES:
        if name.startswith(start):
            return why
    return CELL if name.endswith(".swc") else OTHERS


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("builds", nargs="+")
    parser.add_argument("--wasm")
    parser.add_argument("--threads", default="1,2,8")
    parser.add_argument("--ranks", default="1,4")
    parser.add_argument("--only", default="")
    parser.add_argument("--quick", action="store_true", help="leave out what takes longer than some seconds")
    parser.add_argument("--long", action="store_true", help="only these")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", help="keep every hash here; what is there already is not run again")
    a = parser.parse_args()
    programs = [(b.rsplit("=", 1)[0], os.path.abspath(b.rsplit("=", 1)[1])) for b in a.builds]
    first = programs[0]
    columns = [(name, program, 1, 1) for name, program in programs]
    columns += [(f"{n} threads", first[1], int(n), 1) for n in a.threads.split(",") if n and int(n) > 1]
    columns += [(f"{n} ranks", first[1], 1, int(n)) for n in a.ranks.split(",") if n and int(n) > 1]
    whole = list(cases_of.everything())
    lacking = missing(whole, first[1])
    if lacking:
        print("bits: no case for " + ", ".join(lacking), file=sys.stderr)
    chosen = [c for c in whole if a.only in c["name"] and not (a.quick and c["long"]) and not (a.long and not c["long"])]
    names = [c[0] for c in columns] + ["wasm"]
    print("# The bits of every model that ships\n\n`make bits`, " + datetime.date.today().isoformat() + ", " + cpu() + ". A row has the first digits of the SHA-256 of the trace and of the times "
          "(of spikes, arrivals, events); `=`: the same from this build. Threads and ranks are those of the first build.\n")
    for name, program in programs:
        print(f"- {name}: {version(program)}")
    print()
    print("| model | SHA-256 of trace, of times | " + " | ".join(names) + " |\n|---|---|" + "---|" * len(names))
    counts, bad, reasons = {n: 0 for n in names}, [], {}
    known = {}
    if a.json and os.path.exists(a.json):
        with open(a.json) as f:
            for line in f:
                row = json.loads(line)
                known.setdefault(row.pop("model"), {}).update({n: tuple(h) if isinstance(h, list) else h for n, h in row.items()})
    log = open(a.json, "a") if a.json else None

    def show(name, cells):
        reference = next((h for n, h in cells.items() if isinstance(h, tuple)), None)
        shown = []
        for n in names:
            h = cells.get(n, "–")
            if isinstance(h, tuple):
                counts[n] += 1
                shown.append("=" if h == reference else "**≠ " + " ".join(x[:8] for x in h if x) + "**")
            elif h.startswith("failed"):
                shown.append("**" + h.replace("|", "/") + "**")
            else:
                shown.append(h)
            if isinstance(h, tuple) and h != reference or isinstance(h, str) and h.startswith("failed"):
                bad.append(f"{name}, {n}")
        digest = " ".join(x[:8] for x in reference if x) if reference else "none"
        print(f"| {name} | {digest} | " + " | ".join(shown) + " |", flush=True)
        if log:
            print(json.dumps({"model": name, **cells}), file=log, flush=True)

    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for c in chosen:
            cells = {n: h for n, h in known.get(c["name"], {}).items() if n in names and isinstance(h, tuple)}
            jobs = {n: pool.submit(run, c, program, threads, ranks) for n, program, threads, ranks in columns
                    if n not in cells and (ranks == 1 or c["ranks"] is not None)}
            cells.update({n: j.result() for n, j in jobs.items()})
            for n, _, _, ranks in columns:
                if ranks > 1 and c["ranks"] is None:
                    cells[n] = "– e"
            why = why_not(c["name"])
            cells["wasm"] = "below" if why.startswith("see") else "– " + why[0]
            if not why.startswith("see"):
                reasons[why[0]] = why
            show(c["name"], cells)
    if a.wasm and not a.only:
        for name, row in modules(a.wasm, programs).items():
            cells = {n: (h[:64], h[64:]) if not h.startswith("failed") else h for n, h in row.items()}
            for n, _, threads, ranks in columns:
                if threads > 1 or ranks > 1:
                    cells[n] = "– f"
            show(name, cells)
    print()
    for letter in sorted(reasons):
        print(f"- {reasons[letter]}")
    print("- e: one run has no points to share between ranks; sweeps, screens, networks, maps and sets of profiles have")
    print("- f: threads and ranks of these models stand above; a module has neither")
    print(f"\n{len(chosen)} cases of the program; compared: " + ", ".join(f"{n} {counts[n]}" for n in names) + f"; different: {len(bad)}")
    for what in bad:
        print(f"bits: DIFFERENT: {what}", file=sys.stderr)
    if bad or lacking:
        return 1 if bad else 2
    print("bits: all the same", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

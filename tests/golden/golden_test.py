"""The same number from the command line, the API, Python and the page's module for the same input, bit by bit (A17).

usage: golden_test.py LOLIGO [POINT.wasm NODE]   LIBLOLIGO names libloligo for Python
Numbers in the program's files and answers are the shortest that read back the same double, so that none is lost on the way.
What is not there (node, the modules, NumPy) is left out, and said.
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(here, "..", "cli"), os.path.join(here, "..", "..", "python")]
from serve_client import Server

program = os.path.abspath(sys.argv[1])
module = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 and os.path.exists(sys.argv[2]) else None
node = sys.argv[3] if len(sys.argv) > 3 else "node"
if not shutil.which(node):
    module = None
try:
    import loligo
except ImportError as error:
    loligo = None
    print("golden: Python IS LEFT OUT: %s" % str(error).splitlines()[0], file=sys.stderr)
if not module:
    print("golden: the page's module IS LEFT OUT: there is no node, or it was not built (tools/build_wasm.sh says why)", file=sys.stderr)

s = Server(program, ["--workers", "1"])
work = tempfile.TemporaryDirectory()
SEGMENTS = [{"type": "const", "t0_ms": 10, "t1_ms": 90, "amp_pA": 1.0}, {"type": "const", "t0_ms": 110, "t1_ms": 190, "amp_pA": 1.7}]
CASES = [
    {"model": "hh52", "parameters": {"gNa": 111.25}, "solver": "rk4", "dt_ms": 0.02, "scale": 10.0},
    {"model": "hh52", "parameters": {}, "solver": "reference", "dt_ms": 0.0, "scale": 7.3},
    {"model": "tm", "parameters": {"gM": 5.5, "gNaP": 0.3, "gH": 1.2}, "solver": "rk4", "dt_ms": 0.025, "scale": 250.0},
    {"model": "izhikevich", "variant": "std", "parameters": {"k": 0.71}, "solver": "rk4", "dt_ms": 0.025, "scale": 120.0},
    {"model": "izhikevich", "variant": "LTS", "parameters": {}, "solver": "reference", "dt_ms": 0.0, "scale": 200.0},
]


def fail(words):
    raise SystemExit("FAIL: " + words)


def bits(values):
    return struct.pack("<%dd" % len(values), *values).hex()


def columns(text):
    rows = [x.split(",") for x in text.split("\n") if x and not x.startswith("#")]
    return {name: [float(r[k]) for r in rows[1:]] for k, name in enumerate(rows[0])}


def place(name):
    return os.path.join(work.name, name)


def write(name, value):
    with open(place(name), "w") as f:
        json.dump(value, f)
    return place(name)


def by_api(command, arguments, options, files):
    """The job of a quick run; its summary and its files, as text."""
    inputs = {name: s.upload(place(name))["sha256"] for name in files}
    status, row = s.post("/api/v1/run", {"command": command, "arguments": arguments, "options": options, "inputs": inputs})
    if status != 200 or row["state"] != "done":
        fail("%s by the API: %s" % (command, row))
    names = [f["name"] for f in s.get("/api/v1/jobs/%d/files" % row["id"])["files"] if f["role"] == "output"]
    return row["summary"], {n: s.call("GET", "/api/v1/jobs/%d/file?name=%s" % (row["id"], n), raw=True)[2].decode()
                            for n in names}


def by_command_line(*words):
    r = subprocess.run([program, *words, "--quiet", "--json"], capture_output=True, check=True)
    return json.loads(r.stdout) if r.stdout.strip() else None


def judge(what, ways):
    """ways: name -> bits; all are the same."""
    first = next(iter(ways))
    for way, value in ways.items():
        if value != ways[first]:
            at = next((k for k in range(0, min(len(value), len(ways[first])), 16)
                       if value[k:k + 16] != ways[first][k:k + 16]), -1)
            fail("%s: %s and %s differ: %d and %d numbers, from number %d on" % (
                what, first, way, len(ways[first]) // 16, len(value) // 16, at // 16))
    print("%-44s %7d numbers, the last %s: %s" % (what, len(ways[first]) // 16, ways[first][-16:], ", ".join(ways)))


# ---- one neuron: every sample and every spike ---------------------------------------------------------------------
def simulate(k, c):
    segments = [dict(x, amp_pA=x["amp_pA"] * c["scale"]) for x in SEGMENTS]
    model = {x: c[x] for x in ("model", "variant", "parameters") if x in c}
    files = ["m%d.json" % k, "p%d.json" % k]
    write(files[0], model)
    write(files[1], {"duration_ms": 200, "sample_ms": 0.1, "segments": segments})
    options = {"solver": c["solver"], "output": "t.csv", "spikes": "s.csv"}
    if c["dt_ms"] > 0:
        options["dt"] = "%gms" % c["dt_ms"]
    words = ["--%s=%s" % (n, place(v) if n in ("output", "spikes") else v) for n, v in options.items()]
    by_command_line("neuron", "simulate", place(files[0]), "--protocol", place(files[1]), *words)
    trace, spikes = columns(open(place("t.csv")).read()), columns(open(place("s.csv")).read())
    v, t = {"command line": bits(trace["v_mV"])}, {"command line": bits(spikes["t_ms"])}
    _, made = by_api("neuron simulate", [files[0]], dict(options, protocol=files[1]), files)
    v["API"], t["API"] = bits(columns(made["t.csv"])["v_mV"]), bits(columns(made["s.csv"])["t_ms"])
    if loligo:
        protocol = loligo.Protocol(200, 0.1)
        for x in segments:
            protocol.add_const(x["t0_ms"], x["t1_ms"], x["amp_pA"])
        run = loligo.simulate(loligo.Neuron(c["model"], c.get("variant", ""), **c["parameters"]), protocol, c["solver"], c["dt_ms"])
        v["Python"], t["Python"] = bits(run.v_mV.tolist()), bits(run.spikes_ms.tolist())
    if module:
        case = dict(c, duration_ms=200, sample_ms=0.1, segments=segments)
        out = json.loads(subprocess.run([node, os.path.join(here, "module.mjs"), module], input=json.dumps(case).encode(),
                                        stdout=subprocess.PIPE, check=True).stdout)
        v["module"], t["module"] = out["v_mV"], out["spikes_ms"]
    if not spikes["t_ms"]:
        fail("%s does not fire: nothing is compared" % c["model"])
    name = " ".join(x for x in (c["model"], c.get("variant"), c["solver"]) if x)
    judge(name + ", potential", v)
    judge(name + ", spikes", t)


# ---- what commands print: every number of their JSON --------------------------------------------------------------
def numbers(value, path=""):
    """(path, number) of all that is no provenance and no time of day."""
    if isinstance(value, dict):
        for name in sorted(value):
            if name not in ("provenance", "created_utc", "file", "source", "seconds", "command"):
                yield from numbers(value[name], path + "." + name)
    elif isinstance(value, list):
        for k, x in enumerate(value):
            yield from numbers(x, "%s[%d]" % (path, k))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, float(value)


def same(what, one, other, python=None):
    a, b = list(numbers(one)), list(numbers(other))
    if [x[0] for x in a] != [x[0] for x in b]:
        fail("%s: the API answers other names than the command line: %s" % (
            what, sorted(set(x[0] for x in a) ^ set(x[0] for x in b))[:5]))
    if len(a) < 10:
        fail("%s: hardly a number: %s" % (what, one))
    ways = {"command line": bits([x[1] for x in a]), "API": bits([x[1] for x in b])}
    if python is not None:
        c = list(numbers(python))
        if [x[0] for x in a] != [x[0] for x in c]:
            fail("%s: Python answers other names than the command line: %s" % (
                what, sorted(set(x[0] for x in a) ^ set(x[0] for x in c))[:5]))
        ways["Python"] = bits([x[1] for x in c])
    judge(what, ways)


def trial():
    write("tm.json", {"model": "tm"})
    options = {"drug": "carbamazepine", "dose": "3:300uM:3log", "samples": 0, "quick": True}
    here_ = by_command_line("trial", place("tm.json"), "--drug=carbamazepine", "--dose=3:300uM:3log", "--samples=0", "--quick")
    python = None
    if loligo:
        python = loligo.twin.trial(loligo.Twin.load(place("tm.json")), "carbamazepine", "3:300uM:3log", n_members=0, quick=True).data
    same("trial", here_, by_api("trial", ["tm.json"], options, ["tm.json"])[0], python)


def twin():
    """A recording to a twin: its file."""
    by_command_line("neuron", "sample", "izhikevich", "--count=1", "--seed=3", "--output=" + place("cells"))
    os.rename(os.path.join(place("cells"), "000000.csv"), place("cell.csv"))
    how = {"model": "izhikevich", "posterior": "laplace", "output": "twin.json"}
    by_command_line("clone", place("cell.csv"), *("--%s=%s" % (n, place(v) if n == "output" else v) for n, v in how.items()))
    _, made = by_api("clone", ["cell.csv"], how, ["cell.csv"])
    python = loligo.twin.clone(loligo.read(place("cell.csv")), model="izhikevich", samples=False).data if loligo else None
    same("twin", json.load(open(place("twin.json"))), json.loads(made["twin.json"]), python)


def features():
    """Features of a recording that ships, in a foreign format; Python measures them as well."""
    shutil.copy(os.path.join(here, "..", "..", "data", "recordings", "171116sh_0018.abf"), place("cell.abf"))
    printed = by_command_line("features", place("cell.abf"))
    same("features", printed, by_api("features", ["cell.abf"], {}, ["cell.abf"])[0])
    if not loligo:
        return
    measured = loligo.features.measure(loligo.read(place("cell.abf"))).cell
    names = sorted(k for k, v in printed["cell"].items() if isinstance(v, (int, float)) and k in measured)
    if len(names) < 20:
        fail("features: hardly a name is shared: %s" % names)
    judge("features of the cell", {"command line": bits([float(printed["cell"][n]) for n in names]),
                                   "Python": bits([float(measured[n]) for n in names])})


try:
    s.start()
    for k, c in enumerate(CASES):
        simulate(k, c)
    trial()
    twin()
    features()
    s.stop()
finally:
    s.remove()
    work.cleanup()

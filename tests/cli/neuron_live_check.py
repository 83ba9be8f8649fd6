"""Frames of `loligo neuron live` against `loligo neuron simulate` of the same stimuli: the same bits. Standard library
only. usage: neuron_live_check.py LOLIGO FOLDER CELL.swc"""
import json
import os
import struct
import subprocess
import sys

loligo, work, swc = sys.argv[1:4]
HEADER = struct.Struct("<4sHHQddIBBHddII")


def records(data):
    at = 0
    while at < len(data):
        magic, version, size, number, t, dt, n, quantity, kind, flags, scale, offset, payload, zero = HEADER.unpack_from(
            data, at)
        assert (magic, version, size, zero) == (b"LGLV", 1, 64, 0), at
        body = data[at + size:at + size + payload]
        assert len(body) == payload and payload % 8 == 0, "cut off"
        if quantity == 0:
            yield number, t, json.loads(body[:n])
        else:
            values = struct.unpack_from("<%d%s" % (n, "h" if kind == 1 else "f"), body)
            yield number, t, [offset + scale * v for v in values]
        at += size + payload


def live(model, lines, *options):
    path = os.path.join(work, "frames.bin")
    p = subprocess.run([loligo, "neuron", "live", model, "--rate", "0", "-o", path] + list(options),
                       input="".join(json.dumps(line) + "\n" for line in lines).encode(), capture_output=True)
    assert p.returncode == 0, p.stderr.decode()
    return list(records(open(path, "rb").read()))


def write(name, model):
    path = os.path.join(work, name)
    json.dump(model, open(path, "w"))
    return path


def float32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


hh = {"types": "all", "Ra_ohm_cm": 100, "cm_uF_cm2": 1, "mechanisms": {"hh": {}}, "reversal": {"ena": 50, "ek": -77}}
cell = {"model": "cable", "swc": os.path.abspath(swc), "celsius": 6.3, "v_init_mV": -65, "regions": [hh],
        "iclamps": [{"loc": ["soma"], "delay_ms": 0.5, "dur_ms": 1, "amp_nA": 0.05}]}
asked = [{"number": 1, "stimulus": {"loc": ["soma"], "dur_ms": 2, "amp_nA": 0.4, "at_ms": 1.0}},
         {"number": 2, "stimulus": {"loc": ["sec", 5, 1.0], "dur_ms": 1.37, "amp_nA": 0.3, "at_ms": 6.51}},
         {"number": 3, "stimulus": {"loc": ["soma"], "dur_ms": 0.7, "amp_nA": -0.11, "at_ms": 1.7}},
         {"number": 4, "stimulus": {"loc": ["sec", 4000, 0.5], "dur_ms": 1, "amp_nA": 1}},
         {"number": 5, "stimulus": {"loc": ["soma"], "dur_ms": 1, "amp_nA": 1, "at_ms": -3}},
         {"number": 6, "stimulated": True}]
for scheme in ("sdirk2", "nrn"):
    got = live(write("live.json", cell), asked, "--values", "float32", "--duration", "12", "--every", "0.1", "--scheme",
               scheme)
    words = [r for r in got if isinstance(r[2], dict)]
    frames = [r for r in got if not isinstance(r[2], dict)]
    head = words[0][2]
    assert head["schema"] == "loligo-live/1" and head["n_values"] == len(frames[0][2])
    assert [f[0] for f in frames] == list(range(121)), [f[0] for f in frames][-3:]
    taken = [w[2]["stimulus"] for w in words if "stimulus" in w[2]]
    refused = {w[2]["number"]: w[2]["refused"] for w in words if "refused" in w[2]}
    assert len(taken) == 3 and sorted(refused) == [4, 5, 6], words
    assert "sections" in refused[4] or "section" in refused[4], refused
    assert "at_ms" in refused[5] and "stimulated" in refused[6], refused
    # the same by the command that simulates from end to end
    sections = head["sections"]
    chosen = [0, len(sections) // 3, len(sections) - 1]
    model = dict(cell, tstop_ms=12, sample_ms=0.1, iclamps=cell["iclamps"] + taken,
                 probes=[{"name": "s%d" % s, "loc": ["sec", s, 0.5]} for s in chosen])
    out = os.path.join(work, "trace.csv")
    subprocess.run([loligo, "neuron", "simulate", write("same.json", model), "-o", out, "--scheme", scheme, "--quiet"],
                   check=True)
    rows = [line.split(",") for line in open(out) if line[0] not in "#t"]
    assert len(rows) == 121
    peak = -1000.0
    for row, (_, t, values) in zip(rows, frames):
        assert abs(float(row[0]) - t) < 1e-9
        for k, s in enumerate(chosen):
            v = values[sections[s]["first"] + sections[s]["n"] // 2]
            assert float32(float(row[1 + k])) == v, (scheme, t, s, row[1 + k], v)
            peak = max(peak, v)
    assert peak > 20, peak  # it spiked: the comparison is of something
# int16: within half a step of 0.01 mV
a = [r[2] for r in live(write("live.json", cell), asked, "--duration", "12", "--every", "0.1", "--scheme", "nrn")
     if not isinstance(r[2], dict)]
worst = max(abs(x - y) for f, g in zip(a, frames) for x, y in zip(f, g[2]))
assert worst <= 0.00501, worst
# no more than 256 stimuli at once; those that are over make room
many = [{"number": k, "stimulus": {"loc": ["soma"], "dur_ms": 0.1, "amp_nA": 0.001, "at_ms": 20}} for k in range(1, 300)]
got = [r[2] for r in live(write("live.json", cell), many, "--duration", "21") if isinstance(r[2], dict)]
assert sum("stimulus" in w for w in got) == 256 and "are on or wait" in got[-1]["refused"], got[-1]
# pausing holds time, the pace changes
got = live(write("live.json", cell), [{"every_ms": 0.5}, {"every_ms": 0}, {"rate_Hz": 7000}], "--duration", "3")
states = [r[2] for r in got if isinstance(r[2], dict)][1:]
assert states[0]["state"]["every_ms"] == 0.5 and "step" in states[1]["refused"] and "rate_Hz" in states[2]["refused"], states
# point neurons: every state, the same bits; currents that overlap, begin between steps, and reset neurons
asked = [{"number": 1, "stimulus": {"dur_ms": 20, "amp_pA": 1, "at_ms": 2}},
         {"number": 2, "stimulus": {"dur_ms": 3.337, "amp_pA": 1.3, "at_ms": 10.0131}},
         {"number": 3, "stimulus": {"dur_ms": 5, "amp_pA": -0.21, "at_ms": 12}},
         {"number": 4, "stimulus": {"dur_ms": 5, "amp_nA": 1}}]
for name, scale in (("hh52", 9), ("izhikevich", 600), ("tm", 300)):
    lines = json.loads(json.dumps(asked))
    for line in lines:
        if "amp_pA" in line["stimulus"]:
            line["stimulus"]["amp_pA"] *= scale
    got = live(write("point.json", {"model": name}), lines, "--duration", "40", "--every", "0.1")
    words = [r[2] for r in got if isinstance(r[2], dict)]
    states = words[0]["states"]
    taken = [w["stimulus"] for w in words if "stimulus" in w]
    assert len(taken) == 3 and ["amp_nA" in w["refused"] for w in words if "refused" in w] == [True], words
    protocol = write("protocol.json", {"duration_ms": 40, "sample_ms": 0.1, "segments": taken})
    subprocess.run([loligo, "neuron", "simulate", os.path.join(work, "point.json"), "--protocol", protocol, "-o", out,
                    "--states", "--quiet"], check=True)
    rows = [line.strip().split(",") for line in open(out) if line[0] != "#"]
    assert rows[0] == ["t_ms"] + states, (rows[0], states)
    frames = [r for r in got if not isinstance(r[2], dict)]
    assert len(frames) == len(rows) - 1 == 401
    peak = -1000.0
    for row, (_, t, values) in zip(rows[1:], frames):
        assert [float32(float(x)) for x in row[1:]] == values, (name, t, row, values)
        peak = max(peak, values[0])
    assert peak > (-20 if name == "izhikevich" else 0), (name, peak)
print("neuron live: ok, %d values" % head["n_values"])

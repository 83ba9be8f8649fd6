"""Live streams of a real server: the bits of neuron simulate, several viewers of which one is slow, dropped connections,
limits, whose they are, and their end."""
import json
import os
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from serve_client import Server

program = os.path.abspath(sys.argv[1])
HEADER = struct.Struct("<4sHHQddIBBHddII")
s = Server(program, ["--workers", "1", "--live", "2", "--live-idle", "1.5s"])


def is_true(what, words=""):
    if not what:
        raise SystemExit("FAIL: %s\n%s" % (words, open(os.path.join(s.folder, "server.log")).read()))


class Viewer:
    """A connection that reads a stream's records."""

    def __init__(self, stream, small=False, cookie=None):
        self.socket = socket.socket()
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", s.port))
        self.socket.sendall(("GET /api/v1/live/%d/frames HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n\r\n"
                             % (stream, s.port, cookie or s.cookie)).encode())
        self.raw, self.data, self.frames, self.words, self.ended = b"", b"", [], [], False
        self.status = None

    def read(self, seconds):
        """Everything that comes in that time."""
        end = time.monotonic() + seconds
        while not self.ended and time.monotonic() < end:
            self.socket.settimeout(max(0.001, end - time.monotonic()))
            try:
                got = self.socket.recv(1 << 20)
            except socket.timeout:
                break
            if not got:
                self.ended = True
            self.raw += got
            self.take()
        return self

    def take(self):
        if self.status is None:
            if b"\r\n\r\n" not in self.raw:
                return
            head, self.raw = self.raw.split(b"\r\n\r\n", 1)
            self.status = int(head.split()[1])
            self.headers = head.decode()
        while b"\r\n" in self.raw:  # chunks
            size, rest = self.raw.split(b"\r\n", 1)
            n = int(size, 16)
            if len(rest) < n + 2:
                break
            self.data += rest[:n]
            self.raw = rest[n + 2:]
            self.ended = self.ended or n == 0
        while len(self.data) >= HEADER.size:
            magic, version, size, number, t, dt, n, quantity, kind, flags, scale, offset, payload, zero = \
                HEADER.unpack_from(self.data)
            is_true((magic, version, size, zero) == (b"LGLV", 1, 64, 0), "a header is broken")
            if len(self.data) < size + payload:
                return
            body, self.data = self.data[size:size + payload], self.data[size + payload:]
            if quantity == 0:
                self.words.append(json.loads(body[:n]))
            else:
                self.frames.append((number, t, struct.unpack_from("<%d%s" % (n, "h" if kind == 1 else "f"), body)))

    def numbers(self):
        return [f[0] for f in self.frames]


def upload(name, value):
    path = os.path.join(s.folder, name)
    with open(path, "w") as f:
        json.dump(value, f)
    return s.upload(path)["sha256"]


def begin(options, **more):
    body = {"arguments": ["cell.json"], "inputs": {"cell.json": cell, "granule.swc": swc}, "options": options}
    body.update(more)
    return s.post("/api/v1/live", body)


def path(stream, rest=""):
    return "/api/v1/live/%d%s" % (stream, rest)


def same_bits():
    """What was done live, done again by neuron simulate, is the same."""
    status, live = begin({"values": "float32", "every": "0.1ms", "rate": 120})
    is_true(status == 201 and live["state"] == "running", str(live))
    v = Viewer(live["id"])
    sent = {"loc": ["sec", 3, 1], "dur_ms": 1.5, "amp_nA": 0.7}
    status, first = s.post(path(live["id"], "/stimulus"), sent)
    is_true(status == 200 and first["stimulus"]["dur_ms"] == 1.5, str(first))
    time.sleep(0.3)
    status, second = s.post(path(live["id"], "/stimulus"), {"loc": ["soma"], "dur_ms": 1, "amp_nA": -0.4})
    is_true(status == 200 and second["stimulus"]["delay_ms"] > first["stimulus"]["delay_ms"], str(second))
    v.read(0.5)
    is_true(v.status == 200 and "no-store" in v.headers, v.headers)
    status, answer = s.call("PATCH", path(live["id"]), json.dumps({"paused": True, "every_ms": 0.2}))
    is_true(status == 200 and answer["state"]["paused"] and answer["state"]["every_ms"] == 0.2, str(answer))
    whole = s.get(path(live["id"]))
    is_true(whole["paused"] and whole["viewers"] == 1 and len(whole["stimuli"]) == 2, str(whole)[:400])
    sections = whole["layout"]["sections"]
    chosen = [0, 3, len(sections) - 1]
    model = dict(base, swc=os.path.abspath("examples/cells/granule.swc"), iclamps=whole["stimuli"], tstop_ms=v.frames[-1][1],
                 sample_ms=0.1, probes=[{"name": "s%d" % k, "loc": ["sec", k, 0.5]} for k in chosen])
    with open(os.path.join(s.folder, "same.json"), "w") as f:
        json.dump(model, f)
    out = os.path.join(s.folder, "same.csv")
    subprocess.run([program, "neuron", "simulate", os.path.join(s.folder, "same.json"), "-o", out, "--quiet"], check=True)
    rows = [line.split(",") for line in open(out) if line[0] not in "#t"]
    peak = -100
    for number, t, values in v.frames:
        row = rows[round(10 * t)]
        for k, section in enumerate(chosen):
            x = values[sections[section]["first"] + sections[section]["n"] // 2]
            is_true(struct.pack("<f", float(row[k + 1])) == struct.pack("<f", x), "%g ms: %r is not %r" % (t, x, row))
            peak = max(peak, x)
    is_true(len(v.frames) > 20 and peak > 20, "%d frames, peak %g mV" % (len(v.frames), peak))
    refused = [({"loc": ["sec", 99, 0], "dur_ms": 1, "amp_nA": 1}, "section"), ({"dur_ms": 1, "amp_nA": 1}, "loc"),
               ({"loc": ["soma"], "dur_ms": 1, "amp_nA": "much"}, "amp_nA")]
    for body, words in refused:
        status, answer = s.post(path(live["id"], "/stimulus"), body)
        is_true(status == 400 and words in answer["error"]["message"], "%s %s" % (status, answer))
    status, answer = s.call("PATCH", path(live["id"]), json.dumps({"every_ms": 0}))
    is_true(status == 400, str(answer))
    v.read(0.3).frames = []  # what was on its way
    v.read(1.3)
    is_true(not v.frames and any("state" in w for w in v.words), "a paused stream sends words, no frames")
    return live["id"], v


def many_viewers():
    """A viewer that does not read loses frames and ends up with new ones; the others miss none."""
    status, live = begin({"every": "0.025ms", "rate": 60, "max-dx-um": 0.8, "scheme": "nrn"}, shared=True)
    is_true(status == 201, str(live))
    n = live["layout"]["n_values"]
    slow = Viewer(live["id"], small=True)
    gone = Viewer(live["id"])
    gone.socket.close()
    fast = [Viewer(live["id"]) for _ in range(2)]
    end = time.monotonic() + 1.6
    while time.monotonic() < end:
        for v in fast:
            v.read(0.02)
    for v in fast:
        k = v.numbers()
        missed = k[-1] - k[0] + 1 - len(k)
        is_true(len(k) > 20 and missed <= 2, "a fast viewer missed %d of %d frames" % (missed, k[-1] - k[0] + 1))
        is_true(len(v.frames[0][2]) == n, "values")
    now = s.get(path(live["id"]))
    slow.read(0.3)
    k = slow.numbers()
    is_true(k == sorted(set(k)) and max(b - a for a, b in zip(k, k[1:])) > 8, "the slow viewer lost nothing: %s" % k)
    is_true(k[-1] >= now["frames"] - 15, "the slow viewer is not up to date: %d of %d" % (k[-1], now["frames"]))
    is_true(now["viewers"] == 3, "the viewer that left is still counted: %d" % now["viewers"])
    metrics = s.get("/metrics").decode()
    dropped = int([line for line in metrics.split("\n") if line.startswith("loligo_live_dropped_total")][0].split()[1])
    is_true(dropped > 8, metrics)
    return live["id"], fast + [slow]


def limits(first):
    status, answer = begin({})
    is_true(status == 503 and answer["error"]["code"] == "too-many-live" and "you have 2" in answer["error"]["message"],
            str(answer))
    for options, words in (({"output": "x"}, "viewers"), ({"rate": 0}, "rate"), ({"nseg": "many"}, "nseg"),
                           ({"threads": 2}, "set by the server"), ({"fast": True}, "has no")):
        status, answer = begin(options)
        is_true(status == 400 and words in answer["error"]["message"], "%s %s" % (status, answer))
    status, answer = begin({}, inputs={"cell.json": "0" * 64})
    is_true(status == 400 and "no upload" in answer["error"]["message"], str(answer))
    status, answer = s.post("/api/v1/jobs", {"command": "neuron live", "arguments": ["cell.json"],
                                             "inputs": {"cell.json": cell}})
    is_true(status == 400 and "/api/v1/live" in answer["error"]["message"], str(answer))
    status, answer = s.post(path(12345, "/stimulus"), {"loc": ["soma"]})
    is_true(status == 404, str(answer))
    is_true(s.call("DELETE", path(first))[0] == 204, "end")


def ends(first, viewer, second, viewers):
    viewer.read(2)
    is_true(viewer.ended, "the viewer of an ended stream is let go")
    row = s.get(path(first))
    is_true(row["state"] == "ended" and "ended it" in row["message"], str(row)[:300])
    is_true(s.call("GET", path(first, "/frames"))[0] == 410, "no frames of what has ended")
    is_true(s.call("POST", path(first, "/stimulus"), json.dumps({"loc": ["soma"], "dur_ms": 1, "amp_nA": 1}))[0] == 503,
            "no stimulus")
    # a bad cell: why, in the answer
    status, answer = begin({}, inputs={"cell.json": cell})
    is_true(status == 400 and "granule.swc" in answer["error"]["message"], str(answer))
    for v in viewers:
        v.socket.close()
    end = time.monotonic() + 8
    while time.monotonic() < end and s.get(path(second))["state"] != "ended":
        time.sleep(0.1)
    row = s.get(path(second))
    is_true(row["state"] == "ended" and "nobody looked" in row["message"], str(row)[:300])
    is_true(not os.listdir(os.path.join(s.folder, "data", "live")), "folders are left")
    rows = s.get("/api/v1/audit?limit=50")["rows"] if s.call("GET", "/api/v1/audit?limit=1")[0] == 200 else None
    if rows is not None:
        did = [r["action"] for r in rows]
        is_true(did.count("live.create") >= 2 and did.count("live.end") == 1, str(did))


try:
    s.start()
    base = {"model": "cable", "swc": "granule.swc", "celsius": 6.3, "v_init_mV": -65,
            "regions": [{"types": "all", "Ra_ohm_cm": 100, "cm_uF_cm2": 1, "mechanisms": {"hh": {}},
                         "reversal": {"ena": 50, "ek": -77}}]}
    swc = s.upload("examples/cells/granule.swc")["sha256"]
    cell = upload("cell.json", base)
    first, viewer = same_bits()
    second, viewers = many_viewers()
    limits(first)
    ends(first, viewer, second, viewers)
    s.stop()
    print("serve live: ok")
finally:
    s.remove()

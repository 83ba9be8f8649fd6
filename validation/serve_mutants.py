#!/usr/bin/env python3
"""A11: broken files of every format, sent to a real server.

usage: serve_mutants.py PROGRAM [--files 10000] [--formats swc,nwb,...] [--seed 1] [--most-seconds 0]

Each file is a seed of fuzz/seeds or tests/data, changed in some places (bits, bytes, numbers of some bytes, pieces cut,
doubled, moved, lines and words of text); the same --seed makes the same files, whichever formats are asked for. It is
uploaded, and `loligo info` is run on it by POST /api/v1/run, as the page does. Every answer must come within 2 s and say
what became of it: done, or failed with a code of the command line and words. A crash of the program that reads is a
failure here, even though it takes nothing with it. At the end the server must still be the process that it was, answer,
and stop with code 0. Prints a row for each format, also when it is stopped by Ctrl-C; exit 1 where something was
otherwise. Files with which something was otherwise or that were late are kept in the folder of --keep.
"""
import argparse
import collections
import json
import os
import random
import struct
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))
from serve_client import Server  # noqa: E402

MOST = 65536  # bytes of a seed
FORMATS = {
    "swc": (".swc", ["fuzz/seeds/swc", "tests/data/cable", "examples/cells"]),
    "nwb": (".nwb", ["fuzz/seeds/nwb", "tests/data/nwb"]),
    "abf": (".abf", ["fuzz/seeds/abf", "tests/data/abf"]),
    "csv": (".csv", ["fuzz/seeds/csv", "tests/data", "tests/data/axon", "tests/data/culture"]),
    "json": (".json", ["fuzz/seeds/json", "tests/data/cable", "tests/data/culture", "examples/cells"]),
    "tiff": (".tif", ["fuzz/seeds/tiff", "tests/data/tiff", "tests/data/culture"]),
    "safetensors": (".safetensors", ["fuzz/seeds/safetensors", "models", "models/calcium"]),
}
KINDS = {".swc": (".swc",), ".nwb": (".nwb", ".h5"), ".abf": (".abf",), ".csv": (".csv",), ".json": (".json",),
         ".tif": (".tif", ".tiff"), ".safetensors": (".safetensors",)}
NUMBERS = [b"nan", b"inf", b"-inf", b"1e999", b"-1", b"0", b"1e-320", b"99999999999999999999", b"2147483648", b"0x10", b"", b"\"",
           b"null", b"[]", b"{}", b"-0", b"1e", b"\xff\xfe", b"\xc0\x80", b"\0"]
WORDS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 1 << 62, (1 << 63) - 1, 1 << 63,
         (1 << 64) - 1]


def seeds_of(ending, folders):
    out = []
    for folder in folders:
        path = os.path.join(ROOT, folder)
        own = folder.startswith("fuzz/")
        for name in sorted(os.listdir(path)) if os.path.isdir(path) else []:
            full = os.path.join(path, name)
            if os.path.isfile(full) and (own or name.endswith(KINDS[ending])) and 0 < os.path.getsize(full) <= MOST:
                with open(full, "rb") as f:
                    out.append(f.read())
    return out


def change(rng, data, text):
    b = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        n = len(b)
        if n == 0:
            break
        at = rng.randrange(n)
        # heads decide more than bodies
        if rng.random() < 0.4:
            at = min(at, rng.randrange(min(n, 512)))
        kind = rng.randrange(10 if text else 7)
        if kind == 0:
            b[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            b[at] = rng.choice([0, 255, 128, 10, 34, 44, rng.randrange(256)])
        elif kind == 2:
            size = rng.choice([2, 4, 8])
            value = rng.choice(WORDS) & ((1 << 8 * size) - 1)
            b[at:at + size] = value.to_bytes(size, rng.choice(["little", "big"]))
        elif kind == 3:
            del b[at:at + (n if rng.random() < 0.5 else rng.randrange(1, 64))]
        elif kind == 4:
            piece = b[at:at + rng.randrange(1, 256)]
            other = rng.randrange(n)
            b[other:other] = piece
        elif kind == 5:
            b[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 32)))
        elif kind == 6:
            value = struct.pack("<d", rng.choice([float("nan"), float("inf"), -1e308, 5e-324]))
            b[at:at + 8] = value
        elif kind in (7, 8):  # a word of a text
            end = at
            while end < n and b[end] not in b" ,\n\t:[]{}":
                end += 1
            b[at:end] = rng.choice(NUMBERS)
        else:  # lines of a text
            lines = bytes(b).split(b"\n")
            k, j = rng.randrange(len(lines)), rng.randrange(len(lines))
            if rng.random() < 0.5:
                lines[k], lines[j] = lines[j], lines[k]
            else:
                lines[k:k] = [lines[j]] * rng.choice([1, 2, 100])
            b = bytearray(b"\n".join(lines))
    return bytes(b[:4 * MOST])


class Tally:
    def __init__(self):
        self.n = self.done = self.refused = self.crashed = self.late = 0
        self.slowest = self.cpu = 0.0
        self.codes = collections.Counter()
        self.bad = []


def patient(s, method, path, body, kind="application/json"):
    """429 and 503 are answers too: wait as they say, then ask again. Seconds are of the last answer."""
    while True:
        began = time.monotonic()
        status, headers, data = s.call(method, path, body, kind, raw=True)
        took = time.monotonic() - began
        if status not in (429, 503):
            return status, data, took
        time.sleep(float(headers.get("Retry-After", 1)))



def one(s, t, name, data, keep):
    status, body, took = patient(s, "POST", "/api/v1/uploads?name=" + name, data, "application/octet-stream")
    t.slowest = max(t.slowest, took)
    t.late += took > 2
    if status != 201:
        t.bad.append(("upload %d" % status, body[:200]))
        keep(data)
        return
    u = json.loads(body)
    request = json.dumps({"command": "info", "arguments": [name], "inputs": {name: u["sha256"]}})
    status, body, took = patient(s, "POST", "/api/v1/run", request)
    t.slowest = max(t.slowest, took)
    t.late += took > 2
    t.n += 1
    if took > 2:
        keep(data)
    row = json.loads(body)
    if status != 200 or row["state"] not in ("done", "failed"):
        t.bad.append(("run %d" % status, body[:300]))
        keep(data)
    elif row["state"] == "done":
        t.done += 1
        t.codes[row["exit_code"]] += 1
    elif row["exit_code"] is None or row["exit_code"] not in (2, 3, 4, 5) or not row["message"]:
        t.crashed += 1
        t.bad.append(("exit code %s" % row["exit_code"], (row["message"] or "").encode()[:300]))
        keep(data)
    else:
        t.refused += 1
        t.codes[row["exit_code"]] += 1
    s.call("DELETE", "/api/v1/uploads/%d" % u["id"])


def main():
    a = argparse.ArgumentParser()
    a.add_argument("program")
    a.add_argument("--files", type=int, default=10000)
    a.add_argument("--formats", default=",".join(FORMATS))
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--most-seconds", type=float, default=0, help="stop after so long, and say how many there were")
    a.add_argument("--keep", default="", help="folder for files with which something went wrong")
    o = a.parse_args()
    s = Server(o.program, ["--workers", "1"])
    formats = o.formats.split(",")
    tallies = {f: Tally() for f in formats}
    began = time.monotonic()
    s.start()
    pid = s.process.pid
    s.call("PATCH", "/api/v1/limits", json.dumps({"requests_per_user": 100000, "burst_per_user": 100000,
                                                  "requests_per_address": 100000, "burst_per_address": 100000}))
    seeds = {f: seeds_of(*FORMATS[f]) for f in formats}
    rngs = {f: random.Random("%d %s" % (o.seed, f)) for f in formats}

    def keep(f, k):
        def write(data):
            if o.keep:
                os.makedirs(o.keep, exist_ok=True)
                with open(os.path.join(o.keep, "%s-%d%s" % (f, k, FORMATS[f][0])), "wb") as out:
                    out.write(data)
        return write

    alive, stopped = True, False
    try:
        for k in range(o.files):
            if o.most_seconds and time.monotonic() - began > o.most_seconds:
                break
            for f in formats:
                rng = rngs[f]
                data = change(rng, rng.choice(seeds[f]), f in ("swc", "csv", "json"))
                one(s, tallies[f], "m" + FORMATS[f][0], data, keep(f, k))
        alive = s.process.poll() is None and s.process.pid == pid and s.get("/healthz") is not None
        alive = alive and s.get("/api/v1/audit/verify")["intact"]
        s.stop()
    except KeyboardInterrupt:  # the server has heard it too
        stopped = True
    finally:
        s.remove()
    print("| format | seeds | files | read | refused | codes | crashed | otherwise | slowest answer, s | later than 2 s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    good = alive
    for f in formats:
        t = tallies[f]
        codes = ", ".join("%s: %d" % c for c in sorted(t.codes.items()))
        print("| %s | %d | %d | %d | %d | %s | %d | %d | %.2f | %d |" % (
            f, len(seeds[f]), t.n, t.done, t.refused, codes, t.crashed, len(t.bad) - t.crashed, t.slowest, t.late))
        for what, words in t.bad[:5]:
            print("  %s: %s: %r" % (f, what, words))
        good = good and not t.bad and t.late == 0
    load = os.getloadavg()[0]
    print("server %s; %.0f s; load %.1f; seed %d" % ("stopped by hand" if stopped else "up from first to last, ended with 0" if alive else "WENT DOWN",
                                                    time.monotonic() - began, load, o.seed))
    return 130 if stopped else 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""Slow clients: some send their headers a line at a time and end none, some say nothing. When are they closed, and how long
does /healthz take meanwhile? One JSON line.

usage: python3 bench/serve_slow.py [LOLIGO] [--headers 300] [--silent 100] [--seconds 32]
"""
import argparse
import json
import os
import socket
import statistics
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "tests", "cli"))
from serve_client import Server

parser = argparse.ArgumentParser()
parser.add_argument("program", nargs="?", default=os.path.join(here, "..", "build", "loligo"))
parser.add_argument("--headers", type=int, default=300)
parser.add_argument("--silent", type=int, default=100)
parser.add_argument("--seconds", type=float, default=32)
a = parser.parse_args()


class Client:
    def __init__(self, port, talks):
        self.talks = talks
        self.closed_s = None
        self.socket = socket.create_connection(("127.0.0.1", port))
        if talks:
            self.socket.sendall(b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\n")
        self.socket.setblocking(False)

    def step(self, now_s):
        try:
            if self.talks:
                self.socket.send(b"X: y\r\n")
            if self.socket.recv(100) == b"":
                self.closed_s = now_s
        except BlockingIOError:
            pass
        except OSError:
            self.closed_s = now_s


s = Server(a.program, ["--workers", "1"])
try:
    s.start()
    clients = [Client(s.port, k < a.headers) for k in range(a.headers + a.silent)]
    began, took_ms = time.monotonic(), []
    while time.monotonic() - began < a.seconds and any(c.closed_s is None for c in clients):
        t = time.monotonic()
        s.get("/healthz")
        took_ms.append(1e3 * (time.monotonic() - t))
        for c in clients:
            if c.closed_s is None:
                c.step(time.monotonic() - began)
        time.sleep(0.5)
    out = {"healthz_median_ms": round(statistics.median(took_ms), 1), "healthz_most_ms": round(max(took_ms), 1)}
    for name, talks in (("headers", True), ("silent", False)):
        closed = [c.closed_s for c in clients if c.talks == talks and c.closed_s is not None]
        out[name] = {"clients": sum(c.talks == talks for c in clients), "closed": len(closed),
                     "last_closed_s": round(max(closed, default=0), 1)}
    print(json.dumps(out))
finally:
    s.remove()

#!/usr/bin/env python3
"""A16: how many changes of single rows `loligo audit verify` finds.

usage: audit_trials.py PROGRAM [--trials 1000] [--rows 300] [--seed 1]

A real server makes the audit (its accounts, uploads, jobs). Somebody who has the file takes away the triggers, changes
one thing (any column of any row edited; a row deleted, the last one too, with and without closing the gap; two rows
swapped, whole or but for their numbers), and puts the triggers back; then `loligo audit verify` is run. Every third
trial is of each kind. Also without any change, now and then: then nothing may be found.
"""
import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "cli"))
from serve_client import Server  # noqa: E402

COLUMNS = ["id", "at", "user", "user_name", "peer", "action", "object", "detail", "before", "hash"]


def make(program, rows):
    """A store with at least so many rows; its path."""
    s = Server(program, ["--workers", "1"])
    s.start()
    k = 0
    while s.get("/api/v1/audit?limit=1")["rows"][0]["id"] < rows:
        name = os.path.join(s.folder, "f%d.csv" % k)
        with open(name, "w") as f:
            f.write("a,b\n%d,2\n" % k)
        u = s.upload(name)
        if k % 3 == 0:
            s.call("DELETE", "/api/v1/uploads/%d" % u["id"])
        if k % 7 == 0:
            cookie, s.cookie = s.cookie, None
            s.post("/api/v1/session", {"name": "ada", "password": "no, not this one"})
            s.cookie = cookie
        k += 1
    s.stop()
    return s


def other_value(rng, column, old):
    """Not the same as it was, of the same kind or of another."""
    if isinstance(old, int):
        return rng.choice([old + 1, old - 1, -old - 7, None if column != "id" else old + 5, old + 100000])
    if old is None:
        return rng.choice(["", "x", 0])
    turned = old[:-1] + ("0" if old[-1:] != "0" else "1")
    return rng.choice([turned, old + "x", old[1:], "", None if column not in ("action", "before", "hash") else "y",
                       old.encode()])


def change(rng, db):
    ids = [r[0] for r in db.execute("SELECT id FROM audit ORDER BY id")]
    # the ends are where such checks fail: every fifth trial is at one of them
    row = rng.choice([ids[0], ids[-1]]) if rng.random() < 0.2 else rng.choice(ids)
    kind = rng.choice(["edit", "delete", "swap"])
    if kind == "edit":
        while True:
            column = rng.choice(COLUMNS)
            old = db.execute("SELECT %s FROM audit WHERE id = ?" % column, (row,)).fetchone()[0]
            new = other_value(rng, column, old)
            try:
                db.execute("UPDATE audit SET %s = ? WHERE id = ?" % column, (new, row))
            except sqlite3.Error:  # NOT NULL, UNIQUE: SQLite itself refuses
                continue
            at = new if column == "id" else row
            if db.execute("SELECT %s FROM audit WHERE id = ?" % column, (at,)).fetchone()[0] == old:
                continue  # an affinity made it the same again
            return kind, "%s of row %d: %r -> %r" % (column, row, old, new)
    if kind == "delete":
        db.execute("DELETE FROM audit WHERE id = ?", (row,))
        closed = rng.random() < 0.5
        if closed:
            for k in range(row + 1, ids[-1] + 1):
                db.execute("UPDATE audit SET id = ? WHERE id = ?", (k - 1, k))
            db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'audit'", (ids[-1] - 1,))
        return kind, "row %d%s" % (row, ", the gap closed" if closed else "")
    other = rng.choice([k for k in ids if k != row])
    a, b = (db.execute("SELECT * FROM audit WHERE id = ?", (k,)).fetchone() for k in (row, other))
    links = rng.random() < 0.5  # hashes go along, or stay
    n = len(COLUMNS) if links else len(COLUMNS) - 2
    if a[1:n] == b[1:n]:
        return change(rng, db)
    db.execute("UPDATE audit SET hash = 'away' WHERE id = ?", (row,))
    for k, new, own in ((other, a, b), (row, b, a)):
        new = new[:n] + own[n:]
        db.execute("UPDATE audit SET %s WHERE id = ?" % ", ".join("%s = ?" % c for c in COLUMNS[1:]), new[1:] + (k,))
    return kind, "rows %d and %d%s" % (row, other, ", with their hashes" if links else "")


def main():
    a = argparse.ArgumentParser()
    a.add_argument("program")
    a.add_argument("--trials", type=int, default=1000)
    a.add_argument("--rows", type=int, default=300)
    a.add_argument("--seed", type=int, default=1)
    o = a.parse_args()
    rng = random.Random(o.seed)
    s = make(o.program, o.rows)
    data = os.path.join(s.folder, "data")
    path = os.path.join(data, "loligo.sqlite")
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    work = tempfile.mkdtemp(prefix="lg_audit_", dir=base)
    tried, found, false_alarms, clean = {}, {}, 0, 0
    began = time.monotonic()
    try:
        for k in range(o.trials):
            for name in os.listdir(work):
                os.remove(os.path.join(work, name))
            shutil.copy(path, work)
            db = sqlite3.connect(os.path.join(work, "loligo.sqlite"), isolation_level=None)
            triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                db.execute("DROP TRIGGER " + name)
            db.execute("BEGIN")
            kind, what = ("clean", "") if k % 20 == 19 else change(rng, db)
            db.execute("COMMIT")
            for _, sql in triggers:
                db.execute(sql)
            db.close()
            r = subprocess.run([o.program, "audit", "verify", "--data", work, "--json"], capture_output=True)
            if r.returncode not in (0, 1):
                raise SystemExit("loligo audit verify: %d\n%s" % (r.returncode, r.stderr.decode()))
            intact = json.loads(r.stdout)["intact"]
            if kind == "clean":
                clean, false_alarms = clean + 1, false_alarms + (not intact)
                continue
            tried[kind] = tried.get(kind, 0) + 1
            found[kind] = found.get(kind, 0) + (not intact)
            if intact:
                print("NOT FOUND: %s: %s" % (kind, what))
    finally:
        shutil.rmtree(work)
        s.remove()
    print("%d rows; changes tried and found:" % o.rows)
    for kind in sorted(tried):
        print("  %-7s %4d  %4d" % (kind, tried[kind], found[kind]))
    n, good = sum(tried.values()), sum(found.values())
    print("found %d of %d (%.1f %%); unchanged files taken for changed: %d of %d; %.0f s" % (
        good, n, 100.0 * good / n, false_alarms, clean, time.monotonic() - began))
    return 0 if good == n and not false_alarms else 1


if __name__ == "__main__":
    sys.exit(main())

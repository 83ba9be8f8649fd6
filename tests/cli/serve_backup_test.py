"""A backup is made while files come and go, and is whole; restored elsewhere it is the same server. What is stopped, cut or
damaged leaves nothing half-written."""
import glob
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from serve_client import Server

program, data = sys.argv[1], sys.argv[2]
random.seed(7)
s = Server(program, ["--workers", "1"])
lab = os.path.join(s.folder, "data")


def is_true(what, words=""):
    if not what:
        raise SystemExit("FAIL: %s" % (words,))


def loligo(*words, **more):
    p = subprocess.run([program, *words, "--json"], capture_output=True, text=True, **more)
    return p.returncode, (json.loads(p.stdout) if p.stdout.strip() else p.stderr)


def backup(path, *more, **how):
    return loligo("serve", "backup", "--data", lab, "-o", path, *more, **how)


def fill():
    u = s.upload(os.path.join(data, "drugs.csv"), "drugs.csv")
    _, job = s.post("/api/v1/jobs", {"command": "drug pk", "arguments": ["carbamazepine"],
                                     "options": {"dose-mg": 200, "output": "course.csv"}})
    s.wait(job["id"])
    _, study = s.post("/api/v1/studies", {"name": "Kept", "context_of_use": "research"})
    at = "/api/v1/studies/%d" % study["id"]
    for version, (path, body) in enumerate([("/items", {"kind": "job", "id": job["id"]}),
                                            ("/items", {"kind": "upload", "id": u["id"]}), ("/lock", {})], 1):
        status, study = s.call("POST", at + path, json.dumps(body), more={"If-Match": '"%d"' % version})
        is_true(status < 300, study)
    return job["id"], study


def change(stop):
    """Uploads come and go while a backup is made."""
    while not stop.is_set():
        path = os.path.join(s.folder, "more.bin")
        with open(path, "wb") as f:
            f.write(random.randbytes(20000))
        with open(path, "rb") as f:
            status, u = s.call("POST", "/api/v1/uploads?name=more.bin", f.read(), "application/octet-stream")
        if status == 201:
            s.call("DELETE", "/api/v1/uploads/%d" % u["id"])
        time.sleep(0.02 if status == 201 else 0.5)  # there is a limit of requests


def whole(job, study):
    """Backups of a server that changes all the time; one of them restored and started."""
    stop = threading.Event()
    t = threading.Thread(target=change, args=(stop,))
    t.start()
    for k in range(3):
        code, said = backup(os.path.join(s.folder, "b%d.tar" % k))
        is_true(code == 0 and said["files"] >= 2, said)
        code, again = loligo("serve", "restore", os.path.join(s.folder, "b%d.tar" % k), "--data",
                             os.path.join(s.folder, "r%d" % k))
        is_true(code == 0 and again["store_sha256"] == said["store_sha256"] and again["files"] == said["files"], again)
    stop.set()
    t.join()
    is_true(not glob.glob(os.path.join(lab, "backup-*")), "left behind")
    course = s.call("GET", "/api/v1/jobs/%d/file?name=course.csv" % job, raw=True)[2]
    other = Server(program, ["--workers", "1"], folder=os.path.join(s.folder, "other"))
    os.mkdir(other.folder)
    os.rename(os.path.join(s.folder, "r2"), os.path.join(other.folder, "data"))
    other.cookie = s.cookie  # of the first server: sessions are not restored
    other.start()
    is_true(other.call("GET", "/api/v1/me")[0] == 401, "a session was restored")
    status, headers, _ = other.call("POST", "/api/v1/session", json.dumps(
        {"name": "ada", "password": "correct horse battery"}), raw=True)
    is_true(status == 200, "sign in")
    other.cookie = headers["Set-Cookie"].split(";")[0]
    is_true(other.call("GET", "/api/v1/jobs/%d/file?name=course.csv" % job, raw=True)[2] == course, "a result")
    there = other.get("/api/v1/studies/%d" % study["id"])
    is_true(there["manifest_sha256"] == study["manifest_sha256"] and there["state"] == "locked", there)
    other.stop()
    code, said = loligo("audit", "verify", "--data", os.path.join(other.folder, "data"))
    is_true(code == 0, said)


def refused():
    path = os.path.join(s.folder, "b0.tar")
    bytes_ = open(path, "rb").read()
    target, bad = os.path.join(s.folder, "target"), os.path.join(s.folder, "bad.tar")
    code, said = loligo("serve", "restore", path, "--data", lab)
    is_true(code == 2 and "not an empty folder" in said, said)
    for n in [0, 300, 512, 5000, len(bytes_) // 2, len(bytes_) - 1024, len(bytes_) - 3000]:
        with open(bad, "wb") as f:
            f.write(bytes_[:n])
        code, said = loligo("serve", "restore", bad, "--data", target)
        is_true(code == 3 and not os.path.exists(target), "cut at %d: %d %s" % (n, code, said))
    at = bytes_.index(b"SQLite format 3")
    for k in [at + 100, at + 5000] + [bytes_.index(b"id,name") + 5 if b"id,name" in bytes_ else at + 9000]:
        with open(bad, "wb") as f:
            f.write(bytes_[:k] + bytes([bytes_[k] ^ 1]) + bytes_[k + 1:])
        code, said = loligo("serve", "restore", bad, "--data", target)
        is_true(code == 3 and not os.path.exists(target), "changed at %d: %d %s" % (k, code, said))
    is_true(not glob.glob(os.path.join(s.folder, "*restoring*")), "left behind")
    code, said = loligo("serve", "backup", "--data", os.path.join(s.folder, "nothing"), "-o", bad)
    is_true(code == 3 and not os.path.exists(os.path.join(s.folder, "nothing")), said)


def size(name):
    try:
        return os.path.getsize(os.path.join(s.folder, name))
    except OSError:
        return 0


def stopped():
    """Killed and interrupted in the middle: the file before still stands, the next backup works and clears up."""
    path = os.path.join(s.folder, "large.bin")
    with open(path, "wb") as f:
        f.write(random.randbytes(1 << 20) * 24)
    s.upload(path)
    target = os.path.join(s.folder, "b0.tar")
    before = open(target, "rb").read()
    for how in (signal.SIGKILL, signal.SIGINT):
        old = set(os.listdir(s.folder))
        p = subprocess.Popen([program, "serve", "backup", "--data", lab, "-o", target], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while p.poll() is None and time.monotonic() < end and not any(
                size(x) > 1 << 20 for x in set(os.listdir(s.folder)) - old):
            time.sleep(0.002)
        p.send_signal(how)
        code = p.wait()
        is_true(code in (-9, 130), "it ended with %d before it was stopped" % code)
        is_true(open(target, "rb").read() == before, "the backup before was touched")
        if how == signal.SIGINT:
            is_true(not glob.glob(os.path.join(lab, "backup-*")), "an interrupted backup left its folder")

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20))

    code, said = backup(target, preexec_fn=full)
    is_true(code == 5 and open(target, "rb").read() == before, "a full disk: %s %s" % (code, said))
    code, said = backup(target)
    is_true(code == 0 and not glob.glob(os.path.join(lab, "backup-*")), said)


def damaged():
    blob = max(glob.glob(os.path.join(lab, "blobs", "??", "*")), key=os.path.getsize)
    target, other = os.path.join(s.folder, "d.tar"), os.path.join(s.folder, "d")
    os.chmod(blob, 0o644)
    with open(blob, "r+b") as f:
        f.write(b"x")
    code, said = backup(target)
    is_true(code != 0 and "damaged" in said and not os.path.exists(target), said)
    code, said = backup(target, "--skip-damaged")
    is_true(code == 6 and said["damaged"] == 1, said)
    code, said = loligo("serve", "restore", target, "--data", other)
    is_true(code == 6 and said["damaged"] == 1, said)


try:
    s.start()
    whole(*fill())
    refused()
    stopped()
    damaged()
    s.stop()
    print("ok")
finally:
    s.remove()

"""What breaks around a server: a disk that fills in an upload, in a job, under the store; a session that ends while a job
runs. Each time a clear answer, nothing half-written, and the server goes on."""
import glob
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))
from serve_client import Server

program = sys.argv[1]
FULL = 12 << 20


def is_true(what, words=""):
    if not what:
        raise SystemExit("FAIL: %s\n%s" % (words, open(os.path.join(s.folder, "server.log")).read()))


def small_disk():
    """A folder on a file system of 16 MB, or None where this process may not mount one."""
    folder = tempfile.mkdtemp(prefix="lg_small_")
    p = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=14m", "tmpfs", folder], capture_output=True, text=True)
    if p.returncode == 0:
        return folder
    os.rmdir(folder)
    print("SKIP: no small file system can be mounted here (%s): RLIMIT_FSIZE stands for it" % p.stderr.strip(),
          file=sys.stderr)
    return None


def model():
    path = os.path.join(s.folder, "tm.json")
    with open(path, "w") as f:
        f.write('{"model": "tm"}')
    long = os.path.join(s.folder, "long.json")
    with open(long, "w") as f:  # some 14 MB
        f.write('{"duration_ms": 13000, "sample_ms": 0.02, "segments": '
                '[{"type": "const", "t0_ms": 50, "t1_ms": 550, "amp_pA": 100}]}')
    return s.upload(path), s.upload(long)


def large_job(tm, long):
    status, job = s.post("/api/v1/jobs", {
        "command": "neuron simulate", "arguments": ["tm.json"], "options": {"protocol": "long.json", "output": "v.csv"},
        "inputs": {"tm.json": tm["sha256"], "long.json": long["sha256"]}})
    is_true(status == 201, job)
    return job["id"]


def disk_in_a_job(tm, long):
    row = s.wait(large_job(tm, long))
    is_true(row["state"] == "failed" and row["message"], row)
    is_true(any(w in row["message"] for w in ("space", "too large", "disk")), "it does not say why: %s" % row["message"])
    files = [f for f in s.get("/api/v1/jobs/%d/files" % row["id"])["files"] if f["role"] == "output"]
    is_true(not files, "half a result was kept: %s" % files)
    is_true(not glob.glob(os.path.join(s.folder, "data", "jobs", str(row["id"]))), "its folder is left")
    is_true(not os.listdir(os.path.join(s.folder, "data", "blobs", "new")), "half a blob is left")
    status, row = s.post("/api/v1/run", {"command": "drug show", "arguments": ["phenytoin"]})
    is_true(status == 200 and row["state"] == "done", "the next job: %s" % row)


def disk_in_an_upload():
    status, answer = s.call("POST", "/api/v1/uploads?name=huge.bin", b"\0" * (20 << 20), "application/octet-stream")
    is_true(status == 507 and answer["error"]["remedy"], answer)
    is_true(not os.listdir(os.path.join(s.folder, "data", "blobs", "new")), "half an upload is left")


def disk_under_the_store():
    """Full to the last block: nothing of a change is kept, and all is well once there is room."""
    filler = os.path.join(s.folder, "filler")
    try:
        with open(filler, "wb", buffering=0) as f:
            while True:
                f.write(b"\0" * 4096)
    except OSError:
        pass
    before = len(s.get("/api/v1/studies")["studies"])
    refused = 0
    for k in range(300):  # what the log of the store still holds is used up first
        status, answer = s.post("/api/v1/studies", {"name": "study %d" % k, "context_of_use": "x" * 7000})
        if status == 429:  # there is a limit of requests
            time.sleep(0.3)
            continue
        if status != 201:
            refused = status
            break
        before += 1
    is_true(refused == 507 and answer["error"]["message"], "a full disk under the store: %s %s" % (refused, answer))
    is_true(len(s.get("/api/v1/studies?limit=200")["studies"]) == min(before, 200), "half a change was kept")
    os.remove(filler)
    status, answer = s.post("/api/v1/studies", {"name": "again"})
    is_true(status == 201, answer)
    code = subprocess.run([program, "audit", "verify", "--data", os.path.join(s.folder, "data")],
                          stdout=subprocess.DEVNULL).returncode
    is_true(code == 0, "the audit after a full disk")


def session(tm, long):
    """The session ends while a job runs: the job does not."""
    job = large_job(tm, long)
    with sqlite3.connect(os.path.join(s.folder, "data", "loligo.sqlite"), timeout=10) as db:
        db.execute("UPDATE sessions SET expires = 1")
    status, answer = s.call("GET", "/api/v1/jobs/%d" % job)
    is_true(status == 401 and answer["error"]["code"] == "not-signed-in", answer)
    kept, s.cookie = s.cookie, None
    status, headers, _ = s.call("POST", "/api/v1/session", json.dumps(
        {"name": "ada", "password": "correct horse battery"}), raw=True)
    is_true(status == 200, "sign in again")
    s.cookie = headers["Set-Cookie"].split(";")[0]
    row = s.wait(job)
    is_true(row["state"] == "done", row)
    is_true(s.call("GET", "/api/v1/session", more={"Cookie": kept})[1]["id"] == 0, "the old session is over")


disk = small_disk()
s = Server(program, ["--workers", "1"], folder=disk, largest_file=None if disk else FULL)
try:
    s.start()
    tm, long = model()
    disk_in_an_upload()
    disk_in_a_job(tm, long)
    if disk:
        disk_under_the_store()
    s.stop()
finally:
    s.stop()
    if disk:
        subprocess.run(["umount", "-l", disk])
    s.remove()
s = Server(program, ["--workers", "1"])
try:
    s.start()
    session(*model())
    s.stop()
    print("ok")
finally:
    s.remove()

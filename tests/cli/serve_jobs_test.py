"""Uploads, jobs and quick runs of a real server, over its API."""
import ctypes
import http.client
import json
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from serve_client import Server

program, data = sys.argv[1], sys.argv[2]
FULL = 24 << 20  # a disk that is full for larger files
s = Server(program, ["--workers", "2"], largest_file=FULL)


def is_true(what, words=""):
    if not what:
        raise SystemExit("FAIL: %s\n%s" % (words, open(os.path.join(s.folder, "server.log")).read()))


def refuse(status, body, words):
    got, answer = s.post("/api/v1/jobs", body)
    is_true(got == status and words in answer["error"]["message"], "%s -> %s %s" % (body, got, answer))


def uploads():
    twin = os.path.join(s.folder, "hh.json")
    with open(twin, "w") as f:
        f.write('{"model": "hh/classic", "parameters": {}}')
    listed = s.get("/api/v1/commands")["commands"]
    by_name = {c["name"]: c for c in listed}
    undecided = [c["name"] for c in listed if c["why_not"] and "nobody has said" in c["why_not"]]
    is_true(not undecided, "say in src/app/serve/job_policy.c whether a server may run: %s" % undecided)
    is_true(by_name["trial"]["allowed"] and not by_name["serve"]["allowed"], "allowed")
    is_true(by_name["screen"]["batch"] and not by_name["trial"]["batch"], "batch")
    step = [o for o in by_name["trial"]["options"] if o["name"] == "step"][0]
    is_true(step["kind"] == "time" and step["unit"] == "ms" and step["default"] == "1000", str(step))

    u = s.upload(os.path.join(data, "drugs.csv"), "drugs.csv")
    again = s.upload(os.path.join(data, "drugs.csv"), "same.csv")
    is_true(u["sha256"] == again["sha256"] and u["id"] != again["id"], "content-addressed")
    listed = s.get("/api/v1/uploads")
    is_true([x["name"] for x in listed["uploads"]] == ["same.csv", "drugs.csv"], str(listed))
    is_true(listed["used_bytes"] == u["bytes"], "counted once")
    end = time.monotonic() + 20
    while s.get("/api/v1/uploads/%d" % u["id"])["info"] is None and time.monotonic() < end:
        time.sleep(0.05)
    is_true(s.get("/api/v1/uploads/%d" % u["id"])["info"] is not None, "loligo info of an upload")
    status, _, body = s.call("GET", "/api/v1/uploads/%d/file" % u["id"], raw=True)
    is_true(status == 200 and body == open(os.path.join(data, "drugs.csv"), "rb").read(), "download")
    is_true(s.call("DELETE", "/api/v1/uploads/%d" % again["id"])[0] == 204, "delete")
    is_true(s.call("DELETE", "/api/v1/uploads/%d" % again["id"])[0] == 404, "delete twice")

    # too large by its own word: refused before a byte is taken
    c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=20)
    c.putrequest("POST", "/api/v1/uploads?name=large.bin")
    c.putheader("Content-Length", str(600 << 20))
    c.putheader("Origin", "http://127.0.0.1:%d" % s.port)
    c.putheader("Cookie", s.cookie)
    c.endheaders()
    r = c.getresponse()
    is_true(r.status == 413, "over-size: %d" % r.status)
    c.close()
    is_true(s.call("POST", "/api/v1/uploads", b"x", "application/octet-stream")[0] == 400, "no name")

    # a disk that is full: a clear answer, and nothing is left
    new = os.path.join(s.folder, "data", "blobs", "new")
    status, answer = s.call("POST", "/api/v1/uploads?name=huge.bin", b"\0" * (FULL + 1), "application/octet-stream")
    is_true(status == 507 and os.listdir(new) == [], "a full disk: %s %s %s" % (status, answer, os.listdir(new)))

    # a connection that breaks in the middle leaves nothing
    k = socket.create_connection(("127.0.0.1", s.port))
    k.sendall(("POST /api/v1/uploads?name=cut.bin HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\n"
               "Cookie: %s\r\nContent-Length: 1000000\r\n\r\n" % (s.port, s.port, s.cookie)).encode() + b"x" * 70000)
    time.sleep(0.2)
    k.close()
    end = time.monotonic() + 10
    while os.listdir(new) and time.monotonic() < end:
        time.sleep(0.05)
    is_true(os.listdir(new) == [], "left behind: %s" % os.listdir(new))
    is_true(len(s.get("/api/v1/uploads")["uploads"]) == 1, "a broken upload is listed")
    return u


def strict(drugs):
    ok = {"command": "drug list", "options": {"class": "antiseizure"}}
    refuse(400, {"command": "rm"}, "there is no")
    refuse(400, {"command": "serve"}, "not run here")
    refuse(400, {"command": "verify", "arguments": ["x.json"]}, "not run here")
    refuse(400, dict(ok, extra=1), "unknown")
    refuse(400, {"command": "info", "arguments": ["/etc/passwd"]}, "no name of a file")
    refuse(400, {"command": "info", "arguments": ["../x"]}, "no name of a file")
    refuse(400, {"command": "info", "arguments": ["x.csv"]}, "not among the inputs")
    refuse(400, {"command": "info", "arguments": []}, "are given")
    refuse(400, {"command": "info", "arguments": ["x.csv"], "inputs": {"x.csv": "0" * 64}}, "no upload")
    refuse(400, {"command": "info", "arguments": ["x.csv"], "inputs": {"x.csv": "abc"}}, "64 hex")
    refuse(400, {"command": "info", "arguments": ["x.csv"], "inputs": {"../x.csv": drugs["sha256"]}}, "letters")
    refuse(400, {"command": "describe", "arguments": ["../../etc/passwd"]}, "known here")
    refuse(400, {"command": "drug list", "options": {"classs": "x"}}, "did you mean")
    refuse(400, {"command": "drug list", "options": {"threads": 4}}, "set by the server")
    refuse(400, {"command": "drug list", "options": {"table": "/etc/passwd"}}, "no name of a file")
    refuse(400, {"command": "drug pk", "arguments": ["phenytoin"], "options": {"output": "/tmp/x.csv"}}, "no name")
    refuse(400, {"command": "trial", "arguments": ["a"], "inputs": {"a": drugs["sha256"]},
                 "options": {"step": "5 pA"}}, "step")
    refuse(400, {"command": "drug list", "options": {"class": "a\nb"}}, "control")
    is_true(s.call("POST", "/api/v1/jobs", b"{}", "text/plain")[0] == 415, "not JSON")
    is_true(s.call("GET", "/api/v1/jobs/abc")[0] == 404, "no id")


def ask(method, path, **headers):
    c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=20)
    c.request(method, path, headers=dict({k.replace("_", "-"): v for k, v in headers.items()}, Cookie=s.cookie))
    r = c.getresponse()
    body = r.read()
    c.close()
    return r.status, r.headers, body


def parts(drugs):
    """Downloads by parts, of the version that was begun with; only the head; only when it changed."""
    path = "/api/v1/uploads/%d/file" % drugs["id"]
    whole = open(os.path.join(data, "drugs.csv"), "rb").read()
    tag = '"%s"' % drugs["sha256"]
    status, headers, body = ask("HEAD", path)
    is_true(status == 200 and body == b"" and int(headers["Content-Length"]) == len(whole) and headers["ETag"] == tag
            and headers["Accept-Ranges"] == "bytes", "HEAD: %s %s" % (status, headers))
    for words, part in (("bytes=10-19", whole[10:20]), ("bytes=100-", whole[100:]), ("bytes=-7", whole[-7:])):
        status, headers, body = ask("GET", path, Range=words)
        is_true(status == 206 and body == part and headers["Content-Range"].endswith("/%d" % len(whole)), words)
    is_true(ask("GET", path, Range="bytes=10-19", If_Range=tag)[0] == 206, "If-Range")
    status, _, body = ask("GET", path, Range="bytes=10-19", If_Range='"another"')
    is_true(status == 200 and body == whole, "If-Range of another version")
    status, headers, _ = ask("GET", path, Range="bytes=%d-" % len(whole))
    is_true(status == 416 and headers["Content-Range"] == "bytes */%d" % len(whole), "beyond the end: %s" % status)
    status, _, body = ask("GET", path, If_None_Match=tag)
    is_true(status == 304 and body == b"", "If-None-Match")


def mechanisms():
    """What needs a compiler is refused; what does not is done."""
    u = s.upload(os.path.join(data, "..", "tests", "data", "cable", "mod", "hh.mod"))
    body = {"command": "neuron mechanism", "arguments": ["hh.mod"], "inputs": {"hh.mod": u["sha256"]}}
    refuse(400, dict(body, options={"compile": True}), "no compiler")
    status, row = s.post("/api/v1/run", dict(body, options={"c": "hh.c"}))
    is_true(status == 200 and row["state"] == "done" and row["summary"], str(row))


def life(drugs):
    status, job = s.post("/api/v1/jobs", {"command": "drug list", "options": {"class": "antiseizure"}})
    is_true(status == 201, str(job))
    row = s.wait(job["id"])
    is_true(row["state"] == "done" and row["exit_code"] == 0, str(row))
    here = json.loads(subprocess.run([program, "drug", "list", "--class", "antiseizure", "--json"],
                                     capture_output=True, check=True).stdout)
    row["summary"].pop("provenance", None), here.pop("provenance", None)  # command line and time are others
    is_true(row["summary"] == here, "the API and the command line differ: %s %s" % (
        [k for k in here if here[k] != row["summary"].get(k)], row["summary"].keys() ^ here.keys()))
    listed = s.get("/api/v1/jobs?limit=1")["jobs"]
    is_true(len(listed) == 1 and listed[0]["id"] == job["id"], str(listed))

    status, job = s.post("/api/v1/jobs", {"command": "drug pk", "arguments": ["carbamazepine"],
                                          "options": {"dose-mg": 200, "output": "course.csv"}})
    row = s.wait(job["id"])
    is_true(row["state"] == "done", str(row))
    files = s.get("/api/v1/jobs/%d/files" % job["id"])["files"]
    is_true([f["name"] for f in files if f["role"] == "output"] == ["course.csv"], str(files))
    status, _, body = s.call("GET", "/api/v1/jobs/%d/file?name=course.csv" % job["id"], raw=True)
    is_true(status == 200 and body.count(b"\n") > 10, "its file")
    for name in ("../log", "/etc/passwd", "nothing", "..%2f..%2floligo.sqlite"):
        is_true(s.call("GET", "/api/v1/jobs/%d/file?name=%s" % (job["id"], name))[0] == 404, name)
    is_true(not os.path.exists(os.path.join(s.folder, "data", "jobs", str(job["id"]))), "its folder is gone")
    is_true(s.call("POST", "/api/v1/jobs/%d/cancel" % job["id"], "{}")[0] == 409, "cancel what has ended")
    is_true(s.call("DELETE", "/api/v1/jobs/%d" % job["id"])[0] == 204, "delete")
    is_true(s.call("GET", "/api/v1/jobs/%d" % job["id"])[0] == 404, "deleted")

    # a bad file costs one clear line, with the code of the command line
    bad = os.path.join(s.folder, "bad.nwb")
    with open(bad, "wb") as f:
        f.write(b"\x89HDF\r\n\x1a\n" + b"garbage" * 100)
    u = s.upload(bad)
    status, row = s.post("/api/v1/run", {"command": "info", "arguments": ["bad.nwb"], "inputs": {"bad.nwb": u["sha256"]}})
    is_true(status == 200 and row["state"] == "failed" and row["exit_code"] == 3 and row["message"], str(row))


def cage():
    """A file that names another file of the machine does not reach it; as an input beside it, it does."""
    cells = os.path.join(data, "..", "examples", "cells")
    with open(os.path.join(cells, "granule.json")) as f:
        case = "".join(x for x in f if not x.lstrip().startswith("//"))
    swc = s.upload(os.path.join(cells, "granule.swc"))

    def run(words, name):
        path = os.path.join(s.folder, name)
        with open(path, "w") as f:
            f.write(words)
        u = s.upload(path)
        status, row = s.post("/api/v1/run", {
            "command": "neuron simulate", "arguments": [name], "options": {"output": "v.csv"},
            "inputs": {name: u["sha256"], "granule.swc": swc["sha256"]}})
        is_true(status == 200, str(row))
        return row

    row = run(case, "granule.json")
    is_true(row["state"] == "done", str(row))
    secret = os.path.join(s.folder, "secret.swc")
    with open(os.path.join(cells, "granule.swc")) as f, open(secret, "w") as g:
        g.write(f.read())
    if ctypes.CDLL(None).syscall(444, None, 0, 1) < 1:  # landlock_create_ruleset: its version
        print("SKIP: this kernel has no Landlock, so the cage cannot be tried", file=sys.stderr)
        return
    row = run(case.replace('"granule.swc"', '"%s"' % secret), "thief.json")
    is_true(row["state"] == "failed" and row["exit_code"] == 3, "a program left its cage: %s" % row)


def quick(drugs):
    status, row = s.post("/api/v1/run", {"command": "describe", "arguments": ["neuron/hh"]})
    is_true(status == 200 and row["state"] in ("done", "failed"), str(row))
    status, row = s.post("/api/v1/run", {"command": "drug show", "arguments": ["phenytoin"]})
    is_true(status == 200 and row["state"] == "done" and row["summary"], str(row))
    before = [j["id"] for j in s.get("/api/v1/jobs")["jobs"]]
    is_true(row["id"] not in before, "quick runs are not listed")


def batch():
    """A screen in shares: paused, resumed, cancelled; then one to its end, the same as on the command line."""
    twin, library = os.path.join(s.folder, "tm.json"), os.path.join(s.folder, "library.csv")
    with open(twin, "w") as f:
        f.write('{"model": "tm"}')
    with open(library, "w") as f:
        f.write("id,name,channel,IC50_uM,hill\n" + "".join("c%d,x,Nav1.6,%g,1\n" % (k, 0.1 + k) for k in range(20)))
    t, lib = s.upload(twin), s.upload(library)

    def start(doses):
        status, job = s.post("/api/v1/jobs", {
            "command": "screen", "arguments": ["tm.json", "library.csv"], "inputs": {
                "tm.json": t["sha256"], "library.csv": lib["sha256"]},
            "options": {"output": "scr", "dose": "0.1:100uM:%dlog" % doses, "protocol": "step1s", "no-report": True}})
        is_true(status == 201, str(job))
        return job["id"]

    large = start(500)
    status, row = s.post("/api/v1/jobs/%d/pause" % large)
    is_true(status == 200 and row["state"] == "paused", str(row))
    is_true(s.call("DELETE", "/api/v1/jobs/%d" % large)[0] == 409, "delete what has not ended")
    time.sleep(0.3)
    is_true(s.get("/api/v1/jobs/%d" % large)["state"] == "paused", "paused")
    status, row = s.post("/api/v1/jobs/%d/resume" % large)
    is_true(status == 200 and row["state"] in ("waiting", "running"), str(row))
    is_true(s.call("PATCH", "/api/v1/jobs/%d" % large, '{"priority": -5}')[1]["priority"] == -5, "priority")
    end = time.monotonic() + 20  # a job that nobody has begun has no log
    while s.get("/api/v1/jobs/%d" % large)["state"] != "running" and time.monotonic() < end:
        time.sleep(0.05)
    status, row = s.post("/api/v1/jobs/%d/cancel" % large)
    is_true(status == 200 and row["state"] == "cancelled", str(row))
    end = time.monotonic() + 10  # its programs are told, and say so
    while b"stopped" not in ask("GET", "/api/v1/jobs/%d/log" % large)[2] and time.monotonic() < end:
        time.sleep(0.05)
    is_true(b"stopped" in ask("GET", "/api/v1/jobs/%d/log" % large)[2], "the log of a cancelled job")
    row = s.wait(start(4))
    is_true(row["state"] == "done" and row["summary"]["complete"] and row["summary"]["n_done"] == 80, str(row))
    status, _, body = s.call("GET", "/api/v1/jobs/%d/file?name=scr/results.csv" % row["id"], raw=True)
    alone = os.path.join(s.folder, "alone")
    subprocess.run([program, "screen", twin, library, "-o", alone, "--dose", "0.1:100uM:4log", "--protocol", "step1s",
                    "--no-report", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(alone, "results.csv"), "rb") as f:
        expected = [x for x in f.read().split(b"\n") if not x.startswith(b"#")]
    is_true(status == 200 and [x for x in body.split(b"\n") if not x.startswith(b"#")] == expected, "another result")


def events():
    _, job = s.post("/api/v1/jobs", {"command": "models"})
    c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=20)
    c.request("GET", "/api/v1/jobs/%d/events" % job["id"], headers={"Cookie": s.cookie})
    r = c.getresponse()
    is_true(r.status == 200 and r.headers["Content-Type"] == "text/event-stream", "events")
    text = r.read().decode()  # ends with the job
    last = text.strip().split("\n\n")[-1]
    row = json.loads("".join(x[6:] for x in last.split("\n") if x.startswith("data: ")))
    is_true(row["state"] == "done", text)
    c.close()


try:
    print("start: %.2f s" % s.start())
    d = uploads()
    parts(d)
    strict(d)
    life(d)
    mechanisms()
    quick(d)
    cage()
    batch()
    events()
    s.stop()
    print("ok")
finally:
    s.remove()

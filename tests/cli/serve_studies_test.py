"""A study by three people over the API: draft, items, lock, return, review, signature, withdrawal; its archive, checked
and tampered with, without the server."""
import io
import json
import os
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.dirname(__file__))
from serve_client import Server

program, data = sys.argv[1], sys.argv[2]
s = Server(program, ["--workers", "1"])
PASSWORD = "correct horse battery"


def is_true(what, words=""):
    if not what:
        raise SystemExit("FAIL: %s\n%s" % (words, open(os.path.join(s.folder, "server.log")).read()))


class Person:
    """One of the server's users, by a session of their own."""

    def __init__(self, name, role):
        status, made = s.post("/api/v1/invitations", {"role": role})
        is_true(status == 201, made)
        secret = made["url"].rsplit("/", 1)[-1]
        kept, s.cookie = s.cookie, None
        status, headers, body = s.call("POST", "/api/v1/join", json.dumps(
            {"invitation": secret, "name": name, "password": PASSWORD}), raw=True)
        is_true(status == 200, body)
        self.cookie, s.cookie = headers["Set-Cookie"].split(";")[0], kept

    def call(self, method, path, body=None, version=None):
        kept, s.cookie = s.cookie, self.cookie
        more = {} if version is None else {"If-Match": '"%d"' % version}
        answer = s.call(method, "/api/v1/studies" + path, None if body is None else json.dumps(body), more=more)
        s.cookie = kept
        return answer

    def refused(self, status, words, *what):
        got, answer = self.call(*what)
        is_true(got == status and words in json.dumps(answer), "%s -> %s %s" % (what, got, answer))
        return answer

    def done(self, *what):
        status, answer = self.call(*what)
        is_true(status in (200, 201), "%s -> %s %s" % (what, status, answer))
        return answer


def life():
    ada, bob, rita, eve = [Person(n, r) for n, r in (
        ("ada2", "scientist"), ("bob", "scientist"), ("rita", "reviewer"), ("eve", "viewer"))]
    kept, s.cookie = s.cookie, ada.cookie
    drugs = s.upload(os.path.join(data, "drugs.csv"), "drugs.csv")
    _, job = s.post("/api/v1/jobs", {"command": "drug pk", "arguments": ["carbamazepine"],
                                     "options": {"dose-mg": 200, "output": "course.csv"}})
    s.wait(job["id"])
    s.cookie = kept
    eve.refused(403, "role", "POST", "", {"name": "x"})
    ada.refused(400, "subject code", "POST", "", {"name": "x", "subjects": ["Maria"]})
    ada.refused(400, "not known here", "POST", "", {"name": "x", "owner": "bob"})
    ada.refused(400, "wrong kind", "POST", "", {"name": 7})
    study = ada.done("POST", "", {"name": "Carbamazepine by mouth", "subjects": ["S-014"]})
    at = "/%d" % study["id"]
    ada.refused(428, "If-Match", "PATCH", at, {"name": "y"})
    ada.refused(404, "no job", "POST", at + "/items", {"kind": "job", "id": 999}, 1)
    study = ada.done("POST", at + "/items", {"kind": "job", "id": job["id"], "label": "the course"}, 1)
    study = ada.done("POST", at + "/items", {"kind": "upload", "id": drugs["id"]}, 2)
    is_true(study["version"] == 3 and [i["kind"] for i in study["items"]] == ["job", "upload"], str(study))
    is_true(study["items"][0]["record"]["command"] == "drug pk", str(study["items"][0]["record"]))

    # two people, one study: the second is told who was first and what stands there now
    bob.done("PATCH", at, {"context_of_use": "Dose finding in research"}, 3)
    answer = ada.refused(412, "bob changed", "PATCH", at, {"context_of_use": "Teaching"}, 3)
    is_true(answer["current"]["context_of_use"] == "Dose finding in research" and answer["current"]["version"] == 4
            and answer["history"][0]["by"] == "bob", str(answer))
    bob.refused(403, "owner", "POST", at + "/lock", {}, 4)
    study = ada.done("POST", at + "/lock", {}, 4)
    is_true(study["state"] == "locked" and "edit" not in study["may"], str(study))
    ada.refused(409, "locked", "PATCH", at, {"name": "y"}, 5)
    s.cookie = ada.cookie
    is_true(s.call("DELETE", "/api/v1/jobs/%d" % job["id"])[0] == 409, "a job of a locked study was deleted")
    is_true(s.call("DELETE", "/api/v1/uploads/%d" % drugs["id"])[0] == 409, "an upload of a locked study was deleted")
    s.cookie = kept
    ada.refused(403, "role", "POST", at + "/review", {"verdict": "accept"}, 5)
    rita.done("POST", at + "/review", {"verdict": "return", "comment": "for which weight?"}, 5)
    ada.done("PATCH", at, {"conclusion": "70 kg"}, 6)
    ada.done("POST", at + "/lock", {}, 7)
    study = rita.done("POST", at + "/review", {"verdict": "accept", "comment": ""}, 8)
    is_true(study["revision"] == 2 and study["may"] == ["sign", "withdraw", "export"], str(study))
    rita.refused(403, "wrong-password", "POST", at + "/sign", {"password": "guess", "meaning": "I approve"}, 9)
    study = rita.done("POST", at + "/sign", {"password": PASSWORD, "meaning": "I approve this result"}, 9)
    is_true(study["state"] == "signed" and study["acts"][-1]["words"] == "I approve this result", str(study["acts"]))
    is_true(s.call("PATCH", "/api/v1/limits", json.dumps({"sign_ins_per_name": 2}))[0] == 200, "limits")
    got = [rita.call("POST", at + "/sign", {"password": "guess %d" % k, "meaning": "I approve"}, 10)[0] for k in range(3)]
    is_true(got == [403, 403, 429], "guesses at a signature's password: %s" % got)
    is_true(s.call("PATCH", "/api/v1/limits", json.dumps({"sign_ins_per_name": 10}))[0] == 200, "limits")
    is_true(eve.done("GET", at)["may"] == ["export"], "a viewer reads")
    status, _, body = s.call("GET", "/api/v1/studies%s/file?item=%d&role=output&name=course.csv" % (
        at, study["items"][0]["item"]), raw=True)
    is_true(status == 200 and body.count(b"\n") > 10, "a file of the study")
    is_true(s.call("GET", "/api/v1/studies%s/file?item=1&role=output&name=../x" % at)[0] == 404, "no such file")
    events = ada.done("GET", at + "/history")["events"]
    is_true([e["action"] for e in events][:2] == ["study.sign", "study.accept"], str(events))
    is_true(len(eve.done("GET", "?state=signed")["studies"]) == 1, "list")
    return at


def verify(path, *more):
    p = subprocess.run([program, "study", "verify", path, "--json", *more], capture_output=True, text=True)
    return p.returncode, json.loads(p.stdout) if p.stdout else p.stderr


def archive(at):
    status, headers, body = s.call("GET", "/api/v1/studies%s/export" % at, raw=True)
    is_true(status == 200 and int(headers["Content-Length"]) == len(body), "export")
    path = os.path.join(s.folder, "study.tar")
    with open(path, "wb") as f:
        f.write(body)
    code, said = verify(path)
    is_true(code == 0 and said["good"] and said["n_files"] >= 2, str(said))
    is_true([a["act"] for a in said["acts"]] == ["lock", "return", "lock", "accept", "sign"], str(said))
    is_true(verify(path, "--manifest", said["manifest_sha256"])[0] == 0, "the right manifest")
    is_true(verify(path, "--manifest", "0" * 64)[0] == 1, "another manifest")
    # with nothing but coreutils
    folder = os.path.join(s.folder, "unpacked")
    with tarfile.open(path) as t:
        t.extractall(folder)
    root = os.path.join(folder, os.listdir(folder)[0])
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=root, check=True)
    is_true(verify(root)[0] == 0 and verify(os.path.join(root, "manifest.json"))[0] == 0, "unpacked")
    return path


def tamper(path):
    """Every way to change an archive is found."""
    def change(words, fn, code=1):
        other = os.path.join(s.folder, "changed.tar")
        with tarfile.open(path) as t, tarfile.open(other, "w") as o:
            for m in t.getmembers():
                inside = m.name.split("/", 1)[1]
                new = fn(inside, t.extractfile(m).read())
                if new is not None:
                    m.size = len(new)
                    o.addfile(m, io.BytesIO(new))
            if fn("extra", b"") == b"extra":
                o.addfile(tarfile.TarInfo("study/files/extra"), io.BytesIO())
        got, said = verify(other)
        is_true(got == code and words in json.dumps(said), "%s -> %s %s" % (words, got, said))

    def edit(name, old, new):
        return lambda inside, b: b.replace(old, new, 1) if inside.endswith(name) else b

    change("changed", edit("course.csv", b"1", b"2"))
    change("missing", lambda inside, b: None if inside.endswith("course.csv") else b)
    change("not in the manifest", lambda inside, b: b"extra" if inside == "extra" else b)
    change("another manifest", edit("manifest.json", b"70 kg", b"90 kg"))
    change("changed after", edit("signatures.json", b"I approve", b"I refuse"))
    change("changed after", edit("signatures.json", b"rita", b"ada2"))
    change("audit was changed", edit("history.json", b"study.accept", b"study.return"))
    change("audit was changed", edit("history.json", b'"by": "bob"', b'"by": "eve"'))
    change("no exported study", lambda inside, b: None if inside == "manifest.json" else b, 3)
    change("none of", edit("manifest.json", b"loligo-study/1", b"loligo-study/9"), 3)
    whole = open(path, "rb").read()
    for n in (0, 100, 700, len(whole) // 2, len(whole) - 1500):
        with open(os.path.join(s.folder, "cut.tar"), "wb") as f:
            f.write(whole[:n])
        code, said = verify(os.path.join(s.folder, "cut.tar"))
        is_true(code == 3, "cut at %d: %s %s" % (n, code, said))


try:
    s.start()
    tamper(archive(life()))
    s.stop()
    print("ok")
finally:
    s.remove()

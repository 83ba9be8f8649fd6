"""Who may do what, what is refused, and the audit: over the API and the command line of a real server."""
import csv
import http.client
import io
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
import serve_hostile as hostile
from serve_client import Server

program = sys.argv[1]
s = Server(program, ["--workers", "1"])
data = os.path.join(s.folder, "data")


def is_true(what, words=""):
    if not what:
        raise SystemExit("FAIL: %s\n%s" % (words, open(os.path.join(s.folder, "server.log")).read()))


def cli(*words):
    r = subprocess.run([program, "audit"] + list(words), capture_output=True, text=True)
    return r.returncode, r.stdout, r.stderr


def audit():
    """What was done is there, by whom and from where; the CLI sees the same as the API."""
    name = os.path.join(s.folder, "=1+1.csv")
    with open(name, "w") as f:
        f.write("a\n1\n")
    u = s.upload(name, "=1+1.csv")
    s.call("DELETE", "/api/v1/uploads/%d" % u["id"])
    _, job = s.post("/api/v1/jobs", {"command": "drug list"})
    s.wait(job["id"])
    s.call("DELETE", "/api/v1/jobs/%d" % job["id"])
    cookie, s.cookie = s.cookie, None
    is_true(s.post("/api/v1/session", {"name": "ada", "password": "not this one"})[0] == 401, "sign-in")
    is_true(s.post("/api/v1/session", {"name": "correct horse battery", "password": "x"})[0] == 401, "sign-in")
    is_true(s.call("GET", "/api/v1/audit")[0] == 401, "audit without signing in")
    s.cookie = cookie
    rows = s.get("/api/v1/audit")["rows"]
    seen = [(r["action"], r["user_name"], r["object"]) for r in reversed(rows)]
    is_true(seen == [("invitation.add", "loligo", None), ("user.join", "ada", "user 1"), ("session.open", "ada", None),
                     ("upload.add", "ada", "upload 1"), ("upload.delete", "ada", "upload 1"),
                     ("job.create", "ada", "job 2"), ("job.end", "loligo", "job 2"), ("job.delete", "ada", "job 2"),
                     ("session.refuse", None, "user 1"), ("session.refuse", None, None)], str(seen))
    is_true("horse" not in json.dumps(rows), "a password in the wrong field is kept")
    is_true(all(r["peer"] == "127.0.0.1" for r in rows if r["user_name"] != "loligo"), str(rows))
    is_true(all(a["before"] == b["hash"] for a, b in zip(rows, rows[1:])), "the chain")
    is_true([r["id"] for r in s.get("/api/v1/audit?before=5&limit=2")["rows"]] == [4, 3], "a page")
    is_true(len(s.get("/api/v1/audit?action=session")["rows"]) == 3, "a filter")
    check = s.get("/api/v1/audit/verify")
    is_true(check["intact"] and check["rows"] == 10 and check["head"]["id"] == 10, str(check))
    head = "%d:%s" % (check["head"]["id"], check["head"]["hash"])
    is_true(s.get("/api/v1/audit/verify?id=10&hash=" + check["head"]["hash"])["intact"], "its own head")
    is_true(not s.get("/api/v1/audit/verify?id=10&hash=" + "0" * 64)["intact"], "another head")
    is_true(s.call("GET", "/api/v1/audit/verify?id=10")[0] == 400, "half a head")

    status, headers, body = s.call("GET", "/api/v1/audit/export", raw=True)
    table = list(csv.DictReader(io.StringIO(body.decode())))
    is_true(status == 200 and [r["hash"] for r in table] == [r["hash"] for r in reversed(rows)], "export")
    is_true("audit.csv" in headers["Content-Disposition"], str(headers))
    code, out, err = cli("export", "--data", data)
    is_true(code == 0 and out == body.decode(), "the command line exports otherwise: %s" % err)
    code, out, _ = cli("list", "--data", data, "--json", "--limit", "100")
    is_true([r["hash"] for r in json.loads(out)["rows"]] == [r["hash"] for r in rows], "list")
    code, out, _ = cli("list", "--data", data, "--user", "ada", "--action", "job")
    is_true(code == 0 and out.count("\n") == 2 and "job.create" in out, out)
    code, out, _ = cli("verify", "--data", data, "--head", head)
    is_true(code == 0 and head in out, out)
    return head


class As:
    """The same server by somebody else: a session or a token of their own."""

    def __init__(self, cookie=None, token=None):
        self.headers = {"Origin": "http://127.0.0.1:%d" % s.port} if not token else {}
        if cookie:
            self.headers["Cookie"] = cookie
        if token:
            self.headers["Authorization"] = "Bearer " + token

    def __call__(self, method, path, body=None, **headers):
        c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=30)
        h = dict(self.headers)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body)
            h["Content-Type"] = "application/json"
        h.update({k.replace("_", "-"): v for k, v in headers.items()})
        c.request(method, path, body, {k: v for k, v in h.items() if v is not None})
        r = c.getresponse()
        data = r.read()
        c.close()
        self.cookie = (r.headers["Set-Cookie"] or "").split(";")[0]
        self.answer = r.headers
        return r.status, (json.loads(data) if data and "json" in r.headers.get("Content-Type", "") else data)


def join(role, name, password="correct horse battery"):
    status, link = s.post("/api/v1/invitations", {"role": role})
    is_true(status == 201 and "/#/join/" in link["url"], str(link))
    who = As()
    status, answer = who("POST", "/api/v1/join", {"invitation": link["url"].rsplit("/", 1)[-1], "name": name,
                                                  "password": password})
    is_true(status == 200 and answer["role"] == role, str(answer))
    return As(cookie=who.cookie), answer["id"]


def users():
    ada = s.get("/api/v1/me")["id"]
    status, link = s.post("/api/v1/invitations", {"role": "viewer", "expires_days": 1})
    secret = link["url"].rsplit("/", 1)[-1]
    listed = s.get("/api/v1/invitations")["invitations"]
    is_true(len(listed) == 1 and secret not in json.dumps(listed), str(listed))
    is_true(s.call("DELETE", "/api/v1/invitations/" + listed[0]["id"])[0] == 204, "take an invitation back")
    is_true(s.call("DELETE", "/api/v1/invitations/" + listed[0]["id"])[0] == 404, "twice")
    is_true(As()("POST", "/api/v1/join", {"invitation": secret, "name": "eve", "password": "0123456789"})[0] == 404,
            "an invitation that was taken back")
    for body in ({"role": "king"}, {"role": "viewer", "expires_days": 0}, {"role": "viewer", "days": 3}, {}):
        is_true(s.post("/api/v1/invitations", body)[0] == 400, str(body))
    bob, bob_id = join("scientist", "bob")
    vera, _ = join("viewer", "vera")
    for path in ("/api/v1/users", "/api/v1/audit", "/api/v1/audit/verify", "/api/v1/audit/export",
                 "/api/v1/invitations"):
        is_true(bob("GET", path)[0] == 403, path)
    is_true(bob("PATCH", "/api/v1/users/%d" % bob_id, {"role": "admin"})[0] == 403, "making oneself an administrator")
    is_true(vera("POST", "/api/v1/jobs", {"command": "drug list"})[0] == 403, "a viewer runs")

    # tokens: never more than the role, shown once, gone when deleted
    is_true(vera("POST", "/api/v1/tokens", {"name": "x", "scopes": ["read", "run"]})[0] == 400, "above the role")
    for body in ({"name": "x", "scopes": ["admin"]}, {"name": "x", "scopes": []}, {"name": "x", "scopes": ["read", "read"]},
                 {"name": "x", "scopes": ["read"], "expires_days": 4000}, {"name": "", "scopes": ["read"]}):
        is_true(bob("POST", "/api/v1/tokens", body)[0] == 400, str(body))
    status, made = bob("POST", "/api/v1/tokens", {"name": "notebook", "scopes": ["run", "read"], "expires_days": 30})
    is_true(status == 201 and made["expires_ms"], str(made))
    token = As(token=made["token"])
    is_true(token("GET", "/api/v1/me")[1]["name"] == "bob", "a token")
    is_true(token("POST", "/api/v1/tokens", {"name": "y", "scopes": ["read"]})[0] == 403, "a token makes tokens")
    is_true(token("POST", "/api/v1/password", {"old": "a", "new": "b"})[0] == 403, "a token changes a password")
    _, mine = bob("GET", "/api/v1/tokens")
    is_true(mine["tokens"][0]["scopes"] == ["read", "run"] and made["token"] not in json.dumps(mine), str(mine))
    is_true(vera("GET", "/api/v1/tokens?all=1")[1]["tokens"] == [], "somebody else's tokens")
    is_true(len(s.get("/api/v1/tokens?all=1")["tokens"]) == 1, "an administrator sees them")
    is_true(vera("DELETE", "/api/v1/tokens/%d" % made["id"])[0] == 404, "somebody else's token")
    _, reader = bob("POST", "/api/v1/tokens", {"name": "reader", "scopes": ["read"], "expires_days": None})
    is_true(reader["expires_ms"] is None, str(reader))
    is_true(As(token=reader["token"])("POST", "/api/v1/jobs", {"command": "drug list"})[0] == 403, "a scope")
    is_true(bob("DELETE", "/api/v1/tokens/%d" % reader["id"])[0] == 204, "delete")
    is_true(As(token=reader["token"])("GET", "/api/v1/me")[0] == 401, "a deleted token")

    # there is always an administrator; disabling ends everything at once
    for body in ({"role": "viewer"}, {"disabled": True}, {"role": "reviewer", "disabled": True}):
        status, answer = s.call("PATCH", "/api/v1/users/%d" % ada, json.dumps(body))
        is_true(status == 409 and answer["error"]["code"] == "last-admin", str(answer))
    for body in ({}, {"role": "x"}, {"disabled": 1}, {"name": "x"}):
        is_true(s.call("PATCH", "/api/v1/users/%d" % ada, json.dumps(body))[0] == 400, str(body))
    is_true(s.call("PATCH", "/api/v1/users/999", '{"role": "admin"}')[0] == 404, "nobody")
    status, row = s.call("PATCH", "/api/v1/users/%d" % bob_id, '{"role": "admin"}')
    is_true(status == 200 and row["role"] == "admin" and row["tokens"] == 1, str(row))
    is_true(bob("GET", "/api/v1/users")[0] == 200, "a role at once")
    is_true(bob("PATCH", "/api/v1/users/%d" % ada, {"role": "scientist"})[0] == 200, "now there are two")
    is_true(s.call("GET", "/api/v1/users")[0] == 403, "a smaller role at once")
    is_true(bob("PATCH", "/api/v1/users/%d" % ada, {"role": "admin"})[0] == 200, "back")
    is_true(s.call("PATCH", "/api/v1/users/%d" % bob_id, '{"role": "scientist", "disabled": true}')[0] == 200, "disable")
    is_true(bob("GET", "/api/v1/me")[0] == 401 and token("GET", "/api/v1/me")[0] == 401, "disabling ends all")
    is_true(As()("POST", "/api/v1/session", {"name": "bob", "password": "correct horse battery"})[0] == 401, "disabled")
    is_true(s.call("PATCH", "/api/v1/users/%d" % bob_id, '{"disabled": false}')[1]["tokens"] == 0, "enable")

    # a password: the old one is wanted, other sessions end
    def sign_in(password):
        who = As()
        return who("POST", "/api/v1/session", {"name": "bob", "password": password})[0], As(cookie=who.cookie)
    _, bob = sign_in("correct horse battery")
    _, other = sign_in("correct horse battery")
    is_true(bob("POST", "/api/v1/password", {"old": "wrong", "new": "another password"})[0] == 403, "the old one")
    is_true(bob("POST", "/api/v1/password", {"old": "correct horse battery", "new": "short"})[0] == 400, "too short")
    is_true(bob("POST", "/api/v1/password", {"old": "correct horse battery", "new": "another password"})[0] == 204, "")
    is_true(bob("GET", "/api/v1/me")[0] == 200 and other("GET", "/api/v1/me")[0] == 401, "other sessions")
    is_true(sign_in("correct horse battery")[0] == 401 and sign_in("another password")[0] == 200, "sign in")
    is_true(s.call("DELETE", "/api/v1/users/%d/sessions" % bob_id)[0] == 204, "sign out")
    is_true(bob("GET", "/api/v1/me")[0] == 401, "signed out")
    # a lost password: a link for that account only, once
    status, link = s.post("/api/v1/users/%d/reset" % bob_id)
    is_true(status == 201 and link["for"] == "bob", str(link))
    again = {"invitation": link["url"].rsplit("/", 1)[-1].split("?")[0], "name": "vera", "password": "yet another one"}
    is_true(As()("POST", "/api/v1/join", again)[0] == 400, "another account")
    is_true([i["for"] for i in s.get("/api/v1/invitations")["invitations"]] == ["bob"], "it can still be used")
    status, answer = As()("POST", "/api/v1/join", dict(again, name="Bob"))
    is_true(status == 200 and answer["id"] == bob_id and answer["role"] == "scientist", str(answer))
    is_true(As()("POST", "/api/v1/join", dict(again, name="bob"))[0] == 404, "twice")
    is_true(sign_in("another password")[0] == 401 and sign_in("yet another one")[0] == 200, "the new password")
    is_true(s.post("/api/v1/users/999/reset")[0] == 404, "nobody")
    actions = {r["action"] for r in s.get("/api/v1/audit?limit=500")["rows"]}
    is_true({"invitation.delete", "token.add", "token.delete", "user.role", "user.disable", "user.enable",
             "user.sign-out", "password.change", "password.invite", "password.reset"} <= actions, str(actions))
    return vera


def limits(vera):
    """Above a rate: 429 and when to come again, for whom it is meant and nobody else. Connections that are too many are closed."""
    listed = {x["name"]: x for x in s.get("/api/v1/limits")["limits"]}
    is_true(listed["jobs_per_user"]["value"] == 1000 and listed["jobs_per_user"]["unit"] == "jobs", str(listed))
    is_true(vera("GET", "/api/v1/limits")[0] == 403, "limits by a viewer")

    def change(**values):
        status, answer = s.call("PATCH", "/api/v1/limits", json.dumps(values))
        is_true(status == 200, str(answer))

    for body in ({"jobs_per_user": 0}, {"jobs_per_user": "7"}, {"jobs": 7}, {"jobs_per_user": 1.5},
                 {"jobs_per_user": 7, "connections": 1}):
        is_true(s.call("PATCH", "/api/v1/limits", json.dumps(body))[0] == 400, str(body))
    is_true(s.get("/api/v1/limits")["limits"][8]["value"] == 1000, "all or none")

    change(requests_per_user=1, burst_per_user=5)
    got = [vera("GET", "/api/v1/me")[0] for _ in range(9)]
    is_true(got[:4] == [200] * 4 and 429 in got[5:], str(got))
    status, answer = vera("GET", "/api/v1/me")
    is_true(status == 429 and int(vera.answer["Retry-After"]) >= 1 and answer["error"]["code"] == "too-many-requests", "")
    is_true(s.call("PATCH", "/api/v1/limits", json.dumps({k: listed[k]["default"] for k in (
        "requests_per_user", "burst_per_user")}))[0] == 200, "the others are not held up")

    change(sign_ins_per_name=2)
    wrong = {"name": "Vera", "password": "no, not this one"}
    got = [As()("POST", "/api/v1/session", wrong)[0] for _ in range(3)]
    is_true(got == [401, 401, 429], str(got))
    is_true(As()("POST", "/api/v1/session", dict(wrong, name="vera"))[0] == 429, "another case of the letters")
    change(sign_ins_per_name=10, sign_ins_per_address=1)
    got = [As()("POST", "/api/v1/join", {"invitation": "x", "name": "y%d" % k, "password": "0123456789"})[0] for k in range(3)]
    is_true(got[2] == 429, str(got))
    change(sign_ins_per_address=30, jobs_per_user=1)
    _, twin = s.post("/api/v1/jobs", {"command": "drug list", "priority": -100})
    status = [s.post("/api/v1/jobs", {"command": "drug list"})[0] for _ in range(6)]
    is_true(429 in status or s.get("/api/v1/jobs/%d" % twin["id"])["state"] == "done", str(status))
    change(jobs_per_user=1000, connections_per_address=12)
    held = [socket.create_connection(("127.0.0.1", s.port), timeout=10) for _ in range(30)]
    shut = 0
    for k in held:
        k.settimeout(0.05)
        try:
            shut += k.recv(1) == b""
        except TimeoutError:
            pass
        except ConnectionError:
            shut += 1
    is_true(shut >= 18, "%d of 30 connections were closed" % shut)
    for k in held:
        k.close()
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            change(connections_per_address=1000)
            break
        except ConnectionError:
            time.sleep(0.05)
    is_true(any(r["action"] == "limit.change" and r["object"] == "jobs_per_user" for r in s.get(
        "/api/v1/audit?limit=100")["rows"]), "changed limits are not in the audit")


def a18():
    name = os.path.join(s.folder, "a.csv")
    with open(name, "w") as f:
        f.write("a,b\n1,2\n")
    sha = s.upload(name)["sha256"]
    s.call("PATCH", "/api/v1/limits", json.dumps({"sign_ins_per_address": 6000, "requests_per_user": 100000, "burst_per_user": 100000,
                                                  "requests_per_address": 100000, "burst_per_address": 100000}))
    print("too large: %d refused; forged: %d refused; other files: %d requests, 0 hits" % (
        hostile.too_large(s), hostile.forged(s), hostile.walked(s, sha)))


def broken_audit(head):
    """With the server stopped, somebody changes the file."""
    path = os.path.join(data, "loligo.sqlite")
    db = sqlite3.connect(path, isolation_level=None)
    triggers = [x[0] for x in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    try:
        db.execute("DELETE FROM audit WHERE id = 1")
        is_true(False, "a row can be deleted")
    except sqlite3.DatabaseError:
        pass
    kept = [db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (t,)).fetchone()[0] for t in triggers]
    for t in triggers:
        db.execute("DROP TRIGGER " + t)
    last = db.execute("SELECT max(id) FROM audit").fetchone()[0]
    db.execute("DELETE FROM audit WHERE id = ?", (last,))
    for sql in kept:
        db.execute(sql)
    db.close()
    code, out, _ = cli("verify", "--data", data, "--json")
    check = json.loads(out)
    is_true(code == 1 and not check["intact"] and check["first_bad"] == last, out)
    code, out, err = cli("verify", "--data", os.path.join(s.folder, "nothing"))
    is_true(code == 3 and err.count("\n") == 1 and not os.path.exists(os.path.join(s.folder, "nothing")), err)
    is_true(cli("verify", "--data", data, "--head", "7:xyz")[0] == 2, "a bad head")
    is_true(cli("verify")[0] == 2, "no folder")


try:
    s.start()
    head = audit()
    vera = users()
    limits(vera)
    a18()
    s.stop()
    broken_audit(head)
    print("ok")
finally:
    s.remove()

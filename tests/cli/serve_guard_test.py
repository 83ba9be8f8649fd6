"""Who may do what, what is refused, and the audit: over the API and the command line of a real server."""
import csv
import io
import json
import os
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
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
    s.stop()
    broken_audit(head)
    print("ok")
finally:
    s.remove()

"""A18: what a hostile page or program may try against a server; each function ends the test where something gives way."""
import http.client
import json
import os
import secrets
import socket

EVIL = "http://evil.example"

# Ways to say "one folder up", "from the root" and "end of the name", as parsers have been fooled by them.
UP = ["../", "..\\", "%2e%2e/", "%2e%2e%2f", "..%2f", "%252e%252e%252f", "..%252f", "%c0%ae%c0%ae/", "%c0%ae%c0%ae%c0%af",
      "..%c0%af", "%e0%80%ae%e0%80%ae/", "..%5c", "%2e%2e%5c", "..%255c", "....//", "..;/", ".%00./", "..%00/", "%uff0e%uff0e/",
      "..%ef%bc%8f", ".%2e/", "%2e./", "//", "/./../"]
TARGETS = ["etc/passwd", "canary", "data/loligo.sqlite", "loligo.sqlite", "serve.lock"]


def fail(words):
    raise SystemExit("FAIL: " + words)


def raw(s, request, limit=1 << 20):
    """An answer to bytes as they are; b"" where the server closes at once."""
    with socket.create_connection(("127.0.0.1", s.port), timeout=20) as k:
        try:
            k.sendall(request)
            out = b""
            while len(out) < limit:
                got = k.recv(65536)
                if not got:
                    break
                out += got
        except ConnectionError:
            out = b""
    return out


def get(s, path, more=""):
    head = "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\nCookie: %s\r\n%s\r\n" % (
        path, s.port, s.cookie, more)
    return raw(s, head.encode("latin-1"))


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


def forged(s):
    """Every route that changes something refuses what another site's page can send; GET changes nothing."""
    own = "http://127.0.0.1:%d" % s.port
    probes = [{"Origin": EVIL}, {"Origin": "null"}, {}, {"Origin": own, "Sec-Fetch-Site": "cross-site"},
              {"Origin": own + ".evil.example"}, {"Referer": own + "/"}, {"Origin": own.replace("http", "https")}]
    forms = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    n = 0
    newest = s.get("/api/v1/audit?limit=1")["rows"][0]["id"]
    for route in s.get("/api/v1")["routes"]:
        path = route["path"].replace("{id}", "1").replace("{k}", "1")
        if "{" in path:
            path = path.split("{")[0] + "1"
        if route["method"] == "GET":
            continue
        get(s, path + "?_method=" + route["method"], "X-HTTP-Method-Override: %s\r\n" % route["method"])
        for headers in probes:
            for kind in ["application/json"] + (forms[:1] if headers == probes[0] else []):
                c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=20)
                c.request(route["method"], path, b"{}", dict(headers, Cookie=s.cookie, **{"Content-Type": kind}))
                answer = c.getresponse()
                if answer.status != 403:
                    fail("%s %s with %s: %d" % (route["method"], path, headers, answer.status))
                c.close()
                n += 1
    if s.get("/api/v1/audit?limit=1")["rows"][0]["id"] != newest:
        fail("a GET, or a request from elsewhere, has changed something")
    for kind in forms:  # from our own page, but as a form sends it
        for path, body in (("/api/v1/jobs", b'{"command": "models"}'), ("/api/v1/run", b'{"command": "models"}'),
                           ("/api/v1/invitations", b'{"role": "admin"}'), ("/api/v1/tokens", b"name=x&scopes=admin")):
            if s.call("POST", path, body, kind)[0] != 415:
                fail("%s as %s was taken" % (path, kind))
            n += 1
    for host in ("evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:%d" % s.port, ""):
        answer = raw(s, ("GET /api/v1/me HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nCookie: %s\r\n\r\n" % (
            host, s.cookie)).encode())
        if status_of(answer) not in (400, 403):
            fail("Host: %s was believed: %r" % (host, answer[:100]))
        n += 1
    for method in ("TRACE", "CONNECT", "OPTIONS", "FOO"):
        answer = raw(s, ("%s /api/v1/me HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % (
            method, s.port)).encode())
        if status_of(answer) < 400 or b"Access-Control-Allow" in answer:
            fail("%s: %r" % (method, answer[:100]))
        n += 1
    return n


def names():
    """Names and paths that lead elsewhere where somebody believes them."""
    out = []
    for up in UP:
        for depth in (1, 3, 8):
            out += [up * depth + t for t in TARGETS]
    out += ["/" + t for t in TARGETS] + ["%2f" + t for t in TARGETS] + ["/etc/passwd%00.csv", "C:\\boot.ini", "\\\\host\\share",
                                                                        "file:///etc/passwd", "~root/.profile", ".", "..",
                                                                        "con", "nul", "-rf", "$(id)", "`id`", "|id", "a/../../b"]
    return out


def walked(s, upload_sha):
    """Nothing outside the server's own files comes out, and nothing is written outside its folder."""
    canary = secrets.token_hex(16)
    with open(os.path.join(s.folder, "canary"), "w") as f:
        f.write(canary)
    before = sorted(x for x in os.listdir(s.folder) if x != "server.log")
    marks = [canary.encode(), b"root:x:0:", b"SQLite format 3"]
    hits = n = 0

    def look(answer, what):
        nonlocal hits, n
        n += 1
        if status_of(answer) >= 500:
            fail("%r: %r" % (what, answer[:200]))
        if any(m in answer for m in marks):
            hits += 1
            print("HIT: %r" % what)

    _, job = s.post("/api/v1/jobs", {"command": "models"})
    s.wait(job["id"])
    for k, name in enumerate(names()):
        safe = name.replace(" ", "%20")
        look(get(s, "/" + safe), "page " + name)
        look(get(s, "/api/v1/jobs/%d/file?name=%s" % (job["id"], safe)), "file " + name)
        if k % 3 == 0:
            look(get(s, "/assets/" + safe), "assets " + name)
            look(get(s, "/api/v1/jobs/" + safe), "job " + name)
            look(get(s, "/api/v1/uploads/" + safe + "/file"), "upload " + name)
            look(get(s, "/api/v1/studies/" + safe + "/export"), "study " + name)
    if hits:
        fail("%d of %d requests read what is not theirs" % (hits, n))
    for k, name in enumerate(names()):
        if k % 6 == 0:  # names of uploads: kept as words, never as paths
            status, _, body = s.call("POST", "/api/v1/uploads?name=" + name.replace(" ", "%20").replace("|", "%7C").replace(
                "`", "%60").replace("\\", "%5C"), b"a\n1\n", "application/octet-stream", raw=True)
            if status not in (201, 400):
                fail("an upload named %r: %d %r" % (name, status, body[:200]))
            n += 1
            if status == 201:
                u = json.loads(body)
                _, headers, _ = s.call("GET", "/api/v1/uploads/%d/file" % u["id"], raw=True)
                shown = headers["Content-Disposition"]
                if any(c in shown[21:] for c in "/\\\r\n") or '"' in shown[22:-1]:
                    fail("the name %r is given back as %r" % (name, shown))
                s.call("DELETE", "/api/v1/uploads/%d" % u["id"])
        plain = name.replace("%2e", ".").replace("%2f", "/").replace("%5c", "\\").replace("%00", "\0")
        if k % 4 == 0 and any(c in plain for c in "/\\\0") or plain in (".", ".."):
            for body in ({"command": "info", "arguments": [plain]},
                         {"command": "info", "arguments": ["a"], "inputs": {plain: upload_sha}},
                         {"command": "drug pk", "arguments": ["carbamazepine"], "options": {"dose-mg": 1, "output": plain}}):
                status, answer = s.post("/api/v1/jobs", body)
                if status != 400:
                    fail("a job with the name %r: %s %s" % (plain, status, answer))
                n += 1
    after = sorted(x for x in os.listdir(s.folder) if x != "server.log")
    if after != before:
        fail("written outside the server's folder: %s" % (set(after) - set(before)))
    return n


def too_large(s):
    """Refused by what the headers say, before a byte of the body is taken; and by what comes, where they say nothing."""
    own = "Host: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\nCookie: %s\r\nConnection: close\r\n" % (
        s.port, s.port, s.cookie)
    for path, size in (("/api/v1/uploads?name=x", 600 << 20), ("/api/v1/uploads?name=x", 1 << 62), ("/api/v1/jobs", 2 << 20)):
        answer = raw(s, ("POST %s HTTP/1.1\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (
            path, own, size)).encode())
        if status_of(answer) != 413:
            fail("%d bytes to %s: %r" % (size, path, answer[:100]))
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    answer = raw(s, ("POST /api/v1/jobs HTTP/1.1\r\n%sContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                     % own).encode() + chunk * 20 + b"0\r\n\r\n")
    if status_of(answer) != 413:
        fail("a body in chunks: %r" % answer[:100])
    for size in ("-1", "abc", "99999999999999999999999999"):
        answer = raw(s, ("POST /api/v1/jobs HTTP/1.1\r\n%sContent-Length: %s\r\n\r\n" % (own, size)).encode())
        if status_of(answer) not in (0, 400, 413):
            fail("Content-Length: %s: %r" % (size, answer[:100]))
    for request in ("GET /%s HTTP/1.1\r\n%s\r\n" % ("a" * 100000, own), "GET / HTTP/1.1\r\nX: %s\r\n%s\r\n" % ("a" * 100000, own),
                    "GET / HTTP/1.1\r\n%s%s\r\n" % ("".join("X%d: %s\r\n" % (k, "a" * 60) for k in range(2000)), own),
                    "GET /%s HTTP/1.1\r\n%s\r\n" % ("a/" * 2000, own)):
        if status_of(raw(s, request.encode())) not in (0, 404, 413, 414, 431):
            fail("a large head: %r" % request[:40])
    return 11

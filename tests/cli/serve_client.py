"""A server of its own for a test or a measurement, and a small client of its API. Standard library only."""
import http.client
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time


class Server:
    """`loligo serve` in a folder of its own; made anew by start() after kill()."""

    def __init__(self, program, options=(), folder=None, largest_file=None):
        self.program = os.path.abspath(program)
        # a busy disk makes every commit slow: tests that do not measure the disk keep away from it
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) and "LOLIGO_TEST_DISK" not in os.environ else None
        self.folder = folder or tempfile.mkdtemp(prefix="lg_serve_", dir=base)
        self.options = list(options)
        self.largest_file = largest_file  # bytes: a disk that is full for larger ones
        self.cookie = None
        self.port = 0
        self.process = None

    def start(self):
        """Seconds from the start to the first answer."""
        began = time.monotonic()
        self.log = open(os.path.join(self.folder, "server.log"), "ab")
        self.process = subprocess.Popen(
            [self.program, "serve", "--data", os.path.relpath(os.path.join(self.folder, "data")), "--port", str(self.port)]
            + self.options, preexec_fn=self.limit, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline().decode()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if not found:
            raise SystemExit("the server did not start: " + line + open(self.log.name).read())
        self.port = int(found.group(1))
        if self.cookie is None:
            self.process.stdout.readline()
            secret = self.process.stdout.readline().decode().strip().rsplit("/", 1)[-1]
            self.join(secret)
        self.get("/healthz")
        return time.monotonic() - began

    def limit(self):
        if self.largest_file:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.largest_file, self.largest_file))

    def join(self, secret):
        answer, headers, _ = self.call("POST", "/api/v1/join", json.dumps(
            {"invitation": secret, "name": "ada", "password": "correct horse battery"}), raw=True)
        assert answer == 200, answer
        self.cookie = headers["Set-Cookie"].split(";")[0]

    def call(self, method, path, body=None, kind="application/json", raw=False, timeout=60, more=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {"Origin": "http://127.0.0.1:%d" % self.port}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if body is not None:
            headers["Content-Type"] = kind
        headers.update(more or {})
        c.request(method, path, body, headers)
        r = c.getresponse()
        data = r.read()
        c.close()
        if raw:
            return r.status, r.headers, data
        return r.status, (json.loads(data) if data and "json" in r.headers.get("Content-Type", "") else data)

    def get(self, path):
        status, answer = self.call("GET", path)
        assert status == 200, (path, status, answer)
        return answer

    def post(self, path, body=None):
        return self.call("POST", path, json.dumps(body if body is not None else {}))

    def upload(self, path, name=None):
        with open(path, "rb") as f:
            status, answer = self.call("POST", "/api/v1/uploads?name=" + (name or os.path.basename(path)), f.read(),
                                       "application/octet-stream")
        assert status == 201, (status, answer)
        return answer

    def wait(self, job, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            row = self.get("/api/v1/jobs/%d" % job)
            if row["state"] in ("done", "failed", "cancelled"):
                return row
            time.sleep(0.05)
        raise SystemExit("job %d has not ended after %g s: %s" % (job, seconds, row))

    def workers(self):
        """Process ids of the server's workers."""
        if not self.process:
            return []
        try:
            with open("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)) as f:
                ids = f.read().split()
            for t in os.listdir("/proc/%d/task" % self.process.pid):
                with open("/proc/%d/task/%s/children" % (self.process.pid, t)) as f:
                    ids += f.read().split()
            return sorted(set(map(int, ids)))
        except OSError:
            return []

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(30)
            assert code == 0, "the server ended with code %d\n%s" % (code, open(self.log.name).read())

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

"""usage: run_tutorials.py LOLIGO [--long] [PAGE.md…]: run the commands of docs/tutorials as a reader would, and compare.

Each page is one shell in a folder of its own, with data/ and examples/ of the sources. Every block marked ```sh is run; when
a ```text block follows, its lines must be found in what was printed, in order, with … for anything. Blocks marked
```sh long cost more than a test may: they run with --long, and without it what they make is not there. A block that may
end with another exit code says so in its own words (|| echo …)."""
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARK = "@@block"


class Block:
    def __init__(self, line, words, text):
        self.line, self.long, self.text, self.expected = line, "long" in words, text, []


def blocks(page):
    """Blocks of commands with the output that the page says they print."""
    found, fence, body, start = [], None, [], 0
    previous = None  # the block of commands right before this line
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if fence is None and line.startswith("```"):
            fence, body, start = line[3:].split(), [], number
        elif fence is not None and line.startswith("```"):
            if fence[:1] == ["sh"]:
                previous = Block(start, fence[1:], "\n".join(body))
                found.append(previous)
            elif fence[:1] == ["text"] and previous:
                previous.expected, previous = body, None
            fence = None
        elif fence is not None:
            body.append(line)
        elif line.strip():
            previous = None if line.startswith("#") else previous
    return found


def squeeze(line):
    return " ".join(line.split())


def missing(expected, printed):
    """The first line that was not printed, None when all were."""
    rest = iter([squeeze(p) for p in printed])
    for line in expected:
        if squeeze(line) in ("", "…"):
            continue
        pattern = re.compile(".*".join(map(re.escape, re.split("…", squeeze(line)))))
        if not any(pattern.fullmatch(p) for p in rest):
            return line
    return None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def run_page(page, loligo, long_too):
    """Faults of a page, as sentences."""
    chosen = [b for b in blocks(page) if long_too or not b.long]
    script = "set -eu\n" + "".join(f"echo '{MARK} {b.line}'\n{b.text}\n" for b in chosen) + f"echo '{MARK} 0'\n"
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name in ("data", "examples"):
            (folder / name).symlink_to(ROOT / name)
        (folder / "bin").mkdir()
        (folder / "bin/loligo").symlink_to(Path(loligo).resolve())
        env = {k: v for k, v in os.environ.items() if not k.startswith("LOLIGO_")}
        env.update(PATH=f"{folder}/bin:{env['PATH']}", LOLIGO_PORT=str(free_port()), XDG_CONFIG_HOME=str(folder / "none"), LC_ALL="C.UTF-8")
        # a group of its own: a server that a page starts must not outlive it
        shell = subprocess.Popen(["sh", "-c", script], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, start_new_session=True)
        try:
            out = shell.communicate(timeout=600 if long_too else 120)[0].decode("utf-8", "replace")
        finally:
            try:
                os.killpg(shell.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
    printed, line = {}, 0
    for text in out.splitlines():
        if text.startswith(MARK):
            line = int(text.split()[1])
            printed[line] = []
        else:
            printed.setdefault(line, []).append(text)
    faults = []
    if shell.returncode != 0:
        last = max(printed)
        faults.append(f"{page.name}:{last}: ended with {shell.returncode}:\n    " + "\n    ".join(printed[last][-6:]))
    for block in chosen:
        if block.line not in printed:
            faults.append(f"{page.name}:{block.line}: was not reached")
            break
        line = missing(block.expected, printed[block.line])
        if line is not None:
            faults.append(f"{page.name}:{block.line}: does not print '{line}' but\n    " + "\n    ".join(printed[block.line]))
    return faults, len(chosen)


def main(arguments):
    long_too = "--long" in arguments
    names = [a for a in arguments if a != "--long"]
    pages = [Path(n) for n in names[1:]] or sorted((ROOT / "docs/tutorials").glob("*.md"))
    faults, n = [], 0
    for page in pages:
        if "curl " in page.read_text() and not shutil.which("curl"):
            print(f"{page.name}: SKIPPED, curl is not installed", file=sys.stderr)
            continue
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        found, k = run_page(page, names[0], long_too)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{page.name}: {k} blocks, {cpu:.1f} s of CPU, {len(found)} faults")
        faults += found
        n += k
    for fault in faults:
        print("tutorials: " + fault, file=sys.stderr)
    return 1 if faults or n == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

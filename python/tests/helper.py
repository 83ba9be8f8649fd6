"""Where things lie, and how the tests run the program."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))
RECORDING = ROOT / "data" / "recordings" / "171116sh_0018.abf"
PROGRAM = os.environ.get("LOLIGO_PROGRAM", str(ROOT / "build" / "loligo"))
SHARED = os.environ.get("LOLIGO_SHARED", "")
# Under a sanitizer everything takes longer.
SLOW = bool(os.environ.get("LOLIGO_TEST_SANITIZED"))


def program(*arguments, **more):
    """Run the loligo program; its standard output."""
    # A preloaded sanitizer is the interpreter's: the program has its own.
    environment = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=300, env=environment, **more
    )
    if done.returncode not in (0, 1):
        raise AssertionError(f"{' '.join(done.args)}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def program_json(*arguments):
    """Run it with --json; the object."""
    return json.loads(program(*arguments, "--json"))


class Case(unittest.TestCase):
    """unittest with longer words."""

    maxDiff = 2000

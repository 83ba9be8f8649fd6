#!/usr/bin/python3
"""Run all tests of the Python package: usage: run.py [NAME…]. Exit code 77: skipped, NumPy is not there."""

import os
import pathlib
import sys
import unittest

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
try:
    import numpy  # noqa: F401
except ImportError:
    print("SKIPPED: python3-numpy is not installed; the Python package is not tested", file=sys.stderr)
    sys.exit(77)

if __name__ == "__main__":
    os.chdir(here)
    loader = unittest.TestLoader()
    names = sys.argv[1:]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(here), "test_*.py")
    result = unittest.TextTestRunner(verbosity=1 if names else 0).run(suite)
    for case, why in result.skipped:
        print(f"SKIPPED {case}: {why}", file=sys.stderr)
    sys.exit(0 if result.wasSuccessful() and suite.countTestCases() >= 0 and result.testsRun > 0 else 1)

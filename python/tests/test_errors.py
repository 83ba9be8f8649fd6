"""Every failure is an exception with the library's own line."""

import os
import pickle
import subprocess
import sys
import tempfile

import helper

import loligo


class Errors(helper.Case):
    def test_the_librarys_line(self):
        with self.assertRaises(loligo.LoligoError) as caught:
            loligo.Neuron("izhikevich")["C"] = -1
        error = caught.exception
        self.assertEqual((error.code, error.name), (loligo.Status.RANGE, "LG_ERR_RANGE"))
        self.assertIn("-1", error.message)
        self.assertEqual(str(error), f"LG_ERR_RANGE: {error.message}")
        self.assertRegex(error.where, r"\w+\.c:\d+$")
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((again.code, again.message), (error.code, error.message))

    def test_names_that_are_not_there(self):
        with self.assertRaises(loligo.LoligoError) as caught:
            loligo.Neuron("izhikevitch")
        self.assertEqual(caught.exception.code, loligo.Status.NOT_FOUND)
        with self.assertRaises(KeyError):
            loligo.Neuron("izhikevich")["gNa"]
        with self.assertRaises(loligo.LoligoError) as caught:
            loligo.simulate(loligo.Neuron("hh52"), loligo.Protocol(10, 1), solver="magic")
        self.assertIn("rk4", caught.exception.message)

    def test_files(self):
        with self.assertRaises(loligo.LoligoError) as caught:
            loligo.read("/nowhere/at/all.abf")
        self.assertEqual(caught.exception.code, loligo.Status.IO)
        with tempfile.NamedTemporaryFile(suffix=".abf") as file:
            file.write(b"ABF2" + bytes(200))
            file.flush()
            with self.assertRaises(loligo.LoligoError) as caught:
                loligo.read(file.name)
        self.assertEqual(caught.exception.code, loligo.Status.FORMAT)

    def test_an_exception_in_progress_comes_out(self):
        class Enough(Exception):
            pass

        def progress(what, done, total):
            raise Enough(what)

        ctx = loligo.Context(progress=progress)
        ctx._progress(None, b"sweeps", 1, 2)  # as C calls it
        self.assertIsInstance(ctx._raised, Enough)

    def test_a_library_that_is_not_one(self):
        for library, words in (("/nowhere/libloligo.so", "LIBLOLIGO"), ("libc.so.6", "lg_version")):
            done = subprocess.run(
                [sys.executable, "-c", "import loligo"],
                env={**os.environ, "LIBLOLIGO": library, "PYTHONPATH": str(helper.ROOT / "python")},
                capture_output=True,
                text=True,
            )
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("ImportError", done.stderr)
            self.assertIn(words, done.stderr)

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

    def test_progress_and_an_exception_in_it(self):
        class Enough(Exception):
            pass

        seen = []

        def progress(what, done, total):
            seen.append((what, done, total))
            if len(seen) == 3:
                raise Enough(what)

        case = helper.ROOT / "examples" / "calcium" / "wave.json"
        ctx = loligo.Context(progress=progress)
        with self.assertRaises(Enough):
            loligo.calcium.simulate(case, max_dx_um=1.0, dt_s=2e-5, ctx=ctx)
        self.assertEqual(len(seen), 3)  # it stopped there
        self.assertEqual(seen[0][0], "calcium")
        self.assertLess(seen[1][1], seen[2][1])
        ctx.set_progress(None)
        self.assertGreater(loligo.calcium.simulate(case, max_dx_um=1.0, dt_s=2e-5, ctx=ctx).data["n_steps"], 0)

    def test_a_callback_cannot_use_its_own_context(self):
        wrong = []

        def progress(what, done, total):
            try:
                loligo.simulate(loligo.Neuron("hh52"), loligo.Protocol(1, 1), ctx=ctx)
            except RuntimeError as error:
                wrong.append(str(error))

        ctx = loligo.Context(progress=progress)
        loligo.calcium.simulate(helper.ROOT / "examples" / "calcium" / "wave.json", max_dx_um=1.0, dt_s=5e-5, ctx=ctx)
        self.assertGreater(len(wrong), 0)
        self.assertIn("Context of its own", wrong[0])

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

"""No copies: the addresses are the library's; and memory lives as long as somebody looks at it."""

import ctypes
import gc
import os
import tempfile
import weakref

import helper
import numpy as np

import loligo
from loligo import _structs, batch


def address(array):
    return array.__array_interface__["data"][0]


class Memory(helper.Case):
    def run_it(self, **more):
        neuron = loligo.Neuron("hh52")
        return loligo.simulate(neuron, loligo.Protocol(50, 0.05).add_const(5, 45, 10), **more)

    def test_traces_are_the_librarys_memory(self):
        sim = self.run_it()
        c = _structs.lg_simulation.from_address(sim._handle.pointer)
        self.assertEqual(address(sim.states), ctypes.addressof(c.states.contents))
        self.assertEqual(address(sim.v_mV), address(sim.states))
        self.assertEqual(address(sim.spikes_ms), ctypes.addressof(c.spikes_ms.contents))
        self.assertEqual(sim.v_mV[17], c.states[17])
        self.assertFalse(sim.v_mV.flags.owndata)
        with self.assertRaises(ValueError):
            sim.v_mV[0] = 1.0

    def test_a_slice_keeps_the_run_alive(self):
        sim = self.run_it()
        gone = weakref.ref(sim._handle)
        tail, before = sim.v_mV[-5:], sim.v_mV[-5:].copy()
        del sim
        gc.collect()
        self.assertIsNotNone(gone())
        for _ in range(20):
            self.run_it()  # freed memory would be taken again
        self.assertTrue(np.array_equal(tail, before))
        del tail
        gc.collect()
        self.assertIsNone(gone())

    def test_memory_comes_back(self):
        def resident_kB():
            with open("/proc/self/status") as status:
                return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

        protocol, neuron = loligo.Protocol(20000, 0.05), loligo.Neuron("izhikevich")
        loligo.simulate(neuron, protocol, solver="euler", all_states=True)
        before = resident_kB()
        for _ in range(12):  # 6.4 MB each
            loligo.simulate(neuron, protocol, solver="euler", all_states=True)
        if not helper.SLOW:  # AddressSanitizer holds freed memory back
            self.assertLess(resident_kB() - before, 20000)

    def test_recording_is_a_view(self):
        rec = loligo.read(helper.RECORDING)
        c = _structs.lg_recording.from_address(rec._handle.pointer)
        self.assertEqual(len(rec), c.n_sweeps)
        for k, sweep in enumerate(rec):
            self.assertEqual(address(sweep.v_mV), ctypes.addressof(c.sweeps[k].v_mV.contents))
            self.assertEqual(address(sweep.i_pA), ctypes.addressof(c.sweeps[k].i_pA.contents))
        v, mean = rec[0].v_mV, float(rec[0].v_mV.mean())
        del rec, sweep
        gc.collect()
        self.assertEqual(float(v.mean()), mean)

    def test_every_format_is_read_as_views(self):
        source = helper.ROOT / "tests" / "data" / "abf" / "holding.abf"
        abf = loligo.read(source)
        with tempfile.TemporaryDirectory() as folder:
            for ending, kind in (("nwb", "NWB"), ("csv", "CSV")):
                file = os.path.join(folder, "same." + ending)
                helper.program("convert", source, file, "--quiet")
                rec = loligo.read(file)
                self.assertTrue(rec.format.startswith(kind), rec.format)
                self.assertEqual(len(rec), len(abf))
                c = _structs.lg_recording.from_address(rec._handle.pointer)
                for k, sweep in enumerate(rec):
                    self.assertEqual(address(sweep.v_mV), ctypes.addressof(c.sweeps[k].v_mV.contents))
                    self.assertTrue(np.allclose(sweep.v_mV, abf[k].v_mV, rtol=0, atol=1e-9), ending)
                    self.assertTrue(np.allclose(sweep.i_pA, abf[k].i_pA, rtol=0, atol=1e-9), ending)
                    self.assertEqual(sweep.step, abf[k].step)

    def test_inputs_are_read_where_they_lie(self):
        wave = np.full(2000, 10.0)
        neurons = batch.Population(loligo.Neuron("izhikevich"), 3)
        out = np.zeros((3, 2001))
        got = batch.run(neurons, wave, 0.1, sample_every=1, out=out)
        self.assertIs(got.v_mV, out)
        self.assertNotEqual(out[0, -1], 0.0)

    def test_inputs_that_would_need_a_copy_are_refused(self):
        neurons = batch.Population(loligo.Neuron("izhikevich"), 1)
        for bad, words in (
            (np.zeros(100, np.float32), "float32"),
            (np.zeros(200)[::2], "not C-contiguous"),
            (np.zeros(100, ">f8"), ">f8"),
        ):
            with self.assertRaisesRegex(TypeError, words):
                batch.run(neurons, bad, 0.1)
        with self.assertRaisesRegex(ValueError, r"scale: shape \(2,\); \(1,\) is wanted"):
            batch.run(neurons, np.zeros(100), 0.1, scale=np.zeros(2))
        self.assertEqual(batch.run(neurons, [0.0] * 100, 0.1).n_spikes[0], 0)

    def test_parameters_are_writable_views(self):
        neuron = loligo.Neuron("izhikevich")
        neuron.values[neuron.names.index("C")] = 123.0
        self.assertEqual(neuron["C"], 123.0)
        values = neuron.values
        other = neuron.copy()
        other["C"] = 50
        del neuron
        gc.collect()
        self.assertEqual(values[other.names.index("C")], 123.0)
        many = batch.Population(other, 4)
        many.parameters("C")[:] = [10, 20, 30, 40]
        self.assertEqual([many[k]["C"] for k in range(4)], [10, 20, 30, 40])

    def test_made_recording_is_a_copy_of_its_own(self):
        v = np.full((2, 4000), -70.0) + np.sin(np.arange(4000) / 50)
        i = np.zeros((2, 4000))
        i[1, 1000:3000] = 50
        rec = loligo.recording.from_arrays(v, i, 0.1)
        v[:] = 0
        self.assertAlmostEqual(float(rec[0].v_mV[0]), -70.0)
        self.assertEqual(rec[1].step, (1000, 3000))
        self.assertEqual(rec[1].step_pA, 50.0)
        self.assertEqual(rec[0].current_origin, "command")

"""Point neurons, protocols, features: what the program says, bit by bit."""

import csv
import json
import os
import tempfile

import helper
import numpy as np

import loligo
from loligo import batch, features, identify, protocol


def read_csv(path):
    """Columns of a trace as the program wrote them."""
    with open(path) as file:
        rows = list(csv.reader(line for line in file if not line.startswith("#")))
    return {name: np.array([float(row[k]) for row in rows[1:]]) for k, name in enumerate(rows[0])}


class Neurons(helper.Case):
    def test_equals_the_program_bit_by_bit(self):
        parameters = {"C": 100, "k": 0.7, "vr": -60, "vt": -40, "a": 0.03, "b": -2, "c": -50, "d": 100, "vpeak": 35}
        segments = [
            {"type": "const", "t0_ms": 50, "t1_ms": 250, "amp_pA": 120.5},
            {"type": "ramp", "t0_ms": 260, "t1_ms": 400, "from_pA": 0, "to_pA": 300},
        ]
        stimulus = loligo.Protocol(450, 0.1).add_const(50, 250, 120.5).add_ramp(260, 400, 0, 300)
        with tempfile.TemporaryDirectory() as folder:
            model, plan, trace, spikes = (os.path.join(folder, n) for n in ("m.json", "p.json", "t.csv", "s.csv"))
            with open(plan, "w") as file:
                json.dump({"duration_ms": 450, "sample_ms": 0.1, "segments": segments}, file)
            for name, values in (("izhikevich", parameters), ("hh52", {}), ("tm", {})):
                with open(model, "w") as file:
                    json.dump({"model": name, "parameters": values}, file)
                helper.program("neuron", "simulate", model, "--protocol", plan, "-o", trace, "--spikes", spikes)
                self.assertEqual(loligo.Neuron.load(model), loligo.Neuron(name, **values))
                same = loligo.Protocol.load(plan)
                self.assertTrue(np.array_equal(same.waveform(), stimulus.waveform()))
                sim = loligo.simulate(loligo.Neuron(name, **values), stimulus)
                said = read_csv(trace)
                self.assertTrue(np.array_equal(said["v_mV"], sim.v_mV), name)
                self.assertTrue(np.array_equal(said["t_ms"], sim.t_ms), name)
                self.assertTrue(np.array_equal(read_csv(spikes)["t_ms"], sim.spikes_ms), name)
                if name != "tm":
                    self.assertGreater(len(sim.spikes_ms), 0)

    def test_features_equal_the_program(self):
        said = helper.program_json("features", helper.RECORDING)
        got = features.measure(loligo.read(helper.RECORDING))
        cell = {k: v for k, v in said["cell"].items() if isinstance(v, (int, float))}
        self.assertGreater(len(cell), 20)
        for name, value in cell.items():
            self.assertEqual(got.cell[name], value, name)
        undefined = [name for name, value in got.cell.items() if np.isnan(value)]
        for name in undefined:
            self.assertNotEqual(got.why(name), "", name)
        self.assertIn("<table>", got._repr_html_())

    def test_spikes_of_a_trace(self):
        sim = loligo.simulate(loligo.Neuron("hh52"), loligo.Protocol(100, 0.025).add_const(10, 90, 10))
        spikes = features.find_spikes(np.ascontiguousarray(sim.v_mV), 0.025)
        self.assertEqual(len(spikes), len(sim.spikes_ms))
        self.assertTrue(np.allclose(spikes["t_cross_ms"], sim.spikes_ms, atol=0.01))

    def test_batch_equals_single_runs(self):
        many = batch.Population(loligo.Neuron("izhikevich"), 5)
        many.parameters("C")[:] = [80, 90, 100, 110, 120]
        wave = np.zeros(4000)
        wave[400:] = 120
        got = batch.run(many, wave, 0.1, max_spikes=100)
        stimulus = loligo.Protocol(400, 0.1).add_const(40, 400, 120)
        for k in range(5):
            sim = loligo.simulate(many[k], stimulus, dt_ms=0.1)
            self.assertEqual(got.n_spikes[k], len(sim.spikes_ms))
            row = got.spikes_ms[k]
            self.assertTrue(np.allclose(row[~np.isnan(row)], sim.spikes_ms, atol=1e-3))

    def test_reads_of_a_neuron(self):
        neuron = loligo.Neuron("izhikevich", C=100)
        self.assertAlmostEqual(neuron.rest(), neuron["vr"], places=6)
        self.assertGreater(neuron.derive()["rheobase_pA"], 0)
        self.assertGreater(neuron.rheobase(), 0)
        self.assertEqual(neuron, neuron.copy())
        import pickle

        self.assertEqual(pickle.loads(pickle.dumps(neuron)), neuron)
        self.assertIn("C=100", repr(neuron))
        self.assertIn("membrane", neuron._repr_html_().lower())
        self.assertGreaterEqual(len(loligo.neuron.models()), 3)
        simple = loligo.Neuron.from_izhikevich_2003(0.02, 0.2, -65, 8)
        self.assertEqual(simple["C"], 1)

    def test_protocols(self):
        p = protocol.step(100)
        self.assertEqual((p.duration_ms, p.current(300), p.current(10)), (600, 100, 0))
        p = loligo.Protocol(100, 1).add_hold(10, [1.0, 2.0, 3.0], 5)
        self.assertEqual([p.current(t) for t in (9, 10, 15, 20, 26)], [0, 1, 2, 3, 0])
        p.add_train(50, 100, 7, 100, 2).add_sine(0, 5, 1, 100).add_chirp(0, 5, 1, 1, 2)
        p.add_synaptic("AMPA", [1.0, 2.0]).add_poisson("GABA_A", 0, 100, 50, seed=1)
        self.assertEqual(p.n_segments, 4)
        self.assertGreaterEqual(p.n_events, 2)
        self.assertEqual(p.waveform().shape, (p.n_samples,))
        with self.assertRaisesRegex(ValueError, "AMPA"):
            p.add_synaptic("glycine", [1.0])
        q = protocol.clone1(50).append(protocol.fi(3, 50), 1300)
        self.assertGreater(q.n_segments, 5)
        self.assertEqual(protocol.train(500, 20).duration_ms, 1200)

    def test_sensitivity_is_the_slope(self):
        neuron = loligo.Neuron("izhikevich", C=100)
        stimulus = loligo.Protocol(60, 0.5).add_const(5, 60, 30)
        s = loligo.simulate_sensitivity(neuron, stimulus, ["C", "vr"])
        self.assertEqual(s.names, ["C", "vr"])
        h, runs = 1e-4, []
        for sign in (1, -1):
            other = neuron.copy()
            other["C"] = 100 + sign * h
            runs.append(loligo.simulate(other, stimulus, solver="reference").v_mV)
        slope = (runs[0] - runs[1]) / (2 * h)
        self.assertTrue(np.allclose(s.d_states[0, 0], slope, atol=1e-5))

    def test_identify(self):
        truth = loligo.Neuron("izhikevich", C=100, k=0.7, vr=-60, vt=-40, a=0.03, b=-2, c=-50, d=100, vpeak=35)
        stimulus = protocol.clone1(60)
        sim = loligo.simulate(truth, stimulus)
        rng = np.random.default_rng(1)
        v = sim.v_mV + rng.normal(0, 0.2, sim.v_mV.size)
        fit = identify.izhikevich([(v, stimulus.waveform(), 0.05)], closed_form_only=True, sigma_mV=0.2)
        self.assertEqual(fit.stage, "closed-form")
        self.assertLess(abs(fit.neuron()["C"] / 100 - 1), 0.05)
        self.assertIn("<table>", fit._repr_html_())

    def test_lsq(self):
        rng = np.random.default_rng(2)
        a, x = rng.normal(size=(30, 4)), np.array([0.5, -1.0, 2.0, 0.1])
        got, report = identify.lsq_bounded(a, a @ x, np.full(4, -0.8), np.full(4, 3.0))
        self.assertTrue(report["converged"])
        self.assertAlmostEqual(got[1], -0.8, places=12)
        self.assertEqual(report["active"][1], -1)

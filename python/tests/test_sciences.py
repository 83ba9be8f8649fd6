"""The five sciences, each against the program bit by bit."""

import csv
import json
import os
import tempfile

import helper
import numpy as np

import loligo
from loligo import axon, calcium, cell, culture, drug, twin

EXAMPLES = helper.ROOT / "examples"


def table(path):
    """A CSV of the program as dictionaries."""
    with open(path) as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def column(rows, name):
    return np.array([float(row[name] or "nan") for row in rows])


class Sciences(helper.Case):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = self._folder.name
        self.addCleanup(self._folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder, name)

    def same(self, a, b, what=""):
        self.assertTrue(np.array_equal(np.asarray(a, float), np.asarray(b, float), equal_nan=True), what)

    # ---- drugs ----

    def test_treated_neuron_is_the_programs(self):
        model = self.path("tm.json")
        twin.Twin.of(loligo.Neuron("tm")).save(model)
        said = json.loads(helper.program("drug", "apply", model, "--drug", "carbamazepine", "--dose", "30uM"))
        got = drug.treat(loligo.Neuron("tm"), {"carbamazepine": 30})
        self.assertEqual(got.neuron.parameters(), said["parameters"])
        self.assertTrue(any(effect["outcome"] == "acted" for effect in got.notes["effects"]))
        self.assertEqual(drug.treat(loligo.Neuron("tm"), {"carbamazepine": 0.0}).neuron, loligo.Neuron("tm"))

    def test_learned_map_for_izhikevich(self):
        model = self.path("iz.json")
        neuron = loligo.Neuron("izhikevich", C=100, k=0.7, vr=-60, vt=-40, a=0.03, b=-2, c=-50, d=100, vpeak=35)
        twin.Twin.of(neuron).save(model)
        said = json.loads(helper.program("drug", "apply", model, "--drug", "retigabine", "--dose", "3uM"))
        self.assertEqual(drug.treat(neuron, {"retigabine": 3}).neuron.parameters(), said["parameters"])

    def test_table_of_drugs(self):
        drugs = drug.table()
        said = helper.program_json("drug", "show", "carbamazepine")
        self.assertEqual(drugs["carbamazepine"]["targets"], said["targets"])
        self.assertIn("carbamazepine", drugs)
        self.assertIn("<table>", drugs._repr_html_())
        with self.assertRaises(loligo.LoligoError) as caught:
            drugs["carbamazepin"]
        self.assertEqual(caught.exception.code, loligo.Status.NOT_FOUND)
        self.assertIn("carbamazepine", caught.exception.message)
        self.assertTrue(np.allclose(drug.doses("1:100uM:3log"), [1, 10, 100]))
        self.assertTrue(np.allclose(drug.doses("1x", "carbamazepine"), drugs["carbamazepine"]["therapeutic"]["free_uM"]))

    def test_trial_is_the_programs(self):
        model = self.path("tm.json")
        twin.Twin.of(loligo.Neuron("tm")).save(model)
        dose = "3:300uM:3log"
        said = helper.program_json("trial", model, "--drug", "carbamazepine", "--dose", dose, "--quick")
        got = twin.trial(twin.Twin.load(model), "carbamazepine", dose, quick=True, trace_factor=3.0)
        self.assertEqual(got.data["doses"], said["doses"])
        self.assertEqual(got.data["untreated"], said["untreated"])
        self.same(got["dose_uM"], [d["dose_uM"] for d in said["doses"]])
        self.same(got["n_spikes"][1:], [[p["n_spikes"] for p in d["f_I"]] for d in said["doses"]])
        self.assertEqual(got.verdicts, [d["verdict"] for d in said["doses"]])
        self.assertEqual(got["trace_mV"].shape[0], 4)
        self.assertIn("<svg", got._repr_html_())
        tone = twin.trial(loligo.Neuron("tm"), "diazepam", "0.1uM", quick=True, bath=drug.bath(gaba_tonic_uM=0.3))
        alone = twin.trial(loligo.Neuron("tm"), "diazepam", "0.1uM", quick=True)
        self.assertLess(tone["n_spikes"][0].sum(), alone["n_spikes"][0].sum())
        with self.assertRaises(loligo.LoligoError) as caught:
            twin.trial(loligo.Neuron("tm"), "diazepam", "0.1uM", bath=drug.bath(gaba_tonic_uM=-1))
        self.assertEqual(caught.exception.code, loligo.Status.RANGE)
        with self.assertRaises(loligo.LoligoError):
            twin.trial(loligo.Neuron("hh52"), "carbamazepine", dose)

    def test_screen_is_the_programs(self):
        model, library, out = self.path("tm.json"), self.path("few.csv"), self.path("out")
        twin.Twin.of(loligo.Neuron("tm"), "tm.json").save(model)
        with open(library, "w") as file:
            file.write("id,name,channel,IC50_uM,hill,saturation\n1,one,Nav1.6,5,1,0\n2,two,Kv7.2,2,1,0\n")
        helper.program(
            "screen", model, library, "--dose", "1:100uM:3log", "--protocol", "step1s", "-o", out, "--no-report", "--quiet"
        )
        rows = table(os.path.join(out, "results.csv"))
        got = twin.screen(
            [twin.Twin.load(model)], drug.Table(library), "1:100uM:3log", one_step=True, ctx=loligo.Context(threads=2)
        )
        self.assertEqual(got["verdict"].shape, (1, 2, 3))
        words = twin.verdicts()
        self.assertEqual([words[v] for v in got["verdict"].ravel()], [row["verdict"] for row in rows])
        self.same(got["area_ratio"].ravel(), column(rows, "area_ratio"))
        self.assertEqual(got.data["compounds"], ["one", "two"])
        self.assertIn("<table>", got._repr_html_())

    # ---- twins ----

    def test_clone_is_the_programs(self):
        # A made-up cell that the closed form alone nearly finds: quick, and no model error.
        truth = loligo.Neuron("izhikevich", C=100, k=0.7, vr=-60, vt=-40, a=0.03, b=-2, c=-50, d=100, vpeak=35)
        rng = np.random.default_rng(4)
        stimuli = [loligo.protocol.step(amp, 0.05) for amp in (-50, 0, 70, 90, 120, 150)]
        v = np.array([loligo.simulate(truth, p).v_mV + rng.normal(0, 0.2, p.n_samples) for p in stimuli])
        i = np.array([p.waveform() for p in stimuli])
        file = self.path("cell.csv")
        with open(file, "w") as out:
            out.write("t_ms,i_pA,v_mV,sweep\n")
            for k in range(len(v)):
                for n in range(v.shape[1]):
                    out.write(f"{n * 0.05!r},{float(i[k, n])!r},{float(v[k, n])!r},{k}\n")
        how = {"model": "izhikevich", "samples": False}
        said = json.loads(
            helper.program("clone", file, "-o", "-", "--model", "izhikevich", "--posterior", "laplace", "--quiet")
        )
        got = twin.clone(loligo.read(file), **how)
        for key in ("parameters", "fit", "covariance_transformed", "domain", "sweeps", "range", "network"):
            self.assertEqual(got.data[key], said[key], key)
        self.assertTrue(got.data["fit"]["accepted"])
        self.assertLess(abs(got.neuron()["C"] / 100 - 1), 0.05)
        self.assertEqual(got.answer(3).shape, v[3].shape)
        self.same(got.result["covariance"].ravel(), said["covariance_transformed"])
        html = got._repr_html_()
        self.assertIn("<svg", html)
        self.assertIn("credibility", html)
        card = got.card()
        self.assertEqual((card["domain"], card["model"]), (said["domain"], "izhikevich"))
        self.assertIn(card["domain"], card._repr_html_())
        with self.assertRaises(ValueError):
            twin.Twin.of(truth).card()
        got.save(self.path("twin.json"))
        self.assertEqual(twin.Twin.load(self.path("twin.json")).neuron(), got.neuron())
        self.assertEqual(loligo.Neuron.load(self.path("twin.json")), got.neuron())
        flat = loligo.recording.from_arrays(np.ascontiguousarray(v[:2, ::8]), None, 0.4)
        with self.assertRaises(loligo.LoligoError) as caught:
            twin.clone(flat)
        self.assertEqual(caught.exception.code, loligo.Status.UNSUPPORTED)

    # ---- cells with shape ----

    def test_cell_is_the_programs(self):
        file = EXAMPLES / "cells" / "granule.json"
        trace = self.path("trace.csv")
        helper.program("neuron", "simulate", file, "-o", trace, "--max-dx-um", "20")
        run = cell.simulate(file, max_dx_um=20, frames_ms=[0.0, 10.0, 20.0])
        rows = table(trace)
        for name in run.probes:
            self.same(run[name], column(rows, name), name)
        self.same(run.t_ms, column(rows, "t_ms"))
        self.assertEqual(len(run.spikes("v_mV_soma")), 1)
        self.assertEqual(run["frames_mV"].shape, (3, run.data["n_nodes"]))
        self.assertTrue(np.allclose(run["frames_mV"][0], -65))
        self.assertEqual((run["node.parent"] < 0).sum(), 1)
        self.assertIn("<svg", run._repr_html_())

    def test_cell_of_a_dictionary_under_a_drug(self):
        file = EXAMPLES / "cells" / "granule.json"
        lines = [line for line in open(file, encoding="utf-8") if not line.strip().startswith("//")]
        case = json.loads("".join(lines))
        case["tstop_ms"] = 15
        one = loligo.Cell(case, EXAMPLES / "cells")
        healthy = one.simulate(max_dx_um=30)
        notes = one.treat({"tetrodotoxin": 1.0})
        self.assertTrue(any(touch["done"] for touch in notes["touched"]))
        self.assertEqual((len(healthy.spikes()), len(one.simulate(max_dx_um=30).spikes())), (1, 0))
        with self.assertRaises(loligo.LoligoError) as caught:
            one.treat({"tetrodotoxin": 1.0})
        self.assertEqual(caught.exception.code, loligo.Status.UNSUPPORTED)
        case["probez"] = []
        with self.assertRaises(loligo.LoligoError) as caught:
            loligo.Cell(case, EXAMPLES / "cells")
        self.assertIn("probes", caught.exception.message)

    # ---- calcium ----

    def test_wave_is_the_programs(self):
        file, out = EXAMPLES / "calcium" / "wave.json", self.path("wave")
        how = ["--max-dx-um", "0.4", "--dt", "2e-5", "--no-report", "-o", out]
        said = helper.program_json("calcium", "simulate", file, *how)
        wave = calcium.simulate(file, max_dx_um=0.4, dt_s=2e-5, film=(16, 11))
        for key in ("speed_um_s", "c_peak_uM", "n_nodes", "n_steps"):
            self.assertEqual(wave.data[key], said[key], key)
        rows = table(os.path.join(out, "timeseries.csv"))
        series = wave.series("c_uM")
        self.assertEqual(series.size, len(rows))
        name = next(key for key in rows[0] if key.startswith("c"))
        self.same(series.ravel(), column(rows, name))
        self.assertEqual(wave["film_uM"].shape, (16, 11))
        self.assertGreater(wave.speed_um_s, 100)
        self.assertIn("<svg", wave._repr_html_())
        with self.assertRaises(loligo.LoligoError) as caught:
            calcium.simulate({"geometry": {"L_um": 64, "R_um": -1, "r_ER_um": 0.15}})
        self.assertIn("radius", str(caught.exception))

    def test_wave_with_a_cable_is_the_programs(self):
        file, out = EXAMPLES / "calcium" / "spikes.json", self.path("coupled")
        how = ["--max-dx-um", "2", "--dt", "2.5e-5", "--no-report", "-o", out]
        said = helper.program_json("calcium", "simulate", file, *how)
        wave = calcium.simulate(file, max_dx_um=2, dt_s=2.5e-5)
        for key in ("c_peak_uM", "n_nodes", "n_steps"):
            self.assertEqual(wave.data[key], said[key], key)
        rows, spikes = table(os.path.join(out, "cable.csv")), table(os.path.join(out, "spikes.csv"))
        self.assertEqual(set(wave.cable), set(rows[0]) | {"spikes_ms", "spike_probe"})
        for name in rows[0]:
            self.same(wave.cable[name], column(rows, name), name)
        self.assertGreater(len(spikes), 0)
        self.same(wave.cable["spikes_ms"], column(spikes, "t_ms"))
        probes = wave.data["cable"]["probes"]
        self.assertEqual([name for name in rows[0] if name != "t_ms"], probes)
        times = table(os.path.join(out, "timeseries.csv"))
        self.same(wave.series().ravel(), column(times, next(key for key in times[0] if key.startswith("c"))))
        with open(file) as text:
            case = json.load(text)
        again = calcium.simulate(case, EXAMPLES / "calcium", max_dx_um=2, dt_s=2.5e-5)
        for name in wave.arrays:
            self.same(again[name], wave[name], name)
        self.assertIn("<svg", wave._repr_html_())
        with self.assertRaises(loligo.LoligoError) as caught:
            calcium.simulate(file, max_dx_um=2, tolerance=0.01)
        self.assertEqual(caught.exception.code, loligo.Status.UNSUPPORTED)
        self.assertEqual(calcium.simulate(EXAMPLES / "calcium" / "wave.json", max_dx_um=2, dt_s=2e-5).cable, {})

    # ---- axons ----

    def test_axon_is_the_programs(self):
        file, out = EXAMPLES / "axon" / "profiles.csv", self.path("out.csv")
        helper.program("axon", "simulate", file, "-o", out, "--quiet")
        strain = axon.read(file)
        got = axon.simulate(strain, trace=True)
        rows = table(out)
        for name in axon.OUTPUTS:
            self.same(got[name], column(rows, name), name)
        self.assertEqual(got["trace"].shape, (*strain.strain.shape, len(axon.TRACES)))
        again = axon.simulate(np.ascontiguousarray(strain.strain), strain.dt_s)
        self.same(again["out"], got["out"])
        softer = axon.simulate(strain, constants={"K": 0.05})
        self.assertNotEqual(softer["out"][0, 0], got["out"][0, 0])
        with self.assertRaises(loligo.LoligoError) as caught:
            axon.simulate(strain, constants={"stiffness": 1})
        self.assertEqual(caught.exception.code, loligo.Status.NOT_FOUND)

    def test_axon_networks_are_the_programs(self):
        file, out = EXAMPLES / "axon" / "profiles.csv", self.path("out.csv")
        helper.program("axon", "predict", file, "-o", out, "--quiet")
        rows, got = table(out), axon.predict(axon.read(file))
        for k, name in enumerate(axon.OUTPUTS[:4]):
            self.same(got["mean"][:, k], column(rows, name), name)
        self.assertEqual(got["in_range"].dtype, np.bool_)
        self.assertIn("<table>", got._repr_html_())

    # ---- cultures ----

    def test_culture_is_the_programs(self):
        made = culture.make(seed=3, cells=40, frames=200, k=0.05)
        graph, y = made.graph(), made["y"]
        cells, edges, traces = self.path("cells.csv"), self.path("edges.csv"), self.path("traces.csv")
        with open(cells, "w") as file:
            file.write("id,area_px,is_border\n")
            for k in range(len(graph)):
                file.write(f"{graph.id[k]},{float(graph.area_px[k])!r},{int(graph.is_border[k])}\n")
        with open(edges, "w") as file:
            file.write("i,j,u_centroid_dist_px,l_crack_px\n")
            for (i, j), u, length in zip(graph.pairs, graph.u_px, graph.l_px):
                file.write(f"{graph.id[i]},{graph.id[j]},{float(u)!r},{float(length)!r}\n")
        with open(traces, "w") as file:
            file.write(",".join(f"c{k}" for k in graph.id) + "\n")
            file.writelines(",".join(repr(float(x)) for x in row) + "\n" for row in y)
        said = helper.program_json(
            "culture", "identify", "--traces", traces, "--edges", edges, "--cells", cells, "-o", self.path("found"),
            "--replicates", "100", "--no-report",
        )
        got = culture.identify(graph, y, replicates=100)
        for key in ("k_per_frame", "k_ci95", "law", "n_events", "noise_sd", "warnings"):
            self.assertEqual(got.data[key], said[key], key)
        self.assertLess(abs(got.data["k_per_frame"] / 0.05 - 1), 0.3)
        self.same(got["gamma"], column(table(os.path.join(self.path("found"), "params.csv")), "gamma_per_frame"))
        self.assertEqual(got["gamma"].shape, got["inner"].shape)
        self.assertIn("coupling", got._repr_html_())
        read = culture.Graph.read(cells, edges)
        self.same(read.read_traces(traces), y)
        self.same(read.pairs, graph.pairs)
        with self.assertRaises(loligo.LoligoError) as caught:
            culture.Graph.of([1.0, 1.0], np.zeros(2, bool), np.array([[0, 2]], np.uint32), [1.0], [1.0])
        self.assertEqual(caught.exception.code, loligo.Status.RANGE)
        with self.assertRaises(loligo.LoligoError):
            culture.identify(graph, y, method="guess")

    def test_movie_is_the_programs(self):
        plan, truth, out = self.path("small.json"), self.path("truth"), self.path("run")
        with open(plan, "w") as file:
            json.dump({"seed": 5, "size": 128, "ncell": 20, "frames": 96, "k": 0.05}, file)
        helper.program("culture", "simulate", plan, "-o", truth, "--quiet")
        movie = os.path.join(truth, "movie.tif")
        how = ["--least-area", "100", "--replicates", "100", "--no-report", "--quiet"]
        helper.program("culture", "run", movie, "-o", out, *how)
        got = culture.read_movie(movie, least_area_px=100)
        self.assertEqual((got["counts"].shape, got["counts"].dtype), ((96, 128, 128), np.uint16))
        rows = table(os.path.join(out, "traces.csv"))
        for k, label in enumerate(got["id"]):
            self.same(got["y"][:, k], column(rows, f"c{label}"), f"cell {label}")
        with open(os.path.join(out, "summary.json")) as file:
            said = json.load(file)
        found = got.identify(replicates=100)
        for key in ("k_per_frame", "k_ci95", "law", "n_events", "n_cells", "n_edges"):
            self.assertEqual(found.data[key], said[key], key)
        self.assertEqual(sorted(set(got["masks"].ravel()) - {0}), sorted(got["id"]))
        simple = culture.read_movie(movie, segment="watershed", least_area_px=100)
        self.assertGreater(len(simple["id"]), 5)
        given = culture.read_movie(movie, masks=os.path.join(truth, "masks.tif"), least_area_px=100)
        self.assertNotEqual(len(given["id"]), 0)
        self.assertIn("frames", got._repr_html_())
        with self.assertRaises(loligo.LoligoError) as caught:
            culture.read_movie(plan)
        self.assertEqual(caught.exception.code, loligo.Status.FORMAT)

    def test_ctrl_c_in_a_clone(self):
        import signal
        import threading

        rec = loligo.read(helper.RECORDING)
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            twin.clone(rec)
        timer.join()

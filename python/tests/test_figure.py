"""Figures are well-formed, small, and keep every spike."""

import xml.etree.ElementTree as xml

import helper
import numpy as np

import loligo
from loligo import figure


class Figures(helper.Case):
    def test_a_spike_of_one_sample_is_drawn(self):
        y = np.zeros(1000000)
        y[777777] = 1.0
        drawn = figure.lines([("trace", (0.0, 0.001), y)], "time (s)", "mV", "A spike")
        xml.fromstring(drawn.svg)
        self.assertLess(len(drawn.svg), 60000)
        self.assertIn("A spike", drawn.svg)
        flat = figure.lines([("trace", (0.0, 0.001), 0 * y)], "time (s)", "mV", "A spike")
        self.assertNotEqual(flat.svg, drawn.svg)

    def test_recordings_and_words_that_would_break_a_page(self):
        rec = loligo.read(helper.RECORDING)
        xml.fromstring(rec.figure(sweep=12).svg)
        small = rec._repr_html_()
        self.assertLess(len(small), 200000)
        drawn = figure.lines([("<script>", [0, 1, 2], [1, 2, 3])], title='"a" & <b>')
        self.assertNotIn("<script>", drawn.svg)
        xml.fromstring(drawn.svg)
        self.assertNotIn("<script>", loligo._html.table(("<script>",), [("<script>",)], "<script>"))

    def test_refusals(self):
        for rows, words in (([], "0 lines"), ([("a", (0.0, 1.0), [np.nan, np.nan])], "finite")):
            with self.assertRaisesRegex(loligo.LoligoError, words):
                figure.lines(rows)
        with self.assertRaises(ValueError):
            figure.lines([("a", [0.0, 1.0], [1.0])])
        with self.assertRaises(loligo.LoligoError) as caught:
            loligo.read(helper.RECORDING).figure(sweep=99)
        self.assertEqual(caught.exception.code, loligo.Status.NOT_FOUND)
        drawn = figure.lines([("a", [0, 1], [1, 2])], dots=True)
        self.assertIn("<svg", drawn._repr_svg_())

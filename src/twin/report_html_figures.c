#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/report_html.h"

#include <math.h>
#include <stdlib.h>

/* Words of a figure as text, for <desc> and the caption. */
typedef void (*words_fn)(const lg_report_view *, FILE *);

static char *words_of(lg_ctx *ctx, const lg_report_view *v, words_fn fn, size_t sweep) {
  char *text = NULL;
  size_t n = 0;
  FILE *s = open_memstream(&text, &n);
  if (s) {
    if (fn) fn(v, s);
    else lg_figure_sweep_words(v, sweep, s);
  }
  if (!s || fclose(s) != 0) {
    free(text);
    LG_IGNORE(lg_fail(ctx, LG_ERR_MEMORY, "no memory for the words of a figure"));
    return NULL;
  }
  return text;
}

static lg_status sweep_svg(lg_ctx *ctx, const lg_report_view *v, size_t sweep, const lg_sweep_figure *how, double w,
                           double h, const lg_svg_opts *opts, FILE *s) {
  lg_canvas *c = NULL;
  lg_status status = lg_canvas_svg(ctx, s, w, h, opts, &c);
  if (status != LG_OK) return status;
  status = lg_figure_sweep(ctx, v, sweep, how, c, (lg_box){2, 2, w - 4, h - 4});
  if (status == LG_OK) return lg_canvas_close(ctx, c);
  lg_canvas_destroy(ctx, c);
  return status;
}

static lg_status two_widths(lg_ctx *ctx, const lg_report_view *v, size_t sweep, lg_sweep_figure how, const char *title,
                            const char *words, const char *id, FILE *s) {
  lg_status status = LG_OK;
  char ids[2][40];
  (void)snprintf(ids[0], sizeof ids[0], "%s-w", id);
  (void)snprintf(ids[1], sizeof ids[1], "%s-n", id);
  how.font = 13;
  LG_TRY(sweep_svg(ctx, v, sweep, &how, 1080, 560, &(lg_svg_opts){title, words, ids[0], "wide", true}, s));
  how.font = 11.5;
  LG_TRY(sweep_svg(ctx, v, sweep, &how, 340, 440, &(lg_svg_opts){title, words, ids[1], "narrow", true}, s));
done:
  return status;
}

/* The first spikes enlarged, beside the phase plane. */
static lg_status close_up(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  lg_status status = LG_OK;
  double t0, t1;
  lg_canvas *c = NULL;
  const double w = 500, h = 360, f = 12;
  if (!lg_figure_first_spikes(v, v->best, &t0, &t1)) return LG_OK;
  const lg_sweep_figure how = {.font = f, .t0 = t0, .t1 = t1, .own_range = true};
  (void)fputs("<div class=\"pair\">\n<figure>\n<h3>First spikes of this sweep</h3>\n", s);
  LG_TRY(sweep_svg(ctx, v, v->best, &how, w, h,
                   &(lg_svg_opts){"First spikes, enlarged",
                                  "Recording and twin from 8 ms before to 40 ms after the first spike.", "close", NULL,
                                  true},
                   s));
  (void)fputs("</figure>\n<figure>\n<h3>Shape of the spikes: slope against potential</h3>\n", s);
  LG_TRY(lg_canvas_svg(ctx, s, w, h,
                       &(lg_svg_opts){"Phase plane",
                                      "Slope dV/dt against potential V for the recording and the twin in the same "
                                      "window.",
                                      "phase", NULL, true},
                       &c));
  LG_TRY(lg_figure_phase(ctx, v, v->best, f, c, (lg_box){2, 2, w - 4, h - 4}));
  status = lg_canvas_close(ctx, c);
  c = NULL;
  (void)fputs("</figure>\n</div>\n", s);
done:
  lg_canvas_destroy(ctx, c);
  return status;
}

/* The figure for a paper, on its own card. */
static lg_status family_figure(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  lg_status status = LG_OK;
  lg_canvas *c = NULL;
  char *words = NULL;
  if (!lg_figure_family_possible(v)) return LG_OK;
  if (!(words = words_of(ctx, v, lg_figure_family_words, 0))) return LG_ERR_MEMORY;
  const double w = 1080, h = 620;
  (void)fputs("<section id=\"family\">\n<h2>The same steps, side by side</h2>\n<figure>\n<div class=\"scroll\" "
              "tabindex=\"0\" role=\"region\" aria-label=\"Steps side by side\">\n",
              s);
  LG_TRY(lg_canvas_svg(
      ctx, s, w, h,
      &(lg_svg_opts){"Steps of the recording beside those of the twin", words, "family-figure", NULL, true}, &c));
  LG_TRY(lg_figure_family(ctx, v, 13, c, (lg_box){2, 2, w - 4, h - 4}));
  status = lg_canvas_close(ctx, c);
  c = NULL;
  (void)fputs("</div>\n", s);
  lg_page_caption(s, words);
  (void)fputs("</figure>\n</section>\n", s);
done:
  lg_canvas_destroy(ctx, c);
  free(words);
  return status;
}

lg_status lg_html_hero(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  lg_status status = LG_OK;
  char *words = NULL;
  if (v->best >= v->data.n_sweeps) return LG_OK;
  if (!(words = words_of(ctx, v, NULL, v->best))) return LG_ERR_MEMORY;
  (void)fputs("<section id=\"overlay\">\n<h2>Recording and twin</h2>\n<figure>\n", s);
  const lg_sweep_figure how = {.title = true, .legend = true, .residual = true};
  LG_TRY(two_widths(ctx, v, v->best, how, "Recording and twin overlaid, their difference and the stimulus below", words,
                    "hero", s));
  lg_page_caption(s, words);
  (void)fputs("</figure>\n", s);
  LG_TRY(close_up(ctx, v, s));
  (void)fputs("</section>\n", s);
  LG_TRY(family_figure(ctx, v, s));
done:
  free(words);
  return status;
}

lg_status lg_html_sweeps(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  lg_status status = LG_OK;
  char *words = NULL;
  if (v->data.n_sweeps < 2) return LG_OK;
  (void)fprintf(
      s,
      "<section id=\"sweeps\">\n<h2>All %zu sweeps</h2>\n<p>Recording (dark, solid), twin fitted to the sweep "
      "(blue, dashed) or predicting it (vermillion, dash-dotted); above each at the right: spikes recorded | "
      "spikes of the twin. All share the axes of potential and current.</p>\n<div class=\"sweeps\">\n",
      v->data.n_sweeps);
  const lg_sweep_figure how = {.font = 10.5, .title = true};
  for (size_t k = 0; k < v->data.n_sweeps; k++) {
    if (v->sweeps[k].n == 0) continue;
    char id[32];
    (void)snprintf(id, sizeof id, "sweep-%zu", k);
    if (!(words = words_of(ctx, v, NULL, k))) return LG_ERR_MEMORY;
    (void)fputs("<figure>", s);
    LG_TRY(sweep_svg(ctx, v, k, &how, 330, 240,
                     &(lg_svg_opts){"Recording and twin of one sweep", words, id, NULL, true}, s));
    (void)fputs("</figure>\n", s);
    free(words);
    words = NULL;
  }
  (void)fputs("</div>\n</section>\n", s);
done:
  free(words);
  return status;
}

lg_status lg_html_fi_and_parameters(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  lg_status status = LG_OK;
  lg_canvas *c = NULL;
  char *words = NULL;
  const double w = 500, f = 12;
  (void)fputs("<div class=\"pair\">\n", s);
  if (lg_figure_fi_possible(v)) {
    if (!(words = words_of(ctx, v, lg_figure_fi_words, 0))) return LG_ERR_MEMORY;
    (void)fputs("<section id=\"fi\">\n<h2>f\xe2\x80\x93I curve</h2>\n<figure>\n", s);
    LG_TRY(lg_canvas_svg(ctx, s, w, 380,
                         &(lg_svg_opts){"Spikes against current, recorded and twin", words, "fi-figure", NULL, true},
                         &c));
    LG_TRY(lg_figure_fi(ctx, v, f, c, (lg_box){2, 2, w - 4, 376}));
    LG_TRY(lg_canvas_close(ctx, c));
    c = NULL;
    lg_page_caption(s, words);
    (void)fputs("</figure>\n", s);
    lg_html_fi_table(v, s);
    (void)fputs("</section>\n", s);
    free(words);
    words = NULL;
  }
  if (v->data.n_parameters > 0) {
    if (!(words = words_of(ctx, v, lg_figure_parameters_words, 0))) return LG_ERR_MEMORY;
    const double h = lg_figure_parameters_height(v, f);
    (void)fputs("<section id=\"intervals\">\n<h2>How well each parameter is known</h2>\n<figure>\n", s);
    LG_TRY(lg_canvas_svg(ctx, s, w, h,
                         &(lg_svg_opts){"Parameters with their 95 % intervals", words, "parameter-figure", NULL, true},
                         &c));
    LG_TRY(lg_figure_parameters(ctx, v, f, c, (lg_box){2, 2, w - 4, h - 4}));
    status = lg_canvas_close(ctx, c);
    c = NULL;
    lg_page_caption(
        s, isfinite(v->data.parameters[0].prior_low)
               ? "A short bar means that the recording has fixed the parameter; a bar as long as the track means that "
                 "it has said nothing. The numbers stand in the table below."
               : "Each bar is an interval, drawn to its own scale. The numbers stand in the table below.");
    (void)fputs("</figure>\n</section>\n", s);
  }
  (void)fputs("</div>\n", s);
done:
  lg_canvas_destroy(ctx, c);
  free(words);
  return status;
}

lg_status lg_html_posterior(lg_ctx *ctx, const lg_report_view *v, FILE *s) {
  lg_status status = LG_OK;
  lg_canvas *c = NULL;
  char *words = NULL;
  if (!lg_figure_posterior_possible(v)) return LG_OK;
  if (!(words = words_of(ctx, v, lg_figure_posterior_words, 0))) return LG_ERR_MEMORY;
  const double side = 940;
  (void)fputs("<section id=\"posterior\">\n<h2>Posterior of the parameters</h2>\n<figure>\n<div class=\"scroll\" "
              "tabindex=\"0\" "
              "role=\"region\" aria-label=\"Corner plot\"><div class=\"corner\">\n",
              s);
  LG_TRY(lg_canvas_svg(ctx, s, side, side,
                       &(lg_svg_opts){"Corner plot of the posterior samples", words, "corner", NULL, true}, &c));
  LG_TRY(lg_figure_posterior(ctx, v, v->data.n_parameters > 7 ? 11.5 : 13, c, (lg_box){2, 2, side - 4, side - 4}));
  status = lg_canvas_close(ctx, c);
  c = NULL;
  (void)fputs("</div></div>\n", s);
  lg_page_caption(s, words);
  (void)fputs(
      "<p><small>Below the diagonal: density of the samples, the twin's values as diamonds. On it: histograms, the "
      "twin's value dashed. Above it: correlation of each pair.</small></p>\n</figure>\n</section>\n",
      s);
done:
  lg_canvas_destroy(ctx, c);
  free(words);
  return status;
}

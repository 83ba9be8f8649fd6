/**
 * @file figure.h
 * @brief The figures of a twin: recording against twin, f–I curve, parameter intervals, posterior.
 *
 * Each draws into a box of a canvas and has a companion that says in words and numbers what it shows: the text
 * summary of the page, the <desc> of the SVG.
 */
#ifndef LG_TWIN_FIGURE_H
#define LG_TWIN_FIGURE_H

#include "io/plot.h"
#include "twin/report_view.h"

/** Size of letters and what a sweep's figure shows. */
typedef struct lg_sweep_figure {
  double font;    /* px */
  bool title;     /* one line above: sweep, current, fitted or predicted, counts */
  bool legend;    /* "recording", "twin" */
  bool residual;  /* strip below */
  double t0, t1;  /* window in ms; t1 <= t0: the usual one */
  bool own_range; /* potential axis of this sweep alone instead of all sweeps' */
} lg_sweep_figure;

LG_MUST_CHECK lg_status lg_figure_sweep(lg_ctx *ctx, const lg_report_view *view, size_t sweep,
                                        const lg_sweep_figure *how, lg_canvas *canvas, lg_box box);
void lg_figure_sweep_words(const lg_report_view *view, size_t sweep, FILE *stream);
/** @brief A window around the first spikes of a sweep; false when it has none. */
bool lg_figure_first_spikes(const lg_report_view *view, size_t sweep, double *t0, double *t1);

LG_MUST_CHECK lg_status lg_figure_fi(lg_ctx *ctx, const lg_report_view *view, double font, lg_canvas *canvas,
                                     lg_box box);
void lg_figure_fi_words(const lg_report_view *view, FILE *stream);
bool lg_figure_fi_possible(const lg_report_view *view);

LG_MUST_CHECK lg_status lg_figure_parameters(lg_ctx *ctx, const lg_report_view *view, double font, lg_canvas *canvas,
                                             lg_box box);
/** @brief Height that suits n parameters. */
double lg_figure_parameters_height(const lg_report_view *view, double font);
void lg_figure_parameters_words(const lg_report_view *view, FILE *stream);

LG_MUST_CHECK lg_status lg_figure_posterior(lg_ctx *ctx, const lg_report_view *view, double font, lg_canvas *canvas,
                                            lg_box box);
void lg_figure_posterior_words(const lg_report_view *view, FILE *stream);
bool lg_figure_posterior_possible(const lg_report_view *view);

/** @brief Trajectories in the plane of potential and its slope, where the shapes of spikes show. */
LG_MUST_CHECK lg_status lg_figure_phase(lg_ctx *ctx, const lg_report_view *view, size_t sweep, double font,
                                        lg_canvas *canvas, lg_box box);

/** @brief Some sweeps of the recording beside the twin's, with scale bars: the figure for a paper. */
LG_MUST_CHECK lg_status lg_figure_family(lg_ctx *ctx, const lg_report_view *view, double font, lg_canvas *canvas,
                                         lg_box box);
void lg_figure_family_words(const lg_report_view *view, FILE *stream);
bool lg_figure_family_possible(const lg_report_view *view);

/** @brief "12.3 pF (95 %: 11.8 … 12.9)" with matching decimals; 160 bytes. */
void lg_format_interval(const lg_report_parameter *p, char *value, char *interval, size_t bytes);
/** @brief A unit for people: MOhm becomes MΩ, uA µA; "" for none. */
const char *lg_unit_words(const char *unit, char *buffer, size_t bytes);

#endif

#include "twin/culture_report_words.h"

#include "io/plot.h"

#include <math.h>

const char *const lg_culture_group_words[4] = {"amplitude and peaks are met", "amplitude is met, peaks are missed",
                                               "peaks are met, amplitude is not",
                                               "neither amplitude nor peaks are met"};

const char *const lg_culture_limits[] = {
    "k is a rate per frame for borders of mean weight (weights are divided by their mean over this graph). Compare it "
    "only between movies of equal law, equal frame time and like cells.",
    "The error of a free run says how well a trace is met, never whether k is right: neighbours are measured, so any k "
    "from 0.01 to 5 gives one cell nearly the same error, and the true k has a greater error than a wrong one where "
    "cells act by themselves. Do not rank parameters by it.",
    "Errors with events use inputs that were estimated from the same trace: they say that little is left, not that "
    "events were foretold.",
    "Cells that touch the image's border or stand alone have no equation; their traces are taken as given.",
    "Normalised log-brightness stands for calcium. The dye's saturation, its buffering of calcium, bleaching and "
    "motion "
    "are not in the model.",
    "A leak (feed that falls with a cell's own calcium) looks like coupling where neighbours are flat.",
    "The interval of k is the scatter over blocks of time. Errors of the optics, of the masks and of the law are not "
    "in "
    "it: simulated movies put them at 2 to 5 % of k.",
};
const size_t lg_culture_n_limits = sizeof lg_culture_limits / sizeof lg_culture_limits[0];

void lg_culture_lead(const culture_view *v, char *text, size_t bytes) {
  char rate[80] = "";
  if (isfinite(v->frame_s)) {
    char x[40];
    lg_format_short(v->frame_s, 4, x);
    (void)snprintf(rate, sizeof rate, ", one every %s s", x);
  }
  (void)snprintf(text, bytes,
                 "A monolayer as a network: %zu cells with %zu shared borders, %zu frames%s. Each cell follows its "
                 "neighbours with coupling k, has a feed of its own%s. Method: %s.",
                 v->graph->n, v->graph->n_edges, v->n_times, rate,
                 v->result->has_events ? ", and makes events by itself" : "", v->method);
}

size_t lg_culture_parameters(const culture_view *v, culture_parameter rows[CULTURE_PARAMETERS]) {
  const lg_culture_result *r = v->result;
  size_t n = 0;
  double degree = 0.0;
  for (size_t e = 0; e < v->graph->n_edges; e++)
    degree += (double)(!v->graph->is_border[v->graph->edges[e].i] + !v->graph->is_border[v->graph->edges[e].j]) /
              (double)r->n_inner;
  rows[n++] = (culture_parameter){"k", r->k, "1/frame", "coupling of neighbours, common to all cells"};
  rows[n++] = (culture_parameter){"k, lower end", r->k_low, "1/frame", "of the 95 % interval"};
  rows[n++] = (culture_parameter){"k, upper end", r->k_high, "1/frame", "of the 95 % interval"};
  if (isfinite(v->frame_s)) rows[n++] = (culture_parameter){"k, per second", r->k / v->frame_s, "1/s", ""};
  rows[n++] = (culture_parameter){"noise of the traces", r->noise_sd, "", "standard deviation, median of the cells"};
  rows[n++] = (culture_parameter){"condition", r->condition, "",
                                  "of the regression's scaled columns: how far k and the feeds can be told apart"};
  if (r->lambda > 0.0) rows[n++] = (culture_parameter){"lambda", r->lambda, "", "of the regularised regression"};
  rows[n++] = (culture_parameter){"neighbours", degree, "", "per cell with an equation, mean"};
  if (r->has_events)
    rows[n++] = (culture_parameter){"frames within events", 100.0 * r->masked_share, "%", "left out of the fit"};
  rows[n++] = (culture_parameter){"median error", r->mse_median, "",
                                  r->has_events ? "MSE of free runs with events as input" : "MSE of free runs"};
  if (r->has_events)
    rows[n++] = (culture_parameter){"median error without events", r->mse_bare_median, "", "MSE of free runs"};
  if (r->n_replicates > 0)
    rows[n++] = (culture_parameter){"replicates", (double)r->n_replicates, "", "of the bootstrap behind the interval"};
  if (isfinite(v->pixel_um)) rows[n++] = (culture_parameter){"pixel", v->pixel_um, "um", "as the movie says"};
  return n;
}

static double deviation(const double *x, size_t n) {
  double mean = 0.0, sum = 0.0;
  for (size_t k = 0; k < n; k++) mean += x[k] / (double)n;
  for (size_t k = 0; k < n; k++) sum += (x[k] - mean) * (x[k] - mean) / (double)n;
  return sqrt(sum);
}

lg_status lg_culture_static_spread(lg_ctx *ctx, const culture_view *v, double *spread) {
  lg_status status = LG_OK;
  const lg_culture_result *r = v->result;
  lg_culture_coupling *c = NULL;
  double *block = NULL;
  const size_t n = v->graph->n;
  LG_TRY(lg_culture_coupling_create(ctx, v->graph, r->law, &c));
  LG_NEW(ctx, block, n + r->n_inner);
  double *feed = block + n;
  for (size_t t = 0; t < v->n_times; t++)
    for (size_t i = 0; i < n; i++) block[i] += v->y[t * n + i] / (double)v->n_times;
  for (size_t k = 0; k < r->n_inner; k++) {
    const size_t i = r->inner[k];
    for (size_t q = c->first[i]; q < c->first[i + 1]; q++) feed[k] -= r->k * c->a[q] * (block[c->other[q]] - block[i]);
  }
  *spread = deviation(feed, r->n_inner);
done:
  lg_free(ctx, block);
  lg_culture_coupling_destroy(ctx, c);
  return status;
}

void lg_culture_feed_words(const culture_view *v, double spread, char *text, size_t bytes) {
  const lg_culture_result *r = v->result;
  char of_gamma[40], of_static[40], sure[120] = "";
  size_t apart = 0;
  for (size_t k = 0; k < r->n_inner; k++)
    apart +=
        (isfinite(r->gamma_low[k]) && r->gamma_low[k] > 0.0) || (isfinite(r->gamma_high[k]) && r->gamma_high[k] < 0.0);
  lg_format_significant(deviation(r->gamma, r->n_inner), 2, of_gamma);
  lg_format_significant(spread, 2, of_static);
  if (isfinite(r->gamma_low[0]))
    (void)snprintf(sure, sizeof sure, " %zu of %zu feeds have a 95 %% interval without zero.", apart, r->n_inner);
  (void)snprintf(
      text, bytes,
      "gamma is an effective feed: the cell's own inflow of calcium plus what a static difference of brightness to its "
      "neighbours (dye load, vignetting, thickness) makes of it, \xe2\x88\x92k \xce\xa3 a (o_j \xe2\x88\x92 o_i). "
      "Traces cannot tell the two apart. Here gamma scatters by %s per frame over the cells; the static differences of "
      "brightness alone would make %s.%s Do not read gamma as a map of calcium influx.",
      of_gamma, of_static, sure);
}

void lg_culture_words(const culture_view *v, size_t which, char *text, size_t bytes) {
  const lg_culture_result *r = v->result;
  switch (which) {
  case CULTURE_FIGURE_MOVIE:
    (void)snprintf(text, bytes,
                   "After the median filter, dark level, logarithm and normalisation. Lines are the borders of the "
                   "masks. The correlation map shows where neighbouring pixels flicker together: cells stand out of it "
                   "that are dim in the mean.");
    break;
  case CULTURE_FIGURE_GRAPH:
    (void)snprintf(text, bytes,
                   "Discs are cells at their centroids, shaded by gamma (2 to 98 %% of the cells); rings are border "
                   "cells, whose traces are given. Lines are shared borders, as wide as law %s couples them.",
                   lg_culture_law_name(r->law));
    break;
  case CULTURE_FIGURE_FITS:
    (void)snprintf(text, bytes,
                   "Of each group the cell with the least, the median and the greatest NMSE. A free run starts at the "
                   "first frame and is never corrected; border cells follow their measured traces. Peaks: F1 of peaks "
                   "within two frames.");
    break;
  case CULTURE_FIGURE_PROFILE:
    (void)snprintf(text, bytes,
                   "Squares that are left when k is held and everything else is at its best. A sharp valley: the data "
                   "decide k; a flat floor: they do not.");
    break;
  case CULTURE_FIGURE_REPLICATES:
    (void)snprintf(text, bytes,
                   "%zu replicates: blocks of the record drawn with replacement, k found anew. The outer "
                   "1 %% is left out of the picture.",
                   r->n_replicates);
    break;
  case CULTURE_FIGURE_EVENTS:
    (void)snprintf(text, bytes, "Cells with an equation, by number downwards. %s",
                   r->has_events
                       ? "Events are where coupling and feed leave too much of a trace: orange up, blue down. One that "
                         "a cell takes over from its neighbours is none."
                       : "This method looks for no events.");
    break;
  case CULTURE_FIGURE_TRAINING:
    (void)snprintf(text, bytes,
                   "Losses of the data and of the law while the network was trained, and where k went. A k that still "
                   "moves at the end was not found.");
    break;
  default:
    (void)snprintf(text, bytes, "Every cell's gamma with its 95 %% interval, in order.%s",
                   v->options->method == CULTURE_CRLSM
                       ? " Crosses stand at a bound of the method: the data did not decide them."
                       : "");
  }
}

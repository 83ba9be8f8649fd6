/* R2, coverage and rank statistics of a validation. */
#include "base/elementary.h"
#include "neuron/validate_izhikevich.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P = LG_IZH_N_PARAMS, BINS = 10 };

/* 50, 68, 90, 95 % of a normal distribution */
static const double half_widths[4] = {0.6744897501960817, 0.994457883209753, 1.6448536269514722, 1.959963984540054};

/* Standard normal distribution function: Abramowitz and Stegun 26.2.17, 1e-7, plenty for bins. */
static double normal_cdf(double z) {
  const double x = fabs(z), t = 1.0 / (1.0 + 0.2316419 * x);
  const double tail = 0.3989422804014327 * lg_exp(-0.5 * x * x) * t *
                      (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z < 0.0 ? tail : 1.0 - tail;
}

/* Upper tail of chi2 with 9 degrees of freedom (odd: a finite sum). */
static double chi2_9_p(double x) {
  if (!(x > 0.0)) return 1.0;
  const double root = sqrt(x);
  double term = root, sum = root;
  for (int k = 3; k <= 7; k += 2) {
    term *= x / (double)k;
    sum += term;
  }
  return 2.0 * (1.0 - normal_cdf(root)) + 2.0 * 0.3989422804014327 * lg_exp(-0.5 * x) * sum;
}

static double r2_of(const lg_izh_trial *trials, size_t n, int c, int which) {
  double mean = 0.0, total = 0.0, errors = 0.0;
  size_t used = 0;
  for (size_t k = 0; k < n; k++) mean += trials[k].truth[c] / (double)n;
  for (size_t k = 0; k < n; k++) {
    const lg_izh_trial *t = &trials[k];
    const double found = which == 2 || !t->fit.accepted ? t->fit.closed_form[c] : t->fit.parameters[c];
    total += (t->truth[c] - mean) * (t->truth[c] - mean) / (double)n;
    if (which == 0 && !t->fit.accepted) continue;
    /* nothing at all was found: as good as the mean */
    const double error = found == found ? found - t->truth[c] : mean - t->truth[c];
    errors += error * error;
    used++;
  }
  return used ? 1.0 - errors / (double)used / total : (double)NAN;
}

static void calibration(const lg_izh_trial *trials, size_t n, lg_izh_figures *out) {
  double z[P], bins[P][BINS];
  memset(bins, 0, sizeof bins);
  memset(out->coverage, 0, sizeof out->coverage);
  for (size_t k = 0; k < n; k++) {
    const lg_izhikevich_fit *fit = &trials[k].fit;
    if (!fit->accepted) continue;
    const lg_izh_params truth = lg_izh_from_vector(trials[k].truth);
    lg_izh_to_z(&truth, z);
    for (int c = 0; c < P; c++) {
      const double score = (z[c] - fit->z[c]) / sqrt(fit->covariance_z[c][c]);
      const int bin = (int)(normal_cdf(score) * BINS);
      bins[c][bin < BINS ? bin : BINS - 1] += 1.0;
      for (int level = 0; level < 4; level++)
        if (fabs(score) <= half_widths[level]) out->coverage[level][c] += 1.0 / (double)out->accepted;
    }
  }
  for (int c = 0; c < P; c++) {
    double chi2 = 0.0;
    const double expected = (double)out->accepted / BINS;
    for (int b = 0; b < BINS; b++) chi2 += (bins[c][b] - expected) * (bins[c][b] - expected) / expected;
    out->rank_p[c] = out->accepted ? chi2_9_p(chi2) : (double)NAN;
  }
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

lg_status lg_izh_summarise(lg_ctx *ctx, const lg_izh_trial *trials, size_t n, lg_izh_figures *out) {
  lg_status status = LG_OK;
  double *seconds = NULL;
  memset(out, 0, sizeof *out);
  LG_NEW(ctx, seconds, n);
  for (size_t k = 0; k < n; k++) {
    if (trials[k].fit.accepted) out->accepted++;
    seconds[k] = trials[k].seconds;
    out->seconds_mean += seconds[k] / (double)n;
  }
  qsort(seconds, n, sizeof *seconds, ascending);
  out->seconds_p95 = seconds[(size_t)(0.95 * (double)(n - 1))];
  out->seconds_max = seconds[n - 1];
  for (size_t k = 0; k < n; k++)
    if (trials[k].replay_coincidence >= 0.95) out->replayed += 1.0 / (double)out->accepted;
  for (int c = 0; c < P; c++) {
    out->r2_accepted[c] = r2_of(trials, n, c, 0);
    out->r2_all[c] = r2_of(trials, n, c, 1);
    out->r2_closed_form[c] = r2_of(trials, n, c, 2);
  }
  calibration(trials, n, out);
done:
  lg_free(ctx, seconds);
  return status;
}

/* R2, coverage and rank statistics of a validation. */
#include "base/base.h"
#include "base/elementary.h"
#include "neuron/posterior_samples.h"
#include "neuron/validate.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P = LG_VALIDATE_P, BINS = 10 };

const double lg_validate_levels[LG_VALIDATE_LEVELS] = {0.5, 0.68, 0.9, 0.95};

/* Upper tail of chi2 with 9 degrees of freedom (odd: a finite sum, and the normal tail by its continued fraction). */
static double chi2_9_p(double x) {
  if (!(x > 0.0)) return 1.0;
  const double root = sqrt(x), density = 0.3989422804014327 * lg_exp(-0.5 * x);
  double term = root, sum = root, tail;
  for (int k = 3; k <= 7; k += 2) {
    term *= x / (double)k;
    sum += term;
  }
  if (root > 2.5) {
    double f = root;
    for (int k = 40; k > 0; k--) f = root + k / f;
    tail = density / f;
  } else {
    double part = root, whole = root;
    for (int k = 1; k < 60; k++) {
      part *= x / (2.0 * k + 1.0);
      whole += part;
    }
    tail = 0.5 - density * whole;
  }
  return 2.0 * tail + 2.0 * density * sum;
}

typedef enum column { ACCEPTED, ALL, FALLBACK } column;

static double r2_of(const lg_validate_trial *trials, size_t n, int c, column which) {
  double mean = 0.0, total = 0.0, errors = 0.0;
  size_t used = 0;
  for (size_t k = 0; k < n; k++) mean += trials[k].truth[c] / (double)n;
  for (size_t k = 0; k < n; k++) {
    const lg_validate_trial *t = &trials[k];
    const double found = which == FALLBACK || !t->accepted ? t->fallback[c] : t->found[c];
    total += (t->truth[c] - mean) * (t->truth[c] - mean) / (double)n;
    if (which == ACCEPTED && !t->accepted) continue;
    /* nothing at all was found: as good as the mean */
    const double error = found == found ? found - t->truth[c] : mean - t->truth[c];
    errors += error * error;
    used++;
  }
  return used ? 1.0 - errors / (double)used / total : (double)NAN;
}

/* Central intervals from ranks: inside the central q when |2 rank - 1| <= q. */
static void calibrate(const lg_validate_trial *trials, size_t n, lg_validate_figures *out) {
  const double share = 1.0 / (double)(out->accepted ? out->accepted : 1);
  for (int c = 0; c < P; c++) {
    double bins[BINS] = {0.0}, chi2 = 0.0;
    const double expected = (double)out->accepted / BINS;
    for (size_t k = 0; k < n; k++) {
      if (!trials[k].accepted) continue;
      const double rank = trials[k].rank[c];
      if (!(rank == rank)) continue; /* lacks in every interval and every bin */
      const int bin = (int)(rank * BINS);
      bins[bin < BINS ? bin : BINS - 1] += 1.0;
      for (int level = 0; level < LG_VALIDATE_LEVELS; level++)
        if (fabs(2.0 * rank - 1.0) <= lg_validate_levels[level]) out->coverage[level][c] += share;
    }
    for (int b = 0; b < BINS; b++) chi2 += (bins[b] - expected) * (bins[b] - expected) / expected;
    out->rank_p[c] = out->accepted ? chi2_9_p(chi2) : (double)NAN;
  }
}

/* Effective sample sizes of accepted neurons: least, at 5 %, median. */
static void summarise_samples(const lg_validate_trial *trials, size_t n, double *sorted, lg_validate_figures *out) {
  size_t m = 0;
  for (size_t k = 0; k < n; k++) {
    if (!trials[k].accepted || !(trials[k].effective == trials[k].effective)) continue;
    sorted[m++] = trials[k].effective;
    if (trials[k].effective < LG_POSTERIOR_FEW) out->few++;
  }
  qsort(sorted, m, sizeof *sorted, lg_ascending);
  out->effective[0] = m ? sorted[0] : (double)NAN;
  out->effective[1] = m ? sorted[(size_t)(0.05 * (double)(m - 1))] : (double)NAN;
  out->effective[2] = m ? sorted[m / 2] : (double)NAN;
}

lg_status lg_validate_summarise(lg_ctx *ctx, const lg_validate_trial *trials, size_t n, lg_validate_figures *out) {
  lg_status status = LG_OK;
  double *seconds = NULL;
  size_t replayed = 0;
  memset(out, 0, sizeof *out);
  LG_NEW(ctx, seconds, n);
  for (size_t k = 0; k < n; k++) {
    if (trials[k].accepted) out->accepted++;
    if (trials[k].accepted && trials[k].coincidence >= 0.95) replayed++;
    seconds[k] = trials[k].seconds;
    out->seconds_mean += seconds[k] / (double)n;
  }
  qsort(seconds, n, sizeof *seconds, lg_ascending);
  out->seconds_p95 = seconds[(size_t)(0.95 * (double)(n - 1))];
  out->seconds_max = seconds[n - 1];
  summarise_samples(trials, n, seconds, out);
  out->replayed = out->accepted ? (double)replayed / (double)out->accepted : (double)NAN;
  for (int c = 0; c < P; c++) {
    out->r2_accepted[c] = r2_of(trials, n, c, ACCEPTED);
    out->r2_all[c] = r2_of(trials, n, c, ALL);
    out->r2_fallback[c] = r2_of(trials, n, c, FALLBACK);
    out->mean_r2_all += out->r2_all[c] / P;
  }
  calibrate(trials, n, out);
done:
  lg_free(ctx, seconds);
  return status;
}

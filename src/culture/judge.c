/* How well a fit meets the traces: free runs, peaks, the paper's groups. */
#include "culture/identify_internal.h"

#include "num/median.h"

#include <math.h>

static double mse(const double *a, const double *b, size_t n) {
  double sum = 0.0;
  for (size_t t = 0; t < n; t++) sum += (a[t] - b[t]) * (a[t] - b[t]) / (double)n;
  return sum;
}

static double variance(const double *x, size_t n) {
  double mean = 0.0, sum = 0.0;
  for (size_t t = 0; t < n; t++) mean += x[t] / (double)n;
  for (size_t t = 0; t < n; t++) sum += (x[t] - mean) * (x[t] - mean) / (double)n;
  return sum;
}

/* Peaks of both within two frames, each used once. NAN: neither has any. */
static double match(const size_t *a, size_t n, const size_t *b, size_t m) {
  size_t hits = 0, next = 0;
  for (size_t k = 0; k < n; k++) {
    while (next < m && b[next] + 2 < a[k]) next++;
    if (next < m && b[next] <= a[k] + 2) hits++, next++;
  }
  return n + m ? 2.0 * (double)hits / (double)(n + m) : (double)NAN;
}

static int group_of(const culture_cell_fit *f) {
  const bool near = f->nmse < 0.25, peaks = isnan(f->peaks_f1) || f->peaks_f1 >= 0.7;
  return near ? (peaks ? 1 : 2) : (peaks ? 3 : 4);
}

static lg_status judge_cell(lg_ctx *ctx, culture_identification *w, size_t g, const double *test, size_t n_train) {
  lg_status status = LG_OK;
  const size_t times = w->data->n_times;
  culture_cell_fit *f = &w->result->cell[g];
  const double *x = w->data->x + g * times, *run = w->result->run + g * times;
  double *scratch = NULL;
  size_t *peaks = NULL;
  LG_NEW(ctx, scratch, 2 * times);
  LG_NEW(ctx, peaks, 2 * times);
  f->mse_train = mse(x, run, n_train);
  f->mse_test = mse(x + n_train, test + g * (times - n_train), times - n_train);
  f->mse_bare = mse(x, w->result->bare + g * times, times);
  f->nmse = mse(x, run, times) / fmax(variance(x, times), 1e-300);
  const double prominence = fmax(0.05, 4.0 * lg_culture_noise(x, times, scratch));
  const size_t n = lg_culture_peaks(x, times, prominence, peaks);
  f->peaks_f1 = match(peaks, n, peaks + times, lg_culture_peaks(run, times, prominence, peaks + times));
  f->group = group_of(f);
done:
  lg_free(ctx, scratch);
  lg_free(ctx, peaks);
  return status;
}

lg_status lg_culture_judge(lg_ctx *ctx, culture_identification *w, size_t n_train) {
  lg_status status = LG_OK;
  lg_culture_result *r = w->result;
  const size_t n = w->data->n_inner, times = w->data->n_times;
  double *test = NULL, *sorted = NULL;
  LG_NEW(ctx, test, n * times);
  LG_NEW(ctx, sorted, n);
  culture_run run = {.fit = &w->fit, .n_times = times};
  LG_TRY(lg_culture_run_free(ctx, w->coupling, w->data, w->modes, &run, r->bare));
  run.input = r->has_events ? r->input : NULL;
  LG_TRY(lg_culture_run_free(ctx, w->coupling, w->data, w->modes, &run, r->run));
  run.first = n_train, run.n_times = times - n_train;
  LG_TRY(lg_culture_run_free(ctx, w->coupling, w->data, w->modes, &run, test));
  for (size_t g = 0; g < n; g++) {
    LG_TRY(judge_cell(ctx, w, g, test, n_train));
    r->group[r->cell[g].group - 1]++;
  }
  for (size_t g = 0; g < n; g++) sorted[g] = mse(w->data->x + g * times, r->run + g * times, times);
  r->mse_median = lg_median(sorted, n);
  for (size_t g = 0; g < n; g++) sorted[g] = r->cell[g].mse_bare;
  r->mse_bare_median = lg_median(sorted, n);
done:
  lg_free(ctx, test);
  lg_free(ctx, sorted);
  return status;
}

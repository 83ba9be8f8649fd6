#include "twin/trial_report_view.h"

#include "twin/report_keep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Keys that a dose has whatever is measured; a metric must not be called so. */
static const char *const taken[] = {"dose_uM",
                                    "verdict",
                                    "probability",
                                    "rule",
                                    "area_ratio",
                                    "area_ratio_lo95",
                                    "area_ratio_hi95",
                                    "rheobase_ratio",
                                    "f_I",
                                    "rheobase_ratio_lo95",
                                    "rheobase_ratio_hi95",
                                    "beyond_learned",
                                    "extrapolated",
                                    "domain",
                                    "area_to_healthy",
                                    "concentrations_uM",
                                    "neuron"};

static lg_status check_lists(lg_ctx *ctx, const lg_trial_report_data *d) {
  if ((d->n_drugs && !d->drugs) || (d->n_doses && !d->doses) || (d->n_metrics && (!d->metrics || !d->baseline)) ||
      (d->n_levels && (!d->i_pA || !d->n_spikes)) || (d->n_flags && !d->flags) || (d->n_notes && !d->notes) ||
      (d->n_liabilities && !d->liabilities) || (d->n_reasons && !d->reasons))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "trial report: a list has a length but is NULL");
  if (d->n_drugs == 0 || d->n_doses == 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "trial report: %zu drugs and %zu doses; at least one of each expected",
                   d->n_drugs, d->n_doses);
  for (size_t k = 0; k < d->n_drugs; k++)
    if (!d->drugs[k].name || (d->drugs[k].n_targets && !d->drugs[k].targets))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "trial report: drug %zu has no name or no targets", k);
  for (size_t k = 0; k < d->n_metrics; k++) {
    const char *name = d->metrics[k].name;
    if (!name) return lg_fail(ctx, LG_ERR_ARGUMENT, "trial report: metric %zu has no name", k);
    for (size_t j = 0; j < sizeof taken / sizeof taken[0]; j++)
      if (strcmp(name, taken[j]) == 0)
        return lg_fail(ctx, LG_ERR_ARGUMENT, "trial report: a metric must not be called '%s'", name);
  }
  if (d->n_trace > 0 && !(d->trace_mV && d->trace_dt_ms > 0.0 && isfinite(d->trace_dt_ms)))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "trial report: example traces without samples or sampling interval");
  return LG_OK;
}

static lg_status check_doses(lg_ctx *ctx, const lg_trial_report_data *d) {
  for (size_t k = 0; k < d->n_doses; k++) {
    const lg_trial_dose *t = &d->doses[k];
    if (!(t->dose_uM >= 0.0) || !isfinite(t->dose_uM) || (k > 0 && t->dose_uM <= d->doses[k - 1].dose_uM))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "trial report: dose %zu is %g uM; ascending doses of 0 or more expected", k,
                     t->dose_uM);
    if ((int)t->verdict < 0 || t->verdict >= LG_VERDICTS)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "trial report: dose %zu has no verdict", k);
    if ((d->n_levels && !t->n_spikes) || (d->n_metrics && !t->metrics))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "trial report: dose %zu has no f-I curve or no metrics", k);
  }
  return LG_OK;
}

static lg_status round_traces(lg_ctx *ctx, lg_trial_view *v) {
  lg_status status = LG_OK;
  const lg_trial_report_data *d = &v->data;
  size_t n = d->n_trace > 0, total;
  for (size_t k = 0; k < d->n_doses; k++) n += d->n_trace > 0 && d->doses[k].trace_mV;
  if (!lg_mul_size(n, d->n_trace, &total)) return lg_fail(ctx, LG_ERR_LIMIT, "trial report: too many samples");
  LG_NEW(ctx, v->doses, d->n_doses);
  memcpy(v->doses, d->doses, d->n_doses * sizeof *v->doses);
  v->data.doses = v->doses;
  if (total == 0) goto done;
  LG_NEW(ctx, v->traces, total);
  double *to = v->traces;
  for (size_t k = 0; k <= d->n_doses; k++) {
    const double **from = k == 0 ? &v->data.trace_mV : &v->doses[k - 1].trace_mV;
    if (!*from) continue;
    for (size_t i = 0; i < d->n_trace; i++) {
      const double x = (*from)[i];
      to[i] = isfinite(x) && fabs(x) < 1e9 ? floor(x * 1e2 + 0.5) / 1e2 : (double)NAN;
    }
    *from = to;
    to += d->n_trace;
  }
done:
  return status;
}

static lg_report_flag flag_of(const lg_trial_report_data *d) {
  const char *domain = d->domain ? d->domain : "red";
  if (strcmp(domain, "amber") == 0) return LG_FLAG_AMBER;
  return strcmp(domain, "green") == 0 ? (d->accepted ? LG_FLAG_GREEN : LG_FLAG_AMBER) : LG_FLAG_RED;
}

/* The dose nearest to the top of the therapeutic range on the logarithmic axis, when it is within a factor of 2. */
static size_t find_therapeutic(const lg_trial_view *v) {
  size_t best = v->data.n_doses;
  double least = 2.0;
  if (!(v->free_high_uM > 0.0)) return best;
  for (size_t k = 0; k < v->data.n_doses; k++) {
    const double dose = v->doses[k].dose_uM;
    if (!(dose > 0.0)) continue;
    const double factor = dose > v->free_high_uM ? dose / v->free_high_uM : v->free_high_uM / dose;
    if (factor < least) least = factor, best = k;
  }
  return best;
}

/* Up to LG_TRIAL_SHOWN of the candidates, evenly, the first and the last among them. */
static size_t choose(const size_t *candidates, size_t n, size_t most, size_t *to) {
  const size_t m = n < most ? n : most;
  for (size_t j = 0; j < m; j++) to[j] = candidates[m > 1 ? (j * (n - 1) + (m - 1) / 2) / (m - 1) : n - 1];
  return m;
}

/* The therapeutic dose is shown too: in the place of its nearest neighbour that is neither the first nor the last. */
static void include(size_t wanted, size_t n_doses, size_t *shown, size_t n) {
  size_t best = n;
  if (wanted >= n_doses) return;
  for (size_t j = 0; j < n; j++) {
    if (shown[j] == wanted) return;
    if (j == 0 || j + 1 == n) continue;
    const size_t far = shown[j] > wanted ? shown[j] - wanted : wanted - shown[j];
    if (best == n || far < (shown[best] > wanted ? shown[best] - wanted : wanted - shown[best])) best = j;
  }
  if (best < n && shown[best - 1] < wanted && shown[best + 1] > wanted) shown[best] = wanted;
}

static lg_status derive(lg_ctx *ctx, lg_trial_view *v) {
  lg_status status = LG_OK;
  const lg_trial_report_data *d = &v->data;
  size_t *candidates = NULL, n = 0;
  v->flag = flag_of(d);
  v->free_low_uM = d->drugs[0].free_low_uM;
  v->free_high_uM = d->drugs[0].free_high_uM;
  if (!(v->free_high_uM > 0.0)) v->free_high_uM = v->free_low_uM;
  if (!(v->free_high_uM > 0.0)) v->free_high_uM = v->free_low_uM = (double)NAN;
  v->first_changed = d->n_doses;
  for (size_t k = d->n_doses; k-- > 0;) {
    v->used[v->doses[k].verdict] = true;
    if (v->doses[k].verdict != LG_VERDICT_UNCHANGED) v->first_changed = k;
    if (isfinite(lg_trial_certainty(&v->doses[k]))) v->has_probability = true;
  }
  v->therapeutic = find_therapeutic(v);
  v->healthy_ratio = (double)NAN;
  for (size_t k = 0; k < d->n_doses && isnan(v->healthy_ratio); k++)
    if (v->doses[k].area_to_healthy > 0.0) v->healthy_ratio = v->doses[k].area_ratio / v->doses[k].area_to_healthy;
  LG_NEW(ctx, candidates, d->n_doses);
  for (size_t k = 0; k < d->n_doses; k++)
    if (v->doses[k].dose_uM > 0.0) candidates[n++] = k;
  v->n_shown = choose(candidates, n, LG_TRIAL_SHOWN, v->shown);
  include(v->therapeutic, d->n_doses, v->shown, v->n_shown);
  n = 0;
  for (size_t k = 0; k < d->n_doses; k++)
    if (v->doses[k].trace_mV) candidates[n++] = k;
  v->n_traced = choose(candidates, n, LG_TRIAL_SHOWN - 2, v->traced);
  if (v->therapeutic < d->n_doses && v->doses[v->therapeutic].trace_mV)
    include(v->therapeutic, d->n_doses, v->traced, v->n_traced);
done:
  lg_free(ctx, candidates);
  return status;
}

static lg_status name_it(lg_ctx *ctx, lg_trial_view *v) {
  lg_status status = LG_OK;
  const lg_trial_report_data *d = &v->data;
  if (d->title && d->title[0]) {
    LG_TRY((v->title = lg_strdup(ctx, d->title)) ? LG_OK : LG_ERR_MEMORY);
    goto done;
  }
  char text[512];
  size_t n = 0;
  for (size_t k = 0; k < d->n_drugs && n + 1 < sizeof text; k++)
    n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", k ? " + " : "", d->drugs[k].name);
  if (n < sizeof text && d->twin && d->twin[0]) {
    const char *slash = strrchr(d->twin, '/');
    (void)snprintf(text + n, sizeof text - n, " on %s", slash && slash[1] ? slash + 1 : d->twin);
  }
  v->title = lg_strdup(ctx, text);
  if (!v->title) status = LG_ERR_MEMORY;
done:
  return status;
}

lg_status lg_trial_view_create(lg_ctx *ctx, const lg_trial_report_data *data, lg_trial_view **out) {
  lg_status status = LG_OK;
  lg_trial_view *v = NULL;
  *out = NULL;
  LG_TRY(check_lists(ctx, data));
  LG_TRY(check_doses(ctx, data));
  LG_NEW(ctx, v, 1);
  v->data = *data;
  LG_TRY(lg_report_lay_out(ctx, data->provenance_json, &v->provenance));
  v->data.provenance_json = v->provenance;
  LG_TRY(round_traces(ctx, v));
  LG_TRY(derive(ctx, v));
  LG_TRY(name_it(ctx, v));
  *out = v;
  v = NULL;
done:
  lg_trial_view_destroy(ctx, v);
  return status;
}

void lg_trial_view_destroy(lg_ctx *ctx, lg_trial_view *v) {
  if (!v) return;
  lg_free(ctx, v->doses);
  lg_free(ctx, v->traces);
  lg_free(ctx, v->title);
  free(v->provenance); /* jansson's */
  lg_free(ctx, v);
}

#include "twin/trial.h"

#include "base/elementary.h"
#include "num/ascending.h"
#include "twin/assay_lanes.h"
#include "twin/trial_internal.h"

#include <math.h>
#include <string.h>

#define MEMBER_STEP_MS 500.0
#define MEMBER_DT_MS 0.05
#define TRACE_SAMPLE_MS 0.2

void lg_trial_destroy(lg_ctx *ctx, lg_trial *t) {
  if (!t) return;
  for (size_t k = 0; t->points && k < t->n_points; k++) lg_free(ctx, t->points[k].trace_mV);
  if (t->therapeutic) lg_free(ctx, t->therapeutic->trace_mV);
  lg_free(ctx, t->points);
  lg_free(ctx, t->therapeutic);
  lg_free(ctx, t->trace_mV);
  lg_free(ctx, t);
}

lg_status lg_make_epileptic(lg_ctx *ctx, const lg_neuron *healthy, lg_neuron *out) {
  if (strcmp(healthy->info->model, "tm") != 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "only tm neurons can be made epileptic, not %s", healthy->info->model);
  *out = *healthy;
  lg_status status = lg_neuron_set(ctx, out, "gM", 0.4 * lg_neuron_get(healthy, "gM"));
  const double nap = lg_neuron_get(healthy, "gNaP") + 0.1 * lg_neuron_get(healthy, "gL");
  if (status == LG_OK) status = lg_neuron_set(ctx, out, "gNaP", nap);
  if (status == LG_OK) status = lg_neuron_set(ctx, out, "EGABA", -58.0);
  return status;
}

bool lg_same_neuron(const lg_neuron *a, const lg_neuron *b) {
  return a->info == b->info && memcmp(a->value, b->value, sizeof a->value) == 0 &&
         memcmp(a->initial, b->initial, sizeof a->initial) == 0;
}

double lg_rate_scale(const lg_neuron *neuron) {
  const double rate = lg_neuron_get(neuron, "rate_scale");
  return isnan(rate) ? 1.0 : rate;
}

static lg_status check(lg_ctx *ctx, const lg_subject *subject, const lg_trial_opts *o) {
  if (o->n_drugs < 1 || o->n_drugs > LG_TRIAL_MAX_DRUGS)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "%zu drugs; 1 … %d can be given together", o->n_drugs,
                   (int)LG_TRIAL_MAX_DRUGS);
  if (o->n_doses < 1) return lg_fail(ctx, LG_ERR_ARGUMENT, "no dose");
  for (size_t k = 0; k < o->n_doses; k++)
    if (!(o->dose_uM[k] >= 0.0 && isfinite(o->dose_uM[k])))
      return lg_fail(ctx, LG_ERR_RANGE, "dose %zu is %g uM; allowed is 0 and above", k + 1, o->dose_uM[k]);
  return lg_treatable(ctx, o->learned, &subject->neuron);
}

lg_status lg_trial_treat(lg_ctx *ctx, const lg_trial_opts *o, const lg_neuron *neuron, double dose_uM, lg_neuron *out,
                         lg_treated *how) {
  lg_dose doses[LG_TRIAL_MAX_DRUGS];
  for (size_t d = 0; d < o->n_drugs; d++) doses[d] = (lg_dose){o->drug[d], dose_uM * o->per_dose[d]};
  return lg_treat(ctx, o->learned, neuron, doses, o->n_drugs, &o->bath, out, how);
}

/* The subject in its bath, healthy or made epileptic. An E_GABA that is asked for wins. */
static lg_status in_bath(lg_ctx *ctx, const lg_trial_opts *o, const lg_neuron *neuron, bool epileptic, lg_neuron *out) {
  lg_neuron ill;
  lg_status status = LG_OK;
  if (epileptic) status = lg_make_epileptic(ctx, neuron, &ill);
  if (status == LG_OK) status = lg_treat(ctx, o->learned, epileptic ? &ill : neuron, NULL, 0, &o->bath, out, NULL);
  return status;
}

/* ---- the best neuron ----------------------------------------------------------------------------- */

/* All points, the therapeutic one behind the others. */
static lg_trial_point *point_at(lg_trial *t, size_t k) { return k < t->n_points ? &t->points[k] : t->therapeutic; }

static size_t points_of(const lg_trial *t) { return t->n_points + (t->therapeutic ? 1 : 0); }

/* The untreated neuron and all treated ones in one run: lanes are filled better by many than by few. */
static lg_status run_points(lg_ctx *ctx, const lg_subject *s, const lg_trial_opts *o, const lg_neuron *base,
                            lg_trial *t) {
  lg_status status = LG_OK;
  lg_neuron *neurons = NULL;
  lg_assay *found = NULL;
  size_t *index = NULL, m = 1;
  const size_t n = points_of(t);
  LG_NEW(ctx, neurons, n + 1);
  LG_NEW(ctx, found, n + 1);
  LG_NEW(ctx, index, n);
  neurons[0] = t->neuron;
  for (size_t k = 0; k < n; k++) {
    lg_trial_point *p = point_at(t, k);
    lg_treated how;
    LG_TRY(lg_trial_treat(ctx, o, base, p->dose_uM, &neurons[m], &how));
    p->notes = how.notes;
    p->extrapolated = how.beyond;
    (void)snprintf(p->beyond, sizeof p->beyond, "%s", how.reason);
    p->neuron = neurons[m];
    index[k] = lg_same_neuron(&neurons[m], &t->neuron) ? 0 : m++; /* what does not act need not be run */
  }
  LG_TRY(lg_assay_run_own(ctx, neurons, m, lg_same_neuron(&t->neuron, &s->neuron), &t->plan, true, found));
  t->before = found[0];
  for (size_t k = 0; k < n; k++) point_at(t, k)->assay = found[index[k]];
done:
  lg_free(ctx, neurons);
  lg_free(ctx, found);
  lg_free(ctx, index);
  return status;
}

/* ---- the posterior --------------------------------------------------------------------------------- */

typedef struct members {
  size_t n, n_points;
  lg_neuron *base;   /* (n) ill or healthy, without bath */
  lg_neuron *before; /* (n) in the bath */
  lg_assay_plan *plan;
  lg_assay *untreated, *treated; /* (n), (n, n_points) */
} members;

static void forget(lg_ctx *ctx, members *m) {
  lg_free(ctx, m->base);
  lg_free(ctx, m->before);
  lg_free(ctx, m->plan);
  lg_free(ctx, m->untreated);
  lg_free(ctx, m->treated);
}

/* Members that fire, in their bath, with their plans. */
static lg_status gather(lg_ctx *ctx, const lg_subject *s, const lg_trial_opts *o, const lg_trial *t, members *m) {
  lg_status status = LG_OK;
  size_t n_own = 0;
  lg_assay_opts quick = o->assay;
  quick.what = LG_ASSAY_FI | LG_ASSAY_RHEOBASE | LG_ASSAY_SINGLE;
  quick.step_ms = MEMBER_STEP_MS;
  quick.dt_ms = lg_assay_dt(MEMBER_DT_MS, lg_rate_scale(&s->neuron));
  LG_NEW(ctx, m->base, s->n_members);
  LG_NEW(ctx, m->before, s->n_members);
  LG_NEW(ctx, m->plan, s->n_members);
  LG_NEW(ctx, m->untreated, s->n_members);
  for (size_t k = 0; k < s->n_members; k++) {
    m->base[k] = s->members[k];
    if (o->epileptic) LG_TRY(lg_make_epileptic(ctx, &s->members[k], &m->base[k]));
    LG_TRY(in_bath(ctx, o, &m->base[k], false, &m->before[k]));
  }
  LG_TRY(lg_assay_plans_make(ctx, s->members, s->n_members, &quick, t->plan.unit_pA, m->plan));
  for (size_t k = 0; k < s->n_members; k++) {
    if (isnan(m->plan[k].baseline_rheobase_pA)) continue;
    m->base[m->n] = m->base[k];
    m->before[m->n] = m->before[k];
    m->plan[m->n] = m->plan[k];
    n_own += n_own == m->n && lg_same_neuron(&m->before[m->n], &s->members[k]); /* all, or those before the first */
    m->n++;
  }
  LG_TRY(lg_assay_run_own(ctx, m->before, m->n, n_own, m->plan, false, m->untreated));
done:
  return status;
}

static lg_status treat_members(lg_ctx *ctx, const lg_trial_opts *o, lg_trial *t, members *m) {
  lg_status status = LG_OK;
  lg_neuron *neurons = NULL;
  lg_assay_plan *plans = NULL;
  lg_assay *found = NULL;
  size_t *index = NULL, n = 0;
  m->n_points = points_of(t);
  const size_t all = m->n * m->n_points;
  LG_NEW(ctx, m->treated, all > 0 ? all : 1);
  LG_NEW(ctx, neurons, all > 0 ? all : 1);
  LG_NEW(ctx, plans, all > 0 ? all : 1);
  LG_NEW(ctx, found, all > 0 ? all : 1);
  LG_NEW(ctx, index, all > 0 ? all : 1);
  for (size_t k = 0; k < m->n; k++)
    for (size_t p = 0; p < m->n_points; p++) {
      const size_t at = k * m->n_points + p;
      LG_TRY(lg_trial_treat(ctx, o, &m->base[k], point_at(t, p)->dose_uM, &neurons[n], NULL));
      m->treated[at] = m->untreated[k];
      if (lg_same_neuron(&neurons[n], &m->before[k])) continue;
      plans[n] = m->plan[k];
      index[n++] = at;
    }
  LG_TRY(lg_assay_run(ctx, neurons, n, plans, false, found));
  for (size_t k = 0; k < n; k++) m->treated[index[k]] = found[k];
done:
  lg_free(ctx, neurons);
  lg_free(ctx, plans);
  lg_free(ctx, found);
  lg_free(ctx, index);
  return status;
}

/* Central 95 % of x (n), which is sorted; NAN are left out. */
static void band(double *x, size_t n, double *lo, double *hi) {
  size_t m = 0;
  for (size_t k = 0; k < n; k++)
    if (!isnan(x[k])) x[m++] = x[k];
  *lo = *hi = (double)NAN;
  if (m == 0) return;
  qsort(x, m, sizeof *x, lg_ascending);
  const double a = 0.025 * (double)(m - 1), b = 0.975 * (double)(m - 1);
  const size_t i = (size_t)a, j = (size_t)b;
  *lo = x[i] + (a - (double)i) * (x[i + 1 < m ? i + 1 : i] - x[i]);
  *hi = x[j] + (b - (double)j) * (x[j + 1 < m ? j + 1 : j] - x[j]);
}

static void spike_bands(const members *m, const lg_assay *first, size_t stride, double scale, double *scratch,
                        lg_trial_bands *out) {
  for (size_t l = 0; l < LG_ASSAY_LEVELS; l++) {
    for (size_t k = 0; k < m->n; k++) scratch[k] = scale * (double)first[k * stride].n_spikes[l];
    band(scratch, m->n, &out->spikes_lo[l], &out->spikes_hi[l]);
  }
}

static lg_status fill_bands(lg_ctx *ctx, const lg_trial_opts *o, lg_trial *t, const members *m) {
  lg_status status = LG_OK;
  double *x = NULL, *q = NULL;
  const double scale = o->assay.step_ms / MEMBER_STEP_MS; /* counts of the shorter steps, as of the longer ones */
  LG_NEW(ctx, x, m->n);
  LG_NEW(ctx, q, m->n);
  spike_bands(m, m->untreated, 1, scale, x, &t->before_bands);
  for (size_t p = 0; p < m->n_points; p++) {
    lg_trial_bands *b = &point_at(t, p)->bands;
    for (size_t k = 0; k < m->n; k++) {
      lg_verdict_ratios r;
      b->probability[lg_assay_judge(&m->plan[k], &m->untreated[k], &m->treated[k * m->n_points + p], &r)] +=
          1.0 / (double)m->n;
      x[k] = r.area;
      q[k] = r.rheobase;
    }
    band(x, m->n, &b->area_lo, &b->area_hi);
    band(q, m->n, &b->rheobase_lo, &b->rheobase_hi);
    spike_bands(m, m->treated + p, m->n_points, scale, x, b);
  }
done:
  lg_free(ctx, x);
  lg_free(ctx, q);
  return status;
}

static void no_bands(lg_trial_bands *b) {
  *b = (lg_trial_bands){
      .area_lo = (double)NAN, .area_hi = (double)NAN, .rheobase_lo = (double)NAN, .rheobase_hi = (double)NAN};
  for (size_t l = 0; l < LG_ASSAY_LEVELS; l++) b->spikes_lo[l] = b->spikes_hi[l] = (double)NAN;
}

static lg_status run_members(lg_ctx *ctx, const lg_subject *s, const lg_trial_opts *o, lg_trial *t) {
  lg_status status = LG_OK;
  members m = {.n = 0};
  if (s->n_members == 0) return LG_OK;
  LG_TRY(gather(ctx, s, o, t, &m));
  t->n_members = m.n;
  if (m.n > 0) {
    LG_TRY(treat_members(ctx, o, t, &m));
    LG_TRY(fill_bands(ctx, o, t, &m));
  }
done:
  forget(ctx, &m);
  return status;
}

/* ---- judging ---------------------------------------------------------------------------------------- */

lg_domain lg_trial_domain(lg_domain subject, bool extrapolated, bool beyond) {
  if (beyond) return LG_DOMAIN_RED;
  return extrapolated && subject == LG_DOMAIN_GREEN ? LG_DOMAIN_AMBER : subject;
}

static void judge(const lg_subject *s, const lg_trial_opts *o, const lg_trial *t, double healthy_area,
                  lg_trial_point *p) {
  p->own = lg_assay_judge(&t->plan, &t->before, &p->assay, &p->ratios);
  lg_verdict_explain(&t->plan, &t->before, &p->assay, p->rule, sizeof p->rule);
  if (t->n_members == 0) p->bands.probability[p->own] = 1.0;
  p->verdict = p->own;
  for (int v = 0; v < LG_VERDICTS; v++)
    if (p->bands.probability[v] > p->bands.probability[p->verdict]) p->verdict = (lg_verdict)v;
  p->area_to_healthy = healthy_area > 0.0 ? p->assay.area / healthy_area : (double)NAN;
  for (size_t d = 0; d < o->n_drugs; d++)
    if (lg_trial_extrapolates(o->drug[d], p->dose_uM * o->per_dose[d])) p->extrapolated = true;
  p->domain = lg_trial_domain(s->domain, p->extrapolated, p->beyond[0] != '\0');
}

/* Dose between two at which the area ratio passes a level, linear in the logarithm of the dose. */
static double passes(const lg_trial_point *a, const lg_trial_point *b, double level) {
  const double share = (level - a->ratios.area) / (b->ratios.area - a->ratios.area);
  if (!(a->dose_uM > 0.0)) return b->dose_uM;
  return lg_exp(lg_ln(a->dose_uM) + share * lg_ln(b->dose_uM / a->dose_uM));
}

static void find_window(lg_trial *t) {
  t->window_low_uM = t->window_high_uM = (double)NAN;
  for (size_t k = 0; k < t->n_points; k++) {
    const lg_trial_point *p = &t->points[k];
    const double a = p->ratios.area;
    if (isnan(t->window_low_uM) && p->own != LG_VERDICT_UNCHANGED) {
      const lg_trial_point *last = k > 0 ? &t->points[k - 1] : NULL;
      const bool between = last && (a < 0.8 || a > 1.25);
      t->window_low_uM = between ? passes(last, p, a < 0.8 ? 0.8 : 1.25) : p->dose_uM;
    }
    if (isnan(t->window_high_uM) && (p->own == LG_VERDICT_SILENCED || p->own == LG_VERDICT_BLOCK))
      t->window_high_uM = p->dose_uM;
  }
}

static lg_status fit_effect(lg_ctx *ctx, lg_trial *t) {
  lg_status status = LG_OK;
  double *dose = NULL, *area = NULL;
  LG_NEW(ctx, dose, t->n_points);
  LG_NEW(ctx, area, t->n_points);
  for (size_t k = 0; k < t->n_points; k++) {
    dose[k] = t->points[k].dose_uM;
    area[k] = t->points[k].ratios.area;
  }
  lg_effect_fit_hill(dose, area, t->n_points, true, &t->effect);
done:
  lg_free(ctx, dose);
  lg_free(ctx, area);
  return status;
}

/* ---- example traces ----------------------------------------------------------------------------------- */

typedef struct traces {
  double **to;
  size_t n;
} traces;

static void keep_trace(void *user, size_t lane, const lg_lane_view *view) {
  const traces *t = user;
  memcpy(t->to[lane], view->v_mV, (view->n < t->n ? view->n : t->n) * sizeof(double));
}

static lg_status run_traces(lg_ctx *ctx, const lg_trial_opts *o, const lg_neuron *base, lg_trial *t) {
  lg_status status = LG_OK;
  lg_neuron *neurons = NULL;
  lg_lane *lanes = NULL;
  double *wave = NULL;
  traces to = {NULL, 0};
  const lg_assay_opts *a = &t->plan.opts;
  const size_t n = t->n_points + 1, every = (size_t)(TRACE_SAMPLE_MS / a->dt_ms + 0.5);
  const size_t n_steps = (size_t)((2.0 * a->settle_ms + a->step_ms) / a->dt_ms + 0.5);
  LG_NEW(ctx, neurons, n);
  LG_NEW(ctx, lanes, n);
  LG_NEW(ctx, wave, n_steps);
  LG_NEW(ctx, to.to, n);
  for (size_t k = 0; k < n_steps; k++) {
    const double ms = ((double)k + 0.5) * a->dt_ms - a->settle_ms;
    wave[k] = ms >= 0.0 && ms < a->step_ms ? 1.0 : 0.0;
  }
  t->trace_dt_ms = a->dt_ms * (double)(every > 0 ? every : 1);
  t->n_trace = to.n = n_steps / (every > 0 ? every : 1) + 1;
  t->trace_pA = o->trace_factor * t->plan.unit_pA;
  LG_NEW(ctx, t->trace_mV, to.n);
  to.to[0] = t->trace_mV;
  neurons[0] = t->neuron;
  for (size_t k = 0; k < t->n_points; k++) {
    LG_NEW(ctx, t->points[k].trace_mV, to.n);
    to.to[k + 1] = t->points[k].trace_mV;
    LG_TRY(lg_trial_treat(ctx, o, base, t->points[k].dose_uM, &neurons[k + 1], NULL));
  }
  for (size_t k = 0; k < n; k++) lanes[k] = (lg_lane){&neurons[k], t->trace_pA};
  const lg_lanes run = {.lane = lanes,
                        .n = n,
                        .dt_ms = a->dt_ms,
                        .n_steps = n_steps,
                        .waveform = wave,
                        .sample_every = every > 0 ? every : 1,
                        .look = keep_trace,
                        .user = &to};
  LG_TRY(lg_lanes_run(ctx, &run));
done:
  lg_free(ctx, neurons);
  lg_free(ctx, lanes);
  lg_free(ctx, wave);
  lg_free(ctx, to.to);
  return status;
}

/* Area of the healthy neuron at the currents of the ill one. */
static lg_status healthy(lg_ctx *ctx, const lg_subject *s, const lg_trial_opts *o, const lg_trial *t, double *area) {
  lg_neuron neuron;
  lg_assay found;
  lg_assay_plan plan = t->plan;
  plan.opts.what = LG_ASSAY_FI;
  lg_status status = in_bath(ctx, o, &s->neuron, false, &neuron);
  if (status == LG_OK) status = lg_assay_run(ctx, &neuron, 1, &plan, true, &found);
  *area = status == LG_OK ? found.area : 0.0;
  return status;
}

lg_status lg_trial_run(lg_ctx *ctx, const lg_subject *s, const lg_trial_opts *o, lg_trial **out) {
  lg_status status = LG_OK;
  lg_trial *t = NULL;
  lg_neuron base = s->neuron;
  double healthy_area = 0.0;
  *out = NULL;
  LG_TRY(check(ctx, s, o));
  const double top = o->drug[0]->free_high_uM;
  LG_NEW(ctx, t, 1);
  LG_NEW(ctx, t->points, o->n_doses);
  t->n_points = o->n_doses;
  if (top > 0.0) LG_NEW(ctx, t->therapeutic, 1);
  no_bands(&t->before_bands);
  for (size_t k = 0; k < points_of(t); k++) {
    point_at(t, k)->dose_uM = k < o->n_doses ? o->dose_uM[k] : top;
    no_bands(&point_at(t, k)->bands);
  }
  /* the currents are those of the recorded neuron, healthy and without tone: that is where it lives */
  lg_assay_opts assay = o->assay;
  assay.dt_ms = lg_assay_dt(assay.dt_ms, lg_rate_scale(&s->neuron));
  LG_TRY(lg_assay_plan_make(ctx, &s->neuron, &assay, &t->plan));
  if (o->epileptic) LG_TRY(lg_make_epileptic(ctx, &s->neuron, &base));
  LG_TRY(in_bath(ctx, o, &base, false, &t->neuron));
  LG_TRY(run_points(ctx, s, o, &base, t));
  if (o->epileptic) LG_TRY(healthy(ctx, s, o, t, &healthy_area));
  t->healthy_area_ratio = healthy_area > 0.0 ? t->before.area / healthy_area : (double)NAN;
  LG_TRY(run_members(ctx, s, o, t));
  for (size_t k = 0; k < points_of(t); k++) judge(s, o, t, healthy_area, point_at(t, k));
  LG_TRY(fit_effect(ctx, t));
  find_window(t);
  if (o->trace_factor > 0.0) LG_TRY(run_traces(ctx, o, &base, t));
  *out = t;
  t = NULL;
done:
  lg_trial_destroy(ctx, t);
  return status;
}

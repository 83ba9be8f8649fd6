#include "twin/drug_learn_data.h"

#include "base/elementary.h"
#include "neuron/plan.h"
#include "neuron/prior_tm.h"

#include <string.h>

enum { L = LG_RECLONE_LEVELS, B = LG_EFFECT_BLOCK, PAIRS = LG_EFFECT_PAIRS };

const char *const lg_mechanism_names[LG_MECHANISMS] = {"gNa block",         "gK block",     "gM block",
                                                       "M gate shift",      "h gate shift", "opened conductance",
                                                       "inactivated block", "resting block"};
const char *const lg_effect_names[LG_EFFECT_P] = {"vr", "vt", "c", "d", "vpeak"};
const char *const lg_effect_units[LG_EFFECT_P] = {"mV", "mV", "mV", "pA/pF", "mV"};
const double lg_effect_most[LG_EFFECT_P] = {10.0, 15.0, 20.0, 2.5, 25.0};
const char *const lg_effect_class_names[LG_EFFECT_CLASSES] = {
    "sodium pore block", "sodium state block", "sodium gate shift",  "potassium block",
    "M block",           "M opening",          "conductance opening"};
const double lg_effect_trained_doses[5] = {-1.0, -0.5, 0.0, 0.5, 1.0};
const double lg_effect_between_doses[4] = {-0.75, -0.25, 0.25, 0.75};

/* ---- what a drug does ---------------------------------------------------------------------------- */

static double blocked(const lg_neuron *before, const lg_neuron *after, int g, int scale) {
  const double was = before->value[g] * before->value[scale], is = after->value[g] * after->value[scale];
  return was > 0.0 ? 1.0 - is / was : 0.0;
}

static double joined(double a, double b) { return 1.0 - (1.0 - a) * (1.0 - b); }

static void state_block(const double *p, lg_mechanism *m) {
  static const int fields[2][4] = {{LG_TM_NAB_DOSE, LG_TM_NAB_KI, LG_TM_NAB_KR, LG_TM_NAB_KON},
                                   {LG_TM_NAB2_DOSE, LG_TM_NAB2_KI, LG_TM_NAB2_KR, LG_TM_NAB2_KON}};
  double rate = 0.0, weight = 0.0;
  for (int k = 0; k < 2; k++) {
    const double dose = p[fields[k][0]], ki = p[fields[k][1]], kr = p[fields[k][2]];
    if (!(dose > 0.0)) continue;
    const double bound = dose / (dose + ki);
    m->strength[6] = joined(m->strength[6], bound);
    m->strength[7] = joined(m->strength[7], dose / (dose + kr));
    rate += bound * (lg_ln(p[fields[k][3]] * (dose + ki)) / 2.302585092994046 + 3.0);
    weight += bound;
  }
  if (weight > 0.0) m->context[1] = rate / weight;
}

void lg_mechanism_between(const lg_neuron *before, const lg_neuron *after, lg_mechanism *m) {
  static const int others[] = {LG_TM_GNAP, LG_TM_GA, LG_TM_GH, LG_TM_GCAT, LG_TM_GCAL, LG_TM_GSK};
  const double *b = before->value, *a = after->value;
  memset(m, 0, sizeof *m);
  m->strength[0] = blocked(before, after, LG_TM_GNA, LG_TM_GNA_SCALE);
  m->strength[1] = blocked(before, after, LG_TM_GK, LG_TM_GK_SCALE);
  m->strength[2] = blocked(before, after, LG_TM_GM, LG_TM_GM_SCALE);
  m->strength[3] = (a[LG_TM_P_SHIFT] - b[LG_TM_P_SHIFT]) / -40.0;
  m->strength[4] = (a[LG_TM_H_SHIFT] - b[LG_TM_H_SHIFT]) / -20.0;
  const double gaba = a[LG_TM_GGABA] - b[LG_TM_GGABA], girk = a[LG_TM_GGIRK] - b[LG_TM_GGIRK], opened = gaba + girk;
  m->strength[5] = opened / b[LG_TM_C] / 0.1;
  if (opened != 0.0) m->context[0] = ((gaba * a[LG_TM_EGABA] + girk * a[LG_TM_EK]) / opened + 70.0) / 20.0;
  state_block(a, m);
  for (size_t k = 0; k < sizeof others / sizeof others[0]; k++) m->other = m->other || a[others[k]] != b[others[k]];
}

/* ---- the neurons' coordinates ---------------------------------------------------------------------- */

void lg_effect_z(const lg_izh_params *p, double z[LG_EFFECT_Z]) {
  const double all[LG_EFFECT_Z] = {
      lg_ln(1e3 * p->k / p->C), p->vr, p->vt - p->vr, lg_ln(100.0 * p->a), p->b / p->C, p->c, p->d / p->C, p->vpeak};
  memcpy(z, all, sizeof all);
}

lg_izh_params lg_effect_changed(const lg_izh_params *p, const double delta[LG_EFFECT_P]) {
  lg_izh_params q = *p;
  q.vr += delta[0];
  q.vt += delta[1];
  q.c += delta[2];
  q.d += delta[3] * p->C;
  q.vpeak += delta[4];
  return q;
}

bool lg_effect_row_fits(const lg_effect_row *row) {
  bool fits = row->usable != 0.0f;
  for (int k = 0; k < LG_EFFECT_P; k++) fits = fits && fabs((double)row->delta[k]) <= lg_effect_most[k];
  return fits;
}

/* ---- drugs that act --------------------------------------------------------------------------------- */

/* Receptors for what is opened; no tone. */
static lg_drug_bath bath_of(double C_pF) {
  lg_drug_bath bath = LG_DRUG_BATH_INIT;
  bath.gGABA_tonic_nS = 0.05 * C_pF;
  return bath;
}

static int class_of(const lg_mechanism *m) {
  const double *s = m->strength;
  if (s[6] > 0.0) return 1;
  if (s[0] != 0.0) return 0;
  if (s[4] != 0.0) return 2;
  if (s[1] != 0.0) return 3;
  if (s[2] != 0.0) return 4;
  if (s[3] != 0.0) return 5;
  return s[5] != 0.0 ? 6 : -1;
}

lg_status lg_effect_drugs(lg_ctx *ctx, const lg_drug_table *table, lg_effect_drug drugs[LG_EFFECT_MAX_DRUGS],
                          size_t *n) {
  lg_neuron plain, treated;
  *n = 0;
  lg_status status = lg_neuron_init(ctx, "tm", "", &plain);
  const lg_drug_bath bath = bath_of(100.0);
  for (size_t k = 0; status == LG_OK && k < table->n && *n < LG_EFFECT_MAX_DRUGS; k++) {
    lg_drug_notes notes;
    lg_mechanism m;
    lg_dose dose = {.drug = &table->drugs[k], .free_uM = 1.0};
    if (lg_drug_apply(ctx, &plain, &dose, 1, &bath, &treated, &notes) != LG_OK) continue; /* not a dose of ours */
    double K = 0.0;
    for (size_t e = 0; e < notes.n && K == 0.0; e++)
      if (notes.notes[e].outcome == LG_DRUG_ACTED) K = notes.notes[e].effect->K_uM;
    if (!(K > 0.0)) continue;
    dose.free_uM = K;
    status = lg_drug_apply(ctx, &plain, &dose, 1, &bath, &treated, &notes);
    if (status != LG_OK) break;
    lg_mechanism_between(&plain, &treated, &m);
    if (class_of(&m) < 0) continue;
    drugs[(*n)++] = (lg_effect_drug){&table->drugs[k], class_of(&m), K};
  }
  if (status == LG_OK && *n == 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "no drug of %s acts on a neuron with gNa, gK, gM and a leak", table->path);
  return status;
}

/* ---- pairs ------------------------------------------------------------------------------------------- */

enum { STREAM_PAIR = 0x64656c74, STREAM_TITRATE = 0x74697472 };

/* All that a block works on. */
typedef struct block {
  size_t n;
  lg_tm_draw draws[B];
  double rheobase[B * (1 + PAIRS)];
  lg_neuron neurons[B * (1 + PAIRS)]; /* untreated ones, then pair by pair */
  lg_reclone_view views[B * (1 + PAIRS)];
  lg_reclone_fit fits[B];
  lg_effect_row *rows;
} block;

static lg_status make_neuron(lg_ctx *ctx, const double theta[LG_TM_PARAMETERS], lg_neuron *out) {
  static const int fields[LG_TM_PARAMETERS] = {LG_TM_C,   LG_TM_GNA, LG_TM_GK, LG_TM_GL, LG_TM_GM,
                                               LG_TM_ENA, LG_TM_EK,  LG_TM_EL, LG_TM_VT};
  double natural[LG_TM_PARAMETERS];
  const lg_status status = lg_neuron_init(ctx, "tm", "", out);
  lg_tm_to_natural(theta, natural);
  for (int p = 0; p < LG_TM_PARAMETERS; p++) out->value[fields[p]] = natural[p];
  out->value[LG_TM_TAUMAX] = LG_TM_PRIOR_TAUMAX;
  return status;
}

/* A class first, so that classes of many drugs do not drown the others; then one of its drugs, then a dose. */
static lg_status treat(lg_ctx *ctx, const lg_effect_drug *drugs, size_t n_drugs, uint64_t seed, uint64_t neuron,
                       size_t pair, bool between, const lg_neuron *plain, lg_neuron *treated, lg_effect_row *row) {
  lg_rng rng = lg_rng_make(seed, STREAM_PAIR, neuron * PAIRS + pair);
  size_t members[LG_EFFECT_MAX_DRUGS], m = 0;
  while (m == 0) {
    const int wanted = (int)lg_rng_below(&rng, LG_EFFECT_CLASSES);
    for (size_t k = 0; k < n_drugs; k++)
      if (drugs[k].drug_class == wanted) members[m++] = k;
  }
  const size_t chosen = members[lg_rng_below(&rng, m)];
  const double log_dose = between && pair % 2 ? lg_effect_between_doses[lg_rng_below(&rng, 4)]
                                              : lg_effect_trained_doses[lg_rng_below(&rng, 5)];
  const lg_dose dose = {drugs[chosen].drug, drugs[chosen].K_uM * lg_exp(2.302585092994046 * log_dose)};
  const lg_drug_bath bath = bath_of(plain->value[LG_TM_C]);
  lg_mechanism mechanism;
  const lg_status status = lg_drug_apply(ctx, plain, &dose, 1, &bath, treated, NULL);
  if (status != LG_OK) return status;
  lg_mechanism_between(plain, treated, &mechanism);
  memset(row, 0, sizeof *row);
  row->neuron = (float)neuron;
  row->drug = (float)chosen;
  row->drug_class = (float)drugs[chosen].drug_class;
  row->log_dose = (float)log_dose;
  for (int k = 0; k < LG_MECHANISMS; k++) row->strength[k] = (float)mechanism.strength[k];
  for (int k = 0; k < LG_MECHANISM_CONTEXT; k++) row->context[k] = (float)mechanism.context[k];
  return LG_OK;
}

/* Rates that fall as the current grows, or none: an Izhikevich neuron cannot be that. */
static bool ordinary(const lg_reclone_view *v) {
  int last = 0, firing = 0;
  if (v->failed || !v->silent_at_rest || !(v->peak_mV == v->peak_mV)) return false;
  for (int l = 1; l < L; l++) {
    const int n = (int)v->level[l].n_spikes;
    if (n < last - 1) return false;
    last = n > last ? n : last;
    firing += n > 0;
  }
  return firing >= 2;
}

#define MOST_RMSE 1.6 /* spikes: beyond it, the family does not describe the neuron */

static void finish_row(const block *b, size_t k, size_t pair) {
  const lg_reclone_view *before = &b->views[k], *after = &b->views[b->n + k * PAIRS + pair];
  lg_effect_row *row = &b->rows[k * PAIRS + pair];
  lg_reclone_fit fit;
  double p[LG_IZH_N_PARAMS];
  row->rheobase_pA = (float)b->rheobase[k];
  lg_izh_to_vector(&b->fits[k].p, p);
  for (int i = 0; i < LG_IZH_N_PARAMS; i++) row->p[i] = (float)p[i];
  row->rmse_before = (float)b->fits[k].count_rmse;
  for (int l = 1; l < L; l++) {
    row->before[l - 1] = (float)before->level[l].n_spikes;
    row->after[l - 1] = (float)after->level[l].n_spikes;
  }
  if (!ordinary(before) || !(b->fits[k].count_rmse < MOST_RMSE) || after->failed || !after->silent_at_rest) return;
  lg_reclone_treated(before, after, b->rheobase[k], &b->fits[k], &fit);
  const lg_izh_params *q = &b->fits[k].p;
  const double delta[LG_EFFECT_P] = {fit.p.vr - q->vr, fit.p.vt - q->vt, fit.p.c - q->c, (fit.p.d - q->d) / q->C,
                                     fit.p.vpeak - q->vpeak};
  for (int i = 0; i < LG_EFFECT_P; i++) row->delta[i] = (float)delta[i];
  row->rmse_after = (float)fit.count_rmse;
  row->usable = ordinary(after) && fit.count_rmse < MOST_RMSE && fabs(delta[0]) < 10.0 ? 1.0f : 0.0f;
}

static lg_status fit_range(void *user, size_t begin, size_t end, unsigned worker) {
  block *b = user;
  (void)worker;
  for (size_t k = begin; k < end; k++) {
    b->fits[k].count_rmse = (double)INFINITY;
    if (ordinary(&b->views[k])) lg_reclone(&b->views[k], b->rheobase[k], lg_exp(b->draws[k].theta[0]), &b->fits[k]);
    for (size_t pair = 0; pair < PAIRS; pair++) finish_row(b, k, pair);
  }
  return LG_OK;
}

typedef struct draw_job {
  block *b;
  uint64_t seed, first;
} draw_job;

static lg_status draw_range(void *user, size_t begin, size_t end, unsigned worker) {
  const draw_job *d = user;
  (void)worker;
  for (size_t k = begin; k < end; k += LG_TM_LANES) lg_tm_prior_draw(d->seed, d->first + k, d->b->draws + k);
  return LG_OK;
}

lg_status lg_effect_make_block(lg_ctx *ctx, const lg_effect_drug *drugs, size_t n_drugs, uint64_t seed, uint64_t first,
                               size_t n, bool between, double jitter, lg_effect_row *rows) {
  lg_status status = LG_OK;
  block *b = NULL;
  LG_NEW(ctx, b, 1);
  b->rows = rows;
  b->n = n;
  draw_job draw = {b, seed, first};
  LG_TRY(lg_parallel_for(ctx, n, LG_TM_LANES, draw_range, &draw));
  for (size_t k = 0; k < n; k++) {
    lg_rng rng = lg_rng_make(seed, STREAM_TITRATE, first + k);
    b->rheobase[k] = b->draws[k].rheobase_pA * lg_exp(jitter * lg_rng_normal(&rng));
    LG_TRY(make_neuron(ctx, b->draws[k].theta, &b->neurons[k]));
    for (size_t pair = 0; pair < PAIRS; pair++) {
      LG_TRY(treat(ctx, drugs, n_drugs, seed, first + k, pair, between, &b->neurons[k],
                   &b->neurons[n + k * PAIRS + pair], &rows[k * PAIRS + pair]));
      b->rheobase[n + k * PAIRS + pair] = b->rheobase[k];
    }
  }
  LG_TRY(lg_reclone_measure(ctx, b->neurons, n * (1 + PAIRS), b->rheobase, b->views));
  LG_TRY(lg_parallel_for(ctx, n, 4, fit_range, b));
done:
  lg_free(ctx, b);
  return status;
}

/*
 * Virtual patients. Differences between cells are those of 645 mouse cortical neurons (Allen Cell Types; p10, p50, p90
 * in docs/decisions/0025-populations.md): log-normal in C and the conductances, normal in the potentials. Input
 * resistance and time constant together say how far leak goes with size: correlation .7 of ln gL with ln C.
 */
#include "twin/population.h"

#include "base/elementary.h"
#include "io/table.h"
#include "twin/trial_internal.h"

#include <math.h>
#include <string.h>

enum {
  BATCH = 256,
  MOST_TRIES_PER_PATIENT = 50,
  IDLE_BATCHES = 20,
  STREAM = 0x706f7075 /* "popu" */,
  MOST_COVARIATES = 64
};

#define SD_LN_C 0.378
#define SD_LN_GL 0.314
#define CORRELATION 0.70
#define SD_LN_GNA 0.20
#define SD_LN_GK 0.20
#define SD_LN_GM 0.40
#define SD_EL_MV 4.0
#define SD_VT_MV 4.06
#define Z99 2.3263

const char *const lg_patient_feature_names[LG_PATIENT_FEATURES] = {"rheobase_pA",  "Rin_MOhm", "rest_mV",
                                                                   "threshold_mV", "peak_mV",  "gain_Hz_per_pA"};

void lg_population_destroy(lg_ctx *ctx, lg_population *p) {
  if (!p) return;
  lg_free(ctx, p->twin);
  lg_free(ctx, p->individuals);
  lg_free(ctx, p->features);
  lg_free(ctx, p->temperature_C);
  lg_free(ctx, p);
}

/* ---- physiological ranges ----------------------------------------------------------------------------- */

/* p10, p50, p90 of a class; potentials are taken as normal, the rest as log-normal; NAN: not known. */
typedef struct percentiles {
  double p10, p50, p90;
} percentiles;

#define UNKNOWN                                                                                                        \
  { (double)NAN, (double)NAN, (double)NAN }
static const percentiles classes[4][LG_PATIENT_FEATURES] = {
    /* rheobase, Rin, rest, threshold, peak, gain */
    {{50, 110, 210}, {109, 163, 244}, {-78, -72, -66}, {-42.7, -37.3, -32.3}, {29, 38, 46}, {.07, .17, .26}},
    {{150, 270, 390}, {67, 105, 150}, {-78, -72, -66}, {-44, -36, -32}, {6, 14, 21}, {.41, .82, 1.2}},
    {{40, 90, 224}, {122, 192, 342}, {-78, -72, -66}, UNKNOWN, UNKNOWN, UNKNOWN},
    {{30, 60, 170}, {152, 226, 272}, {-78, -72, -66}, UNKNOWN, UNKNOWN, UNKNOWN},
};

static bool is_potential(size_t f) { return f >= 2 && f <= 4; }

typedef struct range {
  double low, high;
} range;

/* 1st to 99th percentile: of the class, or around the twin's own value. */
static range range_of(const percentiles *p, size_t f, double twin) {
  if (is_potential(f)) {
    const double center = isnan(twin) ? p->p50 : twin, half = Z99 * (p->p90 - p->p10) / 2.5631;
    return (range){center - half, center + half};
  }
  const double center = lg_ln(isnan(twin) ? p->p50 : twin), half = Z99 * lg_ln(p->p90 / p->p10) / 2.5631;
  return (range){lg_exp(center - half), lg_exp(center + half)};
}

typedef struct gate {
  bool none;
  range range[LG_PATIENT_FEATURES]; /* NAN: this feature is not asked */
  size_t refused[LG_PATIENT_FEATURES], silent;
} gate;

static void feature_values(const lg_patient_features *f, double x[LG_PATIENT_FEATURES]) {
  const double values[LG_PATIENT_FEATURES] = {f->rheobase_pA,  f->Rin_MOhm, f->rest_mV,
                                              f->threshold_mV, f->peak_mV,  f->gain_Hz_per_pA};
  memcpy(x, values, sizeof values);
}

static bool passes(gate *g, const lg_patient_features *f) {
  double x[LG_PATIENT_FEATURES];
  bool inside = true;
  if (!(f->rheobase_pA > 0.0)) {
    g->silent++;
    return false;
  }
  feature_values(f, x);
  for (size_t k = 0; k < LG_PATIENT_FEATURES && !g->none; k++) {
    if (isnan(g->range[k].low) || (x[k] >= g->range[k].low && x[k] <= g->range[k].high)) continue;
    g->refused[k]++;
    inside = false;
  }
  return inside;
}

/* ---- measuring ------------------------------------------------------------------------------------------ */

static lg_status measure_all(lg_ctx *ctx, const lg_neuron *neurons, size_t n, double near_pA, double dt_ms,
                             lg_patient_features *out) {
  lg_status status = LG_OK;
  lg_assay_opts o = LG_ASSAY_OPTS_INIT;
  lg_assay_plan *plans = NULL;
  lg_neuron *firing = NULL;
  lg_assay *found = NULL;
  size_t *index = NULL, m = 0;
  o.what = LG_ASSAY_FI | LG_ASSAY_CELL | LG_ASSAY_SINGLE;
  o.step_ms = 500.0;
  o.dt_ms = dt_ms;
  LG_NEW(ctx, plans, n);
  LG_NEW(ctx, firing, n);
  LG_NEW(ctx, found, n);
  LG_NEW(ctx, index, n);
  LG_TRY(lg_assay_plans_make(ctx, neurons, n, &o, near_pA, plans));
  for (size_t k = 0; k < n; k++) {
    const double none = (double)NAN;
    out[k] = (lg_patient_features){plans[k].baseline_rheobase_pA, none, none, none, none, none};
    if (isnan(plans[k].baseline_rheobase_pA)) continue;
    plans[m] = plans[k];
    firing[m] = neurons[k];
    index[m++] = k;
  }
  LG_TRY(lg_assay_run(ctx, firing, m, plans, false, found));
  for (size_t k = 0; k < m; k++) {
    const lg_assay *a = &found[k];
    out[index[k]] = (lg_patient_features){
        plans[k].baseline_rheobase_pA, a->Rin_MOhm, a->rest_mV, a->threshold_mV, a->peak_mV, a->gain_Hz_per_pA};
  }
done:
  lg_free(ctx, plans);
  lg_free(ctx, firing);
  lg_free(ctx, found);
  lg_free(ctx, index);
  return status;
}

/* One that cannot be run (its numbers leave their range) counts as one that does not fire. */
static lg_status measure(lg_ctx *ctx, const lg_neuron *neurons, size_t n, double near_pA, double dt_ms,
                         lg_patient_features *out) {
  lg_status status = measure_all(ctx, neurons, n, near_pA, dt_ms, out);
  if (status != LG_ERR_NUMERICAL && status != LG_ERR_RANGE) return status;
  for (size_t k = 0; k < n; k++) {
    status = measure_all(ctx, neurons + k, 1, near_pA, dt_ms, out + k);
    if (status != LG_OK && status != LG_ERR_NUMERICAL && status != LG_ERR_RANGE) return status;
    if (status != LG_OK) out[k].rheobase_pA = (double)NAN;
  }
  lg_ctx_clear(ctx);
  return LG_OK;
}

/* ---- drawing -------------------------------------------------------------------------------------------- */

/* What a covariate column does to which field. */
typedef struct covariate {
  const double *x; /* (n_rows) */
  size_t field;
  bool factor;
} covariate;

typedef struct covariates {
  lg_table *table;
  size_t n_rows, n;
  covariate column[MOST_COVARIATES];
  const double *temperature; /* (n_rows) or NULL */
} covariates;

static bool ends_with(const char *text, const char *end, char *stem, size_t bytes) {
  const size_t n = strlen(text), m = strlen(end);
  if (n <= m || strcmp(text + n - m, end) != 0 || n - m >= bytes) return false;
  memcpy(stem, text, n - m);
  stem[n - m] = '\0';
  return true;
}

static lg_status read_column(lg_ctx *ctx, const lg_table_item *item, const lg_model_info *info, covariates *c) {
  char stem[64];
  const bool factor = ends_with(item->name, "_factor", stem, sizeof stem);
  const bool shift = !factor && ends_with(item->name, "_shift", stem, sizeof stem);
  if (strcmp(item->name, "id") == 0) return LG_OK;
  if (!item->x) return lg_fail(ctx, LG_ERR_FORMAT, "covariates: column '%s' has a cell that is no number", item->name);
  if (strcmp(item->name, "temperature_C") == 0) {
    c->temperature = item->x;
    return LG_OK;
  }
  const size_t field = factor || shift ? lg_model_field(info, stem) : SIZE_MAX;
  if (field == SIZE_MAX || c->n == MOST_COVARIATES)
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "covariates: column '%s' is not known; known are id, temperature_C, and FIELD_factor or FIELD_shift "
                   "for a field of the model, as in gM_factor",
                   item->name);
  c->column[c->n++] = (covariate){item->x, field, factor};
  return LG_OK;
}

static lg_status read_covariates(lg_ctx *ctx, const char *path, const lg_model_info *info, covariates *c) {
  lg_status status = LG_OK;
  if (!path) return LG_OK;
  LG_TRY(lg_table_read(ctx, path, &c->table));
  if (c->table->n == 0 || c->table->items[0].n == 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "covariates: no row"));
  c->n_rows = c->table->items[0].n;
  for (size_t k = 0; k < c->table->n; k++) LG_TRY(read_column(ctx, &c->table->items[k], info, c));
done:
  return status;
}

static void scale(lg_neuron *n, const char *field, double factor) {
  const size_t k = lg_model_field(n->info, field);
  if (k != SIZE_MAX) n->value[k] *= factor;
}

static void shift(lg_neuron *n, const char *field, double by) {
  const size_t k = lg_model_field(n->info, field);
  if (k != SIZE_MAX) n->value[k] += by;
}

/* Size multiplies everything; each kind of channel has its own spread beside it. */
static void differ(lg_neuron *n, double spread, lg_rng *rng) {
  static const char *const others[] = {"gNaP", "gA", "gH", "gCaT", "gCaL", "gSK", "gGABA", "gGABAA", "gNMDA", "gAMPA"};
  const double size = lg_rng_normal(rng), leak = lg_rng_normal(rng);
  const double C = lg_exp(spread * SD_LN_C * size);
  const double gL = lg_exp(spread * SD_LN_GL * (CORRELATION * size + sqrt(1.0 - CORRELATION * CORRELATION) * leak));
  scale(n, "C", C);
  scale(n, "gL", gL);
  scale(n, "gNa", C * lg_exp(spread * SD_LN_GNA * lg_rng_normal(rng)));
  scale(n, "gK", C * lg_exp(spread * SD_LN_GK * lg_rng_normal(rng)));
  scale(n, "gM", C * lg_exp(spread * SD_LN_GM * lg_rng_normal(rng)));
  shift(n, "EL", spread * SD_EL_MV * lg_rng_normal(rng));
  shift(n, "VT", spread * SD_VT_MV * lg_rng_normal(rng));
  for (size_t k = 0; k < sizeof others / sizeof others[0]; k++)
    scale(n, others[k], C * lg_exp(spread * SD_LN_GM * lg_rng_normal(rng)));
}

static void warm(lg_neuron *n, const lg_population_opts *o, double temperature_C) {
  if (!isnan(temperature_C) && !isnan(o->recorded_at_C))
    scale(n, "rate_scale", lg_exp(lg_ln(o->q10) * (temperature_C - o->recorded_at_C) / 10.0));
}

/* How much faster the gates of the warmest patient run than those of the model. */
static double fastest(const lg_subject *s, const lg_population_opts *o, const covariates *c) {
  double rate = 0.0;
  for (size_t row = 0; row < (c->n_rows > 0 ? c->n_rows : 1); row++) {
    lg_neuron n = s->neuron;
    warm(&n, o, c->temperature ? c->temperature[row] : o->temperature_C);
    for (size_t k = 0; k < c->n; k++)
      if (c->column[k].factor && c->column[k].field == lg_model_field(n.info, "rate_scale"))
        n.value[c->column[k].field] *= c->column[k].x[row];
    if (lg_rate_scale(&n) > rate) rate = lg_rate_scale(&n);
  }
  return rate;
}

/* Proposal `index`; row of the covariates is that of the patient it would become. */
static void propose(const lg_subject *s, const lg_population_opts *o, const covariates *c, uint64_t index, size_t row,
                    lg_neuron *out, double *temperature_C) {
  lg_rng rng = lg_rng_make(o->seed, STREAM, index);
  const uint64_t member = s->n_members > 0 ? lg_rng_below(&rng, s->n_members) : 0;
  *out = s->n_members > 0 ? s->members[member] : s->neuron;
  if (o->spread > 0.0) differ(out, o->spread, &rng);
  *temperature_C = c->temperature ? c->temperature[row % c->n_rows] : o->temperature_C;
  warm(out, o, *temperature_C);
  for (size_t k = 0; k < c->n; k++) {
    const double x = c->column[k].x[row % c->n_rows];
    if (c->column[k].factor) out->value[c->column[k].field] *= x;
    else out->value[c->column[k].field] += x;
  }
}

static lg_status check(lg_ctx *ctx, const lg_subject *s, const lg_population_opts *o, const covariates *c) {
  if (o->n < 1 || o->n > 1000000) return lg_fail(ctx, LG_ERR_RANGE, "%zu patients; 1 … 1000000", o->n);
  if (!(o->spread >= 0.0 && o->spread <= 5.0)) return lg_fail(ctx, LG_ERR_RANGE, "spread is %g; 0 … 5", o->spread);
  if (!(o->q10 >= 1.0 && o->q10 <= 10.0)) return lg_fail(ctx, LG_ERR_RANGE, "Q10 is %g; 1 … 10", o->q10);
  if ((c->temperature || !isnan(o->temperature_C)) && isnan(o->recorded_at_C))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "a temperature without the one of the recording: by how much is not known");
  if (strcmp(s->neuron.info->model, "tm") != 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "populations are made of tm twins, not of %s; clone with --model hh",
                   s->neuron.info->model);
  return LG_OK;
}

/* The twin itself decides by what is compared, and where rheobases are looked for. */
static lg_status prepare_gate(lg_ctx *ctx, const lg_subject *s, const lg_population_opts *o, double dt_ms, gate *g,
                              double *near_pA) {
  lg_patient_features own;
  double x[LG_PATIENT_FEATURES];
  const lg_status status = measure(ctx, &s->neuron, 1, 0.0, dt_ms, &own);
  if (status != LG_OK) return status;
  *near_pA = own.rheobase_pA > 0.0 ? own.rheobase_pA : 0.0;
  g->none = o->calibration == LG_CALIBRATE_NONE;
  if (g->none) return LG_OK;
  if (!(own.rheobase_pA > 0.0) && o->calibration == LG_CALIBRATE_TWIN)
    return lg_fail(ctx, LG_ERR_NUMERICAL,
                   "the twin has no rheobase to calibrate by (it is silent, or fires by itself); take no calibration");
  feature_values(&own, x);
  const bool twin = o->calibration == LG_CALIBRATE_TWIN;
  const percentiles *class = classes[twin ? 0 : o->calibration - LG_CALIBRATE_EXC];
  for (size_t k = 0; k < LG_PATIENT_FEATURES; k++) {
    const bool known = !isnan(class[k].p50) && (!twin || !isnan(x[k]));
    g->range[k] = known ? range_of(&class[k], k, twin ? x[k] : (double)NAN) : (range){(double)NAN, (double)NAN};
  }
  return LG_OK;
}

static lg_status too_few(lg_ctx *ctx, const gate *g, const lg_population *p) {
  size_t worst = 0;
  for (size_t k = 1; k < LG_PATIENT_FEATURES; k++)
    if (g->refused[k] > g->refused[worst]) worst = k;
  return lg_fail(ctx, LG_ERR_NUMERICAL,
                 "%zu of %zu cells were accepted; %zu are silent or fire by themselves; most others are refused for %s "
                 "(%.4g … %.4g)",
                 p->n, p->n_tried, g->silent, lg_patient_feature_names[worst], g->range[worst].low,
                 g->range[worst].high);
}

/* What a batch works with. */
typedef struct batch {
  lg_neuron neurons[BATCH];
  lg_patient_features features[BATCH];
  double temperature[BATCH];
  size_t slot[BATCH]; /* the patient that it would become */
  bool valid[BATCH];
  size_t n; /* proposals of this batch */
  double dt_ms;
} batch;

/* One batch of proposals for the patients that are still missing, in turn; the first that passes stays. */
static lg_status take_batch(lg_ctx *ctx, const lg_subject *s, const lg_population_opts *o, const covariates *c,
                            double near_pA, uint64_t *next, gate *g, batch *b, bool *filled, lg_population *p) {
  const size_t missing = o->n - p->n;
  size_t slot = o->n - 1;
  b->n = 2 * missing < BATCH ? 2 * missing : BATCH;
  for (size_t k = 0; k < b->n; k++) {
    do slot = slot + 1 < o->n ? slot + 1 : 0;
    while (filled[slot]);
    b->slot[k] = slot;
    propose(s, o, c, (*next)++, slot, &b->neurons[k], &b->temperature[k]);
    b->valid[k] = lg_neuron_check(NULL, &b->neurons[k]) == LG_OK;
    if (!b->valid[k]) b->neurons[k] = s->neuron;
  }
  const lg_status status = measure(ctx, b->neurons, b->n, near_pA, b->dt_ms, b->features);
  if (status != LG_OK) return status;
  for (size_t k = 0; k < b->n; k++) {
    if (filled[b->slot[k]]) continue; /* a proposal that came too late counts as not made */
    p->n_tried++;
    if (!b->valid[k] || !passes(g, &b->features[k])) continue;
    lg_individual *to = &p->individuals[b->slot[k]];
    *to = (lg_individual){.neuron = b->neurons[k], .domain = s->domain, .rheobase_pA = b->features[k].rheobase_pA};
    (void)snprintf(to->name, sizeof to->name, "p%0*zu", o->n >= 10000 ? 6 : 4, b->slot[k] + 1);
    p->features[b->slot[k]] = b->features[k];
    p->temperature_C[b->slot[k]] = b->temperature[k];
    filled[b->slot[k]] = true;
    p->n++;
  }
  return LG_OK;
}

lg_status lg_population_create(lg_ctx *ctx, const lg_subject *s, const lg_population_opts *o, lg_population **out) {
  lg_status status = LG_OK;
  lg_population *p = NULL;
  batch *b = NULL;
  bool *filled = NULL;
  double near_pA = 0.0;
  uint64_t next = 0;
  covariates c = {0};
  gate g = {0};
  *out = NULL;
  LG_TRY(read_covariates(ctx, o->covariates, s->neuron.info, &c));
  LG_TRY(check(ctx, s, o, &c));
  LG_NEW(ctx, p, 1);
  p->twin = lg_strdup(ctx, s->name);
  LG_TRY(p->twin ? LG_OK : LG_ERR_MEMORY);
  LG_NEW(ctx, p->individuals, o->n);
  LG_NEW(ctx, p->features, o->n);
  LG_NEW(ctx, p->temperature_C, o->n);
  LG_NEW(ctx, b, 1);
  LG_NEW(ctx, filled, o->n);
  b->dt_ms = lg_assay_dt(0.05, fastest(s, o, &c));
  LG_TRY(prepare_gate(ctx, s, o, b->dt_ms, &g, &near_pA));
  for (size_t idle = 0; p->n < o->n;) {
    const size_t had = p->n;
    LG_TRY(lg_progress(ctx, "patients", p->n, o->n));
    LG_TRY(take_batch(ctx, s, o, &c, near_pA, &next, &g, b, filled, p));
    idle = p->n > had ? 0 : idle + 1;
    if (p->n < o->n &&
        (idle >= IDLE_BATCHES || (p->n_tried >= 4 * BATCH && p->n * MOST_TRIES_PER_PATIENT < p->n_tried)))
      LG_TRY(too_few(ctx, &g, p));
  }
  *out = p;
  p = NULL;
done:
  lg_population_destroy(ctx, p);
  lg_table_destroy(ctx, c.table);
  lg_free(ctx, b);
  lg_free(ctx, filled);
  return status;
}

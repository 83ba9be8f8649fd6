#include "twin/clone_net_mixed.h"

#include "base/elementary.h"
#include "neuron/prior_izhikevich.h"

#include <math.h>

enum { STREAM_LAYOUT = 0x6d6978, STREAM_LEVEL = 0x6d6c76, STREAM_ERRORS = 0x6d6572, STREAM_SPOIL = 0x6d7370 };

#define GRID_MS 5.0 /* lengths are multiples of it: whole samples at every rate, whole bins */

static size_t samples(double ms, double dt_ms) { return (size_t)(ms / dt_ms + 0.5); }

static double on_grid(double ms) { return GRID_MS * floor(ms / GRID_MS + 1e-9); }

/* 50, 40, 25, 20, 10 and 5 kHz, 20 kHz most often. */
static double draw_dt(lg_rng *rng) {
  static const double dt[] = {0.02, 0.025, 0.04, 0.05, 0.05, 0.05, 0.05, 0.1, 0.1, 0.2};
  return dt[lg_rng_below(rng, sizeof dt / sizeof dt[0])];
}

static void add(lg_mixed_layout *l, lg_rng *rng, lg_mixed_kind kind, double length_ms, bool weak) {
  lg_mixed_sweep *s = &l->sweep[l->n_sweeps++];
  length_ms = on_grid(length_ms);
  *s = (lg_mixed_sweep){.kind = kind, .n = samples(length_ms, l->dt_ms), .weak = weak};
  const double most = 0.25 * length_ms < 100.0 ? 0.25 * length_ms : 100.0;
  s->on_ms = lg_rng_range(rng, 15.0, most > 20.0 ? most : 20.0);
  s->off_ms = s->on_ms + (length_ms - s->on_ms) * lg_rng_range(rng, 0.6, 0.95);
  s->middle_ms = s->on_ms + (s->off_ms - s->on_ms) * lg_rng_range(rng, 0.3, 0.6);
}

/* The plain step of the literature: 50 to 550 of 600 ms. */
static void add_plain_step(lg_mixed_layout *l, lg_rng *rng) {
  add(l, rng, LG_MIXED_STEP, 600.0, false);
  l->sweep[l->n_sweeps - 1].on_ms = 50.0;
  l->sweep[l->n_sweeps - 1].off_ms = 550.0;
}

static void add_family(lg_mixed_layout *l, lg_rng *rng, double content_ms) {
  const size_t n = content_ms >= 900.0 && lg_rng_uniform(rng) < 0.5 ? 3 : 2;
  const bool hyper = n == 3 || lg_rng_uniform(rng) < 0.6;
  const double each = content_ms / (double)n;
  if (hyper) add(l, rng, LG_MIXED_HYPER, each, false);
  while (l->n_sweeps < n) add(l, rng, LG_MIXED_STEP, each, l->n_sweeps + 1 < n);
}

/* One sweep of a kind, half of the time behind a hyperpolarising step. */
static void add_with_test(lg_mixed_layout *l, lg_rng *rng, lg_mixed_kind kind, double content_ms) {
  if (content_ms >= 600.0 && lg_rng_uniform(rng) < 0.5) {
    add(l, rng, LG_MIXED_HYPER, 0.3 * content_ms, false);
    content_ms *= 0.7;
  }
  add(l, rng, kind, content_ms, false);
}

void lg_mixed_draw(uint64_t seed, uint64_t group, double duration_ms, lg_mixed_layout *l) {
  lg_rng rng = lg_rng_make(seed, STREAM_LAYOUT, group);
  *l = (lg_mixed_layout){.dt_ms = draw_dt(&rng)};
  if (lg_rng_uniform(&rng) < 0.2) l->lead = samples(LG_MIXED_LEAD_MS, l->dt_ms);
  const double share = lg_rng_uniform(&rng) < 0.5 ? 1.0 : lg_rng_range(&rng, 0.5, 1.0);
  const double content = on_grid(duration_ms * share > 400.0 ? duration_ms * share : 400.0);
  const double kind = lg_rng_uniform(&rng);
  if (kind < 0.15 && duration_ms >= 600.0) add_plain_step(l, &rng);
  else if (kind < 0.30) add(l, &rng, LG_MIXED_STEP, content, false);
  else if (kind < 0.60) add_family(l, &rng, content);
  else if (kind < 0.68) add_with_test(l, &rng, LG_MIXED_RAMP, content);
  else if (kind < 0.76) add_with_test(l, &rng, LG_MIXED_OU, content);
  else if (kind < 0.83) add(l, &rng, LG_MIXED_DUAL, content, false);
  else if (kind < 0.90) add_with_test(l, &rng, LG_MIXED_STAIRS, content);
  else if (duration_ms >= 1200.0) add(l, &rng, LG_MIXED_CLONE1, 1200.0, false);
  else add(l, &rng, LG_MIXED_DUAL, content, false);
}

/* ---- currents --------------------------------------------------------------------------------- */

typedef struct levels {
  double first, second; /* in units of I0 */
} levels;

static levels draw_levels(const lg_mixed_sweep *s, lg_rng *rng) {
  levels x = {0.0, 0.0};
  switch (s->kind) {
  case LG_MIXED_STEP:
    x.first = s->weak ? lg_rng_range(rng, 0.5, 1.4) : 1.15 * lg_exp(lg_rng_range(rng, 0.0, 1.2));
    break;
  case LG_MIXED_HYPER:
    x.first = -lg_rng_range(rng, 0.15, 1.2);
    break;
  case LG_MIXED_DUAL:
    x.first = -lg_rng_range(rng, 0.15, 1.0);
    x.second = lg_rng_range(rng, 1.15, 3.5);
    break;
  case LG_MIXED_STAIRS:
    x.first = lg_rng_range(rng, 0.7, 3.0);
    x.second = lg_rng_range(rng, 1.15, 3.5);
    break;
  case LG_MIXED_RAMP:
    x.first = lg_rng_uniform(rng) < 0.6 ? 0.0 : lg_rng_range(rng, -0.5, 0.8);
    x.second = lg_rng_range(rng, 1.8, 4.0);
    break;
  case LG_MIXED_OU:
  case LG_MIXED_CLONE1:
    break;
  }
  return x;
}

static double shape_at(const lg_mixed_sweep *s, const levels *x, double t) {
  if (t < s->on_ms || t >= s->off_ms) return 0.0;
  switch (s->kind) {
  case LG_MIXED_DUAL:
  case LG_MIXED_STAIRS:
    return t < s->middle_ms ? x->first : x->second;
  case LG_MIXED_RAMP:
    return x->first + (x->second - x->first) * (t - s->on_ms) / (s->off_ms - s->on_ms);
  default:
    return x->first;
  }
}

static void fill_ou(const lg_mixed_layout *l, const lg_mixed_sweep *s, lg_rng *rng, double i0_pA, double *i_pA) {
  const double mean = lg_rng_range(rng, 0.4, 1.2), sd = lg_rng_range(rng, 0.3, 0.9);
  const double tau = 2.0 * lg_exp(lg_rng_range(rng, 0.0, 1.6));
  const double decay = lg_exp(-l->dt_ms / tau), kick = sqrt(1.0 - decay * decay);
  double x = lg_rng_normal(rng);
  for (size_t k = 0; k < s->n; k++) {
    const double t = ((double)k + 1e-9) * l->dt_ms;
    if (t < s->on_ms || t >= s->off_ms) continue;
    i_pA[k] = i0_pA * (mean + sd * x);
    x = decay * x + kick * lg_rng_normal(rng);
  }
}

void lg_mixed_current(const lg_mixed_layout *l, size_t sweep, uint64_t seed, uint64_t index, double i0_pA,
                      double *i_pA) {
  const lg_mixed_sweep *s = &l->sweep[sweep];
  lg_rng own = lg_rng_make(seed, STREAM_LEVEL, index * LG_MIXED_SWEEPS + sweep);
  lg_rng shared = lg_rng_make(seed, STREAM_LEVEL + 1, index);
  const double hold = l->lead > 0 ? i0_pA * lg_rng_range(&shared, -0.25, 0.25) : 0.0;
  const levels x = draw_levels(s, &own);
  double *at = i_pA + l->lead;
  for (size_t k = 0; k < l->lead; k++) i_pA[k] = 0.0;
  if (s->kind == LG_MIXED_CLONE1) lg_izh_protocol_fill(LG_IZH_CLONE1, i0_pA, seed, index, l->dt_ms, s->n, at);
  else
    for (size_t k = 0; k < s->n; k++) at[k] = i0_pA * shape_at(s, &x, ((double)k + 1e-9) * l->dt_ms);
  if (s->kind == LG_MIXED_OU) fill_ou(l, s, &own, i0_pA, at);
  for (size_t k = 0; k < l->lead + s->n; k++) i_pA[k] += hold;
}

/* ---- errors of the amplifier ------------------------------------------------------------------- */

lg_mixed_errors lg_mixed_draw_errors(uint64_t seed, uint64_t index, double noise_low_mV, double noise_high_mV,
                                     double offset_mV) {
  lg_rng rng = lg_rng_make(seed, STREAM_ERRORS, index);
  lg_mixed_errors e = {0};
  e.noise_mV = lg_rng_range(&rng, noise_low_mV, noise_high_mV);
  e.offset_mV = lg_rng_range(&rng, -offset_mV, offset_mV);
  if (lg_rng_uniform(&rng) < 0.5) e.series_MOhm = lg_rng_range(&rng, 0.0, 5.0);
  if (lg_rng_uniform(&rng) < 0.5) e.quantum_mV = 2000.0 / 65536.0; /* 16 bits over +-1 V */
  if (lg_rng_uniform(&rng) < 0.15) e.current_noise_pA = lg_rng_range(&rng, 0.3, 3.0);
  if (lg_rng_uniform(&rng) < 0.1) e.gaps = 1 + (unsigned)lg_rng_below(&rng, 2);
  return e;
}

/* A stretch of 2 to 20 ms in which the potential holds its last value. */
static void hold_gap(lg_rng *rng, double dt_ms, size_t n, double *v_mV) {
  const size_t length = samples(lg_rng_range(rng, 2.0, 20.0), dt_ms);
  if (length + 2 > n) return;
  const size_t begin = 1 + (size_t)lg_rng_below(rng, n - length - 1);
  for (size_t k = begin; k < begin + length; k++) v_mV[k] = v_mV[begin - 1];
}

void lg_mixed_spoil(const lg_mixed_errors *e, const lg_mixed_layout *l, size_t sweep, uint64_t seed, uint64_t index,
                    double *v_mV, double *i_pA) {
  const size_t n = l->sweep[sweep].n;
  lg_rng rng = lg_rng_make(seed, STREAM_SPOIL, index * LG_MIXED_SWEEPS + sweep);
  for (size_t k = 0; k < n; k++) {
    v_mV[k] += e->offset_mV + 1e-3 * e->series_MOhm * i_pA[k] + e->noise_mV * lg_rng_normal(&rng);
    if (e->quantum_mV > 0.0) v_mV[k] = e->quantum_mV * floor(v_mV[k] / e->quantum_mV + 0.5);
  }
  for (unsigned g = 0; g < e->gaps; g++) hold_gap(&rng, l->dt_ms, n, v_mV);
  if (e->current_noise_pA > 0.0)
    for (size_t k = 0; k < n; k++) i_pA[k] += e->current_noise_pA * lg_rng_normal(&rng);
}

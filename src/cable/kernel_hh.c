/* hh: from blocks of instances to runs of vectors, and the choice of the build. */
#include "cable/kernel_hh.h"

#include "base/cpu.h"
#include "base/elementary.h"

#include <string.h>

enum { GNABAR, GKBAR, GL, EL };
enum { M, H, N };
enum { NA, K };
enum { CHUNK = 64 }; /* instances gathered at a time */

/* Instances [begin, end), multiples of 8: vectors of 8 neighbouring nodes each (`side_by_side`), one run where the
 * nodes go on from vector to vector; or nodes from anywhere. */
typedef struct stretch {
  uint32_t begin, end;
  bool side_by_side;
} stretch;

typedef struct plan {
  size_t n_stretches;
  stretch *stretches;
  bool known, uniform; /* uniform: the same densities and reversals everywhere; known from the first call on */
  size_t first;        /* an instance that has those */
  double celsius;      /* of pace */
  cable_hh_pace pace;
} plan;

/* Coefficients of (1 - e^-y)/y: least largest relative error, 3e-13 on [0, 0.8] and 8e-16 on [0, 0.045]. */
static const double of_m[CABLE_HH_M_DEGREE + 1] = {
    0.99999999999979582081,    -0.49999999995863464409,     0.16666666528459384427,
    -0.041666648850592828949,  0.008333217968112484764,     -0.0013884675360216453961,
    0.00019750248158927753662, -0.000023640174596746359263, 1.9301534463545410879e-6};
static const double of_hn[CABLE_HH_DEGREE + 1] = {0.99999999999999920897,   -0.49999999999873425356,
                                                  0.16666666633837735088,   -0.041666635513894526306,
                                                  0.0083319960755988366733, -0.0013623835584642956139};

cable_hh_pace lg_cable_hh_pace(double dt_ms, double celsius) {
  cable_hh_pace p = {.dt_ms = dt_ms, .q10 = lg_pow(3.0, (celsius - 6.3) / 10.0)};
  p.pace = dt_ms * p.q10;
  p.by_series = p.pace <= 0.028; /* |v| <= 100 mV: s_m <= 28.1, s_h <= 1.01, s_n <= 1.57 per ms */
  double power = p.pace;
  for (int k = 0; k <= CABLE_HH_M_DEGREE; k++) {
    p.m[k] = power * of_m[k];
    if (k <= CABLE_HH_DEGREE) p.hn[k] = power * of_hn[k];
    power *= p.pace;
  }
  return p;
}

void lg_cable_hh_relax(double v, const cable_hh_pace *pace, double *m, double *h, double *n) {
  const double a[3] = {lg_x_over_expm1(-(v + 40.0) / 10.0), 0.07 * lg_exp(-(v + 65.0) / 20.0),
                       0.1 * lg_x_over_expm1(-(v + 55.0) / 10.0)};
  const double b[3] = {4.0 * lg_exp(-(v + 65.0) / 18.0), 1.0 / (lg_exp(-(v + 35.0) / 10.0) + 1.0),
                       0.125 * lg_exp(-(v + 65.0) / 80.0)};
  double *x[3] = {m, h, n};
  for (size_t j = 0; j < 3; j++) {
    const double sum = a[j] + b[j];
    *x[j] -= lg_expm1(-pace->pace * sum) * (a[j] / sum - *x[j]);
  }
}

/* Far from the poles of am and an. */
void lg_cable_hh_slopes_far(const cable_hh_pace *pace, double v, double m, double h, double n, double *own,
                            double *by_v) {
  const double xm = -(v + 40.0) / 10.0, xn = -(v + 55.0) / 10.0;
  const double em = lg_expm1(xm), en = lg_expm1(xn), bh = 1.0 / (lg_exp(-(v + 35.0) / 10.0) + 1.0);
  const double a[3] = {xm / em, 0.07 * lg_exp(-(v + 65.0) / 20.0), 0.1 * xn / en};
  const double b[3] = {4.0 * lg_exp(-(v + 65.0) / 18.0), bh, 0.125 * lg_exp(-(v + 65.0) / 80.0)};
  const double a_v[3] = {-0.1 * ((1.0 - a[0]) / em - a[0]), -a[1] / 20.0,
                         -0.01 * ((1.0 - 10.0 * a[2]) / en - 10.0 * a[2])};
  const double b_v[3] = {-b[0] / 18.0, 0.1 * bh * (1.0 - bh), -b[2] / 80.0}, x[3] = {m, h, n};
  for (size_t j = 0; j < 3; j++) {
    const double s = a[j] + b[j], s_v = a_v[j] + b_v[j], fade = lg_exp(-pace->pace * s);
    const double q = -lg_expm1(-pace->pace * s) / s;
    own[j] = fade;
    by_v[j] = (a_v[j] - x[j] * s_v) * q + (a[j] - x[j] * s) * ((pace->pace * fade - q) / s) * s_v;
  }
}

static void (*run_of_this_cpu(void))(const cable_hh_run *) {
  const lg_cpu level = lg_cpu_level();
  return level >= LG_CPU_V4 ? lg_cable_hh_run_v4 : level >= LG_CPU_V3 ? lg_cable_hh_run_v3 : lg_cable_hh_run_plain;
}

static bool all_equal(const double *x, size_t n) {
  for (size_t k = 1; k < n; k++)
    if (!(x[k] == x[0])) return false;
  return true;
}

/* Whether densities and reversals are the same everywhere; *first is an instance that has them. Instances of scale 0
 * only fill gaps between nodes. */
static bool is_uniform(const cable_block *b, size_t *first) {
  size_t k0 = 0;
  while (k0 < b->number && b->scale[k0] == 0.0) k0++;
  if (k0 == b->number) return false;
  for (size_t p = GNABAR; p <= EL; p++)
    if (!all_equal(b->parameter[p], b->number)) return false;
  for (size_t ion = NA; ion <= K; ion++) {
    const double *e = b->ion[ion]->reversal_mV;
    if (b->ion[ion]->reversal_by_nernst) return false;
    for (size_t k = k0; k < b->number; k++)
      if (!(e[b->node[k]] == e[b->node[k0]]) && b->scale[k] != 0.0) return false;
  }
  *first = k0;
  return true;
}

static bool vector_is_side_by_side(const cable_block *b, size_t at) {
  for (uint32_t l = 1; l < 8; l++)
    if (b->node[at + l] != b->node[at] + l) return false;
  return true;
}

lg_status lg_cable_hh_prepare(lg_ctx *ctx, cable_block *block, double celsius) {
  lg_status status = LG_OK;
  plan *p = NULL;
  const size_t padded = (block->number + 7) / 8 * 8;
  LG_NEW(ctx, p, 1);
  block->own = p;
  LG_NEW(ctx, p->stretches, padded / 8 + 1);
  p->celsius = celsius;
  for (size_t at = 0; at < padded; at += 8) {
    const bool side = vector_is_side_by_side(block, at);
    stretch *last = p->n_stretches > 0 ? &p->stretches[p->n_stretches - 1] : NULL;
    if (last && last->side_by_side == side && (!side || block->node[at - 1] + 1 == block->node[at]))
      last->end = (uint32_t)(at + 8);
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference) LG_NEW made it
    else p->stretches[p->n_stretches++] = (stretch){(uint32_t)at, (uint32_t)(at + 8), side};
  }
done:
  if (status != LG_OK) lg_cable_hh_release(ctx, block);
  return status;
}

void lg_cable_hh_release(lg_ctx *ctx, cable_block *block) {
  plan *p = block->own;
  if (!p) return;
  lg_free(ctx, p->stretches);
  lg_free(ctx, p);
  block->own = NULL;
}

/* What instances [at, …) have in common for stretches of both sorts. */
static cable_hh_run run_at(const cable_block *b, size_t at, size_t n, const cable_hh_pace *pace) {
  const plan *p = b->own;
  const bool uniform = p && p->uniform;
  const size_t k = uniform ? p->first : at;
  const uint32_t node = b->node[k];
  return (cable_hh_run){.n = n,
                        .m = b->state[M] + at,
                        .h = b->state[H] + at,
                        .k = b->state[N] + at,
                        .scale = b->scale + at,
                        .uniform = uniform,
                        .gnabar = b->parameter[GNABAR] + k,
                        .gkbar = b->parameter[GKBAR] + k,
                        .gl = b->parameter[GL] + k,
                        .el = b->parameter[EL] + k,
                        .ena = b->ion[NA]->reversal_mV + node,
                        .ek = b->ion[K]->reversal_mV + node,
                        .pace = pace};
}

/* Rates of the steps before, of instances [at, …). */
static void remember(const cable_block *b, size_t at, const cable_moment *now, cable_hh_run *run) {
  if (!b->memory || !run->pace) return;
  run->corrects = now->step >= 2;
  run->memory = b->memory[0] + at * CABLE_HH_MEMORY;
}

static void gathered(const cable_block *b, const cable_moment *now, const cable_hh_pace *pace, bool flows, size_t begin,
                     size_t end) {
  double v[CHUNK], g[CHUNK], i[CHUNK], ena[CHUNK], ek[CHUNK];
  for (size_t at = begin; at < end; at += CHUNK) {
    const size_t n = end - at < CHUNK ? end - at : CHUNK;
    const uint32_t *node = b->node + at;
    cable_hh_run run = run_at(b, at, n, pace);
    for (size_t k = 0; k < n; k++) v[k] = now->v[node[k]];
    if (!run.uniform) {
      for (size_t k = 0; k < n; k++) {
        ena[k] = b->ion[NA]->reversal_mV[node[k]];
        ek[k] = b->ion[K]->reversal_mV[node[k]];
      }
      run.ena = ena;
      run.ek = ek;
    }
    memset(g, 0, n * sizeof *g);
    memset(i, 0, n * sizeof *i);
    remember(b, at, now, &run);
    run.v = v;
    run.g = flows ? g : NULL;
    run.i = flows ? i : NULL;
    run_of_this_cpu()(&run);
    if (!flows) continue;
    for (size_t k = 0; k < n; k++) {
      now->g[node[k]] += g[k];
      now->i[node[k]] += i[k];
    }
  }
}

/* Without a plan (the block was not prepared): all from anywhere. */
static void without_plan(const cable_block *b, const cable_moment *now, bool steps, bool flows) {
  const cable_hh_pace pace = lg_cable_hh_pace(now->dt_ms, now->celsius);
  gathered(b, now, steps ? &pace : NULL, flows, 0, (b->number + 7) / 8 * 8);
}

static void over_block(const cable_block *b, const cable_moment *now, bool steps, bool flows) {
  plan *p = b->own;
  if (!p) {
    without_plan(b, now, steps, flows);
    return;
  }
  if (!p->known) {
    p->known = true;
    p->uniform = is_uniform(b, &p->first);
  }
  if (steps && !(p->pace.dt_ms == now->dt_ms && p->celsius == now->celsius)) {
    p->celsius = now->celsius;
    p->pace = lg_cable_hh_pace(now->dt_ms, now->celsius);
  }
  const cable_hh_pace *pace = steps ? &p->pace : NULL;
  for (size_t s = 0; s < p->n_stretches; s++) {
    const stretch *a = &p->stretches[s];
    if (!a->side_by_side) {
      gathered(b, now, pace, flows, a->begin, a->end);
      continue;
    }
    cable_hh_run run = run_at(b, a->begin, a->end - a->begin, pace);
    const uint32_t node = b->node[a->begin];
    remember(b, a->begin, now, &run);
    run.v = now->v + node;
    run.g = flows ? now->g + node : NULL;
    run.i = flows ? now->i + node : NULL;
    run_of_this_cpu()(&run);
  }
}

void lg_cable_hh_current(const cable_block *block, const cable_moment *now) { over_block(block, now, false, true); }
void lg_cable_hh_advance(const cable_block *block, const cable_moment *now) { over_block(block, now, true, false); }
void lg_cable_hh_advance_current(const cable_block *block, const cable_moment *now) {
  over_block(block, now, true, true);
}

/* Local derivatives of mechanisms: against the equations of hh by hand, and of every mechanism against its own answers.
 */
#include "tests/test.h"

#include "base/base.h"
#include "cable/slopes.h"

#include <math.h>
#include <string.h>

enum { N = 13, PADDED = 16, NODES = 40 };

/* A block of one mechanism on scattered nodes. */
typedef struct bench {
  cable_block block;
  cable_moment now;
  double v[NODES], g[NODES], i[NODES], scale[PADDED], area[PADDED], diameter[PADDED];
  uint32_t node[PADDED];
  double *parameter[64], *state[64];
  cable_ion ion[8], *ions[8];
  double ion_values[8][5][NODES];
} bench;

static void fill(lg_ctx *ctx, const cable_mechanism *kind, bench *b) {
  lg_rng rng = lg_rng_make(5, 6, 7);
  memset(b, 0, sizeof *b);
  b->now = (cable_moment){.scheme = CABLE_SDIRK2, .dt_ms = 0.025, .celsius = 16.0, .v = b->v, .g = b->g, .i = b->i};
  for (size_t k = 0; k < NODES; k++) b->v[k] = -85.0 + 120.0 * lg_rng_uniform(&rng);
  for (size_t k = 0; k < PADDED; k++) {
    b->node[k] = k < N ? (uint32_t)(3 * k) : NODES - 1;
    b->scale[k] = kind->sort == CABLE_POINT ? 1.0 : 2.0 + lg_rng_uniform(&rng);
    b->area[k] = 100.0 * b->scale[k];
    b->diameter[k] = 1.0 + lg_rng_uniform(&rng);
  }
  for (size_t q = 0; q < kind->n_parameters; q++) {
    const lg_field *f = &kind->parameters[q];
    b->parameter[q] = lg_alloc(ctx, PADDED, sizeof(double));
    assert_non_null(b->parameter[q]);
    const double mean = isnan(f->default_value) ? fmin(fmax(1.0, f->low), f->high) : f->default_value;
    for (size_t k = 0; k < PADDED; k++) {
      b->parameter[q][k] = mean * (1.0 + 0.01 * (double)(k % 5));
      if (!(b->parameter[q][k] >= f->low && b->parameter[q][k] <= f->high)) b->parameter[q][k] = mean;
    }
  }
  for (size_t q = 0; q < kind->n_states; q++) {
    b->state[q] = lg_alloc(ctx, PADDED, sizeof(double));
    assert_non_null(b->state[q]);
  }
  for (size_t q = 0; q < kind->n_ions; q++) {
    cable_ion *ion = &b->ion[q];
    (void)snprintf(ion->name, sizeof ion->name, "%.15s", kind->ions[q].name);
    ion->valence = kind->ions[q].valence;
    ion->reversal_mV = b->ion_values[q][0];
    ion->inside_mM = b->ion_values[q][1];
    ion->outside_mM = b->ion_values[q][2];
    ion->current_mA_cm2 = b->ion_values[q][3];
    ion->conductance_S_cm2 = b->ion_values[q][4];
    ion->current_is_read = true;
    for (size_t k = 0; k < NODES; k++) {
      ion->reversal_mV[k] = 50.0 + (double)k;
      ion->inside_mM[k] = 1e-4 * (1.0 + 0.1 * (double)k);
      ion->outside_mM[k] = 2.0;
      ion->current_mA_cm2[k] = -1e-3;
    }
    b->ions[q] = ion;
  }
  b->block = (cable_block){.kind = kind, .number = N, .lanes = 1, .node = b->node, .scale = b->scale, .seed = 1};
  b->block.parameter = b->parameter;
  b->block.state = b->state;
  b->block.ion = b->ions;
  b->block.area_um2 = b->area;
  b->block.diameter_um = b->diameter;
  if (kind->prepare) assert_ok(ctx, kind->prepare(ctx, &b->block, b->now.celsius));
  if (kind->start) kind->start(&b->block, &b->now);
  for (size_t q = 0; q < kind->n_states; q++)
    for (size_t k = 0; k < PADDED; k++) b->state[q][k] += 0.01 * (double)k * (fabs(b->state[q][k]) + 1e-4);
}

static void clear(lg_ctx *ctx, bench *b) {
  const cable_mechanism *kind = b->block.kind;
  if (kind->release) kind->release(ctx, &b->block);
  for (size_t q = 0; q < kind->n_parameters; q++) lg_free(ctx, b->parameter[q]);
  for (size_t q = 0; q < kind->n_states; q++) lg_free(ctx, b->state[q]);
}

static const double *slope(const cable_slopes *s, cable_function f, cable_slot out, cable_slot in) {
  size_t n;
  const cable_slope *list = lg_cable_slopes_of(s, f, &n);
  for (size_t k = 0; k < n; k++)
    if (list[k].out.sort == out.sort && list[k].out.index == out.index && list[k].in.sort == in.sort &&
        list[k].in.index == in.index)
      return list[k].value;
  return NULL;
}

static void near(double a, double b, double relative) {
  if (!(fabs(a - b) <= relative * fmax(fabs(a), fabs(b)) + 1e-300)) fail_msg("%.17g is not %.17g", a, b);
}

/* The equations of hh, differentiated by hand. */
static void slopes_of_hh(void **unused) {
  (void)unused;
  lg_ctx *ctx = lg_test_ctx();
  static bench b;
  cable_slopes *s = NULL;
  fill(ctx, lg_cable_mechanism_find("hh"), &b);
  const bool wanted[4] = {true, true, true, true};
  assert_ok(ctx, lg_cable_slopes_create(ctx, &b.block, &b.now, wanted, false, &s));
  lg_cable_slopes_at(s, CABLE_DO_CURRENT, &b.now);
  lg_cable_slopes_at(s, CABLE_DO_ADVANCE, &b.now);
  const cable_slot i = {CABLE_SLOT_I, 0}, g = {CABLE_SLOT_G, 0}, v = {CABLE_SLOT_V, 0}, m = {CABLE_SLOT_STATE, 0};
  const cable_slot n = {CABLE_SLOT_STATE, 2}, gna = {CABLE_SLOT_PARAMETER, 0}, ena = {CABLE_SLOT_REVERSAL, 0};
  for (size_t k = 0; k < N; k++) {
    const double *const *p = (const double *const *)b.parameter;
    const double vk = b.v[b.node[k]], mk = b.state[0][k], hk = b.state[1][k], nk = b.state[2][k], a = b.scale[k];
    const double e_na = b.ion_values[0][0][b.node[k]], e_k = b.ion_values[1][0][b.node[k]];
    const double open = mk * mk * mk * hk;
    near(slope(s, CABLE_DO_CURRENT, i, v)[k], a * (p[0][k] * open + p[1][k] * nk * nk * nk * nk + p[2][k]), 1e-11);
    near(slope(s, CABLE_DO_CURRENT, i, m)[k], a * p[0][k] * 3.0 * mk * mk * hk * (vk - e_na), 1e-9);
    near(slope(s, CABLE_DO_CURRENT, i, n)[k], a * p[1][k] * 4.0 * nk * nk * nk * (vk - e_k), 1e-9);
    near(slope(s, CABLE_DO_CURRENT, g, m)[k], a * p[0][k] * 3.0 * mk * mk * hk, 1e-9);
    near(slope(s, CABLE_DO_CURRENT, i, gna)[k], a * open * (vk - e_na), 1e-11);
    near(slope(s, CABLE_DO_CURRENT, g, gna)[k], a * open, 1e-11);
    near(slope(s, CABLE_DO_CURRENT, i, ena)[k], -a * p[0][k] * open, 1e-11);
    /* n: x += (1 - e^(-dt r)) (s - x), r = q10 (alpha + beta) */
    const double x = (vk + 55.0) / 10.0, q10 = pow(3.0, (b.now.celsius - 6.3) / 10.0);
    const double alpha = 0.1 * x / -expm1(-x), beta = 0.125 * exp(-(vk + 65.0) / 80.0);
    const double d_alpha = 0.01 * (1.0 / -expm1(-x) - x * exp(-x) / (expm1(-x) * expm1(-x))), d_beta = -beta / 80.0;
    const double sum = alpha + beta, rate = q10 * sum, steady = alpha / sum, fade = exp(-b.now.dt_ms * rate);
    const double d_steady = (d_alpha * beta - alpha * d_beta) / (sum * sum), d_rate = q10 * (d_alpha + d_beta);
    near(slope(s, CABLE_DO_ADVANCE, n, n)[k], fade, 1e-11);
    near(slope(s, CABLE_DO_ADVANCE, n, v)[k], b.now.dt_ms * d_rate * fade * (steady - nk) + (1.0 - fade) * d_steady,
         1e-8);
  }
  assert_null(slope(s, CABLE_DO_CURRENT, g, v));
  assert_null(slope(s, CABLE_DO_ADVANCE, n, m));
  lg_cable_slopes_destroy(ctx, s);
  clear(ctx, &b);
  lg_ctx_destroy(ctx);
}

/* ---- every mechanism against itself ------------------------------------------------------------- */

static double *slot_of(bench *b, cable_slot s, size_t k) {
  switch (s.sort) {
  case CABLE_SLOT_V:
    return &b->v[b->node[k]];
  case CABLE_SLOT_STATE:
    return &b->state[s.index][k];
  case CABLE_SLOT_REVERSAL:
    return &b->ion_values[s.index][0][b->node[k]];
  case CABLE_SLOT_INSIDE:
    return &b->ion_values[s.index][1][b->node[k]];
  case CABLE_SLOT_ION_CURRENT:
    return &b->ion_values[s.index][3][b->node[k]];
  case CABLE_SLOT_ION_CONDUCTANCE:
    return &b->ion_values[s.index][4][b->node[k]];
  case CABLE_SLOT_G:
    return &b->g[b->node[k]];
  case CABLE_SLOT_I:
    return &b->i[b->node[k]];
  case CABLE_SLOT_PARAMETER:
    return &b->parameter[s.index][k];
  }
  return NULL;
}

typedef struct kept {
  double v[NODES], state[64][PADDED], ions[8][5][NODES];
} kept;

static void call(bench *b, cable_function f) {
  const cable_mechanism *kind = b->block.kind;
  memset(b->g, 0, sizeof b->g);
  memset(b->i, 0, sizeof b->i);
  for (size_t q = 0; q < kind->n_ions && f == CABLE_DO_CURRENT; q++) {
    memset(b->ion_values[q][3], 0, sizeof b->ion_values[q][3]);
    memset(b->ion_values[q][4], 0, sizeof b->ion_values[q][4]);
  }
  if (f == CABLE_DO_CURRENT && kind->current) kind->current(&b->block, &b->now);
  if (f == CABLE_DO_ADVANCE && kind->advance) kind->advance(&b->block, &b->now);
  if (f == CABLE_DO_START && kind->start) kind->start(&b->block, &b->now);
}

static void save(const bench *b, kept *to) {
  memcpy(to->v, b->v, sizeof to->v);
  for (size_t q = 0; q < b->block.kind->n_states; q++) memcpy(to->state[q], b->state[q], sizeof to->state[q]);
  memcpy(to->ions, b->ion_values, sizeof to->ions);
}

static void restore(bench *b, const kept *from) {
  memcpy(b->v, from->v, sizeof from->v);
  for (size_t q = 0; q < b->block.kind->n_states; q++) memcpy(b->state[q], from->state[q], sizeof from->state[q]);
  memcpy(b->ion_values, from->ions, sizeof from->ions);
}

static void check_mechanism(lg_ctx *ctx, const cable_mechanism *kind) {
  static bench b;
  static kept before;
  cable_slopes *s = NULL;
  fill(ctx, kind, &b);
  assert_ok(ctx, lg_cable_slopes_create(ctx, &b.block, &b.now, NULL, false, &s));
  for (int f = 0; f < CABLE_FUNCTIONS; f++) {
    size_t n;
    lg_cable_slopes_at(s, (cable_function)f, &b.now);
    const cable_slope *list = lg_cable_slopes_of(s, (cable_function)f, &n);
    save(&b, &before);
    for (size_t e = 0; e < n; e++)
      for (size_t k = 0; k < N; k += 4) {
        double y[2], at[2];
        for (int side = 0; side < 2; side++) {
          restore(&b, &before);
          double *x = slot_of(&b, list[e].in, k);
          *x += (side ? -1.0 : 1.0) * (list[e].in.sort == CABLE_SLOT_V ? 1e-3 : 1e-5 * fabs(*x) + 1e-9);
          at[side] = *x;
          call(&b, (cable_function)f);
          y[side] = *slot_of(&b, list[e].out, k);
        }
        restore(&b, &before);
        const double direct = (y[0] - y[1]) / (at[0] - at[1]), noise = 1e-15 * fabs(y[0]) / fabs(at[0] - at[1]);
        if (!(fabs(direct - list[e].value[k]) <= 2e-6 * fabs(direct) + 4.0 * noise + 1e-13))
          fail_msg("%s, function %d: d(%d %u)/d(%d %u) of instance %zu is %.12g, by itself %.12g", kind->name, f,
                   (int)list[e].out.sort, list[e].out.index, (int)list[e].in.sort, list[e].in.index, k,
                   list[e].value[k], direct);
      }
    restore(&b, &before);
  }
  lg_cable_slopes_destroy(ctx, s);
  clear(ctx, &b);
}

/* Written-out derivatives, to every field, against differences. */
static void known_and_found(void **unused) {
  (void)unused;
  lg_ctx *ctx = lg_test_ctx();
  static const char *const names[] = {"hh", "pas"};
  static bench b;
  const bool wanted[8] = {true, true, true, true, true, true, true, true};
  for (size_t name = 0; name < 2; name++) {
    cable_slopes *known = NULL, *found = NULL;
    fill(ctx, lg_cable_mechanism_find(names[name]), &b);
    for (size_t x = 0; x < b.block.kind->n_ions; x++) b.ion[x].current_is_read = false;
    b.v[3] = -40.0; /* where rates are singular, and beside */
    b.v[6] = -55.0 + 1e-3;
    b.v[9] = -55.0 + 0.29;
    assert_ok(ctx, lg_cable_slopes_create(ctx, &b.block, &b.now, wanted, false, &known));
    assert_ok(ctx, lg_cable_slopes_create(ctx, &b.block, &b.now, wanted, true, &found));
    for (int f = CABLE_DO_CURRENT; f < CABLE_FUNCTIONS; f++) {
      size_t n, m;
      lg_cable_slopes_at(known, (cable_function)f, &b.now);
      lg_cable_slopes_at(found, (cable_function)f, &b.now);
      const cable_slope *list = lg_cable_slopes_of(known, (cable_function)f, &n);
      (void)lg_cable_slopes_of(found, (cable_function)f, &m);
      assert_int_equal(n, m);
      for (size_t e = 0; e < n; e++) {
        const double *other = slope(found, (cable_function)f, list[e].out, list[e].in);
        assert_non_null(other);
        for (size_t k = 0; k < N; k++)
          if (!(fabs(list[e].value[k] - other[k]) <= 1e-8 * fabs(other[k]) + 1e-10))
            fail_msg("%s: slope %zu of instance %zu is %.15g, by differences %.15g", names[name], e, k,
                     list[e].value[k], other[k]);
      }
    }
    lg_cable_slopes_destroy(ctx, known);
    lg_cable_slopes_destroy(ctx, found);
    clear(ctx, &b);
  }
  lg_ctx_destroy(ctx);
}

static void every_mechanism(void **unused) {
  (void)unused;
  lg_ctx *ctx = lg_test_ctx();
  size_t n;
  const cable_mechanism *const *list = lg_cable_mechanisms(&n);
  for (size_t k = 0; k < n; k++)
    if (list[k]->sort != CABLE_MEMBRANE) check_mechanism(ctx, list[k]);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(slopes_of_hh),
      cmocka_unit_test(known_and_found),
      cmocka_unit_test(every_mechanism),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

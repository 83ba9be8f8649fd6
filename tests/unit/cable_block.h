/** @file cable_block.h @brief Instances of one mechanism without a cell, for tests of mechanisms. */
#ifndef LG_TEST_CABLE_BLOCK_H
#define LG_TEST_CABLE_BLOCK_H

#include "tests/one_ctx.h"

#include "cable/mechanism.h"

#include <math.h>
#include <string.h>

enum { BLOCK_MAX = 40, BLOCK_NODES = 64, BLOCK_SLOTS = 24, BLOCK_IONS = 2 };

/** Node k carries instance k, as in a cell; nodes 48 … are spare ones. */
typedef struct test_block {
  cable_block block;
  cable_moment now;
  uint32_t node[BLOCK_MAX];
  double parameters[BLOCK_SLOTS][BLOCK_MAX], states[BLOCK_SLOTS][BLOCK_MAX], scale[BLOCK_MAX];
  double *parameter[BLOCK_SLOTS], *state[BLOCK_SLOTS];
  double v[BLOCK_NODES], g[BLOCK_NODES], i[BLOCK_NODES];
  cable_ion ions[BLOCK_IONS], *ion[BLOCK_IONS];
  double reversal[BLOCK_IONS][BLOCK_NODES], inside[BLOCK_IONS][BLOCK_NODES], outside[BLOCK_IONS][BLOCK_NODES];
  double current[BLOCK_IONS][BLOCK_NODES], conductance[BLOCK_IONS][BLOCK_NODES];
} test_block;

static inline void test_block_ion(test_block *t, size_t n, const cable_ion_use *use) {
  cable_ion *ion = &t->ions[n];
  const double reversal = strcmp(use->name, "na") == 0 ? 50.0 : strcmp(use->name, "k") == 0 ? -85.0 : 120.0;
  (void)snprintf(ion->name, sizeof ion->name, "%s", use->name);
  ion->valence = use->valence;
  ion->reversal_mV = t->reversal[n];
  ion->inside_mM = t->inside[n];
  ion->outside_mM = t->outside[n];
  ion->current_mA_cm2 = t->current[n];
  ion->conductance_S_cm2 = t->conductance[n];
  ion->current_is_read = true;
  for (size_t k = 0; k < BLOCK_NODES; k++) {
    t->reversal[n][k] = reversal;
    t->inside[n][k] = 1e-4;
    t->outside[n][k] = 2.0;
  }
  t->ion[n] = ion;
}

/** number instances with defaults at -65 mV and 100 um2, at 6.3 degC, dt 0.025. */
static inline void test_block_make(test_block *t, const cable_mechanism *kind, size_t number) {
  memset(t, 0, sizeof *t);
  assert_true(number <= BLOCK_MAX - 8 && kind->n_parameters <= BLOCK_SLOTS && kind->n_states <= BLOCK_SLOTS);
  assert_true(kind->n_ions <= BLOCK_IONS);
  for (size_t k = 0; k < BLOCK_MAX; k++) {
    t->node[k] = k < number ? (uint32_t)k : 48u;
    t->scale[k] = kind->sort == CABLE_POINT ? 1.0 : 1.0;
  }
  for (size_t p = 0; p < kind->n_parameters; p++) {
    t->parameter[p] = t->parameters[p];
    for (size_t k = 0; k < BLOCK_MAX; k++) t->parameters[p][k] = kind->parameters[p].default_value;
  }
  for (size_t s = 0; s < kind->n_states; s++) t->state[s] = t->states[s];
  for (size_t n = 0; n < kind->n_ions; n++) test_block_ion(t, n, &kind->ions[n]);
  for (size_t k = 0; k < BLOCK_NODES; k++) t->v[k] = -65.0;
  t->block = (cable_block){.kind = kind,
                           .number = number,
                           .lanes = 1,
                           .node = t->node,
                           .contiguous = true,
                           .parameter = t->parameter,
                           .state = t->state,
                           .scale = t->scale,
                           .ion = t->ion,
                           .seed = 1};
  t->now = (cable_moment){.scheme = CABLE_SDIRK2, .dt_ms = 0.025, .celsius = 6.3, .v = t->v, .g = t->g, .i = t->i};
}

static inline void test_block_start(test_block *t) {
  const cable_mechanism *kind = t->block.kind;
  if (kind->release && t->block.own) kind->release(ctx, &t->block);
  t->block.own = NULL;
  if (kind->prepare) assert_ok(ctx, kind->prepare(ctx, &t->block, t->now.celsius));
  if (kind->start) kind->start(&t->block, &t->now);
}

static inline void test_block_current(test_block *t) {
  memset(t->g, 0, sizeof t->g);
  memset(t->i, 0, sizeof t->i);
  memset(t->current, 0, sizeof t->current);
  memset(t->conductance, 0, sizeof t->conductance);
  if (t->block.kind->current) t->block.kind->current(&t->block, &t->now);
}

static inline void test_block_advance(test_block *t, double dt) {
  const double before = t->now.dt_ms;
  t->now.dt_ms = dt;
  if (t->block.kind->advance) t->block.kind->advance(&t->block, &t->now);
  t->now.dt_ms = before;
}

static inline void test_block_end(test_block *t) {
  if (t->block.kind->release) t->block.kind->release(ctx, &t->block);
}

/** The built-in mechanism of that name. */
static inline const cable_mechanism *test_mechanism(const char *name) {
  const cable_mechanism *kind = lg_cable_mechanism_find(name);
  if (!kind) fail_msg("there is no mechanism %s", name);
  return kind;
}

#endif

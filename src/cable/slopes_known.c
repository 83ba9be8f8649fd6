/* Which mechanisms have written-out derivatives, and the way to their kernels. */
#include "cable/slopes_known.h"

#include "base/cpu.h"
#include "base/elementary.h"

#include <string.h>

#define V_                                                                                                             \
  { CABLE_SLOT_V, 0 }
#define S_(k)                                                                                                          \
  { CABLE_SLOT_STATE, (k) }
#define E_(k)                                                                                                          \
  { CABLE_SLOT_REVERSAL, (k) }
#define P_(k)                                                                                                          \
  { CABLE_SLOT_PARAMETER, (k) }
#define I_                                                                                                             \
  { CABLE_SLOT_I, 0 }
#define G_                                                                                                             \
  { CABLE_SLOT_G, 0 }

static const cable_known_slope list_hh[KNOWN_HH_SLOPES] = {
    {CABLE_DO_CURRENT, I_, V_},       {CABLE_DO_CURRENT, I_, S_(0)},    {CABLE_DO_CURRENT, I_, S_(1)},
    {CABLE_DO_CURRENT, I_, S_(2)},    {CABLE_DO_CURRENT, G_, S_(0)},    {CABLE_DO_CURRENT, G_, S_(1)},
    {CABLE_DO_CURRENT, G_, S_(2)},    {CABLE_DO_CURRENT, I_, E_(0)},    {CABLE_DO_CURRENT, I_, E_(1)},
    {CABLE_DO_CURRENT, I_, P_(0)},    {CABLE_DO_CURRENT, G_, P_(0)},    {CABLE_DO_CURRENT, I_, P_(1)},
    {CABLE_DO_CURRENT, G_, P_(1)},    {CABLE_DO_CURRENT, I_, P_(2)},    {CABLE_DO_CURRENT, G_, P_(2)},
    {CABLE_DO_CURRENT, I_, P_(3)},    {CABLE_DO_ADVANCE, S_(0), S_(0)}, {CABLE_DO_ADVANCE, S_(0), V_},
    {CABLE_DO_ADVANCE, S_(1), S_(1)}, {CABLE_DO_ADVANCE, S_(1), V_},    {CABLE_DO_ADVANCE, S_(2), S_(2)},
    {CABLE_DO_ADVANCE, S_(2), V_},
};

enum { CHUNK = 256 };

/* Chunk by chunk: potentials and reversals gathered, the rest where it stands. */
static void at_hh(const cable_block *b, cable_function function, const cable_moment *now, double *const *value) {
  const lg_cpu level = lg_cpu_level();
  cable_known_hh_fn *const kernel = function == CABLE_DO_CURRENT
                                        ? (level >= LG_CPU_V4   ? lg_cable_known_hh_current_v4
                                           : level >= LG_CPU_V3 ? lg_cable_known_hh_current_v3
                                                                : lg_cable_known_hh_current_plain)
                                        : (level >= LG_CPU_V4   ? lg_cable_known_hh_advance_v4
                                           : level >= LG_CPU_V3 ? lg_cable_known_hh_advance_v3
                                                                : lg_cable_known_hh_advance_plain);
  const cable_hh_pace pace = lg_cable_hh_pace(now->dt_ms, now->celsius);
  double v[CHUNK], ena[CHUNK], ek[CHUNK];
  double *part[KNOWN_HH_SLOPES];
  for (size_t at = 0; at < b->number; at += CHUNK) {
    const size_t n = b->number - at < CHUNK ? b->number - at : CHUNK;
    for (size_t k = 0; k < n; k++) v[k] = now->v[b->node[at + k]];
    for (size_t k = n; k < CHUNK && k % 8 != 0; k++) v[k] = v[n - 1];
    for (size_t k = 0; function == CABLE_DO_CURRENT && k < n; k++) {
      ena[k] = b->ion[0]->reversal_mV[b->node[at + k]];
      ek[k] = b->ion[1]->reversal_mV[b->node[at + k]];
    }
    for (size_t e = 0; e < KNOWN_HH_SLOPES; e++) part[e] = value[e] ? value[e] + at : NULL;
    const cable_known_hh a = {.n = n,
                              .v = v,
                              .m = b->state[0] + at,
                              .h = b->state[1] + at,
                              .k = b->state[2] + at,
                              .scale = b->scale + at,
                              .gnabar = b->parameter[0] + at,
                              .gkbar = b->parameter[1] + at,
                              .gl = b->parameter[2] + at,
                              .el = b->parameter[3] + at,
                              .ena = ena,
                              .ek = ek,
                              .pace = pace,
                              .value = part};
    kernel(&a);
  }
}

enum { LEAK_I_V, LEAK_I_G, LEAK_G_G, LEAK_I_E, LEAK_SLOPES };
static const cable_known_slope list_leak[LEAK_SLOPES] = {
    {CABLE_DO_CURRENT, I_, V_},
    {CABLE_DO_CURRENT, I_, P_(0)},
    {CABLE_DO_CURRENT, G_, P_(0)},
    {CABLE_DO_CURRENT, I_, P_(1)},
};

static void at_leak(const cable_block *b, cable_function function, const cable_moment *now, double *const *value) {
  if (function != CABLE_DO_CURRENT) return;
  for (size_t k = 0; k < b->number; k++) value[LEAK_I_V][k] = b->scale[k] * b->parameter[0][k];
  for (size_t k = 0; value[LEAK_I_G] && k < b->number; k++) {
    value[LEAK_I_G][k] = b->scale[k] * (now->v[b->node[k]] - b->parameter[1][k]);
    value[LEAK_G_G][k] = b->scale[k];
  }
  for (size_t k = 0; value[LEAK_I_E] && k < b->number; k++) value[LEAK_I_E][k] = -(b->scale[k] * b->parameter[0][k]);
}

static const cable_known known_hh = {list_hh, KNOWN_HH_SLOPES, at_hh}, known_leak = {list_leak, LEAK_SLOPES, at_leak};

const cable_known *lg_cable_known(const cable_block *block) {
  for (size_t x = 0; x < block->kind->n_ions; x++)
    if (block->ion[x]->current_is_read) return NULL;
  if (block->kind->constant_leak) return &known_leak;
  return block->kind == lg_cable_mechanism_find("hh") ? &known_hh : NULL;
}

/* Channels as linear systems y' = A(u, u') y + b(u, u'). */
#include "base/elementary.h"
#include "calcium/clamp.h"
#include "calcium/clamp_internal.h"

#include <math.h>
#include <string.h>

static const clamp_about table[] = {
    {"kl", false, 3, {"o2", "c1", "c2"}, "ryanodine receptor, Keizer & Levine 1996"},
    {"closure", false, 1, {"P1"}, "the same with its slow closed state at rest"},
    {"rise", false, 1, {"P1"}, "opens only while calcium rises, closes at a constant rate"},
    {"hh-na", true, 2, {"m", "h"}, "sodium channel of the squid, m^3 h"},
    {"hh-k", true, 1, {"n"}, "potassium channel of the squid, n^4"},
    {"vdcc-n", true, 2, {"m", "h"}, "calcium channel of type N, m^2 h"},
    {"vdcc-l", true, 1, {"m"}, "calcium channel of type L, m^2"},
};

enum { N_KINDS = sizeof table / sizeof table[0] };

const clamp_about *lg_clamp_about(clamp_kind kind) { return &table[kind]; }

lg_status lg_clamp_find(lg_ctx *ctx, const char *name, clamp_kind *kind) {
  for (int k = 0; k < N_KINDS; k++)
    if (strcmp(table[k].name, name) == 0) {
      *kind = (clamp_kind)k;
      return LG_OK;
    }
  return lg_fail(ctx, LG_ERR_ARGUMENT, "no channel is called '%s'; kl, closure, rise, hh-na, hh-k, vdcc-n, vdcc-l",
                 name);
}

/* One gate x' = on (1 - x) - off x in place k of d. */
static void gate(clamp_linear *s, size_t k, double on, double off) {
  s->a[k][k] = -(on + off);
  s->b[k] = on;
}

static void keizer_levine(const calcium_constants *k, double u, clamp_linear *s) {
  const double u3 = u * u * u, kb = k->kb_on * u3, ka = k->ka_on * u3 * u;
  /* o1 = 1 - o2 - c1 - c2 */
  for (int j = 0; j < 3; j++) {
    s->a[0][j] = -kb;
    s->a[1][j] = -k->ka_off;
    s->a[2][j] = -k->kc_on;
  }
  s->a[0][0] -= k->kb_off;
  s->a[1][1] -= ka;
  s->a[2][2] -= k->kc_off;
  s->b[0] = kb;
  s->b[1] = k->ka_off;
  s->b[2] = k->kc_on;
}

static void closure(const calcium_constants *k, double u, clamp_linear *s) {
  const double c0 = k->cytosol_rest, r3 = c0 * c0 * c0, kc = k->kc_on / k->kc_off;
  const double c2 = kc / (1.0 + kc + k->ka_off / (k->ka_on * r3 * c0) + k->kb_on / k->kb_off * r3);
  const double u3 = u * u * u, on = k->ka_on * u3 * u, off = k->ka_off / (1.0 + k->kb_on / k->kb_off * u3);
  s->a[0][0] = -(on + off);
  s->b[0] = on * (1.0 - c2);
}

static void rise(double closing, double u, double udot, clamp_linear *s) {
  const double u4 = u * u * u * u;
  gate(s, 0, 2e4 * u4 / (16.0 + u4) * lg_sigmoid((udot - 200.0) / 20.0) + 1e-3, closing);
}

/* Rates of the squid per ms, V in mV, here per s. */
static void squid_m(double v, clamp_linear *s) {
  gate(s, 0, 1e3 * lg_x_over_expm1(-0.1 * (v + 40.0)), 4e3 * lg_exp(-(v + 65.0) / 18.0));
}

static void squid_h(double v, clamp_linear *s) {
  gate(s, 1, 70.0 * lg_exp(-(v + 65.0) / 20.0), 1e3 * lg_sigmoid((v + 35.0) / 10.0));
}

static void squid_n(double v, clamp_linear *s) {
  gate(s, 0, 100.0 * lg_x_over_expm1(-0.1 * (v + 55.0)), 125.0 * lg_exp(-(v + 65.0) / 80.0));
}

/* s' = (s_inf - s)/tau, s_inf a Boltzmann function of z at 310 K. */
static void borg_graham(size_t k, double z, double half_mV, double tau_s, double v, clamp_linear *s) {
  const double end = lg_sigmoid(z * (v - half_mV) / 26.714); /* RT/F at 310 K, mV */
  gate(s, k, end / tau_s, (1.0 - end) / tau_s);
}

void lg_clamp_linear(const clamp_channel *c, double u, double udot, clamp_linear *s) {
  memset(s, 0, sizeof *s);
  switch (c->kind) {
  case CLAMP_KL:
    keizer_levine(c->constants, u, s);
    break;
  case CLAMP_CLOSURE:
    closure(c->constants, u, s);
    break;
  case CLAMP_RISE:
    rise(c->closing, u, udot, s);
    break;
  case CLAMP_HH_NA:
    squid_m(u, s);
    squid_h(u, s);
    break;
  case CLAMP_HH_K:
    squid_n(u, s);
    break;
  case CLAMP_VDCC_N:
    borg_graham(0, 3.4, -21.0, 1.5e-3, u, s);
    borg_graham(1, -2.0, -40.0, 75e-3, u, s);
    break;
  case CLAMP_VDCC_L:
    borg_graham(0, 4.6, -1.0, 1.5e-3, u, s);
    break;
  }
}

void lg_clamp_rest(const clamp_channel *c, double u, double *y) {
  clamp_linear s;
  lg_clamp_linear(c, u, 0.0, &s);
  if (c->kind != CLAMP_KL) { /* gates do not see each other */
    for (size_t k = 0; k < table[c->kind].n_states; k++) y[k] = -s.b[k] / s.a[k][k];
    return;
  }
  const calcium_constants *k = c->constants;
  const double u3 = u * u * u, ka = k->ka_on / k->ka_off * u3 * u, kb = k->kb_on / k->kb_off * u3,
               kc = k->kc_on / k->kc_off;
  const double o1 = 1.0 / (1.0 + kc + 1.0 / ka + kb);
  y[0] = kb * o1;
  y[1] = o1 / ka;
  y[2] = kc * o1;
}

double lg_clamp_open(const clamp_channel *c, const double *y) {
  switch (c->kind) {
  case CLAMP_KL:
    return 1.0 - y[1] - y[2];
  case CLAMP_HH_NA:
    return y[0] * y[0] * y[0] * y[1];
  case CLAMP_HH_K:
    return y[0] * y[0] * y[0] * y[0];
  case CLAMP_VDCC_N:
    return y[0] * y[0] * y[1];
  case CLAMP_VDCC_L:
    return y[0] * y[0];
  case CLAMP_CLOSURE:
  case CLAMP_RISE:
    break;
  }
  return y[0];
}

void lg_clamp_slope(const clamp_channel *c, double u, double udot, const double *y, double *slope) {
  clamp_linear s;
  lg_clamp_linear(c, u, udot, &s);
  for (size_t i = 0; i < table[c->kind].n_states; i++) {
    slope[i] = s.b[i];
    for (size_t j = 0; j < table[c->kind].n_states; j++) slope[i] += s.a[i][j] * y[j];
  }
}

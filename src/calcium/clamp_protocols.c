/* Random u(t): steps, stairs, ramps, transients like those of a wave or a spike, pairs that tell memory. */
#include "base/elementary.h"
#include "calcium/clamp_internal.h"

#include <math.h>
#include <string.h>

const char *const lg_clamp_families[7] = {"steps", "stairs", "ramps", "transients", "trains", "pairs", "starts"};

enum { N_FAMILIES = 7, STREAM = 0x636c616d /* "clam" */ };

/* ---- u(t) --------------------------------------------------------------------------------------- */

static void trapezoid(const clamp_part *p, double t, double *u, double *udot) {
  if (t < p->from_s || t >= p->to_s + p->fall_s) return;
  if (t < p->from_s + p->rise_s) {
    *u += p->size * (t - p->from_s) / p->rise_s;
    *udot += p->size / p->rise_s;
  } else if (t < p->to_s) *u += p->size;
  else {
    *u += p->size * (1.0 - (t - p->to_s) / p->fall_s);
    *udot -= p->size / p->fall_s;
  }
}

/* A sigmoid in time whose decays begin smoothly with it. */
static void pulse(const clamp_part *p, double t, double *u, double *udot) {
  const double x = (t - p->from_s) / p->rise_s;
  if (x < -40.0) return;
  const double s = lg_sigmoid(x), late = p->rise_s * ((x > 0.0 ? x : 0.0) + lg_ln(1.0 + lg_exp(-fabs(x))));
  const double e1 = p->portion * lg_exp(-late / p->fall_s), e2 = (1.0 - p->portion) * lg_exp(-late / p->fall2_s);
  *u += p->size * s * (e1 + e2);
  *udot += p->size * s * ((1.0 - s) / p->rise_s * (e1 + e2) - s * (e1 / p->fall_s + e2 / p->fall2_s));
}

static void sine(const clamp_part *p, double t, double *u, double *udot) {
  double s, c;
  if (t < p->from_s || t >= p->to_s) return;
  lg_sincos_turn((t - p->from_s) / p->rise_s, &s, &c);
  *u += p->size * s;
  *udot += p->size * 6.283185307179586 / p->rise_s * c;
}

void lg_clamp_u(const clamp_protocol *protocol, double t, double *u, double *udot) {
  *u = protocol->rest;
  *udot = 0.0;
  for (size_t k = 0; k < protocol->n; k++) {
    const clamp_part *p = &protocol->parts[k];
    if (p->kind == CLAMP_TRAPEZOID) trapezoid(p, t, u, udot);
    else if (p->kind == CLAMP_PULSE) pulse(p, t, u, udot);
    else sine(p, t, u, udot);
  }
}

size_t lg_clamp_edges(const clamp_protocol *protocol, double edges[CLAMP_EDGES]) {
  size_t n = 0;
  edges[n++] = 0.0;
  for (size_t k = 0; k < protocol->n; k++) {
    const clamp_part *p = &protocol->parts[k];
    double at[4] = {p->from_s, p->from_s + p->rise_s, p->to_s, p->to_s + p->fall_s};
    if (p->kind == CLAMP_PULSE) at[1] = p->from_s - 12.0 * p->rise_s, at[2] = at[3] = p->from_s;
    if (p->kind == CLAMP_SINE) at[1] = p->from_s, at[3] = p->to_s;
    for (size_t j = 0; j < 4; j++)
      if (at[j] > 0.0 && at[j] < protocol->end_s) edges[n++] = at[j];
  }
  edges[n++] = protocol->end_s;
  for (size_t i = 1; i < n; i++) /* few: insertion */
    for (size_t j = i; j > 0 && edges[j] < edges[j - 1]; j--) {
      const double t = edges[j];
      edges[j] = edges[j - 1];
      edges[j - 1] = t;
    }
  size_t kept = 1;
  for (size_t i = 1; i < n; i++)
    if (edges[i] > edges[kept - 1] + 1e-9) edges[kept++] = edges[i];
  edges[kept - 1] = kept > 1 ? protocol->end_s : edges[0];
  return kept;
}

/* ---- random ones -------------------------------------------------------------------------------- */

static double log_range(lg_rng *rng, double low, double high) {
  return low * lg_exp(lg_rng_uniform(rng) * lg_ln(high / low));
}

/* What differs between calcium (µM, tens of ms to seconds) and voltage (mV, ms). */
typedef struct scales {
  bool voltage;
  double time; /* the unit of slow things, s */
} scales;

/* Height above rest: calcium 0.03 to 30 µM evenly in the logarithm, voltage up to +60 mV and down to -110. */
static double height(lg_rng *rng, const scales *s, double rest) {
  if (!s->voltage) return log_range(rng, 0.03, 30.0);
  return lg_rng_range(rng, -110.0, 60.0) - rest;
}

static clamp_part *add(clamp_protocol *p) { return &p->parts[p->n < CLAMP_PARTS ? p->n++ : CLAMP_PARTS - 1]; }

static void add_level(clamp_protocol *p, double size, double from, double to, double rise, double fall) {
  *add(p) =
      (clamp_part){.kind = CLAMP_TRAPEZOID, .size = size, .from_s = from, .to_s = to, .rise_s = rise, .fall_s = fall};
}

/* A calcium transient as a wave brings it, or a spike with its afterpotential. */
static void add_transient(lg_rng *rng, const scales *s, clamp_protocol *p, double at) {
  clamp_part *q = add(p);
  *q = (clamp_part){.kind = CLAMP_PULSE, .from_s = at};
  if (!s->voltage) {
    q->size = log_range(rng, 0.3, 30.0);
    q->rise_s = log_range(rng, 2e-5, 1e-3);
    q->fall_s = log_range(rng, 3e-3, 4e-2);
    q->fall2_s = log_range(rng, 3e-2, 4e-1);
    q->portion = lg_rng_range(rng, 0.3, 0.95);
    return;
  }
  q->size = lg_rng_range(rng, 40.0, 120.0);
  q->rise_s = log_range(rng, 5e-5, 4e-4);
  q->fall_s = log_range(rng, 3e-4, 2e-3);
  q->fall2_s = log_range(rng, 2e-3, 1.5e-2);
  q->portion = lg_rng_range(rng, 0.7, 1.15); /* above 1: an afterhyperpolarisation */
}

static void make_steps(lg_rng *rng, const scales *s, clamp_protocol *p) {
  const double on = 0.05 * s->time, length = log_range(rng, 0.05, 8.0) * s->time;
  const bool sharp = lg_rng_uniform(rng) < 0.7;
  add_level(p, height(rng, s, p->rest), on, on + length, sharp ? 0.0 : log_range(rng, 1e-3, 0.03) * s->time,
            sharp ? 0.0 : log_range(rng, 1e-3, 0.3) * s->time);
  p->end_s = on + length + log_range(rng, 0.5, 5.0) * s->time;
}

static void make_stairs(lg_rng *rng, const scales *s, clamp_protocol *p) {
  const size_t n = 3 + (size_t)lg_rng_below(rng, 4);
  double at = 0.05 * s->time;
  for (size_t k = 0; k < n; k++) {
    const double length = log_range(rng, 0.05, 3.0) * s->time;
    add_level(p, height(rng, s, p->rest), at, at + length, 0.0, 0.0);
    at += length;
  }
  p->end_s = at + s->time;
}

static void make_ramps(lg_rng *rng, const scales *s, clamp_protocol *p) {
  const double on = 0.05 * s->time, rise = log_range(rng, 0.01, 3.0) * s->time,
               hold = log_range(rng, 0.01, 3.0) * s->time, fall = log_range(rng, 0.03, 5.0) * s->time;
  add_level(p, height(rng, s, p->rest), on, on + rise + hold, rise, fall);
  if (s->voltage && lg_rng_uniform(rng) < 0.5)
    for (size_t k = 0; k < 3; k++)
      *add(p) = (clamp_part){.kind = CLAMP_SINE,
                             .size = lg_rng_range(rng, 3.0, 15.0),
                             .from_s = on,
                             .to_s = on + rise + hold + fall,
                             .rise_s = log_range(rng, 0.1, 3.0) * s->time};
  p->end_s = on + rise + hold + fall + s->time;
}

static void make_transients(lg_rng *rng, const scales *s, clamp_protocol *p) {
  const double at = s->voltage ? 0.3 * s->time : 0.02;
  add_transient(rng, s, p, at);
  p->end_s = at + (s->voltage ? 3.0 : 6.0) * s->time;
}

static void make_trains(lg_rng *rng, const scales *s, clamp_protocol *p) {
  const size_t n = 2 + (size_t)lg_rng_below(rng, 5);
  double at = s->voltage ? 0.3 * s->time : 0.02;
  for (size_t k = 0; k < n; k++) {
    add_transient(rng, s, p, at);
    at += log_range(rng, 0.2, 5.0) * s->time;
  }
  p->end_s = at + 2.0 * s->time;
}

/* A condition, a pause, a test; the pause covers the recovery from rest to the slowest gate. */
static void make_pairs(lg_rng *rng, const scales *s, clamp_protocol *p) {
  const double on = 0.05 * s->time;
  const double length = s->voltage ? log_range(rng, 0.1, 10.0) * s->time : log_range(rng, 0.05, 6.0);
  const double pause = s->voltage ? log_range(rng, 0.05, 3.0) * s->time : log_range(rng, 0.05, 3.0);
  const double first = s->voltage ? lg_rng_range(rng, -50.0, 40.0) - p->rest : log_range(rng, 0.15, 10.0);
  const double second = s->voltage ? lg_rng_range(rng, -30.0, 40.0) - p->rest : log_range(rng, 0.3, 20.0);
  const double test = s->voltage ? log_range(rng, 0.2, 2.0) * s->time : log_range(rng, 0.02, 0.2);
  add_level(p, first, on, on + length, 0.0, 0.0);
  add_level(p, second, on + length + pause, on + length + pause + test, 0.0, 0.0);
  p->end_s = on + length + pause + test + (s->voltage ? 2.0 * s->time : 0.5);
}

/* From a state that u has not brought about: what a network needs to know how P returns. */
static void make_starts(lg_rng *rng, const clamp_channel *c, const scales *s, clamp_protocol *p) {
  const clamp_about *about = lg_clamp_about(c->kind);
  double rest[CLAMP_STATES] = {0};
  p->given = true;
  for (size_t k = 0; k < about->n_states; k++) {
    const double z = lg_rng_range(rng, -7.0, 7.0);
    p->start[k] = lg_sigmoid(z);
  }
  if (c->kind == CLAMP_KL) { /* the slow state at rest, the open ones in balance */
    const double open = p->start[0], u3 = p->rest * p->rest * p->rest;
    const double kb = c->constants->kb_on / c->constants->kb_off * u3;
    lg_clamp_rest(c, c->constants->cytosol_rest, rest);
    p->start[2] = rest[2];
    p->start[0] = open * (1.0 - p->start[2]) * kb / (1.0 + kb);
    p->start[1] = (1.0 - open) * (1.0 - p->start[2]);
  }
  p->rest = s->voltage ? lg_rng_range(rng, -110.0, 60.0) : log_range(rng, 0.02, 20.0);
  const double rise = log_range(rng, 1e-3, 1.0) * s->time, way = height(rng, s, p->rest);
  p->end_s = log_range(rng, 0.02, 3.0) * s->time;
  if (lg_rng_uniform(rng) < 0.8) {
    const bool down = !s->voltage && lg_rng_uniform(rng) < 0.4; /* calcium falls by what it has */
    add_level(p, down ? -p->rest * lg_rng_range(rng, 0.2, 0.97) : way, 0.0, 10.0 * p->end_s + rise, rise, 0.0);
  }
}

static clamp_protocol make(const clamp_channel *c, size_t family, lg_rng *rng) {
  const scales s = {lg_clamp_about(c->kind)->voltage, lg_clamp_about(c->kind)->voltage ? 0.01 : 0.1};
  clamp_protocol p;
  memset(&p, 0, sizeof p);
  if (s.voltage) p.rest = lg_rng_uniform(rng) < 0.5 ? -65.0 : lg_rng_range(rng, -100.0, -45.0);
  else p.rest = lg_rng_uniform(rng) < 0.7 ? 0.05 : log_range(rng, 0.02, 0.15);
  switch (family) {
  case 0:
    make_steps(rng, &s, &p);
    break;
  case 1:
    make_stairs(rng, &s, &p);
    break;
  case 2:
    make_ramps(rng, &s, &p);
    break;
  case 3:
    make_transients(rng, &s, &p);
    break;
  case 4:
    make_trains(rng, &s, &p);
    break;
  case 5:
    make_pairs(rng, &s, &p);
    break;
  default:
    make_starts(rng, c, &s, &p);
    break;
  }
  return p;
}

clamp_protocol lg_clamp_random(const clamp_channel *channel, unsigned families, uint64_t seed, size_t index) {
  size_t chosen[N_FAMILIES], n = 0;
  for (size_t k = 0; k < N_FAMILIES; k++)
    if (families & 1u << k) chosen[n++] = k;
  if (n == 0) chosen[n++] = 3;
  const size_t family = chosen[index % n];
  lg_rng rng = lg_rng_make(seed, STREAM + family, index);
  clamp_protocol p = make(channel, family, &rng);
  (void)snprintf(p.name, sizeof p.name, "%.*s_%zu", (int)strlen(lg_clamp_families[family]) - 1,
                 lg_clamp_families[family], index);
  return p;
}

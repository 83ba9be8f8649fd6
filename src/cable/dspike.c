/*
 * Dendritic spikes as events (Pagkalos, Chavlis and Poirazi 2023, doi 10.1038/s41467-022-35747-8): where v reaches a
 * threshold, and not within the refractory period of the last, a square conductance opens at once for duration_rise,
 * and, offset_fall later than the event, another for duration_fall. Conductances of a step are their means over it.
 */
#include "base/elementary.h"
#include "cable/mechanisms.h"

enum { THRESHOLD, G_RISE, E_RISE, DURATION_RISE, G_FALL, E_FALL, OFFSET_FALL, DURATION_FALL, REFRACTORY };
enum { LAST };

static const lg_field fields[] = {
    {"threshold", "mV", -40.0, -1000.0, 1000.0, "Voltage that starts an event."},
    {"g_rise", "uS", 0.02, 0.0, 1e6, "Conductance that depolarises."},
    {"e_rise", "mV", 70.0, -1000.0, 1000.0, "Its reversal (sodium 70, calcium 136)."},
    {"duration_rise", "ms", 1.2, 0.0, 1e6, "How long it is open."},
    {"g_fall", "uS", 0.015, 0.0, 1e6, "Conductance that brings v back."},
    {"e_fall", "mV", -89.0, -1000.0, 1000.0, "Its reversal (potassium)."},
    {"offset_fall", "ms", 0.2, 0.0, 1e6, "When it opens after the event."},
    {"duration_fall", "ms", 2.4, 0.0, 1e6, "How long it is open."},
    {"refractory", "ms", 5.0, 0.0, 1e6, "From event to event at least."},
};
static const char *const states[] = {"last"};

static void start(const cable_block *block, const cable_moment *now) {
  (void)now;
  for (size_t k = 0; k < block->number; k++) block->state[LAST][k] = -1e300;
}

/* Part of the step that lies in [from, from + duration). */
static double share(const cable_moment *now, double from, double duration) {
  const double a = from > now->t_ms ? from : now->t_ms, end = from + duration, stop = now->t_ms + now->dt_ms;
  const double b = end < stop ? end : stop;
  return b > a ? (b - a) / now->dt_ms : 0.0;
}

static void current(const cable_block *block, const cable_moment *now) {
  double *const *p = block->parameter;
  for (size_t k = 0; k < block->number; k++) {
    const uint32_t at = block->node[k];
    const double v = now->v[at];
    double *last = &block->state[LAST][k];
    const double open = p[OFFSET_FALL][k] + p[DURATION_FALL][k], rises = p[DURATION_RISE][k];
    if (v < p[THRESHOLD][k] && now->t_ms - *last > (open > rises ? open : rises)) continue; /* as nearly always */
    if (v >= p[THRESHOLD][k] && now->t_ms - *last >= p[REFRACTORY][k] - 1e-9 * now->dt_ms) *last = now->t_ms;
    const double rise = p[G_RISE][k] * share(now, *last, p[DURATION_RISE][k]);
    const double fall = p[G_FALL][k] * share(now, *last + p[OFFSET_FALL][k], p[DURATION_FALL][k]);
    now->g[at] += rise + fall;
    now->i[at] += rise * (v - p[E_RISE][k]) + fall * (v - p[E_FALL][k]);
  }
}

const cable_mechanism lg_cable_dspike = {
    .name = "dSpike",
    .summary = "Dendritic spike as an event: two square conductances after v reaches a threshold.",
    .source = "Pagkalos, Chavlis and Poirazi 2023 Nat Commun 14:131, doi 10.1038/s41467-022-35747-8",
    .sort = CABLE_POINT,
    .parameters = fields,
    .n_parameters = sizeof fields / sizeof fields[0],
    .states = states,
    .n_states = 1,
    .start = start,
    .current = current,
};

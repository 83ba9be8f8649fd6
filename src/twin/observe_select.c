/* The part of a long recording that a network of fixed length reads: one hyperpolarising sweep, one at rheobase and one
 * near twice rheobase, from shortly before their stimulus on, as the training recordings are laid out. */
#include "twin/observe.h"

#include <math.h>

#define BEFORE_MS 30.0

typedef struct summary {
  double charge; /* mean current over the sweep, from its first sample */
  size_t spikes;
} summary;

/* Spikes: crossings of the middle between rest and 0 mV, upwards, at least 2 ms apart. */
static summary summarise(const lg_fit_trace *t) {
  summary s = {0.0, 0};
  const double level = fmin(-20.0, 0.5 * t->v_mV[0]);
  size_t quiet_from = 0;
  for (size_t k = 0; k < t->n; k++) {
    s.charge += (t->i_pA[k] - t->i_pA[0]) / (double)t->n;
    if (k == 0 || k < quiet_from || !(t->v_mV[k] >= level && t->v_mV[k - 1] < level)) continue;
    s.spikes++;
    quiet_from = k + (size_t)(2.0 / t->dt_ms);
  }
  return s;
}

static void add_once(size_t sweep, size_t *chosen, size_t *n) {
  if (sweep == SIZE_MAX) return;
  for (size_t k = 0; k < *n; k++)
    if (chosen[k] == sweep) return;
  chosen[(*n)++] = sweep;
}

/* Up to three sweeps, in the order of the training recordings: below rest, near rheobase, above it. */
static size_t choose(const lg_fit_trace *traces, size_t n_traces, size_t chosen[LG_OBSERVE_SELECTED]) {
  size_t lowest = SIZE_MAX, rheobase = SIZE_MAX, strong = SIZE_MAX, highest = 0, n = 0;
  double low = 0.0, least = INFINITY, high = -INFINITY, nearest = INFINITY;
  for (size_t k = 0; k < n_traces; k++) {
    const summary s = summarise(&traces[k]);
    if (s.charge < low) {
      low = s.charge;
      lowest = k;
    }
    if (s.spikes > 0 && s.charge > 0.0 && s.charge < least) {
      least = s.charge;
      rheobase = k;
    }
    if (s.charge > high) {
      high = s.charge;
      highest = k;
    }
  }
  for (size_t k = 0; k < n_traces && rheobase != SIZE_MAX; k++) {
    const summary s = summarise(&traces[k]);
    if (s.spikes == 0 || !(fabs(s.charge - 2.0 * least) < nearest)) continue;
    nearest = fabs(s.charge - 2.0 * least);
    strong = k;
  }
  add_once(lowest, chosen, &n);
  add_once(rheobase, chosen, &n);
  add_once(strong, chosen, &n);
  if (rheobase == SIZE_MAX) add_once(highest, chosen, &n);
  return n;
}

/* From shortly before the current first changes, at most length_ms. */
static lg_fit_trace cut(const lg_fit_trace *t, double scale_pA, double length_ms) {
  const size_t before = (size_t)(BEFORE_MS / t->dt_ms), most = (size_t)(length_ms / t->dt_ms + 1e-6);
  size_t onset = 0;
  while (onset < t->n && fabs(t->i_pA[onset] - t->i_pA[0]) <= 0.05 * scale_pA) onset++;
  size_t begin = onset < t->n && onset > before ? onset - before : 0;
  if (t->n > most && begin + most > t->n) begin = t->n - most; /* a late stimulus: keep what there is before it */
  if (t->n <= most) begin = 0;
  const size_t left = t->n - begin;
  return (lg_fit_trace){t->v_mV + begin, t->i_pA + begin, left < most ? left : most, t->dt_ms};
}

size_t lg_observe_select(const lg_fit_trace *traces, size_t n_traces, double duration_ms,
                         lg_fit_trace selected[LG_OBSERVE_SELECTED]) {
  size_t chosen[LG_OBSERVE_SELECTED], n = 0, shortest[LG_OBSERVE_SELECTED];
  double total = 0.0;
  for (size_t k = 0; k < n_traces; k++) total += (double)traces[k].n * traces[k].dt_ms;
  if (n_traces <= LG_OBSERVE_SELECTED && total <= duration_ms + 1e-6) {
    for (size_t k = 0; k < n_traces; k++) selected[k] = traces[k];
    return n_traces;
  }
  n = choose(traces, n_traces, chosen);
  const double scale = lg_observe_current_scale(traces, n_traces);
  /* the shortest first: what it does not need goes to the others */
  for (size_t k = 0; k < n; k++) {
    size_t at = k;
    for (; at > 0 && (double)traces[chosen[shortest[at - 1]]].n * traces[chosen[shortest[at - 1]]].dt_ms >
                         (double)traces[chosen[k]].n * traces[chosen[k]].dt_ms;
         at--)
      shortest[at] = shortest[at - 1];
    shortest[at] = k;
  }
  for (size_t k = 0; k < n; k++) {
    const size_t s = shortest[k];
    const double share = LG_OBSERVE_BIN_MS * floor(duration_ms / (double)(n - k) / LG_OBSERVE_BIN_MS + 1e-9);
    selected[s] = cut(&traces[chosen[s]], scale, share);
    duration_ms -= (double)selected[s].n * selected[s].dt_ms;
  }
  return n;
}

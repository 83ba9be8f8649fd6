/* Up to which current a twin may be asked: where it was fitted, and where the recorded curve leaves it. */
#include "twin/clone_judge.h"

#include <math.h>

/* The sweep with the next larger step after `after`; NULL at the end. Equal steps: the first. */
static const lg_twin_sweep *next_step(const lg_clone *c, double after_pA) {
  const lg_twin_sweep *best = NULL;
  for (size_t k = 0; k < c->n_sweeps; k++) {
    const lg_twin_sweep *s = &c->sweeps[k];
    if (s->step_pA > after_pA && (!best || s->step_pA < best->step_pA)) best = s;
  }
  return best;
}

static bool follows(const lg_twin_sweep *s) {
  const double most = fmax(2.5, 0.15 * (double)s->n_spikes);
  return fabs((double)(s->n_spikes_twin - s->n_spikes)) <= most;
}

/* Slope of recorded counts against current over steps in [low, high], least squares; NAN below three steps. */
static double slope(const lg_clone *c, double low_pA, double high_pA) {
  double n = 0.0, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
  for (size_t k = 0; k < c->n_sweeps; k++) {
    const lg_twin_sweep *s = &c->sweeps[k];
    if (!(s->step_pA >= low_pA && s->step_pA <= high_pA)) continue;
    n += 1.0;
    x += s->step_pA;
    y += s->n_spikes;
    xx += s->step_pA * s->step_pA;
    xy += s->step_pA * s->n_spikes;
  }
  const double spread = n * xx - x * x;
  return n >= 3.0 && spread > 0.0 ? (n * xy - x * y) / spread : (double)NAN;
}

/* The step from which on the cell's own counts rise by less than a fifth of their slope before; INFINITY: none. */
static double saturation(const lg_clone *c, double rheobase_pA, double high_pA) {
  for (const lg_twin_sweep *s = next_step(c, rheobase_pA); s; s = next_step(c, s->step_pA)) {
    const double before = slope(c, rheobase_pA, s->step_pA), after = slope(c, s->step_pA, high_pA);
    if (before > 0.0 && after < 0.2 * before) return s->step_pA;
  }
  return (double)INFINITY;
}

static double rheobase(const lg_clone *c) {
  double best = (double)INFINITY;
  for (size_t k = 0; k < c->n_sweeps; k++)
    if (c->sweeps[k].n_spikes > 0 && c->sweeps[k].step_pA < best) best = c->sweeps[k].step_pA;
  return best;
}

/* The last step up to which the twin follows; single misses are forgiven. */
static double last_followed(const lg_clone *c) {
  double last = -(double)INFINITY;
  int missed = 0;
  for (const lg_twin_sweep *s = next_step(c, -(double)INFINITY); s; s = next_step(c, s->step_pA)) {
    missed = follows(s) ? 0 : missed + 1;
    if (missed == 2) return last;
    if (!missed) last = s->step_pA;
  }
  return last;
}

void lg_clone_flag_range(const lg_clone *c, lg_twin *twin) {
  double low = (double)INFINITY, high = -(double)INFINITY;
  twin->range_low_pA = twin->range_high_pA = (double)NAN;
  for (size_t k = 0; k < c->n_sweeps; k++) {
    low = fmin(low, c->sweeps[k].step_pA);
    high = fmax(high, c->sweeps[k].step_pA);
  }
  if (!(low < high)) return;
  const double rheo = rheobase(c), flat = saturation(c, rheo, high), followed = last_followed(c);
  twin->range_low_pA = low;
  twin->range_high_pA = high;
  if (followed < high && followed >= rheo) {
    twin->range_high_pA = followed;
    lg_twin_reason(
        twin, LG_DOMAIN_AMBER,
        "outside range above %.4g pA: there the twin's spike counts leave the recorded ones by more than 15 %%",
        followed);
  }
  if (flat < high) {
    twin->range_high_pA = fmin(twin->range_high_pA, flat);
    lg_twin_reason(twin, LG_DOMAIN_AMBER,
                   "outside range above %.4g pA: there the cell's firing no longer rises with the current (plateau or "
                   "depolarisation block)",
                   flat);
  }
  if (twin->range_high_pA == high)
    lg_twin_reason(twin, LG_DOMAIN_GREEN, "outside range above %.4g pA: nothing was recorded there", high);
}

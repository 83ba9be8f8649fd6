#include "neuron/flow.h"

#include <math.h>
#include <string.h>

#define ROOT_MS 1e-10
#define SAME_MS 1e-9
#define FAST_MV_MS 20.0
#define ROOT_ITERATIONS 200

typedef struct flow {
  const lg_plan *plan;
  const lg_flow_drive *drive;
  double t, *y;
  lg_flow_spikes *spikes;
  lg_plan *sided; /* the plan where its equations have sides; else NULL */
} flow;

static void rhs(const flow *f, const double *y, double *dy) {
  const lg_flow_drive *d = f->drive;
  // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) every model has a state
  f->plan->ops->rhs(f->plan, d->current_pA - d->conductance_nS * (y[0] - d->at_mV), y, dy);
}

static void rk4(const flow *f, double h, double *y1) {
  const size_t n = f->plan->n;
  const double *y = f->y;
  double k1[LG_NEURON_MAX_STATES], k2[LG_NEURON_MAX_STATES], k3[LG_NEURON_MAX_STATES], k4[LG_NEURON_MAX_STATES],
      z[LG_NEURON_MAX_STATES];
  rhs(f, y, k1);
  for (size_t m = 0; m < n; m++) z[m] = y[m] + 0.5 * h * k1[m];
  rhs(f, z, k2);
  for (size_t m = 0; m < n; m++) z[m] = y[m] + 0.5 * h * k2[m];
  rhs(f, z, k3);
  for (size_t m = 0; m < n; m++) z[m] = y[m] + h * k3[m];
  rhs(f, z, k4);
  for (size_t m = 0; m < n; m++) y1[m] = y[m] + h * (1.0 / 6.0) * (k1[m] + 2.0 * (k2[m] + k3[m]) + k4[m]);
}

/* Where g first reaches the far side within a step of h; a state that overflowed counts as beyond. */
static double root(const flow *f, double (*g)(const lg_plan *, const double *), double h, bool rising) {
  double a = 0.0, b = h, x = 0.5 * h, y[LG_NEURON_MAX_STATES], dy[LG_NEURON_MAX_STATES];
  for (int k = 0; k < ROOT_ITERATIONS && b - a > ROOT_MS; k++) {
    rk4(f, x, y);
    const double gx = g(f->plan, y);
    const bool beyond = rising ? !(gx < 0.0) : !(gx > 0.0);
    if (beyond) b = x;
    else a = x;
    rhs(f, y, dy); /* Newton along dv/dt: the surfaces move much more slowly than v */
    double next = x - gx / dy[0];
    if (fabs(next - x) < 0.1 * ROOT_MS) return b;
    next += beyond ? -0.2 * ROOT_MS : 0.2 * ROOT_MS; /* aim at the near side, so that the bracket closes */
    x = next > a && next < b ? next : 0.5 * (a + b);
  }
  return b;
}

/* Notes a spike x after f->t. False: no more can be. */
static bool note(flow *f, double x) {
  if (f->spikes->n == LG_FLOW_SPIKES) return false;
  f->spikes->after_ms[f->spikes->n++] = f->t + x;
  return true;
}

static void move(flow *f, double x, const double *y1) {
  memcpy(f->y, y1, f->plan->n * sizeof *y1);
  f->t += x;
}

static bool reset(flow *f) {
  f->plan->ops->reset(f->plan, f->y);
  if (f->sided) f->sided->above = f->plan->ops->surface(f->plan, f->y) > 0.0;
  return f->plan->ops->spike(f->plan, f->y) < 0.0;
}

/* To target, which is at most one step away. False: it cannot go on. */
static bool straight(flow *f, double target) {
  const lg_plan *plan = f->plan;
  const lg_plan_ops *ops = plan->ops;
  while (f->t < target - SAME_MS) {
    const double h = target - f->t;
    double y1[LG_NEURON_MAX_STATES], x = h;
    rk4(f, h, y1);
    bool spike = ops->spike(plan, f->y) < 0.0 && !(ops->spike(plan, y1) < 0.0), crossed = false;
    if (spike) {
      x = root(f, ops->spike, h, true);
      if (ops->reset) rk4(f, x, y1);
    }
    if (f->sided) {
      const double s0 = ops->surface(plan, f->y), s1 = ops->surface(plan, y1);
      crossed = (s1 > 0.0) != (plan->above != 0) && s1 != 0.0;
      if (crossed) {
        const bool late = (s0 > 0.0) != (plan->above != 0); /* rounding left the start on the far side */
        x = late ? 0.0 : root(f, ops->surface, x, s1 > 0.0);
        rk4(f, x, y1);
        spike = false;
      }
    }
    if (spike && !note(f, x)) return false;
    if (spike && !ops->reset) x = h; /* y1 is the state there already */
    move(f, x, y1);
    if (spike && ops->reset && !reset(f)) return false;
    if (!spike && crossed) f->sided->above = !f->sided->above;
    if (!(fabs(f->y[0]) < 1e15)) return false;
  }
  f->t = target;
  return true;
}

/* On the upstroke and the repolarisation of a spike a step is cut in four. */
static bool one_step(flow *f, double target) {
  double dy[LG_NEURON_MAX_STATES];
  rhs(f, f->y, dy);
  const double start = f->t, quarter = 0.25 * (target - start);
  for (int k = 1; k < 4 && fabs(dy[0]) > FAST_MV_MS; k++)
    if (!straight(f, start + k * quarter)) return false;
  return straight(f, target);
}

int lg_flow_above(const lg_plan *plan, const double *y) {
  return plan->ops->surface && plan->ops->surface(plan, y) > 0.0;
}

void lg_neuron_flow(const lg_plan *plan, const lg_flow_drive *drive, double h_ms, size_t steps, int *above, double *y,
                    lg_flow_spikes *spikes) {
  lg_plan own;
  flow f = {.plan = plan, .drive = drive, .y = y, .spikes = spikes};
  spikes->n = 0;
  if (plan->ops->surface) {
    own = *plan;
    own.above = *above;
    f.plan = f.sided = &own;
  }
  for (size_t k = 1; k <= steps; k++)
    if (!one_step(&f, k < steps ? h_ms * ((double)k / (double)steps) : h_ms)) {
      y[0] = (double)NAN;
      break;
    }
  // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) set where there are sides
  if (f.sided) *above = own.above;
}

/* What the kernels of all instruction sets share, one lane at a time: events, spikes, samples. */
#include "neuron/batch.h"

#include <math.h>

#define ROOT_MS 1e-10
#define MAX_SPIKES_PER_STEP 1000

void lg_tile_spike(const lg_tile *tile, size_t lane, double count, double t_ms) {
  const lg_batch_output *o = tile->output;
  if (lane >= tile->n || !o->spikes_ms || !(count < (double)o->max_spikes)) return;
  o->spikes_ms[(tile->first + lane) * o->max_spikes + (size_t)count] = t_ms;
}

void lg_tile_sample(const lg_tile *tile, size_t lane, size_t k, double v_mV) {
  if (lane < tile->n) tile->output->v_mV[(tile->first + lane) * tile->n_samples + k] = v_mV;
}

typedef struct cell {
  double q, g, a, e, j;
} cell;

static double slope_x(const cell *c, double x, double w) { return fma(c->q, x * (x - c->g), c->j - w); }
static double slope_w(const cell *c, double x, double w) { return c->a * fma(c->e, x, -w); }

static void step(const cell *c, double h, double x, double w, double *x1, double *w1) {
  const double half = 0.5 * h;
  const double k1 = slope_x(c, x, w), l1 = slope_w(c, x, w);
  const double k2 = slope_x(c, fma(half, k1, x), fma(half, l1, w)), l2 = slope_w(c, fma(half, k1, x), fma(half, l1, w));
  const double k3 = slope_x(c, fma(half, k2, x), fma(half, l2, w)), l3 = slope_w(c, fma(half, k2, x), fma(half, l2, w));
  const double k4 = slope_x(c, fma(h, k3, x), fma(h, l3, w)), l4 = slope_w(c, fma(h, k3, x), fma(h, l3, w));
  *x1 = fma(h / 6.0, k1 + 2.0 * (k2 + k3) + k4, x);
  *w1 = fma(h / 6.0, l1 + 2.0 * (l2 + l3) + l4, w);
}

/* Time in (0, h] after which x reaches the peak; the state there. Newton, kept in its bracket. */
static double rise(const cell *c, double h, double peak, double *x, double *w) {
  double a = 0.0, b = h, t = 0.5 * h, x1 = *x, w1 = *w;
  for (int k = 0; k < 100; k++) {
    step(c, t, *x, *w, &x1, &w1);
    if (x1 < peak) a = t;
    else b = t; /* a state that overflowed counts as beyond */
    const double next = t - (x1 - peak) / slope_x(c, x1, w1);
    if (fabs(next - t) < ROOT_MS || b - a < ROOT_MS) break;
    t = next > a && next < b ? next : 0.5 * (a + b);
  }
  *x = x1;
  *w = w1;
  return t;
}

void lg_tile_izh_event(lg_tile *tile, size_t lane, size_t k, double x, double w) {
  double(*row)[LG_TILE] = tile->row;
  const cell c = {.q = row[LG_BI_Q][lane],
                  .g = row[LG_BI_G][lane],
                  .a = row[LG_BI_A][lane],
                  .e = row[LG_BI_E][lane],
                  .j = fma(row[LG_BI_SCALE][lane], tile->waveform[k], row[LG_BI_OFFSET][lane])};
  const double peak = row[LG_BI_PEAK][lane];
  double left = tile->dt_ms, x1, w1;
  for (int n = 0; n < MAX_SPIKES_PER_STEP; n++) {
    step(&c, left, x, w, &x1, &w1);
    if (x1 < peak) {
      row[LG_BI_X][lane] = x1;
      row[LG_BI_W][lane] = w1;
      return;
    }
    left -= rise(&c, left, peak, &x, &w);
    lg_tile_spike(tile, lane, row[LG_BI_COUNT][lane], (double)(k + 1) * tile->dt_ms - left);
    row[LG_BI_COUNT][lane] += 1.0;
    x = row[LG_BI_RESET][lane];
    w += row[LG_BI_JUMP][lane];
  }
  row[LG_BI_X][lane] = (double)NAN; /* spikes without end: found when the batch is done */
}

double lg_crossing_share(double v0, double v1, double slope0, double slope1, double dt_ms) {
  const double d0 = slope0 * dt_ms, d1 = slope1 * dt_ms;
  double a = 0.0, b = 1.0;
  for (int k = 0; k < 60 && b - a > 1e-13; k++) {
    const double s = 0.5 * (a + b), r = 1.0 - s;
    const double v = r * r * ((1.0 + 2.0 * s) * v0 + s * d0) + s * s * ((3.0 - 2.0 * s) * v1 - r * d1);
    if (v < -20.0) a = s;
    else b = s;
  }
  return b;
}

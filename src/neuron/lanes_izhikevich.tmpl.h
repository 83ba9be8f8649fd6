/* The loop of the Izhikevich lanes; included by one file per instruction set, which names LG_LANES_NAME. */
#include "neuron/lanes.h"

#include <math.h>

enum { W = LG_LANES };

/* Lanes are calm below this slope. */
static const double CALM_MV_PER_MS = 0.7;

typedef struct lanes {
  double q_low[W], q_high[W], g[W], a[W], e[W], inv_C[W], reset[W], jump[W], peak[W], shift[W];
} lanes;

static void unpack(const lg_lanes_izhikevich *p, lanes *s) {
  for (int l = 0; l < W; l++) {
    s->inv_C[l] = 1.0 / p->C[l];
    s->q_low[l] = p->klow[l] * s->inv_C[l];
    s->q_high[l] = p->khigh[l] * s->inv_C[l];
    s->g[l] = p->vt[l] - p->vr[l];
    s->a[l] = p->a[l];
    s->e[l] = p->b[l] * s->inv_C[l];
    s->reset[l] = p->c[l] - p->vr[l];
    s->jump[l] = p->d[l] * s->inv_C[l];
    s->peak[l] = p->vpeak[l] - p->vr[l];
    s->shift[l] = p->Ishift[l];
  }
}

/* Midpoint rule for all lanes; x1 may be far beyond the peak. */
static void step(const lanes *restrict s, double i_pA, double h, const double *restrict x, const double *restrict w,
                 double *restrict x1, double *restrict w1) {
  for (int l = 0; l < W; l++) {
    const double j = (i_pA + s->shift[l]) * s->inv_C[l];
    const double d0 = x[l] - s->g[l], q0 = d0 > 0.0 ? s->q_high[l] : s->q_low[l];
    const double xm = x[l] + 0.5 * h * (q0 * x[l] * d0 - w[l] + j);
    const double wm = w[l] + 0.5 * h * (s->a[l] * (s->e[l] * x[l] - w[l]));
    const double dm = xm - s->g[l], qm = dm > 0.0 ? s->q_high[l] : s->q_low[l];
    x1[l] = x[l] + h * (qm * xm * dm - wm + j);
    w1[l] = w[l] + h * (s->a[l] * (s->e[l] * xm - wm));
  }
}

static void keep_spike(const lg_lanes_izhikevich *p, lg_lane_out *out, int l, double t, double low) {
  const uint32_t n = out->n_spikes[l];
  if (n > 0 && n <= LG_LANE_SPIKES) out->spikes[l][n - 1].trough_mV = (float)(p->vr[l] + low);
  if (n < LG_LANE_SPIKES) out->spikes[l][n] = (lg_lane_spike){(float)t, (float)p->vpeak[l], (float)p->c[l], NAN, NAN};
  out->n_spikes[l]++;
}

/* Lanes beyond their peak: reset at the interpolated crossing. */
static void reset(const lanes *s, const lg_lanes_izhikevich *p, double t, double h, const double *x, const double *w,
                  double *x1, double *w1, double *low, lg_lane_out *out) {
  for (int l = 0; l < W; l++) {
    if (!(x1[l] >= s->peak[l])) continue;
    const double rise = x1[l] - x[l];
    const double share = rise > 0.0 && x[l] < s->peak[l] ? (s->peak[l] - x[l]) / rise : 0.0;
    keep_spike(p, out, l, t + h * share, low[l]);
    x1[l] = s->reset[l];
    w1[l] = w[l] + share * (w1[l] - w[l]) + s->jump[l];
    low[l] = s->reset[l];
  }
}

void LG_LANES_NAME(const lg_lanes_izhikevich *p, const lg_lane_drive *drive, lg_lanes_start start, lg_lane_out *out) {
  lanes s;
  double x[W], w[W], x1[W], w1[W], low[W];
  const double h = drive->dt_ms / (double)drive->substeps;
  unpack(p, &s);
  for (int l = 0; l < W; l++) {
    x[l] = start.y[0][l];
    w[l] = start.y[1][l];
    low[l] = x[l];
    out->n_spikes[l] = 0;
  }
  size_t row = 0, stride = 1, due = 0; /* due: samples until the next potential is kept */
  bool calm = false;
  for (size_t k = 0; k < drive->n; k += stride, due -= stride) {
    if (due == 0) {
      due = out->every;
      if (out->v_mV)
        for (int l = 0; l < W; l++) out->v_mV[row * W + (size_t)l] = p->vr[l] + x[l];
      if (out->v0_mV) out->v0_mV[row] = p->vr[0] + x[0];
      row++;
    }
    stride = lg_lane_stride(drive, due, k, calm);
    const double length = stride > 1 ? (double)stride * drive->dt_ms : h;
    const unsigned substeps = stride > 1 ? 1 : drive->substeps;
    double most = 0.0;
    for (unsigned sub = 0; sub < substeps; sub++) {
      step(&s, drive->i_pA[k], length, x, w, x1, w1);
      int fired = 0;
      for (int l = 0; l < W; l++) fired |= x1[l] >= s.peak[l];
      if (fired) reset(&s, p, (double)k * drive->dt_ms + (double)sub * length, length, x, w, x1, w1, low, out);
      most = 0.0;
      for (int l = 0; l < W; l++) {
        /* far below every cell, or not a number: a candidate beyond saving must not spread infinities */
        const double next = x1[l] > -150.0 ? x1[l] : -150.0, move = fabs(next - x[l]);
        most = move > most ? move : most;
        x[l] = next;
        w[l] = w1[l];
        low[l] = x[l] < low[l] ? x[l] : low[l];
      }
    }
    calm = most < CALM_MV_PER_MS * length;
  }
  for (int l = 0; l < W; l++) {
    const uint32_t n = out->n_spikes[l];
    if (n > 0 && n <= LG_LANE_SPIKES) out->spikes[l][n - 1].trough_mV = (float)(p->vr[l] + low[l]);
  }
}

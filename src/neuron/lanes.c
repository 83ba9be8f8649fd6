/* Starts of the lanes, and the choice of the build. */
#include "neuron/lanes.h"

#include "base/cpu.h"
#include "base/elementary.h"

/* The lower zero of q x (x - g) - e x + j, where the cell rests; the foot of the parabola when it cannot rest. */
lg_lanes_start lg_lanes_start_izhikevich(const lg_lanes_izhikevich *p, double i_pA) {
  lg_lanes_start start = {{{0.0}}};
  for (int l = 0; l < LG_LANES; l++) {
    const double k = p->klow[l], g = p->vt[l] - p->vr[l], j = i_pA + p->Ishift[l];
    const double half = 0.5 * (g + p->b[l] / k), root = half * half - j / k;
    const double x = j == 0.0 ? 0.0 : root > 0.0 ? half - sqrt(root) : half;
    start.y[0][l] = x;
    start.y[1][l] = p->b[l] / p->C[l] * x;
  }
  return start;
}

typedef struct tm_gates {
  double m, h, n, p, s, r;
} tm_gates;

static tm_gates steady_gates(const lg_lanes_tm *p, int l, double v) {
  const double x = v - p->VT[l];
  const double am = 1.28 * lg_x_over_expm1((13.0 - x) * 0.25), bm = 1.4 * lg_x_over_expm1((x - 40.0) * 0.2);
  const double ah = 0.128 * lg_exp((17.0 - x) / 18.0), bh = 4.0 / (1.0 + lg_exp((40.0 - x) * 0.2));
  const double an = 0.16 * lg_x_over_expm1((15.0 - x) * 0.2), bn = 0.5 * lg_exp((10.0 - x) * 0.025);
  return (tm_gates){am / (am + bm),
                    ah / (ah + bh),
                    an / (an + bn),
                    lg_sigmoid((v + 35.0) * 0.1),
                    lg_sigmoid((p->S_half[l] - v) / p->S_slope[l]),
                    lg_sigmoid((-80.0 - v) / 7.0)};
}

static double steady_current(const lg_lanes_tm *p, int l, double i_pA, double v) {
  const tm_gates g = steady_gates(p, l, v);
  const double n2 = g.n * g.n, left = 1.0 - p->slow[l] * (1.0 - g.s);
  return i_pA - p->gNa[l] * g.m * g.m * g.m * g.h * left * (v - p->ENa[l]) -
         (p->gK[l] * n2 * n2 + p->gM[l] * g.p) * (v - p->EK[l]) - p->gL[l] * (v - p->EL[l]) -
         p->gH[l] * g.r * (v + 35.0);
}

/* The lowest zero of the steady current, upwards from -120 mV. */
static double rest_of(const lg_lanes_tm *p, int l, double i_pA) {
  double low = -120.0, high = -120.0;
  while (high < -20.0 && steady_current(p, l, i_pA, high) > 0.0) {
    low = high;
    high += 2.0;
  }
  for (int k = 0; k < 24; k++) {
    const double middle = 0.5 * (low + high);
    if (steady_current(p, l, i_pA, middle) > 0.0) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}

lg_lanes_start lg_lanes_start_tm(const lg_lanes_tm *p, double i_pA) {
  lg_lanes_start start;
  for (int l = 0; l < LG_LANES; l++) {
    const double v = rest_of(p, l, i_pA);
    const tm_gates g = steady_gates(p, l, v);
    const double y[7] = {v, g.m, g.h, g.n, g.p, g.s, g.r};
    for (int i = 0; i < 7; i++) start.y[i][l] = y[i];
  }
  return start;
}

void lg_lanes_run_izhikevich(const lg_lanes_izhikevich *p, const lg_lane_drive *drive, lg_lane_out *out) {
  const lg_lanes_start start = lg_lanes_start_izhikevich(p, drive->i_pA[0]);
  const lg_cpu level = lg_cpu_level();
  if (level >= LG_CPU_V4) lg_lanes_izhikevich_v4(p, drive, start, out);
  else if (level >= LG_CPU_V3) lg_lanes_izhikevich_v3(p, drive, start, out);
  else lg_lanes_izhikevich_plain(p, drive, start, out);
}

void lg_lanes_run_tm(const lg_lanes_tm *p, const lg_lane_drive *drive, lg_lane_out *out) {
  const lg_lanes_start start = lg_lanes_start_tm(p, drive->i_pA[0]);
  const lg_cpu level = lg_cpu_level();
  if (level >= LG_CPU_V4) lg_lanes_tm_v4(p, drive, start, out);
  else if (level >= LG_CPU_V3) lg_lanes_tm_v3(p, drive, start, out);
  else lg_lanes_tm_plain(p, drive, start, out);
}

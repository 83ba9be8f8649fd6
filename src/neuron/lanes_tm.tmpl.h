/* The loop of the Traub–Miles lanes; included by one file per instruction set, which names LG_LANES_NAME. */
#include "base/elementary.h"
#include "neuron/lanes.h"

enum { W = LG_LANES, M = 1, H = 2, N = 3, P = 4, S = 5, R = 6 };

/* Slow gates move at this interval; lanes are calm below this slope and potential. */
static const double SLOW_EVERY_MS = 0.5, CALM_MV_PER_MS = 0.7, CALM_BELOW_MV = -30.0;

/* Gates see potentials of ±200 mV, half-way points of -150 … 50 mV and slopes of at least 0.5 mV: the arguments of
 * their exponentials stay within ±700. */
typedef struct lanes {
  double inv_C[W], na[W], k[W], leak[W], m[W], ena[W], ek[W], el[W], vt[W], taumax[W], p_scale[W];
  double slow[W], s_half[W], s_slope[W], s_low[W], s_high[W], gh[W];
  int has_slow, has_h;
} lanes;

static void unpack(const lg_lanes_tm *p, lanes *s) {
  s->has_slow = s->has_h = 0;
  for (int l = 0; l < W; l++) {
    s->inv_C[l] = 1.0 / p->C[l];
    s->na[l] = p->gNa[l] * s->inv_C[l];
    s->k[l] = p->gK[l] * s->inv_C[l];
    s->leak[l] = p->gL[l] * s->inv_C[l];
    s->m[l] = p->gM[l] * s->inv_C[l];
    s->gh[l] = p->gH[l] * s->inv_C[l];
    s->ena[l] = p->ENa[l];
    s->ek[l] = p->EK[l];
    s->el[l] = p->EL[l];
    s->vt[l] = p->VT[l];
    s->taumax[l] = 1.0 / p->taumax[l];
    s->p_scale[l] = lg_exp((p->VT[l] + 35.0) * 0.05);
    s->slow[l] = p->slow[l];
    s->s_half[l] = p->S_half[l];
    s->s_slope[l] = 1.0 / p->S_slope[l];
    s->s_low[l] = p->S_tau_min[l];
    s->s_high[l] = p->S_tau_max[l];
    s->has_slow |= p->slow[l] > 0.0;
    s->has_h |= p->gH[l] > 0.0;
  }
}

/* One gate over one step: e^-z by its (0,2) Padé form, which is of second order and never changes sign. */
static inline double relax(double y, double target, double z) {
  return target + (y - target) / (1.0 + z + 0.5 * z * z);
}

/* x/(e^x - 1) from e = e^x: 1 - x/2 where the quotient would lose its digits. */
static inline double ratio(double x, double e) { return fabs(x) < 1e-5 ? 1.0 - 0.5 * x : x / (e - 1.0); }

/* Gates to the next half step. All rates but that of h are powers of q = e^(-x/40). */
static void fast_gates(const lanes *restrict s, double h, double y[restrict 7][W]) {
  for (int l = 0; l < W; l++) {
    const double x = y[0][l] - s->vt[l];
    const double q = lg_exp_within(x * -0.025), q2 = q * q, q4 = q2 * q2, q8 = q4 * q4;
    const double am = 1.28 * ratio((13.0 - x) * 0.25, 25.790339917193062 * q8 * q2);
    const double bm = 1.4 * ratio((x - 40.0) * 0.2, 3.3546262790251185e-4 / q8);
    const double ah = 0.128 * lg_exp_within((17.0 - x) * (1.0 / 18.0));
    const double bh = 4.0 / (1.0 + 2980.9579870417283 * q8);
    const double an = 0.16 * ratio((15.0 - x) * 0.2, 20.085536923187668 * q8);
    const double bn = 0.5 * 1.2840254166877414 * q;
    const double u = s->p_scale[l] / q2, inverse = 1.0 / u;
    const double sum_m = am + bm, sum_h = ah + bh, sum_n = an + bn;
    y[M][l] = relax(y[M][l], am / sum_m, sum_m * h);
    y[H][l] = relax(y[H][l], ah / sum_h, sum_h * h);
    y[N][l] = relax(y[N][l], an / sum_n, sum_n * h);
    y[P][l] = relax(y[P][l], 1.0 / (1.0 + inverse * inverse), (3.3 * u + inverse) * s->taumax[l] * h);
  }
}

static inline double sigmoid(double x) {
  const double e = lg_exp_within(-fabs(x));
  return x >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
}

static inline double bell(double v, double half, double inverse_slope, double low, double high) {
  const double e = lg_exp_within(-0.5 * fabs(v - half) * inverse_slope);
  return low + (high - low) * 2.0 * e / (1.0 + e * e);
}

/* The gates of tens of milliseconds and more need no step of every sample. */
static void slow_gates(const lanes *restrict s, double h, double y[restrict 7][W]) {
  if (s->has_slow)
    for (int l = 0; l < W; l++) {
      const double v = y[0][l], target = sigmoid((s->s_half[l] - v) * s->s_slope[l]);
      y[S][l] = relax(y[S][l], target, h / bell(v, s->s_half[l], s->s_slope[l], s->s_low[l], s->s_high[l]));
    }
  if (s->has_h)
    for (int l = 0; l < W; l++) {
      const double v = y[0][l], target = sigmoid((-80.0 - v) * (1.0 / 7.0));
      y[R][l] = relax(y[R][l], target, h / bell(v, -80.0, 1.0 / 7.0, 50.0, 300.0));
    }
}

/* The potential over one step with the gates of its middle: trapezoidal, solved for the new potential. */
static void potential(const lanes *restrict s, double i_pA, double h, double y[restrict 7][W], double *restrict v1) {
  for (int l = 0; l < W; l++) {
    const double m = y[M][l], n2 = y[N][l] * y[N][l];
    const double na = s->na[l] * m * m * m * y[H][l] * (1.0 - s->slow[l] * (1.0 - y[S][l]));
    const double k = s->k[l] * n2 * n2 + s->m[l] * y[P][l], ih = s->gh[l] * y[R][l];
    const double g = 0.5 * h * (na + k + s->leak[l] + ih);
    const double i = h * (i_pA * s->inv_C[l] + na * s->ena[l] + k * s->ek[l] + s->leak[l] * s->el[l] - 35.0 * ih);
    v1[l] = (y[0][l] * (1.0 - g) + i) / (1.0 + g);
  }
}

typedef struct watch {
  double above[W], t_up[W], peak[W], low[W], steep[W], threshold[W];
} watch;

/* A lane went through -20 mV. */
static void crossing(watch *q, int l, double t, double h, double v0, double v1, lg_lane_out *out) {
  const double at = t + h * (-20.0 - v0) / (v1 - v0);
  uint32_t n = out->n_spikes[l];
  if (v1 >= -20.0) {
    q->above[l] = 1.0;
    q->t_up[l] = at;
    q->peak[l] = v1;
    return;
  }
  q->above[l] = 0.0;
  if (at - q->t_up[l] > 15.0 || q->peak[l] < -15.0) return;
  if (n < LG_LANE_SPIKES)
    out->spikes[l][n] = (lg_lane_spike){(float)q->t_up[l], (float)q->peak[l], (float)v1, (float)q->threshold[l],
                                        (float)(at - q->t_up[l])};
  if (n > 0 && n <= LG_LANE_SPIKES) out->spikes[l][n - 1].trough_mV = (float)q->low[l];
  out->n_spikes[l] = n + 1;
  q->low[l] = v1;
}

static void look(watch *q, double t, double h, const double *v0, const double *v1, lg_lane_out *out) {
  int crossed = 0;
  const double steep = 20.0 * h;
  for (int l = 0; l < W; l++) {
    const double rise = v1[l] - v0[l];
    const double now = rise >= steep ? 1.0 : 0.0;
    q->threshold[l] = now > q->steep[l] && v0[l] < 0.0 ? v0[l] : q->threshold[l];
    q->steep[l] = now;
    q->peak[l] = v1[l] > q->peak[l] ? v1[l] : q->peak[l];
    q->low[l] = v1[l] < q->low[l] ? v1[l] : q->low[l];
    crossed |= (v0[l] < -20.0) != (v1[l] < -20.0);
  }
  if (!crossed) return;
  for (int l = 0; l < W; l++)
    if ((v0[l] < -20.0) != (v1[l] < -20.0)) crossing(q, l, t, h, v0[l], v1[l], out);
}

void LG_LANES_NAME(const lg_lanes_tm *p, const lg_lane_drive *drive, lg_lanes_start start, lg_lane_out *out) {
  lanes s;
  watch q;
  double y[7][W], v1[W];
  const double h = drive->dt_ms / (double)drive->substeps;
  unpack(p, &s);
  for (int l = 0; l < W; l++) {
    for (int i = 0; i < 7; i++) y[i][l] = start.y[i][l];
    q.above[l] = q.steep[l] = q.t_up[l] = 0.0;
    q.low[l] = q.threshold[l] = q.peak[l] = y[0][l];
    out->n_spikes[l] = 0;
  }
  size_t row = 0, stride = 1, due = 0; /* due: samples until the next potential is kept */
  double since_ms = 0.0;
  bool calm = false;
  for (size_t k = 0; k < drive->n; k += stride, due -= stride) {
    if (due == 0) {
      due = out->every;
      if (out->v_mV)
        for (int l = 0; l < W; l++) out->v_mV[row * W + (size_t)l] = y[0][l];
      if (out->v0_mV) out->v0_mV[row] = y[0][0];
      row++;
    }
    stride = lg_lane_stride(drive, due, k, calm);
    const double step = stride > 1 ? (double)stride * drive->dt_ms : h;
    const unsigned substeps = stride > 1 ? 1 : drive->substeps;
    double most = 0.0;
    for (unsigned sub = 0; sub < substeps; sub++) {
      fast_gates(&s, step, y);
      potential(&s, drive->i_pA[k], step, y, v1);
      look(&q, (double)k * drive->dt_ms + (double)sub * step, step, y[0], v1, out);
      most = 0.0;
      for (int l = 0; l < W; l++) {
        const double next = v1[l] > -200.0 ? (v1[l] < 150.0 ? v1[l] : 150.0) : -200.0;
        const double move = fabs(next - y[0][l]) + (next > CALM_BELOW_MV ? 1e3 : 0.0);
        most = move > most ? move : most;
        y[0][l] = next;
      }
      since_ms += step;
      if (since_ms > SLOW_EVERY_MS - 1e-9) {
        slow_gates(&s, since_ms, y);
        since_ms = 0.0;
      }
    }
    calm = most < CALM_MV_PER_MS * step;
  }
  for (int l = 0; l < W; l++) {
    const uint32_t n = out->n_spikes[l];
    if (n > 0 && n <= LG_LANE_SPIKES) out->spikes[l][n - 1].trough_mV = (float)q.low[l];
  }
}

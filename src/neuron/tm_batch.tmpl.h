/* The loop of a batch; included by one file per instruction set, which names the function LG_TM_BATCH_NAME. */
#include "neuron/tm_batch.h"

#include "neuron/tm_rates.h"

enum { W = LG_TM_LANES, NS = LG_TM_STATES, NS_SLOW = LG_TM_STATES + 1 };

typedef struct lanes {
  double inv_C[W], na[W], k[W], l[W], m[W], ena[W], ek[W], el[W], vt[W], taumax;
  bool slow; /* a lane has slow inactivation */
  double share[W], half[W], slope[W], tau_min[W], tau_max[W];
} lanes;

static void rhs(const lanes *restrict q, const double drive[restrict W], double y[restrict NS_SLOW][W],
                double f[restrict NS_SLOW][W]) {
  const double taumax = q->taumax;
  double na[W];
  for (int j = 0; j < W; j++) na[j] = q->slow ? q->na[j] * (1.0 - q->share[j] * (1.0 - y[NS][j])) : q->na[j];
  for (int j = 0; j < W; j++) {
    lg_tm_rates r, d;
    lg_tm_rates_at(y[0][j], q->vt[j], taumax, &r, &d);
    const double n2 = y[3][j] * y[3][j];
    f[0][j] = drive[j] - na[j] * y[1][j] * y[1][j] * y[1][j] * y[2][j] * (y[0][j] - q->ena[j]) -
              (q->k[j] * n2 * n2 + q->m[j] * y[4][j]) * (y[0][j] - q->ek[j]) - q->l[j] * (y[0][j] - q->el[j]);
    f[1][j] = r.am * (1.0 - y[1][j]) - r.bm * y[1][j];
    f[2][j] = r.ah * (1.0 - y[2][j]) - r.bh * y[2][j];
    f[3][j] = r.an * (1.0 - y[3][j]) - r.bn * y[3][j];
    f[4][j] = (r.p_inf - y[4][j]) * r.p_rate;
  }
  if (!q->slow) return;
  for (int j = 0; j < W; j++) {
    double s_inf, rate;
    lg_tm_slow_at(y[0][j], q->half[j], q->slope[j], q->tau_min[j], q->tau_max[j], &s_inf, &rate);
    f[NS][j] = (s_inf - y[NS][j]) * rate;
  }
}

static void ahead(int ns, double y[NS_SLOW][W], double h, double f[NS_SLOW][W], double z[NS_SLOW][W]) {
  for (int i = 0; i < ns; i++)
    for (int j = 0; j < W; j++) z[i][j] = y[i][j] + h * f[i][j];
}

static void rk4_step(const lanes *q, const double drive[W], double h, double y[NS_SLOW][W]) {
  const int ns = q->slow ? NS_SLOW : NS;
  double k1[NS_SLOW][W], k2[NS_SLOW][W], k3[NS_SLOW][W], k4[NS_SLOW][W], z[NS_SLOW][W];
  rhs(q, drive, y, k1);
  ahead(ns, y, 0.5 * h, k1, z);
  rhs(q, drive, z, k2);
  ahead(ns, y, 0.5 * h, k2, z);
  rhs(q, drive, z, k3);
  ahead(ns, y, h, k3, z);
  rhs(q, drive, z, k4);
  for (int i = 0; i < ns; i++)
    for (int j = 0; j < W; j++) y[i][j] += h / 6.0 * (k1[i][j] + 2.0 * (k2[i][j] + k3[i][j]) + k4[i][j]);
}

static void unpack_slow(const lg_tm_batch *b, lanes *q) {
  static const lg_tm_slow none = LG_TM_SLOW_DEFAULT; /* finite values for lanes without the gate */
  q->slow = false;
  for (int j = 0; j < W; j++) {
    const lg_tm_slow *s = b->slow[j].share > 0.0 ? &b->slow[j] : &none;
    q->slow = q->slow || s != &none;
    q->share[j] = s->share;
    q->half[j] = s->half_mV;
    q->slope[j] = s->slope_mV;
    q->tau_min[j] = s->tau_min_ms;
    q->tau_max[j] = s->tau_max_ms;
  }
}

static void unpack(const lg_tm_batch *b, lanes *q) {
  for (int j = 0; j < W; j++) {
    q->inv_C[j] = lg_exp(-b->theta[0][j]);
    q->na[j] = lg_exp(b->theta[1][j]);
    q->k[j] = lg_exp(b->theta[2][j]);
    q->l[j] = lg_exp(b->theta[3][j]);
    q->m[j] = lg_exp(b->theta[4][j]);
    q->ena[j] = b->theta[5][j];
    q->ek[j] = b->theta[6][j];
    q->el[j] = b->theta[7][j];
    q->vt[j] = b->theta[8][j];
  }
  q->taumax = b->taumax_ms;
  unpack_slow(b, q);
}

static bool all_fired(const lg_tm_batch *b) {
  for (int j = 0; j < W; j++)
    if (b->spikes[j] == 0) return false;
  return true;
}

void LG_TM_BATCH_NAME(lg_tm_batch *b, const double *rest_mV) {
  lanes q;
  double y[NS_SLOW][W], state[NS], drive[W], before[W], rate;
  unpack(b, &q);
  for (int j = 0; j < W; j++) {
    lg_tm_steady(rest_mV[j], q.vt[j], state);
    for (int i = 0; i < NS; i++) y[i][j] = state[i];
    lg_tm_slow_at(rest_mV[j], q.half[j], q.slope[j], q.tau_min[j], q.tau_max[j], &y[NS][j], &rate);
    b->spikes[j] = 0;
  }
  const double h = b->dt_ms / (double)b->substeps;
  for (size_t k = 0; k < b->n; k++) {
    const double *i_pA = b->i_pA ? b->i_pA + k * W : b->amp_pA;
    for (int j = 0; j < W; j++) drive[j] = i_pA[j] * q.inv_C[j];
    if (b->v_mV)
      for (int j = 0; j < W; j++) b->v_mV[k * W + (size_t)j] = y[0][j];
    for (unsigned s = 0; s < b->substeps; s++) {
      for (int j = 0; j < W; j++) before[j] = y[0][j];
      rk4_step(&q, drive, h, y);
      for (int j = 0; j < W; j++) b->spikes[j] += before[j] < -20.0 && y[0][j] >= -20.0;
    }
    if (b->stop_at_spike && all_fired(b)) return;
  }
}

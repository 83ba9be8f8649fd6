/* The loop of a misfit; included by one file per instruction set, which names the function LG_TM_MISFIT_NAME. */
#include "neuron/tm_misfit.h"

#include "neuron/tm_shoot_rates.h"

enum { W = LG_TM_LANES, NS = LG_TM_STATES };

/* Half chi2 that a step of the start may gain: ten standard deviations, where a line is no picture. */
#define FAR 50.0
#define EACH for (int j = 0; j < W; j++)

typedef struct lanes {
  double inv_C[W], na[W], k[W], l[W], m[W], ena[W], ek[W], el[W], vt[W];
  double per_tau;
} lanes;

/* Rows of the state that follow the five of lg_tm_steady(): their derivatives to the start potential. */
enum { NT = 2 * NS };

static void rhs(const lanes *restrict q, const double drive[restrict W], double y[restrict NT][W],
                double f[restrict NT][W]) {
  EACH {
    const double v = y[0][j], x = v - q->vt[j], m = y[1][j], h = y[2][j], n = y[3][j], p = y[4][j];
    const double ym = (13.0 - x) * 0.25, yb = (x - 40.0) * 0.2, yn = (15.0 - x) * 0.2;
    const double eh = lg_tm_expm1(yb), share = 1.0 / (2.0 + eh);
    double sm, sb, sn;
    const double am = 1.28 * lg_tm_phi_from(ym, lg_tm_expm1(ym), &sm), bm = 1.4 * lg_tm_phi_from(yb, eh, &sb);
    const double an = 0.16 * lg_tm_phi_from(yn, lg_tm_expm1(yn), &sn);
    const double ah = 0.128 * (1.0 + lg_tm_expm1((17.0 - x) * (1.0 / 18.0))), bh = 4.0 * (1.0 + eh) * share;
    const double bn = 0.5 * (1.0 + lg_tm_expm1((10.0 - x) * 0.025));
    const double u = 1.0 + lg_tm_expm1((v + 35.0) * 0.05), inverse = 1.0 / u;
    const double p_inf = 1.0 / (1.0 + inverse * inverse), p_rate = (3.3 * u + inverse) * q->per_tau;
    const double m2 = m * m, n2 = n * n, na_open = q->na[j] * m2 * m * h, k_open = q->k[j] * n2 * n2;
    const double m_open = q->m[j] * p, dna = v - q->ena[j], dk = v - q->ek[j];
    f[0][j] = drive[j] - na_open * dna - (k_open + m_open) * dk - q->l[j] * (v - q->el[j]);
    f[1][j] = am * (1.0 - m) - bm * m;
    f[2][j] = ah * (1.0 - h) - bh * h;
    f[3][j] = an * (1.0 - n) - bn * n;
    f[4][j] = (p_inf - p) * p_rate;
    const double tv = y[5][j], tm = y[6][j], th = y[7][j], tn = y[8][j], tp = y[9][j];
    f[5][j] = -(na_open + k_open + m_open + q->l[j]) * tv - 3.0 * q->na[j] * m2 * h * dna * tm -
              q->na[j] * m2 * m * dna * th - 4.0 * q->k[j] * n2 * n * dk * tn - q->m[j] * dk * tp;
    f[6][j] = (-0.32 * sm * (1.0 - m) - 0.28 * sb * m) * tv - (am + bm) * tm;
    f[7][j] = (ah * (-1.0 / 18.0) * (1.0 - h) - bh * 0.2 * share * h) * tv - (ah + bh) * th;
    f[8][j] = (-0.032 * sn * (1.0 - n) + bn * 0.025 * n) * tv - (an + bn) * tn;
    f[9][j] = (0.1 * p_inf * (1.0 - p_inf) * p_rate + (p_inf - p) * (3.3 * u - inverse) * 0.05 * q->per_tau) * tv -
              p_rate * tp;
  }
}

static void ahead(double y[NT][W], double h, double f[NT][W], double z[NT][W]) {
  for (int i = 0; i < NT; i++) EACH z[i][j] = y[i][j] + h * f[i][j];
}

static void rk4_step(const lanes *q, const double drive[W], double h, double y[NT][W]) {
  double k1[NT][W], k2[NT][W], k3[NT][W], k4[NT][W], z[NT][W];
  rhs(q, drive, y, k1);
  ahead(y, 0.5 * h, k1, z);
  rhs(q, drive, z, k2);
  ahead(y, 0.5 * h, k2, z);
  rhs(q, drive, z, k3);
  ahead(y, h, k3, z);
  rhs(q, drive, z, k4);
  for (int i = 0; i < NT; i++) EACH y[i][j] += h / 6.0 * (k1[i][j] + 2.0 * (k2[i][j] + k3[i][j]) + k4[i][j]);
}

static void unpack(const lg_tm_misfit *m, lanes *q) {
  EACH {
    q->inv_C[j] = lg_exp(-m->theta[0][j]);
    q->na[j] = lg_exp(m->theta[1][j]);
    q->k[j] = lg_exp(m->theta[2][j]);
    q->l[j] = lg_exp(m->theta[3][j]);
    q->m[j] = lg_exp(m->theta[4][j]);
    q->ena[j] = m->theta[5][j];
    q->ek[j] = m->theta[6][j];
    q->el[j] = m->theta[7][j];
    q->vt[j] = m->theta[8][j];
  }
  q->per_tau = 1.0 / m->taumax_ms;
}

/* Exponentials hold for |x| < 700 only; a course that runs away is caught long before. */
static void clamp(double y[NT][W], double bad[W]) {
  EACH {
    const int lost = !(fabs(y[0][j]) < 1000.0);
    bad[j] = lost ? (double)INFINITY : bad[j];
    for (int i = 0; i < NT; i++) y[i][j] = lost ? 0.0 : y[i][j];
  }
}

/* Gates at steady state of the start potential, and their derivatives to it. */
static void begin(const lg_tm_misfit *misfit, const lanes *q, const double start_mV[W], double y[NT][W]) {
  EACH {
    lg_tm_rates r, d;
    double state[NS];
    lg_tm_steady(start_mV[j], q->vt[j], state);
    lg_tm_rates_at(start_mV[j], q->vt[j], misfit->taumax_ms, &r, &d);
    for (int i = 0; i < NS; i++) y[i][j] = state[i];
    y[5][j] = 1.0;
    y[6][j] = (d.am * r.bm - r.am * d.bm) / ((r.am + r.bm) * (r.am + r.bm));
    y[7][j] = (d.ah * r.bh - r.ah * d.bh) / ((r.ah + r.bh) * (r.ah + r.bh));
    y[8][j] = (d.an * r.bn - r.an * d.bn) / ((r.an + r.bn) * (r.an + r.bn));
    y[9][j] = d.p_inf;
  }
}

void LG_TM_MISFIT_NAME(const lg_tm_misfit *misfit, const lg_tm_sweep *sweep, const double start_mV[W], double cost[W]) {
  lanes q;
  double y[NT][W], drive[W], sum[W], slope[W], curvature[W], bad[W];
  const double precision = 1.0 / (misfit->sigma_mV * misfit->sigma_mV);
  const double limit = misfit->huber > 0.0 ? misfit->huber : 1e150, limit2 = limit * limit;
  size_t fast_until = 0;
  unpack(misfit, &q);
  begin(misfit, &q, start_mV, y);
  EACH sum[j] = slope[j] = curvature[j] = bad[j] = 0.0;
  for (size_t k = 0; k < sweep->n; k++) {
    const double v = sweep->v_mV[k], i_pA = sweep->i_pA[k];
    const unsigned steps = lg_tm_substeps(sweep, k, &fast_until);
    const double h = sweep->dt_ms / (double)steps;
    EACH {
      const double r = y[0][j] - v, z2 = r * r * precision, t = y[5][j], root = sqrt(z2);
      const double weight = z2 > limit2 ? limit / root : 1.0;
      sum[j] += z2 > limit2 ? limit * root - 0.5 * limit2 : 0.5 * z2;
      slope[j] += weight * t * r;
      curvature[j] += weight * t * t;
      drive[j] = i_pA * q.inv_C[j];
    }
    for (unsigned s = 0; s < steps; s++) rk4_step(&q, drive, h, y);
    clamp(y, bad);
  }
  /* the start potential that fits best, unless it is far, and the width around it that is integrated over */
  EACH {
    const double gain = 0.5 * precision * slope[j] * slope[j] / curvature[j];
    cost[j] += sum[j] - (gain > FAR ? FAR : gain) + 0.5 * lg_ln(curvature[j]) + bad[j];
  }
}

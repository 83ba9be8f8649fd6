/* The loop of a misfit; included by one file per instruction set, which names the function LG_TM_MISFIT_NAME. */
#include "neuron/tm_misfit.h"

#include "neuron/tm_shoot_rates.h"

enum { W = LG_TM_LANES, NS = LG_TM_STATES };

#define EACH for (int j = 0; j < W; j++)

typedef struct lanes {
  double inv_C[W], na[W], k[W], l[W], m[W], ena[W], ek[W], el[W], vt[W];
  double per_tau;
} lanes;

static inline double phi(double y) {
  double slope;
  return lg_tm_phi_from(y, lg_tm_expm1(y), &slope);
}

static void rhs(const lanes *restrict q, const double drive[restrict W], double y[restrict NS][W],
                double f[restrict NS][W]) {
  EACH {
    const double v = y[0][j], x = v - q->vt[j], m = y[1][j], h = y[2][j], n = y[3][j], p = y[4][j];
    const double am = 1.28 * phi((13.0 - x) * 0.25), bm = 1.4 * phi((x - 40.0) * 0.2),
                 an = 0.16 * phi((15.0 - x) * 0.2);
    const double ah = 0.128 * (1.0 + lg_tm_expm1((17.0 - x) * (1.0 / 18.0)));
    const double eh = lg_tm_expm1((x - 40.0) * 0.2), bh = 4.0 * (1.0 + eh) / (2.0 + eh);
    const double bn = 0.5 * (1.0 + lg_tm_expm1((10.0 - x) * 0.025));
    const double u = 1.0 + lg_tm_expm1((v + 35.0) * 0.05), inverse = 1.0 / u;
    const double m2 = m * m, n2 = n * n;
    f[0][j] = drive[j] - q->na[j] * m2 * m * h * (v - q->ena[j]) - (q->k[j] * n2 * n2 + q->m[j] * p) * (v - q->ek[j]) -
              q->l[j] * (v - q->el[j]);
    f[1][j] = am * (1.0 - m) - bm * m;
    f[2][j] = ah * (1.0 - h) - bh * h;
    f[3][j] = an * (1.0 - n) - bn * n;
    f[4][j] = (1.0 / (1.0 + inverse * inverse) - p) * ((3.3 * u + inverse) * q->per_tau);
  }
}

static void ahead(double y[NS][W], double h, double f[NS][W], double z[NS][W]) {
  for (int i = 0; i < NS; i++) EACH z[i][j] = y[i][j] + h * f[i][j];
}

static void rk4_step(const lanes *q, const double drive[W], double h, double y[NS][W]) {
  double k1[NS][W], k2[NS][W], k3[NS][W], k4[NS][W], z[NS][W];
  rhs(q, drive, y, k1);
  ahead(y, 0.5 * h, k1, z);
  rhs(q, drive, z, k2);
  ahead(y, 0.5 * h, k2, z);
  rhs(q, drive, z, k3);
  ahead(y, h, k3, z);
  rhs(q, drive, z, k4);
  for (int i = 0; i < NS; i++) EACH y[i][j] += h / 6.0 * (k1[i][j] + 2.0 * (k2[i][j] + k3[i][j]) + k4[i][j]);
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
static void clamp(double y[NS][W], double bad[W]) {
  EACH {
    const int lost = !(fabs(y[0][j]) < 1000.0);
    bad[j] = lost ? (double)INFINITY : bad[j];
    for (int i = 0; i < NS; i++) y[i][j] = lost ? 0.0 : y[i][j];
  }
}

void LG_TM_MISFIT_NAME(const lg_tm_misfit *misfit, const lg_tm_sweep *sweep, const double start_mV[W], double cost[W]) {
  lanes q;
  double y[NS][W], state[NS], drive[W], sum[W], bad[W];
  const double precision = 1.0 / (misfit->sigma_mV * misfit->sigma_mV);
  const double limit = misfit->huber > 0.0 ? misfit->huber : 1e150, limit2 = limit * limit;
  size_t fast_until = 0;
  unpack(misfit, &q);
  EACH {
    lg_tm_steady(start_mV[j], q.vt[j], state);
    for (int i = 0; i < NS; i++) y[i][j] = state[i];
    sum[j] = bad[j] = 0.0;
  }
  for (size_t k = 0; k < sweep->n; k++) {
    const double v = sweep->v_mV[k], i_pA = sweep->i_pA[k];
    const unsigned steps = lg_tm_substeps(sweep, k, &fast_until);
    const double h = sweep->dt_ms / (double)steps;
    EACH {
      const double r = y[0][j] - v, z2 = r * r * precision;
      sum[j] += z2 > limit2 ? limit * sqrt(z2) - 0.5 * limit2 : 0.5 * z2;
      drive[j] = i_pA * q.inv_C[j];
    }
    for (unsigned s = 0; s < steps; s++) rk4_step(&q, drive, h, y);
    clamp(y, bad);
  }
  EACH cost[j] += sum[j] + bad[j];
}

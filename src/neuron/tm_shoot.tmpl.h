/* The pass itself; included by one file per instruction set, which names the function LG_TM_SHOOT_NAME. */
#include "neuron/tm_shoot.h"

#include "neuron/tm_shoot_rates.h"

#include <string.h>

/* Columns are padded to whole vectors; the last two stay 0. */
enum { NS = LG_TM_STATES, NP = LG_TM_PARAMETERS, NC = 12, VT_COLUMN = 8, SHIFT_COLUMN = NP + 1 };
_Static_assert((int)NC >= (int)LG_TM_COLUMNS, "every sensitivity has its column");

typedef struct model {
  double inv_C, na, k, l, m, ena, ek, el, vt, taumax, nudge, shift;
} model;

/** State and its sensitivities to the parameters and to the window's start. */
typedef struct augmented {
  double y[NS];
  double s[NS][NC];
} augmented;

/* lg_tm_rates_at() with all exponentials in one vector. */
static inline void rates_at(double v_mV, double vt_mV, double taumax, double shift_mV, lg_tm_rates *r, lg_tm_rates *d) {
  const double x = v_mV - vt_mV, w = v_mV + 35.0 - shift_mV;
  const double y[8] = {(13.0 - x) * 0.25,  (x - 40.0) * 0.2, (15.0 - x) * 0.2, (17.0 - x) * (1.0 / 18.0),
                       (10.0 - x) * 0.025, w * 0.05,         w * -0.05,        0.0};
  double m[8], slope;
  for (int k = 0; k < 8; k++) m[k] = lg_tm_expm1(y[k]);
  r->am = 1.28 * lg_tm_phi_from(y[0], m[0], &slope);
  d->am = -0.32 * slope;
  r->bm = 1.4 * lg_tm_phi_from(y[1], m[1], &slope);
  d->bm = 0.28 * slope;
  r->ah = 0.128 * (1.0 + m[3]);
  d->ah = r->ah * (-1.0 / 18.0);
  /* bh = 4 / (1 + e^-y1): with E = e^y1 that is 4 E / (1 + E) */
  const double e = 1.0 + m[1], share = 1.0 / (2.0 + m[1]);
  r->bh = 4.0 * e * share;
  d->bh = r->bh * 0.2 * share;
  r->an = 0.16 * lg_tm_phi_from(y[2], m[2], &slope);
  d->an = -0.032 * slope;
  r->bn = 0.5 * (1.0 + m[4]);
  d->bn = r->bn * -0.025;
  const double u = 1.0 + m[5], inverse = 1.0 + m[6];
  r->p_inf = 1.0 / (1.0 + inverse * inverse);
  d->p_inf = 0.1 * r->p_inf * (1.0 - r->p_inf);
  const double per_tau = 1.0 / taumax;
  r->p_rate = (3.3 * u + inverse) * per_tau;
  d->p_rate = (3.3 * u - inverse) * 0.05 * per_tau;
}

/* Right-hand side of the state and of the variational equations S' = J S + df/dtheta. */
static inline void rhs(const model *q, double i_pA, double v_obs, const augmented *x, augmented *f) {
  lg_tm_rates r, d;
  const double v = x->y[0], m = x->y[1], h = x->y[2], n = x->y[3], p = x->y[4];
  rates_at(v, q->vt, q->taumax, q->shift, &r, &d);
  const double m2 = m * m, n2 = n * n, na_open = q->na * m2 * m * h, k_open = q->k * n2 * n2, m_open = q->m * p;
  const double drive = i_pA * q->inv_C, dna = v - q->ena, dk = v - q->ek, dl = v - q->el;
  f->y[0] = drive - na_open * dna - (k_open + m_open) * dk - q->l * dl + q->nudge * (v_obs - v);
  f->y[1] = r.am * (1.0 - m) - r.bm * m;
  f->y[2] = r.ah * (1.0 - h) - r.bh * h;
  f->y[3] = r.an * (1.0 - n) - r.bn * n;
  f->y[4] = (r.p_inf - p) * r.p_rate;
  const double jvv = -(na_open + k_open + m_open + q->l + q->nudge), jvm = -3.0 * q->na * m2 * h * dna,
               jvh = -q->na * m2 * m * dna, jvn = -4.0 * q->k * n2 * n * dk, jvp = -q->m * dk;
  const double jmv = d.am * (1.0 - m) - d.bm * m, jmm = -(r.am + r.bm);
  const double jhv = d.ah * (1.0 - h) - d.bh * h, jhh = -(r.ah + r.bh);
  const double jnv = d.an * (1.0 - n) - d.bn * n, jnn = -(r.an + r.bn);
  const double jpv = d.p_inf * r.p_rate + (r.p_inf - p) * d.p_rate, jpp = -r.p_rate;
  const double force[NC] = {-drive,          -na_open * dna, -k_open * dk, -q->l * dl, -m_open * dk, na_open,
                            k_open + m_open, q->l,           0.0,          0.0,        0.0,          0.0};
  for (int c = 0; c < NC; c++) {
    const double sv = x->s[0][c], sx = sv - (c == VT_COLUMN ? 1.0 : 0.0); /* of V, of V - VT */
    const double sp = sv - (c == SHIFT_COLUMN ? 1.0 : 0.0);               /* of V - shift */
    f->s[0][c] = jvv * sv + jvm * x->s[1][c] + jvh * x->s[2][c] + jvn * x->s[3][c] + jvp * x->s[4][c] + force[c];
    f->s[1][c] = jmv * sx + jmm * x->s[1][c];
    f->s[2][c] = jhv * sx + jhh * x->s[2][c];
    f->s[3][c] = jnv * sx + jnn * x->s[3][c];
    f->s[4][c] = jpv * sp + jpp * x->s[4][c];
  }
}

static inline void combine(const augmented *x, double h, const augmented *f, augmented *out) {
  const double *xs = x->y, *fs = f->y;
  double *os = out->y;
  for (int k = 0; k < NS; k++) os[k] = xs[k] + h * fs[k];
  for (int i = 0; i < NS; i++)
    for (int c = 0; c < NC; c++) out->s[i][c] = x->s[i][c] + h * f->s[i][c];
}

static inline void rk4_step(const model *q, double i_pA, double v_obs, double v_slope, double h, augmented *x) {
  augmented k1, k2, k3, k4, z;
  rhs(q, i_pA, v_obs, x, &k1);
  combine(x, 0.5 * h, &k1, &z);
  rhs(q, i_pA, v_obs + 0.5 * h * v_slope, &z, &k2);
  combine(x, 0.5 * h, &k2, &z);
  rhs(q, i_pA, v_obs + 0.5 * h * v_slope, &z, &k3);
  combine(x, h, &k3, &z);
  rhs(q, i_pA, v_obs + h * v_slope, &z, &k4);
  for (int i = 0; i < NS; i++) {
    x->y[i] += h / 6.0 * (k1.y[i] + 2.0 * (k2.y[i] + k3.y[i]) + k4.y[i]);
    for (int c = 0; c < NC; c++) x->s[i][c] += h / 6.0 * (k1.s[i][c] + 2.0 * (k2.s[i][c] + k3.s[i][c]) + k4.s[i][c]);
  }
}

/* Gates at steady state of the start potential; their sensitivity to VT, the shift and the start potential. */
static void start_fresh(const model *q, double v, augmented *x) {
  lg_tm_rates r, d;
  memset(x, 0, sizeof *x);
  lg_tm_steady(v - q->shift, q->vt - q->shift, x->y);
  x->y[0] = v;
  lg_tm_rates_at(v - q->shift, q->vt - q->shift, q->taumax, &r, &d);
  const double sm = (d.am * r.bm - r.am * d.bm) / ((r.am + r.bm) * (r.am + r.bm));
  const double sh = (d.ah * r.bh - r.ah * d.bh) / ((r.ah + r.bh) * (r.ah + r.bh));
  const double sn = (d.an * r.bn - r.an * d.bn) / ((r.an + r.bn) * (r.an + r.bn));
  const double slopes[NS] = {1.0, sm, sh, sn, d.p_inf};
  for (int i = 0; i < NS; i++) x->s[i][NP] = slopes[i];
  for (int i = 1; i < 4; i++) x->s[i][VT_COLUMN] = -slopes[i];
  x->s[4][SHIFT_COLUMN] = -slopes[4];
}

static void start_window(double v, augmented *x) {
  x->y[0] = v;
  for (int c = 0; c < NC; c++) x->s[0][c] = 0.0;
  for (int i = 1; i < NS; i++) x->s[i][NP] = 0.0;
  x->s[0][NP] = 1.0;
}

static void accumulate(const lg_tm_pass *pass, double residual, double dv, const augmented *x, lg_tm_normal *nm,
                       lg_tm_arrow *arrow) {
  const double width2 = pass->sigma_mV * pass->sigma_mV + pass->scale_mV * pass->scale_mV +
                        pass->slope_share * pass->slope_share * dv * dv;
  const double z2 = residual * residual / width2, limit2 = pass->huber * pass->huber;
  double weight = 1.0 / width2;
  if (pass->huber > 0.0 && z2 > limit2) {
    const double z = sqrt(z2);
    nm->cost += pass->huber * z - 0.5 * limit2;
    weight *= pass->huber / z;
  } else nm->cost += 0.5 * z2;
  nm->chi2 += residual * residual / (pass->sigma_mV * pass->sigma_mV);
  nm->n++;
  const double *s = x->s[0];
  const double own = s[NP];
  for (int i = 0; i < NP; i++) {
    const double ws = weight * s[i];
    nm->g[i] += ws * residual;
    arrow->b[i] += ws * own;
    for (int j = 0; j <= i; j++) nm->a[i][j] += ws * s[j];
  }
  arrow->c += weight * own * own;
  arrow->g += weight * own * residual;
  const double ws = weight * s[SHIFT_COLUMN];
  for (int j = 0; j < NP; j++) nm->shift_a[j] += ws * s[j];
  nm->shift_a[NP] += ws * s[SHIFT_COLUMN];
  nm->shift_g += ws * residual;
  arrow->shift_b += ws * own;
}

static bool run_window(const model *q, const lg_tm_pass *pass, const lg_tm_sweep *sw, const lg_tm_window *w,
                       augmented *x, size_t *fast_until, lg_tm_normal *normal, lg_tm_arrow *arrow, double *residual) {
  for (size_t k = w->begin; k < w->end; k++) {
    const double next = k + 1 < sw->n ? sw->v_mV[k + 1] : sw->v_mV[k], last = k > 0 ? sw->v_mV[k - 1] : sw->v_mV[k];
    const double r = x->y[0] - sw->v_mV[k];
    if (!(fabs(r) < 1e4)) return false;
    accumulate(pass, r, 0.5 * (next - last), x, normal, arrow);
    if (residual) residual[k - w->begin] = r;
    const unsigned steps = lg_tm_substeps(sw, k, fast_until);
    const double h = sw->dt_ms / (double)steps, slope = (next - sw->v_mV[k]) / sw->dt_ms;
    for (unsigned s = 0; s < steps; s++) rk4_step(q, sw->i_pA[k], sw->v_mV[k] + slope * h * (double)s, slope, h, x);
  }
  return true;
}

bool LG_TM_SHOOT_NAME(const double theta[LG_TM_PARAMETERS], const lg_tm_pass *pass, const lg_tm_sweep *sweeps,
                      const lg_tm_window *windows, size_t n_windows, const double *start_mV, lg_tm_normal *normal,
                      lg_tm_arrow *arrows, double *residual_mV) {
  const model q = {lg_exp(-theta[0]), lg_exp(theta[1]), lg_exp(theta[2]),   lg_exp(theta[3]),
                   lg_exp(theta[4]),  theta[5],         theta[6],           theta[7],
                   theta[8],          pass->taumax_ms,  pass->nudge_per_ms, pass->p_shift_mV};
  augmented x;
  size_t fast_until = 0;
  memset(normal, 0, sizeof *normal);
  memset(arrows, 0, n_windows * sizeof *arrows);
  memset(&x, 0, sizeof x);
  for (size_t w = 0; w < n_windows; w++) {
    if (windows[w].fresh) {
      fast_until = 0;
      start_fresh(&q, start_mV[w], &x);
    } else start_window(start_mV[w], &x);
    if (!run_window(&q, pass, &sweeps[windows[w].sweep], &windows[w], &x, &fast_until, normal, &arrows[w], residual_mV))
      return false;
    if (residual_mV) residual_mV += windows[w].end - windows[w].begin;
  }
  for (int i = 0; i < NP; i++)
    for (int j = 0; j < i; j++) normal->a[j][i] = normal->a[i][j];
  return true;
}

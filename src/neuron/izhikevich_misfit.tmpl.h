/* The loop of a misfit; included by one file per instruction set, which names the function LG_IZH_MISFIT_NAME. */
#include "neuron/izhikevich_misfit.h"

enum { W = LG_IZH_MISFIT_LANES };

#define EACH for (int j = 0; j < W; j++)

/** Course of all lanes, and what one step of a whole sample would make of it. */
typedef struct courses {
  double x[W], w[W];
  double next_x[W], next_w[W];
  int lost[W];
} courses;

static lg_izh_scaled lane_of(const lg_izh_misfit *m, int j) {
  return (lg_izh_scaled){.q = m->q[j],
                         .g = m->g[j],
                         .a = m->a[j],
                         .e = m->e[j],
                         .inv_C = m->inv_C[j],
                         .reset_x = m->reset_x[j],
                         .jump_w = m->jump_w[j],
                         .peak_x = m->peak_x[j]};
}

/* All lanes by one step; returns how many need shorter ones or reach their peak. */
static int try_step(const lg_izh_misfit *restrict m, double i_pA, double h, double limit, courses *restrict c,
                    int *restrict hard) {
  int n = 0;
  EACH {
    const double q = m->q[j], g = m->g[j], a = m->a[j], e = m->e[j], drive = i_pA * m->inv_C[j];
    const double x0 = c->x[j], w0 = c->w[j], half = 0.5 * h;
    const double kx1 = q * x0 * (x0 - g) - w0 + drive, kw1 = a * (e * x0 - w0);
    const double x2 = x0 + half * kx1, w2 = w0 + half * kw1;
    const double kx2 = q * x2 * (x2 - g) - w2 + drive, kw2 = a * (e * x2 - w2);
    const double x3 = x0 + half * kx2, w3 = w0 + half * kw2;
    const double kx3 = q * x3 * (x3 - g) - w3 + drive, kw3 = a * (e * x3 - w3);
    const double x4 = x0 + h * kx3, w4 = w0 + h * kw3;
    const double kx4 = q * x4 * (x4 - g) - w4 + drive, kw4 = a * (e * x4 - w4);
    c->next_x[j] = x0 + h * (1.0 / 6.0) * (kx1 + 2.0 * (kx2 + kx3) + kx4);
    c->next_w[j] = w0 + h * (1.0 / 6.0) * (kw1 + 2.0 * (kw2 + kw3) + kw4);
    const double linear = q * (2.0 * x0 - g);
    const double rate2 = linear * linear + a * a + 4.0 * q * fabs(kx1);
    hard[j] = !(rate2 <= limit && c->next_x[j] < m->peak_x[j]);
    n += hard[j];
  }
  return n;
}

/* All lanes that have time left by one step as long as their accuracy allows; returns how many reach their peak. */
static int step_with_care(const lg_izh_misfit *restrict m, double i_pA, double *restrict left, courses *restrict c,
                          int *restrict over) {
  int n = 0;
  EACH {
    const double q = m->q[j], g = m->g[j], a = m->a[j], e = m->e[j], drive = i_pA * m->inv_C[j];
    const double x0 = c->next_x[j], w0 = c->next_w[j], linear = q * (2.0 * x0 - g);
    const double kx1 = q * x0 * (x0 - g) - w0 + drive, kw1 = a * (e * x0 - w0);
    const double longest = LG_IZH_ETA / sqrt(linear * linear + a * a + 4.0 * q * fabs(kx1));
    const int last = left[j] <= longest;
    const double h = last ? left[j] : left[j] / ceil(left[j] / longest), half = 0.5 * h;
    const double x2 = x0 + half * kx1, w2 = w0 + half * kw1;
    const double kx2 = q * x2 * (x2 - g) - w2 + drive, kw2 = a * (e * x2 - w2);
    const double x3 = x0 + half * kx2, w3 = w0 + half * kw2;
    const double kx3 = q * x3 * (x3 - g) - w3 + drive, kw3 = a * (e * x3 - w3);
    const double x4 = x0 + h * kx3, w4 = w0 + h * kw3;
    const double kx4 = q * x4 * (x4 - g) - w4 + drive, kw4 = a * (e * x4 - w4);
    const double x1 = x0 + h * (1.0 / 6.0) * (kx1 + 2.0 * (kx2 + kx3) + kx4);
    const double w1 = w0 + h * (1.0 / 6.0) * (kw1 + 2.0 * (kw2 + kw3) + kw4);
    const int idle = !(left[j] > 0.0), above = !(x1 < m->peak_x[j]) && !idle;
    over[j] = above;
    n += above;
    c->next_x[j] = idle || above ? x0 : x1;
    c->next_w[j] = idle || above ? w0 : w1;
    left[j] = idle || above ? left[j] : last ? 0.0 : left[j] - h;
  }
  return n;
}

/* The lanes that need care, or all of them where a reset is due: up to the end of the sample through any resets. A lane
 * that resets elsewhere is lost, and rests. Returns how many are not lost. */
static int pass_with_care(const lg_izh_misfit *m, double i_pA, double dt, int due, const int *hard, courses *c) {
  double left[W];
  int resets[W], over[W], going = 0, good = 0;
  EACH {
    const int slow = hard[j] && !c->lost[j];
    left[j] = slow ? dt : 0.0;
    c->next_x[j] = slow ? c->x[j] : c->next_x[j];
    c->next_w[j] = slow ? c->w[j] : c->next_w[j];
    resets[j] = 0;
    going += slow;
  }
  while (going > 0) {
    const int peaks = step_with_care(m, i_pA, left, c, over);
    EACH {
      if (peaks == 0 || !over[j]) continue;
      const lg_izh_scaled s = lane_of(m, j);
      bool reset;
      left[j] = lg_izh_to_reset(&s, i_pA * s.inv_C, left[j], &c->next_x[j], &c->next_w[j], &reset);
      resets[j] += reset;
      if (resets[j] > due) left[j] = 0.0;
    }
    going = 0;
    EACH going += left[j] > 0.0;
  }
  EACH {
    if (resets[j] != due) c->lost[j] = 1;
    c->next_x[j] = c->lost[j] ? 0.0 : c->next_x[j];
    c->next_w[j] = c->lost[j] ? 0.0 : c->next_w[j];
    good += !c->lost[j];
  }
  return good;
}

/* Nothing moves a lost lane any more, so that it needs no care. */
static void park(const courses *c, lg_izh_misfit *m) {
  EACH {
    if (!c->lost[j]) continue;
    m->q[j] = m->a[j] = m->inv_C[j] = 0.0;
    m->peak_x[j] = 1.0;
  }
}

void LG_IZH_MISFIT_NAME(const lg_izh_misfit *misfit, const lg_izh_sweep *sweep, double cost[W]) {
  const double dt = sweep->dt, limit = LG_IZH_ETA * LG_IZH_ETA / (dt * dt);
  const double half_precision = 0.5 / (misfit->sigma_mV * misfit->sigma_mV);
  lg_izh_misfit m = *misfit;
  courses c;
  double sum[W];
  size_t spike = 0;
  int hard[W], left = W;
  EACH {
    c.x[j] = misfit->x0[j];
    c.w[j] = misfit->w0[j];
    c.lost[j] = 0;
    sum[j] = 0.0;
  }
  for (size_t k = 0; k < sweep->n && left > 0; k++) {
    const double v = sweep->v[k], i_pA = sweep->i[k];
    if (v == v) {
      EACH {
        const double r = m.vr[j] + c.x[j] - v;
        sum[j] += r * r;
      }
    }
    if (k + 1 == sweep->n) break;
    const int due = spike < sweep->n_spikes && sweep->last[spike] == k;
    spike += (size_t)due;
    if (try_step(&m, i_pA, dt, limit, &c, hard) > 0 || due) {
      const int before = left;
      left = pass_with_care(&m, i_pA, dt, due, hard, &c);
      if (left < before) park(&c, &m);
    }
    EACH {
      c.x[j] = c.next_x[j];
      c.w[j] = c.next_w[j];
    }
  }
  EACH cost[j] += c.lost[j] ? (double)INFINITY : half_precision * sum[j];
}

/* The kernel itself, compiled once per instruction set: the including file defines LG_IZH_FIT_NAME. */
#include "base/elementary.h"
#include "neuron/izhikevich_fit.h"

#define L LG_IZH_LANES
#define EACH for (int c = 0; c < L; c++)

typedef struct course {
  double x, w;
  double sx[L], sw[L];
} course;

/* What drives one sample interval: the current, and the pull towards the observed course (all 0 without). */
typedef struct drive {
  double i;
  double pull;        /* 1/ms */
  double goal, climb; /* observed x at the beginning of the interval, and its slope per ms */
} drive;

/* Right-hand side of the variational equations: rx, rw out. The lanes' forcing is f_x = (x(x-g), -q x, I, 0, 0, 0, 0,
   -pull) and f_w = (0, 0, 0, e x - w, a x, 0, 0, 0). While the course is pulled the last lane is vr, which moves the
   goal; otherwise it is the peak, which forces nothing between spikes. */
static inline void variational(const lg_izh_scaled *s, const drive *f, double x, double w, const double *sx,
                               const double *sw, double *rx, double *rw) {
  const double slope = s->q * (2.0 * x - s->g) - f->pull;
  const double fx[L] = {x * (x - s->g), -s->q * x, f->i, 0.0, 0.0, 0.0, 0.0, -f->pull};
  const double fw[L] = {0.0, 0.0, 0.0, s->e * x - w, s->a * x, 0.0, 0.0, 0.0};
  const double ae = s->a * s->e, a = s->a;
  EACH rx[c] = slope * sx[c] - sw[c] + fx[c];
  EACH rw[c] = ae * sx[c] - a * sw[c] + fw[c];
}

/* RK4 of state and sensitivities: the exact derivative of the step that the state takes. */
static inline void step(const lg_izh_scaled *s, const drive *f, double t, double h, course *y) {
  const double j = f->i * s->inv_C, half = 0.5 * h, sixth = h * (1.0 / 6.0);
  const double goal1 = f->goal + f->climb * t, goal2 = goal1 + f->climb * half, goal4 = goal1 + f->climb * h;
  double px[L], pw[L], ax[L], aw[L], rx[L], rw[L];
  const double x0 = y->x, w0 = y->w;
  const double kx1 = lg_izh_dx(s, j, x0, w0) + f->pull * (goal1 - x0), kw1 = lg_izh_dw(s, x0, w0);
  variational(s, f, x0, w0, y->sx, y->sw, rx, rw);
  EACH ax[c] = rx[c];
  EACH aw[c] = rw[c];
  EACH px[c] = y->sx[c] + half * rx[c];
  EACH pw[c] = y->sw[c] + half * rw[c];
  const double x2 = x0 + half * kx1, w2 = w0 + half * kw1;
  const double kx2 = lg_izh_dx(s, j, x2, w2) + f->pull * (goal2 - x2), kw2 = lg_izh_dw(s, x2, w2);
  variational(s, f, x2, w2, px, pw, rx, rw);
  EACH ax[c] += 2.0 * rx[c];
  EACH aw[c] += 2.0 * rw[c];
  EACH px[c] = y->sx[c] + half * rx[c];
  EACH pw[c] = y->sw[c] + half * rw[c];
  const double x3 = x0 + half * kx2, w3 = w0 + half * kw2;
  const double kx3 = lg_izh_dx(s, j, x3, w3) + f->pull * (goal2 - x3), kw3 = lg_izh_dw(s, x3, w3);
  variational(s, f, x3, w3, px, pw, rx, rw);
  EACH ax[c] += 2.0 * rx[c];
  EACH aw[c] += 2.0 * rw[c];
  EACH px[c] = y->sx[c] + h * rx[c];
  EACH pw[c] = y->sw[c] + h * rw[c];
  const double x4 = x0 + h * kx3, w4 = w0 + h * kw3;
  const double kx4 = lg_izh_dx(s, j, x4, w4) + f->pull * (goal4 - x4), kw4 = lg_izh_dw(s, x4, w4);
  variational(s, f, x4, w4, px, pw, rx, rw);
  EACH y->sx[c] += sixth * (ax[c] + rx[c]);
  EACH y->sw[c] += sixth * (aw[c] + rw[c]);
  y->x = x0 + sixth * (kx1 + 2.0 * (kx2 + kx3) + kx4);
  y->w = w0 + sixth * (kw1 + 2.0 * (kw2 + kw3) + kw4);
}

/* A course that reached the peak before an observed reset waits there: x stands, w relaxes towards e x. For
   GRACE_SAMPLES it remembers how it came, so that the reset still is the smooth function of the parameters that it
   would be inside its interval: without that every border would be a kink in which the search gets caught. */
#define GRACE_SAMPLES 2.0

typedef struct waiting {
  bool on;
  double since, i; /* time of the root, current then */
  double speed;    /* of x at the root */
  course at;       /* the course at the root */
} waiting;

static void wait_at_peak(const lg_izh_scaled *s, double h, double peak_lane, course *y) {
  const double decay = lg_exp(-s->a * h), target = s->e * s->peak_x;
  y->x = s->peak_x;
  y->w = target + (y->w - target) * decay;
  EACH y->sx[c] = c == LG_IZH_PEAK ? peak_lane : 0.0;
  EACH y->sw[c] *= decay;
}

/* What a waiting course looks like at a sample: within the grace it has gone on at its speed. */
static course seen_while_waiting(const waiting *p, double t, double grace, const course *y) {
  course seen = *y;
  const double late = t - p->since < grace ? t - p->since : grace;
  if (p->speed > 0.0) seen.x += p->speed * late;
  if (t - p->since < grace) EACH seen.sx[c] = p->at.sx[c];
  return seen;
}

static void reset_at_border(const lg_izh_scaled *s, course *y) {
  y->x = s->reset_x;
  y->w += s->jump_w;
  EACH y->sx[c] = c == LG_IZH_RESET ? 1.0 : 0.0;
  y->sw[LG_IZH_JUMP] += 1.0;
}

/* The reset at the root of x = peak, y standing on it: sensitivities jump (saltation). */
static void reset_at_root(const lg_izh_scaled *s, double j, double peak_lane, course *y) {
  const double speed = lg_izh_dx(s, j, y->x, y->w), dw_before = lg_izh_dw(s, y->x, y->w);
  const double w_after = y->w + s->jump_w;
  const double fx_after = lg_izh_dx(s, j, s->reset_x, w_after), fw_after = lg_izh_dw(s, s->reset_x, w_after);
  EACH {
    const double shift = ((c == LG_IZH_PEAK ? peak_lane : 0.0) - y->sx[c]) / speed; /* of the time */
    y->sx[c] = (c == LG_IZH_RESET ? 1.0 : 0.0) - fx_after * shift;
    y->sw[c] += (dw_before - fw_after) * shift + (c == LG_IZH_JUMP ? 1.0 : 0.0);
  }
  y->x = s->reset_x;
  y->w = w_after;
}

/* The interval of an observed reset, never pulled: up to the peak if it comes within `left` ms; the time not used. */
static double run_to_peak(const lg_izh_scaled *s, double i, double left, double eta, course *y) {
  const double j = i * s->inv_C;
  const drive f = {.i = i};
  while (left > 0.0) {
    const double longest = lg_izh_max_step(s, j, y->x, y->w, eta);
    const bool last = left <= longest;
    const double h = last ? left : left / ceil(left / longest);
    double x1 = y->x, w1 = y->w;
    lg_izh_rk4(s, j, h, &x1, &w1);
    if (x1 < s->peak_x) {
      step(s, &f, 0.0, h, y);
      left = last ? 0.0 : left - h;
      continue;
    }
    double w_peak = y->w;
    double used = lg_izh_time_to(s, j, y->x, s->peak_x, &w_peak);
    if (!(used <= h)) used = h * (s->peak_x - y->x) / (x1 - y->x);
    step(s, &f, 0.0, used, y);
    y->x = s->peak_x;
    left -= used;
    return left > 0.0 ? left : 0x1p-1000; /* a root on the border still is one */
  }
  return 0.0;
}

/* An interval (t, t + dt) without observed reset: the peak is a ceiling. */
static void run_below_peak(const lg_izh_scaled *s, const drive *f, double t, double dt, double eta, double peak_lane,
                           course *y, waiting *wait) {
  const double j = f->i * s->inv_C;
  for (double left = dt; left > 0.0;) {
    if (wait->on) {
      if (lg_izh_dx(s, j, y->x, y->w) + f->pull * (f->goal - y->x) >= 0.0) {
        wait_at_peak(s, left, peak_lane, y);
        return;
      }
      wait->on = false; /* the current fell: the course comes down again */
    }
    const double longest = lg_izh_max_step(s, j, y->x, y->w, eta);
    const bool last = left <= longest;
    double h = last ? left : left / ceil(left / longest);
    const course before = *y;
    step(s, f, dt - left, h, y);
    if (y->x < s->peak_x) {
      left = last ? 0.0 : left - h;
      continue;
    }
    if (before.x >= s->peak_x) { /* coming down from a wait, not yet below */
      left = last ? 0.0 : left - h;
      continue;
    }
    double w_peak = before.w;
    const double root = lg_izh_time_to(s, j, before.x, s->peak_x, &w_peak);
    if (f->pull == 0.0 && root <= h) {
      h = root;
      *y = before;
      step(s, f, dt - left, h, y);
    }
    *wait = (waiting){.on = true, .since = t + (dt - left) + h, .i = f->i, .at = *y};
    wait->at.x = s->peak_x;
    wait->speed = f->pull > 0.0 ? 0.0 : lg_izh_dx(s, j, s->peak_x, y->w);
    left = left - h > 0.0 ? left - h : 0.0;
    wait_at_peak(s, left, peak_lane, y);
    return;
  }
}

static inline void gather(const course *y, double r, double weight, double huber, lg_izh_fit_sums *sums) {
  const double z2 = weight * r * r;
  sums->chi2 += z2;
  sums->n++;
  if (z2 > huber * huber) {
    const double z = sqrt(z2);
    sums->cost += huber * (2.0 * z - huber);
    weight *= huber / z;
  } else sums->cost += z2;
  double ws[L];
  EACH ws[c] = weight * y->sx[c];
  for (int k = 0; k < L; k++) {
    const double f = ws[k];
    EACH sums->normal[k][c] += f * y->sx[c];
  }
  EACH sums->edge[c] += ws[c];
  EACH sums->right[c] += ws[c] * r;
  sums->weight += weight;
  sums->weight_r += weight * r;
}

/* One bound: sign * (peak - x) >= 0. As a residual when it is broken and nobody collects bounds. */
static void gather_wall(const lg_izh_scaled *s, double sign, double x, const double *sx, double weight,
                        lg_izh_wall *wall, lg_izh_fit_sums *sums) {
  const double r = s->peak_x - x;
  double row[L];
  EACH row[c] = (c == LG_IZH_PEAK ? 1.0 : 0.0) - sx[c];
  if (wall) {
    wall->distance = sign * r;
    EACH wall->row[c] = sign * row[c];
    return;
  }
  if (sign * r >= 0.0) return;
  sums->cost += weight * r * r;
  for (int k = 0; k < L; k++) {
    const double f = weight * row[k];
    EACH sums->normal[k][c] += f * row[c];
    sums->right[k] -= f * r;
  }
}

/* What stays the same over a sweep. */
typedef struct passage {
  const lg_izh_scaled *s;
  double dt, eta, peak_lane, grace;
} passage;

enum { BEFORE = 0, BEHIND = 1 }; /* the two bounds of a spike */

/* Came too early and waited: the reset is at the root if that is not long ago, else at the border. */
static void pass_early_spike(const passage *p, double i, double t, double weight, course *y, waiting *wait,
                             lg_izh_wall *walls, lg_izh_fit_sums *sums) {
  const lg_izh_scaled *s = p->s;
  const drive f = {.i = i};
  double left = p->dt;
  sums->clamped++;
  wait->on = false;
  if (wait->speed > 0.0 && t - wait->since < p->grace) {
    *y = wait->at;
    left = t + p->dt - wait->since;
    gather_wall(s, 1.0, s->peak_x + wait->speed * (t - wait->since), y->sx, weight, walls ? &walls[BEFORE] : NULL,
                sums);
    gather_wall(s, -1.0, s->peak_x + wait->speed * left, y->sx, weight, walls ? &walls[BEHIND] : NULL, sums);
    reset_at_root(s, wait->i * s->inv_C, p->peak_lane, y);
  } else reset_at_border(s, y);
  run_below_peak(s, &f, t + p->dt - left, left, p->eta, p->peak_lane, y, wait);
}

/* Does not come in its interval: goes on a little without reset, is reset at the root, and is taken back in time. */
static void pass_late_spike(const passage *p, double i, double weight, course *y, lg_izh_wall *walls,
                            lg_izh_fit_sums *sums) {
  const lg_izh_scaled *s = p->s;
  course later = *y;
  const double left = p->grace > 0.0 ? run_to_peak(s, i, p->grace, p->eta, &later) : 0.0;
  sums->clamped++;
  if (left > 0.0) {
    const drive f = {.i = i};
    gather_wall(s, -1.0, y->x, y->sx, weight, walls ? &walls[BEHIND] : NULL, sums);
    *y = later;
    reset_at_root(s, i * s->inv_C, p->peak_lane, y);
    step(s, &f, 0.0, left - p->grace, y);
  } else reset_at_border(s, y);
}

/* The interval (t, t + dt) of an observed reset. */
static void pass_spike(const passage *p, double i, double t, double weight, course *y, waiting *wait,
                       lg_izh_wall *walls, lg_izh_fit_sums *sums) {
  const lg_izh_scaled *s = p->s;
  if (walls) walls[BEFORE].distance = walls[BEHIND].distance = (double)INFINITY; /* unless found below */
  if (wait->on) {
    pass_early_spike(p, i, t, weight, y, wait, walls, sums);
    return;
  }
  if (walls) gather_wall(s, 1.0, y->x, y->sx, weight, &walls[BEFORE], sums);
  const double left = run_to_peak(s, i, p->dt, p->eta, y);
  if (left > 0.0) {
    const double j = i * s->inv_C;
    const drive f = {.i = i};
    if (walls)
      gather_wall(s, -1.0, s->peak_x + lg_izh_dx(s, j, y->x, y->w) * left, y->sx, weight, &walls[BEHIND], sums);
    reset_at_root(s, j, p->peak_lane, y);
    run_below_peak(s, &f, t + p->dt - left, left, p->eta, p->peak_lane, y, wait);
  } else pass_late_spike(p, i, weight, y, walls, sums);
}

void LG_IZH_FIT_NAME(const lg_izh_sweep *sweep, const lg_izh_fit_task *task, lg_izh_fit_sums *out) {
  const lg_izh_scaled s = task->s;
  lg_izh_fit_sums sums = *out;
  const double dt = sweep->dt, one_step = task->eta * task->eta / (dt * dt);
  const double peak_lane = task->pull > 0.0 ? -1.0 : 1.0; /* d peak_x / d of the last lane: vr or the peak */
  const passage pass = {&s, dt, task->eta, peak_lane, task->pull > 0.0 ? 0.0 : GRACE_SAMPLES * dt};
  const size_t end = task->end < sweep->n ? task->end : sweep->n;
  course y = {.x = task->x0, .w = task->w0};
  EACH y.sx[c] = task->sx0[c];
  EACH y.sw[c] = task->sw0[c];
  waiting wait = {.on = false};
  size_t spike = 0;
  for (size_t k = 0; k < end; k++) {
    const double weight = sweep->weight[k], t = (double)k * dt;
    if (weight > 0.0) {
      if (wait.on) {
        const course seen = seen_while_waiting(&wait, t, pass.grace, &y);
        gather(&seen, sweep->v[k] - (task->vr + seen.x), weight, task->huber, &sums);
      } else gather(&y, sweep->v[k] - (task->vr + y.x), weight, task->huber, &sums);
    }
    if (k + 1 == end) break;
    const double i = sweep->i[k];
    if (spike < sweep->n_spikes && sweep->last[spike] == k) {
      pass_spike(&pass, i, t, weight, &y, &wait, task->walls ? task->walls + 2 * spike : NULL, &sums);
      spike++;
      continue;
    }
    drive f = {.i = i};
    const double here = sweep->v[k], next = sweep->v[k + 1];
    if (task->pull > 0.0 && here == here && next == next) {
      f.pull = task->pull;
      f.goal = here - task->vr;
      f.climb = (next - here) / dt;
    }
    if (!wait.on && lg_izh_rate2(&s, i * s.inv_C, y.x, y.w) <= one_step) {
      const course before = y;
      step(&s, &f, 0.0, dt, &y);
      if (y.x < s.peak_x) continue;
      y = before;
    }
    run_below_peak(&s, &f, t, dt, task->eta, peak_lane, &y, &wait);
  }
  *out = sums;
}

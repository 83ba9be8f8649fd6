/* Forward sensitivities beside the kernel of doubles: P constants side by side behind every number. */
#include "axon/tangent.h"

#include "axon/lanes_double.h"

extern const axon_build lg_axon_tangent;
#define AXON(name) name##_tangent
#define BUILD_NAME "double, with derivatives"
#include "axon/lanes.tmpl.h"

#include <string.h>

const char *const lg_axon_tangent_names[AXON_TANGENTS] = {
    "EA",  "F_b", "beta_c", "K",    "eta", "s",    "d0",   "db",    "kref", "kmax", "Km",       "etam", "sm",
    "d0m", "dbm", "A",      "Ginf", "G1",  "tau1", "EAnf", "taunf", "e0",   "eb",   "node_fac", "kf",   "zd"};

enum { P = 28 /* AXON_TANGENTS and what fills the vectors */, NEWTON = 50 };
static const double tolerance_nm = 1e-9, most_moved = 1e-9;

typedef AXON(state) axon_state;
typedef AXON(consts) axon_consts;

/* Changes of the kernel's state, (…, P) each. */
typedef struct changes {
  double *w, *w_old;      /* (elements + 1, b) */
  double *tau, *arm, *nf; /* bonds */
  double *tau_rate, *arm_rate, *nf_rate;
  double *maxwell;                     /* (elements) */
  double *z;                           /* (inner b + b): right side, then solution */
  double *force[2], *strain_old, *now; /* of one element, one bond */
  double *mt, *axolemma;               /* of the peaks so far */
} changes;

/* One law of loss: rate(q) with its derivatives. */
typedef struct law {
  double width, stretch, factor, kmax; /* factor = kref / (e^(stretch/width) - 1) */
  size_t d_stretch, d_width;           /* which constants those are */
} law;

typedef struct run {
  const lg_axon *axon;
  const axon_consts *c;
  axon_state *s;
  changes d;
  law tau, arm, nf;
  double dt, fade_slope, branch_slope; /* d fade, d branch / d ln tau1 */
  double mt, axolemma;                 /* peaks so far */
} run;

static size_t take(double **at, size_t n, double *from) {
  *at = from;
  return n * P;
}

/* Lays the changes out from `from` on, or counts their doubles (from NULL). */
static size_t lay_changes(changes *d, const lg_axon *axon, double *from) {
  const size_t e = axon->params.elements, r = axon->params.rows, b = r + 1, inner = e - 1, p = axon->n_pairs;
  struct {
    double **at;
    size_t n;
  } parts[] = {{&d->w, (e + 1) * b}, {&d->w_old, (e + 1) * b},
               {&d->tau, inner * p}, {&d->tau_rate, inner * p},
               {&d->arm, inner * r}, {&d->arm_rate, inner * r},
               {&d->nf, e},          {&d->nf_rate, e},
               {&d->maxwell, e},     {&d->z, (inner + 1) * b},
               {&d->force[0], 1},    {&d->force[1], 1},
               {&d->strain_old, 1},  {&d->now, 1},
               {&d->mt, 1},          {&d->axolemma, 1}};
  size_t used = 0;
  for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++)
    used += take(parts[k].at, parts[k].n, from ? from + used : NULL);
  return used;
}

static void add_times(double *to, double factor, const double *from) {
  for (size_t p = 0; p < P; p++) to[p] += factor * from[p];
}

/* (right - left) / dx of a row's displacements: the change of its strain. */
static void strain_change(const run *q, const double *w, size_t element, size_t row, double *to) {
  const double *left = w + (element * q->s->b + row) * P, *right = left + q->s->b * P, scale = q->c->inv_dx;
  for (size_t p = 0; p < P; p++) to[p] = (right[p] - left[p]) * scale;
}

/* ---- forces at fixed displacements --------------------------------------------------------------------- */

/* Change of a microtubule's force in one element. */
static void mt_force(const run *q, size_t e, size_t row, double affine, double *ea, double *load, double *beta) {
  const axon_consts *c = q->c;
  const double x = AXON(strain_of)(q->s, c, e, row, affine), there = q->s->intact[e * q->s->rows + row];
  const bool bent = x < -c->buckle_strain;
  *ea = there * c->ea * x * (bent ? c->buckled : 1.0);
  *load = bent ? there * c->buckle_load * (c->buckled - 1.0) : 0.0;
  *beta = bent ? there * c->buckled * (c->ea * x + c->buckle_load) : 0.0;
}

/* Change of the matrix's force in one element, by what it remembers and by its constants. */
static void matrix_force(const run *q, size_t e, double affine, double *force) {
  const axon_consts *c = q->c;
  const axon_state *s = q->s;
  const double share = q->axon->matrix_share[e], nf = s->nf[e];
  const double x = AXON(strain_of)(s, c, e, s->rows, affine), moved = x - s->strain_old[e];
  double rise, rise_old;
  const double stress = AXON(hooke)(x + 1.0, &rise), gone = stress - s->stress_old[e];
  (void)AXON(hooke)(s->strain_old[e] + 1.0, &rise_old);
  strain_change(q, q->d.w_old, e, s->rows, q->d.strain_old);
  const double by_old = -share * (c->cortex_fast * rise_old + nf * c->nf_visc);
  const double by_nf = share * (c->nf_visc * moved + c->nf_stiff * x);
  const double *nf_change = q->d.nf + e * P, *maxwell = q->d.maxwell + e * P;
  for (size_t p = 0; p < P; p++) force[p] = by_old * q->d.strain_old[p] + by_nf * nf_change[p] + c->fade * maxwell[p];
  const double slow = share * c->cortex_slow * stress, fast = share * c->cortex_fast * gone;
  force[AXON_D_A] += slow + fast;
  force[AXON_D_GINF] += slow;
  force[AXON_D_G1] += fast;
  force[AXON_D_TAU1] += fast / c->branch * q->branch_slope + s->maxwell[e] * q->fade_slope;
  force[AXON_D_EANF] += nf * by_nf;
  force[AXON_D_TAUNF] += nf * share * c->nf_visc * moved;
  if (share != 1.0) force[AXON_D_NODE_FAC] += slow + fast + nf * by_nf;
}

/* Change of a bond's force f = left (k d + eta (d - d_old)) + drag (d - d_old), into now. */
static void bond_force(const run *q, const double *left_change, double left, double pull, double by_old,
                       const double *a, const double *b, double k_part, double eta_part, size_t first) {
  double *now = q->d.now;
  for (size_t p = 0; p < P; p++) now[p] = pull * left_change[p] - by_old * (a[p] - b[p]);
  now[first] += left * k_part;       /* stiffness */
  now[first + 1] += left * eta_part; /* viscosity */
  now[first + 2] -= left * pull;     /* spacing */
}

static void couple_change(const run *q, size_t node) {
  const axon_state *s = q->s;
  const axon_consts *c = q->c;
  const size_t b = s->b, inner = node - 1, m = s->rows;
  const double *w = s->w + node * b, *old = s->w_old + node * b, *d_old = q->d.w_old + node * b * P;
  double *rhs = q->d.z + node * b * P;
  for (size_t k = 0; k < s->n_pairs; k++) {
    const size_t i = q->axon->pairs[k].a, j = q->axon->pairs[k].b, bond = inner * s->n_pairs + k;
    const double d = w[i] - w[j], moved = d - (old[i] - old[j]), left = s->tau[bond];
    bond_force(q, q->d.tau + bond * P, left, c->tau_k * d + c->tau_eta * moved, left * c->tau_eta, d_old + i * P,
               d_old + j * P, c->tau_k * d, c->tau_eta * moved, AXON_D_K);
    add_times(rhs + i * P, -1.0, q->d.now);
    add_times(rhs + j * P, 1.0, q->d.now);
  }
  for (size_t i = 0; i < m; i++) {
    const size_t bond = inner * m + i;
    const double d = w[i] - w[m], moved = d - (old[i] - old[m]), left = s->arm[bond];
    bond_force(q, q->d.arm + bond * P, left, c->arm_k * d + c->arm_eta * moved, left * c->arm_eta + c->drag,
               d_old + i * P, d_old + m * P, c->arm_k * d, c->arm_eta * moved, AXON_D_KM);
    q->d.now[AXON_D_ZD] += c->drag * moved;
    add_times(rhs + i * P, -1.0, q->d.now);
    add_times(rhs + m * P, 1.0, q->d.now);
  }
  rhs[m * P + AXON_D_KF] -= c->foundation * w[m];
}

/* Change of every balance at the displacements found. */
static void lay_right_side(const run *q, double affine) {
  const axon_state *s = q->s;
  memset(q->d.z, 0, (s->n_inner + 1) * s->b * P * sizeof(double));
  matrix_force(q, 0, affine, q->d.force[0]);
  for (size_t node = 1; node <= s->n_inner; node++) {
    double *rhs = q->d.z + node * s->b * P, *left = q->d.force[(node - 1) % 2], *right = q->d.force[node % 2];
    for (size_t row = 0; row < s->rows; row++) {
      double ea[2], load[2], beta[2];
      for (size_t side = 0; side < 2; side++)
        mt_force(q, node - 1 + side, row, affine, &ea[side], &load[side], &beta[side]);
      rhs[row * P + AXON_D_EA] += ea[1] - ea[0];
      rhs[row * P + AXON_D_F_B] += load[1] - load[0];
      rhs[row * P + AXON_D_BETA_C] += beta[1] - beta[0];
    }
    matrix_force(q, node, affine, right);
    for (size_t p = 0; p < P; p++) rhs[s->rows * P + p] += right[p] - left[p];
    couple_change(q, node);
  }
}

/* Both substitutions, with the factors of the last Newton iteration; the solution goes to w. */
static void substitute(const run *q) {
  const axon_state *s = q->s;
  const size_t b = s->b, first = b, end = (s->n_inner + 1) * b;
  double *z = q->d.z;
  for (size_t column = first; column < end; column++) {
    double y[P];
    memcpy(y, z + column * P, sizeof y);
    for (size_t i = 1; i <= b && column >= first + i; i++)
      add_times(y, -s->lower[(column - i) * b + i - 1], z + (column - i) * P);
    for (size_t p = 0; p < P; p++) z[column * P + p] = y[p] * s->inverse[column];
  }
  for (size_t column = end; column-- > first;) {
    const size_t room = end - 1 - column < b ? end - 1 - column : b;
    double sum[P] = {0};
    for (size_t m = 1; m <= room; m++) add_times(sum, s->lower[column * b + m - 1], q->d.w + (column + m) * P);
    for (size_t p = 0; p < P; p++) q->d.w[column * P + p] = z[column * P + p] - s->inverse[column] * sum[p];
  }
}

/* ---- what the step leaves ------------------------------------------------------------------------------ */

/* The kernel's loss_rate(), with its slope along q; along constants added to `change`. */
static double rate_of(const law *l, double q, double *along_q, double *change) {
  const double u = fmin(q / l->width, 60.0), grown = lg_expm1(u), y = l->factor * grown;
  const double part = l->kmax / (y + l->kmax), by_y = part * part, z = l->stretch / l->width;
  const double by_u = q / l->width < 60.0 ? l->factor * (grown + 1.0) : 0.0, by_z = -y / (1.0 - lg_exp(-z));
  *along_q = by_y * by_u / l->width;
  change[AXON_D_KREF] += by_y * y;
  change[AXON_D_KMAX] += (y / (y + l->kmax)) * (y / (y + l->kmax)) * l->kmax;
  change[l->d_stretch] += by_y * by_z * z;
  change[l->d_width] += by_y * (-by_u * u - by_z * z);
  return y * part;
}

/* One bond: left' = left e^(-dt/2 (k_old + k)), before the kernel does it. stretch: change of q. */
static void lose_change(const run *q, const law *l, double length, const double *stretch, double left, double rate_old,
                        double *left_change, double *rate_change) {
  double change[P] = {0}, along;
  const double rate = rate_of(l, length, &along, change), half = 0.5 * q->dt;
  const double kept = lg_exp(-half * (rate_old + rate)), by_rate = -half * left * kept;
  add_times(change, along, stretch);
  for (size_t p = 0; p < P; p++) {
    left_change[p] = kept * left_change[p] + by_rate * (rate_change[p] + change[p]);
    rate_change[p] = change[p];
  }
}

static void gap_change(const run *q, const double *w, size_t i, size_t j, double sign) {
  for (size_t p = 0; p < P; p++) q->d.now[p] = sign * (w[i * P + p] - w[j * P + p]);
}

static void lose_changes(const run *q, double affine) {
  const axon_state *s = q->s;
  const size_t m = s->rows;
  for (size_t inner = 0; inner < s->n_inner; inner++) {
    const double *w = s->w + (inner + 1) * s->b, *dw = q->d.w + (inner + 1) * s->b * P;
    for (size_t k = 0; k < s->n_pairs; k++) {
      const size_t i = q->axon->pairs[k].a, j = q->axon->pairs[k].b, bond = inner * s->n_pairs + k;
      gap_change(q, dw, i, j, w[i] < w[j] ? -1.0 : 1.0);
      lose_change(q, &q->tau, fabs(w[i] - w[j]), q->d.now, s->tau[bond], s->tau_rate[bond], q->d.tau + bond * P,
                  q->d.tau_rate + bond * P);
    }
    for (size_t i = 0; i < m; i++) {
      const size_t bond = inner * m + i;
      gap_change(q, dw, i, m, w[i] < w[m] ? -1.0 : 1.0);
      lose_change(q, &q->arm, fabs(w[i] - w[m]), q->d.now, s->arm[bond], s->arm_rate[bond], q->d.arm + bond * P,
                  q->d.arm_rate + bond * P);
    }
  }
  for (size_t e = 0; e < s->elements; e++) {
    const double x = AXON(strain_of)(s, q->c, e, m, affine);
    strain_change(q, q->d.w, e, m, q->d.now);
    if (x < 0.0) memset(q->d.now, 0, P * sizeof(double));
    lose_change(q, &q->nf, fmax(x, 0.0), q->d.now, s->nf[e], s->nf_rate[e], q->d.nf + e * P, q->d.nf_rate + e * P);
  }
}

/* The Maxwell branch, before the kernel steps it. */
static void relax_changes(const run *q, double affine) {
  const axon_state *s = q->s;
  const axon_consts *c = q->c;
  for (size_t e = 0; e < s->elements; e++) {
    const double share = q->axon->matrix_share[e], x = AXON(strain_of)(s, c, e, s->rows, affine);
    double rise, rise_old, *h = q->d.maxwell + e * P;
    const double gone = AXON(hooke)(x + 1.0, &rise) - s->stress_old[e], gain = share * c->cortex_fast * gone;
    (void)AXON(hooke)(s->strain_old[e] + 1.0, &rise_old);
    strain_change(q, q->d.w, e, s->rows, q->d.now);
    strain_change(q, q->d.w_old, e, s->rows, q->d.strain_old);
    for (size_t p = 0; p < P; p++)
      h[p] = c->fade * h[p] + share * c->cortex_fast * (rise * q->d.now[p] - rise_old * q->d.strain_old[p]);
    h[AXON_D_A] += gain;
    h[AXON_D_G1] += gain;
    h[AXON_D_TAU1] += gain / c->branch * q->branch_slope + q->fade_slope * s->maxwell[e];
    if (share != 1.0) h[AXON_D_NODE_FAC] += gain;
  }
}

/* Greatest strains so far, and how they change: where and when they are. */
static void see_peaks(run *q, double affine) {
  const axon_state *s = q->s;
  for (size_t e = 0; e < s->elements; e++)
    for (size_t row = 0; row < s->b; row++) {
      const bool matrix = row == s->rows;
      if (!matrix && !(s->intact[e * s->rows + row] > 0.0)) continue;
      const double x = AXON(strain_of)(s, q->c, e, row, affine);
      if (!(x > (matrix ? q->axolemma : q->mt))) continue;
      *(matrix ? &q->axolemma : &q->mt) = x;
      strain_change(q, q->d.w, e, row, matrix ? q->d.axolemma : q->d.mt);
    }
}

static void step_changes(run *q, double affine) {
  lay_right_side(q, affine);
  substitute(q);
  lose_changes(q, affine);
  relax_changes(q, affine);
  see_peaks(q, affine);
}

/* ---- a whole run --------------------------------------------------------------------------------------- */

static law law_of(double kref, double kmax, double stretch, double width, size_t d_stretch) {
  return (law){.width = width,
               .stretch = stretch,
               .factor = kref / lg_expm1(stretch / width),
               .kmax = kmax,
               .d_stretch = d_stretch,
               .d_width = d_stretch + 1};
}

static void write_slopes(const run *q, axon_tangent *to) {
  const axon_state *s = q->s;
  const double pairs = (double)s->n_pairs, rows = (double)s->rows, nodes = (double)(s->elements + 1);
  for (size_t p = 0; p < AXON_TANGENTS; p++) {
    double tau = 0.0, arm = 0.0, nf = 0.0;
    for (size_t k = 0; k < s->n_inner * s->n_pairs; k++) tau += q->d.tau[k * P + p];
    for (size_t k = 0; k < s->n_inner * s->rows; k++) arm += q->d.arm[k * P + p];
    for (size_t e = 0; e < s->elements; e++) nf += q->d.nf[e * P + p];
    to->slope[p][AXON_MT] = q->d.mt[p];
    to->slope[p][AXON_AXOLEMMA] = q->d.axolemma[p];
    to->slope[p][AXON_TAU] = -100.0 * tau / (nodes * pairs);
    to->slope[p][AXON_NF] = -100.0 * nf / (double)s->elements;
    to->slope[p][AXON_ARM] = -100.0 * arm / (nodes * rows);
    to->slope[p][AXON_MT_BROKEN] = 0.0;
  }
}

static bool is_finite(const axon_tangent *t) {
  bool good = true;
  for (size_t k = 0; k < AXON_OUTPUTS; k++) {
    good = good && isfinite(t->out[k]);
    for (size_t p = 0; p < AXON_TANGENTS; p++) good = good && isfinite(t->slope[p][k]);
  }
  return good;
}

/* work: of the kernel, then of the changes. */
static void run_one(const lg_axon *axon, const axon_profiles *profiles, size_t profile, char *work, size_t kernel_bytes,
                    axon_tangent *to) {
  const axon_params *p = &axon->params;
  const double *strain = profiles->strain + profile * profiles->n_times, dt = profiles->dt_s;
  double moved = 0.0;
  axon_state s;
  const axon_lanes call = {.axon = axon,
                           .strain = strain,
                           .n_steps = profiles->n_times - 1,
                           .dt_s = dt,
                           .newton = NEWTON,
                           .tolerance_nm = tolerance_nm,
                           .out = to->out,
                           .moved = &moved};
  AXON(lay_out)(&s, axon, work);
  AXON(begin)(&s, &call);
  const axon_consts c = AXON(constants)(axon, dt, dt);
  run q = {.axon = axon,
           .c = &c,
           .s = &s,
           .tau = law_of(p->loss_rate, p->loss_rate_max, p->tau_loss_stretch, p->tau_loss_width, AXON_D_D0),
           .arm = law_of(p->loss_rate, p->loss_rate_max, p->arm_loss_stretch, p->arm_loss_width, AXON_D_D0M),
           .nf = law_of(p->loss_rate, p->loss_rate_max, p->nf_loss_strain, p->nf_loss_width, AXON_D_E0),
           .dt = dt,
           .fade_slope = c.fade * dt / p->cortex_time,
           .branch_slope = c.branch - c.fade};
  const size_t n = lay_changes(&q.d, axon, (double *)(void *)(work + kernel_bytes));
  memset(q.d.w, 0, n * sizeof(double));
  for (size_t k = 1; k <= call.n_steps; k++) {
    AXON(begin_step)(&s, &c, strain[k - 1]);
    double *before = q.d.w_old;
    q.d.w_old = q.d.w;
    q.d.w = before;
    moved = fmax(moved, AXON(solve)(&call, &s, &c, strain[k], s.mt_guess));
    step_changes(&q, strain[k]);
    double mt, axolemma, compression;
    AXON(lose_bonds)(&s, &c, axon, &(AXON(loss)){0.5 * dt, 0.5 * dt, true}, false, strain[k]);
    AXON(finish_step)(&s, &c, axon, strain[k], &mt, &axolemma, &compression);
  }
  const AXON(seen) seen = {.mt = q.mt, .axolemma = q.axolemma, .moved = moved};
  AXON(write)(&call, &s, &seen, 0);
  write_slopes(&q, to);
  to->failed = !(moved <= most_moved) || !is_finite(to);
}

typedef struct job {
  const lg_axon *const *axons;
  size_t n_axons, first, kernel_bytes, bytes;
  const axon_profiles *profiles;
  char *work;
  axon_tangent *tangents;
} job;

static lg_status run_range(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  for (size_t k = j->first + begin; k < j->first + end; k++) {
    axon_tangent *to = &j->tangents[k];
    *to = (axon_tangent){0};
    run_one(j->axons[k % j->n_axons], j->profiles, k / j->n_axons, j->work + worker * j->bytes, j->kernel_bytes, to);
    for (size_t q = 0; to->failed && q < AXON_OUTPUTS; q++) {
      to->out[q] = (double)NAN;
      for (size_t p = 0; p < AXON_TANGENTS; p++) to->slope[p][q] = (double)NAN;
    }
  }
  return LG_OK;
}

lg_status lg_axon_tangents(lg_ctx *ctx, const lg_axon *const *axons, size_t n_axons, const axon_profiles *profiles,
                           axon_tangent *tangents) {
  lg_status status = LG_OK;
  job j = {.axons = axons, .n_axons = n_axons, .profiles = profiles, .tangents = tangents};
  changes counted;
  size_t n;
  if (n_axons == 0) return lg_fail(ctx, LG_ERR_RANGE, "no axon to simulate; at least 1 is needed");
  LG_TRY(lg_axon_profiles_check(ctx, profiles, &(axon_simulate_opts){.precision = AXON_DOUBLE}));
  if (!lg_mul_size(profiles->n, n_axons, &n))
    LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "%zu profiles on %zu axons are too many", profiles->n, n_axons));
  j.kernel_bytes = (lg_axon_lanes_bytes(&lg_axon_tangent, axons[0]) + 63) / 64 * 64;
  j.bytes = (j.kernel_bytes + lay_changes(&counted, axons[0], NULL) * sizeof(double) + 63) / 64 * 64;
  LG_NEW(ctx, j.work, lg_ctx_threads(ctx) * j.bytes);
  for (j.first = 0; j.first < n; j.first += 16) { /* in pieces, so that progress shows and a stop is heard */
    const size_t piece = n - j.first < 16 ? n - j.first : 16;
    LG_TRY(lg_parallel_for(ctx, piece, 1, run_range, &j));
    LG_TRY(lg_progress(ctx, "axons", j.first + piece, n));
  }
done:
  lg_free(ctx, j.work);
  return status;
}

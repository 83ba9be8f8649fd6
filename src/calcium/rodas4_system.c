/* Rates, Jacobian and linear systems of a dendrite. */
#include "calcium/rodas4_system.h"

#include <math.h>
#include <string.h>

enum { CC, CB, CE, CP, BC, BB, EC, EE, EP };

/* ---- rates ------------------------------------------------------------------------------------------- */

/* The stimuli that are on in the middle of the step; a ramp ends at 0 and needs no case of its own. */
static void inflow(rodas4_system *s, double t) {
  calcium_run *run = s->run;
  const size_t n = s->n;
  bool any = false;
  for (size_t q = 0; q < run->c->n_stimuli; q++) {
    const calcium_stimulus *j = &run->c->stimuli[q];
    if (s->middle_s < j->on_s || s->middle_s >= j->off_s) continue;
    if (!any) memset(run->reactions.inflow, 0, n * sizeof(double));
    any = true;
    const double ramp = 1.0 - (t - j->on_s) / (j->off_s - j->on_s), *profile = run->profiles + q * n;
    for (size_t k = run->profile_nodes[2 * q]; k < run->profile_nodes[2 * q + 1]; k++)
      run->reactions.inflow[k] += ramp * profile[k];
  }
  if (!any && run->reactions.driven) memset(run->reactions.inflow, 0, n * sizeof(double));
  run->reactions.driven = any;
}

static void diffuse(const rodas4_system *s, size_t species, const double *u, double *f) {
  const calcium_diffusion *d = &s->run->diffusions[species];
  const double *per = s->per_volume + (species == 2 ? s->n : 0);
  memset(s->work, 0, s->n * sizeof(double));
  lg_calcium_diffusion_add(d, u, s->work);
  if (s->local) {
    lg_calcium_diffusion_solve(&s->mass[species == 2], 1, (double *const[]){s->work});
    for (size_t k = 0; k < s->n; k++) f[k] += s->work[k];
    return;
  }
  for (size_t k = 0; k < s->n; k++) f[k] += s->work[k] * per[k];
}

static void gate_rates(const rodas4_system *s, const double *states, const double *u, const double *udot, double *f) {
  const calcium_gate *gate = s->run->gate;
  if (s->slopes) {
    gate->slopes(gate, s->n, states, u, udot, f);
    return;
  }
  double *on = s->work, *off = s->work + s->n;
  gate->rates(gate, s->n, states, u, udot, on, off);
  for (size_t k = 0; k < s->n; k++) f[k] = on[k] * (1.0 - states[k]) - off[k] * states[k];
}

static void set_open(const rodas4_system *s, const double *states, double *open) {
  if (s->slopes) s->run->gate->open(s->run->gate, s->n, states, open);
  else memcpy(open, states, s->n * sizeof(double));
}

void lg_rodas4_rates(rodas4_system *s, double t, const double *y, double *f) {
  const size_t n = s->n;
  const calcium_rates base = {f, f + n, f + 2 * n};
  set_open(s, y + 3 * n, s->open);
  inflow(s, t);
  lg_calcium_reactions(&s->run->reactions, y, y + n, y + 2 * n, s->open, &base);
  for (size_t q = 0; q < 3; q++) diffuse(s, q, y + q * n, f + q * n);
  gate_rates(s, y + 3 * n, y, f, f + 3 * n);
}

bool lg_rodas4_time_rates(rodas4_system *s, double *f) {
  const calcium_run *run = s->run;
  const size_t n = s->n;
  bool any = false;
  for (size_t q = 0; q < run->c->n_stimuli && !run->reactions.closed; q++) {
    const calcium_stimulus *j = &run->c->stimuli[q];
    if (s->middle_s < j->on_s || s->middle_s >= j->off_s) continue;
    if (!any) memset(f, 0, s->size * sizeof(double));
    any = true;
    const double *profile = run->profiles + q * n;
    for (size_t k = run->profile_nodes[2 * q]; k < run->profile_nodes[2 * q + 1]; k++)
      f[k] -= profile[k] / (j->off_s - j->on_s) * run->reactions.plasma_per_um[k];
  }
  for (size_t q = 0; q < s->m && any; q++)
    for (size_t k = 0; k < n; k++) f[(3 + q) * n + k] = s->by_udot[q * n + k] * f[k];
  return any;
}

/* ---- derivatives -------------------------------------------------------------------------------------- */

static void base_derivatives(rodas4_system *s, const double *c, const double *b, const double *e) {
  const calcium_reactions *r = &s->run->reactions;
  const calcium_constants *k = r->constants;
  const size_t n = s->n;
  const double pmca_k2 = k->pmca_k * k->pmca_k;
  for (size_t i = 0; i < n; i++) {
    const calcium_derived here = lg_calcium_derived_at(r, i), *d = &here;
    const double ci = c[i], ei = e[i], serca_c = k->serca_k + ci, er = r->er_per_um[i], own = r->er_own_per_um[i];
    const double through = d->ryr_permeability * s->open[i] + d->er_leak;
    const double er_c = -through - d->serca_max * k->serca_k / (serca_c * serca_c * ei);
    const double er_e = through + d->serca_max * ci / (serca_c * ei * ei);
    const double er_p = d->ryr_permeability * (ei - ci);
    const double pmca = pmca_k2 + ci * ci, ncx = k->ncx_k + ci;
    const double plasma = r->closed ? 0.0
                                    : -d->plasma_leak - d->pmca_max * 2.0 * ci * pmca_k2 / (pmca * pmca) -
                                          d->ncx_max * k->ncx_k / (ncx * ncx);
    double *j = s->jacobian + i;
    j[BC * n] = -k->buffer_on * b[i];
    j[BB * n] = -k->buffer_off - k->buffer_on * ci;
    j[CC * n] = j[BC * n] + r->plasma_per_um[i] * plasma + er * er_c;
    j[CB * n] = j[BB * n];
    j[CE * n] = er * er_e;
    j[CP * n] = er * er_p;
    j[EC * n] = -own * er_c;
    j[EE * n] = -own * er_e;
    j[EP * n] = -own * er_p;
  }
}

/* One-sided differences of the slopes; a state moves towards the middle of 0 … 1. */
static void gate_differences(rodas4_system *s, const double *y, const double *f) {
  const size_t n = s->n, m = s->m;
  double *states = s->work + 2 * n, *moved = states + m * n; /* gate_rates needs the first two */
  double *step = moved + m * n, *at = step + n;
  memcpy(states, y + 3 * n, m * n * sizeof(double));
  for (size_t q = 0; q < m + 2; q++) {
    const double *u = y, *udot = f;
    double *into = q < m ? s->by_state + q * n : q == m ? s->by_u : s->by_udot;
    const size_t stride = q < m ? m * n : n;
    if (q < m) {
      for (size_t k = 0; k < n; k++) {
        const double x = y[(3 + q) * n + k];
        step[k] = x < 0.5 ? 1e-6 * (x + 1e-4) : -1e-6 * (1.0 - x + 1e-4);
        states[q * n + k] = x + step[k];
      }
    } else {
      const double *from = q == m ? y : f;
      for (size_t k = 0; k < n; k++) {
        step[k] = 1e-6 * (q == m ? from[k] : 10.0 + fabs(from[k]));
        at[k] = from[k] + step[k];
      }
      if (q == m) u = at;
      else udot = at;
    }
    gate_rates(s, states, u, udot, moved);
    for (size_t r = 0; r < m; r++)
      for (size_t k = 0; k < n; k++) into[r * stride + k] = (moved[r * n + k] - f[(3 + r) * n + k]) / step[k];
    if (q < m) memcpy(states + q * n, y + (3 + q) * n, n * sizeof(double));
  }
}

/* P by the states: central differences, exact where P is linear in them. */
static void open_differences(rodas4_system *s, const double *y) {
  const size_t n = s->n, m = s->m;
  double *states = s->work, *up = states + m * n, *down = up + n;
  if (!s->slopes) {
    for (size_t k = 0; k < n; k++) s->open_by[k] = 1.0;
    return;
  }
  memcpy(states, y + 3 * n, m * n * sizeof(double));
  for (size_t q = 0; q < m; q++) {
    const double by = 1e-4;
    for (size_t k = 0; k < n; k++) states[q * n + k] = y[(3 + q) * n + k] + by;
    set_open(s, states, up);
    for (size_t k = 0; k < n; k++) states[q * n + k] = y[(3 + q) * n + k] - by;
    set_open(s, states, down);
    for (size_t k = 0; k < n; k++) s->open_by[q * n + k] = (up[k] - down[k]) / (2.0 * by);
    memcpy(states + q * n, y + (3 + q) * n, n * sizeof(double));
  }
}

void lg_rodas4_jacobian(rodas4_system *s, const double *y, const double *f) {
  const size_t n = s->n;
  const calcium_gate *gate = s->run->gate;
  set_open(s, y + 3 * n, s->open);
  base_derivatives(s, y, y + n, y + 2 * n);
  if (s->differences) gate_differences(s, y, f);
  else gate->derivatives(gate, n, y + 3 * n, y, f, s->by_state, s->by_u, s->by_udot);
  open_differences(s, y);
}

/* ---- linear systems ------------------------------------------------------------------------------------ */

/* Gauss and Jordan without pivoting: rates make the diagonal large. */
static inline void invert(double *a, size_t m) {
  for (size_t p = 0; p < m; p++) {
    const double pivot = 1.0 / a[p * m + p];
    a[p * m + p] = 1.0;
    for (size_t q = 0; q < m; q++) a[p * m + q] *= pivot;
    for (size_t r = 0; r < m; r++) {
      if (r == p) continue;
      const double by = a[r * m + p];
      a[r * m + p] = 0.0;
      for (size_t q = 0; q < m; q++) a[r * m + q] -= by * a[p * m + q];
    }
  }
}

/* Returns what a change of c does to P through the states. */
static inline double eliminate_gate(rodas4_system *s, size_t i, double g, size_t m) {
  const size_t n = s->n;
  double a[RODAS4_MOST_STATES * RODAS4_MOST_STATES], through = 0.0;
  for (size_t r = 0; r < m; r++)
    for (size_t q = 0; q < m; q++) a[r * m + q] = (r == q ? g : 0.0) - s->by_state[(r * m + q) * n + i];
  invert(a, m);
  for (size_t r = 0; r < m; r++) {
    double by_u = 0.0, to_open = 0.0;
    for (size_t q = 0; q < m; q++) {
      by_u += a[r * m + q] * (s->by_u[q * n + i] + g * s->by_udot[q * n + i]);
      to_open += s->open_by[q * n + i] * a[q * m + r];
      s->gate_inverse[(r * m + q) * n + i] = a[r * m + q];
    }
    s->gate_u[r * n + i] = by_u;
    s->gate_open[r * n + i] = to_open;
    through += s->open_by[r * n + i] * by_u;
  }
  return through;
}

static void invert_3(const double *a, double *x) {
  const double c0 = a[4] * a[8] - a[5] * a[7], c1 = a[5] * a[6] - a[3] * a[8], c2 = a[3] * a[7] - a[4] * a[6];
  const double scale = 1.0 / (a[0] * c0 + a[1] * c1 + a[2] * c2);
  x[0] = c0 * scale;
  x[1] = (a[2] * a[7] - a[1] * a[8]) * scale;
  x[2] = (a[1] * a[5] - a[2] * a[4]) * scale;
  x[3] = c1 * scale;
  x[4] = (a[0] * a[8] - a[2] * a[6]) * scale;
  x[5] = (a[2] * a[3] - a[0] * a[5]) * scale;
  x[6] = c2 * scale;
  x[7] = (a[1] * a[6] - a[0] * a[7]) * scale;
  x[8] = (a[0] * a[4] - a[1] * a[3]) * scale;
}

/* g - J of node i without diffusion, its gate eliminated. */
static inline void local_block(rodas4_system *s, size_t i, double g, double *a) {
  const size_t n = s->n;
  const double *j = s->jacobian + i, through = s->m == 3   ? eliminate_gate(s, i, g, 3)
                                               : s->m == 1 ? eliminate_gate(s, i, g, 1)
                                                           : eliminate_gate(s, i, g, s->m);
  a[0] = g - j[CC * n] - j[CP * n] * through;
  a[1] = -j[CB * n];
  a[2] = -j[CE * n];
  a[3] = -j[BC * n];
  a[4] = g - j[BB * n];
  a[5] = 0.0;
  a[6] = -(j[EC * n] + j[EP * n] * through);
  a[7] = 0.0;
  a[8] = g - j[EE * n];
}

static void scale_rows(const rodas4_system *s, size_t i, const double *local, double *a) {
  const double vc = s->run->grid->cytosol_um3[i], ve = s->run->grid->er_um3[i];
  for (size_t q = 0; q < 9; q++) a[q] = (q < 6 ? vc : ve) * local[q];
}

/* Rows of c, b and e have one entry each beside the diagonal: the conductance. */
static void factor_plain(rodas4_system *s) {
  const int32_t *up = s->run->grid->parent;
  const calcium_diffusion *d = s->run->diffusions;
  for (size_t i = s->n; i-- > 1;)
    for (size_t q = 0; q < 3; q++) {
      const double w = d[q].coefficient * d[q].edge[i];
      s->blocks[i].down[4 * q] = w;
      s->blocks[i].inverse[4 * q] += w;
      s->blocks[up[i]].inverse[4 * q] += w;
    }
  for (size_t i = s->n; i-- > 0;) {
    rodas4_block *own = &s->blocks[i];
    double a[9];
    memcpy(a, own->inverse, sizeof a);
    invert_3(a, own->inverse);
    if (i == 0) break;
    double *parent = s->blocks[up[i]].inverse;
    for (size_t r = 0; r < 3; r++)
      for (size_t q = 0; q < 3; q++) {
        own->back[3 * r + q] = own->inverse[3 * r + q] * own->down[4 * q];
        parent[3 * r + q] -= own->down[4 * r] * own->back[3 * r + q];
      }
  }
}

/* M (g - J) - D L: the blend brings whole rows of the neighbours in. */
static void factor_blended(rodas4_system *s) {
  const calcium_grid *grid = s->run->grid;
  const calcium_diffusion *d = s->run->diffusions;
  for (size_t i = s->n; i-- > 1;) {
    const size_t p = (size_t)grid->parent[i];
    for (size_t r = 0; r < 3; r++) {
      const double w = d[r].coefficient * d[r].edge[i], blend = d[r].blend[i];
      for (size_t q = 0; q < 3; q++) {
        const double own = s->local[9 * i + 3 * r + q], parent = s->local[9 * p + 3 * r + q];
        const double through = r == q ? w : 0.0;
        s->blocks[i].down[3 * r + q] = through - blend * own;
        s->blocks[i].back[3 * r + q] = through - blend * parent; /* until the pivot is known */
        s->blocks[i].inverse[3 * r + q] += through - blend * own;
        s->blocks[p].inverse[3 * r + q] += through - blend * parent;
      }
    }
  }
  for (size_t i = s->n; i-- > 0;) {
    rodas4_block *own = &s->blocks[i];
    double a[9], up[9];
    memcpy(a, own->inverse, sizeof a);
    invert_3(a, own->inverse);
    if (i == 0) break;
    double *parent = s->blocks[grid->parent[i]].inverse;
    memcpy(up, own->back, sizeof up);
    for (size_t r = 0; r < 3; r++)
      for (size_t q = 0; q < 3; q++)
        own->back[3 * r + q] =
            own->inverse[3 * r] * up[q] + own->inverse[3 * r + 1] * up[3 + q] + own->inverse[3 * r + 2] * up[6 + q];
    for (size_t r = 0; r < 3; r++)
      for (size_t q = 0; q < 3; q++)
        parent[3 * r + q] -= own->down[3 * r] * own->back[q] + own->down[3 * r + 1] * own->back[3 + q] +
                             own->down[3 * r + 2] * own->back[6 + q];
  }
}

void lg_rodas4_factor(rodas4_system *s, double g) {
  for (size_t i = 0; i < s->n; i++) { /* pivots in `inverse` until they are eliminated */
    double own[9], *local = s->local ? s->local + 9 * i : own;
    local_block(s, i, g, local);
    scale_rows(s, i, local, s->blocks[i].inverse);
  }
  if (s->local) factor_blended(s);
  else factor_plain(s);
}

/* Right sides of the states, without what the rate of c takes with it, and their share of the rows of c and e. */
static void reduce_gates(rodas4_system *s, double *r) {
  const calcium_grid *grid = s->run->grid;
  const size_t n = s->n, m = s->m;
  double *open = s->work;
  memset(open, 0, n * sizeof(double));
  for (size_t q = 0; q < m; q++) {
    double *own = r + (3 + q) * n;
    const double *by = s->by_udot + q * n, *to = s->gate_open + q * n;
    for (size_t i = 0; i < n; i++) {
      own[i] -= by[i] * r[i];
      open[i] += to[i] * own[i];
    }
  }
  const double *cp = s->jacobian + CP * n, *ep = s->jacobian + EP * n;
  for (size_t i = 0; i < n; i++) {
    r[i] += cp[i] * open[i];
    r[2 * n + i] += ep[i] * open[i];
  }
  for (size_t q = 0; q < 3; q++) { /* rows of the system: times V, or M */
    const double *volume = q < 2 ? grid->cytosol_um3 : grid->er_um3;
    double *row = r + q * n, *plain = s->work;
    if (s->local) memcpy(plain, row, n * sizeof(double));
    for (size_t i = 0; i < n; i++) row[i] *= volume[i];
    if (s->local) lg_calcium_diffusion_blend(&s->run->diffusions[q], plain, row);
  }
}

static void restore_gates(const rodas4_system *s, double *r) {
  const size_t n = s->n, m = s->m;
  double *const old = s->work;
  memcpy(old, r + 3 * n, m * n * sizeof(double));
  for (size_t q = 0; q < m; q++) {
    double *own = r + (3 + q) * n;
    const double *by_u = s->gate_u + q * n;
    for (size_t i = 0; i < n; i++) own[i] = by_u[i] * r[i];
    for (size_t p = 0; p < m; p++) {
      const double *a = s->gate_inverse + (q * m + p) * n;
      for (size_t i = 0; i < n; i++) own[i] += a[i] * old[p * n + i];
    }
  }
}

void lg_rodas4_solve(rodas4_system *s, double *r) {
  const int32_t *parent = s->run->grid->parent;
  const size_t n = s->n;
  double *const c = r, *const b = r + n, *const e = r + 2 * n;
  reduce_gates(s, r);
  for (size_t i = n; i-- > 0;) {
    const rodas4_block *k = &s->blocks[i];
    const double x = c[i], y = b[i], z = e[i];
    c[i] = k->inverse[0] * x + k->inverse[1] * y + k->inverse[2] * z;
    b[i] = k->inverse[3] * x + k->inverse[4] * y + k->inverse[5] * z;
    e[i] = k->inverse[6] * x + k->inverse[7] * y + k->inverse[8] * z;
    if (i == 0) break;
    const size_t p = (size_t)parent[i];
    if (s->local) {
      c[p] += k->down[0] * c[i] + k->down[1] * b[i] + k->down[2] * e[i];
      b[p] += k->down[3] * c[i] + k->down[4] * b[i] + k->down[5] * e[i];
      e[p] += k->down[6] * c[i] + k->down[7] * b[i] + k->down[8] * e[i];
    } else {
      c[p] += k->down[0] * c[i];
      b[p] += k->down[4] * b[i];
      e[p] += k->down[8] * e[i];
    }
  }
  for (size_t i = 1; i < n; i++) {
    const rodas4_block *k = &s->blocks[i];
    const size_t p = (size_t)parent[i];
    const double x = c[p], y = b[p], z = e[p];
    c[i] += k->back[0] * x + k->back[1] * y + k->back[2] * z;
    b[i] += k->back[3] * x + k->back[4] * y + k->back[5] * z;
    e[i] += k->back[6] * x + k->back[7] * y + k->back[8] * z;
  }
  restore_gates(s, r);
}

/* ---- made and put away ---------------------------------------------------------------------------------- */

lg_status lg_rodas4_system_create(lg_ctx *ctx, calcium_run *run, rodas4_system *s) {
  lg_status status = LG_OK;
  const size_t n = run->now.n;
  const calcium_gate *gate = run->gate;
  const size_t m = gate->slopes ? gate->n_states : 1;
  if (run->extra)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "the scheme rodas4 has no further channels or species; take imex2");
  if ((!gate->slopes && !gate->rates) || m > RODAS4_MOST_STATES)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "the scheme rodas4 cannot take the gate %s, which gives no rates; take imex2", gate->name);
  if (run->grid->order > 4)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "the scheme rodas4 has orders 2 and 4 in space, not %u", run->grid->order);
  *s = (rodas4_system){.run = run, .n = n, .m = m, .size = (3 + m) * n, .slopes = gate->slopes != NULL};
  s->differences = !(gate->slopes && gate->derivatives);
  LG_NEW(ctx, s->open, n);
  LG_NEW(ctx, s->work, (4 + 2 * m) * n);
  LG_NEW(ctx, s->jacobian, 9 * n);
  LG_NEW(ctx, s->by_state, m * m * n);
  LG_NEW(ctx, s->by_u, m * n);
  LG_NEW(ctx, s->by_udot, m * n);
  LG_NEW(ctx, s->open_by, m * n);
  LG_NEW(ctx, s->gate_inverse, m * m * n);
  LG_NEW(ctx, s->gate_u, m * n);
  LG_NEW(ctx, s->gate_open, m * n);
  LG_NEW(ctx, s->per_volume, 2 * n);
  LG_NEW(ctx, s->blocks, n);
  if (run->grid->cytosol_blend_um3) {
    LG_NEW(ctx, s->local, 9 * n);
    for (size_t q = 0; q < 2; q++) {
      s->mass[q] = run->diffusions[q ? 2 : 0];
      s->mass[q].coefficient = s->mass[q].step_s = 0.0;
      s->mass[q].carry = s->mass[q].inverse = NULL; /* those are the run's */
      LG_NEW(ctx, s->mass[q].carry, n);
      LG_NEW(ctx, s->mass[q].inverse, n);
      lg_calcium_diffusion_factor(&s->mass[q], 1.0);
    }
  }
  for (size_t k = 0; k < n; k++) {
    s->per_volume[k] = 1.0 / run->grid->cytosol_um3[k];
    s->per_volume[n + k] = 1.0 / run->grid->er_um3[k];
  }
done:
  return status;
}

void lg_rodas4_system_clear(lg_ctx *ctx, rodas4_system *s) {
  double *const arrays[] = {s->open,    s->work,         s->jacobian, s->by_state,  s->by_u,      s->by_udot,
                            s->open_by, s->gate_inverse, s->gate_u,   s->gate_open, s->per_volume};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) lg_free(ctx, arrays[k]);
  lg_free(ctx, s->blocks);
  lg_free(ctx, s->local);
  for (size_t q = 0; q < 2; q++) {
    lg_free(ctx, s->mass[q].carry);
    lg_free(ctx, s->mass[q].inverse);
  }
}

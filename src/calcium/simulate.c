/* A run from start to end: stretches between the stimulus's edges, and what probes, samples and snapshots see. */
#include "calcium/extra_case.h"
#include "calcium/simulate_internal.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* Columns of samples and snapshots: c, b, e, P, then species. */
static const double *column(const calcium_state *s, size_t q) {
  const double *const base[4] = {s->c, s->b, s->e, s->open};
  return q < 4 ? base[q] : s->species + (q - 4) * s->n;
}

static const calcium_state *state_of(const watch *w) { return w->stepper->state(w->stepper->own); }

static double at(const double *values, calcium_between p) { return values[p.a] + p.part * (values[p.b] - values[p.a]); }

static void see_crossings(watch *w, double t) {
  const double *c = state_of(w)->c, threshold = w->c->threshold_uM;
  for (size_t k = 0; k < w->r->n_probes; k++) {
    calcium_arrival *a = &w->r->arrivals[k];
    const double now = at(c, w->places[k]), before = w->last[k];
    const double cross = w->last_s + (t - w->last_s) * (threshold - before) / (now - before);
    if (before < threshold && now >= threshold && isnan(a->up_s)) a->up_s = cross;
    if (before >= threshold && now < threshold && !isnan(a->up_s)) a->down_s = cross;
    if (now > a->peak_uM) a->peak_uM = now;
    w->last[k] = now;
  }
}

static void see_range(watch *w) {
  const calcium_state *s = state_of(w);
  for (size_t k = 0; k < s->n; k++) {
    if (s->open[k] < w->r->summary.open_low) w->r->summary.open_low = s->open[k];
    if (s->open[k] > w->r->summary.open_high) w->r->summary.open_high = s->open[k];
  }
}

static void copy_old(watch *w) {
  const calcium_state *s = state_of(w);
  for (size_t q = 0; q < w->r->n_columns; q++) memcpy(w->old + q * s->n, column(s, q), s->n * sizeof(double));
}

static void sample(watch *w, double t, double part) {
  const calcium_state *s = state_of(w);
  double totals[3];
  const size_t row = w->next_sample, columns = w->r->n_columns;
  w->r->sample_s[row] = t;
  for (size_t k = 0; k < w->r->n_probes; k++)
    for (size_t q = 0; q < columns; q++) {
      const double a = at(w->old + q * s->n, w->places[k]), b = at(column(s, q), w->places[k]);
      w->r->samples[(row * w->r->n_probes + k) * columns + q] = a + part * (b - a);
    }
  w->stepper->totals(w->stepper->own, totals);
  memcpy(w->r->totals + 3 * row, totals, sizeof totals);
  w->next_sample++;
}

static void snapshot(watch *w, double t, double part) {
  const calcium_state *s = state_of(w);
  const size_t columns = w->r->n_columns;
  double *row = w->r->snapshots + w->next_snapshot * s->n * columns;
  w->r->snapshot_s[w->next_snapshot++] = t;
  for (size_t q = 0; q < columns; q++) {
    const double *now = column(s, q), *old = w->old + q * s->n;
    for (size_t k = 0; k < s->n; k++) row[columns * k + q] = old[k] + part * (now[k] - old[k]);
  }
}

static bool wants_old(const watch *w, double t) {
  const bool sampled = w->next_sample < w->r->n_samples && (double)w->next_sample * w->sample_s <= t;
  return sampled || (w->next_snapshot < w->c->n_snapshots && w->c->snapshots_s[w->next_snapshot] <= t);
}

/* Everything that lies in (last, t]; at the start last == t. */
static void see(watch *w, double t) {
  const calcium_state *s = state_of(w);
  const double span = t - w->last_s;
  const double slack = 1e-9 * w->sample_s;
  while (w->next_sample < w->r->n_samples && (double)w->next_sample * w->sample_s <= t + slack) {
    const double want = (double)w->next_sample * w->sample_s;
    sample(w, want, span > 0.0 ? fmin(1.0, (want - w->last_s) / span) : 1.0);
  }
  while (w->next_snapshot < w->c->n_snapshots && w->c->snapshots_s[w->next_snapshot] <= t + slack) {
    const double want = w->c->snapshots_s[w->next_snapshot];
    snapshot(w, want, span > 0.0 ? fmin(1.0, (want - w->last_s) / span) : 1.0);
  }
  if (w->film) lg_calcium_film_see(w->film, t, s->c, s->e, s->open);
  see_crossings(w, t);
  w->trace_t[w->n_trace] = t;
  w->trace_c[w->n_trace] = at(s->c, w->middle);
  w->trace_p[w->n_trace] = at(s->open, w->middle);
  w->n_trace++;
  const double er = at(s->e, w->middle);
  if (er < w->r->summary.er_min_uM) w->r->summary.er_min_uM = er;
  w->last_s = t;
}

/* Longest time above a level between its first upward and its next downward crossing, ms; NAN where none. */
static double time_above(const double *t, const double *x, size_t n, double level) {
  double up = (double)NAN;
  for (size_t k = 1; k < n; k++) {
    const double cross = t[k - 1] + (t[k] - t[k - 1]) * (level - x[k - 1]) / (x[k] - x[k - 1]);
    if (x[k - 1] < level && x[k] >= level && isnan(up)) up = cross;
    if (x[k - 1] >= level && x[k] < level && !isnan(up)) return 1e3 * (cross - up);
  }
  return (double)NAN;
}

/* Highest value: the parabola through the highest sample and its neighbours. */
static double peak(const double *x, size_t n) {
  size_t k = 0;
  for (size_t q = 1; q < n; q++)
    if (x[q] > x[k]) k = q;
  if (k == 0 || k + 1 == n) return x[k];
  const double slope = 0.5 * (x[k + 1] - x[k - 1]), bend = x[k + 1] - 2.0 * x[k] + x[k - 1];
  return bend < 0.0 ? x[k] - 0.5 * slope * slope / bend : x[k];
}

/* When c at a place of section 0 first passes the threshold: from the crossings that see() kept for two hidden probes.
 */
static void summarise(watch *w, const calcium_arrival *quarter, const calcium_arrival *three) {
  calcium_summary *s = &w->r->summary;
  const double top = peak(w->trace_c, w->n_trace);
  const double open = peak(w->trace_p, w->n_trace);
  s->peak_uM = top;
  s->fwhm_ms = time_above(w->trace_t, w->trace_c, w->n_trace, 0.5 * top);
  s->above_threshold_ms = time_above(w->trace_t, w->trace_c, w->n_trace, w->c->threshold_uM);
  s->open_max = open;
  s->open_half_ms = time_above(w->trace_t, w->trace_p, w->n_trace, 0.5 * open);
  const double between =
      three->up_s - quarter->up_s; /* not above 0 where everything rises at once, or from elsewhere */
  s->speed_um_s = between > 0.0 ? 0.5 * w->c->sections[0].length_um / between : (double)NAN;
}

static lg_status check(lg_ctx *ctx, const watch *w, double t) {
  const calcium_state *s = state_of(w);
  for (size_t k = 0; k < s->n; k++)
    if (!(s->c[k] > 0.0 && s->c[k] < 1e7 && s->e[k] > 0.0 && s->b[k] >= 0.0))
      return lg_fail(ctx, LG_ERR_NUMERICAL,
                     "at t = %.9g s, node %zu: c = %g, b = %g, ce = %g uM; a smaller --dt is needed", t, k, s->c[k],
                     s->b[k], s->e[k]);
  return LG_OK;
}

/* Edges of the stimuli and of the extra inside (0, end), sorted, and the end. */
static size_t stretches(const calcium_case *c, const calcium_extra *extra, double *edges) {
  size_t n = 0;
  for (size_t k = 0; extra && k < extra->n_edges; k++)
    if (extra->edges_s[k] > 0.0 && extra->edges_s[k] < c->end_s) edges[n++] = extra->edges_s[k];
  for (size_t k = 0; k < c->n_stimuli; k++)
    for (size_t q = 0; q < 2; q++) {
      const double t = q ? c->stimuli[k].off_s : c->stimuli[k].on_s;
      if (t > 0.0 && t < c->end_s) edges[n++] = t;
    }
  edges[n++] = c->end_s;
  for (size_t a = 1; a < n; a++)
    for (size_t b = a; b > 0 && edges[b - 1] > edges[b]; b--) {
      const double x = edges[b];
      edges[b] = edges[b - 1];
      edges[b - 1] = x;
    }
  return n;
}

/* Wants the trace's arrays to hold one more row. */
static lg_status grow(lg_ctx *ctx, watch *w) {
  double **const arrays[3] = {&w->trace_t, &w->trace_c, &w->trace_p};
  const size_t room = w->trace_room ? 2 * w->trace_room : 4096;
  if (w->n_trace < w->trace_room) return LG_OK;
  for (size_t q = 0; q < 3; q++) {
    double *grown = lg_realloc(ctx, *arrays[q], w->trace_room * sizeof(double), room, sizeof(double));
    if (!grown) return LG_ERR_MEMORY;
    *arrays[q] = grown;
  }
  w->trace_room = room;
  return LG_OK;
}

/* Whether options.stop_after_s ends the run here. */
static bool is_over(const watch *w, double t, double after_s) {
  const calcium_arrival *three = &w->r->arrivals[w->c->n_probes + 1];
  if (after_s <= 0.0) return false;
  if (!isnan(three->up_s)) return t >= three->up_s + after_s;
  for (size_t k = 0; k < w->c->n_stimuli; k++)
    if (t < w->c->stimuli[k].off_s + 2e-3) return false;
  const calcium_state *s = state_of(w);
  for (size_t k = 0; k < s->n; k++)
    if (s->c[k] > 2.0 * w->c->constants.cytosol_rest) return false;
  return true;
}

static lg_status go_on(lg_ctx *ctx, watch *w, const double *edges, size_t n_edges, const calcium_options *o,
                       double dt) {
  lg_status status = LG_OK;
  const calcium_stepper *stepper = w->stepper;
  const calcium_state *s = state_of(w);
  bool over = false;
  for (; w->edge < n_edges && !over; w->edge++) {
    if (!w->underway) stepper->begin(stepper->own, edges[w->edge], dt);
    for (w->underway = false; !over && !stepper->ended(stepper->own);) {
      if (wants_old(w, s->t_s + 6.0 * w->longest_s)) copy_old(w); /* no step is more than six times the one before */
      const double from = s->t_s;
      LG_TRY(stepper->step(ctx, stepper->own));
      LG_TRY(grow(ctx, w));
      w->longest_s = fmax(w->longest_s, s->t_s - from);
      see(w, s->t_s);
      over = ++w->r->n_steps % 16 == 0 && is_over(w, s->t_s, o->stop_after_s);
      if (w->r->n_steps % 256 != 0) continue;
      see_range(w);
      LG_TRY(check(ctx, w, s->t_s));
      LG_TRY(lg_progress(ctx, "calcium", (uint64_t)(1e6 * s->t_s / w->c->end_s), 1000000));
      if (o->saver && o->saver->due && o->saver->due(o->saver->user))
        LG_TRY(lg_calcium_watch_save(ctx, w, o->saver, n_edges));
    }
  }
  see_range(w);
  status = check(ctx, w, s->t_s);
done:
  return status;
}

static lg_status go(lg_ctx *ctx, watch *w, const double *edges, size_t n_edges, const calcium_options *o, double dt) {
  lg_status status = grow(ctx, w);
  if (status != LG_OK) return status;
  if (o->saver && o->saver->from) status = lg_calcium_watch_restore(ctx, w, o->saver, n_edges);
  else see(w, 0.0);
  if (status == LG_OK) status = go_on(ctx, w, edges, n_edges, o, dt);
  if (status != LG_ERR_CANCELLED || !o->saver) return status;
  char why[256];
  (void)snprintf(why, sizeof why, "%s", lg_ctx_message(ctx));
  status = lg_calcium_watch_save(ctx, w, o->saver, n_edges);
  return status == LG_OK ? lg_fail(ctx, LG_ERR_CANCELLED, "%s", why) : status;
}

static lg_status make_room(lg_ctx *ctx, watch *w, calcium_result *r, size_t nodes) {
  lg_status status = LG_OK;
  r->n_nodes = nodes;
  LG_NEW(ctx, r->arrivals, r->n_probes);
  LG_NEW(ctx, r->sample_s, r->n_samples);
  LG_NEW(ctx, r->samples, r->n_samples * r->n_probes * r->n_columns);
  LG_NEW(ctx, r->totals, 3 * r->n_samples);
  LG_NEW(ctx, r->snapshot_s, r->n_snapshots + 1);
  LG_NEW(ctx, r->snapshots, r->n_snapshots * nodes * r->n_columns + 1);
  LG_NEW(ctx, w->places, r->n_probes);
  LG_NEW(ctx, w->last, r->n_probes);
  LG_NEW(ctx, w->old, r->n_columns * nodes);
done:
  return status;
}

/* The case's probes, and two of our own for the speed. */
static void place_probes(watch *w, const calcium_grid *g) {
  const size_t own = w->c->n_probes;
  const double length = w->c->sections[0].length_um;
  for (size_t k = 0; k < own + 2; k++) {
    const calcium_place p = k < own ? w->c->probes[k] : (calcium_place){.x_um = (k == own ? 0.25 : 0.75) * length};
    w->places[k] = lg_calcium_place(w->c, g, p);
    w->r->arrivals[k] = (calcium_arrival){(double)NAN, (double)NAN, 0.0};
    w->last[k] = at(state_of(w)->c, w->places[k]);
  }
  w->middle = lg_calcium_place(w->c, g, (calcium_place){.x_um = 0.5 * length});
}

lg_status lg_calcium_simulate(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid, const calcium_gate *gate,
                              const calcium_extra *extra, const calcium_options *options, calcium_result **out) {
  lg_status status = LG_OK;
  calcium_run *run = NULL;
  calcium_extra *own = NULL;
  *out = NULL;
  if (!extra) LG_TRY(lg_calcium_extra_create(ctx, c, grid, gate, NULL, &own));
  if (own) extra = own;
  LG_TRY(lg_calcium_run_create(ctx, c, grid, gate, extra, options->scheme, &run));
  const calcium_stepper stepper = lg_calcium_run_stepper(run);
  const double longest = lg_calcium_run_longest_step(run);
  if (options->dt_s > longest)
    LG_TRY(
        lg_fail(ctx, LG_ERR_RANGE,
                "steps of %g us are too long: with these constants this scheme keeps a dendrite at rest with at most "
                "%.3g us, and a wave wants less",
                1e6 * options->dt_s, 1e6 * longest));
  lg_calcium_run_tolerance(run, options->tolerance);
  LG_TRY(lg_calcium_simulate_with(ctx, c, grid, &stepper, extra, options, out));
  (*out)->unknowns =
      3 + (gate->n_unknowns ? gate->n_unknowns : gate->n_states) + (extra ? extra->n_species + extra->n_gates : 0);
  const calcium_effort e = (*out)->effort = lg_calcium_run_effort(run);
  if (e.steps > 0)
    (*out)->estimate = (calcium_estimate){.runs = 1,
                                          .speed = e.moving_s > 0.0 ? fabs(e.shift_s / e.moving_s) : (double)NAN,
                                          .arrival_s = fabs(e.shift_s)};
done:
  lg_calcium_run_destroy(ctx, run);
  lg_calcium_extra_destroy(ctx, own);
  return status;
}

lg_status lg_calcium_simulate_with(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                   const calcium_stepper *stepper, const calcium_extra *extra,
                                   const calcium_options *options, calcium_result **out) {
  lg_status status = LG_OK;
  calcium_result *r = NULL;
  watch w = {.c = c, .stepper = stepper, .film = options->film};
  double *edges = NULL;
  const double dt = options->dt_s > 0.0 ? options->dt_s : 2.5e-6;
  *out = NULL;
  if (!(c->end_s / dt < 5e8))
    return lg_fail(ctx, LG_ERR_LIMIT, "%g s in steps of %g s are %.3g steps; at most 5e8", c->end_s, dt, c->end_s / dt);
  if (c->extras && !extra)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "this scheme knows no ip3r, ip3, er_buffer, soce, vdcc; imex2 and imex1 take them");
  if (options->saver && !stepper->tape) return lg_fail(ctx, LG_ERR_UNSUPPORTED, "this scheme cannot be saved");
  if (w.film) w.film->next = 0;
  w.sample_s = options->sample_s > 0.0 ? options->sample_s : 5e-4;
  LG_NEW(ctx, edges, 2 * c->n_stimuli + (extra ? extra->n_edges : 0) + 1);
  LG_NEW(ctx, r, 1);
  w.r = r;
  const size_t n_edges = stretches(c, extra, edges);
  r->n_probes = c->n_probes + 2;
  r->n_samples = (size_t)floor(c->end_s / w.sample_s + 1e-9) + 1;
  r->n_snapshots = c->n_snapshots;
  r->n_columns = 4 + state_of(&w)->n_species;
  for (size_t k = 0; extra && k + 4 < r->n_columns; k++)
    (void)snprintf(r->columns[k], sizeof r->columns[k], "%s", extra->species[k].name);
  LG_TRY(make_room(ctx, &w, r, grid->n));
  place_probes(&w, grid);
  r->summary = (calcium_summary){.er_min_uM = (double)INFINITY, .open_low = 1.0};
  const clock_t begun = clock();
  LG_TRY(go(ctx, &w, edges, n_edges, options, dt));
  r->cpu_s = (double)(clock() - begun) / (double)CLOCKS_PER_SEC;
  summarise(&w, &r->arrivals[c->n_probes], &r->arrivals[c->n_probes + 1]);
  const calcium_derived derived = stepper->derived(stepper->own);
  r->derived_plasma_leak = derived.plasma_leak;
  r->derived_er_leak = derived.er_leak;
  r->open_rest = derived.open_rest;
  r->n_snapshots = w.next_snapshot;
  r->n_samples = w.next_sample;
  *out = r;
  r = NULL;
done:
  lg_free(ctx, edges);
  lg_free(ctx, w.places);
  lg_free(ctx, w.last);
  lg_free(ctx, w.old);
  lg_free(ctx, w.trace_t);
  lg_free(ctx, w.trace_c);
  lg_free(ctx, w.trace_p);
  lg_calcium_result_destroy(ctx, r);
  return status;
}

void lg_calcium_result_destroy(lg_ctx *ctx, calcium_result *r) {
  if (!r) return;
  lg_free(ctx, r->arrivals);
  lg_free(ctx, r->sample_s);
  lg_free(ctx, r->samples);
  lg_free(ctx, r->totals);
  lg_free(ctx, r->snapshot_s);
  lg_free(ctx, r->snapshots);
  lg_free(ctx, r);
}

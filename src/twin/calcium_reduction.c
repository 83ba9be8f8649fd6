/* The same case along x alone and resolved across. */
#include "twin/calcium_reduction.h"

#include <math.h>

double lg_calcium_reduction_error(double one, double two) { return one / two - 1.0; }

const char *lg_calcium_reduction_row(const calcium_pair *p, size_t k, double *one, double *two) {
  const struct {
    const char *name;
    double one, two;
  } rows[CALCIUM_REDUCTION_ROWS] = {{"speed_um_s", p->one.speed_um_s, p->two.speed_um_s},
                                    {"c_peak_uM", p->one.peak_uM, p->two.peak_uM},
                                    {"c_fwhm_ms", p->one.fwhm_ms, p->two.fwhm_ms},
                                    {"c_above_threshold_ms", p->one.above_threshold_ms, p->two.above_threshold_ms},
                                    {"P_max", p->one.open_max, p->two.open_max},
                                    {"P_half_duration_ms", p->one.open_half_ms, p->two.open_half_ms},
                                    {"ce_min_uM", p->one.er_min_uM, p->two.er_min_uM}};
  *one = rows[k].one;
  *two = rows[k].two;
  return rows[k].name;
}

static calcium_trial plain(const calcium_reduction_options *o, bool across) {
  calcium_trial t = {
      .dt_s = o->dt_s, .max_dx_um = across ? o->max_dx_um : 0.5 * o->max_dx_um, .n_rings = across ? o->n_rings : 0};
  for (size_t k = 0; k < o->n_set; k++) {
    t.names[t.n_knobs] = o->set[k].name;
    t.values[t.n_knobs++] = o->set[k].values[0];
  }
  return t;
}

/* Behind the front nothing is asked of refined runs. */
static const double behind_s = 0.01;

static void limits(calcium_reduction *r, const calcium_summary *base) {
  const double v = base->speed_um_s, p = base->peak_uM;
  /* what halving leaves of an error: a sixteenth along x (fourth order), a quarter in time and across */
  const double share[3] = {16.0 / 15.0, 4.0 / 3.0, 4.0 / 3.0};
  r->speed_limit = v;
  r->peak_limit = p;
  r->speed_error = 0.0;
  for (size_t k = 0; k < 3; k++) {
    r->speed_limit += share[k] * (r->refined[k].speed_um_s - v);
    r->peak_limit += share[k] * (r->refined[k].peak_uM - p);
    r->speed_error += (share[k] - 1.0) * fabs(r->refined[k].speed_um_s - v);
  }
}

static lg_status run_case(lg_ctx *ctx, const calcium_trial_case *shared, calcium_reduction *r) {
  lg_status status = LG_OK;
  const calcium_reduction_options *o = &r->o;
  calcium_trial trials[6]; /* the long ones first: across, refined, one dimension, and the refined runs' own base */
  size_t n = 0;
  LG_TRY(lg_calcium_front_create(ctx, 0, &r->front_one));
  LG_TRY(lg_calcium_front_create(ctx, o->n_rings, &r->front_two));
  trials[n++] = plain(o, true);
  for (size_t k = 0; o->refine && k < 3; k++) {
    trials[n] = plain(o, true);
    trials[n].stop_after_s = behind_s;
    if (k == 0) trials[n].max_dx_um *= 0.5;
    if (k == 1) trials[n].dt_s *= 0.5;
    if (k == 2) trials[n].n_rings *= 2;
    n++;
  }
  trials[n++] = plain(o, false);
  trials[0].front = r->front_two;
  trials[n - 1].front = r->front_one;
  LG_TRY(lg_calcium_trials(ctx, shared, trials, n));
  r->has_case = true;
  r->figures.two = trials[0].summary;
  r->figures.one = trials[n - 1].summary;
  r->drift = trials[0].total_drift;
  for (size_t k = 0; o->refine && k < 3; k++) r->refined[k] = trials[k + 1].summary;
  if (o->refine) limits(r, &r->figures.two);
  const calcium_front *f = r->front_two;
  for (size_t k = 0; f->caught && k < CALCIUM_FRONT; k++) {
    const double inner = f->values[f->n_er * CALCIUM_FRONT + k],
                 outer = f->values[(f->n_er + f->n_cytosol - 1) * CALCIUM_FRONT + k];
    if (inner / outer > r->peak_ratio) r->peak_ratio = inner / outer;
  }
done:
  return status;
}

static lg_status run_map(lg_ctx *ctx, const calcium_trial_case *shared, calcium_reduction *r) {
  lg_status status = LG_OK;
  const calcium_reduction_options *o = &r->o;
  calcium_trial *trials = NULL;
  r->n_map = 1;
  for (size_t a = 0; a < o->n_axes; a++) r->n_map *= o->axes[a].n;
  LG_NEW(ctx, r->map, r->n_map);
  LG_NEW(ctx, trials, 2 * r->n_map);
  for (size_t k = 0; k < 2 * r->n_map; k++) {
    calcium_trial *t = &trials[k];
    *t = plain(o, k % 2 == 0);
    t->stop_after_s = behind_s;
    size_t left = k / 2;
    for (size_t a = o->n_axes; a-- > 0;) {
      r->map[k / 2].at[a] = o->axes[a].values[left % o->axes[a].n];
      left /= o->axes[a].n;
      t->names[t->n_knobs] = o->axes[a].name;
      t->values[t->n_knobs++] = r->map[k / 2].at[a];
    }
  }
  LG_TRY(lg_calcium_trials(ctx, shared, trials, 2 * r->n_map));
  for (size_t k = 0; k < r->n_map; k++) {
    r->map[k].two = trials[2 * k].summary;
    r->map[k].one = trials[2 * k + 1].summary;
  }
done:
  lg_free(ctx, trials);
  return status;
}

/* Waves near a threshold are slow and their feet long: coarser steps serve. They are low too: 0.5 µM counts. */
static lg_status run_thresholds(lg_ctx *ctx, const calcium_trial_case *shared, calcium_reduction *r) {
  const calcium_reduction_options *o = &r->o;
  for (size_t k = 0; k < 2 * o->n_thresholds; k++) {
    const calcium_axis *a = &o->thresholds[k / 2];
    calcium_trial like = plain(o, k % 2 == 1);
    like.dt_s *= 4.0;
    if (k % 2 == 1) like.max_dx_um *= 2.0;
    like.stop_after_s = 1e-3;
    like.end_s = 2.0;
    like.threshold_uM = 0.5;
    r->thresholds[k] =
        (calcium_threshold){.name = a->name, .low = a->values[0], .high = a->values[1], .share = 0.003, .like = like};
  }
  return lg_calcium_thresholds(ctx, shared, r->thresholds, 2 * o->n_thresholds);
}

lg_status lg_calcium_reduction_run(lg_ctx *ctx, const calcium_trial_case *shared, const calcium_reduction_options *o,
                                   calcium_reduction **out) {
  lg_status status = LG_OK;
  calcium_reduction *r = NULL;
  *out = NULL;
  if (o->n_set + o->n_axes + 1 > CALCIUM_TRIAL_KNOBS)
    return lg_fail(ctx, LG_ERR_LIMIT, "at most %d constants can be set at once", CALCIUM_TRIAL_KNOBS - 1);
  LG_NEW(ctx, r, 1);
  r->o = *o;
  r->speed_limit = r->speed_error = r->peak_limit = (double)NAN;
  if (!o->map_only) LG_TRY(run_case(ctx, shared, r));
  if (o->n_axes > 0) LG_TRY(run_map(ctx, shared, r));
  if (o->n_thresholds > 0) LG_TRY(run_thresholds(ctx, shared, r));
  *out = r;
  r = NULL;
done:
  lg_calcium_reduction_destroy(ctx, r);
  return status;
}

void lg_calcium_reduction_destroy(lg_ctx *ctx, calcium_reduction *r) {
  if (!r) return;
  lg_calcium_front_destroy(ctx, r->front_one);
  lg_calcium_front_destroy(ctx, r->front_two);
  lg_free(ctx, r->map);
  lg_free(ctx, r);
}

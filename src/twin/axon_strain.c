/* Strain profiles out of rotations: impact by impact, its voxels, their fibres' strain. */
#include "twin/axon_strain.h"

#include "axon/sample.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SAMPLES = 200000000, MAX_STEM = 80, MAX_NAME = 200 };

typedef struct work {
  lg_ctx *ctx;
  const axon_impacts *impacts;
  const axon_places *places;
  const axon_voxel *all;
  size_t n_all, n_each;
  size_t *which;    /* (n_each) */
  axon_voxel *some; /* (n_each) */
  double *peaks;    /* (n_each) */
  axon_profiles *p;
  const char *about; /* file of a failure */
} work;

/* ---- one impact ---------------------------------------------------------------------------------------------- */

static lg_status rotation_of(work *w, size_t impact, axon_kinematics **k, double *start_s) {
  const axon_impacts *im = w->impacts;
  axon_rotation *r = NULL;
  *start_s = 0.0;
  if (!im->paths) {
    const lg_status status =
        lg_axon_kinematics_draw(w->ctx, im->first_seed + impact, im->window.n_times, im->window.dt_s, k);
    if (status != LG_OK || !(im->window.scale > 0.0)) return status;
    for (size_t t = 0; t < 3 * (*k)->n_times; t++) (*k)->alpha[t] *= im->window.scale / (*k)->peak_omega;
    (*k)->peak_omega = im->window.scale;
    return LG_OK;
  }
  lg_status status = lg_axon_rotation_load(w->ctx, im->paths[impact], &im->read, &r);
  if (status == LG_OK) status = lg_axon_rotation_window(w->ctx, r, &im->window, k, start_s);
  if (status == LG_OK) lg_log(w->ctx, LG_LEVEL_INFO, "%s: %s", im->paths[impact], r->said);
  else w->about = im->paths[impact];
  lg_axon_rotation_destroy(w->ctx, r);
  return status;
}

/* Greatest |acceleration|, and the greatest angle of the turn from the start. */
static void figures_of_rotation(const axon_kinematics *k, axon_impact_figures *f) {
  double omega[3] = {0.0}, angle[3] = {0.0}, alpha2 = 0.0, angle2 = 0.0;
  for (size_t t = 0; t < k->n_times; t++) {
    const double *a = k->alpha + 3 * t;
    alpha2 = fmax(alpha2, a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
    for (size_t d = 0; d < 3 && t > 0; d++) {
      const double before = omega[d];
      omega[d] += 0.5 * (a[d] + k->alpha[3 * (t - 1) + d]) * k->dt_s;
      angle[d] += 0.5 * (omega[d] + before) * k->dt_s;
    }
    angle2 = fmax(angle2, angle[0] * angle[0] + angle[1] * angle[1] + angle[2] * angle[2]);
  }
  f->peak_omega = k->peak_omega;
  f->peak_alpha = sqrt(alpha2);
  f->turned_rad = sqrt(angle2);
}

static void figures_of_strain(work *w, const double *strain, axon_impact_figures *f) {
  const size_t n_times = w->p->n_times;
  f->most_strain = 0.0;
  for (size_t v = 0; v < w->n_each; v++) {
    w->peaks[v] = 0.0;
    for (size_t t = 0; t < n_times; t++) {
      w->peaks[v] = fmax(w->peaks[v], strain[v * n_times + t]);
      f->most_strain = fmax(f->most_strain, fabs(strain[v * n_times + t]));
    }
  }
  qsort(w->peaks, w->n_each, sizeof *w->peaks, lg_ascending);
  const double at = 0.95 * (double)(w->n_each - 1);
  const size_t k = (size_t)at;
  f->strain_95 = k + 1 < w->n_each ? w->peaks[k] + (at - (double)k) * (w->peaks[k + 1] - w->peaks[k]) : w->peaks[k];
}

/* "dir/a.b.csv" -> "a.b"; of several of one name, the later ones are a.b_2 and so on. */
static char *impact_name(const work *w, size_t impact) {
  char name[MAX_STEM + 24];
  if (!w->impacts->paths) {
    (void)snprintf(name, sizeof name, "s%llu", (unsigned long long)(w->impacts->first_seed + impact));
    return lg_strdup(w->ctx, name);
  }
  const char *path = w->impacts->paths[impact], *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  const char *dot = strrchr(base, '.');
  const size_t n = dot && dot > base ? (size_t)(dot - base) : strlen(base);
  (void)snprintf(name, sizeof name, "%.*s", (int)(n < MAX_STEM ? n : MAX_STEM), base);
  const size_t used = strlen(name);
  for (size_t number = 2, k = 0; k < impact; k++) {
    if (strcmp(w->p->impact_names[k], name) != 0) continue;
    (void)snprintf(name + used, sizeof name - used, "_%zu", number++);
    k = (size_t)-1; /* the new one may be taken too: from the start */
  }
  return lg_strdup(w->ctx, name);
}

static lg_status name_profile(work *w, size_t impact, size_t v) {
  char name[MAX_NAME];
  const char *const *given = w->places->given ? (const char *const *)w->places->given->names : NULL;
  if (given) (void)snprintf(name, sizeof name, "%s-%s", w->p->impact_names[impact], given[w->which[v]]);
  else (void)snprintf(name, sizeof name, "%s-v%zu", w->p->impact_names[impact], w->which[v]);
  char **to = &w->p->names[impact * w->n_each + v];
  *to = lg_strdup(w->ctx, name);
  return *to ? LG_OK : LG_ERR_MEMORY;
}

static lg_status choose_voxels(work *w, size_t impact) {
  size_t n;
  const uint64_t index = w->impacts->paths ? impact : w->impacts->first_seed + impact;
  if (w->places->n_random > 0)
    return lg_axon_draw_random(w->ctx, w->n_all, w->n_each, w->places->seed, AXON_STREAM_VOXELS, index, w->which, &n);
  for (size_t v = 0; v < w->n_each; v++) w->which[v] = v;
  return LG_OK;
}

static lg_status add_impact(work *w, size_t impact, axon_impact_figures *f) {
  lg_status status = LG_OK;
  axon_kinematics *k = NULL;
  axon_profiles *p = w->p;
  double *strain = p->strain + impact * w->n_each * p->n_times;
  p->impact_names[impact] = impact_name(w, impact);
  if (!p->impact_names[impact]) LG_TRY(LG_ERR_MEMORY);
  LG_TRY(rotation_of(w, impact, &k, &f->start_s));
  figures_of_rotation(k, f);
  LG_TRY(choose_voxels(w, impact));
  for (size_t v = 0; v < w->n_each; v++) {
    const size_t at = impact * w->n_each + v;
    w->some[v] = w->all[w->which[v]];
    p->impact[at] = (uint32_t)impact;
    LG_TRY(name_profile(w, impact, v));
    for (size_t d = 0; d < 3; d++) {
      p->position_mm[3 * at + d] = 1e3 * w->some[v].x_m[d];
      p->fibre[3 * at + d] = w->some[v].fibre[d];
    }
  }
  LG_TRY(lg_axon_fibre_strain(w->ctx, k, w->some, w->n_each, strain));
  figures_of_strain(w, strain, f);
done:
  lg_axon_kinematics_destroy(w->ctx, k);
  return status;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static lg_status make_profiles(work *w) {
  lg_status status = LG_OK;
  lg_ctx *ctx = w->ctx;
  size_t n, samples;
  axon_profiles *p;
  if (!lg_mul_size(w->n_each, w->impacts->n, &n) || !lg_mul_size(n, w->impacts->window.n_times, &samples) ||
      samples > MAX_SAMPLES)
    return lg_fail(ctx, LG_ERR_LIMIT,
                   "%zu impacts of %zu voxels of %zu samples; up to %d samples in all go into a file (fewer voxels, or "
                   "several files)",
                   w->impacts->n, w->n_each, w->impacts->window.n_times, MAX_SAMPLES);
  LG_NEW(ctx, w->p, 1);
  p = w->p;
  p->n_times = w->impacts->window.n_times;
  p->dt_s = w->impacts->window.dt_s;
  LG_NEW(ctx, p->names, n);
  p->n = n;
  LG_NEW(ctx, p->impact_names, w->impacts->n);
  p->n_impacts = w->impacts->n;
  LG_NEW(ctx, p->impact, n);
  LG_NEW(ctx, p->position_mm, 3 * n);
  LG_NEW(ctx, p->fibre, 3 * n);
  LG_NEW(ctx, p->strain, samples);
  LG_NEW(ctx, w->which, w->n_each);
  LG_NEW(ctx, w->some, w->n_each);
  LG_NEW(ctx, w->peaks, w->n_each);
done:
  return status;
}

lg_status lg_axon_strain(lg_ctx *ctx, const axon_impacts *impacts, const axon_places *places, axon_profiles **out,
                         axon_impact_figures *figures, const char **about) {
  lg_status status = LG_OK;
  axon_voxel *brain = NULL;
  work w = {.ctx = ctx, .impacts = impacts, .places = places};
  *out = NULL;
  if (places->given) {
    w.all = places->given->voxels;
    w.n_all = places->given->n;
  } else {
    LG_TRY(lg_axon_white_matter(ctx, &brain, &w.n_all));
    w.all = brain;
  }
  if (places->n_random > w.n_all)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "%zu random voxels of %zu are wanted", places->n_random, w.n_all));
  w.n_each = places->n_random > 0 ? places->n_random : w.n_all;
  LG_TRY(make_profiles(&w));
  for (size_t k = 0; k < impacts->n; k++) {
    LG_TRY(lg_progress(ctx, "impacts", k, impacts->n));
    LG_TRY(add_impact(&w, k, &figures[k]));
  }
  LG_TRY(lg_progress(ctx, "impacts", impacts->n, impacts->n));
  *out = w.p;
  w.p = NULL;
done:
  *about = w.about;
  lg_free(ctx, brain);
  lg_free(ctx, w.which);
  lg_free(ctx, w.some);
  lg_free(ctx, w.peaks);
  lg_axon_profiles_destroy(ctx, w.p);
  return status;
}

/* What a comparison of one dimension with two leaves. */
#include "data/provenance.h"
#include "twin/calcium_reduction.h"

#include <math.h>

typedef void (*write_fn)(const calcium_reduction *r, FILE *f);

/* The front, column by column: what one dimension says there, and how far that is off. */
static void write_front(const calcium_reduction *r, FILE *f) {
  const calcium_front *one = r->front_one, *two = r->front_two;
  (void)fputs("x_from_front_um,rho_um,compartment,concentration_uM,one_dimension_uM,error_uM\n", f);
  for (size_t k = 0; k < CALCIUM_FRONT; k++)
    for (size_t ring = 0; ring < two->n_er + two->n_cytosol; ring++) {
      const bool er = ring < two->n_er;
      const double value = two->values[ring * CALCIUM_FRONT + k],
                   flat = one->values[(size_t)(er ? 0 : 1) * CALCIUM_FRONT + k];
      if (isnan(value)) continue;
      lg_put_number(f, "", ((double)k - CALCIUM_FRONT_BEHIND) * two->step_um);
      lg_put_number(f, ",", two->rho_um[ring]);
      (void)fputs(er ? ",er" : ",cytosol", f);
      lg_put_number(f, ",", value);
      lg_put_number(f, ",", flat);
      lg_put_number(f, ",", flat - value);
      (void)fputc('\n', f);
    }
}

static void write_map(const calcium_reduction *r, FILE *f) {
  double one, two;
  for (size_t a = 0; a < r->o.n_axes; a++) (void)fprintf(f, "%s%s", a ? "," : "", r->o.axes[a].name);
  for (size_t q = 0; q < 2; q++) {
    const char *name = lg_calcium_reduction_row(&r->map[0], q, &one, &two);
    (void)fprintf(f, ",%s_1d,%s_2d,%s_error", name, name, name);
  }
  (void)fputc('\n', f);
  for (size_t k = 0; k < r->n_map; k++) {
    for (size_t a = 0; a < r->o.n_axes; a++) lg_put_number(f, a ? "," : "", r->map[k].at[a]);
    for (size_t q = 0; q < 2; q++) {
      (void)lg_calcium_reduction_row(&r->map[k], q, &one, &two);
      lg_put_number(f, ",", one);
      lg_put_number(f, ",", two);
      lg_put_number(f, ",", lg_calcium_reduction_error(one, two));
    }
    (void)fputc('\n', f);
  }
}

static void write_thresholds(const calcium_reduction *r, FILE *f) {
  (void)fputs("constant,dimensions,without_wave,with_wave,runs\n", f);
  for (size_t k = 0; k < 2 * r->o.n_thresholds; k++) {
    const calcium_threshold *t = &r->thresholds[k];
    (void)fprintf(f, "%s,%d", t->name, k % 2 ? 2 : 1);
    lg_put_number(f, ",", t->found ? t->below : (double)NAN);
    lg_put_number(f, ",", t->found ? t->above : (double)NAN);
    (void)fprintf(f, ",%zu\n", t->n_runs);
  }
}

static void pair_fields(lg_json *w, const calcium_pair *p, size_t rows) {
  double one, two;
  const char *const keys[3] = {"one_dimension", "two_dimensions", "error"};
  for (size_t q = 0; q < 3; q++) {
    lg_json_key(w, keys[q]);
    lg_json_object(w);
    for (size_t k = 0; k < rows; k++) {
      const char *name = lg_calcium_reduction_row(p, k, &one, &two);
      lg_json_key_number(w, name, q == 0 ? one : q == 1 ? two : lg_calcium_reduction_error(one, two));
    }
    lg_json_end_object(w);
  }
}

static void refined_fields(lg_json *w, const calcium_reduction *r) {
  static const char *const what[3] = {"half_dx", "half_dt", "twice_the_rings"};
  lg_json_key(w, "refined");
  lg_json_object(w);
  for (size_t k = 0; k < 3; k++) {
    lg_json_key(w, what[k]);
    lg_json_object(w);
    lg_json_key_number(w, "speed_um_s", r->refined[k].speed_um_s);
    lg_json_key_number(w, "c_peak_uM", r->refined[k].peak_uM);
    lg_json_end_object(w);
  }
  lg_json_key_number(w, "limit_speed_um_s", r->speed_limit);
  lg_json_key_number(w, "limit_speed_error_um_s", r->speed_error);
  lg_json_key_number(w, "limit_c_peak_uM", r->peak_limit);
  lg_json_key_number(w, "speed_error_of_this_grid", r->figures.two.speed_um_s / r->speed_limit - 1.0);
  lg_json_end_object(w);
}

static void list_fields(lg_json *w, const calcium_reduction *r) {
  if (r->n_map > 0) {
    lg_json_key(w, "map");
    lg_json_array(w);
    for (size_t k = 0; k < r->n_map; k++) {
      lg_json_object(w);
      for (size_t a = 0; a < r->o.n_axes; a++) lg_json_key_number(w, r->o.axes[a].name, r->map[k].at[a]);
      pair_fields(w, &r->map[k], 2);
      lg_json_end_object(w);
    }
    lg_json_end_array(w);
  }
  if (r->o.n_thresholds == 0) return;
  lg_json_key(w, "thresholds");
  lg_json_array(w);
  for (size_t k = 0; k < 2 * r->o.n_thresholds; k++) {
    const calcium_threshold *t = &r->thresholds[k];
    lg_json_object(w);
    lg_json_key_text(w, "constant", t->name);
    lg_json_key_integer(w, "dimensions", k % 2 ? 2 : 1);
    lg_json_key_number(w, "without_wave", t->found ? t->below : (double)NAN);
    lg_json_key_number(w, "with_wave", t->found ? t->above : (double)NAN);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

void lg_calcium_reduction_fields(lg_json *w, const calcium_reduction *r) {
  lg_json_key_number(w, "dt_s", r->o.dt_s);
  lg_json_key_number(w, "max_dx_um", r->o.max_dx_um);
  lg_json_key_integer(w, "radial", (int64_t)r->o.n_rings);
  if (r->has_case) {
    pair_fields(w, &r->figures, CALCIUM_REDUCTION_ROWS);
    lg_json_key_number(w, "er_side_over_plasma_side", r->front_two->caught ? r->peak_ratio : (double)NAN);
    lg_json_key_number(w, "total_change", r->drift);
    if (r->o.refine) refined_fields(w, r);
  }
  list_fields(w, r);
}

static lg_status write_one(lg_ctx *ctx, const char *folder, const char *name, const calcium_reduction *r, write_fn fn,
                           lg_provenance *provenance) {
  char path[4096];
  lg_outfile *out = NULL;
  if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
    return lg_fail(ctx, LG_ERR_RANGE, "the folder's name is too long");
  lg_status status = lg_outfile_open(ctx, path, &out);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(out);
  if (fn) {
    if (provenance) lg_provenance_write_comments(provenance, f);
    fn(r, f);
    return lg_outfile_commit(ctx, out);
  }
  lg_json w = lg_json_begin(f);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-calcium-reduction/1");
  lg_calcium_reduction_fields(&w, r);
  if (provenance) {
    lg_json_key(&w, "provenance");
    lg_provenance_write_json(provenance, &w);
  }
  lg_json_end_object(&w);
  if (!lg_json_end(&w)) {
    lg_outfile_discard(ctx, out);
    return lg_fail(ctx, LG_ERR_INTERNAL, "the summary does not nest");
  }
  return lg_outfile_commit(ctx, out);
}

lg_status lg_calcium_reduction_write(lg_ctx *ctx, const char *folder, const calcium_reduction *r,
                                     lg_provenance *provenance) {
  lg_status status = LG_OK;
  LG_TRY(lg_make_directory(ctx, folder));
  if (r->has_case && r->front_one->caught && r->front_two->caught)
    LG_TRY(write_one(ctx, folder, "front.csv", r, write_front, provenance));
  if (r->n_map > 0) LG_TRY(write_one(ctx, folder, "map.csv", r, write_map, provenance));
  if (r->o.n_thresholds > 0) LG_TRY(write_one(ctx, folder, "thresholds.csv", r, write_thresholds, provenance));
  LG_TRY(write_one(ctx, folder, "summary.json", r, NULL, provenance));
done:
  return status;
}

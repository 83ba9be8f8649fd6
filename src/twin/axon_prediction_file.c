#include "twin/axon_prediction_file.h"

#include "axon/profiles.h"
#include "data/json_writer.h"
#include "io/h5_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const columns[AXON_PREDICTED] = {"mt", "axl", "tau_pct", "nf_pct"};

static lg_status write_csv(lg_ctx *ctx, const char *path, const axon_profiles *profiles, const axon_predicted *rows,
                           const axon_population_said *population, lg_provenance *provenance) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  if (provenance) lg_provenance_write_comments(provenance, f);
  (void)fputs("name", f);
  for (size_t q = 0; q < AXON_PREDICTED; q++) (void)fprintf(f, ",%s,%s_sd", columns[q], columns[q]);
  (void)fputs(",in_range,source", f);
  for (size_t q = 0; population && q < AXON_PREDICTED; q++)
    (void)fprintf(f, ",%s_population_mean,%s_population_sd", columns[q], columns[q]);
  (void)fputc('\n', f);
  for (size_t k = 0; k < profiles->n; k++) {
    (void)fputs(profiles->names[k], f);
    for (size_t q = 0; q < AXON_PREDICTED; q++) {
      lg_put_number(f, ",", rows[k].mean[q]);
      lg_put_number(f, ",", rows[k].sd[q]);
    }
    (void)fprintf(f, ",%d,%s", rows[k].in_range, rows[k].direct ? "direct" : "net");
    for (size_t q = 0; population && q < AXON_PREDICTED; q++) {
      lg_put_number(f, ",", population[k].mean[q]);
      lg_put_number(f, ",", population[k].sd[q]);
    }
    (void)fputc('\n', f);
  }
  return lg_outfile_commit(ctx, file);
}

/* ---- HDF5 ---------------------------------------------------------------------------------------------------- */

/* Work of the writer: one column at a time. */
typedef struct columns_h5 {
  double *x;
  uint8_t *flag;
  char *provenance;
} columns_h5;

static void put_columns(lg_h5_out *out, size_t n, const axon_predicted *rows, columns_h5 *w) {
  char path[32];
  for (size_t q = 0; q < AXON_PREDICTED; q++)
    for (int sd = 0; sd < 2; sd++) {
      for (size_t k = 0; k < n; k++) w->x[k] = sd ? rows[k].sd[q] : rows[k].mean[q];
      (void)snprintf(path, sizeof path, "/%s%s", columns[q], sd ? "_sd" : "");
      lg_h5_put_vector(out, path, H5T_NATIVE_DOUBLE, w->x, n);
      lg_h5_put_attribute_text(out, path, "unit", q < AXON_TAU ? "1" : "percent");
    }
  for (size_t k = 0; k < n; k++) w->flag[k] = rows[k].in_range;
  lg_h5_put_vector(out, "/in_range", H5T_NATIVE_UINT8, w->flag, n);
  for (size_t k = 0; k < n; k++) w->flag[k] = rows[k].direct;
  lg_h5_put_vector(out, "/direct", H5T_NATIVE_UINT8, w->flag, n);
}

static void put_population(lg_h5_out *out, size_t n, const axon_population_said *population, columns_h5 *w) {
  char path[64];
  for (size_t q = 0; q < AXON_PREDICTED; q++)
    for (int sd = 0; sd < 2; sd++) {
      for (size_t k = 0; k < n; k++) w->x[k] = sd ? population[k].sd[q] : population[k].mean[q];
      (void)snprintf(path, sizeof path, "/%s_population_%s", columns[q], sd ? "sd" : "mean");
      lg_h5_put_vector(out, path, H5T_NATIVE_DOUBLE, w->x, n);
      lg_h5_put_attribute_text(out, path, "unit", q < AXON_TAU ? "1" : "percent");
    }
}

static void put_all(lg_h5_out *out, const axon_profiles *p, const axon_predicted *rows, columns_h5 *w) {
  lg_h5_put_attribute_text(out, "/", "format", "loligo-axon-predictions");
  lg_h5_put_attribute_integer(out, "/", "version", H5T_STD_I32LE, 1);
  lg_h5_put_texts(out, "/name", (const char *const *)p->names, p->n);
  put_columns(out, p->n, rows, w);
  if (p->position_mm) lg_h5_put_matrix(out, "/position_mm", H5T_NATIVE_DOUBLE, p->position_mm, p->n, 3);
  if (p->impact) lg_h5_put_vector(out, "/impact", H5T_NATIVE_UINT32, p->impact, p->n);
  if (p->impact_names) lg_h5_put_texts(out, "/impact_name", (const char *const *)p->impact_names, p->n_impacts);
  if (w->provenance) lg_h5_put_text(out, "/provenance", w->provenance);
}

static lg_status write_h5(lg_ctx *ctx, const char *path, const axon_profiles *profiles, const axon_predicted *rows,
                          const axon_population_said *population, lg_provenance *provenance) {
  lg_status status = LG_OK;
  lg_h5_out out;
  columns_h5 w = {0};
  LG_NEW(ctx, w.x, profiles->n);
  LG_NEW(ctx, w.flag, profiles->n);
  if (provenance) w.provenance = lg_provenance_text(ctx, provenance);
  if (provenance && !w.provenance) LG_TRY(LG_ERR_MEMORY);
  LG_TRY(lg_h5_out_open(ctx, &out));
  put_all(&out, profiles, rows, &w);
  if (population) put_population(&out, profiles->n, population, &w);
  status = lg_h5_out_commit(ctx, &out, path);
done:
  free(w.provenance);
  lg_free(ctx, w.flag);
  lg_free(ctx, w.x);
  return status;
}

lg_status lg_axon_predictions_write(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                    const axon_predicted *rows, const axon_population_said *population,
                                    lg_provenance *provenance) {
  const size_t n = strlen(path);
  if (n > 3 && strcmp(path + n - 3, ".h5") == 0) return write_h5(ctx, path, profiles, rows, population, provenance);
  return write_csv(ctx, path, profiles, rows, population, provenance);
}

typedef struct telling {
  const lg_axon_spread_model *model;
  const axon_profiles *profiles;
  const axon_predicted *rows;
  axon_population_said *said;
} telling;

static lg_status tell_range(void *user, size_t begin, size_t end, unsigned worker) {
  const telling *t = user;
  const axon_profiles *p = t->profiles;
  (void)worker;
  for (size_t k = begin; k < end; k++) {
    double strain[AXON_NET_TIMES];
    float seen[AXON_NET_TIMES];
    (void)lg_axon_profile_resample(p->strain + k * p->n_times, p->n_times, p->dt_s, strain, AXON_NET_TIMES, 1e-3);
    for (size_t n = 0; n < AXON_NET_TIMES; n++) seen[n] = (float)strain[n];
    if (!t->rows[k].failed) {
      lg_axon_spread_tell(t->model, seen, t->rows[k].mean, t->said[k].mean, t->said[k].sd);
      continue;
    }
    for (size_t q = 0; q < AXON_PREDICTED; q++) t->said[k].mean[q] = t->said[k].sd[q] = (double)NAN;
  }
  return LG_OK;
}

lg_status lg_axon_population_tell(lg_ctx *ctx, const lg_axon_spread_model *model, const axon_profiles *profiles,
                                  const axon_predicted *rows, axon_population_said *said) {
  telling t = {model, profiles, rows, said};
  return lg_parallel_for(ctx, profiles->n, 64, tell_range, &t);
}

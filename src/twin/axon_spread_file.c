#include "twin/axon_spread_file.h"

#include "axon/profiles.h"
#include "io/csv_rows.h"
#include "twin/axon_net_file.h"
#include "twin/axon_profiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { Q = AXON_PREDICTED, S = AXON_SPREAD_SEEN, T = AXON_SPREAD_TOLD, TIMES = AXON_NET_TIMES, MOST_MORE = 30 };
enum { LONGEST = 1 << 30, COLUMNS = Q + 2, VECTORS = 6 };

#define SCHEMA "loligo-axon-spread/1"

static const char *const columns[COLUMNS] = {"name", "seed", "mt", "axl", "tau_pct", "nf_pct"};

/* ---- examples ---------------------------------------------------------------------------------------------- */

/* The population of one profile as it is read (Welford 1962). */
typedef struct gathered {
  const char *name;
  size_t row, n;
  bool has_reference;
  double reference[Q], mean[Q], squares[Q];
} gathered;

static int by_name(const void *a, const void *b) {
  const gathered *x = a, *y = b;
  return strcmp(x->name, y->name);
}

static lg_status find_columns(lg_ctx *ctx, lg_csv_rows *rows, size_t at[COLUMNS]) {
  if (!lg_csv_rows_next(rows) || rows->error)
    return lg_fail(ctx, LG_ERR_FORMAT, "no row of names: name,seed,mt,axl,tau_pct,nf_pct as axon population --each");
  for (size_t c = 0; c < COLUMNS; c++) {
    at[c] = rows->n_cells;
    for (size_t k = 0; k < rows->n_cells; k++)
      if (strcmp(rows->cells[k], columns[c]) == 0) at[c] = k;
    if (at[c] == rows->n_cells)
      return lg_fail(ctx, LG_ERR_FORMAT, "no column '%s'; name,seed,mt,axl,tau_pct,nf_pct are needed", columns[c]);
  }
  return LG_OK;
}

static void gather(gathered *g, const double x[Q], bool is_reference) {
  g->n++;
  for (size_t q = 0; q < Q; q++) {
    const double away = x[q] - g->mean[q];
    g->mean[q] += away / (double)g->n;
    g->squares[q] += away * (x[q] - g->mean[q]);
    if (is_reference) g->reference[q] = x[q];
  }
  g->has_reference |= is_reference;
}

static lg_status take_row(lg_ctx *ctx, const lg_csv_rows *rows, const size_t at[COLUMNS], uint64_t reference,
                          gathered *list, size_t n) {
  double x[Q + 1];
  if (rows->error) return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %s", rows->line, rows->error);
  for (size_t c = 0; c < COLUMNS; c++) {
    if (at[c] >= rows->n_cells) return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: '%s' is missing", rows->line, columns[c]);
    if (c == 0) continue;
    char *end;
    x[c - 1] = strtod(rows->cells[at[c]], &end);
    if (end == rows->cells[at[c]] || *end)
      return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %s is '%.40s', no number", rows->line, columns[c],
                     rows->cells[at[c]]);
    if (isnan(x[c - 1])) return LG_OK;
    if (isinf(x[c - 1]) || x[c - 1] < 0.0)
      return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %s is %g; 0 or more is needed", rows->line, columns[c], x[c - 1]);
  }
  const gathered wanted = {.name = rows->cells[at[0]]};
  gathered *found = bsearch(&wanted, list, n, sizeof *list, by_name);
  if (found) gather(found, x + 1, x[0] == (double)reference);
  return LG_OK;
}

static lg_status read_each(lg_ctx *ctx, const char *path, uint64_t reference, gathered *list, size_t n) {
  lg_status status = LG_OK;
  unsigned char *bytes = NULL;
  size_t n_bytes, at[COLUMNS];
  lg_csv_rows *rows = NULL; /* large */
  LG_NEW(ctx, rows, 1);
  LG_TRY(lg_file_read(ctx, path, LONGEST, &bytes, &n_bytes));
  LG_TRY(lg_csv_rows_begin(ctx, bytes, n_bytes, rows));
  LG_TRY(find_columns(ctx, rows, at));
  while (lg_csv_rows_next(rows)) LG_TRY(take_row(ctx, rows, at, reference, list, n));
done:
  if (rows) lg_csv_rows_clear(ctx, rows);
  lg_free(ctx, rows);
  lg_free(ctx, bytes);
  return status;
}

/* Those with a population, in the order of the profiles' names. */
static lg_status keep(lg_ctx *ctx, const axon_profiles *p, const gathered *list, axon_spread_set *out) {
  lg_status status = LG_OK;
  axon_spread_examples *e = &out->examples;
  LG_NEW(ctx, out->strain, p->n * TIMES);
  LG_NEW(ctx, out->out, p->n * Q);
  LG_NEW(ctx, out->mean, p->n * Q);
  LG_NEW(ctx, out->sd, p->n * Q);
  e->n_seeds = SIZE_MAX;
  for (size_t k = 0; k < p->n; k++) {
    const gathered *g = &list[k];
    if (!g->has_reference || g->n < 3) continue;
    for (size_t t = 0; t < TIMES; t++) out->strain[e->n * TIMES + t] = (float)p->strain[g->row * TIMES + t];
    for (size_t q = 0; q < Q; q++) {
      out->out[e->n * Q + q] = g->reference[q];
      out->mean[e->n * Q + q] = g->mean[q];
      out->sd[e->n * Q + q] = sqrt(g->squares[q] / (double)(g->n - 1));
    }
    if (g->n < e->n_seeds) e->n_seeds = g->n;
    e->n++;
  }
  if (e->n == 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "no profile has outcomes of the reference seed and two others"));
  if (e->n < p->n)
    lg_log(ctx, LG_LEVEL_WARNING, "%zu of %zu profiles have no population of outcomes; left out", p->n - e->n, p->n);
  e->strain = out->strain;
  e->out = out->out;
  e->mean = out->mean;
  e->sd = out->sd;
done:
  return status;
}

lg_status lg_axon_spread_set_load(lg_ctx *ctx, const char *profiles, const char *each, uint64_t reference_seed,
                                  axon_spread_set *out) {
  lg_status status = LG_OK;
  axon_profiles *p = NULL;
  gathered *list = NULL;
  memset(out, 0, sizeof *out);
  LG_TRY(lg_axon_profiles_load(ctx, profiles, &p));
  LG_TRY(lg_axon_profiles_resample(ctx, p, TIMES, 1e-3));
  LG_NEW(ctx, list, p->n);
  for (size_t k = 0; k < p->n; k++) list[k] = (gathered){.name = p->names[k], .row = k};
  qsort(list, p->n, sizeof *list, by_name);
  for (size_t k = 1; k < p->n; k++)
    if (strcmp(list[k - 1].name, list[k].name) == 0)
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "two profiles are called '%.60s'; outcomes are found by name", list[k].name));
  LG_TRY(read_each(ctx, each, reference_seed, list, p->n));
  LG_TRY(keep(ctx, p, list, out));
done:
  if (status != LG_OK) lg_axon_spread_set_clear(ctx, out);
  lg_axon_profiles_destroy(ctx, p);
  lg_free(ctx, list);
  return status;
}

void lg_axon_spread_set_clear(lg_ctx *ctx, axon_spread_set *set) {
  lg_free(ctx, set->strain);
  lg_free(ctx, set->out);
  lg_free(ctx, set->mean);
  lg_free(ctx, set->sd);
  memset(set, 0, sizeof *set);
}

/* ---- the model as a file ------------------------------------------------------------------------------------- */

typedef struct vector {
  const char *name;
  size_t n;
  double *x;
} vector;

static void vectors_of(lg_axon_spread_model *m, double kernel[2], vector v[VECTORS]) {
  v[0] = (vector){"seen.mean", S, m->seen_mean};
  v[1] = (vector){"seen.sd", S, m->seen_sd};
  v[2] = (vector){"told.mean", T, m->told_mean};
  v[3] = (vector){"cv.r2", T, m->r2};
  v[4] = (vector){"cv.nrmse", T, m->nrmse};
  v[5] = (vector){"kernel", 2, kernel};
}

lg_status lg_axon_spread_model_save(lg_ctx *ctx, const lg_axon_spread_model *model, const lg_text_pair *more,
                                    size_t n_more, const char *path) {
  char axon[2048], seeds[32];
  lg_axon_spread_model numbers = *model;
  double kernel[2] = {model->width, model->noise};
  vector v[VECTORS];
  lg_tensor_entry entries[VECTORS + 2];
  lg_text_pair pairs[MOST_MORE + 3];
  size_t n_pairs = 0, n = 0;
  lg_axon_params_to_text(&model->params, axon, sizeof axon);
  (void)snprintf(seeds, sizeof seeds, "%zu", model->n_seeds);
  vectors_of(&numbers, kernel, v);
  for (; n < VECTORS; n++) entries[n] = (lg_tensor_entry){v[n].name, LG_DTYPE_F64, 1, {v[n].n}, v[n].x};
  entries[n++] = (lg_tensor_entry){"known", LG_DTYPE_F64, 2, {model->n_known, S}, model->known};
  entries[n++] = (lg_tensor_entry){"weights", LG_DTYPE_F64, 2, {model->n_known, T}, model->weights};
  pairs[n_pairs++] = (lg_text_pair){"schema", SCHEMA};
  pairs[n_pairs++] = (lg_text_pair){"axon", axon};
  pairs[n_pairs++] = (lg_text_pair){"seeds", seeds};
  for (size_t k = 0; k < n_more && k < MOST_MORE; k++) pairs[n_pairs++] = more[k];
  return lg_safetensors_write(ctx, path, entries, n, pairs, n_pairs);
}

static lg_status check_numbers(lg_ctx *ctx, const lg_axon_spread_model *m) {
  bool fine = m->width > 1e-6 && m->width < 1e6 && m->noise > 0.0 && m->noise < 1e6;
  for (size_t k = 0; k < S; k++) fine = fine && isfinite(m->seen_mean[k]) && m->seen_sd[k] > 0.0;
  for (size_t k = 0; k < T; k++) fine = fine && isfinite(m->told_mean[k]);
  for (size_t k = 0; k < m->n_known * S && fine; k++) fine = isfinite(m->known[k]) != 0;
  for (size_t k = 0; k < m->n_known * T && fine; k++) fine = isfinite(m->weights[k]) != 0;
  return fine ? LG_OK : lg_fail(ctx, LG_ERR_FORMAT, "scales or weights are not finite, or not positive");
}

static lg_status take_matrix(lg_ctx *ctx, const lg_safetensors *file, const char *name, size_t n, size_t width,
                             double **out) {
  lg_status status = LG_OK;
  const size_t shape[2] = {n, width};
  const void *data;
  LG_TRY(lg_safetensors_get(ctx, file, name, LG_DTYPE_F64, 2, shape, &data));
  LG_NEW(ctx, *out, n * width);
  memcpy(*out, data, n * width * sizeof **out);
done:
  return status;
}

static lg_status fill(lg_ctx *ctx, const lg_safetensors *file, lg_axon_spread_model *m) {
  lg_status status = LG_OK;
  const char *axon = lg_safetensors_metadata(file, "axon"), *seeds = lg_safetensors_metadata(file, "seeds");
  const lg_tensor_entry *known = lg_safetensors_find(file, "known");
  double kernel[2];
  vector v[VECTORS];
  if (!axon || !seeds) return lg_fail(ctx, LG_ERR_FORMAT, "no metadata 'axon' or 'seeds'");
  if (!known || known->rank != 2 || known->shape[0] < 1)
    return lg_fail(ctx, LG_ERR_FORMAT, "no tensor 'known' (n, %d)", (int)S);
  LG_TRY(lg_axon_params_of_text(ctx, axon, &m->params));
  m->n_seeds = (size_t)strtoull(seeds, NULL, 10);
  vectors_of(m, kernel, v);
  for (size_t k = 0; k < VECTORS; k++) {
    const void *data;
    LG_TRY(lg_safetensors_get(ctx, file, v[k].name, LG_DTYPE_F64, 1, &v[k].n, &data));
    memcpy(v[k].x, data, v[k].n * sizeof(double));
  }
  m->width = kernel[0];
  m->noise = kernel[1];
  m->n_known = known->shape[0];
  LG_TRY(take_matrix(ctx, file, "known", m->n_known, S, &m->known));
  LG_TRY(take_matrix(ctx, file, "weights", m->n_known, T, &m->weights));
  LG_TRY(check_numbers(ctx, m));
done:
  return status;
}

lg_status lg_axon_spread_model_load(lg_ctx *ctx, const char *path, lg_axon_spread_model **out) {
  lg_status status = LG_OK;
  lg_safetensors *file = NULL;
  lg_axon_spread_model *m = NULL;
  *out = NULL;
  LG_TRY(lg_safetensors_read(ctx, path, &file));
  const char *schema = lg_safetensors_metadata(file, "schema");
  if (!schema || strcmp(schema, SCHEMA) != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: no spread of a population (schema '%.60s', not %s); axon spread makes them",
                   path, schema ? schema : "", SCHEMA));
  LG_NEW(ctx, m, 1);
  status = fill(ctx, file, m);
  if (status != LG_OK) LG_TRY(lg_fail_prefix(ctx, status, "%s: ", path));
  *out = m;
  m = NULL;
done:
  lg_safetensors_destroy(ctx, file);
  lg_axon_spread_model_destroy(ctx, m);
  return status;
}

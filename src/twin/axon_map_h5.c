/* Maps as HDF5: written at once, read through the table of its vectors, which is made inside the sandbox. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "io/h5_write.h"
#include "io/table.h"
#include "twin/axon_map_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---------------------------------------------------------------------------------------------- */

static void put_floats(lg_h5_out *out, const char *group, const char *name, const char *more, const float *x, size_t n,
                       const char *unit) {
  char path[64];
  (void)snprintf(path, sizeof path, "%s/%s%s", group, name, more);
  lg_h5_put_vector(out, path, H5T_NATIVE_FLOAT, x, n);
  if (unit) lg_h5_put_attribute_text(out, path, "unit", unit);
}

static void put_errors(lg_h5_out *out, const axon_map *m, float *x) {
  lg_h5_put_group(out, "/error");
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    for (size_t k = 0; k < m->n; k++) x[k] = m->net[q][k] - m->direct[q][k];
    put_floats(out, "/error", lg_axon_output_names[q].name, "", x, m->n, lg_axon_output_names[q].unit);
  }
}

static void put_voxels(lg_h5_out *out, const axon_map *m, float *x) {
  lg_h5_put_matrix(out, "/position_mm", H5T_NATIVE_FLOAT, m->position_mm, m->n, 3);
  lg_h5_put_attribute_text(out, "/position_mm", "axes", "x forwards, y to the left, z upwards, mm");
  if (m->fibre) lg_h5_put_matrix(out, "/fibre", H5T_NATIVE_FLOAT, m->fibre, m->n, 3);
  put_floats(out, "", "peak_strain", "", m->peak_strain, m->n, "");
  put_floats(out, "", "peak_rate", "", m->peak_rate, m->n, "1/s");
  for (size_t q = 0; q < AXON_PREDICTED; q++)
    put_floats(out, "", lg_axon_output_names[q].name, "", m->value[q], m->n, lg_axon_output_names[q].unit);
  lg_h5_put_vector(out, "/source", H5T_NATIVE_UINT8, m->source, m->n);
  lg_h5_put_attribute_texts(out, "/source", "meanings", lg_axon_map_sources, AXON_MAP_SOURCES);
  lg_h5_put_vector(out, "/injured", H5T_NATIVE_UINT8, m->injured, m->n);
  if (m->region) {
    lg_h5_put_vector(out, "/region", H5T_NATIVE_UINT16, m->region, m->n);
    lg_h5_put_texts(out, "/regions", (const char *const *)m->regions, m->n_regions);
    char path[64]; /* one text each, too: readers of tables take single texts */
    lg_h5_put_group(out, "/region_names");
    for (size_t k = 0; k < m->n_regions; k++) {
      (void)snprintf(path, sizeof path, "/region_names/%04zu", k);
      lg_h5_put_text(out, path, m->regions[k]);
    }
    lg_h5_put_text(out, "/partition", m->partition ? m->partition : "");
  }
  if (m->net[0]) {
    lg_h5_put_group(out, "/net");
    for (size_t q = 0; q < AXON_PREDICTED; q++) {
      put_floats(out, "/net", lg_axon_output_names[q].name, "", m->net[q], m->n, lg_axon_output_names[q].unit);
      put_floats(out, "/net", lg_axon_output_names[q].name, "_sd", m->sd[q], m->n, lg_axon_output_names[q].unit);
    }
    put_floats(out, "/net", "nearest", "", m->nearest, m->n, NULL);
    lg_h5_put_vector(out, "/net/in_range", H5T_NATIVE_UINT8, m->in_range, m->n);
  }
  if (m->direct[0]) {
    lg_h5_put_group(out, "/direct");
    for (size_t q = 0; q < AXON_OUTPUTS; q++)
      put_floats(out, "/direct", lg_axon_output_names[q].name, "", m->direct[q], m->n, lg_axon_output_names[q].unit);
  }
  if (m->net[0] && m->direct[0]) put_errors(out, m, x);
}

static void put_block(lg_h5_out *out, const axon_map *m, const char *name, const char *more, const float *x,
                      float *block, size_t cells) {
  char path[64];
  for (size_t c = 0; c < cells; c++) block[c] = (float)NAN;
  for (size_t k = 0; k < m->n; k++) block[m->grid.cell[k]] = x[k];
  (void)snprintf(path, sizeof path, "/grid/%s%s", name, more);
  lg_h5_put_block(out, path, H5T_NATIVE_FLOAT, block, m->grid.n);
}

static void put_grid(lg_h5_out *out, const axon_map *m, float *x, float *block, size_t cells) {
  const axon_map_grid *g = &m->grid;
  const double shape[3] = {(double)g->n[0], (double)g->n[1], (double)g->n[2]}, s = g->spacing_mm;
  const double affine[16] = {0, -s, 0, -g->origin_mm[1], s, 0, 0, g->origin_mm[0],
                             0, 0,  s, g->origin_mm[2],  0, 0, 0, 1};
  lg_h5_put_group(out, "/grid");
  lg_h5_put_attribute_text(out, "/grid", "axes", "x forwards, y to the left, z upwards; blocks are (x, y, z)");
  lg_h5_put_vector(out, "/grid/shape", H5T_NATIVE_DOUBLE, shape, 3);
  lg_h5_put_vector(out, "/grid/origin_mm", H5T_NATIVE_DOUBLE, g->origin_mm, 3);
  lg_h5_put_number(out, "/grid/spacing_mm", s);
  lg_h5_put_matrix(out, "/grid/affine_ras", H5T_NATIVE_DOUBLE, affine, 4, 4);
  lg_h5_put_vector(out, "/grid/cell", H5T_NATIVE_UINT32, g->cell, m->n);
  put_block(out, m, "peak_strain", "", m->peak_strain, block, cells);
  put_block(out, m, "peak_rate", "", m->peak_rate, block, cells);
  for (size_t q = 0; q < AXON_PREDICTED; q++)
    put_block(out, m, lg_axon_output_names[q].name, "", m->value[q], block, cells);
  for (size_t k = 0; k < m->n; k++) x[k] = (float)m->source[k];
  put_block(out, m, "source", "", x, block, cells);
  for (size_t k = 0; m->region && k < m->n; k++) x[k] = (float)m->region[k];
  if (m->region) put_block(out, m, "region", "", x, block, cells);
  for (size_t q = 0; m->net[0] && q < AXON_PREDICTED; q++)
    put_block(out, m, lg_axon_output_names[q].name, "_sd", m->sd[q], block, cells);
  for (size_t q = 0; m->net[0] && m->direct[0] && q < AXON_PREDICTED; q++) {
    for (size_t k = 0; k < m->n; k++) x[k] = m->net[q][k] - m->direct[q][k];
    put_block(out, m, "error_", lg_axon_output_names[q].name, x, block, cells);
  }
}

/* Constants as `loligo axon simulate --params` reads them. */
static char *text_of_params(lg_ctx *ctx, const axon_params *params) {
  char *text = NULL;
  size_t n = 0;
  FILE *s = open_memstream(&text, &n);
  if (s) {
    lg_json w = lg_json_begin(s);
    lg_json_object(&w);
    for (size_t k = 0; k < AXON_PARAMS; k++)
      lg_json_key_number(&w, lg_axon_param_names[k].name, lg_axon_param_get(params, &lg_axon_param_names[k]));
    lg_json_end_object(&w);
    (void)lg_json_end(&w);
    if (fclose(s) == 0) return text;
  }
  free(text);
  LG_IGNORE(lg_fail(ctx, LG_ERR_MEMORY, "no memory for the constants of the axon"));
  return NULL;
}

lg_status lg_axon_map_write(lg_ctx *ctx, const char *path, const axon_map *m, const axon_map_about *about) {
  lg_status status = LG_OK;
  lg_h5_out out;
  bool open = false;
  char *params = NULL;
  float *x = NULL, *block = NULL;
  const size_t cells = m->grid.n[0] * m->grid.n[1] * m->grid.n[2];
  LG_NEW(ctx, x, m->n);
  if (cells > 0) LG_NEW(ctx, block, cells);
  if (about->params && !(params = text_of_params(ctx, about->params))) LG_TRY(LG_ERR_MEMORY);
  LG_TRY(lg_h5_out_open(ctx, &out));
  open = true;
  lg_h5_put_attribute_text(&out, "/", "format", "loligo-axon-map");
  lg_h5_put_attribute_integer(&out, "/", "version", H5T_STD_I32LE, 1);
  lg_h5_put_text(&out, "/format", "loligo-axon-map");
  lg_h5_put_text(&out, "/title", about->title ? about->title : "");
  lg_h5_put_text(&out, "/network", about->network ? about->network : "");
  lg_h5_put_number(&out, "/threshold", m->threshold);
  if (params) lg_h5_put_text(&out, "/params", params);
  LG_TRY(lg_h5_put_provenance(ctx, &out, about->provenance));
  put_voxels(&out, m, x);
  if (cells > 0) put_grid(&out, m, x, block, cells);
  open = false;
  status = lg_h5_out_commit(ctx, &out, path);
done:
  if (open) lg_h5_out_discard(&out);
  lg_free(ctx, x);
  lg_free(ctx, block);
  free(params);
  return status;
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

typedef struct reader {
  lg_ctx *ctx;
  const lg_table *table;
  axon_map *map;
} reader;

static lg_status damaged(const reader *r, const char *name) {
  return lg_fail(r->ctx, LG_ERR_FORMAT, "not a map of loligo axon map, or damaged: %s", name);
}

static const double *vector(const reader *r, const char *name, size_t n) {
  const lg_table_item *item = lg_table_find(r->table, name);
  return item && item->x && item->n == n ? item->x : NULL;
}

static lg_status take_floats(const reader *r, const char *name, float **x) {
  lg_status status = LG_OK;
  const double *from = vector(r, name, r->map->n);
  if (!from) return damaged(r, name);
  LG_NEW(r->ctx, *x, r->map->n);
  for (size_t k = 0; k < r->map->n; k++) (*x)[k] = (float)from[k];
done:
  return status;
}

static lg_status take_bytes(const reader *r, const char *name, double most, uint8_t **x) {
  lg_status status = LG_OK;
  const double *from = vector(r, name, r->map->n);
  if (!from) return damaged(r, name);
  LG_NEW(r->ctx, *x, r->map->n);
  for (size_t k = 0; k < r->map->n; k++) {
    if (!(from[k] >= 0.0 && from[k] <= most)) return damaged(r, name);
    (*x)[k] = (uint8_t)from[k];
  }
done:
  return status;
}

static lg_status take_outputs(const reader *r, const char *group, const char *more, size_t n, float **x) {
  char name[64];
  for (size_t q = 0; q < n; q++) {
    (void)snprintf(name, sizeof name, "%s%s%s", group, lg_axon_output_names[q].name, more);
    const lg_status status = take_floats(r, name, &x[q]);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static lg_status take_regions(const reader *r) {
  lg_status status = LG_OK;
  axon_map *m = r->map;
  const double *from = vector(r, "region", m->n);
  const lg_table_item *partition = lg_table_find(r->table, "partition");
  char name[40];
  LG_NEW(r->ctx, m->regions, AXON_MAP_MAX_REGIONS + 1);
  for (; m->n_regions <= AXON_MAP_MAX_REGIONS; m->n_regions++) {
    (void)snprintf(name, sizeof name, "region_names/%04zu", m->n_regions);
    const lg_table_item *item = lg_table_find(r->table, name);
    if (!item || !item->text) break;
    if (!(m->regions[m->n_regions] = lg_strdup(r->ctx, item->text))) LG_TRY(LG_ERR_MEMORY);
    lg_one_line(m->regions[m->n_regions]);
  }
  LG_NEW(r->ctx, m->region, m->n);
  for (size_t k = 0; k < m->n; k++) {
    if (!from || !(from[k] >= 0.0 && from[k] < (double)m->n_regions)) LG_TRY(damaged(r, "region"));
    m->region[k] = (uint16_t)from[k];
  }
  if (!(m->partition = lg_strdup(r->ctx, partition && partition->text ? partition->text : ""))) status = LG_ERR_MEMORY;
done:
  return status;
}

static lg_status take_grid(const reader *r) {
  lg_status status = LG_OK;
  axon_map *m = r->map;
  axon_map_grid *g = &m->grid;
  const double *shape = vector(r, "grid/shape", 3), *origin = vector(r, "grid/origin_mm", 3);
  const double *spacing = vector(r, "grid/spacing_mm", 1), *cell = vector(r, "grid/cell", m->n);
  double cells = 1.0;
  LG_NEW(r->ctx, m->position_mm, 3 * m->n);
  LG_NEW(r->ctx, g->cell, m->n);
  if (!shape) goto done; /* on no grid */
  if (!origin || !spacing || !cell || !(spacing[0] > 0.0)) LG_TRY(damaged(r, "grid"));
  for (size_t d = 0; d < 3; d++) {
    if (!(shape[d] >= 1.0 && shape[d] <= 1e5 && fabs(origin[d]) < 1e5)) LG_TRY(damaged(r, "grid/shape"));
    g->n[d] = (size_t)shape[d], g->origin_mm[d] = origin[d];
    cells *= floor(shape[d]);
  }
  if (cells > 5e7) LG_TRY(damaged(r, "grid/shape"));
  g->spacing_mm = spacing[0];
  for (size_t k = 0; k < m->n; k++) {
    if (!(cell[k] >= 0.0 && cell[k] < cells)) LG_TRY(damaged(r, "grid/cell"));
    g->cell[k] = (uint32_t)cell[k];
    const size_t at[3] = {g->cell[k] / g->n[2] / g->n[1], g->cell[k] / g->n[2] % g->n[1], g->cell[k] % g->n[2]};
    for (size_t d = 0; d < 3; d++) m->position_mm[3 * k + d] = (float)(origin[d] + spacing[0] * (double)at[d]);
  }
done:
  return status;
}

static lg_status take_map(const reader *r) {
  lg_status status = LG_OK;
  axon_map *m = r->map;
  const double *threshold = vector(r, "threshold", 1);
  if (!threshold || !(threshold[0] > 0.0)) return damaged(r, "threshold");
  m->threshold = threshold[0];
  LG_TRY(take_floats(r, "peak_strain", &m->peak_strain));
  LG_TRY(take_floats(r, "peak_rate", &m->peak_rate));
  LG_TRY(take_outputs(r, "", "", AXON_PREDICTED, m->value));
  LG_TRY(take_bytes(r, "source", AXON_MAP_SOURCES - 1, &m->source));
  LG_TRY(take_bytes(r, "injured", 1, &m->injured));
  if (lg_table_find(r->table, "net/mt")) {
    LG_TRY(take_outputs(r, "net/", "", AXON_PREDICTED, m->net));
    LG_TRY(take_outputs(r, "net/", "_sd", AXON_PREDICTED, m->sd));
    LG_TRY(take_floats(r, "net/nearest", &m->nearest));
    LG_TRY(take_bytes(r, "net/in_range", 1, &m->in_range));
  }
  if (lg_table_find(r->table, "direct/mt")) LG_TRY(take_outputs(r, "direct/", "", AXON_OUTPUTS, m->direct));
  LG_TRY(take_grid(r));
  if (lg_table_find(r->table, "region")) status = take_regions(r);
done:
  return status;
}

static lg_status take_text(const reader *r, const char *name, char **text) {
  const lg_table_item *item = lg_table_find(r->table, name);
  *text = lg_strdup(r->ctx, item && item->text ? item->text : "");
  return *text ? LG_OK : LG_ERR_MEMORY;
}

lg_status lg_axon_map_load(lg_ctx *ctx, const char *path, axon_map_read *out) {
  lg_status status = LG_OK;
  lg_table *table = NULL;
  reader r = {.ctx = ctx};
  *out = (axon_map_read){0};
  LG_TRY(lg_table_read(ctx, path, &table));
  r.table = table;
  const lg_table_item *format = lg_table_find(table, "format"), *first = lg_table_find(table, "mt");
  if (!format || !format->text || strcmp(format->text, "loligo-axon-map") != 0) LG_TRY(damaged(&r, "format"));
  if (!first || !first->x || first->n == 0) LG_TRY(damaged(&r, "mt"));
  LG_NEW(ctx, out->map, 1);
  r.map = out->map;
  r.map->n = first->n;
  LG_TRY(take_map(&r));
  LG_TRY(take_text(&r, "title", &out->title));
  LG_TRY(take_text(&r, "network", &out->network));
  LG_TRY(take_text(&r, "params", &out->params));
  status = take_text(&r, "provenance", &out->provenance);
done:
  lg_table_destroy(ctx, table);
  if (status != LG_OK) lg_axon_map_read_clear(ctx, out);
  return status;
}

void lg_axon_map_read_clear(lg_ctx *ctx, axon_map_read *read) {
  lg_axon_map_destroy(ctx, read->map);
  lg_free(ctx, read->title);
  lg_free(ctx, read->network);
  lg_free(ctx, read->params);
  lg_free(ctx, read->provenance);
  *read = (axon_map_read){0};
}

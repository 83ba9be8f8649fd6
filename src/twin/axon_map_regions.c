/* Regions of a map: cut by geometry or out of a table; what each suffers. */
#include "io/csv_number.h"
#include "io/csv_rows.h"
#include "twin/axon_map.h"

#include <stdlib.h>

static const double commissural_mm = 10.0, deep_share = 0.65;
enum { MAX_FILE = 1 << 28, MAX_BOXES = 10000 };

/* ---- regions by name -------------------------------------------------------------------------------------- */

static lg_status begin(lg_ctx *ctx, axon_map *m) {
  lg_status status = LG_OK;
  LG_NEW(ctx, m->region, m->n);
  LG_NEW(ctx, m->regions, AXON_MAP_MAX_REGIONS + 1);
done:
  return status;
}

/* Number of a region; a new name gets the next one. */
static lg_status number_of(lg_ctx *ctx, axon_map *m, const char *name, size_t *k) {
  for (*k = 0; *k < m->n_regions; ++*k)
    if (strcmp(m->regions[*k], name) == 0) return LG_OK;
  if (m->n_regions > AXON_MAP_MAX_REGIONS)
    return lg_fail(ctx, LG_ERR_LIMIT, "more than %d regions", AXON_MAP_MAX_REGIONS);
  m->regions[*k] = lg_strdup(ctx, name);
  if (!m->regions[*k]) return LG_ERR_MEMORY;
  lg_one_line(m->regions[*k]);
  m->n_regions++;
  return LG_OK;
}

/* ---- by geometry ------------------------------------------------------------------------------------------ */

enum { SIDES = 2, THIRDS = 3, DEPTHS = 2, GEOMETRIC = SIDES * THIRDS * DEPTHS + 1 };

lg_status lg_axon_map_partition(lg_ctx *ctx, axon_map *m) {
  static const char *const sides[] = {"left", "right"}, *const thirds[] = {"front", "middle", "back"};
  static const char *const depths[] = {"deep", "outer"};
  lg_status status = LG_OK;
  double low[3], high[3];
  size_t at;
  char name[64];
  LG_TRY(begin(ctx, m));
  m->partition =
      lg_strdup(ctx, "geometry of the white matter's extent, no atlas: sides, thirds from front to back, deep "
                     "within 0.65 of the radius, commissural within 10 mm of the middle plane");
  if (!m->partition) LG_TRY(LG_ERR_MEMORY);
  LG_TRY(number_of(ctx, m, "commissural", &at));
  for (size_t k = 0; k < GEOMETRIC - 1; k++) {
    (void)snprintf(name, sizeof name, "%s %s %s", sides[k / (THIRDS * DEPTHS)], thirds[k / DEPTHS % THIRDS],
                   depths[k % DEPTHS]);
    LG_TRY(number_of(ctx, m, name, &at));
  }
  for (size_t d = 0; d < 3; d++) {
    low[d] = high[d] = (double)m->position_mm[d];
    for (size_t k = 1; k < m->n; k++) {
      low[d] = fmin(low[d], (double)m->position_mm[3 * k + d]);
      high[d] = fmax(high[d], (double)m->position_mm[3 * k + d]);
    }
  }
  for (size_t k = 0; k < m->n; k++) {
    double r2 = 0.0, part[3];
    for (size_t d = 0; d < 3; d++) {
      const double half = 0.5 * (high[d] - low[d]);
      part[d] = half > 0.0 ? ((double)m->position_mm[3 * k + d] - 0.5 * (low[d] + high[d])) / half : 0.0;
      r2 += part[d] * part[d];
    }
    const double y = (double)m->position_mm[3 * k + 1];
    const size_t side = y<0.0, third = part[0]> 1.0 / 3.0 ? 0 : part[0] > -1.0 / 3.0 ? 1 : 2;
    const size_t depth = sqrt(r2) > deep_share;
    m->region[k] = (uint16_t)(fabs(y) <= commissural_mm ? 0 : 1 + (side * THIRDS + third) * DEPTHS + depth);
  }
done:
  return status;
}

/* ---- out of a table --------------------------------------------------------------------------------------- */

typedef enum table_kind { BOXES, POINTS, NAMES } table_kind;

typedef struct box {
  double low[3], high[3];
  size_t region;
} box;

typedef struct named {
  const char *name;
  size_t voxel;
} named;

typedef struct reader {
  lg_ctx *ctx;
  axon_map *map;
  const lg_csv_rows *csv;
  table_kind kind;
  box *boxes;
  size_t n_boxes;
  uint16_t *of_cell; /* POINTS: (cells) region + 1 */
  named *names;      /* NAMES: (n) sorted */
} reader;

static const char *const columns[3][7] = {{"region", "x0_mm", "x1_mm", "y0_mm", "y1_mm", "z0_mm", "z1_mm"},
                                          {"x_mm", "y_mm", "z_mm", "region"},
                                          {"name", "region"}};
static const size_t n_columns[3] = {7, 4, 2};

static lg_status read_head(reader *r) {
  for (size_t kind = 0; kind < 3; kind++) {
    bool same = r->csv->n_cells == n_columns[kind];
    for (size_t k = 0; same && k < n_columns[kind]; k++) same = strcmp(r->csv->cells[k], columns[kind][k]) == 0;
    if (!same) continue;
    r->kind = (table_kind)kind;
    return LG_OK;
  }
  return lg_fail(r->ctx, LG_ERR_FORMAT,
                 "the columns are not those of a table of regions: region,x0_mm,x1_mm,y0_mm,y1_mm,z0_mm,z1_mm, or "
                 "x_mm,y_mm,z_mm,region, or name,region");
}

static lg_status number_at(const reader *r, size_t column, double *x) {
  if (lg_csv_number(r->csv->cells[column], x) && isfinite(*x)) return LG_OK;
  return lg_fail(r->ctx, LG_ERR_FORMAT, "line %zu: %s is '%s'; a number in mm is needed", r->csv->line,
                 columns[r->kind][column], r->csv->cells[column]);
}

static lg_status read_box(reader *r) {
  lg_status status = LG_OK;
  box *b = &r->boxes[r->n_boxes];
  if (r->n_boxes == MAX_BOXES) return lg_fail(r->ctx, LG_ERR_LIMIT, "more than %d boxes", MAX_BOXES);
  for (size_t d = 0; d < 3; d++) {
    LG_TRY(number_at(r, 1 + 2 * d, &b->low[d]));
    LG_TRY(number_at(r, 2 + 2 * d, &b->high[d]));
    if (!(b->low[d] <= b->high[d]))
      LG_TRY(lg_fail(r->ctx, LG_ERR_RANGE, "line %zu: a box from %g to %g mm", r->csv->line, b->low[d], b->high[d]));
  }
  LG_TRY(number_of(r->ctx, r->map, r->csv->cells[0], &b->region));
  r->n_boxes++;
done:
  return status;
}

static lg_status read_point(reader *r) {
  lg_status status = LG_OK;
  const axon_map_grid *g = &r->map->grid;
  size_t cell = 0, region;
  bool within = true;
  for (size_t d = 0; d < 3; d++) {
    double x;
    LG_TRY(number_at(r, d, &x));
    const double at = floor((x - g->origin_mm[d]) / g->spacing_mm + 0.5);
    within = within && at >= 0.0 && at < (double)g->n[d];
    if (within) cell = cell * g->n[d] + (size_t)at;
  }
  LG_TRY(number_of(r->ctx, r->map, r->csv->cells[3], &region));
  if (within) r->of_cell[cell] = (uint16_t)(region + 1);
done:
  return status;
}

static int by_name(const void *a, const void *b) { return strcmp(((const named *)a)->name, ((const named *)b)->name); }

static lg_status read_name(reader *r) {
  size_t region;
  const named wanted = {r->csv->cells[0], 0};
  const named *found = bsearch(&wanted, r->names, r->map->n, sizeof *r->names, by_name);
  if (!found) return lg_fail(r->ctx, LG_ERR_FORMAT, "line %zu: there is no voxel '%s'", r->csv->line, wanted.name);
  const lg_status status = number_of(r->ctx, r->map, r->csv->cells[1], &region);
  if (status == LG_OK) r->map->region[found->voxel] = (uint16_t)(region + 1);
  return status;
}

static lg_status prepare(reader *r, char *const *names) {
  lg_status status = LG_OK;
  const axon_map_grid *g = &r->map->grid;
  if (r->kind == BOXES) LG_NEW(r->ctx, r->boxes, MAX_BOXES);
  if (r->kind == POINTS && g->n[0] == 0)
    LG_TRY(lg_fail(r->ctx, LG_ERR_ARGUMENT, "the voxels lie on no regular grid; give regions as boxes or by name"));
  if (r->kind == POINTS) LG_NEW(r->ctx, r->of_cell, g->n[0] * g->n[1] * g->n[2]);
  if (r->kind != NAMES) goto done;
  if (!names) LG_TRY(lg_fail(r->ctx, LG_ERR_ARGUMENT, "these voxels have no names; give regions as boxes or points"));
  LG_NEW(r->ctx, r->names, r->map->n);
  for (size_t k = 0; k < r->map->n; k++) r->names[k] = (named){names[k], k};
  qsort(r->names, r->map->n, sizeof *r->names, by_name);
done:
  return status;
}

static size_t box_of(const reader *r, size_t voxel) {
  const float *x = r->map->position_mm + 3 * voxel;
  for (size_t b = 0; b < r->n_boxes; b++) {
    bool in = true;
    for (size_t d = 0; d < 3; d++) in = in && (double)x[d] >= r->boxes[b].low[d] && (double)x[d] <= r->boxes[b].high[d];
    if (in) return r->boxes[b].region + 1;
  }
  return 0;
}

/* From here 0 means none; those voxels are "elsewhere". */
static lg_status settle(reader *r) {
  axon_map *m = r->map;
  size_t none = 0, elsewhere = 0;
  for (size_t k = 0; k < m->n; k++) {
    if (r->kind == BOXES) m->region[k] = (uint16_t)box_of(r, k);
    if (r->kind == POINTS) m->region[k] = r->of_cell[m->grid.cell[k]];
    none += m->region[k] == 0;
  }
  const lg_status status = none > 0 ? number_of(r->ctx, m, "elsewhere", &elsewhere) : LG_OK;
  for (size_t k = 0; status == LG_OK && k < m->n; k++)
    m->region[k] = (uint16_t)(m->region[k] > 0 ? m->region[k] - 1u : elsewhere);
  return status;
}

lg_status lg_axon_map_read_regions(lg_ctx *ctx, axon_map *m, const char *path, char *const *names) {
  lg_status status = LG_OK;
  unsigned char *bytes = NULL;
  size_t n;
  lg_csv_rows csv = {0};
  reader r = {.ctx = ctx, .map = m, .csv = &csv};
  LG_TRY(begin(ctx, m));
  LG_TRY(lg_file_read(ctx, path, MAX_FILE, &bytes, &n));
  LG_TRY(lg_csv_rows_begin(ctx, bytes, n, &csv));
  if (!lg_csv_rows_next(&csv)) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "the table of regions is empty"));
  LG_TRY(read_head(&r));
  LG_TRY(prepare(&r, names));
  while (lg_csv_rows_next(&csv)) {
    if (csv.error) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %s", csv.line, csv.error));
    if (csv.n_cells != n_columns[r.kind])
      LG_TRY(
          lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %zu cells, %zu are needed", csv.line, csv.n_cells, n_columns[r.kind]));
    LG_TRY(r.kind == BOXES ? read_box(&r) : r.kind == POINTS ? read_point(&r) : read_name(&r));
  }
  if (m->n_regions == 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "the table names no region"));
  LG_TRY(settle(&r));
  m->partition = lg_strdup(ctx, "a table of regions");
  if (!m->partition) status = LG_ERR_MEMORY;
done:
  lg_csv_rows_clear(ctx, &csv);
  lg_free(ctx, bytes);
  lg_free(ctx, r.boxes);
  lg_free(ctx, r.of_cell);
  lg_free(ctx, r.names);
  return status;
}

/* ---- summaries -------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static bool is_in(const axon_map *m, size_t voxel, size_t k) {
  return k == m->n_regions || (m->region && m->region[voxel] == k);
}

lg_status lg_axon_map_region(lg_ctx *ctx, const axon_map *m, size_t k, axon_region *out) {
  lg_status status = LG_OK;
  float *x = NULL;
  const double none = (double)NAN;
  size_t injured = 0, beyond = 0;
  *out = (axon_region){.name = k < m->n_regions ? m->regions[k] : "all", .injured_pct = none, .out_of_range_pct = none};
  LG_NEW(ctx, x, m->n);
  for (size_t v = 0; v < m->n; v++) {
    if (!is_in(m, v, k)) continue;
    out->n++;
    out->n_failed += m->source[v] == AXON_MAP_FAILED;
    injured += m->injured[v];
    beyond += m->in_range && !m->in_range[v];
  }
  if (m->in_range && out->n > 0) out->out_of_range_pct = 100.0 * (double)beyond / (double)out->n;
  if (out->n > out->n_failed) out->injured_pct = 100.0 * (double)injured / (double)(out->n - out->n_failed);
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    double sum = 0.0;
    size_t n = 0;
    for (size_t v = 0; v < m->n; v++)
      if (is_in(m, v, k) && isfinite(m->value[q][v])) x[n++] = m->value[q][v], sum += (double)m->value[q][v];
    out->mean[q] = out->median[q] = out->p95[q] = out->most[q] = none;
    if (n == 0) continue;
    qsort(x, n, sizeof *x, by_value);
    out->mean[q] = sum / (double)n;
    out->median[q] = 0.5 * ((double)x[(n - 1) / 2] + (double)x[n / 2]);
    out->p95[q] = (double)x[(size_t)ceil(0.95 * (double)n) - 1];
    out->most[q] = (double)x[n - 1];
  }
done:
  lg_free(ctx, x);
  return status;
}

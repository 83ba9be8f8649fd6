/* Places of fibres out of CSV. */
#include "twin/axon_voxels.h"

#include "io/csv_number.h"
#include "io/csv_rows.h"

#include <math.h>
#include <string.h>

enum { MAX_VOXELS = 2000000 };
static const size_t max_file_bytes = (size_t)1 << 28;

void lg_axon_voxels_destroy(lg_ctx *ctx, axon_voxels *v) {
  if (!v) return;
  for (size_t k = 0; v->names && k < v->n; k++) lg_free(ctx, v->names[k]);
  lg_free(ctx, (void *)v->names);
  lg_free(ctx, v->voxels);
  lg_free(ctx, v);
}

typedef struct columns {
  size_t n, place[3], fibre[3], name;
  bool has_name;
  double unit; /* m */
} columns;

static bool find(const lg_csv_rows *rows, const char *const names[3], size_t at[3]) {
  size_t found = 0;
  for (size_t d = 0; d < 3; d++)
    for (size_t k = 0; k < rows->n_cells; k++)
      if (strcmp(rows->cells[k], names[d]) == 0) {
        at[d] = k;
        found++;
        break;
      }
  return found == 3;
}

static lg_status read_header(lg_ctx *ctx, lg_csv_rows *rows, columns *c, bool *has_fibres) {
  static const char *const mm[3] = {"x_mm", "y_mm", "z_mm"}, *const m[3] = {"x_m", "y_m", "z_m"};
  static const char *const fibre[3] = {"fibre_x", "fibre_y", "fibre_z"}, *const f[3] = {"fx", "fy", "fz"};
  if (!lg_csv_rows_next(rows)) return lg_fail(ctx, LG_ERR_FORMAT, "the file is empty; x_mm,y_mm,z_mm are needed");
  if (rows->error) return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %s", rows->line, rows->error);
  c->n = rows->n_cells;
  c->unit = 1e-3;
  if (!find(rows, mm, c->place)) {
    c->unit = 1.0;
    if (!find(rows, m, c->place))
      return lg_fail(ctx, LG_ERR_FORMAT,
                     "no columns x_mm, y_mm, z_mm (the first is '%.40s'); places are in mm from the middle of the head",
                     rows->cells[0]);
  }
  *has_fibres = find(rows, fibre, c->fibre) || find(rows, f, c->fibre);
  for (size_t k = 0; k < rows->n_cells && !c->has_name; k++)
    if (strcmp(rows->cells[k], "name") == 0) c->has_name = true, c->name = k;
  return LG_OK;
}

static lg_status number(lg_ctx *ctx, const lg_csv_rows *rows, size_t cell, double *x) {
  if (lg_csv_number(rows->cells[cell], x) && isfinite(*x)) return LG_OK;
  return lg_fail(ctx, LG_ERR_FORMAT, "line %zu, column %zu: '%.24s' is no number", rows->line, cell + 1,
                 rows->cells[cell]);
}

static lg_status take_row(lg_ctx *ctx, const lg_csv_rows *rows, const columns *c, bool has_fibres, axon_voxel *v) {
  lg_status status = LG_OK;
  double r2 = 0.0, length = 0.0;
  if (rows->error) return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %s", rows->line, rows->error);
  if (rows->n_cells != c->n)
    return lg_fail(ctx, LG_ERR_FORMAT, "line %zu: %zu cells, but the first row has %zu", rows->line, rows->n_cells,
                   c->n);
  for (size_t d = 0; d < 3; d++) {
    LG_TRY(number(ctx, rows, c->place[d], &v->x_m[d]));
    v->x_m[d] *= c->unit;
    r2 += v->x_m[d] * v->x_m[d];
    if (!has_fibres) continue;
    LG_TRY(number(ctx, rows, c->fibre[d], &v->fibre[d]));
    length += v->fibre[d] * v->fibre[d];
  }
  if (sqrt(r2) > LG_AXON_SPHERE_M)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE,
                   "line %zu: the place is %.4g mm from the middle of the head; its sphere has %g mm%s", rows->line,
                   1e3 * sqrt(r2), 1e3 * LG_AXON_SPHERE_M, c->unit == 1.0 ? " (x_m is in m)" : ""));
  if (has_fibres && !(length > 1e-12 && isfinite(length)))
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "line %zu: the fibre has no direction (0, 0, 0)", rows->line));
  for (size_t d = 0; has_fibres && d < 3; d++) v->fibre[d] /= sqrt(length);
done:
  return status;
}

/* Rows that follow, without their contents. */
static lg_status count(lg_ctx *ctx, const unsigned char *bytes, size_t n, size_t *rows) {
  *rows = 0;
  for (size_t k = 0; k < n; k++) *rows += bytes[k] == '\n';
  ++*rows;
  return *rows <= MAX_VOXELS ? LG_OK : lg_fail(ctx, LG_ERR_LIMIT, "more than %d places", MAX_VOXELS);
}

lg_status lg_axon_voxels_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, axon_voxels **out) {
  lg_status status = LG_OK;
  lg_csv_rows *rows = NULL;
  axon_voxels *v = NULL;
  columns c = {0};
  size_t room;
  bool begun = false, has_fibres = false;
  *out = NULL;
  if (n > 0 && memchr(bytes, 0, n))
    return lg_fail(ctx, LG_ERR_FORMAT, "the file is no text; x_mm,y_mm,z_mm are needed");
  LG_TRY(count(ctx, bytes, n, &room));
  LG_NEW(ctx, rows, 1);
  LG_TRY(lg_csv_rows_begin(ctx, bytes, n, rows));
  begun = true;
  LG_TRY(read_header(ctx, rows, &c, &has_fibres));
  LG_NEW(ctx, v, 1);
  LG_NEW(ctx, v->voxels, room);
  if (c.has_name) LG_NEW(ctx, v->names, room);
  v->guessed = !has_fibres;
  while (lg_csv_rows_next(rows)) {
    if (v->n == room) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "line %zu: line ends are of several kinds", rows->line));
    axon_voxel *at = &v->voxels[v->n];
    LG_TRY(take_row(ctx, rows, &c, has_fibres, at));
    if (!has_fibres) lg_axon_fibre_direction(at, v->n);
    if (c.has_name) {
      v->names[v->n] = lg_strdup(ctx, rows->cells[c.name]);
      if (!v->names[v->n]) LG_TRY(LG_ERR_MEMORY);
      lg_one_line(v->names[v->n]);
    }
    v->n++;
  }
  if (v->n == 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "the file names columns but no place"));
  *out = v;
  v = NULL;
done:
  if (begun) lg_csv_rows_clear(ctx, rows);
  lg_free(ctx, rows);
  lg_axon_voxels_destroy(ctx, v);
  return status;
}

lg_status lg_axon_voxels_load(lg_ctx *ctx, const char *path, axon_voxels **out) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  *out = NULL;
  lg_status status = lg_file_read(ctx, path, max_file_bytes, &bytes, &n);
  if (status == LG_OK) status = lg_axon_voxels_parse(ctx, bytes, n, out);
  lg_free(ctx, bytes);
  return status;
}

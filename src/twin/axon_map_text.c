/* Points for a page, and the table of regions. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "io/csv_rows.h"
#include "twin/axon_map_file.h"

#include <math.h>
#include <string.h>

/* ---- points ----------------------------------------------------------------------------------------------- */

enum { COLUMNS = 3 + AXON_PREDICTED + 4, MOST = COLUMNS + AXON_PREDICTED };

typedef struct column {
  const char *name, *unit;
} column;

static const column columns[MOST] = {
    {"x_mm", "mm"},       {"y_mm", "mm"},           {"z_mm", "mm"},         {"mt", ""},
    {"axl", ""},          {"tau_pct", "%"},         {"nf_pct", "%"},        {"peak_strain", ""},
    {"peak_rate", "1/s"}, {"source", ""},           {"region", ""},         {"mt_network", ""},
    {"axl_network", ""},  {"tau_pct_network", "%"}, {"nf_pct_network", "%"}};

/* Voxels that were simulated and asked of the network, too: the network's word stands beside the map's. */
static size_t columns_of(const axon_map *m) { return m->net[0] && m->direct[0] ? MOST : COLUMNS; }

static void fill_record(const axon_map *m, size_t k, float *x) {
  for (size_t d = 0; d < 3; d++) x[d] = m->position_mm[3 * k + d];
  for (size_t q = 0; q < AXON_PREDICTED; q++) x[3 + q] = m->value[q][k];
  x[7] = m->peak_strain[k];
  x[8] = m->peak_rate[k];
  x[9] = (float)m->source[k];
  x[10] = m->region ? (float)m->region[k] : 0.0f;
  if (columns_of(m) == MOST)
    for (size_t q = 0; q < AXON_PREDICTED; q++) x[COLUMNS + q] = m->net[q][k];
}

/* Little-endian whatever the machine's order. */
static void put_float(FILE *s, float x) {
  uint32_t bits;
  unsigned char bytes[4];
  memcpy(&bits, &x, 4);
  for (size_t b = 0; b < 4; b++) bytes[b] = (unsigned char)(bits >> 8 * b & 255u);
  (void)fwrite(bytes, 1, 4, s);
}

static void put_header(const axon_map *m, const axon_map_about *about, const char *data, FILE *s) {
  const size_t n = columns_of(m);
  double low[MOST], high[MOST];
  float x[MOST];
  for (size_t c = 0; c < n; c++) low[c] = (double)INFINITY, high[c] = -(double)INFINITY;
  for (size_t k = 0; k < m->n; k++) {
    fill_record(m, k, x);
    for (size_t c = 0; c < n; c++)
      if (isfinite(x[c])) low[c] = fmin(low[c], (double)x[c]), high[c] = fmax(high[c], (double)x[c]);
  }
  lg_json w = lg_json_begin(s);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-axon-points/1");
  lg_json_key_text(&w, "title", about->title);
  lg_json_key_text(&w, "data", data);
  lg_json_key_text(&w, "dtype", "<f4");
  lg_json_key_text(&w, "axes", "x forwards, y to the left, z upwards, mm");
  lg_json_key_integer(&w, "n", (int64_t)m->n);
  lg_json_key_number(&w, "spacing_mm", m->grid.n[0] > 0 ? m->grid.spacing_mm : (double)NAN);
  lg_json_key_number(&w, "injury_threshold", m->threshold);
  lg_json_key(&w, "columns");
  lg_json_array(&w);
  for (size_t c = 0; c < n; c++) {
    lg_json_object(&w);
    lg_json_key_text(&w, "name", columns[c].name);
    lg_json_key_text(&w, "unit", columns[c].unit);
    lg_json_key_number(&w, "low", low[c]);
    lg_json_key_number(&w, "high", high[c]);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  lg_json_key(&w, "sources");
  lg_json_array(&w);
  for (size_t k = 0; k < AXON_MAP_SOURCES; k++) lg_json_text(&w, lg_axon_map_sources[k]);
  lg_json_end_array(&w);
  lg_json_key(&w, "regions");
  lg_json_array(&w);
  for (size_t k = 0; k < m->n_regions; k++) lg_json_text(&w, m->regions[k]);
  lg_json_end_array(&w);
  if (about->provenance) {
    lg_json_key(&w, "provenance");
    lg_provenance_write_json(about->provenance, &w);
  }
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
}

lg_status lg_axon_map_write_points(lg_ctx *ctx, const char *path, const axon_map *m, const axon_map_about *about) {
  lg_status status = LG_OK;
  lg_outfile *file = NULL;
  char data[4096], head[4096];
  const char *slash, *dot = strrchr(path, '.');
  const int stem =
      (int)(dot && (strcmp(dot, ".bin") == 0 || strcmp(dot, ".json") == 0) ? (size_t)(dot - path) : strlen(path));
  if (snprintf(data, sizeof data, "%.*s.bin", stem, path) >= (int)sizeof data ||
      snprintf(head, sizeof head, "%.*s.json", stem, path) >= (int)sizeof head)
    return lg_fail(ctx, LG_ERR_RANGE, "the path of the points is too long");
  LG_TRY(lg_outfile_open(ctx, data, &file));
  const size_t n = columns_of(m);
  for (size_t k = 0; k < m->n; k++) {
    float x[MOST];
    fill_record(m, k, x);
    for (size_t c = 0; c < n; c++) put_float(lg_outfile_stream(file), x[c]);
  }
  status = lg_outfile_commit(ctx, file);
  file = NULL;
  if (status != LG_OK) goto done;
  LG_TRY(lg_outfile_open(ctx, head, &file));
  slash = strrchr(data, '/');
  put_header(m, about, slash ? slash + 1 : data, lg_outfile_stream(file));
  status = lg_outfile_commit(ctx, file);
  file = NULL;
done:
  lg_outfile_discard(ctx, file);
  return status;
}

/* ---- regions ---------------------------------------------------------------------------------------------- */

static void put_cell(FILE *f, double x) {
  char text[32];
  lg_format_double(x, text);
  (void)fprintf(f, ",%s", isnan(x) ? "nan" : text);
}

static void put_row(FILE *f, const axon_region *r) {
  lg_csv_write_cell(f, r->name);
  (void)fprintf(f, ",%zu,%zu", r->n, r->n_failed);
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    put_cell(f, r->mean[q]);
    put_cell(f, r->median[q]);
    put_cell(f, r->p95[q]);
    put_cell(f, r->most[q]);
  }
  put_cell(f, r->injured_pct);
  put_cell(f, r->out_of_range_pct);
  (void)fputc('\n', f);
}

lg_status lg_axon_map_write_regions(lg_ctx *ctx, const char *path, const axon_map *m, const axon_map_about *about) {
  lg_outfile *file = NULL;
  lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  if (about->provenance) lg_provenance_write_comments(about->provenance, f);
  (void)fprintf(f, "# partition: %s\n", m->partition ? m->partition : "none");
  (void)fputs("region,n,n_failed", f);
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    const char *name = lg_axon_output_names[q].name;
    (void)fprintf(f, ",%s_mean,%s_median,%s_p95,%s_max", name, name, name, name);
  }
  (void)fputs(",injured_pct,out_of_range_pct\n", f);
  for (size_t k = 0; k <= m->n_regions && status == LG_OK; k++) { /* the whole first */
    axon_region r;
    status = lg_axon_map_region(ctx, m, k == 0 ? m->n_regions : k - 1, &r);
    if (status == LG_OK) put_row(f, &r);
  }
  if (status == LG_OK) return lg_outfile_commit(ctx, file);
  lg_outfile_discard(ctx, file);
  return status;
}

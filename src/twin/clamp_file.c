/* Recordings of a channel as CSV. */
#include "twin/clamp_file.h"

#include "io/csv_number.h"
#include "io/csv_rows.h"

#include <math.h>
#include <string.h>

enum { COLUMNS = 6, MOST_BYTES = 1 << 30, NO_COLUMN = LG_CSV_MAX_CELLS };

typedef enum column { PROTOCOL = 0, TIME, DRIVE, SLOPE, OPEN, WEIGHT } column;

static const char *const names[COLUMNS][5] = {
    {"protocol", "trace"},
    {"t_s", "time_s"},
    {"u_uM", "u_mV", "v_mV", "c_uM", "u"},
    {"dudt_uM_per_s", "dudt_mV_per_s", "dudt", "udot"},
    {"P", "open"},
    {"weight"},
};

typedef struct reader {
  lg_ctx *ctx;
  const char *file;
  lg_csv_rows rows;
  size_t at[COLUMNS], n_columns, n_states;
  gate_data *data;
  size_t capacity;
} reader;

static lg_status find_columns(reader *r, bool voltage) {
  static const char *const wanted[COLUMNS] = {"protocol", "t_s", "u_uM (or u_mV)", NULL, "P", NULL};
  r->n_columns = r->rows.n_cells;
  r->n_states = 0;
  for (size_t c = 0; c < COLUMNS; c++) {
    r->at[c] = NO_COLUMN;
    for (size_t k = 0; k < r->n_columns; k++)
      for (size_t j = 0; j < 5 && names[c][j]; j++)
        if (strcmp(r->rows.cells[k], names[c][j]) == 0 && r->at[c] == NO_COLUMN) r->at[c] = k;
    if (r->at[c] == NO_COLUMN && wanted[c])
      return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: there is no column %s", r->file, r->rows.line, wanted[c]);
  }
  const char *drive = r->rows.cells[r->at[DRIVE]];
  const bool mV = strstr(drive, "_mV") != NULL, uM = strstr(drive, "_uM") != NULL;
  if ((mV && !voltage) || (uM && voltage))
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: the column %s is %s; say --inputs %s", r->file, r->rows.line,
                   drive, mV ? "a voltage" : "a concentration", mV ? "v" : "c");
  for (size_t k = 0; k < r->n_columns; k++) {
    bool known = false;
    for (size_t c = 0; c < COLUMNS; c++) known = known || r->at[c] == k;
    if (!known) r->n_states++;
  }
  return LG_OK;
}

static lg_status number(reader *r, column c, double *x) {
  const char *cell = r->rows.cells[r->at[c]];
  if (!lg_csv_number(cell, x) || !isfinite(*x))
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: %s is '%.40s', not a finite number", r->file, r->rows.line,
                   names[c][0], cell);
  return LG_OK;
}

static lg_status grow(reader *r) {
  gate_data *d = r->data;
  if (d->n + 1 < r->capacity) return LG_OK;
  const size_t more = r->capacity * 2;
  double **columns[] = {&d->t_s, &d->u, &d->udot, &d->open, &d->weight};
  for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++) {
    double *wider = lg_realloc(r->ctx, *columns[k], r->capacity * sizeof(double), more, sizeof(double));
    if (!wider) return LG_ERR_MEMORY;
    *columns[k] = wider;
  }
  gate_protocol *p =
      lg_realloc(r->ctx, d->protocols, r->capacity * sizeof *p, more, sizeof *p); /* at most one per row */
  if (!p) return LG_ERR_MEMORY;
  d->protocols = p;
  r->capacity = more;
  return LG_OK;
}

static lg_status check_row(reader *r, size_t i, bool begins) {
  const gate_data *d = r->data;
  const size_t line = r->rows.line;
  if (!begins && !(d->t_s[i] > d->t_s[i - 1]))
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: t_s is %.12g after %.12g; it must ascend within a protocol",
                   r->file, line, d->t_s[i], d->t_s[i - 1]);
  if (!d->voltage && !(d->u[i] > 0.0))
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: a concentration of %g uM; it must be above 0", r->file, line,
                   d->u[i]);
  if (fabs(d->u[i]) > 1e6 || fabs(d->udot[i]) > 1e12)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: u is %g and its slope %g; allowed are 1e6 and 1e12", r->file,
                   line, d->u[i], d->udot[i]);
  if (d->open[i] < -1e-9 || d->open[i] > 1.0 + 1e-9)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: P is %g; allowed is 0 to 1", r->file, line, d->open[i]);
  if (d->weight[i] < 0.0)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: a weight of %g; it must be 0 or more", r->file, line,
                   d->weight[i]);
  return LG_OK;
}

static lg_status begin_protocol(reader *r, const char *name) {
  gate_data *d = r->data;
  if (d->n_protocols > 0 && d->protocols[d->n_protocols - 1].n < 3)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: the protocol '%s' has %zu rows; at least 3", r->file,
                   r->rows.line, d->protocols[d->n_protocols - 1].name, d->protocols[d->n_protocols - 1].n);
  for (size_t k = 0; k < d->n_protocols; k++)
    if (strcmp(d->protocols[k].name, name) == 0)
      return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: the protocol '%s' began before; its rows stand together",
                     r->file, r->rows.line, name);
  gate_protocol *p = &d->protocols[d->n_protocols++];
  memset(p, 0, sizeof *p);
  (void)snprintf(p->name, sizeof p->name, "%s", name);
  p->first = d->n;
  return LG_OK;
}

static lg_status read_row(reader *r) {
  lg_status status = LG_OK;
  gate_data *d = r->data;
  char name[GATE_DATA_NAME];
  if (r->rows.n_cells != r->n_columns)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: %zu cells; the first line has %zu", r->file, r->rows.line,
                   r->rows.n_cells, r->n_columns);
  LG_TRY(grow(r));
  (void)snprintf(name, sizeof name, "%s", r->rows.cells[r->at[PROTOCOL]]);
  lg_one_line(name);
  const bool begins = d->n_protocols == 0 || strcmp(d->protocols[d->n_protocols - 1].name, name) != 0;
  if (begins) LG_TRY(begin_protocol(r, name));
  LG_TRY(number(r, TIME, &d->t_s[d->n]));
  LG_TRY(number(r, DRIVE, &d->u[d->n]));
  LG_TRY(number(r, OPEN, &d->open[d->n]));
  d->udot[d->n] = 0.0;
  d->weight[d->n] = 1.0;
  if (r->at[SLOPE] != NO_COLUMN) LG_TRY(number(r, SLOPE, &d->udot[d->n]));
  if (r->at[WEIGHT] != NO_COLUMN) LG_TRY(number(r, WEIGHT, &d->weight[d->n]));
  LG_TRY(check_row(r, d->n, begins));
  d->open[d->n] = d->open[d->n] < 0.0 ? 0.0 : d->open[d->n] > 1.0 ? 1.0 : d->open[d->n];
  d->n++;
  d->protocols[d->n_protocols - 1].n++;
done:
  return status;
}

/* Slopes where the file has none: of the parabola through three rows, and of two at the ends. */
static void add_slopes(gate_data *d) {
  for (size_t k = 0; k < d->n_protocols; k++) {
    const size_t a = d->protocols[k].first, b = a + d->protocols[k].n - 1;
    for (size_t i = a; i <= b; i++) {
      const size_t l = i > a ? i - 1 : i, h = i < b ? i + 1 : i;
      if (l < i && i < h) {
        const double p = d->t_s[i] - d->t_s[l], q = d->t_s[h] - d->t_s[i];
        d->udot[i] = ((d->u[i] - d->u[l]) / p * q + (d->u[h] - d->u[i]) / q * p) / (p + q);
      } else d->udot[i] = (d->u[h] - d->u[l]) / (d->t_s[h] - d->t_s[l]);
    }
  }
}

/* Where nothing moves there is nothing to learn. */
static lg_status check_openings(lg_ctx *ctx, const char *file, const gate_data *d) {
  double low = 1.0, high = 0.0;
  size_t moving = 0;
  for (size_t k = 0; k < d->n_protocols; k++) {
    double l = 1.0, h = 0.0;
    for (size_t i = d->protocols[k].first; i < d->protocols[k].first + d->protocols[k].n; i++) {
      l = d->open[i] < l ? d->open[i] : l;
      h = d->open[i] > h ? d->open[i] : h;
    }
    if (h > 2.0 * l && h - l > 1e-4) moving++;
    low = l < low ? l : low;
    high = h > high ? h : high;
  }
  if (high - low < 0.01 || moving == 0)
    return lg_fail(
        ctx, LG_ERR_FORMAT,
        "%s: too few openings: P goes from %g to %g and doubles in %zu of %zu protocols; a channel is learned "
        "from protocols that open it",
        file, low, high, moving, d->n_protocols);
  return LG_OK;
}

lg_status lg_clamp_parse(lg_ctx *ctx, const char *name, const unsigned char *bytes, size_t n, bool voltage,
                         gate_data **out) {
  lg_status status = LG_OK;
  reader r = {.ctx = ctx, .file = name, .capacity = 256};
  *out = NULL;
  LG_TRY(lg_csv_rows_begin(ctx, bytes, n, &r.rows));
  LG_TRY(lg_gate_data_create(ctx, voltage, r.capacity - 1, r.capacity - 1, &r.data));
  r.data->n = r.data->n_protocols = 0;
  bool header = true;
  while (lg_csv_rows_next(&r.rows)) {
    if (r.rows.error) {
      status = lg_fail(ctx, LG_ERR_FORMAT, "%s: line %zu: %s", name, r.rows.line, r.rows.error);
      goto done;
    }
    if (header) {
      LG_TRY(find_columns(&r, voltage));
    } else LG_TRY(read_row(&r));
    header = false;
  }
  if (r.data->n == 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: no rows", name);
    goto done;
  }
  const gate_protocol *last = &r.data->protocols[r.data->n_protocols - 1];
  if (last->n < 3) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: line %zu: the protocol '%s' has %zu rows; at least 3", name, r.rows.line,
                     last->name, last->n);
    goto done;
  }
  if (r.at[SLOPE] == NO_COLUMN) add_slopes(r.data);
  r.data->n_states = r.n_states;
  LG_TRY(check_openings(ctx, name, r.data));
  *out = r.data;
  r.data = NULL;
done:
  lg_csv_rows_clear(ctx, &r.rows);
  lg_gate_data_destroy(ctx, r.data);
  return status;
}

lg_status lg_clamp_read(lg_ctx *ctx, const char *path, bool voltage, gate_data **out) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  *out = NULL;
  lg_status status = lg_file_read(ctx, path, MOST_BYTES, &bytes, &n);
  if (status == LG_OK) status = lg_clamp_parse(ctx, path, bytes, n, voltage, out);
  lg_free(ctx, bytes);
  return status;
}

/* traces.csv, written and read fast: a recording has a million rows. */
#include "twin/report_traces.h"

#include <math.h>
#include <string.h>

#define COLUMNS "t_ms,i_pA,v_mV,sweep,twin_v_mV"
#define BAND_COLUMNS ",twin_lo95_mV,twin_hi95_mV"

/* ---- write ------------------------------------------------------------------------------------------------ */

/* x with at most `decimals` places. */
static char *put_decimal(char *to, double x, int decimals) {
  double scale = 1.0;
  for (int k = 0; k < decimals; k++) scale *= 10.0;
  if (!(fabs(x) < 1e11)) {
    memcpy(to, "nan", 3);
    return to + 3;
  }
  const double scaled = floor(fabs(x) * scale + 0.5);
  uint64_t u = (uint64_t)scaled;
  char digits[32];
  int n = 0, places = decimals;
  for (; places > 0 && u % 10 == 0; places--) u /= 10; /* no zeros at the end */
  for (int k = 0; k < places; k++, u /= 10) digits[n++] = (char)('0' + u % 10);
  if (places > 0) digits[n++] = '.';
  do {
    digits[n++] = (char)('0' + u % 10);
    u /= 10;
  } while (u != 0);
  if (x < 0.0 && scaled > 0.0) *to++ = '-';
  while (n > 0) *to++ = digits[--n];
  return to;
}

static char *put_sample(char *to, const double *y, size_t k) {
  *to++ = ',';
  return put_decimal(to, y ? y[k] : (double)NAN, 4);
}

lg_status lg_report_write_traces(lg_ctx *ctx, const lg_report_view *v, FILE *stream) {
  (void)ctx;
  bool band = false;
  for (size_t k = 0; k < v->data.n_sweeps; k++) band = band || (v->sweeps[k].twin_lo_mV && v->sweeps[k].twin_hi_mV);
  (void)fprintf(stream, "# written by loligo with run.json beside it; twin = the model's answer to the same current\n");
  (void)fprintf(stream, COLUMNS "%s\n", band ? BAND_COLUMNS : "");
  for (size_t j = 0; j < v->data.n_sweeps; j++) {
    const lg_report_sweep *s = &v->sweeps[j];
    for (size_t k = 0; k < s->n; k++) {
      char line[256], *to = put_decimal(line, s->t0_ms + (double)k * s->dt_ms, 5);
      to = put_sample(to, s->i_pA, k);
      to = put_sample(to, s->v_mV, k);
      to += sprintf(to, ",%d", s->number);
      to = put_sample(to, s->twin_mV, k);
      if (band) {
        to = put_sample(to, s->twin_lo_mV, k);
        to = put_sample(to, s->twin_hi_mV, k);
      }
      *to++ = '\n';
      (void)fwrite(line, 1, (size_t)(to - line), stream);
    }
  }
  return LG_OK;
}

/* ---- read ------------------------------------------------------------------------------------------------- */

typedef struct cursor {
  const char *at, *end;
  size_t line;
} cursor;

/* A decimal with at most 11 digits before and 5 after the point, or "nan"; stops at ',' or the line's end. */
static bool take_number(cursor *c, double *x) {
  if (c->end - c->at >= 3 && memcmp(c->at, "nan", 3) == 0) {
    c->at += 3;
    *x = (double)NAN;
    return true;
  }
  const bool minus = c->at < c->end && *c->at == '-';
  if (minus) c->at++;
  uint64_t u = 0;
  double scale = 1.0;
  int digits = 0;
  bool point = false;
  for (; c->at < c->end; c->at++) {
    if (*c->at == '.' && !point) {
      point = true;
    } else if (*c->at >= '0' && *c->at <= '9') {
      if (++digits > 17) return false;
      u = 10 * u + (uint64_t)(*c->at - '0');
      if (point) scale *= 10.0;
    } else {
      break;
    }
  }
  *x = (minus ? -(double)u : (double)u) / scale;
  return digits > 0;
}

static bool take(cursor *c, char wanted) {
  if (c->at >= c->end || *c->at != wanted) return false;
  c->at++;
  return true;
}

static bool take_row(cursor *c, double *x, int n) {
  c->line++;
  for (int k = 0; k < n; k++)
    if ((k > 0 && !take(c, ',')) || !take_number(c, &x[k])) return false;
  return take(c, '\n');
}

static bool skip_line(cursor *c, const char *expected) {
  const char *end = memchr(c->at, '\n', (size_t)(c->end - c->at));
  if (!end) return false;
  const bool same =
      !expected || ((size_t)(end - c->at) == strlen(expected) && memcmp(c->at, expected, strlen(expected)) == 0);
  c->at = end + 1;
  c->line++;
  return same;
}

static lg_status parse_sweep(lg_ctx *ctx, const char *path, cursor *c, const lg_report_sweep *s,
                             const lg_trace_columns *columns, bool band) {
  double x[7];
  for (size_t i = 0; i < s->n; i++) {
    if (!take_row(c, x, band ? 7 : 5) || x[3] != s->number)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: line %zu: not a row of sweep %d", path, c->line, s->number);
    const double values[LG_TRACE_COLUMNS] = {x[1], x[2], x[4], band ? x[5] : 0.0, band ? x[6] : 0.0};
    for (int j = 0; j < LG_TRACE_COLUMNS; j++)
      if (columns->to[j]) columns->to[j][i] = values[j];
  }
  return LG_OK;
}

lg_status lg_report_parse_traces(lg_ctx *ctx, const char *path, const unsigned char *bytes, size_t n,
                                 const lg_report_sweep *sweeps, const lg_trace_columns *columns, size_t n_sweeps,
                                 bool band) {
  cursor c = {(const char *)bytes, (const char *)bytes + n, 0};
  if (!skip_line(&c, NULL) || !skip_line(&c, band ? COLUMNS BAND_COLUMNS : COLUMNS))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: line 2: not the columns of a run's traces", path);
  for (size_t k = 0; k < n_sweeps; k++) {
    const lg_status status = parse_sweep(ctx, path, &c, &sweeps[k], &columns[k], band);
    if (status != LG_OK) return status;
  }
  if (c.at == c.end) return LG_OK;
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: line %zu: more rows than run.json names", path, c.line + 1);
}

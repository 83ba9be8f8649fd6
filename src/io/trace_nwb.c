/* Traces as NWB 2: potentials and currents as the series that other programs know, the rest as TimeSeries. */
#define _XOPEN_SOURCE 700
#include "io/nwb_out.h"
#include "io/trace_write_internal.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

/* Whether t = t0 + k dt to a millionth of the step; otherwise timestamps are written. */
static bool regular(const double *t_ms, size_t n, double *dt_ms) {
  if (n < 2) return false;
  *dt_ms = (t_ms[n - 1] - t_ms[0]) / (double)(n - 1);
  if (!(*dt_ms > 0.0)) return false;
  /* a rate that people mean: 40 kHz and not 39999.99999999 Hz */
  const double rate_Hz = 1e3 / *dt_ms, whole = floor(rate_Hz + 0.5);
  if (whole >= 1.0 && fabs(rate_Hz - whole) < 1e-9 * rate_Hz) *dt_ms = 1e3 / whole;
  for (size_t k = 0; k < n; k++)
    if (!(fabs(t_ms[k] - (t_ms[0] + (double)k * *dt_ms)) <= 1e-6 * *dt_ms)) return false;
  return true;
}

static bool begins(const char *text, const char *word) { return strncmp(text, word, strlen(word)) == 0; }

/* "v_mV_soma" and "i_pA_soma" belong together; one current alone belongs to every potential. */
static size_t current_of(const lg_trace *trace, size_t v) {
  const char *probe = trace->columns[v].name + strlen("v_mV");
  size_t n = 0, last = SIZE_MAX;
  for (size_t c = 1; c < trace->n_columns; c++) {
    if (!begins(trace->columns[c].name, "i_pA")) continue;
    if (strcmp(trace->columns[c].name + strlen("i_pA"), probe) == 0) return c;
    last = c;
    n++;
  }
  return n == 1 && strcmp(trace->columns[last].name, "i_pA") == 0 ? last : SIZE_MAX;
}

static void identify(const lg_trace *trace, char hex[65]) {
  unsigned char digest[crypto_hash_sha256_BYTES], bytes[sizeof(double)];
  crypto_hash_sha256_state h;
  (void)crypto_hash_sha256_init(&h);
  for (size_t c = 0; c < trace->n_columns; c++) {
    const char *name = trace->columns[c].name;
    (void)crypto_hash_sha256_update(&h, (const unsigned char *)name, strlen(name) + 1);
    for (size_t r = 0; r < trace->n_rows; r++) {
      memcpy(bytes, &trace->columns[c].values[r], sizeof bytes);
      (void)crypto_hash_sha256_update(&h, bytes, sizeof bytes);
    }
  }
  (void)crypto_hash_sha256_final(&h, digest);
  (void)sodium_bin2hex(hex, 65, digest, sizeof digest);
}

static void add_column(lg_nwb_out *out, const lg_trace *trace, size_t c, const double *timestamps_s, double dt_ms) {
  const lg_trace_column *column = &trace->columns[c];
  char unit[16];
  lg_trace_unit(column->name, unit, sizeof unit);
  lg_nwb_out_series s = {.place = "/acquisition",
                         .name = column->name,
                         .type = "TimeSeries",
                         .description = "Simulated.",
                         .unit = unit[0] ? unit : "1",
                         .conversion = 1.0,
                         .data = column->values,
                         .n = trace->n_rows,
                         .start_s = trace->n_rows ? trace->columns[0].values[0] * 1e-3 : 0.0,
                         .rate_Hz = 1e3 / dt_ms,
                         .timestamps_s = timestamps_s,
                         .sweep_number = -1};
  if (begins(column->name, "v_mV")) {
    s.type = "CurrentClampSeries";
    s.stimulus = "simulation";
    s.unit = "volts";
    s.conversion = 1e-3;
    s.sweep_number = 0;
  } else if (begins(column->name, "i_pA")) {
    s.place = "/stimulus/presentation";
    s.type = "CurrentClampStimulusSeries";
    s.stimulus = "simulation";
    s.unit = "amperes";
    s.conversion = 1e-12;
    s.sweep_number = 0;
  }
  lg_nwb_out_series_add(out, &s);
}

/* Rows of the table: one per potential. */
static lg_status add_table(lg_ctx *ctx, lg_nwb_out *out, const lg_trace *trace) {
  enum { PATH_BYTES = 256 };
  lg_status status = LG_OK;
  size_t n = 0;
  lg_nwb_out_row *rows = NULL;
  char(*paths)[2][PATH_BYTES] = NULL;
  LG_NEW(ctx, rows, trace->n_columns);
  paths = lg_alloc(ctx, trace->n_columns, sizeof *paths);
  if (!paths) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  for (size_t c = 1; c < trace->n_columns; c++) {
    if (!begins(trace->columns[c].name, "v_mV")) continue;
    const size_t i = current_of(trace, c);
    (void)snprintf(paths[n][0], PATH_BYTES, "/acquisition/%s", trace->columns[c].name);
    if (i != SIZE_MAX) (void)snprintf(paths[n][1], PATH_BYTES, "/stimulus/presentation/%s", trace->columns[i].name);
    rows[n] = (lg_nwb_out_row){i == SIZE_MAX ? NULL : paths[n][1], paths[n][0], trace->n_rows, trace->n_rows};
    n++;
  }
  status = lg_nwb_out_table(ctx, out, rows, n);
done:
  lg_free(ctx, rows);
  lg_free(ctx, paths);
  return status;
}

lg_status lg_trace_write_nwb(lg_ctx *ctx, const char *path, const lg_trace *trace) {
  lg_status status = LG_OK;
  lg_nwb_out out;
  bool open = false;
  double dt_ms = 1.0, *timestamps_s = NULL;
  char identifier[65];
  if (trace->n_rows > INT32_MAX)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "%zu rows are more than NWB counts", trace->n_rows);
  if (!regular(trace->columns[0].values, trace->n_rows, &dt_ms)) {
    LG_NEW(ctx, timestamps_s, trace->n_rows);
    for (size_t r = 0; r < trace->n_rows; r++) timestamps_s[r] = trace->columns[0].values[r] * 1e-3;
  }
  identify(trace, identifier);
  LG_TRY(lg_nwb_out_open(ctx, &out, identifier, "A simulation by Loligo; there was no session.", "", "",
                         trace->provenance));
  open = true;
  for (size_t c = 1; c < trace->n_columns; c++) add_column(&out, trace, c, timestamps_s, dt_ms);
  LG_TRY(add_table(ctx, &out, trace));
  open = false;
  status = lg_h5_out_commit(ctx, &out.h5, path);
done:
  if (open) lg_h5_out_discard(&out.h5);
  lg_free(ctx, timestamps_s);
  return status;
}

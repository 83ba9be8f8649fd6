/* Recording → NWB 2. */
#define _XOPEN_SOURCE 700
#include "io/nwb.h"
#include "io/nwb_out.h"

#include <sodium.h>
#include <string.h>

enum { PATH_BYTES = 64, MAX_SWEEPS = 100000 };

typedef struct names {
  char response[PATH_BYTES], stimulus[PATH_BYTES]; /* paths */
} names;

static void hash_text(crypto_hash_sha256_state *h, const char *text) {
  (void)crypto_hash_sha256_update(h, (const unsigned char *)text, strlen(text) + 1);
}

static void hash_numbers(crypto_hash_sha256_state *h, const double *x, size_t n) {
  unsigned char bytes[sizeof *x];
  for (size_t k = 0; x && k < n; k++) {
    memcpy(bytes, &x[k], sizeof bytes);
    (void)crypto_hash_sha256_update(h, bytes, sizeof bytes);
  }
}

/* The content's hash is the identifier: the same recording gives the same file name for it. */
static void identify(const lg_recording *rec, char hex[65]) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_state h;
  (void)crypto_hash_sha256_init(&h);
  hash_text(&h, rec->format);
  hash_text(&h, rec->protocol);
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    const double grid[3] = {(double)s->number, s->t0_ms, s->dt_ms};
    hash_numbers(&h, grid, 3);
    hash_numbers(&h, s->v_mV, s->n);
    hash_numbers(&h, s->i_pA, s->n);
  }
  (void)crypto_hash_sha256_final(&h, digest);
  (void)sodium_bin2hex(hex, 65, digest, sizeof digest);
}

static void add_sweep(lg_nwb_out *out, const lg_recording *rec, const lg_sweep *s, const names *n) {
  const bool paired = s->i_pA != NULL;
  lg_nwb_out_series series = {.place = "/acquisition",
                              .name = strrchr(n->response, '/') + 1,
                              .type = "CurrentClampSeries",
                              .description = "Membrane potential.",
                              .stimulus = rec->protocol,
                              .unit = "volts",
                              .conversion = 1e-3, /* stored as mV: the bits of the recording survive */
                              .data = s->v_mV,
                              .n = s->n,
                              .start_s = s->t0_ms * 1e-3,
                              .rate_Hz = 1e3 / s->dt_ms,
                              .sweep_number = s->number};
  lg_nwb_out_series_add(out, &series);
  if (!paired) return;
  series.place = "/stimulus/presentation";
  series.name = strrchr(n->stimulus, '/') + 1;
  series.type = "CurrentClampStimulusSeries";
  series.description =
      s->current_origin == LG_CURRENT_MEASURED ? "Injected current, as measured." : "Injected current, as commanded.";
  series.unit = "amperes";
  series.conversion = 1e-12;
  series.data = s->i_pA;
  lg_nwb_out_series_add(out, &series);
}

static lg_status add_sweeps(lg_ctx *ctx, lg_nwb_out *out, const lg_recording *rec, names *n, lg_nwb_out_row *rows) {
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    (void)snprintf(n[k].response, PATH_BYTES, "/acquisition/response_%05zu", k);
    (void)snprintf(n[k].stimulus, PATH_BYTES, "/stimulus/presentation/stimulus_%05zu", k);
    add_sweep(out, rec, s, &n[k]);
    rows[k] = (lg_nwb_out_row){s->i_pA ? n[k].stimulus : NULL, n[k].response, s->n, s->n};
  }
  return lg_nwb_out_table(ctx, out, rows, rec->n_sweeps);
}

static char *make_notes(lg_ctx *ctx, const lg_recording *rec) {
  size_t room = strlen(rec->pairing) + 64;
  for (size_t k = 0; k < rec->n_warnings; k++) room += strlen(rec->warnings[k]) + 1;
  char *text = lg_alloc(ctx, room, 1);
  if (!text) return NULL;
  size_t n = (size_t)snprintf(text, room, "%s%s", rec->pairing[0] ? "Pairing in the source: " : "", rec->pairing);
  for (size_t k = 0; k < rec->n_warnings; k++) n += (size_t)snprintf(text + n, room - n, "\n%s", rec->warnings[k]);
  return text;
}

static lg_status check(lg_ctx *ctx, const lg_recording *rec) {
  if (rec->n_sweeps == 0 || rec->n_sweeps > MAX_SWEEPS)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "a recording of %zu sweeps cannot be written as NWB (1 … %d)", rec->n_sweeps,
                   MAX_SWEEPS);
  for (size_t k = 0; k < rec->n_sweeps; k++)
    if (rec->sweeps[k].n > INT32_MAX || !(rec->sweeps[k].dt_ms > 0.0))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "sweep %zu (%zu samples, dt %g ms) cannot be written as NWB", k,
                     rec->sweeps[k].n, rec->sweeps[k].dt_ms);
  return LG_OK;
}

lg_status lg_nwb_write(lg_ctx *ctx, const char *path, const lg_recording *rec, lg_provenance *provenance) {
  lg_status status = LG_OK;
  lg_nwb_out out;
  names *n = NULL;
  lg_nwb_out_row *rows = NULL;
  char identifier[65], description[512];
  char *notes = NULL;
  bool open = false;
  LG_TRY(check(ctx, rec));
  LG_NEW(ctx, n, rec->n_sweeps);
  LG_NEW(ctx, rows, rec->n_sweeps);
  notes = make_notes(ctx, rec);
  if (!notes) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  identify(rec, identifier);
  const char *slash = strrchr(rec->source, '/'); /* where it lay is nobody's business */
  (void)snprintf(description, sizeof description,
                 "Converted from %.100s (%.300s); the date of the session is not known.",
                 rec->format[0] ? rec->format : "a recording", slash ? slash + 1 : rec->source);
  LG_TRY(lg_nwb_out_open(ctx, &out, identifier, description, rec->protocol, notes, provenance));
  open = true;
  LG_TRY(add_sweeps(ctx, &out, rec, n, rows));
  open = false;
  status = lg_h5_out_commit(ctx, &out.h5, path);
done:
  if (open) lg_h5_out_discard(&out.h5);
  lg_free(ctx, n);
  lg_free(ctx, rows);
  lg_free(ctx, notes);
  return status;
}

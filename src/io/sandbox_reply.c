/* The answer of a sandboxed child: written by somebody who may have been taken over, so every field is checked. */
#define _XOPEN_SOURCE 700
#include "io/sandbox_internal.h"

#include <math.h>
#include <string.h>

enum { MAX_TEXT = 8192, MAX_WARNINGS = 10000, MAX_SWEEPS = 200000, FIRST_SAMPLES = 65536 };
static const uint64_t magic = 0x314c474f4c494c2fu; /* one version: writer and reader are one program */
static const uint64_t max_samples = 200000000u;

typedef struct head {
  uint64_t magic;
  uint32_t cage, status, message_bytes, source_bytes, format_bytes, pairing_bytes, protocol_bytes, n_warnings;
  uint64_t n_sweeps;
} head;

typedef struct sweep_head {
  uint64_t n, step_on, step_off;
  double dt_ms, t0_ms, step_hold_pA, step_pA;
  int32_t number;
  uint32_t has_current, current_origin, has_step;
} sweep_head;

/* ---- writing (child) -------------------------------------------------------------------------------- */

static uint32_t text_bytes(const char *text) {
  const size_t n = text ? strlen(text) : 0;
  return (uint32_t)(n < MAX_TEXT ? n : MAX_TEXT);
}

static bool put_sweep(lg_put_fn put, void *user, const lg_sweep *s) {
  sweep_head h;
  memset(&h, 0, sizeof h); /* no stack rubbish in the padding */
  h.n = s->n;
  h.step_on = s->step_on;
  h.step_off = s->step_off;
  h.dt_ms = s->dt_ms;
  h.t0_ms = s->t0_ms;
  h.step_hold_pA = s->step_hold_pA;
  h.step_pA = s->step_pA;
  h.number = s->number;
  h.has_current = s->i_pA != NULL;
  h.current_origin = (uint32_t)s->current_origin;
  h.has_step = s->has_step != 0;
  if (!put(user, &h, sizeof h) || !put(user, s->v_mV, s->n * sizeof *s->v_mV)) return false;
  return !s->i_pA || put(user, s->i_pA, s->n * sizeof *s->i_pA);
}

static bool put_recording(lg_put_fn put, void *user, const lg_recording *rec, const head *h) {
  if (!put(user, rec->source, h->source_bytes) || !put(user, rec->format, h->format_bytes) ||
      !put(user, rec->pairing, h->pairing_bytes) || !put(user, rec->protocol, h->protocol_bytes))
    return false;
  for (size_t k = 0; k < h->n_warnings; k++) {
    const uint32_t n = text_bytes(rec->warnings[k]);
    if (!put(user, &n, sizeof n) || !put(user, rec->warnings[k], n)) return false;
  }
  for (size_t k = 0; k < rec->n_sweeps; k++)
    if (!put_sweep(put, user, &rec->sweeps[k])) return false;
  return true;
}

bool lg_reply_write(lg_put_fn put, void *user, lg_cage cage, lg_status status, const char *message,
                    const lg_recording *rec) {
  head h;
  memset(&h, 0, sizeof h);
  h.magic = magic;
  h.cage = (uint32_t)cage;
  h.status = (uint32_t)status;
  h.message_bytes = text_bytes(message);
  if (status == LG_OK) {
    h.source_bytes = text_bytes(rec->source);
    h.format_bytes = text_bytes(rec->format);
    h.pairing_bytes = text_bytes(rec->pairing);
    h.protocol_bytes = text_bytes(rec->protocol);
    h.n_warnings = (uint32_t)(rec->n_warnings < MAX_WARNINGS ? rec->n_warnings : MAX_WARNINGS);
    h.n_sweeps = rec->n_sweeps;
  }
  if (!put(user, &h, sizeof h) || !put(user, message, h.message_bytes)) return false;
  return status != LG_OK || put_recording(put, user, rec, &h);
}

/* ---- reading (caller) --------------------------------------------------------------------------------- */

typedef struct reader {
  lg_ctx *ctx;
  lg_get_fn get;
  void *user;
  uint64_t samples; /* of all sweeps so far */
} reader;

static lg_status broken(const reader *r) { return lg_fail(r->ctx, LG_ERR_INTERNAL, "the answer is not valid"); }

static lg_status get_text(const reader *r, uint32_t n, char **text) {
  if (n > MAX_TEXT) return broken(r);
  char *copy = lg_alloc(r->ctx, (size_t)n + 1, 1);
  if (!copy) return LG_ERR_MEMORY;
  if (n && !r->get(r->user, copy, n)) {
    lg_free(r->ctx, copy);
    return broken(r);
  }
  lg_one_line(copy); /* also stops at a 0 inside */
  lg_free(r->ctx, *text);
  *text = copy;
  return LG_OK;
}

static lg_status get_warning(const reader *r, lg_recording *rec) {
  uint32_t n = 0;
  char *text = NULL;
  if (!r->get(r->user, &n, sizeof n)) return broken(r);
  lg_status status = get_text(r, n, &text);
  if (status == LG_OK) status = lg_recording_warn(r->ctx, rec, "%s", text);
  lg_free(r->ctx, text);
  return status;
}

static bool is_valid(const reader *r, const sweep_head *h) {
  return h->n >= 1 && h->n <= max_samples - r->samples && h->dt_ms > 0.0 && isfinite(h->dt_ms) && isfinite(h->t0_ms) &&
         h->has_current <= 1 && h->has_step <= 1 && h->current_origin <= LG_CURRENT_COMMAND &&
         (h->current_origin == LG_CURRENT_NONE) == (h->has_current == 0) &&
         (!h->has_step ||
          (h->step_on <= h->step_off && h->step_off <= h->n && isfinite(h->step_hold_pA) && isfinite(h->step_pA)));
}

static void set_step(lg_sweep *s, const sweep_head *h) {
  s->step_hold_pA = h->step_hold_pA;
  s->step_pA = h->step_pA;
  s->step_on = (size_t)h->step_on;
  s->step_off = (size_t)h->step_off;
}

/* Fill x, which has room for min(n, FIRST_SAMPLES), and grow it only as the samples really arrive. */
static lg_status get_samples(const reader *r, double **x, size_t n) {
  size_t room = n < FIRST_SAMPLES ? n : FIRST_SAMPLES;
  for (size_t have = 0;;) {
    if (!r->get(r->user, *x + have, (room - have) * sizeof **x)) return broken(r);
    have = room;
    if (have == n) return LG_OK;
    room = n - have < have ? n : 2 * have;
    double *grown = lg_realloc(r->ctx, *x, have * sizeof **x, room, sizeof **x);
    if (!grown) return LG_ERR_MEMORY;
    *x = grown;
  }
}

static lg_status get_sweep(reader *r, lg_recording *rec) {
  sweep_head h;
  lg_sweep *s = NULL;
  if (!r->get(r->user, &h, sizeof h) || !is_valid(r, &h)) return broken(r);
  r->samples += h.n;
  const size_t first = h.n < FIRST_SAMPLES ? (size_t)h.n : FIRST_SAMPLES;
  lg_status status = lg_recording_add_sweep(r->ctx, rec, first, h.dt_ms, (int)h.has_current, &s);
  if (status != LG_OK) return status;
  s->t0_ms = h.t0_ms;
  s->number = h.number;
  s->current_origin = (lg_current_origin)h.current_origin;
  s->has_step = (int)h.has_step;
  if (h.has_step) set_step(s, &h);
  status = get_samples(r, &s->v_mV, (size_t)h.n);
  if (status == LG_OK && s->i_pA) status = get_samples(r, &s->i_pA, (size_t)h.n);
  s->n = (size_t)h.n; /* a recording with shorter arrays is never handed out: the status says so */
  return status;
}

static lg_status get_recording(reader *r, const head *h, lg_recording **out) {
  lg_status status = LG_OK;
  lg_recording *rec = NULL;
  *out = NULL;
  LG_TRY(lg_recording_create(r->ctx, &rec));
  LG_TRY(get_text(r, h->source_bytes, &rec->source));
  LG_TRY(get_text(r, h->format_bytes, &rec->format));
  LG_TRY(get_text(r, h->pairing_bytes, &rec->pairing));
  LG_TRY(get_text(r, h->protocol_bytes, &rec->protocol));
  for (uint32_t k = 0; k < h->n_warnings; k++) LG_TRY(get_warning(r, rec));
  for (uint64_t k = 0; k < h->n_sweeps; k++) LG_TRY(get_sweep(r, rec));
  *out = rec;
  return LG_OK;
done:
  lg_recording_destroy(r->ctx, rec);
  return status;
}

lg_status lg_reply_read(lg_ctx *ctx, lg_get_fn get, void *user, lg_cage *cage, lg_recording **out) {
  reader r = {.ctx = ctx, .get = get, .user = user};
  head h;
  char *message = NULL;
  *out = NULL;
  if (!get(user, &h, sizeof h) || h.magic != magic || h.status > LG_ERR_INTERNAL || h.n_warnings > MAX_WARNINGS ||
      h.n_sweeps > MAX_SWEEPS || (h.cage != LG_CAGE_FULL && h.cage != LG_CAGE_LIMITS_ONLY))
    return broken(&r);
  *cage = (lg_cage)h.cage;
  lg_status status = get_text(&r, h.message_bytes, &message);
  if (status == LG_OK && h.status == LG_OK) status = get_recording(&r, &h, out);
  else if (status == LG_OK) status = lg_fail(ctx, (lg_status)h.status, "%s", message);
  if (*out && !get(user, NULL, 0)) { /* bytes behind the end */
    lg_recording_destroy(ctx, *out);
    *out = NULL;
    status = broken(&r);
  }
  lg_free(ctx, message);
  return status;
}

/* ---- an answer of bytes ------------------------------------------------------------------------------- */

static const uint64_t bytes_magic = 0x315342474f4c494cu;

bool lg_reply_write_bytes(lg_put_fn put, void *user, lg_cage cage, lg_status status, const char *message,
                          const unsigned char *bytes, size_t n) {
  head h;
  memset(&h, 0, sizeof h);
  h.magic = bytes_magic;
  h.cage = (uint32_t)cage;
  h.status = (uint32_t)status;
  h.message_bytes = text_bytes(message);
  h.n_sweeps = status == LG_OK ? n : 0; /* here: the number of bytes */
  if (!put(user, &h, sizeof h) || !put(user, message, h.message_bytes)) return false;
  return status != LG_OK || n == 0 || put(user, bytes, n);
}

/* Grows as the bytes really arrive. */
static lg_status get_bytes(const reader *r, size_t n, unsigned char **out) {
  size_t have = 0, room = n < FIRST_SAMPLES ? n : FIRST_SAMPLES;
  *out = lg_alloc(r->ctx, room + 1, 1);
  if (!*out) return LG_ERR_MEMORY;
  while (have < n) {
    if (!r->get(r->user, *out + have, room - have)) return broken(r);
    have = room;
    if (have == n) break;
    room = n - have < have ? n : 2 * have;
    unsigned char *grown = lg_realloc(r->ctx, *out, have, room + 1, 1);
    if (!grown) return LG_ERR_MEMORY;
    *out = grown;
  }
  (*out)[n] = 0;
  return r->get(r->user, NULL, 0) ? LG_OK : broken(r);
}

lg_status lg_reply_read_bytes(lg_ctx *ctx, lg_get_fn get, void *user, size_t max_bytes, lg_cage *cage,
                              unsigned char **bytes, size_t *n) {
  const reader r = {.ctx = ctx, .get = get, .user = user};
  head h;
  char *message = NULL;
  *bytes = NULL;
  *n = 0;
  if (!get(user, &h, sizeof h) || h.magic != bytes_magic || h.status > LG_ERR_INTERNAL || h.n_sweeps > max_bytes ||
      (h.cage != LG_CAGE_FULL && h.cage != LG_CAGE_LIMITS_ONLY))
    return broken(&r);
  *cage = (lg_cage)h.cage;
  lg_status status = get_text(&r, h.message_bytes, &message);
  if (status == LG_OK && h.status == LG_OK) status = get_bytes(&r, (size_t)h.n_sweeps, bytes);
  else if (status == LG_OK) status = lg_fail(ctx, (lg_status)h.status, "%s", message);
  lg_free(ctx, message);
  if (status == LG_OK) *n = (size_t)h.n_sweeps;
  else {
    lg_free(ctx, *bytes);
    *bytes = NULL;
  }
  return status;
}

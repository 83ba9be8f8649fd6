/* A live cell at a pace: simulate up to the next frame, write it, and listen until it is time for the next. */
#define _GNU_SOURCE
#include "app/cli/live_loop.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* int16 covers ±327.67 mV in steps of 0.01 mV. */
#define INT16_SCALE_MV 0.01
#define LATE_PERIODS 4.0
enum { LINE = 65536, PAUSED_MS = 1000, STEPS_AT_ONCE = 4096 };

struct live_loop {
  lg_ctx *ctx;
  lg_live *live;
  live_loop_options o;
  size_t steps; /* per frame */
  uint64_t number;
  double *values;
  unsigned char *bytes; /* a whole record */
  bool paused, over;    /* over: the input ended, or said so */
  double due_s;         /* when the next frame is to go out */
  char line[LINE];
  size_t n_line;
  bool too_long;
};

static double now_s(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- out ----------------------------------------------------------------------------------------------------- */

static lg_status put(live_loop *l, const void *bytes, size_t n) {
  if (fwrite(bytes, 1, n, l->o.output) == n && fflush(l->o.output) == 0) return LG_OK;
  return lg_fail(l->ctx, LG_ERR_IO, "the stream could not be written: %s", strerror(errno));
}

static live_header header(const live_loop *l, live_quantity quantity, live_type type, size_t n) {
  return (live_header){.number = l->number,
                       .t_ms = lg_live_time_ms(l->live),
                       .dt_ms = lg_live_dt_ms(l->live),
                       .n = (uint32_t)n,
                       .payload = (uint32_t)live_payload(type, n),
                       .quantity = quantity,
                       .type = type,
                       .flags = l->paused ? LIVE_PAUSED : 0,
                       .scale = type == LIVE_INT16 ? INT16_SCALE_MV : 1.0};
}

static lg_status put_frame(live_loop *l) {
  const bool point = lg_live_is_point(l->live); /* gates need more digits than int16 has */
  const live_header h = header(l, point ? LIVE_STATES : LIVE_V, l->o.type, lg_live_n_values(l->live));
  lg_live_values(l->live, l->values);
  live_put_header(&h, l->bytes);
  live_put_values(&h, l->values, l->bytes + LIVE_HEADER);
  l->number++;
  return put(l, l->bytes, LIVE_HEADER + h.payload);
}

typedef struct words {
  FILE *stream;
  char *text;
  size_t n;
  lg_json w;
} words;

static lg_status begin_words(live_loop *l, words *x) {
  *x = (words){.stream = NULL};
  x->stream = open_memstream(&x->text, &x->n);
  if (!x->stream) return lg_fail(l->ctx, LG_ERR_MEMORY, "no memory for words");
  x->w = lg_json_begin(x->stream);
  lg_json_object(&x->w);
  return LG_OK;
}

static lg_status end_words(live_loop *l, words *x) {
  static const char zeros[8];
  unsigned char head[LIVE_HEADER];
  lg_json_end_object(&x->w);
  const bool nested = lg_json_end(&x->w), written = fclose(x->stream) == 0 && x->text;
  lg_status status = nested && written ? LG_OK : lg_fail(l->ctx, LG_ERR_MEMORY, "no memory for words");
  if (status == LG_OK) {
    const live_header h = header(l, LIVE_WORDS, LIVE_BYTES, x->n);
    live_put_header(&h, head);
    status = put(l, head, sizeof head);
    if (status == LG_OK) status = put(l, x->text, x->n);
    if (status == LG_OK) status = put(l, zeros, h.payload - x->n);
  }
  free(x->text);
  return status;
}

static void write_pace(const live_loop *l, lg_json *w) {
  lg_json_key_boolean(w, "paused", l->paused);
  lg_json_key_number(w, "every_ms", (double)l->steps * lg_live_dt_ms(l->live));
  lg_json_key_number(w, "rate_Hz", l->o.rate_Hz);
}

static lg_status describe(live_loop *l) {
  words x;
  const lg_status status = begin_words(l, &x);
  if (status != LG_OK) return status;
  lg_json_key_text(&x.w, "schema", "loligo-live/1");
  write_pace(l, &x.w);
  lg_live_describe(l->live, &x.w);
  return end_words(l, &x);
}

/* number 0: nobody asked. */
static lg_status say_state(live_loop *l, int64_t number) {
  words x;
  const lg_status status = begin_words(l, &x);
  if (status != LG_OK) return status;
  if (number > 0) lg_json_key_integer(&x.w, "number", number);
  lg_json_key(&x.w, "state");
  lg_json_object(&x.w);
  lg_json_key_number(&x.w, "t_ms", lg_live_time_ms(l->live));
  write_pace(l, &x.w);
  lg_json_end_object(&x.w);
  return end_words(l, &x);
}

/* ---- in ------------------------------------------------------------------------------------------------------ */

static lg_status set_pace(live_loop *l, double every_ms) {
  const double dt = lg_live_dt_ms(l->live), steps = floor(every_ms / dt + 0.5);
  if (!(steps >= 1.0 && every_ms <= 1000.0))
    return lg_fail(l->ctx, LG_ERR_RANGE, "%g ms between frames; allowed is %g (one step) to 1000 ms", every_ms, dt);
  l->steps = (size_t)steps;
  return LG_OK;
}

static lg_status stimulate(live_loop *l, const lg_json_at *at, int64_t number) {
  lg_live_stimulus s;
  lg_json_at object;
  words x;
  lg_status status = lg_json_get_object(l->ctx, at, "stimulus", &object);
  if (status == LG_OK) status = lg_live_stimulate(l->ctx, l->live, &object, &s);
  if (status != LG_OK) return status;
  status = begin_words(l, &x);
  if (status != LG_OK) return status;
  lg_json_key_integer(&x.w, "number", number);
  lg_json_key(&x.w, "stimulus");
  lg_live_write_stimulus(&s, &x.w);
  return end_words(l, &x);
}

static lg_status change_pace(live_loop *l, const lg_json_at *at) {
  double every_ms, rate_Hz;
  bool paused = l->paused;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_number_or(l->ctx, at, "every_ms", "ms", 0.0, 1000.0, (double)l->steps * lg_live_dt_ms(l->live),
                               &every_ms));
  LG_TRY(lg_json_get_number_or(l->ctx, at, "rate_Hz", "Hz", 1.0, 240.0, l->o.rate_Hz, &rate_Hz));
  if (lg_json_has(at, "paused")) LG_TRY(lg_json_get_boolean(l->ctx, at, "paused", &paused));
  LG_TRY(set_pace(l, every_ms));
  l->o.rate_Hz = rate_Hz;
  l->paused = paused;
  l->due_s = now_s();
done:
  return status;
}

/* What was asked for wrongly is answered, and the stream goes on. */
static lg_status refuse(live_loop *l, int64_t number) {
  words x;
  char message[400];
  (void)snprintf(message, sizeof message, "%s", lg_ctx_message(l->ctx));
  const lg_status status = begin_words(l, &x);
  if (status != LG_OK) return status;
  lg_json_key_integer(&x.w, "number", number);
  lg_json_key_text(&x.w, "refused", message);
  return end_words(l, &x);
}

static lg_status take_line(live_loop *l) {
  static const char *const known[] = {"number", "stimulus", "paused", "every_ms", "rate_Hz", "end"};
  lg_json_doc *doc = NULL;
  int64_t number = 0;
  bool end = false;
  lg_status status = l->too_long ? lg_fail(l->ctx, LG_ERR_RANGE, "a line has more than %d bytes", LINE - 1)
                                 : lg_json_parse(l->ctx, "line", l->line, l->n_line, LG_JSON_STRICT, &doc);
  if (status == LG_OK) {
    const lg_json_at root = lg_json_root(doc);
    if (lg_json_has(&root, "number")) status = lg_json_get_integer(l->ctx, &root, "number", 0, INT64_MAX, &number);
    if (status == LG_OK) status = lg_json_only_keys(l->ctx, &root, known, sizeof known / sizeof known[0]);
    if (status == LG_OK && lg_json_has(&root, "end")) status = lg_json_get_boolean(l->ctx, &root, "end", &end);
    if (status == LG_OK && lg_json_has(&root, "stimulus")) status = stimulate(l, &root, number);
    else if (status == LG_OK) status = change_pace(l, &root);
    if (status == LG_OK && !lg_json_has(&root, "stimulus")) status = say_state(l, number);
  }
  lg_json_doc_destroy(l->ctx, doc);
  l->over = l->over || end;
  l->n_line = 0;
  l->too_long = false;
  return status == LG_OK || status == LG_ERR_IO || status == LG_ERR_MEMORY ? status : refuse(l, number);
}

static lg_status take_bytes(live_loop *l, const char *bytes, size_t n) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < n && status == LG_OK; k++) {
    if (bytes[k] == '\n') {
      if (l->n_line > 0 || l->too_long) status = take_line(l);
    } else if (l->n_line == LINE - 1) l->too_long = true;
    else l->line[l->n_line++] = bytes[k];
  }
  return status;
}

/* Listen until the time, at least once. */
static lg_status listen_until(live_loop *l, double until_s) {
  char bytes[4096];
  for (bool once = true; !l->over; once = false) {
    const double left_ms = 1e3 * (until_s - now_s());
    struct pollfd p = {.fd = l->o.input, .events = POLLIN};
    if (left_ms <= 0.0 && !once) return LG_OK;
    /* poll() knows whole milliseconds: the rest of the wait is slept */
    const struct timespec wait = {(time_t)(fmax(left_ms, 0.0) / 1e3), (long)(1e6 * fmod(fmax(left_ms, 0.0), 1e3))};
    const int ready = ppoll(&p, l->o.input >= 0, &wait, NULL);
    if (ready < 0 && errno != EINTR) return lg_fail(l->ctx, LG_ERR_IO, "cannot wait: %s", strerror(errno));
    if (lg_cancelled(l->ctx)) return lg_fail(l->ctx, LG_ERR_CANCELLED, "stopped");
    if (ready <= 0) return LG_OK;
    const ssize_t n = read(l->o.input, bytes, sizeof bytes);
    if (n < 0 && errno != EINTR && errno != EAGAIN)
      return lg_fail(l->ctx, LG_ERR_IO, "the input cannot be read: %s", strerror(errno));
    if (n == 0) {
      l->o.input = -1;
      if (l->o.duration_ms == 0.0) l->over = true; /* otherwise it ends by itself */
    }
    const bool was_paused = l->paused;
    const lg_status status = n > 0 ? take_bytes(l, bytes, (size_t)n) : LG_OK;
    if (status != LG_OK || was_paused != l->paused) return status;
  }
  return LG_OK;
}

/* ---- the course ---------------------------------------------------------------------------------------------- */

static lg_status next_frame(live_loop *l) {
  const double period = l->o.rate_Hz > 0.0 ? 1.0 / l->o.rate_Hz : 0.0, now = now_s();
  size_t left = l->steps;
  while (left > 0) { /* a long way is gone in pieces, so that stopping it does not wait */
    const size_t n = left < STEPS_AT_ONCE ? left : STEPS_AT_ONCE;
    const lg_status status = lg_live_advance(l->ctx, l->live, n);
    if (status != LG_OK) return status;
    if (lg_cancelled(l->ctx)) return lg_fail(l->ctx, LG_ERR_CANCELLED, "stopped");
    left -= n;
  }
  l->due_s += period;
  if (now - l->due_s > LATE_PERIODS * period) l->due_s = now; /* too slow for the pace: time is not made up for */
  return put_frame(l);
}

static lg_status go_on(live_loop *l) {
  lg_status status = put_frame(l); /* the start */
  l->due_s = now_s();
  while (status == LG_OK && !l->over) {
    if (l->paused) {
      status = listen_until(l, now_s() + 1e-3 * PAUSED_MS);
      if (status == LG_OK && l->paused) status = say_state(l, 0); /* whoever left is noticed */
      continue;
    }
    const double t = lg_live_time_ms(l->live), step = (double)l->steps * lg_live_dt_ms(l->live);
    if (l->o.duration_ms > 0.0 && t + step > l->o.duration_ms * (1.0 + 1e-12)) break;
    status = listen_until(l, l->due_s);
    if (status == LG_OK && !l->paused && !l->over) status = next_frame(l);
  }
  return status;
}

lg_status live_loop_run(lg_ctx *ctx, lg_live *live, const live_loop_options *o) {
  lg_status status = LG_OK;
  live_loop *l = NULL;
  const size_t n = lg_live_n_values(live);
  LG_NEW(ctx, l, 1);
  *l = (live_loop){.ctx = ctx, .live = live, .o = *o};
  if (lg_live_is_point(live)) l->o.type = LIVE_FLOAT32;
  LG_NEW(ctx, l->values, n);
  LG_NEW(ctx, l->bytes, LIVE_HEADER + live_payload(l->o.type, n));
  LG_TRY(set_pace(l, o->every_ms));
  LG_TRY(describe(l));
  status = go_on(l);
done:
  if (l) {
    lg_free(ctx, l->values);
    lg_free(ctx, l->bytes);
  }
  lg_free(ctx, l);
  return status;
}

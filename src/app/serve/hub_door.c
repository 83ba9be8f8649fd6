/* The hub as the door sees it: beginning, looking at, asking and ending streams. */
#define _GNU_SOURCE
#include "app/serve/hub_internal.h"
#include "app/serve/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

hub_stream *hub_find(const hub *h, int64_t id, hub_eye eye) {
  for (hub_stream *s = h->streams; s; s = s->next)
    if (s->id == id) return eye.user == 0 || s->user == eye.user || (s->shared && !eye.steers) ? s : NULL;
  return NULL;
}

lg_status hub_no_stream(lg_ctx *ctx) { return lg_fail(ctx, LG_ERR_NOT_FOUND, "you have no such live stream"); }

static bool make_launch(hub_stream *s, const hub *h, const hub_new *o) {
  char to[HUB_WORD];
  json_t *argv = json_array(), *inputs = json_array();
  bool good = json_array_append_new(argv, json_string(h->program)) == 0;
  for (size_t k = 0; k < o->n_words; k++) good = good && json_array_append_new(argv, json_string(o->word[k])) == 0;
  for (size_t k = 0; k < o->n_inputs; k++) {
    good = good && snprintf(to, sizeof to, "%s/in/%s", s->folder, o->name[k]) < (int)sizeof to;
    good = good && json_array_append_new(inputs, json_pack("[s, s]", o->from[k], to)) == 0;
  }
  s->stimuli = json_array();
  s->launch = json_pack("{s:s, s:o, s:o}", "folder", s->folder, "argv", argv, "inputs", inputs);
  return good && s->stimuli && s->launch;
}

static lg_status check_limits(lg_ctx *ctx, const hub *h, int64_t user) {
  unsigned all = 0, own = 0;
  for (const hub_stream *s = h->streams; s; s = s->next) {
    if (s->state == HUB_ENDED) continue;
    all++;
    own += s->user == user;
  }
  if (own >= h->o.of_user) return lg_fail(ctx, LG_ERR_LIMIT, "you have %u live streams; at most %u", own, h->o.of_user);
  if (all >= h->o.streams)
    return lg_fail(ctx, LG_ERR_LIMIT, "the server has %u live streams, and at most %u", all, h->o.streams);
  return h->stopping ? lg_fail(ctx, LG_ERR_LIMIT, "the server is ending") : LG_OK;
}

lg_status hub_open(lg_ctx *ctx, hub *h, const hub_new *o, int64_t *id) {
  lg_status status = LG_OK;
  if (!h->program) return lg_fail(ctx, LG_ERR_LIMIT, "this server runs no programs");
  hub_stream *s = calloc(1, sizeof *s);
  if (!s) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a stream");
  (void)pthread_mutex_lock(&h->lock);
  LG_TRY(check_limits(ctx, h, o->user));
  const int64_t now = store_now();
  *s = (hub_stream){.id = h->last_id + 1,
                    .user = o->user,
                    .shared = o->shared,
                    .created = now,
                    .alone_since = now,
                    .in = -1,
                    .out = -1};
  (void)snprintf(s->owner, sizeof s->owner, "%s", o->user_name);
  if (snprintf(s->folder, sizeof s->folder, "%s/live/%lld", h->folder, (long long)s->id) >= HUB_WORD - 128)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "the server's folder has too long a name"));
  if (!make_launch(s, h, o)) LG_TRY(lg_fail(ctx, LG_ERR_MEMORY, "no memory for a stream"));
  *id = h->last_id = s->id;
  s->next = h->streams;
  h->streams = s;
  s = NULL;
done:
  (void)pthread_mutex_unlock(&h->lock);
  hub_free_stream(s);
  if (status == LG_OK) hub_wake(h);
  return status;
}

lg_status hub_look(lg_ctx *ctx, hub *h, int64_t id, hub_eye eye, hub_state *state) {
  (void)pthread_mutex_lock(&h->lock);
  const hub_stream *s = hub_find(h, id, eye);
  if (s) *state = s->state;
  (void)pthread_mutex_unlock(&h->lock);
  return s ? LG_OK : hub_no_stream(ctx);
}

void hub_why(hub *h, int64_t id, char *why, size_t bytes) {
  (void)pthread_mutex_lock(&h->lock);
  const hub_stream *s = hub_find(h, id, (hub_eye){0, false});
  if (s) (void)snprintf(why, bytes, "%s", s->message);
  (void)pthread_mutex_unlock(&h->lock);
}

static void write_json(lg_json *w, const char *key, const json_t *value) {
  char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
  lg_json_key(w, key);
  if (text) lg_json_raw(w, text);
  else lg_json_null(w);
  free(text);
}

static void write_stream(const hub_stream *s, bool whole, lg_json *w) {
  static const char *const names[] = {"starting", "running", "ended"};
  lg_json_object(w);
  lg_json_key_integer(w, "id", s->id);
  lg_json_key_text(w, "state", names[s->state]);
  lg_json_key_text(w, "owner", s->owner);
  lg_json_key_boolean(w, "shared", s->shared);
  lg_json_key_integer(w, "created_ms", s->created);
  lg_json_key_integer(w, "frames", (int64_t)s->frames);
  lg_json_key_integer(w, "viewers", s->n_viewers);
  lg_json_key_number(w, "t_ms", s->t_ms);
  lg_json_key_boolean(w, "paused", s->paused);
  lg_json_key_number(w, "every_ms", s->every_ms);
  lg_json_key_number(w, "rate_Hz", s->rate_Hz);
  lg_json_key_text(w, "message", s->message[0] ? s->message : NULL);
  if (whole) {
    write_json(w, "layout", s->words);
    write_json(w, "stimuli", s->stimuli);
  }
  lg_json_end_object(w);
}

lg_status hub_write(lg_ctx *ctx, hub *h, int64_t id, hub_eye eye, bool whole, lg_json *w) {
  (void)pthread_mutex_lock(&h->lock);
  const hub_stream *s = hub_find(h, id, eye);
  if (s) write_stream(s, whole, w);
  (void)pthread_mutex_unlock(&h->lock);
  return s ? LG_OK : hub_no_stream(ctx);
}

void hub_write_all(hub *h, hub_eye eye, lg_json *w) {
  (void)pthread_mutex_lock(&h->lock);
  for (const hub_stream *s = h->streams; s; s = s->next)
    if (hub_find(h, s->id, eye)) write_stream(s, false, w);
  (void)pthread_mutex_unlock(&h->lock);
}

/* A line of at most PIPE_BUF bytes is in the pipe whole or not at all. */
static lg_status send_line(lg_ctx *ctx, const hub_stream *s, json_t *request) {
  char *text = json_dumps(request, JSON_COMPACT);
  const size_t n = text ? strlen(text) : 0;
  lg_status status = text ? LG_OK : lg_fail(ctx, LG_ERR_MEMORY, "no memory for a request");
  if (text && n + 1 > 4096) status = lg_fail(ctx, LG_ERR_RANGE, "the request is too long");
  if (status == LG_OK) {
    text[n] = '\n';
    if (write(s->in, text, n + 1) != (ssize_t)(n + 1))
      status = lg_fail(ctx, LG_ERR_LIMIT, "the stream does not listen: too many requests wait, or it is ending");
  }
  free(text);
  return status;
}

lg_status hub_ask(lg_ctx *ctx, hub *h, int64_t id, hub_eye eye, json_t *request, int64_t *number) {
  lg_status status = LG_OK;
  (void)pthread_mutex_lock(&h->lock);
  hub_stream *s = hub_find(h, id, eye);
  if (!s) status = hub_no_stream(ctx);
  else if (s->state != HUB_RUNNING) status = lg_fail(ctx, LG_ERR_LIMIT, "the stream does not run");
  else if (json_object_set_new(request, "number", json_integer(++s->asked)) != 0)
    status = lg_fail(ctx, LG_ERR_MEMORY, "no memory for a request");
  else status = send_line(ctx, s, request);
  if (status == LG_OK) *number = s->asked;
  (void)pthread_mutex_unlock(&h->lock);
  return status;
}

lg_status hub_answer(lg_ctx *ctx, hub *h, int64_t id, hub_eye eye, int64_t number, json_t **answer) {
  *answer = NULL;
  (void)pthread_mutex_lock(&h->lock);
  const hub_stream *s = hub_find(h, id, eye);
  for (size_t k = 0; s && k < HUB_ANSWERS; k++)
    if (s->answer[k].words && s->answer[k].number == number) *answer = json_incref(s->answer[k].words);
  (void)pthread_mutex_unlock(&h->lock);
  return s ? LG_OK : hub_no_stream(ctx);
}

lg_status hub_end(lg_ctx *ctx, hub *h, int64_t id, hub_eye eye) {
  (void)pthread_mutex_lock(&h->lock);
  hub_stream *s = hub_find(h, id, eye);
  if (s) s->asked_to_end = true;
  (void)pthread_mutex_unlock(&h->lock);
  hub_wake(h);
  return s ? LG_OK : hub_no_stream(ctx);
}

void hub_count(hub *h, hub_counts *out) {
  (void)pthread_mutex_lock(&h->lock);
  *out = h->count;
  out->viewers = h->n_viewers;
  out->streams = 0;
  for (const hub_stream *s = h->streams; s; s = s->next) out->streams += s->state != HUB_ENDED;
  (void)pthread_mutex_unlock(&h->lock);
}

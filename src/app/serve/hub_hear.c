/* Records as they come from the program of a stream, and to whom they go. */
#define _GNU_SOURCE
#include "app/serve/hub_internal.h"
#include "app/serve/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_AT_ONCE = 256 * 1024 };

void hub_let_go(hub_frame *f) {
  if (f && atomic_fetch_sub(&f->holders, 1) == 1) free(f);
}

void hub_wake_viewers(hub_stream *s) {
  for (hub_viewer *v = s->viewers; v; v = v->following) {
    if (!v->waiting) continue;
    v->waiting = false;
    MHD_resume_connection(v->connection);
  }
}

static hub_frame *make_frame(const unsigned char *bytes, size_t n) {
  hub_frame *f = malloc(sizeof *f + n);
  if (!f) return NULL;
  atomic_init(&f->holders, 1);
  f->n = n;
  memcpy(f->bytes, bytes, n);
  return f;
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

static void take_pace(hub_stream *s, const json_t *words) {
  const json_t *every = json_object_get(words, "every_ms"), *rate = json_object_get(words, "rate_Hz");
  if (json_is_number(every)) s->every_ms = json_number_value(every);
  if (json_is_number(rate)) s->rate_Hz = json_number_value(rate);
  s->paused = json_is_true(json_object_get(words, "paused"));
}

static void keep_answer(hub_stream *s, int64_t number, json_t *words) {
  const size_t k = s->n_answers++ % HUB_ANSWERS;
  json_decref(s->answer[k].words);
  s->answer[k].number = number;
  s->answer[k].words = json_incref(words);
}

/* False: these are no words of ours. */
static bool take_words(hub_stream *s, const hub_frame *frame, const live_header *head, bool *news) {
  json_t *words = json_loadb((const char *)frame->bytes + LIVE_HEADER, head->n, JSON_REJECT_DUPLICATES, NULL);
  const json_t *number = json_object_get(words, "number"), *state = json_object_get(words, "state");
  json_t *stimulus = json_object_get(words, "stimulus");
  const bool good = json_is_object(words);
  if (good && json_object_get(words, "schema") && !s->words) {
    s->words = json_incref(words);
    take_pace(s, words);
    s->state = HUB_RUNNING;
    s->alone_since = store_now();
    *news = true;
  }
  if (state) take_pace(s, state);
  if (json_is_integer(number)) {
    keep_answer(s, json_integer_value(number), words);
    *news = true;
  }
  if (stimulus && json_array_size(s->stimuli) < HUB_MOST_STIMULI) (void)json_array_append(s->stimuli, stimulus);
  json_decref(words);
  return good;
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

static void publish(hub *h, hub_stream *s, hub_frame *frame, const live_header *head) {
  const size_t k = s->head % HUB_RING;
  hub_let_go(s->ring[k]);
  s->ring[k] = frame;
  s->head++;
  s->t_ms = head->t_ms;
  if (head->quantity != LIVE_WORDS) s->frames++, h->count.frames++;
}

/* One whole record at the start of the bytes: how long it is; 0: not all is there; SIZE_MAX: it is none. */
static size_t take_record(hub *h, hub_stream *s, const unsigned char *bytes, size_t n, bool *news) {
  live_header head;
  if (n < LIVE_HEADER) return 0;
  if (!live_get_header(bytes, &head)) return SIZE_MAX;
  const size_t whole = LIVE_HEADER + head.payload;
  if (n < whole) return 0;
  hub_frame *frame = make_frame(bytes, whole);
  if (!frame) return SIZE_MAX;
  (void)pthread_mutex_lock(&h->lock);
  bool good = head.quantity != LIVE_WORDS || take_words(s, frame, &head, news);
  if (good && head.quantity == LIVE_WORDS && !s->layout) s->layout = frame; /* for whoever comes later, too */
  else if (good && s->layout) publish(h, s, frame, &head);
  else {
    good = false; /* frames before anybody said what they are */
    hub_let_go(frame);
  }
  hub_wake_viewers(s);
  (void)pthread_mutex_unlock(&h->lock);
  return good ? whole : SIZE_MAX;
}

static bool make_room(hub_stream *s) {
  if (s->room - s->n_bytes >= READ_AT_ONCE) return true;
  const size_t room = s->n_bytes + READ_AT_ONCE;
  unsigned char *larger =
      room <= LIVE_HEADER + (size_t)LIVE_MOST_PAYLOAD + READ_AT_ONCE ? realloc(s->bytes, room) : NULL;
  if (!larger) return false;
  s->bytes = larger;
  s->room = room;
  return true;
}

bool hub_hear(hub *h, hub_stream *s, bool *news) {
  size_t at = 0;
  if (!make_room(s)) return false;
  const ssize_t got = read(s->out, s->bytes + s->n_bytes, READ_AT_ONCE);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  s->n_bytes += (size_t)got;
  for (;;) {
    const size_t n = take_record(h, s, s->bytes + at, s->n_bytes - at, news);
    if (n == SIZE_MAX) {
      s->wrote_nonsense = true;
      return false;
    }
    if (n == 0) break;
    at += n;
  }
  memmove(s->bytes, s->bytes + at, s->n_bytes - at);
  s->n_bytes -= at;
  return true;
}

/* The hub's thread and its list of streams. */
#define _GNU_SOURCE
#include "app/serve/hub_internal.h"
#include "app/serve/store.h"
#include "app/serve/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 100, MOST_STREAMS = 64, LONGEST_START_MS = 60000 };

/* ---- streams ---------------------------------------------------------------------------------------------------- */

void hub_free_stream(hub_stream *s) {
  if (!s) return;
  json_decref(s->launch);
  for (size_t k = 0; k < HUB_RING; k++) hub_let_go(s->ring[k]);
  for (size_t k = 0; k < HUB_ANSWERS; k++) json_decref(s->answer[k].words);
  hub_let_go(s->layout);
  json_decref(s->words);
  json_decref(s->stimuli);
  free(s->bytes);
  free(s);
}

static void close_pipes(hub_stream *s) {
  if (s->in >= 0) (void)close(s->in);
  if (s->out >= 0) (void)close(s->out);
  s->in = s->out = -1;
}

/* From the hub's thread: the program is gone or never was. */
static void end_stream(hub *h, hub_stream *s, const char *why) {
  (void)pthread_mutex_lock(&h->lock);
  close_pipes(s);
  s->process = 0;
  s->state = HUB_ENDED;
  s->ended = store_now();
  if (!s->message[0]) (void)snprintf(s->message, sizeof s->message, "%s", why);
  hub_wake_viewers(s);
  (void)pthread_mutex_unlock(&h->lock);
  worker_remove_tree(s->folder);
  h->o.news(h->o.user, s->id);
}

/* A program that has closed its end is given a moment to say how it ended. */
static int wait_for(const hub_stream *s, bool by_itself) {
  int how = 0;
  for (int k = 0; by_itself && k < 20; k++) {
    if (waitpid(s->process, &how, WNOHANG) != 0) return how;
    (void)usleep(2000);
  }
  (void)kill(s->process, SIGKILL);
  while (waitpid(s->process, &how, 0) < 0 && errno == EINTR) {
  }
  return how;
}

static void bury(hub *h, hub_stream *s, bool by_itself) {
  char why[400];
  const int how = wait_for(s, by_itself);
  if (s->wrote_nonsense) (void)snprintf(why, sizeof why, "its program wrote what is no frame");
  else if (s->asked_to_end) (void)snprintf(why, sizeof why, "somebody ended it");
  else live_process_why(s, how, why, sizeof why);
  end_stream(h, s, why);
}

/* ---- the thread ------------------------------------------------------------------------------------------------- */

/* Streams only go away by this thread: a list of them taken under the lock stays good. */
static size_t list(hub *h, hub_stream *all[MOST_STREAMS]) {
  size_t n = 0;
  (void)pthread_mutex_lock(&h->lock);
  for (hub_stream *s = h->streams; s && n < MOST_STREAMS; s = s->next) all[n++] = s;
  (void)pthread_mutex_unlock(&h->lock);
  return n;
}

static void start_stream(hub *h, hub_stream *s) {
  (void)pthread_mutex_lock(&h->lock);
  const bool wanted = !s->asked_to_end;
  (void)pthread_mutex_unlock(&h->lock);
  const lg_status status = wanted ? live_process_start(h->ctx, h, s) : LG_OK;
  if (s->process <= 0) end_stream(h, s, status == LG_OK ? "somebody ended it" : lg_ctx_message(h->ctx));
}

static void look_after(hub *h, hub_stream *s, int64_t now) {
  if (s->state == HUB_ENDED) return;
  if (s->process == 0) {
    start_stream(h, s);
    return;
  }
  (void)pthread_mutex_lock(&h->lock);
  const bool idle = s->state == HUB_RUNNING && s->n_viewers == 0 && now - s->alone_since > h->o.idle_ms;
  const bool late = s->state == HUB_STARTING && now - s->created > LONGEST_START_MS;
  if ((idle || late) && !s->message[0])
    (void)snprintf(s->message, sizeof s->message, "%s", idle ? "nobody looked at it any more" : "it did not begin");
  const bool over = idle || late || s->asked_to_end || h->stopping;
  (void)pthread_mutex_unlock(&h->lock);
  if (over) bury(h, s, false);
}

/* Ended long ago, and nobody reads it any more. */
static void drop_old(hub *h, int64_t now) {
  hub_stream *gone = NULL;
  (void)pthread_mutex_lock(&h->lock);
  for (hub_stream **p = &h->streams, *s; (s = *p);) {
    if (s->state != HUB_ENDED || s->n_viewers > 0 || now - s->ended < HUB_LOST_MS) {
      p = &s->next;
      continue;
    }
    *p = s->next;
    s->next = gone;
    gone = s;
  }
  (void)pthread_mutex_unlock(&h->lock);
  for (hub_stream *s = gone, *next; s; s = next) {
    next = s->next;
    hub_free_stream(s);
  }
}

static void hear_all(hub *h, hub_stream *const *all, size_t n) {
  struct pollfd p[MOST_STREAMS + 1] = {{.fd = h->wake[0], .events = POLLIN}};
  char bytes[64];
  for (size_t k = 0; k < n; k++) p[k + 1] = (struct pollfd){.fd = all[k]->out, .events = POLLIN};
  if (poll(p, n + 1, TICK_MS) <= 0) return;
  if (p[0].revents) (void)!read(h->wake[0], bytes, sizeof bytes);
  for (size_t k = 0; k < n; k++) {
    bool news = false;
    if (!p[k + 1].revents) continue;
    const bool goes_on = hub_hear(h, all[k], &news);
    if (news) h->o.news(h->o.user, all[k]->id);
    if (!goes_on) bury(h, all[k], !all[k]->wrote_nonsense);
  }
}

static bool is_stopping(hub *h) {
  (void)pthread_mutex_lock(&h->lock);
  const bool is = h->stopping;
  (void)pthread_mutex_unlock(&h->lock);
  return is;
}

static void *watch(void *arg) {
  hub *h = arg;
  hub_stream *all[MOST_STREAMS];
  int64_t looked = 0;
  while (!is_stopping(h)) {
    const size_t n = list(h, all);
    const int64_t now = store_now();
    for (size_t k = 0; k < n; k++) look_after(h, all[k], now);
    hear_all(h, all, n);
    if (now - looked < 1000) continue;
    looked = now;
    drop_old(h, now);
  }
  const size_t n = list(h, all);
  for (size_t k = 0; k < n; k++) {
    if (all[k]->process > 0) bury(h, all[k], false);
    else if (all[k]->state != HUB_ENDED) end_stream(h, all[k], "the server ends");
  }
  return NULL;
}

void hub_wake(const hub *h) { (void)!write(h->wake[1], "", 1); }

/* ---- start and stop --------------------------------------------------------------------------------------------- */

static lg_status make_folder(lg_ctx *ctx, const hub *h) {
  char path[HUB_WORD];
  if (snprintf(path, sizeof path, "%s/live", h->folder) >= (int)sizeof path)
    return lg_fail(ctx, LG_ERR_RANGE, "the server's folder has too long a name");
  worker_remove_tree(path); /* what an earlier server left */
  return lg_make_directory(ctx, path);
}

lg_status hub_start(lg_ctx *ctx, const hub_options *o, hub **out) {
  lg_status status = LG_OK;
  hub *h = NULL;
  *out = NULL;
  LG_NEW(ctx, h, 1);
  *h = (hub){.o = *o, .wake = {-1, -1}, .last_id = store_now()};
  (void)pthread_mutex_init(&h->lock, NULL);
  if (!h->o.streams) h->o.streams = 4;
  if (!h->o.of_user) h->o.of_user = 2;
  if (!h->o.viewers) h->o.viewers = 512;
  if (!h->o.idle_ms) h->o.idle_ms = 30000;
  if (h->o.streams > MOST_STREAMS / 2) h->o.streams = MOST_STREAMS / 2;
  LG_TRY(lg_ctx_create(&h->ctx));
  if (!(h->folder = lg_strdup(ctx, o->folder))) LG_TRY(LG_ERR_MEMORY);
  if (o->program && !(h->program = lg_strdup(ctx, o->program))) LG_TRY(LG_ERR_MEMORY);
  LG_TRY(make_folder(ctx, h));
  if (pipe2(h->wake, O_CLOEXEC | O_NONBLOCK) != 0) LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "no pipe: %s", strerror(errno)));
  if (pthread_create(&h->thread, NULL, watch, h) != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "no thread could be started for live streams"));
  h->running = true;
  *out = h;
  h = NULL;
done:
  hub_destroy(ctx, h);
  return status;
}

void hub_stop(hub *h) {
  if (!h || !h->running) return;
  (void)pthread_mutex_lock(&h->lock);
  h->stopping = true;
  for (hub_stream *s = h->streams; s; s = s->next) hub_wake_viewers(s);
  (void)pthread_mutex_unlock(&h->lock);
  hub_wake(h);
  (void)pthread_join(h->thread, NULL);
  h->running = false;
}

void hub_destroy(lg_ctx *ctx, hub *h) {
  if (!h) return;
  hub_stop(h);
  for (hub_stream *s = h->streams, *next; s; s = next) {
    next = s->next;
    hub_free_stream(s);
  }
  if (h->wake[0] >= 0) (void)close(h->wake[0]);
  if (h->wake[1] >= 0) (void)close(h->wake[1]);
  (void)pthread_mutex_destroy(&h->lock);
  lg_ctx_destroy(h->ctx);
  lg_free(ctx, h->program);
  lg_free(ctx, h->folder);
  lg_free(ctx, h);
}

/* Connections that wait for news of a job: suspended, and resumed by the supervisor's thread. */
#include "app/serve/http_internal.h"

static void link_in(serve *s, http_waiter *w) {
  w->next = s->waiters;
  w->back = &s->waiters;
  if (w->next) w->next->back = &w->next;
  s->waiters = w;
}

static void take_out(http_waiter *w) {
  *w->back = w->next;
  if (w->next) w->next->back = w->back;
  w->next = NULL;
  w->back = NULL;
}

bool http_suspend(serve *s, http_waiter *w, struct MHD_Connection *connection, int64_t job, int64_t until) {
  (void)pthread_mutex_lock(&s->waiting);
  const bool good = !s->stopping;
  if (good) {
    w->connection = connection;
    w->job = job;
    w->until = until;
    MHD_suspend_connection(connection);
    link_in(s, w);
  }
  (void)pthread_mutex_unlock(&s->waiting);
  return good;
}

void http_news(void *server, int64_t job) {
  serve *s = server;
  const int64_t now = store_now();
  (void)pthread_mutex_lock(&s->waiting);
  /* now and then all look for themselves: news may have been lost, or a client gone */
  const bool everyone = s->stopping || (job == 0 && now - s->woke_all > 1000);
  if (everyone) s->woke_all = now;
  for (http_waiter *w = s->waiters, *next; w; w = next) {
    next = w->next;
    if (!everyone && w->until > now && (job == 0 || w->job != job)) continue;
    take_out(w);
    MHD_resume_connection(w->connection);
  }
  (void)pthread_mutex_unlock(&s->waiting);
  if (everyone) (void)connections_sweep(s->connections, connections_now());
}

void http_stop_waiting(serve *s) {
  (void)pthread_mutex_lock(&s->waiting);
  s->stopping = true;
  (void)pthread_mutex_unlock(&s->waiting);
  http_news(s, 0);
}

void http_keep(http_call *call, void *own, void (*forget)(lg_ctx *ctx, void *own)) {
  call->own = own;
  call->forget = forget;
}

void *http_kept(const http_call *call) { return call->own; }

bool http_wait(http_call *call, int64_t job, int64_t until) {
  call->waits = http_suspend(call->server, &call->waiter, call->connection, job, until);
  return call->waits;
}

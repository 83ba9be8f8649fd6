/* Who looks at a stream: a response that gives record after record, and waits in between without a thread. */
#define _GNU_SOURCE
#include "app/serve/hub_internal.h"
#include "app/serve/store.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BLOCK = 32 * 1024, MOST_UNSENT = 64 * 1024 };

/* The next record for a viewer, NULL: none now. */
static hub_frame *next_frame(hub *h, hub_viewer *v) {
  hub_stream *s = v->s;
  hub_frame *f = NULL;
  if (store_now() > v->until) return NULL;
  if (!v->told) {
    f = s->layout;
    v->told = f != NULL;
    v->next = s->head > 0 ? s->head - 1 : 0; /* and then the newest */
  } else if (v->next < s->head) {
    if (s->head - v->next > HUB_RING) { /* too far behind: on with the newest */
      h->count.dropped += s->head - 1 - v->next;
      v->next = s->head - 1;
    }
    f = s->ring[v->next++ % HUB_RING];
    h->count.sent++;
  }
  if (f) atomic_fetch_add(&f->holders, 1);
  return f;
}

/* What to do where there is no record: the end, or wait for one. */
static ssize_t wait_for_more(hub *h, hub_viewer *v) {
  if (h->stopping || v->s->state == HUB_ENDED || store_now() > v->until) return MHD_CONTENT_READER_END_OF_STREAM;
  v->waiting = true;
  MHD_suspend_connection(v->connection);
  return 0;
}

static ssize_t read_more(void *arg, uint64_t position, char *buffer, size_t room) {
  hub_viewer *v = arg;
  hub *h = v->h;
  size_t n = 0;
  (void)position;
  while (n < room) {
    if (!v->now) {
      ssize_t nothing = 0;
      (void)pthread_mutex_lock(&h->lock);
      v->now = next_frame(h, v);
      if (!v->now && n == 0) nothing = wait_for_more(h, v);
      (void)pthread_mutex_unlock(&h->lock);
      v->at = 0;
      if (!v->now) return n > 0 ? (ssize_t)n : nothing;
    }
    const size_t left = v->now->n - v->at, some = left < room - n ? left : room - n;
    memcpy(buffer + n, v->now->bytes + v->at, some);
    n += some;
    v->at += some;
    if (v->at < v->now->n) break;
    hub_let_go(v->now);
    v->now = NULL;
  }
  return (ssize_t)n;
}

static void forget(void *arg) {
  hub_viewer *v = arg;
  hub *h = v->h;
  (void)pthread_mutex_lock(&h->lock);
  *v->back = v->following;
  if (v->following) v->following->back = v->back;
  if (--v->s->n_viewers == 0) v->s->alone_since = store_now();
  h->n_viewers--;
  (void)pthread_mutex_unlock(&h->lock);
  hub_let_go(v->now);
  free(v);
}

static void link_in(hub *h, hub_stream *s, hub_viewer *v) {
  v->s = s;
  v->following = s->viewers;
  v->back = &s->viewers;
  if (v->following) v->following->back = &v->following;
  s->viewers = v;
  s->n_viewers++;
  h->n_viewers++;
}

/* Frames wait here, where old ones can be left out, and not in the socket's buffer, which holds seconds of them. */
static void keep_buffer_short(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  const int most = MOST_UNSENT;
  if (info) (void)setsockopt(info->connect_fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most);
}

lg_status hub_view(lg_ctx *ctx, hub *h, int64_t id, hub_eye eye, struct MHD_Connection *connection,
                   struct MHD_Response **out) {
  lg_status status = LG_OK;
  hub_viewer *v = calloc(1, sizeof *v);
  if (!v) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a viewer");
  *v = (hub_viewer){.h = h, .connection = connection, .until = store_now() + HUB_VIEW_MS};
  (void)pthread_mutex_lock(&h->lock);
  hub_stream *s = hub_find(h, id, eye);
  if (!s) status = hub_no_stream(ctx);
  else if (h->n_viewers >= h->o.viewers)
    status =
        lg_fail(ctx, LG_ERR_LIMIT, "%u connections look at live streams; that is all this server allows", h->n_viewers);
  else link_in(h, s, v);
  (void)pthread_mutex_unlock(&h->lock);
  if (status != LG_OK) {
    free(v);
    return status;
  }
  *out = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_more, v, forget);
  keep_buffer_short(connection);
  if (*out) return LG_OK;
  forget(v);
  return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a viewer");
}

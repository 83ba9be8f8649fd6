/** @file hub_internal.h @brief Inside the hub; everything here is guarded by hub->lock unless it says otherwise. */
#ifndef LG_SERVE_HUB_INTERNAL_H
#define LG_SERVE_HUB_INTERNAL_H

#include "app/serve/hub.h"
#include "app/serve/live_record.h"

#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

enum {
  HUB_ANSWERS = 64,
  HUB_MOST_STIMULI = 10000,
  HUB_LOST_MS = 60000,       /* how long an ended stream can still be asked why */
  HUB_VIEW_MS = 3600 * 1000, /* then a viewer comes again, and whether it may is looked at again */
};

/** A record on its way to viewers: never changed; the last who lets go frees it. */
typedef struct hub_frame {
  atomic_int holders;
  size_t n;
  unsigned char bytes[];
} hub_frame;

struct hub_stream;

/** A connection that reads a stream. `now`, `at` are the door's thread's alone. */
typedef struct hub_viewer {
  hub *h;
  struct hub_stream *s;
  struct MHD_Connection *connection;
  hub_frame *now;
  size_t at;
  uint64_t next; /* of the stream's records */
  int64_t until;
  bool told, waiting;
  struct hub_viewer *following, **back;
} hub_viewer;

typedef struct hub_stream {
  int64_t id, user, created, alone_since, ended;
  char owner[64];
  bool shared, asked_to_end;
  hub_state state;
  /* its program */
  char folder[HUB_WORD];
  json_t *launch; /* what it is told first (live_program.h) */
  pid_t process;
  int in, out;
  bool killed, wrote_nonsense;
  char message[400]; /* why it ended */
  /* what has come of it */
  unsigned char *bytes; /* not yet a record: the hub's thread's alone */
  size_t n_bytes, room;
  hub_frame *ring[HUB_RING], *layout;
  uint64_t head; /* records so far: number k is in ring[k % HUB_RING] */
  uint64_t frames;
  double t_ms, every_ms, rate_Hz;
  bool paused;
  json_t *words, *stimuli; /* the layout; an array of clamps */
  int64_t asked;
  struct {
    int64_t number;
    json_t *words;
  } answer[HUB_ANSWERS];
  size_t n_answers;
  unsigned n_viewers;
  hub_viewer *viewers;
  struct hub_stream *next;
} hub_stream;

struct hub {
  hub_options o;
  char *program, *folder;
  lg_ctx *ctx; /* of the thread */
  pthread_t thread;
  pthread_mutex_t lock;
  bool running;
  bool stopping;
  int wake[2];
  hub_stream *streams;
  unsigned n_viewers;
  int64_t last_id;
  hub_counts count;
};

/** @brief Start the program of a stream (from the hub's thread, with which it dies). */
LG_MUST_CHECK lg_status live_process_start(lg_ctx *ctx, const hub *h, hub_stream *s);
/** @brief The last line of its log, why it ended. */
void live_process_why(const hub_stream *s, int how, char *why, size_t bytes);

/** @brief Read what there is of a stream and give it on. False: its end. With the lock taken and given back inside;
 * *news: somebody may wait for it. */
bool hub_hear(hub *h, hub_stream *s, bool *news);
/** @brief Resume whoever waits for records of a stream. */
void hub_wake_viewers(hub_stream *s);
void hub_let_go(hub_frame *frame);
void hub_free_stream(hub_stream *s);
/** @brief Let the hub's thread look around. */
void hub_wake(const hub *h);
/** @brief The stream, where the user may; NULL otherwise. */
hub_stream *hub_find(const hub *h, int64_t id, hub_eye eye);
lg_status hub_no_stream(lg_ctx *ctx);

#endif

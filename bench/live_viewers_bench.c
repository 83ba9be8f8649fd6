/* Viewers of a live stream, idle sockets, and requests of the API meanwhile: one thread reads all viewers, another
 * asks. usage: live_viewers_bench PORT COOKIE STREAM VIEWERS SECONDS IDLE REQUESTS_PER_SECOND Prints one JSON line.
 * bench/live_bench.py starts the server and calls it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 64, MOST_REQUESTS = 1 << 20, BUFFER = 1 << 18 };

static const char *cookie;
static int port;
static atomic_bool over;

static double now_s(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fail(const char *what) {
  (void)fprintf(stderr, "live_viewers_bench: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_socket(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  if (s < 0 || connect(s, (const struct sockaddr *)&at, sizeof at) != 0) fail("connect");
  (void)setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return s;
}

static void ask(int s, const char *path) {
  char text[1024];
  const int n =
      snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n\r\n", path, port, cookie);
  if (write(s, text, (size_t)n) != n) fail("write");
}

/* ---- viewers: answer head, chunks, records; payloads are not looked at --------------------------------- */

typedef struct viewer {
  int socket;
  char head[2048]; /* of the answer, or a line of a chunk's size */
  size_t n_head;
  bool in_body;
  size_t chunk; /* bytes left; then the line's end */
  unsigned char record[HEADER];
  size_t n_record, payload;
  uint64_t frames, first, last, gaps, words, bytes;
  double began, ended, longest; /* longest time between two frames */
} viewer;

static uint64_t number(const unsigned char *p, size_t n) {
  uint64_t x = 0;
  for (size_t k = 0; k < n; k++) x |= (uint64_t)p[k] << (8 * k);
  return x;
}

static void take_frame(viewer *v, double now) {
  const uint64_t k = number(v->record + 8, 8);
  if (v->record[36] == 0) {
    v->words++;
    return;
  }
  if (v->frames == 0) v->first = k, v->began = now;
  else {
    v->gaps += k - v->last - 1;
    if (now - v->ended > v->longest) v->longest = now - v->ended;
  }
  v->last = k;
  v->ended = now;
  v->frames++;
}

static void take_body(viewer *v, const unsigned char *bytes, size_t n, double now) {
  v->bytes += n;
  while (n > 0) {
    if (v->payload > 0) {
      const size_t some = n < v->payload ? n : v->payload;
      bytes += some, n -= some, v->payload -= some;
      continue;
    }
    const size_t some = n < HEADER - v->n_record ? n : HEADER - v->n_record;
    memcpy(v->record + v->n_record, bytes, some);
    bytes += some, n -= some, v->n_record += some;
    if (v->n_record < HEADER) return;
    if (memcmp(v->record, "LGLV", 4) != 0) fail("no record");
    v->payload = number(v->record + 56, 4);
    take_frame(v, now);
    v->n_record = 0;
  }
}

/* The head up to its empty line, then lines of sizes. */
static void take_byte(viewer *v, char c) {
  if (v->n_head + 1 == sizeof v->head) fail("a line is too long");
  v->head[v->n_head++] = c;
  v->head[v->n_head] = 0;
  if (!v->in_body) {
    if (v->n_head < 4 || strcmp(v->head + v->n_head - 4, "\r\n\r\n") != 0) return;
    if (strncmp(v->head, "HTTP/1.1 200", 12) != 0) fail(v->head);
    v->in_body = true;
  } else {
    if (c != '\n') return;
    if (v->head[0] != '\r') { /* not the end of the chunk before */
      v->chunk = strtoul(v->head, NULL, 16);
      if (v->chunk == 0) fail("the stream ended");
    }
  }
  v->n_head = 0;
}

static void take(viewer *v, const unsigned char *bytes, size_t n, double now) {
  while (n > 0) {
    if (v->chunk == 0) {
      take_byte(v, (char)*bytes);
      bytes++, n--;
      continue;
    }
    const size_t some = n < v->chunk ? n : v->chunk;
    take_body(v, bytes, some, now);
    bytes += some, n -= some, v->chunk -= some;
  }
}

static void watch(viewer *v, size_t n, double seconds) {
  static unsigned char bytes[BUFFER];
  struct epoll_event ready[256];
  const int set = epoll_create1(EPOLL_CLOEXEC);
  for (size_t k = 0; k < n; k++) {
    struct epoll_event e = {.events = EPOLLIN, .data = {.ptr = &v[k]}};
    if (fcntl(v[k].socket, F_SETFL, O_NONBLOCK) != 0 || epoll_ctl(set, EPOLL_CTL_ADD, v[k].socket, &e) != 0)
      fail("epoll");
  }
  const double end = now_s() + seconds;
  while (now_s() < end) {
    const int m = epoll_wait(set, ready, 256, 100);
    for (int k = 0; k < m; k++) {
      viewer *one = ready[k].data.ptr;
      const ssize_t got = read(one->socket, bytes, sizeof bytes);
      if (got == 0) fail("a viewer was let go");
      if (got > 0) take(one, bytes, (size_t)got, now_s());
    }
  }
  (void)close(set);
}

/* ---- requests ------------------------------------------------------------------------------------------ */

typedef struct requests {
  double per_second, *took_ms;
  size_t n;
  long long stream;
} requests;

/* A whole answer with a Content-Length. */
static void read_answer(int s) {
  static char text[1 << 16];
  size_t n = 0;
  for (;;) {
    const ssize_t got = read(s, text + n, sizeof text - 1 - n);
    if (got <= 0) fail("an answer broke off");
    n += (size_t)got;
    text[n] = 0;
    const char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "Content-Length:");
    if (!end) continue;
    if (strncmp(text, "HTTP/1.1 200", 12) != 0 || !length) fail(text);
    if (n >= (size_t)(end + 4 - text) + strtoul(length + 15, NULL, 10)) return;
  }
}

/* In turn: who am I, my jobs, the live streams; each a look into the store or the hub. */
static void *ask_on(void *arg) {
  requests *r = arg;
  static const char *const path[] = {"/api/v1/session", "/api/v1/jobs?limit=20", "/api/v1/live"};
  const int s = open_socket();
  double due = now_s();
  while (!atomic_load(&over) && r->n < MOST_REQUESTS) {
    const double wait = due - now_s();
    if (wait > 0.0) (void)usleep((useconds_t)(1e6 * wait));
    due += 1.0 / r->per_second;
    const double began = now_s();
    ask(s, path[r->n % 3]);
    read_answer(s);
    r->took_ms[r->n++] = 1e3 * (now_s() - began);
  }
  (void)close(s);
  return NULL;
}

/* ---- figures ------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double at_share(double *x, size_t n, double share) {
  qsort(x, n, sizeof *x, ascending);
  return n ? x[(size_t)(share * (double)(n - 1))] : (double)NAN;
}

static double cpu_s(void) {
  struct rusage u;
  (void)getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void report(const viewer *v, size_t n, requests *r, size_t idle, double seconds) {
  double *rate = calloc(n + 1, sizeof *rate), longest = 0.0, bytes = 0.0;
  uint64_t gaps = 0, words = 0;
  if (!rate) fail("memory");
  for (size_t k = 0; k < n; k++) {
    rate[k] = v[k].frames > 1 ? (double)(v[k].frames - 1) / (v[k].ended - v[k].began) : 0.0;
    gaps += v[k].gaps, words += v[k].words, bytes += (double)v[k].bytes;
    if (v[k].longest > longest) longest = v[k].longest;
  }
  const double least = at_share(rate, n, 0.0), median = at_share(rate, n, 0.5);
  (void)printf("{\"viewers\": %zu, \"idle_sockets\": %zu, \"seconds\": %g, \"frames_per_s_min\": %.2f, "
               "\"frames_per_s_median\": %.2f, \"lost_frames\": %llu, \"words\": %llu, \"longest_wait_ms\": %.0f, "
               "\"MB_per_s\": %.2f, \"requests\": %zu, \"api_p50_ms\": %.2f, \"api_p99_ms\": %.2f, \"api_worst_ms\": "
               "%.2f, \"client_cpu_s\": %.2f}\n",
               n, idle, seconds, least, median, (unsigned long long)gaps, (unsigned long long)words, 1e3 * longest,
               1e-6 * bytes / seconds, r->n, at_share(r->took_ms, r->n, 0.5), at_share(r->took_ms, r->n, 0.99),
               at_share(r->took_ms, r->n, 1.0), cpu_s());
  free(rate);
}

int main(int argc, char **argv) {
  if (argc != 8) {
    (void)fprintf(stderr, "usage: live_viewers_bench PORT COOKIE STREAM VIEWERS SECONDS IDLE REQUESTS_PER_SECOND\n");
    return 2;
  }
  struct rlimit files;
  char path[64];
  port = atoi(argv[1]);
  cookie = argv[2];
  const size_t n = (size_t)atoi(argv[4]), n_idle = (size_t)atoi(argv[6]);
  const double seconds = atof(argv[5]);
  requests r = {.per_second = atof(argv[7])};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
  }
  viewer *v = calloc(n, sizeof *v);
  int *idle = calloc(n_idle + 1, sizeof *idle);
  r.took_ms = calloc(MOST_REQUESTS, sizeof *r.took_ms);
  if (!v || !idle || !r.took_ms) fail("memory");
  for (size_t k = 0; k < n_idle; k++) { /* half of them have said nothing, half stay open behind an answer */
    idle[k] = open_socket();
    if (k % 2) ask(idle[k], "/healthz"), read_answer(idle[k]);
  }
  (void)snprintf(path, sizeof path, "/api/v1/live/%s/frames", argv[3]);
  for (size_t k = 0; k < n; k++) {
    v[k].socket = open_socket();
    ask(v[k].socket, path);
  }
  pthread_t asking;
  if (pthread_create(&asking, NULL, ask_on, &r) != 0) fail("thread");
  watch(v, n, seconds);
  atomic_store(&over, true);
  (void)pthread_join(asking, NULL);
  report(v, n, &r, n_idle, seconds);
  for (size_t k = 0; k < n; k++) (void)close(v[k].socket);
  for (size_t k = 0; k < n_idle; k++) (void)close(idle[k]);
  free(v);
  free(idle);
  free(r.took_ms);
  return 0;
}

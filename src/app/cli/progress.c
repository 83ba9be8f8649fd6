/* The progress bar: only on a terminal, at most ten times a second, with the time that is left. */
#define _XOPEN_SOURCE 700
#include "app/cli/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cli_fancy(void) {
  const char *term = getenv("TERM");
  const char *no_colour = getenv("NO_COLOR");
  if (no_colour && no_colour[0] != '\0') return false;
  return term && strcmp(term, "dumb") != 0 && isatty(STDERR_FILENO) != 0;
}

/* A bar needs a terminal that can return the carriage; NO_COLOR is about colour only. */
static bool can_draw(void) {
  const char *term = getenv("TERM");
  return term && strcmp(term, "dumb") != 0 && isatty(STDERR_FILENO) != 0;
}

void cli_clear_line(const cli_run *run) {
  if (run->progress.on_screen) (void)fputs("\r\033[K", stderr);
}

static double seconds(const struct timespec *from, const struct timespec *to) {
  return (double)(to->tv_sec - from->tv_sec) + 1e-9 * (double)(to->tv_nsec - from->tv_nsec);
}

static void time_text(double s, char *text, size_t bytes) {
  if (s >= 3600)
    (void)snprintf(text, bytes, "%.0f h %02.0f min", (double)(int)(s / 3600), (s - 3600 * (int)(s / 3600)) / 60);
  else if (s >= 60) (void)snprintf(text, bytes, "%d min %02d s", (int)(s / 60), (int)s % 60);
  else (void)snprintf(text, bytes, "%.0f s", s);
}

/* Seconds that remain at the pace since the start; what was there at the start (a resumed sweep) took no time now. NAN:
 * too early to say. */
static double remaining(size_t first, size_t done, size_t total, double elapsed) {
  if (done <= first || done >= total || elapsed <= 0.5) return (double)NAN;
  return elapsed * (double)(total - done) / (double)(done - first);
}

static void draw(const char *what, size_t done, size_t total, double left_s) {
  enum { WIDTH = 30 };
  char left[48] = "";
  const double part = total ? (double)done / (double)total : 0;
  const int full = (int)(WIDTH * (part < 1 ? part : 1));
  if (!isnan(left_s)) {
    char text[32];
    time_text(left_s, text, sizeof text);
    (void)snprintf(left, sizeof left, ", %s left", text);
  }
  (void)fprintf(stderr, "\r\033[K%-20s [%.*s%.*s] %3.0f %%%s", what, full, "##############################",
                WIDTH - full, "..............................", 100 * part, left);
}

static void write_plain(const char *what, size_t done, size_t total, double left_s) {
  char text[32];
  (void)fprintf(stderr, "%s %zu/%zu", what, done, total);
  if (!isnan(left_s)) {
    time_text(left_s, text, sizeof text);
    (void)fprintf(stderr, ", %s left", text);
  }
  (void)fputc('\n', stderr);
}

static void write_json(const char *what, size_t done, size_t total, double elapsed, double left_s) {
  (void)fputs("{\"progress\": \"", stderr);
  for (const char *p = what; *p; p++)
    if (*p != '"' && *p != '\\' && (unsigned char)*p >= 0x20) (void)fputc(*p, stderr);
  (void)fprintf(stderr, "\", \"done\": %zu, \"total\": %zu, \"elapsed_s\": %.3f", done, total, elapsed);
  if (isnan(left_s)) (void)fputs("}\n", stderr);
  else (void)fprintf(stderr, ", \"left_s\": %.1f}\n", left_s);
}

/* Seconds between two lines of a way of showing progress. */
static double pause_of(const char *how) {
  if (strcmp(how, "plain") == 0) return 5.0;
  return strcmp(how, "json") == 0 ? 0.5 : 0.1;
}

void cli_show_progress(void *user, const char *what, size_t done, size_t total) {
  cli_run *run = user;
  cli_progress *p = &run->progress;
  const char *how = cli_text(run, "progress");
  struct timespec now;
  if (cli_flag(run, "quiet") || !how || strcmp(how, "none") == 0) return;
  if (strcmp(how, "auto") == 0 && !can_draw()) return;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  const bool is_new = strncmp(p->what, what, sizeof p->what - 1) != 0;
  if (is_new) {
    (void)snprintf(p->what, sizeof p->what, "%s", what);
    p->start = now;
    p->first_done = done;
  }
  const bool last = done >= total;
  if (!is_new && !last && seconds(&p->shown, &now) < pause_of(how)) return;
  p->shown = now;
  const double elapsed = seconds(&p->start, &now);
  const double left_s = remaining(p->first_done, done, total, elapsed);
  if (strcmp(how, "json") == 0) write_json(what, done, total, elapsed, left_s);
  else if (strcmp(how, "plain") == 0) write_plain(what, done, total, left_s);
  else {
    draw(what, done, total, left_s);
    p->on_screen = !last;
    if (last) (void)fputc('\n', stderr);
  }
  if (last) p->what[0] = '\0'; /* the same work may start again */
}

/* The inside of a live stream's process, before it becomes `loligo neuron live`. */
#define _GNU_SOURCE
#include "app/serve/live_program.h"
#include "app/serve/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LONGEST = 1 << 20, MOST_WORDS = 512, LARGEST_LOG = 1 << 20 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIMITS_MEMORY false /* the sanitizer's shadow is larger than any limit */
#else
#define LIMITS_MEMORY true
#endif

/* Byte by byte: what follows the line is the program's. */
static lg_status read_line(lg_ctx *ctx, char **out, size_t *n) {
  *n = 0;
  *out = lg_alloc(ctx, LONGEST, 1);
  if (!*out) return LG_ERR_MEMORY;
  for (char c; *n < LONGEST;) {
    const ssize_t got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (c == '\n') return LG_OK;
    (*out)[(*n)++] = c;
  }
  return lg_fail(ctx, LG_ERR_FORMAT, "no line on standard input: the server starts this, nobody else");
}

static lg_status copy_file(lg_ctx *ctx, const char *from, const char *to) {
  unsigned char *bytes = NULL;
  size_t n;
  lg_status status = lg_file_read(ctx, from, (size_t)1 << 30, &bytes, &n);
  FILE *f = status == LG_OK ? fopen(to, "wbxe") : NULL;
  if (status == LG_OK && (!f || fwrite(bytes, 1, n, f) != n))
    status = lg_fail(ctx, LG_ERR_IO, "an input could not be copied: %s", strerror(errno));
  if (f && fclose(f) != 0 && status == LG_OK) status = lg_fail(ctx, LG_ERR_IO, "an input could not be copied");
  lg_free(ctx, bytes);
  return status;
}

/* A second name of each blob; a copy where that cannot be. */
static lg_status make_folder(lg_ctx *ctx, const char *folder, const json_t *inputs) {
  char path[4096];
  (void)snprintf(path, sizeof path, "%s/in", folder);
  lg_status status = lg_make_directory(ctx, path);
  for (size_t k = 0; k < json_array_size(inputs) && status == LG_OK; k++) {
    const json_t *pair = json_array_get(inputs, k);
    const char *from = json_string_value(json_array_get(pair, 0)), *to = json_string_value(json_array_get(pair, 1));
    if (!from || !to) status = lg_fail(ctx, LG_ERR_FORMAT, "an input is no pair of paths");
    else if (link(from, to) != 0 && errno != EEXIST) status = copy_file(ctx, from, to);
  }
  return status;
}

/* Words of failure go where the server finds them. */
static lg_status open_log(lg_ctx *ctx, const char *folder) {
  char path[4096];
  const lg_status status = lg_make_directory(ctx, folder);
  if (status != LG_OK) return status;
  (void)snprintf(path, sizeof path, "%s/log", folder);
  const int log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (log < 0 || dup2(log, STDERR_FILENO) < 0)
    return lg_fail(ctx, LG_ERR_IO, "the log could not be opened: %s", strerror(errno));
  (void)close(log);
  return LG_OK;
}

static lg_status confine(lg_ctx *ctx, const live_program_options *o, const char *folder) {
  if (!launcher_limit(RLIMIT_CORE, 0) || !launcher_limit(RLIMIT_NOFILE, 64) ||
      !launcher_limit(RLIMIT_FSIZE, LARGEST_LOG) || (LIMITS_MEMORY && !launcher_limit(RLIMIT_AS, (uint64_t)2 << 30)))
    return lg_fail(ctx, LG_ERR_LIMIT, "limits could not be set: %s", strerror(errno));
  if (chdir(folder) != 0) return lg_fail(ctx, LG_ERR_IO, "the folder of the stream is gone");
  if (launcher_cage(".", o->program, o->readable) < 0)
    return lg_fail(ctx, LG_ERR_IO, "the cage of files could not be made: %s", strerror(errno));
  (void)setenv("HOME", "/nonexistent", 1);
  (void)setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
  (void)setenv("LANG", "C.UTF-8", 1);
  (void)prctl(PR_SET_NAME, "loligo-live");
  return LG_OK;
}

lg_status live_program(lg_ctx *ctx, const live_program_options *o) {
  static json_t *first; /* until the process ends */
  static char *argv[MOST_WORDS + 1];
  lg_status status = LG_OK;
  char *line = NULL;
  size_t n;
  LG_TRY(read_line(ctx, &line, &n));
  first = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
  const char *folder = json_string_value(json_object_get(first, "folder"));
  const json_t *words = json_object_get(first, "argv");
  const size_t n_words = json_array_size(words);
  if (!folder || n_words < 2 || n_words > MOST_WORDS || strlen(folder) > 4000)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "the first line says no program"));
  for (size_t k = 0; k < n_words; k++) {
    argv[k] = (char *)(uintptr_t)json_string_value(json_array_get(words, k));
    if (!argv[k]) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "a word of the program is no string"));
  }
  LG_TRY(open_log(ctx, folder));
  LG_TRY(make_folder(ctx, folder, json_object_get(first, "inputs")));
  LG_TRY(confine(ctx, o, folder));
  lg_free(ctx, line);
  exit(o->run((int)n_words, argv));
done:
  lg_free(ctx, line);
  return status;
}

/* The folder of a job and the start of its program. */
#define _GNU_SOURCE
#include "app/serve/worker_internal.h"

#include "app/serve/job_commands.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void worker_job_folder(const char *folder, int64_t job, char *path, size_t bytes) {
  (void)snprintf(path, bytes, "%s/jobs/%lld", folder, (long long)job);
}

/* ---- inputs ----------------------------------------------------------------------------------------------------- */

typedef struct linking {
  lg_ctx *ctx;
  const worker_task *t;
  lg_status status;
} linking;

static lg_status copy_file(lg_ctx *ctx, const char *from, const char *to) {
  char buffer[65536];
  lg_status status = LG_OK;
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  size_t n;
  while (in && out && (n = fread(buffer, 1, sizeof buffer, in)) > 0)
    if (fwrite(buffer, 1, n, out) != n) break;
  if (!in || !out || ferror(in) || ferror(out)) status = lg_fail(ctx, LG_ERR_IO, "an input could not be copied");
  if (in) (void)fclose(in);
  if (out && fclose(out) != 0 && status == LG_OK) status = lg_fail(ctx, LG_ERR_IO, "an input could not be copied");
  return status;
}

/* A second name of the blob (it cannot be written: mode 0444, and the cage); a copy where that cannot be. */
static void link_input(void *arg, const job_file *f) {
  linking *l = arg;
  char from[WORKER_PATH], to[WORKER_PATH + 256];
  if (l->status != LG_OK || strcmp(f->role, "input") != 0) return;
  l->status = blob_path(l->ctx, l->t->o->folder, f->sha256, from, sizeof from);
  (void)snprintf(to, sizeof to, "%s/in/%s", l->t->folder, f->name);
  if (l->status != LG_OK || link(from, to) == 0 || errno == EEXIST) return;
  l->status = copy_file(l->ctx, from, to);
}

static lg_status make(lg_ctx *ctx, const worker_task *t, const char *name, bool fresh) {
  char path[WORKER_PATH + 64];
  (void)snprintf(path, sizeof path, "%s/%s", t->folder, name);
  if (fresh) worker_remove_tree(path);
  return lg_make_directory(ctx, path);
}

lg_status worker_prepare(lg_ctx *ctx, worker_task *t) {
  lg_status status = LG_OK;
  linking l = {ctx, t, LG_OK};
  char path[WORKER_PATH + 64];
  const bool batch = t->task.n_shards > 0 || t->task.stage > 0;
  worker_job_folder(t->o->folder, t->task.job, t->folder, sizeof t->folder);
  LG_TRY(lg_make_directory(ctx, t->folder));
  LG_TRY(make(ctx, t, "in", false));
  LG_TRY(make(ctx, t, "out", !batch)); /* what a killed try left; of a batch it is worth keeping */
  LG_TRY(make(ctx, t, "tmp", false));
  LG_TRY(jobs_files(ctx, t->s, t->task.job, link_input, &l));
  LG_TRY(l.status);
  (void)snprintf(t->out, sizeof t->out, "%s/stdout-%d-%zu", t->folder, t->task.stage, t->task.shard);
  (void)snprintf(path, sizeof path, "%s/log", t->folder);
  t->log = fopen(path, "ae");
  if (!t->log) LG_TRY(lg_fail(ctx, LG_ERR_IO, "the log could not be opened: %s", strerror(errno)));
  t->log_bytes = ftell(t->log);
done:
  return status;
}

/* ---- the command line ------------------------------------------------------------------------------------------- */

typedef struct words {
  char *word[JOB_MOST_WORDS + 16];
  size_t n;
} words;

static lg_status add(lg_ctx *ctx, words *w, const char *text) {
  if (w->n + 1 >= sizeof w->word / sizeof w->word[0]) return lg_fail(ctx, LG_ERR_RANGE, "the command line is too long");
  return (w->word[w->n++] = lg_strdup(ctx, text)) ? LG_OK : LG_ERR_MEMORY;
}

static void forget(lg_ctx *ctx, words *w) {
  for (size_t k = 0; k < w->n; k++) lg_free(ctx, w->word[k]);
  w->n = 0;
}

static lg_status add_argv(lg_ctx *ctx, const worker_task *t, words *w) {
  json_error_t error;
  lg_status status = LG_OK;
  json_t *root = json_loads(t->request, JSON_REJECT_DUPLICATES, &error);
  const json_t *argv = json_object_get(root, "argv");
  if (!json_is_array(argv)) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "the job's request has no argv: %s", error.text));
  for (size_t k = 0; k < json_array_size(argv); k++) {
    const char *word = json_string_value(json_array_get(argv, k));
    LG_TRY(word ? add(ctx, w, word) : lg_fail(ctx, LG_ERR_FORMAT, "a word of argv is no string"));
  }
done:
  json_decref(root);
  return status;
}

static lg_status make_words(lg_ctx *ctx, const worker_task *t, words *w) {
  lg_status status = LG_OK;
  char text[128], *rest = NULL;
  (void)snprintf(text, sizeof text, "%s", t->command);
  LG_TRY(add(ctx, w, t->o->program));
  for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) LG_TRY(add(ctx, w, word));
  LG_TRY(add(ctx, w, "--progress=json"));
  const bool quick = t->task.priority >= WORKER_PRIORITY_QUICK; /* somebody waits: all cores */
  (void)snprintf(text, sizeof text, "--threads=%u", quick ? 0 : t->o->threads ? t->o->threads : 1);
  LG_TRY(add(ctx, w, text));
  if (t->task.n_shards > 0) {
    (void)snprintf(text, sizeof text, "--shard=%zu/%zu", t->task.shard + 1, t->task.n_shards);
    LG_TRY(add(ctx, w, text));
  }
  LG_TRY(add_argv(ctx, t, w));
done:
  return status;
}

/* ---- the start ----------------------------------------------------------------------------------------- */

lg_status worker_start(lg_ctx *ctx, worker_task *t) {
  lg_status status = LG_OK;
  words w = {.n = 0};
  int ends[2] = {-1, -1};
  LG_TRY(make_words(ctx, t, &w));
  if (pipe2(ends, O_CLOEXEC) != 0) LG_TRY(lg_fail(ctx, LG_ERR_IO, "no pipe: %s", strerror(errno)));
  const launch what = {.folder = t->folder,
                       .out = t->out,
                       .word = w.word,
                       .n = w.n,
                       .errors = ends[1],
                       .memory = t->o->memory ? t->o->memory : (uint64_t)8 << 30,
                       .nice = t->task.priority < WORKER_PRIORITY_QUICK};
  LG_TRY(launcher_start(ctx, t->launcher, &what, &t->child));
  t->errors = ends[0];
  ends[0] = -1;
done:
  if (ends[0] >= 0) (void)close(ends[0]);
  if (ends[1] >= 0) (void)close(ends[1]);
  forget(ctx, &w);
  return status;
}

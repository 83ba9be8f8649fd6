/* The end of a task: its files become blobs, its words a message, and the store is told in one transaction. */
#define _GNU_SOURCE
#include "app/serve/worker_internal.h"

#include "app/serve/store_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_FILES = 4096, MOST_KILLED = 10, DEEPEST = 8, MOST_WAITS = 12 };

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where) {
  (void)about, (void)type, (void)where;
  (void)remove(path);
  return 0;
}

void worker_remove_tree(const char *path) { (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

/* ---- files ------------------------------------------------------------------------------------------------------ */

typedef struct taken {
  char (*hash)[BLOB_HEX];
  char **name;
  job_file *file;
  size_t n, room;
} taken;

static void forget(lg_ctx *ctx, taken *k) {
  for (size_t i = 0; i < k->n; i++) lg_free(ctx, k->name[i]);
  lg_free(ctx, k->hash);
  lg_free(ctx, k->name);
  lg_free(ctx, k->file);
}

static lg_status grow(lg_ctx *ctx, taken *k) {
  const size_t room = k->room ? 2 * k->room : 32;
  void *hash = lg_realloc(ctx, k->hash, k->room * sizeof *k->hash, room, sizeof *k->hash);
  if (hash) k->hash = hash;
  void *name = lg_realloc(ctx, (void *)k->name, k->room * sizeof *k->name, room, sizeof *k->name);
  if (name) k->name = name;
  void *file = lg_realloc(ctx, k->file, k->room * sizeof *k->file, room, sizeof *k->file);
  if (file) k->file = file;
  if (!hash || !name || !file) return LG_ERR_MEMORY;
  k->room = room;
  return LG_OK;
}

static lg_status take_file(lg_ctx *ctx, const worker_task *t, const char *role, const char *path, const char *name,
                           taken *k) {
  uint64_t bytes = 0;
  if (k->n == MOST_FILES) return lg_fail(ctx, LG_ERR_LIMIT, "the command wrote more than %d files", MOST_FILES);
  if (k->n == k->room) {
    const lg_status status = grow(ctx, k);
    if (status != LG_OK) return status;
  }
  const lg_status status = blob_take(ctx, t->o->folder, path, k->hash[k->n], &bytes);
  if (status != LG_OK) return status;
  if (!(k->name[k->n] = lg_strdup(ctx, name))) return LG_ERR_MEMORY;
  k->file[k->n] = (job_file){.role = role, .bytes = bytes};
  k->n++;
  return LG_OK;
}

static bool is_journal(const char *name) {
  const size_t n = strlen(name);
  return n > 4 && strncmp(name, "journal-", 8) == 0 && strcmp(name + n - 4, ".lgj") == 0;
}

/* Regular files only: links lead elsewhere. Journals were merged. */
static lg_status take_folder(lg_ctx *ctx, const worker_task *t, const char *path, const char *prefix, int depth,
                             taken *k) {
  lg_status status = LG_OK;
  DIR *folder = opendir(path);
  if (!folder) return lg_fail(ctx, LG_ERR_IO, "results could not be listed: %s", strerror(errno));
  for (const struct dirent *e; status == LG_OK && (e = readdir(folder));) {
    char below[WORKER_PATH + 512], name[1024];
    struct stat about;
    if (e->d_name[0] == '.' || is_journal(e->d_name)) continue;
    if (snprintf(below, sizeof below, "%s/%s", path, e->d_name) >= (int)sizeof below ||
        snprintf(name, sizeof name, "%s%s", prefix, e->d_name) >= (int)sizeof name - 1 || lstat(below, &about) != 0)
      continue;
    if (S_ISREG(about.st_mode)) status = take_file(ctx, t, "output", below, name, k);
    else if (S_ISDIR(about.st_mode) && depth < DEEPEST) {
      (void)strcat(name, "/"); /* room was left for it */
      status = take_folder(ctx, t, below, name, depth + 1, k);
    }
  }
  (void)closedir(folder);
  return status;
}

/* What it printed: its JSON is the summary of the job; anything else is one more file. */
static lg_status take_printed(lg_ctx *ctx, const worker_task *t, char **summary, taken *k) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  struct stat about;
  if (stat(t->out, &about) != 0 || about.st_size == 0) return LG_OK;
  if (about.st_size > WORKER_SUMMARY) return take_file(ctx, t, "output", t->out, "stdout", k);
  const lg_status status = lg_file_read(ctx, t->out, WORKER_SUMMARY, &bytes, &n);
  if (status != LG_OK) return status;
  json_t *root = json_loadb((const char *)bytes, n, JSON_REJECT_DUPLICATES, NULL);
  if (root) *summary = (char *)bytes;
  else lg_free(ctx, bytes);
  json_decref(root);
  return root ? LG_OK : take_file(ctx, t, "output", t->out, "stdout", k);
}

static lg_status take_all(lg_ctx *ctx, const worker_task *t, char **summary, taken *k) {
  char path[WORKER_PATH + 64];
  (void)snprintf(path, sizeof path, "%s/out", t->folder);
  lg_status status = take_folder(ctx, t, path, "", 0, k);
  if (status == LG_OK) status = take_printed(ctx, t, summary, k);
  (void)snprintf(path, sizeof path, "%s/log", t->folder);
  if (status == LG_OK && t->log_bytes > 0) status = take_file(ctx, t, "log", path, "log", k);
  for (size_t i = 0; i < k->n; i++) k->file[i].name = k->name[i], k->file[i].sha256 = k->hash[i];
  return status;
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

/* Killed from outside (no memory?): it may go better another time. */
static lg_status try_again(lg_ctx *ctx, worker_task *t) {
  (void)fprintf(t->log, "the program was killed; it is tried again\n");
  return tasks_release(ctx, t->s, t->o->name, NULL);
}

static task_result judge(const worker_task *t, char *words, size_t bytes) {
  task_result r = {.exit_code = -1};
  words[0] = 0;
  if (WIFEXITED(t->how)) {
    r.exit_code = WEXITSTATUS(t->how);
    r.good = r.exit_code == 0 || r.exit_code == 1 || r.exit_code == 6; /* done; the answer is no; parts failed */
    if (r.exit_code != 0) (void)snprintf(words, bytes, "%s", t->message);
    if (!r.good && !words[0]) (void)snprintf(words, bytes, "the command ended with code %d", r.exit_code);
  } else if (WIFSIGNALED(t->how) && WTERMSIG(t->how) == SIGKILL)
    (void)snprintf(words, bytes, "the command was killed %d times; it may need more memory than there is", MOST_KILLED);
  else
    (void)snprintf(words, bytes, "the command crashed (signal %d): this is a bug, please report it",
                   WIFSIGNALED(t->how) ? WTERMSIG(t->how) : 0);
  if (words[0]) r.message = words;
  return r;
}

/* A file that is described for the list of uploads. */
static lg_status note_info(lg_ctx *ctx, const worker_task *t, const char *summary) {
  json_t *root = json_loads(t->request, 0, NULL);
  const char *hash = json_string_value(json_object_get(root, "upload"));
  const lg_status status = hash && summary ? uploads_set_info(ctx, t->s, hash, summary) : LG_OK;
  json_decref(root);
  return status;
}

lg_status worker_give_back(lg_ctx *ctx, worker_task *t) {
  lg_status status = LG_OK;
  taken k = {0};
  char words[512], *summary = NULL;
  bool kept = false;
  if (t->lost) { /* paused or cancelled: of a cancelled one the log is kept (supervise_clean.c) */
    (void)fprintf(t->log, "stopped: the job was paused, cancelled or given to another worker\n");
    return LG_OK;
  }
  if (t->stopped) return tasks_release(ctx, t->s, t->o->name, NULL);
  const bool killed = WIFSIGNALED(t->how) && WTERMSIG(t->how) == SIGKILL;
  if (killed && t->task.tries < MOST_KILLED) return try_again(ctx, t);
  task_result r = judge(t, words, sizeof words);
  (void)fflush(t->log);
  if (r.good && t->task.n_shards == 0) {
    status = take_all(ctx, t, &summary, &k);
    if (status != LG_OK) { /* the disk is full, say: the job has failed, and says so */
      (void)snprintf(words, sizeof words, "its files could not be kept: %s", lg_ctx_message(ctx));
      r = (task_result){.exit_code = r.exit_code, .message = words};
      k.n = 0;
    }
  } else if (!r.good) {
    char path[WORKER_PATH + 64];
    (void)snprintf(path, sizeof path, "%s/log", t->folder);
    if (t->log_bytes > 0 && take_file(ctx, t, "log", path, "log", &k) == LG_OK)
      k.file[0].name = k.name[0], k.file[0].sha256 = k.hash[0];
  }
  r.summary = summary;
  r.files = k.file;
  r.n_files = k.n;
  for (int k_try = 0; k_try < MOST_WAITS; k_try++) { /* others may hold the store for long when the disk is slow */
    status = tasks_finish(ctx, t->s, &t->task, t->o->name, &r, &kept);
    if (status != LG_ERR_LIMIT) break;
  }
  if (status == LG_OK && kept && r.good) status = note_info(ctx, t, summary);
  if (status == LG_OK && kept) {
    worker_tell(t->o, t->task.job);
    if (t->task.n_shards == 0 || !r.good) worker_remove_tree(t->folder);
  }
  lg_free(ctx, summary);
  forget(ctx, &k);
  return status;
}

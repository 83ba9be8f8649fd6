/* What ended jobs and earlier servers left in the folder. */
#define _XOPEN_SOURCE 700
#include "app/serve/store_files.h"
#include "app/serve/supervise.h"
#include "app/serve/worker.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ENDING_MS = 10000 }; /* its program may still be saving what it has */

typedef struct state_now {
  job_state state;
  int64_t ended;
} state_now;

static void note_state(void *arg, const job_row *row) { *(state_now *)arg = (state_now){row->state, row->ended}; }

/* Of jobs that ended by themselves the worker has taken it; a cancelled one is nobody's. False: it could not be kept.
 */
static bool keep_log(lg_ctx *ctx, store *s, int64_t job) {
  char folder[4096], path[4096 + 8], sha256[BLOB_HEX];
  struct stat about;
  uint64_t bytes = 0;
  worker_job_folder(store_folder(s), job, folder, sizeof folder);
  (void)snprintf(path, sizeof path, "%s/log", folder);
  if (lstat(path, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size == 0) return true;
  if (jobs_find_file(ctx, s, job, "log", "log", sha256) == LG_OK) return true;
  lg_status status = blob_take(ctx, store_folder(s), path, sha256, &bytes);
  if (status == LG_OK) status = jobs_add_log(ctx, s, job, sha256, bytes);
  if (status != LG_OK) lg_log(ctx, LG_LEVEL_WARNING, "the log of job %lld: %s", (long long)job, lg_ctx_message(ctx));
  return status == LG_OK;
}

static bool is_needed(lg_ctx *ctx, store *s, const char *name) {
  char *end;
  bool found = false;
  state_now now = {JOB_DONE, 0};
  const long long id = strtoll(name, &end, 10);
  if (*end || id <= 0) return false;
  if (jobs_look(ctx, s, id, 0, note_state, &now, &found) != LG_OK) return true; /* rather keep it */
  if (!found) return false;
  if (now.state == JOB_WAITING || now.state == JOB_RUNNING || now.state == JOB_PAUSED) return true;
  return store_now() - now.ended < ENDING_MS || !keep_log(ctx, s, id);
}

void supervise_clean(lg_ctx *ctx, store *s, const char *below) {
  char path[4096], one[4096 + 256];
  const bool jobs = strcmp(below, "jobs") == 0;
  (void)snprintf(path, sizeof path, "%s/%s", store_folder(s), below);
  DIR *folder = opendir(path);
  if (!folder) return;
  for (const struct dirent *e; (e = readdir(folder));) {
    if (e->d_name[0] == '.' || (jobs && is_needed(ctx, s, e->d_name))) continue;
    if (snprintf(one, sizeof one, "%s/%s", path, e->d_name) < (int)sizeof one) worker_remove_tree(one);
  }
  (void)closedir(folder);
}

/* A file of a job or of a study, as an answer. */
#include "app/serve/blob.h"
#include "app/serve/http_internal.h"
#include "app/serve/job_commands.h"
#include "app/serve/routes.h"

#include <string.h>

static const char *type_of(const char *name) {
  static const char *const known[][2] = {{".json", "application/json"},       {".csv", "text/csv; charset=utf-8"},
                                         {".svg", "image/svg+xml"},           {".png", "image/png"},
                                         {".pdf", "application/pdf"},         {".txt", "text/plain; charset=utf-8"},
                                         {"log", "text/plain; charset=utf-8"}};
  const size_t n = strlen(name);
  for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
    const size_t m = strlen(known[k][0]);
    if (n >= m && strcmp(name + n - m, known[k][0]) == 0) return known[k][1];
  }
  return "application/octet-stream"; /* reports too: a page of ours is never made of a user's file */
}

lg_status route_send_blob(lg_ctx *ctx, serve *server, http_call *call, const char *name, const char *sha256) {
  char path[4096], safe[JOB_FILE_NAME];
  const lg_status status = blob_path(ctx, server->folder, sha256, path, sizeof path);
  if (status != LG_OK) return status;
  const char *slash = strrchr(name, '/');
  job_make_safe(slash ? slash + 1 : name, safe);
  return http_file(ctx, call, path, type_of(name), sha256, safe);
}

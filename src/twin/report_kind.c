#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/report_kind.h"

#include "io/json_read.h"

#include <string.h>
#include <sys/stat.h>

static const struct {
  const char *file, *schema;
} kinds[] = {[LG_REPORT_OF_CLONE] = {"run.json", "loligo-report/1"},
             [LG_REPORT_OF_TRIAL] = {"trial.json", "loligo-trial/1"},
             [LG_REPORT_OF_SCREEN] = {"screen.json", "loligo-screen/1"},
             [LG_REPORT_OF_CULTURE] = {"summary.json", "loligo-culture/1"}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static lg_status kind_of_file(lg_ctx *ctx, const char *path, lg_report_kind *out) {
  lg_json_doc *doc = NULL;
  const char *schema = NULL;
  lg_status status = lg_json_load(ctx, path, LG_JSON_STRICT, (size_t)1 << 30, &doc);
  if (status != LG_OK) return status;
  const lg_json_at root = lg_json_root(doc);
  status = lg_json_get_text(ctx, &root, "schema", &schema);
  size_t k = 0;
  while (status == LG_OK && k < KINDS && strcmp(schema, kinds[k].schema) != 0) k++;
  if (status == LG_OK && k == KINDS)
    status = lg_fail(ctx, LG_ERR_FORMAT,
                     "%s: schema is '%s'; a clone's run has '%s', a trial's '%s', a screen's '%s', a culture's '%s'",
                     path, schema, kinds[0].schema, kinds[1].schema, kinds[2].schema, kinds[3].schema);
  if (status == LG_OK) *out = (lg_report_kind)k;
  lg_json_doc_destroy(ctx, doc);
  return status;
}

/* Other folders have a summary.json too. */
static bool is_culture(lg_ctx *ctx, const char *path) {
  lg_report_kind kind = LG_REPORT_OF_CLONE;
  if (kind_of_file(ctx, path, &kind) != LG_OK) lg_ctx_clear(ctx);
  return kind == LG_REPORT_OF_CULTURE;
}

lg_status lg_report_find_kind(lg_ctx *ctx, const char *path, lg_report_kind *out) {
  struct stat info;
  char file[4096];
  if (stat(path, &info) != 0)
    return lg_fail(
        ctx, LG_ERR_IO,
        "%s: no such run: a folder with run.json, trial.json, screen.json or the summary.json of a culture is "
        "expected",
        path);
  if (!S_ISDIR(info.st_mode)) return kind_of_file(ctx, path, out);
  for (size_t k = KINDS; k-- > 0;) { /* a screen's folder also has the run.json of its sweep */
    if (snprintf(file, sizeof file, "%s/%s", path, kinds[k].file) >= (int)sizeof file)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "the path is too long");
    if (stat(file, &info) != 0) continue;
    if (k == LG_REPORT_OF_CULTURE && !is_culture(ctx, file)) continue;
    *out = (lg_report_kind)k;
    return LG_OK;
  }
  return lg_fail(ctx, LG_ERR_IO,
                 "%s: holds no run: run.json, trial.json, screen.json or the summary.json of a culture is expected",
                 path);
}

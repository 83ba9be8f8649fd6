/** @file report_keep.h @brief Memory that lives as long as a report that was read back, and getters that fill it. */
#ifndef LG_REPORT_KEEP_H
#define LG_REPORT_KEEP_H

#include "twin/report_schema.h"

struct lg_kept;
/** Start from {0}. */
typedef struct lg_keeper {
  struct lg_kept *blocks;
} lg_keeper;

/** @brief Zeroed memory of n items, at least one; NULL: no memory, said in ctx. */
void *lg_keep(lg_ctx *ctx, lg_keeper *keeper, size_t n, size_t size);
void lg_keeper_destroy(lg_ctx *ctx, lg_keeper *keeper);

#define LG_KEEP(ctx, keeper, pointer, n)                                                                               \
  do {                                                                                                                 \
    (pointer) = lg_keep((ctx), (keeper), (n), sizeof *(pointer));                                                      \
    if (!(pointer)) {                                                                                                  \
      status = LG_ERR_MEMORY;                                                                                          \
      goto done;                                                                                                       \
    }                                                                                                                  \
  } while (0)

/** @brief An array of texts; the texts stay the document's. */
LG_MUST_CHECK lg_status lg_keep_texts(lg_ctx *ctx, lg_keeper *keeper, const lg_json_at *at, const char *key,
                                      const char *const **to, size_t *n);
/** @brief An array of exactly `expected` numbers; an empty one may stand for none when `optional`. */
LG_MUST_CHECK lg_status lg_keep_numbers(lg_ctx *ctx, lg_keeper *keeper, const lg_json_at *at, const char *key,
                                        size_t expected, bool optional, const double **to);
/** @brief An array of records of one kind: *to (a pointer to the struct) receives them. */
LG_MUST_CHECK lg_status lg_keep_records(lg_ctx *ctx, lg_keeper *keeper, const lg_json_at *at, const char *key,
                                        const lg_record *record, void *to, size_t *n);

/** @brief Lay out JSON text the same way whoever wrote it; *out from jansson (free()), NULL for no text. */
LG_MUST_CHECK lg_status lg_report_lay_out(lg_ctx *ctx, const char *text, char **out);
/** @brief The key "provenance" as text (free()), NULL when there is none. */
LG_MUST_CHECK lg_status lg_report_read_provenance(lg_ctx *ctx, const lg_json_at *root, char **out);
/** @brief The file of that name in a folder, or the path itself when it is no folder. */
LG_MUST_CHECK lg_status lg_folder_file(lg_ctx *ctx, const char *path, const char *name, char *buffer, size_t bytes);

/** What a report that was read back stands on; start from {0}. */
typedef struct lg_kept_run {
  lg_json_doc *doc;
  lg_keeper keeper;
  char *provenance; /* jansson's; NULL: the file has none */
} lg_kept_run;

/** Which file it is. */
typedef struct lg_kept_kind {
  const char *file;    /* in its folder: "trial.json" */
  const char *schema;  /* "loligo-trial/1" */
  const char *command; /* that writes it: "trial" */
} lg_kept_kind;

/** @brief Parse n bytes; the schema is checked and the provenance laid out. What was opened stays the run's on failure.
 */
LG_MUST_CHECK lg_status lg_kept_run_parse(lg_ctx *ctx, const lg_kept_kind *kind, const char *name, const void *bytes,
                                          size_t n, lg_kept_run *run);
/** @brief The same from a folder, or a file. */
LG_MUST_CHECK lg_status lg_kept_run_load(lg_ctx *ctx, const lg_kept_kind *kind, const char *path, lg_kept_run *run);
void lg_kept_run_clear(lg_ctx *ctx, lg_kept_run *run);

#endif

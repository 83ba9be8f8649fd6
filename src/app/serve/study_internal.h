/** @file study_internal.h @brief What the files of studies share; inside a transaction all of it. */
#ifndef LG_SERVE_STUDY_INTERNAL_H
#define LG_SERVE_STUDY_INTERNAL_H

#include "app/serve/store_studies.h"

/** What a change needs of a study before it is made. */
typedef struct study_now {
  int64_t owner, revision, version;
  study_state state;
  char name[STUDY_MOST_NAME + 1], manifest_sha256[BLOB_HEX];
} study_now;

/** @brief Fail with LG_ERR_ARGUMENT and say why. */
#define study_refuse(ctx, call, why, ...) ((call)->refused = (why), lg_fail((ctx), LG_ERR_ARGUMENT, __VA_ARGS__))

/** @brief Read it and refuse what is not there, or was changed since the caller looked. */
LG_MUST_CHECK lg_status study_open(lg_ctx *ctx, store *s, study_call *call, study_now *now);
/** @brief As study_open(), and it is a draft that the caller may edit; notes them as an author. */
LG_MUST_CHECK lg_status study_open_draft(lg_ctx *ctx, store *s, study_call *call, study_now *now);
/** @brief Version + 1 (call->version is the new one), who and when; and the row of the audit. detail: JSON or NULL. */
LG_MUST_CHECK lg_status study_close(lg_ctx *ctx, store *s, study_call *call, const char *action, const char *detail);
LG_MUST_CHECK lg_status study_read_inside(lg_ctx *ctx, store *s, int64_t id, int64_t reader_id,
                                          const study_reader *reader, bool *found);
/** @brief One step of a transaction of its own. */
typedef lg_status (*study_step)(lg_ctx *ctx, store *s, study_call *call, void *arg);
LG_MUST_CHECK lg_status study_in_transaction(lg_ctx *ctx, store *s, study_call *call, study_step step, void *arg);

/** @brief Words of people: at most `most` bytes, no control characters but newline and tab. */
LG_MUST_CHECK lg_status study_check_words(lg_ctx *ctx, study_call *call, const char *what, const char *words,
                                          size_t least, size_t most);

/** @brief The manifest of a study that is being locked, as text (free()) with its SHA-256. */
LG_MUST_CHECK lg_status study_manifest(lg_ctx *ctx, store *s, int64_t id, const char *locked_by, int64_t at,
                                       char **text, char sha256[BLOB_HEX]);

#endif

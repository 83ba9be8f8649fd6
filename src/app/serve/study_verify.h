/** @file study_verify.h @brief An exported study checked without the server: every hash is computed anew. */
#ifndef LG_SERVE_STUDY_VERIFY_H
#define LG_SERVE_STUDY_VERIFY_H

#include "base/base.h"

/** Something that is not as it was locked. */
typedef struct study_difference {
  char *path;
  const char *what; /* "missing", "changed", "not in the manifest", … */
} study_difference;

typedef struct study_signature {
  char act[16], by[65], role[16], sha256[65];
  char *words;
  int64_t revision, at;
  bool good; /* its own hash is right */
} study_signature;

typedef struct study_checked {
  int64_t study, revision;
  char *name;
  char manifest_sha256[65];
  size_t n_files; /* in the manifest */
  uint64_t bytes;
  size_t n_differences, n_signatures;
  study_difference *differences;
  study_signature *signatures; /* all acts, oldest first */
} study_checked;

/**
 * @brief Check an archive, or the folder or manifest.json of one that was unpacked.
 * @param manifest_sha256 what the manifest's hash must be, NULL: whatever it is
 * @retval LG_OK it was looked at: n_differences says how it is
 * @retval LG_ERR_FORMAT it is no exported study, or the archive is cut; LG_ERR_IO
 */
LG_MUST_CHECK lg_status study_verify(lg_ctx *ctx, const char *path, const char *manifest_sha256, study_checked *out);
/** @brief The same for an archive that is open for reading. */
LG_MUST_CHECK lg_status study_verify_stream(lg_ctx *ctx, FILE *archive, const char *manifest_sha256,
                                            study_checked *out);
void study_checked_forget(lg_ctx *ctx, study_checked *c);

#endif

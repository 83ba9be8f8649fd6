/**
 * @file study_export.h
 * @brief A locked study as one archive that is verified without the server: manifest, files, signatures, history.
 *
 *     study-7-r1/manifest.json     the bytes that were hashed when it was locked
 *     study-7-r1/files/…           every file of every item
 *     study-7-r1/signatures.json   locks, reviews, signatures, withdrawals, with their hashes
 *     study-7-r1/history.json      what the audit says of it
 *     study-7-r1/SHA256SUMS        for `sha256sum -c`
 *     study-7-r1/README.txt
 */
#ifndef LG_SERVE_STUDY_EXPORT_H
#define LG_SERVE_STUDY_EXPORT_H

#include "app/serve/store_studies.h"

typedef struct study_export study_export;

/** @retval LG_ERR_NOT_FOUND there is none; LG_ERR_ARGUMENT: it was never locked, or is a draft again */
LG_MUST_CHECK lg_status study_export_open(lg_ctx *ctx, store *s, int64_t id, study_export **out);
void study_export_close(lg_ctx *ctx, study_export *e);
uint64_t study_export_bytes(const study_export *e);
/** @brief Name to save it by, "study-7-r1.tar". */
const char *study_export_name(const study_export *e);
/** @brief Bytes from `at` on; *n 0: the end. One reader at a time. @retval LG_ERR_IO a file cannot be read any more */
LG_MUST_CHECK lg_status study_export_read(lg_ctx *ctx, study_export *e, uint64_t at, void *buffer, size_t room,
                                          size_t *n);

#endif

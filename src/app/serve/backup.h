/**
 * @file backup.h
 * @brief A server's whole folder as one archive, made while it runs; and back into an empty folder, checked.
 *
 *     loligo-backup/backup.json       when, by what, how many files, SHA-256 of the store, head of the audit
 *     loligo-backup/loligo.sqlite     the store as it was at one moment
 *     loligo-backup/blobs/ab/cdef…    every file that it points at
 *     loligo-backup/SHA256SUMS        for `sha256sum -c`; the last, so that a cut archive is told
 */
#ifndef LG_SERVE_BACKUP_H
#define LG_SERVE_BACKUP_H

#include "app/serve/store_audit.h"

typedef struct backup_report {
  int64_t created; /* of the backup, ms since 1970 */
  size_t n_files, n_damaged;
  uint64_t bytes;
  char sha256[65]; /* of the store in it */
  audit_anchor audit;
} backup_report;

/**
 * @brief Write the backup of a folder, whether a server works there or not. It sees one moment; files that are deleted
 * meanwhile are kept for it by a second name. The archive appears whole or not at all.
 * @param skip_damaged leave out files that are not what their name says, and list them; otherwise they are a failure
 * @retval LG_ERR_IO, LG_ERR_FORMAT (a file is damaged), LG_ERR_CANCELLED
 */
LG_MUST_CHECK lg_status backup_write(lg_ctx *ctx, const char *folder, const char *path, bool skip_damaged,
                                     backup_report *report);

/**
 * @brief Restore into a folder that is empty or not there: every hash, the store and its audit are checked first.
 * Sessions and invitations are not restored. Nothing is left of what fails.
 * @retval LG_ERR_ARGUMENT the folder is not empty; LG_ERR_FORMAT: no backup, cut, or not what it was
 */
LG_MUST_CHECK lg_status backup_restore(lg_ctx *ctx, const char *path, const char *folder, backup_report *report);

#endif

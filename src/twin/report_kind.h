/** @file report_kind.h @brief Which kind of run a folder or file holds. */
#ifndef LG_REPORT_KIND_H
#define LG_REPORT_KIND_H

#include "base/base.h"

typedef enum lg_report_kind {
  LG_REPORT_OF_CLONE = 0,
  LG_REPORT_OF_TRIAL,
  LG_REPORT_OF_SCREEN,
  LG_REPORT_OF_CULTURE
} lg_report_kind;

/**
 * @brief Look at a folder (screen.json, trial.json or run.json, in this order, or a culture's summary.json) or at the
 * schema of a file.
 * @retval LG_ERR_IO     the folder holds none of them, or the file cannot be opened
 * @retval LG_ERR_FORMAT a file that is no JSON, or of another schema
 */
LG_MUST_CHECK lg_status lg_report_find_kind(lg_ctx *ctx, const char *path, lg_report_kind *out);

#endif

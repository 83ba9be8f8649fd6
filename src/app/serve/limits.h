/** @file limits.h @brief How much of what: one table of limits, kept in the store, changed while the server runs. */
#ifndef LG_SERVE_LIMITS_H
#define LG_SERVE_LIMITS_H

#include "app/serve/store.h"
#include "app/serve/store_audit.h"

#include <stdatomic.h>

typedef enum limit_name {
  LIMIT_REQUESTS_USER = 0,
  LIMIT_BURST_USER,
  LIMIT_REQUESTS_ADDRESS,
  LIMIT_BURST_ADDRESS,
  LIMIT_SIGN_INS_ADDRESS,
  LIMIT_SIGN_INS_NAME,
  LIMIT_CONNECTIONS,
  LIMIT_CONNECTIONS_ADDRESS,
  LIMIT_JOBS,
  LIMIT_COUNT
} limit_name;

typedef struct limit_info {
  const char *name, *unit, *summary;
  int64_t fallback, low, high;
} limit_info;

extern const limit_info limits_table[LIMIT_COUNT];

/** What holds now; any thread reads it. */
typedef struct limits {
  _Atomic int64_t value[LIMIT_COUNT];
} limits;

/** @brief From the store; what does not stand there is as in the table. */
LG_MUST_CHECK lg_status limits_read(lg_ctx *ctx, store *s, limits *out);
/** @brief Change some (set[k]: whether value[k] is one), all or none; a row of the audit for each.
 * @retval LG_ERR_RANGE one is out of its range: the message says which */
LG_MUST_CHECK lg_status limits_write(lg_ctx *ctx, store *s, const audit_who *by, const bool set[LIMIT_COUNT],
                                     const int64_t value[LIMIT_COUNT], limits *now);

#endif

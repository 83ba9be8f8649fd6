#include "app/serve/limits.h"

#include "app/serve/store_jobs.h"

#include <sqlite3.h>
#include <string.h>

const limit_info limits_table[LIMIT_COUNT] = {
    [LIMIT_REQUESTS_USER] = {"requests_per_user", "1/s", "Requests of one user, on average.", 100, 1, 100000},
    [LIMIT_BURST_USER] = {"burst_per_user", "requests", "So many at once after a pause.", 400, 1, 100000},
    [LIMIT_REQUESTS_ADDRESS] = {"requests_per_address", "1/s", "Requests of one address, on average.", 400, 1, 100000},
    [LIMIT_BURST_ADDRESS] = {"burst_per_address", "requests", "So many at once after a pause.", 1000, 1, 100000},
    [LIMIT_SIGN_INS_ADDRESS] = {"sign_ins_per_address", "1/min", "Sign-ins, accounts and passwords from one address.",
                                30, 1, 6000},
    [LIMIT_SIGN_INS_NAME] = {"sign_ins_per_name", "1/min", "Failed sign-ins for one name.", 10, 1, 6000},
    [LIMIT_CONNECTIONS] = {"connections", "connections", "Open at once, of everybody.", 4000, 8, 4000},
    [LIMIT_CONNECTIONS_ADDRESS] = {"connections_per_address", "connections",
                                   "Open at once from one address (not behind a proxy).", 1000, 4, 4000},
    [LIMIT_JOBS] = {"jobs_per_user", "jobs", "Jobs of one user that wait or run.", JOB_MOST_UNFINISHED, 1, 1000000},
};

static size_t find(const char *name) {
  size_t k = 0;
  while (k < LIMIT_COUNT && strcmp(limits_table[k].name, name) != 0) k++;
  return k;
}

lg_status limits_read(lg_ctx *ctx, store *s, limits *out) {
  sqlite3_stmt *q;
  for (size_t k = 0; k < LIMIT_COUNT; k++) atomic_store(&out->value[k], limits_table[k].fallback);
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = store_bind(ctx, s, "SELECT name, value FROM limits", &q, "");
  while (store_next(ctx, s, q, &status)) {
    const char *name = (const char *)sqlite3_column_text(q, 0);
    const size_t k = name ? find(name) : LIMIT_COUNT;
    const int64_t value = sqlite3_column_int64(q, 1);
    if (k < LIMIT_COUNT && value >= limits_table[k].low && value <= limits_table[k].high)
      atomic_store(&out->value[k], value);
  }
  return store_end(ctx, s, status);
}

static lg_status put(lg_ctx *ctx, store *s, const audit_who *by, size_t k, int64_t value, int64_t was) {
  char detail[96];
  (void)snprintf(detail, sizeof detail, "%lld %s, was %lld", (long long)value, limits_table[k].unit, (long long)was);
  const lg_status status = store_run(ctx, s, NULL, "INSERT OR REPLACE INTO limits (name, value) VALUES (?, ?)", "ti",
                                     limits_table[k].name, value);
  return status == LG_OK ? store_audit_add(ctx, s, by, "limit.change", limits_table[k].name, detail) : status;
}

lg_status limits_write(lg_ctx *ctx, store *s, const audit_who *by, const bool set[LIMIT_COUNT],
                       const int64_t value[LIMIT_COUNT], limits *now) {
  for (size_t k = 0; k < LIMIT_COUNT; k++)
    if (set[k] && (value[k] < limits_table[k].low || value[k] > limits_table[k].high))
      return lg_fail(ctx, LG_ERR_RANGE, "%s is %lld to %lld (%s)", limits_table[k].name, (long long)limits_table[k].low,
                     (long long)limits_table[k].high, limits_table[k].unit);
  lg_status status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  for (size_t k = 0; k < LIMIT_COUNT && status == LG_OK; k++) {
    const int64_t was = atomic_load(&now->value[k]);
    if (set[k] && value[k] != was) status = put(ctx, s, by, k, value[k], was);
  }
  status = store_end(ctx, s, status);
  for (size_t k = 0; k < LIMIT_COUNT && status == LG_OK; k++)
    if (set[k]) atomic_store(&now->value[k], value[k]);
  return status;
}

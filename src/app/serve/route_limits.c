/* Limits as administrators see and change them. */
#include "app/serve/http_internal.h"
#include "app/serve/routes.h"

#include <string.h>

static lg_status answer(lg_ctx *ctx, serve *server, http_call *call) {
  lg_json *w = http_json_begin(ctx, call);
  lg_json_object(w);
  lg_json_key(w, "limits");
  lg_json_array(w);
  for (size_t k = 0; k < LIMIT_COUNT; k++) {
    const limit_info *i = &limits_table[k];
    lg_json_object(w);
    lg_json_key_text(w, "name", i->name);
    lg_json_key_integer(w, "value", atomic_load(&server->limits.value[k]));
    lg_json_key_integer(w, "default", i->fallback);
    lg_json_key_integer(w, "low", i->low);
    lg_json_key_integer(w, "high", i->high);
    lg_json_key_text(w, "unit", i->unit);
    lg_json_key_text(w, "summary", i->summary);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  lg_json_key_integer(w, "most_upload_bytes", (int64_t)server->options.most_upload);
  lg_json_key_integer(w, "quota_bytes", (int64_t)server->options.quota);
  lg_json_key_integer(w, "most_body_bytes", HTTP_BODY);
  lg_json_end_object(w);
  return http_json_end(ctx, call, MHD_HTTP_OK);
}

static lg_status change(lg_ctx *ctx, serve *server, http_call *call) {
  bool set[LIMIT_COUNT] = {false};
  int64_t value[LIMIT_COUNT] = {0};
  const char *key;
  json_t *wanted;
  const audit_who by = http_who(call);
  const json_t *body = http_body(ctx, call);
  if (!body) return LG_OK;
  json_object_foreach((json_t *)(uintptr_t)body, key, wanted) {
    size_t k = 0;
    while (k < LIMIT_COUNT && strcmp(limits_table[k].name, key) != 0) k++;
    if (k == LIMIT_COUNT || !json_is_integer(wanted))
      return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "bad-request", "See GET /api/v1/limits for their names.",
                        "\"%.64s\" is no limit, or its value is no whole number", key);
    set[k] = true;
    value[k] = json_integer_value(wanted);
  }
  const lg_status status = limits_write(ctx, server->store, &by, set, value, &server->limits);
  return status == LG_OK ? answer(ctx, server, call) : status;
}

const http_route route_limits[ROUTE_LIMITS_COUNT] = {
    {HTTP_GET, "/api/v1/limits", ROLE_ADMIN, "admin", answer, "Limits with their ranges and units."},
    {HTTP_PATCH, "/api/v1/limits", ROLE_ADMIN, "admin", change, "Change some of them: {\"jobs_per_user\": 200}."},
};

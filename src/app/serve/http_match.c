/* Patterns segment by segment; a {part} takes one segment of letters that are safe in names of files. */
#include "app/serve/http_internal.h"

#include <string.h>

static const char *const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-";

static bool take_part(http_call *call, const char *name, size_t n_name, const char *value, size_t n_value) {
  if (n_value < 1 || n_value >= HTTP_PART || strspn(value, safe) < n_value) return false;
  if (value[0] == '.' || call->n_parts == HTTP_PARTS) return false; /* no hidden files, no way up */
  http_named *p = &call->part[call->n_parts++];
  (void)snprintf(p->name, sizeof p->name, "%.*s", (int)n_name, name);
  (void)snprintf(p->value, sizeof p->value, "%.*s", (int)n_value, value);
  return true;
}

static bool matches(http_call *call, const char *pattern) {
  const char *p = pattern, *at = call->path;
  call->n_parts = 0;
  while (*p && *at) {
    if (*p != '{') {
      if (*p++ != *at++) return false;
      continue;
    }
    const size_t n_name = strcspn(p + 1, "}"), n_value = strcspn(at, "/");
    if (!take_part(call, p + 1, n_name, at, n_value)) return false;
    p += n_name + 2, at += n_value;
  }
  return *p == *at;
}

const http_route *http_match(http_call *call, bool *known_path) {
  size_t n;
  const http_routes *tables = http_all_routes(&n);
  *known_path = false;
  for (size_t t = 0; t < n; t++)
    for (size_t k = 0; k < tables[t].n; k++) {
      const http_route *r = &tables[t].routes[k];
      if (!matches(call, r->pattern)) continue;
      *known_path = true;
      if (r->method == call->method) return r;
    }
  call->n_parts = 0;
  return NULL;
}

/* Every table of routes: one line each, in the order they are looked through. */
#include "app/serve/http_internal.h"
#include "app/serve/routes.h"

const http_routes *http_all_routes(size_t *n) {
  /* clang-format off */
  static const http_routes tables[] = {
    {route_account, ROUTE_ACCOUNT_COUNT},
    {route_assets, ROUTE_ASSETS_COUNT},
    {route_audit, ROUTE_AUDIT_COUNT},
    {route_health, ROUTE_HEALTH_COUNT},
    {route_jobs, ROUTE_JOBS_COUNT},
    {route_limits, ROUTE_LIMITS_COUNT},
    {route_live, ROUTE_LIVE_COUNT},
    {route_studies, ROUTE_STUDIES_COUNT},
    {route_uploads, ROUTE_UPLOADS_COUNT},
    {route_users, ROUTE_USERS_COUNT},
  };
  /* clang-format on */
  *n = sizeof tables / sizeof tables[0];
  return tables;
}

const http_stream *http_stream_of(const http_route *route) {
  static const http_stream *const streams[] = {&route_uploads_stream};
  for (size_t k = 0; k < sizeof streams / sizeof streams[0]; k++)
    if (streams[k]->handler == route->handler) return streams[k];
  return NULL;
}

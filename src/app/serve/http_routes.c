/* Every table of routes: one line each, in the order they are looked through. */
#include "app/serve/http_internal.h"
#include "app/serve/routes.h"

const http_routes *http_all_routes(size_t *n) {
  static const http_routes tables[] = {
      {route_account, ROUTE_ACCOUNT_COUNT},
      {route_assets, ROUTE_ASSETS_COUNT},
      {route_health, ROUTE_HEALTH_COUNT},
  };
  *n = sizeof tables / sizeof tables[0];
  return tables;
}

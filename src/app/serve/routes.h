/** @file routes.h @brief The tables of routes, by file; http_routes.c lists them. */
#ifndef LG_SERVE_ROUTES_H
#define LG_SERVE_ROUTES_H

#include "app/serve/http.h"

enum { ROUTE_ACCOUNT_COUNT = 5, ROUTE_ASSETS_COUNT = 3, ROUTE_HEALTH_COUNT = 3 };
extern const http_route route_account[ROUTE_ACCOUNT_COUNT];
extern const http_route route_assets[ROUTE_ASSETS_COUNT];
extern const http_route route_health[ROUTE_HEALTH_COUNT];

#endif

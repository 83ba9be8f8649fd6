/** @file routes.h @brief The tables of routes, by file; http_routes.c lists them. */
#ifndef LG_SERVE_ROUTES_H
#define LG_SERVE_ROUTES_H

#include "app/serve/http.h"

enum { ROUTE_ACCOUNT_COUNT = 5 };
enum { ROUTE_ASSETS_COUNT = 3 };
enum { ROUTE_AUDIT_COUNT = 3 };
enum { ROUTE_HEALTH_COUNT = 3 };
enum { ROUTE_JOBS_COUNT = 14 };
enum { ROUTE_STUDIES_COUNT = 13 };
enum { ROUTE_LIVE_COUNT = 7 };
enum { ROUTE_LIMITS_COUNT = 2 };
enum { ROUTE_UPLOADS_COUNT = 5 };
enum { ROUTE_USERS_COUNT = 11 };
extern const http_route route_account[ROUTE_ACCOUNT_COUNT];
extern const http_route route_assets[ROUTE_ASSETS_COUNT];
extern const http_route route_audit[ROUTE_AUDIT_COUNT];
extern const http_route route_health[ROUTE_HEALTH_COUNT];
extern const http_route route_jobs[ROUTE_JOBS_COUNT];
extern const http_route route_studies[ROUTE_STUDIES_COUNT];
extern const http_route route_live[ROUTE_LIVE_COUNT];
extern const http_route route_limits[ROUTE_LIMITS_COUNT];
extern const http_route route_uploads[ROUTE_UPLOADS_COUNT];
extern const http_route route_users[ROUTE_USERS_COUNT];
extern const http_stream route_uploads_stream;

lg_status job_events(lg_ctx *ctx, serve *server, http_call *call);
/** @brief Answer with a kept file of that SHA-256; `name` is its path in the job's or study's results. */
LG_MUST_CHECK lg_status route_send_blob(lg_ctx *ctx, serve *server, http_call *call, const char *name,
                                        const char *sha256);

#endif

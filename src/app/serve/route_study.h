/** @file route_study.h @brief What the routes of studies share. */
#ifndef LG_SERVE_ROUTE_STUDY_H
#define LG_SERVE_ROUTE_STUDY_H

#include "app/serve/http_internal.h"
#include "app/serve/store_studies.h"

/**
 * @brief Body and If-Match of a change. @param keys what the body may hold, with a space around each
 * @return NULL: it was answered already
 */
const json_t *study_open_change(lg_ctx *ctx, http_call *call, const char *keys, study_call *c);
/** @brief The study as it is after a change, or why there was none. */
LG_MUST_CHECK lg_status study_answer_change(lg_ctx *ctx, serve *server, http_call *call, lg_status status,
                                            const study_call *c, unsigned status_code);
/** @brief A text of the body: NULL where it is not there; *good false: it is no text. */
const char *study_text_of(const json_t *body, const char *key, bool *good);
LG_MUST_CHECK lg_status study_bad_kind(lg_ctx *ctx, http_call *call);

/* route_study_acts.c */
lg_status study_route_lock(lg_ctx *ctx, serve *server, http_call *call);
lg_status study_route_review(lg_ctx *ctx, serve *server, http_call *call);
lg_status study_route_sign(lg_ctx *ctx, serve *server, http_call *call);
lg_status study_route_withdraw(lg_ctx *ctx, serve *server, http_call *call);

#endif

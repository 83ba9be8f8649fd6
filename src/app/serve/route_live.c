/* Live streams: a cell that runs on the server, looked at by many, stimulated while it runs. */
#include "app/serve/http_internal.h"
#include "app/serve/job_commands.h"
#include "app/serve/routes.h"
#include "app/serve/store_audit.h"
#include "app/serve/store_jobs.h"

#include <stdlib.h>
#include <string.h>

enum { START_MS = 10000, ANSWER_MS = 5000 };

/* Administrators see and steer every stream, others their own; what is shared is seen by all. */
static hub_eye eye_of(const http_call *call, bool steers) {
  return (hub_eye){http_user_role(call) == ROLE_ADMIN ? 0 : http_user(call), steers};
}

static lg_status no_stream(lg_ctx *ctx, http_call *call) {
  return http_error(ctx, call, MHD_HTTP_NOT_FOUND, "not-found", "See /api/v1/live; streams that nobody looks at end.",
                    "you have no such live stream");
}

/* What the hub or the request's check said. */
static lg_status refuse(lg_ctx *ctx, http_call *call, lg_status status) {
  char message[400];
  (void)snprintf(message, sizeof message, "%s", lg_ctx_message(ctx));
  switch (status) {
  case LG_ERR_NOT_FOUND:
    return no_stream(ctx, call);
  case LG_ERR_ARGUMENT:
  case LG_ERR_RANGE:
    return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "bad-live", "See neuron live in /api/v1/commands.", "%s",
                      message);
  case LG_ERR_LIMIT:
    http_set_header(call, "Retry-After", "5");
    return http_error(ctx, call, MHD_HTTP_SERVICE_UNAVAILABLE, "too-many-live",
                      "End a live stream (DELETE /api/v1/live/ID), or try again later.", "%s", message);
  default:
    return status;
  }
}

/* ---- begin ----------------------------------------------------------------------------------------------------- */

/* What the connection waits for: a stream, or the answer to a request. */
typedef struct waiting {
  int64_t stream, number, until;
} waiting;

static void forget_waiting(lg_ctx *ctx, void *own) { lg_free(ctx, own); }

static lg_status begin_waiting(lg_ctx *ctx, http_call *call, int64_t stream, int64_t number, int64_t ms,
                               waiting **out) {
  *out = lg_alloc(ctx, 1, sizeof **out);
  if (!*out) return LG_ERR_MEMORY;
  **out = (waiting){stream, number, store_now() + ms};
  http_keep(call, *out, forget_waiting);
  return LG_OK;
}

static lg_status note(lg_ctx *ctx, http_call *call, const char *action, int64_t id, const char *detail) {
  char object[AUDIT_OBJECT];
  const audit_who by = http_who(call);
  store *s = call->server->store;
  const lg_status status = store_begin(ctx, s);
  if (status != LG_OK) return status;
  return store_end(ctx, s, store_audit_add(ctx, s, &by, action, audit_object(object, "live", id), detail));
}

static lg_status check_inputs(lg_ctx *ctx, http_call *call, const job_order *order) {
  store *s = call->server->store;
  lg_status status = store_read(ctx, s);
  if (status != LG_OK) return status;
  status = jobs_check_inputs(ctx, s, http_user(call), order->input, order->n_inputs);
  return store_end(ctx, s, status);
}

/* The files and words of an order, as the hub wants them. */
static lg_status open_stream(lg_ctx *ctx, serve *server, http_call *call, const job_order *order, bool shared,
                             int64_t *id) {
  lg_status status = LG_OK;
  char(*from)[HUB_WORD] = NULL;
  const char *name[JOB_MOST_INPUTS], *word[JOB_MOST_WORDS + 4];
  json_t *argv = json_loads(order->request, 0, NULL);
  hub_new n = {.user = http_user(call),
               .user_name = http_user_name(call),
               .shared = shared,
               .word = word,
               .name = name,
               .n_inputs = order->n_inputs};
  LG_NEW(ctx, from, order->n_inputs + 1);
  n.from = (const char(*)[HUB_WORD])from;
  for (size_t k = 0; k < order->n_inputs; k++) {
    name[k] = order->input[k].name;
    LG_TRY(blob_path(ctx, server->folder, order->input[k].sha256, from[k], HUB_WORD));
  }
  for (; n.n_words < json_array_size(argv) && n.n_words < JOB_MOST_WORDS + 4; n.n_words++)
    word[n.n_words] = json_string_value(json_array_get(argv, n.n_words));
  LG_TRY(hub_open(ctx, server->hub, &n, id));
done:
  lg_free(ctx, from);
  json_decref(argv);
  return status;
}

static lg_status check_keys(lg_ctx *ctx, const json_t *body) {
  static const char *const known[] = {"arguments", "options", "inputs", "shared"};
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)body, name, value) {
    size_t k = 0;
    while (k < sizeof known / sizeof known[0] && strcmp(known[k], name) != 0) k++;
    if (k == sizeof known / sizeof known[0])
      return lg_fail(ctx, LG_ERR_ARGUMENT, "\"%.64s\" is unknown; a stream has arguments, options, inputs and shared",
                     name);
  }
  value = json_object_get(body, "shared");
  return value && !json_is_boolean(value) ? lg_fail(ctx, LG_ERR_ARGUMENT, "shared is true or false") : LG_OK;
}

static lg_status begin(lg_ctx *ctx, serve *server, http_call *call, waiting **out) {
  static const serve_commands none = {0};
  const json_t *body = http_body(ctx, call);
  job_order order = {0};
  int64_t id = 0;
  *out = NULL;
  if (!body) return LG_OK;
  lg_status status = check_keys(ctx, body);
  if (status == LG_OK)
    status = job_order_read_live(ctx, server->options.commands ? server->options.commands : &none, body, &order);
  if (status == LG_OK) {
    status = check_inputs(ctx, call, &order);
    if (status == LG_ERR_NOT_FOUND) status = LG_ERR_ARGUMENT; /* an input: the message says which */
  }
  if (status == LG_OK)
    status = open_stream(ctx, server, call, &order, json_is_true(json_object_get(body, "shared")), &id);
  if (status == LG_OK) {
    status = note(ctx, call, "live.create", id, order.request);
    if (status != LG_OK) LG_IGNORE(hub_end(ctx, server->hub, id, (hub_eye){0, true}));
  }
  job_order_forget(ctx, &order);
  return status == LG_OK ? begin_waiting(ctx, call, id, 0, START_MS, out) : refuse(ctx, call, status);
}

static lg_status answer_stream(lg_ctx *ctx, serve *server, http_call *call, int64_t id, unsigned code) {
  lg_json *w = http_json_begin(ctx, call);
  const lg_status status = hub_write(ctx, server->hub, id, eye_of(call, false), true, w);
  return status == LG_OK ? http_json_end(ctx, call, code) : no_stream(ctx, call);
}

/* 201 it runs; 202 it is still being read; 400 it could not begin, and why. */
static lg_status create(lg_ctx *ctx, serve *server, http_call *call) {
  waiting *w = http_kept(call);
  hub_state state = HUB_ENDED;
  lg_status status = w ? LG_OK : begin(ctx, server, call, &w);
  if (status != LG_OK || !w) return status;
  status = hub_look(ctx, server->hub, w->stream, eye_of(call, true), &state);
  if (status != LG_OK) return no_stream(ctx, call);
  if (state == HUB_STARTING && store_now() < w->until && http_wait(call, -w->stream, w->until)) return LG_OK;
  if (state != HUB_ENDED)
    return answer_stream(ctx, server, call, w->stream, state == HUB_RUNNING ? MHD_HTTP_CREATED : MHD_HTTP_ACCEPTED);
  char message[400] = "";
  hub_why(server->hub, w->stream, message, sizeof message);
  return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "live-failed", "Mend the model; neuron simulate says the same.",
                    "%s", message);
}

/* ---- look ------------------------------------------------------------------------------------------------------ */

static lg_status list(lg_ctx *ctx, serve *server, http_call *call) {
  lg_json *w = http_list_begin(ctx, call, "live");
  hub_write_all(server->hub, eye_of(call, false), w);
  return http_list_end(ctx, call, w, LG_OK);
}

static lg_status get(lg_ctx *ctx, serve *server, http_call *call) {
  return answer_stream(ctx, server, call, http_id(call), MHD_HTTP_OK);
}

static lg_status frames(lg_ctx *ctx, serve *server, http_call *call) {
  hub_state state = HUB_ENDED;
  struct MHD_Response *r = NULL;
  lg_status status = hub_look(ctx, server->hub, http_id(call), eye_of(call, false), &state);
  if (status != LG_OK) return no_stream(ctx, call);
  if (state == HUB_ENDED)
    return http_error(ctx, call, MHD_HTTP_GONE, "ended", "GET /api/v1/live/ID says why; begin another.",
                      "the stream has ended");
  status = hub_view(ctx, server->hub, http_id(call), eye_of(call, false), call->connection, &r);
  if (status != LG_OK) return refuse(ctx, call, status);
  (void)MHD_add_response_header(r, "Content-Type", "application/vnd.loligo.live");
  (void)MHD_add_response_header(r, "Cache-Control", "no-store");
  (void)MHD_add_response_header(r, "X-Accel-Buffering", "no");
  call->response = r;
  call->status_code = MHD_HTTP_OK;
  return LG_OK;
}

/* ---- steer ----------------------------------------------------------------------------------------------------- */

static lg_status ask(lg_ctx *ctx, serve *server, http_call *call, json_t *request, waiting **out) {
  int64_t number = 0;
  const lg_status status = request ? hub_ask(ctx, server->hub, http_id(call), eye_of(call, true), request, &number)
                                   : lg_fail(ctx, LG_ERR_MEMORY, "no memory for a request");
  json_decref(request);
  *out = NULL;
  return status == LG_OK ? begin_waiting(ctx, call, http_id(call), number, ANSWER_MS, out) : refuse(ctx, call, status);
}

/* The stream's own answer, or what it refused. */
static lg_status pass_on(lg_ctx *ctx, http_call *call, const json_t *answer) {
  const char *refused = json_string_value(json_object_get(answer, "refused"));
  if (refused) return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "refused", "See docs/server.md.", "%s", refused);
  char *text = json_dumps(answer, JSON_COMPACT);
  if (!text) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for an answer");
  lg_json *w = http_json_begin(ctx, call);
  lg_json_raw(w, text);
  free(text);
  return http_json_end(ctx, call, MHD_HTTP_OK);
}

static lg_status wait_for_answer(lg_ctx *ctx, serve *server, http_call *call, const waiting *w) {
  json_t *answer = NULL;
  hub_state state = HUB_ENDED;
  if (hub_answer(ctx, server->hub, w->stream, eye_of(call, true), w->number, &answer) != LG_OK ||
      hub_look(ctx, server->hub, w->stream, eye_of(call, true), &state) != LG_OK)
    return no_stream(ctx, call);
  if (answer) {
    const lg_status status = pass_on(ctx, call, answer);
    json_decref(answer);
    return status;
  }
  if (state == HUB_ENDED)
    return http_error(ctx, call, MHD_HTTP_GONE, "ended", "Begin another.", "the stream has ended");
  if (store_now() < w->until && http_wait(call, -w->stream, w->until)) return LG_OK;
  return http_error(ctx, call, MHD_HTTP_SERVICE_UNAVAILABLE, "slow", "Make frames of fewer steps (every_ms).",
                    "the stream has not answered in %d s", ANSWER_MS / 1000);
}

static lg_status stimulate(lg_ctx *ctx, serve *server, http_call *call) {
  waiting *w = http_kept(call);
  if (!w) {
    const json_t *body = http_body(ctx, call);
    if (!body) return LG_OK;
    const lg_status status = ask(ctx, server, call, json_pack("{s:O}", "stimulus", body), &w);
    if (status != LG_OK || !w) return status;
  }
  return wait_for_answer(ctx, server, call, w);
}

static lg_status steer(lg_ctx *ctx, serve *server, http_call *call) {
  waiting *w = http_kept(call);
  if (!w) {
    const json_t *body = http_body(ctx, call);
    if (!body) return LG_OK;
    if (json_object_get(body, "stimulus") || json_object_get(body, "end") || json_object_get(body, "number"))
      return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "bad-live", "Stimuli go to /stimulus; DELETE ends it.",
                        "paused, every_ms and rate_Hz can be changed");
    const lg_status status = ask(ctx, server, call, json_deep_copy(body), &w);
    if (status != LG_OK || !w) return status;
  }
  return wait_for_answer(ctx, server, call, w);
}

static lg_status delete (lg_ctx *ctx, serve *server, http_call *call) {
  hub_state state;
  lg_status status = hub_look(ctx, server->hub, http_id(call), eye_of(call, true), &state);
  if (status != LG_OK) return no_stream(ctx, call);
  status = note(ctx, call, "live.end", http_id(call), NULL);
  if (status != LG_OK) return status;
  status = hub_end(ctx, server->hub, http_id(call), eye_of(call, true));
  return status == LG_OK ? http_empty(ctx, call, MHD_HTTP_NO_CONTENT) : no_stream(ctx, call);
}

const http_route route_live[ROUTE_LIVE_COUNT] = {
    {HTTP_POST, "/api/v1/live", ROLE_SCIENTIST, "run", create,
     "A live stream: arguments, options and inputs of neuron live; shared: others may look."},
    {HTTP_GET, "/api/v1/live", ROLE_VIEWER, "read", list, "Live streams that you may look at."},
    {HTTP_GET, "/api/v1/live/{id}", ROLE_VIEWER, "read", get, "One of them: state, layout, stimuli so far."},
    {HTTP_GET, "/api/v1/live/{id}/frames", ROLE_VIEWER, "read", frames,
     "Its frames as binary records, as long as it runs; slow readers lose frames."},
    {HTTP_POST, "/api/v1/live/{id}/stimulus", ROLE_SCIENTIST, "run", stimulate,
     "Inject a current: loc, dur_ms, amp_nA, at_ms; answered by the clamp that it became."},
    {HTTP_PATCH, "/api/v1/live/{id}", ROLE_SCIENTIST, "run", steer, "Its pace: paused, every_ms, rate_Hz."},
    {HTTP_DELETE, "/api/v1/live/{id}", ROLE_SCIENTIST, "run", delete, "End it."},
};

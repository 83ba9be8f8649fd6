/* Jobs: what the command line does, asked for by programs and by the page. */
#include "app/serve/http_internal.h"
#include "app/serve/job_commands.h"
#include "app/serve/job_json.h"
#include "app/serve/routes.h"
#include "app/serve/worker.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LISTED = 200, MOST_WAIT_MS = 30000, SHARES_PER_WORKER = 4 };

/* ---- who may see what -------------------------------------------------------------------------------------------- */

/* Administrators see every job, others their own. */
static int64_t whose(const http_call *call) { return http_user_role(call) == ROLE_ADMIN ? 0 : http_user(call); }

static void nothing(void *arg, const job_row *row) { (void)arg, (void)row; }

static lg_status no_job(lg_ctx *ctx, http_call *call) {
  return http_error(ctx, call, MHD_HTTP_NOT_FOUND, "not-found", "See /api/v1/jobs.", "you have no such job");
}

/* ---- create ------------------------------------------------------------------------------------------------------ */

static lg_status commands(lg_ctx *ctx, serve *server, http_call *call) {
  static const serve_commands none = {0};
  lg_json *w = http_json_begin(ctx, call);
  job_commands_write(w, server->options.commands ? server->options.commands : &none);
  return http_json_end(ctx, call, MHD_HTTP_OK);
}

static lg_status bad_request(lg_ctx *ctx, http_call *call) {
  char message[400];
  (void)snprintf(message, sizeof message, "%s", lg_ctx_message(ctx));
  return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "bad-job", "See /api/v1/commands for what a command takes.", "%s",
                    message);
}

static lg_status too_many(lg_ctx *ctx, http_call *call) {
  char message[400];
  (void)snprintf(message, sizeof message, "%s", lg_ctx_message(ctx));
  http_set_header(call, "Retry-After", "5");
  return http_error(ctx, call, MHD_HTTP_TOO_MANY_REQUESTS, "too-many-jobs", "Wait until some have ended, or cancel.",
                    "%s", message);
}

/* The body as a job in the store; *id 0: it was answered already. */
static lg_status take_order(lg_ctx *ctx, serve *server, http_call *call, bool quick, int64_t *id) {
  static const serve_commands none = {0};
  const serve_commands *known = server->options.commands ? server->options.commands : &none;
  job_order order = {0};
  *id = 0;
  const json_t *body = http_body(ctx, call);
  if (!body) return LG_OK;
  lg_status status = job_order_read(ctx, known, body, &order);
  if (status == LG_ERR_ARGUMENT || status == LG_ERR_RANGE) {
    status = bad_request(ctx, call);
    goto done;
  }
  if (status != LG_OK) goto done;
  const size_t shares = order.batch && !quick ? SHARES_PER_WORKER * (size_t)server->options.workers : 0;
  const job_new job = {.user = http_user(call),
                       .by = http_who(call),
                       .command = order.command->name,
                       .request = order.request,
                       .priority = quick ? WORKER_PRIORITY_QUICK : order.priority,
                       .quick = quick,
                       .n_shards = shares < JOB_MOST_SHARDS ? shares : JOB_MOST_SHARDS,
                       .inputs = order.input,
                       .n_inputs = order.n_inputs,
                       .most_unfinished = quick ? 0 : (size_t)atomic_load(&server->limits.value[LIMIT_JOBS])};
  status = jobs_create(ctx, server->store, &job, id);
  if (status == LG_ERR_LIMIT) status = too_many(ctx, call);
  else if (status == LG_ERR_NOT_FOUND) status = bad_request(ctx, call);
  else if (status == LG_OK) supervise_wake(server->supervisor, shares ? shares : 1, quick);
done:
  job_order_forget(ctx, &order);
  return status;
}

typedef struct whole_job {
  lg_json *w;
  bool summary;
} whole_job;

static void write_row(void *arg, const job_row *row) {
  const whole_job *a = arg;
  job_write(a->w, row, a->summary);
}

static lg_status answer_job(lg_ctx *ctx, serve *server, http_call *call, int64_t id, unsigned status_code) {
  bool found = false;
  whole_job a = {http_json_begin(ctx, call), true};
  const lg_status status = jobs_look(ctx, server->store, id, whose(call), write_row, &a, &found);
  if (status != LG_OK) return status;
  return found ? http_json_end(ctx, call, status_code) : no_job(ctx, call);
}

static lg_status create(lg_ctx *ctx, serve *server, http_call *call) {
  int64_t id;
  const lg_status status = take_order(ctx, server, call, false, &id);
  return status == LG_OK && id ? answer_job(ctx, server, call, id, MHD_HTTP_CREATED) : status;
}

/* ---- a quick run: the connection waits for the job --------------------------------------------------------------- */

typedef struct quick_run {
  int64_t job, until;
} quick_run;

static void forget_run(lg_ctx *ctx, void *run) { lg_free(ctx, run); }

static void note_state(void *arg, const job_row *row) { *(job_state *)arg = row->state; }

static lg_status begin_run(lg_ctx *ctx, serve *server, http_call *call, quick_run **out) {
  int64_t id, wait_ms = MOST_WAIT_MS;
  *out = NULL;
  lg_status status = take_order(ctx, server, call, true, &id);
  if (status != LG_OK || !id) return status;
  const json_t *wait = json_object_get(http_body(ctx, call), "wait_ms");
  if (json_is_integer(wait)) wait_ms = json_integer_value(wait);
  if (wait_ms < 0 || wait_ms > MOST_WAIT_MS) wait_ms = MOST_WAIT_MS;
  quick_run *run = lg_alloc(ctx, 1, sizeof *run);
  if (!run) return LG_ERR_MEMORY;
  *run = (quick_run){id, store_now() + wait_ms};
  http_keep(call, run, forget_run);
  *out = run;
  return LG_OK;
}

static lg_status run_now(lg_ctx *ctx, serve *server, http_call *call) {
  quick_run *run = http_kept(call);
  job_state state = JOB_WAITING;
  bool found = false;
  lg_status status = run ? LG_OK : begin_run(ctx, server, call, &run);
  if (status != LG_OK || !run) return status;
  status = jobs_look(ctx, server->store, run->job, http_user(call), note_state, &state, &found);
  if (status != LG_OK) return status;
  const bool over = !found || (state >= JOB_DONE && state <= JOB_CANCELLED);
  if (!over && store_now() < run->until && http_wait(call, run->job, run->until)) return LG_OK;
  return answer_job(ctx, server, call, run->job, over ? MHD_HTTP_OK : MHD_HTTP_ACCEPTED);
}

/* ---- look -------------------------------------------------------------------------------------------------------- */

static lg_status list(lg_ctx *ctx, serve *server, http_call *call) {
  int64_t limit = http_count(call, "limit", 50);
  const char *all = http_query(call, "all");
  if (limit < 1 || limit > MOST_LISTED) limit = MOST_LISTED;
  whole_job a = {http_list_begin(ctx, call, "jobs"), false};
  const lg_status status = jobs_list(ctx, server->store, all && strcmp(all, "1") == 0 ? whose(call) : http_user(call),
                                     http_count(call, "before", 0), limit, write_row, &a);
  return http_list_end(ctx, call, a.w, status);
}

static lg_status get(lg_ctx *ctx, serve *server, http_call *call) {
  return answer_job(ctx, server, call, http_id(call), MHD_HTTP_OK);
}

static lg_status is_there(lg_ctx *ctx, serve *server, http_call *call, bool *found) {
  return jobs_look(ctx, server->store, http_id(call), whose(call), nothing, NULL, found);
}

static lg_status files(lg_ctx *ctx, serve *server, http_call *call) {
  bool found = false;
  lg_status status = is_there(ctx, server, call, &found);
  if (status != LG_OK) return status;
  if (!found) return no_job(ctx, call);
  lg_json *w = http_list_begin(ctx, call, "files");
  status = jobs_files(ctx, server->store, http_id(call), job_write_file, w);
  return http_list_end(ctx, call, w, status);
}

static lg_status send_file(lg_ctx *ctx, serve *server, http_call *call, const char *role, const char *name) {
  char sha256[BLOB_HEX];
  bool found = false;
  lg_status status = is_there(ctx, server, call, &found);
  if (status != LG_OK) return status;
  if (!found) return no_job(ctx, call);
  status = jobs_find_file(ctx, server->store, http_id(call), role, name, sha256);
  return status == LG_OK ? route_send_blob(ctx, server, call, name, sha256) : status;
}

/* The name is looked up among those of the job's results: it is no path. */
static lg_status file(lg_ctx *ctx, serve *server, http_call *call) {
  const char *name = http_query(call, "name");
  if (!name)
    return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "no-name", "See /api/v1/jobs/ID/files.", "?name= is wanted");
  return send_file(ctx, server, call, "output", name);
}

/* While it runs the log is a file in its folder; afterwards a file of the job. */
static lg_status log_of(lg_ctx *ctx, serve *server, http_call *call) {
  char folder[4096], path[4096 + 8];
  bool found = false;
  unsigned char *bytes = NULL;
  size_t n = 0;
  lg_status status = is_there(ctx, server, call, &found);
  if (status != LG_OK) return status;
  if (!found) return no_job(ctx, call);
  worker_job_folder(server->folder, http_id(call), folder, sizeof folder);
  (void)snprintf(path, sizeof path, "%s/log", folder);
  if (lg_file_read(ctx, path, 2 * WORKER_LOG, &bytes, &n) == LG_OK) {
    status = http_bytes(ctx, call, MHD_HTTP_OK, "text/plain; charset=utf-8", bytes, n);
    lg_free(ctx, bytes);
    return status;
  }
  status = send_file(ctx, server, call, "log", "log");
  return status == LG_ERR_NOT_FOUND ? http_bytes(ctx, call, MHD_HTTP_OK, "text/plain; charset=utf-8", "", 0) : status;
}

/* ---- change ------------------------------------------------------------------------------------------------------ */

static lg_status change(lg_ctx *ctx, serve *server, http_call *call,
                        lg_status (*fn)(lg_ctx *, store *, const audit_who *, int64_t), bool gone) {
  bool found = false;
  const audit_who by = http_who(call);
  lg_status status = is_there(ctx, server, call, &found);
  if (status != LG_OK) return status;
  if (!found) return no_job(ctx, call);
  status = fn(ctx, server->store, &by, http_id(call));
  if (status == LG_ERR_ARGUMENT) {
    char message[300];
    (void)snprintf(message, sizeof message, "%s", lg_ctx_message(ctx));
    return http_error(ctx, call, MHD_HTTP_CONFLICT, "state", "Look at the state of the job.", "%s", message);
  }
  if (status != LG_OK) return status;
  http_news(server, http_id(call));
  return gone ? http_empty(ctx, call, MHD_HTTP_NO_CONTENT) : answer_job(ctx, server, call, http_id(call), MHD_HTTP_OK);
}

static lg_status cancel(lg_ctx *ctx, serve *server, http_call *call) {
  return change(ctx, server, call, jobs_cancel, false);
}

static lg_status pause_job(lg_ctx *ctx, serve *server, http_call *call) {
  return change(ctx, server, call, jobs_pause, false);
}

static lg_status resume(lg_ctx *ctx, serve *server, http_call *call) {
  const lg_status status = change(ctx, server, call, jobs_resume, false);
  supervise_wake(server->supervisor, SIZE_MAX, true);
  return status;
}

static lg_status delete (lg_ctx *ctx, serve *server, http_call *call) {
  return change(ctx, server, call, jobs_delete, true);
}

static lg_status set_priority(lg_ctx *ctx, serve *server, http_call *call) {
  bool found = false;
  const audit_who by = http_who(call);
  const json_t *body = http_body(ctx, call);
  if (!body) return LG_OK;
  const json_t *value = json_object_get(body, "priority");
  if (!json_is_integer(value) || json_object_size(body) != 1 || json_integer_value(value) < -100 ||
      json_integer_value(value) > 100)
    return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "bad-job", "Send {\"priority\": 10}.",
                      "a whole number of -100 to 100 is wanted, and nothing else");
  lg_status status = is_there(ctx, server, call, &found);
  if (status != LG_OK) return status;
  if (!found) return no_job(ctx, call);
  status = jobs_set_priority(ctx, server->store, &by, http_id(call), (int)json_integer_value(value));
  return status == LG_OK ? answer_job(ctx, server, call, http_id(call), MHD_HTTP_OK) : status;
}

const http_route route_jobs[ROUTE_JOBS_COUNT] = {
    {HTTP_GET, "/api/v1/commands", ROLE_VIEWER, "read", commands, "Commands with their options, units and defaults."},
    {HTTP_POST, "/api/v1/run", ROLE_SCIENTIST, "run", run_now,
     "Run a command and wait for it, at most wait_ms (30000): 200 it ended, 202 it goes on."},
    {HTTP_POST, "/api/v1/jobs", ROLE_SCIENTIST, "run", create, "A job: command, arguments, options, inputs, priority."},
    {HTTP_GET, "/api/v1/jobs", ROLE_VIEWER, "read", list, "Your jobs, newest first: ?before=ID&limit=N."},
    {HTTP_GET, "/api/v1/jobs/{id}", ROLE_VIEWER, "read", get, "One of them, with what the command printed."},
    {HTTP_PATCH, "/api/v1/jobs/{id}", ROLE_SCIENTIST, "run", set_priority, "Its priority: -100 to 100."},
    {HTTP_DELETE, "/api/v1/jobs/{id}", ROLE_SCIENTIST, "run", delete, "Forget a job that has ended, and its files."},
    {HTTP_POST, "/api/v1/jobs/{id}/cancel", ROLE_SCIENTIST, "run", cancel, "Stop it."},
    {HTTP_POST, "/api/v1/jobs/{id}/pause", ROLE_SCIENTIST, "run", pause_job, "Let it rest; a batch keeps what it has."},
    {HTTP_POST, "/api/v1/jobs/{id}/resume", ROLE_SCIENTIST, "run", resume, "Go on with a paused job."},
    {HTTP_GET, "/api/v1/jobs/{id}/log", ROLE_VIEWER, "read", log_of, "What the command said."},
    {HTTP_GET, "/api/v1/jobs/{id}/files", ROLE_VIEWER, "read", files, "Its files: name, size, SHA-256."},
    {HTTP_GET, "/api/v1/jobs/{id}/file", ROLE_VIEWER, "read", file, "One result: ?name=."},
    {HTTP_GET, "/api/v1/jobs/{id}/events", ROLE_VIEWER, "read", job_events,
     "Progress as Server-Sent Events, until the job ends."},
};

/* Lock, review, sign, withdraw. What takes its time, hashing files and passwords, is done aside. */
#define _XOPEN_SOURCE 700
#include "app/serve/blob.h"
#include "app/serve/route_study.h"
#include "app/serve/store_files.h"
#include "data/provenance.h"

#include <sodium.h>
#include <string.h>

/* ---- lock ---------------------------------------------------------------------------------------------- */

/* A call as a thread aside can use it, however long the connection lasts. */
typedef struct lock_work {
  store_who who;
  char peer[64];
  study_call call;
} lock_work;

typedef struct gathering {
  lg_ctx *ctx;
  lg_status status;
  file_hashes hashes;
} gathering;

static void gather(void *arg, const study_file *f) {
  gathering *g = arg;
  if (g->status == LG_OK) g->status = file_hashes_add(g->ctx, &g->hashes, f->sha256);
}

static bool is_stopping(serve *server) {
  (void)pthread_mutex_lock(&server->waiting);
  const bool stopping = server->stopping;
  (void)pthread_mutex_unlock(&server->waiting);
  return stopping;
}

static lg_status check_hash(lg_ctx *ctx, serve *server, study_call *call, const char *sha256) {
  char path[4096], found[65] = "";
  if (is_stopping(server)) return lg_fail(ctx, LG_ERR_LIMIT, "the server is ending; nothing was locked");
  if (blob_path(ctx, server->folder, sha256, path, sizeof path) == LG_OK) LG_IGNORE(lg_sha256_file(ctx, path, found));
  if (strcmp(found, sha256) == 0) return LG_OK;
  call->refused = STUDY_BAD;
  return lg_fail(ctx, LG_ERR_ARGUMENT, "the file %s is %s on the server's disk: restore a backup", sha256,
                 found[0] ? "damaged" : "missing");
}

/* Every file is read again before its hash is vouched for. */
static lg_status check_hashes(lg_ctx *ctx, serve *server, study_call *call) {
  bool found;
  gathering g = {.ctx = ctx};
  const study_reader reader = {.arg = &g, .file = gather};
  lg_status status = studies_read(ctx, server->store, call->study, 0, &reader, &found);
  if (status == LG_OK) status = g.status;
  for (size_t k = 0; k < g.hashes.n && status == LG_OK; k++) status = check_hash(ctx, server, call, g.hashes.sha256[k]);
  file_hashes_forget(ctx, &g.hashes);
  return status;
}

static lg_status lock_aside(lg_ctx *ctx, serve *server, void *work) {
  lock_work *w = work;
  w->call.who = &w->who;
  w->call.peer = w->peer;
  const lg_status status = check_hashes(ctx, server, &w->call);
  return status == LG_OK ? studies_lock(ctx, server->store, &w->call) : status;
}

lg_status study_route_lock(lg_ctx *ctx, serve *server, http_call *call) {
  lock_work w = {.who = call->who};
  void *made;
  if (!study_open_change(ctx, call, " ", &w.call)) return LG_OK;
  (void)snprintf(w.peer, sizeof w.peer, "%s", call->peer);
  const lg_status status = http_aside(ctx, call, lock_aside, &w, sizeof w, &made);
  if (!made) return status;
  const lock_work *done = made;
  return study_answer_change(ctx, server, call, status, &done->call, MHD_HTTP_OK);
}

/* ---- review -------------------------------------------------------------------------------------------- */

lg_status study_route_review(lg_ctx *ctx, serve *server, http_call *call) {
  bool good = true;
  study_call c;
  const json_t *body = study_open_change(ctx, call, " verdict comment ", &c);
  if (!body) return LG_OK;
  const char *verdict = study_text_of(body, "verdict", &good), *comment = study_text_of(body, "comment", &good);
  if (!good || !verdict || (strcmp(verdict, "accept") != 0 && strcmp(verdict, "return") != 0))
    return http_error(ctx, call, MHD_HTTP_BAD_REQUEST, "bad-study",
                      "Send {\"verdict\": \"accept\", \"comment\": \"…\"}.", "a verdict is accept or return");
  const lg_status status = studies_review(ctx, server->store, &c, verdict[0] == 'a', comment);
  return study_answer_change(ctx, server, call, status, &c, MHD_HTTP_OK);
}

/* ---- sign ---------------------------------------------------------------------------------------------- */

typedef struct sign_work {
  char name[STORE_NAME], password[STORE_PASSWORD], peer[64];
  bool right;
  store_who who;
} sign_work;

static lg_status check_aside(lg_ctx *ctx, serve *server, void *work) {
  sign_work *w = work;
  return accounts_check(ctx, server->store, w->name, w->password, w->peer, &w->right, &w->who);
}

static lg_status wrong_password(lg_ctx *ctx, http_call *call) {
  return http_error(ctx, call, MHD_HTTP_FORBIDDEN, "wrong-password", "Type the password that you sign in with.",
                    "the password is not yours; nothing was signed");
}

/* A signature is made by a person at the keyboard: signed in, and the password once more. */
lg_status study_route_sign(lg_ctx *ctx, serve *server, http_call *call) {
  bool good = true;
  study_call c;
  sign_work w = {0};
  void *made = NULL;
  const json_t *body = study_open_change(ctx, call, " password meaning ", &c);
  if (!body) return LG_OK;
  const char *password = study_text_of(body, "password", &good), *meaning = study_text_of(body, "meaning", &good);
  if (!good || !password || !meaning) return study_bad_kind(ctx, call);
  if (!call->who.session[0])
    return http_error(ctx, call, MHD_HTTP_FORBIDDEN, "session", "Sign in on the page, and sign there.",
                      "a token does not sign: a signature is made by a person");
  if (strlen(password) >= sizeof w.password) return wrong_password(ctx, call);
  (void)snprintf(w.name, sizeof w.name, "%s", call->who.name);
  (void)snprintf(w.password, sizeof w.password, "%s", password);
  (void)snprintf(w.peer, sizeof w.peer, "%s", call->peer);
  /* guesses count as failed sign-ins do: a session left open must not be the way to its user's password */
  lg_status status = http_kept(call) ? LG_OK : http_limit_name(ctx, call, w.name);
  if (status == LG_OK && !call->response) status = http_aside(ctx, call, check_aside, &w, sizeof w, &made);
  sodium_memzero(&w, sizeof w);
  if (status != LG_OK || !made) return status;
  const sign_work *done = made;
  if (!done->right || done->who.user != call->who.user) return wrong_password(ctx, call);
  http_limit_name_back(call, call->who.name);
  status = studies_sign(ctx, server->store, &c, meaning);
  return study_answer_change(ctx, server, call, status, &c, MHD_HTTP_OK);
}

/* ---- withdraw ------------------------------------------------------------------------------------------ */

lg_status study_route_withdraw(lg_ctx *ctx, serve *server, http_call *call) {
  bool good = true;
  study_call c;
  const json_t *body = study_open_change(ctx, call, " reason ", &c);
  if (!body) return LG_OK;
  const char *reason = study_text_of(body, "reason", &good);
  if (!good) return study_bad_kind(ctx, call);
  return study_answer_change(ctx, server, call, studies_withdraw(ctx, server->store, &c, reason), &c, MHD_HTTP_OK);
}

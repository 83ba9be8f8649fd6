#include "app/serve/job_json.h"

static void key_time(lg_json *w, const char *key, int64_t ms) {
  if (ms) lg_json_key_integer(w, key, ms);
  else lg_json_key_text(w, key, NULL);
}

void job_write(lg_json *w, const job_row *r, bool summary) {
  lg_json_object(w);
  lg_json_key_integer(w, "id", r->id);
  lg_json_key_text(w, "user", r->user_name);
  lg_json_key_text(w, "command", r->command);
  lg_json_key_text(w, "state", job_state_name(r->state));
  lg_json_key_integer(w, "priority", r->priority);
  key_time(w, "created_ms", r->created);
  key_time(w, "started_ms", r->started);
  key_time(w, "ended_ms", r->ended);
  lg_json_key(w, "exit_code");
  if (r->has_exit_code) lg_json_integer(w, r->exit_code);
  else lg_json_null(w);
  lg_json_key_text(w, "message", r->message);
  lg_json_key(w, "progress");
  lg_json_object(w);
  lg_json_key_text(w, "what", r->what);
  lg_json_key_integer(w, "done", r->done);
  lg_json_key_integer(w, "total", r->total);
  lg_json_end_object(w);
  lg_json_key_integer(w, "version", r->version);
  if (r->request) {
    lg_json_key(w, "request");
    lg_json_raw(w, r->request);
  }
  if (summary) {
    lg_json_key(w, "summary");
    lg_json_raw(w, r->summary ? r->summary : "null");
  }
  lg_json_end_object(w);
}

void job_write_file(void *json, const job_file *f) {
  lg_json *w = json;
  lg_json_object(w);
  lg_json_key_text(w, "role", f->role);
  lg_json_key_text(w, "name", f->name);
  lg_json_key_integer(w, "bytes", (int64_t)f->bytes);
  lg_json_key_text(w, "sha256", f->sha256);
  lg_json_end_object(w);
}

void job_write_upload(void *json, const upload_row *r) {
  lg_json *w = json;
  lg_json_object(w);
  lg_json_key_integer(w, "id", r->id);
  lg_json_key_text(w, "name", r->name);
  lg_json_key_integer(w, "bytes", (int64_t)r->bytes);
  lg_json_key_text(w, "sha256", r->sha256);
  lg_json_key_integer(w, "created_ms", r->created);
  lg_json_key(w, "info");
  lg_json_raw(w, r->info ? r->info : "null");
  lg_json_end_object(w);
}

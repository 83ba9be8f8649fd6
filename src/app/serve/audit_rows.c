#define _XOPEN_SOURCE 700
#include "app/serve/audit_rows.h"

#include <string.h>
#include <time.h>

static void cell(FILE *f, const char *text) {
  (void)fputc(',', f);
  if (!text) return;
  const bool formula = strchr("=+-@\t\r", text[0]) && text[0];
  if (!formula && !strpbrk(text, ",\"\r\n")) {
    (void)fputs(text, f);
    return;
  }
  (void)fputc('"', f);
  if (formula) (void)fputc('\'', f);
  for (const char *p = text; *p; p++) {
    if (*p == '"') (void)fputc('"', f);
    (void)fputc(*p, f);
  }
  (void)fputc('"', f);
}

void audit_csv_head(FILE *f) { (void)fputs("id,time,at_ms,user,user_name,peer,action,object,detail,before,hash\n", f); }

void audit_csv_row(FILE *f, const audit_row *r) {
  struct tm t;
  char when[40] = "";
  const time_t seconds = (time_t)(r->at / 1000);
  if (gmtime_r(&seconds, &t)) (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &t);
  (void)fprintf(f, "%lld,%s.%03dZ,%lld,%lld", (long long)r->id, when, (int)(r->at % 1000), (long long)r->at,
                (long long)r->user);
  const char *const text[] = {r->user_name, r->peer, r->action, r->object, r->detail, r->before, r->hash};
  for (size_t k = 0; k < sizeof text / sizeof text[0]; k++) cell(f, text[k]);
  (void)fputc('\n', f);
}

void audit_json_row(void *json, const audit_row *r) {
  lg_json *w = json;
  lg_json_object(w);
  lg_json_key_integer(w, "id", r->id);
  lg_json_key_integer(w, "at_ms", r->at);
  lg_json_key_integer(w, "user", r->user);
  lg_json_key_text(w, "user_name", r->user_name);
  lg_json_key_text(w, "peer", r->peer);
  lg_json_key_text(w, "action", r->action);
  lg_json_key_text(w, "object", r->object);
  lg_json_key_text(w, "detail", r->detail);
  lg_json_key_text(w, "before", r->before);
  lg_json_key_text(w, "hash", r->hash);
  lg_json_end_object(w);
}

/* Memory, messages, texts. */
#include "wasm/door.h"

#include <math.h>
#include <string.h>

lg_ctx *door_ctx(void) {
  static lg_ctx *ctx; /* a module is one thread */
  if (!ctx && lg_ctx_create(&ctx) != LG_OK) ctx = NULL;
  return ctx;
}

/* 64-byte aligned, zeroed */
void *DOOR(door_alloc)(size_t bytes);
void *door_alloc(size_t bytes) { return lg_alloc(door_ctx(), bytes, 1); }

void DOOR(door_free)(void *block);
void door_free(void *block) { lg_free(door_ctx(), block); }

const char *DOOR(door_message)(void);
const char *door_message(void) { return lg_ctx_message(door_ctx()); }

const char *DOOR(door_status)(int status);
const char *door_status(int status) { return lg_status_name((lg_status)status); }

void door_put(door_text *text, const char *piece) {
  const size_t more = strlen(piece);
  if (text->broken) return;
  if (text->n + more + 1 > text->room) {
    const size_t room = 2 * (text->n + more + 1);
    char *grown = lg_realloc(door_ctx(), text->bytes, text->n, room, 1);
    if (!grown) {
      text->broken = true;
      return;
    }
    text->bytes = grown;
    text->room = room;
  }
  memcpy(text->bytes + text->n, piece, more + 1);
  text->n += more;
}

/* The texts are those of the tables: UTF-8 without control characters. */
void door_put_string(door_text *text, const char *value) {
  door_put(text, "\"");
  for (const char *c = value; *c; c++) {
    const char one[3] = {*c == '"' || *c == '\\' ? '\\' : *c, *c == '"' || *c == '\\' ? *c : '\0', '\0'};
    door_put(text, one);
  }
  door_put(text, "\"");
}

void door_put_number(door_text *text, double x) {
  char digits[32];
  if (!isfinite(x)) {
    door_put(text, "null");
    return;
  }
  (void)snprintf(digits, sizeof digits, "%.17g", x);
  door_put(text, digits);
}

void door_put_fields(door_text *text, const lg_field *fields, size_t n) {
  door_put(text, "[");
  for (size_t k = 0; k < n; k++) {
    door_put(text, k > 0 ? ",{\"name\":" : "{\"name\":");
    door_put_string(text, fields[k].name);
    door_put(text, ",\"unit\":");
    door_put_string(text, fields[k].unit);
    door_put(text, ",\"default\":");
    door_put_number(text, fields[k].default_value);
    door_put(text, ",\"low\":");
    door_put_number(text, fields[k].low);
    door_put(text, ",\"high\":");
    door_put_number(text, fields[k].high);
    door_put(text, ",\"doc\":");
    door_put_string(text, fields[k].doc);
    door_put(text, "}");
  }
  door_put(text, "]");
}

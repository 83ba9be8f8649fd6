#include "data/json_writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void lg_format_double(double x, char *buffer) {
  for (int digits = 15; digits <= 17; digits++) {
    (void)snprintf(buffer, 32, "%.*g", digits, x);
    if (strtod(buffer, NULL) == x) return;
  }
}

void lg_put_number(FILE *stream, const char *before, double x) {
  char text[32];
  lg_format_double(x, text);
  (void)fprintf(stream, "%s%s", before, isnan(x) ? "nan" : text);
}

lg_json lg_json_begin(FILE *stream) {
  lg_json w = {.stream = stream};
  w.first[0] = true;
  return w;
}

static void indent(lg_json *w) {
  (void)fputc('\n', w->stream);
  for (int k = 0; k < w->depth; k++) (void)fputs("  ", w->stream);
}

/* Comma, newline and indentation before a value or key. */
static void separate(lg_json *w) {
  if (w->after_key) {
    w->after_key = false;
    return;
  }
  if (!w->first[w->depth]) (void)fputc(',', w->stream);
  w->first[w->depth] = false;
  if (w->depth > 0) indent(w);
}

static void open_scope(lg_json *w, char bracket) {
  separate(w);
  (void)fputc(bracket, w->stream);
  if (w->depth + 1 >= LG_JSON_MAX_DEPTH) {
    w->broken = true;
    return;
  }
  w->first[++w->depth] = true;
}

static void close_scope(lg_json *w, char bracket) {
  if (w->depth == 0) {
    w->broken = true;
    return;
  }
  const bool empty = w->first[w->depth--];
  if (!empty) indent(w);
  (void)fputc(bracket, w->stream);
}

void lg_json_object(lg_json *w) { open_scope(w, '{'); }
void lg_json_end_object(lg_json *w) { close_scope(w, '}'); }
void lg_json_array(lg_json *w) { open_scope(w, '['); }
void lg_json_end_array(lg_json *w) { close_scope(w, ']'); }

/* Length of a valid UTF-8 sequence at p, 0 when broken. */
static size_t utf8_length(const unsigned char *p) {
  if (p[0] < 0x80) return 1;
  const size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC2 ? 2 : 0;
  if (p[0] > 0xF4) return 0;
  for (size_t k = 1; k < n; k++)
    if ((p[k] & 0xC0u) != 0x80u) return 0;
  if (n == 3 && ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))) return 0;
  if (n == 4 && ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))) return 0;
  return n;
}

void lg_json_quote(FILE *stream, const char *text) {
  const unsigned char *p = (const unsigned char *)text;
  (void)fputc('"', stream);
  while (*p) {
    const size_t n = utf8_length(p);
    if (*p == '"' || *p == '\\') (void)fprintf(stream, "\\%c", *p);
    else if (*p == '\n') (void)fputs("\\n", stream);
    else if (*p == '\t') (void)fputs("\\t", stream);
    else if (*p < 0x20 || *p == '<') (void)fprintf(stream, "\\u%04x", *p); /* '<': safe inside HTML */
    else if (n == 0) (void)fputs("\xEF\xBF\xBD", stream);
    else (void)fwrite(p, 1, n, stream);
    p += n ? n : 1;
  }
  (void)fputc('"', stream);
}

void lg_json_key(lg_json *w, const char *key) {
  separate(w);
  lg_json_quote(w->stream, key);
  (void)fputs(": ", w->stream);
  w->after_key = true;
}

void lg_json_text(lg_json *w, const char *text) {
  if (!text) {
    lg_json_null(w);
    return;
  }
  separate(w);
  lg_json_quote(w->stream, text);
}

void lg_json_number(lg_json *w, double x) {
  char buffer[32];
  if (!isfinite(x)) {
    lg_json_null(w);
    return;
  }
  separate(w);
  lg_format_double(x, buffer);
  (void)fputs(buffer, w->stream);
}

void lg_json_integer(lg_json *w, int64_t x) {
  separate(w);
  (void)fprintf(w->stream, "%lld", (long long)x);
}

void lg_json_boolean(lg_json *w, bool x) {
  separate(w);
  (void)fputs(x ? "true" : "false", w->stream);
}

void lg_json_raw(lg_json *w, const char *json) {
  separate(w);
  (void)fputs(json, w->stream);
}

void lg_json_null(lg_json *w) {
  separate(w);
  (void)fputs("null", w->stream);
}

void lg_json_key_text(lg_json *w, const char *key, const char *text) {
  lg_json_key(w, key);
  lg_json_text(w, text);
}

void lg_json_key_number(lg_json *w, const char *key, double x) {
  lg_json_key(w, key);
  lg_json_number(w, x);
}

void lg_json_key_integer(lg_json *w, const char *key, int64_t x) {
  lg_json_key(w, key);
  lg_json_integer(w, x);
}

void lg_json_key_boolean(lg_json *w, const char *key, bool x) {
  lg_json_key(w, key);
  lg_json_boolean(w, x);
}

void lg_json_numbers(lg_json *w, const double *x, size_t n) {
  char buffer[32];
  separate(w);
  (void)fputc('[', w->stream);
  for (size_t k = 0; k < n; k++) {
    if (isfinite(x[k])) lg_format_double(x[k], buffer);
    else (void)strcpy(buffer, "null");
    (void)fprintf(w->stream, "%s%s", k ? ", " : "", buffer);
  }
  (void)fputc(']', w->stream);
}

void lg_json_key_numbers(lg_json *w, const char *key, const double *x, size_t n) {
  lg_json_key(w, key);
  lg_json_numbers(w, x, n);
}

bool lg_json_end(lg_json *w) {
  (void)fputc('\n', w->stream);
  return w->depth == 0 && !w->broken && !w->after_key;
}

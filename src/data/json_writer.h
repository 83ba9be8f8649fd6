/**
 * @file json_writer.h
 * @brief Streaming JSON writer: strict output, indented, doubles as the shortest text that reads back the same bits.
 */
#ifndef LG_JSON_WRITER_H
#define LG_JSON_WRITER_H

#include "base/base.h"

enum { LG_JSON_MAX_DEPTH = 32 };

typedef struct lg_json {
  FILE *stream;
  int depth;
  bool first[LG_JSON_MAX_DEPTH];
  bool after_key, broken; /* broken: nested too deep or misused; found by lg_json_end */
} lg_json;

lg_json lg_json_begin(FILE *stream);
void lg_json_object(lg_json *w);
void lg_json_end_object(lg_json *w);
void lg_json_array(lg_json *w);
void lg_json_end_array(lg_json *w);
void lg_json_key(lg_json *w, const char *key);
void lg_json_text(lg_json *w, const char *text); /**< NULL writes null; broken UTF-8 is replaced by U+FFFD */
void lg_json_number(lg_json *w, double x);       /**< NAN and infinities write null */
void lg_json_integer(lg_json *w, int64_t x);
void lg_json_boolean(lg_json *w, bool x);
/** @brief An array of numbers on one line. */
void lg_json_numbers(lg_json *w, const double *x, size_t n);
void lg_json_null(lg_json *w);
/** @brief A value that is JSON text already. */
void lg_json_raw(lg_json *w, const char *json);
/** @brief key and value in one. */
void lg_json_key_text(lg_json *w, const char *key, const char *text);
void lg_json_key_number(lg_json *w, const char *key, double x);
void lg_json_key_integer(lg_json *w, const char *key, int64_t x);
void lg_json_key_boolean(lg_json *w, const char *key, bool x);
void lg_json_key_numbers(lg_json *w, const char *key, const double *x, size_t n);
/** @brief Close: a final newline. False when the calls did not nest. Write errors stay in the stream (ferror). */
bool lg_json_end(lg_json *w);

/** @brief Write text as one JSON string, quotes included; broken UTF-8 becomes U+FFFD. */
void lg_json_quote(FILE *stream, const char *text);

/** @brief Shortest decimal text that reads back as x; buffer of 32 bytes. */
void lg_format_double(double x, char *buffer);
/** @brief Write `before`, then x by as few digits as tell it, or nan: a cell of a table. */
void lg_put_number(FILE *stream, const char *before, double x);

#endif

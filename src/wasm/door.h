/**
 * @file door.h
 * @brief The core as a WebAssembly module: plain functions on numbers and pointers, for the page (web/src/engine).
 *
 * Every function that can fail returns a status (0: fine) or a pointer (0: failed); door_message() then has the
 * sentence. Pointers are addresses in the module's memory. One module is one thread with one context.
 */
#ifndef LG_WASM_DOOR_H
#define LG_WASM_DOOR_H

#include "base/base.h"

#include <loligo/model.h>

#ifdef __wasm__
#define DOOR(name) __attribute__((export_name(#name))) name
#else
#define DOOR(name) name
#endif

/** @brief The module's context; NULL only without memory for it. */
lg_ctx *door_ctx(void);

/** A text that grows; `broken` when memory ran out. */
typedef struct door_text {
  char *bytes;
  size_t n, room;
  bool broken;
} door_text;

void door_put(door_text *text, const char *piece);
/** @brief A JSON string with its quotes. */
void door_put_string(door_text *text, const char *value);
/** @brief A JSON number by digits that read back the same bits; null for NAN. */
void door_put_number(door_text *text, double x);
/** @brief Name, unit, default, range and sentence of each field as a JSON array. */
void door_put_fields(door_text *text, const lg_field *fields, size_t n);

#endif

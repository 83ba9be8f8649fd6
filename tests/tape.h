/** @file tape.h @brief The answer of a sandboxed child, kept to be read again: sink and source of
 * io/sandbox_internal.h. */
#ifndef LG_TEST_TAPE_H
#define LG_TEST_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct tape {
  unsigned char bytes[16384];
  size_t n, at;
} tape;

static inline bool tape_record(void *user, const void *bytes, size_t n) {
  tape *t = user;
  if (n > sizeof t->bytes - t->n) return false;
  if (n) memcpy(t->bytes + t->n, bytes, n);
  t->n += n;
  return true;
}

static inline bool tape_play(void *user, void *bytes, size_t n) {
  tape *t = user;
  if (n == 0) return t->at == t->n;
  if (n > t->n - t->at) return false;
  memcpy(bytes, t->bytes + t->at, n);
  t->at += n;
  return true;
}

#endif

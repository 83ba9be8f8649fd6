/** @file tape.h @brief One walk over what a run remembers that counts it, writes it down or reads it back. */
#ifndef LG_CALCIUM_TAPE_H
#define LG_CALCIUM_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct calcium_tape {
  unsigned char *to;         /* written to; NULL: not */
  const unsigned char *from; /* read from; NULL: not */
  size_t at, n;              /* bytes so far, and in all where they are read */
  bool torn;                 /* what is read is too short or does not fit */
} calcium_tape;

static inline void lg_tape(calcium_tape *t, void *what, size_t bytes) {
  if (t->from && (t->torn || t->n - t->at < bytes)) {
    t->torn = true;
    return;
  }
  if (t->to && bytes) memcpy(t->to + t->at, what, bytes);
  if (t->from && bytes) memcpy(what, t->from + t->at, bytes);
  t->at += bytes;
}

static inline void lg_tape_doubles(calcium_tape *t, double *what, size_t n) { lg_tape(t, what, n * sizeof *what); }

/** A number that must be what it is: sizes. */
static inline void lg_tape_same(calcium_tape *t, size_t what) {
  size_t found = what;
  lg_tape(t, &found, sizeof found);
  if (found != what) t->torn = true;
}

/** An index that may be read back only up to `most`. */
static inline void lg_tape_index(calcium_tape *t, size_t *what, size_t most) {
  size_t found = *what;
  lg_tape(t, &found, sizeof found);
  if (found > most) t->torn = true;
  else *what = found;
}

#endif

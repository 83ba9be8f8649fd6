/* The nearest of a list of names: edit distance with transpositions (optimal string alignment). */
#include "base/base.h"

#include <string.h>

enum { LONGEST = 63 };

static size_t min3(size_t a, size_t b, size_t c) {
  const size_t m = a < b ? a : b;
  return m < c ? m : c;
}

size_t lg_word_distance(const char *a, const char *b) {
  const size_t n = strlen(a), m = strlen(b);
  if (n > LONGEST || m > LONGEST) return SIZE_MAX;
  size_t d[LONGEST + 1][LONGEST + 1];
  for (size_t i = 0; i <= n; i++) d[i][0] = i;
  for (size_t j = 0; j <= m; j++) d[0][j] = j;
  for (size_t i = 1; i <= n; i++) {
    for (size_t j = 1; j <= m; j++) {
      const size_t cost = a[i - 1] != b[j - 1];
      d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + cost < d[i][j])
        d[i][j] = d[i - 2][j - 2] + cost;
    }
  }
  return d[n][m];
}

const char *lg_nearest(const char *word, const char *const *names, size_t n) {
  const char *best = NULL;
  size_t best_distance = strlen(word) / 3 + 2;
  for (size_t k = 0; k < n; k++) {
    const size_t d = lg_word_distance(word, names[k]);
    if (d >= best_distance) continue;
    best_distance = d;
    best = names[k];
  }
  return best;
}

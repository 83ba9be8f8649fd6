/*
 * The including file defines MEDIAN (the function's name), V, LANES, LOAD, STORE, MINV, MAXV over uint16_t.
 *
 * Columns of nine (three frames, three rows) are sorted once and shared by three neighbours. Of the 27, element r
 * (0 … 8) of the p-th (0 … 2) smallest of three sorted columns at rank r has (r+1)(p+1)-1 below and (9-r)(3-p)-1 above
 * it at least; what has 14 of either cannot be the median, and as many are left out below as above: 7 and 7. The
 * median is the 7th of the 13 that remain: ranks 5-8 of the least, 2-6 of the middle, 0-3 of the greatest.
 */
static inline void order(V *a, V *b) {
  const V low = MINV(*a, *b), high = MAXV(*a, *b);
  *a = low, *b = high;
}

static inline void sort_column(const uint16_t *const lines[9], size_t x, uint16_t *sorted, size_t pitch) {
  V v[9];
  for (int k = 0; k < 9; k++) v[k] = LOAD(lines[k] + x);
  order(&v[0], &v[1]);
  order(&v[3], &v[4]);
  order(&v[6], &v[7]);
  order(&v[1], &v[2]);
  order(&v[4], &v[5]);
  order(&v[7], &v[8]);
  order(&v[0], &v[1]);
  order(&v[3], &v[4]);
  order(&v[6], &v[7]);
  order(&v[0], &v[3]);
  order(&v[3], &v[6]);
  order(&v[0], &v[3]);
  order(&v[1], &v[4]);
  order(&v[4], &v[7]);
  order(&v[1], &v[4]);
  order(&v[2], &v[5]);
  order(&v[5], &v[8]);
  order(&v[2], &v[5]);
  order(&v[1], &v[3]);
  order(&v[5], &v[7]);
  order(&v[2], &v[6]);
  order(&v[4], &v[6]);
  order(&v[2], &v[4]);
  order(&v[2], &v[3]);
  order(&v[5], &v[6]);
  for (size_t k = 0; k < 9; k++) STORE(sorted + k * pitch + x, v[k]);
}

static inline V least(V a, V b, V c) { return MINV(MINV(a, b), c); }
static inline V most(V a, V b, V c) { return MAXV(MAXV(a, b), c); }
static inline V middle(V a, V b, V c) { return MAXV(MINV(a, b), MINV(MAXV(a, b), c)); }

/* The 7th of a (4), b (5), c (4), each ascending: a and c merged, then the least over all splits of the greater. */
static inline V seventh(V a[4], const V b[5], V c[4]) {
  /* odd-even merge of 4 and 4: d0 … d7 */
  order(&a[0], &c[0]);
  order(&a[1], &c[1]);
  order(&a[2], &c[2]);
  order(&a[3], &c[3]);
  order(&a[2], &c[0]);
  order(&a[3], &c[1]);
  order(&a[1], &a[2]);
  order(&a[3], &c[0]);
  order(&c[1], &c[2]);
  /* d = a0 a1 a2 a3 c0 c1 c2 c3 */
  V x = MINV(c[2], MAXV(c[1], b[0]));
  x = MINV(x, MAXV(c[0], b[1]));
  x = MINV(x, MAXV(a[3], b[2]));
  x = MINV(x, MAXV(a[2], b[3]));
  return MINV(x, MAXV(a[1], b[4]));
}

void MEDIAN(const uint16_t *const lines[9], size_t width, uint16_t *sorted, uint16_t *out) {
  const size_t pitch = width + 2 + CULTURE_MEDIAN_SPARE;
  for (size_t x = 0; x < width + 2; x += LANES) sort_column(lines, x, sorted, pitch);
  for (size_t x = 0; x < width; x += LANES) {
    V a[4], b[5], c[4];
#define AT(rank) LOAD(s + (rank)*pitch), LOAD(s + (rank)*pitch + 1), LOAD(s + (rank)*pitch + 2)
    const uint16_t *s = sorted + x;
    for (size_t r = 0; r < 4; r++) a[r] = least(AT(5 + r)), c[r] = most(AT(r));
    for (size_t r = 0; r < 5; r++) b[r] = middle(AT(2 + r));
#undef AT
    STORE(out + x, seventh(a, b, c));
  }
}

/* |a - b|² of one build: eight partial sums, so that the bits do not depend on the width of vectors. */
static double square(const float *a, const float *b, size_t n) {
  double s[8] = {0.0};
  size_t t = 0;
  for (; t + 8 <= n; t += 8)
    for (size_t l = 0; l < 8; l++) {
      const double d = (double)a[t + l] - (double)b[t + l];
      s[l] += d * d;
    }
  for (size_t l = 0; t + l < n; l++) {
    const double d = (double)a[t + l] - (double)b[t + l];
    s[l] += d * d;
  }
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

#include "culture/blur.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

culture_blur lg_culture_blur_make(double sigma) {
  culture_blur b = {.radius = (size_t)floor(4.0 * sigma + 0.5)};
  if (b.radius > CULTURE_BLUR_MOST) b.radius = CULTURE_BLUR_MOST;
  double tap[CULTURE_BLUR_MOST + 1] = {0}, sum = 0.0;
  for (size_t k = 0; k <= b.radius; k++) {
    tap[k] = lg_exp(-0.5 * (double)(k * k) / (sigma * sigma));
    sum += (k ? 2.0 : 1.0) * tap[k];
  }
  for (size_t k = 0; k <= b.radius; k++) b.tap[k] = (float)(tap[k] / sum);
  return b;
}

/* Index k of n pixels, mirrored: d c b a|a b c d|d c b a, however far. */
static size_t mirror(ptrdiff_t k, size_t n) {
  const ptrdiff_t period = 2 * (ptrdiff_t)n;
  k %= period;
  if (k < 0) k += period;
  return (size_t)(k < (ptrdiff_t)n ? k : period - 1 - k);
}

static void along_rows(const culture_blur *b, size_t height, size_t width, const float *from, float *to, float *line) {
  const size_t r = b->radius;
  for (size_t y = 0; y < height; y++) {
    const float *x = from + y * width;
    float *out = to + y * width;
    memcpy(line + r, x, width * sizeof *line);
    for (size_t k = 1; k <= r; k++) {
      line[r - k] = x[mirror(-(ptrdiff_t)k, width)];
      line[r + width - 1 + k] = x[mirror((ptrdiff_t)(width - 1 + k), width)];
    }
    for (size_t q = 0; q < width; q++) out[q] = b->tap[0] * line[r + q];
    for (size_t k = 1; k <= r; k++)
      for (size_t q = 0; q < width; q++) out[q] += b->tap[k] * (line[r + q - k] + line[r + q + k]);
  }
}

void lg_culture_blur(const culture_blur *b, size_t height, size_t width, const float *from, float *to, float *scratch) {
  along_rows(b, height, width, from, scratch, scratch + height * width);
  for (size_t y = 0; y < height; y++) {
    float *out = to + y * width;
    const float *now = scratch + y * width;
    for (size_t q = 0; q < width; q++) out[q] = b->tap[0] * now[q];
    for (size_t k = 1; k <= b->radius; k++) {
      const float *above = scratch + mirror((ptrdiff_t)y - (ptrdiff_t)k, height) * width;
      const float *below = scratch + mirror((ptrdiff_t)(y + k), height) * width;
      for (size_t q = 0; q < width; q++) out[q] += b->tap[k] * (above[q] + below[q]);
    }
  }
}

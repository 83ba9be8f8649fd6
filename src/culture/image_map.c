/* A map of one image: bright cells, or dark ones between stained membranes. */
#include "culture/watershed.h"

#include "base/elementary.h"
#include "culture/blur.h"

#include <math.h>

lg_status lg_culture_image_map(lg_ctx *ctx, const lg_culture_movie *image, bool *membranes, float *map) {
  lg_status status = LG_OK;
  const size_t n = image->height * image->width;
  const culture_blur wide = lg_culture_blur_make(14.0);
  float *block = NULL;
  double cube = 0.0, square = 0.0;
  LG_NEW(ctx, block, 2 * n + image->width + 2 * CULTURE_BLUR_MOST);
  for (size_t k = 0; k < n; k++) map[k] = (float)lg_ln(1.0 + (double)image->counts[k]);
  lg_culture_blur(&wide, image->height, image->width, map, block, block + n);
  for (size_t k = 0; k < n; k++) { /* thin bright lines: what rises above its surroundings rises far */
    const double x = (double)(map[k] - block[k]);
    square += x * x, cube += x * x * x;
  }
  const double mean = square / (double)n;
  *membranes = cube / (double)n > 0.3 * mean * sqrt(mean);
  for (size_t k = 0; *membranes && k < n; k++) map[k] = -map[k];
done:
  lg_free(ctx, block);
  return status;
}

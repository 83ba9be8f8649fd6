/** @file blur.h @brief Gaussian blur of an image, cut at four standard deviations, borders mirrored (as SciPy's). */
#ifndef LG_CULTURE_BLUR_H
#define LG_CULTURE_BLUR_H

#include "base/base.h"

enum { CULTURE_BLUR_MOST = 128 };

typedef struct culture_blur {
  size_t radius;                    /* at most CULTURE_BLUR_MOST */
  float tap[CULTURE_BLUR_MOST + 1]; /* [0] the middle */
} culture_blur;

/** @brief sigma_px above 0, at most CULTURE_BLUR_MOST / 4. */
culture_blur lg_culture_blur_make(double sigma_px);

/** @param from,to (height, width), may be the same @param scratch (height * width + width + 2 radius) */
void lg_culture_blur(const culture_blur *blur, size_t height, size_t width, const float *from, float *to,
                     float *scratch);

#endif

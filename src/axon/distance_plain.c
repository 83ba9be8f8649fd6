/* Bounds and distances in plain C. */
#include "axon/distance_kernel.h"

#include "axon/distance_kernel.tmpl.h"

static uint32_t near_of(const float *block, const float *mark, float size, float near, float slack) {
  const float *sizes = block + AXON_MARKS * AXON_BLOCK;
  uint32_t found = 0;
  float sum[AXON_BLOCK] = {0.0f};
  for (size_t m = 0; m < AXON_MARKS; m++)
    for (size_t l = 0; l < AXON_BLOCK; l++) {
      const float d = block[m * AXON_BLOCK + l] - mark[m];
      sum[l] += d * d;
    }
  for (size_t l = 0; l < AXON_BLOCK; l++) {
    const float larger = sizes[l] > size ? sizes[l] : size;
    const float most = near * larger + slack * (sizes[l] + size);
    found |= (uint32_t)(sum[l] <= most * most) << l;
  }
  return found;
}

const axon_distance_build lg_axon_distance_plain = {near_of, square};

/** @file median_kernel.h @brief Medians of 3 x 3 x 3 pixels along one line, without a branch. */
#ifndef LG_CULTURE_MEDIAN_KERNEL_H
#define LG_CULTURE_MEDIAN_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/** Spare elements behind every line: kernels read and write whole vectors. */
enum { CULTURE_MEDIAN_SPARE = 64 };

/**
 * @param lines  nine lines (three frames by three rows), each with one mirrored pixel in front of x[0] and one behind
 * @param sorted (9, width + 2 + CULTURE_MEDIAN_SPARE) scratch
 * @param out    (width + CULTURE_MEDIAN_SPARE)
 */
typedef void culture_median_fn(const uint16_t *const lines[9], size_t width, uint16_t *sorted, uint16_t *out);

culture_median_fn lg_culture_median_plain, lg_culture_median_v3, lg_culture_median_v4;
/** @brief The widest that this CPU runs. */
culture_median_fn *lg_culture_median_kernel(void);

#endif

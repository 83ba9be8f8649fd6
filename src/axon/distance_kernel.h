/**
 * @file distance_kernel.h
 * @brief The two loops of a search for neighbours: a bound of sixteen distances at once, and one distance itself.
 *
 * A profile's mark is AXON_MARKS numbers: its parts along orthonormal directions, and the norm of what is left of it.
 * The distance of two marks is never more than that of the profiles.
 */
#ifndef LG_AXON_DISTANCE_KERNEL_H
#define LG_AXON_DISTANCE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum {
  AXON_MARKS = 16,                                  /* fifteen parts and the rest */
  AXON_BLOCK = 16,                                  /* profiles side by side */
  AXON_BLOCK_FLOATS = AXON_BLOCK * (AXON_MARKS + 1) /* the last row: norm + floor of the distance's divisor */
};

typedef struct axon_distance_build {
  /**
   * Which of a block's profiles may be as near as `near`: bit l of the answer. `slack` makes up for the rounding of
   * marks.
   * @param block (AXON_MARKS + 1, AXON_BLOCK)
   */
  uint32_t (*near)(const float *block, const float *mark, float size, float near, float slack);
  /** |a - b|², in doubles, eight sums: the same bits of every build. */
  double (*square)(const float *a, const float *b, size_t n);
} axon_distance_build;

extern const axon_distance_build lg_axon_distance_plain, lg_axon_distance_v3, lg_axon_distance_v4;

/** @brief The widest build that this CPU runs. */
const axon_distance_build *lg_axon_distance_build(void);

#endif

/**
 * @file sample.h
 * @brief Which strain profiles to simulate, when a few thousand are to stand for millions.
 *
 * One random voxel of every cube of white matter and impact is a candidate; candidates are taken by decreasing peak
 * when none that was taken before is nearer than a threshold (lg_axon_distance()). Test sets of another impact: those
 * farthest from all that were taken, and random ones.
 */
#ifndef LG_AXON_SAMPLE_H
#define LG_AXON_SAMPLE_H

#include "axon/distance.h"
#include "axon/simulate.h"

/* Streams of lg_rng_make(): what a seed is used for. */
enum { AXON_STREAM_CUBES = 0x6a00, AXON_STREAM_VOXELS, AXON_STREAM_RANDOM };

#define AXON_CUBE_MM 6.0

/** Which candidates are of use at all. */
typedef struct axon_filter {
  double least_peak;  /* greatest strain (tension) of the profile, at least */
  double most_strain; /* |strain| at any time, at most; INFINITY: any */
} axon_filter;

/** @brief At least 0.01 of tension, whatever the compression. */
axon_filter lg_axon_filter_default(void);

/** Candidates out of several sources, with what is known of them. */
typedef struct axon_pool {
  size_t n, room, n_times;
  double dt_s;
  double *strain;   /* (n, n_times) */
  double *peak;     /* (n) greatest strain */
  char **names;     /* (n) */
  double *place;    /* (n, 6) centre of the voxel in mm, then direction of the fibre */
  bool has_place;   /* all sources knew them */
  uint32_t *impact; /* (n) into impact_names */
  uint32_t *source; /* (n) */
  size_t *index;    /* (n) row in its source */
  size_t n_impacts;
  char **impact_names;
  size_t n_dropped; /* by the filter */
} axon_pool;

LG_MUST_CHECK lg_status lg_axon_pool_create(lg_ctx *ctx, axon_pool **out);
void lg_axon_pool_destroy(lg_ctx *ctx, axon_pool *pool);

/**
 * @brief Add profiles of one source that the filter lets through.
 * @param which (n) of them, or NULL: the first n
 * @param title name of the impact where the profiles do not name theirs
 * @retval LG_ERR_RANGE the profiles have other times than those before; a strain is not finite
 */
LG_MUST_CHECK lg_status lg_axon_pool_add(lg_ctx *ctx, axon_pool *pool, const axon_profiles *from, const size_t *which,
                                         size_t n, const axon_filter *filter, uint32_t source, const char *title);

/**
 * @brief Give profiles that share a name others: TITLE:NAME (title of their source, without folder and ending), and
 * where that does not do, SOURCE:NAME. Outcomes are joined to profiles by name.
 * @param titles by source
 */
LG_MUST_CHECK lg_status lg_axon_pool_name_apart(lg_ctx *ctx, axon_pool *pool, const char *const *titles,
                                                size_t *n_renamed);

/** @brief Some of a pool as profiles of their own, in that order; impacts that no profile is of are left out. */
LG_MUST_CHECK lg_status lg_axon_pool_take(lg_ctx *ctx, const axon_pool *pool, const size_t *which, size_t n,
                                          axon_profiles **out);

/**
 * @brief One profile at random out of every cube (edge_mm) of every impact; positions must be known.
 *
 * The draw of a cube depends on the seed, the impact's number plus first_impact, and the cube alone.
 * @param[out] which (profiles->n) room for all; ascending
 */
LG_MUST_CHECK lg_status lg_axon_draw_cubes(lg_ctx *ctx, const axon_profiles *profiles, double edge_mm, uint64_t seed,
                                           uint64_t first_impact, size_t *which, size_t *n);

/** @brief `wanted` of n without replacement, ascending (all when there are no more); which has room for them. */
LG_MUST_CHECK lg_status lg_axon_draw_random(lg_ctx *ctx, size_t n, size_t wanted, uint64_t seed, uint64_t stream,
                                            uint64_t index, size_t *which, size_t *n_drawn);

/** What was taken of a pool. */
typedef struct axon_chosen {
  size_t n;
  size_t *which;    /* (n) into the pool, in the order they were taken */
  double *distance; /* (n) to the nearest of those before (INFINITY: none), or to what they should be far from */
  double threshold; /* no two are nearer; 0 where none was used */
  size_t n_over;    /* that were taken at this threshold and left out again to get the number asked for */
} axon_chosen;

void lg_axon_chosen_destroy(lg_ctx *ctx, axon_chosen *chosen);

/**
 * @brief By decreasing peak, those farther than the threshold from all taken before.
 * @param most stop at this many; 0: take all
 */
LG_MUST_CHECK lg_status lg_axon_choose_apart(lg_ctx *ctx, const axon_pool *pool, double threshold, size_t most,
                                             axon_chosen **out);

/**
 * @brief The same with the threshold that gives `wanted` of them, by bisection.
 *
 * Counts jump a little with the threshold: it is the largest one met that gives at least that many, and those that were
 * accepted at the least distances are left out again, so exactly `wanted` come out (all candidates when there are
 * fewer).
 */
LG_MUST_CHECK lg_status lg_axon_choose_number(lg_ctx *ctx, const axon_pool *pool, size_t wanted, axon_chosen **out);

/** @brief The `wanted` farthest from everything in `from`, farthest first. */
LG_MUST_CHECK lg_status lg_axon_choose_farthest(lg_ctx *ctx, const axon_pool *pool, const lg_axon_neighbours *from,
                                                size_t wanted, axon_chosen **out);

/** @brief `wanted` at random; their distances to `from` (NULL: NAN). */
LG_MUST_CHECK lg_status lg_axon_choose_random(lg_ctx *ctx, const axon_pool *pool, const lg_axon_neighbours *from,
                                              size_t wanted, uint64_t seed, axon_chosen **out);

/** @brief Profiles as neighbours to measure from. */
LG_MUST_CHECK lg_status lg_axon_neighbours_of(lg_ctx *ctx, const axon_profiles *profiles, lg_axon_neighbours **out);

#endif

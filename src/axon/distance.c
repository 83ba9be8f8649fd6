/* The nearest of many profiles: bins of like norm, in them blocks of marks that bound sixteen distances at once. */
#include "axon/distance.h"

#include "axon/distance_kernel.h"
#include "base/cpu.h"
#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum {
  PARTS = AXON_MARKS - 1,
  BINS = 96, /* eight an octave: up to 4096 times the floor; the last takes all beyond */
  TYPICAL = 1000,
  SWEEPS = 5
};

/* Marks are floats of doubles: they are off by less than this share of the norms. */
static const float slack = 4e-6f;

typedef struct bin {
  size_t n, n_blocks; /* profiles; blocks there is room for */
  double low, high;   /* of their sizes */
  size_t *members;    /* (n_blocks * AXON_BLOCK) index of the profile */
  float *blocks;      /* (n_blocks, AXON_BLOCK_FLOATS) */
} bin;

struct lg_axon_neighbours {
  const axon_distance_build *build;
  size_t n, room, n_times;
  double floor;    /* 0.01 sqrt(n_times) */
  double *basis;   /* (n_times, PARTS) orthonormal columns */
  float *profiles; /* (room, n_times) */
  double *sizes;   /* (room) norm + floor */
  bin bins[BINS];
};

const axon_distance_build *lg_axon_distance_build(void) {
  switch (lg_cpu_level()) {
  case LG_CPU_V4:
    return &lg_axon_distance_v4;
  case LG_CPU_V3:
    return &lg_axon_distance_v3;
  default:
    return &lg_axon_distance_plain;
  }
}

static double norm_of(const float *x, size_t n) {
  double s = 0.0;
  for (size_t t = 0; t < n; t++) s += (double)x[t] * (double)x[t];
  return sqrt(s);
}

static double floor_of(size_t n) { return 0.01 * sqrt((double)n); }

static double distance(const axon_distance_build *build, const float *a, double size_a, const float *b, double size_b,
                       size_t n) {
  return sqrt(build->square(a, b, n)) / fmax(size_a, size_b);
}

double lg_axon_distance(const float *a, const float *b, size_t n) {
  const double least = floor_of(n);
  return distance(lg_axon_distance_build(), a, norm_of(a, n) + least, b, norm_of(b, n) + least, n);
}

/* ---- directions along which profiles differ most ------------------------------------------------------- */

/* Columns made orthonormal, twice for the last digits; one that hangs on those before it becomes 0. */
static void orthonormalise(double *b, size_t n) {
  for (size_t p = 0; p < PARTS; p++) {
    double before = 0.0, after = 0.0;
    for (size_t t = 0; t < n; t++) before += b[t * PARTS + p] * b[t * PARTS + p];
    for (size_t again = 0; again < 2; again++)
      for (size_t q = 0; q < p; q++) {
        double dot = 0.0;
        for (size_t t = 0; t < n; t++) dot += b[t * PARTS + p] * b[t * PARTS + q];
        for (size_t t = 0; t < n; t++) b[t * PARTS + p] -= dot * b[t * PARTS + q];
      }
    for (size_t t = 0; t < n; t++) after += b[t * PARTS + p] * b[t * PARTS + p];
    const double scale = after > 1e-12 * before && after > 0.0 ? 1.0 / sqrt(after) : 0.0;
    for (size_t t = 0; t < n; t++) b[t * PARTS + p] *= scale;
  }
}

/* Slow waves over the profile: where nothing is known of it. */
static void begin_basis(double *b, size_t n) {
  for (size_t t = 0; t < n; t++)
    for (size_t p = 0; p < PARTS; p++) {
      double sine, cosine;
      lg_sincos_turn(0.5 * (double)p * ((double)t + 0.5) / (double)n, &sine, &cosine);
      b[t * PARTS + p] = p < n ? cosine : 0.0;
    }
  orthonormalise(b, n);
}

static void parts_of(const double *basis, const float *x, size_t n, double *parts) {
  for (size_t p = 0; p < PARTS; p++) parts[p] = 0.0;
  for (size_t t = 0; t < n; t++)
    for (size_t p = 0; p < PARTS; p++) parts[p] += (double)x[t] * basis[t * PARTS + p];
}

/* One sweep of subspace iteration on the second moments of typical profiles, each of which counts by its shape. */
static void sweep_basis(const lg_axon_neighbours *nb, const float *typical, size_t n, double *next) {
  const size_t stride = n > TYPICAL ? n / TYPICAL : 1;
  double parts[PARTS];
  memset(next, 0, nb->n_times * PARTS * sizeof *next);
  for (size_t k = 0; k < n; k += stride) {
    const float *x = typical + k * nb->n_times;
    const double size = norm_of(x, nb->n_times) + nb->floor, weight = 1.0 / (size * size);
    parts_of(nb->basis, x, nb->n_times, parts);
    for (size_t t = 0; t < nb->n_times; t++)
      for (size_t p = 0; p < PARTS; p++) next[t * PARTS + p] += weight * (double)x[t] * parts[p];
  }
  orthonormalise(next, nb->n_times);
  memcpy(nb->basis, next, nb->n_times * PARTS * sizeof *next);
}

/* ---- putting in ---------------------------------------------------------------------------------------- */

lg_status lg_axon_neighbours_begin(lg_ctx *ctx, const float *typical, size_t n, size_t n_times,
                                   lg_axon_neighbours **out) {
  lg_status status = LG_OK;
  lg_axon_neighbours *nb = NULL;
  double *next = NULL;
  *out = NULL;
  if (n_times < 1) return lg_fail(ctx, LG_ERR_RANGE, "profiles without samples have no distance");
  LG_NEW(ctx, nb, 1);
  nb->build = lg_axon_distance_build();
  nb->n_times = n_times;
  nb->floor = floor_of(n_times);
  LG_NEW(ctx, nb->basis, n_times * PARTS);
  LG_NEW(ctx, next, n_times * PARTS);
  begin_basis(nb->basis, n_times);
  for (size_t s = 0; n > 0 && s < SWEEPS; s++) sweep_basis(nb, typical, n, next);
  *out = nb;
  nb = NULL;
done:
  lg_free(ctx, next);
  lg_axon_neighbours_destroy(ctx, nb);
  return status;
}

static lg_status make_room(lg_ctx *ctx, lg_axon_neighbours *nb, size_t wanted) {
  if (wanted <= nb->room) return LG_OK;
  const size_t room = wanted > 2 * nb->room ? wanted : 2 * nb->room, row = nb->n_times * sizeof *nb->profiles;
  float *profiles = lg_realloc(ctx, nb->profiles, nb->n * row, room, row);
  if (!profiles) return LG_ERR_MEMORY;
  nb->profiles = profiles;
  double *sizes = lg_realloc(ctx, nb->sizes, nb->n * sizeof *sizes, room, sizeof *sizes);
  if (!sizes) return LG_ERR_MEMORY;
  nb->sizes = sizes;
  nb->room = room;
  return LG_OK;
}

static size_t bin_of(const lg_axon_neighbours *nb, double size) {
  const double octaves = lg_ln(size / nb->floor) * 1.4426950408889634;
  return octaves < 0.0 ? 0 : octaves * 8.0 >= BINS ? BINS - 1 : (size_t)(octaves * 8.0);
}

/* A block more when the last one is full; its lanes are never near until they are filled. */
static lg_status make_block(lg_ctx *ctx, bin *b) {
  if (b->n < b->n_blocks * AXON_BLOCK) return LG_OK;
  const size_t room = b->n_blocks > 0 ? 2 * b->n_blocks : 1;
  const size_t block_bytes = AXON_BLOCK_FLOATS * sizeof *b->blocks, member_bytes = AXON_BLOCK * sizeof *b->members;
  float *blocks = lg_realloc(ctx, b->blocks, b->n_blocks * block_bytes, room, block_bytes);
  if (!blocks) return LG_ERR_MEMORY;
  b->blocks = blocks;
  size_t *members = lg_realloc(ctx, b->members, b->n_blocks * member_bytes, room, member_bytes);
  if (!members) return LG_ERR_MEMORY;
  b->members = members;
  b->n_blocks = room;
  return LG_OK;
}

static void mark_of(const lg_axon_neighbours *nb, const float *x, double size, float *mark) {
  double parts[PARTS], rest = (size - nb->floor) * (size - nb->floor);
  parts_of(nb->basis, x, nb->n_times, parts);
  for (size_t p = 0; p < PARTS; p++) {
    mark[p] = (float)parts[p];
    rest -= parts[p] * parts[p];
  }
  mark[PARTS] = (float)sqrt(fmax(rest, 0.0));
}

lg_status lg_axon_neighbours_add(lg_ctx *ctx, lg_axon_neighbours *nb, const float *profile) {
  const double size = norm_of(profile, nb->n_times) + nb->floor;
  if (!(size < 1e6)) return lg_fail(ctx, LG_ERR_RANGE, "a profile of norm %g has no distance; at most 1e6", size);
  bin *b = &nb->bins[bin_of(nb, size)];
  lg_status status = make_room(ctx, nb, nb->n + 1);
  if (status == LG_OK) status = make_block(ctx, b);
  if (status != LG_OK) return status;
  float mark[AXON_MARKS], *block = b->blocks + b->n / AXON_BLOCK * AXON_BLOCK_FLOATS;
  const size_t lane = b->n % AXON_BLOCK;
  mark_of(nb, profile, size, mark);
  for (size_t m = 0; m < AXON_MARKS; m++) block[m * AXON_BLOCK + lane] = mark[m];
  block[AXON_MARKS * AXON_BLOCK + lane] = (float)size;
  b->low = b->n > 0 ? fmin(b->low, size) : size;
  b->high = b->n > 0 ? fmax(b->high, size) : size;
  b->members[b->n++] = nb->n;
  memcpy(nb->profiles + nb->n * nb->n_times, profile, nb->n_times * sizeof *profile);
  nb->sizes[nb->n++] = size;
  return LG_OK;
}

lg_status lg_axon_neighbours_create(lg_ctx *ctx, const float *profiles, size_t n, size_t n_times,
                                    lg_axon_neighbours **out) {
  lg_status status = LG_OK;
  lg_axon_neighbours *nb = NULL;
  *out = NULL;
  LG_TRY(lg_axon_neighbours_begin(ctx, profiles, n, n_times, &nb));
  LG_TRY(make_room(ctx, nb, n));
  for (size_t k = 0; k < n; k++) LG_TRY(lg_axon_neighbours_add(ctx, nb, profiles + k * n_times));
  *out = nb;
  nb = NULL;
done:
  lg_axon_neighbours_destroy(ctx, nb);
  return status;
}

void lg_axon_neighbours_clear(lg_axon_neighbours *nb) {
  nb->n = 0;
  for (size_t b = 0; b < BINS; b++) nb->bins[b].n = 0;
}

size_t lg_axon_neighbours_count(const lg_axon_neighbours *nb) { return nb->n; }

void lg_axon_neighbours_destroy(lg_ctx *ctx, lg_axon_neighbours *nb) {
  if (!nb) return;
  for (size_t b = 0; b < BINS; b++) {
    lg_free(ctx, nb->bins[b].blocks);
    lg_free(ctx, nb->bins[b].members);
  }
  lg_free(ctx, nb->sizes);
  lg_free(ctx, nb->profiles);
  lg_free(ctx, nb->basis);
  lg_free(ctx, nb);
}

/* ---- looking ------------------------------------------------------------------------------------------- */

typedef struct query {
  const lg_axon_neighbours *nb;
  const float *profile;
  double size, enough, best;
  float mark[AXON_MARKS];
} query;

/* Sizes alone keep a whole bin farther away than the best. */
static bool is_far(const query *q, const bin *b) {
  const double gap = b->low > q->size ? (b->low - q->size) / b->low : (q->size - b->high) / q->size;
  return b->n == 0 || gap > q->best;
}

/* True: near enough, look no further. */
static bool look_in_block(query *q, const bin *b, size_t block) {
  const lg_axon_neighbours *nb = q->nb;
  const size_t first = block * AXON_BLOCK, filled = b->n - first;
  const float reach = q->best < 4.0 ? (float)q->best * (1.0f + 1e-6f) : 4.0f; /* no distance is beyond 2 */
  uint32_t near = nb->build->near(b->blocks + block * AXON_BLOCK_FLOATS, q->mark, (float)q->size, reach, slack);
  if (filled < AXON_BLOCK) near &= ((uint32_t)1 << filled) - 1;
  for (size_t l = 0; near; l++, near >>= 1) {
    if (!(near & 1)) continue;
    const size_t k = b->members[first + l];
    const double d =
        distance(nb->build, nb->profiles + k * nb->n_times, nb->sizes[k], q->profile, q->size, nb->n_times);
    if (d < q->best) q->best = d;
    if (q->best <= q->enough) return true;
  }
  return false;
}

static bool look_in_bin(query *q, size_t at) {
  const bin *b = &q->nb->bins[at];
  if (is_far(q, b)) return false;
  for (size_t block = 0; block * AXON_BLOCK < b->n; block++)
    if (look_in_block(q, b, block)) return true;
  return false;
}

double lg_axon_nearest(const lg_axon_neighbours *nb, const float *profile, double enough) {
  query q = {.nb = nb, .profile = profile, .enough = enough, .best = (double)INFINITY};
  q.size = norm_of(profile, nb->n_times) + nb->floor;
  if (!(q.size < 1e6)) return (double)INFINITY; /* NaN or far beyond any strain: near nothing */
  mark_of(nb, profile, q.size, q.mark);
  const size_t home = bin_of(nb, q.size);
  if (look_in_bin(&q, home)) return q.best;
  for (size_t step = 1; step < BINS; step++) { /* outwards: the gap of sizes only grows */
    if (home >= step && look_in_bin(&q, home - step)) return q.best;
    if (home + step < BINS && look_in_bin(&q, home + step)) return q.best;
  }
  return q.best;
}

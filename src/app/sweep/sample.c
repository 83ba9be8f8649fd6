#include "app/sweep/sample.h"

#include "base/elementary.h"

#include <math.h>

enum { STREAM_SOBOL = 0x50b01, STREAM_LATIN = 0x1a71, STREAM_RANDOM = 0x4a4d, BITS = 32 };

/* Joe & Kuo 2008, new-joe-kuo-6: degree, coefficients of the polynomial, first direction numbers; dimension 1 needs
   none. */
typedef struct directions {
  unsigned degree, a, m[7];
} directions;

static const directions joe_kuo[LG_SAMPLE_MAX_AXES] = {
    {0, 0, {0}},
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
};

/* Direction numbers of an axis as fractions of 2^32. */
static void directions_of(size_t axis, uint32_t v[BITS]) {
  const directions *d = &joe_kuo[axis];
  for (unsigned k = 0; k < BITS; k++) {
    if (axis == 0) {
      v[k] = UINT32_C(1) << (31 - k);
    } else if (k < d->degree) {
      v[k] = (uint32_t)d->m[k] << (31 - k);
    } else {
      v[k] = v[k - d->degree] ^ v[k - d->degree] >> d->degree;
      for (unsigned j = 1; j < d->degree; j++)
        if (d->a >> (d->degree - 1 - j) & 1u) v[k] ^= v[k - j];
    }
  }
}

/* In the order of the Gray code, as everybody numbers the sequence. */
static double sobol(const lg_sampler *s, size_t axis, size_t k) {
  uint32_t v[BITS], x = 0;
  const uint64_t gray = k ^ k >> 1;
  directions_of(axis, v);
  for (unsigned bit = 0; bit < BITS; bit++)
    if (gray >> bit & 1u) x ^= v[bit];
  if (s->seed == 0) return (double)x * 0x1p-32;
  lg_rng rng = lg_rng_make(s->seed, STREAM_SOBOL, axis);
  return ((double)(x ^ lg_rng_u32(&rng)) + 0.5) * 0x1p-32;
}

static double latin(const lg_sampler *s, size_t axis, size_t k) {
  lg_rng rng = lg_rng_make(s->seed, STREAM_LATIN + 1 + axis, k);
  return ((double)s->order[axis * s->n_points + k] + lg_rng_uniform(&rng)) / (double)s->n_points;
}

static double random_u(const lg_sampler *s, size_t axis, size_t k) {
  lg_rng rng = lg_rng_make(s->seed, STREAM_RANDOM + axis, k);
  return lg_rng_uniform(&rng);
}

static double on_range(const lg_sample_axis *a, double u) {
  if (u <= 0.0) return a->from;
  if (u >= 1.0) return a->to;
  if (a->logarithmic) return a->from * lg_exp(u * lg_ln(a->to / a->from));
  return a->from + u * (a->to - a->from);
}

static double at_fraction(const lg_sample_axis *a, double u) {
  if (!a->values) return on_range(a, u);
  const size_t k = (size_t)(u * (double)a->n);
  return a->values[k < a->n ? k : a->n - 1];
}

static double at_step(const lg_sample_axis *a, size_t k) {
  if (a->values) return a->values[k];
  return a->n == 1 ? a->from : on_range(a, (double)k / (double)(a->n - 1));
}

void lg_sampler_point(const lg_sampler *s, size_t k, double *x) {
  if (s->kind == LG_SAMPLE_GRID) {
    for (size_t a = s->n_axes; a-- > 0;) { /* the last axis runs fastest */
      x[a] = at_step(&s->axes[a], k % s->axes[a].n);
      k /= s->axes[a].n;
    }
    return;
  }
  for (size_t a = 0; a < s->n_axes; a++) {
    const double u = s->kind == LG_SAMPLE_SOBOL   ? sobol(s, a, k)
                     : s->kind == LG_SAMPLE_LATIN ? latin(s, a, k)
                                                  : random_u(s, a, k);
    x[a] = at_fraction(&s->axes[a], u);
  }
}

static lg_status draw_order(lg_ctx *ctx, lg_sampler *s) {
  lg_status status = LG_OK;
  size_t count;
  if (!lg_mul_size(s->n_axes, s->n_points, &count)) return lg_fail(ctx, LG_ERR_LIMIT, "too many points");
  LG_NEW(ctx, s->order, count);
  for (size_t a = 0; a < s->n_axes; a++) {
    uint32_t *order = s->order + a * s->n_points;
    lg_rng rng = lg_rng_make(s->seed, STREAM_LATIN, a);
    for (size_t k = 0; k < s->n_points; k++) { /* Fisher & Yates, inside out */
      const size_t j = (size_t)lg_rng_below(&rng, k + 1);
      order[k] = order[j];
      order[j] = (uint32_t)k;
    }
  }
done:
  return status;
}

lg_status lg_sampler_prepare(lg_ctx *ctx, lg_sampler *s) {
  if (s->kind == LG_SAMPLE_GRID) {
    s->n_points = 1;
    for (size_t a = 0; a < s->n_axes; a++)
      if (!lg_mul_size(s->n_points, s->axes[a].n, &s->n_points)) s->n_points = SIZE_MAX;
  }
  if (s->n_points == 0 || s->n_points > UINT32_MAX)
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu points; allowed are 1 to 4294967295", s->n_points);
  return s->kind == LG_SAMPLE_LATIN ? draw_order(ctx, s) : LG_OK;
}

void lg_sampler_release(lg_ctx *ctx, lg_sampler *s) {
  for (size_t a = 0; a < s->n_axes; a++) lg_free(ctx, s->axes[a].values);
  lg_free(ctx, s->order);
  *s = (lg_sampler){0};
}

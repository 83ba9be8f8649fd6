/* KissFFT as Debian builds it: single precision. Its own transforms of two dimensions (kiss_fftndr 131.1) refuse most
 * sizes, so rows and columns are taken one after the other here. */
#define kiss_fft_scalar float
#define KISS_FFT_SHARED
#include "num/fft2.h"

#include <kiss_fftr.h>
#include <string.h>

enum { LANES = 8 /* columns that are gathered at a time */ };

/* KissFFT works in memory that it is given. */
struct lg_fft2 {
  size_t h, w, half;
  kiss_fftr_cfg row[2]; /* forward, inverse */
  kiss_fft_cfg column[2];
  void *memory[4];
  kiss_fft_cpx *spectrum, *lane; /* (h, half) an aligned copy; (LANES + 1, h) */
};

size_t lg_fft_fast_even(size_t n) {
  for (n -= n % 2; n >= 2; n -= 2) {
    size_t rest = n;
    while (rest % 2 == 0) rest /= 2;
    while (rest % 3 == 0) rest /= 3;
    while (rest % 5 == 0) rest /= 5;
    if (rest == 1) return n;
  }
  return 0;
}

static lg_status make_plans(lg_ctx *ctx, lg_fft2 *f) {
  lg_status status = LG_OK;
  for (int inverse = 0; inverse < 2; inverse++) {
    size_t bytes = 0;
    (void)kiss_fftr_alloc((int)f->w, inverse, NULL, &bytes);
    f->memory[inverse] = lg_alloc(ctx, bytes, 1);
    if (!f->memory[inverse]) return LG_ERR_MEMORY;
    f->row[inverse] = kiss_fftr_alloc((int)f->w, inverse, f->memory[inverse], &bytes);
    bytes = 0;
    (void)kiss_fft_alloc((int)f->h, inverse, NULL, &bytes);
    f->memory[2 + inverse] = lg_alloc(ctx, bytes, 1);
    if (!f->memory[2 + inverse]) return LG_ERR_MEMORY;
    f->column[inverse] = kiss_fft_alloc((int)f->h, inverse, f->memory[2 + inverse], &bytes);
    if (!f->row[inverse] || !f->column[inverse])
      LG_TRY(lg_fail(ctx, LG_ERR_INTERNAL, "KissFFT refused %zu x %zu", f->h, f->w));
  }
done:
  return status;
}

lg_status lg_fft2_create(lg_ctx *ctx, size_t height, size_t width, lg_fft2 **out) {
  lg_status status = LG_OK;
  lg_fft2 *f = NULL;
  *out = NULL;
  if (height < 2 || width < 2 || height % 2 || width % 2 || height > 16384 || width > 16384)
    return lg_fail(ctx, LG_ERR_RANGE, "a transform of %zu x %zu; even numbers from 2 to 16384 are needed", height,
                   width);
  LG_NEW(ctx, f, 1);
  f->h = height, f->w = width, f->half = width / 2 + 1;
  LG_TRY(make_plans(ctx, f));
  LG_NEW(ctx, f->spectrum, f->h * f->half);
  LG_NEW(ctx, f->lane, (LANES + 1) * f->h);
  *out = f;
  f = NULL;
done:
  lg_fft2_destroy(ctx, f);
  return status;
}

void lg_fft2_destroy(lg_ctx *ctx, lg_fft2 *f) {
  if (!f) return;
  for (size_t k = 0; k < 4; k++) lg_free(ctx, f->memory[k]);
  lg_free(ctx, f->spectrum);
  lg_free(ctx, f->lane);
  lg_free(ctx, f);
}

/* All columns of f->spectrum, in place. */
static void turn_columns(lg_fft2 *f, int inverse) {
  kiss_fft_cpx *done = f->lane + LANES * f->h;
  for (size_t x = 0; x < f->half; x += LANES) {
    const size_t n = f->half - x < LANES ? f->half - x : LANES;
    for (size_t y = 0; y < f->h; y++)
      for (size_t q = 0; q < n; q++) f->lane[q * f->h + y] = f->spectrum[y * f->half + x + q];
    for (size_t q = 0; q < n; q++) {
      kiss_fft(f->column[inverse], f->lane + q * f->h, done);
      memcpy(f->lane + q * f->h, done, f->h * sizeof *done);
    }
    for (size_t y = 0; y < f->h; y++)
      for (size_t q = 0; q < n; q++) f->spectrum[y * f->half + x + q] = f->lane[q * f->h + y];
  }
}

void lg_fft2_forward(lg_fft2 *f, const float *x, float *spectrum) {
  for (size_t y = 0; y < f->h; y++) kiss_fftr(f->row[0], x + y * f->w, f->spectrum + y * f->half);
  turn_columns(f, 0);
  memcpy(spectrum, f->spectrum, f->h * f->half * sizeof *f->spectrum);
}

void lg_fft2_inverse(lg_fft2 *f, const float *spectrum, float *x) {
  memcpy(f->spectrum, spectrum, f->h * f->half * sizeof *f->spectrum);
  turn_columns(f, 1);
  for (size_t y = 0; y < f->h; y++) kiss_fftri(f->row[1], f->spectrum + y * f->half, x + y * f->w);
}

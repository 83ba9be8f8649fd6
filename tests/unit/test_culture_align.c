/* Drift of a stack: transforms beside sums, shifts that were made are found, frames come back. */
#include "tests/test.h"

#include "base/base.h"
#include "culture/align.h"
#include "io/tiff.h"
#include "num/fft2.h"

#include <math.h>
#include <string.h>

static const double turn = 6.283185307179586;

static void test_transform(void **state) {
  (void)state;
  enum { H = 6, W = 10, HALF = W / 2 + 1 };
  lg_ctx *ctx = lg_test_ctx();
  lg_fft2 *f;
  float x[H * W], back[H * W], spectrum[2 * H * HALF];
  lg_rng rng = lg_rng_make(1, 2, 3);
  for (size_t k = 0; k < H * W; k++) x[k] = (float)lg_rng_normal(&rng);
  assert_ok(ctx, lg_fft2_create(ctx, H, W, &f));
  lg_fft2_forward(f, x, spectrum);
  for (size_t ky = 0; ky < H; ky++)
    for (size_t kx = 0; kx < HALF; kx++) {
      double re = 0.0, im = 0.0;
      for (size_t k = 0; k < H * W; k++) {
        const double phase = turn * ((double)(ky * (k / W)) / H + (double)(kx * (k % W)) / W);
        re += (double)x[k] * cos(phase), im -= (double)x[k] * sin(phase);
      }
      assert_true(fabs((double)spectrum[2 * (ky * HALF + kx)] - re) < 1e-4);
      assert_true(fabs((double)spectrum[2 * (ky * HALF + kx) + 1] - im) < 1e-4);
    }
  lg_fft2_inverse(f, spectrum, back);
  for (size_t k = 0; k < H * W; k++) assert_true(fabs((double)back[k] / (H * W) - (double)x[k]) < 1e-5);
  lg_fft2_destroy(ctx, f);
  assert_int_equal(lg_fft2_create(ctx, 7, 8, &f), LG_ERR_RANGE);
  assert_int_equal(lg_fft_fast_even(289), 288);
  assert_int_equal(lg_fft_fast_even(254), 250);
  assert_int_equal(lg_fft_fast_even(1), 0);
  lg_ctx_destroy(ctx);
}

/* A frame drawn again where its content lies dy below and dx right of before, by a kernel that the program does not
 * use: a windowed sinc of eight pixels. */
static void draw_shifted(const uint16_t *from, size_t h, size_t w, double dy, double dx, uint16_t *to) {
  enum { REACH = 8 };
  double *across = malloc(h * w * sizeof *across);
  assert_non_null(across);
  for (int axis = 0; axis < 2; axis++) {
    const double d = axis == 0 ? dx : dy, whole = floor(-d), f = -d - whole;
    double tap[2 * REACH], sum = 0.0;
    for (int q = 0; q < 2 * REACH; q++) {
      const double at = (double)(q - REACH + 1) - f, pi = 0.5 * turn;
      tap[q] =
          fabs(at) < 1e-12 ? 1.0 : sin(pi * at) / (pi * at) * cos(0.5 * pi * at / REACH) * cos(0.5 * pi * at / REACH);
      sum += tap[q];
    }
    for (size_t y = 0; y < h; y++)
      for (size_t x = 0; x < w; x++) {
        double v = 0.0;
        for (int q = 0; q < 2 * REACH; q++) {
          long at = (long)(axis == 0 ? x : y) + (long)whole + q - REACH + 1;
          const long n = (long)(axis == 0 ? w : h);
          at = at < 0 ? 0 : at >= n ? n - 1 : at;
          v += tap[q] / sum * (axis == 0 ? (double)from[y * w + (size_t)at] : across[(size_t)at * w + x]);
        }
        if (axis == 0) across[y * w + x] = v;
        else to[y * w + x] = (uint16_t)fmin(fmax(floor(v + 0.5), 0.0), 65535.0);
      }
  }
  free(across);
}

static void drift_at(size_t t, size_t n, double size, double d[2]) {
  const double s = (double)t / (double)(n - 1);
  d[0] = size * (1.3 * s + 0.2 * sin(9.0 * s)) * (t > 0), d[1] = size * (-0.7 * s + 0.4 * sin(5.0 * s)) * (t > 0);
}

/* Pixels far above the median of their neighbours take it. */
static void cool(uint16_t *frame, size_t h, size_t w) {
  uint16_t *before = malloc(h * w * sizeof *before);
  assert_non_null(before);
  memcpy(before, frame, h * w * sizeof *before);
  for (size_t y = 1; y + 1 < h; y++)
    for (size_t x = 1; x + 1 < w; x++) {
      uint16_t v[9];
      for (size_t q = 0; q < 9; q++) { /* sorted as they come */
        const uint16_t now = before[(y + q / 3 - 1) * w + x + q % 3 - 1];
        size_t at = q;
        for (; at > 0 && v[at - 1] > now; at--) v[at] = v[at - 1];
        v[at] = now;
      }
      if ((double)before[y * w + x] > 1.4 * (double)v[4] + 90.0) frame[y * w + x] = v[4];
    }
  free(before);
}

/* The worst error of the shifts found in a drifted movie, px; the movie is brought back. */
static double drift_and_find(lg_ctx *ctx, lg_culture_movie *m, double size, culture_shift *shift, double *rms) {
  const size_t n = m->height * m->width;
  uint16_t *frame = malloc(n * sizeof *frame);
  double worst = 0.0, squares = 0.0, d[2], noise;
  assert_non_null(frame);
  for (size_t t = 0; t < m->n_frames; t++) {
    drift_at(t, m->n_frames, size, d);
    memcpy(frame, m->counts + t * n, n * sizeof *frame);
    cool(frame, m->height, m->width); /* hot pixels are the camera's: they do not drift */
    if (size > 0.0 && t > 0) draw_shifted(frame, m->height, m->width, d[0], d[1], m->counts + t * n);
    else memcpy(m->counts + t * n, frame, n * sizeof *frame);
    for (size_t q = 0; q < 12; q++) m->counts[t * n + (q * 7919 + 1013) % n] = 30000;
  }
  free(frame);
  assert_ok(ctx, lg_culture_find_shifts(ctx, m, shift, &noise));
  for (size_t t = 0; t < m->n_frames; t++) {
    drift_at(t, m->n_frames, size, d);
    if (!(size > 0.0)) d[0] = d[1] = 0.0;
    const double ey = shift[t].dy_px - d[0], ex = shift[t].dx_px - d[1];
    worst = fmax(worst, fmax(fabs(ey), fabs(ex)));
    squares += ey * ey + ex * ex;
  }
  *rms = sqrt(squares / (2.0 * (double)m->n_frames));
  print_message("noise of one frame's shift: %.3f px; error %.3f px\n", noise, *rms);
  return worst;
}

/* A texture whose parts brighten apart from each other, with the noise of a camera and hot pixels. */
static void make_movie(lg_culture_movie *m, uint64_t seed) {
  const size_t n = m->height * m->width;
  for (size_t t = 0; t < m->n_frames; t++) {
    lg_rng rng = lg_rng_make(seed, 2, t);
    for (size_t k = 0; k < n; k++) {
      const double y = (double)(k / m->width), x = (double)(k % m->width);
      const size_t cell = (size_t)(y / 17.0 + 0.3 * sin(x / 7.0)) * 100 + (size_t)(x / 15.0 + 0.4 * sin(y / 9.0));
      lg_rng load = lg_rng_make(seed, 3, cell);
      const double bright = 200.0 + 400.0 * lg_rng_uniform(&load);
      const double glow = 1.0 + 0.3 * sin((double)t / 3.0 + 6.0 * lg_rng_uniform(&load));
      m->counts[t * n + k] = (uint16_t)fmax(100.0 + bright * glow + sqrt(bright) * lg_rng_normal(&rng), 0.0);
    }
  }
}

static void test_made_drift(void **state) {
  (void)state;
  enum { T = 24, H = 120, W = 150 };
  lg_ctx *ctx = lg_test_ctx();
  static uint16_t counts[T * H * W], before[T * H * W];
  culture_shift shift[T], one_thread[T];
  double noise, rms;
  lg_culture_movie m = {.n_frames = T, .height = H, .width = W, .counts = counts};
  make_movie(&m, 1);
  memcpy(before, counts, sizeof counts);
  const double worst = drift_and_find(ctx, &m, 6.0, shift, &rms);
  print_message("made drift up to 9 px: worst error %.3f px\n", worst);
  assert_true(worst < 0.1 && rms < 0.05 && shift[0].dy_px == 0.0 && shift[0].dx_px == 0.0);
  assert_ok(ctx, lg_ctx_set_threads(ctx, 1));
  assert_ok(ctx, lg_culture_find_shifts(ctx, &m, one_thread, &noise));
  for (size_t t = 0; t < T; t++)
    assert_true(shift[t].dy_px == one_thread[t].dy_px && shift[t].peak == one_thread[t].peak);

  /* a frame without structure takes its place from its neighbours */
  static uint16_t kept[H * W];
  memcpy(kept, counts + 7 * H * W, sizeof kept);
  for (size_t k = 0; k < H * W; k++) counts[7 * H * W + k] = 65535;
  assert_ok(ctx, lg_culture_find_shifts(ctx, &m, one_thread, &noise));
  assert_true(!one_thread[7].trusted && one_thread[6].trusted);
  assert_true(fabs(one_thread[7].dy_px - 0.5 * (one_thread[6].dy_px + one_thread[8].dy_px)) < 0.1);
  memcpy(counts + 7 * H * W, kept, sizeof kept);

  static uint16_t drifted[H * W];
  memcpy(drifted, counts + (T - 1) * H * W, sizeof drifted);
  assert_ok(ctx, lg_culture_apply_shifts(ctx, &m, shift));
  const culture_seen seen = lg_culture_seen_by_all(shift, T, H, W);
  assert_true(seen.top < 4 && seen.bottom < H && seen.bottom > H - 12 && seen.right > W - 6);
  double sum = 0.0, without = 0.0;
  for (size_t y = seen.top + 2; y + 2 < seen.bottom; y++)
    for (size_t x = seen.left + 2; x + 2 < seen.right; x++) {
      const size_t k = (T - 1) * H * W + y * W + x;
      if (drifted[y * W + x] == 30000 || counts[k] > 10000) continue;
      sum += fabs((double)counts[k] - (double)before[k]);
      without += fabs((double)drifted[y * W + x] - (double)before[k]);
    }
  print_message("brought back: %.0f %% of the difference is left, noise included\n", 100.0 * sum / without);
  assert_true(sum < 0.3 * without);
  lg_ctx_destroy(ctx);
}

static void test_bad(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  static uint16_t counts[3 * 40 * 40];
  culture_shift shift[3] = {{0}};
  double noise;
  lg_culture_movie m = {.n_frames = 3, .height = 40, .width = 40, .counts = counts};
  assert_int_equal(lg_culture_find_shifts(ctx, &m, shift, &noise), LG_ERR_RANGE); /* blank */
  m.width = 30;
  assert_int_equal(lg_culture_find_shifts(ctx, &m, shift, &noise), LG_ERR_RANGE);
  shift[1].dx_px = 25.0, shift[2].dx_px = -25.0;
  assert_int_equal(lg_culture_apply_shifts(ctx, &m, shift), LG_ERR_RANGE);
  lg_ctx_destroy(ctx);
}

static void test_open_movie(void **state) {
  (void)state;
  enum { FRAMES = 60 };
  char path[4096];
  if (!lg_test_shared("data/culture/open/open_movie.tif", path, sizeof path)) skip();
  lg_ctx *ctx = lg_test_ctx();
  culture_shift shift[361];
  double rms;
  static const double sizes[] = {0.0, 9.0};
  for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
    lg_tiff *t;
    assert_ok(ctx, lg_tiff_read(ctx, path, &t));
    lg_culture_movie m = {.n_frames = FRAMES, .height = t->info.height, .width = t->info.width, .counts = t->counts};
    const double worst = drift_and_find(ctx, &m, sizes[k], shift, &rms);
    print_message("open movie drifted by up to %.0f px: worst error %.3f px\n", 1.5 * sizes[k], worst);
    assert_true(rms < 0.07 && worst < 0.2); /* one frame's noise is 0.03 px an axis */
    lg_tiff_destroy(ctx, t);
  }
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_transform), cmocka_unit_test(test_made_drift),
                                     cmocka_unit_test(test_bad), cmocka_unit_test(test_open_movie)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Shifts of frames by phase correlation. */
#include "culture/align_internal.h"

#include "base/elementary.h"
#include "culture/median_kernel.h"
#include "num/fft2.h"
#include "num/median.h"

#include <math.h>
#include <string.h>

enum { MOST_SIDE = 512, LEAST_SIDE = 32, CHUNKS = 16, PASSES = 2, NEWTON = 8 };
/* Cycles per pixel: below is light and vignetting, above the noise of the camera. */
static const double low_pass = 0.2, high_pass = 0.012;

typedef struct aligning {
  const lg_culture_movie *movie;
  culture_shift *shift; /* found so far */
  size_t h, w, half;    /* of the window; columns of its spectrum */
  size_t top, left;     /* of the window in the frame, before it follows the content */
  float *taper_y, *taper_x;
  float *weight; /* (h, half) band, twice for columns that stand for two */
  float *ln;     /* (65536) */
  float *ref;    /* (h, half, 2) what frames are compared with */
  float *trust;  /* (h, half) one over the scatter of the frames around it */
  float *sums;   /* (CHUNKS, h, half, 3) spectra of aligned frames, and their squares */
  struct tool {
    lg_fft2 *fft;
    uint16_t *lines;                       /* median: (h + 2, pitch) pixels, then scratch of the kernel */
    float *image, *spectrum, *cross;       /* (h, w), (h, half, 2) twice */
    double *cos_y, *sin_y, *cos_x, *sin_x; /* of one shift */
  } * tool;                                /* (workers) */
  size_t n_tools, pitch;
  culture_median_fn *median;
  int pass;
} aligning;

/* ---- one frame ------------------------------------------------------------------------------------------ */

static ptrdiff_t within(ptrdiff_t x, ptrdiff_t most) { return x < 0 ? 0 : x > most ? most : x; }

/* Where the window lies in a frame: it follows the content by whole pixels as far as the frame goes. */
static void place(const aligning *a, const culture_shift *s, ptrdiff_t *oy, ptrdiff_t *ox) {
  const ptrdiff_t top = (ptrdiff_t)a->top, left = (ptrdiff_t)a->left;
  const ptrdiff_t last_y = (ptrdiff_t)(a->movie->height - a->h), last_x = (ptrdiff_t)(a->movie->width - a->w);
  *oy = within(top + (ptrdiff_t)floor(s->dy_px + 0.5), last_y) - top;
  *ox = within(left + (ptrdiff_t)floor(s->dx_px + 0.5), last_x) - left;
}

/* The window's pixels: median of 3 x 3, logarithm, less their mean, tapered. False: they are all the same. */
static bool take_window(const aligning *a, size_t t, ptrdiff_t oy, ptrdiff_t ox, struct tool *k) {
  const size_t frame_w = a->movie->width, frame_h = a->movie->height;
  const uint16_t *frame = a->movie->counts + t * frame_h * frame_w;
  const size_t top = (size_t)((ptrdiff_t)a->top + oy), left = (size_t)((ptrdiff_t)a->left + ox);
  uint16_t *out = k->lines + (a->h + 2) * a->pitch, *sorted = out + a->w + CULTURE_MEDIAN_SPARE;
  double sum = 0.0, squares = 0.0;
  for (size_t y = 0; y < a->h + 2; y++) {
    const size_t row = (size_t)within((ptrdiff_t)(top + y) - 1, (ptrdiff_t)frame_h - 1);
    uint16_t *line = k->lines + y * a->pitch;
    memcpy(line + 1, frame + row * frame_w + left, a->w * sizeof *line);
    line[0] = frame[row * frame_w + (left > 0 ? left - 1 : left)];
    line[a->w + 1] = frame[row * frame_w + (left + a->w < frame_w ? left + a->w : left + a->w - 1)];
  }
  for (size_t y = 0; y < a->h; y++) {
    const uint16_t *lines[9];
    for (size_t q = 0; q < 9; q++) lines[q] = k->lines + (y + q % 3) * a->pitch; /* one frame three times: 3 x 3 */
    a->median(lines, a->w, sorted, out);
    for (size_t x = 0; x < a->w; x++) {
      const float v = a->ln[out[x]];
      k->image[y * a->w + x] = v;
      sum += (double)v, squares += (double)v * (double)v;
    }
  }
  const double n = (double)(a->h * a->w), mean = sum / n;
  for (size_t y = 0; y < a->h; y++)
    for (size_t x = 0; x < a->w; x++)
      k->image[y * a->w + x] = (k->image[y * a->w + x] - (float)mean) * a->taper_y[y] * a->taper_x[x];
  return squares / n - mean * mean > 1e-9;
}

/* Spectrum of a frame's window into k->spectrum; the rest of the shift is counted from the window's place. */
static bool take_spectrum(const aligning *a, size_t t, ptrdiff_t oy, ptrdiff_t ox, struct tool *k) {
  if (!take_window(a, t, oy, ox, k)) {
    memset(k->spectrum, 0, 2 * a->h * a->half * sizeof *k->spectrum);
    return false;
  }
  lg_fft2_forward(k->fft, k->image, k->spectrum);
  return true;
}

static double frequency(size_t k, size_t n) { /* in cycles per pixel, the upper half negative */
  return ((double)k - (2 * k > n ? (double)n : 0.0)) / (double)n;
}

static const double turn = 6.283185307179586;

/* exp(2 pi i f d) at every frequency f. */
static void turns(size_t n, size_t count, double d, double *c, double *s) {
  for (size_t k = 0; k < count; k++) lg_sincos_turn(frequency(k, n) * d, &s[k], &c[k]);
}

/* Correlation at (dy, dx), its slopes and curvatures. */
static double correlation(const aligning *a, struct tool *k, double dy, double dx, double slope[2], double bend[3]) {
  double sum = 0.0;
  slope[0] = slope[1] = bend[0] = bend[1] = bend[2] = 0.0;
  turns(a->h, a->h, dy, k->cos_y, k->sin_y);
  turns(a->w, a->half, dx, k->cos_x, k->sin_x);
  for (size_t y = 0; y < a->h; y++) {
    const double fy = turn * frequency(y, a->h), cy = k->cos_y[y], sy = k->sin_y[y];
    const float *row = k->cross + 2 * y * a->half;
    double even = 0.0, odd = 0.0, even_x = 0.0, odd_x = 0.0, even_xx = 0.0;
    for (size_t x = 0; x < a->half; x++) {
      const double re = (double)row[2 * x], im = (double)row[2 * x + 1];
      const double c = cy * k->cos_x[x] - sy * k->sin_x[x], s = sy * k->cos_x[x] + cy * k->sin_x[x];
      const double real = re * c - im * s, imaginary = re * s + im * c, fx = turn * (double)x / (double)a->w;
      even += real, odd += imaginary;
      even_x += fx * real, odd_x += fx * imaginary, even_xx += fx * fx * real;
    }
    sum += even;
    slope[0] -= fy * odd, slope[1] -= odd_x;
    bend[0] -= fy * fy * even, bend[1] -= fy * even_x, bend[2] -= even_xx;
  }
  return sum;
}

/* The highest whole pixel, then Newton between pixels. Returns the peak. */
static double find_peak(const aligning *a, struct tool *k, double *dy, double *dx) {
  size_t best = 0;
  lg_fft2_inverse(k->fft, k->cross, k->image);
  for (size_t q = 1; q < a->h * a->w; q++)
    if (k->image[q] > k->image[best]) best = q;
  const size_t py = best / a->w, px = best % a->w;
  double y = (double)py - (2 * py > a->h ? (double)a->h : 0.0), x = (double)px - (2 * px > a->w ? (double)a->w : 0.0);
  const double from_y = y, from_x = x;
  double slope[2], bend[3], value = 0.0;
  for (int step = 0; step < NEWTON; step++) {
    value = correlation(a, k, y, x, slope, bend);
    const double det = bend[0] * bend[2] - bend[1] * bend[1];
    if (!(bend[0] < 0.0 && det > 0.0)) break; /* not a hill */
    const double sy = -(bend[2] * slope[0] - bend[1] * slope[1]) / det;
    const double sx = -(bend[0] * slope[1] - bend[1] * slope[0]) / det;
    y += fmax(fmin(sy, 0.5), -0.5), x += fmax(fmin(sx, 0.5), -0.5);
    if (fabs(sy) < 1e-6 && fabs(sx) < 1e-6) break;
  }
  if (fabs(y - from_y) > 1.5 || fabs(x - from_x) > 1.5) y = from_y, x = from_x;
  *dy = y, *dx = x;
  return value;
}

/* F conj(reference), weighted: at first phases alone count, later what the frames' scatter leaves of a frequency.
 * Returns the greatest sum there could be. */
static double make_cross(const aligning *a, struct tool *k) {
  double total = 0.0;
  for (size_t q = 0; q < a->h * a->half; q++) {
    const float fr = k->spectrum[2 * q], fi = k->spectrum[2 * q + 1], rr = a->ref[2 * q], ri = a->ref[2 * q + 1];
    const float size = sqrtf((fr * fr + fi * fi) * (rr * rr + ri * ri));
    const float scale = a->pass > 0 ? a->weight[q] * a->trust[q] : size > 0.0f ? a->weight[q] / size : 0.0f;
    k->cross[2 * q] = scale * (fr * rr + fi * ri);
    k->cross[2 * q + 1] = scale * (fi * rr - fr * ri);
    total += (double)(scale * size);
  }
  return total;
}

static void estimate(const aligning *a, size_t t, struct tool *k) {
  culture_shift *s = &a->shift[t];
  ptrdiff_t oy, ox;
  double dy = 0.0, dx = 0.0, total = 0.0, peak = 0.0;
  place(a, s, &oy, &ox);
  if (take_spectrum(a, t, oy, ox, k)) {
    total = make_cross(a, k);
    peak = find_peak(a, k, &dy, &dx);
  }
  *s = (culture_shift){(double)oy + dy, (double)ox + dx, total > 0.0 ? peak / total : 0.0, true};
}

/* Add a frame's spectrum, turned back by what is left of its shift, and its squares. */
static void add_spectrum(const aligning *a, size_t t, struct tool *k, float *sums) {
  ptrdiff_t oy, ox;
  place(a, &a->shift[t], &oy, &ox);
  if (!take_spectrum(a, t, oy, ox, k)) return;
  turns(a->h, a->h, a->shift[t].dy_px - (double)oy, k->cos_y, k->sin_y);
  turns(a->w, a->half, a->shift[t].dx_px - (double)ox, k->cos_x, k->sin_x);
  for (size_t y = 0; y < a->h; y++)
    for (size_t x = 0; x < a->half; x++) {
      const size_t q = y * a->half + x;
      const float c = (float)(k->cos_y[y] * k->cos_x[x] - k->sin_y[y] * k->sin_x[x]);
      const float s = (float)(k->sin_y[y] * k->cos_x[x] + k->cos_y[y] * k->sin_x[x]);
      const float re = k->spectrum[2 * q], im = k->spectrum[2 * q + 1];
      sums[3 * q] += re * c - im * s;
      sums[3 * q + 1] += re * s + im * c;
      sums[3 * q + 2] += re * re + im * im;
    }
}

/* ---- all frames ----------------------------------------------------------------------------------------- */

static lg_status run_chunks(void *user, size_t begin, size_t end, unsigned worker) {
  const aligning *a = user;
  const size_t frames = a->movie->n_frames, n = 3 * a->h * a->half;
  for (size_t c = begin; c < end; c++) {
    float *sums = a->sums + c * n;
    memset(sums, 0, n * sizeof *sums);
    for (size_t t = frames * c / CHUNKS; t < frames * (c + 1) / CHUNKS; t++) {
      estimate(a, t, &a->tool[worker]);
      if (a->pass + 1 < PASSES) add_spectrum(a, t, &a->tool[worker], sums);
    }
  }
  return LG_OK;
}

/* The mean of the aligned spectra, and one over what they scatter around it. */
static void next_reference(aligning *a) {
  const size_t n = a->h * a->half;
  const float frames = (float)a->movie->n_frames;
  for (size_t q = 0; q < n; q++) {
    float re = 0.0f, im = 0.0f, squares = 0.0f;
    for (size_t c = 0; c < CHUNKS; c++) {
      const float *sums = a->sums + 3 * (c * n + q);
      re += sums[0], im += sums[1], squares += sums[2];
    }
    re /= frames, im /= frames, squares /= frames;
    a->ref[2 * q] = re, a->ref[2 * q + 1] = im;
    const float scatter = fmaxf(squares - re * re - im * im, 0.02f * squares);
    a->trust[q] = scatter > 0.0f ? 1.0f / scatter : 0.0f;
  }
}

static float taper(size_t k, size_t n) { /* cosine over a quarter at either end */
  const double edge = (double)n / 4.0, from = fmin((double)k + 0.5, (double)n - (double)k - 0.5);
  double sine, cosine;
  lg_sincos_turn(0.5 * from / edge, &sine, &cosine);
  return from < edge ? (float)(0.5 - 0.5 * cosine) : 1.0f;
}

static void fill_tables(aligning *a) {
  for (size_t y = 0; y < a->h; y++) a->taper_y[y] = taper(y, a->h);
  for (size_t x = 0; x < a->w; x++) a->taper_x[x] = taper(x, a->w);
  for (size_t c = 0; c < 65536; c++) a->ln[c] = (float)lg_ln(1.0 + (double)c);
  for (size_t y = 0; y < a->h; y++)
    for (size_t x = 0; x < a->half; x++) {
      const double fy = frequency(y, a->h), fx = (double)x / (double)a->w, square = fy * fy + fx * fx;
      const double band = lg_exp(-square / (low_pass * low_pass)) * (1.0 - lg_exp(-square / (high_pass * high_pass)));
      const bool edge = 2 * y == a->h || x + 1 == a->half; /* Nyquist's has no sign */
      a->weight[y * a->half + x] = edge ? 0.0f : (float)((x == 0 ? 1.0 : 2.0) * band);
    }
}

static lg_status make_tools(lg_ctx *ctx, aligning *a) {
  lg_status status = LG_OK;
  LG_NEW(ctx, a->tool, a->n_tools);
  for (size_t k = 0; k < a->n_tools; k++) {
    struct tool *t = &a->tool[k];
    LG_TRY(lg_fft2_create(ctx, a->h, a->w, &t->fft));
    LG_NEW(ctx, t->lines, (a->h + 2) * a->pitch + 10 * a->pitch + a->w + CULTURE_MEDIAN_SPARE);
    LG_NEW(ctx, t->image, a->h * a->w);
    LG_NEW(ctx, t->spectrum, 2 * a->h * a->half);
    LG_NEW(ctx, t->cross, 2 * a->h * a->half);
    LG_NEW(ctx, t->cos_y, 2 * a->h + 2 * a->half);
    t->sin_y = t->cos_y + a->h, t->cos_x = t->sin_y + a->h, t->sin_x = t->cos_x + a->half;
  }
done:
  return status;
}

static void clear(lg_ctx *ctx, aligning *a) {
  for (size_t k = 0; a->tool && k < a->n_tools; k++) {
    struct tool *t = &a->tool[k];
    lg_fft2_destroy(ctx, t->fft);
    lg_free(ctx, t->lines);
    lg_free(ctx, t->image);
    lg_free(ctx, t->spectrum);
    lg_free(ctx, t->cross);
    lg_free(ctx, t->cos_y);
  }
  float *const blocks[] = {a->taper_y, a->taper_x, a->weight, a->ln, a->ref, a->trust, a->sums};
  for (size_t k = 0; k < sizeof blocks / sizeof blocks[0]; k++) lg_free(ctx, blocks[k]);
  lg_free(ctx, a->tool);
}

/* Which peaks say something. */
static lg_status judge_peaks(lg_ctx *ctx, const aligning *a) {
  lg_status status = LG_OK;
  const size_t n = a->movie->n_frames;
  double *peaks = NULL;
  LG_NEW(ctx, peaks, n);
  for (size_t t = 0; t < n; t++) peaks[t] = a->shift[t].peak;
  const double usual = lg_median(peaks, n);
  if (!(usual > 0.0)) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "no frame has any structure to align by"));
  for (size_t t = 0; t < n; t++) a->shift[t].trusted = a->shift[t].peak > 0.25 * usual;
done:
  lg_free(ctx, peaks);
  return status;
}

/* Frames that are not trusted take what lies between their neighbours. */
static void mend(culture_shift *s, size_t n) {
  size_t before = SIZE_MAX;
  for (size_t t = 0; t < n; t++) {
    if (s[t].trusted) {
      before = t;
      continue;
    }
    size_t after = t;
    while (after < n && !s[after].trusted) after++;
    const double share = before != SIZE_MAX && after < n ? (double)(t - before) / (double)(after - before)
                         : after < n                     ? 1.0
                                                         : 0.0;
    const culture_shift p = s[before != SIZE_MAX ? before : after], q = s[after < n ? after : before];
    s[t].dy_px = p.dy_px + share * (q.dy_px - p.dy_px), s[t].dx_px = p.dx_px + share * (q.dx_px - p.dx_px);
  }
}

lg_status lg_culture_find_shifts(lg_ctx *ctx, const lg_culture_movie *m, culture_shift *shift, double *noise_px) {
  lg_status status = LG_OK;
  aligning a = {.movie = m, .shift = shift, .median = lg_culture_median_kernel()};
  if (m->height < LEAST_SIDE || m->width < LEAST_SIDE)
    return lg_fail(ctx, LG_ERR_RANGE, "frames of %zu x %zu px; %d px a side are needed to align", m->width, m->height,
                   (int)LEAST_SIDE);
  a.h = lg_fft_fast_even(m->height - m->height / 16 < MOST_SIDE ? m->height - m->height / 16 : MOST_SIDE);
  a.w = lg_fft_fast_even(m->width - m->width / 16 < MOST_SIDE ? m->width - m->width / 16 : MOST_SIDE);
  a.half = a.w / 2 + 1;
  a.top = (m->height - a.h) / 2, a.left = (m->width - a.w) / 2;
  a.pitch = a.w + 2 + CULTURE_MEDIAN_SPARE;
  a.n_tools = lg_ctx_threads(ctx) < CHUNKS ? lg_ctx_threads(ctx) : CHUNKS;
  LG_NEW(ctx, a.taper_y, a.h);
  LG_NEW(ctx, a.taper_x, a.w);
  LG_NEW(ctx, a.weight, a.h * a.half);
  LG_NEW(ctx, a.ln, 65536);
  LG_NEW(ctx, a.ref, 2 * a.h * a.half);
  LG_NEW(ctx, a.trust, a.h * a.half);
  LG_NEW(ctx, a.sums, CHUNKS * 3 * a.h * a.half);
  fill_tables(&a);
  LG_TRY(make_tools(ctx, &a));
  memset(shift, 0, m->n_frames * sizeof *shift);
  (void)take_spectrum(&a, 0, 0, 0, &a.tool[0]);
  memcpy(a.ref, a.tool[0].spectrum, 2 * a.h * a.half * sizeof *a.ref);
  for (a.pass = 0; a.pass < PASSES; a.pass++) {
    LG_TRY(lg_parallel_for(ctx, CHUNKS, 1, run_chunks, &a));
    if (a.pass + 1 < PASSES) next_reference(&a);
    LG_TRY(lg_progress(ctx, "align", (size_t)a.pass + 1, PASSES));
  }
  LG_TRY(judge_peaks(ctx, &a));
  LG_TRY(lg_culture_refine_shifts(ctx, m, &(culture_window){a.top, a.left, a.h, a.w}, a.ln, shift, noise_px));
  mend(shift, m->n_frames);
  LG_TRY(lg_culture_smooth_shifts(ctx, shift, m->n_frames, *noise_px));
  const double dy = shift[0].dy_px, dx = shift[0].dx_px;
  for (size_t t = 1; t < m->n_frames; t++) shift[t].dy_px -= dy, shift[t].dx_px -= dx;
  shift[0].dy_px = shift[0].dx_px = 0.0;
done:
  clear(ctx, &a);
  return status;
}

/* Shifts of frames that drift smoothly, with the help of the frames around. */
#include "culture/align_internal.h"
#include "num/median.h"

#include <math.h>

/* A line through the frames from t - m to t + m (as far as there are), at t. Returns t's own weight. */
static double line_at(const culture_shift *s, size_t n, size_t t, size_t m, double out[2]) {
  const size_t begin = t > m ? t - m : 0, end = t + m + 1 < n ? t + m + 1 : n;
  double count = 0.0, sum = 0.0, squares = 0.0, level[2] = {0}, slope[2] = {0};
  for (size_t k = begin; k < end; k++) {
    const double at = (double)k - (double)t;
    if (!s[k].trusted) continue;
    count += 1.0, sum += at, squares += at * at;
    level[0] += s[k].dy_px, level[1] += s[k].dx_px, slope[0] += at * s[k].dy_px, slope[1] += at * s[k].dx_px;
  }
  const double det = count * squares - sum * sum;
  out[0] = s[t].dy_px, out[1] = s[t].dx_px;
  if (count < 3.0 || !(det > 0.0)) return 1.0;
  for (int q = 0; q < 2; q++) out[q] = (squares * level[q] - sum * slope[q]) / det;
  return squares / det;
}

lg_status lg_culture_smooth_shifts(lg_ctx *ctx, culture_shift *s, size_t n, double noise_px) {
  lg_status status = LG_OK;
  static const size_t widths[] = {8, 4, 2};
  double *smooth = NULL, *off = NULL;
  LG_NEW(ctx, smooth, 2 * n);
  LG_NEW(ctx, off, 2 * n);
  for (size_t k = 0; k < sizeof widths / sizeof widths[0]; k++) {
    const size_t m = widths[k];
    double worst = 0.0;
    size_t count = 0;
    if (n < 2 * m + 1) continue;
    for (size_t t = 0; t < n; t++) {
      const double own = line_at(s, n, t, m, smooth + 2 * t), scale = sqrt(fmax(1.0 - own, 0.05));
      for (size_t q = 0; q < 2 && s[t].trusted; q++) {
        off[count] = fabs(smooth[2 * t + q] - (q ? s[t].dx_px : s[t].dy_px)) / scale;
        worst = fmax(worst, off[count]);
        count++;
      }
    }
    if (count == 0) break;
    /* the residuals' usual size as the noise's, and no frame that jumps out */
    if (1.4826 * lg_median(off, count) > 1.6 * noise_px || worst > 8.0 * noise_px) continue;
    for (size_t t = 0; t < n; t++) s[t].dy_px = smooth[2 * t], s[t].dx_px = smooth[2 * t + 1];
    break;
  }
done:
  lg_free(ctx, smooth);
  lg_free(ctx, off);
  return status;
}

/* Lagged instrument: noise of a frame is in the difference and in the regressor, but not in z some frames earlier. */
#include "culture/methods.h"

lg_status lg_culture_fit_lag(lg_ctx *ctx, const lg_culture_data *d, size_t lag, culture_fit *fit) {
  lg_status status = LG_OK;
  double *block = NULL;
  if (d->n_times < lag + 9)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu frames are too few for an instrument %zu frames back", d->n_times, lag + 1);
  const size_t rows = d->n_times - 1 - lag, all = d->n_inner * rows;
  LG_NEW(ctx, block, 4 * all);
  double *a = block, *b = a + all, *instrument = b + all, *weights = instrument + all;
  for (size_t g = 0; g < d->n_inner; g++) {
    const double *x = d->x + g * d->n_times, *z = d->z + g * d->n_times;
    for (size_t r = 0; r < rows; r++) {
      const size_t t = r + lag; /* the interval from t to t + 1 */
      a[g * rows + r] = 0.5 * (z[t] + z[t + 1]);
      b[g * rows + r] = x[t + 1] - x[t];
      instrument[g * rows + r] = z[r];
    }
  }
  fit->k = 0.02;
  LG_TRY(lg_culture_panel_robust(
      ctx, &(culture_panel){.n_cells = d->n_inner, .n_rows = rows, .a = a, .b = b, .instrument = instrument}, 60, fit,
      weights));
done:
  lg_free(ctx, block);
  return status;
}

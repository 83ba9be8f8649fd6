/* Multiple shooting: every mode is a cell of its own, its windows are stretches. */
#include "culture/modes.h"
#include "culture/stretch.h"
#include "num/brent.h"

#include <string.h>

typedef struct shooting {
  const lg_culture_modes *modes;
  const double *traces, *input; /* (n, n_times) of modes; input NULL: none */
  size_t window;
  double *feed; /* (n) */
} shooting;

static double squares(void *user, double log_k) {
  const shooting *s = user;
  const lg_culture_modes *m = s->modes;
  const double k = lg_exp(log_k);
  double all = 0.0;
  for (size_t q = 0; q < m->n; q++) {
    double sums[3] = {0};
    for (size_t t = 0; t + 1 < m->n_times; t += s->window - 1) { /* neighbouring windows share a frame */
      const size_t length = m->n_times - t < s->window ? m->n_times - t : s->window;
      if (length >= 3)
        lg_culture_stretch(s->traces + q * m->n_times + t, m->border + q * m->n_times + t,
                           s->input ? s->input + q * m->n_times + t : NULL, length, k, k * m->decay[q], sums);
    }
    s->feed[q] = sums[0] > 1e-12 ? sums[1] / sums[0] : 0.0;
    all += sums[2] - s->feed[q] * sums[1];
  }
  return all;
}

lg_status lg_culture_fit_shooting(lg_ctx *ctx, const lg_culture_data *d, const lg_culture_modes *m, const double *input,
                                  size_t window, double k_low, double k_high, culture_fit *fit,
                                  double *residual_squares) {
  lg_status status = LG_OK;
  double *traces = NULL;
  const size_t n = m->n, times = m->n_times;
  if (window && window < 4) return lg_fail(ctx, LG_ERR_RANGE, "windows of %zu frames; at least 4 are needed", window);
  LG_NEW(ctx, traces, 2 * n * times + n);
  double *given = traces + n * times;
  for (size_t q = 0; q < n; q++)
    for (size_t g = 0; g < n; g++)
      for (size_t t = 0; t < times; t++) {
        traces[q * times + t] += m->to[q * n + g] * d->x[g * times + t];
        if (input) given[q * times + t] += m->to[q * n + g] * input[g * times + t];
      }
  shooting s = {m, traces, input ? given : NULL, window ? window : times, given + n * times};
  double least;
  const double at = lg_brent(squares, &s, lg_ln(k_low), lg_ln(k_high), 1e-5, &least);
  *residual_squares = squares(&s, at);
  fit->k = lg_exp(at);
  for (size_t g = 0; g < n; g++) {
    fit->gamma[g] = 0.0;
    for (size_t q = 0; q < n; q++) fit->gamma[g] += m->from[g * n + q] * s.feed[q];
  }
done:
  lg_free(ctx, traces);
  return status;
}

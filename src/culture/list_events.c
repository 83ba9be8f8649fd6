/* Events out of the mask: what coupling and feed leave of the traces there is the cell's own input. */
#include "culture/identify_internal.h"

#include <math.h>

/* Input of every masked interval. */
static void inputs(const culture_identification *w) {
  const lg_culture_data *d = w->data;
  for (size_t g = 0; g < d->n_inner; g++)
    for (size_t t = 1; t < d->n_times; t++) {
      const size_t at = g * d->n_times + t;
      if (!w->masked[at]) continue;
      w->result->input[at] = d->x[at] - d->x[at - 1] - 0.5 * w->fit.k * (d->z[at - 1] + d->z[at]) - w->fit.gamma[g];
    }
}

/* Runs of masked frames; each local top of |input| that stands out of its run by half is an event. */
static size_t tops(const culture_identification *w, size_t g, culture_event *out) {
  const lg_culture_data *d = w->data;
  const double *s = w->result->input + g * d->n_times;
  const bool *m = w->masked + g * d->n_times;
  size_t n = 0;
  for (size_t t = 1; t < d->n_times; t++) {
    if (!m[t]) continue;
    size_t end = t;
    while (end + 1 < d->n_times && m[end + 1]) end++;
    size_t top = t;
    double sum = 0.0;
    for (size_t q = t; q <= end; q++) {
      sum += s[q];
      if (fabs(s[q]) > fabs(s[top])) top = q;
    }
    if (out) out[n] = (culture_event){d->inner[g], top - 1, sum};
    n++;
    t = end;
  }
  return n;
}

lg_status lg_culture_list_events(lg_ctx *ctx, culture_identification *w) {
  lg_status status = LG_OK;
  lg_culture_result *r = w->result;
  size_t masked = 0;
  inputs(w);
  for (size_t g = 0; g < r->n_inner; g++) r->n_events += tops(w, g, NULL);
  LG_NEW(ctx, r->events, r->n_events + 1);
  for (size_t g = 0, at = 0; g < r->n_inner; g++) at += tops(w, g, r->events + at);
  for (size_t q = 0; q < r->n_inner * w->data->n_times; q++) masked += w->masked[q];
  r->masked_share = (double)masked / (double)(r->n_inner * (w->data->n_times - 1));
  r->has_events = true;
done:
  return status;
}

/* Events out of the mask: what coupling and feed leave of the traces there is the cell's own input. */
#include "culture/deconvolve.h"
#include "culture/identify_internal.h"

#include "base/elementary.h"
#include "num/median.h"

#include <math.h>
#include <string.h>

enum { MOST_TOGETHER = 32, LONGEST_FOR_SHAPE = 14, WIDTHS = 24 };

/* What coupling and feed leave of one cell's trace; [t] is the interval that ends at frame t, [0] none. */
static void residual_of(const culture_identification *w, size_t g, double *out) {
  const lg_culture_data *d = w->data;
  out[0] = 0.0;
  for (size_t t = 1; t < d->n_times; t++) {
    const size_t at = g * d->n_times + t;
    out[t] = d->x[at] - d->x[at - 1] - 0.5 * w->fit.k * (d->z[at - 1] + d->z[at]) - w->fit.gamma[g];
    if (d->leak) out[t] += 0.5 * d->leak[g] * (d->x[at - 1] + d->x[at]);
  }
}

void lg_culture_inputs(culture_identification *w) {
  const size_t times = w->data->n_times;
  for (size_t g = 0; g < w->data->n_inner; g++) {
    double *s = w->result->input + g * times;
    residual_of(w, g, s);
    for (size_t t = 0; t < times; t++)
      if (!w->masked[g * times + t]) s[t] = 0.0;
  }
}

typedef struct listing {
  const culture_identification *w;
  double *residual, *scratch; /* (n_inner, n_times), (2 n_times) */
  double *noise;              /* (n_inner) */
  double half;                /* of a pulse, frames */
  culture_event *event;
  size_t n, room;
} listing;

/* The next run of masked frames from `from` on: [*start, *end). */
static bool next_run(const bool *masked, size_t n, size_t from, size_t *start, size_t *end) {
  while (from < n && !masked[from]) from++;
  *start = from;
  while (from < n && masked[from]) from++;
  *end = from;
  return *start < n;
}

/* Half width of the pulses: the median over short runs of what fits each best as a single one. */
static lg_status find_width(lg_ctx *ctx, listing *l) {
  lg_status status = LG_OK;
  const size_t times = l->w->data->n_times, cells = l->w->data->n_inner;
  double *each = NULL;
  size_t n = 0, start, end;
  LG_NEW(ctx, each, cells * (times / 2 + 1));
  for (size_t g = 0; g < cells; g++)
    for (size_t t = 1; next_run(l->w->masked + g * times, times, t, &start, &end); t = end) {
      if (end - start > LONGEST_FOR_SHAPE) continue;
      culture_pulse p;
      double least = (double)INFINITY;
      for (int q = 0; q < WIDTHS; q++) {
        const double half = 0.75 * lg_exp(1.791759469228055 * (double)q / (WIDTHS - 1)) /* to 4.5 */;
        const double left = lg_culture_one_pulse(l->residual + g * times + start, end - start, half, &p);
        if (left < least) least = left, each[n] = half;
      }
      n++;
    }
  l->half = n ? lg_median(each, n) : 1.5;
done:
  lg_free(ctx, each);
  return status;
}

static lg_status keep(lg_ctx *ctx, listing *l, culture_event event) {
  if (l->n == l->room) {
    const size_t room = 2 * l->room + 64;
    culture_event *more = lg_realloc(ctx, l->event, l->room * sizeof *more, room, sizeof *more);
    if (!more) return LG_ERR_MEMORY;
    l->event = more, l->room = room;
  }
  l->event[l->n++] = event;
  return LG_OK;
}

/* One run: a single event has all of its input, several share it. */
static lg_status take_run(lg_ctx *ctx, listing *l, size_t g, size_t start, size_t end) {
  const double *s = l->residual + g * l->w->data->n_times + start;
  const size_t n = end - start;
  culture_pulse p[MOST_TOGETHER];
  const uint32_t cell = l->w->data->inner[g];
  const size_t count =
      lg_culture_take_apart(s, n, l->half, l->noise[g], l->w->options->soe.threshold, l->scratch, p, MOST_TOGETHER);
  if (count == 1) {
    size_t top = 0;
    double sum = 0.0;
    for (size_t q = 0; q < n; q++) {
      sum += s[q];
      if (fabs(s[q]) > fabs(s[top])) top = q;
    }
    return keep(ctx, l, (culture_event){cell, start + top - 1, sum});
  }
  for (size_t q = 0; q < count; q++) {
    const size_t at = (size_t)fmin(floor(p[q].centre), (double)(n - 1));
    const lg_status status = keep(ctx, l, (culture_event){cell, start + at - 1, p[q].amplitude});
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

/* Light of a neighbour's event and misfits of the masks jump too, but little beside the culture's events. */
static lg_status leave_out_small(lg_ctx *ctx, listing *l, double share) {
  lg_status status = LG_OK;
  double *size = NULL;
  size_t kept = 0;
  LG_NEW(ctx, size, l->n + 1);
  for (size_t e = 0; e < l->n; e++) size[e] = fabs(l->event[e].amplitude);
  const double least = share * lg_median(size, l->n);
  for (size_t e = 0; e < l->n; e++)
    if (fabs(l->event[e].amplitude) >= least) l->event[kept++] = l->event[e];
  l->w->result->n_small_events = l->n - kept;
  l->n = kept;
done:
  lg_free(ctx, size);
  return status;
}

static lg_status take_all(lg_ctx *ctx, listing *l) {
  lg_status status = LG_OK;
  const lg_culture_data *d = l->w->data;
  const size_t times = d->n_times;
  size_t start, end;
  for (size_t g = 0; g < d->n_inner; g++) {
    double *r = l->residual + g * times, median;
    residual_of(l->w, g, r);
    l->noise[g] = lg_culture_mad(r + 1, times - 1, l->scratch, &median);
  }
  LG_TRY(find_width(ctx, l));
  for (size_t g = 0; g < d->n_inner; g++)
    for (size_t t = 1; next_run(l->w->masked + g * times, times, t, &start, &end); t = end)
      LG_TRY(take_run(ctx, l, g, start, end));
done:
  return status;
}

lg_status lg_culture_list_events(lg_ctx *ctx, culture_identification *w) {
  lg_status status = LG_OK;
  lg_culture_result *r = w->result;
  const size_t all = r->n_inner * w->data->n_times;
  size_t masked = 0;
  listing l = {.w = w};
  lg_culture_inputs(w);
  LG_NEW(ctx, l.residual, all);
  LG_NEW(ctx, l.scratch, 2 * w->data->n_times);
  LG_NEW(ctx, l.noise, r->n_inner);
  LG_TRY(take_all(ctx, &l));
  LG_TRY(leave_out_small(ctx, &l, w->options->soe.least_event));
  r->events = l.event, r->n_events = l.n;
  l.event = NULL;
  r->event_half_width = l.half;
  for (size_t q = 0; q < all; q++) masked += w->masked[q];
  r->masked_share = (double)masked / (double)(r->n_inner * (w->data->n_times - 1));
  r->has_events = true;
done:
  lg_free(ctx, l.residual);
  lg_free(ctx, l.scratch);
  lg_free(ctx, l.noise);
  lg_free(ctx, l.event);
  return status;
}

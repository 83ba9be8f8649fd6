/* The places by which reduced cells are judged. */
#include "cable/reduce_search.h"

#include <math.h>

enum { ALL_OVER = 64 };
static const double decay_ms = 2.0; /* of the synapse that the spectra are weighed with */

void lg_reduce_samples_destroy(lg_ctx *ctx, reduce_samples *s) {
  if (!s) return;
  lg_free(ctx, s->node);
  lg_free(ctx, s->weight);
  lg_free(ctx, s->size);
  lg_free(ctx, s);
}

/* Spectrum of an exponential current times the root of the width of the band: the sum over frequencies is then the
 * integral of the squared difference over time (Parseval). */
static void set_pull(double *pull) {
  for (size_t f = 0; f < REDUCE_FREQUENCIES; f++) {
    const double omega = 2.0 * 3.14159265358979323846 * lg_reduce_Hz[f] * 1e-3;
    const double low = f == 0 ? lg_reduce_Hz[0] : lg_reduce_Hz[f - 1];
    const double high = f + 1 < REDUCE_FREQUENCIES ? lg_reduce_Hz[f + 1] : lg_reduce_Hz[f];
    const double width = (high - low) / (f == 0 || f + 1 == REDUCE_FREQUENCIES ? 1.0 : 2.0);
    pull[f] = sqrt(width / (1.0 / (decay_ms * decay_ms) + omega * omega));
  }
}

static double size_of(const cable_linear *l, const double *pull, int32_t node) {
  double sum = 0.0;
  for (size_t f = 0; f < REDUCE_FREQUENCIES; f++) {
    const reduce_ac z = l->transfer[f][node];
    sum += pull[f] * pull[f] * (z.re * z.re + z.im * z.im);
  }
  return sqrt(sum);
}

/* Evenly over the membrane of the dendrites, in the order of the tree; of the whole cell where there are none. */
static size_t all_over(const cable_linear *l, int32_t *node) {
  double dendrites = 0.0, sum = 0.0;
  size_t n = 0;
  for (size_t k = 1; k < l->n; k++) dendrites += l->group[k] > REDUCE_AXON ? l->area_um2[k] : 0.0;
  const bool any = dendrites > 0.0;
  const double total = any ? dendrites : l->below_um2[0];
  for (size_t k = 1; k < l->n; k++) {
    if ((any && l->group[k] <= REDUCE_AXON) || l->area_um2[k] == 0.0) continue;
    const size_t before = (size_t)(sum / total * ALL_OVER + 0.5);
    sum += l->area_um2[k];
    if ((size_t)(sum / total * ALL_OVER + 0.5) > before && n < ALL_OVER) node[n++] = (int32_t)k;
  }
  return n;
}

lg_status lg_reduce_samples_create(lg_ctx *ctx, const cable_linear *l, size_t n_places, const int32_t *places,
                                   reduce_samples **out) {
  lg_status status = LG_OK;
  reduce_samples *s = NULL;
  LG_NEW(ctx, s, 1);
  LG_NEW(ctx, s->node, n_places + ALL_OVER + 1);
  LG_NEW(ctx, s->weight, n_places + ALL_OVER + 1);
  LG_NEW(ctx, s->size, n_places + ALL_OVER + 1);
  set_pull(s->pull);
  const double of_places = n_places > 0 ? 0.5 : 0.0, of_soma = 0.1;
  s->node[0] = 0;
  s->weight[0] = of_soma;
  s->n = 1;
  for (size_t k = 0; k < n_places; k++) {
    s->node[s->n] = places[k];
    s->weight[s->n++] = of_places / (double)n_places;
  }
  const size_t more = all_over(l, s->node + s->n);
  for (size_t k = 0; k < more; k++) s->weight[s->n++] = (1.0 - of_soma - of_places) / (double)more;
  for (size_t k = 0; k < s->n; k++) s->size[k] = size_of(l, s->pull, s->node[k]);
  *out = s;
  s = NULL;
done:
  lg_reduce_samples_destroy(ctx, s);
  return status;
}

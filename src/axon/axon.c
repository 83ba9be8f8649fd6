/* The bundle: hexagonal rows, and microtubules of log-normal length laid along each. */
#include "axon/axon.h"

#include "axon/splitmix.h"

#include <math.h>
#include <string.h>

/* Elements of the next microtubule. */
static size_t draw_length(const axon_params *p, uint64_t *x) {
  const double spread2 = lg_ln(1.0 + p->mt_length_cv * p->mt_length_cv), mu = lg_ln(p->mt_length_mean) - 0.5 * spread2;
  const double length = lg_exp(mu + sqrt(spread2) * lg_axon_normal(x));
  const double within = fmin(fmax(length, p->mt_length_min), p->mt_length_max);
  const double elements = floor(within / p->element_nm + 0.5);
  return elements < 2.0 ? 2 : (size_t)elements;
}

static void draw_gaps(lg_axon *axon) {
  const axon_params *p = &axon->params;
  uint64_t x = p->seed;
  memset(axon->intact, 1, p->elements * p->rows);
  for (size_t r = 0; r < p->rows; r++) {
    const double u = lg_axon_uniform(&x); /* before the length that it is a part of */
    size_t at = (size_t)(u * 0.5 * (double)draw_length(p, &x));
    while (at < p->elements) {
      axon->intact[at * p->rows + r] = 0;
      at += 1 + draw_length(p, &x);
    }
  }
}

typedef struct site {
  int q, r;
} site;

static const site directions[6] = {{1, 0}, {0, 1}, {-1, 1}, {-1, 0}, {0, -1}, {1, -1}};

/* Rings around the first row; ring k starts at (0, -k) and walks k steps each way. */
static void lay_rows(site *sites, size_t n) {
  size_t made = 0;
  sites[made++] = (site){0, 0};
  for (int ring = 1; made < n; ring++) {
    site at = {0, -ring};
    for (int side = 0; side < 6; side++)
      for (int step = 0; step < ring; step++) {
        if (made < n) sites[made++] = at;
        at.q += directions[side].q;
        at.r += directions[side].r;
      }
  }
}

static bool are_neighbours(site a, site b) {
  for (int k = 0; k < 6; k++)
    if (a.q - b.q == directions[k].q && a.r - b.r == directions[k].r) return true;
  return false;
}

static lg_status find_pairs(lg_ctx *ctx, lg_axon *axon) {
  lg_status status = LG_OK;
  site sites[64];
  const size_t rows = axon->params.rows;
  lay_rows(sites, rows);
  LG_NEW(ctx, axon->pairs, 3 * rows);
  for (size_t a = 0; a < rows; a++)
    for (size_t b = a + 1; b < rows; b++)
      if (are_neighbours(sites[a], sites[b])) axon->pairs[axon->n_pairs++] = (axon_pair){(uint8_t)a, (uint8_t)b};
done:
  return status;
}

lg_status lg_axon_create(lg_ctx *ctx, const axon_params *params, lg_axon **out) {
  lg_status status = LG_OK;
  lg_axon *axon = NULL;
  *out = NULL;
  LG_TRY(lg_axon_params_check(ctx, params));
  LG_NEW(ctx, axon, 1);
  axon->params = *params;
  LG_TRY(find_pairs(ctx, axon));
  LG_NEW(ctx, axon->intact, params->elements * params->rows);
  draw_gaps(axon);
  LG_NEW(ctx, axon->matrix_share, params->elements);
  const double middle = 0.5 * (double)params->elements * params->element_nm;
  for (size_t e = 0; e < params->elements; e++) {
    const double x = ((double)e + 0.5) * params->element_nm;
    axon->matrix_share[e] = fabs(x - middle) < 0.5 * params->node_length ? params->node_fraction : 1.0;
  }
  *out = axon;
  axon = NULL;
done:
  lg_axon_destroy(ctx, axon);
  return status;
}

void lg_axon_destroy(lg_ctx *ctx, lg_axon *axon) {
  if (!axon) return;
  lg_free(ctx, axon->pairs);
  lg_free(ctx, axon->intact);
  lg_free(ctx, axon->matrix_share);
  lg_free(ctx, axon);
}

void lg_axon_set_gaps(lg_axon *axon, const uint8_t *intact) {
  memcpy(axon->intact, intact, axon->params.elements * axon->params.rows);
}

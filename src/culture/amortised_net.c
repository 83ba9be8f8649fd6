/* The amortised network: cells, their neighbours twice, all cells together; and the intervals that it states. */
#include "culture/amortised.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum { H = CULTURE_AM_HIDDEN };

const double lg_culture_amortised_level[CULTURE_AM_LEVELS] = {0.5, 0.68, 0.8, 0.9, 0.95};

lg_status lg_culture_amortised_net_create(lg_ctx *ctx, culture_amortised_net *net) {
  lg_status status = LG_OK;
  lg_params *p = &net->params;
  memset(net, 0, sizeof *net);
  LG_TRY(lg_dense_create(ctx, p, "whole", CULTURE_AM_WHOLE, H, &net->whole));
  LG_TRY(lg_dense_create(ctx, p, "cell", CULTURE_AM_CELL + H, H, &net->cell));
  for (size_t r = 0; r < CULTURE_AM_ROUNDS; r++) {
    char name[32];
    (void)snprintf(name, sizeof name, "message.%zu", r);
    LG_TRY(lg_dense_create(ctx, p, name, 2 * H + CULTURE_AM_LINK, H, &net->message[r]));
    (void)snprintf(name, sizeof name, "update.%zu", r);
    LG_TRY(lg_dense_create(ctx, p, name, 2 * H, H, &net->update[r]));
  }
  LG_TRY(lg_dense_create(ctx, p, "k_hidden", 2 * H, H, &net->k_hidden));
  LG_TRY(lg_dense_create(ctx, p, "k_head", H, 2, &net->k_head));
  LG_TRY(lg_dense_create(ctx, p, "feed_hidden", 2 * H + CULTURE_AM_CELL, H, &net->feed_hidden));
  LG_TRY(lg_dense_create(ctx, p, "feed_head", H, 2, &net->feed_head));
done:
  if (status != LG_OK) lg_params_clear(ctx, p);
  return status;
}

/* Join two or three along the last dimension, then a layer. */
static lg_var joined(lg_f32_tape *tape, const lg_dense *layer, size_t n, const lg_var *xs) {
  return lg_f32_dense(tape, layer, lg_f32_concat(tape, n, xs), LG_ACT_RELU);
}

void lg_culture_amortised_output(lg_f32_tape *tape, const culture_amortised_net *net, const lg_culture_features *x,
                                 lg_var *k, lg_var *feeds) {
  const size_t one[2] = {1, CULTURE_AM_WHOLE}, cells[2] = {x->n, CULTURE_AM_CELL},
               links[2] = {x->n_links, CULTURE_AM_LINK};
  const lg_var whole = lg_f32_dense(tape, &net->whole, lg_f32_input(tape, 2, one, x->whole, false), LG_ACT_RELU);
  const lg_var cell = lg_f32_input(tape, 2, cells, x->cell, false);
  const lg_var link = lg_f32_input(tape, 2, links, x->link, false);
  const lg_var first[2] = {cell, lg_f32_gather(tape, whole, x->n, x->zero)};
  lg_var h = joined(tape, &net->cell, 2, first);
  for (size_t r = 0; r < CULTURE_AM_ROUNDS; r++) {
    const lg_var ends[3] = {lg_f32_gather(tape, h, x->n_links, x->to), lg_f32_gather(tape, h, x->n_links, x->from),
                            link};
    const lg_var sent = joined(tape, &net->message[r], 3, ends);
    const lg_var met = lg_f32_affine(tape, lg_f32_scatter_sum(tape, sent, x->n_links, x->to, x->n), 0.2, 0.0);
    const lg_var both[2] = {h, met};
    h = lg_f32_add(tape, h, joined(tape, &net->update[r], 2, both));
  }
  const lg_var inner = lg_f32_gather(tape, h, x->n_inner, x->inner);
  const lg_var pooled =
      lg_f32_affine(tape, lg_f32_scatter_sum(tape, inner, x->n_inner, x->zero, 1), 1.0 / (double)x->n_inner, 0.0);
  const lg_var all[2] = {whole, pooled};
  *k = lg_f32_dense(tape, &net->k_head, joined(tape, &net->k_hidden, 2, all), LG_ACT_NONE);
  const lg_var own[3] = {inner, lg_f32_gather(tape, pooled, x->n_inner, x->zero),
                         lg_f32_gather(tape, cell, x->n_inner, x->inner)};
  *feeds = lg_f32_dense(tape, &net->feed_head, joined(tape, &net->feed_hidden, 3, own), LG_ACT_NONE);
}

void lg_culture_amortised_clear(lg_ctx *ctx, lg_culture_amortised *a) {
  lg_params_clear(ctx, &a->net.params);
  lg_free(ctx, a->theta);
  memset(a, 0, sizeof *a);
}

static void scale(float *x, size_t n, size_t width, const float *mean, const float *sd) {
  for (size_t r = 0; r < n; r++)
    for (size_t c = 0; c < width; c++) {
      const float v = (x[r * width + c] - mean[c]) / sd[c];
      x[r * width + c] = v < -6.0f ? -6.0f : v > 6.0f ? 6.0f : v;
    }
}

void lg_culture_amortised_scale(const lg_culture_amortised *a, lg_culture_features *x) {
  scale(x->whole, 1, CULTURE_AM_WHOLE, a->whole_mean, a->whole_sd);
  scale(x->cell, x->n, CULTURE_AM_CELL, a->cell_mean, a->cell_sd);
  scale(x->link, x->n_links, CULTURE_AM_LINK, a->link_mean, a->link_sd);
}

typedef struct pass {
  const lg_culture_amortised *amortised;
  const lg_culture_features *x;
  lg_var k, feeds;
} pass;

static void build(void *user, lg_f32_tape *tape) {
  pass *p = user;
  lg_culture_amortised_output(tape, &p->amortised->net, p->x, &p->k, &p->feeds);
}

static double sd_of(float log_variance) {
  const double v = fmax(-12.0, fmin(12.0, (double)log_variance));
  return lg_exp(0.5 * v);
}

/* Ranges are those of the simulated truth; what is measured of it may lie a little beyond. */
static unsigned outside(const lg_culture_amortised *a, const double *in) {
  unsigned bits = 0;
  for (unsigned q = 0; q < CULTURE_AM_RANGES; q++)
    if (!(in[q] >= a->low[q] && in[q] <= a->high[q])) bits |= 1u << q;
  return bits;
}

lg_status lg_culture_amortised_ask(lg_ctx *ctx, const lg_culture_amortised *a, lg_culture_features *x, double level,
                                   culture_amortised_answer *out) {
  lg_status status = LG_OK;
  lg_f32_tape *tape = NULL;
  pass p = {a, x, LG_VAR_NONE, LG_VAR_NONE};
  size_t q = 0;
  while (q < CULTURE_AM_LEVELS && fabs(lg_culture_amortised_level[q] - level) > 1e-9) q++;
  if (q == CULTURE_AM_LEVELS)
    return lg_fail(ctx, LG_ERR_RANGE, "intervals of %g; the network has 0.5, 0.68, 0.8, 0.9 and 0.95", level);
  lg_culture_amortised_scale(a, x);
  LG_TRY(lg_f32_tape_create(ctx, 0, &tape));
  lg_f32_tape_bind(tape, a->theta, NULL, NULL);
  LG_TRY(lg_f32_tape_run(ctx, tape, build, &p));
  const float *k = lg_f32_value(tape, p.k), *feeds = lg_f32_value(tape, p.feeds);
  const double middle = x->ln_k + x->sd_k * (double)k[0];
  out->sd_ln_k = x->sd_k * sd_of(k[1]);
  out->k = lg_exp(middle);
  out->k_low = lg_exp(middle - a->reach_k[q] * out->sd_ln_k);
  out->k_high = lg_exp(middle + a->reach_k[q] * out->sd_ln_k);
  for (size_t g = 0; g < x->n_inner; g++) {
    const double half = a->reach_gamma[q] * x->sd_gamma[g] * sd_of(feeds[2 * g + 1]);
    out->gamma[g] = x->gamma[g] + x->sd_gamma[g] * (double)feeds[2 * g];
    out->gamma_low[g] = out->gamma[g] - half, out->gamma_high[g] = out->gamma[g] + half;
  }
  memcpy(out->in, x->in, sizeof out->in);
  out->outside = outside(a, x->in);
done:
  lg_f32_tape_destroy(ctx, tape);
  return status;
}

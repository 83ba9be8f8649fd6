#include "twin/clone_net.h"
#include "num/chi2.h"

#include <math.h>
#include <string.h>

enum { P = LG_CLONE_NET_P };

size_t lg_net_feature_width(const lg_net_plan *plan) {
  if (!plan->features) return 1;
  return lg_net_has_closed_form(plan) ? LG_OBSERVE_FEATURES + LG_OBSERVE_CLOSED : LG_OBSERVE_FEATURES;
}

bool lg_net_has_closed_form(const lg_net_plan *plan) { return plan->features && plan->family == LG_NET_IZHIKEVICH; }

void lg_net_fill_features(const lg_net_plan *plan, lg_izh_data *room, const lg_fit_trace *traces, size_t n_traces,
                          float *f) {
  float all[LG_OBSERVE_FEATURES];
  const double scale = lg_observe_current_scale(traces, n_traces);
  lg_observe_features(traces, n_traces, scale, plan->features ? f : all);
  if (!plan->features) f[0] = all[0]; /* log_current_scale */
  if (lg_net_has_closed_form(plan)) lg_observe_closed(room, traces, n_traces, f + LG_OBSERVE_FEATURES);
}

lg_status lg_clone_net_create(lg_ctx *ctx, const lg_net_plan *plan, bool for_training, lg_clone_net *net) {
  lg_status status = LG_OK;
  lg_encoder_options o;
  memset(net, 0, sizeof *net);
  net->plan = *plan;
  net->has_point = for_training && plan->point_head;
  LG_TRY(lg_encoder_parse(ctx, plan->encoder, &o));
  if (o.channels != LG_OBSERVE_CHANNELS || o.features != lg_net_feature_width(plan)) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "the encoder has %zu channels and %zu features; %d and %zu are given",
                     o.channels, o.features, LG_OBSERVE_CHANNELS, lg_net_feature_width(plan));
    goto done;
  }
  LG_TRY(lg_encoder_create(ctx, &net->params, "encoder", &o, &net->encoder));
  if (net->has_point)
    LG_TRY(lg_dense_create(ctx, &net->params, "point", net->encoder.width, (size_t)2 * P, &net->point));
  LG_TRY(lg_dense_create(ctx, &net->params, "mixture", net->encoder.width, lg_mixture_width(plan->components, P),
                         &net->head));
done:
  if (status != LG_OK) lg_clone_net_clear(ctx, net);
  return status;
}

void lg_clone_net_fold(const lg_clone_net *trained, const float *from, const lg_clone_net *plain, float *to) {
  const size_t k = plain->plan.components, width = lg_mixture_width(k, P), in = plain->encoder.width;
  for (size_t n = 0; n < plain->params.n; n++) {
    const lg_param *p = &plain->params.items[n], *q = lg_params_find(&trained->params, p->name);
    if (q) memcpy(to + p->offset, from + q->offset, p->count * sizeof *to);
  }
  if (!trained->has_point) return;
  for (size_t c = 0; c < k; c++)
    for (size_t p = 0; p < P; p++) {
      const size_t column = k + c * P + p;
      to[plain->head.bias + column] += from[trained->point.bias + p];
      for (size_t i = 0; i < in; i++)
        to[plain->head.weight + i * width + column] += from[trained->point.weight + i * 2 * P + p];
    }
}

void lg_clone_net_clear(lg_ctx *ctx, lg_clone_net *net) { lg_params_clear(ctx, &net->params); }

static lg_var embed(void *user, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end) {
  const lg_clone_net *net = user;
  const size_t x_dim[3] = {end - begin, b->steps, LG_OBSERVE_CHANNELS};
  const size_t f_dim[2] = {end - begin, lg_net_feature_width(&net->plan)};
  const lg_var x = lg_f32_input(tape, 3, x_dim, lg_f32_batch_at(b, 0, begin), false);
  const lg_var f = lg_f32_input(tape, 2, f_dim, lg_f32_batch_at(b, 1, begin), false);
  return lg_f32_encoder(tape, &net->encoder, x, f);
}

/* The point's means where the mixture keeps its own, 0 elsewhere. */
static lg_var spread_means(const lg_clone_net *net, lg_f32_tape *tape, lg_var point, lg_var raw) {
  const size_t k = net->plan.components, width = lg_mixture_width(k, P);
  lg_var parts[3], means = lg_f32_slice(tape, point, 0, P);
  const lg_var one = means;
  for (size_t c = 1; c < k; c++) {
    const lg_var both[2] = {means, one};
    means = lg_f32_concat(tape, 2, both);
  }
  parts[0] = lg_f32_affine(tape, lg_f32_slice(tape, raw, 0, k), 0.0, 0.0);
  parts[1] = means;
  parts[2] = lg_f32_affine(tape, lg_f32_slice(tape, raw, k + k * P, width), 0.0, 0.0);
  return lg_f32_concat(tape, 3, parts);
}

lg_var lg_clone_net_output(const lg_clone_net *net, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end,
                           lg_var *point) {
  lg_clone_net copy = *net;
  const lg_var h = embed(&copy, tape, b, begin, end);
  const lg_var raw = lg_f32_dense(tape, &net->head, h, LG_ACT_NONE);
  *point = LG_VAR_NONE;
  if (!net->has_point) return raw;
  *point = lg_f32_dense(tape, &net->point, h, LG_ACT_NONE);
  return lg_f32_add(tape, raw, spread_means(net, tape, *point, raw));
}

static lg_var output(void *user, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end) {
  lg_var point;
  return lg_clone_net_output(user, tape, b, begin, end, &point);
}

/* ---- inference -------------------------------------------------------------------------------- */

typedef struct table_job {
  const lg_clone_net *net;
  const lg_net_data *data;
  const float *raw;
  const lg_net_calibration *calibration;
  size_t width;
  double *mean, *rank; /* (n, P) natural; posterior probability below the truth */
} table_job;

const double lg_net_shares[4] = {0.50, 0.68, 0.90, 0.95};

/* Posterior mean in natural units over 200 samples inside the prior's box, and the rank of the truth. */
static lg_status judge(void *user, size_t begin, size_t end, unsigned worker) {
  const table_job *j = user;
  double buffer[4096], y[P], natural[P];
  (void)worker;
  if (j->width > 4096) return LG_ERR_LIMIT;
  for (size_t k = begin; k < end; k++) {
    lg_net_posterior post;
    lg_rng rng = lg_rng_make(1, 0x7461626c65, k);
    const lg_status status =
        lg_net_posterior_read(NULL, j->net->plan.components, j->raw + k * j->width, j->calibration, buffer, &post);
    if (status != LG_OK) return status;
    double sum[P] = {0.0};
    for (int s = 0; s < 200; s++) {
      lg_net_posterior_sample(&post, &rng, y);
      lg_net_to_natural(j->net->plan.family, y, natural);
      for (int p = 0; p < P; p++) sum[p] += natural[p];
    }
    for (size_t p = 0; p < P; p++) {
      j->mean[k * P + p] = sum[p] / 200.0;
      j->rank[k * P + p] = lg_net_posterior_cdf(&post, p, (double)j->data->y[k * P + p]);
    }
  }
  return LG_OK;
}

static void summarise_ranks(const table_job *j, size_t p, lg_net_table *t) {
  enum { BINS = 20 };
  const size_t n = j->data->n;
  double bins[BINS] = {0.0}, chi2 = 0.0;
  for (size_t k = 0; k < n; k++) {
    const double rank = j->rank[k * P + p], central = fabs(rank - 0.5) * 2.0;
    const int bin = (int)(rank * BINS);
    bins[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin] += 1.0;
    for (size_t q = 0; q < 4; q++)
      if (central <= lg_net_shares[q]) t->coverage[p][q] += 1.0 / (double)n;
  }
  const double expected = (double)n / BINS;
  for (int b = 0; b < BINS; b++) chi2 += (bins[b] - expected) * (bins[b] - expected) / expected;
  t->rank_p[p] = lg_chi2_tail(BINS - 1, chi2);
}

static void summarise(const table_job *j, lg_net_table *t) {
  const size_t n = j->data->n;
  memset(t, 0, sizeof *t);
  t->n = n;
  for (size_t p = 0; p < P; p++) {
    double mean = 0.0, total = 0.0, error = 0.0;
    for (size_t k = 0; k < n; k++) mean += j->data->natural[k * P + p] / (double)n;
    for (size_t k = 0; k < n; k++) {
      const double d = j->data->natural[k * P + p] - mean, e = j->data->natural[k * P + p] - j->mean[k * P + p];
      total += d * d;
      error += e * e;
    }
    t->r2[p] = 1.0 - error / total;
    t->mean_r2 += t->r2[p] / P;
    summarise_ranks(j, p, t);
  }
}

lg_status lg_clone_net_run(lg_ctx *ctx, const lg_clone_net *net, const float *theta, const lg_net_data *data,
                           float *raw, float *embedding) {
  lg_status status = LG_OK;
  lg_clone_net copy = *net; /* the model takes a mutable user pointer and only reads it */
  const size_t f_width = lg_net_feature_width(&net->plan), x_width = data->bins * LG_OBSERVE_CHANNELS;
  const lg_f32_model models[2] = {{&copy.params, &copy, NULL, NULL, output}, {&copy.params, &copy, NULL, NULL, embed}};
  float *const results[2] = {raw, embedding};
  const size_t widths[2] = {lg_mixture_width(net->plan.components, P), net->encoder.width};
  lg_f32_runner *runner = NULL;
  for (int m = 0; m < 2; m++) {
    if (!results[m]) continue;
    LG_TRY(lg_f32_runner_create(ctx, &models[m], 8, &runner));
    for (size_t k = 0; k < data->n; k += 64) {
      const lg_f32_batch b = {.n = data->n - k < 64 ? data->n - k : 64,
                              .field = {data->x + k * x_width, data->f + k * f_width},
                              .width = {x_width, f_width},
                              .steps = data->bins};
      LG_TRY(lg_f32_runner_predict(ctx, runner, theta, &b, widths[m], results[m] + k * widths[m]));
    }
    lg_f32_runner_destroy(ctx, runner);
    runner = NULL;
  }
done:
  lg_f32_runner_destroy(ctx, runner);
  return status;
}

lg_status lg_clone_net_table(lg_ctx *ctx, const lg_clone_net *net, const float *theta,
                             const lg_net_calibration *calibration, const lg_net_data *data, lg_net_table *table) {
  lg_status status = LG_OK;
  float *raw = NULL;
  table_job j = {
      .net = net, .data = data, .calibration = calibration, .width = lg_mixture_width(net->plan.components, P)};
  LG_NEW(ctx, raw, data->n * j.width);
  LG_NEW(ctx, j.mean, data->n * P);
  LG_NEW(ctx, j.rank, data->n * P);
  LG_TRY(lg_clone_net_run(ctx, net, theta, data, raw, NULL));
  j.raw = raw;
  LG_TRY(lg_parallel_for(ctx, data->n, 8, judge, &j));
  summarise(&j, table);
done:
  lg_free(ctx, raw);
  lg_free(ctx, j.mean);
  lg_free(ctx, j.rank);
  return status;
}

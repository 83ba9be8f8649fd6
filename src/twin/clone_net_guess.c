/* One recording through a network: posterior samples, moments and how far it lies from the training population. */
#include "num/ascending.h"
#include "twin/clone_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P = LG_CLONE_NET_P, S = LG_GUESS_SAMPLES, STREAM_GUESS = 0x67756573 };

static void summarise(lg_clone_guess *g) {
  double column[S];
  for (int p = 0; p < P; p++) {
    double sum = 0.0, square = 0.0;
    for (int s = 0; s < S; s++) {
      column[s] = g->samples[s][p];
      sum += column[s];
    }
    g->mean[p] = sum / S;
    for (int s = 0; s < S; s++) square += (column[s] - g->mean[p]) * (column[s] - g->mean[p]);
    g->sd[p] = sqrt(square / (S - 1));
    qsort(column, S, sizeof *column, lg_ascending);
    g->ci95[p][0] = column[S / 40];
    g->ci95[p][1] = column[S - 1 - S / 40];
  }
}

/* Covariance of z from that of y, which is z scaled by the sides of the prior's box. */
static void covariance(const lg_clone_net_file *file, const lg_net_posterior *post, lg_clone_guess *g) {
  double mean[P], scale[P];
  lg_mixture_moments(&post->mixture, mean, g->covariance_z);
  lg_net_z_per_y(file->net.plan.family, scale);
  for (int p = 0; p < P; p++) scale[p] *= post->calibration.spread[p];
  for (int p = 0; p < P; p++)
    for (int q = 0; q < P; q++) g->covariance_z[p * P + q] *= scale[p] * scale[q];
}

static lg_status observe(lg_ctx *ctx, const lg_clone_net_file *file, const lg_fit_trace *traces, size_t n_traces,
                         lg_net_data *one) {
  lg_status status = LG_OK;
  lg_izh_data *room = NULL;
  lg_fit_trace selected[LG_OBSERVE_SELECTED];
  if (file->net.plan.protocol == LG_NET_MIXED) {
    n_traces = lg_observe_select(traces, n_traces, file->net.plan.duration_ms, selected);
    traces = selected;
  }
  const double scale = lg_observe_current_scale(traces, n_traces);
  const size_t width = lg_net_feature_width(&file->net.plan), fewest = lg_encoder_min_steps(&file->net.encoder.options);
  size_t samples = 0;
  memset(one, 0, sizeof *one);
  one->n = 1;
  const size_t used = lg_observe_bins(traces, n_traces);
  one->bins = used;
  if (file->net.plan.protocol == LG_NET_MIXED)
    one->bins = (size_t)(file->net.plan.duration_ms / LG_OBSERVE_BIN_MS + 0.5);
  if (used > one->bins) return lg_fail(ctx, LG_ERR_INTERNAL, "%zu bins are selected of %zu", used, one->bins);
  if (one->bins < fewest)
    return lg_fail(ctx, LG_ERR_RANGE, "%.4g ms of recording; the network reads %.4g ms or more",
                   (double)one->bins * LG_OBSERVE_BIN_MS, (double)fewest * LG_OBSERVE_BIN_MS);
  LG_NEW(ctx, one->x, one->bins * LG_OBSERVE_CHANNELS);
  LG_NEW(ctx, one->f, width + 1);
  lg_observe_fill(traces, n_traces, scale, one->x);
  lg_observe_pad(one->x, used, one->bins);
  for (size_t k = 0; k < n_traces; k++) samples += traces[k].n;
  if (lg_net_has_closed_form(&file->net.plan)) LG_TRY(lg_izh_data_create(ctx, samples, &room));
  lg_net_fill_features(&file->net.plan, room, traces, n_traces, one->f);
done:
  lg_izh_data_destroy(ctx, room);
  return status;
}

lg_status lg_clone_net_guess(lg_ctx *ctx, const lg_clone_net_file *file, const lg_fit_trace *traces, size_t n_traces,
                             uint64_t seed, lg_clone_guess *guess) {
  lg_status status = LG_OK;
  const lg_clone_net *net = &file->net;
  const size_t width = lg_mixture_width(net->plan.components, P);
  lg_net_data one;
  float *raw = NULL, *embedding = NULL;
  double *buffer = NULL, y[P];
  lg_net_posterior post;
  LG_TRY(observe(ctx, file, traces, n_traces, &one));
  LG_NEW(ctx, raw, width);
  LG_NEW(ctx, buffer, width);
  LG_NEW(ctx, embedding, net->encoder.width);
  LG_TRY(lg_clone_net_run(ctx, net, file->theta, &one, raw, embedding));
  LG_TRY(lg_net_posterior_read(ctx, net->plan.components, raw, &file->calibration, buffer, &post));
  lg_rng rng = lg_rng_make(seed, STREAM_GUESS, 0);
  for (int s = 0; s < S; s++) {
    lg_net_posterior_sample(&post, &rng, y);
    lg_net_to_natural(net->plan.family, y, guess->samples[s]);
  }
  summarise(guess);
  covariance(file, &post, guess);
  guess->embedding_distance = lg_net_domain_distance(&file->embedding, embedding);
  guess->feature_distance = lg_net_domain_distance(&file->features, one.f);
done:
  lg_net_data_clear(ctx, &one);
  lg_free(ctx, raw);
  lg_free(ctx, buffer);
  lg_free(ctx, embedding);
  return status;
}

/* Simulated recordings for the network: draw a neuron, record it, add noise, bin it. */
#include "base/elementary.h"
#include "neuron/prior_izhikevich.h"
#include "neuron/prior_tm.h"
#include "twin/clone_net.h"
#include "twin/clone_net_mixed.h"

#include <string.h>

enum { P = LG_CLONE_NET_P, LANES = LG_TM_LANES, STREAM_NOISE = 0x6e0153, STREAM_OU = 0x6f7501 };

static void box_of(lg_net_family family, double low[P], double high[P]) {
  if (family == LG_NET_IZHIKEVICH) {
    lg_izh_prior_box(low, high);
    return;
  }
  memcpy(low, lg_tm_prior_low, P * sizeof *low);
  memcpy(high, lg_tm_prior_high, P * sizeof *high);
}

static void to_y(lg_net_family family, const double z[P], float y[P]) {
  double low[P], high[P];
  box_of(family, low, high);
  for (int p = 0; p < P; p++)
    y[p] = (float)((z[p] - 0.5 * (low[p] + high[p])) / (high[p] - low[p]) * 3.4641016151377544);
}

void lg_net_z_per_y(lg_net_family family, double scale[P]) {
  double low[P], high[P];
  box_of(family, low, high);
  for (int p = 0; p < P; p++) scale[p] = (high[p] - low[p]) / 3.4641016151377544;
}

void lg_net_to_natural(lg_net_family family, const double y[P], double natural[P]) {
  double low[P], high[P], z[P];
  box_of(family, low, high);
  for (int p = 0; p < P; p++) {
    z[p] = 0.5 * (low[p] + high[p]) + y[p] * (high[p] - low[p]) / 3.4641016151377544;
    z[p] = fmin(fmax(z[p], low[p]), high[p]);
  }
  if (family == LG_NET_TM) {
    lg_tm_to_natural(z, natural);
    return;
  }
  const lg_izh_params q = lg_izh_from_z(z);
  lg_izh_to_vector(&q, natural);
}

typedef struct job {
  const lg_net_plan *plan;
  uint64_t seed, first;
  size_t samples;
  lg_net_data *data;
  double *scratch;    /* per worker: (2 LANES + 2) * samples */
  lg_izh_data **room; /* per worker; NULL: no closed form among the features */
  double *v, *i;      /* (n, samples) recordings as they are, instead of bins and features; NULL: not wanted */
} job;

/* Bins and features of the traces of one recording. */
static void observe(const job *j, size_t k, unsigned worker, const lg_fit_trace *traces, size_t n_traces) {
  const lg_net_plan *plan = j->plan;
  const double scale = lg_observe_current_scale(traces, n_traces);
  float *x = j->data->x + k * j->data->bins * LG_OBSERVE_CHANNELS;
  lg_observe_fill(traces, n_traces, scale, x);
  lg_observe_pad(x, lg_observe_bins(traces, n_traces), j->data->bins);
  lg_net_fill_features(plan, j->room[worker], traces, n_traces, j->data->f + k * lg_net_feature_width(plan));
}

/* Noise, bins and features of one recorded potential. */
static void record(const job *j, size_t k, unsigned worker, double *v, const double *i) {
  const lg_net_plan *plan = j->plan;
  lg_rng rng = lg_rng_make(j->seed, STREAM_NOISE, j->first + k);
  const double sigma = lg_rng_range(&rng, plan->noise_low_mV, plan->noise_high_mV);
  for (size_t s = 0; s < j->samples; s++) v[s] += sigma * lg_rng_normal(&rng);
  if (j->v) {
    memcpy(j->v + k * j->samples, v, j->samples * sizeof *v);
    memcpy(j->i + k * j->samples, i, j->samples * sizeof *i);
    return;
  }
  const lg_fit_trace trace = {v, i, j->samples, plan->dt_ms};
  observe(j, k, worker, &trace, 1);
}

/* ---- recordings of all kinds ------------------------------------------------------------------- */

/* Where the samples of a sweep begin when sweeps and their leads are laid end to end. */
static size_t sweep_begin(const lg_mixed_layout *l, size_t sweep) {
  size_t at = l->lead;
  for (size_t s = 0; s < sweep; s++) at += l->sweep[s].n + l->lead;
  return at;
}

/* The neuron as it was recorded: an offset of the potential moves those of its parameters that are potentials. No
   offset where that would leave the prior's box. */
static double offset_parameters(lg_net_family family, double offset_mV, double z[P]) {
  static const int izhikevich[] = {2, 6, 8}, tm[] = {5, 6, 7, 8}; /* vr (with it vt), c, vpeak; ENa EK EL VT */
  const int *which = family == LG_NET_TM ? tm : izhikevich, n = family == LG_NET_TM ? 4 : 3;
  double low[P], high[P];
  box_of(family, low, high);
  for (int q = 0; q < n; q++)
    if (z[which[q]] + offset_mV < low[which[q]] || z[which[q]] + offset_mV > high[which[q]]) return 0.0;
  for (int q = 0; q < n; q++) z[which[q]] += offset_mV;
  return offset_mV;
}

/* v, i: sweeps with their leads, end to end; z: the neuron's transformed parameters. */
static void record_mixed(const job *j, size_t k, unsigned worker, const lg_mixed_layout *l, double z[P], double *v,
                         double *i) {
  const lg_net_plan *plan = j->plan;
  const uint64_t index = j->first + k;
  lg_fit_trace traces[LG_MIXED_SWEEPS];
  lg_mixed_errors e = lg_mixed_draw_errors(j->seed, index, plan->noise_low_mV, plan->noise_high_mV, plan->offset_mV);
  e.offset_mV = offset_parameters(plan->family, e.offset_mV, z);
  for (size_t s = 0; s < l->n_sweeps; s++) {
    const size_t at = sweep_begin(l, s);
    lg_mixed_spoil(&e, l, s, j->seed, index, v + at, i + at);
    traces[s] = (lg_fit_trace){v + at, i + at, l->sweep[s].n, l->dt_ms};
  }
  to_y(plan->family, z, j->data->y + k * P);
  observe(j, k, worker, traces, l->n_sweeps);
  if (plan->family == LG_NET_TM) {
    lg_tm_to_natural(z, j->data->natural + k * P);
    return;
  }
  const lg_izh_params p = lg_izh_from_z(z);
  lg_izh_to_vector(&p, j->data->natural + k * P);
}

static void make_izhikevich_mixed(const job *j, size_t k, unsigned worker, double *v, double *i) {
  const uint64_t index = j->first + k;
  lg_mixed_layout l;
  lg_izh_draw draw;
  double z[P];
  lg_mixed_draw(j->seed, index / LG_MIXED_GROUP, j->plan->duration_ms, &l);
  lg_izh_prior_draw(j->seed, index, &draw);
  for (size_t s = 0; s < l.n_sweeps; s++) {
    const size_t at = sweep_begin(&l, s) - l.lead;
    lg_mixed_current(&l, s, j->seed, index, draw.i0_pA, i + at);
    (void)lg_izh_simulate_sampled(&draw.p, i + at, l.lead + l.sweep[s].n, l.dt_ms, v + at, NULL, 0);
  }
  lg_izh_to_z(&draw.p, z);
  record_mixed(j, k, worker, &l, z, v, i);
}

static void make_tm_mixed(const job *j, size_t begin, size_t end, unsigned worker, double *v, double *i) {
  double *lanes_v = i + j->samples, *lanes_i = lanes_v + LANES * j->samples;
  const uint64_t first = j->first + begin;
  lg_mixed_layout l;
  lg_tm_draw draws[LANES];
  lg_mixed_draw(j->seed, first / LG_MIXED_GROUP, j->plan->duration_ms, &l);
  lg_tm_prior_draw(j->seed, first, draws);
  for (size_t s = 0; s < l.n_sweeps; s++) {
    const size_t at = sweep_begin(&l, s) - l.lead;
    lg_tm_batch b = {.taumax_ms = LG_TM_PRIOR_TAUMAX,
                     .dt_ms = l.dt_ms,
                     .substeps = (unsigned)ceil(l.dt_ms / 0.025 - 1e-9),
                     .n = l.lead + l.sweep[s].n,
                     .i_pA = lanes_i + at * LANES,
                     .v_mV = lanes_v + at * LANES};
    for (size_t lane = 0; lane < LANES; lane++) {
      for (size_t p = 0; p < P; p++) b.theta[p][lane] = draws[lane].theta[p];
      lg_mixed_current(&l, s, j->seed, first + lane, draws[lane].i0_pA, i);
      for (size_t q = 0; q < b.n; q++) lanes_i[(at + q) * LANES + lane] = i[q];
    }
    lg_tm_batch_run(&b);
  }
  const size_t all = sweep_begin(&l, l.n_sweeps) - l.lead;
  for (size_t lane = 0; lane < LANES && begin + lane < end; lane++) {
    for (size_t q = 0; q < all; q++) {
      v[q] = lanes_v[q * LANES + lane];
      i[q] = lanes_i[q * LANES + lane];
    }
    record_mixed(j, begin + lane, worker, &l, draws[lane].theta, v, i);
  }
}

/* ---- recordings of one protocol ---------------------------------------------------------------- */

static void make_izhikevich(const job *j, size_t k, unsigned worker, double *v, double *i) {
  const lg_izh_protocol protocol = j->plan->protocol == LG_NET_STEP ? LG_IZH_STEP : LG_IZH_CLONE1;
  lg_izh_draw draw;
  double z[P];
  lg_izh_prior_draw(j->seed, j->first + k, &draw);
  lg_izh_protocol_fill(protocol, draw.i0_pA, j->seed, j->first + k, j->plan->dt_ms, j->samples, i);
  (void)lg_izh_simulate_sampled(&draw.p, i, j->samples, j->plan->dt_ms, v, NULL, 0);
  lg_izh_to_z(&draw.p, z);
  to_y(LG_NET_IZHIKEVICH, z, j->data->y + k * P);
  lg_izh_to_vector(&draw.p, j->data->natural + k * P);
  record(j, k, worker, v, i);
}

static void make_tm(const job *j, size_t begin, size_t end, unsigned worker, double *v, double *i) {
  double *lanes_v = i + j->samples, *lanes_i = lanes_v + LANES * j->samples;
  lg_tm_draw draws[LANES];
  lg_tm_batch b = {
      .taumax_ms = LG_TM_PRIOR_TAUMAX, .dt_ms = j->plan->dt_ms, .n = j->samples, .i_pA = lanes_i, .v_mV = lanes_v};
  b.substeps = (unsigned)ceil(j->plan->dt_ms / 0.025 - 1e-9);
  lg_tm_prior_draw(j->seed, j->first + begin, draws);
  for (size_t l = 0; l < LANES; l++) {
    lg_rng rng = lg_rng_make(j->seed, STREAM_OU, j->first + begin + l);
    for (size_t p = 0; p < P; p++) b.theta[p][l] = draws[l].theta[p];
    if (j->plan->protocol == LG_NET_STEP)
      for (size_t s = 0; s < j->samples; s++) {
        const double t = (double)s * j->plan->dt_ms;
        i[s] = t >= 50.0 && t < 550.0 ? 1.7 * draws[l].i0_pA : 0.0;
      }
    else lg_tm_clone1_current(&rng, draws[l].i0_pA, j->plan->dt_ms, j->samples, i);
    for (size_t s = 0; s < j->samples; s++) lanes_i[s * LANES + l] = i[s];
  }
  lg_tm_batch_run(&b);
  for (size_t l = 0; l < LANES && begin + l < end; l++) {
    const size_t k = begin + l;
    for (size_t s = 0; s < j->samples; s++) {
      v[s] = lanes_v[s * LANES + l];
      i[s] = lanes_i[s * LANES + l];
    }
    to_y(LG_NET_TM, draws[l].theta, j->data->y + k * P);
    lg_tm_to_natural(draws[l].theta, j->data->natural + k * P);
    record(j, k, worker, v, i);
  }
}

static lg_status make_range(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  double *v = j->scratch + (size_t)worker * (2 * LANES + 2) * j->samples, *i = v + j->samples;
  const bool mixed = j->plan->protocol == LG_NET_MIXED;
  if (j->plan->family == LG_NET_TM) (mixed ? make_tm_mixed : make_tm)(j, begin, end, worker, v, i);
  else
    for (size_t k = begin; k < end; k++) (mixed ? make_izhikevich_mixed : make_izhikevich)(j, k, worker, v, i);
  return LG_OK;
}

double lg_net_duration_ms(const lg_net_plan *plan) {
  if (plan->protocol == LG_NET_MIXED) return plan->duration_ms;
  return plan->protocol == LG_NET_STEP ? 600.0 : 1200.0;
}

size_t lg_net_samples(const lg_net_plan *plan) { return (size_t)(lg_net_duration_ms(plan) / plan->dt_ms + 0.5); }

/* Room for the samples of a recording with its leads. */
static size_t most_samples(const lg_net_plan *plan) {
  if (plan->protocol != LG_NET_MIXED) return lg_net_samples(plan);
  return (size_t)((plan->duration_ms + LG_MIXED_SWEEPS * LG_MIXED_LEAD_MS) / LG_MIXED_MIN_DT_MS + 0.5);
}

/* Neurons first … first + n - 1 in pieces, so that progress shows and Ctrl-C is heard. */
static lg_status make_all(lg_ctx *ctx, job *j, size_t n) {
  lg_status status = LG_OK;
  const lg_net_plan *plan = j->plan;
  const lg_net_data *data = j->data;
  const size_t f_width = lg_net_feature_width(plan), workers = (size_t)lg_ctx_threads(ctx);
  const uint64_t first = j->first;
  LG_NEW(ctx, j->scratch, workers * (2 * LANES + 2) * j->samples);
  LG_NEW(ctx, j->room, workers);
  if (!j->v && lg_net_has_closed_form(plan))
    for (size_t w = 0; w < workers; w++) LG_TRY(lg_izh_data_create(ctx, j->samples, &j->room[w]));
  for (size_t done = 0; done < n; done += 256) {
    job piece = *j;
    lg_net_data view = *data;
    if (view.x) view.x += done * data->bins * LG_OBSERVE_CHANNELS;
    if (view.f) view.f += done * f_width;
    view.y += done * P;
    view.natural += done * P;
    if (j->v) {
      piece.v += done * j->samples;
      piece.i += done * j->samples;
    }
    piece.first = first + done;
    piece.data = &view;
    LG_TRY(lg_parallel_for(ctx, n - done < 256 ? n - done : 256, LANES, make_range, &piece));
    LG_TRY(lg_progress(ctx, "simulating neurons", done + 256 < n ? done + 256 : n, n));
  }
done:
  if (j->room)
    for (size_t w = 0; w < workers; w++) lg_izh_data_destroy(ctx, j->room[w]);
  lg_free(ctx, (void *)j->room);
  lg_free(ctx, j->scratch);
  return status;
}

lg_status lg_net_data_make(lg_ctx *ctx, const lg_net_plan *plan, uint64_t seed, uint64_t first, size_t n,
                           lg_net_data *data) {
  lg_status status = LG_OK;
  job j = {.plan = plan, .seed = seed, .first = first, .samples = most_samples(plan), .data = data};
  memset(data, 0, sizeof *data);
  data->n = n;
  data->bins = (size_t)(lg_net_duration_ms(plan) / LG_OBSERVE_BIN_MS + 0.5);
  LG_NEW(ctx, data->x, n * data->bins * LG_OBSERVE_CHANNELS);
  LG_NEW(ctx, data->f, n * lg_net_feature_width(plan) + 1);
  LG_NEW(ctx, data->y, n * P);
  LG_NEW(ctx, data->natural, n * P);
  status = make_all(ctx, &j, n);
done:
  if (status != LG_OK) lg_net_data_clear(ctx, data);
  return status;
}

lg_status lg_net_record(lg_ctx *ctx, const lg_net_plan *plan, uint64_t seed, uint64_t first, size_t n, double *v_mV,
                        double *i_pA, double *natural) {
  lg_status status = LG_OK;
  lg_net_data data = {.n = n, .natural = natural};
  job j = {
      .plan = plan, .seed = seed, .first = first, .samples = lg_net_samples(plan), .data = &data, .v = v_mV, .i = i_pA};
  if (plan->protocol == LG_NET_MIXED) /* their sampling and lengths differ */
    return lg_fail(ctx, LG_ERR_ARGUMENT, "recordings of the protocol MIXED are not one block of samples");
  LG_NEW(ctx, data.y, n * P);
  status = make_all(ctx, &j, n);
done:
  lg_free(ctx, data.y);
  return status;
}

void lg_net_data_clear(lg_ctx *ctx, lg_net_data *data) {
  lg_free(ctx, data->x);
  lg_free(ctx, data->f);
  lg_free(ctx, data->y);
  lg_free(ctx, data->natural);
  memset(data, 0, sizeof *data);
}

/* Batches of tm neurons with every current: sort by what they have, run tiles, compact what stopped, give out. */
#include "neuron/batch_full.h"

#include <math.h>
#include <string.h>

#define SLICE_STEPS 4096 /* between two looks at the cancel flag */
#define STOP_STEPS 512   /* the same when neurons stop, so that lanes are filled again */
#define RING_MS 44.0     /* a shape wants 30, and a quarter may be new since the last look */

enum { FAILED_REST = 1, FAILED_RANGE = 2 };

typedef struct full_batch {
  lg_ctx *ctx;
  const lg_neuron *neurons;
  const lg_batch_input *input;
  const lg_batch_options *options;
  const lg_batch_output *output;
  const lg_full_kernels *kernels;
  size_t n_samples;
  size_t *order;         /* (n_neurons) sorted by flags, stable */
  unsigned char *failed; /* (n_neurons) */
  struct piece {
    size_t first, n;
    unsigned flags;
  } * pieces; /* tiles of `order` */
  size_t n_pieces;
  lg_full_tile *tiles; /* one per worker */
  size_t ring_rows;
  double (*rings)[LG_TILE]; /* (workers, ring_rows) or NULL */
  float (*rings32)[LG_TILE];
  double *scratch; /* (workers, ring_rows) */
} full_batch;

/* ---- checks ------------------------------------------------------------------------------------------------------ */

static lg_status check_lists(lg_ctx *ctx, const lg_batch_input *in, const lg_batch_output *o) {
  if (o->n_windows > LG_BATCH_MAX_WINDOWS)
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu windows; at most %d", o->n_windows, (int)LG_BATCH_MAX_WINDOWS);
  if ((o->n_windows > 0 && (!o->windows || !o->window_sums)) ||
      (o->n_probes > 0 && (!o->probe_steps || !o->probe_v_mV)))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "windows and probes need a list and room for what comes out");
  for (size_t k = 0; k < o->n_windows; k++)
    if (!(o->windows[k].step0 < o->windows[k].step1 && o->windows[k].step1 <= in->n_steps))
      return lg_fail(ctx, LG_ERR_RANGE, "window %zu is steps %zu … %zu; allowed is 0 … %zu, the end behind the start",
                     k, o->windows[k].step0, o->windows[k].step1, in->n_steps);
  for (size_t k = 0; k < o->n_probes; k++)
    if (o->probe_steps[k] > in->n_steps || (k > 0 && o->probe_steps[k] < o->probe_steps[k - 1]))
      return lg_fail(ctx, LG_ERR_RANGE, "probe %zu is at step %zu; probes ascend and end at step %zu", k,
                     o->probe_steps[k], in->n_steps);
  return LG_OK;
}

static lg_status check_neurons(const full_batch *b) {
  for (size_t k = 0; k < b->input->n_neurons; k++) {
    const lg_neuron *n = &b->neurons[k];
    if (n->info != &lg_info_tm) return lg_fail(b->ctx, LG_ERR_ARGUMENT, "neuron %zu is not tm", k);
    if (k > 0 && memcmp(n, n - 1, sizeof *n) == 0) continue;
    const lg_status status = lg_neuron_check(b->ctx, n);
    if (status != LG_OK) return lg_fail_prefix(b->ctx, status, "neuron %zu: ", k);
  }
  return LG_OK;
}

/* ---- sorting into tiles ------------------------------------------------------------------------------------------ */

/* One bucket per set of flags; stable, so that equal neurons stay together. */
static lg_status sort_neurons(full_batch *b) {
  enum { SETS = 1024 };
  lg_status status = LG_OK;
  const size_t n = b->input->n_neurons;
  uint16_t *flags = NULL;
  size_t start[SETS + 1] = {0}, at[SETS];
  LG_NEW(b->ctx, flags, n);
  LG_NEW(b->ctx, b->order, n);
  for (size_t k = 0; k < n; k++) {
    const bool same = k > 0 && memcmp(&b->neurons[k], &b->neurons[k - 1], sizeof *b->neurons) == 0;
    flags[k] = same ? flags[k - 1] : (uint16_t)lg_full_flags(&b->neurons[k]);
    start[flags[k] + 1]++;
  }
  for (size_t s = 0; s < SETS; s++) {
    b->n_pieces += (start[s + 1] + LG_TILE - 1) / LG_TILE;
    start[s + 1] += start[s];
    at[s] = start[s];
  }
  for (size_t k = 0; k < n; k++) b->order[at[flags[k]]++] = k;
  LG_NEW(b->ctx, b->pieces, b->n_pieces);
  size_t piece = 0;
  for (size_t s = 0; s < SETS; s++)
    for (size_t first = start[s]; first < start[s + 1]; first += LG_TILE) {
      const size_t left = start[s + 1] - first;
      b->pieces[piece++] = (struct piece){first, left < LG_TILE ? left : LG_TILE, (unsigned)s};
    }
done:
  lg_free(b->ctx, flags);
  return status;
}

/* ---- a tile: in, through time, out ------------------------------------------------------------------------------- */

static void nan_out(const full_batch *b, size_t neuron) {
  const lg_batch_output *o = b->output;
  const double none = (double)NAN;
  if (o->n_spikes) o->n_spikes[neuron] = 0;
  if (o->last_v_mV) o->last_v_mV[neuron] = none;
  for (size_t k = 0; k < b->n_samples; k++) o->v_mV[neuron * b->n_samples + k] = none;
  if (o->first_spike) o->first_spike[neuron] = (lg_batch_shape){none, none, none, none, none, none};
  for (size_t k = 0; k < o->n_probes; k++) o->probe_v_mV[neuron * o->n_probes + k] = none;
  for (size_t k = 0; k < o->n_windows; k++)
    o->window_sums[neuron * o->n_windows + k] = (lg_batch_window_sum){none, none, none, 0};
}

static void reset_lane(lg_full_tile *t, size_t lane, size_t neuron) {
  t->neuron[lane] = neuron;
  t->count[lane] = 0;
  t->stop_step[lane] = SIZE_MAX;
  t->n_queue[lane] = 0;
  t->first_cross[lane] = SIZE_MAX;
  t->shaped[lane] = 0;
  for (size_t w = 0; w < LG_BATCH_MAX_WINDOWS; w++) {
    t->sum[w][lane] = 0.0;
    t->low[w][lane] = (double)INFINITY;
    t->high[w][lane] = -(double)INFINITY;
    t->window_spikes[w][lane] = 0;
  }
}

static void copy_lane(lg_full_tile *t, size_t to, size_t from) {
  for (size_t r = 0; r < LG_FR_ROWS; r++) {
    t->row[r][to] = t->row[r][from];
    t->row32[r][to] = t->row32[r][from];
  }
  for (size_t r = 0; r < LG_FR_GNA; r++) t->carry32[r][to] = t->carry32[r][from];
  t->neuron[to] = t->neuron[from];
  t->count[to] = t->count[from];
  t->stop_step[to] = t->stop_step[from];
  t->stop_v[to] = t->stop_v[from];
  t->n_queue[to] = t->n_queue[from];
  memcpy(t->queue[to], t->queue[from], sizeof t->queue[to]);
  t->first_cross[to] = t->first_cross[from];
  t->shaped[to] = t->shaped[from];
  for (size_t k = 0; t->ring && k <= t->ring_mask; k++) t->ring[k][to] = t->ring[k][from];
  for (size_t k = 0; t->ring32 && k <= t->ring_mask; k++) t->ring32[k][to] = t->ring32[k][from];
  for (size_t w = 0; w < LG_BATCH_MAX_WINDOWS; w++) {
    t->sum[w][to] = t->sum[w][from];
    t->low[w][to] = t->low[w][from];
    t->high[w][to] = t->high[w][from];
    t->window_spikes[w][to] = t->window_spikes[w][from];
  }
}

/* Neurons of a piece into the lanes of a tile; those without a rest are left out. */
static void fill_tile(const full_batch *b, lg_full_tile *t, const struct piece *p) {
  const lg_neuron *before = NULL;
  t->flags = p->flags;
  t->n = 0;
  t->n_stopped = 0;
  t->step0 = 0;
  memset(t->row, 0, sizeof t->row);
  memset(t->carry32, 0, sizeof t->carry32);
  for (size_t k = 0; k < p->n; k++) {
    const size_t neuron = b->order[p->first + k];
    const double scale = b->input->scale ? b->input->scale[neuron] : 1.0;
    const double offset = b->input->offset ? b->input->offset[neuron] : 0.0;
    if (!lg_full_fill(t, t->n, &b->neurons[neuron], before, scale, offset)) {
      b->failed[neuron] = FAILED_REST;
      nan_out(b, neuron);
      continue;
    }
    before = &b->neurons[neuron];
    reset_lane(t, t->n++, neuron);
  }
  for (size_t lane = t->n; t->n > 0 && lane < LG_TILE; lane++)
    for (size_t r = 0; r < LG_FR_ROWS; r++) t->row[r][lane] = t->row[r][t->n - 1];
  for (size_t r = 0; t->single && r < LG_FR_ROWS; r++)
    for (size_t lane = 0; lane < LG_TILE; lane++) t->row32[r][lane] = (float)t->row[r][lane];
}

/* Single precision: window sums of one stretch at a time, so that they stay small. */
static void clear_stretch(lg_full_tile *t) {
  for (size_t k = 0; k < t->n_active; k++)
    for (size_t lane = 0; lane < LG_TILE; lane++) {
      t->sum32[t->active[k]][lane] = 0.0f;
      t->low32[t->active[k]][lane] = (float)INFINITY;
      t->high32[t->active[k]][lane] = -(float)INFINITY;
    }
}

static void add_stretch(lg_full_tile *t) {
  for (size_t k = 0; k < t->n_active; k++) {
    const size_t w = t->active[k];
    for (size_t lane = 0; lane < t->n; lane++) {
      t->sum[w][lane] += (double)t->sum32[w][lane];
      if ((double)t->low32[w][lane] < t->low[w][lane]) t->low[w][lane] = (double)t->low32[w][lane];
      if ((double)t->high32[w][lane] > t->high[w][lane]) t->high[w][lane] = (double)t->high32[w][lane];
    }
  }
}

static void finish_windows(const full_batch *b, const lg_full_tile *t, size_t lane) {
  const lg_batch_output *o = b->output;
  for (size_t w = 0; w < o->n_windows; w++) {
    lg_batch_window_sum *s = &o->window_sums[t->neuron[lane] * o->n_windows + w];
    const double none = (double)NAN;
    *s = (lg_batch_window_sum){none, none, none, t->window_spikes[w][lane]};
    if (t->stop_step[lane] < o->windows[w].step1) continue;
    s->mean_mV = t->sum[w][lane] / (double)(o->windows[w].step1 - o->windows[w].step0);
    s->min_mV = t->low[w][lane];
    s->max_mV = t->high[w][lane];
  }
}

static void finish_lane(const full_batch *b, lg_full_tile *t, size_t lane) {
  const lg_batch_output *o = b->output;
  const size_t neuron = t->neuron[lane], stop = t->stop_step[lane];
  const double v = stop == SIZE_MAX ? lg_full_v(t, lane) : t->stop_v[lane];
  if (!(fabs(v) < 1e9)) {
    b->failed[neuron] = FAILED_RANGE;
    nan_out(b, neuron);
    return;
  }
  if (t->ring_mask > 0) lg_full_measure(t, lane, true);
  if (o->n_spikes) o->n_spikes[neuron] = t->count[lane];
  if (o->last_v_mV) o->last_v_mV[neuron] = v;
  finish_windows(b, t, lane);
  if (stop == SIZE_MAX) return;
  for (size_t k = 0; k < b->n_samples; k++) /* the sample at the stop itself may fall behind the last stretch */
    if (k * o->sample_every >= stop) o->v_mV[neuron * b->n_samples + k] = k * o->sample_every > stop ? (double)NAN : v;
  for (size_t k = 0; k < o->n_probes; k++)
    if (o->probe_steps[k] >= stop) o->probe_v_mV[neuron * o->n_probes + k] = o->probe_steps[k] > stop ? (double)NAN : v;
}

/* Take stopped lanes out; the last ones move into their places. */
static void compact(const full_batch *b, lg_full_tile *t) {
  for (size_t lane = 0; lane < t->n;) {
    if (t->stop_step[lane] == SIZE_MAX) {
      lane++;
      continue;
    }
    finish_lane(b, t, lane);
    if (--t->n > lane) copy_lane(t, lane, t->n);
  }
  t->n_stopped = 0;
}

static void probe(const full_batch *b, const lg_full_tile *t, size_t step) {
  const lg_batch_output *o = b->output;
  for (size_t k = 0; k < o->n_probes; k++)
    for (size_t lane = 0; o->probe_steps[k] == step && lane < t->n; lane++)
      o->probe_v_mV[t->neuron[lane] * o->n_probes + k] = lg_full_v(t, lane);
}

static size_t sooner(size_t now, size_t next, size_t edge) { return edge > now && edge < next ? edge : next; }

/* End of the stretch from step0 in which the windows and probes stay as they are; sets those that hold. */
static size_t next_edge(const full_batch *b, lg_full_tile *t, size_t most) {
  const lg_batch_output *o = b->output;
  const size_t now = t->step0, end = b->input->n_steps;
  size_t next = end - now < most ? end : now + most;
  t->n_active = 0;
  for (size_t w = 0; w < o->n_windows; w++) {
    next = sooner(now, sooner(now, next, o->windows[w].step0), o->windows[w].step1);
    if (now >= o->windows[w].step0 && now < o->windows[w].step1) t->active[t->n_active++] = w;
  }
  for (size_t k = 0; k < o->n_probes; k++) next = sooner(now, next, o->probe_steps[k]);
  return next;
}

static void last_sample(const full_batch *b, const lg_full_tile *t) {
  const lg_batch_output *o = b->output;
  if (!o->v_mV || b->input->n_steps % o->sample_every != 0) return;
  for (size_t lane = 0; lane < t->n; lane++)
    o->v_mV[t->neuron[lane] * b->n_samples + b->n_samples - 1] = lg_full_v(t, lane);
}

static lg_status run_tile(const full_batch *b, lg_full_tile *t) {
  const lg_full_kernels *kernels = b->kernels;
  const size_t ring_steps = t->ring_mask > 0 ? (t->ring_mask + 1) / 4 : SIZE_MAX;
  size_t most = b->options->stop_after_spikes > 0 || t->single ? STOP_STEPS : SLICE_STEPS;
  if (ring_steps < most) most = ring_steps;
  const bool any = t->flags & LG_FULL_STAGE;
  const lg_full_fn kernel = t->single ? (any ? kernels->any32 : kernels->base32) : (any ? kernels->any : kernels->base);
  probe(b, t, 0);
  while (t->step0 < b->input->n_steps && t->n > 0) {
    if (lg_cancelled(b->ctx)) return LG_ERR_CANCELLED;
    t->step1 = next_edge(b, t, most);
    if (t->single) clear_stretch(t);
    kernel(t);
    if (t->single) add_stretch(t);
    t->step0 = t->step1;
    for (size_t lane = 0; t->ring_mask > 0 && lane < t->n; lane++) lg_full_measure(t, lane, false);
    if (t->n_stopped > 0) compact(b, t);
    probe(b, t, t->step0);
  }
  last_sample(b, t);
  for (size_t lane = 0; lane < t->n; lane++) finish_lane(b, t, lane);
  return LG_OK;
}

static lg_status run_pieces(void *user, size_t begin, size_t end, unsigned worker) {
  const full_batch *b = user;
  lg_full_tile *t = &b->tiles[worker];
  t->dt_ms = b->input->dt_ms;
  t->waveform = b->input->waveform;
  t->options = b->options;
  t->output = b->output;
  t->n_samples = b->n_samples;
  t->single = b->options->single_precision != 0;
  if (b->ring_rows > 0) {
    t->ring = b->rings ? b->rings + worker * b->ring_rows : NULL;
    t->ring32 = b->rings32 ? b->rings32 + worker * b->ring_rows : NULL;
    t->ring_mask = b->ring_rows - 1;
    t->scratch = b->scratch + worker * b->ring_rows;
  }
  for (size_t k = begin; k < end; k++) {
    fill_tile(b, t, &b->pieces[k]);
    const lg_status status = run_tile(b, t);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

/* The first failed neuron in words, or the marks for the caller. */
static lg_status tell_failed(const full_batch *b) {
  for (size_t k = 0; k < b->input->n_neurons; k++) {
    if (b->output->failed) b->output->failed[k] = b->failed[k] != 0;
    else if (b->failed[k] == FAILED_REST)
      return lg_fail(b->ctx, LG_ERR_RANGE, "neuron %zu: there is no resting potential between -150 and 50 mV; give V0",
                     k);
    else if (b->failed[k] == FAILED_RANGE)
      return lg_fail(b->ctx, LG_ERR_NUMERICAL, "the potential of neuron %zu left the finite range; take a smaller dt",
                     k);
  }
  return LG_OK;
}

static size_t ring_size(double dt_ms) {
  size_t rows = 256;
  while (rows < 65536 && (double)rows * dt_ms < RING_MS) rows *= 2;
  return rows;
}

lg_status lg_full_run(lg_ctx *ctx, const lg_neuron *neurons, const lg_batch_input *input,
                      const lg_batch_options *options, const lg_batch_output *output, const lg_full_kernels *kernels) {
  lg_status status = LG_OK;
  full_batch b = {.ctx = ctx,
                  .neurons = neurons,
                  .input = input,
                  .options = options,
                  .output = output,
                  .kernels = kernels,
                  .n_samples = output->v_mV ? input->n_steps / output->sample_every + 1 : 0};
  const size_t workers = lg_ctx_threads(ctx) > 0 ? lg_ctx_threads(ctx) : 1;
  LG_TRY(check_lists(ctx, input, output));
  LG_TRY(check_neurons(&b));
  LG_TRY(sort_neurons(&b));
  LG_NEW(ctx, b.failed, input->n_neurons);
  LG_NEW(ctx, b.tiles, workers);
  if ((output->peaks_mV && output->max_spikes > 0) || output->first_spike) {
    b.ring_rows = ring_size(input->dt_ms);
    if (options->single_precision) LG_NEW(ctx, b.rings32, workers * b.ring_rows);
    else LG_NEW(ctx, b.rings, workers * b.ring_rows);
    LG_NEW(ctx, b.scratch, workers * b.ring_rows);
  }
  status = lg_parallel_for(ctx, b.n_pieces, 1, run_pieces, &b);
  if (status == LG_ERR_CANCELLED) status = lg_fail(ctx, status, "the batch was cancelled");
  if (status == LG_OK) status = tell_failed(&b);
done:
  lg_free(ctx, b.order);
  lg_free(ctx, b.failed);
  lg_free(ctx, b.pieces);
  lg_free(ctx, b.tiles);
  lg_free(ctx, b.rings);
  lg_free(ctx, b.rings32);
  lg_free(ctx, b.scratch);
  return status;
}

/* lg_batch_run: neurons into tiles, tiles through a kernel, results out. */
#include "neuron/batch.h"
#include "base/cpu.h"
#include "base/elementary.h"
#include "neuron/batch_full.h"
#include "neuron/plan.h"

#include <string.h>

#define SLICE_STEPS 8192 /* between two looks at the cancel flag */

static const size_t rows_of[LG_BATCH_KINDS] = {LG_BI_ROWS, LG_BI_ROWS, LG_BH_ROWS, LG_BT_ROWS, 0};

typedef struct batch {
  lg_ctx *ctx;
  const lg_neuron *neurons;
  const lg_batch_input *input;
  const lg_batch_output *output;
  lg_batch_options options;
  lg_tile_fn kernel;
  size_t n_tiles, n_rows, n_samples;
  double (*rows)[LG_TILE];  /* (n_tiles, n_rows) */
  float (*rows32)[LG_TILE]; /* the same, or NULL */
} batch;

lg_batch_isa lg_batch_best_isa(void) {
  const lg_cpu level = lg_cpu_level();
  return level >= LG_CPU_V4 ? LG_BATCH_AVX512 : level >= LG_CPU_V3 ? LG_BATCH_AVX2 : LG_BATCH_PLAIN;
}

static const lg_tile_kernels *kernels_of(lg_batch_isa isa) {
  const lg_batch_isa best = lg_batch_best_isa();
  if (isa == LG_BATCH_BEST) isa = best;
  if (isa == LG_BATCH_PLAIN) return &lg_tile_plain;
  if (isa == LG_BATCH_AVX2 && best >= LG_BATCH_AVX2) return &lg_tile_v3;
  if (isa == LG_BATCH_AVX512 && best >= LG_BATCH_AVX512) return &lg_tile_v4;
  return NULL;
}

static lg_status check(lg_ctx *ctx, const lg_batch_input *in, const lg_batch_options *o, const lg_batch_output *out) {
  if ((unsigned)o->kind >= LG_BATCH_KINDS) return lg_fail(ctx, LG_ERR_ARGUMENT, "kind %d is unknown", (int)o->kind);
  if (in->n_neurons == 0 || !in->waveform)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "a batch needs at least one neuron and a waveform");
  if (!(in->dt_ms >= 1e-6 && in->dt_ms <= 100.0))
    return lg_fail(ctx, LG_ERR_RANGE, "dt is %g ms; allowed is 1e-6 … 100", in->dt_ms);
  if (out->v_mV && out->sample_every == 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "sample_every is 0; at least 1 step per sample");
  if (o->kind != LG_BATCH_TM_FULL && (out->peaks_mV || out->first_spike || out->n_probes > 0 || out->n_windows > 0 ||
                                      out->failed || o->stop_after_spikes > 0 || o->shape_step0 > 0))
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "peaks, shapes, probes, windows, marks and stops are for TM_FULL only");
  if (o->single_precision && o->kind != LG_BATCH_IZHIKEVICH_EULER && o->kind != LG_BATCH_TM_FULL)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "single precision is for Izhikevich with Euler and for TM_FULL only");
  for (size_t k = 0; k < in->n_steps; k++)
    if (!isfinite(in->waveform[k])) return lg_fail(ctx, LG_ERR_RANGE, "waveform[%zu] is not a finite number", k);
  for (size_t k = 0; k < in->n_neurons; k++)
    if ((in->scale && !isfinite(in->scale[k])) || (in->offset && !isfinite(in->offset[k])))
      return lg_fail(ctx, LG_ERR_RANGE, "scale or offset of neuron %zu is not a finite number", k);
  return LG_OK;
}

static void set_input(const batch *b, size_t neuron, double factor, double *scale, double *offset) {
  *scale = factor * (b->input->scale ? b->input->scale[neuron] : 1.0);
  *offset = factor * (b->input->offset ? b->input->offset[neuron] : 0.0);
}

static lg_status fill_izhikevich(const batch *b, size_t neuron, double (*row)[LG_TILE], size_t lane) {
  const lg_neuron *n = &b->neurons[neuron];
  if (n->info != &lg_info_izhikevich[LG_IZH_STD])
    return lg_fail(b->ctx, LG_ERR_ARGUMENT, "neuron %zu is not izhikevich/std", neuron);
  const lg_status status = lg_neuron_check(b->ctx, n);
  if (status != LG_OK) return lg_fail_prefix(b->ctx, status, "neuron %zu: ", neuron);
  const double *p = n->value, inv_C = 1.0 / p[0];
  const double dt = b->options.kind == LG_BATCH_IZHIKEVICH_EULER ? b->input->dt_ms : 1.0;
  row[LG_BI_Q][lane] = dt * p[1] * inv_C;
  row[LG_BI_G][lane] = p[3] - p[2];
  row[LG_BI_A][lane] = dt * p[4];
  row[LG_BI_E][lane] = dt * p[5] * inv_C;
  row[LG_BI_RESET][lane] = p[6] - p[2];
  row[LG_BI_JUMP][lane] = dt * p[7] * inv_C;
  row[LG_BI_PEAK][lane] = p[8] - p[2];
  row[LG_BI_VR][lane] = p[2];
  row[LG_BI_X][lane] = isnan(n->initial[0]) ? 0.0 : n->initial[0] - p[2];
  row[LG_BI_W][lane] = isnan(n->initial[1]) ? 0.0 : dt * n->initial[1] * inv_C;
  set_input(b, neuron, dt * inv_C, &row[LG_BI_SCALE][lane], &row[LG_BI_OFFSET][lane]);
  return LG_OK;
}

static lg_status fill_hh52(const batch *b, size_t neuron, double (*row)[LG_TILE], size_t lane) {
  lg_plan plan;
  const lg_neuron *n = &b->neurons[neuron];
  if (n->info != &lg_info_hh52) return lg_fail(b->ctx, LG_ERR_ARGUMENT, "neuron %zu is not hh52", neuron);
  const lg_status status = lg_plan_make(b->ctx, n, &plan);
  if (status != LG_OK) return lg_fail_prefix(b->ctx, status, "neuron %zu: ", neuron);
  const double *p = n->value;
  for (size_t k = 0; k < 4; k++) row[LG_BH_V + k][lane] = plan.y0[k];
  row[LG_BH_C_DT][lane] = p[LG_HH_C] / b->input->dt_ms;
  row[LG_BH_GNA][lane] = p[LG_HH_GNA];
  row[LG_BH_GK][lane] = p[LG_HH_GK];
  row[LG_BH_GL][lane] = p[LG_HH_GL];
  row[LG_BH_ENA][lane] = p[LG_HH_ENA];
  row[LG_BH_EK][lane] = p[LG_HH_EK];
  row[LG_BH_GLEL][lane] = p[LG_HH_GL] * p[LG_HH_EL];
  set_input(b, neuron, 1.0, &row[LG_BH_SCALE][lane], &row[LG_BH_OFFSET][lane]);
  return LG_OK;
}

static lg_status fill_tm(const batch *b, size_t neuron, double (*row)[LG_TILE], size_t lane) {
  lg_plan plan;
  const lg_neuron *n = &b->neurons[neuron];
  if (n->info != &lg_info_tm) return lg_fail(b->ctx, LG_ERR_ARGUMENT, "neuron %zu is not tm", neuron);
  const lg_status status = lg_plan_make(b->ctx, n, &plan);
  if (status != LG_OK) return lg_fail_prefix(b->ctx, status, "neuron %zu: ", neuron);
  const double *p = n->value, inv_C = 1.0 / p[LG_TM_C];
  if (plan.n != 5 || p[LG_TM_GNAP] > 0.0 || p[LG_TM_GCAL] > 0.0 || p[LG_TM_H_SHIFT] != 0.0 ||
      p[LG_TM_RATE_SCALE] != 1.0)
    return lg_fail(b->ctx, LG_ERR_ARGUMENT, "neuron %zu has optional currents, which batches do not run", neuron);
  for (size_t k = 0; k < 5; k++) row[LG_BT_V + k][lane] = plan.y0[k];
  row[LG_BT_GNA][lane] = p[LG_TM_GNA] * p[LG_TM_GNA_SCALE] * inv_C;
  row[LG_BT_GK][lane] = p[LG_TM_GK] * p[LG_TM_GK_SCALE] * inv_C;
  row[LG_BT_GM][lane] = p[LG_TM_GM] * p[LG_TM_GM_SCALE] * inv_C;
  /* tonic GABA and GIRK are leaks of their own potentials */
  row[LG_BT_GL][lane] = (p[LG_TM_GL] + (p[LG_TM_GGABA] + p[LG_TM_GGIRK])) * inv_C;
  row[LG_BT_ENA][lane] = p[LG_TM_ENA];
  row[LG_BT_EK][lane] = p[LG_TM_EK];
  row[LG_BT_GLEL][lane] =
      (p[LG_TM_GL] * p[LG_TM_EL] + (p[LG_TM_GGABA] * p[LG_TM_EGABA] + p[LG_TM_GGIRK] * p[LG_TM_EK])) * inv_C;
  row[LG_BT_VT][lane] = p[LG_TM_VT];
  row[LG_BT_PSCALE][lane] = lg_exp((p[LG_TM_VT] + 35.0 - p[LG_TM_P_SHIFT]) * 0.05);
  row[LG_BT_TAU_INV][lane] = 1.0 / p[LG_TM_TAUMAX];
  set_input(b, neuron, inv_C, &row[LG_BT_SCALE][lane], &row[LG_BT_OFFSET][lane]);
  return LG_OK;
}

static double (*tile_rows(const batch *b, size_t tile))[LG_TILE] { return b->rows + tile * b->n_rows; }

static double lane_v(const batch *b, size_t tile, size_t lane) {
  const double(*row)[LG_TILE] = (const double(*)[LG_TILE])tile_rows(b, tile);
  const bool izhikevich = b->options.kind <= LG_BATCH_IZHIKEVICH_RK4;
  return izhikevich ? row[LG_BI_X][lane] + row[LG_BI_VR][lane] : row[0][lane];
}

static size_t count_row(lg_batch_kind kind) {
  return kind == LG_BATCH_HH52_STAGGERED ? LG_BH_COUNT : kind == LG_BATCH_TM_RK4 ? LG_BT_COUNT : LG_BI_COUNT;
}

static lg_status fill_tile(const batch *b, size_t tile) {
  double(*row)[LG_TILE] = tile_rows(b, tile);
  for (size_t lane = 0; lane < LG_TILE; lane++) {
    const size_t neuron = tile * LG_TILE + lane;
    if (neuron >= b->input->n_neurons) { /* lanes beyond the end repeat the last neuron and are not written out */
      for (size_t r = 0; r < b->n_rows; r++) row[r][lane] = row[r][lane - 1];
      continue;
    }
    lg_status status;
    if (b->options.kind == LG_BATCH_HH52_STAGGERED) status = fill_hh52(b, neuron, row, lane);
    else if (b->options.kind == LG_BATCH_TM_RK4) status = fill_tm(b, neuron, row, lane);
    else status = fill_izhikevich(b, neuron, row, lane);
    if (status != LG_OK) return status;
    if (b->output->v_mV) b->output->v_mV[neuron * b->n_samples] = lane_v(b, tile, lane);
  }
  return LG_OK;
}

static void to_single(const batch *b, size_t tile) {
  for (size_t r = 0; r < b->n_rows; r++)
    for (size_t l = 0; l < LG_TILE; l++) b->rows32[tile * b->n_rows + r][l] = (float)tile_rows(b, tile)[r][l];
}

static void to_double(const batch *b, size_t tile) {
  for (size_t r = 0; r < b->n_rows; r++)
    for (size_t l = 0; l < LG_TILE; l++) tile_rows(b, tile)[r][l] = (double)b->rows32[tile * b->n_rows + r][l];
}

static lg_status run_tiles(void *user, size_t begin, size_t end, unsigned worker) {
  const batch *b = user;
  (void)worker;
  for (size_t k = begin; k < end; k++) {
    const size_t left = b->input->n_neurons - k * LG_TILE;
    lg_tile tile = {.row = tile_rows(b, k),
                    .first = k * LG_TILE,
                    .n = left < LG_TILE ? left : LG_TILE,
                    .dt_ms = b->input->dt_ms,
                    .waveform = b->input->waveform,
                    .output = b->output,
                    .n_samples = b->n_samples};
    if (b->rows32) {
      tile.row32 = b->rows32 + k * b->n_rows;
      to_single(b, k);
    }
    while (tile.step0 < b->input->n_steps) {
      if (lg_cancelled(b->ctx)) return LG_ERR_CANCELLED;
      const size_t rest = b->input->n_steps - tile.step0;
      tile.step1 = tile.step0 + (rest < SLICE_STEPS ? rest : SLICE_STEPS);
      b->kernel(&tile);
      tile.step0 = tile.step1;
    }
    if (b->rows32) to_double(b, k);
  }
  return LG_OK;
}

static lg_status give_out(const batch *b) {
  for (size_t n = 0; n < b->input->n_neurons; n++) {
    const size_t tile = n / LG_TILE, lane = n % LG_TILE;
    const double v = lane_v(b, tile, lane);
    if (!(fabs(v) < 1e9))
      return lg_fail(b->ctx, LG_ERR_NUMERICAL, "the potential of neuron %zu left the finite range; take a smaller dt",
                     n);
    if (b->output->n_spikes) b->output->n_spikes[n] = (uint32_t)tile_rows(b, tile)[count_row(b->options.kind)][lane];
    if (b->output->last_v_mV) b->output->last_v_mV[n] = v;
  }
  return LG_OK;
}

static lg_status run_full(lg_ctx *ctx, const lg_neuron *neurons, const lg_batch_input *input,
                          const lg_batch_options *options, const lg_batch_output *output) {
  const lg_tile_kernels *k = kernels_of(options->isa);
  if (!k) return lg_fail(ctx, LG_ERR_UNSUPPORTED, "this processor lacks the instruction set asked for");
  const lg_full_kernels *full = k == &lg_tile_v4 ? &lg_full_v4 : k == &lg_tile_v3 ? &lg_full_v3 : &lg_full_plain;
  return lg_full_run(ctx, neurons, input, options, output, full);
}

lg_status lg_batch_run(lg_ctx *ctx, const lg_neuron *neurons, const lg_batch_input *input,
                       const lg_batch_options *options, const lg_batch_output *output) {
  static const lg_batch_options defaults = LG_BATCH_OPTIONS_INIT;
  lg_status status = LG_OK;
  batch b = {
      .ctx = ctx, .neurons = neurons, .input = input, .output = output, .options = options ? *options : defaults};
  LG_TRY(check(ctx, input, &b.options, output));
  if (b.options.kind == LG_BATCH_TM_FULL) return run_full(ctx, neurons, input, &b.options, output);
  const lg_tile_kernels *kernels = kernels_of(b.options.isa);
  if (!kernels) return lg_fail(ctx, LG_ERR_UNSUPPORTED, "this processor lacks the instruction set asked for");
  b.kernel = b.options.single_precision ? kernels->euler32 : kernels->run[b.options.kind];
  b.n_tiles = (input->n_neurons - 1) / LG_TILE + 1;
  b.n_rows = rows_of[b.options.kind];
  b.n_samples = output->v_mV ? input->n_steps / output->sample_every + 1 : 0;
  LG_NEW(ctx, b.rows, b.n_tiles * b.n_rows);
  if (b.options.single_precision) LG_NEW(ctx, b.rows32, b.n_tiles * b.n_rows);
  for (size_t k = 0; k < b.n_tiles; k++) LG_TRY(fill_tile(&b, k));
  status = lg_parallel_for(ctx, b.n_tiles, 1, run_tiles, &b);
  if (status == LG_ERR_CANCELLED) status = lg_fail(ctx, status, "the batch was cancelled");
  if (status == LG_OK) status = give_out(&b);
done:
  lg_free(ctx, b.rows);
  lg_free(ctx, b.rows32);
  return status;
}

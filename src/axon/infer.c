/* Networks arranged for the kernels of infer.tmpl.h, and many profiles through them. */
#include "axon/infer.h"

#include "base/cpu.h"
#include "base/elementary.h"

#include <string.h>

enum { GROUPS = 4 /* of lanes in a piece of work: 64 profiles, 0.3 ms */ };

const axon_infer_build *lg_axon_infer_best(void) {
  const lg_cpu level = lg_cpu_level();
  if (level >= LG_CPU_V4) return &lg_axon_infer_v4;
  return level >= LG_CPU_V3 ? &lg_axon_infer_v3 : &lg_axon_infer_plain;
}

/* ---- arranging ---------------------------------------------------------------------------------------------- */

/* What a layer sees begins at `input` of the scratch, with zeros of `pad` times on both sides; its result is the next
 * one's input. */
static void add_stage(axon_infer *net, const axon_stage *s, size_t *packed) {
  axon_stage *to = &net->stage[net->n_stages++];
  *to = *s;
  to->packed = *packed;
  *packed += (s->out + AXON_TILE - 1) / AXON_TILE * AXON_TILE * (s->depth + 1);
}

/* The layers of a layout and where their numbers lie. */
static void lay_out(axon_infer *net, const axon_shape *shape) {
  const size_t n = shape->n_conv + shape->n_dense;
  size_t at = AXON_NET_TIMES, times = shape->n_conv ? AXON_NET_TIMES : 1, first_pad = 0;
  for (size_t k = 0; k < n; k++) {
    const bool dense = k >= shape->n_conv;
    const lg_conv1d *c = dense ? NULL : &shape->conv[k];
    const lg_dense *d = dense ? &shape->dense[k - shape->n_conv] : NULL;
    const size_t pad = dense ? 0 : c->pad * c->in, width = dense ? d->in : times * c->in;
    axon_stage s = {.input = at, .act = k + 1 < n ? shape->act : LG_ACT_NONE};
    if (k == 0) first_pad = pad;
    else net->stage[k - 1].result = at + pad;
    times = dense ? 1 : (times + 2 * c->pad - c->kernel) / c->stride + 1;
    s.out_times = times;
    s.out = dense ? d->out : c->out;
    s.depth = dense ? d->in : c->kernel * c->in;
    s.step = dense ? 0 : c->stride * c->in;
    add_stage(net, &s, &net->n_packed);
    at += width + 2 * pad;
  }
  net->stage[n - 1].result = at;
  net->scratch = at + net->stage[n - 1].out;
  net->input = AXON_NET_TIMES + first_pad;
}

/* (depth, out), (out) of a layer into tiles; what is beyond the last output stays 0. */
static const float *pack(const axon_stage *s, const float *flat, float *packed) {
  const float *bias = flat + s->depth * s->out;
  for (size_t o = 0; o < s->out; o++) {
    float *tile = packed + s->packed + o / AXON_TILE * AXON_TILE * (s->depth + 1) + o % AXON_TILE;
    tile[0] = bias[o];
    for (size_t k = 0; k < s->depth; k++) tile[(k + 1) * AXON_TILE] = flat[k * s->out + o];
  }
  return bias + s->out;
}

lg_status lg_axon_infer_create(lg_ctx *ctx, const lg_axon_surrogate *net, axon_infer **out) {
  static const double time_ms[4] = {2.0, 6.0, 20.0, 60.0};
  lg_status status = LG_OK;
  axon_infer *f = NULL;
  *out = NULL;
  if (net->n_nets == 0 || net->n_weights != lg_axon_net_weights(net->layout))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "%zu networks of %zu weights; this layout has %zu", net->n_nets,
                   net->n_weights, lg_axon_net_weights(net->layout));
  LG_NEW(ctx, f, 1);
  f->layout = net->layout;
  f->n_nets = net->n_nets;
  f->n_inputs = lg_axon_net_inputs(net->layout);
  for (int j = 0; j < 4; j++) { /* as lg_axon_net_input() */
    const double a = lg_exp(-1.0 / time_ms[j]);
    f->keep[j] = (float)a;
    f->gain[j] = (float)((1.0 - a) * time_ms[j] / 0.05);
  }
  lay_out(f, lg_axon_net_shape(net->layout));
  LG_NEW(ctx, f->weights, f->n_nets * f->n_packed);
  for (size_t m = 0; m < f->n_nets; m++) {
    const float *flat = net->weights + m * net->n_weights;
    for (size_t k = 0; k < f->n_stages; k++) flat = pack(&f->stage[k], flat, f->weights + m * f->n_packed);
  }
  *out = f;
  f = NULL;
done:
  lg_axon_infer_destroy(ctx, f);
  return status;
}

void lg_axon_infer_destroy(lg_ctx *ctx, axon_infer *net) {
  if (!net) return;
  lg_free(ctx, net->weights);
  lg_free(ctx, net);
}

/* ---- running ------------------------------------------------------------------------------------------------ */

typedef struct job {
  const axon_infer *net;
  const axon_infer_build *build;
  size_t n, scratch; /* floats of a worker */
  const double *strain;
  float *work, *out;
} job;

static lg_status run_groups(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  const size_t w = j->build->lanes;
  for (size_t g = begin; g < end; g++) {
    const size_t at = g * w;
    j->build->run(&(axon_infer_call){.net = j->net,
                                     .strain = j->strain + at * AXON_NET_TIMES,
                                     .n = j->n - at < w ? j->n - at : w,
                                     .scratch = j->work + worker * j->scratch,
                                     .out = j->out + at * AXON_PREDICTED,
                                     .net_stride = j->n * AXON_PREDICTED});
  }
  return LG_OK;
}

lg_status lg_axon_infer(lg_ctx *ctx, const axon_infer *net, const axon_infer_build *build, size_t n,
                        const double *strain, float *out) {
  lg_status status = LG_OK;
  job j = {.net = net, .build = build ? build : lg_axon_infer_best(), .n = n, .strain = strain, .out = out};
  const size_t w = j.build->lanes;
  j.scratch = (net->scratch * w + 15) / 16 * 16;
  LG_NEW(ctx, j.work, lg_ctx_threads(ctx) * j.scratch);
  LG_TRY(lg_parallel_for(ctx, (n + w - 1) / w, GROUPS, run_groups, &j));
done:
  lg_free(ctx, j.work);
  return status;
}

/* A frozen encoder in one precision; see frozen.h. */

struct LG_R(frozen) {
  lg_encoder encoder; /* offsets into `memory` */
  lg_dense head;      /* out = 0: none */
  const LG_R(kernels) * kernels;
  REAL *memory;
  size_t max_steps, plane; /* plane: numbers of the longest sequence between two layers */
  size_t vector;           /* numbers of the widest dense layer */
};

/* Scratch of one stream (values, or derivatives). */
typedef struct LG_M(stream) {
  REAL *plane[2];  /* sequences in turn, with zeros around for the padding */
  REAL *before;    /* a sequence before its activation */
  REAL *gates;     /* (T, 4H) */
  REAL *cell;      /* (T, H) */
  REAL *vector[3]; /* dense layers in turn; [2] before the activation */
} LG_M(stream);

enum { LG_M(PLANES) = 3 };

static size_t LG_M(lstm_numbers)(const LG_R(frozen) * net) {
  return net->encoder.options.lstm ? net->max_steps * 6 * net->encoder.options.lstm : 0;
}

size_t LG_R(frozen_scratch)(const LG_R(frozen) * net) {
  return 2 * (LG_M(PLANES) * net->plane + LG_M(lstm_numbers)(net) + 3 * net->vector);
}

size_t LG_R(frozen_width)(const LG_R(frozen) * net) { return net->head.out ? net->head.out : net->encoder.width; }

/* ---- making ---- */

static size_t LG_M(larger)(size_t a, size_t b) { return a > b ? a : b; }

/* Sizes of the scratch; every product is checked. */
static lg_status LG_M(frozen_sizes)(lg_ctx *ctx, LG_R(frozen) * net) {
  const lg_encoder_options *o = &net->encoder.options;
  size_t steps = net->max_steps, width = o->channels, all = 0;
  for (size_t i = 0; i <= o->n_conv; i++) {
    const size_t pad = i < o->n_conv ? o->conv[i].pad : 0;
    size_t count = 0;
    if (steps > SIZE_MAX / 8 || !lg_mul_size(steps + 2 * pad, width, &count))
      return lg_fail(ctx, LG_ERR_LIMIT, "%zu time steps are too many", net->max_steps);
    net->plane = LG_M(larger)(net->plane, count);
    if (i == o->n_conv) break;
    steps = steps_after(&net->encoder.conv[i], steps);
    width = o->conv[i].out;
  }
  net->vector = LG_M(larger)(net->encoder.width, net->head.out);
  for (size_t i = 0; i < o->n_dense; i++) net->vector = LG_M(larger)(net->vector, net->encoder.dense[i].in);
  if (o->lstm) net->plane = LG_M(larger)(net->plane, steps * o->lstm);
  if (!lg_mul_size(net->plane, 2 * LG_M(PLANES), &all) || all > SIZE_MAX / 16 ||
      !lg_mul_size(net->max_steps, 12 * (o->lstm + 1), &all) || all > SIZE_MAX / 16)
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu time steps are too many", net->max_steps);
  return LG_OK;
}

/* Copy a tensor behind those before and point to the copy; at NULL only counts. */
static void LG_M(pack)(REAL *memory, size_t *used, const REAL *theta, size_t *offset, size_t count) {
  if (memory) {
    memcpy(memory + *used, theta + *offset, count * sizeof *memory);
    *offset = *used;
  }
  *used += (count + 15) / 16 * 16; /* whole cache lines */
}

static size_t LG_M(pack_all)(LG_R(frozen) * net, REAL *memory, const REAL *theta) {
  lg_encoder *e = &net->encoder;
  size_t used = 0;
  for (size_t i = 0; i < e->options.n_conv; i++) {
    lg_conv1d *l = &e->conv[i];
    LG_M(pack)(memory, &used, theta, &l->weight, l->kernel * l->in * l->out);
    LG_M(pack)(memory, &used, theta, &l->bias, l->out);
  }
  if (e->options.lstm) {
    LG_M(pack)(memory, &used, theta, &e->lstm.w_input, e->lstm.in * 4 * e->lstm.hidden);
    LG_M(pack)(memory, &used, theta, &e->lstm.w_hidden, e->lstm.hidden * 4 * e->lstm.hidden);
    LG_M(pack)(memory, &used, theta, &e->lstm.bias, 4 * e->lstm.hidden);
  }
  for (size_t i = 0; i <= e->options.n_dense; i++) {
    lg_dense *l = i < e->options.n_dense ? &e->dense[i] : &net->head;
    if (l->out == 0) continue;
    LG_M(pack)(memory, &used, theta, &l->weight, l->in * l->out);
    LG_M(pack)(memory, &used, theta, &l->bias, l->out);
  }
  return used;
}

lg_status LG_R(frozen_create)(lg_ctx *ctx, const lg_encoder *encoder, const lg_dense *head, const REAL *theta,
                              size_t max_steps, LG_R(frozen) * *out) {
  lg_status status = LG_OK;
  LG_R(frozen) *net = NULL;
  *out = NULL;
  if (max_steps < lg_encoder_min_steps(&encoder->options))
    return lg_fail(ctx, LG_ERR_RANGE, "%zu time steps; the encoder needs %zu or more", max_steps,
                   lg_encoder_min_steps(&encoder->options));
  if (head && head->in != encoder->width)
    return lg_fail(ctx, LG_ERR_RANGE, "the head wants %zu inputs, the encoder gives %zu", head->in, encoder->width);
  LG_NEW(ctx, net, 1);
  net->encoder = *encoder;
  if (head) net->head = *head;
  net->max_steps = max_steps;
  net->kernels = LG_R(kernels_best)();
  LG_TRY(LG_M(frozen_sizes)(ctx, net));
  LG_NEW(ctx, net->memory, LG_M(pack_all)(net, NULL, NULL) + 1);
  (void)LG_M(pack_all)(net, net->memory, theta);
  *out = net;
  return LG_OK;
done:
  LG_R(frozen_destroy)(ctx, net);
  return status;
}

void LG_R(frozen_destroy)(lg_ctx *ctx, LG_R(frozen) * net) {
  if (!net) return;
  lg_free(ctx, net->memory);
  lg_free(ctx, net);
}

/* ---- running ---- */

/* One sample on its way: its values and, when `jet`, their derivatives. */
typedef struct LG_M(pass) {
  const LG_R(frozen) * net;
  LG_M(stream) s[2];
  bool jet;
  size_t steps, width;
  const REAL *at[2]; /* the sequence, then the vector */
  int turn;          /* which plane or vector is written next */
} LG_M(pass);

/* c (m, n) = a (m rows `row` apart, k) W + bias, no bias for derivatives. */
static void LG_M(product)(const LG_M(pass) * p, size_t m, size_t n, size_t k, const REAL *a, size_t row, size_t weight,
                          const REAL *bias, REAL *c, bool relu) {
  const LG_R(gemm) g = {.m = m,
                        .n = n,
                        .k = k,
                        .a = a,
                        .a_row = row,
                        .a_col = 1,
                        .b = p->net->memory + weight,
                        .b_row = n,
                        .d = bias,
                        .c = c,
                        .c_row = n,
                        .relu = relu};
  p->net->kernels->gemm(&g);
}

/* y = act(x W + b) for values and derivatives of m rows; `before` receives what stands before the activation. */
static void LG_M(layer)(const LG_M(pass) * p, size_t m, size_t n, size_t k, size_t row, size_t weight, size_t bias,
                        lg_act act, REAL *before[2], REAL *y[2]) {
  const LG_R(kernels) *kernels = p->net->kernels;
  const bool fused = !p->jet && act == LG_ACT_RELU;
  REAL *const first = fused || act == LG_ACT_NONE ? y[0] : before[0];
  LG_M(product)(p, m, n, k, p->at[0], row, weight, p->net->memory + bias, first, fused);
  if (first != y[0]) kernels->act(act, m * n, first, y[0]);
  if (!p->jet) return;
  LG_M(product)(p, m, n, k, p->at[1], row, weight, NULL, act == LG_ACT_NONE ? y[1] : before[1], false);
  if (act != LG_ACT_NONE) kernels->act_jet(act, m * n, before[0], y[0], before[1], y[1]);
}

/* Sequence to the middle of zeros, where the next layer has padding. */
static void LG_M(pad_sequence)(LG_M(pass) * p, size_t pad) {
  if (pad == 0) return;
  for (int i = 0; i <= p->jet; i++) {
    REAL *to = p->s[i].plane[p->turn];
    memset(to, 0, pad * p->width * sizeof *to);
    memcpy(to + pad * p->width, p->at[i], p->steps * p->width * sizeof *to);
    memset(to + (pad + p->steps) * p->width, 0, pad * p->width * sizeof *to);
    p->at[i] = to;
  }
  p->turn = !p->turn;
}

static void LG_M(convolve)(LG_M(pass) * p, const lg_conv1d *l, lg_act act) {
  REAL *before[2] = {p->s[0].before, p->s[1].before};
  LG_M(pad_sequence)(p, l->pad);
  REAL *y[2] = {p->s[0].plane[p->turn], p->s[1].plane[p->turn]};
  const size_t steps = steps_after(l, p->steps);
  LG_M(layer)(p, steps, l->out, l->kernel * l->in, l->stride * l->in, l->weight, l->bias, act, before, y);
  p->at[0] = y[0];
  p->at[1] = y[1];
  p->turn = !p->turn;
  p->steps = steps;
  p->width = l->out;
}

/* gates += h of the step before times W_hidden. */
static void LG_M(recur)(const LG_M(pass) * p, const REAL *h, REAL *gates) {
  const lg_lstm *l = &p->net->encoder.lstm;
  const LG_R(gemm) g = {.m = 1,
                        .n = 4 * l->hidden,
                        .k = l->hidden,
                        .a = h,
                        .a_row = l->hidden,
                        .a_col = 1,
                        .b = p->net->memory + l->w_hidden,
                        .b_row = 4 * l->hidden,
                        .d = gates,
                        .d_row = 4 * l->hidden,
                        .c = gates,
                        .c_row = 4 * l->hidden};
  p->net->kernels->gemm(&g);
}

/* Derivative of one step: g holds the gates, d their derivative before activation; dc in from the step before, out. */
static void LG_M(cell_jet)(size_t h, const REAL *g, const REAL *d, const REAL *c_before, const REAL *tanh_c,
                           const REAL *dc_before, REAL *dc, REAL *dh) {
  for (size_t j = 0; j < h; j++) {
    const REAL i = g[j], f = g[h + j], n = g[2 * h + j], o = g[3 * h + j];
    REAL slope = i * (1 - i) * d[j] * n + i * (1 - n * n) * d[2 * h + j];
    if (c_before) slope += f * (1 - f) * d[h + j] * c_before[j] + f * dc_before[j];
    dc[j] = slope;
    dh[j] = o * (1 - o) * d[3 * h + j] * tanh_c[j] + o * (1 - tanh_c[j] * tanh_c[j]) * slope;
  }
}

static void LG_M(lstm)(LG_M(pass) * p) {
  const lg_lstm *l = &p->net->encoder.lstm;
  const size_t h = l->hidden, g4 = 4 * h;
  REAL *out[2] = {p->s[0].plane[p->turn], p->s[1].plane[p->turn]};
  LG_M(product)
  (p, p->steps, g4, l->in, p->at[0], l->in, l->w_input, p->net->memory + l->bias, p->s[0].gates, false);
  if (p->jet) LG_M(product)(p, p->steps, g4, l->in, p->at[1], l->in, l->w_input, NULL, p->s[1].gates, false);
  for (size_t t = 0; t < p->steps; t++) {
    REAL *gates = p->s[0].gates + t * g4, *d = p->s[1].gates + t * g4, *c = p->s[0].cell + t * h;
    REAL *tanh_c = p->s[0].before; /* of this step only */
    if (t) LG_M(recur)(p, out[0] + (t - 1) * h, gates);
    const LG_R(cell)
        cell = {.h = h, .gates = gates, .aux = c, .before = t ? c - h : NULL, .out = out[0] + t * h, .tanh_c = tanh_c};
    p->net->kernels->lstm_cell(&cell);
    if (!p->jet) continue;
    REAL *dc = p->s[1].cell + t * h;
    if (t) LG_M(recur)(p, out[1] + (t - 1) * h, d);
    LG_M(cell_jet)(h, gates, d, cell.before, tanh_c, t ? dc - h : NULL, dc, out[1] + t * h);
  }
  p->at[0] = out[0];
  p->at[1] = out[1];
  p->width = h;
}

static void LG_M(pool_mean)(const LG_M(pass) * p, const REAL *x, REAL *y) {
  memset(y, 0, p->width * sizeof *y);
  p->net->kernels->column_sum(p->steps, p->width, x, p->width, y);
  for (size_t j = 0; j < p->width; j++) y[j] *= (REAL)(1.0 / (double)p->steps);
}

/* The largest value of each channel and the derivative there. */
static void LG_M(pool_max)(const LG_M(pass) * p, REAL *y, REAL *dy) {
  memcpy(y, p->at[0], p->width * sizeof *y);
  if (p->jet) memcpy(dy, p->at[1], p->width * sizeof *dy);
  for (size_t t = 1; t < p->steps; t++) {
    const REAL *x = p->at[0] + t * p->width, *dx = p->jet ? p->at[1] + t * p->width : NULL;
    for (size_t j = 0; p->jet && j < p->width; j++) dy[j] = x[j] > y[j] ? dx[j] : dy[j];
    for (size_t j = 0; j < p->width; j++) y[j] = x[j] > y[j] ? x[j] : y[j];
  }
}

/* Pools and features behind each other. */
static void LG_M(join)(LG_M(pass) * p, const REAL *const features[2]) {
  const lg_encoder_options *o = &p->net->encoder.options;
  size_t at = 0;
  for (int kind = 0; kind < 3; kind++) {
    if (!o->pool[kind]) continue;
    for (int i = 0; i <= p->jet; i++) {
      REAL *y = p->s[i].vector[0] + at;
      if (kind == LG_POOL_LAST) memcpy(y, p->at[i] + (p->steps - 1) * p->width, p->width * sizeof *y);
      if (kind == LG_POOL_MEAN) LG_M(pool_mean)(p, p->at[i], y);
    }
    if (kind == LG_POOL_MAX) LG_M(pool_max)(p, p->s[0].vector[0] + at, p->s[1].vector[0] + at);
    at += p->width;
  }
  for (int i = 0; o->features && i <= p->jet; i++)
    if (features[i]) memcpy(p->s[i].vector[0] + at, features[i], o->features * sizeof(REAL));
    else memset(p->s[i].vector[0] + at, 0, o->features * sizeof(REAL));
  p->at[0] = p->s[0].vector[0];
  p->at[1] = p->s[1].vector[0];
  p->turn = 1;
}

static void LG_M(dense)(LG_M(pass) * p, const lg_dense *l, lg_act act) {
  REAL *before[2] = {p->s[0].vector[2], p->s[1].vector[2]};
  REAL *y[2] = {p->s[0].vector[p->turn], p->s[1].vector[p->turn]};
  LG_M(layer)(p, 1, l->out, l->in, l->in, l->weight, l->bias, act, before, y);
  p->at[0] = y[0];
  p->at[1] = y[1];
  p->turn = !p->turn;
}

/* Lay the streams into the scratch. */
static void LG_M(lay)(LG_M(pass) * p, REAL *scratch) {
  const LG_R(frozen) *net = p->net;
  const size_t h = net->encoder.options.lstm;
  for (int i = 0; i < 2; i++) {
    LG_M(stream) *s = &p->s[i];
    for (int k = 0; k < 2; k++, scratch += net->plane) s->plane[k] = scratch;
    s->before = scratch;
    s->gates = s->before + net->plane;
    s->cell = s->gates + 4 * h * net->max_steps;
    scratch = s->gates + LG_M(lstm_numbers)(net);
    for (int k = 0; k < 3; k++, scratch += net->vector) s->vector[k] = scratch;
  }
}

lg_status LG_R(frozen_jvp)(const LG_R(frozen) * net, REAL *scratch, size_t steps, const REAL *x, const REAL *features,
                           const REAL *dx, const REAL *d_features, REAL *y, REAL *dy) {
  const lg_encoder_options *o = &net->encoder.options;
  const REAL *const both[2] = {features, d_features};
  LG_M(pass) p = {.net = net, .jet = dx != NULL, .steps = steps, .width = o->channels, .at = {x, dx}};
  if (steps > net->max_steps || steps < lg_encoder_min_steps(o)) return LG_ERR_RANGE;
  LG_M(lay)(&p, scratch);
  for (size_t i = 0; i < o->n_conv; i++) LG_M(convolve)(&p, &net->encoder.conv[i], o->act);
  if (o->lstm) LG_M(lstm)(&p);
  LG_M(join)(&p, both);
  for (size_t i = 0; i < o->n_dense; i++) LG_M(dense)(&p, &net->encoder.dense[i], o->act);
  if (net->head.out) LG_M(dense)(&p, &net->head, LG_ACT_NONE);
  memcpy(y, p.at[0], LG_R(frozen_width)(net) * sizeof *y);
  if (p.jet) memcpy(dy, p.at[1], LG_R(frozen_width)(net) * sizeof *dy);
  return LG_OK;
}

lg_status LG_R(frozen_eval)(const LG_R(frozen) * net, REAL *scratch, size_t steps, const REAL *x, const REAL *features,
                            REAL *y) {
  return LG_R(frozen_jvp)(net, scratch, steps, x, features, NULL, NULL, y, NULL);
}
